"""Refresh everything that is derived: unified_tracks, daily_metrics and artist_stats, in the order they need.

Readers are never blocked. A view whose definition in db/views has changed is made anew.
"""

import sys
import time

from db.views import create_views, load_views, refresh_view
from utils.job import Job, Run, main


def work(run: Run) -> None:
    """Make the views where needed, else refresh them; each is timed and logged."""
    views = load_views()
    with run.batch() as cursor:
        made = create_views(cursor, views)
    if made:
        run.log.info("the views were made anew from db/views")
        run.tally.new_items += len(views)
        return
    for view in views:
        if not view.is_materialized:
            continue
        started = time.monotonic()
        with run.batch() as cursor:
            rows = refresh_view(cursor, view)
        seconds = time.monotonic() - started
        run.log.info(
            "%s: %s rows, %.2f s",
            view.name,
            f"{rows:,}",
            seconds,
            extra={"data": {"view": view.name, "rows": rows, "seconds": round(seconds, 3)}},
        )
        run.tally.items_processed += rows


JOB = Job(
    name="materialized_views",
    work=work,
    about=__doc__,
    reads="the copied tables",
    writes="unified_tracks, daily_metrics, artist_stats",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
