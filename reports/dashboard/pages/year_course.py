"""How a calendar year went: its months, its fullest day, and its stretches of days with plays and without."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link
from reports.dashboard.heat_map import days_between
from reports.dashboard.pages.year_record import Record, first_and_last
from reports.dashboard.ranges import address_of, plus_months
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import counted, duration, hour_span, month, number

FEWEST_OF_A_DAY = 5  # plays: of fewer no hours are drawn
_ONE = timedelta(days=1)
Row = Mapping[str, Any]


def months_of_year(scope: Scope, record: Record, year: int) -> list[dict[str, Any]]:
    """Twelve months. `state`: value, zero, gap (of more than half of its days plays may be missing), before (the record), future.

    `part` and `tick`: its plays, and those of the same month of the year before (`before`, None where that is not known), of the largest of all these.
    """
    plays: Counter[date] = Counter()
    for day, row in record.totals.items():
        plays[day.replace(day=1)] += row["plays"]
    led = {row["first"]: row for row in record.months.get(year, ())}
    found = []
    for place in range(1, 13):
        first = date(year, place, 1)
        own, earlier = led.get(first), first.replace(year=year - 1)
        before = plays[earlier] if earlier >= scope.first_day else None
        found.append(
            {
                "first": first,
                "key": f"{first:%Y-%m}",
                "plays": plays[first],
                "before": before,
                "artists": own["artists"] if own and own["plays"] > 1 else [],
                "artist_plays": own["plays"] if own else 0,
                "since": own["since"] if own else None,
                "is_running": bool(own and own["is_running"]),
                "missing": own["missing"] if own else 0,
                "state": _state(first, own, plays[first]),
            }
        )
    largest = max([1, *(each["plays"] for each in found), *(each["before"] or 0 for each in found)])
    return [
        {
            **each,
            "part": each["plays"] / largest,
            "tick": None if each["before"] is None else each["before"] / largest,
        }
        for each in found
    ]


def _state(first: date, own: Row | None, plays: int) -> str:
    if own is None:
        return "future"
    days = (plus_months(first, 1) - first).days
    if own["missing"] > days / 2:
        return "gap"
    return "value" if plays else "zero"


def months_found(months: Sequence[Row]) -> Markup:
    """Which month had most plays."""
    best = max(months, key=lambda each: each["plays"])
    return Markup("Most plays: {}{}, with {}.").format(
        Markup('<a href="{}">{}</a>').format(address_of(best["key"]), month(best["first"])),
        ", so far" if best["is_running"] else "",
        number(best["plays"]),
    )


def months_table(months: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The same as a table: the month, its plays, those of the year before, and of how many days plays may be missing."""
    return [
        (
            Link(month(each["first"]), address_of(each["key"])) if each["plays"] else month(each["first"]),
            "" if each["state"] in ("before", "future") else number(each["plays"]),
            "" if each["before"] is None else number(each["before"]),
            counted(each["missing"], "day") if each["missing"] else "",
        )
        for each in months
    ]


def fullest_day(source: Source, record: Record, year: int) -> dict[str, Any] | None:
    """The day with most plays: what was played most on it, and its hours as a chart, where it has enough of them."""
    found = record.fullest.get(year)
    if found is None:
        return None
    day, hours = found["day"], record.hours.get(found["day"], {})
    best = max(hours.values(), key=lambda row: row["plays"])
    tops = {kind: record.of_days.get((kind, day)) for kind in ("artists", "tracks")}
    return {
        **found,
        **{kind: row if row and row["plays"] > 1 else None for kind, row in tops.items()},
        "hour": best["hour"],
        "hour_plays": best["plays"],
        "chart": _hours(source.scope, found, hours) if found["plays"] >= FEWEST_OF_A_DAY else None,
    }


def _hours(scope: Scope, found: Row, hours: Mapping[int, Row]) -> Chart:
    key = found["day"].isoformat()
    rows, table = [], []
    for hour in range(24):
        plays, heard = (hours[hour]["plays"], hours[hour]["heard_ms"]) if hour in hours else (0, None)
        rows.append((hour, hour_span(hour), plays, heard, key if plays else ""))
        said = f"{hour}:00"
        table.append(
            (
                Link(said, address_of(key)) if plays else said,
                number(plays),
                duration(heard) if heard is not None else "",
            )
        )
    best = max(hours.values(), key=lambda row: row["plays"])
    finding = Markup("{}, most of them between {}: {}.").format(
        counted(found["plays"], "play"), hour_span(best["hour"], between=" and "), number(best["plays"])
    )
    return Chart(
        "hours_of_day",
        finding,
        ("hour", "when", "plays", "heard", "range"),
        rows,
        ("Hour", "Plays", "Time"),
        table,
        parameters={"zone": f"hour, {scope.zone.key}"},
        written={"heard": "duration"},
    )


def streaks(source: Source, record: Record, year: int, until: date = date.max) -> dict[str, Any]:
    """Days with plays; the longest stretch of them within the year, and the longest of known days without any. The later one of equal stretches.

    `until`: the last day that is looked at.
    """
    scope = source.scope
    first, last = first_and_last(source, year)
    last = min(last, until)
    active = [day for day in source.days if first <= day <= last]
    silent = [
        day
        for day in days_between(first, last)
        if day not in source.days and day not in record.lost_days and day != scope.today
    ]
    return {
        "days": len(active),
        "of": (last - first).days + 1,
        "longest": max(_stretches(active), key=_length, default=None),
        "silence": max(_stretches(silent), key=_length, default=None),
    }


def _stretches(days: Sequence[date]) -> Iterator[dict[str, Any]]:
    """Days that follow each other, from ascending ones."""
    begin = None
    for place, day in enumerate(days):
        begin = begin or day
        if place + 1 == len(days) or days[place + 1] != day + _ONE:
            yield {"first": begin, "last": day, "days": (day - begin).days + 1}
            begin = None


def _length(stretch: Row) -> tuple[int, date]:
    return stretch["days"], stretch["first"]
