"""Build the site: static pages in site/ that work offline and load nothing from elsewhere.

DASHBOARD_DIR names another folder. The pages show the listener who was active last, or the one that --user names. They hold names of what was heard:
publish them only where that is meant to be seen.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
from importlib.util import find_spec
from pathlib import Path

from utils import ROOT
from utils.config import environment
from utils.errors import SettingsError
from utils.job.lifecycle import main
from utils.job.run import DatabaseJob, Run

PACKAGES = {"jinja2": "Jinja2", "vl_convert": "vl-convert-python", "PIL": "Pillow"}


def work(run: Run) -> None:
    """Read everything as of one moment, and write the pages that have changed."""
    check_packages()
    from reports.dashboard.build import Request, build_site  # only this script needs these packages

    environ = environment()
    folder = site_folder(environ.get("DASHBOARD_DIR", ""))
    request = Request(
        now=run.clock.now(),
        folder=folder,
        artwork=ROOT / (environ.get("ARTWORK_DIR") or "artwork"),
        named=run.options.user,
        time_zone=run.settings.time_zone or "UTC",
        under_way=[run.run_id, *([run.options.chain.run_id] if run.options.chain else [])],
    )
    try:
        with run.transaction() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            counts = build_site(cursor, request)
    except OSError as error:
        raise SettingsError(
            f"The site cannot be written to {folder}: {error.strerror or type(error).__name__}.",
            "Set DASHBOARD_DIR to a folder that can be written, or leave it unset.",
        ) from None
    for kind, count in counts.items():
        setattr(run.tally, f"{kind}_items", count)
    run.log.info("the dashboard is at %s", folder / "index.html")


def check_packages() -> None:
    """Raise SettingsError where this Python lacks what the site is built with."""
    missing = [name for module, name in PACKAGES.items() if find_spec(module) is None]
    if missing:
        raise SettingsError(
            f"The site needs packages that are not installed: {', '.join(missing)}.",
            "Start it by ./run build_dashboard, or install them: python -m pip install -r requirements-images.txt -r requirements-site.txt",
        )


def site_folder(folder: str) -> Path:
    """The folder of the site: `folder`, which is relative to the repository's root; if it is empty, `site`."""
    return ROOT / Path(folder.strip() or "site").expanduser()


JOB = DatabaseJob(
    name="build_dashboard",
    work=work,
    about=__doc__,
    reads="the copied tables, the views, the history of the jobs, and the covers",
    writes="site/, or DASHBOARD_DIR; nothing in the database but its own run",
    counts="pages",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
