"""The first five minutes on a stranger's machine: `./run demo`, twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from utils import ROOT

pytestmark = pytest.mark.slow(25)

DERIVED = {"materialized_views", "build_dashboard"}  # refreshed, and written anew, each time


FOR_REAL = [sys.executable, "-m", "simulator.demo"]
ALIKE = [sys.executable, str(Path(__file__).with_name("alike.py")), "simulator.demo"]  # all covers are


def demo(folder, *options, command=FOR_REAL):
    """What `./run demo` starts once everything is installed."""
    return subprocess.run(
        [*command, "--folder", str(folder), *options],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": "postgresql://a-persons-own-database.example/never-touched"},
        capture_output=True,
        text=True,
        check=False,
    )


def requests(demo):
    """How many all scripts together have made."""
    (line,) = [line.split() for line in demo.stdout.splitlines() if line.startswith("together")]
    return line[6]


def test_the_demo_copies_and_soon_writes_nothing_and_scripts_run_on_its_data(tmp_path):
    folder = tmp_path / "de mo"
    early = demo(folder, "--run", "playlists", "--", "list")
    assert early.returncode == 2
    assert "Run ./run demo first" in early.stderr
    first = demo(folder, command=ALIKE)
    assert first.returncode == 0, first.stdout + first.stderr
    copied = (
        "50 plays, 1,500 liked tracks, 100 saved albums, 60 followed artists, 12 playlists with 575 entries"
    )
    assert f"with {requests(first)} requests to Spotify: {copied}." in first.stdout
    dashboard = Path(first.stdout.rstrip().splitlines()[-1].removeprefix("The dashboard: "))
    assert dashboard.read_text(encoding="utf-8").startswith("<!doctype html>")
    second = demo(folder)
    assert second.returncode == 0, second.stdout + second.stderr
    done = [line.split() for line in second.stdout.splitlines() if line.split()[1:2] == ["done"]]
    changed = {job for job, _, _, new, updated, _, removed, *_ in done if {new, updated, removed} != {"0"}}
    assert changed - DERIVED == {"sync_playlists"}, "the lists that the first run made, and nothing else"
    third = demo(folder)
    assert third.returncode == 0, third.stdout + third.stderr
    assert "no library row was written" in third.stdout
    together = next(line for line in third.stdout.splitlines() if line.startswith("together")).split()
    assert (together[2], together[5]) == ("0", "0"), "new, and removed"
    in_readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f" takes {requests(first)}, and leaves" in in_readme
    assert f"nothing has changed takes {requests(third)}." in in_readme
    # `./run demo playlists …`: what a new user does next
    shown = demo(folder, "--run", "playlists", "--", "preview", "never_played")
    assert shown.returncode == 0, shown.stderr
    assert "Never played (never_played): 100 tracks" in shown.stdout
    tried = demo(folder, "--run", "playlists.update_dynamic_playlists", "--", "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "never_played: would be unchanged" in tried.stdout


def test_a_demo_in_extended_quota_mode_that_is_stopped_claims_no_dashboard_and_goes_on(tmp_path):
    """Ctrl-C goes to the whole group, and the simulator is in it."""
    small = [*ALIKE, "--rows", "3000", "--mode", "extended"]
    command = [*small, "--folder", str(tmp_path / "demo")]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert any(line.startswith("track_plays: done") for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130, out + err
    assert err == ""
    assert "stopped by Ctrl-C (SIGINT): no dashboard is built" in out
    assert "The dashboard:" not in out
    assert not list(tmp_path.rglob("index.html"))
    again = demo(tmp_path / "demo", command=small)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "The dashboard:" in again.stdout


def test_a_history_that_is_shorter_than_what_spotify_tells_is_refused(tmp_path):
    refused = demo(tmp_path / "demo", "--rows", "10")
    assert refused.returncode == 2
    assert "--rows 10 cannot be: " in refused.stderr
    assert "are the least" in refused.stderr
    assert "or 0 for a demo without a history" in refused.stderr
    assert "Traceback" not in refused.stderr
