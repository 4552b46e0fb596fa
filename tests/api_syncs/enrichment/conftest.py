"""A world whose time is ours: the scripts and the simulated Spotify share one clock, and no wait takes long."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module

import psycopg2
import pytest
from psycopg2.extras import Json

from tests.clock import FakeClock
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.spotify.transport import CallCount, add_calls, endpoint_group

T0 = datetime(2026, 11, 2, 7, 7, tzinfo=UTC)


class Timed:
    """A world with that clock, and what these tests do in it."""

    def __init__(self, world):
        self.world = world
        self.clock = FakeClock(T0)
        self.sim = world.sim
        self.sim.clock = self.clock
        self.rows, self.change = world.rows, world.change

    def run(self, module, *, force=True):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.world.environment().items():
                patch.setenv(name, value)
            return run_job(import_module(f"api_syncs.{module}").JOB, Options(force=force), self.clock)

    def done(self, module):
        outcome = self.run(module)
        assert outcome.status == "done", outcome.message
        return outcome

    def pass_time(self, **span):
        self.clock.pass_time(**span)

    @property
    def user_id(self):
        return self.rows("SELECT user_id FROM users")[0][0]

    def set(self, key, value):
        self.change(
            "INSERT INTO app_settings (user_id, key, value) VALUES (%s, %s, %s) "
            "ON CONFLICT (user_id, key) DO UPDATE SET value = EXCLUDED.value",
            self.user_id,
            key,
            Json(value),
        )

    def end_at(self, match, number=1):
        """The next run fails at its so many-th request that matches, with what is fetched and not committed."""
        refusal = {"error": {"status": 403, "message": "Insufficient client scope"}}
        self.sim.faults.add("status", match=match, after=number - 1, status=403, json=refusal)

    def use(self, calls, *, group="catalogue", hours_ago=0.0):
        """Requests that some other job has made."""
        moment = self.clock.now() - timedelta(hours=hours_ago)
        with (
            closing(psycopg2.connect(self.world.dsn)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            add_calls(cursor, self.sim.client_id, {group: CallCount(calls)}, moment)

    def stub_artists(self, number):
        """Artists that Spotify has and the database knows by id only."""
        with self.sim.edit() as library:
            ids = [library.new_artist(f"Artist {n}", ["pop"] if n % 2 else None) for n in range(number)]
        self.change("INSERT INTO artists (artist_id) SELECT unnest(%s)", ids)
        return ids

    def follow(self, *artist_ids):
        self.change("INSERT INTO artists (artist_id) SELECT unnest(%s) ON CONFLICT DO NOTHING", [*artist_ids])
        self.change(
            "INSERT INTO followed_artists (user_id, artist_id, first_seen_at) SELECT %s, unnest(%s), now()",
            self.user_id,
            [*artist_ids],
        )

    def new_artist_with(self, albums, **details):
        """An artist of Spotify's with so many albums."""
        with self.sim.edit() as library:
            artist_id = library.new_artist("Somebody")
            made = [
                library.new_album(tracks=1, name=f"Album {n}", artist_id=artist_id, **details)
                for n in range(albums)
            ]
        return artist_id, made

    def asked(self):
        """Requests since the last time, by their endpoint and id."""
        asked = self.world.asked()
        self.sim.clear_requests()
        return asked

    def limit(self, calls):
        """Spotify's quota, by the groups of endpoints that we count in."""
        self.sim.daily_quota(calls=calls, group=lambda request: endpoint_group(request.path))


@pytest.fixture
def make_timed(make_world):
    """`make_timed(mode=…, liked=…)`: plays have been copied once, so that the user is known."""

    def make(**size):
        timed = Timed(make_world(**{"plays": 20, "liked": 10, "odd": False, "now": T0, **size}))
        timed.done("track_plays")
        timed.asked()
        return timed

    return make


@pytest.fixture
def timed(make_timed):
    """In Development Mode."""
    return make_timed()
