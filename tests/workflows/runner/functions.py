"""The functions that every expression may call. Status functions and `hashFiles` are a matter of where it stands."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.workflows.runner import values
from tests.workflows.runner.errors import ExpressionError

_ARGUMENT = re.compile(r"\{\{|\}\}|\{(\d+)\}|[{}]")


def contains(search: Any, sought: Any) -> bool:
    if isinstance(search, list):
        return any(values.equal(sought, each) for each in search)
    if values.is_primitive(search) and values.is_primitive(sought):
        return values.fold(values.text(sought)) in values.fold(values.text(search))
    return False


def starts_with(search: Any, sought: Any) -> bool:
    if not (values.is_primitive(search) and values.is_primitive(sought)):
        return False
    return values.fold(values.text(search)).startswith(values.fold(values.text(sought)))


def ends_with(search: Any, sought: Any) -> bool:
    if not (values.is_primitive(search) and values.is_primitive(sought)):
        return False
    return values.fold(values.text(search)).endswith(values.fold(values.text(sought)))


def fill(pattern: Any, *arguments: Any) -> str:
    """`format('{0} {1}', …)`."""

    def one(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        if found[1] is None:
            raise ExpressionError(f"format: a single brace in {pattern!r}")
        if int(found[1]) >= len(arguments):
            raise ExpressionError(f"format: {found[0]} in {pattern!r} has no argument")
        return values.text(arguments[int(found[1])])

    return _ARGUMENT.sub(one, values.text(pattern))


def join(items: Any, separator: Any = ",") -> str:
    if isinstance(items, list):
        return (values.text(separator) if values.is_primitive(separator) else ",").join(
            map(values.text, items)
        )
    return values.text(items) if values.is_primitive(items) else ""


def to_json(value: Any) -> str:
    return json.dumps(_whole(value), indent=2, ensure_ascii=False)


def _whole(value: Any) -> Any:
    """Without the `.0` of numbers that are whole."""
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def from_json(written: Any) -> Any:
    try:
        return json.loads(values.text(written))
    except ValueError as error:
        raise ExpressionError(f"fromJSON: {error} in {values.text(written)!r}") from None


def hash_files(root: Path, *patterns: Any) -> str:
    """One hash over the files of the workspace that match; empty where none does."""
    chosen: dict[Path, None] = {}
    for pattern in map(values.text, patterns):
        found = sorted(path for path in root.glob(pattern.removeprefix("!").lstrip("/")) if path.is_file())
        if pattern.startswith("!"):
            chosen = {path: None for path in chosen if path not in found}
        else:
            chosen |= dict.fromkeys(found)
    if not chosen:
        return ""
    parts = [hashlib.sha256(path.read_bytes()).digest() for path in chosen]
    return hashlib.sha256(b"".join(parts)).hexdigest()


# name: least arguments, most arguments, what it does. `case` is evaluated where only some arguments are.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any] | None]] = {
    "case": (3, 255, None),
    "contains": (2, 2, contains),
    "startswith": (2, 2, starts_with),
    "endswith": (2, 2, ends_with),
    "format": (1, 255, fill),
    "join": (1, 2, join),
    "tojson": (1, 1, to_json),
    "fromjson": (1, 1, from_json),
    "hashfiles": (1, 255, None),
    "success": (0, 0, None),
    "failure": (0, 0, None),
    "cancelled": (0, 0, None),
    "always": (0, 0, None),
}
STATUS = frozenset({"success", "failure", "cancelled", "always"})
