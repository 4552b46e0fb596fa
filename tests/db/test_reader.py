"""Roles that only read: the rows of one listener, no secret, and nothing that is written."""

import re
from contextlib import closing

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import make_dsn

from db.__main__ import main
from tests.conftest import new_database, run_module
from tests.old_rows import fill, spotify_id
from utils.database import readers
from utils.database.migrate import Migration, load_migrations, migrate
from utils.database.views import create_views, load_views
from utils.errors import ExitCode
from utils.terminal import Terminal

pytestmark = pytest.mark.once
FIRST, SECOND = 101, 102
ANY, ONE = "any_reader", "one_reader"
PASSWORD = "a-long-password"
OWNED = "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm')"
WITH_LISTENER = "EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped)"


def ask(dsn: str, sql: str, *values: object, listener: str | None = None, role: str = "") -> list[tuple]:
    opened = closing(psycopg2.connect(dsn, **({"user": role} if role else {})))
    with opened as connection, connection, connection.cursor() as cursor:
        if listener is not None:
            cursor.execute("SELECT set_config('mirror.user_id', %s, true)", (listener,))
        cursor.execute(sql, values or None)
        return cursor.fetchall()


def command(dsn: str, *arguments: str, password: str = PASSWORD, **environment: str) -> tuple[int, str]:
    """What `./run db <arguments>` returns, and what it says to the person."""
    said: list[str] = []

    def nobody(prompt: str) -> str:
        raise AssertionError(prompt)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("GITHUB_ACTIONS", "RUN_REPORT"):
            patch.delenv(name, raising=False)
        for name, value in {"DATABASE_URL": dsn, "ENV_FILE": "", **environment}.items():
            patch.setenv(name, value)
        code = main(list(arguments), Terminal(said.append, nobody, lambda _: password))
    return code, "\n".join(said)


@pytest.fixture(scope="module")
def filled(server, template):
    """Two listeners with rows in every table, and two roles: one that reads whom its session names, one that reads the second alone."""
    with new_database(server, template) as dsn:
        with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tracks (track_id) VALUES (%s)", (spotify_id("t", 5),)
            )  # into which old rows are merged
            for number in (FIRST, SECOND):
                fill(cursor, number)
            cursor.execute(
                "INSERT INTO sync_history (run_id, user_id, job, started_at, status) "
                "VALUES (gen_random_uuid(), '*', 'materialized_views', now(), 'done')"
            )
            for view in load_views():
                if view.is_materialized:
                    cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")
        assert command(dsn, "reader", ANY) == (ExitCode.OK, "")
        assert command(dsn, "reader", ONE, "--user", f"u{SECOND}") == (ExitCode.OK, "")
        yield dsn
        for role in (ANY, ONE):
            assert command(dsn, "reader", role, "--remove")[0] == ExitCode.OK
        assert ask(dsn, "SELECT 1 FROM pg_roles WHERE rolname = ANY(%s)", [ANY, ONE]) == []


def names(dsn: str, condition: str) -> list[str]:
    return [
        name
        for (name,) in ask(dsn, f"SELECT c.relname FROM pg_class c WHERE {OWNED} AND {condition} ORDER BY 1")
    ]


def listeners_of(dsn: str, name: str, role: str, listener: str | None = None) -> set[str]:
    return {user_id for (user_id,) in ask(dsn, f"SELECT user_id FROM {name}", role=role, listener=listener)}


def test_each_table_and_view_shows_the_rows_of_one_listener(filled):
    """All of that listener's, none of the other's, and nobody's where nobody is named."""
    empty = []
    for name in names(filled, WITH_LISTENER):
        for_all = {"*"} if name == "sync_history" else {None} if name == "same_recordings" else set()
        for number in (FIRST, SECOND):
            of_one = ask(filled, f"SELECT count(*) FROM {name} WHERE user_id = %s", f"u{number}")
            seen = ask(
                filled,
                f"SELECT count(*) FROM {name} WHERE user_id = %s",
                f"u{number}",
                role=ANY,
                listener=f"u{number}",
            )
            assert seen == of_one, name
            assert listeners_of(filled, name, ANY, f"u{number}") - for_all == (
                {f"u{number}"} if of_one[0][0] else set()
            ), name
        empty += [name] if not of_one[0][0] else []
        for nobody in (None, "", "u", "%"):
            assert listeners_of(filled, name, ANY, nobody) - (for_all if nobody else set()) == set(), (
                name,
                nobody,
            )
    assert len(empty) < 5, f"of these nothing is shown by this: {empty}"


def test_a_role_of_one_listener_stays_with_that_one_whoever_is_named(filled):
    for name in ("users", "plays", "liked_tracks", "play_facts", "unified_tracks", "logs"):
        for named in (None, f"u{FIRST}"):
            assert listeners_of(filled, name, ONE, named) == {f"u{SECOND}"}, name
    with pytest.raises(InsufficientPrivilege):
        ask(filled, f"COMMENT ON ROLE {ONE} IS 'reads only the rows of u{FIRST}'", role=ONE)


def test_an_agreement_is_shown_to_both_and_to_nobody_else(filled):
    """Of all tables the only one with rows of another listener: what that one has said of the reader."""
    pairs = [(f"u{FIRST}", f"u{SECOND}"), (f"u{SECOND}", f"u{FIRST}"), (f"u{FIRST}", "u3")]
    with closing(psycopg2.connect(filled)) as connection:
        with connection, connection.cursor() as cursor:
            cursor.executemany("INSERT INTO listener_agreements VALUES (%s, %s, now())", pairs)
        try:
            seen = ask(filled, "SELECT user_id, with_user_id FROM listener_agreements", role=ONE)
            assert {*seen} - {(f"u{SECOND}", f"with_user_id {SECOND}")} == {*pairs[:2]}
            assert ask(filled, "SELECT 1 FROM listener_agreements", role=ANY) == []
            assert len(ask(filled, "SELECT 1 FROM listener_agreements", role=ANY, listener="u3")) == 1
        finally:
            with connection, connection.cursor() as cursor:
                cursor.execute("DELETE FROM listener_agreements WHERE with_user_id LIKE 'u%'")


def test_every_table_of_listeners_has_a_policy_and_every_other_is_shared_or_hidden(filled):
    """A new one needs a policy in its migration, or a place in utils/database/readers.py."""
    without = names(filled, f"c.relkind = 'r' AND {WITH_LISTENER} AND NOT c.relrowsecurity")
    assert without == []
    no_policy = f"c.relkind = 'r' AND {WITH_LISTENER} AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_session')"
    assert names(filled, no_policy) == []
    shared = names(filled, f"c.relkind = 'r' AND NOT {WITH_LISTENER}")
    assert shared == sorted((*readers.SHARED_TABLES, *readers.HIDDEN_TABLES))
    views = names(filled, "c.relkind <> 'r'")
    assert views == sorted((*readers.VIEWS_OF_MIGRATIONS, *(view.name for view in load_views())))
    columns = ask(
        filled,
        "SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped",
    )
    assert {name for (name,) in columns} == {*readers.SHOWN_OF_USERS, *readers.HIDDEN_OF_USERS}


def test_no_secret_can_be_read(filled):
    for sql in (
        *(f"SELECT {column} FROM users" for column in readers.HIDDEN_OF_USERS),
        "SELECT * FROM users",
        "SELECT u FROM users u",
        *(f"SELECT 1 FROM {table}" for table in readers.HIDDEN_TABLES),
        *(f"SELECT 1 FROM public.{name}" for name in names(filled, f"c.relkind <> 'r' AND {WITH_LISTENER}")),
    ):
        with pytest.raises(InsufficientPrivilege):
            ask(filled, sql, role=ANY, listener=f"u{FIRST}")
    words = ask(
        filled,
        "SELECT tablename, attname FROM pg_stats WHERE tablename IN ('users', 'unclaimed_tokens')",
        role=ANY,
    )
    assert words == []


def test_nothing_can_be_written(filled):
    for name in names(filled, "c.relkind = 'r'"):
        for sql in (f"DELETE FROM {name}", f"INSERT INTO {name} DEFAULT VALUES", f"TRUNCATE {name}", f"DROP TABLE {name}",
                    f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY", f"DROP POLICY of_session ON {name}"):  # fmt: skip
            with pytest.raises(psycopg2.ProgrammingError) as refused:
                ask(filled, sql, role=ANY, listener=f"u{FIRST}")
            assert refused.value.pgcode in ("42501", "42704"), (sql, refused.value)
    for sql in (
        "UPDATE users SET time_zone = 'UTC'",
        "UPDATE unified_tracks SET name = ''",
        "DELETE FROM all_playlists",
        "CREATE TABLE mine (id int)",
        "CREATE TABLE mirror_reader.mine (id int)",
        "CREATE ROLE another",
        f"SET ROLE {ONE}",
        f"GRANT {ONE} TO {ANY}",
        "REFRESH MATERIALIZED VIEW unified_tracks",
    ):
        with pytest.raises(psycopg2.Error):
            ask(filled, sql, role=ANY, listener=f"u{FIRST}")


@pytest.mark.parametrize("role", [ANY, ONE])
def test_reports_work_as_that_role(filled, role, tmp_path, monkeypatch):
    """Those of the listener who is named, and nobody else's."""
    for name in ("GITHUB_ACTIONS", "RUN_REPORT", "SPOTIFY_CLIENT_ID", "SPOTIFY_REFRESH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    options = {"options": f"-c mirror.user_id=u{SECOND}"} if role == ANY else {}
    monkeypatch.setenv("DATABASE_URL", make_dsn(filled, user=role, password=PASSWORD, **options))
    monkeypatch.setenv("ENV_FILE", "")
    monkeypatch.setenv("DASHBOARD_DIR", str(tmp_path / "site"))
    for module, *more in (
        ("reports.build_dashboard", "--read-only", "--public"),
        ("reports.stats", "top"),
        ("reports.export", "--into", str(tmp_path / "plays.csv")),
        ("reports.sync_status",),
        ("reports.logs",),
        ("reports.db_stats",),
        ("db.sql", "SELECT * FROM plays"),
        ("playlists", "list"),
    ):  # fmt: skip
        done = run_module(module, *more)
        assert done.returncode == ExitCode.OK, (module, done.stdout, done.stderr)
        assert f"u{FIRST}" not in done.stdout
    assert (tmp_path / "site" / "index.html").exists()
    written = "".join(path.read_text("utf-8", "ignore") for path in tmp_path.rglob("*") if path.is_file())
    assert f"spotify:track:t{SECOND}" in written
    assert f"t{FIRST}0000" not in written, "a track of the other listener"
    other = run_module("reports.sync_status", "--user", f"u{FIRST}")
    assert (other.returncode, f"There is no listener 'u{FIRST}'" in other.stderr) == (ExitCode.SETTINGS, True)


def test_what_writes_says_that_the_role_may_not(filled, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("DATABASE_URL", make_dsn(filled, user=ONE, password=PASSWORD))
    monkeypatch.setenv("ENV_FILE", "")
    done = run_module("db.settings", "set", "plays.counted_from_seconds", "20")
    assert done.returncode == ExitCode.SETTINGS
    assert "the login may not do this" in done.stderr


def test_rights_come_back_with_new_views_and_migrations(filled):
    """A new column of a view that a migration makes, and views whose text has changed."""
    with closing(psycopg2.connect(filled)) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("DROP VIEW counted_plays CASCADE")
            assert create_views(cursor, load_views())
        assert listeners_of(filled, "unified_tracks", ONE) == {f"u{SECOND}"}
        last = len(load_migrations()) + 1
        [(text,)] = ask(filled, "SELECT rtrim(pg_get_viewdef('merged_tracks'::regclass), ';')")
        sql = f"CREATE OR REPLACE VIEW merged_tracks AS SELECT m.*, 1 AS more FROM ({text}) AS m"
        migrate(connection, [*load_migrations(), Migration(last, f"{last:04}_more.sql", sql)])
        try:
            assert set(ask(filled, "SELECT more FROM merged_tracks", role=ONE)) == {(1,)}
        finally:
            with connection, connection.cursor() as cursor:
                cursor.execute("DELETE FROM schema_migrations WHERE version = %s", (last,))


def test_the_password_is_made_where_none_is_typed_and_is_not_in_the_answer(filled, capsys):
    code, said = command(filled, "reader", "made_reader", password="")
    try:
        [password] = re.findall(r"shown this once: (\w{24})$", said)
        assert code == ExitCode.OK
        assert password not in "".join(capsys.readouterr())
        [(stored,)] = ask(filled, "SELECT rolpassword FROM pg_authid WHERE rolname = 'made_reader'")
        assert stored.startswith("SCRAM-SHA-256$")
    finally:
        command(filled, "reader", "made_reader", "--remove")


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["Reports"], {}, "cannot be the name of a role"),
        (["pg_reports"], {}, "cannot be the name of a role"),
        (["postgres"], {}, "can do more than log in"),
        (["reports", "--user", "nobody"], {}, "There is no listener 'nobody'"),
        (["nobody", "--remove"], {}, f"Those are: {ANY}, {ONE}."),
        (["reports"], {"GITHUB_ACTIONS": "true"}, "no role is made"),
    ],
)
def test_what_cannot_be_made_is_refused(filled, capsys, arguments, environment, said):
    assert command(filled, "reader", *arguments, **environment)[0] == ExitCode.SETTINGS
    assert said in capsys.readouterr().err
    assert command(filled, "reader", "reports", password="short")[0] == ExitCode.SETTINGS


def test_a_login_without_the_right_is_told(filled, capsys):
    assert command(make_dsn(filled, user=ONE), "reader", "reports")[0] == ExitCode.SETTINGS
    assert "CREATEROLE" in capsys.readouterr().err
