"""What a pass remembers beside its position, typed, and as JSON in `sync_state.cursor`."""

from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

from utils.errors import SchemaError

S = TypeVar("S", bound="PassState")


@dataclass
class PassState:
    """The base. Every field has a default, so that what an older version stored can be read."""

    bad: int = 0  # items of this pass that could not be read
    has_lost_page: bool = False  # nothing on one of its pages could be read

    def kept(self) -> Self:
        """What a pass that begins anew still remembers; by itself, nothing."""
        return type(self)()


def from_json(kind: type[S], stored: dict[str, Any], what: str) -> S:
    """The state as stored. Absent keys have their defaults; raises SchemaError where a key or value is unknown."""
    hints = get_type_hints(kind)
    unknown = stored.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise SchemaError(
            f"The checkpoint of {what} holds what this version does not know: {', '.join(sorted(unknown))}.",
            "A newer version has written it: update this checkout (git pull).",
        )
    return kind(**{name: _value(hints[name], value, f"{what}.{name}") for name, value in stored.items()})


def _value(hint: Any, value: object, what: str) -> Any:
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for option in options:
        plain = get_origin(option) or option
        if plain in (date, datetime) and isinstance(value, str):
            with suppress(ValueError):
                return plain.fromisoformat(value)
        if plain is NoneType and value is None:
            return None
        if isinstance(value, plain) and (plain is bool or not isinstance(value, bool)):
            return value
    raise SchemaError(
        f"The checkpoint of {what} is {value!r}, which it cannot be.",
        "./run control reset lets the next run begin anew (docs/operations.md).",
    )
