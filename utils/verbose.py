"""`--verbose` of the tools that are no jobs: each thing done, and how long it took, on standard error.

What they ask databases, GitHub and Spotify for goes through `details`. No values are said, which may be anybody's.
(A job says the same through its own log, `utils/job/run_log.py`.)
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import Any

details = logging.getLogger("details")
details.propagate = False
details.setLevel(logging.WARNING)
HELP = "say each step, request and statement, and how long it took"


def add_verbose(parser: argparse.ArgumentParser) -> None:
    """Add --verbose, which counts from when it is read; before a command or behind it."""
    parser.add_argument("--verbose", action=_Verbose, nargs=0, default=argparse.SUPPRESS, help=HELP)


def is_verbose() -> bool:
    """Whether somebody wants to know."""
    return details.isEnabledFor(logging.DEBUG)


class _Verbose(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - the parser names them
        namespace: argparse.Namespace,  # noqa: ARG002
        values: str | Sequence[Any] | None,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        if not is_verbose():
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(_OneLine("· %(message)s"))
            for logger in (
                details,
                logging.getLogger("urllib3.connectionpool"),
            ):  # the latter: each request, and its answer
                logger.addHandler(handler)
                logger.setLevel(logging.DEBUG)


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        from utils.terminal import one_printable_line  # nobody needs it who is told nothing

        return one_printable_line(super().format(record))
