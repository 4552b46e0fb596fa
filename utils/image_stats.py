"""How much room the copied images take, from the table `images`."""

from psycopg2.extensions import connection as Connection

KINDS = ("artists", "albums", "playlists")


def image_stats(connection: Connection) -> dict[str, int]:
    """Bytes and counts per kind, and bytes in total: the names that the checklist gives (S0-23)."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT kind, sum(bytes), count(*) FROM images WHERE path IS NOT NULL GROUP BY kind")
        rows = {kind: (int(size or 0), int(number)) for kind, size, number in cursor}
    stats = {f"{kind}_bytes": rows.get(kind, (0, 0))[0] for kind in KINDS}
    stats["total_bytes"] = sum(stats.values())
    return {**stats, **{f"{kind}_count": rows.get(kind, (0, 0))[1] for kind in KINDS}}
