"""What definitions of smart playlists hold on the simulated library: for reviewing a change where no real library is.

python -m simulator.preview [--since COMMIT] [SLUG …]

In GitHub Actions the tables also go to the job's summary.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from playlists.inspection.preview import preview
from playlists.language.definition import DEFINITIONS, load_definitions
from playlists.selection.lists import make_lists
from playlists.selection.smart_list import listener_meant
from simulator import demo
from utils import ROOT
from utils.clock import Clock
from utils.database.connection import open_database
from utils.errors import JobError
from utils.job.run_report import SUMMARY, add_to_summary

FOLDER = ROOT / ".local" / "preview"


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy the simulated library, then show the lists. Exit codes: 0 done · 1 a list, or the copy, failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="default: all definitions")
    parser.add_argument("--since", metavar="COMMIT", help="only those that have changed since this commit")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for the simulated library's copy")
    parser.add_argument(
        "--rows",
        type=int,
        default=demo.HISTORY_ROWS,
        metavar="NUMBER",
        help=f"of the listening history that is imported for it (default: {demo.HISTORY_ROWS})",
    )
    options = parser.parse_args(arguments)
    slugs = options.slugs or (changed_since(options.since, DEFINITIONS) if options.since else [])
    if options.since and not slugs and not options.slugs:
        sys.stdout.write("No definition has changed.\n")
        return 0
    if demo.main(["--folder", str(options.folder), "--rows", str(options.rows)]):
        return 1
    with (
        closing(open_database(os.environ).connect()) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        listener = listener_meant(cursor, Clock().now(), str(uuid4()))
        lists = make_lists(cursor, load_definitions(DEFINITIONS).definitions, listener)
        shown, failed = [], False
        for smart in lists:
            if not slugs or {smart.slug, smart.definition.template} & {*slugs}:
                failed |= smart.error is not None
                shown.append(
                    f"{smart.slug}: {smart.error}\n" if smart.error else preview(cursor, smart, listener)
                )
    sys.stdout.write("\n" + "\n".join(shown))
    if os.environ.get(SUMMARY):
        add_to_summary(os.environ, "".join(f"```text\n{text}```\n\n" for text in shown))
    return int(failed)


def changed_since(commit: str, folder: Path) -> list[str]:
    """Slugs of the definitions in `folder` that differ from those of a commit. Raises JobError."""
    command = ["git", "diff", "--name-only", "--relative", "--diff-filter=d", commit, "--", "."]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if found.returncode:
        raise JobError(f"git cannot tell what has changed since {commit}: {found.stderr.strip()}")
    return [Path(name).stem for name in found.stdout.split("\n") if name.endswith((".yml", ".yaml", ".json"))]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except JobError as error:
        sys.stderr.write(f"preview: {error} {error.remedy}\n")
        sys.exit(2)
