"""History and Overview: what is said of few plays, of an empty library, and of days that nobody observed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from reports.dashboard.heat_map import lost_days
from reports.dashboard.months_heard import effective
from reports.dashboard.pages import history, overview
from tests.reports.dashboard.reading import Checked, source_at, text_of

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
ONE = timedelta(days=1)


@pytest.fixture
def listener(rows, monkeypatch):
    monkeypatch.setenv("ENV_FILE", "")
    rows.do("UPDATE users SET time_zone = 'Europe/Berlin', last_active_at = %s", NOW)
    rows.track("t1")
    return rows


def looked(rows, at):
    rows.add("job_controls", user_id="u", job="track_plays", last_success_at=at)
    rows.add(
        "sync_history",
        user_id="u",
        run_id="00000000-0000-0000-0000-000000000001",
        job="track_plays",
        started_at=at,
        finished_at=at,
        status="done",
    )


def test_what_the_effective_number_is():
    assert effective({5: 8}) == pytest.approx(8), "eight heard equally often are eight"
    assert effective({1_000: 1}) == pytest.approx(1)
    assert effective({2: 1, 1: 2}) == pytest.approx(8**0.5), "shares of 1/2, 1/4, 1/4"
    assert effective({}) is None


def test_days_that_nobody_observed_are_not_known(listener, connection, tmp_path):
    """An import until 3 October, the first look on 20 October, the last one on 6 November."""
    for at in (NOW - 60 * ONE, datetime(2026, 10, 3, 12, tzinfo=UTC)):
        listener.play("t1", at, source="export", ms_played=60_000)
    for at in (datetime(2026, 10, 20, 12, tzinfo=UTC), datetime(2026, 11, 6, 9, tzinfo=UTC)):
        listener.play("t1", at)
    listener.add(
        "imports",
        user_id="u",
        fingerprint="f",
        name="x",
        source="export",
        has_music=True,
        first_at=NOW - 60 * ONE,
        last_at=datetime(2026, 10, 3, 12, tzinfo=UTC),
        started_at=NOW,
        finished_at=NOW,
    )
    looked(listener, datetime(2026, 11, 6, 12, tzinfo=UTC))
    with source_at(connection, NOW, tmp_path) as source:
        lost = lost_days(source)
        text = text_of(history.PAGE, source)
    between = {date(2026, 10, 4) + each * ONE for each in range(16)}
    assert lost == between | {date(2026, 11, day) for day in (7, 8, 9, 10)}
    assert (
        'Known for <data value="41">41</data> of <data value="60">60</data> days; the others do not count.'
        in text
    )
    Checked(text)


def test_what_a_scrobbler_has_told_is_known_though_spotify_was_not_asked(listener, connection, tmp_path):
    for each in range(10, 40):
        listener.play("t1", NOW - each * ONE, source="lastfm")
    with source_at(connection, NOW, tmp_path) as source:
        lost = lost_days(source)
    assert lost == {date(2026, 11, day) for day in range(1, 11)}, "what was after it"


def test_an_average_of_few_days_is_not_said(listener, connection, tmp_path):
    for each in range(3):
        listener.play("t1", NOW - each * ONE)
    looked(listener, NOW)
    with source_at(connection, NOW, tmp_path) as source:
        text = text_of(history.PAGE, source)
    assert 'id="average"' not in text
    assert 'id="months"' not in text
    hours = text.partition('id="hours"')[2].partition("</section>")[0]
    assert "can be told from 100 plays on" in hours
    assert "<figure" not in hours
    Checked(text)


def test_a_fullest_day_that_is_not_over_is_so_far_the_fullest(listener, connection, tmp_path):
    for each in range(40):
        listener.play("t1", NOW - each * ONE)
    listener.play("t1", NOW - timedelta(minutes=9))
    looked(listener, NOW)
    with source_at(connection, NOW, tmp_path) as source:
        text = text_of(history.PAGE, source)
    average = text.partition('id="average"')[2].partition("</section>")[0]
    assert "</a>, so far" in average.partition("The fullest day</dt>")[2]
    assert "The fullest day is today, which is not among them." in average
    assert 'the record begins on <time datetime="2026-10-02"' in text.partition('id="years"')[2]


def test_what_is_hardly_known_is_compared_with_nothing(listener, connection, tmp_path):
    """The last look was on Monday, 2 November; this is Tuesday, a week later."""
    for day in range(400):
        listener.play("t1", datetime(2026, 11, 2, 10, tzinfo=UTC) - day * ONE)
    looked(listener, datetime(2026, 11, 2, 10, tzinfo=UTC))
    with source_at(connection, NOW, tmp_path) as source:
        week, month, year = overview.read_periods(source)
        text = text_of(overview.PAGE, source)
    assert (week["known"], week["of"], week["before"]) == (0, 2, None)
    assert (month["known"], month["of"], month["before"]) == (2, 10, None)
    assert (year["known"], year["of"], year["why"]) == (306, 314, "No record of the year before.")
    assert "Too little is known to compare it with the month before." in text
    assert 'Known for <data value="2">2</data> of <data value="10">10</data> days.' in text


def test_each_year_has_the_album_heard_most_in_it_the_newest_first(listener, connection, tmp_path):
    for number, album in enumerate(("a", "b")):
        listener.track(f"{album}1", album=album, artists=(f"by {album}",))
        listener.do("UPDATE albums SET name = %s WHERE album_id = %s", f"Album {album}", album)
        for year, plays in ((2024, 3 - number), (2025, 1), (2026, 2)):
            for minute in range(plays):
                listener.play(
                    f"{album}1",
                    datetime(year, 3, 1, 12, 10 * number + minute, tzinfo=UTC),
                    ms_played=60_000 + number,
                )
    with source_at(connection, NOW, tmp_path) as source:
        text = text_of(history.PAGE, source)
        found = source.rows("site_history.albums_of_years")
    assert [(row["year"], row["name"], row["plays"]) for row in found] == [
        (2026, "Album b", 2),
        (2024, "Album a", 3),
    ]
    assert [name for row in found for name, _ in row["artists"]] == []
    shelf = text.partition('id="albums"')[2].partition("</section>")[0]
    assert '<a href="top.html#range=2026">2026</a>, so far' in shelf
    assert '<a href="top.html#range=2024">2024</a></span>' in shelf
    Checked(text)


def test_of_one_year_the_album_is_a_row(listener, connection, tmp_path):
    listener.track("a1", album="a", artists=("by a",))
    for day in range(2):
        listener.play("a1", NOW - day * ONE)
    with source_at(connection, NOW, tmp_path) as source:
        text = text_of(history.PAGE, source)
    section = text.partition('id="albums"')[2].partition("</section>")[0]
    assert "The album of the year" in section
    assert '<a href="top.html#range=2026">2026</a>, so far' in section
    Checked(text)


def test_an_empty_library_is_one_line(listener, connection, tmp_path):
    listener.play("t1", NOW - ONE)
    with source_at(connection, NOW, tmp_path) as source:
        text = text_of(overview.PAGE, source)
    library = text.partition('id="library"')[2].partition("</section>")[0]
    assert "<dl" not in library
    assert "Nothing in it yet" in library
    assert "each <code>./run sync</code> adds what is new among the last fifty" in text, (
        "and nothing else, without a schedule"
    )
    listener.add("liked_tracks", user_id="u", track_id="t1", liked_at=NOW)
    listener.do("REFRESH MATERIALIZED VIEW unified_tracks")
    with source_at(connection, NOW, tmp_path) as source:
        text = text_of(overview.PAGE, source)
    assert "<dl" in text.partition('id="library"')[2].partition("</section>")[0]
