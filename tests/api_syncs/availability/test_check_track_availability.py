"""Availability of a whole library, compared with what the simulated Spotify knows."""

from collections import Counter
from datetime import UTC, datetime
from itertools import count
from math import ceil

import pytest

from tests.clock import FakeClock
from tests.connections import PATIENCE_S
from utils import ROOT
from utils.spotify.transport import endpoint_group

pytestmark = pytest.mark.once

KILLED = str(ROOT / "tests" / "integration" / "killed_script.py")
CHECK = "api_syncs.check_track_availability"
SYNC = ("api_syncs.sync_liked_tracks", "api_syncs.sync_saved_albums", "api_syncs.sync_album_tracks")


@pytest.fixture
def make_copy(make_world):
    """A world whose library has been copied already, with a market."""

    def make(edit=None, **size):
        world = make_world(**size)
        world.extra["SPOTIFY_MARKET"] = "NL"
        if edit is not None:
            with world.sim.edit() as library:
                edit(library)
        for script in SYNC:
            assert world.run(script).status == "done"
        world.sim.clear_requests()
        return world

    return make


def states(world):
    """track_id → (is_playable, restriction_reason, relinked_to) as stored."""
    rows = world.rows(
        "SELECT track_id, is_playable, restriction_reason, relinked_to FROM track_availability WHERE market = 'NL'"
    )
    return {track_id: tuple(state) for track_id, *state in rows}


def truth(world):
    """The same for every track of the library, as Spotify has it."""
    with world.sim.edit() as library:
        wanted = set(library.liked_rows())
        for album_id in library.saved_album_rows():
            wanted |= set(library.album_track_ids(album_id))
        tracks = [library.tracks[track_id] for track_id in wanted]
    return {t.id: (t.restriction is None, t.restriction, t.relinked_to) for t in tracks}


def assert_right(world):
    have = states(world)
    assert {track_id: have.get(track_id) for track_id in truth(world)} == truth(world)
    complete = "SELECT is_complete FROM sync_state WHERE entity_type = 'availability' ORDER BY phase DESC"
    assert world.rows(complete)[-1] == (True,)


def restrict(world, track_id, reason):
    with world.sim.edit() as library:
        library.tracks[track_id].restriction = reason


def pages_of(world):
    """(pages of the library, further pages of long albums)."""
    with world.sim.edit() as library:
        pages = ceil(len(library.liked) / 50) + ceil(len(library.saved_albums) / 50)
        lengths = [len(library.album_track_ids(album_id)) for album_id in library.saved_album_rows()]
    return pages, sum(ceil(length / 50) - 1 for length in lengths)


def test_1500_liked_tracks_and_100_albums_cost_32_pages(make_copy):
    world = make_copy(liked=1500, albums=100, odd=False)
    outcome = world.run(CHECK)
    assert outcome.status == "done"
    assert Counter(world.asked()) == {"GET /me/tracks": 30, "GET /me/albums": 2}
    assert_right(world)
    # a liked track on a saved album is met twice, and counts once
    assert (outcome.tally.items_processed, outcome.tally.new_items) == (len(states(world)),) * 2
    assert all(state == (True, None, None) for state in states(world).values())


@pytest.mark.parametrize(("mode", "liked", "albums"), [("development", 330, 30), ("extended", 230, 20)])
def test_the_odd_ones_cost_their_long_albums_and_searches(make_copy, mode, liked, albums):
    world = make_copy(mode=mode, liked=liked, albums=albums)
    assert world.run(CHECK).status == "done"
    pages, further = pages_of(world)
    asked = Counter(request.template for request in world.sim.requests if request.kind == "api")
    assert asked["/me/tracks"] + asked["/me/albums"] == pages
    assert further > 0
    assert asked["/albums/{id}/tracks"] == further
    assert asked["/tracks/{id}"] == asked["/tracks"] == 0  # every relinked one lines up
    assert_right(world)
    values = set(states(world).values())
    assert (False, "market", None) in values
    assert [state for state in values if state[2]]
    lost = sum(state[0] is False for state in states(world).values())
    stored = world.rows("SELECT track_id, replacement_id, found_by FROM track_replacements")
    assert len(stored) == lost > 0
    assert asked["/search"] == sum(found_by == "search" for _, _, found_by in stored)


def relinked_twins(library):
    """Two tracks liked at once that look the same, both relinked; and one relinked without a twin, on an album."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    for _ in range(2):
        twin = library.new_track(name="Twin", isrc="NLTWIN000001")
        library.tracks[twin].relinked_to = library.new_track(name="Twin", isrc="NLTWIN000001")
        library.like(twin, at)
    album = library.new_album(tracks=60, name="Long")
    for place in (3, 55):
        track = library.tracks[library.albums[album].track_ids[place]]
        track.relinked_to = library.new_track(name=track.name, isrc=track.isrc)
    library.save_album(album)


def test_a_relinked_entry_without_a_unique_match_is_asked_singly(make_copy, mode):
    world = make_copy(relinked_twins, mode=mode, liked=120, odd=False)
    assert world.run(CHECK).status == "done"
    asked = Counter(request.template for request in world.sim.requests if request.kind == "api")
    singles = 2 if mode == "development" else 0  # extended mode says what an entry stands for
    pages = {"/me/tracks": 3, "/me/albums": 1, "/albums/{id}/tracks": 1}
    assert {name: asked[name] for name in pages} == pages
    assert asked["/tracks/{id}"] == singles
    assert_right(world)
    with world.sim.edit() as library:
        instead = {track.relinked_to for track in library.tracks.values() if track.relinked_to}
    assert not instead & set(states(world))  # never stored as the listener's


def test_going_and_coming_back_are_recorded_with_their_time(make_copy):
    world = make_copy(liked=60, odd=False)
    track_id = next(iter(world.liked()))
    sql = "SELECT is_playable, restriction_reason, checked_at, changed_at FROM track_availability WHERE track_id = %s"
    assert world.run(CHECK).status == "done"
    assert world.rows(sql, track_id)[0][::3] == (True, None)
    for reason in ("product", None):
        restrict(world, track_id, reason)
        assert world.run(CHECK).status == "done"
        [(is_playable, stored, checked_at, changed_at)] = world.rows(sql, track_id)
        assert (is_playable, stored) == (reason is None, reason)
        assert changed_at == checked_at
    assert world.run(CHECK).status == "done"
    assert world.rows(sql, track_id)[0][3] == changed_at < world.rows(sql, track_id)[0][2]
    assert world.rows("SELECT count(*) FROM track_availability WHERE changed_at IS NOT NULL") == [(1,)]


@pytest.mark.parametrize(
    ("match", "fault", "options"),
    [
        ("/me/tracks", "status", {"status": 500}),
        ("/me/tracks", "rate_limit", {"retry_after": 3600}),
        ("/me/albums", "quota", {}),
        ("/albums/", "quota", {}),
        ("/tracks/", "quota", {}),
        ("/tracks/", "status", {"status": 403}),
    ],
)
def test_trouble_never_makes_a_track_unplayable(make_copy, monkeypatch, match, fault, options):
    monkeypatch.setattr("utils.spotify.transport.BACKOFF_S", 0.0)
    world = make_copy(relinked_twins, liked=120, albums=8, odd=False)
    world.sim.faults.add(fault, match=match, times=None, **options)
    assert world.run(CHECK).status in ("failed", "paused")
    assert [state for state in states(world).values() if state[0] is not True] == []
    world.sim.faults.clear()
    world.change("DELETE FROM sync_pauses")
    assert world.run(CHECK).status == "done"
    assert_right(world)


def test_a_track_that_is_gone_stays_what_it_was(make_copy):
    """404 for one that was known, for one that never was, and an id that Spotify could not know."""
    world = make_copy(liked=60, odd=False)
    known, new = list(world.liked())[:2]
    assert world.run(CHECK).status == "done"
    world.change("DELETE FROM track_availability WHERE track_id = %s", new)
    world.change("INSERT INTO tracks (track_id, name) VALUES ('short', 'Odd id')")
    world.change("INSERT INTO liked_tracks SELECT user_id, 'short', now() FROM users")
    with world.sim.edit() as library:
        for track_id in (known, new):
            library.dead_ids.add(track_id)
            library.replace_liked([entry.track_id for entry in library.liked].index(track_id), None)
    world.sim.clear_requests()
    assert world.run(CHECK).status == "done"
    assert sum("/tracks/" in line for line in world.asked()) == 2
    assert states(world)[known] == (True, None, None)
    for number in (2, 2, 0):  # the next runs ask again, until it is the third time
        world.sim.clear_requests()
        assert world.run(CHECK, force=False).status == ("done" if number else "skipped")
        assert sum("/tracks/" in line for line in world.asked()) == number
    have = states(world)
    assert have[known] == (True, None, None)
    assert have[new] == have["short"] == (None, None, None)
    world.sim.clear_requests()
    assert world.run(CHECK).status == "done"  # another pass
    assert sum("/tracks/" in line for line in world.asked()) == 0


def test_a_turn_is_recorded_also_when_an_answer_in_between_says_nothing(make_copy):
    world = make_copy(liked=10, odd=False)
    track_id, liked_at = next(iter(world.liked().items()))
    sql = "SELECT is_playable, restriction_reason, changed_at, checked_at FROM track_availability WHERE track_id = %s"
    assert world.run(CHECK).status == "done"
    first = world.rows(sql, track_id)[0]
    for reason in ("market", None):
        before = world.rows(sql, track_id)[0]
        silent = {"id": track_id, "name": "Whatever", "type": "track", "artists": []}
        entry = {"added_at": f"{liked_at:%Y-%m-%dT%H:%M:%SZ}", "track": silent}
        page = {"items": [entry], "total": 1, "next": None}
        world.sim.faults.add("status", match="GET /me/tracks", status=200, json=page, times=1)
        assert world.run(CHECK).status == "done"
        *known, checked_at = world.rows(sql, track_id)[0]
        assert known == list(before[:3]), "what was known stays"
        assert checked_at > before[3]
        restrict(world, track_id, reason)
        assert world.run(CHECK).status == "done"
        is_playable, stored, changed_at, checked_at = world.rows(sql, track_id)[0]
        assert (is_playable, stored, changed_at) == (reason is None, reason, checked_at)
    assert first[2] is None


def test_a_field_that_is_missing_is_unknown(make_copy, monkeypatch):
    world = make_copy(liked=60, albums=4, odd=False)
    from utils.spotify.client import Spotify

    ask = Spotify.page

    def without(self, path, offset, market=None):
        answer = ask(self, path, offset, market)
        for entry in answer["items"] if path == "me/tracks" else ():
            del entry["track"]["is_playable"]
        return answer

    monkeypatch.setattr(Spotify, "page", without)
    assert world.run(CHECK).status == "done"
    have = states(world)
    on_albums = {track_id for tracks in world.album_tracks().values() for track_id in tracks}
    assert {have[track_id][0] for track_id in world.liked().keys() - on_albums} == {None}
    assert {have[track_id][0] for track_id in on_albums} == {True}


def in_playlist(world, playlist_id, owner, track_ids):
    """A list as it has been copied, by the listener (owner None) or somebody else."""
    world.change(
        "INSERT INTO playlists (user_id, playlist_id, owner_id, position) "
        "SELECT user_id, %s, COALESCE(%s, spotify_id), 0 FROM users",
        playlist_id,
        owner,
    )
    world.change("INSERT INTO tracks (track_id, name) SELECT unnest(%s), 'Listed'", track_ids)
    world.change(
        "INSERT INTO playlist_items (user_id, playlist_id, position, item_type, track_id) "
        "SELECT user_id, %s, i.place, 'track', i.track_id FROM users, unnest(%s) WITH ORDINALITY AS i (track_id, place)",
        playlist_id,
        track_ids,
    )


def allow(world, requests):
    """The requests of each endpoint group in 24 hours, by our setting and by Spotify's quota."""
    world.change(
        "INSERT INTO app_settings SELECT user_id, 'sync.daily_requests_per_group', to_jsonb(%s) FROM users "
        "ON CONFLICT (user_id, key) DO UPDATE SET value = EXCLUDED.value",
        requests,
    )
    world.sim.daily_quota(calls=requests, group=lambda request: endpoint_group(request.path))


def next_day(world):
    for step in (-1000, 999):  # in two steps, so that no hour comes to lie on another one
        world.change("UPDATE api_calls SET hour = hour + make_interval(days => %s)", step)
    world.change("UPDATE api_calls SET last_at = last_at - interval '1 day'")
    world.sim.daily_quota(calls=world.quota, group=lambda request: endpoint_group(request.path))


def test_playlists_only_are_asked_singly_as_far_as_the_budget_goes(make_copy, mode):
    """One by one, so many tracks as requests; else fifty times as many. Twenty requests are kept for searches."""
    world = make_copy(mode=mode, liked=10, odd=False)
    world.quota = 80  # half of it for this
    allow(world, world.quota)
    per_day = 20 if mode == "development" else 1000
    number = 2 * per_day + 10
    with world.sim.edit() as library:
        others = [library.new_track(name=f"Listed {n}") for n in range(number)]
        library.tracks[others[0]].restriction = "market"
    in_playlist(world, "own", None, others)
    in_playlist(world, "not", "x", ["not" + "0" * 19])
    world.sim.clear_requests()
    done = []
    while not done or done[-1] < 10 + number:
        outcome = world.run(CHECK, force=False)
        assert (outcome.status, len(done) < 4) == ("done", True)
        done.append(len(states(world)))
        next_day(world)
    # The first 20 are asked for before it is known that 50 come at once.
    assert done[0] - 10 == (20 if mode == "development" else 20 + 19 * 50)
    assert len(done) == 3
    assert states(world)[others[0]] == (False, "market", None)
    assert Counter(world.asked())["GET /me/tracks"] == 1
    tracks = [request for request in world.sim.requests if request.template in ("/tracks", "/tracks/{id}")]
    assert len(tracks) <= (number + 1 if mode == "development" else ceil(number / 50) + 3)
    assert all(request.query["market"] == "NL" for request in tracks)
    assert {request.status for request in tracks} <= {200, 403}
    assert world.run(CHECK, force=False).status == "skipped"


def test_what_is_only_in_a_list_of_our_own_making_is_not_asked_about(make_copy):
    """A smart playlist is made from the library; it is none."""
    world = make_copy(liked=10, odd=False)
    with world.sim.edit() as library:
        made, both, own = (library.new_track(name=f"Listed {n}") for n in range(3))
    in_playlist(world, "smart", None, [made, both])
    in_playlist(world, "own", None, [own])
    world.change("INSERT INTO playlist_items SELECT user_id, 'own', 0, NULL, 'track', %s FROM users", both)
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, playlist_id, rules) "
        "SELECT user_id, 'made', 'Made', 'smart', '{}' FROM users"
    )
    assert world.run(CHECK).status == "done"
    assert world.asked().count(f"GET /tracks/{made}") == 0
    assert set(states(world)) == {*world.liked(), both, own}


@pytest.mark.parametrize("what", ["likes", "albums", "long albums"])
def test_pages_stop_at_the_share_of_their_group_and_the_library_goes_on(make_copy, what):
    """Availability is the least important of what asks the library; it must not get the others paused."""

    def edit(library):
        for _ in range(60 if what == "long albums" else 0):
            library.save_album(library.new_album(tracks=51))

    liked, albums = {"likes": (2000, 4), "albums": (10, 2000), "long albums": (10, 4)}[what]
    world = make_copy(edit, liked=liked, albums=albums, odd=False)
    world.quota = 50
    world.change("DELETE FROM api_calls")
    allow(world, world.quota)
    statuses, pages = [], []
    for _ in range(6):
        world.sim.clear_requests()
        statuses.append(world.run(CHECK, force=False).status)
        pages.append(len(world.asked()))
        for script in SYNC:
            assert world.run(script).status == "done"
        if world.run(CHECK, force=False).status == "skipped":
            break
        next_day(world)
    assert set(statuses) == {"done"}
    assert 1 < len(statuses) < 6
    assert max(pages) < world.quota
    assert world.rows("SELECT count(*) FROM sync_pauses") == [(0,)]
    assert_right(world)
    assert sum(pages) == sum(pages_of(world)), "no page twice"
    said = world.rows("SELECT count(*) FROM logs WHERE message LIKE %s", "%left for the next runs%")
    assert said[0][0] >= 1


# Replacements


def replacements(world):
    """track_id → (replacement_id, found_by)."""
    rows = world.rows("SELECT track_id, replacement_id, found_by FROM track_replacements WHERE market = 'NL'")
    return {track_id: tuple(found) for track_id, *found in rows}


def searches(world):
    """How often it has searched since the requests were cleared."""
    return world.asked().count("GET /search")


def test_a_release_in_the_library_comes_before_a_search(make_copy, mode):
    made = {}

    def edit(library):
        artist = library.new_artist("Somebody")

        def pair(name, first, second, **other):
            for number, isrc in enumerate((first, second)):
                title = name.upper() if number else name
                more = other if number else {}
                track = library.new_track(name=title, artist_id=artist, isrc=isrc or "x", **more)
                library.tracks[track].isrc = isrc
                made[name, number] = track
                library.like(track)
            library.tracks[made[name, 0]].restriction = "market"

        pair("Same isrc", "NLAAA0000001", "NLAAA0000001")
        pair("Same  title", None, None, duration_ms=200_900)
        pair("Other length", None, None, duration_ms=201_100)
        pair("Other isrc", "NLAAA0000002", "NLAAA0000003")
        made["released again"] = library.new_track(name="Again", isrc="NLAAA0000002")
        made["shadow"] = library.new_track(name="Not in this market either", isrc="NLAAA0000002")
        library.tracks[made["shadow"]].restriction = "market"

    world = make_copy(edit, mode=mode, liked=10, odd=False)
    assert world.run(CHECK).status == "done"
    lost = {name: made[name, 0] for name in ("Same isrc", "Same  title", "Other length", "Other isrc")}
    expected = {
        lost["Same isrc"]: (made["Same isrc", 1], "library"),
        lost["Other isrc"]: (made["released again"], "search"),
    }
    have = replacements(world)
    # Names are stored as given: two blanks are one, capitals are small letters.
    expected[lost["Same  title"]] = (made["Same  title", 1], "library")
    assert have == expected
    assert searches(world) == 1
    assert world.rows("SELECT name FROM tracks WHERE track_id = %s", made["released again"]) == [("Again",)]
    assert made["released again"] not in world.liked()
    assert world.run(CHECK).status == "done"
    assert replacements(world) == expected
    assert searches(world) == 1

    for track_id in lost.values():
        restrict(world, track_id, None)
    assert world.run(CHECK).status == "done"
    assert replacements(world) == {}


def test_a_search_that_finds_nothing_is_not_repeated_for_thirty_days(make_copy):
    world = make_copy(liked=10, odd=False)
    lost = next(iter(world.liked()))
    restrict(world, lost, "market")
    assert world.run(CHECK).status == "done"
    assert replacements(world) == {lost: (None, "search")}
    assert world.run(CHECK).status == "done"
    assert searches(world) == 1
    with world.sim.edit() as library:
        again = library.new_track(name="Again", isrc=library.tracks[lost].isrc)
    world.change("UPDATE track_replacements SET checked_at = checked_at - interval '30 days'")
    assert world.run(CHECK).status == "done"
    assert searches(world) == 2
    assert replacements(world) == {lost: (again, "search")}


def test_a_replacement_that_goes_is_replaced_itself(make_copy):
    world = make_copy(liked=10, odd=False)
    lost = next(iter(world.liked()))
    with world.sim.edit() as library:
        isrc = library.tracks[lost].isrc
        library.tracks[lost].restriction = "market"
        first = library.new_track(name="First", isrc=isrc)
        library.like(first)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    assert world.run(CHECK).status == "done"
    assert replacements(world) == {lost: (first, "library")}
    with world.sim.edit() as library:
        library.tracks[first].restriction = "market"
        second = library.new_track(name="Second", isrc=isrc)
    world.sim.clear_requests()
    assert world.run(CHECK).status == "done"
    assert replacements(world) == {lost: (second, "search"), first: (second, "search")}
    assert searches(world) == 1  # one for both releases of the recording


@pytest.mark.parametrize("how", ["restricted", "gone"])
def test_a_replacement_outside_the_library_is_looked_at_again(make_copy, mode, how):
    world = make_copy(mode=mode, liked=10, odd=False)
    lost = next(iter(world.liked()))
    restrict(world, lost, "market")
    with world.sim.edit() as library:
        isrc = library.tracks[lost].isrc
        twin = library.new_track(name="Twin", isrc=isrc)
    assert world.run(CHECK).status == "done"
    assert replacements(world) == {lost: (twin, "search")}
    assert world.run(CHECK).status == "done"
    assert replacements(world) == {lost: (twin, "search")}
    with world.sim.edit() as library:
        other = library.new_track(name="Other", isrc=isrc)
        if how == "gone":
            library.dead_ids.add(twin)
            library.tracks[twin].isrc = None
        else:
            library.tracks[twin].restriction = "market"
    for _ in range(2 if how == "gone" else 0):
        assert world.run(CHECK).status == "done"
        assert replacements(world) == {lost: (twin, "search")}, "until it is the third time in a row"
    assert world.run(CHECK).status == "done"
    assert replacements(world) == {lost: (other, "search")}
    own = "SELECT message FROM logs WHERE message LIKE 'in NL: %%' ORDER BY logged_at DESC, line_number DESC LIMIT 1"
    assert world.rows(own) == [("in NL: 9 playable, 1 not playable, 0 unknown",)]


def test_what_was_playable_long_ago_replaces_nothing(make_copy):
    world = make_copy(liked=10, odd=False)
    lost = next(iter(world.liked()))
    restrict(world, lost, "market")
    with world.sim.edit() as library:
        isrc = library.tracks[lost].isrc
    world.change("INSERT INTO tracks (track_id, name, isrc) VALUES ('old', 'Old', %s)", isrc)
    world.change(
        "INSERT INTO track_availability (market, track_id, is_playable, checked_at) "
        "VALUES ('NL', 'old', true, now() - interval '31 days')"
    )
    assert world.run(CHECK).status == "done"
    assert replacements(world) == {lost: (None, "search")}


def test_searches_beyond_the_share_of_a_run_come_with_the_next(make_copy, monkeypatch):
    monkeypatch.setattr("api_syncs.availability_pass.SEARCHES", 2)
    world = make_copy(liked=10, odd=False)
    for track_id in list(world.liked())[:5]:
        restrict(world, track_id, "market")
    for done in (2, 4, 5):
        assert world.run(CHECK, force=False).status == "done"
        assert (searches(world), len(replacements(world))) == (done, done)
    assert world.run(CHECK, force=False).status == "skipped"
    assert world.asked().count("GET /me/tracks") == 1


# When


def test_at_most_every_seven_days_or_with_force_or_in_another_market(make_copy):
    world = make_copy(liked=10, odd=False)
    assert world.run(CHECK, force=False).status == "done"
    world.sim.clear_requests()
    outcome = world.run(CHECK, force=False)
    assert (outcome.status, outcome.exit_code) == ("skipped", 0)
    assert "7 days" in outcome.message
    assert world.asked() == []
    assert world.run(CHECK).status == "done"
    assert len(world.asked()) == 2
    world.change("UPDATE sync_state SET started_at = started_at - interval '7 days'")
    assert world.run(CHECK, force=False).status == "done"
    world.extra["SPOTIFY_MARKET"] = "SE"
    assert world.run(CHECK, force=False).status == "done"
    assert world.rows("SELECT market, count(*) FROM track_availability GROUP BY 1 ORDER BY 1") == [
        ("NL", 10),
        ("SE", 10),
    ]


def test_without_a_market_everything_stays_unknown(make_copy):
    world = make_copy(liked=10, odd=False)
    world.extra.clear()
    world.change("UPDATE users SET market = NULL, time_zone = 'UTC'")
    outcome = world.run(CHECK)
    assert (outcome.status, outcome.exit_code) == ("skipped", 0)
    assert "set SPOTIFY_MARKET, such as DE in .env, on GitHub as a variable" in outcome.message
    world.change("UPDATE users SET time_zone = 'Asia/Calcutta'")
    assert "set SPOTIFY_MARKET=IN (the time zone Asia/Calcutta suggests it)" in world.run(CHECK).message
    assert world.asked() == []
    assert states(world) == {}


# Kills


def test_killed_at_every_request_it_goes_on_at_the_page(make_copy):
    world = make_copy(relinked_twins, liked=230, albums=60, odd=False)
    once = Counter()
    for _ in range(40):
        child = world.start("-m", CHECK)
        made = count(1)

        def hook(request, child=child, made=made):
            if request.kind == "api" and next(made) == 6:
                world.kill(child)

        world.sim.on_request = hook
        child.communicate(timeout=PATIENCE_S)
        world.sim.on_request = None
        once["runs"] += 1
        if child.returncode == 0:
            break
    assert 1 < once["runs"] < 40
    asked = Counter((request.path, request.query.get("offset")) for request in world.sim.requests)
    pages = [number for (path, offset), number in asked.items() if offset is not None]
    assert sum(pages) <= len(pages) + 4 * (once["runs"] - 1)
    assert_right(world)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_every_commit_the_result_is_the_same(make_copy, moment):
    world = make_copy(relinked_twins, liked=80, albums=8)
    with world.sim.edit() as library:
        lost = next(iter(library.liked_rows()))
        library.tracks[lost].restriction = "market"
    process = world.call(KILLED, moment, CHECK)
    assert process.returncode == 0, process.stderr
    assert int(process.stdout.split("killed ")[1].split()[0]) > 8
    assert_right(world)
    assert lost in replacements(world)


def test_stopped_by_the_time_budget_it_asks_no_page_twice(make_copy):
    world = make_copy(liked=330, albums=8, odd=False)
    clock = FakeClock(
        datetime.now(UTC)
    )  # a minute is a token and six pages: at least one is committed, not all nine
    world.sim.on_request = lambda _: clock.pass_time(seconds=8)
    world.extra["JOB_TIME_BUDGET_MINUTES"] = "1"
    statuses = Counter()
    while not statuses["done"] and statuses.total() < 30:
        statuses[world.run(CHECK, force=False, clock=clock).status] += 1
    assert statuses["stopped"] > 0
    asked = Counter((request.path, request.query.get("offset")) for request in world.sim.requests)
    assert sum(asked.values()) <= len(asked) + 4 * statuses["stopped"] + statuses.total()
    assert_right(world)
