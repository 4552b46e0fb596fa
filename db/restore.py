"""Restore a backup: everything that ./run backup has written, in the database that the settings name.

./run restore backup-2026-11-29.zip
./run restore --compare backup-2026-11-29.zip     only says whether the database holds the same

The file is read and checked to its end first; then everything is written in one transaction and compared with what was
written, and the views are made. Whatever ends it leaves the database as it was. It must be empty, or hold our tables without a
listener's rows; with --replace, what it holds goes. A backup of an older version is brought up to date on the way.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys
from pathlib import Path
from time import monotonic

from db.backups.keys import add_key, key_to_read
from db.backups.manifest import Manifest
from db.backups.reading import Backup, open_backup
from db.backups.restoring import IN_PLACE_OF, compare, look, restore
from utils.config import environment
from utils.database.connection import Database, open_database
from utils.errors import ExitCode, JobError, SettingsError
from utils.job.command_line import Text
from utils.redaction import Redactor
from utils.start import CTRL_C
from utils.terminal import Terminal, agrees, ask, ask_secret, say
from utils.verbose import add_verbose
from utils.words import counted

TERMINAL = Terminal(say, ask, ask_secret)


def main(arguments: list[str] | None = None, terminal: Terminal = TERMINAL) -> int:
    """Restore or compare. Exit codes: 0 done, or equal · 1 a damaged file, a script that runs, or not equal · 2 settings, another
    file, or the database · 130 Ctrl-C.
    """
    options = parser().parse_args(arguments)
    redactor = Redactor()
    try:
        environ = environment()
        with open_backup(
            Path(options.file).expanduser(), lambda: key_to_read(environ, terminal, asks=options.key)
        ) as backup:
            terminal.say(f"{options.file}: {backup.manifest.told()}; checking it …")
            backup.manifest.check_schema()
            backup.check()
            target = open_database(environ)
            redactor = Redactor(target.secrets())
            if options.compare:
                return say_differences(target, backup.manifest, terminal)
            run(target, backup, options, terminal)
    except JobError as error:
        sys.stderr.write(f"restore: {redactor(' '.join(f'{error} {error.remedy}'.split()))}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write(f"restore: stopped by {CTRL_C}; nothing was restored.\n")
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog="./run restore",
        description=f"{__doc__}\nreads   the file\nwrites  every table, and the views",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument("file", action=Text, metavar="FILE", help="what ./run backup has written")
    add_key(command_line)
    what = command_line.add_mutually_exclusive_group()
    what.add_argument("--replace", action="store_true", help="in place of what the database holds")
    what.add_argument("--compare", action="store_true", help="write nothing; say which tables differ")
    command_line.add_argument("--yes", action="store_true", help="with --replace: do not ask")
    add_verbose(command_line)
    return command_line


def run(target: Database, backup: Backup, options: argparse.Namespace, terminal: Terminal) -> None:
    """Restore, and say so. Raises JobError."""
    begun, may_replace = monotonic(), False
    held = look(target)
    if held:
        there = f"{counted(held.get('users', 0), 'listener')} and {counted(held.get('plays', 0), 'play')}"
        if not options.replace:
            raise SettingsError(
                f"The database {target.label} holds data already ({there}), which is left as it is.",
                IN_PLACE_OF,
            )
        terminal.say(f"{target.label} holds {there}: all that will go, for {backup.manifest.told()}.")
        may_replace = options.yes or agrees(terminal, "Replace it?", "Say --yes, if it may.")
        if not may_replace:
            raise JobError("Nothing was changed.", "")
    terminal.say(f"restoring into {target.label}")
    left_out = restore(target, backup, may_replace=may_replace, tell=terminal.say)
    terminal.say(
        f"restored {counted(backup.manifest.rows, 'row')} of {counted(len(backup.manifest.tables), 'table')} in "
        f"{monotonic() - begun:.0f} s; all are equal to the backup"
    )
    if left_out:
        terminal.say(f"left out, since no table has these names any more: {', '.join(left_out)}")
    terminal.say("Next: see whether ./run status shows your data; ./run sync adds what is new since.")


def say_differences(target: Database, manifest: Manifest, terminal: Terminal) -> int:
    """Compare the database with the backup; the exit code. Raises JobError."""
    different = compare(target, manifest)
    if different:
        terminal.say(f"not equal: {', '.join(different)}")
        return ExitCode.FAILED
    terminal.say(
        f"equal: {counted(manifest.rows, 'row')} of {counted(len(manifest.tables), 'table')}, {target.label}"
    )
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
