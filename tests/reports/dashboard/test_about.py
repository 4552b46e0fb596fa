"""About these numbers: how far the record reaches, compared with what is recomputed here."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.dashboard.pages.about import PAGE, observed_text
from reports.stored_facts import Coverage
from tests.reports.dashboard.reading import HOSTILE, Checked, nobody_at, source_at, text_of
from utils.job.app_settings import COUNTED_FROM, save_app_setting

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    monkeypatch.setenv("ENV_FILE", "")
    monkeypatch.delenv("SCHEDULES", raising=False)


@pytest.fixture
def listener(rows):
    rows.do("UPDATE users SET time_zone = 'Europe/Berlin', last_active_at = %s", NOW)
    rows.add("users", user_id="v", spotify_id="spotify-v")
    rows.track("t1")
    rows.track("t2")
    return rows


def imported(rows, first, last, source="export", user_id="u", fingerprint="f"):
    rows.add(
        "imports",
        user_id=user_id,
        fingerprint=fingerprint,
        name="x",
        source=source,
        has_music=True,
        first_at=first,
        last_at=last,
        started_at=NOW,
        finished_at=NOW,
    )


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


def read(connection, tmp_path):
    with source_at(connection, NOW, tmp_path, named="u") as source:
        return PAGE.read(source), text_of(PAGE, source)


def test_what_each_source_tells_of_by_month(listener, connection, tmp_path):
    # A play at the turn of a month, another by the clock of Berlin; years between a file and the poll.
    exported = [
        datetime(2020, 1, 31, 22, 59, tzinfo=UTC),
        datetime(2020, 1, 31, 23, 0, tzinfo=UTC),
        datetime(2020, 4, 5, tzinfo=UTC),
    ]
    polled = [datetime(2026, 9, 30, 21, 59, tzinfo=UTC), datetime(2026, 9, 30, 22, 0, tzinfo=UTC)]
    for at in exported:
        listener.play("t1", at, source="export", ms_played=60_000)
    for at in polled:
        listener.play("t1", at)
    listener.play("t2", datetime(2020, 4, 6, tzinfo=UTC), source="both", ms_played=60_000)
    listener.play("t1", datetime(2019, 1, 1, tzinfo=UTC), user_id="v", source="export")
    imported(listener, exported[0], datetime(2020, 4, 6, tzinfo=UTC))
    imported(listener, datetime(2018, 1, 1, tzinfo=UTC), NOW, user_id="v")
    looked(listener, NOW - timedelta(hours=1))
    found, text = read(connection, tmp_path)
    rows = [row for row in found["timeline"].rows if row[0] == "privacy export"]
    assert [(row[3], row[4], row[5]) for row in rows] == [
        ("2020-01", 1, "plays"),
        ("2020-02", 1, "plays"),
        ("2020-03", 0, "no play"),
        ("2020-04", 2, "plays"),
    ]
    assert (rows[0][1], rows[0][2]) == ("2020-01-31T23:59:00Z", "2020-02-01T00:00:00Z"), "the clock of Berlin"
    assert (rows[-1][1], rows[-1][2]) == ("2020-04-01T00:00:00Z", "2020-04-06T02:00:00Z"), "summer time"
    assert [row[6] for row in rows] == [
        "2020-03-01T00:00:00Z",
        None,
        "2020-04-01T00:00:00Z",
        "2020-04-06T02:00:00Z",
    ], "months of one state are drawn as one"
    # What both tell of is drawn for both, so that the poll begins with it.
    poll = [row for row in found["timeline"].rows if row[0] == "poll"]
    assert {row[3]: row[4] for row in poll if row[4]} == {"2020-04": 1, "2026-09": 1, "2026-10": 1}
    assert sum(row[5] == "no play" for row in poll) == (2026 - 2020) * 12 + 7 + 1 - 3
    assert [(each["name"], each["plays"]) for each in found["lanes"]] == [("poll", 3), ("privacy export", 4)]
    Checked(text)


def test_a_short_record_is_drawn_by_day_over_the_change_of_the_clock(listener, connection, tmp_path):
    for day in (23, 25, 26):
        listener.play("t1", datetime(2026, 10, day, 22, 30, tzinfo=UTC))  # 25 October was an hour longer
    looked(listener, datetime(2026, 10, 28, 12, tzinfo=UTC))
    found, _ = read(connection, tmp_path)
    poll = [row for row in found["timeline"].rows if row[0] == "poll"]
    assert [(row[3], row[4]) for row in poll] == [
        ("2026-10-24", 1),
        (
            "2026-10-25",
            1
            if (datetime(2026, 10, 25, 22, 30, tzinfo=UTC).astimezone(BERLIN).date() == date(2026, 10, 25))
            else 0,
        ),
        ("2026-10-26", 1),
        ("2026-10-27", 0),
        ("2026-10-28", 0),
    ][: len(poll)]
    days = [(datetime.fromisoformat(row[2]) - datetime.fromisoformat(row[1])) for row in poll]
    assert days[1] == timedelta(days=1), (
        "as the clock on the wall has it, so that days begin at the axis' ticks"
    )
    assert all(row[1].endswith("T00:00:00Z") for row in poll[1:])


@pytest.mark.parametrize(("looked_before", "lost"), [(1, []), (4, [4])])
def test_what_nobody_observed(listener, connection, tmp_path, looked_before, lost):
    """Of what was played since the last look nothing is lost while Spotify remembers it."""
    first, second = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 20, tzinfo=UTC)
    for at in (first, second, NOW - timedelta(days=1)):
        listener.play("t1", at)
    looked(listener, NOW - timedelta(hours=looked_before))
    for begin, hours in ((first + timedelta(days=2), 5), (second, 24)):
        listener.add(
            "play_gaps",
            user_id="u",
            gap_start=begin,
            gap_end=begin + timedelta(hours=hours),
            reason="nobody looked",
        )
    listener.add("play_gaps", user_id="u", gap_start=first, gap_end=NOW, reason="filled", filled_at=NOW)
    found, text = read(connection, tmp_path)
    coverage = found["standing"].coverage
    hours = [(end - begin) / timedelta(hours=1) for begin, end in coverage.unobserved]
    assert hours == [5, 24, *lost]
    unobserved_s = 3600 * sum(hours)
    assert coverage.unobserved_s == pytest.approx(unobserved_s)
    assert coverage.of_s == (NOW - timedelta(hours=0 if lost else looked_before) - first).total_seconds()
    assert found["share"].striptags() == f"{int(1000 * (1 - unobserved_s / coverage.of_s)) / 10:g} %"
    assert [row[5] for row in found["timeline"].rows if row[0] == "not observed"] == ["lost"] * len(hours)
    assert text.count("nobody looked") == 2
    listed = [(each.begin, each.end) for each in (*found["gaps"][::-1], found["not_yet"]) if each]
    assert listed == list(coverage.unobserved), "what is drawn is told"
    assert "None was noticed." not in text


def test_what_is_drawn_as_not_observed_is_told_where_no_gap_was_noticed(listener, connection, tmp_path):
    """A file until 1 September, the first look on 20 September, the last one four hours ago; one gap in between was noticed."""
    first, last, look = (datetime(2026, *each, tzinfo=UTC) for each in ((8, 1), (9, 1), (9, 20)))
    for at in (first, last):
        listener.play("t1", at, source="export", ms_played=60_000)
    listener.play("t1", look)
    imported(listener, first, last)
    looked(listener, NOW - timedelta(hours=4))
    found, text = read(connection, tmp_path)
    drawn = [(row[1], row[2]) for row in found["timeline"].rows if row[5] == "lost"]
    assert drawn == [
        ("2026-11-10T09:00:00Z", "2026-11-10T13:00:00Z"),
        ("2026-09-01T02:00:00Z", "2026-09-20T02:00:00Z"),
    ], "as the clock of Berlin has it"
    spans = [row[3] for row in found["timeline"].rows if row[5] == "lost"]
    assert spans[0] == "2026-11-10T08:00:00Z to 2026-11-10T12:00:00Z", (
        "moments, which the page writes in its zone"
    )
    assert [(each.begin, each.end) for each in found["gaps"]] == [(last, look)]
    assert "nobody looked, and no privacy export covers it" in text
    assert "nobody has looked for plays" in text
    begin, end = last + timedelta(days=3), last + timedelta(days=4)
    listener.add("play_gaps", user_id="u", gap_start=begin, gap_end=end, reason="fifty plays are not enough")
    found, text = read(connection, tmp_path)
    assert [(each.begin, each.end) for each in found["gaps"]] == [(end, look), (begin, end), (last, begin)]
    assert text.count("fifty plays are not enough") == 1


def test_five_gaps_in_sight_and_the_rest_folded(listener, connection, tmp_path):
    listener.play("t1", NOW - timedelta(days=30))
    for number in range(7):
        begin = NOW - timedelta(days=20 - number)
        listener.add(
            "play_gaps",
            user_id="u",
            gap_start=begin,
            gap_end=begin + timedelta(hours=4),
            reason=f"reason {number}",
        )
    listener.add("play_gaps", user_id="v", gap_start=NOW - timedelta(days=3), gap_end=NOW, reason="another's")
    found, text = read(connection, tmp_path)
    before, _, folded = text.partition('id="gaps"')[2].partition("<details>")
    assert re.findall(r"reason \d", before) == [f"reason {number}" for number in (6, 5, 4, 3, 2)]
    assert re.findall(r"reason \d", folded) == ["reason 1", "reason 0"]
    assert "another" not in before + folded.partition("</section>")[0]
    assert len(found["gaps"]) == 7


def test_podcasts_and_what_was_left_out_stand_apart(listener, connection, tmp_path):
    listener.play(
        "t1", NOW - timedelta(days=2), ms_played=60_000, source="export", context_uri="spotify:playlist:x"
    )
    listener.play("t2", NOW - timedelta(days=1))
    for kind, user_id in (("episode", "u"), ("episode", "u"), ("audiobook", "u"), ("episode", "v")):
        at = NOW - timedelta(hours=listener.do("SELECT count(*) FROM episode_plays")[0][0])
        listener.add(
            "episode_plays",
            user_id=user_id,
            played_at=at,
            item_key=f"k{at}",
            part=1,
            ms_played=1_800_000,
            kind=kind,
            source="export",
        )
    listener.add("uncounted_items", user_id="u", kind="track", item_id="t2", added_at=NOW)
    listener.do("REFRESH MATERIALIZED VIEW uncounted_keys")
    found, text = read(connection, tmp_path)
    assert dict(found["aside"]) == {
        "episodes": 2,
        "chapters": 1,
        "spoken_ms": 5_400_000,
        "uncounted": 1,
        "deleted": 0,
        "merged": 0,
    }
    estimates = dict(found["estimates"])
    assert (estimates["plays"], estimates["inferred"], estimates["with_context"]) == (1, 0, 1)
    assert "1 h 30 min" in text


def test_every_figure_can_be_linked_to(listener, connection, tmp_path):
    listener.play("t1", NOW - timedelta(days=2))
    _, text = read(connection, tmp_path)
    page = Checked(text)
    figures = {attributes["id"] for tag, attributes in page.tags if tag == "tr" and "id" in attributes}
    assert {
        "plays",
        "time",
        "skips",
        "days",
        "streaks",
        "sittings",
        "first-listens",
        "library",
        "never-played",
        "coverage",
        "spoken",
    } <= figures
    links = {
        str(attributes["href"])[1:]
        for tag, attributes in page.tags
        if tag == "a" and str(attributes.get("href")).startswith("#")
    }
    assert links <= set(page.ids)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (30, "What was heard for 30 seconds, as with Spotify, or to its end"),
        (1, "What was heard for 1 second, or"),
        (0, "Whatever was heard, however short (your setting: plays.counted_from_seconds)."),
    ],
)
def test_a_play_is_what_the_listener_has_set(listener, connection, tmp_path, seconds, said):
    listener.play("t1", NOW - timedelta(days=1))
    save_app_setting(connection, "u", COUNTED_FROM, seconds)
    assert said in read(connection, tmp_path)[1]


def test_times_of_no_zone_that_was_chosen(listener, connection, tmp_path, monkeypatch):
    monkeypatch.delenv("TIME_ZONE", raising=False)
    assert "set TIME_ZONE" not in read(connection, tmp_path)[1]
    listener.do("UPDATE users SET time_zone = 'UTC'")
    assert "set TIME_ZONE" in read(connection, tmp_path)[1]
    monkeypatch.setenv("TIME_ZONE", "UTC")
    assert "set TIME_ZONE" not in read(connection, tmp_path)[1]


def test_hostile_texts_stay_texts(listener, connection, tmp_path):
    listener.play("t1", NOW - timedelta(days=2))
    listener.do("UPDATE users SET display_name = %s WHERE user_id = 'u'", HOSTILE)
    listener.add("play_gaps", user_id="u", gap_start=NOW - timedelta(days=1), gap_end=NOW, reason=HOSTILE)
    imported(listener, NOW - timedelta(days=9), NOW - timedelta(days=2), source=HOSTILE)
    _, text = read(connection, tmp_path)
    page = Checked(text)
    assert not any(tag == "img" or "onload" in attributes for tag, attributes in page.tags)


def test_without_a_play_it_says_what_spotify_gives(rows, connection, tmp_path):
    rows.do("UPDATE users SET last_active_at = %s", NOW)
    found, text = read(connection, tmp_path)
    assert found["lanes"] == []
    assert found["standing"].coverage is None
    assert "No play is known yet. Spotify gives only the last fifty, and nothing of before." in text
    assert "./run import" in text
    assert "None was noticed." in text
    Checked(text)


def test_without_a_listener(connection, tmp_path):
    with nobody_at(connection, NOW, tmp_path) as source:
        Checked(text_of(PAGE, source))


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (None, ""),
        (Coverage(1_000, 0), "100 %"),
        (Coverage(100_000, 1), "99.9 %"),
        (Coverage(1_000, 500), "50 %"),
        (Coverage(1_000, 1_000), "0 %"),
    ],
)
def test_all_of_it_is_only_said_where_it_is(coverage, said):
    assert observed_text(coverage).striptags() == said
