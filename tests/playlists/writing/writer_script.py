"""Sync one list, as a process that a test can kill: `writer_script.py FILE` with JSON of slug, name, description, uris."""

import json
import sys
from pathlib import Path

from playlists.writing.sync import sync_list
from playlists.writing.target import Target
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.spotify_run import SpotifyJob
from utils.mirror.own_playlists import read_own_lists

made = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
uris = made.pop("uris")
target = Target(**made, wanted=lambda _current: uris)


def work(run):
    sync_list(run, target, read_own_lists(run))


job = SpotifyJob(
    name="test_writer",
    work=work,
    about="a test",
    reads="-",
    writes="-",
    counts="-",
    groups=("playlists", "library"),
)
sys.exit(run_job(job, Options(force=True)).exit_code)
