"""Told to stop at any point, while Spotify or the database does not answer: over within 5 s, and nothing lost or doubled."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api_syncs.chain import CHAIN
from simulator.exports.export import write_export

pytestmark = [pytest.mark.slow(40), pytest.mark.once]

DRIVER = str(Path(__file__).with_name("told_to_stop.py"))
SIZE = {"liked": 130, "albums": 30, "plays": 60, "playlists": 5, "followed": 6}
PARTS = 3
PROMISED_S = 5.0
BUSY = 2  # a machine that does other things as well may take so many times as long


def tried(world, seed, tries, *scripts):
    """What the driver has tried."""
    with world.start(DRIVER, str(seed), str(tries), *scripts) as process:
        out, err = process.communicate()  # hours, in the long form; the driver ends what hangs
    assert process.returncode == 0, out[-2000:] + err[-2000:]
    return [json.loads(line) for line in out.splitlines()]


def is_in_order(one):
    """The documented exit code, in time, without a traceback; a write that got no answer in time has failed."""
    if one["point"] is None:
        return one["code"] == 0
    allowed = {0, 130} if one["signal"] == "SIGINT" else {0}
    return (
        (one["seconds"] is None or one["seconds"] < PROMISED_S * BUSY)
        and "Traceback" not in one["said"]
        and (one["code"] in allowed or "may have been carried out" in one["said"])
    )


def all_in_order(found, record_property):
    """Each try was; says how many were told to stop before their end, and how long the slowest took."""
    wrong = [one for one in found if not is_in_order(one)]
    assert wrong == [], f"{len(wrong)} of {len(found)}: {json.dumps(wrong[:5], indent=1)}"
    for script in dict.fromkeys(one["script"] for one in found if one["point"]):
        tries = [one for one in found if one["script"] == script and one["point"]]
        seconds = [one["seconds"] for one in tries if one["seconds"] is not None]
        late = [one for one in tries if (one["seconds"] or 0.0) >= PROMISED_S]
        still = sum(one["seconds"] - one["queued"] >= PROMISED_S for one in late)
        said = f"{script.split()[0]}: told to stop at {len(seconds)} of {len(tries)} points before its end"
        record_property(
            "tried",
            f"{said}, at most {max(seconds, default=0.0):.1f} s, {len(late)} of {PROMISED_S:.0f} s or more, "
            f"{still} of these also without the time in which others had the cores",
        )


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.search("tries", [1], [50])
def test_every_script_of_the_chain(make_world, seed, tries, part, record_property):
    """In its place, with what those before it have left; each part disturbs other scripts."""
    world = make_world(latency_ms=2, **SIZE)
    modules = [*(step.module for step in CHAIN), "api_syncs.run_all"]
    scripts = [
        f"{'' if place % PARTS == part else '='}{module} --force" for place, module in enumerate(modules)
    ]
    found = tried(world, seed + part, tries, *scripts)
    stopped = [one for one in found if one["seconds"] is not None]
    assert len(stopped) > len(CHAIN) // PARTS * tries
    world.assert_library_equal()
    with world.sim.edit() as library:
        assert set(world.rows("SELECT played_at, track_of(item_key) FROM plays")) == library.play_rows()
        names = [playlist.name for playlist in library.playlists.values()]
    assert len(names) == len(set(names)), "no list is made twice"
    assert world.rows("SELECT count(*) FROM sync_history WHERE status = 'running'") == [(0,)]
    assert world.rows("SELECT count(*) FROM sync_state WHERE NOT is_complete") == [(0,)]
    all_in_order(found, record_property)


@pytest.mark.search("tries", [2], [50])
def test_an_import(make_world, seed, tries, tmp_path, record_property):
    world = make_world(plays=60, playlists=0, followed=0, odd=False)
    assert world.run("api_syncs.track_plays").status == "done"
    with world.sim.edit() as library:
        written = write_export(library, tmp_path, datetime.now(UTC), rows=20_000, years=2)
    assert os.sep in str(written.paths[0])
    found = tried(world, seed, tries, f"db.import_streaming_history {' '.join(map(str, written.paths))}")
    all_in_order(found, record_property)
    assert world.rows("SELECT count(*) FROM plays WHERE source <> 'api'") == [(written.truth.plays,)]
