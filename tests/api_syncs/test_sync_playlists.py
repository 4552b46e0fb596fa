"""Followed artists and playlists, with items, history and events: checklist S0-2 … S0-6, S3-5, S3-15."""

from collections import Counter
from copy import deepcopy
from math import ceil

import pytest

from simulator.world.catalogue import LocalFile, PlaylistItem
from simulator.world.identifiers import SPOTIFY_OWNED_PREFIX
from tests.clock import FakeClock

pytestmark = pytest.mark.once

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
        "SELECT playlist_id FROM playlists WHERE removed_at IS NULL ORDER BY position, playlist_id"
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


def items_asked(world):
    """The lists whose items were asked for."""
    return [
        request.path.split("/")[2]
        for request in world.sim.requests
        if request.path.endswith(("/items", "/tracks"))
    ]


def refuse_all(make_world):
    """A world in which no list shows its items; the listener's lists, and those of others."""
    world = make_world(mode="extended", liked=60, playlists=14)
    world.sim.faults.add("status", match="GET /playlists", status=403, times=None)
    done(world, PLAYLISTS)
    assert world.rows("SELECT count(*) FROM playlists WHERE items_readable") == [(0,)]
    rows = world.rows(
        "SELECT playlist_id, owner_id = (SELECT spotify_id FROM users) OR is_collaborative FROM playlists "
        "WHERE refused_snapshot_id IS NOT NULL"
    )
    mine, others = (
        {playlist_id for playlist_id, is_mine in rows if is_mine is wanted} for wanted in (True, False)
    )
    assert mine
    assert others
    world.sim.clear_requests()
    return world, mine, others


def test_refused_items_of_others_are_a_state_and_are_asked_for_once_per_version(make_world):
    world, mine, others = refuse_all(make_world)
    done(world, PLAYLISTS)
    assert sorted(items_asked(world)) == sorted(mine)
    with world.sim.edit() as library:
        library.touch_playlist(min(others))
    world.sim.clear_requests()
    done(world, PLAYLISTS)
    assert sorted(items_asked(world)) == sorted({*mine, min(others)})


def test_refused_items_of_others_are_asked_for_again_after_a_week(make_world):
    world, mine, others = refuse_all(make_world)
    world.change("UPDATE playlists SET refused_at = refused_at - interval '7 days'")
    world.sim.faults.clear()
    done(world, PLAYLISTS)
    assert set(items_asked(world)) == mine | others
    refused = {row[0] for row in world.rows("SELECT playlist_id FROM playlists WHERE refused_at IS NOT NULL")}
    assert all(playlist_id.startswith(SPOTIFY_OWNED_PREFIX) for playlist_id in refused)
    assert refused < others
    assert_playlists_equal(world)
    world.sim.clear_requests()
    done(world, PLAYLISTS)
    assert items_asked(world) == []


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("force", [True, False])
def test_one_refusal_of_an_own_list_is_made_up_for_by_the_next_run(make_world, status, force):
    world, mine, tracks = own_list(make_world, 10)
    world.sim.faults.add("status", match=f"/playlists/{mine}/items", status=status)
    done(world, PLAYLISTS)
    assert stored_items(world, mine) == []
    world.change("UPDATE job_controls SET last_success_at = NULL")
    assert world.run(PLAYLISTS, force=force).status == "done"
    assert [row[0] for row in stored_items(world, mine)] == [f"spotify:track:{track}" for track in tracks]
    assert world.rows("SELECT items_readable, refused_at FROM playlists WHERE playlist_id = %s", mine) == [
        (True, None)
    ]


def test_a_listing_that_withholds_the_items_ends_a_refusal(make_world):
    """Otherwise the list would be asked about every week, though Spotify says that it is not ours."""
    world, _, others = refuse_all(make_world)
    world.sim.mode = "development"
    done(world, PLAYLISTS)
    assert world.rows(
        "SELECT count(*) FROM playlists WHERE playlist_id = ANY(%s) AND refused_at IS NOT NULL", [*others]
    ) == [(0,)]


def own_list(make_world, number):
    """A world with one list of so many tracks; its id and theirs."""
    world = make_world(liked=20, playlists=0, odd=False)
    with world.sim.edit() as library:
        tracks = [library.new_track() for _ in range(number)]
        mine = library.new_playlist("Mine", tracks)
    return world, mine, tracks


def entry(track_id):
    track = {"type": "track", "id": track_id, "uri": f"spotify:track:{track_id}", "name": "x"}
    return {"added_at": "2026-01-01T12:00:00Z", "item": track}


def warnings(world, source):
    rows = world.rows(
        "SELECT message FROM logs WHERE level = 'WARNING' AND source = %s ORDER BY logged_at, line_number",
        source,
    )
    return [row[0] for row in rows]


def pages(number, total, *, has_next=False, start=0):
    """An answer that holds so many of a list's entries, whatever it says about them."""

    def body(tracks):
        items = [entry(track) for track in tracks[start : start + number]]
        return {"items": items, "total": total, "next": "x" if has_next else None}

    return body


@pytest.mark.parametrize(
    ("number", "offset", "body"),
    [
        pytest.param(30, 0, pages(0, 30), id="empty"),
        pytest.param(30, 0, pages(0, 30, has_next=True), id="empty with a next page"),
        pytest.param(30, 0, pages(20, 30), id="short"),
        pytest.param(120, 0, pages(30, 120, has_next=True), id="short with a next page"),
        pytest.param(120, 0, pages(50, 120), id="no next page"),
        pytest.param(120, 50, pages(0, 120, start=50), id="second one empty"),
        pytest.param(120, 50, pages(30, 120, has_next=True, start=50), id="second one short"),
        pytest.param(120, 100, pages(10, 120, start=100), id="last one short"),
    ],
)
def test_pages_that_do_not_add_up_change_nothing(make_world, number, offset, body):
    world, mine, tracks = own_list(make_world, number)
    done(world, PLAYLISTS)
    kept = (
        "SELECT * FROM playlist_items ORDER BY position",
        "SELECT * FROM playlist_item_history ORDER BY item_uri",
    )
    before = [world.rows(sql) for sql in kept]
    assert len(before[0]) == len(before[1]) == number
    with world.sim.edit() as library:
        library.touch_playlist(mine)
    match = f"/playlists/{mine}/items.*offset={offset}(&|$)"
    world.sim.faults.add("status", match=match, status=200, json=body(tracks))
    world.sim.clear_requests()
    done(world, PLAYLISTS)
    if offset < 100:
        assert items_asked(world) == [mine] * (offset // 50 + 1), "nothing is asked after such a page"
    assert len(world.sim.faults) == 0, "the fault was met"
    assert [world.rows(sql) for sql in kept] == before
    [message] = warnings(world, "sync_playlists")
    assert mine in message
    assert f"of {number} entries" in message
    assert world.rows("SELECT count(*) FROM playlist_items_staged") == [(0,)]
    world.sim.clear_requests()
    done(world, PLAYLISTS)
    assert items_asked(world) == [mine] * ceil(number / 50), "the list is read again"
    assert_playlists_equal(world)
    assert world.rows("SELECT count(*) FROM playlist_item_history WHERE removed_at IS NOT NULL") == [(0,)]


def test_a_null_entry_counts_as_one(make_world):
    world, mine, tracks = own_list(make_world, 3)
    body = {"items": [entry(tracks[0]), None, {"item": None}], "total": 3, "next": None}
    world.sim.faults.add("status", match=f"/playlists/{mine}/items", status=200, json=body)
    done(world, PLAYLISTS)
    assert [row[1] for row in stored_items(world, mine)] == ["track", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("kind", "path", "table", "id_column", "script"),
    [
        ("artist", "/me/following", "followed_artists", "artist_id", ARTISTS),
        ("playlist", "/me/playlists", "playlists", "playlist_id", PLAYLISTS),
    ],
)
def test_a_listing_that_does_not_add_up_removes_nothing(make_world, kind, path, table, id_column, script):
    """Not even what is gone, before it is known how Spotify counts: the same difference twice."""
    world = make_world(liked=0, followed=70, playlists=0, odd=False)
    with world.sim.edit() as library:
        for number in range(70):
            library.new_playlist(f"List {number}")
    done(world, "api_syncs.track_plays")
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'spotify.remove_unfollowed_playlists', 'true' FROM users"
    )
    done(world, script)
    with world.sim.edit() as library:
        gone = sorted(library.followed)[0] if kind == "artist" else library.user_playlists[0]
        (library.unfollow if kind == "artist" else library.unfollow_playlist)(gone)
    removed = f"SELECT {id_column} FROM {table} WHERE removed_at IS NOT NULL"
    empty = {"items": [], "total": 69, "next": "x", "cursors": {"after": None}}
    body = {"artists": empty} if kind == "artist" else empty
    world.sim.faults.add("status", match=f"GET {path}", status=200, json=body)
    world.sim.clear_requests()
    done(world, script)
    assert world.asked() == [f"GET {path}"]
    assert world.rows(removed) == []
    assert ["0 of 69 entries" in message for message in warnings(world, script.partition(".")[2])] == [True]
    world.sim.faults.add("status", match=f"GET {path}", status=200, json=body)
    done(world, script)
    assert world.rows(removed) == [], "all of them at once are held back"
    world.sim.faults.add("status", match=f"GET {path}", status=200, json=body)
    done(world, script)
    assert world.rows(removed) == [(gone,)], "each one is asked about"
    done(world, script)
    assert world.rows(removed) == [(gone,)]


def failing(world, playlist_ids, status=500):
    for playlist_id in playlist_ids:
        world.sim.faults.add("status", match=f"/playlists/{playlist_id}/items", status=status, times=None)


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("status", [500, 400])
def test_a_list_that_fails_does_not_block_the_others(make_world, status):
    world = make_world(liked=10, playlists=0, odd=False)
    with world.sim.edit() as library:
        lists = [
            library.new_playlist(f"List {n}", [library.new_track() for _ in range(n + 1)]) for n in range(5)
        ]
    failing(world, [lists[0], lists[2], lists[3]], status)  # short lists come first: one, then two in a row
    outcome = world.run(PLAYLISTS)
    assert (outcome.status, outcome.exit_code) == ("failed", 1)
    assert [name in outcome.message for name in lists] == [True, False, True, True, False]
    assert [len(stored_items(world, name)) for name in lists] == [0, 2, 0, 0, 5]
    world.sim.faults.clear()
    done(world, PLAYLISTS)
    assert_playlists_equal(world)
    assert world.rows("SELECT count(*) FROM playlist_items_staged") == [(0,)]


@pytest.mark.usefixtures("quick_retries")
def test_after_three_failing_lists_in_a_row_no_other_is_tried(make_world):
    world = make_world(liked=10, playlists=0, odd=False)
    with world.sim.edit() as library:
        lists = [
            library.new_playlist(f"List {n}", [library.new_track() for _ in range(n + 1)]) for n in range(5)
        ]
    failing(world, lists, 400)
    assert world.run(PLAYLISTS).status == "failed"
    assert items_asked(world) == lists[:3]


def test_a_version_that_can_never_be_read_does_not_fail_the_job_for_ever(make_world):
    """A list with an odd entry that stays: said three times, then left alone until it is edited, or forced."""
    world = make_world(liked=10, playlists=0, odd=False)
    clock = FakeClock()
    with world.sim.edit() as library:
        odd = library.new_playlist("Odd", [library.new_track()])
    world.sim.faults.add("unreadable", match=f"/playlists/{odd}/items", times=None)

    def statuses(number):
        found = []
        for _ in range(number):
            found.append(world.run(PLAYLISTS, force=False, clock=clock).status)
            clock.pass_time(days=1)
        return found

    assert statuses(5) == ["failed", "failed", "done", "done", "done"]
    assert items_asked(world) == [odd, odd]
    with world.sim.edit() as library:
        library.playlist_add(odd, [f"spotify:track:{library.new_track()}"])
    assert statuses(1) == ["failed"]
    world.sim.faults.clear()
    assert world.run(PLAYLISTS, clock=clock).status == "done"
    assert_playlists_equal(world)


def test_an_image_that_is_not_told_stays_and_one_that_is_none_goes(make_world):
    world = make_world(liked=10, playlists=0, odd=False)
    first, second = ({"images": [{"url": f"https://i.scdn.co/image/{n}"}]} for n in (1, 2))
    stored = []
    for images in ([first] * 4, [{}, {"images": None}, {"images": []}, second]):
        items = [{"id": f"list{n}", "snapshot_id": "1", **given} for n, given in enumerate(images)]
        body = {"items": items, "total": 4, "next": None}
        world.sim.faults.add("status", match="GET /me/playlists", status=200, json=body)
        done(world, PLAYLISTS)
        rows = world.rows("SELECT right(image_url, 1) FROM playlists ORDER BY playlist_id")
        stored.append([row[0] for row in rows])
    assert stored == [["1", "1", "1", "1"], ["1", None, None, "2"]]


def test_an_unfollowed_playlist_stays_by_default_and_goes_when_wanted(world):
    done(world, PLAYLISTS)
    with world.sim.edit() as library:
        gone = next(p for p in library.user_playlists if p and library.may_read_items(p))
        library.unfollow_playlist(gone)
    done(world, PLAYLISTS)
    sql = "SELECT removed_at IS NOT NULL FROM playlists WHERE playlist_id = %s"
    assert world.rows(sql, gone) == [(False,)]
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'spotify.remove_unfollowed_playlists', 'true' FROM users"
    )
    done(world, PLAYLISTS)
    assert world.rows(sql, gone) == [(True,)]
    assert_playlists_equal(world)


def test_null_entries_keep_no_list_from_being_removed_and_one_shown_as_null_stays(make_world):
    world = make_world(liked=10, playlists=0, odd=False)
    with world.sim.edit() as library:
        gone, hidden, shown = (library.new_playlist(f"List {n}") for n in range(3))
        library.user_playlists[1:1] = [None, None]
    done(world, PLAYLISTS)
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'spotify.remove_unfollowed_playlists', 'true' FROM users"
    )
    with world.sim.edit() as library:
        library.unfollow_playlist(gone)
        library.unlisted.add(hidden)
    done(world, PLAYLISTS)
    assert dict(world.rows("SELECT playlist_id, removed_at IS NOT NULL FROM playlists")) == {
        gone: True,
        hidden: False,
        shown: False,
    }


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


def test_a_list_that_two_listeners_have_is_each_ones_own(make_world):
    """What one may not read, or has not looked at yet, says nothing about the other's copy."""
    world, mine, tracks = own_list(make_world, 3)
    theirs = make_world(seed=2, liked=0, playlists=0, odd=False)
    theirs.extra["SPOTIFY_REFRESH_TOKEN"] = theirs.sim.new_consent()
    with world.sim.edit() as library, theirs.sim.edit() as others:
        playlist = deepcopy(library.playlists[mine])
        others.playlists[mine] = playlist
        others.tracks |= library.tracks
        others.albums |= library.albums
        others.artists |= library.artists
        others.user_playlists[:] = [others.new_playlist("Theirs"), mine]
        playlist.name = "As they see it"
    done(world, PLAYLISTS)
    done(theirs, PLAYLISTS)
    (me, them) = (f"(SELECT user_id FROM users WHERE spotify_id = 'listener{n}')" for n in (1, 2))
    world.change(
        "INSERT INTO playlist_items_staged (user_id, playlist_id, position, item_type) "
        f"SELECT user_id, playlist_id, 7, 'unknown' FROM playlists WHERE playlist_id = %s AND user_id = {them}",
        mine,
    )
    with world.sim.edit() as library:
        library.touch_playlist(mine)
    done(world, PLAYLISTS)
    staged = f"SELECT user_id = {them}, position FROM playlist_items_staged"
    assert world.rows(staged) == [(True, 7)], "what another reads is not forgotten"
    columns = "name, position, items_readable, items_snapshot_id IS NOT NULL"
    sql = f"SELECT {columns} FROM playlists WHERE playlist_id = %s AND user_id = "
    assert world.rows(sql + me, mine) == [("Mine", 0, True, True)]
    assert world.rows(sql + them, mine) == [("As they see it", 1, False, False)]
    items = "SELECT track_id FROM playlist_items WHERE playlist_id = %s AND user_id = "
    assert [row[0] for row in world.rows(items + f"{me} ORDER BY position", mine)] == tracks
    assert world.rows(items + them, mine) == []
    with theirs.sim.edit() as others:
        playlist.collaborative = True
        playlist.collaborators.append(others.user.id)
        others.playlist_add(mine, [f"spotify:track:{tracks[0]}"])
    done(theirs, PLAYLISTS)
    assert len(world.rows(items + them, mine)) == 4
    assert len(world.rows(items + me, mine)) == 3
    sql = "SELECT user_id, count(*) FROM playlist_item_history WHERE playlist_id = %s GROUP BY 1"
    assert sorted(count for _, count in world.rows(sql, mine)) == [3, 3]
    sql = "SELECT event FROM library_events WHERE item_type = 'playlist' AND item_id = %s"
    assert world.rows(sql, mine) == [("followed",)] * 2


def test_the_history_has_the_names_of_what_came_into_it(make_world):
    world = make_world(liked=10, playlists=0, odd=False)
    with world.sim.edit() as library:
        artists = sorted(library.artists)[:2]
        names = [library.artists[artist_id].name for artist_id in artists]
        track_id, other = (library.new_track(name, artist_id=artists[0]) for name in ("A song", "Another"))
        library.tracks[track_id].artist_ids = artists
        mine = library.new_playlist("Mine", [track_id, track_id])
        file = LocalFile("Somebody", "Album", "File", 60)
        library.playlists[mine].items.append(PlaylistItem("local", local=file))
    done(world, PLAYLISTS)
    with world.sim.edit() as library:
        library.playlist_remove(mine, [f"spotify:track:{track_id}"])
        library.playlist_add(mine, [f"spotify:track:{other}"])
    done(world, PLAYLISTS)
    rows = world.rows("SELECT item_uri, name, artists, removed_at IS NULL FROM playlist_item_history")
    assert {row[0]: row[1:] for row in rows} == {
        f"spotify:track:{track_id}": ("A song", ", ".join(names), False),
        f"spotify:track:{other}": ("Another", names[0], True),
        file.uri: ("File", None, True),
    }
