"""Previews of definitions on a pull request: checklist S1-22; the workflow playlists.yml, step by step."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from simulator.preview import changed_since
from utils import ROOT
from utils.errors import JobError

pytestmark = pytest.mark.slow(8)

STEPS = yaml.safe_load((ROOT / ".github/workflows/playlists.yml").read_text(encoding="utf-8"))["jobs"][
    "preview"
]["steps"]


def run_step(name, tmp_path, *more, **environment):
    """A step's command, as GitHub starts it, with arguments added."""
    (command,) = [step["run"] for step in STEPS if step.get("name") == name]
    python = tmp_path / "bin" / "python"  # covers of what is previewed are all alike
    python.parent.mkdir(exist_ok=True)
    python.write_text(
        f'#!/bin/sh\nshift\nexec {sys.executable} {Path(__file__).with_name("alike.py")} "$@"\n'
    )
    python.chmod(0o755)
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-e", "-c", f'{command} "$@"', "step", *more],
        cwd=ROOT,
        env={"PATH": path, "HOME": str(tmp_path), "GITHUB_ACTIONS": "true", "LANG": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_steps_of_the_workflow(tmp_path):
    checked = run_step("Check all definitions", tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "18 definitions are good" in checked.stdout
    summary = tmp_path / "summary.md"
    shown = run_step(
        "Preview what has changed", tmp_path, "--folder", str(tmp_path / "preview"), "--rows", "2000", "never_played", "decades",
        GITHUB_STEP_SUMMARY=str(summary),
    )  # fmt: skip
    assert shown.returncode == 0, shown.stdout + shown.stderr
    text = summary.read_text(encoding="utf-8")
    assert "Never played (never_played): 100 tracks" in text
    assert "Mix: the 20" in text
    assert text.count("```") == 2 * text.count("```text")


def git(folder, *arguments):
    command = [
        "git",
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
        "-c",
        "commit.gpgsign=false",
        *arguments,
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_what_has_changed_since_a_commit(tmp_path):
    folder = tmp_path / "playlists" / "definitions"
    folder.mkdir(parents=True)
    for slug in ("same", "changed", "gone"):
        (folder / f"{slug}.yml").write_text(f"name: {slug}\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    (folder / "changed.yml").write_text("name: new\n")
    (folder / "new.yml").write_text("name: new\n")
    (folder / "gone.yml").unlink()
    (tmp_path / "elsewhere.yml").write_text("name: no definition\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "two")
    assert sorted(changed_since("HEAD^1", folder)) == ["changed", "new"]
    assert changed_since("HEAD", folder) == []
    with pytest.raises(JobError, match="nowhere"):
        changed_since("nowhere", folder)
