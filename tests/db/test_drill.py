"""The drills of docs/operations.md, as they stand there: back up, drop, restore, compare."""

import re
import subprocess
import sys

import pytest

from tests.databases import everything
from utils import ROOT

pytestmark = [pytest.mark.slow(8), pytest.mark.once]

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# What ./run does once everything is installed, which the tests' own Python has.
RUN = f"""#!/bin/sh
command=$1
shift
case $command in status) command=reports.sync_status ;; *) command=db.$command ;; esac
exec {sys.executable} -P -m $command "$@"
"""


def drill(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def follow(full_world, tmp_path):
    """`follow(name)`: what is said when these commands are typed one after the other, each of which has to go well."""
    (tmp_path / "run").write_text(RUN, encoding="utf-8")
    (tmp_path / "run").chmod(0o755)
    # What stands in `.env` on a person's machine.
    settings = tmp_path / "settings.env"
    settings.write_text(f'DATABASE_URL="{full_world.dsn}"\n', encoding="utf-8")

    def type_in(name: str) -> str:
        environ = {**full_world.environment(), "ENV_FILE": str(settings), "PYTHONPATH": str(ROOT)}
        del environ["DATABASE_URL"]
        typed = ["bash", "-ec", drill(name)]
        done = subprocess.run(typed, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return type_in


@pytest.mark.parametrize("name", ["drill", "whole drill"])
def test_what_the_guide_says_works(full_world, follow, name) -> None:
    before = everything(full_world.dsn)
    said = follow(name)
    assert "all are equal to the backup" in said
    assert re.search(r"^equal: [\d,]+ rows of \d+ tables", said, re.MULTILINE)
    assert everything(full_world.dsn) == before
