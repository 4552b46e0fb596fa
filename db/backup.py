"""Back up everything: the whole database in one compressed file, from which ./run restore makes it again.

./run backup                          backup-2026-11-29.zip, in the folder you are in
./run backup ~/backups                likewise, in another one
./run backup --new-key                makes a key, shows it, and does nothing else
BACKUP_KEY=… ./run backup             encrypted: backup-2026-11-29.zip.age

It reads one snapshot while the scripts go on, and writes nothing to the database. A file that is there is not replaced without
--overwrite, and one that could not be finished is not left behind. It holds what you listened to and when; and where Spotify
has replaced your refresh token, that one, encrypted with the app's secret. Without a key, whoever has the file can read it.
On this machine, ./run status names the last one.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import os
import shlex
import sys

from psycopg2.extensions import connection as Connection

from db.backups.keys import VARIABLE, add_key, key_to_write, new_key
from db.backups.manifest import Manifest
from db.backups.writing import write_backup
from utils.clock import Clock
from utils.config import environment
from utils.errors import ExitCode
from utils.job.command_line import Text, run_tool
from utils.job.last_backup import note_backup
from utils.terminal import Terminal, ask, ask_secret, say
from utils.verbose import add_verbose
from utils.whole_file import ended_in_order, place_of, whole_file
from utils.words import counted

TERMINAL = Terminal(say, ask, ask_secret)


def main(arguments: list[str] | None = None, terminal: Terminal = TERMINAL) -> int:
    """Write the file. Exit codes: 0 written · 1 it cannot be written · 2 settings, a file that is there, or no database."""
    options = parser().parse_args(arguments)
    if options.new_key:
        terminal.say(new_key())
        sys.stderr.write(
            f"Put it into .env as {VARIABLE}, and keep it in another place as well: without it, the backups cannot be read.\n"
        )
        return ExitCode.OK
    return run_tool("backup", lambda connection: run(connection, options, terminal), migrates=False)


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog="./run backup",
        description=f"{__doc__}\nreads   every table\nwrites  the file, and nothing in the database",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument(
        "file",
        action=Text,
        nargs="?",
        default="",
        metavar="FILE",
        help="a file, or a folder for one of the usual name",
    )
    add_key(command_line)
    command_line.add_argument("--new-key", action="store_true", help="make a key, and nothing else")
    command_line.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    add_verbose(command_line)
    return command_line


def run(connection: Connection, options: argparse.Namespace, terminal: Terminal) -> str:
    """Write it; the text to show. Raises JobError."""
    environ = environment()
    key = key_to_write(environ, terminal, asks=options.key)
    if not key and os.environ.get("GITHUB_ACTIONS") == "true":
        return (
            f"No backup was kept: there is no secret {VARIABLE}, and what a run keeps can be read by others. "
            "docs/operations.md#backup tells how to set it.\n"
        )
    usual = f"backup-{Clock().now():%Y-%m-%d}.zip{'.age' if key else ''}"
    path = place_of(options.file, usual, may_replace=options.overwrite)
    with ended_in_order(), whole_file(path, may_replace=options.overwrite) as out:
        manifest, left_out = write_backup(connection, out, key, terminal.say)
        size = out.tell()
    note_backup(os.environ, path, Clock().now())
    lines = [sentence(manifest, size, f"{path}")]
    if left_out:
        lines.append(f"left out, since these tables are your own: {', '.join(map(shlex.quote, left_out))}")
    if key:
        lines.append("It is encrypted: keep the key in another place than the file.")
    else:
        lines.append("It is not encrypted: whoever has the file can read what you listened to, and when.")
    return "\n".join(lines) + "\n"


def sentence(manifest: Manifest, size: int, where: str) -> str:
    """What is in it."""
    return (
        f"{counted(manifest.rows, 'row')} of {counted(len(manifest.tables), 'table')}, among them "
        f"{counted(manifest.rows_of('plays'), 'play')}, in {where}: {size:,} bytes"
    )


if __name__ == "__main__":
    sys.exit(main())
