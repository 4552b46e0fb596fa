"""The schedules as the workflows have them, chosen as GitHub would choose."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from utils.errors import SettingsError
from utils.github.schedules import WORKFLOWS, are_on, schedules, slots

PLAYS, HALF_HOUR = (
    next(each for each in schedules() if each.file == file)
    for file in ("track_plays.yml", "track_plays_half_hourly.yml")
)


@pytest.mark.parametrize("value", ["off", "OFF", "7,37 * * * *"])
def test_a_workflow_that_was_not_chosen_is_off(value: str) -> None:
    assert PLAYS.chosen({"PLAYS_CRON": value}) is None


@pytest.mark.parametrize("value", ["*/5 * * * *", "7,37 * * * * ", " off", "on", "7 7 * * *"])
def test_what_github_would_find_in_no_workflow_is_said(value: str) -> None:
    """A blank too many is enough: then nothing is ever started."""
    for schedule in (PLAYS, HALF_HOUR):
        with pytest.raises(SettingsError, match="PLAYS_CRON") as said:
            schedule.chosen({"PLAYS_CRON": value})
        assert "7,37 * * * *" in said.value.remedy
        assert PLAYS.default in said.value.remedy


@pytest.mark.parametrize(
    ("value", "on"), [("on", True), ("On", True), ("", False), ("off", False), ("on ", False)]
)
def test_the_switch(value: str, on: bool) -> None:
    assert are_on({"SCHEDULES": value}) is on


def test_a_workflow_of_somebody_else_is_none_of_ours(tmp_path: Path) -> None:
    """Such as a code scanner, which every summary would otherwise fail for."""
    (tmp_path / "track_plays.yml").write_text(
        (WORKFLOWS / "track_plays.yml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "codeql.yml").write_text(
        'on:\n  schedule: [{cron: "5 4 * * 1"}]\njobs:\n  scan: {runs-on: ubuntu-24.04, steps: []}\n',
        encoding="utf-8",
    )
    assert [each.file for each in schedules(tmp_path)] == ["track_plays.yml"]


def test_slots() -> None:
    hour = datetime(2026, 11, 28, 12, tzinfo=UTC), datetime(2026, 11, 28, 13, tzinfo=UTC)
    assert [slot.minute for slot in slots(PLAYS.default, *hour)] == [3, 13, 23, 33, 43, 53]
    assert [slot.minute for slot in slots(HALF_HOUR.crons[0], *hour)] == [7, 37]
