"""Answers that cannot be read: nothing is stamped, replaced or removed by them, and nothing is forgotten for it."""

import pytest

from tests.clock import FakeClock
from utils.errors import Status

pytestmark = pytest.mark.once
TOP = "api_syncs.sync_top_items"
ALBUMS = "api_syncs.sync_saved_albums"
ALBUM_TRACKS = "api_syncs.sync_album_tracks"
DETAILS = "api_syncs.sync_artists"
LIKED = "api_syncs.sync_liked_tracks"
PLAYS = "api_syncs.track_plays"
PLAYLISTS = "api_syncs.sync_playlists"
EXCLUSIONS = "api_syncs.sync_exclusions"
FOLLOWED = "api_syncs.sync_followed_artists"
ARTIST_ALBUMS = "api_syncs.sync_artist_albums"
AVAILABILITY = "api_syncs.check_track_availability"


def test_top_lists_that_nobody_can_read_leave_those_of_the_day(make_world):
    world = make_world(liked=150, plays=60, odd=False)
    assert world.run(TOP).status == Status.DONE
    sql = "SELECT item_type, time_range, rank, item_id FROM top_items ORDER BY 1, 2, 3"
    before = world.rows(sql)
    assert before
    world.sim.faults.add("unreadable", match="/me/top/", times=None)
    outcome = world.run(TOP)
    assert outcome.status == Status.FAILED
    assert "nothing was removed" in " ".join(row[0] for row in world.rows("SELECT message FROM logs"))
    assert world.rows(sql) == before
    world.sim.faults.clear()
    world.sim.clear_requests()
    assert world.run(TOP, force=False).status == Status.DONE, "the day is not done"
    assert len(world.asked()) == 6
    assert world.rows(sql) == before


def test_a_place_that_cannot_be_read_keeps_what_the_day_had_there(make_world):
    world = make_world(liked=150, plays=60, odd=False)
    assert world.run(TOP).status == Status.DONE
    sql = "SELECT item_type, time_range, rank, item_id FROM top_items ORDER BY 1, 2, 3"
    before = world.rows(sql)
    world.sim.faults.add("unreadable", match="/me/top/", times=None, item=2)
    outcome = world.run(TOP)
    assert (outcome.status, outcome.tally.bad_items) == (Status.DONE, 6)
    assert world.rows(sql) == before
    with world.sim.edit() as library:
        tracks = library.top_tracks["short_term"]
        tracks[1], tracks[2] = tracks[2], tracks[1]
    assert world.run(TOP).status == Status.DONE
    stored = "SELECT rank, item_id FROM top_items WHERE item_type = 'track' AND time_range = 'short_term' ORDER BY 1"
    assert world.rows(stored)[1] == (2, tracks[1]), "what has moved up"
    assert [rank for rank, _ in world.rows(stored)][:3] == [1, 2, 4], "is not kept at its old place as well"


def test_one_top_list_that_cannot_be_read_is_asked_for_again_and_only_that(make_world):
    world = make_world(liked=150, plays=60, odd=False)
    world.sim.faults.add("unreadable", match="/me/top/artists.*medium_term", times=1)
    assert world.run(TOP).status == Status.FAILED
    assert world.rows("SELECT count(DISTINCT (item_type, time_range)) FROM top_items") == [(5,)]
    world.sim.clear_requests()
    assert world.run(TOP, force=False).status == Status.DONE
    assert world.asked() == ["GET /me/top/artists"]


@pytest.mark.parametrize("damage", [{}, {"item": 3}])
def test_an_album_of_which_a_page_could_not_be_read_is_asked_for_again(make_world, damage):
    """61 tracks: 50 come with the album, 11 by the page that cannot be read once, all of it or one item."""
    world = make_world(odd=False)
    with world.sim.edit() as library:
        album_id = library.new_album(tracks=61)
        library.save_album(album_id)
    assert world.run(ALBUMS).status == Status.DONE
    world.sim.faults.add("unreadable", match=f"/albums/{album_id}/tracks", times=1, **damage)
    outcome = world.run(ALBUM_TRACKS)
    assert outcome.tally.bad_items == (1 if damage else 11)
    assert outcome.status == (Status.DONE if damage else Status.FAILED)
    assert world.rows("SELECT tracks_synced_at FROM albums WHERE album_id = %s", album_id) == [(None,)]
    assert world.run(ALBUM_TRACKS).status == Status.DONE
    assert world.rows("SELECT count(*) FROM tracks WHERE album_id = %s", album_id) == [(61,)]
    assert world.rows("SELECT tracks_synced_at IS NULL FROM albums WHERE album_id = %s", album_id) == [
        (False,)
    ]


@pytest.mark.parametrize(("path", "table"), [("/artists", "artists"), ("/albums", "albums")])
def test_details_that_could_not_be_read_are_asked_for_again(make_world, path, table, mode):
    world = make_world(mode=mode, liked=30, plays=5, odd=False)
    assert world.run(LIKED).status == Status.DONE
    stamped = f"SELECT count(*) FROM {table} WHERE enriched_at IS NOT NULL"
    known = len(world.rows(f"SELECT FROM {table}"))
    world.sim.faults.add("unreadable", match=f"GET {path}", times=None)
    assert world.run(DETAILS).status == Status.FAILED
    assert world.rows(stamped) == [(0,)]
    world.sim.faults.clear()
    assert world.run(DETAILS).status == Status.DONE
    assert world.rows(stamped)[0][0] >= known, "and what the others have brought along waits for its turn"


def test_an_artist_of_whom_nothing_could_be_read_is_looked_at_by_the_next_run(make_world):
    world = make_world(odd=False)
    with world.sim.edit() as library:
        for name in ("A", "B", "C"):
            artist_id = library.new_artist(name)
            library.follow(artist_id)
            for number in range(3):
                library.new_album(tracks=1, name=f"{name} {number}", artist_id=artist_id)
    assert world.run("api_syncs.sync_followed_artists").status == Status.DONE
    world.sim.faults.add("unreadable", match="/artists/[^/]+/albums", times=None)
    assert world.run("api_syncs.sync_artist_albums").status == Status.FAILED
    stamped = "SELECT count(*) FROM artists WHERE albums_synced_at IS NOT NULL AND name IN ('A', 'B', 'C')"
    assert world.rows(stamped) == [(0,)]
    world.sim.faults.clear()
    assert world.run("api_syncs.sync_artist_albums").status == Status.DONE
    assert world.rows(stamped) == [(3,)]


def test_a_list_of_which_too_much_could_not_be_read_keeps_its_items(make_world):
    world = make_world(plays=5, playlists=3, odd=False)
    assert world.run("api_syncs.sync_playlists").status == Status.DONE
    items = "SELECT playlist_id, position, track_id FROM playlist_items ORDER BY 1, 2"
    history = "SELECT count(*) FROM playlist_item_history WHERE removed_at IS NOT NULL"
    before = world.rows(items)
    with world.sim.edit() as library:
        own = next(p for p in library.user_playlists if p and library.may_read_items(p))
        library.touch_playlist(own)
    world.sim.faults.add("unreadable", match="/playlists/[^/]+/items", times=None, share=0.2)
    assert world.run("api_syncs.sync_playlists").status == Status.FAILED
    assert world.rows(items) == before
    assert world.rows(history) == [(0,)]
    world.sim.faults.clear()
    assert world.run("api_syncs.sync_playlists").status == Status.DONE
    assert world.rows(items) == before


def test_contents_of_a_smart_playlist_that_cannot_be_read_are_not_written_again(make_world):
    world = make_world(liked=40, plays=5, odd=False)
    steps = (LIKED, PLAYS, "api_syncs.materialized_views", "playlists.update_dynamic_playlists")
    for step in steps:
        assert world.run(step).status == Status.DONE
    with world.sim.edit() as library:
        [made] = [playlist for playlist in library.playlists.values() if playlist.name == "Never played"]
        library.touch_playlist(made.id)
        before = [item.uri for item in made.items]
    assert before
    world.sim.faults.add("unreadable", match="GET /playlists/", times=None)
    assert world.run(steps[-1]).status == Status.FAILED
    assert [item.uri for item in made.items] == before
    world.sim.faults.clear()
    assert world.run(steps[-1]).status == Status.DONE
    assert [item.uri for item in made.items] == before


def test_lists_that_cannot_be_read_are_not_created_a_second_time(make_world):
    world = make_world(liked=10, plays=5, playlists=2, odd=False)
    with world.sim.edit() as library:
        library.new_playlist("Exclusions")
    world.sim.faults.add("unreadable", match="GET /me/playlists", times=None)
    assert world.run("api_syncs.sync_exclusions").status == Status.FAILED
    world.sim.faults.clear()
    assert world.run("api_syncs.sync_exclusions").status == Status.DONE
    with world.sim.edit() as library:
        assert [p.name for p in library.playlists.values()].count("Exclusions") == 1


# Beside it: a run that has passed its gates gets on


def test_a_budget_that_is_spent_before_the_first_batch_still_gets_on(make_world):
    """Each request takes longer than the whole budget; each run writes one page."""
    world = make_world(liked=230, odd=False)
    clock = FakeClock()
    world.sim.on_request = lambda _: clock.pass_time(minutes=5)
    world.extra["JOB_TIME_BUDGET_MINUTES"] = "1"
    statuses = [world.run(LIKED, clock=clock).status for _ in range(6)]
    assert statuses == [Status.STOPPED] * 5 + [Status.DONE], "five pages, and the end of the pass"
    world.assert_library_equal()


def test_a_token_that_an_earlier_run_was_given_is_kept_out_of_logs(make_world, capsys, monkeypatch):
    """Spotify has replaced the token of the environment; the new one is unsealed from the database."""
    world = make_world(liked=60)
    token = world.sim.refresh_token
    world.sim.rotate_refresh_tokens = True
    assert world.run(LIKED).status == Status.DONE
    world.sim.rotate_refresh_tokens = False
    new = world.sim.refresh_token
    world.extra["SPOTIFY_REFRESH_TOKEN"] = token

    def careless(run, *_arguments, **_options):
        run.log.warning("the token is %s", new)
        raise RuntimeError(new)

    monkeypatch.setattr("api_syncs.sync_liked_tracks.sync_collection", careless)
    capsys.readouterr()
    assert world.run(LIKED).status == Status.FAILED
    said = "".join(capsys.readouterr())
    stored = str(
        world.rows("SELECT message, extra FROM logs") + world.rows("SELECT error_message FROM sync_history")
    )
    assert "the token is ***" in said
    assert new not in said + stored


# Keys with new names, and items that are no objects: what is missing has not been given as null

ENTRIES = {"names": {"item": "content", "track": "content", "album": "content"}}
TEXTS_TOO = ("renamed", "texts")


@pytest.mark.parametrize(
    ("job", "before", "match", "table", "kinds"),
    [
        (LIKED, (), "/me/tracks", "liked_tracks", TEXTS_TOO),
        (ALBUMS, (), "/me/albums", "saved_albums", TEXTS_TOO),
        (PLAYS, (), "/me/player/recently-played", "plays", TEXTS_TOO),
        (PLAYLISTS, (), "GET /playlists/", "playlist_items", TEXTS_TOO),
        (EXCLUSIONS, (EXCLUSIONS,), "GET /playlists/", "excluded_tracks", TEXTS_TOO),
        (AVAILABILITY, (LIKED, ALBUMS), "/me/(tracks|albums)", "track_availability", TEXTS_TOO),
        (PLAYLISTS, (), "GET /me/playlists", "playlists", ("texts",)),
        (FOLLOWED, (), "/me/following", "followed_artists", ("texts",)),
        (TOP, (), "/me/top", "top_items", ("texts",)),
        (ALBUM_TRACKS, (ALBUMS,), "/albums/.*/tracks", "tracks", ("texts",)),
        (ARTIST_ALBUMS, (FOLLOWED,), "/artists/.*/albums", "artist_albums", ("texts",)),
    ],
)
def test_a_job_that_can_read_nothing_fails_and_changes_nothing(make_world, job, before, match, table, kinds):
    world = make_world(liked=60, plays=60, albums=8, followed=6, playlists=4, odd=False)
    world.extra["SPOTIFY_MARKET"] = "NL"
    with world.sim.edit() as library:
        library.save_album(library.new_album(tracks=61))
    for step in before:
        assert world.run(step).status == Status.DONE
    if job == EXCLUSIONS:
        with world.sim.edit() as library:
            [made] = [p for p in library.playlists.values() if p.name == "Exclusions"]
            library.playlist_add(
                made.id, [f"spotify:track:{track_id}" for track_id in list(library.tracks)[:5]]
            )
    rows = f"SELECT t.*::text FROM {table} AS t ORDER BY 1"
    held = world.rows(rows)
    for kind in kinds:
        world.sim.faults.add(kind, match=match, times=None, **(ENTRIES if kind == "renamed" else {}))
        outcome = world.run(job)
        assert (outcome.status, outcome.tally.bad_items > 1) == (Status.FAILED, True), outcome.message
        assert world.rows(rows) == held
        world.sim.faults.clear()
    assert world.run(job).status == Status.DONE
    assert len(world.rows(rows)) > len(held)


@pytest.mark.parametrize("names", [{"item": "content", "track": "content"}, {"uri": "resource"}])
def test_a_smart_playlist_whose_entries_cannot_be_read_is_not_written_again(make_world, names):
    """Its first 100 entries come with the playlist itself."""
    world = make_world(liked=40, plays=5, odd=False)
    steps = (LIKED, PLAYS, "api_syncs.materialized_views", "playlists.update_dynamic_playlists")
    for step in steps:
        assert world.run(step).status == Status.DONE
    with world.sim.edit() as library:
        [made] = [playlist for playlist in library.playlists.values() if playlist.name == "Never played"]
        library.touch_playlist(made.id)
        before = list(made.items)
    assert len(before) > 1
    world.sim.clear_requests()
    world.sim.faults.add("renamed", match="GET /playlists/", times=None, names=names, under="items")
    assert world.run(steps[-1]).status == Status.FAILED
    assert not [line for line in world.asked() if not line.startswith("GET")]
    assert made.items == before


def test_followed_artists_of_which_the_next_page_cannot_be_found_are_not_all_of_them(make_world):
    world = make_world(followed=60, odd=False)
    world.sim.faults.add("renamed", match="/me/following", times=None, names={"after": "afterwards"})
    outcome = world.run(FOLLOWED)
    assert outcome.status == Status.FAILED
    assert "how to go on" in outcome.message
    world.sim.faults.clear()
    assert world.run(FOLLOWED).status == Status.DONE
    assert world.rows("SELECT count(*) FROM followed_artists") == [(60,)]


@pytest.mark.parametrize("tracks", [20, 61])
def test_an_album_whose_tracks_cannot_be_read_is_not_complete(make_world, mode, tracks):
    """They came with the album: nothing is known of them, and that is said, not taken for an album without tracks."""
    world = make_world(mode=mode, odd=False)
    with world.sim.edit() as library:
        album_id = library.new_album(tracks=tracks)
        library.save_album(album_id)
    faults = world.sim.faults
    faults.add("renamed", match="/me/albums", times=None, names={"id": "identifier"}, under="tracks")
    assert world.run(ALBUMS).status == Status.DONE, "the albums could be read"
    stored = "SELECT count(*) FROM tracks WHERE album_id = %s"
    stamps = "SELECT tracks_synced_at, enriched_at FROM albums WHERE album_id = %s"
    assert (world.rows(stored, album_id), world.rows(stamps, album_id)) == ([(0,)], [(None, None)])
    faults.clear()
    match = rf"/albums(/{album_id}|\?ids=.*)( |$)"
    faults.add("renamed", match=match, times=None, names={"id": "identifier"}, under="tracks")
    outcome = world.run(DETAILS)
    assert (outcome.status, outcome.tally.bad_items) == (Status.FAILED, min(tracks, 50))
    assert world.rows(stamps, album_id) == [(None, None)]
    outcome = world.run(ALBUM_TRACKS)
    assert (outcome.status, outcome.tally.bad_items) == (Status.FAILED, min(tracks, 50))
    faults.clear()
    assert world.run(ALBUM_TRACKS).status == Status.DONE
    assert world.rows(stored, album_id) == [(tracks,)]
    assert world.run(DETAILS).status == Status.DONE
    assert None not in world.rows(stamps, album_id)[0]
