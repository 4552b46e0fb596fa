"""The past of likes and saved albums as the site steps through it: day by day, from the first copy on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from reports.dashboard.scope import Scope, Source
from utils.database.rows import Events
from utils.mirror.list_past import Change, History

Row = Mapping[str, Any]


@dataclass(frozen=True)
class LibraryPast:
    """`history`: days as changes, each at its last second. `rows`: as `list_past.past` has those of a list, but for the names (`named`)."""

    history: History
    rows: Sequence[Row]


def read_library_past(source: Source, what: str, events: Events) -> LibraryPast | None:
    """The past of what these events tell of; `what` stands for the id of a list. None where nothing was copied."""
    which = {"item_type": events.item_type, "came": events.came, "went": events.went}
    ((since,),) = (tuple(row.values()) for row in source.rows("library_past.since", **which))
    if since is None:
        return None
    return past_from(source.scope, what, since, source.rows("library_past.spans", moment=since, **which))


def named(source: Source, likes: Sequence[Row], albums: Sequence[Row]) -> list[Row]:
    """These rows with names and artists."""
    ids = {kind: [row["track_id"] for row in rows] for kind, rows in (("tracks", likes), ("albums", albums))}
    titles = {row["item_id"]: row for row in source.rows("library_past.titles", **ids)}
    nothing: Row = {"name": None, "artists": []}
    found: list[Row] = []
    for row in (*likes, *albums):
        title = titles.get(row["track_id"], nothing)
        found.append({**row, "name": title["name"], "artists": title["artists"], "given": None})
    return found


def past_from(scope: Scope, what: str, since: datetime, spans: Sequence[Row]) -> LibraryPast:
    """From spans of which none ended before `since`, the first copy. What came and went on one day was never there."""
    came: Counter[datetime] = Counter()
    went: Counter[datetime] = Counter()
    rows: list[Row] = []
    size = 0
    for span in spans:
        begin = since if span["came_at"] <= since else _end_of_day(scope, span["came_at"])
        end = _end_of_day(scope, span["went_at"]) if span["went_at"] else None
        if begin == end:
            continue
        size += begin == since
        came[begin] += begin != since
        if end:
            went[end] += 1
        rows.append(
            {
                "playlist_id": what,
                "track_id": span["item_id"],
                "first_seen_at": begin,
                "removed_at": end,
            }
        )
    changes, now = [], size
    for at in sorted({each for each in (*came, *went) if came[each] or went[each]}):
        now += came[at] - went[at]
        changes.append(Change(what, at, came[at], went[at], now))
    return LibraryPast(History(since, size, changes[::-1], len(changes)), rows)


def _end_of_day(scope: Scope, at: datetime) -> datetime:
    """The last second of that day of the listener."""
    day: date = at.astimezone(scope.zone).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=scope.zone) - timedelta(seconds=1)
