"""How much is stored, as programs have asked for it from the beginning: covers (S0-23), and the catalogue (S0-25)."""

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement

IMAGE_KINDS = ("artists", "albums", "playlists")
COUNTED = ("artists", "albums", "tracks", "playlists")


def image_stats(cursor: Cursor) -> dict[str, int]:
    """Bytes and counts of the copied covers per kind, and bytes in total."""
    cursor.execute(statement("stored_counts.images"))
    found = {kind: (int(size), int(number)) for kind, size, number in cursor}
    stats = {f"{kind}_bytes": found.get(kind, (0, 0))[0] for kind in IMAGE_KINDS}
    stats["total_bytes"] = sum(stats.values())
    return {**stats, **{f"{kind}_count": found.get(kind, (0, 0))[1] for kind in IMAGE_KINDS}}


def catalogue_stats(cursor: Cursor) -> dict[str, int]:
    """How many there are of each thing in COUNTED; playlists that were removed do not count."""
    cursor.execute(statement("stored_counts.catalogue"))
    (row,) = cursor.fetchall()
    return dict(zip(COUNTED, map(int, row), strict=True))
