"""What the folders promise: which way imports point, and what stands in one place only."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from itertools import chain

import pytest

from api_syncs.chain import CHAIN
from utils import ROOT
from utils.job.run import DatabaseJob

PRODUCT = ("api_syncs", "db", "playlists", "reports", "utils")
FOLDERS = (*PRODUCT, "simulator", "benchmarks")
# Each room imports only those before it. config reads the database's settings with that room's own parser, so that
# all that is wrong with the settings is said at once.
ROOMS = (
    "redaction",
    "stand_ins",
    "start",
    "errors",
    "clock",
    "stopping",
    "markets",
    "setting_names",
    "sealing",
    "public_sections",
    "terminal",
    "text_table",
    "verbose",
    "whole_file",
    "words",
    "when",
    "garbage",
    "increasing",
    "late_pattern",
    "past_text",
    "history",
    "database",
    "plays",
    "config",
    "env_file",
    "spotify",
    "job",
    "mirror",
    "github",
    "login",
)


@cache
def modules():
    """module → its source, in all folders but the tests."""
    found = {}
    for path in chain.from_iterable((ROOT / folder).rglob("*.py") for folder in FOLDERS):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = path.read_text(encoding="utf-8")
    return found


@cache
def imports():
    """module → the modules of ours that it imports, anywhere in it."""
    found = defaultdict(set)
    for name, source in modules().items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                found[name] |= {each if each in modules() else node.module for each in names}
            elif isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names}
    return {name: found[name] & modules().keys() - {name} for name in modules()}


def scripts():
    """What `./run` starts by its name: files of the product's folders themselves, not of rooms in them."""
    return {
        name
        for name, source in modules().items()
        if '__name__ == "__main__"' in source and name.split(".")[0] in PRODUCT and name.count(".") == 1
    }


def room(module):
    top, _, rest = module.partition(".")
    return ROOMS.index(rest.partition(".")[0]) if top == "utils" and rest else -1


def test_each_room_imports_only_lower_ones():
    wrong = [
        (name, other)
        for name, others in imports().items()
        for other in others
        if name.startswith("utils.") and (not other.startswith("utils") or room(other) > room(name))
    ]
    assert wrong == []


def test_no_script_imports_a_script():
    assert [(name, other) for name in scripts() for other in imports()[name] & scripts()] == []


def test_the_product_does_not_know_the_simulator():
    others = {name: imports()[name] for name in modules() if name.split(".")[0] in PRODUCT}
    assert [
        name for name, found in others.items() if any(each.startswith("simulator") for each in found)
    ] == []


def test_what_serves_one_script_stands_with_it():
    callers = defaultdict(set)
    for name, others in imports().items():
        for other in others:
            callers[other].add(name)
    alone = {
        name: callers[name] for name in modules() if name.startswith("utils.") and len(callers[name]) == 1
    }
    assert {
        name: found
        for name, found in alone.items()
        if found <= scripts()
        and not any(each.startswith("utils.") for each in found)  # `python -m` of a room
    } == {}


def test_no_import_circle_anywhere():
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        raise AssertionError(error.args[1]) from None


@pytest.mark.parametrize(
    ("pattern", "home"),
    [
        (r"except \(?BadItemError", "utils.mirror."),
        (r'"sync_state\.\w+"', "utils.mirror."),
        (r"INSERT INTO sync_state|UPDATE sync_state|\bsync_state SET\b", "nowhere"),
        (r"int\(str\(", "nowhere"),
        (r"assert run\.", "nowhere"),
        (r"\(SIGINT\)|BrokenPipeError", "utils.start"),
        (r"return 130\b", "nowhere"),
        (r"(?m)^(import|from) (requests|urllib3|spotipy)\b", "utils.spotify.lean_"),
    ],
)
def test_what_stands_in_one_place_only(pattern, home):
    found = [
        name
        for name, source in modules().items()
        if name.split(".")[0] in PRODUCT and re.search(pattern, source) and not name.startswith(home)
    ]
    assert found == []


def loaded(unwanted, *scripts):
    """Which of those modules a Python of its own has loaded once it has imported these scripts."""
    code = f"import sys, {', '.join(scripts)}; print(*sorted({unwanted!r} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return ended.stdout.split()


def test_a_script_that_asks_only_the_database_loads_nothing_that_asks_over_http():
    """requests and urllib3 would be a third of its start."""
    asking = {step.module for step in CHAIN if isinstance(import_module(step.module).JOB, DatabaseJob)}
    fetching = {"api_syncs.sync_images"}  # covers, by addresses that the database knows
    assert len(asking - fetching) > 3
    tools = {"db.backup", "db.settings", "db.sql", "reports.db_stats", "reports.stats", "reports.sync_status"}
    assert loaded({"spotipy", "requests", "urllib3"}, *(asking - fetching | tools)) == []
    assert loaded({"spotipy"}, *fetching) == []


def test_a_script_that_asks_only_the_database_does_not_load_ssl():
    """The connection to a database over TLS is libpq's own; psycopg2 alone would load Python's."""
    command = [sys.executable, "-X", "importtime", "-m", "db.init_db", "--help"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    imported = {line.rpartition("|")[2].strip() for line in said.splitlines()}
    assert "psycopg2" in imported
    assert "ssl" not in imported


def test_a_script_that_asks_spotify_does_not_load_what_it_never_uses():
    """spotipy alone would load a Redis client, 0.1 s of each look for plays."""
    assert loaded({"redis", "asyncio", "pandas", "PIL"}, "api_syncs.track_plays") == []
