"""Several listeners of one installation: their consents are stored as people store them, by link."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from api_syncs.chain import CHAIN
from tests.conftest import World
from utils.clock import Clock
from utils.config import environment
from utils.login.consent import Terminal
from utils.login.for_listener import Wanted, login_listener
from utils.sealing import new_key

KEY = new_key()
STEPS = [step.module for step in CHAIN if step.module != "reports.build_dashboard"]
# Of runs, and what a listener has of the whole catalogue, which all share.
LEFT_OUT = {
    "logs",
    "sync_history",
    "job_controls",
    "sync_state",
    "users",
    "listener_claims",
    "known_tracks",
    "heard_until",
}


class Household:
    """A world whose simulator has several accounts. `said` is what the last login said."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sim = world.sim
        self.said = ""
        self.asked_for: list[str] = []
        world.extra |= {"TOKEN_ENCRYPTION_KEY": KEY, "ENV_FILE": ""}

    def without_environment(self) -> None:
        """No consent in the environment: all are stored."""
        self.world.extra["SPOTIFY_REFRESH_TOKEN"] = ""

    def join(self, name: str, *, account: object = None, **wanted: object) -> None:
        """Store the consent of an account (by default that of the same name), given by link. Raises JobError."""
        self.sim.sign_in(account or name)
        with self.terminal() as terminal, self.world.settings():
            given = Wanted(name, by_link=True, **wanted)
            login_listener(given, environment(file_may_be_missing=True), terminal, Clock())

    @contextmanager
    def terminal(self, answer: Callable[[str], str] | None = None) -> Iterator[Terminal]:
        """A person who follows the link, and pastes what the browser's address bar shows."""
        said: list[str] = []

        def say(text: str, *_: object) -> None:
            said.append(text)

        def paste(prompt: str) -> str:
            self.asked_for.append(prompt)
            url = re.findall(r"http\S+/authorize\?\S+", "\n".join(said))[-1]
            location = requests.get(url, allow_redirects=False, timeout=30).headers["Location"]
            return answer(location) if answer else location

        def nobody(prompt: str) -> str:
            raise AssertionError(f"nobody is to be asked: {prompt}")

        try:
            yield Terminal(say, nobody, paste, lambda _url: True)
        finally:
            self.said = "\n".join(said)

    def listeners(self) -> dict[str, tuple]:
        """name → (consent_flow, auth_status, is_active)."""
        rows = self.world.rows("SELECT name, consent_flow, auth_status, is_active FROM users ORDER BY name")
        return {name: tuple(rest) for name, *rest in rows}

    def liked(self, name: str) -> set[str]:
        """The ids of what is liked, as stored."""
        sql = "SELECT track_id FROM liked_tracks JOIN users USING (user_id) WHERE name = %s AND removed_at IS NULL"
        return {track_id for (track_id,) in self.world.rows(sql, name)}

    def requests_of(self, name: str) -> int:
        """How many requests to the Web API were an account's."""
        account_id = self.sim.account(name).account_id
        return sum(
            request.kind == "api" and request.account_id == account_id for request in self.sim.requests
        )


@pytest.fixture
def household(make_world: Callable[..., World]) -> Household:
    """The environment's listener with a few likes, and nobody else yet."""
    return Household(make_world(liked=6, albums=1, plays=10, playlists=0, followed=0, odd=False))
