"""A small GitHub Actions runner: it starts the workflows of a repository by events, and runs their jobs on this machine.

It follows GitHub where our workflows could tell the difference, and refuses what it does not know.
"""

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.workflows.runner import events, processes
from tests.workflows.runner.contexts import Scope
from tests.workflows.runner.events import Event
from tests.workflows.runner.jobs import Level
from tests.workflows.runner.processes import Patience, RunProcess
from tests.workflows.runner.results import RunResult, worst
from tests.workflows.runner.workflow_file import WorkflowFile, called_path

TOKEN = "ghs_token-of-the-run"  # what `github.token` is; a secret, as on GitHub
SHA = "0123456789abcdef0123456789abcdef01234567"


class Runner:
    """Runs workflows of the repository at `root`.

    `commands`: scripts that are found before all other programs, by their names: what must not really be done. `run_process`: how
    the process of a step is run; one that can be cancelled is always a process of its own.
    """

    def __init__(
        self,
        folder: Path,
        root: Path,
        *,
        commands: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        run_process: RunProcess = processes.run,
    ) -> None:
        self.folder = folder
        self.root = root
        self.patience = patience or Patience()
        self.run_process = run_process
        self.runs = 0
        self._commands = folder / "commands"
        self._commands.mkdir(parents=True)
        for name, script in (commands or {}).items():
            self.replace(name, script)

    def replace(self, command: str, script: str) -> None:
        """Let a command be this script. `$REAL` in it is Python itself."""
        path = self._commands / command
        path.write_text(f"#!/bin/bash\nREAL={shlex.quote(sys.executable)}\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(
        self,
        workflow: str,
        event: str = "workflow_dispatch",
        *,
        inputs: Mapping[str, Any] | None = None,
        cron: str | None = None,
        event_type: str | None = None,
        client_payload: Mapping[str, Any] | None = None,
        ref: str | None = None,
        secrets: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        environments: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
        machine: Mapping[str, str] | None = None,
        github: Mapping[str, Any] | None = None,
        private: bool = True,
        cancel_when: Callable[[], bool] | None = None,
    ) -> RunResult:
        """Start a workflow by an event, and wait for its end.

        `environments`: by name, their `secrets` and `variables`. `machine`: variables below what the workflow sets.
        `github`: what is to be otherwise in that context (`api_url`, `repository`, …). The run is cancelled when
        `cancel_when` says so; it is asked every few milliseconds.
        """
        self.runs += 1
        file = WorkflowFile(self.root, workflow)
        started = events.make(
            file,
            event,
            cron=cron,
            inputs=inputs,
            event_type=event_type,
            client_payload=client_payload,
            ref=ref,
        )
        run = Run(self, file, started, private=private, github=github or {}, cancel_when=cancel_when or never)
        run.variables = dict(variables or {})
        run.environments = {
            name: {"secrets": _upper(place.get("secrets", {})), "variables": place.get("variables", {})}
            for name, place in (environments or {}).items()
        }
        if cancel_when is not None:
            run.run_process = processes.run
        run.base |= machine or {}
        run.base["PATH"] = os.pathsep.join([str(self._commands), run.base["PATH"]])
        return run.execute(_upper(secrets or {}))

    def check(self, workflow: str) -> None:
        """What GitHub sees before anything runs, of a workflow and those that it calls, however it is started."""
        self.runs += 1
        file = WorkflowFile(self.root, workflow)
        run = Run(self, file, Event("", {}), private=True, github={}, cancel_when=never)
        Level(run, file, {}, {}).check()

    def base(self, folder: Path) -> dict[str, str]:
        """The environment of a machine that knows nothing of the one it stands on."""
        path = [str(Path(sys.executable).parent), os.environ["PATH"]]
        home = folder / "home"
        home.mkdir(parents=True)
        return {"PATH": os.pathsep.join(path), "HOME": str(home), "LANG": "C.UTF-8", "CI": "true"}


class Run:
    """A run while it runs."""

    def __init__(
        self,
        runner: Runner,
        file: WorkflowFile,
        event: Event,
        *,
        private: bool,
        github: Mapping[str, Any],
        cancel_when: Callable[[], bool],
    ) -> None:
        folder = runner.folder / f"run-{runner.runs}"
        self.root, self.patience, self.token = runner.root, runner.patience, TOKEN
        self.run_process = runner.run_process
        self.artifacts = folder / "artifacts"
        self.artifacts.mkdir(parents=True)
        self.base = runner.base(folder)
        self.variables: dict[str, str] = {}
        self.environments: dict[str, dict[str, Mapping[str, str]]] = {}
        self.top = file
        self._files = {file.path: file}
        self._cancel_when = cancel_when
        self._cancelled = False
        self.github = _github(file, event, runner, private=private, changed=github)
        self.result = RunResult(file.name, self.github["event"], folder)
        (folder / "event.json").write_text(json.dumps(self.github["event"]), encoding="utf-8")
        self._inputs = event.inputs

    def is_cancelled(self) -> bool:
        self._cancelled = self._cancelled or self._cancel_when()
        return self._cancelled

    def file(self, uses: str) -> WorkflowFile:
        """A workflow of this repository that a job calls."""
        path = called_path(uses)
        if path not in self._files:
            self._files[path] = WorkflowFile(self.root, Path(path).name)
        return self._files[path]

    def on_machine(self, job_id: str, folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
        """The contexts `github` and `runner` of a job, whose token and name only its steps see."""
        temporary = folder / "temp"
        temporary.mkdir(parents=True)
        github = {
            **self.github,
            "token": self.token,
            "job": job_id,
            "workspace": str(self.root),
            "event_path": str(self.result.folder / "event.json"),
        }
        runner = {"os": "Linux", "arch": "X64", "name": "GitHub Actions 1", "environment": "github-hosted"}
        folders = {"temp": str(temporary), "tool_cache": str(folder / "tools"), "workspace": str(folder)}
        return github, {**runner, **folders}

    def execute(self, secrets: dict[str, str]) -> RunResult:
        level = Level(self, self.top, self._inputs, secrets)
        level.check()
        shared = Scope({"github": self.github, "vars": self.variables, "inputs": self._inputs})
        if "run-name" in self.top.document:
            self.result.name = shared.text(self.top.document["run-name"], "run-name")
        self.result.concurrency = level.concurrency(
            self.top.document.get("concurrency"), shared, "concurrency"
        )
        if self.result.concurrency:
            level.groups = (self.result.concurrency.group.lower(),)
        outcomes = level.jobs()
        ended = worst([outcome.result for outcome in outcomes.values()])
        self.result.conclusion = "cancelled" if self._cancelled else ended
        return self.result


def never() -> bool:
    """No run is cancelled."""
    return False


def _upper(secrets: Mapping[str, str]) -> dict[str, str]:
    """Secrets are called in capitals, however they were written."""
    return {name.upper(): value for name, value in secrets.items()}


def _github(
    file: WorkflowFile, event: Event, runner: Runner, *, private: bool, changed: Mapping[str, Any]
) -> dict[str, Any]:
    """The context as it is before a machine is found."""
    repository = str(changed.get("repository", "listener/mirror"))
    owner, _, name = repository.partition("/")
    about = {
        "full_name": repository,
        "name": name,
        "owner": {"login": owner},
        "private": private,
        "visibility": "private" if private else "public",
        "default_branch": "main",
        "html_url": f"https://github.com/{repository}",
    }
    kind, _, ref_name = event.ref.removeprefix("refs/").partition("/")
    github = {
        "event_name": event.name,
        "event": {**event.payload, "repository": about, "sender": {"login": owner}},
        "ref": event.ref,
        "ref_name": ref_name,
        "ref_type": "tag" if kind == "tags" else "branch",
        "ref_protected": False,
        "base_ref": "main" if event.name == "pull_request" else "",
        "head_ref": "change" if event.name == "pull_request" else "",
        "sha": SHA,
        "repository": repository,
        "repository_id": "1",
        "repository_owner": owner,
        "repository_owner_id": "2",
        "repositoryUrl": f"git://github.com/{repository}.git",
        "actor": owner,
        "actor_id": "2",
        "triggering_actor": owner,
        "run_id": str(1000 + runner.runs),
        "run_number": str(runner.runs),
        "run_attempt": "1",
        "retention_days": "90",
        "secret_source": "Actions",
        "server_url": "https://github.com",
        "api_url": "https://api.github.com",
        "graphql_url": "https://api.github.com/graphql",
        "workflow": file.name,
        "workflow_ref": f"{repository}/{file.path}@{event.ref}",
        "workflow_sha": SHA,
    }
    return {**github, **changed}
