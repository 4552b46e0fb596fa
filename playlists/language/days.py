"""Reads on which days a list is made: how often (`refresh`), and in which parts of the year (`active`)."""

from playlists.language.document import (
    ListNode,
    Mistake,
    Node,
    Problems,
    ScalarNode,
    described,
    read_list,
    read_mapping,
)
from playlists.language.entries import Entries, one_of
from playlists.language.model import Refresh, Season
from playlists.language.times import read_month_and_day
from playlists.language.values import read_span, reader_of_time

MOST_DAYS = 366  # between two refreshes
REFRESH_DAYS = {"always": 0, "daily": 1, "weekly": 7, "monthly": 30}
_DAYS_OF_UNIT = {"d": 1, "w": 7, "m": 30}


def read_refresh(node: Node, problems: Problems) -> Refresh:
    """Read how often a list is made anew: a word, or {every: 3d}. Raises Mistake."""
    if isinstance(node, ScalarNode):
        try:
            return Refresh(REFRESH_DAYS[one_of(tuple(REFRESH_DAYS))(node)])
        except Mistake as mistake:
            raise Mistake(node.place, f"{mistake.problem.text}, or {{every: 3d}}") from None
    entries = Entries(node, "refresh", ("every",), problems)
    return Refresh(entries.read("every", _read_days, 0))


def _read_days(node: Node) -> int:
    span = read_span(node)
    days = span.amount * _DAYS_OF_UNIT.get(span.unit, 0)
    if not 1 <= days <= MOST_DAYS:
        raise Mistake(node.place, f"{described(node)} is not from 1d to {MOST_DAYS}d (or in w, m: 30 days)")
    return days


def read_seasons(node: Node, problems: Problems) -> tuple[Season, ...]:
    """Read one part of the year, or a list of them. Raises Mistake."""
    items = read_list(node, "the list of seasons") if isinstance(node, ListNode) else (node,)
    return tuple(_read_season(item, problems) for item in items)


def _read_season(node: Node, problems: Problems) -> Season:
    read_mapping(node, "a season")
    entries = Entries(node, "a season", ("from", "to"), problems)
    if entries.by_key:
        entries.require("from", "the first day, such as 12-01")
        entries.require("to", "the last day, such as 01-06")
    day = reader_of_time(read_month_and_day, "a month and a day such as 12-01")
    return Season(entries.read("from", day, (1, 1)), entries.read("to", day, (12, 31)))
