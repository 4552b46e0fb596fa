"""Refresh everything that is derived: the materialized views of db/views in the order they need, then daily_listening and personalities.

Readers are never blocked. A view whose definition in db/views has changed is made anew.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
import time
from collections.abc import Mapping

from utils.database.statements import statement
from utils.database.views import create_views, refresh_view, views_here
from utils.job.lifecycle import main
from utils.job.run import DatabaseJob, Run
from utils.plays import personality
from utils.words import counted


def work(run: Run) -> None:
    """The views, then the tables that are computed from them. A signal ends it between two of them."""
    with run.transaction() as cursor:
        cursor.execute(statement("catalogue.analyze"))
    with run.transaction() as cursor:
        views = views_here(cursor)
        have_changed = create_views(cursor, views)
    materialized = [view for view in views if view.is_materialized]
    if have_changed:
        run.log.info("the views were made anew from db/views")
        run.tally.new_items += len(materialized)
    for view in materialized:
        if have_changed and not view.is_table:
            continue  # filled as it was made
        started, rows = time.monotonic(), 0
        # A table has the rows of one listener after the other, each in a transaction of its own.
        for user_ids in [[user_id] for user_id in run.listeners()] if view.is_personal_table else [[]]:
            run.check_stop()
            with run.transaction() as cursor:
                rows += refresh_view(cursor, view, user_ids)
        record(run, view.name, rows, started)
        run.tally.updated_items += not have_changed
    refresh_table(run, "daily_listening", statement("daily_listening.refresh"), {})
    refresh_table(run, "personalities", statement("personalities.refresh"), personality.numbers())


def refresh_table(run: Run, table: str, refreshing: str, values: Mapping[str, object]) -> None:
    """One listener after the other. Only rows that have changed are written."""
    started, all_rows, all_new, changed = time.monotonic(), 0, 0, 0
    for user_id in run.listeners():
        run.check_stop()
        with run.transaction() as cursor:
            cursor.execute(refreshing, {**values, "user_id": user_id, "now": run.clock.now()})
            inserted, updated, removed, rows = cursor.fetchone() or (0, 0, 0, 0)
        all_new += inserted
        changed += updated + removed
        all_rows += rows
    is_new = all_rows == all_new > 0
    run.tally.new_items += is_new
    run.tally.updated_items += not is_new and changed + all_new > 0
    run.tally.unchanged_items += changed + all_new == 0
    record(run, table, all_rows, started)


def record(run: Run, name: str, rows: int, started: float) -> None:
    """Say how many rows there are now, and how long that took."""
    seconds = round(time.monotonic() - started, 3)
    data = {"view": name, "rows": rows, "seconds": seconds}
    run.log.info("%s: %s, %.2f s", name, counted(rows, "row"), seconds, extra={"data": data})


JOB = DatabaseJob(
    name="materialized_views",
    work=work,
    about=__doc__,
    reads="the copied tables",
    writes="the materialized views (docs/schema.md), daily_listening, personalities",
    counts="derived tables",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
