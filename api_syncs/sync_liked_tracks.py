"""Copy liked tracks: newest first, up to a page that is wholly known.

Reads everything when that is due: the first time, when the numbers show that something was removed, and every
seven days.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from datetime import timedelta

from api_syncs.liked_tracks import LIKED_TRACKS
from utils.job.declaration import Entity
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.collection import sync_collection


def work(run: SpotifyRun) -> None:
    """Make liked_tracks equal to the listener's Liked Songs."""
    sync_collection(run, LIKED_TRACKS)


JOB = SpotifyJob(
    name="sync_liked_tracks",
    work=work,
    about=__doc__,
    reads="GET /me/tracks, GET /me/library/contains (scope user-library-read)",
    writes="liked_tracks, library_events, tracks, albums, artists and their credits",
    counts="liked tracks",
    groups=("library",),
    setting="spotify.auto_sync_liked_songs",
    cooldown=timedelta(minutes=10),
    entities=(Entity(LIKED_TRACKS.name),),
)

if __name__ == "__main__":
    leave(main(JOB))
