"""Check which tracks of the library can be played in the listener's market, and find replacements for the others.

The market is SPOTIFY_MARKET; without one, availability stays unknown. The pages of the library are read once more, with
the market; what they do not cover is asked about track by track, and searched for, a little each day.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from datetime import timedelta

from api_syncs.availability import no_market_text
from api_syncs.availability_pass import AVAILABLE, AvailabilityPass
from utils.errors import Skipped
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun


def work(run: SpotifyRun) -> None:
    """One pass over the library, or what is left of it."""
    if run.user.market is None:
        raise Skipped(no_market_text(run.user.time_zone, run.login))
    reading = AvailabilityPass(run, run.user.market)
    interval = timedelta(days=run.app_settings.number("sync.availability_interval_days"))
    reading.begin_where_due(interval, is_forced=run.options.force)
    reading.go_on()


JOB = SpotifyJob(
    name="check_track_availability",
    work=work,
    about=__doc__,
    reads="GET /me/tracks, GET /me/albums, GET /albums/{id}/tracks, GET /tracks, GET /search, all with a market",
    writes="track_availability, track_replacements; of replacements tracks, albums, artists and their credits",
    counts="tracks",
    groups=("library", "catalogue"),
    entities=(AVAILABLE,),
)

if __name__ == "__main__":
    leave(main(JOB))
