"""How a run, its jobs and their steps ended."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.workflows.runner.permissions import allows


@dataclass
class StepResult:
    """A step. `outcome` and `conclusion`: success, failure, cancelled or skipped; they differ by `continue-on-error`.

    `output` and `summary` are what it wrote; `masked_…` what GitHub shows of that. `exit_code`: None where no script ran.
    """

    name: str
    id: str = ""
    uses: str = ""
    outcome: str = "success"
    conclusion: str = "success"
    exit_code: int | None = None
    output: str = ""
    masked_output: str = ""
    summary: str = ""
    masked_summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    annotations: list[tuple[str, str]] = field(default_factory=list)
    steps: list["StepResult"] = field(default_factory=list)  # of a composite action


@dataclass
class Concurrency:
    """A group that a run or a job waits in."""

    group: str
    cancel_in_progress: bool = False


@dataclass
class JobResult:
    """A job of a run. `id` and `name` of a called workflow's: "caller/called", "caller / called"."""

    id: str
    name: str
    conclusion: str = "success"
    steps: list[StepResult] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, object] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    permissions: dict[str, str] = field(default_factory=dict)
    runs_on: object = None
    timeout_minutes: float = 360
    environment: str = ""
    environment_url: str = ""
    concurrency: list[Concurrency] = field(default_factory=list)
    matrix: dict[str, object] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        return "".join(step.output for step in self.steps)

    @property
    def summary(self) -> str:
        return "".join(step.summary for step in self.steps)

    def step(self, name: str) -> StepResult:
        """A step by its name or id."""
        return next(step for step in self.steps if name in (step.name, step.id))

    def may(self, name: str, level: str) -> bool:
        return allows(self.permissions, name, level)


@dataclass
class RunResult:
    """A run of a workflow. `steps`, `output` and `summary` are those of all its jobs."""

    name: str
    event: dict[str, object]
    folder: Path
    conclusion: str = "success"
    jobs: dict[str, JobResult] = field(default_factory=dict)
    concurrency: Concurrency | None = None

    @property
    def is_red(self) -> bool:
        return self.conclusion == "failure"

    @property
    def steps(self) -> list[StepResult]:
        return [step for job in self.jobs.values() for step in job.steps]

    @property
    def output(self) -> str:
        return "".join(step.output for step in self.steps)

    @property
    def masked_output(self) -> str:
        return "".join(step.masked_output for step in self.steps)

    @property
    def summary(self) -> str:
        return "".join(step.summary for step in self.steps)

    @property
    def masked_summary(self) -> str:
        return "".join(step.masked_summary for step in self.steps)

    @property
    def artifacts(self) -> dict[str, Path]:
        """Folders by the names of artifacts."""
        return {path.name: path for path in sorted((self.folder / "artifacts").glob("*"))}

    def job(self, name: str) -> JobResult:
        """A job by its name or id."""
        return next(job for job in self.jobs.values() if name in (job.name, job.id))

    def step(self, name: str) -> StepResult:
        """A step by its name or id, of any job."""
        return next(step for step in self.steps if name in (step.name, step.id))


def worst(results: list[str]) -> str:
    """What several jobs amount to."""
    for each in ("failure", "cancelled"):
        if each in results:
            return each
    return "skipped" if results and set(results) == {"skipped"} else "success"
