"""Build the site: static pages in site/ that work offline and load nothing from elsewhere.

DASHBOARD_DIR names another folder. --public makes a second site beside it, site-public/, for strangers: the pages and sections that the setting
reports.public_sections names, without settings, log, times of day and what else is nobody's business. The pages show the listener who was active last, or the one that --user names. They hold names of what was heard:
publish only what is meant to be seen.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from reports.packages import SITE, check_packages
from utils.clock import Clock
from utils.config import artwork_folder, environment, is_time_zone, site_folder
from utils.errors import ExitCode, SettingsError, Status
from utils.job.command_line import run_tool
from utils.job.declaration import Job, Options
from utils.job.lifecycle import leave, main, run_job
from utils.job.outcome import Outcome, Tally
from utils.job.run import DatabaseJob, Run
from utils.job.users import Meant, meant
from utils.public_sections import SETTING as PUBLIC_SECTIONS

if TYPE_CHECKING:
    from reports.dashboard.build import Request


def arguments(parser: ArgumentParser) -> None:
    """Beside the usual."""
    parser.add_argument(
        "--public", action="store_true", help=f"also make the public edition, of what {PUBLIC_SECTIONS} names"
    )
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="write nothing to the database, not even that it was built: for a role that only reads (./run db reader)",
    )


def work(run: Run) -> None:
    """Read everything as of one moment, and write the pages that have changed."""
    under_way = [run.run_id, *([run.options.chain.run_id] if run.options.chain else [])]
    with run.transaction() as cursor:
        counts, request = build(cursor, run.options, run.clock.now(), run.settings.time_zone, under_way)
    for kind, count in counts.items():
        setattr(run.tally, f"{kind}_items", count)
    run.log.info("the dashboard is at %s", request.folder / "index.html")
    if request.public_folder and not run.app_settings.text(PUBLIC_SECTIONS):
        run.log.warning(
            "nothing is public: name what strangers may see, such as ./run settings set %s overview,history,top",
            PUBLIC_SECTIONS,
        )
    elif request.public_folder:
        run.log.info("the public edition is at %s", request.public_folder / "index.html")


def read_only(connection: Connection, options: Options) -> str:
    """The same without a run, as a role of the database that only reads can do it; the text to show."""
    zone = environment().get("TIME_ZONE", "")
    with connection, connection.cursor() as cursor:
        _, request = build(cursor, options, Clock().now(), zone if is_time_zone(zone) else None)
    return f"the dashboard is at {request.folder / 'index.html'}\n"


def build(
    cursor: Cursor, options: Options, now: datetime, time_zone: str | None, under_way: Sequence[str] = ()
) -> "tuple[Counter[str], Request]":
    """Build the site that is wanted, in a transaction that has just begun; how many pages are what, and what was built.

    Raises SettingsError.
    """
    check_packages("The site", SITE, "./run dashboard")
    from reports.dashboard.build import Request, build_site  # only this script needs these packages

    environ = environment()
    folder = site_folder(environ)
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    listener = meant(cursor, now, options.user) if options.user else None
    is_public = bool(getattr(options.arguments, "public", False))
    request = Request(
        now=now,
        folder=folder_of(folder, listener),
        artwork=artwork_folder(environ),
        named=options.user,
        time_zone=time_zone or "UTC",
        public_folder=folder_of(public_folder(folder), listener) if is_public else None,
        under_way=under_way,
    )
    try:
        return build_site(cursor, request), request
    except OSError as error:
        raise SettingsError(
            f"The site cannot be written to {request.folder}: {error.strerror or type(error).__name__}.",
            "Set DASHBOARD_DIR to a folder that can be written, or leave it unset.",
        ) from None


def folder_of(folder: Path, listener: Meant | None) -> Path:
    """The folder of a listener who was named: beside that of the listener whose consent the environment has, never in it."""
    if listener is None or listener.is_of_environment:
        return folder
    return folder.with_name(f"{folder.name}.{listener.name}")  # no name has a dot


def public_folder(folder: Path) -> Path:
    """The folder of the public edition, beside that of the site."""
    return folder.parent / f"{folder.name}-public"


JOB = DatabaseJob(
    name="build_dashboard",
    work=work,
    about=__doc__,
    reads="the copied tables, the views, the history of the jobs, and the covers",
    writes="site/, or DASHBOARD_DIR, and site-public/; nothing in the database but its own run",
    counts="pages",
    arguments=arguments,
)


def run(job: Job[Run], options: Options) -> Outcome:
    """As a job, or without one where nothing is to be written."""
    if not getattr(options.arguments, "read_only", False):
        return run_job(job, options)
    code = run_tool(job.name, lambda connection: read_only(connection, options), migrates=False)
    status = Status.DONE if code == ExitCode.OK else Status.FAILED
    return Outcome(job.name, status, ExitCode(code), "", None, 0, 0.0, Tally())


if __name__ == "__main__":
    leave(main(JOB, run))
