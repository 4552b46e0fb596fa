"""Build the site: static pages in site/ that work offline and load nothing from elsewhere.

DASHBOARD_DIR names another folder. --public makes a second site beside it, site-public/, for strangers: the pages and sections that the setting
reports.public_sections names, without settings, log, times of day and what else is nobody's business. The pages show the listener who was active last, or the one that --user names. They hold names of what was heard:
publish only what is meant to be seen.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
from argparse import ArgumentParser
from pathlib import Path

from reports.packages import SITE, check_packages
from utils.config import artwork_folder, environment, site_folder
from utils.errors import SettingsError
from utils.job.lifecycle import main
from utils.job.run import DatabaseJob, Run
from utils.job.users import Meant, meant
from utils.public_sections import SETTING as PUBLIC_SECTIONS


def arguments(parser: ArgumentParser) -> None:
    """Beside the usual."""
    parser.add_argument(
        "--public", action="store_true", help=f"also make the public edition, of what {PUBLIC_SECTIONS} names"
    )


def work(run: Run) -> None:
    """Read everything as of one moment, and write the pages that have changed."""
    check_packages("The site", SITE, "./run build_dashboard")
    from reports.dashboard.build import Request, build_site  # only this script needs these packages

    environ = environment()
    folder = site_folder(environ)
    listener = None
    if run.options.user:
        with run.transaction() as cursor:
            listener = meant(cursor, run.clock.now(), run.options.user)
    is_public = bool(getattr(run.options.arguments, "public", False))
    request = Request(
        now=run.clock.now(),
        folder=folder_of(folder, listener),
        artwork=artwork_folder(environ),
        named=run.options.user,
        time_zone=run.settings.time_zone or "UTC",
        public_folder=folder_of(public_folder(folder), listener) if is_public else None,
        under_way=[run.run_id, *([run.options.chain.run_id] if run.options.chain else [])],
    )
    try:
        with run.transaction() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            counts = build_site(cursor, request)
    except OSError as error:
        raise SettingsError(
            f"The site cannot be written to {request.folder}: {error.strerror or type(error).__name__}.",
            "Set DASHBOARD_DIR to a folder that can be written, or leave it unset.",
        ) from None
    for kind, count in counts.items():
        setattr(run.tally, f"{kind}_items", count)
    run.log.info("the dashboard is at %s", request.folder / "index.html")
    if is_public and not run.app_settings.text(PUBLIC_SECTIONS):
        run.log.warning(
            "nothing is public: name what strangers may see, such as ./run settings set %s overview,history,top",
            PUBLIC_SECTIONS,
        )
    elif request.public_folder is not None:
        run.log.info("the public edition is at %s", request.public_folder / "index.html")


def folder_of(folder: Path, listener: Meant | None) -> Path:
    """The folder of a listener who was named: beside that of the listener whose consent the environment has, never in it."""
    if listener is None or not listener.has_stored_consent:
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

if __name__ == "__main__":
    sys.exit(main(JOB))
