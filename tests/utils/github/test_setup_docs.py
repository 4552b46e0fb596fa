"""docs/setup.md and docs/settings.md: all that can be set, the numbers, and a way that is done in a quarter of an hour."""

import re

import pytest

from benchmarks import compute_hours
from benchmarks.guide import count_words, folded, unfolded
from simulator.gh import SCHEDULED
from utils import ROOT
from utils.github.command import _options
from utils.github.gh import OLDEST
from utils.github.minutes import month
from utils.github.plan import PRIVATE_PLAYS_CRON, plays_crons
from utils.github.schedules import OFF, WORKFLOWS

WAY = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
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
    options -= {"--verbose"}  # which everything has
    assert len(options) == 9
    assert {option for option in options if f"`{option}" not in PAGE} == set()


def test_the_workflows_to_enable_are_the_scheduled_ones() -> None:
    (files,) = re.findall(r"^for file in ([^;]*); do$", PAGE, re.MULTILINE)
    assert {f"{file}.yml" for file in files.replace("\\\n", " ").split()} == set(SCHEDULED)
    (named,) = re.findall(r"^These workflows are scheduled: (.*?)\n\n", WAY, re.MULTILINE | re.DOTALL)
    assert {f"{file}.yml" for file in re.findall(r"`([a-z0-9_]+)`", named)} == set(SCHEDULED)


def test_minutes() -> None:
    assert f"{OLDEST[0]}.{OLDEST[1]} or newer" in WAY
    assert f"{OLDEST[0]}.{OLDEST[1]} or newer" in PAGE
    minutes = sum(work.minutes for work in month({"PLAYS_CRON": PRIVATE_PLAYS_CRON}))
    assert f"`{PRIVATE_PLAYS_CRON}`, with which all schedules take {minutes:,} of the 2,000" in WAY


def test_the_hours_of_a_hosted_database() -> None:
    """After a change of a cron line: python -m benchmarks.compute_hours, and its numbers into docs/setup.md."""
    ten_minutes, half_hour, hour, off = (
        f"{compute_hours.cu_hours({'PLAYS_CRON': cron}):.0f}" for cron in (*plays_crons(), OFF)
    )
    row = (
        f"of {compute_hours.FREE_CU_HOURS} compute-hours a month: **{ten_minutes}** with plays every ten minutes, "
        f"**{half_hour}** every half hour, {hour} every hour, {off} without"
    )
    assert row in WAY


def test_what_overlaps_is_awake_once() -> None:
    """Every ten minutes for five minutes and three seconds; the others fall into the gaps, or begin with a play run."""
    plays = 30 * 24 * 6 * (5 * 60 + 3) / 3600 * compute_hours.SMALLEST_CU
    assert plays < compute_hours.cu_hours({}) < plays + 6
    assert compute_hours.cu_hours({}) < 30 * 24 * compute_hours.SMALLEST_CU


def test_somebody_who_reads_every_word_has_read_it_in_nine_minutes() -> None:
    """At 200 words a minute, also what stands behind the first sync; up to there: tests/repository/test_first_hour.py."""
    assert len(unfolded(WAY).split()) <= 9 * 200


def test_each_step_has_its_screens_folded_away_and_says_how_long_they_take() -> None:
    shown = folded(WAY)
    assert len(shown) == WAY.count("<details>") == WAY.count("</details>") >= 7
    for place in ("app", "consent page", "Neon", "Supabase", "fork", "setup-github", "run"):
        assert any(place in title for title in shown), place
    for title, text in shown.items():
        assert re.search(r"^Screens: .* \(\d minutes?.*\)$", title), title
        assert 60 <= count_words(text) <= 250, title


def test_the_screens_of_the_commands_are_those_that_they_show() -> None:
    """What stands there in quotes of code is said by the source, or is a name of it."""
    source = "".join(
        path.read_text(encoding="utf-8")
        for room in ("utils/login", "utils/github", "reports")
        for path in sorted((ROOT / room).rglob("*.py"))
    )
    for words in (
        "Client id",
        "Client secret",
        "Done here",
        "Written to ",
        "Time zone, ",
        "Market, ",
        "What will be done",
        "[y/N]: ",
        "switched on",
        "first run: ",
        "FAILED",
    ):
        assert words in source, words
        assert any(words.strip(" :,[]") in text for text in folded(WAY).values()), words
    (name,) = re.findall(
        r"^name: (.+)$", (WORKFLOWS / "00_master_sync.yml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert f"*{name}*" in WAY


def test_every_link_within_the_pages_leads_somewhere() -> None:
    pages = {path.name: path for path in (ROOT / "docs").glob("*.md")} | {
        "recipes": ROOT / "recipes/README.md"
    }
    for text, own in ((WAY, "setup.md"), (PAGE, "settings.md")):
        for name, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text):
            page = (
                pages[name.rpartition("/")[2] if "recipes" not in name else "recipes"] if name else pages[own]
            )
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, (name, anchor)
