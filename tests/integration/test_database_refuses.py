"""What a real PostgreSQL refuses a script: said in one line with the remedy, nothing half-written, and nothing lost by it."""

from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from tests.conftest import execute
from utils.errors import ExitCode, Status

PLAYS = "api_syncs.track_plays"
STORED = "SELECT count(*) FROM plays"


@pytest.fixture
def login(dsn):
    """A role that may log in, and nothing else; what was granted to it goes with it."""
    name = f"login_of_{parse_dsn(dsn)['dbname']}"
    execute(dsn, f"CREATE ROLE {name} LOGIN")
    yield name
    execute(dsn, f"DROP OWNED BY {name}")
    execute(dsn, f"DROP ROLE {name}")


@contextmanager
def logged_in(world, login, *grants):
    """Scripts log in as that role; `grants`: what is done with it first."""
    for grant in (*grants,):
        world.change(grant.format(login=login))
    owner, world.dsn = world.dsn, make_dsn(world.dsn, user=login)
    try:
        yield
    finally:
        world.dsn = owner


EVERYTHING = (
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO {login}",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {login}",
    "ALTER ROLE {login} BYPASSRLS",  # as who is not the owner of the tables needs
)


def without_rights(world, login):
    """None at all, as with the name of another user of that server."""
    return logged_in(world, login)


def only_reading(world, login):
    return logged_in(world, login, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {login}")


def not_these_rows(world, login):
    return logged_in(world, login, *EVERYTHING, "REVOKE INSERT, UPDATE ON plays FROM {login}")


def read_only(world, login):
    return logged_in(world, login, *EVERYTHING, "ALTER ROLE {login} SET default_transaction_read_only = on")


def no_connection_left(world, login):
    return logged_in(world, login, *EVERYTHING, "ALTER ROLE {login} CONNECTION LIMIT 0")


def too_few_connections(world, login):
    """A run has two."""
    return logged_in(world, login, *EVERYTHING, "ALTER ROLE {login} CONNECTION LIMIT 1")


@contextmanager
def slow(world, _login):
    """An insert takes longer than a statement may."""
    assert world.call("-m", "db.settings", "set", "database.statement_timeout_seconds", "1").returncode == 0
    world.change(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$"
    )
    world.change("CREATE TRIGGER slow BEFORE INSERT ON plays FOR EACH ROW EXECUTE FUNCTION slow()")
    yield
    world.change("DROP FUNCTION slow CASCADE")


@contextmanager
def held(world, _login):
    """Somebody has a transaction open, and with it a table."""
    assert world.call("-m", "db.settings", "set", "database.lock_timeout_seconds", "1").returncode == 0
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE plays IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def full(world, _login):
    """There is no room for a table to grow: its file is one of the kernel's that takes nothing."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    [(folder, name)] = world.rows("SELECT current_setting('data_directory'), pg_relation_filepath('plays')")
    file = Path(folder, name)
    aside = file.rename(f"{file}.aside")
    file.symlink_to("/dev/full")
    yield
    aside.replace(file)


@pytest.mark.parametrize(
    ("trouble", "exit_code", "said", "remedy"),
    [
        (without_rights, ExitCode.SETTINGS, "permission denied", "have the rights granted"),
        (only_reading, ExitCode.SETTINGS, "permission denied", "have the rights granted"),
        (not_these_rows, ExitCode.SETTINGS, "permission denied for table plays", "have the rights granted"),
        (read_only, ExitCode.SETTINGS, "the database is read-only", "name the primary"),
        (no_connection_left, ExitCode.SETTINGS, "too many connections for role", "Try again in a minute"),
        (too_few_connections, ExitCode.SETTINGS, "too many connections for role", "Try again in a minute"),
        (full, ExitCode.FAILED, "disk is full (could not extend file", "Make room"),
        (slow, ExitCode.FAILED, "a statement took too long", "database.statement_timeout_seconds"),
        (held, ExitCode.FAILED, "somebody else holds what is to be written", "Run it again"),
    ],
)
def test_a_script_says_what_is_refused_in_one_line_and_loses_nothing(
    make_world, login, trouble, exit_code, said, remedy
):
    world = make_world(plays=5)
    assert world.run("db.init_db").status == Status.DONE
    with trouble(world, login):
        done = world.call("-m", PLAYS)
    assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (exit_code, False)
    [line, *_] = done.stderr.splitlines()
    assert line.startswith("track_plays: ")
    assert said in line
    assert remedy in line
    assert world.rows(STORED) == world.rows("SELECT count(*) FROM tracks") == [(0,)]
    assert world.call("-m", PLAYS).returncode == ExitCode.OK
    assert world.rows(STORED) == [(5,)]


def test_a_table_that_somebody_holds_for_long_opens_no_circuit(make_world):
    """Else the look after it was let go would be left out, and Spotify remembers fifty plays."""
    world = make_world(plays=5)
    assert world.run("db.init_db").status == Status.DONE
    assert world.call("-m", "db.settings", "set", "sync.max_consecutive_errors", "2").returncode == 0
    with ExitStack() as stack:
        stack.enter_context(held(world, ""))
        for _ in range(3):
            assert world.run(PLAYS, force=False).status == Status.FAILED
    controls = "SELECT consecutive_failures, circuit_open_until FROM job_controls WHERE job = 'track_plays'"
    assert world.rows(controls) == [(3, None)]
    assert world.run(PLAYS, force=False).status == Status.DONE
    assert world.rows(STORED) == [(5,)]
