"""Jobs at once that write the same rows of the catalogue wait for each other, and never both: all lock in one order."""

import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import psycopg2
import pytest

from api_syncs.run_all import run_chain
from tests.connections import PATIENCE_S
from utils.database.rows import upsert
from utils.database.statements import statement
from utils.database.tables import Album, Artist
from utils.job.declaration import Options

CHECK = "api_syncs.check_track_availability"
ORDER = {"artists": "artist_id", "albums": "album_id", "tracks": "track_id"}


@contextmanager
def another(world):
    """The cursor of another job's transaction."""
    with closing(psycopg2.connect(world.dsn)) as connection, connection, connection.cursor() as cursor:
        yield cursor


@contextmanager
def running(world, script, beside):
    """The script runs beside the body, which begins when it waits for this cursor's transaction; that is committed then."""
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(world.run(script)), daemon=True)
    thread.start()
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
    while world.rows(waiting, beside.connection.get_backend_pid()) == [(0,)]:
        assert thread.is_alive(), "it has not waited"
        time.sleep(0.01)
    yield outcomes
    beside.connection.commit()
    thread.join(PATIENCE_S)


@pytest.mark.parametrize("way", ["page by page", "as a whole"])
def test_an_album_is_locked_behind_its_artists(small_world, way):
    """The last page stamps the album. Read as a whole, because too many tracks are stored, it is stamped likewise."""
    world = small_world()
    with world.sim.edit() as library:
        album_id = library.new_album(tracks=60, name="Long")
        library.save_album(album_id)
    assert world.run("api_syncs.sync_saved_albums").status == "done"
    with world.sim.edit() as library:
        guest = library.new_artist("Guest")
        track_id = library.album_track_ids(album_id)[59 if way == "page by page" else 0]
        library.tracks[track_id].artist_ids = [guest]
    if way == "as a whole":
        world.change("INSERT INTO tracks (track_id) VALUES ('old')")
        world.change("INSERT INTO album_tracks (album_id, track_id) VALUES (%s, 'old')", album_id)

    with another(world) as cursor:
        upsert(cursor, [Artist(guest, "Guest")])
        with running(world, "api_syncs.sync_album_tracks", cursor) as outcomes:
            upsert(cursor, [Album(album_id, "Renamed")])
    assert [outcome.status for outcome in outcomes] == ["done"]
    world.assert_library_equal()
    assert world.rows("SELECT name, tracks_synced_at IS NULL FROM albums WHERE album_id = %s", album_id) == [
        ("Renamed", False)
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_an_artist_is_locked_among_the_artists_of_the_albums(small_world, place):
    """Whichever of the two has the smaller id, and is written first."""
    world = small_world()
    with world.sim.edit() as library:
        pair = sorted(library.new_artist(name) for name in ("One", "Other"))
        followed, guest = pair[place], pair[1 - place]
        library.follow(followed)
        album_id = library.new_album(artist_id=followed)
        library.albums[album_id].artist_ids = [followed, guest]
    assert world.run("api_syncs.sync_followed_artists").status == "done"

    with another(world) as cursor:
        upsert(cursor, [Artist(pair[0], "Renamed")])
        with running(world, "api_syncs.sync_artist_albums", cursor) as outcomes:
            upsert(cursor, [Artist(pair[1], "Renamed")])
    assert [outcome.status for outcome in outcomes] == ["done"]
    looked_at = (
        "SELECT artist_id FROM artists WHERE albums_synced_at IS NOT NULL AND albums_read_at IS NOT NULL"
    )
    assert world.rows(looked_at) == [(followed,)]


def test_replacements_go_only_while_nothing_is_cleaned(small_world):
    """`clean` deletes an orphan and its replacement, which is of no use any more, and is forgotten by this job as well."""
    world = small_world(liked=3)
    world.extra["SPOTIFY_MARKET"] = "NL"
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    with world.sim.edit() as library:
        lost, *_ = library.liked_rows()
        library.tracks[lost].restriction = "market"
    assert world.run(CHECK).status == "done"
    world.change("INSERT INTO tracks (track_id) VALUES ('orphan')")
    world.change(
        "INSERT INTO track_replacements (market, track_id, replacement_id, found_by, checked_at) "
        "VALUES ('NL', 'orphan', %s, 'search', now())",
        lost,
    )

    with another(world) as cursor:
        cursor.execute(statement("clean.orphan_tracks"), {"removed_before": datetime.now(UTC)})
        assert cursor.fetchall() == [("orphan",)]
        with running(world, CHECK, cursor) as outcomes:
            cursor.execute(statement("clean.tracks"), {"ids": ["orphan"]})
    assert [outcome.status for outcome in outcomes] == ["done"]
    assert world.rows("SELECT track_id FROM track_replacements WHERE replacement_id IS NOT NULL") == []


def test_replacements_of_one_recording_are_written_in_one_order(small_world):
    """Listeners want them in different orders: what is liked comes before what is on a saved album."""
    world = small_world()
    world.extra["SPOTIFY_MARKET"] = "NL"
    with world.sim.edit() as library:
        lost = sorted(library.new_track(name=name, isrc="NLAAA0000001") for name in ("One", "Other"))
        for track_id in lost:
            library.tracks[track_id].restriction = "market"
        library.save_album(library.tracks[lost[0]].album_id)
        library.like(lost[1])
    for script in ("liked_tracks", "saved_albums"):
        assert world.run(f"api_syncs.sync_{script}").status == "done"
    world.change("UPDATE tracks SET isrc = 'NLAAA0000001'")  # albums are listed without it

    nothing = {"market": "NL", "replacement_id": None, "now": datetime.now(UTC)}
    with another(world) as cursor:
        cursor.execute(statement("availability.store_search"), {**nothing, "ids": lost[:1]})
        with running(world, CHECK, cursor) as outcomes:
            cursor.execute(statement("availability.store_search"), {**nothing, "ids": lost[1:]})
    assert [outcome.status for outcome in outcomes] == ["done"]
    assert world.rows("SELECT track_id FROM track_replacements ORDER BY 1") == [(each,) for each in lost]


@pytest.mark.slow(4)
def test_every_transaction_of_a_chain_touches_the_catalogue_in_one_order(make_world):
    """Artists, albums, tracks, each by its key; what was locked on the way can be written again."""
    world = make_world(liked=60, albums=8, plays=30, playlists=4, followed=12)
    world.extra["SPOTIFY_MARKET"] = "NL"
    with world.sim.edit() as library:
        for _ in range(2):
            album_id = library.new_album(tracks=110, name="Long")
            library.save_album(album_id)
            library.tracks[library.album_track_ids(album_id)[-1]].artist_ids = [library.new_artist("Guest")]
    world.change("""
        CREATE TABLE touched (
            number bigserial, transaction bigint DEFAULT txid_current(), place integer, key text COLLATE "C")
    """)
    world.change("""
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO touched (place, key) VALUES (TG_ARGV[0]::integer, to_jsonb(NEW) ->> TG_ARGV[1]);
            RETURN NEW;
        END $$
    """)
    for place, (table, key) in enumerate(ORDER.items()):
        # Also where an upsert finds that there is nothing to change, and locks the row.
        world.change(
            f"CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch({place}, {key})"
        )
    with world.settings():
        assert [outcome.job for outcome in run_chain(Options(force=True)) if outcome.exit_code] == []
    found = world.rows("""
        SELECT array_agg(place ORDER BY number), array_agg(key ORDER BY number)
        FROM (SELECT transaction, place, key, min(number) AS number FROM touched GROUP BY transaction, place, key) AS t
        GROUP BY transaction
    """)
    transactions = [list(zip(places, keys, strict=True)) for places, keys in found]
    assert max(len({place for place, _ in each}) for each in transactions) == len(ORDER)
    assert [each for each in transactions if each != sorted(each)] == []
