"""The simulator's rooms import one way, as the docstring of `simulator` says, and no module imports in a circle."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import simulator

FOLDER = Path(simulator.__file__).parent
ROOMS = re.findall(r"^\* `(\w+)`:", simulator.__doc__, re.MULTILINE)
STARTED = ("", "__main__", "demo", "gh", "gh_program", "github", "preview", "screenshots")


def name_of(path):
    parts = path.relative_to(FOLDER).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {name_of(path): path for path in sorted(FOLDER.rglob("*.py"))}


def imported_by(path):
    """Modules of the simulator that a file imports anywhere: within functions and under TYPE_CHECKING too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] == "simulator":
                inside = name.removeprefix("simulator").removeprefix(".")
                found.add(inside if inside in MODULES else inside.rpartition(".")[0])
    return found


GRAPH = {name: imported_by(path) for name, path in MODULES.items()}


def test_every_folder_is_a_room_with_its_docstring():
    assert sorted(ROOMS) == sorted(path.parent.name for path in FOLDER.glob("*/__init__.py"))
    assert {name for name in MODULES if name.split(".")[0] not in ROOMS} == set(STARTED)
    for room in ROOMS:
        assert ast.get_docstring(ast.parse(MODULES[room].read_text(encoding="utf-8")))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_above_it_in_the_list(room):
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    for name, imports in GRAPH.items():
        if name.split(".")[0] == room:
            assert {other.split(".")[0] for other in imports} <= allowed, name


def test_only_what_is_started_and_the_exports_need_the_made_up_account():
    users = {name for name, imports in GRAPH.items() for other in imports if other.startswith("generation")}
    assert {name.split(".")[0] for name in users} <= {"generation", "exports", *STARTED}


def test_no_circles():
    assert set().union(*GRAPH.values()) <= set(MODULES)
    tuple(TopologicalSorter(GRAPH).static_order())  # raises CycleError
