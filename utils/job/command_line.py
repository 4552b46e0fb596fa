"""What command lines have in common: text that is taken as it is, the listener who is meant, and tools that are no jobs.

Values may come from a form on the web: whatever they are, they are data, or refused in one line.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection

from utils.config import environment
from utils.database.connection import open_connection
from utils.database.migrate import migrate
from utils.errors import ExitCode, JobError
from utils.job.run_report import add_answer


class Text(argparse.Action):
    """An argument that is any text, `--` too: of that, Python's parser before 3.13 makes an empty list."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - the parser names them
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        """Keep it."""
        setattr(namespace, self.dest, "--" if values == [] else values)


class _Listener(Text):
    """A listener's id. What cannot be one is refused before anybody is asked about it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        super().__call__(parser, namespace, values, option_string)
        named = str(getattr(namespace, self.dest)).strip()
        if not named.isprintable():
            parser.error(f"argument --user: {named!r} cannot be a listener's id")
        setattr(namespace, self.dest, named)


def add_user(parser: argparse.ArgumentParser, default: str = "") -> None:
    """Add --user. Empty counts as not given."""
    parser.add_argument(
        "--user",
        action=_Listener,
        default=default,
        metavar="ID",
        help="only for this listener: their name here, the user id, or Spotify's name",
    )


def positive(text: str) -> int:
    """How many of something a person wants."""
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def run_tool(name: str, work: Callable[[Connection], str], *, migrates: bool = True) -> int:
    """Write the text that `work` returns, as a script does that is no job, also to the report of the run; the exit code.

    `migrates`: the schema is brought up to date before, if need be.
    """
    try:
        with open_connection(environment()) as connection:
            if migrates:
                migrate(connection)
            answer = work(connection)
    except JobError as error:
        # In GitHub Actions, a line of its own or ##[ could be a command.
        message = " ".join(f"{error} {error.remedy}".split()).replace("##[", "# #[")
        sys.stderr.write(f"{name}: {message}\n")
        add_answer(os.environ, name, message, error.exit_code)
        return error.exit_code
    sys.stdout.write(answer)
    add_answer(os.environ, name, answer, ExitCode.OK)
    return ExitCode.OK
