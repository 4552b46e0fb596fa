"""A plain prompt, for where there is no psql: statements that end with `;`, each by itself."""

import contextlib
import sys
from collections.abc import Callable

from db.console.one_statement import Interrupted, StatementError

FIRST, MORE = "sql> ", "  -> "
LEAVE = ("\\q", "exit", "quit")


def prompt(run: Callable[[str], None], ask: Callable[[str], str] = input) -> None:
    """Ask for statements and `run` each, until `\\q` or the end of the input. Ctrl-C forgets what was typed so far."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - arrows and the history of `input`
    typed: list[str] = []
    while True:
        try:
            line = ask(MORE if typed else FIRST)
        except EOFError:
            sys.stdout.write("\n")
            return
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            typed = []
            continue
        if not typed and line.strip().rstrip(";").lower() in LEAVE:
            return
        if line.strip() or typed:
            typed.append(line)
        if line.rstrip().endswith(";"):
            text, typed = "\n".join(typed), []
            try:
                run(text)
            except (StatementError, Interrupted) as error:
                sys.stderr.write(f"{error} {error.remedy}".strip() + "\n")
