"""History: every year at a glance, plays over time, the hours of the week, first listens and sittings."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, step
from reports.dashboard.heat_map import calendar, days_between, known, lost_days
from reports.dashboard.page import Page
from reports.dashboard.scale import Scale, scale_of
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import counted, linked, moment, number, share

YEARS_OPEN = 6
WEEKS_UP_TO_DAYS = 731  # longer records are drawn by month
LONGEST_SITTINGS = 5
FEWEST_SITTINGS = 20  # of fewer, their lengths tell nothing
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LENGTHS = (
    (15, "≤ 15 min", "up to 15 minutes"),
    (30, "≤ 30 min", "15 to 30 minutes"),
    (60, "≤ 1 h", "half an hour to an hour"),
    (120, "≤ 2 h", "one to two hours"),
    (240, "≤ 4 h", "two to four hours"),
    (1e9, "longer", "more than four hours"),
)
Row = Mapping[str, Any]


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope = source.scope
    days = {row["day"]: row for row in source.rows("site.days")}
    lost = lost_days(source)
    scale = scale_of([row["plays"] for row in days.values()])
    years = range(scope.today.year, scope.first_day.year - 1, -1)
    sittings, hours = source.rows("site_history.sessions"), source.rows("site_history.hours")
    return {
        "days": days,
        "scale": scale,
        "years": [_year(scope, year, days, lost, scale) for year in years] if days else [],
        "years_open": YEARS_OPEN,
        "dots": _dots(source) if scope.has_few and days else None,
        "over_time": over_time(scope, days, lost),
        "by_month": scope.today - scope.first_day > timedelta(days=WEEKS_UP_TO_DAYS),
        "hours": hours_of_week(hours, scope),
        "hours_scale": scale_of([row["plays"] for row in hours]),
        "discoveries": discoveries(source.rows("site_history.discoveries"), scope),
        "sittings": sittings[:LONGEST_SITTINGS],
        "sitting_lengths": sitting_lengths(sittings),
    }


def _year(
    scope: Scope, year: int, days: Mapping[date, Row], lost: Sequence[tuple[date, date]], scale: Scale
) -> dict[str, Any]:
    """A year of the record: its sums, and a cell per day."""
    first, last = max(date(year, 1, 1), scope.first_day), min(date(year, 12, 31), scope.today)
    found = [row for day, row in days.items() if first <= day <= last]
    plays, of = sum(row["plays"] for row in found), (last - first).days + 1
    finding = Markup("{}: {} on {} of {}.").format(
        year, counted(plays, "play"), number(len(found)), counted(of, "day")
    )
    chart = calendar(finding, first, last, days, lost, scale)
    return {
        "year": year,
        "plays": plays,
        "heard_ms": sum(row["heard_ms"] for row in found),
        "days": len(found),
        "of": of,
        "chart": chart,
    }


def over_time(scope: Scope, days: Mapping[date, Row], lost: Sequence[tuple[date, date]]) -> Chart:
    """Plays per week, or per month in a record of more than two years; beside each what the same one of the year before had."""
    by_month = scope.today - scope.first_day > timedelta(days=WEEKS_UP_TO_DAYS)
    plays: Counter[date] = Counter()
    heard: Counter[date] = Counter()
    for day, row in days.items():
        begin = _begin(day, by_month=by_month)
        plays[begin] += row["plays"]
        heard[begin] += row["heard_ms"]
    rows, table = [], []
    first = _begin(scope.first_day, by_month=by_month)
    for begin in _steps(first, scope.today, by_month=by_month):
        end = _next(begin, by_month=by_month)
        before = begin.replace(year=begin.year - 1) if by_month else begin - timedelta(weeks=52)
        gap_days = sum(
            known(day, lost) != "yes"
            for day in days_between(begin, min(end - timedelta(days=1), scope.today))
        )
        running = end > scope.today
        wording = ("{}" if by_month else "week of {}") + (", so far" if running else "")
        span, said = step(begin, by_month=by_month, wording=wording)
        state = "yes" if not gap_days else f"{gap_days} days in part or not"
        hours = round(heard[begin] / 3_600_000, 1)
        rows.append(
            (
                begin.isoformat(),
                end.isoformat(),
                span,
                plays[begin],
                hours,
                plays[before] if before > scope.first_day else None,
                gap_days,
                state,
                running,
            )
        )
        table.append((said, number(plays[begin]), number(hours), "" if state == "yes" else state))
    columns = ("begin", "end", "span", "plays", "hours", "before", "gap", "state", "running")
    most = max(range(len(rows)), key=lambda place: rows[place][3], default=None)
    finding = Markup("No play is known yet.")
    if most is not None:
        finding = Markup("Most plays: {}, with {}.").format(table[most][0], table[most][1])
    return Chart(
        "plays_over_time",
        finding,
        columns,
        rows,
        ("From", "Plays", "Hours", "Not known"),
        table[::-1],
        written={"span": "month" if by_month else "day"},
    )


def hours_of_week(found: Sequence[Row], scope: Scope) -> Chart:
    """Plays by weekday and hour, and of all days together (row 8, on a scale of its own)."""
    counts = {(row["weekday"], row["hour"]): row for row in found}
    scale = scale_of([row["plays"] for row in found])
    totals = [sum(row["plays"] for row in found if row["hour"] == hour) for hour in range(24)]
    total_scale = scale_of(totals)
    rows: list[tuple[Any, ...]] = []
    for weekday in range(1, 8):
        for hour in range(24):
            row = counts.get((weekday, hour))
            plays = row["plays"] if row else 0
            when = f"{WEEKDAYS[weekday - 1]}, {hour}:00 to {hour}:59"
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
        (8, hour, total_scale.class_of(plays), f"All days, {hour}:00 to {hour}:59", plays, None)
        for hour, plays in enumerate(totals)
    ]
    best = max(found, key=lambda row: row["plays"], default=None)
    finding = (
        f"Most is heard on {WEEKDAYS[best['weekday'] - 1]}s from {best['hour']}:00 to {best['hour']}:59."
        if best
        else "No play is known yet."
    )
    table = [
        (
            f"{hour}:00",
            *(number(counts[day, hour]["plays"] if (day, hour) in counts else 0) for day in range(1, 8)),
        )
        for hour in range(24)
    ]
    return Chart(
        "hours_of_week",
        finding,
        ("weekday", "hour", "class", "when", "plays", "heard"),
        rows if found else [],
        ("Hour", *(name[:3] for name in WEEKDAYS)),
        table,
        parameters={"zone": f"hour, {scope.zone.key}"},
        written={"heard": "duration"},
    )


def discoveries(found: Sequence[Row], scope: Scope) -> Chart:
    """Tracks heard per month: new ones, and those known before. The first month of the record has only new ones, and is left out."""
    rows, table = [], []
    for row in found[1:]:
        begin = row["month"]
        end = _next(begin, by_month=True)
        span, said = step(begin, by_month=True, wording="{}, so far" if end > scope.today else "{}")
        table.append((said, number(row["new"]), number(row["again"])))
        rows.append((begin.isoformat(), end.isoformat(), span, row["new"], row["again"]))
    new, heard = sum(row[3] for row in rows), sum(row[3] + row[4] for row in rows)
    finding = (
        f"{share(new, heard)} of what was heard in a month was new."
        if heard
        else "What is new can be told from the second month on."
    )
    return Chart(
        "discoveries",
        finding,
        ("begin", "end", "span", "new", "again"),
        rows,
        ("Month", "New", "Again"),
        table[::-1],
        written={"span": "month"},
    )


def sitting_lengths(sittings: Sequence[Row]) -> Chart:
    """How many sittings were how long."""
    counts: Counter[str] = Counter()
    for row in sittings:
        counts[next(name for bound, name, _ in _LENGTHS if row["heard_ms"] <= bound * 60_000)] += 1
    rows = [(name, counts[name]) for _, name, _ in _LENGTHS]
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
        ("length", "sessions"),
        shown,
        ("Length", "Sittings"),
        [(name, number(count)) for name, count in rows],
    )


def _dots(source: Source) -> Chart:
    """Every play as a dot, for a record of few."""
    scope = source.scope
    found = source.rows("site_history.dots")
    rows = [
        (
            row["day"].isoformat(),
            float(row["clock"]),
            row["name"] or "name unknown",
            row["played_at"].astimezone(UTC).isoformat(timespec="seconds"),
        )
        for row in found
    ]
    table = [
        (moment(row["played_at"], scope.zone), linked(row["name"], "track", row["track_id"]))
        for row in reversed(found)
    ]
    return Chart(
        "play_dots",
        Markup("{}, each a dot.").format(counted(len(rows), "play")),
        ("day", "clock", "name", "when"),
        rows,
        ("Played", "Track"),
        table,
        parameters={"zone": f"hour, {scope.zone.key}"},
        written={"when": "moment"},
    )


def _begin(day: date, *, by_month: bool) -> date:
    return day.replace(day=1) if by_month else day - timedelta(days=day.weekday())


def _next(begin: date, *, by_month: bool) -> date:
    return (begin + timedelta(days=32)).replace(day=1) if by_month else begin + timedelta(days=7)


def _steps(first: date, last: date, *, by_month: bool) -> Iterator[date]:
    while first <= last:
        yield first
        first = _next(first, by_month=by_month)


PAGE = Page("history", "History", "History", read)
