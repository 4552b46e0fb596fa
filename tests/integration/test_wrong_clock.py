"""One run on a machine whose clock was wrong: what it has noted is said, not believed, and written over."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module

import psycopg2
import pytest

from api_syncs.chain import CHAIN
from playlists.writing.mapping_store import is_refused
from tests.clock import START, FakeClock
from tests.conftest import new_database
from tests.integration.test_every_job import contents, difference
from utils.clock import CLOCK_TOLERANCE, believed, cannot_be
from utils.database.statements import statement
from utils.errors import ExitCode, Status
from utils.job.app_settings import load_app_settings
from utils.mirror.playlist_mappings import PlaylistMapping
from utils.spotify.transport import CallCount, add_calls

pytestmark = pytest.mark.once
MODULES = [step.module for step in CHAIN]
PLAYS = "api_syncs.track_plays"
LIKED = "api_syncs.sync_liked_tracks"
YEAR = timedelta(days=365)
# By the database's own clock, and notes about runs.
NOT_OURS = {"logs", "library_events", "schema_migrations", "app_settings", "sync_history"}
# When something was first seen, or fetched: it is not asked for again.
FIRST_SEEN = {
    ("followed_artists", "first_seen_at"),
    ("playlist_item_history", "first_seen_at"),
    ("images", "fetched_at"),
    ("personalities", "computed_at"),
}


@pytest.fixture
def world(make_world):
    """With a clock that is right, for Spotify too."""
    return with_clock(make_world, FakeClock())


def with_clock(make_world, clock, **size):
    size = {"liked": 70, "albums": 9, "plays": 30, "playlists": 6, "followed": 4, "seed": 5, **size}
    world = make_world(now=START, **size)
    world.extra["SPOTIFY_MARKET"] = "DE"
    world.clock = world.sim.clock = clock
    return world


def run(world, module, *, ahead=timedelta(0), force=False):
    return world.run(module, force=force, clock=FakeClock(world.clock.now() + ahead))


def user_of(world):
    return world.rows("SELECT user_id FROM users")[0][0]


def said(world, text):
    return world.rows("SELECT count(*) FROM logs WHERE message LIKE %s", f"%{text}%")[0][0]


def later_than(world, moment):
    """(table, column) with a stored moment that is later."""
    columns = world.rows(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
        "AND data_type = 'timestamp with time zone'"
    )
    return {
        (table, column)
        for table, column in columns
        if table not in NOT_OURS and world.rows(f"SELECT 1 FROM {table} WHERE {column} > %s LIMIT 1", moment)
    }


def test_the_tolerance_is_the_same_in_python_and_in_sql(world):
    for moment in (START - YEAR, START, START + CLOCK_TOLERANCE, START + CLOCK_TOLERANCE * 1.01, None):
        assert world.rows("SELECT believed(%s, %s)", moment, START) == [(believed(moment, START),)]
    assert not cannot_be(START + CLOCK_TOLERANCE, START)


@pytest.mark.slow(12)
def test_after_a_chain_a_year_ahead_the_next_one_does_all_work(make_world, server, template):
    wronged = with_clock(make_world, FakeClock())
    for module in MODULES:
        assert run(wronged, module, ahead=YEAR).status == Status.DONE, module
    assert ("artists", "enriched_at") in later_than(wronged, START + YEAR / 2)
    wronged.clock.pass_time(hours=2)
    wronged.sim.clear_requests()
    for module in MODULES:
        outcome = run(wronged, module)
        assert outcome.status == Status.DONE, f"{module}: {outcome.message}"
    assert said(wronged, "a clock was wrong") >= len(MODULES)
    lines = dict(
        wronged.rows(
            "SELECT source, count(*) FROM logs WHERE message LIKE 'the last run of this job%%' GROUP BY 1"
        )
    )
    assert lines == dict.fromkeys((import_module(module).JOB.name for module in MODULES), 1)
    # The checkpoint of a list that has not changed is not looked at.
    wronged.change("DELETE FROM sync_state WHERE entity_type = 'exclusions'")
    assert later_than(wronged, wronged.clock.now() + CLOCK_TOLERANCE) - FIRST_SEEN == set()

    wronged.clock.pass_time(hours=2)
    wronged.sim.clear_requests()
    for module in MODULES:
        assert run(wronged, module).exit_code == ExitCode.OK
    assert len(wronged.asked()) <= 8, "what it costs when nothing has changed"
    assert said(wronged, "the last run of this job") == len(MODULES), "it is said once"

    with new_database(server, template) as other:
        healthy = with_clock(make_world, FakeClock())
        healthy.dsn = other
        for _ in range(3):
            for module in MODULES:
                assert run(healthy, module).exit_code == ExitCode.OK
            healthy.clock.pass_time(hours=2)
        assert difference(contents(healthy, with_times=False), contents(wronged, with_times=False)) == {}


@pytest.mark.parametrize(
    ("until", "is_believed"),
    [(timedelta(minutes=30), True), (timedelta(hours=1), True), (timedelta(hours=2), False), (YEAR, False)],
)
def test_a_circuit_is_open_for_an_hour_at_most(world, until, is_believed):
    assert run(world, LIKED).status == Status.DONE
    world.clock.pass_time(days=1)
    world.change("UPDATE job_controls SET circuit_open_until = %s", world.clock.now() + until)
    assert run(world, LIKED).status == (Status.PAUSED if is_believed else Status.DONE)
    assert said(world, "an open circuit") == (not is_believed)
    if not is_believed:
        assert world.rows("SELECT circuit_open_until FROM job_controls") == [(None,)]


@pytest.mark.parametrize(
    ("hit", "until", "is_believed"),
    [
        (timedelta(0), timedelta(days=29), True),
        (timedelta(0), timedelta(days=31), False),
        (YEAR, YEAR + timedelta(days=1), False),
        (timedelta(hours=1), timedelta(days=1), False),
    ],
)
def test_a_pause_of_the_future_is_none(world, hit, until, is_believed):
    assert run(world, LIKED).status == Status.DONE
    world.clock.pass_time(days=1)
    now = world.clock.now()
    world.change(
        "INSERT INTO sync_pauses VALUES (%s, 'library', 'quota', %s, %s)",
        world.sim.client_id,
        now + hit,
        now + until,
    )
    assert run(world, LIKED).status == (Status.PAUSED if is_believed else Status.DONE)
    assert said(world, "a pause that Spotify wanted, until") == (not is_believed)
    assert world.rows("SELECT count(*) FROM sync_pauses") == [(int(is_believed),)]


def test_a_pause_takes_the_place_of_one_that_is_not_believed(world):
    """Of a group that no gate of the job has looked at."""
    assert run(world, LIKED).status == Status.DONE
    world.clock.pass_time(days=1)
    now = world.clock.now()
    world.sim.faults.add("quota", match="/me/tracks", times=None, retry_after=3600)

    def hook(_request):
        world.change(
            "INSERT INTO sync_pauses VALUES (%s, 'library', 'quota', %s, %s) ON CONFLICT DO NOTHING",
            world.sim.client_id,
            now + YEAR,
            now + YEAR + timedelta(days=1),
        )

    world.sim.on_request = hook
    assert run(world, LIKED).status == Status.PAUSED
    assert world.rows("SELECT hit_at, until FROM sync_pauses") == [(now, now + timedelta(hours=1))]


def test_a_play_of_the_future_hides_no_gap(world):
    assert run(world, PLAYS).status == Status.DONE
    newest = world.rows("SELECT max(played_at) FROM plays")[0][0]
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source) VALUES (%s, '9999-12-31 00:00+00', 'k', 'api')",
        user_of(world),
    )
    world.clock.pass_time(days=3)
    with world.sim.edit() as library:
        ids = list(library.liked_rows())
        for number in range(51):
            library.play(ids[number], at=START + timedelta(days=1, minutes=number))
    assert run(world, PLAYS).status == Status.DONE
    assert world.rows("SELECT gap_start, gap_end FROM play_gaps") == [
        (newest, START + timedelta(days=1, minutes=1))
    ]


@pytest.mark.parametrize(
    ("moment", "is_bad"),
    [
        (datetime(9999, 12, 31, tzinfo=UTC), True),
        (START + timedelta(days=1), True),
        (START + timedelta(minutes=4), False),
        (datetime(2006, 1, 1, tzinfo=UTC), False),
        (datetime(2005, 12, 31, 23, 59, tzinfo=UTC), True),
    ],
)
def test_a_play_that_cannot_be_is_a_bad_item(world, moment, is_bad):
    with world.sim.edit() as library:
        track_id = next(iter(library.liked_rows()))
        library.play(track_id, at=moment)
        others = library.play_rows() - {(moment, track_id)}
    outcome = run(world, PLAYS)
    assert (outcome.status, outcome.tally.bad_items) == (Status.DONE, int(is_bad))
    stored = set(world.rows("SELECT played_at, track_of(item_key) FROM plays"))
    assert stored == (others if is_bad else others | {(moment, track_id)})
    assert said(world, f"{track_id}: played_at") == is_bad


def test_an_exclusions_list_of_the_future_is_in_doubt(world):
    script = "api_syncs.sync_exclusions"
    for _ in range(2):
        assert run(world, script, force=True).status == Status.DONE
    world.clock.pass_time(days=1)
    for is_asked in (True, False):
        if is_asked:
            world.change("UPDATE playlist_mappings SET last_synced_at = %s", START + YEAR)
        world.sim.clear_requests()
        assert run(world, script, force=True).status == Status.DONE
        assert ("GET /me/library/contains" in world.asked()) == is_asked
    assert world.rows("SELECT last_synced_at FROM playlist_mappings") == [(world.clock.now(),)]


def test_a_capability_of_the_future_is_tried_again(make_world):
    world = with_clock(make_world, FakeClock(), mode="extended")
    assert run(world, PLAYS).status == Status.DONE
    world.change(
        "INSERT INTO api_capabilities VALUES (%s, 'batch_artists', false, %s)",
        world.sim.client_id,
        START + YEAR,
    )
    assert run(world, "api_syncs.sync_artists").status == Status.DONE
    assert world.rows(
        "SELECT is_available, checked_at FROM api_capabilities WHERE capability = 'batch_artists'"
    ) == [(True, START)]


def test_a_cover_that_could_not_be_had_in_the_future_is_asked_for_again(world):
    assert run(world, PLAYS).status == Status.DONE
    assert run(world, "api_syncs.sync_images").status == Status.DONE
    [(covers,)] = world.rows("SELECT count(*) FROM images WHERE path IS NOT NULL")
    assert covers
    world.change("UPDATE images SET path = NULL, fetched_at = %s", START + YEAR)
    assert run(world, "api_syncs.sync_images").status == Status.DONE
    assert world.rows("SELECT count(*) FROM images WHERE path IS NOT NULL AND fetched_at = %s", START) == [
        (covers,)
    ]


@pytest.mark.parametrize(("since", "is_kept"), [(timedelta(days=-1), True), (YEAR, False)])
def test_an_item_that_was_refused_in_the_future_may_be_added(since, is_kept):
    mapping = PlaylistMapping("p", "active", refused={"spotify:track:x": (START + since).isoformat()})
    assert is_refused(mapping, "spotify:track:x", START) == is_kept


def test_a_refused_list_of_the_future_is_asked_for_again(world):
    script = "api_syncs.sync_playlists"
    assert run(world, script).status == Status.DONE
    world.clock.pass_time(days=1)
    sql = (
        "UPDATE playlists SET owner_id = 'other', is_collaborative = false, items_snapshot_id = NULL, "
        "refused_snapshot_id = snapshot_id, items_readable = false, refused_at = %s "
        "WHERE playlist_id = (SELECT min(playlist_id) FROM playlists WHERE items_readable)"
    )
    world.change(sql, START + YEAR)
    now = world.clock.now()
    which = {"user_id": user_of(world), "spotify_id": "me", "now": now, "refused_before": now - YEAR}
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement("playlists.stale"), which)
        assert len(cursor.fetchall()) == 1
        cursor.execute(statement("playlists.stale"), {**which, "now": START + YEAR})
        assert cursor.fetchall() == []


def test_requests_of_the_future_use_up_no_budget(world):
    assert run(world, PLAYS).status == Status.DONE
    with closing(psycopg2.connect(world.dsn)) as connection, connection, connection.cursor() as cursor:
        calls = {"catalogue": CallCount(600)}
        add_calls(cursor, world.sim.client_id, calls, START + YEAR)
        add_calls(cursor, world.sim.client_id, calls, START + timedelta(hours=2))
    assert run(world, "api_syncs.sync_artists").status == Status.DONE
    assert said(world, "budget is used up") == 0


def test_who_was_last_active_in_the_future_is_not_meant(world):
    assert run(world, PLAYS).status == Status.DONE
    world.change(
        "INSERT INTO users (user_id, spotify_id, last_active_at) VALUES ('other', 'other', %s)", START + YEAR
    )
    world.change(
        "INSERT INTO app_settings (user_id, key, value) VALUES ('other', 'sync.manual_cooldown_minutes', '1')"
    )
    with closing(psycopg2.connect(world.dsn)) as connection:
        assert load_app_settings(connection, "*", START).number("sync.manual_cooldown_minutes") == 60


def test_a_consent_of_the_future_counts_from_now(world):
    assert run(world, PLAYS).status == Status.DONE
    world.change("UPDATE users SET authorized_at = %s", START + YEAR)
    world.clock.pass_time(days=1)
    assert run(world, PLAYS).consent_days_left is not None
    assert said(world, "the consent of") == 1
    [(authorized_at,)] = world.rows("SELECT authorized_at FROM users")
    assert authorized_at <= world.clock.now()
    assert run(world, PLAYS).status == Status.DONE
    assert said(world, "the consent of") == 1
