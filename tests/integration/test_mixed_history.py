"""A history that the API and the export tell each in its way comes to the true number of plays, whatever comes first."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from simulator.exports.mixed import mixed_history

IMPORT = "db.import_streaming_history"
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
PLAYS = (
    "SELECT played_at, item_key, part, source, ms_played, api_played_at, COALESCE(api_item_key, '-'), context_uri, reason_end "
    "FROM plays ORDER BY 1, 2, 3"
)


@pytest.fixture
def mixed_world(make_world, tmp_path):
    """A world in which nothing was played but what a hard history says, and that as both tell it."""
    world = make_world(liked=30, albums=5, odd=False)
    with world.sim.edit() as library:
        mixed = mixed_history(library, UNTIL, days=30)
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


def test_any_order_comes_to_the_true_plays(mixed_world, make_world):
    world, mixed, file = mixed_world
    track(world, mixed)
    import_(world, file)
    after = world.rows(PLAYS)
    assert abs(len(after) - mixed.true_plays) <= mixed.true_plays / 1000 + 1
    for table in ("plays", "played_tracks", "imports", "play_gaps"):
        world.change(f"DELETE FROM {table}")
    # the export first; it has all but the last days
    track(world, mixed, until=0.02)  # somebody has to be known
    import_(world, file)
    track(world, mixed)
    assert world.rows(PLAYS) == after
