"""Overview: the running week, month and year, what is heard now, and what needs attention."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.attention import attention, watched
from reports.dashboard.charts import Chart
from reports.dashboard.heat_map import SAID_BELOW, calendar, days_between, lost_days
from reports.dashboard.page import Page
from reports.dashboard.periods import Period, running_periods
from reports.dashboard.ranges import COMPARED_FROM, address_of, key_of_days
from reports.dashboard.scale import scale_of
from reports.dashboard.scope import DOTS_BELOW, Scope, Source
from reports.dashboard.words import counted, number
from reports.dashboard.words import day as day_said

ROTATION_DAYS = 28
ROTATION, NEWEST = 6, 10
STRIP_WEEKS = 52  # before the running one
FEWEST_DAYS = 28  # of fewer, a strip tells nothing
DAYS_OF_A_YEAR = 365


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope = source.scope
    periods = [] if scope.has_few else read_periods(source)
    streaks = dict.fromkeys(("current", "longest")) | {
        row["kind"]: row for row in source.rows("site_overview.streaks")
    }
    since = max(scope.first_day, scope.today - timedelta(days=ROTATION_DAYS - 1))
    days = source.days
    strip = _strip(source, days)
    library = source.kept("site.library")[0]
    return {
        "periods": periods,
        "today": source.heard.get(scope.today),
        "strip": strip,
        "scale": scale_of([row["plays"] for row in days.values()]),
        "streaks": streaks,
        "rotation": source.rows("site_overview.rotation", since=since, limit=ROTATION),
        "rotation_since": since,
        "came_last": [] if scope.plays else source.rows("site_library.newest", limit=ROTATION),
        "newest": source.rows("site_overview.newest", limit=NEWEST),
        "library": library if any(library.values()) else None,
        "address_of": address_of,
        "key_of_days": key_of_days,
        "on_this_day": [] if scope.has_few else source.rows("site_overview.on_this_day"),
        "later": list(_later(source, has_strip=strip is not None)),
        "is_scheduled": scope.has_few and bool(watched(source).schedules),
        "covers": source.covers,
        "notes": attention(source),
    }


def _later(source: Source, *, has_strip: bool) -> Iterator[tuple[str, str | Markup, str]]:
    """What a young record lacks, when it comes, and the command that brings it, if one does."""
    scope = source.scope
    if scope.has_few:
        from_plays = Markup("each against the one before, from {} on").format(counted(DOTS_BELOW, "play"))
        yield "Week, month and year", from_plays, ""
    if not has_strip:
        yield "The last year, day by day", _from_day(scope, FEWEST_DAYS), ""
    if (scope.today - scope.first_day).days < DAYS_OF_A_YEAR:
        yield "On this day in earlier years", _from_day(scope, DAYS_OF_A_YEAR), ""
    if all(row["source"] == "api" for row in source.kept("site_about.sources")):
        yield "The years before", "in Spotify's privacy export", "./run import"


def _from_day(scope: Scope, days: int) -> Markup:
    """From when on something is shown; before the first play no day can be named."""
    if scope.plays:
        return Markup("from {} on").format(day_said(scope.first_day + timedelta(days=days)))
    return Markup("{} after the first play").format(counted(days, "day"))


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
        source.heard,
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
    lost = lost_days(source)
    return [
        _with_bars(source.scope, lost, each, found[each.key], found[f"{each.key} before"]) for each in periods
    ]


def _with_bars(
    scope: Scope, lost: Set[date], period: Period, now: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """`why`: it is compared with nothing. `known`: of how many of its days all is known, where that has to be said."""
    days = list(days_between(max(period.first_day, scope.first_day), scope.today))
    known = _known(days, lost)
    of_before = list(days_between(period.before_first, period.before_last))
    why = ""
    if scope.first_played_at is None or scope.first_played_at > period.before_begin:
        why = f"No record of the {period.key} before."
    elif known < COMPARED_FROM * len(days) or _known(of_before, lost) < COMPARED_FROM * len(of_before):
        why = f"Too little is known to compare it with the {period.key} before."
    largest = max(now["plays"], 0 if why else before["plays"], 1)
    return {
        "period": period,
        "now": now,
        "before": None if why else before,
        "why": why,
        "part": now["plays"] / largest,
        "tick": None if why else before["plays"] / largest,
        "known": known if known < SAID_BELOW * len(days) else None,
        "of": len(days),
    }


def _known(days: Sequence[date], lost: Set[date]) -> int:
    return sum(day not in lost for day in days)


PAGE = Page("overview", "Overview", "Listening", read, tells_time=True)
