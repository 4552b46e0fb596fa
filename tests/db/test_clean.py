"""The daily cleaning: checklist S1-41; case 31."""

import re
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from tests.clock import FakeClock
from utils.database.statements import QUERIES, statement_names
from utils.mirror.catalogue import save_catalogue
from utils.spotify.payloads import parse_track

SCRIPT = "db.clean"
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATELY = datetime.now(UTC) - timedelta(days=89)
LONG_AGO = datetime.now(UTC) - timedelta(days=91)
CATALOGUE = (
    *("tracks", "track_artists", "track_availability", "albums", "album_tracks", "album_artists", "artists"),
)


@pytest.fixture
def world(small_world):
    return small_world()


def ids(rows, kind):
    return {value for (value,) in rows.do(f"SELECT {kind}_id FROM {kind}s")}


def test_what_nothing_points_to_goes(world, rows):
    rows.track("a", artists=("x", "y"), album="al")
    rows.add("album_artists", album_id="al", position=0, artist_id="x")
    rows.track("b")
    rows.add("track_availability", market="NL", track_id="a", is_playable=True, checked_at=T0)
    replacement = {"replacement_id": None, "found_by": "search", "checked_at": T0}
    rows.add("track_replacements", market="NL", track_id="a", **replacement)
    rows.add("albums", album_id="alone")
    rows.add("artists", artist_id="alone")
    outcome = world.run(SCRIPT)
    assert (outcome.status, outcome.requests) == ("done", 0)
    assert outcome.tally.removed_items == 2 + 2 + 3
    assert [rows.do(f"SELECT count(*) FROM {table}") for table in CATALOGUE] == [[(0,)]] * len(CATALOGUE)


def test_what_left_the_library_long_ago_goes_and_its_events_stay(world, rows):
    """Checklist S1-41: not liked, not in albums. After 90 days nobody is likely to want it back."""
    for track_id, removed_at in (("old", LONG_AGO), ("new", LATELY), ("both", LONG_AGO)):
        rows.track(track_id, artists=(f"x_{track_id}",), album=f"al_{track_id}")
        rows.add("album_artists", album_id=f"al_{track_id}", position=0, artist_id=f"x_{track_id}")
        rows.add("liked_tracks", user_id="u", track_id=track_id, liked_at=T0, removed_at=removed_at)
        rows.add("saved_albums", user_id="u", album_id=f"al_{track_id}", added_at=T0, removed_at=removed_at)
        follow = {"artist_id": f"x_{track_id}", "first_seen_at": T0, "removed_at": removed_at}
        rows.add("followed_artists", user_id="u", **follow)
    rows.play("both", T0)
    events = rows.do("SELECT event, item_id FROM library_events ORDER BY 1, 2")
    assert world.run(SCRIPT).tally.removed_items == 3
    assert ids(rows, "track") == {"new", "both"}
    assert ids(rows, "album") == {"al_new", "al_both"}
    assert ids(rows, "artist") == {"x_new", "x_both"}
    assert rows.do("SELECT count(*) FROM liked_tracks WHERE track_id = 'old'") == [(0,)]
    assert rows.do("SELECT event, item_id FROM library_events ORDER BY 1, 2") == events


def liked(rows):
    rows.add("liked_tracks", user_id="u", track_id="a", liked_at=T0)


def unliked(rows):
    rows.add("liked_tracks", user_id="u", track_id="a", liked_at=T0, removed_at=LATELY)


def saved(rows):
    rows.add("saved_albums", user_id="u", album_id="al", added_at=T0)


def played(rows):
    rows.play("a", T0)


def listed(rows):
    rows.playlist("p", "a", owner_id="friend")


def staged(rows):
    rows.playlist("p")
    rows.add(
        "playlist_items_staged", user_id="u", playlist_id="p", position=0, item_type="track", track_id="a"
    )


def once_listed(rows):
    rows.playlist("p")
    history = {"item_uri": "spotify:track:a", "first_seen_at": T0, "removed_at": LATELY}
    rows.add("playlist_item_history", user_id="u", playlist_id="p", **history)


def on_top(rows):
    key = {
        "user_id": "u",
        "item_type": "track",
        "time_range": "long_term",
        "captured_on": T0.date(),
        "rank": 1,
    }
    rows.add("top_items", **key, item_id="a")


def excluded(rows):
    rows.add("excluded_tracks", user_id="u", track_id="a", excluded_at=T0)


def replacing(rows):
    rows.track("old")
    rows.add("liked_tracks", user_id="u", track_id="old", liked_at=T0)
    values = {"replacement_id": "a", "found_by": "library", "checked_at": T0}
    rows.add("track_replacements", market="NL", track_id="old", **values)


def of_a_followed_artist(rows):
    rows.add("followed_artists", user_id="u", artist_id="x", first_seen_at=T0)


POINTERS = (
    liked, unliked, saved, played, listed, staged, once_listed, on_top, excluded, replacing, of_a_followed_artist,
)  # fmt: skip


@pytest.mark.parametrize("point", POINTERS, ids=lambda point: point.__name__)
def test_what_something_points_to_stays_with_its_album_and_artists(world, rows, written, point):
    """A NULL where an id may stand hides nothing and saves nothing (case 31)."""
    rows.track("a", artists=("x", "y"), album="al")
    rows.add("album_artists", album_id="al", position=0, artist_id="x")
    rows.play(None, T0 - timedelta(days=1), track_name="gone")
    rows.playlist("nulls")
    rows.entry("nulls", item_type="unknown")
    rows.track("orphan", artists=("z",), album=None)
    point(rows)
    world.run(SCRIPT)
    assert ids(rows, "track") >= {"a"}
    assert "orphan" not in ids(rows, "track")
    assert (ids(rows, "album"), ids(rows, "artist")) == ({"al"}, {"x", "y"})
    before = written(world, CATALOGUE)
    assert world.run(SCRIPT).tally.removed_items == 0
    assert written(world, CATALOGUE) == before


def test_what_left_its_list_long_ago_goes_and_the_history_keeps_its_name(world, rows):
    rows.playlist("p")
    for track_id, removed_at in (("old", LONG_AGO), ("new", LATELY), ("there", None), ("back", LONG_AGO)):
        rows.track(track_id)
        entry = {"item_uri": f"spotify:track:{track_id}", "first_seen_at": T0, "removed_at": removed_at}
        rows.add(
            "playlist_item_history", user_id="u", playlist_id="p", name=track_id, artists="A, B", **entry
        )
    rows.do(
        "UPDATE playlist_item_history SET first_seen_at = first_seen_at - interval '1 day' WHERE name = 'back'"
    )
    again = {"item_uri": "spotify:track:back", "first_seen_at": T0}
    rows.add("playlist_item_history", user_id="u", playlist_id="p", **again)
    history = rows.do("SELECT * FROM playlist_item_history ORDER BY item_uri, first_seen_at")
    assert world.run(SCRIPT).tally.removed_items == 1
    assert ids(rows, "track") == {"new", "there", "back"}
    assert rows.do("SELECT * FROM playlist_item_history ORDER BY item_uri, first_seen_at") == history


def test_the_entries_of_a_list_go_long_after_it_was_removed(world, rows):
    """Its history ends when the list was removed; a list that comes back is read anew."""
    version = {"snapshot_id": "s", "items_snapshot_id": "s", "image_url": "url"}
    for number, removed_at in enumerate((LONG_AGO, LATELY, None)):
        rows.track(f"t{number}")
        rows.playlist(f"p{number}", f"t{number}", owner_id="friend", removed_at=removed_at, **version)
        key = {"user_id": "u", "playlist_id": f"p{number}"}
        rows.add("playlist_items_staged", **key, position=0, item_type="track")
        entry = {"item_uri": f"spotify:track:t{number}", "first_seen_at": T0}
        rows.add("playlist_item_history", **key, name=f"t{number}", **entry)
    assert world.run(SCRIPT).tally.removed_items == 1 + 1
    assert ids(rows, "track") == {"t1", "t2"}
    for table in ("playlist_items", "playlist_items_staged"):
        assert rows.do(f"SELECT playlist_id FROM {table} ORDER BY 1") == [("p1",), ("p2",)]
    sql = "SELECT name, removed_at FROM playlist_item_history ORDER BY name"
    assert rows.do(sql) == [("t0", LONG_AGO), ("t1", None), ("t2", None)]
    sql = "SELECT items_snapshot_id, image_url FROM playlists ORDER BY playlist_id"
    assert rows.do(sql) == [(None, None), ("s", "url"), ("s", "url")]
    assert world.run(SCRIPT).tally.removed_items == 0


def test_a_replacement_goes_with_what_it_replaces(world, rows):
    """Also where two replace each other, and where what is replaced stays for another reason."""
    for track_id in ("gone", "instead", "one", "other", "played", "stays", "its own"):
        rows.track(track_id)
    pairs = (
        ("gone", "instead"),
        ("one", "other"),
        ("other", "one"),
        ("played", "stays"),
        ("stays", "its own"),
    )
    for track_id, replacement_id in pairs:
        values = {"replacement_id": replacement_id, "found_by": "search", "checked_at": T0}
        rows.add("track_replacements", market="NL", track_id=track_id, **values)
    rows.play("played", T0)
    assert world.run(SCRIPT).tally.removed_items == 5
    assert ids(rows, "track") == {"played", "stays"}
    sql = "SELECT track_id, replacement_id FROM track_replacements"
    assert rows.do(sql) == [("played", "stays")]


@pytest.mark.slow(3)
def test_of_a_library_emptied_long_ago_only_what_else_needs_it_is_left(make_world):
    """Plays, top lists and exclusions are for ever; of everything else the names that were in the lists."""
    world = make_world(liked=60, albums=8, plays=30, playlists=8, followed=10, odd=False)
    world.extra["SPOTIFY_MARKET"] = "NL"
    for script in (
        "track_plays",
        "sync_liked_tracks",
        "sync_saved_albums",
        "sync_album_tracks",
        "sync_followed_artists",
        "sync_playlists",
        "sync_top_items",
        "check_track_availability",
        "materialized_views",
    ):
        assert world.run(f"api_syncs.{script}").status == "done"
    world.change(
        "INSERT INTO app_settings (user_id, key, value) "
        "SELECT user_id, 'spotify.remove_unfollowed_playlists', 'true' FROM users"
    )
    world.change(
        "INSERT INTO excluded_tracks SELECT user_id, min(track_id), now() FROM liked_tracks GROUP BY user_id"
    )
    listed = "SELECT playlist_id, item_uri, name, artists FROM playlist_item_history ORDER BY 1, 2"
    before = world.rows(listed)
    shown = """
        SELECT DISTINCT i.playlist_id, i.item_uri, i.name, array_to_string(c.artists, ', ')
        FROM playlist_items AS i LEFT JOIN track_catalogue AS c USING (track_id) WHERE item_uri IS NOT NULL ORDER BY 1, 2"""
    assert before == world.rows(shown)
    with world.sim.edit() as library:
        for track_id in list(library.liked_rows()):
            library.unlike(track_id)
        for album_id in list(library.saved_album_rows()):
            library.unsave_album(album_id)
        for artist_id in list(library.followed):
            library.unfollow(artist_id)
        own = [p for p in library.user_playlists if library.may_read_items(p) and library.playlists[p].items]
        for playlist_id in own[1::2]:
            library.unfollow_playlist(playlist_id)
        for playlist_id in own[::2]:
            uris = [item.uri for item in library.playlists[playlist_id].items]
            library.playlist_remove(playlist_id, uris)
    assert len(own) > 1
    emptied = ("sync_liked_tracks_full", "sync_saved_albums", "sync_followed_artists", "sync_playlists")
    for script in (*emptied, *emptied):  # a large drop is said first, and believed where it is asked for then
        assert world.run(f"api_syncs.{script}").status == "done"
    clock = FakeClock(datetime.now(UTC))
    clock.pass_time(days=80)
    assert world.run(SCRIPT, clock=clock).tally.removed_items == 0
    clock.pass_time(days=20)
    assert world.run(SCRIPT, clock=clock).status == "done"
    needed = """
        SELECT track_id FROM played_tracks UNION SELECT track_id FROM excluded_tracks
        UNION SELECT item_id FROM top_items WHERE item_type = 'track'"""
    left = {track_id for (track_id,) in world.rows("SELECT track_id FROM tracks")}
    assert left == {track_id for (track_id,) in world.rows(needed)} & left
    assert world.rows("SELECT count(*) FROM albums WHERE album_id NOT IN (SELECT album_id FROM tracks)") == [
        (0,)
    ]
    assert world.rows(listed) == before
    assert world.rows("SELECT count(*) FROM playlist_item_history WHERE removed_at IS NULL") == [(0,)]
    assert world.run(SCRIPT, clock=clock).status == "done"
    assert {track_id for (track_id,) in world.rows("SELECT track_id FROM tracks")} == left, "once is enough"


def test_albums_and_artists_without_tracks_stay_where_they_are_needed(world, rows):
    for album_id in ("saved", "followed", "orphan"):
        rows.add("albums", album_id=album_id)
    for artist_id in ("f", "top", "orphan"):
        rows.add("artists", artist_id=artist_id)
    rows.add("saved_albums", user_id="u", album_id="saved", added_at=T0, removed_at=LATELY)
    rows.add("album_artists", album_id="followed", position=0, artist_id="f")
    rows.add("album_artists", album_id="orphan", position=0, artist_id="orphan")
    rows.add("followed_artists", user_id="u", artist_id="f", first_seen_at=T0)
    key = {
        "user_id": "u",
        "item_type": "artist",
        "time_range": "long_term",
        "captured_on": T0.date(),
        "rank": 1,
    }
    rows.add("top_items", **key, item_id="top")
    world.run(SCRIPT)
    assert (ids(rows, "album"), ids(rows, "artist")) == ({"saved", "followed"}, {"f", "top"})


def test_a_copied_library_loses_nothing(make_world):
    world = make_world(liked=120, albums=10, plays=60, playlists=0)
    for script in (
        "track_plays",
        "sync_liked_tracks",
        "sync_saved_albums",
        "sync_album_tracks",
        "sync_top_items",
    ):
        world.run(f"api_syncs.{script}")
    world.change("INSERT INTO artists (artist_id) VALUES ('orphan')")
    assert world.run(SCRIPT).tally.removed_items == 1
    world.assert_library_equal()
    sql = "SELECT count(*) FROM top_items LEFT JOIN tracks ON track_id = item_id WHERE item_type = 'track' AND track_id IS NULL"
    assert world.rows(sql) == [(0,)]


def test_old_notes_go_and_young_ones_stay(world, rows):
    now = datetime.now(UTC)
    for days in (1, 89, 91):
        line = {"logged_at": now - timedelta(days=days), "source": "s", "level": "INFO", "message": str(days)}
        rows.add("logs", user_id="u", line_number=1, **line)
    for status, days in (("skipped", 29), ("skipped", 31), ("done", 400), ("paused", 400)):
        rows.do(
            "INSERT INTO sync_history (user_id, run_id, job, started_at, status) VALUES ('*', gen_random_uuid(), %s, %s, %s)",
            f"job{days}",
            now - timedelta(days=days),
            status,
        )
    assert world.run(SCRIPT).tally.removed_items == 2
    assert rows.do("SELECT message FROM logs WHERE source = 's' ORDER BY logged_at, line_number") == [
        ("89",),
        ("1",),
    ]
    runs = rows.do("SELECT job, status FROM sync_history WHERE job LIKE %s ORDER BY 1, 2", "job%")
    assert runs == [("job29", "skipped"), ("job400", "done"), ("job400", "paused")]


@pytest.mark.parametrize("name", ["a", "new"])
def test_a_track_that_is_being_liked_is_not_taken_away(world, rows, dsn, name):
    """The sync writes the track first, or finds that it is there, and the like in the same transaction."""
    rows.track("a")
    with closing(psycopg2.connect(dsn)) as other:
        with other.cursor() as cursor:
            counts = save_catalogue(cursor, [parse_track({"id": "a", "name": name})], [], T0)
            assert counts.unchanged == (name == "a")
            outcomes = []
            thread = threading.Thread(target=lambda: outcomes.append(world.run(SCRIPT)))
            thread.start()
            sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
            while thread.is_alive() and rows.do(sql, "%LOCK TABLE tracks%") == [(0,)]:
                pass
            cursor.execute("INSERT INTO liked_tracks VALUES ('u', 'a', now())")
        other.commit()
        thread.join()
    assert [outcome.status for outcome in outcomes] == ["done"]
    assert ids(rows, "track") == {"a"}


def test_whatever_a_library_points_to_is_cleaned(rows):
    """Tables of things that listeners have, each with a statement that says when a thing is an orphan."""
    things = rows.do("""
        SELECT DISTINCT f.confrelid::regclass::text
        FROM pg_constraint AS f
        JOIN pg_attribute AS u ON u.attrelid = f.conrelid AND u.attname = 'user_id'
        WHERE f.contype = 'f' AND f.confrelid <> 'users'::regclass AND NOT EXISTS (
            SELECT FROM pg_attribute AS o WHERE o.attrelid = f.confrelid AND o.attname = 'user_id')
    """)
    assert {name for (name,) in things} >= {"tracks", "albums", "artists"}
    assert [name for (name,) in things if f"clean.{name}" not in statement_names()] == []


def test_not_in_is_used_nowhere():
    """Case 31: one NULL in its list, and it matches nothing."""
    for path in QUERIES.glob("*.sql"):
        assert not re.search(r"\bNOT\s+IN\b", path.read_text(encoding="utf-8"), re.IGNORECASE), path.name
