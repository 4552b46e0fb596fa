"""Texts of a track as they are written, where a field compares them folded: for the names of a template's lists."""

from dataclasses import replace

from playlists.language.fields import FIELDS
from playlists.language.kinds import Field
from playlists.language.model import Expression

_SQL = {
    "title": "u.name",
    "track_id": "u.track_id",
    "isrc": "u.isrc",
    "main_artist": "u.artists[1]",
    "artist": "COALESCE(u.artists, '{}')",
    "album_artist": """ARRAY(SELECT a.name FROM album_artists AS aa JOIN artists AS a USING (artist_id)
        WHERE aa.album_id = u.album_id ORDER BY aa.position)""",
    "album": "u.album_name",
    "label": "(SELECT al.label FROM albums AS al WHERE al.album_id = u.album_id)",
    "genres": "COALESCE(u.genres, '{}')",
    "playlists": """ARRAY(SELECT DISTINCT pl.name
        FROM library_members AS m JOIN playlists AS pl USING (user_id, playlist_id)
        WHERE m.user_id = %(user_id)s AND m.track_id = u.track_id AND m.source = 'playlist' AND pl.name IS NOT NULL)""",
}
# By a name that no definition can have.
WRITTEN: dict[str, Field] = {
    f"{name}, as written": replace(FIELDS[name], name=f"{name}, as written", sql=sql, source="")
    for name, sql in _SQL.items()
}


def as_written(field: str) -> Expression:
    """What reads the texts of a field as they are written; the field itself where they are not known otherwise than folded."""
    name = f"{field}, as written"
    return Expression(name if name in WRITTEN else field)
