"""Steps of workflows whose Python runs in the tests' process: bash does what it does, but for the half second of a start."""

import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest

from tests.conftest import run_module
from tests.workflows.runner import processes
from tests.workflows.runner.processes import Patience

# Bash has become this by `exec`, and is gone: what it was to be, with which variables, is left for the tests' process.
_PYTHON = """#!/bin/bash
folder=${PATH%%:*} PATH=${PATH#*:}
if [ "$1" != -m ] || [ "$PPID" != "$(<"$folder/parent")" ]; then exec python "$@"; fi
printf '%s\\0' "$@" >"$folder/words"
env --null >"$folder/variables"
"""


def run(
    command: list[str],
    env: Mapping[str, str],
    folder: Path,
    output: Path,
    must_end: Callable[[], bool],
    patience: Patience,
) -> int:
    """As `processes.run`, but what a script ends with as `exec python -m <module> …` is run here, and cannot be cancelled."""
    place = output.with_name("python")
    place.mkdir()
    (place / "parent").write_text(f"{os.getpid()}", encoding="ascii")
    (place / "python").write_text(_PYTHON, encoding="utf-8")
    (place / "python").chmod(0o755)
    path = os.pathsep.join([str(place), env["PATH"]])
    code = processes.run(command, {**env, "PATH": path}, folder, output, must_end, patience)
    if not (place / "words").exists():
        return code
    _, module, *options = _texts(place / "words")
    variables = dict(each.split("=", 1) for each in _texts(place / "variables"))
    with output.open("a", encoding="utf-8") as file, _only(variables), chdir(folder):
        try:
            ended = run_module(module, *options)
        except Exception:  # noqa: BLE001 - as the interpreter itself says it
            file.write(traceback.format_exc())
            return 1
        file.write(ended.stdout + ended.stderr)
        return ended.returncode


def _texts(file: Path) -> list[str]:
    """What stands in it, each text up to a zero byte."""
    return file.read_bytes().decode(errors="surrogateescape").split("\0")[:-1]


@contextmanager
def _only(variables: Mapping[str, str]) -> Iterator[None]:
    """This process has these variables, and no others, while the body runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
