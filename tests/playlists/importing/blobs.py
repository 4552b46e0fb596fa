"""The binary rules of iTunes, written from readable ones: what `itunes_criteria.py` decodes."""

import struct
from datetime import UTC, datetime

MEANINGS = {
    **{"is": 0x1, "contains": 0x2, "starts_with": 0x4, "ends_with": 0x8, "gt": 0x10, "gte": 0x20, "lt": 0x40},
    **{"lte": 0x80, "between": 0x100, "in_last": 0x200, "bits": 0x400},
}
UNITS = {"hours": 3600, "days": 86_400, "weeks": 604_800, "months": 2_628_000}
ORDERS = {
    **{"random": 0x02, "name": 0x05, "album": 0x06, "artist": 0x07, "genre": 0x09, "rating": 0x1C},
    **{"added": 0x15, "often": 0x19, "recent": 0x1A},
}
LIMITS = {"minutes": 1, "megabytes": 2, "items": 3, "hours": 4, "gigabytes": 5}


def seconds(day):
    """Of a day, since 1904."""
    return int(
        (datetime.fromisoformat(day).replace(tzinfo=UTC) - datetime(1904, 1, 1, tzinfo=UTC)).total_seconds()
    )


def text(field, meaning, value, is_negated=False):
    """A rule about a text."""
    return _rule(field, MEANINGS[meaning] | 0x01000000 | 0x02000000 * is_negated, value.encode("utf-16-be"))


def number(field, meaning, first, last=None, is_negated=False):
    """A rule about a number, or a range of numbers."""
    data = struct.pack(">QqQQqQ", first, 0, 1, first if last is None else last, 0, 1) + bytes(20)
    return _rule(field, MEANINGS[meaning] | 0x02000000 * is_negated, data)


def ago(field, amount, unit, is_negated=False):
    """A rule about a time so long ago."""
    anything = 0x2DAE2DAE2DAE2DAE
    data = struct.pack(">QqQQqQ", anything, -amount, UNITS[unit], anything, 0, 1) + bytes(20)
    return _rule(field, MEANINGS["in_last"] | 0x02000000 * is_negated, data)


def group(*rules, is_any=False):
    """Rules in one another."""
    return _rule(0, 1, criteria(*rules, is_any=is_any))


def criteria(*rules, is_any=False):
    """The part Smart Criteria."""
    return b"SLst" + struct.pack(">III", 0x00010001, len(rules), is_any) + bytes(120) + b"".join(rules)


def info(limit=None, unit="items", order="random", is_least=False, is_live=True, only_checked=False):
    """The part Smart Info."""
    flags = bytes([is_live, 1, limit is not None, LIMITS[unit]])
    return (
        flags + struct.pack(">II", ORDERS[order], limit or 25) + bytes([only_checked, is_least]) + bytes(90)
    )


def _rule(field, action, data):
    return struct.pack(">II", field, action) + bytes(44) + struct.pack(">I", len(data)) + data
