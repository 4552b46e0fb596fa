"""Histories of a test's own, imported: a listener without plays, a file with just these plays, any text as a file."""

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from simulator.exports.repertoire import item_of
from tests.conftest import World
from utils.clock import Clock
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.outcome import Outcome

IMPORT = "db.import_streaming_history"
FIRST = datetime(2020, 1, 1, 12, tzinfo=UTC)
SAME = {"platform": "ios", "reason_start": "trackdone", "reason_end": "trackdone"}
FLAGS = ("shuffle", "skipped", "offline", "incognito_mode")
ABSENT = ("episode_name", "episode_show_name", "spotify_episode_uri")


def import_plays(world: World, plays: Mapping[str, int], clock: Clock | None = None) -> None:
    """Import so many plays of each of these tracks of the simulator's, as the export names them."""
    with world.sim.edit() as library:
        items = {track_id: item_of(library, library.tracks[track_id]) for track_id in plays}
    rows, moment = [], FIRST
    for track_id, item in items.items():
        for _ in range(plays[track_id]):
            moment += timedelta(minutes=10)
            names = {
                "track_name": item.name,
                "album_artist_name": item.artist,
                "album_album_name": item.album,
            }
            row = {"ts": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "ms_played": 200_000, **SAME}
            row |= {f"master_metadata_{name}": value or None for name, value in names.items()}
            row |= {"spotify_track_uri": f"spotify:track:{track_id}", "offline_timestamp": None}
            rows.append(row | dict.fromkeys(FLAGS, False) | dict.fromkeys(ABSENT))
    path = world.folder / "Streaming_History_Audio_2020_0.json"
    path.write_text(json.dumps(rows))
    assert import_file(world, path, clock=clock).tally.new_items == len(rows)


def import_file(world: World, *paths: Path, clock: Clock | None = None) -> Outcome:
    """Import what was written."""
    job = import_module("db.import_streaming_history").JOB
    arguments = Namespace(paths=[str(path) for path in paths], aside=False)
    with world.settings():
        outcome = run_job(job, Options(force=True, arguments=arguments), clock)
    assert outcome.status == "done", outcome.message
    return outcome


def silent_world(make_world: Callable[..., World]) -> World:
    """A world with somebody who is known, and has played nothing."""
    world = make_world(liked=5, albums=2, plays=0, odd=False)
    assert world.run("api_syncs.track_plays").status == "done"
    return world


def import_text(world: World, file: Path, text: str) -> str:
    """Import a text as this file; what was said."""
    file.write_text(text, encoding="utf-8")
    ended = world.call("-m", IMPORT, str(file))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return str(ended.stdout)
