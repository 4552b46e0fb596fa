"""The page Personality: its type, what an axis says that has no number, its history and its traits."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.dashboard.pages import personality
from reports.dashboard.pages.personality_types import NAMES, name_of
from tests.api_syncs.test_personalities import NEW, OLD, compute, every, store
from tests.reports.dashboard.reading import Checked, read, render
from utils.plays.personality import AXES

NOW = datetime(2025, 5, 20, 12, tzinfo=UTC)


def cells(chart):
    return [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]


def test_a_type_with_its_evidence_and_its_history(rows, connection, tmp_path):
    """Who changes from old songs of one artist to the newest of many."""
    loyal = every(8, lambda n: n % 3, days=250)
    plays = loyal + [(at, track) for at, track in every(8, lambda n: n) if at > loyal[-1][0]]
    store(
        connection,
        plays,
        lambda track: track if track > 2 else 0,
        lambda track: NEW(track) if track > 2 else OLD(track),
    )
    compute(connection)
    begin = min(at for at, _ in plays).astimezone(ZoneInfo("Europe/Berlin")).date()
    page, found = (
        render(connection, tmp_path, NOW, personality.PAGE),
        read(connection, tmp_path, NOW, personality.PAGE),
    )
    assert (found["kind"], found["name"]) == ("ENV-", "The Wayfarer")
    assert '<b class="headline">The Wayfarer</b>' in page
    assert "The fourth letter is not known" in page
    assert [letters for _, letters, _ in found["changes"]][::-1][0] == "FTL-", "the first one known"
    exploration, newness, variety, uniqueness = found["axes"]
    assert uniqueness.value is None
    assert "popularity" in uniqueness.evidence
    for axis in (exploration, newness, variety):
        rows_of = cells(axis.history)
        assert axis.value > 50
        assert rows_of[-1]["range"] == "2024-05-01..2025-04-30", "the running month is not drawn"
        assert rows_of[-1]["value"] == pytest.approx(axis.value, abs=10)
        first = date.fromisoformat(rows_of[0]["month"])
        assert (first.year - begin.year) * 12 + first.month - begin.month == 11 + (begin.day > 1), (
            "the first point is of the record's first twelve whole months"
        )
    assert found["foremost"]["plays"] > 0
    assert {"axes", "history", "traits", "types"} <= set(Checked(page).ids)


@pytest.mark.parametrize(("hour", "name"), [(23, "Owl"), (6, "Lark"), (15, "Neither owl nor lark")])
def test_who_hears_at_night_alone(rows, connection, tmp_path, hour, name):
    rows.do("UPDATE users SET time_zone = 'Asia/Kathmandu'")
    begin = datetime(2025, 1, 1, hour, 20, tzinfo=UTC) - timedelta(hours=5, minutes=45)
    store(connection, [(begin + timedelta(days=each), each) for each in range(120)], lambda track: track, OLD)
    compute(connection)
    traits = dict(read(connection, tmp_path, NOW, personality.PAGE)["traits"])
    assert name in traits
    assert ("100 %" in traits[name]) is (name != "Neither owl nor lark")


def test_fifty_plays_have_no_type_and_two_axes(rows, connection, tmp_path):
    store(
        connection, [(NOW - timedelta(hours=each), each % 40) for each in range(50)], lambda track: track, OLD
    )
    compute(connection)
    found, page = (
        read(connection, tmp_path, NOW, personality.PAGE),
        render(connection, tmp_path, NOW, personality.PAGE),
    )
    assert [axis.value is not None for axis in found["axes"]] == [False, True, True, False]
    assert "No type yet" in page
    assert "every artist seems new" in page
    assert dict(found["traits_to_come"])["Owl or lark"] == "from 100 plays on"
    assert "Album listener or shuffler" in page
    assert "it comes on" in page
    assert "1 Oct 2026" in page, "the fifth month after twelve whole ones, from June on"


def test_who_has_no_play_is_told_so(rows, connection, tmp_path):
    rows.track("t")
    page = render(connection, tmp_path, NOW, personality.PAGE)
    assert "No play is known yet." in page
    assert "./run track_plays" in page


def test_before_the_views_have_counted_it_says_so(rows, connection, tmp_path):
    rows.track("t")
    rows.play("t", NOW)
    assert "./run materialized_views" in render(connection, tmp_path, NOW, personality.PAGE)


def test_there_are_sixteen_types():
    letters = [axis.letters for axis in AXES]
    kinds = {a + b + c for a in letters[0] for b in letters[1] for c in letters[2]}
    assert NAMES.keys() == kinds
    assert len({name_of(kind + path) for kind in kinds for path in "CU-"}) == 24, (
        "sixteen, and eight of which one thing is not known"
    )
