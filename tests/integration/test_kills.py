"""Killed at any point and started again: the same end state, nothing doubled, no committed page asked for again."""

import signal
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from tests.connections import PATIENCE_S

pytestmark = [pytest.mark.slow(2), pytest.mark.once]

KILLED = str(Path(__file__).with_name("killed_script.py"))
SIZE = {"liked": 130, "albums": 55, "plays": 60, "playlists": 6, "followed": 12}
ALL = ("api_syncs.run_all", "--force")


SWITCHED_OFF = ("spotify.auto_sync_artists", "spotify.auto_sync_artist_albums", "spotify.download_images")


def without_queues(world):
    """Leave out the queues that take days and the images: their own tests kill them (tests/api_syncs)."""
    assert world.run("api_syncs.track_plays").status == "done"
    for key in SWITCHED_OFF:
        world.change(
            "INSERT INTO app_settings (user_id, key, value) SELECT user_id, %s, 'false' FROM users", key
        )


def finished(world, *, with_followed=True):
    """The database equals the library, and nothing is doubled or left behind."""
    world.assert_library_equal()
    with world.sim.edit() as library:
        shown = library.play_rows()
        lists = [playlist for playlist in library.playlists.values() if playlist.name == "Never played"]
    assert set(world.rows("SELECT played_at, track_of(item_key) FROM plays")) == shown
    assert len(lists) == 1
    wanted = world.rows(
        "SELECT count(*) FROM unified_tracks WHERE play_count = 0 AND is_playable IS NOT FALSE AND NOT excluded"
    )[0][0]
    assert len(lists[0].items) == min(wanted, 100)
    with world.sim.edit() as library:
        followed = set(library.followed)
        own = {p: library.playlists[p] for p in library.user_playlists if p and library.may_read_items(p)}
        exclusions = [p for p, playlist in library.playlists.items() if playlist.name == "Exclusions"]
    assert len(exclusions) <= 1
    own = {
        p: playlist for p, playlist in own.items() if p not in (lists[0].id, *exclusions)
    }  # made after the copy
    if with_followed:
        rows = world.rows("SELECT artist_id FROM followed_artists WHERE removed_at IS NULL")
        assert {row[0] for row in rows} == followed
    for playlist_id, playlist in own.items():
        rows = world.rows(
            "SELECT item_uri FROM playlist_items WHERE playlist_id = %s ORDER BY position", playlist_id
        )
        assert [row[0] for row in rows] == [item.uri for item in playlist.items]
    assert world.rows("SELECT count(*) FROM playlist_items_staged") == [(0,)]
    assert world.rows("SELECT count(*) FROM playlist_item_history WHERE removed_at IS NOT NULL") == [(0,)]
    assert world.rows("SELECT count(*) FROM sync_seen") == [(0,)]
    assert world.rows("SELECT count(*) FROM sync_state WHERE NOT is_complete") == [(0,)]


def page(request):
    """What identifies a page of the library."""
    return request.path, request.query.get("offset")


def test_killed_between_every_two_requests(make_world):
    """One kill per request of the whole chain, each time at the next request that was never made before."""
    world = make_world(**SIZE)
    without_queues(world)
    committed = set()
    for survived in range(100):
        child = world.start("-m", *ALL)
        before = len(world.sim.requests)
        world.sim.on_request = kill_at(world, child, survived + 1)
        child.communicate(timeout=PATIENCE_S)
        world.sim.on_request = None
        library = ("/me/tracks", "/me/albums")
        again = [
            page(r) for r in world.sim.requests[before:] if r.path in library and "market" not in r.query
        ]
        assert not [key for key in again if key in committed and key[1] != "0"], (
            "a committed page was asked for again"
        )
        committed |= committed_pages(world)
        if child.returncode == 0:
            break
    assert 4 < survived < 99
    finished(world, with_followed=False)


@pytest.mark.search("number", [*range(1, 20, 3), 25, 33], [*range(1, 22), 25, 29, 33, 37])
def test_killed_once_at_each_request_of_a_first_sync(make_world, number):
    world = make_world(**SIZE)
    world.extra["SPOTIFY_MARKET"] = "DE"
    child = world.start("-m", *ALL)
    world.sim.on_request = kill_at(world, child, number)
    out, err = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == -signal.SIGKILL, out + err
    world.sim.on_request = None
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'spotify.download_images', 'false' FROM users"
    )
    committed = committed_pages(world)
    world.sim.clear_requests()
    process = world.call("-m", *ALL)
    assert process.returncode == 0, process.stdout + process.stderr
    again = {page(request) for request in world.sim.requests if "market" not in request.query}
    assert not {key for key in again & committed if key[1] != "0"}, "a committed page was asked for again"
    finished(world)


def kill_at(world, child, number):
    """A hook that kills the child when it makes its n-th request of the API."""
    made = count(1)

    def hook(request):
        if request.kind == "api" and next(made) == number:
            world.kill(child)

    return hook


def committed_pages(world):
    """Pages below the checkpoint of a pass under way, or all of a pass that is complete."""
    pages = set()
    for entity, path in (("liked_tracks", "/me/tracks"), ("saved_albums", "/me/albums")):
        for (offset,) in world.rows(
            "SELECT last_synced_offset FROM sync_state WHERE entity_type = %s AND phase = 'initial'", entity
        ):
            pages |= {(path, str(start)) for start in range(0, offset, 50)}
    return pages


@pytest.mark.parametrize("script", ["api_syncs.sync_liked_tracks", "api_syncs.sync_saved_albums"])
def test_repeats_of_a_killed_pass(make_world, script):
    """Per kill: one token, and the pages fetched but not yet committed (at most four)."""
    world = make_world(latency_ms=10, liked=730, albums=430, odd=False)
    world.run("api_syncs.track_plays")
    path = "/me/tracks" if "liked" in script else "/me/albums"
    world.sim.clear_requests()
    kills = 0
    for limit in (2, 5, 6, 7, 8, 5, 6, 7, 99):
        child = world.start("-m", script)
        world.sim.on_request = kill_at(world, child, limit)
        child.communicate(timeout=PATIENCE_S)
        if child.returncode == 0:
            break
        kills += 1
    assert kills >= 2
    asked = Counter(page(request) for request in world.sim.requests if request.path == path)
    pages = len(asked)
    assert sum(asked.values()) <= pages + 4 * kills
    tokens = sum(request.kind == "token" for request in world.sim.requests)
    assert tokens <= kills + 1
    have = world.liked() if path == "/me/tracks" else world.saved_albums()
    assert len(have) == (730 if path == "/me/tracks" else 430)


@pytest.mark.slow(8)
@pytest.mark.search("kind", ["each:"], ["each:", ""])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_every_commit(make_world, moment, kind):
    """The n-th run dies at its n-th commit, until one lives: every commit of every script gets its turn.

    Script by script; in the long form also the chain as a whole.
    """
    world = make_world(latency_ms=5, **SIZE)
    process = world.call(KILLED, moment, f"{kind}{ALL[0]}", ALL[1])
    assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
    assert int(process.stdout.split()[-2]) > 60, "how often it was killed"
    finished(world)


STEPS = (
    "api_syncs.track_plays",
    "api_syncs.sync_liked_tracks",
    "api_syncs.sync_saved_albums",
    "api_syncs.sync_album_tracks",
    "api_syncs.sync_followed_artists",
    "api_syncs.sync_playlists",
    "api_syncs.materialized_views",
    "playlists.update_dynamic_playlists",
)


def test_a_lost_answer_creates_no_second_playlist(make_world):
    """The list is created, and the answer never arrives: the next run finds the list."""
    world = make_world(**SIZE)
    world.sim.faults.add("lost_answer", match="POST /me/playlists", times=1)
    outcomes = [world.run(step) for step in STEPS]
    assert [outcome.status for outcome in outcomes] == ["done"] * 7 + ["failed"]
    assert "may have been carried out" in " ".join(row[0] for row in world.rows("SELECT message FROM logs"))
    assert world.run(STEPS[-1]).status == "done"
    finished(world)


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("match", ["PUT /playlists", "GET /playlists", "GET /me/playlists"])
def test_trouble_while_writing_a_playlist_is_made_up_for(make_world, match):
    world = make_world(**SIZE)
    world.sim.faults.add("status", match=match, times=None, status=500)
    for step in STEPS:
        world.run(step)
    world.sim.faults.clear()
    for step in STEPS:
        assert world.run(step).status == "done"
    finished(world)


def test_edits_made_by_hand_are_repaired(make_world):
    world = make_world(**SIZE)
    for step in STEPS:
        assert world.run(step).status == "done"
    with world.sim.edit() as library:
        playlist = next(entry for entry in library.playlists.values() if entry.name == "Never played")
        library.playlist_replace(playlist.id, [item.uri for item in playlist.items[4:]])
    assert world.run(STEPS[-1]).tally.updated_items == 1
    finished(world)
