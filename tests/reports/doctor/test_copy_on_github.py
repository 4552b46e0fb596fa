"""What the doctor says of a copy on GitHub, where `gh` is there."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from simulator.gh import FakeGh
from tests.reports.doctor.conftest import doctor
from utils.github.schedules import schedules

pytestmark = [pytest.mark.once, pytest.mark.slow(15, together=True)]
CHAIN, BACKUP = "00_master_sync.yml", "backup.yml"


def run_of(number: int, file: str, conclusion: str = "success", days_ago: float = 1) -> dict[str, object]:
    return {
        "databaseId": number,
        "workflowName": file,
        "event": "schedule",
        "status": "completed",
        "conclusion": conclusion,
        "createdAt": (datetime.now(UTC) - timedelta(days=days_ago)).isoformat(),
        "url": "",
        "jobs": [],
    }


@pytest.fixture
def gh(world, tmp_path, monkeypatch) -> FakeGh:
    """The copy me/mirror, whose schedules are on and go well."""
    fake = FakeGh(tmp_path / "bin")
    world.extra["PATH"] = f"{fake.folder}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setattr("reports.diagnosis.github.name_of_origin", lambda: "me/mirror")
    with fake.edit() as state:
        mirror = state["repositories"]["me/mirror"]
        mirror["variables"] = {"SCHEDULES": "on"}
        mirror["secrets"] = dict.fromkeys(
            (
                "DATABASE_URL",
                "SPOTIFY_CLIENT_ID",
                "SPOTIFY_CLIENT_SECRET",
                "SPOTIFY_REFRESH_TOKEN",
                "BACKUP_KEY",
            ),
            "x",
        )
        mirror["runs"] = [run_of(number, each.file) for number, each in enumerate(schedules())]
    return fake


def edit(gh: FakeGh, **changes: object) -> None:
    with gh.edit() as state:
        for name, value in changes.items():
            held = state["repositories"]["me/mirror"]
            held[name] = {**held[name], **value} if isinstance(value, dict) else value


def forget(gh: FakeGh, kind: str, name: str) -> None:
    with gh.edit() as state:
        del state["repositories"]["me/mirror"][kind][name]


def add_run(gh: FakeGh, *, instead: bool = False, **run: object) -> None:
    with gh.edit() as state:
        runs = state["repositories"]["me/mirror"]["runs"]
        if instead:
            runs[:] = [each for each in runs if each["workflowName"] != run["file"]]
        runs.append(run_of(1000, **run))


def test_nothing_is_wrong_and_nothing_is_changed(world, gh) -> None:
    told = doctor(world)
    assert (told.wrong, told.exit_code) == ([], 0)
    for check in ("workflows", "secrets", "runs", "schedules", "backups"):
        assert told.of(check)["severity"] == "ok", told.of(check)
    assert not any(
        word in call for call in gh.calls() for word in (" set", " enable", "-X", "workflow run", "edit")
    )


FAULTS = {
    "after 60 days": (
        lambda gh: edit(gh, workflows={CHAIN: "disabled_inactivity"}),
        "workflow-off",
        "fault",
        1,
    ),
    "by hand": (
        lambda gh: edit(gh, workflows={"watch.yml": "disabled_manually"}),
        "workflow-off",
        "fault",
        1,
    ),
    "actions are off": (lambda gh: edit(gh, enabled=False), "actions-off", "fault", 1),
    "a cron line that is none": (
        lambda gh: edit(gh, variables={"SYNC_CRON": "1 1 1 1 1"}),
        "schedule-variable",
        "fault",
        1,
    ),
    "no database": (lambda gh: forget(gh, "secrets", "DATABASE_URL"), "secrets-missing", "fault", 2),
    "no consent": (lambda gh: forget(gh, "secrets", "SPOTIFY_REFRESH_TOKEN"), "secrets-missing", "fault", 2),
    "a red run": (lambda gh: add_run(gh, file=CHAIN, conclusion="failure"), "run-failed", "warning", 1),
    "an old backup": (
        lambda gh: add_run(gh, instead=True, file=BACKUP, days_ago=30),
        "backup-old",
        "warning",
        1,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_and_nothing_else(world, gh, name) -> None:
    put, code, severity, exit_code = FAULTS[name]
    put(gh)
    told = doctor(world)
    assert (told.wrong, told.exit_code) == ([(code, severity)], exit_code)


def test_schedules_whose_runs_use_another_database_are_noticed(world, gh) -> None:
    shift = "UPDATE sync_history SET started_at = started_at {} interval '4 days' WHERE job <> 'track_plays'"
    world.change(shift.format("-"))
    try:
        told = doctor(world)
    finally:
        world.change(shift.format("+"))
    assert ("schedule-stopped", "warning") in told.wrong
    assert CHAIN in told.of("schedules")["what"]


def test_what_is_off_is_looked_at_no_further(world, gh) -> None:
    edit(gh, variables={"SCHEDULES": "off"}, workflows={CHAIN: "disabled_fork"}, secrets={})
    told = doctor(world)
    assert told.wrong == []
    assert "the schedules of me/mirror are off" in told.of("workflows")["what"]
    edit(gh, variables={"SCHEDULES": "on", "SYNC_CRON": "off"})
    add_run(gh, file=CHAIN, conclusion="failure")
    assert doctor(world).wrong == [], "the daily chain is off on purpose"


def test_who_has_not_logged_in_is_told_so(world, gh) -> None:
    with gh.edit() as state:
        state["logged_in"] = False
    told = doctor(world)
    assert told.wrong == []
    assert "gh is not logged in" in told.of("workflows")["what"]
