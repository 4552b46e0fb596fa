"""Overview: the running week, month and year, what is heard now, and what needs attention."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.attention import attention
from reports.dashboard.charts import Chart
from reports.dashboard.heat_map import calendar, lost_days
from reports.dashboard.page import Page
from reports.dashboard.periods import Period, running_periods
from reports.dashboard.scale import scale_of
from reports.dashboard.scope import Source
from reports.dashboard.words import counted, number

ROTATION_DAYS = 28
ROTATION, NEWEST = 6, 10
STRIP_WEEKS = 52  # before the running one
FEWEST_DAYS = 28  # of fewer, a strip tells nothing


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope = source.scope
    periods = [] if scope.has_few else read_periods(source)
    streaks = dict.fromkeys(("current", "longest")) | {
        row["kind"]: row for row in source.rows("site_overview.streaks")
    }
    since = max(scope.first_day, scope.today - timedelta(days=ROTATION_DAYS - 1))
    days = {row["day"]: row for row in source.rows("site.days")}
    return {
        "periods": periods,
        "today": days.get(scope.today),
        "strip": _strip(source, days),
        "scale": scale_of([row["plays"] for row in days.values()]),
        "streaks": streaks,
        "rotation": source.rows("site_overview.rotation", since=since, limit=ROTATION),
        "rotation_since": since,
        "newest": source.rows("site_overview.newest", limit=NEWEST),
        "library": source.row("site.library"),
        "on_this_day": [] if scope.has_few else source.rows("site_overview.on_this_day"),
        "covers": source.covers,
        "notes": attention(source),
    }


def _strip(source: Source, days: Mapping[date, Mapping[str, Any]]) -> Chart | None:
    """The last year, a cell per day; None where only some days are known."""
    scope = source.scope
    first = max(scope.first_day, scope.today - timedelta(days=7 * STRIP_WEEKS + scope.today.weekday()))
    if (scope.today - first).days < FEWEST_DAYS:
        return None
    shown = [day for day in days if day >= first]
    finding = Markup("Plays on {} of the last {}.").format(
        number(len(shown)), counted((scope.today - first).days + 1, "day")
    )
    return calendar(
        finding,
        first,
        scope.today,
        days,
        lost_days(source),
        scale_of([row["plays"] for row in days.values()]),
    )


def read_periods(source: Source) -> list[dict[str, Any]]:
    """Each running period with its figures and those of the one before; `before` is None where the record does not reach so far."""
    scope = source.scope
    periods = running_periods(scope)
    keys = [key for each in periods for key in (each.key, f"{each.key} before")]
    begins = [moment for each in periods for moment in (each.begin, each.before_begin)]
    ends = [moment for each in periods for moment in (each.end, each.before_end)]
    found = {
        row["key"]: row for row in source.rows("site_overview.periods", keys=keys, begins=begins, ends=ends)
    }
    return [_with_bars(source, each, found[each.key], found[f"{each.key} before"]) for each in periods]


def _with_bars(
    source: Source, period: Period, now: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    is_known = (
        source.scope.first_played_at is not None and source.scope.first_played_at <= period.before_begin
    )
    largest = max(now["plays"], before["plays"] if is_known else 0, 1)
    return {
        "period": period,
        "now": now,
        "before": before if is_known else None,
        "part": now["plays"] / largest,
        "tick": before["plays"] / largest if is_known else None,
    }


PAGE = Page("overview", "Overview", "Listening", read)
