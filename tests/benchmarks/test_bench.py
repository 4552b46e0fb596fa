"""`./run bench`: what its table says, and what it is asked for."""

import subprocess
import sys

import pytest

from benchmarks import __main__ as bench
from benchmarks.results import Result, alone, growth, whole_table
from utils import ROOT


def test_a_result_is_told_as_ratios():
    table = whole_table([Result("first sync", 1, 3.0, 2.0, 28.5, 33, 239, 44.6, 3_300_000, 3, 1)])
    assert "| first sync | 1 times | 3.00 | 1.50 | 9.5 | 33 (239) | 3 (1) | 45 | 3.3 |" in table


def test_what_was_not_measured_is_left_empty():
    assert "| play run | 10 times | 0.50 |  |  |  |  |  |  |" in whole_table([Result("play run", 10, 0.5)])


def test_growth_is_the_exponent_from_the_smallest_size_to_the_largest():
    results = [
        Result("views", 1, 1.0),
        Result("views", 10, 5.0),
        Result("views", 100, 100.0),
        Result("once", 1, 1.0),
    ]
    assert list(growth(results)) == [("views", "1.00")]


def test_the_table_goes_where_the_page_has_its_marks(tmp_path, monkeypatch):
    page = tmp_path / "performance.md"
    page.write_text(f"above\n{bench.BEGIN}\nold\n{bench.END}\nbelow\n", encoding="utf-8")
    monkeypatch.setattr(bench, "PAGE", page)
    bench.write("new\n")
    text = page.read_text(encoding="utf-8")
    assert "new\n" in text
    assert "old" not in text
    assert text.startswith("above\n")
    assert text.endswith("below\n")


def test_the_page_has_the_marks():
    text = bench.PAGE.read_text(encoding="utf-8")
    assert text.index(bench.BEGIN) < text.index(bench.END)


def test_a_case_is_measured_in_a_process_of_its_own_and_what_fails_there_is_said():
    with pytest.raises(AttributeError, match="has no attribute 'results'") as caught:
        alone("world", 1)
    assert "concurrent/futures/process.py" in str(caught.value.__cause__), "the other process's traceback"


@pytest.mark.parametrize(("option", "value"), [("--only", "speed"), ("--scale", "0"), ("--scale", "big")])
def test_what_there_is_not_is_refused(option, value):
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", option, value],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert value in ended.stderr


@pytest.mark.parametrize("case", bench.CASES)
def test_each_case_gives_results(case):
    module = __import__(f"benchmarks.{case}", fromlist=["results"])
    assert callable(module.results)
