"""Liked tracks: what `sync_liked_tracks` and `sync_liked_tracks_full` share."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from utils.database.row import Row
from utils.mirror.catalogue import save_catalogue
from utils.mirror.collection import Collection
from utils.mirror.passes import Batch
from utils.spotify.payloads import Payload, TrackPayload, instant, parse_track


class LikedTrack(Row, table="liked_tracks", key=("user_id", "track_id")):
    """A track in the listener's Liked Songs, or once there."""

    user_id: str
    track_id: str
    liked_at: datetime
    removed_at: datetime | None = None


class SavedTrack(NamedTuple):
    """An entry of /me/tracks. `item_id` is the track's."""

    item_id: str
    added_at: datetime
    payload: TrackPayload


def parse_saved_track(entry: Payload) -> SavedTrack | None:
    """An entry of /me/tracks; None where Spotify gives the track as null. Raises BadItemError."""
    if "track" in entry and entry["track"] is None:
        return None
    payload = parse_track(entry.get("track"))
    track_id = payload.track.track_id
    return SavedTrack(track_id, instant(entry.get("added_at"), "added_at", track_id), payload)


def save(batch: Batch, entries: Sequence[SavedTrack], now: datetime) -> None:
    """The tracks, with their albums and artists."""
    save_catalogue(batch.cursor, [entry.payload for entry in entries], [], now)


LIKED_TRACKS = Collection(LikedTrack, "track", "me/tracks", parse_saved_track, save)
