"""Imported files close stretches in which plays may have been lost, wholly or in part."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.plays.coverage import LONGEST_SILENCE

BEHIND = "after the import, before the first look"


class Stretch(NamedTuple):
    """Some time, aware. `is_covered`: every play of it is known."""

    begin: datetime
    end: datetime
    is_covered: bool


def close_gaps(cursor: Cursor, user_id: str, now: datetime) -> tuple[int, int]:
    """Note what the finished imports cover of the listener's gaps. How many are closed, and how many only in part."""
    values = {"user_id": user_id}
    cursor.execute(statement("importing.add_gap_behind"), {**values, "reason": BEHIND})
    cursor.execute(statement("importing.covered"), values)
    covered = list(joined(cursor.fetchall()))
    cursor.execute(statement("importing.open_gaps"), values)
    closed = in_part = 0
    for begin, end, reason in cursor.fetchall():
        stretches = list(divided(begin, end, covered))
        if not any(each.is_covered for each in stretches):
            continue
        closed += len(stretches) == 1
        in_part += len(stretches) > 1
        for each in stretches:
            gap = {"gap_start": each.begin, "gap_end": each.end, "reason": reason}
            filled_at = now if each.is_covered else None
            cursor.execute(statement("importing.save_gap"), {**values, **gap, "filled_at": filled_at})
    return closed, in_part


def joined(stretches: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Stretches in the order of their beginning, those that overlap or nearly touch as one."""
    begin: datetime | None = None
    end: datetime | None = None
    for first, last in stretches:
        if begin is None or end is None:
            begin, end = first, last
        elif first > end + LONGEST_SILENCE:
            yield begin, end
            begin, end = first, last
        else:
            end = max(end, last)
    if begin is not None and end is not None:
        yield begin, end


def divided(
    begin: datetime, end: datetime, covered: Iterable[tuple[datetime, datetime]]
) -> Iterator[Stretch]:
    """The time between two moments, in order, where it is covered and where not. `covered`: apart, and in order."""
    at = begin
    for first, last in covered:
        if last <= at or first >= end:
            continue
        if first > at:
            yield Stretch(at, first, is_covered=False)
            at = first
        yield Stretch(at, min(last, end), is_covered=True)
        at = min(last, end)
    if at < end:
        yield Stretch(at, end, is_covered=False)
