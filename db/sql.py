"""Open your data: the answer to one statement, or psql.

./run sql "SELECT count(*) FROM plays"
./run sql --csv "SELECT * FROM liked_tracks" >liked.csv
./run sql                                      psql, or a plain prompt where there is none
./run sql --write "DELETE FROM play_gaps"

It is read-only: a statement runs in a transaction that PostgreSQL keeps so, and psql begins each of its own so. To change
your data, say --write. docs/schema.md tells which tables and views there are.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys
from contextlib import closing

from psycopg2.extensions import connection as Connection

from db.console.answer import WRITERS
from db.console.one_statement import Interrupted, answered
from db.console.prompt import prompt
from db.console.psql import psql_for
from utils.config import environment
from utils.database.connection import Database, open_database
from utils.errors import ExitCode, JobError, SettingsError
from utils.job.command_line import Text
from utils.verbose import add_verbose


def main(arguments: list[str] | None = None) -> int:
    """Open the data. Exit codes: 0 done · 1 the statement was refused · 2 settings, or no database · 130 Ctrl-C."""
    options = parser().parse_args(arguments)
    try:
        text = statement_of(options)
        database = open_database(environment())
        with closing(database.connect()) as connection:
            if text:
                answer(connection, text, options)
                return ExitCode.OK
            return look_around(database, connection, options)
    except JobError as error:
        sys.stderr.write(f"sql: {' '.join(f'{error} {error.remedy}'.split())}\n")
        return ExitCode.INTERRUPTED if isinstance(error, Interrupted) else error.exit_code


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog="./run sql",
        description=f"{__doc__}\nreads   whatever the statement names\nwrites  nothing; with --write, what the statement changes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument(
        "statement",
        action=Text,
        nargs="?",
        default="",
        help="one statement; none: psql, or what comes on standard input",
    )
    command_line.add_argument(
        "--write",
        action="store_true",
        help="not read-only: let statements change your data; several in one are one transaction",
    )
    form = command_line.add_mutually_exclusive_group()
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="the answer as CSV")
    form.add_argument(
        "--json", dest="form", action="store_const", const="json", help="as a list of JSON objects"
    )
    add_verbose(command_line)
    command_line.set_defaults(form="table")
    return command_line


def statement_of(options: argparse.Namespace) -> str:
    """The statement; empty where a person sits at a terminal and has given none. Raises SettingsError."""
    text = str(options.statement).strip()
    if text or (sys.stdin.isatty() and options.form == "table"):
        return text
    text = "" if sys.stdin.isatty() else sys.stdin.read().strip()
    if not text:
        raise SettingsError(
            "There is no statement.", 'Give one, such as ./run sql "SELECT count(*) FROM plays".'
        )
    return text


def answer(connection: Connection, text: str, options: argparse.Namespace) -> None:
    """Run a statement and write its answer. Raises StatementError, Interrupted, DatabaseError."""
    with answered(connection, text, may_write=options.write) as found:
        WRITERS[options.form](found, sys.stdout)
        sys.stdout.flush()


def look_around(database: Database, connection: Connection, options: argparse.Namespace) -> int:
    """Let a person type statements until they leave."""
    psql = psql_for(database, connection.server_version, may_write=options.write)
    how = "what you type can change your data" if options.write else "reading only; --write lets you change"
    sys.stderr.write(f"Your data: {database.label}; {how}. \\q leaves.\n")
    if psql is None:
        sys.stderr.write(
            "There is no psql here that could be used (none installed, or the address is a pooler's), so this is a "
            "plain prompt. A statement ends with ;\n"
        )
        prompt(lambda text: answer(connection, text, options))
        return ExitCode.OK
    connection.close()
    return ExitCode.FAILED if psql.run() else ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
