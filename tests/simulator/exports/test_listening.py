"""Years of listening: believable, reproducible, as many rows as asked for, and never all of them in memory."""

import time
import tracemalloc
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from simulator import generate
from simulator.exports.extended import FORMS, extended_history
from simulator.exports.habits import Habits
from simulator.exports.listening import CLOSED, SECOND
from simulator.exports.repertoire import Repertoire
from simulator.exports.years import listenings

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=8 * 365)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def library():
    return generate(now=NOW)


@pytest.fixture(scope="module")
def heard(library):
    return list(listenings(library, SINCE, NOW, rows=30_000))


def of_years(heard, *years):
    return [each for each in heard if each.began.year in years]


@pytest.mark.parametrize(("rows", "days"), [(500, 20), (700, 365), (20_000, 100), (3000, 365 * 15)])
def test_as_many_as_asked_for(library, rows, days):
    found = list(listenings(library, NOW - timedelta(days=days), NOW, rows=rows, with_plays=False))
    assert len(found) == rows
    stamps = [each.noted_ms for each in found]
    assert stamps == sorted(stamps)
    assert found[-1].noted_ms < NOW.timestamp() * 1000
    assert found[0].began > NOW - timedelta(days=days + 1)


def test_what_cannot_be(library):
    with pytest.raises(ValueError, match="begin earlier"):
        list(listenings(library, NOW - timedelta(days=120), NOW, rows=100_000))
    with pytest.raises(ValueError, match="are the least"):
        list(listenings(library, SINCE, NOW, rows=100))
    with pytest.raises(ValueError, match="time zone"):
        list(listenings(library, SINCE, datetime(2026, 1, 1), rows=1000))  # noqa: DTZ001 - what is refused


def test_reproducible(library, heard):
    again = list(listenings(library, SINCE, NOW, rows=30_000))
    plain = [each._replace(item=each.item.id) for each in heard]
    assert [each._replace(item=each.item.id) for each in again] == plain
    other = listenings(library, SINCE, NOW, rows=30_000, seed=2)
    assert [each.item.id for each in islice(other, 100)] != [each.item.id for each in heard[:100]]


def test_each_listening_is_possible(heard):
    for each in heard:
        assert each.began_ms <= each.ended_ms <= each.noted_ms
        assert each.ms_played >= 0
        assert each.paused_ms >= 0
        if each.is_late:
            assert each.reason_end in CLOSED
            assert each.noted_ms - each.ended_ms <= 58 * 86_400_000
    same = [
        (before, after)
        for before, after in pairwise(sorted(heard, key=lambda each: each.began_ms))
        if before.item is after.item and after.ms_played
    ]
    assert len(same) > 300
    assert all(after.began_ms - before.began_ms >= before.ms_played - 1100 for before, after in same)


def test_the_tracks_are_mostly_the_librarys(library, heard):
    tracks = [each.item for each in heard if each.item.kind == "track"]
    known = [item for item in tracks if item.id in library.tracks]
    other_ids = [item for item in tracks if item.known_as]
    outside = [item for item in tracks if item.id not in library.tracks and not item.known_as]
    assert len(known) > len(tracks) / 2
    assert 0.05 < len({item.id for item in other_ids}) / len({item.id for item in tracks}) < 0.15
    assert 0.05 < len(outside) / len(tracks) < 0.4
    for item in other_ids:
        assert item.id not in library.tracks
        assert library.tracks[item.known_as].isrc == item.isrc
        assert library.tracks[item.known_as].name == item.name
    isrcs = {track.isrc for track in library.tracks.values()}
    assert not [item for item in outside if item.isrc in isrcs]


def test_the_artist_is_the_albums(library):
    repertoire = Repertoire(library, 1)
    guests = 0
    for track in library.tracks.values():
        album = library.albums[track.album_id]
        item = repertoire.by_id[track.id]
        assert item.artist == library.artists[album.artist_ids[0]].name
        assert item.album == album.name
        guests += library.artists[track.artist_ids[0]].name != item.artist
    assert guests


def test_days_and_hours_are_the_listeners(heard):
    hours = Counter(each.began.astimezone(BERLIN).hour for each in heard)
    assert sum(hours[hour] for hour in range(1, 6)) < len(heard) * 0.05
    assert sum(hours[hour] for hour in range(17, 23)) > len(heard) * 0.35
    workday, day_off = Counter(), Counter()
    for each in heard:
        at = each.began.astimezone(BERLIN)
        (workday if at.weekday() < 5 else day_off)[at.hour] += 1
    assert workday[7] / workday.total() > 2 * day_off[7] / day_off.total()


def test_another_time_zone_shifts_the_day(library):
    def night(zone):
        habits = Habits(time_zone=zone)
        found = listenings(library, SINCE, NOW, rows=5000, habits=habits, with_plays=False)
        hours = Counter(each.began.astimezone(ZoneInfo(zone)).hour for each in found)
        return sum(hours[hour] for hour in range(2, 6)) / hours.total()

    assert night("America/New_York") < 0.05
    assert night("Asia/Kolkata") < 0.05


def test_the_machines_time_zone_changes_nothing(library, heard, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        again = list(islice(listenings(library, SINCE, NOW, rows=30_000), 300))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [each.began_ms for each in again] == [each.began_ms for each in heard[:300]]


def test_years_without_any_pause_are_not_believable(heard):
    days = sorted({each.began.astimezone(BERLIN).date() for each in heard})
    gaps = [(after - before).days for before, after in pairwise(days)]
    assert sum(gap >= 6 for gap in gaps) >= 8
    assert max(gaps) < 60
    rows = Counter(each.began.year for each in heard)
    assert rows[2025] > 1.3 * rows[2019]


def test_phases_comebacks_and_seasons(heard):
    by_artist = defaultdict(Counter)
    for each in heard:
        if each.item.kind == "track" and not each.play:
            by_artist[each.item.artist][(each.began.year - 2018) * 12 + each.began.month] += 1
    phases = comebacks = 0
    for months in by_artist.values():
        high = [month for month, count in months.items() if count >= 25]
        phases += bool(high)
        comebacks += any(after - before > 20 for before, after in pairwise(sorted(high)))
    assert phases > 10
    assert comebacks >= 2
    months = defaultdict(Counter)
    for each in heard:
        months[each.item.id][each.began.month] += 1
    seasonal = [c for c in months.values() if c.total() >= 20 and c[12] > 0.5 * c.total()]
    assert len(seasonal) >= 5


def test_albums_loops_discoveries_and_skips(heard):
    in_order, loops, run = 0, 0, 1
    for before, after in pairwise(heard):
        run = run + 1 if after.item is before.item else 1
        loops += run == 5
        in_order += (
            not after.shuffle and after.item.album == before.item.album and after.item is not before.item
        )
    assert loops > 10
    assert in_order > 1000
    assert 0.1 < sum(each.is_skipped for each in heard) / len(heard) < 0.3
    early = {each.item.id for each in of_years(heard, 2018, 2019)}
    late = {each.item.id for each in of_years(heard, 2026)}
    assert len(late - early) > 200
    assert len(late & early) > 50


def test_rows_that_exports_have(heard):
    """Shares of real files, within what is sensible for so few rows."""
    total = len(heard)
    seconds = Counter(each.noted_ms // SECOND for each in heard)
    assert 0.008 < sum(n for n in seconds.values() if n > 1) / total < 0.24
    assert 0.005 < sum(each.ms_played == 0 for each in heard) / total < 0.03
    in_order = sorted(heard, key=lambda each: each.began_ms)
    overlaps = [before.ended_ms - after.began_ms for before, after in pairwise(in_order)]
    assert 0.01 < sum(overlap > SECOND for overlap in overlaps) / total < 0.06
    assert 0.001 < sum(overlap > 60 * SECOND for overlap in overlaps) / total < 0.02
    split = [
        (before, after)
        for before, after in pairwise(in_order)
        if after.continues and before.reason_end == "logout" and after.reason_start == "appload"
    ]
    assert len(split) > 100
    assert all(before.item is after.item for before, after in split)
    twins = [(each.noted_ms // SECOND, each.item.id) for each in heard]
    assert len(twins) - len(set(twins)) > 10
    assert any(each.ms_played > each.item.duration_ms for each in heard if each.item.kind == "track")
    kinds = Counter(each.item.kind for each in heard)
    assert kinds["episode"] > kinds["chapter"] > 20
    assert kinds["nothing"] > 5
    assert any(each.is_copy for each in heard)
    assert any(each.is_video for each in heard)
    assert any(each.offline for each in heard)
    assert any(each.incognito for each in heard)


def peak_of(work):
    tracemalloc.start()
    try:
        for _ in work():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow(5)
def test_memory_does_not_grow_with_the_number_of_rows():
    """Beyond what there is to hear: each track's text is kept, so the library is a small one."""
    library = generate(liked=40, albums=6, plays=60, playlists=2, now=NOW)
    form = replace(FORMS["2025"], file_bytes=300_000)
    since = NOW - timedelta(days=4 * 365)

    def files(rows):
        return lambda: extended_history(listenings(library, since, NOW, rows=rows), form)

    few, many = peak_of(files(6000)), peak_of(files(22_000))
    assert (many - few) / 16_000 < 100, "bytes that one more row costs, of some 800 that it is long"
