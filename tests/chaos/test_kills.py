"""Killed at every statement, commit, request and file of every script: nothing is lost or doubled, and hardly anything repeated."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from api_syncs.chain import CHAIN
from tests.chaos.hostile import key_of
from tests.conftest import ROOT
from tests.stages import MODULES, contents, difference, recorded, world_at

pytestmark = [pytest.mark.slow(60), pytest.mark.once]
KILLER = str(Path(__file__).with_name("killed.py"))
UNDER_WAY = 4  # pages that are fetched and not yet committed, at most
# Each as the chain starts it; but covers to the end, however long that takes.
OPTIONS = {step.module: " --force" for step in CHAIN if step.can_be_forced} | {
    "api_syncs.sync_images": " --force --all"
}
SCHEMA = (
    "SELECT concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull) "
    "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
    "WHERE relnamespace = 'public'::regnamespace AND attnum > 0"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the chain has run that makes the stages."""
    return tmp_path_factory.mktemp("stages")


@pytest.fixture(scope="module")
def stages(server, template, folder):
    """What each script meets; `db.init_db` a database in which nothing is yet."""
    with recorded(server, template, folder) as found:
        _, state = found["db.init_db"]
        yield {**found, "db.init_db": ("template1", state)}


@pytest.fixture(scope="module")
def killer():
    """`killer(world, module, point)`: how many points there were, or 0 where it was killed; and the exit code."""
    process = subprocess.Popen(
        [sys.executable, KILLER],
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )

    def run(world, module, point):
        script = module + OPTIONS.get(module, "")
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


def bundle_alone(folder, names):
    """What is not copied of a site, so that of a build before only the file is there that takes a second to make."""
    return [name for name in names if not name.startswith((".site", "vega-")) and name != "assets"]


def left(world):
    """What a run has left: rows, the schema, and files (covers as they are, others by name, since they say when they were made)."""
    files = Counter(
        f"{file.relative_to(world.folder)} {hash(file.read_bytes()) if file.suffix == '.webp' else ''}"
        for file in world.folder.rglob("*")
        if file.is_file()
    )
    schema = Counter(text for (text,) in world.rows(SCHEMA))
    return contents(world, with_times=False) | {"files": files, "schema": schema}


@pytest.mark.search("modules", [MODULES[1::5]], [[module] for module in MODULES], ids=" ".join)
@pytest.mark.search("share", [3], [None])
def test_killed_at_each_point_and_started_again(
    server, stages, folder, killer, modules, share, seed, record_property
):
    """`share`: so many points of each script, chosen by chance; None: all."""
    for module in modules:
        said = killed_at_points(server, stages[module], folder, killer, module, share, seed)
        record_property("tried", said)


def killed_at_points(server, stage, folder, killer, module, share, seed):
    """What was tried with one script."""

    @contextmanager
    def world():
        with TemporaryDirectory(dir=folder) as own, world_at(server, stage, Path(own)) as made:
            shutil.copytree(folder / "site", made.folder / "site", ignore=bundle_alone)
            if module == "reports.build_dashboard":  # the site has small copies of the covers
                shutil.copytree(folder / "artwork", made.folder / "artwork")
            yield made

    with world() as healthy:
        points, code = killer(healthy, module, None)
        assert code == 0
        expected, (pages, tokens) = left(healthy), asked(healthy)
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
            assert difference(expected, left(killed)) == {}, shown
            again, tokens_again = asked(killed)
            repeated = again - pages
            most_repeated = max(most_repeated, sum(repeated.values()))
            assert sum(repeated.values()) <= UNDER_WAY, f"{shown}: {repeated}"
            assert tokens_again <= tokens + 1, shown
            assert killed.rows("SELECT count(*) FROM sync_history WHERE status = 'running'") == [(0,)], shown
    return f"{module}: killed at {len(tried)} of {points} points, at most {most_repeated} requests repeated"
