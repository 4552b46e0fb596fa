"""The SQL statements of `db/queries/*.sql`, by name: `statement("plays.last_known")`.

A file holds statements on one subject, each after a line `-- name: <name>` and a comment that says what it is for.
"""

import re
from functools import cache

from utils import ROOT

QUERIES = ROOT / "db" / "queries"
_NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


@cache
def _file(stem: str) -> dict[str, str]:
    parts = _NAME.split((QUERIES / f"{stem}.sql").read_text(encoding="utf-8"))
    names, bodies = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"db/queries/{stem}.sql gives a name twice")
    return {name: _without_comments(body) for name, body in zip(names, bodies, strict=True)}


def _without_comments(body: str) -> str:
    """Comment lines are for readers of the file; a `%s` in one would be taken for a parameter."""
    lines = (line for line in body.splitlines() if not line.startswith("--"))
    return "\n".join(lines).strip().removesuffix(";")


def statement(name: str) -> str:
    """The text of the statement `<file>.<name>`. Raises KeyError where there is none."""
    stem, _, key = name.partition(".")
    return _file(stem)[key]


def statement_names() -> list[str]:
    """All names, sorted: a test compares them with what the code asks for."""
    return sorted(f"{path.stem}.{name}" for path in QUERIES.glob("*.sql") for name in _file(path.stem))
