"""A full sync in all kinds of trouble: once that is over, the database equals the library."""

import random
import time
from collections import Counter
from contextlib import suppress

import psycopg2
import pytest

from simulator import Simulator, generate
from tests.chaos.schedules import ANSWER_S, Troublemaker, made
from tests.clock import START, FakeClock
from tests.conftest import World, new_database
from tests.stages import ON_SPOTIFY, contents, difference
from utils.errors import Status

pytestmark = [pytest.mark.slow(30), pytest.mark.once]
# Covers and smart playlists have tests of their own (tests/api_syncs/covers, tests/playlists).
SCRIPTS = [
    module
    for module in ON_SPOTIFY
    if module not in ("api_syncs.sync_images", "playlists.update_dynamic_playlists")
]
NOT_COPIED = {"sync_pauses", "users", "refusals", "playlist_mappings", "top_items"}
AT_ONCE = 25  # schedules of one test


def spotify(folder=None):
    clock = FakeClock()
    library = generate(seed=3, liked=60, albums=5, plays=20, playlists=4, followed=3, now=START)
    return Simulator(library, clock=clock), clock


def run_all(world, clock):
    """All scripts, on a clock that waits for nobody; their outcomes."""
    outcomes = []
    for script in SCRIPTS:
        clock.slept.clear()
        world.script = script
        outcomes.append(world.run(script, clock=clock))
    return outcomes


def healed(world, clock):
    """The trouble is over, and so are the pauses and the circuits that it has left behind."""
    world.sim.faults.clear()
    world.sim.on_request = None
    world.sim.new_consent()
    [(until,)] = world.rows("SELECT max(until) FROM sync_pauses")
    clock.moment = max(clock.moment, until or clock.moment)
    clock.pass_time(days=31)  # what Spotify has said not to know is asked for again


def is_up(dsn):
    for _ in range(600):
        with suppress(psycopg2.Error):
            psycopg2.connect(dsn).close()
            return
        time.sleep(0.1)
    raise AssertionError("the server does not come back")


def copied(world):
    found = contents(world, with_times=False)
    newest = world.rows(
        "SELECT item_type, time_range, rank, item_id FROM top_items AS t "
        "WHERE captured_on = (SELECT max(captured_on) FROM top_items)"
    )
    return {name: rows for name, rows in found.items() if name not in NOT_COPIED} | {
        "newest top items": Counter(map(str, newest))
    }


@pytest.fixture(scope="module")
def expected(server, template, tmp_path_factory):
    """What two syncs without trouble store."""
    sim, clock = spotify()
    with sim, new_database(server, template) as dsn:
        world = World(sim, dsn, tmp_path_factory.mktemp("healthy"))
        world.extra["SPOTIFY_MARKET"] = "DE"
        for _ in range(3):
            assert {outcome.exit_code for outcome in run_all(world, clock)} == {0}
            clock.pass_time(days=31)
        return copied(world)


@pytest.mark.search("part", range(1), range(20))
def test_after_the_trouble_all_is_equal(
    server, template, expected, tmp_path, monkeypatch, seed, part, pytestconfig, record_property
):
    counted = Counter()
    for number in range(AT_ONCE if pytestconfig.getoption("--long") else 5):
        schedule = made(random.Random(f"{seed} {part} {number}"))
        sim, clock = spotify()
        with sim, new_database(server, template) as dsn:
            world = World(sim, dsn, tmp_path)
            world.extra["SPOTIFY_MARKET"] = "DE"
            trouble = Troublemaker(world, schedule, lambda world=world: world.script)
            sim.on_request = trouble
            with monkeypatch.context() as patch:
                patch.setattr("utils.spotify.transport.TIMEOUT_S", (5.0, ANSWER_S))
                for kind, options in schedule.faults:
                    sim.faults.add(kind, **options)
                for outcome in run_all(world, clock):
                    counted[outcome.status] += 1
                    assert "fault of the program" not in outcome.message, schedule
                is_up(dsn)
            for other in trouble.others:
                other.communicate()
            healed(world, clock)
            for _ in range(
                3
            ):  # the second one copies the list that the first has made, if it was not made before
                outcomes = run_all(world, clock)
                clock.pass_time(days=31)
                differs = difference(expected, copied(world))
                if not differs:
                    break
            shown = f"part {part}, number {number}: {schedule}\n" + "\n".join(map(str, outcomes))
            assert {outcome.status for outcome in outcomes} <= {Status.DONE, Status.SKIPPED}, shown
            assert differs == {}, shown
            assert world.rows("SELECT count(*) FROM play_gaps") == [(0,)], shown
            assert world.rows("SELECT count(*) FROM sync_state WHERE NOT is_complete") == [(0,)], shown
            assert world.rows("SELECT count(*) FROM logs WHERE message LIKE 'this is a fault%%'") == [(0,)], (
                shown
            )
            with sim.edit() as library:
                names = [playlist.name for playlist in library.playlists.values()]
            assert names.count("Exclusions") == 1, shown
        assert sim.errors == [], shown
    record_property(
        "tried",
        f"schedules {part}: ended {', '.join(f'{status} {count}' for status, count in sorted(counted.items()))}",
    )
