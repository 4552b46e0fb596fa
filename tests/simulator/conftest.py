"""A simulator per test module or per test, and a bare HTTP client for it."""

from datetime import UTC, datetime

import pytest
import requests

from simulator import Library, Simulator, generate
from tests.clock import FakeClock

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


class Api:
    """Bare requests to one simulator with one bearer token."""

    def __init__(self, sim, scopes=None, account=None):
        self.sim = sim
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {sim.access_token(scopes, account)}"

    def __call__(self, method, path, **options):
        address = path if path.startswith("http") else self.sim.api_url + path
        return self.session.request(method, address, timeout=60, **options)

    def get(self, path, **options):
        return self("GET", path, **options)

    def json(self, path, **options):
        answer = self("GET", path, **options)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def refusal(self, method, path, **options):
        """Return (status, message) of an answer in the Web API's error shape."""
        answer = self(method, path, **options)
        error = answer.json()["error"]
        assert error["status"] == answer.status_code
        return answer.status_code, error["message"]

    def pages(self, path):
        """Return the entries of all pages, following `next`."""
        entries = []
        while path:
            page = self.json(path)
            entries += page["items"]
            path = page["next"]
        return entries


@pytest.fixture(scope="session")
def make_library():
    """Return `generate` with a fixed moment."""

    def make(**sizes):
        return generate(**{"liked": 120, "albums": 16, "plays": 150, "now": NOW, **sizes})

    return make


@pytest.fixture(scope="module")
def shared(make_library):
    """A simulator that a module's reading tests share."""
    with Simulator(make_library()) as sim:
        yield sim
    assert sim.errors == []


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def sim(clock):
    """A fresh simulator with an empty account and a clock of its own."""
    with Simulator(Library.empty(), clock=clock) as sim:
        yield sim
    assert sim.errors == []


@pytest.fixture
def client():
    """Return a maker of clients: `client(sim, scopes=None, account=None)`."""
    made = []

    def make(sim, scopes=None, account=None):
        made.append(Api(sim, scopes, account))
        return made[-1]

    yield make
    for api in made:
        api.session.close()


@pytest.fixture
def api(sim, client):
    """A client of the fresh simulator with all scopes."""
    return client(sim)


@pytest.fixture
def reader(shared, client):
    """A client of the shared simulator with all scopes; the mode is development again afterwards."""
    yield client(shared)
    shared.mode = "development"
