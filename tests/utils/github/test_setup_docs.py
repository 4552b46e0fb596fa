"""docs/setup.md says all that can be set: what the workflows read, and what the command offers."""

import re

import pytest

from tests.utils.github.fake_gh import SCHEDULED
from utils import ROOT
from utils.github.command import _options
from utils.github.gh import OLDEST
from utils.github.minutes import month
from utils.github.plan import PRIVATE_PLAYS_CRON
from utils.github.schedules import WORKFLOWS

PAGE = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
READ = "".join(path.read_text(encoding="utf-8") for path in sorted(WORKFLOWS.glob("*.yml")))


def test_every_secret_that_a_workflow_reads() -> None:
    names = set(re.findall(r"\bsecrets\.([A-Z_]+)", READ))
    assert len(names) >= 8
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_every_option_of_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["setup-github", "--help"])
    with pytest.raises(SystemExit):
        _options()
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    assert len(options) == 9
    assert {option for option in options if f"`{option}" not in PAGE} == set()


def test_the_workflows_to_enable_by_hand_are_the_scheduled_ones() -> None:
    (files,) = re.findall(r"^for file in ([^;]*); do$", PAGE, re.MULTILINE)
    assert {f"{file}.yml" for file in files.replace("\\\n", " ").split()} == set(SCHEDULED)


def test_numbers() -> None:
    assert f"{OLDEST[0]}.{OLDEST[1]} or newer" in PAGE
    minutes = sum(work.minutes for work in month({"PLAYS_CRON": PRIVATE_PLAYS_CRON}))
    assert f"`{PRIVATE_PLAYS_CRON}`, with which all schedules take {minutes:,} of the 2,000" in PAGE
