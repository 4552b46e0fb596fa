"""Refresh everything that is derived: the materialized views of db/views in the order they need, with daily_listening and personalities.

It costs what is new: a view whose tables are what they were is left as it is, and what plays of months that are over say is kept. --rebuild
makes everything from nothing. Readers are not blocked, but where a definition in db/views has changed: all views are made anew then.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from psycopg2.extensions import cursor as Cursor

from api_syncs.deriving import heard
from api_syncs.deriving.freshness import Freshness
from utils.database import planner
from utils.database.placement import KEPT_OF_PLAYS
from utils.database.statements import statement
from utils.database.views import View, fill_view, refresh_view, renew_views, views_here
from utils.job.lifecycle import leave, main
from utils.job.run import DatabaseJob, Run
from utils.plays import personality
from utils.words import counted

Transaction = Callable[[], AbstractContextManager[Cursor]]


def arguments(parser: ArgumentParser) -> None:
    """What the script takes beside the usual."""
    parser.add_argument(
        "--rebuild", action="store_true", help="make everything from nothing, also what is as it was"
    )


def work(run: Run) -> None:
    """The views, and in between the tables that are computed of each listener's plays. A signal ends it between two of them.

    Views that are made anew are filled in the transaction that makes them: who reads meanwhile waits until all is there.
    """
    with run.transaction() as cursor:
        views = views_here(cursor)
        stored = [view for view in views if view.is_materialized]
        are_tables = any(view.is_table for view in stored)
        are_new = renew_views(cursor, views, is_filled=False)
        if are_new and not are_tables:
            refresh_views(run, stored, lambda: nullcontext(cursor), are_new=True)
    if are_new:
        run.log.info("the views were made anew from db/views")
        run.tally.new_items += len(stored)
    if are_tables:
        refresh_tables(run, stored, are_new=are_new)
    elif not are_new:
        refresh_views(run, stored, run.transaction, are_new=False)


def refresh_tables(run: Run, stored: Sequence[View], *, are_new: bool) -> None:
    """Where the database is distributed: the rows of one listener after the other, each in a transaction of its own, from all plays of that one."""
    with run.transaction() as cursor:
        for user_id in run.listeners():
            heard.forget(cursor, user_id)
    for view in stored:
        started, rows = time.monotonic(), 0
        for user_ids in [[user_id] for user_id in run.listeners()] if view.is_personal_table else [[]]:
            run.check_stop()
            with run.transaction() as cursor:
                rows += refresh_view(cursor, view, user_ids)
        record(run, view.name, rows, started)
        run.tally.updated_items += not are_new
    settle(run, run.transaction, run.listeners(), None)


def refresh_views(run: Run, stored: Sequence[View], transaction: Transaction, *, are_new: bool) -> None:
    """What is not made from what is there, in order, after one look at what everything is made from. `are_new`: nothing is in them yet.

    What a listener's plays say is counted before the first view that reads any of it.
    """
    with transaction() as cursor:
        is_rebuilt = getattr(run.options.arguments, "rebuild", False)
        if is_rebuilt:
            cursor.execute(statement("derived.forget_made_from"))
        for user_id in run.listeners() if is_rebuilt else ():
            heard.forget(cursor, user_id)
        freshness = Freshness.look(cursor, [view.name for view in stored])
        tell_planner(cursor, freshness)
    is_counted = False
    for view in stored:
        run.check_stop()
        if not is_counted and not freshness.sources[view.name].isdisjoint(KEPT_OF_PLAYS):
            count_plays(run, transaction, freshness)
            is_counted = True
        refresh(run, view, transaction, freshness, is_new=are_new)


def tell_planner(cursor: Cursor, freshness: Freshness) -> None:
    """Tell the planner of tables that are no longer what it takes them for: it would learn it within minutes, and the views come sooner.

    What is kept of plays is read whole, whatever it takes it for.
    """
    names = sorted({*freshness.versions, "plays"} - set(KEPT_OF_PLAYS))
    cursor.execute(statement("derived.grown"), {"names": names})
    planner.tell(cursor, [name for (name,) in cursor.fetchall()])


def refresh(run: Run, view: View, transaction: Transaction, freshness: Freshness, *, is_new: bool) -> None:
    """One view, unless it was made from what is there."""
    started = time.monotonic()
    if freshness.is_fresh(view.name):
        run.tally.unchanged_items += not is_new
        run.log.debug("%s: made from what is there", view.name)
        return
    with transaction() as cursor:
        rows = fill_view(cursor, view) if is_new else refresh_view(cursor, view)
        freshness.note(cursor, view.name)
    record(run, view.name, rows, started)
    run.tally.updated_items += not is_new


def count_plays(run: Run, transaction: Transaction, freshness: Freshness) -> None:
    """What hangs on the plays of each listener of whom something is new."""
    with transaction() as cursor:
        freshness.look_again(cursor, heard.COMES_BACK)
        made_from = freshness.of(heard.HANGS_ON)
        cursor.execute(statement("users.all"))
        everybody = [user_id for (user_id,) in cursor]
        waiting = heard.to_take_up(cursor, everybody, made_from, run.clock.now())
    settle(run, transaction, waiting, made_from)
    if waiting:
        with transaction() as cursor:
            freshness.look_again(cursor, ("changed_plays", "heard_until"))


def settle(
    run: Run, transaction: Transaction, user_ids: Sequence[str], made_from: Mapping[str, str] | None
) -> None:
    """daily_listening and personalities, one listener after the other, and what is kept of the months that are over. Only rows that have changed are written.

    Without `made_from` nothing is kept.
    """
    tables = {"daily_listening": Table(), "personalities": Table()}
    for user_id in user_ids:
        run.check_stop()
        now = run.clock.now()
        with transaction() as cursor:
            if user_id not in run.listeners():
                heard.drop_invalid(cursor, user_id, made_from, now)
                continue
            standing = heard.take_up(cursor, user_id, made_from, now)
            values = {"user_id": user_id, "now": now}
            days = {**values, "from_day": standing.changed_from}
            tables["daily_listening"].settle(cursor, statement("daily_listening.refresh"), days)
            until = None if made_from is None else heard.close(cursor, user_id, standing, made_from, now)
            heard.count_months(cursor, user_id, standing.month, until)
            months = {**values, "from_day": standing.month, **personality.numbers()}
            tables["personalities"].settle(cursor, statement("personalities.refresh"), months)
    for name, table in tables.items():
        table.report(run, name)


class Table:
    """What became of a table that is computed for one listener after the other."""

    def __init__(self) -> None:
        self.rows = self.new = self.changed = 0
        self.seconds = 0.0
        self.is_settled = False

    def settle(self, cursor: Cursor, refreshing: str, values: Mapping[str, object]) -> None:
        """One listener's rows."""
        started = time.monotonic()
        cursor.execute(refreshing, values)
        inserted, updated, removed, rows = cursor.fetchone() or (0, 0, 0, 0)
        self.new += inserted
        self.changed += updated + removed
        self.rows += rows
        self.seconds += time.monotonic() - started
        self.is_settled = True

    def report(self, run: Run, name: str) -> None:
        """Say how many rows there are, of those listeners for whom there was something to do."""
        is_new = self.rows == self.new > 0
        run.tally.new_items += is_new
        run.tally.updated_items += not is_new and self.changed + self.new > 0
        run.tally.unchanged_items += self.changed + self.new == 0
        if self.is_settled:
            record(run, name, self.rows, time.monotonic() - self.seconds)


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
    writes="the materialized views (docs/schema.md), daily_listening, personalities, and what is kept of plays: heard_before, heard_since, personality_months, personality_artists",
    counts="derived tables",
    arguments=arguments,
)

if __name__ == "__main__":
    leave(main(JOB))
