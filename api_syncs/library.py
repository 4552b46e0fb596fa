"""Your likes and saved albums as they were on a date, and the way back to it.

./run library history likes
./run library history albums --on 2026-11-01
./run library restore likes --on 2026-11-01
./run library restore likes --on 2026-11-01 --yes

history tells what came and went, day by day, or what was there at the end of a day (2026-11-01T18:30: in that minute). restore looks
at your library first, and says what would come back and go; with --yes it does that, one by one and the oldest first, so that they
stand in the order of then, within the day's requests. Killed or stopped, the same command goes on. It needs a consent of its own:
./run login --library.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import json
import sys
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from api_syncs.library_restore import COLLECTIONS, RESTORE
from utils.clock import Clock
from utils.errors import SettingsError
from utils.job.command_line import add_user, positive, run_tool
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.users import Meant, meant
from utils.mirror.library_past import days_of, first_copied, held_at, names_of
from utils.past_text import Step, Thing, steps_text, things_text
from utils.verbose import add_verbose, is_verbose
from utils.when import when
from utils.words import counted

LISTED, NAMED = 50, 1000  # days, and names of each sign of one


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done · 1 failed · 2 arguments, settings, or what is not known · 3 consent."""
    options = parser().parse_args(arguments)
    if options.command == "history":
        return run_tool("library", lambda connection: history(connection, options))
    options.dry_run = not options.yes
    outcome = run_job(
        RESTORE[options.what],
        Options(force=options.force, verbose=is_verbose(), user=options.user, arguments=options),
    )
    return outcome.returns


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    command_line = argparse.ArgumentParser(
        prog="./run library",
        description=f"{__doc__}\nreads   library_events, tracks, albums, artists; restore: GET /me/tracks, GET /me/albums\n"
        "writes  history: nothing; restore --yes: PUT and DELETE /me/library (scope user-library-modify), and our copy",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("what", choices=COLLECTIONS)
    add_user(every)
    add_verbose(every)
    commands = command_line.add_subparsers(dest="command", required=True)
    recalling = commands.add_parser(
        "history", parents=[every], help="what came and went, or what was there on a date"
    )
    recalling.add_argument(
        "--on", type=when, metavar="DATE", help="what was there then; 2026-11-01T18:30 too"
    )
    recalling.add_argument(
        "--limit", type=positive, default=LISTED, metavar="N", help="the newest so many days"
    )
    recalling.add_argument("--json", action="store_true", help="for programs")
    restoring = commands.add_parser(
        "restore", parents=[every], help="bring them back to what they were on a date"
    )
    restoring.add_argument(
        "--on", type=when, metavar="DATE", required=True, help="2026-11-01, or T18:30 behind it"
    )
    restoring.add_argument("--yes", action="store_true", help="do it, and not only say what would be done")
    restoring.add_argument(
        "--add-only", action="store_true", help="bring back what is missing, and take nothing out"
    )
    restoring.add_argument(
        "--together", action="store_true", help="forty in one request; the order among forty is Spotify's"
    )
    restoring.add_argument(
        "--force", action="store_true", help="try at once, although it has failed again and again"
    )
    return command_line


def history(connection: Connection, options: argparse.Namespace) -> str:
    """What is to be shown. Raises SettingsError where nothing is known."""
    now = Clock().now()
    with connection, connection.cursor() as cursor:
        listener = meant(cursor, now, options.user)
        events = COLLECTIONS[options.what].events
        since = first_copied(cursor, listener.user_id, events)
        if since is None:
            raise SettingsError(
                f"No {options.what} were copied yet.",
                f"./run sync_{COLLECTIONS[options.what].name} copies them.",
            )
        zone = ZoneInfo(listener.time_zone)
        if options.on is None:
            return _changes(cursor, listener, options, since)
        moment = options.on.last_moment(zone, now)
        held = held_at(cursor, listener.user_id, events, moment)[::-1]
    things = [
        Thing(each.item_id, each.name, each.artists, f"{each.came_at.astimezone(zone):%Y-%m-%d}")
        for each in held
    ]
    if options.json:
        answer = {
            "what": options.what,
            "on": str(options.on),
            "known_since": since.astimezone(UTC).isoformat(),
            "is_complete": moment >= since,
            "entries": [
                {
                    "id": each.item_id,
                    "name": each.name,
                    "artists": each.artists,
                    "added_at": each.came_at.astimezone(UTC).isoformat(),
                }
                for each in held
            ],
        }
        return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    lines = [f"{counted(len(things), _one(options.what))} on {options.on}, the newest first"]
    if moment < since:
        lines.append(
            f"As far as they were still there when they were first copied, on {_known(since, zone)}."
        )
    else:
        lines.append(f"To bring them back: ./run library restore {options.what} --on {options.on}")
    return "".join(f"{line}\n" for line in lines) + "\n" + things_text(things, sys.stdout)


def _changes(cursor: Cursor, listener: Meant, options: argparse.Namespace, since: datetime) -> str:
    """Day by day, the newest first."""
    events, zone = COLLECTIONS[options.what].events, ZoneInfo(listener.time_zone)
    days = days_of(cursor, listener.user_id, events, zone.key)
    shown = days[: options.limit]
    things: dict[tuple[date, bool], list[Thing]] = {}
    for each in names_of(cursor, listener.user_id, events, zone.key, [day.day for day in shown], NAMED):
        things.setdefault((each.day, each.is_new), []).append(Thing(each.item_id, each.name, each.artists))
    steps = [
        Step(
            day.day,
            day.came,
            day.went,
            day.size,
            things.get((day.day, True), ()),
            things.get((day.day, False), ()),
        )
        for day in shown
    ]
    if options.json:
        answer = {
            "what": options.what,
            "known_since": since.astimezone(UTC).isoformat(),
            "days": [step.for_programs() for step in steps],
        }
        return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    lines = [
        f"{counted(days[0].size if days else 0, _one(options.what))}, {counted(len(days), 'day')} with a change; "
        f"what went is known since {_known(since, zone)}"
    ]
    if len(days) > len(shown):
        lines.append(f"The newest {len(shown):,} are shown; --limit N shows more.")
    return "".join(f"{line}\n" for line in lines) + "\n" + steps_text(steps, zone, sys.stdout)


def _known(since: datetime, zone: ZoneInfo) -> str:
    return f"{since.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def _one(what: str) -> str:
    return {"likes": "like", "albums": "saved album"}[what]


if __name__ == "__main__":
    sys.exit(main())
