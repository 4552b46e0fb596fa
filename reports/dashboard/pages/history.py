"""History: the album of each year, averages, every year at a glance, plays over time, months and weekdays, the hours of the week, first listens and sittings."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link, step
from reports.dashboard.dots import play_dots
from reports.dashboard.heat_map import SAID_BELOW, calendar, days_between, lost_days
from reports.dashboard.months_heard import MonthHeard, months_heard
from reports.dashboard.over_time import is_by_month, missing, next_begin, plays_over_time, steps
from reports.dashboard.page import Page
from reports.dashboard.pages.history_months import (
    DAYS_OF_A_MONTH,
    WEEKDAYS,
    averages,
    fullest_day,
    is_long,
    months_of_years,
    weekdays_of_months,
)
from reports.dashboard.ranges import address_of, key_of_days, key_of_month
from reports.dashboard.scale import Scale, scale_of
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import counted, duration_text, hour_span, number, share

YEARS_OPEN = 6
LONGEST_SITTINGS = 5
FEWEST_SITTINGS = 20  # of fewer, their lengths tell nothing
STRETCH = 4  # hours, of which the fullest are said
FEWEST_IN_HOURS = 100  # plays: of fewer, no hour stands out but by chance
_LENGTHS = (
    (15, "to 15 min", "up to 15 minutes"),
    (30, "15 to 30 min", "15 to 30 minutes"),
    (60, "30 to 60 min", "half an hour to an hour"),
    (120, "1 to 2 h", "one to two hours"),
    (240, "2 to 4 h", "two to four hours"),
    (1e9, "over 4 h", "more than four hours"),
)
Row = Mapping[str, Any]


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope, days, heard, lost = source.scope, source.days, source.heard, lost_days(source)
    scale = scale_of([row["plays"] for row in days.values()])
    years = range(scope.today.year, scope.first_day.year - 1, -1)
    hours = source.kept("site_history.hours")
    sittings = source.rows("site_history.sessions")
    months = months_heard(source.kept("site_history.months_heard"))
    mean = averages(scope, heard, lost)
    has_months = is_long(scope) and mean.is_said
    return {
        "days": days,
        "albums_of_years": source.rows("site_history.albums_of_years"),
        "covers": source.covers,
        "averages": mean,
        "days_of_a_month": DAYS_OF_A_MONTH,
        "fullest": fullest_day(days.values()),
        "address_of": address_of,
        "scale": scale,
        "years": [_year(scope, year, heard, lost, scale) for year in years] if days else [],
        "years_open": YEARS_OPEN,
        "dots": play_dots(scope, source.rows("site_history.dots")) if scope.has_few and days else None,
        "over_time": plays_over_time(source, heard),
        "by_month": is_by_month(scope),
        "has_year_before": is_long(scope),
        "months": months_of_years(scope, heard, lost) if has_months else None,
        "weekdays": weekdays_of_months(scope, heard, lost) if has_months else None,
        "hours": hours_of_week(hours, scope),
        "hours_scale": scale_of([row["plays"] for row in hours]),
        "hours_total_scale": scale_of(plays_of_hours(hours)),
        "discoveries": discoveries(months, scope, lost),
        "sittings": longest_sittings(source, sittings),
        "sitting_lengths": sitting_lengths(sittings),
        "fewest_sittings": FEWEST_SITTINGS,
    }


def _year(
    scope: Scope, year: int, heard: Mapping[date, Row], lost: Set[date], scale: Scale
) -> dict[str, Any]:
    """A year of the record: its sums, and a cell per day."""
    first, last = max(date(year, 1, 1), scope.first_day), min(date(year, 12, 31), scope.today)
    found = [row for day, row in heard.items() if first <= day <= last]
    active = sum(row["plays"] > 0 for row in found)
    plays, of = sum(row["plays"] for row in found), (last - first).days + 1
    known = sum(day not in lost for day in days_between(first, last))
    finding = Markup("{}: {} on {} of {}.").format(
        year, counted(plays, "play"), number(active), counted(of, "day")
    )
    chart = calendar(finding, first, last, heard, lost, scale)
    return {
        "year": year,
        "plays": plays,
        "heard_ms": sum(row["heard_ms"] for row in found),
        "days": active,
        "of": of,
        "known": known if known < SAID_BELOW * of else None,
        "chart": chart,
    }


def hours_of_week(found: Sequence[Row], scope: Scope) -> Chart:
    """Plays by weekday and hour, and of all days together (row 8, on a scale of its own)."""
    counts = {(row["weekday"], row["hour"]): row for row in found}
    scale = scale_of([row["plays"] for row in found])
    totals = plays_of_hours(found)
    total_scale = scale_of(totals)
    rows: list[tuple[Any, ...]] = []
    for weekday in range(1, 8):
        for hour in range(24):
            row = counts.get((weekday, hour))
            plays = row["plays"] if row else 0
            when = f"{WEEKDAYS[weekday - 1]}, {hour_span(hour)}"
            rows.append(
                (
                    weekday,
                    hour,
                    scale.class_of(plays),
                    when,
                    plays,
                    row["heard_ms"] if row else None,
                )
            )
    rows += [
        (8, hour, total_scale.class_of(plays), f"All days, {hour_span(hour)}", plays, None)
        for hour, plays in enumerate(totals)
    ]
    table = [
        (
            f"{hour}:00",
            *(number(counts[day, hour]["plays"] if (day, hour) in counts else 0) for day in range(1, 8)),
        )
        for hour in range(24)
    ]
    return Chart(
        "hours_of_week",
        _fullest_hours(found, totals),
        ("weekday", "hour", "class", "when", "plays", "heard"),
        rows if sum(totals) >= FEWEST_IN_HOURS else [],
        ("Hour", *(name[:3] for name in WEEKDAYS)),
        table,
        parameters={"zone": f"hour, {scope.zone.key}"},
        written={"heard": "duration"},
    )


def plays_of_hours(found: Sequence[Row]) -> list[int]:
    """Of all days together, from midnight on."""
    return [sum(row["plays"] for row in found if row["hour"] == hour) for hour in range(24)]


def _fullest_hours(found: Sequence[Row], totals: Sequence[int]) -> str | Markup:
    """The fullest hour of the week, and the fullest hours of all days; which may go beyond midnight."""
    plays = sum(totals)
    if plays < FEWEST_IN_HOURS:
        return f"Which hours are the fullest can be told from {FEWEST_IN_HOURS} plays on."
    best = max(found, key=lambda row: row["plays"])
    weekday, hour = WEEKDAYS[best["weekday"] - 1], best["hour"]
    stretches = [sum(totals[(begin + each) % 24] for each in range(STRETCH)) for begin in range(24)]
    begin = stretches.index(max(stretches))
    return Markup("The fullest hour is {} from {}, with {}; {} of all are heard between {}.").format(
        *(weekday, hour_span(hour), counted(best["plays"], "play")),
        *(share(max(stretches), plays), hour_span(begin, STRETCH, " and ")),
    )


def discoveries(found: Sequence[MonthHeard], scope: Scope, lost: Set[date]) -> Chart:
    """Tracks heard per month: new ones, and those known before. The first month of the record has only new ones, and is left out."""
    rows, table = [], []
    told = {each.month: each for each in found[1:]}
    first = next_begin(scope.first_day.replace(day=1), by_month=True)
    for begin in steps(first, scope.today, by_month=True):
        end, each = next_begin(begin, by_month=True), told.get(begin, MonthHeard(begin))
        key = key_of_month(begin) if begin in told else ""
        gap_days, state = missing(begin, min(end - timedelta(days=1), scope.today), lost)
        span, said = step(begin, by_month=True, wording="{}, so far" if end > scope.today else "{}")
        rows.append(
            (
                begin.isoformat(),
                end.isoformat(),
                span,
                each.new,
                each.again,
                end > scope.today,
                key,
                gap_days,
                state,
            )
        )
        if key or gap_days:
            shown = Link(said, address_of(key)) if key else said
            table.append((shown, number(each.new), number(each.again), "" if state == "yes" else state))
    new, heard = sum(row[3] for row in rows), sum(row[3] + row[4] for row in rows)
    finding = (
        f"Of a month's different tracks, {share(new, heard)} were new to you, on average."
        if heard
        else "What is new can be told from the second month on."
    )
    return Chart(
        "discoveries",
        finding,
        ("begin", "end", "span", "new", "again", "running", "range", "gap", "state"),
        rows,
        ("Month", "New", "Again", "Not known"),
        table[::-1],
        written={"span": "month"},
    )


def longest_sittings(source: Source, sittings: Sequence[Row]) -> list[dict[str, Any]]:
    """The first ones, which are the longest, each with its rank, its tracks and the days that it touches. What is equally long in whole minutes, as it is shown, shares a rank."""
    zone, longest = source.scope.zone, sittings[:LONGEST_SITTINGS]
    begins, ends = ([row[name] for row in longest] for name in ("begins_at", "ends_at"))
    tracks = [row["tracks"] for row in source.rows("site_history.tracks_within", begins=begins, ends=ends)]
    minutes = [duration_text(row["heard_ms"]) for row in longest]
    return [
        {
            **row,
            "rank": minutes.index(said) + 1,
            "tracks": count,
            "range": key_of_days(*(row[name].astimezone(zone).date() for name in ("begins_at", "ends_at"))),
        }
        for row, said, count in zip(longest, minutes, tracks, strict=True)
    ]


def sitting_lengths(sittings: Sequence[Row]) -> Chart:
    """How many sittings were how long."""
    counts: Counter[str] = Counter()
    for row in sittings:
        counts[next(name for bound, name, _ in _LENGTHS if row["heard_ms"] <= bound * 60_000)] += 1
    rows = [
        (name, counts[name], f"{counts[name]:,} ({share(counts[name], len(sittings))})")
        for _, name, _ in _LENGTHS
    ]
    most = max(_LENGTHS, key=lambda each: counts[each[1]])
    finding = (
        Markup("{} of {} were {} long.").format(
            share(counts[most[1]], len(sittings)), counted(len(sittings), "sitting"), most[2]
        )
        if sittings
        else "None is known yet."
    )
    shown = rows if len(sittings) >= FEWEST_SITTINGS else []
    return Chart(
        "session_lengths",
        finding,
        ("length", "sessions", "said"),
        shown,
        ("Length", "Sittings"),
        [(name, number(count)) for name, count, _ in rows],
    )


PAGE = Page("history", "History", "History", read, tells_time=True)
