"""Saved albums: what `sync_saved_albums` and `library` share."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from utils.database.rows import Events, Row
from utils.mirror.catalogue import save_catalogue
from utils.mirror.collection import Collection
from utils.spotify.payloads import AlbumPayload, parse_album


class SavedAlbum(
    Row,
    table="saved_albums",
    key=("user_id", "album_id"),
    events=Events("saved", "removed", "album", happened_at="added_at"),
):
    """An album in the listener's library, or once there."""

    user_id: str
    album_id: str
    added_at: datetime
    removed_at: datetime | None = None


def save(cursor: Cursor, albums: Sequence[AlbumPayload], now: datetime) -> None:
    """The albums, their artists and the tracks that came with them: they are full objects."""
    save_catalogue(cursor, [], albums, now, are_full=True)


SAVED_ALBUMS = Collection(SavedAlbum, "album", "me/albums", parse_album, save)
