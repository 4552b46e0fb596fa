"""Likes and saved albums as they were on a date, and brought back to it on Spotify."""

import json
import signal
from argparse import Namespace

import pytest

from api_syncs.library_restore import RESTORE
from simulator.server.oauth import ALL_SCOPES
from tests.clock import FakeClock
from tests.connections import PATIENCE_S
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.when import when

SYNCS = {"likes": "api_syncs.sync_liked_tracks", "albums": "api_syncs.sync_saved_albums"}
WRITES = ("PUT", "DELETE")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def world(make_world, clock):
    world = make_world(liked=60, albums=24, clock=clock, odd=False)
    with world.sim.edit() as library:  # nothing of the clock's future
        library.liked = [entry for entry in library.liked if entry.added_at < clock.moment]
        library.saved_albums = [entry for entry in library.saved_albums if entry.added_at < clock.moment]
    return world


def state(world, what):
    """id → when it was added, the newest first."""
    with world.sim.edit() as library:
        if what == "likes":
            return {entry.track_id: entry.added_at for entry in library.liked}
        return {entry.album_id: entry.added_at for entry in library.saved_albums}


def edited(world, clock, what, gone, back):
    """Some go, and some that are there or were are saved anew."""
    with world.sim.edit() as library:
        take, give = (
            (library.unlike, library.like) if what == "likes" else (library.unsave_album, library.save_album)
        )
        for each in gone:
            take(each)
        for each in back:
            give(each, clock.moment)
            clock.pass_time(seconds=5)


def synced(world, clock, what):
    """The next day."""
    assert world.run(SYNCS[what], clock=clock).status == "done"
    day = clock.moment.date()
    clock.pass_time(days=1)
    return day, state(world, what)


def restore(world, clock, what, day, *, yes=True, **more):
    options = {"add_only": False, "together": False, **more}
    arguments = Namespace(what=what, on=when(str(day)), dry_run=not yes, **options)
    world.sim.clear_requests()
    with world.settings():
        return run_job(RESTORE[what], Options(arguments=arguments), clock)


def written(world):
    return [line for line in world.asked() if line.startswith(WRITES)]


@pytest.fixture(params=["likes", "albums"])
def told(request, world, clock):
    """(what, the library on each of four days)."""
    what = request.param
    days = [synced(world, clock, what)]
    ids = list(days[0][1])
    edited(world, clock, what, ids[3:9], [])
    days.append(synced(world, clock, what))
    edited(world, clock, what, ids[12:14], [ids[4], ids[20]])
    days.append(synced(world, clock, what))
    edited(world, clock, what, [], [ids[7], ids[13]])
    days.append(synced(world, clock, what))
    return what, days


def test_every_day_is_known_and_brought_back(world, clock, told):
    what, days = told
    for day, then in days:
        process = world.call("-m", "api_syncs.library", "history", what, "--on", f"{day}", "--json")
        assert process.returncode == 0, process.stderr
        entries = json.loads(process.stdout)["entries"]
        assert {each["id"] for each in entries} == set(then), day
        assert [each["added_at"] for each in entries] == [at.isoformat() for at in then.values()]
    said = world.call("-m", "api_syncs.library", "history", what).stdout
    assert f"{days[1][0]}  \N{MINUS SIGN}6" in said
    for day, then in (days[0], days[2], days[1], days[3]):
        before = state(world, what)
        assert restore(world, clock, what, day, yes=False).status == "done"
        assert written(world) == []
        outcome = restore(world, clock, what, day)
        assert outcome.status == "done", outcome
        after = state(world, what)
        assert after.keys() == then.keys(), day
        back = [each for each in after if each not in before]
        assert back == list(after)[: len(back)], "what came back is the newest"
        dates = [then[each] for each in back]
        assert dates == sorted(dates, reverse=True), "in the order of then"
        assert len({after[each] for each in back}) == len(back), "a second apart"
        assert len(written(world)) == len(back) + bool(before.keys() - then.keys())
        assert restore(world, clock, what, day).status == "done"
        assert written(world) == [], "nothing is left to do"
        already = f"as on {day} already: nothing to do"
        assert world.rows("SELECT count(*) FROM logs WHERE message = %s", already) == [(1,)]
        clock.pass_time(hours=25)


def test_what_is_only_added_takes_nothing_out_and_forty_in_one_keep_their_order_here(world, clock, told):
    what, days = told
    day, then = days[0]
    before = state(world, what)
    edited(world, clock, what, list(then)[10:18], [])
    assert restore(world, clock, what, day, add_only=True, together=True).status == "done"
    assert len(written(world)) == 1
    assert state(world, what).keys() == before.keys() | then.keys()


def test_what_the_day_has_no_requests_for_waits_and_a_dead_id_keeps_nothing_back(world, clock, told):
    what, days = told
    day, then = days[0]
    dead = next(each for each in then if each not in state(world, what))
    with world.sim.edit() as library:
        library.dead_ids |= {dead}
        wanted = then.keys() - {dead}
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'sync.daily_requests_per_group', '50' FROM users"
    )
    world.change(
        "UPDATE api_calls SET calls = 37, hour = date_trunc('hour', %s::timestamptz), last_at = %s "
        "WHERE endpoint_group = 'library' AND hour = (SELECT max(hour) FROM api_calls WHERE endpoint_group = 'library')",
        clock.moment,
        clock.moment,
    )
    runs = 0
    while state(world, what).keys() != wanted and runs < 9:
        runs += 1
        assert restore(world, clock, what, day).status in ("stopped", "done")
        clock.pass_time(hours=25)
    assert runs == 2, "not all of it on one day"
    assert state(world, what).keys() == wanted


def test_a_pause_of_spotifys_says_how_far_it_is_and_the_next_run_goes_on(world, clock, told):
    what, days = told
    day, then = days[0]
    missing = then.keys() - state(world, what).keys()
    world.sim.faults.add("rate_limit", match="PUT .*library", after=1, retry_after=50_000)
    outcome = restore(world, clock, what, day)
    assert outcome.status == "paused"
    surplus = state(world, what).keys() - then.keys()
    assert f" 1 of {len(missing | surplus)} saved; the next run goes on from there" in outcome.message
    assert restore(world, clock, what, day).status == "paused", "nothing asks meanwhile"
    assert written(world) == []
    clock.pass_time(hours=25)
    assert restore(world, clock, what, day).status == "done"
    assert state(world, what).keys() == then.keys()


@pytest.mark.parametrize("number", [3, 6])
def test_killed_and_run_again_it_comes_to_the_same(world, clock, number):
    world.sim.on_request = None
    (day, then) = synced(world, clock, "likes")
    ids = list(then)
    edited(world, clock, "likes", ids[2:5], [])
    edited(world, clock, "likes", [], [ids[30]])
    synced(world, clock, "likes")
    child = world.start("-m", "api_syncs.library", "restore", "likes", "--on", f"{day}", "--yes")
    made = iter(range(1, 1000))

    def hook(request):
        if request.kind == "api" and next(made) == number:
            world.kill(child)

    world.sim.on_request = hook
    out, err = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == -signal.SIGKILL, out + err
    world.sim.on_request = None
    clock.pass_time(days=30)
    assert restore(world, clock, "likes", day).status == "done"
    after = state(world, "likes")
    assert after.keys() == then.keys()
    dates = [then[each] for each in after if each in ids[2:5]]
    assert dates == sorted(dates, reverse=True)


def test_without_the_right_to_it_nothing_is_asked_and_the_way_to_it_is_said(world, clock):
    without = [scope for scope in ALL_SCOPES if scope != "user-library-modify"]
    world.sim.new_consent(without)
    day, _ = synced(world, clock, "likes")
    edited(world, clock, "likes", list(state(world, "likes"))[:3], [])
    outcome = restore(world, clock, "likes", day)
    assert outcome.status == "failed"
    assert outcome.returns == 2
    assert "user-library-modify" in outcome.message
    assert "./run login --library" in outcome.remedy
    assert world.asked() == []
    assert restore(world, clock, "likes", day, yes=False).status == "done", "a look needs no right"


def test_what_was_before_the_first_copy_is_not_guessed(world, clock):
    synced(world, clock, "likes")
    outcome = restore(world, clock, "likes", when("2026-05-01"))
    assert outcome.returns == 2
    assert "copied since" in outcome.message
    said = world.call("-m", "api_syncs.library", "history", "likes", "--on", "2026-05-01").stdout
    assert "As far as they were still there" in said
