"""A small installation, made once for a module: its chain has run, and nothing is wrong with it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from psycopg2.extensions import make_dsn

from api_syncs.chain import CHAIN
from simulator import Simulator, generate
from tests.conftest import World, new_database

DOCTOR = "reports.doctor"
PASSWORD = "hunter-22-of-the-database"
SIZE = {"liked": 20, "albums": 3, "plays": 12, "playlists": 2, "followed": 2, "odd": False}
# Whose work nothing here looks at, and which take longest.
LEFT_OUT = ("reports.build_dashboard",)


@dataclass(frozen=True)
class Told:
    """What the doctor has said, by `--json`."""

    exit_code: int
    findings: list[dict] = field(repr=False)
    worst: str = ""

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """(code, severity) of what is not fine."""
        return [
            (each["code"], each["severity"])
            for each in self.findings
            if each["severity"] in ("warning", "fault")
        ]

    def of(self, check: str) -> dict:
        """What that check has found first."""
        return next(each for each in self.findings if each["check"] == check)


def doctor(world: World, *options: str, way: str = "") -> Told:
    """What it says. None of the secrets in it, and no check has failed itself. `way`: an option of Python's, for a process of its own."""
    ended = world.call(*filter(None, (way, "-m", DOCTOR)), "--json", *options)
    assert ended.stderr == "", ended.stderr
    settings = world.environment()
    secrets = [
        settings[name] for name in ("SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN") if settings.get(name)
    ]
    for secret in (*secrets, *world.sim.accounts.access_tokens, PASSWORD):
        assert secret not in ended.stdout
    assert "itself has failed" not in ended.stdout
    said = json.loads(ended.stdout)
    for each in said["findings"]:
        assert each["remedy"] or each["severity"] in ("ok", "not checked"), "nobody says what to do about it"
    return Told(ended.returncode, said["findings"], said["worst"])


@pytest.fixture(scope="module")
def world(server, template, tmp_path_factory) -> Iterator[World]:
    with new_database(server, template) as dsn, Simulator(generate(seed=1, **SIZE)) as sim:
        world = World(sim, make_dsn(dsn, password=PASSWORD), tmp_path_factory.mktemp("healthy"))
        world.extra |= {"SPOTIFY_MARKET": "DE", "TIME_ZONE": "Europe/Berlin"}
        for step in CHAIN:
            if step.module not in LEFT_OUT:
                assert world.run(step.module).exit_code == 0, step.module
        yield world
    assert sim.errors == [], "the simulator itself had trouble"


@pytest.fixture(autouse=True)
def settings_stay(world, tmp_path, monkeypatch) -> Iterator[None]:
    """Each test begins with the settings of a healthy installation, in a folder where nothing lies."""
    before = dict(world.extra)
    monkeypatch.chdir(tmp_path)
    world.sim.clear_requests()
    yield
    world.extra = before
