"""The past of lists: how large those that changed most were, and what the page carries to step through the days of a list.

What is carried is a script of one call (`data/lists.js`), as the years of listening are: a page that is opened as a file can fetch nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.files import version_of
from reports.dashboard.listening import packed_call
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import counted, day, number
from utils.mirror.list_past import Change, History, histories_of

DRAWN, FEWEST_CHANGES = 5, 5  # lists whose size is drawn, and changes from which on it is
STEPS_DRAWN, STEPS_CARRIED = 400, 100  # of a list
CARRIED, ENTRIES = (
    60,
    15_000,
)  # lists, and entries of all of them together: some 740 kB, 530 kB compressed, where all have other names
FILE = "data/lists.js"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Carried:
    """What the page has of a list's past: the entries from the moment `since` on, and what changed after it."""

    playlist_id: str
    since: datetime
    size: int  # at that moment
    changes: Sequence[Change]  # the oldest first


def read_sizes(
    source: Source, lists: Sequence[str], histories: Mapping[str, History]
) -> Sequence[tuple[str, Chart]]:
    """How large those of the lists were that changed most, these first; `histories` has the newest changes of all."""
    changed = [each for each in lists if each in histories and histories[each].changes]
    by_count = sorted(changed, key=lambda each: -histories[each].count)
    drawn = [each for each in by_count if histories[each].count >= FEWEST_CHANGES][:DRAWN]
    if not drawn:
        return ()
    whole = histories_of(source.rows("list_past.changes", newest=STEPS_DRAWN, lists=drawn))
    first = _day(source.scope, min(_first(whole[each]) for each in drawn))
    return [(each, size_over_time(source.scope, whole[each], first)) for each in drawn]


def newest_changed(lists: Sequence[str], histories: Mapping[str, History]) -> list[str]:
    """Those of the lists that have changed, the one that changed last first, as many as may be carried."""
    changed = [each for each in lists if each in histories and histories[each].changes]
    return sorted(changed, key=lambda each: histories[each].changes[0].at, reverse=True)[:CARRIED]


def carried(histories: Iterable[tuple[str, History]], entries: int) -> list[Carried]:
    """Of each list as many of its newest changes as there is room for; a list for which there is none is left out."""
    found = []
    for playlist_id, history in histories:
        taken, needed = 0, history.changes[0].size  # what is in it now, and what went in these changes
        for change in history.changes[:STEPS_CARRIED]:
            if needed + change.went > entries:
                break
            taken, needed = taken + 1, needed + change.went
        if taken:
            entries -= needed
            before = history.changes[taken : taken + 1]
            oldest = history.changes[taken - 1]
            found.append(
                Carried(
                    playlist_id,
                    before[0].at if before else history.since,
                    oldest.size - oldest.came + oldest.went,
                    history.changes[:taken][::-1],
                )
            )
    return found


def size_over_time(scope: Scope, history: History, first: date) -> Chart:
    """How many entries a list had at the end of each day on which it changed, from the day `first` on, which the charts of several lists share.

    Days, not moments: strangers may see it.
    """
    changes = history.changes[::-1]
    is_whole = len(changes) == history.count
    steps = {_day(scope, history.since): (history.size, "first copied")} if is_whole else {}
    for on, of_day in groupby(changes, lambda change: _day(scope, change.at)):
        together = list(of_day)
        came, went = sum(each.came for each in together), sum(each.went for each in together)
        _, begun = steps.get(on, (0, ""))
        sign = signs(replace(together[-1], came=came, went=went))
        steps[on] = together[-1].size, f"{begun}, {sign}" if begun else sign
    rows = [(on.isoformat(), on.isoformat(), size, sign) for on, (size, sign) in steps.items()]
    said = [(day(on), sign, number(size)) for on, (size, sign) in reversed(steps.items())]
    sizes = [history.size] * is_whole + [each.size for each in changes]
    finding = Markup("{}; {} to {} entries, now {}.").format(
        counted(history.count, "change"), *map(number, (min(sizes), max(sizes), sizes[-1]))
    )
    if not is_whole:
        finding += Markup(" The newest {} are drawn.").format(number(len(changes)))
    # A step has its width from what follows: the last one lasts until the end of today.
    end = scope.today + timedelta(days=1)
    rows.append((end.isoformat(), *rows[-1][1:]))
    return Chart(
        "list_size",
        finding,
        ("at", "when", "entries", "change"),
        rows,
        ("Day", "Change", "Entries"),
        said,
        parameters={"first": _milliseconds(first), "last": _milliseconds(end)},
        written={"when": "day"},
    )


def signs(change: Change) -> str:
    """`+4 -2`."""
    came = f"+{change.came:,}" if change.came else ""
    went = f"\N{MINUS SIGN}{change.went:,}" if change.went else ""
    return " ".join(filter(None, (came, went)))


def _first(history: History) -> datetime:
    return history.since if len(history.changes) == history.count else history.changes[-1].at


def _day(scope: Scope, moment: datetime) -> date:
    return moment.astimezone(scope.zone).date()


def _milliseconds(day: date) -> int:
    """Where a chart of UTC has the beginning of a day."""
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def put_entries(source: Source, data: Mapping[str, Any]) -> str:
    """Let the site have the file with what `entries_of` has said; its address."""
    content = packed_call("lists", json.dumps(data, separators=(",", ":"), ensure_ascii=False))
    source.site.put(FILE, content)
    return f"{FILE}?{version_of(content)}"


def entries_of(steps: Sequence[Carried], rows: Iterable[Row]) -> dict[str, Any]:
    """What the file holds: artists as columns (name, id), tracks as columns (name, the places of their artists or the words for them, id), and of each list the moments from which on it was so, and its entries as columns:
    the place of the track, and the numbers of the changes with which it came (0: it was there before) and went (0: it is still there)."""
    numbers = {
        each.playlist_id: {change.at: place for place, change in enumerate(each.changes, 1)} for each in steps
    }
    places: dict[Sequence[Any], int] = {}
    artists: dict[tuple[str | None, str], int] = {}
    lists: dict[str, dict[str, list[Any]]] = {
        each.playlist_id: {
            "at": [_second(at) for at in (each.since, *(change.at for change in each.changes))],
            "entries": [[], [], []],
        }
        for each in steps
    }
    for row in rows:
        number = numbers[row["playlist_id"]]
        credits = tuple(artists.setdefault((name, an_id), len(artists)) for name, an_id in row["artists"])
        track = (row["name"], credits or row["given"], row["track_id"])
        columns = lists[row["playlist_id"]]["entries"]
        columns[0].append(places.setdefault(track, len(places)))
        columns[1].append(number.get(row["first_seen_at"], 0))
        columns[2].append(number[row["removed_at"]] if row["removed_at"] else 0)
    return {
        "artists": [[artist[column] for artist in artists] for column in range(2)],
        "tracks": [[track[column] for track in places] for column in range(3)],
        "lists": lists,
    }
