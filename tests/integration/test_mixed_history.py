"""A history that the API and the export tell each in its way comes to the true number of plays, whatever comes first."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from simulator.exports.mixed import mixed_history
from tests.connections import PATIENCE_S

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


def track(world, mixed, *, since=0.0, until=1.0):
    """Poll as often as needed, so that each play is on a page once."""
    begin, end = (round(share * len(mixed.plays)) for share in (since, until))
    for place in range(begin, end, 45):
        with world.sim.edit() as library:
            mixed.give_plays(
                library, until=mixed.plays[min(place + 45, end) - 1].played_at + timedelta(milliseconds=1)
            )
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
    forget(world)
    process = world.start("-m", IMPORT, str(file))
    track(world, mixed)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert world.rows(PLAYS) == after
