"""The way from nothing to a first sync, counted without going it: what is typed stands in docs/setup.md, and it is short enough."""

import pytest

from benchmarks.first_hour import (
    ALLOWANCE_MIN,
    FORK,
    GUIDE,
    LAPTOP,
    TARGET_MIN,
    WAYS,
    Read,
    commands,
    minutes,
    on_paper,
)
from benchmarks.guide import Guide, count_words, folded, read_guide, rendered
from benchmarks.typist import Spent
from utils import ROOT

PAGE = read_guide(ROOT / GUIDE)


@pytest.mark.parametrize("way", WAYS)
def test_the_guide_shows_every_command(way: str) -> None:
    assert len(commands(WAYS[way])) >= 5
    assert PAGE.missing(commands(WAYS[way])) == []


def test_a_command_that_it_shows_otherwise_is_missing() -> None:
    page = Guide("```sh\n./run sync         # copies\n./run status --json\n```\n`./run login`", {})
    assert page.missing(["./run sync", "./run status", "./run login"]) == ["./run status", "./run login"]


@pytest.mark.parametrize(
    ("steps", "last", "of_the_other_way"),
    [
        (LAPTOP, "3. On this machine", set()),
        (FORK, "What a good first run looks like", {"3. On this machine"}),
    ],
    ids=WAYS,
)
def test_every_section_up_to_the_first_sync_is_read(
    steps: tuple[object, ...], last: str, of_the_other_way: set[str]
) -> None:
    read = [step.heading for step in steps if isinstance(step, Read)]
    assert read == [heading for heading in PAGE.up_to(last) if heading not in of_the_other_way]


@pytest.mark.parametrize("way", WAYS)
def test_reading_typing_and_forms_leave_time_for_the_machine(way: str) -> None:
    """After a change of docs/setup.md: python -m benchmarks.first_hour says what it takes in all."""
    assert minutes(on_paper(WAYS[way], PAGE)) <= TARGET_MIN - ALLOWANCE_MIN


def test_words_are_those_that_a_page_shows() -> None:
    shown = rendered(
        "## 2. A [link](https://example.org/a b)\n\n| a | b |\n|---|---|\n| **c** | → |\n\n```sh\n./run x\n```\n"
    )
    assert shown.split() == ["2.", "A", "link", "a", "b", "c", "→", "./run", "x"]
    assert count_words(shown) == 8


def test_minutes_are_the_sum_of_reading_typing_and_waiting() -> None:
    assert minutes(Spent(keystrokes=200, words=400, seconds=30)) == 3.5


def test_pasting_counts_three_keystrokes_and_enter_one() -> None:
    (login,) = [step for step in LAPTOP if getattr(step, "command", "") == "./run login"]
    assert login.keystrokes == len("./run login") + 1 + (3 + 1) + (3 + 1) + 1 + (2 + 1)


def test_what_is_folded_away_is_read_by_who_opens_it() -> None:
    page = "Before.\n\n<details><summary>What you see</summary>\n\n* A form.\n\n</details>\n\nBehind.\n"
    assert rendered(page).split() == ["Before.", "What", "you", "see", "Behind."]
    assert folded(page) == {"What you see": "\n* A form.\n\n"}
