"""Killed at every statement, commit and request of every script: nothing is lost or doubled, and hardly anything repeated."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chaos.hostile import key_of
from tests.conftest import ROOT
from tests.stages import MODULES, contents, difference, recorded, world_at

pytestmark = [pytest.mark.slow(60), pytest.mark.once]
KILLER = str(Path(__file__).with_name("killed.py"))
UNDER_WAY = 4  # pages that are fetched and not yet committed, at most


@pytest.fixture(scope="module")
def stages(server, template, tmp_path_factory):
    with recorded(server, template, tmp_path_factory.mktemp("stages")) as found:
        yield found


@pytest.fixture(scope="module")
def killer():
    """`killer(world, script, point)`: the point at which it was killed or 0, how many there were, and the exit code."""
    process = subprocess.Popen(
        [sys.executable, KILLER],
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )

    def run(world, script, point):
        process.stdin.write(json.dumps([world.environment(), script, point]) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    with process:
        yield run
        process.stdin.close()


def asked(world):
    """How often each page was asked for; and how many tokens."""
    api = Counter(key_of(request) for request in world.sim.requests if request.kind == "api")
    return api, sum(request.kind == "token" for request in world.sim.requests)


@pytest.mark.search("modules", [MODULES[1::5]], [[module] for module in MODULES])
@pytest.mark.search("share", [3], [None])
def test_killed_at_each_point_and_started_again(
    server, stages, tmp_path, killer, modules, share, seed, record_property
):
    """`share`: so many points of each script, chosen by chance; None: all."""
    for module in modules:
        said = killed_at_points(server, stages[module], tmp_path, killer, module, share, seed)
        record_property("tried", said)


def killed_at_points(server, stage, tmp_path, killer, module, share, seed):
    """What was tried with one script."""

    @contextmanager
    def world():
        with world_at(server, stage, tmp_path) as made:
            yield made

    with world() as healthy:
        points, code = killer(healthy, module, None)
        assert code == 0
        expected, (pages, tokens) = contents(healthy, with_times=False), asked(healthy)
    assert points > 5
    tried = range(1, points + 1)
    if share:
        tried = sorted(random.Random(f"{seed} {module}").sample(tried, share))
    most_repeated = 0
    for point in tried:
        with world() as killed:
            shown = f"{module} killed at point {point} of {points}"
            _, code = killer(killed, module, point)
            assert code in (-9, 0), shown
            _, code = killer(killed, module, None)
            assert code == 0, shown
            assert difference(expected, contents(killed, with_times=False)) == {}, shown
            again, tokens_again = asked(killed)
            repeated = again - pages
            most_repeated = max(most_repeated, sum(repeated.values()))
            assert sum(repeated.values()) <= UNDER_WAY, f"{shown}: {repeated}"
            assert tokens_again <= tokens + 1, shown
            assert killed.rows("SELECT count(*) FROM sync_history WHERE status = 'running'") == [(0,)], shown
    return f"{module}: killed at {len(tried)} of {points} points, at most {most_repeated} requests repeated"
