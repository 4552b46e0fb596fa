"""`FakeGh`: the program of `gh_program` in a folder for PATH, what it holds, and what it was asked."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from utils.github.schedules import WORKFLOWS, schedules

PROGRAM = Path(__file__).with_name("gh_program.py")
SCHEDULED = tuple(schedule.file for schedule in schedules())


def repository(**changes: object) -> dict[str, object]:
    """A repository as it is right after a push of this project: private, nothing set, everything on."""
    return {
        "visibility": "PRIVATE",
        "isFork": False,
        "viewerPermission": "ADMIN",
        "hasIssuesEnabled": True,
        "branch": "main",
        "enabled": True,
        "allowed": "all",
        "listed": True,
        "workflows": {path.name: "active" for path in sorted(WORKFLOWS.glob("*.yml"))},
        "secrets": {},
        "variables": {},
        "environments": {},
        "pages": None,
        "runs": [],
        **changes,
    }


def fork(**changes: object) -> dict[str, object]:
    """A public fork as it is right after its making: scheduled workflows are off, and issues."""
    states = {path.name: "active" for path in sorted(WORKFLOWS.glob("*.yml"))}
    off = dict.fromkeys(SCHEDULED, "disabled_fork")
    return repository(
        **{
            "visibility": "PUBLIC",
            "isFork": True,
            "hasIssuesEnabled": False,
            "workflows": {**states, **off},
            **changes,
        }
    )


def step(name: str, conclusion: str = "success", status: str = "completed") -> dict[str, str]:
    return {"name": name, "status": status, "conclusion": conclusion}


def job(*steps: dict[str, str], conclusion: str = "success") -> dict[str, object]:
    status = "completed" if conclusion else "in_progress"
    return {
        "databaseId": 77,
        "name": "Daily chain / Scripts",
        "status": status,
        "conclusion": conclusion,
        "steps": steps,
    }


# What `gh run view` says one time after the other.
QUEUED: dict[str, object] = {"status": "queued"}
RUNNING = {
    "status": "in_progress",
    "jobs": [
        job(
            step("Set up job"),
            step("Plays", "", "in_progress"),
            step("Dashboard", "", "pending"),
            conclusion="",
        )
    ],
}
GREEN = {"status": "completed", "conclusion": "success", "jobs": [job(step("Set up job"), step("Plays"))]}
RED = {
    "status": "completed",
    "conclusion": "failure",
    "jobs": [
        job(
            step("Set up job"),
            step("Create or update the tables", "failure"),
            step("Plays", "skipped"),
            conclusion="failure",
        )
    ],
}


class FakeGh:
    """The fake `gh`. `state` is a JSON file, read anew each time; `edit()` changes it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        program = folder / "gh"
        # -I -S: it needs nothing of this environment, and starts in a moment.
        code = PROGRAM.read_text(encoding="utf-8")
        program.write_text(f"#!{sys.executable} -IS\n{code}\nsys.exit(main())\n", encoding="utf-8")
        program.chmod(0o755)
        self._write(
            {
                "version": "2.45.0",
                "logged_in": True,
                "here": None,
                "missing_scope": False,
                "plan": "free",
                "repositories": {"me/mirror": repository()},
                "failing": {},
                "interrupt_at": "",
                "listed_after": None,
                "hidden": 0,
                "lost_dispatch": False,
                "dispatched": 0,
                "course": [QUEUED, RUNNING, GREEN],
                "annotations": [],
            }
        )

    def _write(self, state: dict[str, Any]) -> None:
        new = self.folder / "state.new"  # in one step: `gh` may be at work
        new.write_text(json.dumps(state))
        new.replace(self.folder / "state.json")

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "state.json").read_text())
        return found

    @contextmanager
    def edit(self) -> Iterator[dict[str, Any]]:
        state = self.state
        yield state
        self._write(state)

    @property
    def mirror(self) -> dict[str, Any]:
        """The repository me/mirror, as it is now."""
        found: dict[str, Any] = self.state["repositories"]["me/mirror"]
        return found

    def be(self, repository: dict[str, object]) -> None:
        """Let me/mirror be this one."""
        with self.edit() as state:
            state["repositories"]["me/mirror"] = repository

    def calls(self) -> list[str]:
        """The commands so far."""
        return [" ".join(words) for words, _ in self.asked()]

    def asked(self) -> list[tuple[list[str], str]]:
        """The commands so far, each with its standard input."""
        path = self.folder / "calls.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(call["words"], call["stdin"]) for call in map(json.loads, lines)]

    def forget(self) -> None:
        """Begin a new list of commands."""
        (self.folder / "calls.jsonl").unlink(missing_ok=True)
