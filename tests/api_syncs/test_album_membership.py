"""A track on several albums: what is on an album is what its own listing says, whatever a track is shown with."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.clock import FakeClock

ALBUMS = "api_syncs.sync_saved_albums"
ALBUM_TRACKS = "api_syncs.sync_album_tracks"
LIKED = "api_syncs.sync_liked_tracks"
PLAYS = "api_syncs.track_plays"
VIEWS = "api_syncs.materialized_views"
CLEAN = "db.clean"
T0 = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def world(small_world):
    return small_world(liked=0, albums=0)


def run(world, *scripts, clock=None):
    for script in scripts:
        outcome = world.run(script, clock=clock)
        assert outcome.status == "done", outcome.message


def members(world):
    """The tracks of the library."""
    return {row[0] for row in world.rows("SELECT DISTINCT track_id FROM library_members")}


def two_albums_that_share_a_track(world):
    """a with t1 and t2, b with t2 and t3, both saved; c, which is not, has t2 as well."""
    with world.sim.edit() as library:
        a, b, c = (
            library.new_album(tracks=count, name=name) for count, name in ((2, "A"), (0, "B"), (0, "C"))
        )
        t1, t2 = library.album_track_ids(a)
        library.list_on(b, [t2])
        library.list_on(c, [t2])
        t3 = library.new_track("Third", album_id=b)
        library.save_album(a, T0)
        library.save_album(b, T0 + timedelta(days=1))
    return (a, b, c), (t1, t2, t3)


def test_a_track_of_two_albums_stays_whatever_is_played_until_both_are_gone(world):
    (a, b, c), (t1, t2, t3) = two_albums_that_share_a_track(world)
    run(world, ALBUMS, ALBUM_TRACKS)
    with world.sim.edit() as library:
        library.show_with(t2, c)
        library.play(t2)
        library.like(t2)
    run(world, PLAYS, LIKED, ALBUMS)
    on = "SELECT album_id, track_id, disc_number, track_number FROM album_tracks"
    assert set(world.rows(on)) == {(a, t1, 1, 1), (a, t2, 1, 2), (b, t2, 1, 1), (b, t3, 1, 2)}
    assert members(world) == {t1, t2, t3}
    with world.sim.edit() as library:
        library.unlike(t2)
        library.unsave_album(a)
    run(world, LIKED, ALBUMS)
    assert members(world) == {t2, t3}
    with world.sim.edit() as library:
        library.unsave_album(b)
    run(world, ALBUMS)
    assert members(world) == set()


def test_nothing_is_written_again_where_listing_and_track_name_different_albums(world):
    (_, _, c), (_, t2, _) = two_albums_that_share_a_track(world)
    with world.sim.edit() as library:
        library.show_with(t2, c)
        library.like(t2)
    run(world, LIKED, ALBUMS, ALBUM_TRACKS)
    before = world.written()
    for script in (LIKED, ALBUMS, ALBUM_TRACKS, "api_syncs.sync_liked_tracks_full"):
        run(world, script)
    assert world.written() == before
    assert world.rows("SELECT album_id FROM tracks WHERE track_id = %s", t2) == [(c,)], "as it is shown"


def test_a_library_track_is_that_of_the_saved_album_and_counts_for_each(world):
    (a, b, c), (_, t2, t3) = two_albums_that_share_a_track(world)
    run(world, ALBUMS, ALBUM_TRACKS)
    with world.sim.edit() as library:
        library.show_with(t2, c)
        library.play(t2)
        library.like(t2)
    run(world, PLAYS, LIKED, VIEWS)
    assert world.rows("SELECT album_id, album_name FROM unified_tracks WHERE track_id = %s", t2) == [(a, "A")]
    stats = "SELECT album_id, track_count, liked_count, played_count, play_count FROM album_stats"
    assert set(world.rows(stats)) == {(a, 2, 1, 1, 1), (b, 2, 1, 1, 1), (c, 1, 1, 1, 1)}
    with world.sim.edit() as library:
        library.show_with(t2, b)
    run(world, "api_syncs.sync_liked_tracks_full", VIEWS)
    assert world.rows("SELECT album_id FROM unified_tracks WHERE track_id IN (%s, %s)", t2, t3) == [
        (b,),
        (b,),
    ]


def test_a_played_relink_does_not_double_a_recording_of_a_saved_album(world):
    """Spotify gives another id when it is played, shown with the saved album, whose listing does not have it."""
    with world.sim.edit() as library:
        album = library.new_album(tracks=3)
        listed = library.album_track_ids(album)
        library.save_album(album)
        relink = library.new_relink(listed[1])
        library.play(relink)
    run(world, PLAYS, ALBUMS, ALBUM_TRACKS, VIEWS)
    assert world.rows("SELECT album_id FROM tracks WHERE track_id = %s", relink) == [(album,)]
    counts = world.rows("SELECT track_id, play_count FROM unified_tracks")
    assert set(counts) == {(listed[0], 0), (listed[1], 1), (listed[2], 0)}
    assert world.rows("SELECT track_count, played_count FROM album_stats") == [(3, 1)]


@pytest.mark.parametrize("size", [20, 61])
def test_an_album_that_was_cleaned_and_is_saved_again_is_whole(world, size):
    """Saved, un-saved for 100 days, cleaned, saved again; some of its tracks stay meanwhile, being played."""
    clock = FakeClock(datetime.now(UTC))
    with world.sim.edit() as library:
        album = library.new_album(tracks=size)
        tracks = library.album_track_ids(album)
        library.save_album(album)
        for track_id in (tracks[0], tracks[-1]):
            library.play(track_id)
    run(world, PLAYS, ALBUMS, ALBUM_TRACKS, clock=clock)
    assert world.album_tracks() == {album: set(tracks)}
    with world.sim.edit() as library:
        library.unsave_album(album)
    run(world, ALBUMS, clock=clock)
    clock.pass_time(days=100)
    run(world, CLEAN, clock=clock)
    assert {row[0] for row in world.rows("SELECT track_id FROM tracks")} == {tracks[0], tracks[-1]}
    assert world.rows("SELECT tracks_synced_at FROM albums") == [(None,)]
    with world.sim.edit() as library:
        library.save_album(album)
    run(world, ALBUMS, ALBUM_TRACKS, clock=clock)
    assert world.album_tracks() == {album: set(tracks)}
    assert world.rows("SELECT count(*) FROM albums WHERE tracks_synced_at IS NULL") == [(0,)]


@pytest.mark.parametrize("size", [20, 61, 160])
def test_what_is_on_an_album_no_more_leaves_it(world, size):
    with world.sim.edit() as library:
        album = library.new_album(tracks=size)
        library.save_album(album)
    run(world, ALBUMS, ALBUM_TRACKS)
    with world.sim.edit() as library:
        gone = library.albums[album].track_ids.pop(size - 5)
        tracks = set(library.album_track_ids(album))
        library.save_album(
            library.new_album(tracks=1)
        )  # else the page of saved albums looks like the last time
        tracks_of = {
            album_id: set(library.album_track_ids(album_id)) for album_id in library.saved_album_rows()
        }
    run(world, ALBUMS, ALBUM_TRACKS)
    assert gone not in tracks
    assert world.album_tracks() == tracks_of


@pytest.mark.parametrize("stored", [0, 1])
def test_a_page_that_comes_emptied_makes_no_album_whole(world, stored):
    """Nor does it take off what is known: the next run asks again."""
    with world.sim.edit() as library:
        album = library.new_album(tracks=120)
        tracks = set(library.album_track_ids(album))
        library.save_album(album)
    run(world, ALBUMS)
    if stored:
        run(world, ALBUM_TRACKS)
        world.change("UPDATE albums SET tracks_synced_at = NULL")
        world.change("DELETE FROM album_tracks WHERE track_id IN (SELECT max(track_id) FROM album_tracks)")
    known = world.rows("SELECT count(*) FROM album_tracks")
    world.sim.faults.add("emptied", match=f"/albums/{album}/tracks.*offset=50", times=None)
    run(world, ALBUM_TRACKS)
    assert world.rows("SELECT tracks_synced_at FROM albums WHERE album_id = %s", album) == [(None,)]
    assert world.rows("SELECT count(*) FROM album_tracks") >= known
    world.sim.faults.clear()
    run(world, ALBUM_TRACKS)
    assert world.album_tracks() == {album: tracks}
    assert world.rows("SELECT tracks_synced_at IS NOT NULL FROM albums WHERE album_id = %s", album) == [
        (True,)
    ]


def test_a_null_entry_of_a_long_album_takes_nothing_away(world):
    with world.sim.edit() as library:
        album = library.new_album(tracks=120)
        library.save_album(album)
    run(world, ALBUMS, ALBUM_TRACKS)
    known = world.rows("SELECT * FROM album_tracks")
    world.change("UPDATE albums SET tracks_synced_at = NULL")
    with world.sim.edit() as library:
        items = [{"id": track_id, "name": "x"} for track_id in library.album_track_ids(album)[50:100]]
    page = {"items": [None, *items[1:]], "total": 120, "next": "more"}
    world.sim.faults.add(
        "status", match=f"/albums/{album}/tracks.*offset=50", status=200, json=page, times=None
    )
    world.change("DELETE FROM album_tracks WHERE track_id = %s", items[0]["id"])
    run(world, ALBUM_TRACKS)
    assert world.rows("SELECT tracks_synced_at FROM albums") == [(None,)]
    world.sim.faults.clear()
    run(world, ALBUM_TRACKS)
    assert {row[:2] for row in world.rows("SELECT * FROM album_tracks")} == {row[:2] for row in known}


@pytest.mark.parametrize("place", [3, 55])
def test_an_id_that_is_replaced_on_a_long_album_leaves_it(world, place):
    """The number of tracks stays what it was; on the first page it shows within days, further on within months."""
    clock = FakeClock(datetime.now(UTC))
    with world.sim.edit() as library:
        album = library.new_album(tracks=61)
        library.save_album(album)
    run(world, ALBUMS, ALBUM_TRACKS, clock=clock)
    with world.sim.edit() as library:
        library.albums[album].track_ids[place] = library.new_relink(library.album_track_ids(album)[place])
        tracks = set(library.album_track_ids(album))
    for _ in range(12):
        clock.pass_time(days=8)
        run(world, ALBUMS, ALBUM_TRACKS, clock=clock)
    assert world.album_tracks() == {album: tracks}


def test_a_cleaned_album_of_an_artist_who_is_followed_again_is_whole(world):
    clock = FakeClock(datetime.now(UTC))
    with world.sim.edit() as library:
        artist = library.new_artist("Followed")
        album = library.new_album(tracks=8, artist_id=artist)
        tracks = set(library.album_track_ids(album))
        library.follow(artist)
        library.play(min(tracks))
    scripts = (
        "api_syncs.sync_followed_artists",
        "api_syncs.sync_artist_albums",
        "api_syncs.sync_artists",
        PLAYS,
    )
    run(world, *scripts, clock=clock)
    listed = "SELECT track_id FROM album_tracks WHERE album_id = %s"
    assert {row[0] for row in world.rows(listed, album)} == tracks
    with world.sim.edit() as library:
        library.unfollow(artist)
    run(world, "api_syncs.sync_followed_artists", clock=clock)
    clock.pass_time(days=100)
    run(world, CLEAN, clock=clock)
    assert len(world.rows(listed, album)) == 1
    with world.sim.edit() as library:
        library.follow(artist)
    run(world, *scripts, clock=clock)
    assert {row[0] for row in world.rows(listed, album)} == tracks
    world.sim.clear_requests()
    run(world, "api_syncs.sync_artists", clock=clock)
    assert world.asked() == []


def test_a_row_of_an_earlier_time_among_those_of_a_long_album_is_found(world):
    """As many pages as ever; only where the numbers do not fit it is read as a whole, once."""
    with world.sim.edit() as library:
        albums = [library.new_album(tracks=120) for _ in range(2)]
        for album in albums:
            library.save_album(album)
        other = library.new_track()
        library.like(other)
    run(world, LIKED, ALBUMS)
    world.change("INSERT INTO album_tracks (album_id, track_id) VALUES (%s, %s)", albums[0], other)
    world.sim.clear_requests()
    run(world, ALBUM_TRACKS)
    assert world.asked().count(f"GET /albums/{albums[0]}/tracks") == 2 + 3
    assert world.asked().count(f"GET /albums/{albums[1]}/tracks") == 2
    with world.sim.edit() as library:
        assert world.album_tracks() == {album: set(library.album_track_ids(album)) for album in albums}
