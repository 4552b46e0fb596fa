"""What Top says of the whole record, whatever range is chosen: number ones of months, weeks and years, artists on a track, labels."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from reports.dashboard.heat_map import lost_stretches
from reports.dashboard.ranges import COMPARED_FROM, Range, known_days, last_day, plus_months
from reports.dashboard.scope import Scope, Source

A_YEAR = 365  # days: of a shorter record nobody has a medal
LABELS = 10
_ONE = timedelta(days=1)
Row = Mapping[str, Any]
Lost = Sequence[tuple[date, date]]


def months_of(scope: Scope) -> list[Range]:
    """The calendar months of the record, the newest first."""
    first, found = scope.first_day.replace(day=1), []
    while first <= last_day(scope):
        following = plus_months(first, 1)
        found.append(Range(f"{first:%Y-%m}", f"{first:%B %Y}", "month", first, following - _ONE))
        first = following
    return found[::-1]


def whole_weeks(scope: Scope) -> list[Range]:
    """The weeks, from Monday, that lie within the record and are over."""
    monday, found = scope.first_day + timedelta(days=-scope.first_day.weekday() % 7), []
    while monday + 7 * _ONE <= scope.today:
        found.append(Range(monday.isoformat(), "", "week", monday, monday + 6 * _ONE))
        monday += 7 * _ONE
    return found


def leaders(source: Source, stretches: Sequence[Range]) -> dict[date, list[Row]]:
    """Who was played most in each stretch, by its first day: more than one where they tie."""
    last = last_day(source.scope)
    rows = source.rows(
        "site_top.leaders",
        firsts=[each.first for each in stretches],
        lasts=[min(each.last, last) for each in stretches],
    )
    found: defaultdict[date, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["first_day"]].append(row)
    return found


def leaders_of_months(source: Source) -> dict[date, list[Row]]:
    """Of each calendar month of the record."""
    return leaders(source, months_of(source.scope))


def leaders_of_weeks(source: Source) -> dict[date, list[Row]]:
    """Of each whole week of the record."""
    return leaders(source, whole_weeks(source.scope))


def artists_of_months(source: Source, days: Mapping[date, Row], lost: Lost) -> list[dict[str, Any]]:
    """Each month with whom was played most in it. `share`: of all plays of the month; `is_tied` with all where each was played once."""
    scope, months = source.scope, months_of(source.scope)
    led, plays = source.once(leaders_of_months), Counter[date]()
    for day, row in days.items():
        plays[day.replace(day=1)] += row["plays"]
    found = []
    for month in months:
        first, last = max(month.first, scope.first_day), min(month.last, last_day(scope))
        best = led.get(month.first, [])
        found.append(
            {
                "key": month.key,
                "first": month.first,
                "year": month.first.year,
                "artists": best,
                "plays": best[0]["plays"] if best else 0,
                "of": plays[month.first],
                "since": first if first > month.first else None,
                "is_running": month.last >= scope.today,
                "missing": (last - first).days + 1 - known_days(scope, first, last, lost),
            }
        )
    return found


def most_months(months: Sequence[Row]) -> dict[str, Any] | None:
    """Who led most months that are over, ties included; None where nobody led more of them than anyone else, or only one."""
    names = {each["artist_id"]: each["name"] for month in months for each in month["artists"]}
    over = [
        month for month in months if not month["is_running"] and not month["since"] and month["plays"] > 1
    ]
    counts = Counter(each["artist_id"] for month in over for each in month["artists"]).most_common(2)
    if not counts or counts[0][1] < 2 or (len(counts) > 1 and counts[1][1] == counts[0][1]):
        return None
    (artist_id, count), *_ = counts
    return {"name": names[artist_id], "artist_id": artist_id, "months": count, "of": len(over)}


def number_ones(source: Source, lost: Lost) -> dict[str, Any] | None:
    """Medals of the years that are over, and the weeks at number one; None where the record is shorter than a year.

    A year of which less than half is known gives no medal.
    """
    scope = source.scope
    if (scope.today - scope.first_day).days < A_YEAR:
        return None
    years = medal_years(scope, lost)
    table: dict[str, dict[Any, dict[str, Any]]] = {"artists": {}, "tracks": {}}
    for row in source.once(medals):
        own = _entry(table[row["kind"]], row["cover_id"] if row["kind"] == "artists" else row["item"], row)
        own["medals"][row["rank"] - 1].append(int(row["key"]))
    weeks = whole_weeks(scope)
    for best in source.once(leaders_of_weeks).values():
        for row in best:
            if row["plays"] > 1:
                _entry(table["artists"], row["artist_id"], row)["weeks"] += 1
    uncertain = sum(known_days(scope, each.first, each.last, lost) < 7 for each in weeks)
    return {
        "years": years,
        "weeks": len(weeks),
        "uncertain_weeks": uncertain,
        **{kind: _in_order(rows) for kind, rows in table.items()},
    }


def medals(source: Source) -> list[Row]:
    """The first three ranks of the years that give medals."""
    years = medal_years(source.scope, lost_stretches(source))
    return source.rows("site_top.medals", keys=[str(year) for year in years])


def medal_years(scope: Scope, lost: Lost) -> list[int]:
    """The calendar years that are over, and of which at least half is known."""
    return [
        year
        for year in range(scope.first_day.year, scope.today.year)
        if known_days(scope, date(year, 1, 1), date(year, 12, 31), lost) >= COMPARED_FROM * A_YEAR
    ]


def _entry(rows: dict[Any, dict[str, Any]], key: object, row: Row) -> dict[str, Any]:
    empty = {
        "name": row["name"],
        "artists": row.get("artists", ()),
        "link": row.get("link") or row.get("artist_id"),
    }
    return rows.setdefault(key, {**empty, "medals": ([], [], []), "weeks": 0})


def _in_order(rows: Mapping[Any, dict[str, Any]]) -> list[dict[str, Any]]:
    """Most gold first, then silver, bronze, weeks."""

    def standing(each: Row) -> tuple[Any, ...]:
        return *(-len(medals) for medals in each["medals"]), -each["weeks"], each["name"] or ""

    return sorted(rows.values(), key=standing)


def credited(source: Source) -> dict[str, Any] | None:
    """Plays of all time by how many artists the track names, from one to five or more; None where of no track it is known."""
    rows = {row["artists"]: row for row in source.rows("site_top.credited")}
    known = sum(row["plays"] for row in rows.values())
    if not known:
        return None
    return {
        "known": known,
        "mean": sum(row["credits"] for row in rows.values()) / known,
        "parts": [(count, rows[count]["plays"] if count in rows else 0) for count in range(1, 6)],
    }


def labels(source: Source) -> list[Row]:
    """The labels heard most of all time."""
    return source.rows("site_top.labels", most=LABELS)
