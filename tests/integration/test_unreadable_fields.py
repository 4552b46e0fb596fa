"""Fields that cannot be read: they are said, what is known of them stays, nothing moves up, and later runs ask again."""

import random
from datetime import UTC, datetime
from string import ascii_letters

import pytest

from tests.clock import FakeClock
from tests.imported_history import import_plays
from utils.errors import Status

pytestmark = pytest.mark.once
LIKED = "api_syncs.sync_liked_tracks"
ALBUMS = "api_syncs.sync_saved_albums"
ALBUM_TRACKS = "api_syncs.sync_album_tracks"
DETAILS = "api_syncs.sync_artists"
PLAYS = "api_syncs.track_plays"
TRACKS = "api_syncs.sync_tracks"
PLAYLISTS = "api_syncs.sync_playlists"
CREDITS = "SELECT track_id, position, artist_id FROM track_artists ORDER BY 1, 2"
OF_ALBUMS = "SELECT album_id, position, artist_id FROM album_artists ORDER BY 1, 2"


def said(world, part):
    """Warnings with this part, in order."""
    rows = world.rows("SELECT message FROM logs WHERE level = 'WARNING' ORDER BY log_id")
    return [message for (message,) in rows if part in message]


def credited(library):
    """A liked track by three artists, on an album of two; both ids, and the artists'."""
    artists = [library.new_artist(name) for name in ("A", "B", "C")]
    album_id = library.new_album(1, artist_id=artists[0])
    [track_id] = library.album_track_ids(album_id)
    library.tracks[track_id].artist_ids = list(artists)
    library.albums[album_id].artist_ids = artists[:2]
    return track_id, album_id, artists


@pytest.mark.parametrize("odd", [None, 7, "", "a\x00b", {}])
def test_a_credit_without_an_id_moves_nobody_up(make_world, odd):
    world = make_world(odd=False)
    with world.sim.edit() as library:
        track_id, _, artists = credited(library)
        library.like(track_id)
    faults = {"match": "/me/tracks", "times": None, "values": {"id": odd}, "under": "artists", "place": 0}
    world.sim.faults.add("spoilt", **faults)
    assert world.run(LIKED).status == Status.DONE
    assert world.rows(CREDITS) == []
    assert world.liked().keys() == {track_id}, "which is there all the same"
    [of_track] = said(world, f"track {track_id}")
    assert "artists[0].id cannot be read" in of_track
    world.sim.faults.clear()
    assert world.run("api_syncs.sync_liked_tracks_full").status == Status.DONE
    assert world.rows(CREDITS) == [(track_id, place, each) for place, each in enumerate(artists)]
    stored = world.rows(CREDITS), world.rows(OF_ALBUMS)
    for place in (0, 1):
        world.sim.faults.add("spoilt", **{**faults, "place": place})
        assert world.run("api_syncs.sync_liked_tracks_full").status == Status.DONE
        assert (world.rows(CREDITS), world.rows(OF_ALBUMS)) == stored
        world.sim.faults.clear()


def test_an_album_with_a_credit_that_cannot_be_read_has_not_come_whole(make_world, mode):
    world = make_world(mode=mode, odd=False)
    with world.sim.edit() as library:
        track_id, album_id, artists = credited(library)
        library.like(track_id)
    assert world.run(LIKED).status == Status.DONE
    world.sim.faults.add(
        "spoilt", match="GET /albums", times=None, values={"id": None}, under="artists", place=1
    )
    assert world.run(DETAILS).status == Status.DONE
    whole = "SELECT enriched_at IS NOT NULL FROM albums WHERE album_id = %s"
    assert world.rows(whole, album_id) == [(False,)]
    assert world.rows(CREDITS) == [(track_id, place, each) for place, each in enumerate(artists)]
    world.sim.faults.clear()
    assert world.run(DETAILS).status == Status.DONE
    assert world.rows(whole, album_id) == [(True,)]
    assert world.rows("SELECT count(*) FROM refusals") == [(0,)]


def test_a_long_album_with_a_track_of_whom_is_not_known_is_asked_for_again(make_world):
    world = make_world(odd=False)
    with world.sim.edit() as library:
        album_id = library.new_album(61)
        library.save_album(album_id)
    assert world.run(ALBUMS).status == Status.DONE
    world.sim.faults.add(
        "spoilt", match="/albums/.*/tracks", times=1, values={"id": 5}, under="artists", place=0
    )
    done = "SELECT tracks_synced_at IS NOT NULL FROM albums WHERE album_id = %s"
    for is_done in (False, True):
        assert world.run(ALBUM_TRACKS).status == Status.DONE
        assert world.rows(done, album_id) == [(is_done,)]
    of_tracks = "SELECT count(DISTINCT track_id) FROM track_artists JOIN album_tracks USING (track_id)"
    assert world.rows(of_tracks) == [(61,)]


@pytest.mark.parametrize(
    ("values", "under"),
    [
        ({"duration_ms": "long"}, None),
        ({"explicit": None}, None),
        ({"id": 7}, "artists"),
        ({"isrc": 7}, "external_ids"),
    ],
)
def test_what_could_not_be_read_of_a_played_track_is_asked_for_again(make_world, values, under):
    world = make_world(mode="extended", odd=False, plays=5)
    clock = FakeClock(datetime.now(UTC))
    with world.sim.edit() as library:
        [track_id] = library.album_track_ids(library.new_album(1))
    assert world.run(PLAYS, clock=clock).status == Status.DONE
    import_plays(world, {track_id: 2}, clock)
    world.sim.faults.add("spoilt", match="GET /tracks", times=None, values=values, under=under)
    assert world.run(TRACKS, clock=clock).status == Status.DONE
    whole = (
        "SELECT count(*) FROM tracks AS t WHERE track_id = %s AND album_id IS NOT NULL AND isrc IS NOT NULL "
        "AND duration_ms IS NOT NULL AND explicit IS NOT NULL AND track_number IS NOT NULL "
        "AND EXISTS (SELECT FROM track_artists AS c WHERE c.track_id = t.track_id)"
    )
    assert world.rows(whole, track_id) == [(0,)]
    world.sim.faults.clear()
    assert world.run(TRACKS, clock=clock).status == Status.DONE
    assert world.rows(whole, track_id) == [(1,)]
    assert world.run(TRACKS, clock=clock).status == Status.DONE, "its album has told it: it is asked itself"
    world.sim.clear_requests()
    assert world.run(TRACKS, clock=clock).status == Status.DONE
    assert world.asked() == [], "and then no more"


@pytest.mark.parametrize("odd", [None, 7, "a\x00b", "\ud800"])
def test_a_list_of_which_is_not_known_whose_it_is_stays_whose_it_was(make_world, odd):
    world = make_world(plays=5, liked=40, playlists=3, odd=False)
    steps = (LIKED, PLAYS, "api_syncs.materialized_views", "playlists.update_dynamic_playlists", PLAYLISTS)
    for step in steps:
        assert world.run(step).status == Status.DONE
    with world.sim.edit() as library:
        [made] = [each for each in library.playlists.values() if each.name == "Never played"]
        before, lists = list(made.items), len(library.playlists)
    facts = (
        "SELECT playlist_id, owner_id, removed_at FROM playlists ORDER BY 1",
        "SELECT * FROM own_playlists ORDER BY 1, 2",
        "SELECT playlist_id, position, item_uri FROM playlist_items ORDER BY 1, 2",
    )
    stored = [world.rows(sql) for sql in facts]
    assert all(stored)
    world.sim.faults.add("spoilt", match="/me/playlists", times=None, values={"id": odd}, under="owner")
    assert world.run(PLAYLISTS).status == Status.DONE
    assert len(said(world, "owner.id cannot be read")) == len(stored[0])
    assert [world.rows(sql) for sql in facts] == stored
    world.run("playlists.update_dynamic_playlists")
    everything = " ".join(row[0] for row in world.rows("SELECT message FROM logs"))
    assert "belongs to somebody else" not in everything
    assert "owner.id, so whose it is is not known" in everything
    with world.sim.edit() as library:
        assert (list(made.items), len(library.playlists)) == (before, lists)
    world.sim.faults.clear()
    assert world.run("playlists.update_dynamic_playlists").status == Status.DONE


def test_what_was_in_a_list_is_stored_as_everything_else_and_corrected(make_world):
    """HTML stays as it is written; what PostgreSQL or an index cannot hold does not."""
    world = make_world(plays=5, playlists=0, odd=False)
    with world.sim.edit() as library:
        [track_id] = library.album_track_ids(library.new_album(1, "An album"))
        name = library.tracks[track_id].name
        list_id = library.new_playlist("Mine")
        library.playlist_add(list_id, [f"spotify:track:{track_id}"])
    history = "SELECT item_uri, name, artists, removed_at FROM playlist_item_history"
    for odd in ("<b>\x00" * 5_000, "\ud800 " * 300_000):
        world.change("UPDATE playlists SET items_snapshot_id = NULL")
        world.sim.faults.add(
            "spoilt", match=f"/playlists/{list_id}/items", times=None, values={"name": odd, "title": odd}
        )
        assert world.run(PLAYLISTS).status == Status.DONE
        [(_, kept, artists, removed_at)] = world.rows(history)
        assert removed_at is None
        assert kept == odd[:10_000].replace("\x00", "").replace("\ud800", "?")
        assert len(artists) <= 10_000
        world.sim.faults.clear()
    world.change("UPDATE playlists SET items_snapshot_id = NULL")
    assert world.run(PLAYLISTS).status == Status.DONE
    [(_, kept, _, _)] = world.rows(history)
    assert kept == name, "the name that came wrong is gone"


def test_a_file_whose_name_is_longer_than_an_index_takes_is_kept_by_its_beginning(make_world):
    """What an index cannot hold had ended the run; two that begin alike stay two."""
    world = make_world(plays=5, playlists=0, odd=False)
    names = ["".join(random.Random(seed).choices(ascii_letters, k=8_000)) for seed in (1, 2)]
    with world.sim.edit() as library:
        list_id = library.new_playlist("Mine")
        local = "spotify:local:" + "x" * 400
        tracks = library.album_track_ids(library.new_album(2))
        library.playlist_add(list_id, [f"spotify:track:{track_id}" for track_id in tracks])
    for name in names:
        world.change("UPDATE playlists SET items_snapshot_id = NULL")
        odd = {"uri": local + name, "is_local": True, "id": None}
        world.sim.faults.add(
            "spoilt", match=f"/playlists/{list_id}/items", times=None, values=odd, under="item"
        )
        assert world.run(PLAYLISTS).status == Status.DONE
        world.sim.faults.clear()
    kept = [uri for (uri,) in world.rows("SELECT DISTINCT item_uri FROM playlist_item_history")]
    assert len(kept) == 2
    assert all(uri.startswith(local[:200]) and len(uri) < 600 for uri in kept)


def test_an_entry_of_a_list_that_cannot_be_read_is_not_noted_as_gone(make_world):
    world = make_world(liked=5, playlists=4, odd=False)
    assert world.run(PLAYLISTS).status == Status.DONE
    in_lists = "SELECT playlist_id, item_uri, first_seen_at FROM playlist_item_history WHERE removed_at IS NULL ORDER BY 1, 2"
    before = world.rows(in_lists)
    again = "UPDATE playlists SET items_snapshot_id = 'another'"
    world.change(again)
    world.sim.faults.add("spoilt", match="/items", times=None, values={"item": 7}, under="items", place=0)
    outcome = world.run(PLAYLISTS)
    assert (outcome.status, outcome.tally.bad_items > 0) == (Status.DONE, True)
    assert world.rows(in_lists) == before
    world.sim.faults.clear()
    world.change(again)
    assert world.run(PLAYLISTS).status == Status.DONE
    assert world.rows(in_lists) == before


@pytest.mark.parametrize("odd", [1.5, "a text"])
def test_what_the_consent_allows_is_known_as_soon_as_it_is_said(make_world, odd):
    """Else lists would not be made, nor the library be changed, until the next consent."""
    world = make_world(odd=False, plays=3)
    allowed = "SELECT granted_scopes FROM users"
    world.sim.faults.add("spoilt", match="token", times=None, values={"scope": odd})
    assert world.run(PLAYS).status == Status.DONE
    assert world.rows(allowed) == [("a text" if odd == "a text" else None,)]
    world.sim.faults.clear()
    assert world.run(PLAYS).status == Status.DONE
    [(scopes,)] = world.rows(allowed)
    assert "user-read-recently-played" in scopes.split()
