"""How many requests are left today: what was asked counts for 24 hours, and no longer."""

from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest

from utils.config import load_settings
from utils.database.steady import SteadyConnection
from utils.errors import Stopped
from utils.job.app_settings import load_app_settings
from utils.job.attempt import Attempt
from utils.job.budget import ARTIST_ALBUMS, ENRICHMENT, Budget, Share
from utils.job.declaration import Options
from utils.job.journal import Journal
from utils.job.opening import Opening
from utils.job.run_log import RunLog
from utils.job.spotify_run import SpotifyRun
from utils.spotify.transport import CallCount, add_calls

pytestmark = pytest.mark.once


class Counting:
    """The part of a transport that a budget looks at."""

    has_calls = True

    def __init__(self, clock):
        self.clock = clock
        self.counts = {}
        self.requests_made = 0

    def store_calls(self, cursor, client_id):
        counts, self.counts = self.counts, {}
        add_calls(cursor, client_id, counts, self.clock.now())

    def calls_are_stored(self):
        pass

    def make(self, calls, group="catalogue"):
        self.counts[group] = CallCount(calls)
        self.requests_made += calls


@pytest.fixture
def budget_of(timed):
    """`budget_of(share)`: the budget of a run that has begun, with `.run` to look at."""
    with ExitStack() as stack:

        def make(share=0.8, group="catalogue", name="sync_artists"):
            share = share if isinstance(share, Share) else Share(share)
            world = timed.world
            settings = load_settings(world.environment(), needs_spotify=True)
            work, journal = (
                stack.enter_context(closing(SteadyConnection(settings.database, timed.clock)))
                for _ in range(2)
            )
            attempt = Attempt(name, timed.clock, RunLog(name))
            opening = Opening(attempt, settings, settings.database, work, Journal(journal), stack)
            client = SimpleNamespace(transport=Counting(timed.clock), client_id=world.sim.client_id)
            user = SimpleNamespace(user_id=timed.user_id)
            run = SpotifyRun(
                opening, Options(), load_app_settings(work.raw, timed.user_id), user=user, spotify=client
            )
            budget = Budget(run, group, share)
            budget.run = run
            return budget

        yield make


@pytest.mark.parametrize(("share", "left"), [(1.0, 600), (0.8, 480), (0.6, 360)])
def test_a_share_of_the_limit_is_left_on_a_day_without_requests(budget_of, share, left):
    assert budget_of(share).left() == left


def test_the_limit_is_a_setting(timed, budget_of):
    timed.set("sync.daily_requests_per_group", 100)
    assert budget_of(0.8).left() == 80


def test_what_others_have_asked_counts_and_other_groups_do_not(timed, budget_of):
    timed.use(100)
    timed.use(30, hours_ago=5)
    timed.use(500, group="library")
    assert budget_of(0.8).left() == 350
    assert budget_of(0.8, "library").left() == 0


def test_another_app_has_a_budget_of_its_own(timed, budget_of):
    timed.change(
        "INSERT INTO api_calls VALUES (%s, 'another', 'catalogue', 400, 0, 0, NULL)", timed.clock.now()
    )
    assert budget_of(0.8).left() == 480


def test_a_request_counts_for_24_hours_and_is_back_at_the_same_time_next_day(timed, budget_of):
    budget = budget_of(0.8)
    timed.use(480)  # at 7:07
    timed.pass_time(hours=23, minutes=59)
    assert budget.left() == 0
    timed.pass_time(minutes=1)
    assert budget.left() == 480


def test_an_hour_counts_as_a_whole_until_its_last_request_is_old(timed, budget_of):
    budget = budget_of(0.8)
    timed.use(400)
    timed.pass_time(minutes=40)
    timed.use(50)  # 7:47
    timed.pass_time(hours=23, minutes=59)
    assert budget.left() == 30
    timed.pass_time(minutes=1)
    assert budget.left() == 480


def test_an_hour_of_which_the_last_request_is_not_known_counts_to_its_end(timed, budget_of):
    """Rows from before that was kept."""
    budget = budget_of(0.8)
    timed.use(480)
    timed.change("UPDATE api_calls SET last_at = NULL WHERE endpoint_group = 'catalogue'")
    timed.pass_time(hours=24, minutes=52)
    assert budget.left() == 0
    timed.pass_time(minutes=1)
    assert budget.left() == 480


def test_artists_albums_have_requests_of_their_own_when_other_queues_have_used_theirs(timed, budget_of):
    timed.use(480)
    assert budget_of(ENRICHMENT).left() == 0
    budget = budget_of(ARTIST_ALBUMS, name="sync_artist_albums")
    assert (budget.left(), budget.per_day) == (60, 60)
    budget.run.spotify.transport.make(45)
    assert (budget.left(), budget.per_day) == (15, 60)
    timed.use(10)
    assert budget.left() == 5, "90 % is the end"


def test_a_jobs_own_part_is_a_listeners_and_what_another_listeners_run_made_is_of_others(timed, budget_of):
    sql = (
        "INSERT INTO sync_history (user_id, run_id, job, started_at, finished_at, status, requests) "
        "VALUES (%s, gen_random_uuid(), 'sync_artist_albums', %s, %s, 'done', %s)"
    )
    timed.use(480)
    now = timed.clock.now()
    timed.change(sql, "another", now, now, 60)
    budget = budget_of(ARTIST_ALBUMS, name="sync_artist_albums")
    assert budget.left() == 60
    timed.change(sql, timed.user_id, now, now, 45)
    assert budget.left() == 15


def test_there_is_never_less_than_nothing(timed, budget_of):
    timed.use(2000)
    assert budget_of(0.8).left() == 0


def test_work_can_ask_to_be_stopped_where_nothing_is_left(timed, budget_of):
    budget = budget_of(Share(0.7), "playlists", "sync_playlists")
    timed.use(419, group="playlists")
    budget.require()
    budget.run.spotify.transport.make(1, "playlists")
    with pytest.raises(Stopped, match="left for the next runs"):
        budget.require()


def test_requests_just_made_count_once(timed, budget_of):
    budget = budget_of(0.8)
    budget.run.spotify.transport.make(30)
    assert (budget.left(), budget.left()) == (450, 450)
    assert timed.rows("SELECT calls FROM api_calls WHERE endpoint_group = 'catalogue'") == [(30,)]


def test_how_long_a_queue_takes(timed, budget_of):
    budget = budget_of(0.8)
    assert (budget.days_for(0), budget.days_for(480)) == (0, 0)
    assert budget.days_for(480 + 960) == 2
    budget.run.spotify.transport.make(480)
    assert budget.days_for(960) == 2, "its own requests do not lower its pace"
    assert budget.when_done(1200) == "in about 2.5 days, at 480 requests a day"


def test_others_lower_the_pace(timed, budget_of):
    budget = budget_of(0.8)
    timed.use(240)
    assert budget.per_day == 240
    assert budget.days_for(240 + 480) == 2
    timed.use(400)
    assert budget.days_for(1) == float("inf")
    assert budget.when_done(1) == "once other jobs leave room in the day's budget"


def test_earlier_runs_of_the_same_job_are_not_others(timed, budget_of):
    timed.stub_artists(30)
    timed.done("sync_artists")
    timed.pass_time(hours=2)
    assert budget_of(0.8).per_day == 480
    assert budget_of(0.6, name="sync_artist_albums").per_day < 360
