"""The schema: made from files, once, by several at once, and never half."""

import os
import shutil
import subprocess
import sys
from contextlib import closing

import psycopg2
import psycopg2.errors
import pytest
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, make_dsn

from tests.conftest import execute
from utils import ROOT
from utils.database.migrate import MIGRATIONS, Migration, load_migrations, migrate
from utils.errors import SchemaError

NAMES = [migration.name for migration in load_migrations()]
ONE = Migration(1, "0001_one.sql", "CREATE TABLE one (a integer)")
TWO = Migration(2, "0002_two.sql", "CREATE TABLE two (a integer); INSERT INTO one VALUES (2)")


@pytest.fixture
def empty(empty_dsn):
    with closing(psycopg2.connect(empty_dsn)) as connection:
        yield connection


def ask(connection, sql):
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def tables(connection):
    return {
        name for (name,) in ask(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    }


def schema(connection):
    """Every column, constraint and index."""
    return [
        ask(connection, sql)
        for sql in (
            "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
            "WHERE table_schema = 'public' ORDER BY 1, 2",
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
        )
    ]


def test_an_empty_database_gets_everything_and_the_second_time_nothing(empty):
    assert migrate(empty) == NAMES
    assert {"users", "tracks", "liked_tracks", "plays", "sync_state", "logs", "schema_migrations"} <= tables(
        empty
    )
    before = schema(empty)
    assert migrate(empty) == []
    assert schema(empty) == before
    assert [name for (name,) in ask(empty, "SELECT name FROM schema_migrations ORDER BY version")] == NAMES


def test_nothing_to_do_costs_one_statement_and_leaves_no_transaction_open(empty):
    migrate(empty)
    seen = []

    class Noting(psycopg2.extensions.cursor):
        def execute(self, sql, parameters=None):
            seen.append(sql)
            return super().execute(sql, parameters)

    empty.cursor_factory = Noting
    migrate(empty)
    assert len(seen) == 1
    assert empty.get_transaction_status() == TRANSACTION_STATUS_IDLE


def test_a_database_that_is_behind_gets_what_it_lacks(empty):
    assert migrate(empty, [ONE]) == ["0001_one.sql"]
    assert migrate(empty, [ONE, TWO]) == ["0002_two.sql"]
    assert ask(empty, "SELECT a FROM one") == [(2,)]


def test_six_processes_at_once_on_one_empty_database(empty_dsn):
    code = (
        "import sys, psycopg2; from utils.database.migrate import migrate; "
        "connection = psycopg2.connect(sys.argv[1]); print('ready', flush=True); sys.stdin.readline(); "
        "print(len(migrate(connection)))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, empty_dsn],
            cwd=ROOT,
            env=dict(os.environ),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(6)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    applied = []
    for process in started:
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
        applied.append(int(out))
    assert sum(applied) == len(NAMES), "each migration was applied by one of them"
    with closing(psycopg2.connect(empty_dsn)) as connection:
        assert ask(connection, "SELECT count(*), max(version) FROM schema_migrations") == [
            (len(NAMES), len(NAMES))
        ]


def test_threads_at_once_on_one_empty_database(empty_dsn, together):
    def run():
        with closing(psycopg2.connect(empty_dsn)) as connection:
            return migrate(connection)

    applied = together(*[run] * 6)
    assert sorted(name for names in applied for name in names) == NAMES


def test_a_database_ahead_of_the_code_is_refused_and_left_alone(empty):
    migrate(empty, [ONE, TWO])
    with pytest.raises(SchemaError, match=r"ahead of this checkout.*0002_two\.sql") as caught:
        migrate(empty, [ONE])
    assert "git pull" in caught.value.remedy
    assert empty.get_transaction_status() == TRANSACTION_STATUS_IDLE
    assert tables(empty) == {"one", "two", "schema_migrations"}


def test_an_applied_file_that_was_edited_is_refused(empty):
    migrate(empty, [ONE])
    with pytest.raises(SchemaError, match=r"another text of migration 0001_one\.sql"):
        migrate(empty, [ONE._replace(sql=f"{ONE.sql} -- edited"), TWO])
    assert "two" not in tables(empty)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE half (a integer); SELECT 1 / 0",
        "CREATE TABLE half (a integer); CREATE TABLE half (a integer)",
        "CREATE TABLE half (a integer",
    ],
)
def test_a_migration_that_fails_leaves_nothing_and_keeps_what_came_before(empty, sql):
    broken = Migration(2, "0002_broken.sql", sql)
    with pytest.raises(psycopg2.Error):
        migrate(empty, [ONE, broken])
    assert empty.get_transaction_status() == TRANSACTION_STATUS_IDLE
    assert tables(empty) == {"one", "schema_migrations"}
    assert ask(empty, "SELECT version FROM schema_migrations") == [(1,)]
    assert migrate(empty, [ONE, TWO._replace(name="0002_broken.sql")]) == ["0002_broken.sql"]


def test_a_first_migration_that_fails_leaves_an_empty_database(empty):
    with pytest.raises(psycopg2.errors.DivisionByZero):
        migrate(empty, [ONE._replace(sql="SELECT 1 / 0")])
    assert tables(empty) == set()


def test_percent_signs_in_a_file_are_only_text(empty):
    migrate(empty, [ONE._replace(sql="CREATE TABLE one (a text DEFAULT '100 % %s %(x)s')")])
    assert tables(empty) == {"one", "schema_migrations"}


# The files


def folder_with(tmp_path, *names):
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    return tmp_path


@pytest.mark.parametrize(
    "names",
    [
        ("0002_two.sql",),
        ("0001_one.sql", "0003_three.sql"),
        ("0001_one.sql", "0001_other.sql"),
        ("0000_zero.sql",),
    ],
)
def test_gaps_and_repeats_in_the_numbers_are_refused(tmp_path, names):
    with pytest.raises(SchemaError, match="without gaps"):
        load_migrations(folder_with(tmp_path, *names))


@pytest.mark.parametrize(
    "name", ["1_one.sql", "0001-one.sql", "0001_One.sql", "one.sql", "0001_.sql", "00001_one.sql"]
)
def test_a_file_with_another_kind_of_name_is_refused(tmp_path, name):
    with pytest.raises(SchemaError, match=name.replace(".", r"\.")):
        load_migrations(folder_with(tmp_path, name))


def test_the_files_are_read_in_order(tmp_path):
    names = [f"{number:04d}_step.sql" for number in range(1, 13)]
    assert [one.name for one in load_migrations(folder_with(tmp_path, *reversed(names)))] == names
    assert load_migrations(tmp_path / "none") == []


def test_line_ends_of_another_system_do_not_count_as_an_edit(tmp_path, empty):
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    for path in folder.glob("*.sql"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    migrate(empty)
    assert migrate(empty, load_migrations(folder)) == []


# What the schema promises


def test_every_moment_knows_its_zone(connection):
    """Case 16: a TIMESTAMP without zone is hours off where the session's zone is another."""
    naive = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = "
    assert ask(connection, f"{naive}'timestamp without time zone'") == []


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_a_moment_comes_back_as_the_same_moment_whatever_the_sessions_zone(dsn, zone):
    with closing(psycopg2.connect(dsn, options=f"-c timezone={zone}")) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
            cursor.execute(
                "INSERT INTO plays (user_id, played_at, item_key, source) "
                "VALUES ('u', '2026-01-01T03:00:00Z', 'k', 'api')"
            )
        assert ask(connection, "SELECT EXTRACT(epoch FROM played_at)::bigint FROM plays") == [(1767236400,)]


def test_what_is_personal_is_keyed_by_user_first(connection):
    rows = ask(
        connection,
        "SELECT i.indrelid::regclass::text, a.attname FROM pg_index i JOIN pg_attribute a "
        "ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indisunique "
        "AND i.indrelid IN (SELECT attrelid FROM pg_attribute WHERE attname = 'user_id' AND attnotnull)",
    )
    first = {table: column for table, column in rows if not table.startswith("pg_")}
    assert first.pop("consent_fingerprints") == "token_fingerprint"  # says who it is
    some = {
        "liked_tracks",
        "saved_albums",
        "plays",
        "sync_state",
        "job_controls",
        "users",
        "sync_history",
        "logs",
    }
    assert some <= set(first)
    assert set(first.values()) == {"user_id"}


def test_what_is_written_is_written_by_statements_alone(connection):
    """A table with triggers that see all rows of a statement cannot be spread over several servers."""
    assert ask(connection, "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal") == []


def test_a_database_without_the_letters_of_all_names_is_refused(server):
    execute(server.dsn, "CREATE DATABASE in_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        with (
            closing(psycopg2.connect(make_dsn(server.dsn, dbname="in_latin1"))) as connection,
            pytest.raises(SchemaError, match="LATIN1"),
        ):
            migrate(connection)
    finally:
        execute(server.dsn, "DROP DATABASE in_latin1 WITH (FORCE)")
