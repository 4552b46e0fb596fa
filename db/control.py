"""Pause scripts, let them go on, end what runs, or make the next run read everything again: pause, resume, cancel, reset, show.

./run control [show]
./run control pause [--job sync_liked_tracks]
./run control resume [--job sync_liked_tracks]
./run control cancel [--job sync_liked_tracks]
./run control reset [--job sync_playlists] [--entity playlist_items]

Without --job, all scripts are meant. It counts for the listener who was last active, or for the one that --user names.
A pause and a cancel end what runs at its next batch: what is stored stays, and the next run goes on from there. A pause holds until
it is resumed; a cancel holds back nothing that starts later. Without --job it ends the rest of a chain too. A reset counts from the next start
on, and removes nothing: what was copied stays until it has come again.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from db.reset import choose, reset
from utils.clock import Clock
from utils.config import environment
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.job.attempt import NOBODY
from utils.job.command_line import Text, add_user, run_tool
from utils.job.declaration import Job
from utils.job.pauses import read_pauses
from utils.job.running import read_running
from utils.job.scripts import known_job
from utils.job.users import meant
from utils.verbose import add_verbose

ALL = "*"  # in job_controls: every job


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done · 1 a job is running · 2 an unknown name, no listener yet, or no database."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    if options.entity and options.action != "reset":
        command_line.error("--entity is for reset")
    return run_tool("control", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog="./run control",
        description=f"{__doc__}\nreads   job_controls, sync_pauses, sync_history\n"
        "writes  job_controls; cancel: sync_history; reset: sync_state, sync_seen, refusals, and when artists, albums, playlists, the exclusions "
        "and replacements were read",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument(
        "action", nargs="?", default="show", choices=("show", "pause", "resume", "cancel", "reset")
    )
    command_line.add_argument(
        "--job", action=Text, default="", metavar="NAME", help="one script; default: all"
    )
    command_line.add_argument(
        "--entity",
        action=Text,
        default="",
        metavar="NAME",
        help="reset: only this of what is copied, as sync_state.entity_type names it",
    )
    add_user(command_line)
    add_verbose(command_line)
    return command_line


def run(connection: Connection, options: argparse.Namespace) -> str:
    """Carry out one command; the text to show. Raises SettingsError."""
    now = Clock().now()
    job = known_job(options.job) if options.job else None
    chosen = choose(job, options.entity)
    with connection, connection.cursor() as cursor:
        user_id = meant(cursor, now, options.user).user_id
        if options.action == "pause":
            return pause(cursor, user_id, job)
        if options.action == "resume":
            return resume(cursor, user_id, job)
        if options.action == "cancel":
            return cancel(cursor, user_id, job)
        if options.action == "show":
            return show(cursor, user_id, now)
    return reset(connection, user_id, chosen, now)


def pause(cursor: Cursor, user_id: str, job: Job[Any] | None) -> str:
    """Pause a job, or all; what is said about it."""
    cursor.execute(statement("jobs.pause"), {"user_id": user_id, "job": job.name if job else ALL})
    return f"{job.name} is paused\n" if job else "all scripts are paused\n"


def resume(cursor: Cursor, user_id: str, job: Job[Any] | None) -> str:
    """Let a job go on, or all, whatever was paused. Raises SettingsError where all are, and one alone is to go on."""
    which = {"user_ids": [user_id, NOBODY], "job": job.name if job else ALL}
    cursor.execute(statement("jobs.resume"), which)
    if job is None:
        return "all scripts go on\n"
    cursor.execute(statement("jobs.paused"), {**which, "user_ids": [user_id, "" if job.groups else NOBODY]})
    if cursor.fetchone() is not None:
        raise SettingsError(
            f"{job.name} is paused with all scripts.",
            "Let all go on (./run control resume), then pause those that are to wait.",
        )
    return f"{job.name} goes on\n"


def cancel(cursor: Cursor, user_id: str, job: Job[Any] | None) -> str:
    """End the runs under way of a job, or all, at their next batch; what is said about it."""
    runs = [each for each in read_running(cursor, user_id) if job is None or each.job == job.name]
    if not runs:
        return f"{job.name if job else 'nothing'} is {'not ' if job else ''}running\n"
    which = {"user_ids": [user_id, NOBODY], "run_ids": [each.run_id for each in runs]}
    cursor.execute(statement("jobs.cancel"), {**which, "what": "it" if job else "all"})
    return "".join(f"{each.job} ends at its next batch; its next start goes on from there\n" for each in runs)


def show(cursor: Cursor, user_id: str, now: datetime) -> str:
    """What keeps scripts from running: the listener's pauses, open circuits, and pauses that Spotify wants."""
    pauses = read_pauses(cursor, user_id, now)
    paused = ["all scripts" if each.what == ALL else each.what for each in pauses if each.kind == "listener"]
    circuits = [
        f"{each.what}, after {each.failures} failures in a row, until {utc(each.until)}"
        for each in pauses
        if each.kind == "circuit" and each.until is not None
    ]
    wanted = [
        f"no requests of group {each.what} before {utc(each.until)} ({each.reason})"
        for each in pauses
        if each.kind == "spotify" and each.until is not None
    ]
    running = [
        f"{each.job}{' (cancelled: ends at its next batch)' if each.is_cancelled else ''}"
        for each in read_running(cursor, user_id)
    ]
    # Logs of a public repository can be read by everybody.
    whose = "" if environment().get("GITHUB_ACTIONS") == "true" else f"listener          {user_id}\n"
    return (
        f"{whose}"
        f"running           {', '.join(running) or 'nothing'}\n"
        f"paused            {', '.join(sorted(paused)) or 'nothing'}\n"
        f"open circuits     {'; '.join(circuits) or 'none'}\n"
        f"Spotify's pauses  {'; '.join(wanted) or 'none'}\n"
    )


def utc(moment: datetime) -> str:
    """A moment as text."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


if __name__ == "__main__":
    sys.exit(main())
