"""Liked tracks: what `sync_liked_tracks`, `sync_liked_tracks_full` and `library` share."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from utils.database.rows import Events, Row
from utils.mirror.catalogue import save_catalogue
from utils.mirror.collection import Collection
from utils.spotify.payloads import TrackPayload, parse_track


class LikedTrack(
    Row,
    table="liked_tracks",
    key=("user_id", "track_id"),
    events=Events("liked", "unliked", "track", happened_at="liked_at"),
):
    """A track in the listener's Liked Songs, or once there."""

    user_id: str
    track_id: str
    liked_at: datetime
    removed_at: datetime | None = None


def save(cursor: Cursor, tracks: Sequence[TrackPayload], now: datetime) -> None:
    """The tracks, with their albums and artists."""
    save_catalogue(cursor, tracks, [], now)


LIKED_TRACKS = Collection(LikedTrack, "track", "me/tracks", parse_track, save)
