"""A history that the API and the export tell each in its way comes to the true number of plays, whatever comes first."""

import json
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from simulator.exports.mixed import mixed_history
from tests.connections import PATIENCE_S

pytestmark = pytest.mark.once

IMPORT = "db.import_streaming_history"
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
PLAYS = (
    "SELECT played_at, item_key, part, source, ms_played, api_played_at, COALESCE(api_item_key, '-'), context_uri, reason_end "
    "FROM plays ORDER BY 1, 2, 3"
)


def mixed_world(make_world, tmp_path, seed):
    """A world in which nothing was played but what a hard history says, and that as both tell it. Somebody is known."""
    world = make_world(liked=30, albums=5, plays=0, odd=False)
    assert world.run("api_syncs.track_plays").status == "done"
    with world.sim.edit() as library:
        mixed = mixed_history(library, UNTIL, days=30, seed=seed)
    file = tmp_path / "Streaming_History_Audio_2026_0.json"
    file.write_text(json.dumps(mixed.rows))
    return world, mixed, file


def pages_of(world, mixed):
    """Let the simulated account have played ever more, so that each play is on a page once: a look is due at each step."""
    for place in range(0, len(mixed.plays), 45):
        with world.sim.edit() as library:
            mixed.give_plays(
                library,
                until=mixed.plays[min(place + 45, len(mixed.plays)) - 1].played_at
                + timedelta(milliseconds=1),
            )
        yield


def track(world, mixed):
    """Poll as often as needed."""
    for _ in pages_of(world, mixed):
        assert world.run("api_syncs.track_plays").status == "done"


def import_(world, file):
    ended = world.call("-m", IMPORT, str(file))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def forget(world):
    """As if nothing had been played; who listens is known."""
    for table in ("plays", "played_tracks", "imports", "play_gaps"):
        world.change(f"DELETE FROM {table}")


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_comes_first_the_rows_are_the_same_and_as_many_as_there_were(make_world, tmp_path, seed):
    world, mixed, file = mixed_world(make_world, tmp_path, seed)
    track(world, mixed)
    import_(world, file)
    after = world.rows(PLAYS)
    assert mixed.true_plays <= len(after) <= mixed.true_plays * 1.001 + 1, (
        "none is lost, and hardly one is doubled"
    )
    forget(world)
    import_(world, file)
    track(world, mixed)
    assert world.rows(PLAYS) == after


@pytest.mark.parametrize(("seed", "is_at_once"), [(1, True), (1, False), (2, True)])
def test_polls_between_and_during_the_batches_of_an_import_give_the_same_rows(
    make_world, tmp_path, monkeypatch, seed, is_at_once
):
    world, mixed, file = mixed_world(make_world, tmp_path, seed)
    import_(world, file)
    track(world, mixed)
    after = world.rows(PLAYS)
    forget(world)
    due = pages_of(world, mixed)
    looks = 0

    def look():
        nonlocal looks
        looks += 1
        return world.start("-m", "api_syncs.track_plays")

    def ended(process):
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said

    def parts(rows):
        """Few rows at once, with a look while each is written, or before it."""
        while part := list(islice(rows, 90)):
            process = look() if next(due, due) is None else None
            if process and not is_at_once:
                ended(process)
            yield part
            if process and is_at_once:
                ended(process)

    monkeypatch.setattr("db.importing.files._parts", parts)
    import_(world, file)
    assert looks >= 10
    for _ in due:
        ended(look())
    assert world.rows(PLAYS) == after
