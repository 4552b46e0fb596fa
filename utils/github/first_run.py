"""Starts the daily chain on GitHub, finds the run, waits for it, and says how it ended."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from utils.clock import Clock
from utils.errors import JobError
from utils.github.gh import Gh, GhError
from utils.github.repository import Repository, as_list, as_mapping

WORKFLOW = "00_master_sync.yml"
_FIELDS = "databaseId,status,conclusion,event,url"
_FIND_S = 3.0
_FINDS = 20
_POLL_S = 10.0
_SILENCES = 6  # so often in a row GitHub may give no answer while a run is waited for
_ANNOTATIONS = 3


@dataclass(frozen=True)
class WorkflowRun:
    """A run as GitHub lists it; `conclusion` is empty until it has ended."""

    id: int
    status: str
    conclusion: str
    event: str
    url: str

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended."""
        return self.status != "completed"

    @classmethod
    def of(cls, found: object) -> "WorkflowRun":
        """From `gh run list --json`, or `gh run view --json`."""
        fields = as_mapping(found)
        text = {name: str(fields.get(name) or "") for name in ("status", "conclusion", "event", "url")}
        number = fields.get("databaseId")
        return cls(number if isinstance(number, int) else 0, **text)


def runs(gh: Gh, repository: Repository) -> list[WorkflowRun]:
    """The last runs of the daily chain, the newest first. Raises GhError."""
    found = gh.read(
        "run", "list", "--workflow", WORKFLOW, "--limit", "20", "--json", _FIELDS, *repository.option
    )
    listed = [WorkflowRun.of(each) for each in as_list(found)]
    return sorted(listed, key=lambda run: run.id, reverse=True)


def runs_so_far(gh: Gh, repository: Repository) -> list[WorkflowRun]:
    """Like `runs`; in a dry run none, where GitHub does not know the workflow before Actions are on. Raises GhError."""
    try:
        return runs(gh, repository)
    except GhError:
        if gh.dry_run:
            return []
        raise


def to_wait_for(before: list[WorkflowRun]) -> WorkflowRun | None:
    """A run that somebody has started and that has not ended: instead of another one."""
    return next((run for run in before if run.is_under_way and run.event == "workflow_dispatch"), None)


def is_green(before: list[WorkflowRun]) -> WorkflowRun | None:
    """The last run that has done something, if it went well. Runs of a cron line that was not chosen do nothing."""
    ended = [run for run in before if not run.is_under_way and run.conclusion != "skipped"]
    return ended[0] if ended and ended[0].conclusion == "success" else None


def start(gh: Gh, repository: Repository, before: list[WorkflowRun], clock: Clock) -> WorkflowRun | None:
    """Start a run and find it: one that was not there before. None in a dry run. Raises GhError, JobError.

    Ids grow, so that no two machines' clocks are compared.
    """
    gh.write("workflow", "run", WORKFLOW, *repository.option)
    if gh.dry_run:
        return None
    last = before[0].id if before else 0
    for _ in range(_FINDS):
        for run in runs(gh, repository):
            if run.id > last and run.event == "workflow_dispatch":
                return run
        clock.sleep(_FIND_S)
    raise JobError(
        "GitHub has taken the start, and shows no run yet.",
        f"Look at {repository.url}/actions/workflows/{WORKFLOW}",
    )


def wait_for(
    gh: Gh, repository: Repository, run: WorkflowRun, clock: Clock, out: TextIO | None = None
) -> None:
    """Wait until a run has ended. Raises JobError unless it went well."""
    line, begun, silences = _Line(out or sys.stdout), clock.now(), 0
    while True:
        try:
            found = as_mapping(
                gh.read("run", "view", str(run.id), "--json", f"{_FIELDS},jobs", *repository.option)
            )
            silences = 0
        except GhError as error:
            silences += 1
            if silences == _SILENCES:
                line.end()
                raise JobError(
                    f"GitHub no longer says how the run goes: {error}", f"Look at {run.url}"
                ) from None
        else:
            now = WorkflowRun.of(found)
            if not now.is_under_way:
                line.end()
                if now.conclusion != "success":
                    raise _failure(gh, repository, now, _jobs(found))
                return
            line.show(_position(now, _jobs(found)), begun, clock.now())
        clock.sleep(_POLL_S)


def _position(run: WorkflowRun, jobs: list[Mapping[str, object]]) -> str:
    """Where a run is: `3 of 24 steps, Liked tracks`."""
    if run.status == "waiting":
        return f"waits for somebody's approval: {run.url}"
    steps = list(_steps(jobs))
    if not steps:
        return "waits for a machine"
    done = sum(step.get("status") == "completed" for _, step in steps)
    at_work = next((f", {step.get('name')}" for _, step in steps if step.get("status") == "in_progress"), "")
    return f"{done} of {len(steps)} steps{at_work}"


def _failure(gh: Gh, repository: Repository, run: WorkflowRun, jobs: list[Mapping[str, object]]) -> JobError:
    """What failed in a run, what it said of that, and what to do."""
    steps = [f"{job.get('name')}: {step.get('name')}" for job, step in _steps(jobs) if _is_bad(step)]
    lines = [f"The run has ended with `{run.conclusion}`: {run.url}"]
    lines += [f"  failed   {step}" for step in steps]
    lines += [
        f"  it says  {text}" for job in jobs if _is_bad(job) for text in _annotations(gh, repository, job)
    ]
    log = gh.shown(("run", "view", str(run.id), "--log-failed", *repository.option))
    remedy = "Do what it says, then run this again: it starts another run."
    if not steps:
        remedy = "GitHub says on that page why it did not run to its end. Then run this again."
    return JobError("\n".join(lines), f"{remedy} The log: {log}")


def _annotations(gh: Gh, repository: Repository, job: Mapping[str, object]) -> list[str]:
    """What a job has marked as an error; nothing where it may not be read, since a log is named all the same."""
    try:
        found = gh.read("api", f"repos/{repository.name}/check-runs/{job.get('databaseId')}/annotations")
    except GhError:
        return []
    texts = [
        gh.printable(str(each.get("message")))
        for each in map(as_mapping, as_list(found))
        if each.get("annotation_level") == "failure"
    ]
    return [text for text in texts if not text.startswith("Process completed")][:_ANNOTATIONS]


def _jobs(found: Mapping[str, object]) -> list[Mapping[str, object]]:
    return [as_mapping(job) for job in as_list(found.get("jobs"))]


def _steps(jobs: list[Mapping[str, object]]) -> Iterator[tuple[Mapping[str, object], Mapping[str, object]]]:
    for job in jobs:
        for step in as_list(job.get("steps")):
            yield job, as_mapping(step)


def _is_bad(part: Mapping[str, object]) -> bool:
    return part.get("conclusion") not in ("success", "skipped", "neutral", "", None)


class _Line:
    """How far a run is: one line that is overwritten on a terminal, elsewhere a line whenever something has changed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._shown = ""

    def show(self, position: str, begun: datetime, now: datetime) -> None:
        if self._is_terminal:
            minutes, seconds = divmod(int((now - begun).total_seconds()), 60)
            self._stream.write(f"\r\x1b[Kfirst run: {position} ({minutes}:{seconds:02})")
        elif position != self._shown:
            self._stream.write(f"first run: {position}\n")
        self._shown = position
        self._stream.flush()

    def end(self) -> None:
        if self._is_terminal and self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
