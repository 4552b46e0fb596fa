"""The extended history: one test for each trap of the real files, by its number, and what never comes out."""

import io
import json
import subprocess
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.utils.history.conftest import (
    EPISODE,
    NOW,
    PERSONAL,
    SHOW,
    TRACK,
    account,
    blank,
    extended,
    stream,
)
from utils.history.account import read_account
from utils.history.extended import read_extended
from utils.history.json_stream import items
from utils.history.refusals import BrokenFileError
from utils.history.rows import Aside, Listen, Precision, Reason, Stamp


def rows(*values):
    return list(read_extended(stream(list(values)), "a.json", NOW))


def one(value):
    (found,) = rows(value)
    return found


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_row_of_today_has_all_its_fields():
    assert one(extended()) == Listen(
        row_number=1,
        kind="track",
        stamped_at=at("2025-03-04 10:00"),
        stamp=Stamp.END,
        precision=Precision.SECOND,
        ended_at=at("2025-03-04 10:00"),
        began_at=at("2025-03-04 09:57"),
        ms_played=180_000,
        item_uri=TRACK,
        item_name="Song",
        artist_name="Artist",
        collection_name="Album",
        reason_start="trackdone",
        reason_end="trackdone",
        skipped=False,
        shuffle=False,
        offline=False,
        incognito_mode=False,
    )


def test_nothing_personal_comes_out():
    odd = [extended(), extended(ms_played=-1), extended(ts="x"), blank(), extended(spotify_track_uri=...)]
    said = repr(rows(*odd, "Smalltown", [*PERSONAL.values()]))
    assert [value for value in PERSONAL.values() if value in said] == []
    assert not set(PERSONAL) & {*Listen._fields, *Aside._fields}


def test_trap_1_podcasts_stand_between_songs():
    episode = blank(spotify_episode_uri=EPISODE, episode_name="Talk", episode_show_name="Show")
    found = rows(extended(), episode, extended())
    assert [each.kind for each in found] == ["track", "episode", "track"]
    assert found[1][8:12] == (EPISODE, "Talk", None, "Show")


def test_trap_2_a_chapter_of_an_audiobook_is_no_podcast():
    found = one(
        blank(
            audiobook_title="Book",
            audiobook_uri=SHOW,
            audiobook_chapter_uri=EPISODE,
            audiobook_chapter_title="One",
        )
    )
    assert found.kind == "audiobook"
    assert (found.item_uri, found.item_name, found.collection_name, found.collection_uri) == (
        EPISODE,
        "One",
        "Book",
        SHOW,
    )


def test_trap_3_a_row_without_content_is_set_aside():
    assert one(blank(ms_played=11_458)) == Aside(1, Reason.NO_CONTENT, at("2025-03-04 10:00"), 11_458)


def test_trap_4_a_row_of_2020_is_known_by_its_names():
    found = one(extended(spotify_track_uri=..., spotify_episode_uri=..., ts="2014-03-04T10:00:00Z"))
    assert (found.kind, found.item_uri, found.item_name, found.artist_name) == (
        "track",
        None,
        "Song",
        "Artist",
    )


def test_trap_5_null_is_unknown_and_not_false():
    found = one(extended(skipped=None, shuffle=..., offline="yes", incognito_mode=True))
    assert (found.skipped, found.shuffle, found.offline, found.incognito_mode) == (None, None, None, True)


@pytest.mark.parametrize(
    ("ms", "reason"),
    [
        *((0, None), (5_984_871, None), (180_000.0, None), (86_400_000, None)),
        *((-1, Reason.NEGATIVE), (86_400_001, Reason.TOO_LONG), (10**30, Reason.TOO_LONG)),
        *((None, Reason.NO_LENGTH), (True, Reason.NO_LENGTH), ("5", Reason.NO_LENGTH)),
        *((..., Reason.NO_LENGTH), (1.5, Reason.NO_LENGTH)),
    ],
)
def test_trap_6_what_can_be_a_length(ms, reason):
    found = one(extended(ms_played=ms))
    if reason is None:
        assert found.ms_played == ms
    else:
        assert found.reason == reason
        assert found.item_uri == TRACK


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_trap_7_the_result_is_the_same_in_every_zone(zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        night = extended(ts="2025-03-30T01:30:00Z", offline_timestamp=1743298020)
        assert one(night).ended_at.isoformat() == "2025-03-30T01:30:00+00:00"
        assert one(night).began_at.isoformat() == "2025-03-30T01:27:00+00:00"
        (minute,) = read_account(stream([account(endTime="2025-03-30 01:30")]), "b.json", NOW)
        assert minute.ended_at.isoformat() == "2025-03-30T01:30:00+00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_trap_8_a_moment_is_kept_in_utc_so_that_its_day_can_be_the_listeners():
    found = one(extended(ts="2025-01-01T04:30:00Z", offline_timestamp=None))
    assert found.ended_at == datetime(2024, 12, 31, 23, 30, tzinfo=UTC) + timedelta(hours=5)
    assert found.ended_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("reason", ["logout", "unexpected-exit", "unexpected-exit-while-paused"])
def test_trap_9_a_late_stamp_is_not_the_end_of_the_music(reason):
    late = extended(
        ts="2025-03-05T08:00:00Z",
        ms_played=90_000,
        reason_end=reason,
        offline_timestamp=int(at("2025-03-03 22:00").timestamp()),
    )
    found = one(late)
    assert found.ended_at == at("2025-03-03 22:01:30")
    assert found.stamped_at == at("2025-03-05 08:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"reason_end": "trackdone"},  # of other reasons the rest is a pause
        {"offline_timestamp": 0},
        {"offline_timestamp": None},
        {"offline_timestamp": int(at("2025-03-04 09:56:52").timestamp())},  # late by 8 s
    ],
)
def test_trap_9_otherwise_the_stamp_is_the_end(changes):
    early = int(at("2025-03-04 08:00").timestamp())
    found = one(extended(**{"reason_end": "logout", "offline_timestamp": early, **changes}))
    assert found.ended_at == found.stamped_at


def test_trap_10_rows_of_one_second_are_two():
    assert len(rows(extended(), extended(spotify_track_uri=TRACK[:-1] + "b", ms_played=400))) == 2


def test_trap_11_rows_of_one_second_and_track_are_two():
    found = rows(extended(ms_played=167_746), extended(ms_played=0, reason_end="endplay"))
    assert [(each.ms_played, each.reason_end) for each in found] == [
        (167_746, "trackdone"),
        (0, "endplay"),
    ]


def test_trap_12_equal_rows_come_out_each_with_its_number():
    first, second = rows(extended(), extended())
    assert first._replace(row_number=2) == second


def test_trap_13_and_14_rows_that_overlap_or_go_on_are_kept():
    halves = rows(
        extended(ms_played=120_000, reason_end="logout"),
        extended(ms_played=95_000, reason_start="appload", ts="2025-03-04T10:00:30Z"),
    )
    assert [each.ms_played for each in halves] == [120_000, 95_000]


def test_trap_17_reading_knows_no_network_and_no_database():
    code = (
        "import sys, utils.history.reading;"
        "sys.exit(any(name in sys.modules for name in ('requests', 'spotipy', 'psycopg2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "change",
    [
        *(
            lambda data: b"\xef\xbb\xbf" + data,
            lambda data: data.replace(b"\n", b"\r\n"),
            lambda data: data.replace(b"\n", b""),
            lambda data: data.replace(b'":', b'" :'),
            lambda data: b"\n\n " + data + b"\r\n\r\n",
            lambda data: data.replace(b'"ts"', b'" ts "'),
            lambda data: data.replace("ö".encode(), b"\\u00f6"),
        )
    ],
)
def test_trap_21_the_form_of_the_text_changes_nothing(change):
    plain = [extended(master_metadata_track_name="Söng"), extended(ms_played=3)]
    data = stream(plain).read()
    assert list(read_extended(io.BytesIO(change(data)), "a.json", NOW)) == rows(*plain)


def test_trap_25_every_row_becomes_exactly_one():
    odd = [extended(), blank(), None, 5, "x", [], {}, extended(ts=None), extended(ms_played="x"), [[]], True]
    found = rows(*odd)
    assert [each.row_number for each in found] == list(range(1, len(odd) + 1))
    assert sum(isinstance(each, Listen) for each in found) == 1


@pytest.mark.parametrize(
    ("ts", "reason"),
    [
        *(("2026-11-21T12:04:00Z", None), ("2006-05-01T00:00:00Z", None)),
        *(("2026-11-21T12:06:00Z", Reason.IN_THE_FUTURE), ("9999-12-31T23:59:59-01:00", Reason.NO_TIME)),
        *(("2005-12-31T00:00:00Z", Reason.TOO_OLD), ("0001-01-01T00:00:00Z", Reason.TOO_OLD)),
        *(("2025-02-30T00:00:00Z", Reason.NO_TIME), ("yesterday", Reason.NO_TIME), (None, Reason.NO_TIME)),
        *((1741082400, Reason.NO_TIME), (..., Reason.NO_TIME), ("2025-03-04", Reason.NO_TIME)),
        *(("2025-03-04T12:00:00+02:00", None), ("2025-03-04T10:00:00.123Z", None)),
    ],
)
def test_which_moments_can_be(ts, reason):
    assert getattr(one(extended(ts=ts)), "reason", None) == reason


@pytest.mark.parametrize(
    ("value", "began"),
    [
        *((1741082220, "2025-03-04 09:57"), (1741082220123, "2025-03-04 09:57:00.123")),
        *((1741082220.0, "2025-03-04 09:57"), (1741082404, "2025-03-04 10:00:04")),
        *((0, None), (None, None), (-5, None), ("1741082220", None), (True, None), (10**25, None)),
        *((1741082220123456, None), (1, None), (1741082999, None), (1641082220, None), (..., None)),
    ],
)
def test_the_unit_of_the_beginning_is_what_is_plausible(value, began):
    assert one(extended(offline_timestamp=value)).began_at == (began and at(began))


def test_names_that_postgresql_cannot_store():
    row = extended(
        master_metadata_track_name="a\x00b",
        master_metadata_album_artist_name="\ud800x",
        master_metadata_album_album_name="\x00",
        reason_start="",
    )
    (found,) = read_extended(io.BytesIO(json.dumps([row]).encode()), "a.json", NOW)
    assert (found.item_name, found.artist_name, found.collection_name) == ("ab", "?x", None)
    assert found.reason_start is None


def test_bytes_that_are_no_utf8_never_become_part_of_a_name():
    data = stream([extended(), extended()]).read().replace(b"Song", b"S\xe9ng", 1)
    with pytest.raises(BrokenFileError, match="it is not UTF-8 any more"):
        list(read_extended(io.BytesIO(data), "a.json", NOW))


@pytest.mark.parametrize(
    "found", ["spotify:local:a:b:c:1", "spotify:track:", "spotify:track:a b", 7, "x" * 999]
)
def test_a_uri_that_is_none_leaves_the_names(found):
    assert one(extended(spotify_track_uri=found))[8:10] == (None, "Song")


def test_an_episode_under_the_key_of_a_track_is_an_episode():
    assert one(extended(spotify_track_uri=EPISODE))[1::7][:2] == ("episode", EPISODE)


def test_a_fault_is_named_with_its_byte_behind_what_stood_before_it():
    data = stream([extended(master_metadata_track_name="Söng" * 100_000)] * 3).read()
    cut = data.rindex(b'"ms_played"')
    reading = read_extended(io.BytesIO(data[:cut] + b"}" + data[cut:]), "a.json", NOW)
    assert [next(reading).row_number, next(reading).row_number] == [1, 2]
    with pytest.raises(BrokenFileError, match=r"a\.json: it is not JSON .* at byte") as raised:
        next(reading)
    assert abs(raised.value.byte - cut) < 30


def test_a_value_without_end_is_given_up_at_a_bound():
    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size=-1):
            self.read_bytes += size
            return b"x" * size if self.read_bytes > size else b'["' + b"x" * (size - 2)

    endless = Endless()
    with pytest.raises(BrokenFileError, match="longer than any"):
        list(read_extended(endless, "a.json", NOW))
    assert endless.read_bytes < 2**26


@pytest.mark.parametrize(
    "end",
    [
        b"",
        b"[",
        b'[{"ts":',
        b"[1",
        b"[1,",
        b"[1]]",
        b"[1] x",
        b"[" * 99_999,
        b"{}",
        b"[1 2]",
        b"[1x" + b"y" * 10**6,
        b"[01]",
        b"[1.",
    ],
)
def test_a_broken_text_is_an_error_of_ours(end):
    with pytest.raises(BrokenFileError):
        list(read_extended(io.BytesIO(end), "a.json", NOW))


def test_a_file_of_any_size_is_read_in_little_memory(tmp_path):
    row = json.dumps(extended()).encode()
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.write(b"[" + row)
        for _ in range(40):
            file.write((b"," + row) * 1_000)
        file.write(b"]")
    tracemalloc.start()
    with path.open("rb") as opened:
        assert sum(1 for _ in read_extended(opened, "a.json", NOW)) == 40_001
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 10


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # of a busy machine
@given(st.dictionaries(st.sampled_from(sorted(extended())), JSON, max_size=6), st.booleans())
def test_whatever_stands_in_a_field_a_row_becomes_one_that_can_be_stored(changes, is_whole):
    (found,) = read_extended(
        io.BytesIO(json.dumps([extended(**changes) if is_whole else changes]).encode()), "a", NOW
    )
    for value in found:
        if isinstance(value, str):
            assert "\x00" not in value
            assert value.encode()
        elif isinstance(value, int):
            assert abs(value) < 2**31


@given(st.lists(st.text() | st.integers() | st.floats(allow_nan=False)), st.integers(1, 9))
def test_values_are_read_the_same_in_chunks_of_any_size(values, size):
    class Slow(io.BytesIO):
        def read(self, _=0):
            return super().read(size)

    assert (
        list(items(Slow(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")), "a"))
        == values
    )


@pytest.mark.parametrize("signs", ["{},", '"\\\\",', '"]\\"",', "[[{}]],"])
def test_a_row_longer_than_any_is_set_aside_without_being_made_a_value(signs):
    odd = [signs[:-1]] + [signs[:-1]] * (1_200_000 // len(signs))
    row = json.dumps(extended())
    data = f'[{row},{{"x":[{",".join(odd)}]}},{row}]'.encode()
    found = list(read_extended(io.BytesIO(data), "a.json", NOW))
    assert [each.row_number for each in found] == [1, 2, 3]
    assert [isinstance(each, Listen) for each in found] == [True, False, True]
    assert found[1].reason is Reason.TOO_LARGE
