"""Copy saved albums, each with its first 50 tracks, which come with it: newest first, up to a page wholly known.

Reads everything when that is due: the first time, when the numbers show that something was removed, and every
seven days. Tracks beyond the first 50 are left to sync_album_tracks.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from datetime import timedelta

from api_syncs.saved_albums import SAVED_ALBUMS
from utils.job.declaration import Entity
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.collection import sync_collection


def work(run: SpotifyRun) -> None:
    """Make saved_albums equal to the listener's albums."""
    sync_collection(run, SAVED_ALBUMS)


JOB = SpotifyJob(
    name="sync_saved_albums",
    work=work,
    about=__doc__,
    reads="GET /me/albums, GET /me/library/contains (scope user-library-read)",
    writes="saved_albums, library_events, album_tracks, tracks, albums, artists and their credits",
    counts="saved albums",
    groups=("library",),
    setting="spotify.auto_sync_saved_albums",
    cooldown=timedelta(minutes=10),
    entities=(Entity(SAVED_ALBUMS.name),),
)

if __name__ == "__main__":
    leave(main(JOB))
