"""One meaning of null, of bad, and of too much; checkpoints that go with their rows, and are typed."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from api_syncs.album_pages import AlbumTracksState
from api_syncs.availability_pass import AvailabilityState
from api_syncs.playlist_items import ItemsState
from api_syncs.sync_artist_albums import ArtistAlbumsState
from api_syncs.sync_exclusions import ExclusionsState
from api_syncs.sync_top_items import TopState
from tests.clock import FakeClock
from utils import ROOT
from utils.clock import Clock
from utils.errors import PayloadError, SchemaError, Status
from utils.mirror.collection import CollectionState
from utils.mirror.listing import ListingState
from utils.mirror.pass_state import PassState, from_json
from utils.mirror.passes import Pass
from utils.mirror.reading import Reader
from utils.spotify.payloads import BadItemError, Page

NOW = datetime(2026, 11, 21, 12, 34, 56, tzinfo=UTC)


class SetClock(Clock):
    """A clock that stands still."""

    moment = NOW

    def now(self):
        return self.moment


@dataclass
class Memory(PassState):
    """What the passes of these tests remember."""

    album_id: str | None = None
    day: date | None = None
    moment: datetime | None = None
    names: list[str] = field(default_factory=list)
    is_whole: bool = True

    def kept(self):
        return Memory(day=self.day)


def parse(item):
    """`{"id": …}` is read, `{"nothing": …}` says nothing, `{"place": …}` is bad and has a stand-in, the rest is bad."""
    if "nothing" in item:
        return None
    if "place" in item:
        raise BadItemError("no id", item["place"])
    if "id" not in item:
        raise BadItemError("no id")
    return item["id"]


def good(number):
    return [{"id": str(n)} for n in range(number)]


def bad(number):
    return [{} for _ in range(number)]


# Reading


def test_null_entries_are_spotifys_way_and_bad_ones_are_skipped_and_counted(make_run):
    reader = Reader(make_run())
    reading = reader.read([{"id": "a"}, None, {}, {"nothing": 1}, {"id": "b"}], parse)
    assert reading.numbered == [(0, "a"), (4, "b")]
    assert reading.entries == ["a", "b"]
    assert (reading.bad, reader.bad, reader.good, reader.run.tally.bad_items) == (1, 1, 2, 1)
    reader.check_readable()


def test_where_places_count_a_stand_in_keeps_that_of_a_bad_item(make_run):
    reader = Reader(make_run())
    reading = reader.read([{"id": "a"}, {"place": "?"}, {"id": "b"}], parse)
    assert reading.numbered == [(0, "a"), (1, "?"), (2, "b")]
    assert (reading.bad, reader.good) == (1, 2)


@pytest.mark.parametrize(
    ("pages", "is_too_much"),
    [
        ([good(95) + bad(5)], False),
        ([good(94) + bad(6)], True),
        ([good(50), good(45) + bad(5)], False),
        ([good(3) + bad(1)], False),  # one alone
        ([good(3) + bad(2)], True),
        ([bad(1)], True),  # there is nothing else
        ([good(500), bad(2)], True),  # nothing on a page could be read
        ([good(500), bad(1)], False),
        ([good(500), [*bad(2), None]], True),
        ([[None, None]], False),
        ([[]], False),
        ([], False),
    ],
)
def test_how_much_is_too_much(make_run, pages, is_too_much):
    reader = Reader(make_run())
    for page in pages:
        reader.read(page, parse)
    if is_too_much:
        with pytest.raises(PayloadError, match="could not be read"):
            reader.check_readable()
    else:
        reader.check_readable()


def test_it_is_said_as_soon_as_it_is_sure(make_run):
    reader = Reader(make_run())
    reader.read(good(40) + bad(10), parse)
    reader.check_readable(expected=200)
    reader.read(good(40) + bad(1), parse)
    with pytest.raises(PayloadError, match="11 of 200"):
        reader.check_readable(expected=200)


# Checkpoints


def test_a_pass_goes_on_where_an_earlier_run_was(make_run):
    first = Pass(make_run(), "things", Memory)
    assert (first.phase, first.offset, first.is_complete, first.state) == ("initial", 0, False, Memory())
    first.read([*good(3), {}], parse)
    with first.batch():
        first.offset, first.total = 50, 430
        first.state = Memory(album_id="ü", day=date(2026, 1, 2), moment=NOW, names=["x"], is_whole=False)
    again = Pass(make_run(), "things", Memory)
    assert (again.offset, again.total, again.good, again.bad) == (50, 430, 3, 1)
    assert again.started_at == first.started_at
    assert again.state == Memory(
        bad=1, album_id="ü", day=date(2026, 1, 2), moment=NOW, names=["x"], is_whole=False
    )


def test_bad_items_count_across_kills(make_run):
    first = Pass(make_run(), "things", Memory)
    first.read(good(30) + bad(2), parse)
    with first.batch():
        first.offset = 32
    second = Pass(make_run(), "things", Memory)
    second.read(good(5), parse)
    with pytest.raises(PayloadError, match="2 of 37"), second.last_batch():
        raise AssertionError("nothing is finished")


def test_a_lost_page_counts_across_kills(make_run):
    first = Pass(make_run(), "things", Memory)
    first.read(bad(2), parse)
    with first.batch():
        first.offset = 50
    second = Pass(make_run(), "things", Memory)
    second.read(good(500), parse)
    with pytest.raises(PayloadError):
        second.check_readable()


def test_a_batch_that_fails_leaves_the_checkpoint_alone(make_run):
    reading = Pass(make_run(), "things", Memory)
    with suppress(ZeroDivisionError), reading.batch():
        reading.offset = 50
        _ = 1 / 0
    assert Pass(make_run(), "things", Memory).offset == 0
    assert reading.run.tally.batch_number == 0


def test_where_too_much_could_not_be_read_the_next_run_begins_anew(make_run, ask):
    reading = Pass(make_run(), "things", Memory)
    reading.read(good(3) + bad(3), parse)
    with reading.batch():
        reading.offset = 50
        reading.state.day = date(2026, 1, 2)
        reading.state.album_id = "a"
    with pytest.raises(PayloadError), reading.last_batch():
        raise AssertionError("nothing is finished")
    again = Pass(make_run(), "things", Memory)
    assert (again.offset, again.good, again.bad, again.is_complete) == (0, 0, 0, False)
    assert again.state == Memory(day=date(2026, 1, 2)), "what `kept` says is still known"
    assert ask("SELECT phase, completed_at FROM sync_state") == [("initial", None)]


def test_when_the_last_pass_was_completed_is_not_forgotten_during_the_next(make_run, ask):
    clock = SetClock()
    for days in (0, 1):
        clock.moment = NOW + timedelta(days=days)
        reading = Pass(make_run(clock=clock), "things", Memory)
        reading.begin(Memory())
        with reading.last_batch():
            pass
    reading = Pass(make_run(clock=clock), "things", Memory)
    reading.begin(Memory())
    with reading.batch():
        reading.offset = 1
    assert ask("SELECT phase, status, completed_at FROM sync_state ORDER BY phase") == [
        ("incremental", "running", NOW + timedelta(days=1)),
        ("initial", "complete", NOW),
    ]


def test_the_incremental_checkpoint_counts_in_whatever_order_the_rows_lie(make_run):
    first = Pass(make_run(), "things", Memory)
    with first.last_batch():
        first.offset = 10
    second = Pass(make_run(), "things", Memory)
    second.begin(Memory())
    with second.batch():
        second.offset = 20
    run = make_run()
    with run.transaction() as cursor:  # as the planner does it, once the table has been analyzed
        cursor.execute("SET enable_indexscan = off")
        cursor.execute("SET enable_indexonlyscan = off")
        cursor.execute("SET enable_bitmapscan = off")
    reading = Pass(run, "things", Memory)
    assert (reading.phase, reading.offset) == ("incremental", 20)


def test_passes_of_two_kinds_and_two_listeners_do_not_mix(make_run):
    for user_id, offset in (("u", 50), ("v", 60)):
        reading = Pass(make_run(user_id), "things", Memory)
        with reading.batch():
            reading.offset = offset
    assert Pass(make_run("u"), "things", Memory).offset == 50
    assert Pass(make_run("v"), "things", Memory).offset == 60
    assert Pass(make_run("u"), "others", Memory).offset == 0


def test_ids_met_are_kept_until_the_pass_ends(make_run, ask):
    sql = "SELECT item_id FROM sync_seen ORDER BY 1"
    first = Pass(make_run(), "things", Memory, keeps_seen=True)
    for offset, item_id in ((1, "a"), (2, "b")):
        with first.batch() as batch:
            batch.met = [item_id]
            first.offset = offset
    assert ask(sql) == [("a",), ("b",)]
    second = Pass(make_run(), "things", Memory, keeps_seen=True)
    second.begin(Memory())
    with second.batch() as batch:
        batch.met = ["c"]
        second.offset = 1
    assert ask(sql) == [("c",)], "a pass that begins anew has met nothing"
    with second.last_batch():
        pass
    assert ask(sql) == []


def test_why_a_pass_has_not_gone_on_is_noted_with_it(make_run, ask):
    run = make_run()
    reading = Pass(run, "things", Memory)
    with reading.batch():
        reading.offset = 50
    [note] = run._attempt.unfinished
    run.journal.run(note(Status.PAUSED, "a reason"))
    assert ask("SELECT status, error_message FROM sync_state") == [("paused", "a reason")]


# What is remembered


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"album": "a"}, "things holds what this version does not know: album"),
        ({"album_id": 5}, "things.album_id is 5"),
        ({"bad": True}, "things.bad is True"),
        ({"bad": "3"}, "things.bad is '3'"),
        ({"is_whole": 1}, "things.is_whole is 1"),
        ({"names": "abc"}, "things.names is 'abc'"),
        ({"day": "soon"}, "things.day is 'soon'"),
    ],
)
def test_what_is_stored_and_cannot_be_is_named(stored, words):
    with pytest.raises(SchemaError) as caught:
        from_json(Memory, stored, "things")
    assert words in str(caught.value)
    assert caught.value.remedy


OLD = {
    ("liked_tracks", CollectionState): {
        "to_the_end": True,
        "all_read": False,
        "is_consistent": True,
        "bad": 1,
        "surplus": 2,
        "last_full_at": "2026-11-01T07:08:09.123456+00:00",
    },
    ("followed_artists", ListingState): {
        "last_count": [60, 60],
        "following": "4iV5W9uYEdYUVa79Axb7Rh",
        "all_read": False,
        "count": [50, 60],
    },
    ("playlists", ListingState): {
        "last_count": None,
        "following": None,
        "all_read": True,
        "count": [6, 6],
    },
    ("playlist_items", ItemsState): {"playlist_id": "p", "snapshot_id": "s", "all_read": False},
    ("album_tracks", AlbumTracksState): {"album_id": "a", "offset": 100},
    ("artist_albums", ArtistAlbumsState): {"artist_id": "a", "total": 30, "is_readable": True, "offset": 20},
    ("availability", AvailabilityState): {"market": "NL", "phase": "album_tracks", "album_id": "a"},
    ("exclusions", ExclusionsState): {"snapshot_id": "s", "unreadable": 0},
    ("top_items", TopState): {"captured_on": "2026-11-01"},
}


@pytest.mark.parametrize("is_complete", [True, False])
@pytest.mark.parametrize(("entity_type", "kind"), OLD)
def test_what_the_first_release_has_stored_can_be_read(connection, make_run, entity_type, kind, is_complete):
    """Its rows, brought up to date by the migration, go on or begin anew; none is refused."""
    make_run()
    migration = ROOT / "db" / "migrations" / "0013_forget_keys_of_checkpoints.sql"
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sync_state (user_id, entity_type, phase, last_synced_offset, cursor, items_processed, status,"
            " is_complete, started_at, last_updated_at) "
            "VALUES ('u', %s, 'initial', 50, %s, 50, 'running', %s, now(), now())",
            (entity_type, json.dumps(OLD[entity_type, kind]), is_complete),
        )
        cursor.execute(migration.read_text(encoding="utf-8"))
    reading = Pass(make_run(), entity_type, kind)
    if is_complete or entity_type not in ("exclusions", "top_items"):
        assert reading.offset == 50
    else:
        assert (reading.offset, reading.state) == (0, kind())


# Trouble while a batch is written


@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_a_page_that_somebody_got_in_the_way_of_is_written_again_as_it_was(make_run, ask, code):
    run = make_run(clock=FakeClock())
    reading = Pass(run, "things", Memory, keeps_seen=True)
    writes = []

    def write(batch, _page, found):
        writes.append((reading.offset, list(reading.state.names)))
        batch.met = found.entries
        reading.offset += 2
        reading.state.names += found.entries
        if len(writes) == 1:
            batch.cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")

    reading.take([Page(good(2), 4, has_next=True)], parse, write)
    assert writes == [(0, []), (0, [])]
    assert (reading.offset, reading.state.names, reading.good) == (2, ["0", "1"], 2)
    assert (run.tally.batch_number, run.tally.checkpoint_offset) == (1, 2)
    assert ask("SELECT last_synced_offset FROM sync_state WHERE entity_type = 'things'") == [(2,)]
    assert ask("SELECT count(*) FROM sync_seen") == [(2,)]
