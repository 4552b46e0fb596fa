"""Decodes the rules of a smart playlist of iTunes and Music: the two binary parts "Smart Info" and "Smart Criteria".

Criteria: a header of 136 bytes ("SLst", at 8 the number of rules, at 12 whether any of them is enough), then the rules: a field, an
action, 44 bytes, the length of the value, the value. A value is text in UTF-16, numbers of 68 bytes, or criteria again.
All numbers are big-endian.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playlists.importing.draft import Unreadable

_HEADER = 136
_RULE = 56
_DEEPEST = 20
_BEGINNING = datetime(1904, 1, 1, tzinfo=UTC)
_SIGN, _TEXT = 0x02000000, 0x01000000
# The bits of an action that say what is compared.
_MEANINGS = {
    0x1: "is",
    0x2: "contains",
    0x4: "starts_with",
    0x8: "ends_with",
    0x10: "gt",
    0x20: "gte",
    0x40: "lt",
    0x80: "lte",
    0x100: "between",
    0x200: "in_last",
    0x400: "bits",
}


@dataclass(frozen=True)
class Rule:
    """One rule. `numbers`: of a number, the first and the last of a range; of a time so long ago, (amount, seconds of the unit)."""

    field: int
    meaning: str
    is_negated: bool
    text: str = ""
    numbers: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Rules:
    """Rules of which all have to hold, or any."""

    is_any: bool
    members: "Sequence[Rule | Rules]"


@dataclass(frozen=True)
class Info:
    """What stands beside the rules. `unit`: of the limit; `order`: the number of what the tracks are chosen by."""

    is_live: bool
    has_rules: bool
    limit: int | None
    unit: str
    order: int
    is_least: bool
    only_checked: bool


_UNITS = {1: "minutes", 2: "megabytes", 3: "items", 4: "hours", 5: "gigabytes"}


def read_info(data: bytes) -> Info:
    """Decode "Smart Info". Raises Unreadable where it is too short."""
    if len(data) < 14:
        raise Unreadable("the part Smart Info is too short")
    order, limit = struct.unpack_from(">II", data, 4)
    return Info(
        is_live=data[0] != 0,
        has_rules=data[1] != 0,
        limit=limit if data[2] else None,
        unit=_UNITS.get(data[3], "unknown"),
        order=order & 0xFF,
        is_least=data[13] != 0,
        only_checked=data[12] != 0,
    )


def read_criteria(data: bytes, depth: int = 0) -> Rules:
    """Decode "Smart Criteria". Raises Unreadable where it has another form."""
    if len(data) < _HEADER or data[:4] != b"SLst" or depth > _DEEPEST:
        raise Unreadable("the part Smart Criteria has an unknown form")
    count, is_any = struct.unpack_from(">II", data, 8)
    members: list[Rule | Rules] = []
    offset = _HEADER
    for _ in range(count):
        if len(data) < offset + _RULE:
            raise Unreadable("the part Smart Criteria ends within a rule")
        field, action = struct.unpack_from(">II", data, offset)
        (length,) = struct.unpack_from(">I", data, offset + _RULE - 4)
        value = data[offset + _RULE : offset + _RULE + length]
        if len(value) < length:
            raise Unreadable("the part Smart Criteria ends within a rule")
        members.append(
            read_criteria(value, depth + 1) if value[:4] == b"SLst" else _rule(field, action, value)
        )
        offset += _RULE + length
    return Rules(bool(is_any & 0xFF), members)


def _rule(field: int, action: int, value: bytes) -> Rule:
    meaning, is_negated = _MEANINGS.get(action & 0xFFFF, "unknown"), bool(action & _SIGN)
    if action & _TEXT:
        return Rule(field, meaning, is_negated, text=value.decode("utf-16-be", "replace").rstrip("\0"))
    if len(value) < 48:
        raise Unreadable("the part Smart Criteria has a number of an unknown form")
    first, ago, unit, last = struct.unpack_from(">QqQQ", value)
    numbers = (-ago, unit) if meaning == "in_last" else (first, last)
    return Rule(field, meaning, is_negated, numbers=numbers)


def day_of(seconds: int) -> str:
    """The day of a time that is counted in seconds since 1904: `2026-05-01`. Raises OverflowError."""
    return (_BEGINNING + timedelta(seconds=seconds)).date().isoformat()
