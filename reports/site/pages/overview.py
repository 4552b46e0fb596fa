"""Overview: the running week, month and year, what is heard now, and what needs attention."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reports.site.page import Page
from reports.site.periods import Period, running_periods
from reports.site.scope import Source

ROTATION_DAYS = 28
ROTATION, NEWEST = 6, 10


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope = source.scope
    periods = [] if scope.has_few else read_periods(source)
    streaks = {row["kind"]: row for row in source.rows("site_overview.streaks")}
    since = max(scope.first_day, scope.today - timedelta(days=ROTATION_DAYS - 1))
    today = next((row for row in source.rows("site.days") if row["day"] == scope.today), None)
    return {
        "periods": periods,
        "today": today,
        "streaks": streaks,
        "rotation": source.rows("site_overview.rotation", since=since, limit=ROTATION),
        "rotation_since": since,
        "newest": source.rows("site_overview.newest", limit=NEWEST),
        "library": source.row("site_overview.library"),
        "on_this_day": source.rows("site_overview.on_this_day"),
        "covers": source.covers,
    }


def read_periods(source: Source) -> list[dict[str, Any]]:
    """Each running period with its figures and those of the one before; `before` is None where the record does not reach so far."""
    scope = source.scope
    periods = running_periods(scope)
    keys = [key for each in periods for key in (each.key, f"{each.key} before")]
    begins = [moment for each in periods for moment in (each.begin, each.before_begin)]
    ends = [moment for each in periods for moment in (each.end, each.before_end)]
    found = {row["key"]: row for row in source.rows("site_overview.periods", keys=keys, begins=begins, ends=ends)}
    return [_with_bars(source, each, found[each.key], found[f"{each.key} before"]) for each in periods]


def _with_bars(source: Source, period: Period, now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    is_known = source.scope.first_played_at is not None and source.scope.first_played_at <= period.before_begin
    largest = max(now["plays"], before["plays"] if is_known else 0, 1)
    return {
        "period": period,
        "now": now,
        "before": before if is_known else None,
        "part": now["plays"] / largest,
        "tick": before["plays"] / largest if is_known else None,
    }


PAGE = Page("overview", "Overview", "Listening", read)
