"""Every play that the API ever showed is kept: checklist S1-21, S1-49; case 6."""

from datetime import UTC, datetime, timedelta

import pytest

SCRIPT = "api_syncs.track_plays"
LATELY = datetime.now(UTC) - timedelta(days=2)  # so that there is time for the plays of a test


def stored(world):
    return set(world.rows("SELECT played_at, track_of(item_key) FROM plays"))


def test_all_fifty_are_stored_with_their_context(make_world, mode):
    world = make_world(mode=mode, liked=60, plays=120)
    assert world.run(SCRIPT).status == "done"
    with world.sim.edit() as library:
        shown = library.play_rows()
        contexts = {(play.played_at, play.context_uri) for play in library.plays}
    assert stored(world) == shown
    in_database = set(world.rows("SELECT played_at, context_uri FROM plays"))
    assert in_database <= contexts
    assert len({uri for _, uri in in_database}) > 1


def test_nothing_is_lost_or_doubled_over_many_runs(make_world):
    world = make_world(liked=60, plays=10, now=LATELY)
    seen = set()
    for step in range(12):
        with world.sim.edit() as library:
            ids = list(library.liked_rows())
            for number in range(20):
                library.play(ids[(step * 7 + number) % len(ids)])
            seen |= library.play_rows()
        assert world.run(SCRIPT).status == "done"
    assert stored(world) == seen
    assert world.rows("SELECT count(*) FROM play_gaps") == [(0,)]


def test_late_arrivals_are_kept(make_world):
    world = make_world(liked=60, plays=30)
    world.run(SCRIPT)
    with world.sim.edit() as library:
        newest = max(play.played_at for play in library.plays)
        track_id = next(iter(library.liked_rows()))
        library.play(track_id, at=newest - timedelta(hours=5))  # an offline device reports
    outcome = world.run(SCRIPT)
    assert outcome.tally.new_items == 1
    with world.sim.edit() as library:
        assert stored(world) == library.play_rows()


def test_a_repeat_is_a_play(make_world):
    world = make_world(liked=5)
    with world.sim.edit() as library:
        track_id = next(iter(library.liked_rows()))
        for _ in range(4):
            library.play(track_id)
    world.run(SCRIPT)
    assert len(stored(world)) == 4


def test_a_gap_is_recorded_when_fifty_were_not_enough(make_world):
    world = make_world(liked=60, plays=60, now=LATELY)
    assert world.run(SCRIPT).status == "done"
    last_known = world.rows("SELECT max(played_at) FROM plays")[0][0]
    with world.sim.edit() as library:
        ids = list(library.liked_rows())
        for number in range(51):
            library.play(ids[number])
        oldest_shown = min(played_at for played_at, _ in library.play_rows())
    assert world.run(SCRIPT).status == "done"
    assert world.rows("SELECT gap_start, gap_end, filled_at FROM play_gaps") == [
        (last_known, oldest_shown, None)
    ]
    assert world.run(SCRIPT).status == "done"
    assert world.rows("SELECT count(*) FROM play_gaps") == [(1,)]


def test_fifty_new_ones_that_just_fit_leave_no_gap(make_world):
    world = make_world(liked=60, plays=60, now=LATELY)
    assert world.run(SCRIPT).status == "done"
    with world.sim.edit() as library:
        ids = list(library.liked_rows())
        for number in range(49):
            library.play(ids[number])
    assert world.run(SCRIPT).status == "done"
    assert world.rows("SELECT count(*) FROM play_gaps") == [(0,)]


@pytest.mark.parametrize(
    ("new", "fault", "gaps"),
    [
        (49, {"kind": "unreadable", "item": 49}, 0),  # the known one, that joins the others to it
        (49, {"kind": "renamed", "names": {"played_at": "at"}}, 0),
        (52, {"kind": "unreadable", "item": 49}, 1),
        (52, {"kind": "unreadable", "item": 10}, 1),
    ],
)
def test_a_play_whose_track_cannot_be_read_has_its_time(make_world, new, fault, gaps):
    world = make_world(liked=60, plays=60, now=LATELY, odd=False)
    assert world.run(SCRIPT).status == "done"
    with world.sim.edit() as library:
        for track_id in list(library.liked_rows())[:new]:
            library.play(track_id)
    world.sim.faults.add(match="/me/player", **fault)
    assert world.run(SCRIPT).tally.bad_items > 0
    assert world.rows("SELECT count(*) FROM play_gaps") == [(gaps,)]


def test_plays_stay_when_their_track_leaves_the_library(make_world):
    world = make_world(liked=60, plays=60)
    for script in (SCRIPT, "api_syncs.sync_liked_tracks"):
        world.run(script)
    before = stored(world)
    with world.sim.edit() as library:
        library.clear_liked()
    for _ in range(2):  # a large drop is said first
        world.run("api_syncs.sync_liked_tracks")
    assert world.liked() == {}
    assert stored(world) == before
