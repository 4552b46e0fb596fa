"""Trouble by chance: which, at which request, how often; of Spotify, of the network, of the consent, of the database."""

import os
import random
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

import psycopg2

from simulator.server.request_log import Request
from tests.conftest import World

ANSWER_S = 0.6  # how long a run waits for an answer while there is trouble
TOO_SLOW_S = 0.8
ENDPOINTS = (
    "",
    "GET ",
    "/me/tracks",
    "/me/albums",
    "/me/player",
    "/me/following",
    "/me/playlists",
    "/me/top",
    "GET /playlists",
    "POST /me/playlists",
    "/artists",
    "/albums",
    "market=",
    "offset=50",
    "token",
)


@dataclass
class Schedule:
    """What goes wrong: `faults` are orders of the simulator, `events` happen at the n-th request from the start."""

    faults: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    events: dict[int, str] = field(default_factory=dict)


def made(chance: random.Random) -> Schedule:
    """A schedule of one to six faults, and now and then an event."""
    schedule = Schedule()
    for _ in range(chance.randint(2, 8)):
        kind = chance.choice(list(FAULTS))
        options = dict(FAULTS[kind](chance))
        name = str(options.pop("kind"))
        options.setdefault("match", chance.choice(ENDPOINTS))
        options.setdefault("times", chance.choice((1, 1, 2, 4, 6, 12)))
        schedule.faults.append((name, {**options, "after": chance.randint(0, 5)}))
    for event, share in EVENTS.items():
        if chance.random() < share:
            schedule.events[chance.randint(1, 70)] = event
    return schedule


def _limit(**seconds: object) -> Mapping[str, object]:
    return {"kind": "rate_limit", **seconds}


FAULTS: Mapping[str, Callable[[random.Random], Mapping[str, object]]] = {
    "short limit": lambda chance: _limit(retry_after=chance.randint(1, 60)),
    "long limit": lambda chance: _limit(retry_after=chance.randint(61, 90_000)),
    "limit for ever": lambda _: _limit(retry_after=10**12),
    "limit until a date": lambda _: _limit(retry_after="Wed, 25 Nov 2026 07:28:00 GMT"),
    "negative limit": lambda _: _limit(retry_after=-5),
    "limit with a fraction": lambda _: _limit(retry_after="1.5"),
    "limit without a number": lambda chance: _limit(
        retry_after=chance.choice((None, "", "soon")), body="text"
    ),
    "quota": lambda chance: {"kind": "quota", "retry_after": chance.choice((None, 3600, 86_400))},
    "5xx": lambda chance: {
        "kind": "status",
        "status": chance.choice((500, 502, 503, 504)),
        "body": chance.choice(("json", "html", "text", "empty")),
    },
    "odd refusal": lambda chance: {"kind": "status", "status": chance.choice((400, 401, 403, 404, 408, 409))},
    "reset": lambda _: {"kind": "reset"},
    "lost answer": lambda _: {"kind": "lost_answer"},
    "timeout": lambda _: {"kind": "slow", "seconds": TOO_SLOW_S, "times": 1},
    "truncated": lambda _: {"kind": "truncated"},
    "empty": lambda _: {"kind": "empty"},
    "broken JSON": lambda _: {"kind": "invalid_json"},
    "invalid_grant": lambda _: {
        "kind": "status",
        "match": "token",
        "status": 400,
        "json": {"error": "invalid_grant", "error_description": "Refresh token revoked"},
        "times": 2,
    },
}
EVENTS = {
    "token expires": 0.3,
    "consent is revoked": 0.1,
    "connections end": 0.3,
    "database restarts": 0.1,
    "a second run": 0.04,
}


class Troublemaker:
    """`on_request` of a simulator: what happens at which request."""

    def __init__(self, world: World, schedule: Schedule, script: Callable[[], str]) -> None:
        self._world, self._schedule, self._script = world, schedule, script
        self._seen = 0
        self.others: list[subprocess.Popen[str]] = []

    def __call__(self, request: Request) -> None:
        self._seen += 1
        event = self._schedule.events.get(self._seen) if request.kind == "api" else None
        if event == "token expires":
            self._world.sim.expire_access_tokens()
        elif event == "consent is revoked":
            self._world.sim.revoke_consent()
        elif event == "connections end":
            end_connections(self._world.dsn)
        elif event == "database restarts":
            restart(self._world.dsn)
        elif event == "a second run":
            self.others.append(self._world.start("-m", self._script(), "--force"))


def end_connections(dsn: str) -> None:
    """All but our own."""
    with closing(psycopg2.connect(dsn)) as opened, opened.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def restart(dsn: str) -> None:
    """As after a crash: one process of the server is killed, so it ends all others and recovers."""
    with closing(psycopg2.connect(dsn)) as opened:
        os.kill(opened.info.backend_pid, signal.SIGKILL)
