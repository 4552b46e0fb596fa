"""What a month costs: the arithmetic by hand, the machines of the workflows, and the tables of docs/operations.md."""

import pytest
import yaml

from benchmarks import billed_minutes
from benchmarks.billed_minutes import CHOICES, Choice, before, dollars_beyond
from utils import ROOT
from utils.github.minutes import FREE_MINUTES, MACHINES, SLIM, TWO_CORES, Job, Work, month, runs
from utils.github.schedules import schedules


def minutes(works: list[Work]) -> int:
    return sum(work.minutes for work in works)


@pytest.mark.parametrize(("seconds", "billed"), [(1, 1), (59, 1), (60, 1), (60.1, 2), (71, 2), (0, 0)])
def test_each_job_is_rounded_up(seconds: float, billed: int) -> None:
    assert Job(SLIM, seconds).minutes == billed


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("3,13,23,33,43,53 * * * *", 30 * 24 * 6),
        ("7,37 * * * *", 30 * 24 * 2),
        ("37 */6 * * *", 30 * 4),
        ("7 7 * * *", 30),
    ],
)
def test_a_month_has_thirty_days(cron: str, expected: int) -> None:
    assert runs(cron) == expected


def test_two_short_jobs_cost_more_than_one_long_one() -> None:
    assert Work(30, (Job(SLIM, 20), Job(SLIM, 20))).minutes == 60
    assert Work(30, (Job(SLIM, 40),)).minutes == 30


def test_what_was_before() -> None:
    """4,320 play runs, 30 chains of two minutes, 30 runs of the lists: 2,410 minutes too many, at 0.006 $."""
    assert minutes(before()) == 4_320 + 2 * 30 + 30
    assert dollars_beyond(before()) == pytest.approx(2_410 * 0.006)


def test_what_nothing_chosen_costs() -> None:
    """4,320 play runs, 60 of the watch's jobs, 5 backups; 30 chains of two minutes, 30 lists, 120 incremental runs."""
    works = Choice("", {}).month()
    assert minutes(works) == 4_320 + 60 + 5 + 60 + 30 + 120
    whole = 4_385 * 0.002 + 210 * 0.006
    assert dollars_beyond(works) == pytest.approx(whole * 2_595 / 4_595)


def test_a_variable_that_names_no_cron_line_starts_nothing() -> None:
    assert minutes(month({"PLAYS_CRON": "*/7 * * * *"})) == minutes(month({"PLAYS_CRON": "off"}))
    assert minutes(month({"PLAYS_POLL_MINUTES": "off"})) == minutes(month({}))


def test_a_run_that_goes_on_looking_cannot_cost_more_than_the_month_has_minutes_and_one_a_run() -> None:
    (polling,) = [
        work
        for work in Choice("", {"PLAYS_POLL_MINUTES": "340"}).month()
        if any(job.seconds > 3600 for job in work.jobs)
    ]
    assert polling.jobs[0].machine == TWO_CORES
    assert 30 * 24 * 60 - 341 <= polling.minutes <= 30 * 24 * 60 + polling.runs


def test_nothing_beyond_the_free_minutes_costs_nothing() -> None:
    assert dollars_beyond([Work(FREE_MINUTES, (Job(TWO_CORES, 60),))]) == 0
    assert dollars_beyond([Work(FREE_MINUTES + 1, (Job(TWO_CORES, 60),))]) == pytest.approx(0.006)
    assert dollars_beyond([]) == 0


@pytest.mark.parametrize("schedule", schedules(), ids=lambda schedule: schedule.file)
def test_the_machines_are_those_of_the_workflow(schedule) -> None:
    document = yaml.safe_load((ROOT / ".github/workflows" / schedule.file).read_text(encoding="utf-8"))
    # The job that publishes is there only where somebody asks for it.
    jobs = [job for name, job in document["jobs"].items() if name != "publish"]
    expected = MACHINES.get(schedule.file, (TWO_CORES,))
    assert len(jobs) == len(expected)
    for job, machine in zip(jobs, expected, strict=True):
        runner = job.get("runs-on") or job["with"].get("runner", TWO_CORES.label)
        # Of an expression the end: `… && 'ubuntu-24.04' || 'ubuntu-slim' }}`.
        assert runner.removesuffix(" }}").strip("'").split("'")[-1] == machine.label


def test_the_tables_of_the_documentation_are_what_is_computed() -> None:
    """After a change of a cron line: python -m benchmarks.billed_minutes, and its tables into docs/operations.md."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert billed_minutes.choices_table() in text
    assert billed_minutes.lines_table() in text


def test_what_is_recommended_for_a_private_repository_is_the_most_that_is_free() -> None:
    free = {
        choice.variables.get("PLAYS_CRON"): minutes(choice.month()) <= FREE_MINUTES
        for choice in CHOICES
        if set(choice.variables) <= {"PLAYS_CRON"} and choice.from_outside is None
    }
    assert free == {
        None: False,
        "7,37 * * * *": True,
        "23 * * * *": True,
        "off": True,
    }
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "* **Private**: `PLAYS_CRON` = `7,37 * * * *`" in text


def test_it_prints_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert billed_minutes.main() == 0
    out = capsys.readouterr().out
    assert billed_minutes.choices_table() in out
    assert billed_minutes.lines_table() in out
