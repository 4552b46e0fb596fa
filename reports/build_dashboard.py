"""Build the dashboard: one static page, site/index.html, that works offline and loads nothing.

DASHBOARD_DIR names another folder. The page shows the listener who was active last, or the one that --user names. It holds names of what was heard:
publish it only where that is meant to be seen.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import os
import sys
from pathlib import Path

from reports.dashboard_data import read_dashboard
from reports.dashboard_page import render_page
from utils import ROOT
from utils.config import environment
from utils.errors import SettingsError
from utils.job.lifecycle import main
from utils.job.run import DatabaseJob, Run


def work(run: Run) -> None:
    """Read the data of the dashboard as of one moment, render the page, and write it."""
    under_way = [run.run_id, *([run.options.chain.run_id] if run.options.chain else [])]
    with run.transaction() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        dashboard = read_dashboard(cursor, run.clock.now(), under_way, run.options.user)
    if dashboard.listener is None:
        run.log.warning("nothing is stored yet, and the page says so: ./run login, then ./run sync")
    page = render_page(dashboard, run.settings.time_zone)
    path = page_path(environment().get("DASHBOARD_DIR", ""))
    is_new = not path.exists()
    try:
        write_page(path, page)
    except OSError as error:
        raise SettingsError(
            f"The dashboard cannot be written to {path}: {error.strerror or type(error).__name__}.",
            "Set DASHBOARD_DIR to a folder that can be written, or leave it unset.",
        ) from None
    run.tally.new_items, run.tally.updated_items = int(is_new), int(not is_new)
    run.log.info("the dashboard is at %s", path)


def page_path(folder: str) -> Path:
    """The path of the page in `folder`, which is relative to the repository's root; if it is empty, in `site`."""
    return ROOT / Path(folder.strip() or "site").expanduser() / "index.html"


def write_page(path: Path, page: str) -> None:
    """Write the page in one step: whoever reads the file sees the old page or the new one, never a part of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(page, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


JOB = DatabaseJob(
    name="build_dashboard",
    work=work,
    about=__doc__,
    reads="the copied tables, the views, and the history of the jobs",
    writes="site/index.html, or index.html in DASHBOARD_DIR; nothing in the database but its own run",
    counts="pages",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
