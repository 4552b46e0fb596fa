"""What `./run backup` and `./run users export` have in common: where the file goes, its key, and what is said of it."""

import argparse
import os
import re
import shlex

from psycopg2.extensions import connection as Connection

from db.backups.keys import VARIABLE, add_key, key_to_write
from db.backups.manifest import Manifest
from db.backups.writing import Choose, write_backup
from utils.clock import Clock
from utils.config import environment
from utils.job.command_line import Text
from utils.job.last_backup import note_backup
from utils.terminal import Terminal
from utils.whole_file import ended_in_order, place_of, remove_left_behind, whole_file
from utils.words import counted


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add FILE, --key and --overwrite."""
    parser.add_argument(
        "file",
        action=Text,
        nargs="?",
        default="",
        metavar="FILE",
        help="a file, or a folder for one of the usual name",
    )
    add_key(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")


def to_file(
    connection: Connection,
    what: str,
    options: argparse.Namespace,
    terminal: Terminal,
    choose: Choose | None = None,
) -> str:
    """Write it, as the options of `add_file` say, by default into `<what>-<day>.zip[.age]`; the text to show. Raises JobError.

    `choose`: as `write_backup` takes it.
    """
    key = key_to_write(environment(), terminal, asks=options.key)
    if not key and os.environ.get("GITHUB_ACTIONS") == "true":
        return (
            f"No backup was kept: there is no secret {VARIABLE}, and what a run keeps can be read by others. "
            "docs/operations.md#backup tells how to set it.\n"
        )
    usual = f"{what}-{Clock().now():%Y-%m-%d}.zip{'.age' if key else ''}"
    path = place_of(options.file, usual, may_replace=options.overwrite)
    of_any_day = rf"{re.escape(what)}-\d{{4}}-\d\d-\d\d\.zip(?:\.age)?"
    for left in remove_left_behind(path.parent, of_any_day, re.escape(path.name)):
        terminal.say(f"{left} was removed: a run that was killed had left it there, and not to its end.")
    with ended_in_order(), whole_file(path, may_replace=options.overwrite) as out:
        manifest, left_out = write_backup(connection, out, key, terminal.say, choose)
        size = out.tell()
    if choose is None:  # of everything
        note_backup(os.environ, path, Clock().now())
    lines = [sentence(manifest, size, f"{path}")]
    if left_out:
        lines.append(f"left out, since these tables are your own: {', '.join(map(shlex.quote, left_out))}")
    if key:
        lines.append("It is encrypted: keep the key in another place than the file.")
    else:
        lines.append("It is not encrypted: whoever has the file can read what was listened to, and when.")
    return "\n".join(lines) + "\n"


def sentence(manifest: Manifest, size: int, where: str) -> str:
    """What is in it."""
    return (
        f"{counted(manifest.rows, 'row')} of {counted(len(manifest.tables), 'table')}, among them "
        f"{counted(manifest.rows_of('plays'), 'play')}, in {where}: {size:,} bytes"
    )
