"""Plays as dots: each of them can be seen, and what is drawn of few days has no empty rows."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from reports.dashboard.dots import BROADEST, asides, play_dots
from reports.dashboard.heat_map import calendar
from reports.dashboard.scale import scale_of
from reports.dashboard.scope import Scope

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 29, 17, 30, tzinfo=UTC)


def play(clock: float, day: date = DAY) -> dict[str, object]:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=clock)
    return {"day": day, "clock": clock, "name": "x", "track_id": None, "played_at": at}


@pytest.mark.parametrize("days", [1, 18, 365])
def test_dots_that_would_lie_upon_each_other_stand_side_by_side(days):
    close = [play(17 + each / 15) for each in range(12)]
    found = asides([play(3), *close, play(23), play(23, DAY + timedelta(days=1))], days)
    assert (found[0], found[-2:]) == (0, [0, 0]), "alone in their hour, or on another day"
    apart = [after - before for before, after in pairwise(found[1:13])]
    assert min(apart) > 0
    assert max(apart) - min(apart) < 1e-9
    assert found[1] == pytest.approx(-found[12]), "around their day"
    assert found[12] - found[1] <= BROADEST + 1e-9, "and within it"


def test_the_first_and_the_last_day_have_room_beside_their_dots():
    scope = Scope("u", None, ZoneInfo("UTC"), NOW, 2, datetime(2026, 11, 12, 20, tzinfo=UTC))
    chart = play_dots(scope, [play(20, date(2026, 11, 12)), play(17, NOW.date())])
    first, last = (datetime.fromtimestamp(chart.parameters[name] / 1000, UTC) for name in ("first", "last"))
    assert (first, last) == (datetime(2026, 11, 11, 12, tzinfo=UTC), datetime(2026, 11, 29, 12, tzinfo=UTC))
    assert [row[0] for row in chart.rows] == ["2026-11-12T00:00:00Z", "2026-11-29T00:00:00Z"]


@pytest.mark.parametrize(
    ("first", "last", "narrow"),
    [
        (date(2026, 11, 12), date(2026, 11, 29), "calendar_months_narrow"),
        (date(2026, 10, 28), date(2026, 12, 1), "calendar_narrow"),
        (date(2026, 11, 1), date(2026, 12, 1), "calendar_months_narrow"),
    ],
)
def test_a_calendar_begins_with_its_first_week_and_has_numbers_where_there_is_room(first, last, narrow):
    chart = calendar(Markup(), first, last, {}, set(), scale_of([]))
    of = {row[chart.columns.index("date")]: row[chart.columns.index("month_week")] for row in chart.rows}
    assert of[first.isoformat()] == 0
    assert set(of.values()) == set(range(max(of.values()) + 1)), "no row without a day"
    second = date(first.year, first.month + 1, 1)
    assert of.get(second.isoformat(), 0) == 0
    assert chart.narrow == narrow
