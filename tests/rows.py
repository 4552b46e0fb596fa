"""Rows by hand, for what is derived and cleaned."""

from collections.abc import Iterator, Mapping
from typing import Any


class Rows:
    """Rows by hand."""

    def __init__(self, connection: object) -> None:
        self.connection = connection
        self.add("users", user_id="u", spotify_id="spotify-u", market="NL")

    def do(self, sql: str, *parameters: object) -> list[tuple]:
        """One statement in a transaction of its own."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def rows_read(self, sql: str, values: Mapping[str, object], table: str) -> int:
        """How many rows of a table a statement reads, those among them that it does not want."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            # CI switches these off on one of its servers.
            for way in ("indexscan", "indexonlyscan", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = on")
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
            [([whole],)] = cursor.fetchall()
        return sum(
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            for node in nodes(whole["Plan"])
            if node.get("Relation Name") == table
        )

    def add(self, table: str, **columns: object) -> None:
        """One row, unless it is there."""
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        self.do(f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", *columns.values())

    def track(
        self,
        track_id: str,
        *,
        artists: tuple[str, ...] = (),
        album: str | None = None,
        ms: int | None = 60_000,
    ) -> None:
        """A track with its credits, on its album."""
        if album:
            self.add("albums", album_id=album)
        self.add("tracks", track_id=track_id, album_id=album, name=track_id, duration_ms=ms)
        if album:
            self.add("album_tracks", album_id=album, track_id=track_id)
        for position, artist_id in enumerate(artists):
            self.add("artists", artist_id=artist_id)
            self.add("track_artists", track_id=track_id, position=position, artist_id=artist_id)

    def play(self, track_id: str | None, at: object, user_id: str = "u", **more: object) -> None:
        """A play, and that its track was played."""
        item_key = f"spotify:track:{track_id}" if track_id else "hash of names"
        self.add("plays", user_id=user_id, played_at=at, item_key=item_key, **{"source": "api", **more})
        if track_id:
            self.add("played_tracks", user_id=user_id, track_id=track_id)

    def playlist(
        self, playlist_id: str, *track_ids: str, owner_id: str = "spotify-u", **of_user: object
    ) -> None:
        """A list of the user, whose entries have no time."""
        key = {"user_id": "u", "playlist_id": playlist_id}
        self.add("playlists", **{**key, "owner_id": owner_id, "position": 0, **of_user})
        user_id = str(of_user.get("user_id", "u"))
        for track_id in track_ids:
            entry = {"item_uri": f"spotify:track:{track_id}", "track_id": track_id}
            self.entry(playlist_id, user_id=user_id, **entry)

    def entry(self, playlist_id: str, *, user_id: str = "u", **columns: object) -> None:
        """An entry at the end of a list."""
        sql = "SELECT count(*) FROM playlist_items WHERE user_id = %s AND playlist_id = %s"
        [(position,)] = self.do(sql, user_id, playlist_id)
        key = {"user_id": user_id, "playlist_id": playlist_id, "position": position}
        self.add("playlist_items", **{**key, "item_type": "track", **columns})


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
