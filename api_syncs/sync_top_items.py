"""Copy the listener's top 50 artists and tracks of four weeks, six months and about a year, once a day.

Spotify only tells the lists of today, so each day's are kept. A second run of the same day asks nothing; with --force
it replaces that day's lists.
"""

import sys
from zoneinfo import ZoneInfo

from utils.errors import Skipped
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.spotify.client import Payload, in_order
from utils.top_items import LISTS, save_list

ENTITY = "top_items"


def work(run: Run) -> None:
    """The lists of today (in the listener's time zone) that are not stored yet, one batch each."""
    state = run.checkpoint(ENTITY)
    today = run.started_at.astimezone(ZoneInfo(run.user.time_zone)).date()
    is_of_today = state.cursor.get("captured_on") == today.isoformat()
    if state.is_complete and is_of_today and not run.options.force:
        raise Skipped("today's top lists are stored; again tomorrow (or --force)")
    if state.is_complete:
        state.restart(run.clock.now())
    if run.options.force or not is_of_today:
        state.offset = state.items_processed = 0
        state.cursor = {"captured_on": today.isoformat()}
    state.total = len(LISTS)

    def fetch(wish: tuple[str, str]) -> Payload:
        return run.spotify.top_items(f"{wish[0]}s", wish[1])

    for (item_type, time_range), payload in in_order(fetch, LISTS[state.offset :]):
        save_list(run, state, item_type, time_range, today, payload)
    run.check_items()


JOB = Job(
    name="sync_top_items",
    work=work,
    about=__doc__,
    reads="GET /me/top/artists, GET /me/top/tracks (scope user-top-read)",
    writes="top_items, artists, tracks, albums",
    groups=("library",),
)

if __name__ == "__main__":
    sys.exit(main(JOB))
