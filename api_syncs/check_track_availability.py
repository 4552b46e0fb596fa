"""Check which tracks of the library can be played in the listener's market, and find replacements for the others.

The market is SPOTIFY_MARKET; without one, availability stays unknown. The pages of the library are read once more, with
the market; what they do not cover is asked about track by track, and searched for, a little each day.
"""

import sys
from datetime import datetime, timedelta

from api_syncs.availability_pass import PHASES, AvailabilityPass
from utils.errors import Skipped
from utils.job.checkpoint import Checkpoint
from utils.job.lifecycle import main
from utils.job.run import Job, Run

ENTITY = "availability"


def work(run: Run) -> None:
    """One pass over the library, or what is left of it."""
    market = run.user.market
    if market is None:
        raise Skipped("no market is known (set SPOTIFY_MARKET, such as NL): availability stays unknown")
    state = run.checkpoint(ENTITY)
    begin(run, state, market, run.clock.now())
    AvailabilityPass(run, state, market).read()
    run.check_items()


def begin(run: Run, state: Checkpoint, market: str, now: datetime) -> None:
    """Go on with the pass under way, or begin one where that is due. Raises Skipped where it is not.

    A pass that has read its pages may need days for the rest; it does not put off the next one.
    """
    is_first = not state.cursor
    is_other_market = state.cursor.get("market") != market
    days = run.app_settings.number("sync.availability_interval_days")
    is_due = state.started_at + timedelta(days=days) <= now
    if state.is_complete and not (is_due or is_other_market or run.options.force):
        raise Skipped(
            f"checked on {state.started_at:%Y-%m-%d}; again after {days} days, at once with --force"
        )
    is_read = state.is_complete or state.cursor.get("phase") == PHASES[-1]
    if state.is_complete or is_other_market or (is_due and is_read):
        if not is_first:
            state.restart(now)
        state.cursor, state.total = {"market": market, "phase": PHASES[0]}, None


JOB = Job(
    name="check_track_availability",
    work=work,
    about=__doc__,
    reads="GET /me/tracks, GET /me/albums, GET /albums/{id}/tracks, GET /tracks, GET /search, all with a market",
    writes="track_availability, track_replacements, and the catalogue rows of replacements",
    groups=("library", "catalogue"),
)

if __name__ == "__main__":
    sys.exit(main(JOB))
