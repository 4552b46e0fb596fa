"""Followed artists and playlists, with items, history and events: checklist S0-2 … S0-6, S3-5, S3-15."""

from collections import Counter
from math import ceil

import pytest

ARTISTS = "api_syncs.sync_followed_artists"
PLAYLISTS = "api_syncs.sync_playlists"


def done(world, *scripts):
    for script in scripts:
        outcome = world.run(script)
        assert (outcome.status, outcome.exit_code) == ("done", 0), outcome.message


@pytest.fixture
def world(make_world, mode):
    return make_world(mode=mode, liked=120, albums=10, followed=120, playlists=14)


def followed(world):
    return {row[0] for row in world.rows("SELECT artist_id FROM followed_artists WHERE removed_at IS NULL")}


def stored_items(world, playlist_id):
    return world.rows(
        "SELECT item_uri, item_type, added_at FROM playlist_items WHERE playlist_id = %s ORDER BY position",
        playlist_id,
    )


def expected_items(playlist):
    kinds = {"gone": "unknown"}
    return [(item.uri, kinds.get(item.kind, item.kind), item.added_at) for item in playlist.items]


def assert_playlists_equal(world):
    """Every listed list is there in order; every readable one holds just its items, of every odd kind."""
    with world.sim.edit() as library:
        listed = [playlist_id for playlist_id in library.user_playlists if playlist_id]
        lists = {playlist_id: library.playlists[playlist_id] for playlist_id in listed}
        readable = {playlist_id for playlist_id in listed if library.may_read_items(playlist_id)}
    rows = world.rows(
        "SELECT playlist_id FROM user_playlists WHERE removed_at IS NULL ORDER BY position, playlist_id"
    )
    assert [row[0] for row in rows] == listed
    for playlist_id in readable:
        assert stored_items(world, playlist_id) == expected_items(lists[playlist_id]), playlist_id
    texts = {
        row[0]: row[1:]
        for row in world.rows("SELECT playlist_id, name, description, owner_id FROM playlists")
    }
    for playlist_id, playlist in lists.items():
        name = playlist.name.replace("\x00", "") or None
        assert texts[playlist_id] == (name, playlist.description or None, playlist.owner_id)


def test_followed_artists_are_equal_with_their_details(world):
    done(world, ARTISTS)
    with world.sim.edit() as library:
        expected = set(library.followed)
        genres = {artist_id: library.artists[artist_id].genres for artist_id in expected}
    assert followed(world) == expected
    stored = dict(world.rows("SELECT artist_id, genres FROM artists WHERE genres IS NOT NULL"))
    assert stored
    assert {artist_id: genres[artist_id] or [] for artist_id in stored} == stored
    assert Counter(world.asked())["GET /me/following"] == ceil(len(expected) / 50)


def test_unfollowed_and_followed_again(world):
    done(world, ARTISTS)
    with world.sim.edit() as library:
        gone = sorted(library.followed)[10:13]
        for artist_id in gone:
            library.unfollow(artist_id)
    done(world, ARTISTS)
    with world.sim.edit() as library:
        assert followed(world) == set(library.followed)
        library.follow(gone[0])
    done(world, ARTISTS)
    with world.sim.edit() as library:
        assert followed(world) == set(library.followed)
    events = world.rows("SELECT event FROM library_events WHERE item_id = %s ORDER BY seen_at", gone[0])
    assert events == [("followed",), ("unfollowed",), ("followed",)]


def test_unfollowed_artists_stay_when_the_setting_says_so(world):
    done(world, ARTISTS)
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'spotify.remove_unfollowed_artists', 'false' FROM users"
    )
    with world.sim.edit() as library:
        before = set(library.followed)
        library.unfollow(sorted(before)[0])
    done(world, ARTISTS)
    assert followed(world) == before


def test_playlists_are_equal(world):
    done(world, PLAYLISTS)
    assert_playlists_equal(world)


def test_unchanged_playlists_cost_the_listing_only_and_write_nothing(world):
    done(world, PLAYLISTS, ARTISTS)
    tables = [
        "playlists",
        "user_playlists",
        "playlist_items",
        "playlist_item_history",
        "followed_artists",
        "library_events",
    ]
    sql = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE relname = ANY(%s)"
    before = world.rows(sql, tables), world.written()
    world.sim.clear_requests()
    done(world, PLAYLISTS, ARTISTS)
    assert (world.rows(sql, tables), world.written()) == before
    with world.sim.edit() as library:
        pages = {
            "GET /me/playlists": ceil(len(library.user_playlists) / 50),
            "GET /me/following": ceil(len(library.followed) / 50),
        }
    assert Counter(world.asked()) == pages


def test_edits_are_followed_with_their_history(world):
    done(world, PLAYLISTS)
    with world.sim.edit() as library:
        own = [
            p
            for p in library.user_playlists
            if p and library.may_read_items(p) and len(library.playlists[p].items) > 3
        ]
        first = own[0]
        gone = next(item.uri for item in library.playlists[first].items if item.kind == "track")
        library.playlist_remove(first, [gone])
        new = library.new_track()
        library.playlist_add(first, [f"spotify:track:{new}"])
    done(world, PLAYLISTS)
    assert_playlists_equal(world)
    history = dict(
        world.rows(
            "SELECT item_uri, removed_at IS NOT NULL FROM playlist_item_history WHERE playlist_id = %s", first
        )
    )
    assert history[gone] is True
    assert history[f"spotify:track:{new}"] is False


def test_a_list_that_turns_unreadable_keeps_what_it_had(make_world):
    world = make_world(liked=120, albums=10, playlists=14)
    done(world, PLAYLISTS)
    with world.sim.edit() as library:
        mine = next(
            p
            for p in library.user_playlists
            if p and library.may_read_items(p) and library.playlists[p].items
        )
        before = expected_items(library.playlists[mine])
        library.playlists[mine].owner_id = "somebody-else"
        library.playlists[mine].collaborators = []
        library.touch_playlist(mine)
    done(world, PLAYLISTS)
    assert stored_items(world, mine) == before
    assert world.rows("SELECT items_readable FROM playlists WHERE playlist_id = %s", mine) == [(False,)]
    assert world.rows(
        "SELECT count(*) FROM playlist_item_history WHERE playlist_id = %s AND removed_at IS NOT NULL", mine
    ) == [(0,)]
    with world.sim.edit() as library:
        library.playlists[mine].owner_id = library.user.id
        library.touch_playlist(mine)
    done(world, PLAYLISTS)
    assert_playlists_equal(world)


def test_refused_items_are_a_state_and_are_asked_for_once_per_version(make_world):
    world = make_world(mode="extended", liked=60, playlists=14)
    world.sim.faults.add("status", match="GET /playlists", status=403, times=None)
    done(world, PLAYLISTS)
    assert world.rows("SELECT count(*) FROM playlists WHERE items_readable") == [(0,)]
    world.sim.clear_requests()
    done(world, PLAYLISTS)
    assert set(world.asked()) == {"GET /me/playlists"}


def test_an_unfollowed_playlist_stays_by_default_and_goes_when_wanted(world):
    done(world, PLAYLISTS)
    with world.sim.edit() as library:
        gone = next(p for p in library.user_playlists if p and library.may_read_items(p))
        library.unfollow_playlist(gone)
    done(world, PLAYLISTS)
    sql = "SELECT removed_at IS NOT NULL FROM user_playlists WHERE playlist_id = %s"
    assert world.rows(sql, gone) == [(False,)]
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'spotify.remove_unfollowed_playlists', 'true' FROM users"
    )
    done(world, PLAYLISTS)
    assert world.rows(sql, gone) == [(True,)]
    assert_playlists_equal(world)


def test_a_long_list_edited_while_it_is_read_is_read_again(make_world):
    world = make_world(liked=10, playlists=0)
    with world.sim.edit() as library:
        tracks = [library.new_track() for _ in range(180)]
        mine = library.new_playlist("Long", tracks)

    def edit(request):
        if request.path.endswith("/items") and request.query.get("offset") == "100":
            world.sim.on_request = None
            with world.sim.edit() as library:
                library.playlist_remove(mine, [tracks[0]])

    world.sim.on_request = edit
    done(world, PLAYLISTS)
    assert stored_items(world, mine) == []
    done(world, PLAYLISTS)
    assert_playlists_equal(world)
    assert world.rows("SELECT count(*) FROM playlist_item_history WHERE removed_at IS NOT NULL") == [(0,)]
    assert world.rows("SELECT count(*) FROM playlist_items_staged") == [(0,)]


def test_events_of_likes_and_albums(make_world):
    world = make_world(liked=60, albums=5, odd=False)
    done(world, "api_syncs.sync_liked_tracks", "api_syncs.sync_saved_albums")
    with world.sim.edit() as library:
        track_id, liked_at = next(iter(library.liked_rows().items()))
        library.unlike(track_id)
    done(world, "api_syncs.sync_liked_tracks")
    assert world.rows(
        "SELECT event, happened_at FROM library_events WHERE item_id = %s ORDER BY seen_at", track_id
    ) == [
        ("liked", liked_at),
        ("unliked", None),
    ]
    assert world.rows("SELECT event, count(*) FROM library_events GROUP BY event ORDER BY event") == [
        ("liked", 60),
        ("saved", 5),
        ("unliked", 1),
    ]


def test_liked_songs_are_one_more_playlist(make_world):
    world = make_world(liked=60, odd=False, playlists=3)
    done(world, PLAYLISTS, "api_syncs.sync_liked_tracks")
    [(playlist_id, name, count)] = world.rows(
        "SELECT playlist_id, name, track_count FROM all_playlists WHERE is_liked_songs"
    )
    assert (name, count) == ("Liked Songs", 60)
    rows = world.rows(
        "SELECT track_id FROM all_playlist_items WHERE playlist_id = %s ORDER BY position", playlist_id
    )
    with world.sim.edit() as library:
        assert {row[0] for row in rows} == set(library.liked_rows())
