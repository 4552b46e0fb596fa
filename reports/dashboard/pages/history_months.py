"""What the months are like: plays on average, each month of each year, and the weekdays within the year."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link, step
from reports.dashboard.heat_map import NOT_KNOWN, SAID_BELOW, days_between
from reports.dashboard.ranges import address_of, key_of_month, plus_months
from reports.dashboard.scale import Scale, scale_of_all
from reports.dashboard.scope import Scope
from reports.dashboard.words import average, counted, number

FEWEST_DAYS = 7  # an average of fewer says nothing
DAYS_OF_A_MONTH = 365.2425 / 12
A_YEAR = 366  # days: in a shorter record no month can be compared with another of its kind
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ONE = timedelta(days=1)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Averages:
    """Of the whole days of the record, until yesterday, that are known: those without plays are among them."""

    of: int  # whole days of the record
    known: int  # of them
    active: int  # known ones with plays
    plays: int
    heard_ms: int

    @property
    def is_said(self) -> bool:
        """Whether there are days enough."""
        return self.known >= FEWEST_DAYS and self.plays > 0

    @property
    def is_partly_known(self) -> bool:
        """Whether the page has to say so."""
        return self.known < SAID_BELOW * self.of

    def plays_in(self, days: float) -> float:
        """On average."""
        return self.plays * days / self.known

    def heard_ms_in(self, days: float) -> int:
        """On average."""
        return round(self.heard_ms * days / self.known)


def averages(scope: Scope, days: Mapping[date, Row], lost: Set[date]) -> Averages:
    """The running day is no whole one, and what was heard on a day that is not known counts no more than the day does."""
    whole = list(days_between(scope.first_day, scope.today - _ONE))
    known = [day for day in whole if day not in lost]
    found = [days[day] for day in known if day in days]
    return Averages(
        len(whole),
        len(known),
        sum(row["plays"] > 0 for row in found),
        sum(row["plays"] for row in found),
        sum(row["heard_ms"] for row in found),
    )


@dataclass(frozen=True)
class HeatMap:
    """A chart of cells, and what their classes mean."""

    chart: Chart
    scale: Scale


def months_of_years(scope: Scope, days: Mapping[date, Row], lost: Set[date]) -> HeatMap:
    """Plays of each month: a row per year, the newest on top."""
    plays: Counter[date] = Counter()
    heard: Counter[date] = Counter()
    for day, row in days.items():
        plays[day.replace(day=1)] += row["plays"]
        heard[day.replace(day=1)] += row["heard_ms"]
    months = list(_months(scope.first_day, scope.today))
    scale = scale_of_all([plays[month] for month in months])
    rows = []
    for month in months:
        of = list(days_between(max(month, scope.first_day), min(plus_months(month, 1) - _ONE, scope.today)))
        known = sum(day not in lost for day in of)
        said = f"{known} of {len(of)} days" if known < len(of) else "yes"
        key = key_of_month(month) if plays[month] else ""
        wording = "{}, so far" if plus_months(month, 1) > scope.today else "{}"
        span, _ = step(month, by_month=True, wording=wording)
        rows.append(
            (
                month.year,
                month.month,
                scale.class_of(plays[month]),
                "yes" if known > len(of) / 2 else NOT_KNOWN,
                span,
                plays[month],
                heard[month],
                said,
                key,
            )
        )
    columns = ("year", "month", "class", "state", "span", "plays", "heard", "known", "range")
    chart = Chart(
        "months_of_years",
        _best_month(scope, days, lost),
        columns,
        rows,
        *_by_year(months, plays, rows),
        written={"span": "month", "heard": "duration"},
    )
    return HeatMap(chart, scale)


def _by_year(
    months: Sequence[date], plays: Mapping[date, int], rows: Sequence[Sequence[Any]]
) -> tuple[tuple[str, ...], list[list[Any]]]:
    """The same as a table: its heads, and a row per year."""
    cells = {
        month: Link(number(plays[month]), address_of(row[-1])) if row[-1] else "0"
        for month, row in zip(months, rows, strict=True)
    }
    years = sorted({month.year for month in months}, reverse=True)
    table = [
        [
            Link(str(year), address_of(str(year))),
            *(cells.get(date(year, month, 1), "") for month in range(1, 13)),
        ]
        for year in years
    ]
    return ("Year", *(name[:3] for name in MONTHS)), table


def _best_month(scope: Scope, days: Mapping[date, Row], lost: Set[date]) -> str | Markup:
    """Which month of the year has most plays on an average day."""
    found = _average_by(scope, days, lost, lambda day: day.month)
    best, least = max(found, key=lambda each: found[each][0]), min(found, key=lambda each: found[each][0])
    if best == least:
        return "No month stands out."
    return Markup("Most is heard in {}, {} plays a day on average; least in {}, {}.").format(
        MONTHS[best - 1], average(found[best][0]), MONTHS[least - 1], average(found[least][0])
    )


def weekdays_of_months(scope: Scope, days: Mapping[date, Row], lost: Set[date]) -> HeatMap:
    """Plays on an average day, by weekday and month of the year, of all years together."""
    found = _average_by(scope, days, lost, lambda day: (day.isoweekday(), day.month))
    # The classes are of whole plays; what is not nothing is in the first one at least, and is said to the tenth.
    rounded = {each: max(1, round(mean)) if mean else 0 for each, (mean, _) in found.items()}
    said = {each: _said(mean) for each, (mean, _) in found.items()}
    scale = scale_of_all(list(rounded.values()))
    rows = [
        (
            weekday,
            month,
            scale.class_of(rounded[weekday, month]),
            f"{WEEKDAYS[weekday - 1]}s in {MONTHS[month - 1]}",
            said[weekday, month],
            of,
        )
        for (weekday, month), (_, of) in sorted(found.items())
    ]
    weekday, month = max(found, key=lambda each: found[each][0])
    finding = Markup("Fullest: {}s in {}, {} on average.").format(
        WEEKDAYS[weekday - 1], MONTHS[month - 1], counted(said[weekday, month], "play")
    )
    table = [
        [
            name,
            *(number(said[weekday, month]) if (weekday, month) in said else "" for month in range(1, 13)),
        ]
        for weekday, name in enumerate(WEEKDAYS, 1)
    ]
    columns = ("weekday", "month", "class", "when", "plays", "days")
    heads = ("Weekday", *(name[:3] for name in MONTHS))
    return HeatMap(Chart("weekdays_of_months", finding, columns, rows, heads, table), scale)


def _said(mean: float) -> float:
    """An average to the tenth, from ten on whole; what is not nothing is at least a tenth."""
    return max(0.1, round(mean, 1)) if 0 < mean < 9.95 else round(mean)


def _average_by(
    scope: Scope, days: Mapping[date, Row], lost: Set[date], key_of: Any
) -> dict[Any, tuple[float, int]]:
    """Plays on an average known day of each kind, and of how many days; the running day is no whole one."""
    plays: Counter[Any] = Counter()
    counted: Counter[Any] = Counter()
    for day in days_between(scope.first_day, scope.today - _ONE):
        if day not in lost:
            key = key_of(day)
            counted[key] += 1
            plays[key] += days[day]["plays"] if day in days else 0
    return {key: (plays[key] / of, of) for key, of in counted.items()}


def is_long(scope: Scope) -> bool:
    """Whether months can be compared with months."""
    return (scope.today - scope.first_day).days >= A_YEAR


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = plus_months(month, 1)


def fullest_day(days: Iterable[Row]) -> Row | None:
    """The day with most plays; the newest of equal ones."""
    return max(days, key=lambda row: (row["plays"], row["day"]), default=None)
