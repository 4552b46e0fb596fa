"""Back up everything: the whole database in one compressed file, from which ./run restore makes it again.

./run backup                          backup-2026-11-29.zip, in the folder you are in
./run backup ~/backups                likewise, in another one
./run backup --new-key                makes a key, shows it, and does nothing else
BACKUP_KEY=… ./run backup             encrypted: backup-2026-11-29.zip.age

It reads one snapshot while the scripts go on, and writes nothing to the database. A file that is there is not replaced without
--overwrite, and one that could not be finished is not left behind; where a run was killed, the next one removes its ….part. It
holds what you listened to and when; and where Spotify has replaced your refresh token, that one, encrypted with the app's
secret. Without a key, whoever has the file can read it.
On this machine, ./run status names the last one.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys

from db.backups.keys import VARIABLE, new_key
from db.backups.to_file import add_file, to_file
from utils.errors import ExitCode
from utils.job.command_line import run_tool
from utils.terminal import Terminal, ask, ask_secret, say
from utils.verbose import add_verbose

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
    return run_tool(
        "backup", lambda connection: to_file(connection, "backup", options, terminal), migrates=False
    )


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog="./run backup",
        description=f"{__doc__}\nreads   every table\nwrites  the file, and nothing in the database",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_file(command_line)
    command_line.add_argument("--new-key", action="store_true", help="make a key, and nothing else")
    add_verbose(command_line)
    return command_line


if __name__ == "__main__":
    sys.exit(main())
