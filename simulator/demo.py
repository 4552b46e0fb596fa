"""The whole thing, without an account: the daily chain on a simulated Spotify and an embedded database.

The first time everything is copied. Run it again, and every resource is really looked at again: the lists that the first
run made on Spotify are copied, and from then on no row of the library is written.
reads: the simulator · writes: .local/demo
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from api_syncs import track_plays
from api_syncs.run_all import run_chain
from db import import_streaming_history
from reports.stored_facts import read_copied
from simulator.exports import Habits, write_export
from simulator.server.state import load
from utils import ROOT
from utils.clock import Clock
from utils.database.connection import Database, open_database
from utils.database.migrate import migrate
from utils.errors import ExitCode, SettingsError, Status
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.outcome import Outcome, table
from utils.job.users import find_meant
from utils.start import CTRL_C

FOLDER = ROOT / ".local" / "demo"
FRESH_DAYS = 60  # an older demo begins anew: its simulated consent would end
HISTORY_ROWS, HISTORY_YEARS = 30_000, 8
UNTOLD_A_DAY = 14  # rows of the last months beside those that the API tells
# Every other table is a copy of something on Spotify.
OTHER_TABLES = (
    *(
        "schema_migrations",
        "users",
        "unclaimed_tokens",
        "seen_schedules",
        "app_settings",
        "unclaimed_settings",
        "job_controls",
    ),
    *(
        "sync_history",
        "logs",
        "sync_state",
        "sync_seen",
        "sync_pauses",
        "refusals",
        "api_calls",
        "api_capabilities",
    ),
    *("playlist_items_staged", "playlist_mappings", "play_gaps", "daily_listening", "personalities"),
)


def main(given: Sequence[str] | None = None) -> int:
    """Run the demo; the exit code is the chain's."""
    own, rest = split_arguments(sys.argv[1:] if given is None else given)
    arguments = options().parse_args(own)
    folder: Path = arguments.folder.resolve()
    state = folder / "simulator.json"
    if arguments.run and not state.exists():
        sys.stderr.write("There is no demo to look at yet. Run ./run demo first.\n")
        return ExitCode.SETTINGS
    is_old = not state.exists() or time.time() - state.stat().st_mtime > FRESH_DAYS * 86400
    if not arguments.run and (arguments.fresh or is_old):
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    is_first, clock = not state.exists(), Clock()
    with simulator(state, arguments.mode) as environment:
        replace_environment(environment, folder)
        if arguments.run:
            command = [sys.executable, "-P", "-m", arguments.run, *rest]
            with subprocess.Popen(command) as process, without_ctrl_c():  # noqa: S603 - our own module
                code = process.wait()
            return code if code >= 0 else 128 - code  # as a shell says it
        database = open_database(os.environ)
        before = rows_written(database)
        wants = arguments.rows > 0 and not has_history(database)
        try:
            imported = import_history(state, folder, clock, arguments.rows) if wants else []
        except SettingsError as error:
            sys.stderr.write(f"{error} {error.remedy}\n")
            return ExitCode.SETTINGS
        outcomes = (
            [] if any(outcome.exit_code for outcome in imported) else run_chain(Options(force=True), clock)
        )
        outcomes = [*imported, *outcomes]
        written, playlists = rows_written(database) - before, stored_playlists(database)
    sys.stdout.write(f"\n{table(outcomes)}\n")
    exit_code = max(outcome.exit_code for outcome in outcomes)
    if clock.is_interrupted:
        sys.stdout.write(
            f"The demo was stopped by {clock.interrupted_by}"
            f"{'' if has_dashboard(outcomes) else ': no dashboard is built'}. Run ./run demo again, and it goes on.\n"
        )
        exit_code = exit_code or (ExitCode.INTERRUPTED if clock.interrupted_by == CTRL_C else ExitCode.FAILED)
    elif exit_code:
        sys.stdout.write("The demo failed: the messages above say where.\n")
    else:
        sys.stdout.write(result_text(outcomes, playlists, written, folder, is_first=is_first))
    return exit_code


def has_dashboard(outcomes: Sequence[Outcome]) -> bool:
    """Whether these runs have built one."""
    return any(outcome.job == "build_dashboard" and outcome.status is Status.DONE for outcome in outcomes)


def has_history(database: Database) -> bool:
    """Whether the privacy export was imported as a whole."""
    with closing(database.connect()) as connection:
        migrate(connection)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM imports) AND NOT EXISTS (SELECT FROM imports WHERE finished_at IS NULL)"
            )
            return cursor.fetchone() == (True,)


def import_history(state: Path, folder: Path, clock: Clock, rows: int) -> list[Outcome]:
    """Import the privacy export of so many rows that this listener asked for, as somebody does who has just set up the project."""
    library, _ = load(state)
    untold = Habits(untold=UNTOLD_A_DAY)
    try:
        written = write_export(library, folder, clock.now(), rows=rows, years=HISTORY_YEARS, habits=untold)
    except ValueError as error:
        raise SettingsError(
            f"--rows {rows} cannot be: {error}.", "Name another number, or 0 for a demo without a history."
        ) from error
    known = run_job(track_plays.JOB, Options(force=True), clock)  # so that it is known whose history it is
    if known.exit_code:
        return [known]
    given = argparse.Namespace(paths=[str(path) for path in written.paths], aside=False)
    return [known, run_job(import_streaming_history.JOB, Options(force=True, arguments=given), clock)]


def options() -> argparse.ArgumentParser:
    """The options of the demo itself."""
    parser = argparse.ArgumentParser(
        prog="./run demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--mode", choices=("development", "extended"), default="development", help="Spotify's quota mode"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the last demo first")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where everything lies (default: .local/demo)"
    )
    parser.add_argument(
        "--rows",
        type=int,
        default=HISTORY_ROWS,
        metavar="NUMBER",
        help=f"of the listening history that a new demo imports; 0: none (default: {HISTORY_ROWS})",
    )
    parser.add_argument(
        "--run", metavar="MODULE", help="run this instead, on the demo's data; its arguments come after --"
    )
    return parser


def replace_environment(environment: dict[str, str], folder: Path) -> None:
    """Let this process know the demo's settings, and none of the person's own."""
    ours = [name for name in os.environ if name.startswith(("DB_", "SPOTIFY_")) or name in _NOT_OURS]
    for name in ours:
        del os.environ[name]
    os.environ.update(environment)
    os.environ.update(
        ENV_FILE="",
        EMBEDDED_POSTGRES_DIR=str(folder / "postgres"),
        DASHBOARD_DIR=str(folder / "site"),
        ARTWORK_DIR=str(folder / "artwork"),
        SPOTIFY_MARKET="DE",
        TIME_ZONE="Europe/Berlin",
        RUN_DOOR="./run demo",  # what commands that messages name begin with
    )


def result_text(
    outcomes: Sequence[Outcome], playlists: int, written: int, folder: Path, *, is_first: bool
) -> str:
    """What to say after a demo that has succeeded, and where its results are. `written`: rows of the library."""
    requests = sum(outcome.requests for outcome in outcomes)
    if is_first:
        new = Counter[str]()
        for outcome in outcomes:
            new[outcome.job] += outcome.tally.new_items
        history = new["import_streaming_history"]
        lines = [
            (
                f"Imported {history:,} plays of {HISTORY_YEARS} years from a privacy export, and copied"
                if history
                else "Copied"
            )
            + f" a simulated library into PostgreSQL with {requests:,} requests to Spotify: {new['track_plays']:,} plays, "
            f"{new['sync_liked_tracks']:,} liked tracks, {new['sync_saved_albums']:,} saved albums, "
            f"{new['sync_followed_artists']:,} followed artists, {playlists:,} playlists with "
            f"{new['sync_playlists'] - playlists:,} entries.",
            "Run ./run demo again: it copies the lists that this run made on Spotify, and writes nothing else.",
        ]
    elif written:
        lines = [
            f"Looked at every resource again with {requests:,} requests to Spotify: what the run before had made there, or not "
            "finished, was copied. Once more, and nothing is written.",
        ]
    else:
        lines = [
            f"Looked at every resource again with {requests:,} requests to Spotify: no library row was written."
        ]
    lines += [
        "Names such as '; DROP TABLE tracks; --' are meant to be odd.",
        'To look around: ./run demo status · ./run demo sql "SELECT * FROM artist_stats LIMIT 5" · ./run demo playlists list',
        f"The dashboard: {folder / 'site' / 'index.html'}",
    ]
    return "".join(f"{line}\n" for line in lines)


def split_arguments(given: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What stands before `--`, and what behind it."""
    place = given.index("--") if "--" in given else len(given)
    return given[:place], given[place + 1 :]


_NOT_OURS = ("DATABASE_URL", "GITHUB_ACTIONS", "RUN_REPORT", "JOB_TIME_BUDGET_MINUTES")


@contextmanager
def simulator(state: Path, mode: str) -> Iterator[dict[str, str]]:
    """A simulator of its own process, which keeps its library in `state`; yields the settings that lead to it.

    It listens where it did the last time, if it can: the URLs of its images are part of what is copied.
    """
    port_file = state.with_name("port")
    port = port_file.read_text() if port_file.exists() and is_free(int(port_file.read_text())) else "0"
    options = ("--port", port, "--mode", mode, "--state", str(state), "--history")
    command = [sys.executable, "-m", "simulator", *options]
    with without_ctrl_c():  # it is ended when the scripts have come to their end
        started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603 - our own module
    with started as process:
        try:
            environment = read_environment(process)
            port_file.write_text(str(urlsplit(environment["SPOTIFY_ACCOUNTS_URL"]).port))
            yield environment
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def without_ctrl_c() -> Iterator[None]:
    """Ctrl-C, which the whole process group gets, is left to others; who is started meanwhile ignores it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def is_free(port: int) -> bool:
    """Whether something can listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def read_environment(process: "subprocess.Popen[str]") -> dict[str, str]:
    """The `export NAME=value` lines that the simulator begins with."""
    environment: dict[str, str] = {}
    assert process.stdout is not None
    for line in process.stdout:
        name, _, value = line.removeprefix("export ").rstrip("\n").partition("=")
        if line.startswith("export "):
            environment[name] = value
        if name == "SPOTIFY_ACCOUNTS_URL":
            return environment
    raise RuntimeError("the simulator did not start; its message is above")


def rows_written(database: Database) -> int:
    """Rows inserted, updated or deleted in the library's tables so far, as PostgreSQL itself counts them."""
    with closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables AS s "
            "JOIN pg_class AS c ON c.oid = s.relid AND c.relkind = 'r' WHERE s.relname <> ALL(%s)",
            (list(OTHER_TABLES),),
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def stored_playlists(database: Database) -> int:
    """How many playlists the listener has."""
    with closing(database.connect()) as connection, connection.cursor() as cursor:
        user = find_meant(cursor, Clock().now())
        return read_copied(cursor, user.user_id).playlists if user else 0


if __name__ == "__main__":
    sys.exit(main())
