"""Liked tracks: what `sync_liked_tracks` and `sync_liked_tracks_full` share."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from utils.database.tables import LIKED_TRACKS as TABLE
from utils.mirror.catalogue import save_catalogue
from utils.mirror.collection import Collection
from utils.spotify.client import Spotify
from utils.spotify.payloads import SavedTrack, parse_saved_track


def _save(cursor: Cursor, entries: Sequence[SavedTrack], now: datetime) -> None:
    save_catalogue(cursor, [entry.payload for entry in entries], [], now)


LIKED_TRACKS = Collection(TABLE, "track", Spotify.saved_tracks, parse_saved_track, _save)
