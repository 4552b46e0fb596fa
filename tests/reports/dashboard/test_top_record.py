"""Top: number ones of months, weeks and years, artists on a track, labels, and the file for programs, each against a plain recomputation."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
import pytest

from reports.dashboard.pages import top
from reports.dashboard.pages.top_record import medal_years, most_months, whole_weeks
from reports.dashboard.scope import Scope
from tests.conftest import new_database
from tests.reports.dashboard.made_up_listening import (
    HOSTILE,
    NOW,
    ZONE,
    Listening,
    a_few,
    album_id,
    counts,
    store,
    years_of_listening,
)
from tests.reports.dashboard.reading import Checked, source_at, text_of
from tests.rows import Rows

TODAY = date(2026, 11, 28)
LABELS = {album_id(1): "Rough Seas", album_id(2): " Rough Seas ", album_id(5): HOSTILE, album_id(6): "  "}
LOST = (date(2025, 5, 10), date(2025, 5, 12))


@dataclass
class Shown:
    """What the page is given, its text, and the file for programs."""

    read: Mapping[str, object]
    text: str
    twin: dict[str, object]


def shown(dsn: str, folder: Path) -> Shown:
    with closing(psycopg2.connect(dsn)) as connection:
        with source_at(connection, NOW, folder) as source:
            text = text_of(top.PAGE, source)
        with source_at(connection, NOW, folder) as source:
            return Shown(top.PAGE.told(source), text, json.loads((folder / "site" / "top.json").read_text()))


@pytest.fixture(scope="module")
def heard() -> Listening:
    return years_of_listening()


@pytest.fixture(scope="module")
def page(server, template, tmp_path_factory, heard) -> Iterator[Shown]:
    """Of these years, with a gap in May 2025 and some labels."""
    with new_database(server, template) as dsn:
        store(dsn, heard)
        with closing(psycopg2.connect(dsn)) as connection:
            rows = Rows(connection)
            rows.add("play_gaps", user_id="u", gap_start="2025-05-10 12:00Z", gap_end="2025-05-12 12:00Z", reason="x")  # fmt: skip
            for album, label in LABELS.items():
                rows.do("UPDATE albums SET label = %s WHERE album_id = %s", label, album)
        yield shown(dsn, tmp_path_factory.mktemp("record"))


def day_of(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def first_day(heard: Listening) -> date:
    return min(day_of(at) for at, _, ms in heard.plays if counts(ms))


def led(heard: Listening, first: date, last: date) -> tuple[set[str], int]:
    """The artists played most from day to day, and how often."""
    plays = Counter(
        artist
        for at, track, ms in heard.plays
        if track and counts(ms) and first <= day_of(at) <= last
        for artist in set(heard.tracks[track].artists)
    )
    most = max(plays.values(), default=0)
    return {artist for artist, count in plays.items() if count == most}, most


def months(heard: Listening) -> list[tuple[date, date]]:
    found, month = [], first_day(heard).replace(day=1)
    while month <= TODAY:
        following = (month + timedelta(days=31)).replace(day=1)
        found.append((month, following - timedelta(days=1)))
        month = following
    return found[::-1]


def test_each_month_has_whom_was_played_most(page, heard):
    rows = page.read["months"]
    expected = months(heard)
    assert [row["key"] for row in rows] == [f"{first:%Y-%m}" for first, _ in expected], "the newest first"
    ties = 0
    for row, (first, last) in zip(rows, expected, strict=True):
        artists, plays = led(heard, first, last)
        assert ({each["artist_id"] for each in row["artists"]}, row["plays"]) == (artists, plays)
        assert row["of"] == sum(counts(ms) and first <= day_of(at) <= last for at, _, ms in heard.plays)
        ties += len(artists) > 1
    assert ties, "else it is not shown that who ties is named"
    assert [row["key"] for row in rows if row["is_running"]] == ["2026-11"]
    assert {row["key"]: row["missing"] for row in rows if row["missing"]} == {"2025-05": 3}
    assert {row["key"]: row["since"] for row in rows if row["since"]} == {"2023-11": first_day(heard)}


def test_the_page_names_months_with_their_ranking_and_what_is_missing(page):
    Checked(page.text)
    assert '<a href="#range=2025-05"><time datetime="2025-05" data-form="month">May 2025</time></a>; plays may be missing on <data value="3">3</data> days' in page.text  # fmt: skip
    assert (
        '<a href="#range=2026-11"><time datetime="2026-11" data-form="month">Nov 2026</time></a>, so far'
        in page.text
    )
    assert "<script>window.wasRun" not in page.text.partition("<main")[2]


def test_a_month_without_a_play_is_told_from_one_of_unknown_artists(dsn, tmp_path):
    few = a_few(3)
    few.plays.append((NOW - timedelta(days=60), None, 180_000))
    few.plays.append((NOW - timedelta(days=90), "0" * 22, 180_000))
    store(dsn, Listening(few.tracks, few.artists, {}, few.plays))
    rows = shown(dsn, tmp_path)
    assert [(row["key"], len(row["artists"]), row["of"]) for row in rows.read["months"]] == [
        ("2026-11", 3, 3), ("2026-10", 0, 0), ("2026-09", 0, 1), ("2026-08", 1, 1)]  # fmt: skip
    assert "Nothing was heard" in rows.text
    assert "No artist is known" in rows.text
    assert "3</data> artists, each played once" in rows.text


def test_who_led_most_months_leads_more_than_anyone_else():
    def month(*artists: str, is_running: bool = False) -> dict[str, object]:
        named = [{"artist_id": each, "name": each.upper()} for each in artists]
        return {"artists": named, "plays": 9, "is_running": is_running, "since": None}

    running = month("b", is_running=True)
    found = most_months([running, month("a", "b"), month("a"), month()])
    assert found == {"name": "A", "artist_id": "a", "months": 2, "of": 3}
    begun = {**month("a"), "since": date(2023, 1, 17)}
    assert most_months([month("a", "b"), month("a"), month(), begun]) == found, (
        "the record has it only in part"
    )
    assert most_months([month("a", "b"), month("a"), month("b")]) is None, "nobody more than anyone else"
    assert most_months([month("a")]) is None


def test_medals_are_the_first_three_ranks_of_the_years_that_are_over(page, heard):
    found = page.read["number_ones"]
    assert found["years"] == [2024, 2025], "of 2023 less than half is known, 2026 is not over"
    for kind in ("artists", "tracks"):
        expected: defaultdict[str, list[list[int]]] = defaultdict(lambda: [[], [], []])
        for year in (2024, 2025):
            for rank, name, plays, _ in heard.ranking(kind, date(year, 1, 1), date(year, 12, 31), "plays"):
                if rank <= 3 and plays > 1:
                    expected[name][rank - 1].append(year)
        assert expected
        shown_medals = {
            (each["name"] or "").strip() or "name unknown": [*each["medals"]]
            for each in found[kind]
            if any(each["medals"])
        }
        assert shown_medals == expected


def test_weeks_at_number_one_are_whole_weeks_and_ties_share(page, heard):
    expected: Counter[str] = Counter()
    monday, weeks = first_day(heard), 0
    while monday.weekday():
        monday += timedelta(days=1)
    while monday + timedelta(days=7) <= TODAY:
        artists, plays = led(heard, monday, monday + timedelta(days=6))
        expected.update(artists if plays > 1 else ())
        weeks += 1
        monday += timedelta(days=7)
    found = page.read["number_ones"]
    assert found["weeks"] == weeks
    assert sum(expected.values()) > weeks, "else no tie was shown"
    named = Counter({heard.name("artists", artist): count for artist, count in expected.items()})
    assert Counter({each["name"] or "name unknown": each["weeks"] for each in found["artists"] if each["weeks"]}) == named  # fmt: skip
    assert found["uncertain_weeks"] == 2, "10 and 11 May 2025 are a weekend, 12 May is a Monday"


def scope(first: datetime, now: datetime) -> Scope:
    return Scope("u", None, ZoneInfo("Europe/Berlin"), now, plays=9, first_played_at=first)


def test_a_week_counts_from_its_monday_and_when_it_is_over():
    # 23:30 UTC on a Sunday is Monday in Berlin.
    found = whole_weeks(scope(datetime(2024, 2, 25, 23, 30, tzinfo=UTC), datetime(2024, 3, 10, 22, 59, tzinfo=UTC)))  # fmt: skip
    assert [(each.first, each.last) for each in found] == [(date(2024, 2, 26), date(2024, 3, 3))]
    found = whole_weeks(scope(datetime(2024, 2, 26, 23, 30, tzinfo=UTC), datetime(2024, 3, 10, 23, 0, tzinfo=UTC)))  # fmt: skip
    assert [(each.first, each.last) for each in found] == [(date(2024, 3, 4), date(2024, 3, 10))]


def test_a_year_with_more_than_half_lost_gives_no_medal():
    record = scope(datetime(2023, 1, 1, 12, tzinfo=UTC), NOW)
    assert medal_years(record, []) == [2023, 2024, 2025]
    assert medal_years(record, [(date(2024, 1, 1), date(2024, 7, 31))]) == [2023, 2025]


def test_plays_by_how_many_artists_a_track_names(page, heard):
    expected: Counter[int] = Counter()
    for _, track, ms in heard.plays:
        if track and counts(ms):
            expected[min(len(set(heard.tracks[track].artists)), 5)] += 1
    found = page.read["credited"]
    assert dict(found["parts"]) == {number: expected[number] for number in range(1, 6)}
    assert found["known"] == expected.total()
    assert found["mean"] == sum(number * count for number, count in expected.items()) / expected.total()


def test_labels_are_ranked_by_the_plays_of_their_albums(page, heard):
    expected: Counter[str] = Counter()
    for _, track, ms in heard.plays:
        label = LABELS.get((track and heard.tracks[track].album) or "", "").strip()
        if track and counts(ms) and label:
            expected[label] += 1
    assert len(expected) == 2
    found = page.read["labels"]
    assert [(row["label"], row["plays"]) for row in found] == expected.most_common()
    assert [row["rank"] for row in found] == [1, 2]
    assert {(row["known"], row["labels"]) for row in found} == {(expected.total(), 2)}
    assert f'The label is known for <data value="{expected.total()}">' in page.text


def test_of_fifty_plays_each_block_that_lacks_data_says_so_in_a_line(dsn, tmp_path):
    store(dsn, a_few())
    found = shown(dsn, tmp_path)
    assert found.read["number_ones"] is None
    assert 'with a record of a whole year, on <time datetime="2027-11-17"' in found.text
    assert "Spotify has named the label of no album that you have played" in found.text
    assert 'It is drawn from <time datetime="2027-10-01"' in found.text, (
        "the fourth quarter of which half is known: of the first one there is less"
    )
    Checked(found.text)


def test_the_file_for_programs_says_what_the_page_says(page, heard):
    found = page.twin
    assert (found["user_id"], found["time_zone"]) == ("u", "Europe/Berlin")
    year, whole = found["shown"], found["all_time"]
    assert (year["range"], year["first_day"], year["last_day"]) == ("year", "2026-01-01", "2026-11-28")
    assert (whole["range"], whole["first_day"]) == ("all", first_day(heard).isoformat())
    assert whole["plays"] == sum(counts(ms) for _, _, ms in heard.plays)
    for stretch, first in ((year, date(2026, 1, 1)), (whole, first_day(heard))):
        for kind in ("tracks", "artists", "albums", "genres"):
            rows = [
                (row["rank"], (row["name"] or "").strip() or "name unknown", row["plays"], row["minutes"])
                for row in stretch[f"top_{kind}"]
            ]
            expected = heard.ranking(kind, first, TODAY, "plays")
            assert rows == [(rank, name, plays, round(ms / 60_000, 1)) for rank, name, plays, ms in expected]
    track = next(row for row in whole["top_tracks"] if row["name"] == "Track 8")
    assert set(track) == {"rank", "name", "plays", "minutes", "spotify_id", "artists"}
    assert track["spotify_id"] == f"{8:022d}"
    assert [row["month"] for row in found["top_artist_by_month"]] == [f"{first:%Y-%m}" for first, _ in months(heard)]  # fmt: skip
    assert set(found["top_artist_by_month"][0]) == {"month", "artists", "plays", "of_plays"}
    assert found["top_items"] == {}
