"""`./run db distribute` as a person types it: what is said, and what is asked."""

import argparse
from collections.abc import Mapping
from contextlib import closing

from psycopg2.extensions import cursor as Cursor

from db.distributing.plan import check_server, make_plan
from db.distributing.steps import distribute, read_steps, take_back
from utils.database.connection import open_database
from utils.database.migrate import UNDER_WAY, applied, migrate
from utils.database.placement import Place, placement
from utils.database.statements import statement
from utils.errors import JobError
from utils.terminal import Terminal, agrees
from utils.text_table import text_table


def run(environ: Mapping[str, str], options: argparse.Namespace, terminal: Terminal) -> None:
    """Spread the database over several servers, or take that back. Raises JobError; what was done until then is kept, and noted."""
    database = open_database(environ)
    with closing(database.connect()) as connection:
        with connection, connection.cursor() as cursor:
            is_under_way = _is_under_way(cursor)
        if not is_under_way:
            migrate(connection)
        with connection, connection.cursor() as cursor:
            engine = check_server(cursor)
            steps = read_steps(cursor)
            if options.back:
                todo = [step.about for step in reversed(steps) if step.is_done and step.undo]
            elif steps:
                todo = [step.about for step in steps if not step.is_done]
            else:
                todo = [step.about for step in make_plan(cursor)]
            table = _told(cursor)
    terminal.say(f"{database.label}: {engine}")
    if not todo and not is_under_way:
        terminal.say(
            "Nothing is spread, so there is nothing to take back."
            if options.back
            else "Everything is spread already."
        )
        return
    terminal.say(table)
    if is_under_way:
        terminal.say("This was begun before and did not come to its end: it goes on where it was ended.")
    direction = "To be taken back" if options.back else "To be done"
    terminal.say(
        f"{direction}, in {len(todo)} steps; no script can run meanwhile, and readers wait for the table that is being moved:"
    )
    for line in _short(todo):
        terminal.say(f"  {line}")
    if options.dry_run:
        return
    if not options.yes and not agrees(terminal, "Go on?", "Say --yes, if it may begin."):
        raise JobError("Nothing was changed.", "")
    done = (take_back if options.back else distribute)(database, terminal.say)
    terminal.say(
        f"taken back: {done} steps; the database is on one server again, as it was"
        if options.back
        else f"done: {done} steps; each listener's rows are on one server, and the catalogue is on every one. --back takes it back."
    )


def _is_under_way(cursor: Cursor) -> bool:
    cursor.execute(statement("distribution.is_made"))
    return cursor.fetchone() == (True,) and UNDER_WAY in applied(cursor)


def _told(cursor: Cursor) -> str:
    """Each table with its place, its rows (as the planner knows them) and its bytes."""
    names = [name for name, place in placement().items() if place is not Place.LOCAL]
    cursor.execute(statement("distribution.sizes"), {"names": names})
    rows = [
        (
            name,
            "by listener" if placement()[name] is Place.DISTRIBUTED else "on every server",
            f"{count:,}",
            f"{size / 1e6:,.1f}",
        )
        for name, count, size in cursor
    ]
    return text_table(("table", "place", "rows, about", "MB"), rows)


def _short(todo: list[str]) -> list[str]:
    """Steps of one kind on one line."""
    lines: list[str] = []
    for about in todo:
        kind, _, name = (
            about.rpartition(" ") if "reference" in about or "policy" in about else (about, "", "")
        )
        if name and lines and lines[-1].startswith(kind):
            lines[-1] += f", {name}"
        else:
            lines.append(about)
    return lines
