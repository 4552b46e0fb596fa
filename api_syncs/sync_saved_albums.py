"""Copy saved albums, each with its first 50 tracks, which come with it: newest first, up to a page wholly known.

Reads everything when that is due: the first time, when the numbers show that something was removed, and every
seven days. Tracks beyond the first 50 are left to sync_album_tracks.
"""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from utils.database.tables import ENRICHED_ALBUMS
from utils.database.tables import SAVED_ALBUMS as TABLE
from utils.database.upsert import upsert
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.mirror.catalogue import save_catalogue
from utils.mirror.collection import Collection, sync_collection
from utils.spotify.client import Spotify
from utils.spotify.payloads import SavedAlbum, parse_saved_album


def save(cursor: Cursor, entries: Sequence[SavedAlbum], now: datetime) -> None:
    """The albums, their artists and the tracks that came with them: they are full objects."""
    save_catalogue(cursor, [], [entry.payload for entry in entries], now)
    upsert(cursor, ENRICHED_ALBUMS, [(entry.item_id, now) for entry in entries])


SAVED_ALBUMS = Collection(TABLE, "album", Spotify.saved_albums, parse_saved_album, save)


def work(run: Run) -> None:
    """Make saved_albums equal to the listener's albums."""
    sync_collection(run, SAVED_ALBUMS)


JOB = Job(
    name="sync_saved_albums",
    work=work,
    about=__doc__,
    reads="GET /me/albums (scope user-library-read)",
    writes="saved_albums, albums, tracks, artists",
    groups=("library",),
    setting="spotify.auto_sync_saved_albums",
    cooldown=timedelta(minutes=10),
)

if __name__ == "__main__":
    sys.exit(main(JOB))
