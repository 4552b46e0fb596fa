"""`./run db copy-to`: everything in another database, all or nothing, between two servers of different versions."""

import os
import signal
import time
from contextlib import closing
from importlib import import_module

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from db.copying.everything import copy_everything
from tests.conftest import execute
from tests.connections import PATIENCE_S, wait_until_alone
from tests.databases import ask, everything
from utils.database.connection import Database
from utils.database.migrate import migrate
from utils.terminal import Terminal

pytestmark = [pytest.mark.slow(1), pytest.mark.once]

COPY = "db"
PLAYS = 100_000


@pytest.fixture
def world(full_world):
    return full_world


def copy(world, target: str, *, code: int = 0, **settings: str):
    """What it says: what it was told, and what it complains of."""
    world.extra["TARGET_DATABASE_URL"] = target
    world.extra.update(settings)
    done = world.call("-m", COPY, "copy-to")
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def rows(dsn: str) -> int:
    return sum(len(found) for name, found in everything(dsn).items())


def test_everything_is_there_and_scripts_go_on_with_it(world, target) -> None:
    said = copy(world, target)
    assert everything(target) == everything(world.dsn)
    assert "both sides are equal" in said
    assert "put the address into .env as DATABASE_URL" in said
    assert "./run setup-github" in said
    world.dsn = target
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    assert world.run("api_syncs.materialized_views").status == "done"


@pytest.fixture
def many_plays(world) -> None:
    """Odd ones."""
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source, context_uri) SELECT user_id, "
        "'2015-01-01Z'::timestamptz + n * interval '7 minutes', E'odd \\\\ \\t\\n ü ' || n, 'api', nullif(mod(n, 3), 0)::text "
        f"FROM users, generate_series(1, {PLAYS}) AS n"
    )


def test_a_hundred_thousand_plays_are_equal(world, many_plays, target) -> None:
    said = copy(world, target)
    assert f"plays: {PLAYS + 20:,} rows, equal on both sides" in said
    both = "SELECT count(*), md5(string_agg(p::text, '' ORDER BY played_at, item_key)) FROM plays AS p"
    assert ask(target, both) == world.rows(both)
    on_full_pages = "SELECT pg_relation_size('plays_key') < 70 * count(*) FROM plays"
    assert ask(target, on_full_pages) == [(True,)], "also of plays that lie behind newer ones"
    assert world.rows(on_full_pages) == [(False,)]


def test_ctrl_c_leaves_nothing(world, many_plays, target) -> None:
    world.extra["TARGET_DATABASE_URL"] = target
    process = world.start("-m", COPY, "copy-to")
    at_work = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY \"plays\"%'"
    )
    deadline = time.monotonic() + PATIENCE_S
    while not ask(target, at_work):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said) == (130, "db: stopped by Ctrl-C (SIGINT); nothing was copied.\n")
    assert rows(target) == 0


def test_there_is_no_counter_to_copy(world) -> None:
    """No key is numbered. Once one is, its sequence has to go on in the copy where it is here."""
    assert world.rows("SELECT relname FROM pg_class WHERE relkind = 'S'") == []


def test_a_target_with_data_is_refused_and_left_as_it_is(world, target) -> None:
    copy(world, target)
    before = everything(target)
    said = copy(world, target, code=2)
    assert "holds data already" in said
    assert everything(target) == before


def test_an_empty_schema_of_ours_is_taken_also_with_views_and_the_traces_of_init_db(world, target) -> None:
    here, world.dsn = world.dsn, target
    assert world.run("db.init_db").status == "done"
    assert world.run("api_syncs.materialized_views").status == "done"
    world.dsn = here
    copy(world, target)
    assert everything(target) == everything(world.dsn)


def test_tables_of_something_else_are_left_alone_or_refused(world, target) -> None:
    execute(target, "CREATE TABLE of_another (a int)")
    execute(target, "CREATE TABLE plays (of_another int)")
    assert "names that are needed: plays" in copy(world, target, code=2)
    assert ask(target, "SELECT to_regclass('schema_migrations')") == [(None,)]
    execute(target, "DROP TABLE plays")
    execute(world.dsn, "CREATE TABLE mine AS SELECT 1 AS n")
    assert "your own: mine" in copy(world, target)
    assert ask(target, "SELECT count(*) FROM of_another") == [(0,)]


def test_the_same_database_and_an_empty_one_are_refused(world, target, empty_dsn) -> None:
    assert "your data is in already" in copy(world, world.dsn, code=2)
    with closing(psycopg2.connect(empty_dsn)) as connection:
        migrate(connection)
    world.dsn = empty_dsn
    assert "nothing to copy" in copy(world, target, code=2)


@pytest.mark.parametrize("module", ["api_syncs.track_plays", "api_syncs.materialized_views"])
def test_while_a_script_runs_nothing_is_copied(world, target, module) -> None:
    (user_id,) = world.rows("SELECT user_id FROM users")[0]
    job = import_module(module).JOB
    lock = job.lock_of(user_id if job.groups else "*")
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        assert f"{job.name}: running now" in copy(world, target, code=1)
    assert rows(target) == 0


def sleeping(dsn: str) -> bool:
    return (
        ask(
            dsn,
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
        )
        != []
    )


@pytest.fixture
def slow_target(target: str) -> str:
    """Where the first play is never finished."""
    with closing(psycopg2.connect(target)) as connection:
        migrate(connection)
    execute(
        target,
        "CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$",
    )
    execute(target, "CREATE TRIGGER slow BEFORE INSERT ON plays FOR EACH ROW EXECUTE FUNCTION sleep()")
    return target


def test_a_copy_that_is_killed_leaves_nothing_and_keeps_scripts_out_until_then(world, slow_target) -> None:
    world.extra["TARGET_DATABASE_URL"] = slow_target
    process = world.start("-m", COPY, "copy-to")
    deadline = time.monotonic() + PATIENCE_S
    while not sleeping(slow_target):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    outcome = world.run("api_syncs.track_plays")
    assert (outcome.status, "already running" in outcome.message) == ("skipped", True)
    os.kill(process.pid, 9)
    process.communicate()
    execute(
        slow_target,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    wait_until_alone(slow_target)
    assert rows(slow_target) == 0
    wait_until_alone(world.dsn)
    assert world.run("api_syncs.track_plays").status == "done"


def test_what_the_target_refuses_is_told_without_the_password_and_leaves_nothing(world, slow_target) -> None:
    execute(
        slow_target,
        "CREATE OR REPLACE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$",
    )
    said = copy(world, make_dsn(slow_target, password="s3cret-word"), code=2)
    assert "disk full" in said
    assert "nothing was copied" in said
    assert "s3cret-word" not in said
    assert len(said.splitlines()) == 1
    assert rows(slow_target) == 0


def test_what_is_lost_on_the_way_is_noticed(world, slow_target) -> None:
    execute(
        slow_target,
        "CREATE OR REPLACE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    )
    assert "The copy of plays is not equal (20 rows here, 0 there)" in copy(world, slow_target, code=1)
    assert rows(slow_target) == 0


def test_a_source_that_goes_away_leaves_nothing(world, target) -> None:
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        if line.startswith("users"):
            execute(
                world.dsn,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )

    with pytest.raises(Exception, match="the source"):
        copy_everything(Database(world.dsn, "the source"), Database(target, "the target"), tell)
    assert rows(target) == 0


def test_the_address_is_asked_for_hidden(world, target) -> None:
    said: list[str] = []
    terminal = Terminal(said.append, lambda _: "", lambda prompt: said.append(prompt) or target)
    with world.settings():
        assert import_module("db.__main__").main(["copy-to"], terminal) == 0
    assert "not shown" in said[0]
    assert everything(target) == everything(world.dsn)


def test_a_password_on_the_command_line_is_remarked_and_a_wrong_address_named(world, target) -> None:
    done = world.call("-m", COPY, "copy-to", make_dsn(target, password="s3cret-word"))
    assert done.returncode == 0, done.stderr
    assert "history" in done.stdout
    assert "s3cret-word" not in done.stdout
    for url, said in (
        ("not one", "connection string"),
        ("postgresql://127.0.0.1:9/x?sslmode=disable", "cannot be reached"),
    ):
        done = world.call("-m", COPY, "copy-to", url)
        assert done.returncode == 2
        assert said in done.stderr
    assert "no terminal" in world.call("db/__main__.py", "copy-to").stderr


@pytest.mark.parametrize("is_typed", [False, True])
def test_what_is_wrong_with_the_other_address_names_where_it_was_given(world, is_typed) -> None:
    """The words that were typed stay as they are, and the settings of one's own are not spoken of."""
    name = "the address to copy to" if is_typed else "TARGET_DATABASE_URL"
    for url, problem in (
        ("psql 'postgresql://u:p@h/d'", f"{name} has text before postgresql:// (psql, a quote)."),
        ("DATABASE_URL=postgresql://u:p@h/d", f"{name} has text before postgresql:// (DATABASE_URL=)."),
        ("postgresql://u:hunter/22@h/d", f"percent-encoded (%40 for @, %2F for /) in {name}."),
        ("postgresql://me@127.0.0.1:9/none", f"check host and port in {name}, "),
        ("mysql://me@h/d", f"{name} is no PostgreSQL connection string"),
    ):
        if not is_typed:
            world.extra["TARGET_DATABASE_URL"] = url
        said = world.call("-m", COPY, "copy-to", *([url] if is_typed else [])).stderr
        assert problem.lower() in said.lower()
        assert name in said
        assert "hunter" not in said
        assert "copy to=" not in said
        assert "DATABASE_URL" not in said.replace("TARGET_DATABASE_URL", "").replace("(DATABASE_URL=)", "")
        assert "DB_HOST" not in said


def test_on_github_the_other_address_is_not_shown(world) -> None:
    world.extra.update(GITHUB_ACTIONS="true", TARGET_DATABASE_URL="postgresql://me@127.0.0.1:9/other")
    said = world.call("-m", COPY, "copy-to").stderr
    assert "The database to copy to cannot be reached" in said
    assert not any(name in said for name in ("127.0.0.1", "other", "me@"))
