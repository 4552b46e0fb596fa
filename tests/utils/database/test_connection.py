"""Which database the settings name; what is wrong with them, in one message that never holds the password."""

from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from utils.database.connection import Database, EmbeddedDatabase, database_from, open_database
from utils.errors import DatabaseSettingsError, DatabaseUnavailableError

PARTS = {
    "DB_HOST": "db.example.org",
    "DB_PORT": "5433",
    "DB_NAME": "mirror",
    "DB_USER": "listener",
    "DB_PASSWORD": "pass word'\\",
}


def refused(environ):
    with pytest.raises(DatabaseSettingsError) as caught:
        database_from(environ)
    assert "DATABASE_URL" in caught.value.remedy or "DB_HOST" in caught.value.remedy
    return str(caught.value)


def test_a_url_names_the_database_and_its_label_hides_the_password():
    database = database_from({"DATABASE_URL": " postgresql://me:p%40ss%2Fword@db.example.org:5433/mirror "})
    parts = parse_dsn(database.dsn)
    assert (parts["host"], parts["port"], parts["dbname"], parts["user"]) == (
        "db.example.org",
        "5433",
        "mirror",
        "me",
    )
    assert parts["password"] == "p@ss/word"
    assert database.label == "'mirror' at db.example.org:5433"
    assert "p@ss/word" not in repr(database)
    assert database.secrets() == [database.dsn, "p@ss/word"]


def test_the_url_wins_over_the_parts():
    database = database_from({"DATABASE_URL": "postgresql://one.example.org/a", **PARTS})
    assert parse_dsn(database.dsn)["host"] == "one.example.org"


def test_the_parts_name_the_database_too():
    database = database_from(PARTS)
    assert parse_dsn(database.dsn) == {
        "host": "db.example.org",
        "port": "5433",
        "dbname": "mirror",
        "user": "listener",
        "password": "pass word'\\",
        "sslmode": "require",
    }
    assert "pass word" not in f"{database.label} {database!r}"


def test_a_password_and_a_port_are_optional():
    environ = {name: PARTS[name] for name in ("DB_HOST", "DB_NAME", "DB_USER")}
    database = database_from(environ)
    assert parse_dsn(database.dsn)["port"] == "5432"
    assert database.secrets() == []


@pytest.mark.parametrize(
    ("host", "sslmode"),
    [
        ("db.example.org", "require"),
        ("10.0.0.5", "require"),
        ("192.168.1.2", "require"),
        ("2001:db8::1", "require"),
        ("localhost.example.org", "require"),
        ("127.0.0.1", None),
        ("127.1.2.3", None),
        ("localhost", None),
        ("::1", None),
        ("/var/run/postgresql", None),
    ],
)
def test_remote_servers_get_encryption_and_local_ones_are_left_alone(host, sslmode):
    url_host = f"[{host}]" if ":" in host else host.replace("/", "%2F")
    from_url = parse_dsn(database_from({"DATABASE_URL": f"postgresql://me:pw@{url_host}/mirror"}).dsn)
    assert from_url["host"] == host
    assert from_url.get("sslmode") == sslmode
    from_parts = parse_dsn(database_from({**PARTS, "DB_HOST": host}).dsn)
    assert from_parts["sslmode"] == (sslmode or "prefer")


def test_one_remote_host_among_several_is_enough_for_encryption():
    database = database_from({"DATABASE_URL": "postgresql://me:pw@127.0.0.1,db.example.org/mirror"})
    assert parse_dsn(database.dsn)["sslmode"] == "require"


@pytest.mark.parametrize("sslmode", ["disable", "prefer", "verify-full"])
def test_an_explicit_sslmode_is_kept(sslmode):
    from_url = database_from({"DATABASE_URL": f"postgresql://db.example.org/mirror?sslmode={sslmode}"})
    from_parts = database_from({**PARTS, "DB_SSLMODE": sslmode})
    assert parse_dsn(from_url.dsn)["sslmode"] == parse_dsn(from_parts.dsn)["sslmode"] == sslmode


def test_options_of_the_url_are_kept():
    database = database_from(
        {"DATABASE_URL": "postgresql://db.example.org/mirror?options=endpoint%3Dabc&application_name=me@home"}
    )
    assert parse_dsn(database.dsn)["options"] == "endpoint=abc"
    assert parse_dsn(database.dsn)["application_name"] == "me@home"


def test_neither_means_the_embedded_server(tmp_path):
    database = database_from({"DATABASE_URL": " ", "DB_HOST": ""})
    assert isinstance(database, EmbeddedDatabase)
    assert database.root.parts[-2:] == (".local", "postgres")
    elsewhere = database_from({"EMBEDDED_POSTGRES_DIR": str(tmp_path), "PGBIN": "/somewhere"})
    assert elsewhere == EmbeddedDatabase(Path(tmp_path), "/somewhere")


def test_the_embedded_server_is_refused_in_github_actions():
    assert "GitHub Actions" in refused({"GITHUB_ACTIONS": "true"})
    assert isinstance(database_from({"GITHUB_ACTIONS": "true", **PARTS}), Database)


def test_everything_wrong_with_the_parts_is_in_one_message():
    message = refused({"DB_PASSWORD": "pass-word", "DB_PORT": "http", "DB_SSLMODE": "never"})
    for name in ("DB_HOST", "DB_NAME", "DB_USER", "DB_PORT", "DB_SSLMODE"):
        assert name in message
    assert "pass-word" not in message


@pytest.mark.parametrize("port", ["0", "-1", "65536", "5432.0", "http", "5 432"])
def test_a_bad_port(port):
    assert f"DB_PORT is {port!r}" in refused({**PARTS, "DB_PORT": port})


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:pass-word@db.example.org/mirror",
        "pass-word",
        "postgresql://me:pass-word@db.example.org/mirror?colour=red",
        "postgresql://me:pass-word@[::1/mirror",
        "postgresql://me:pass-word@127.0.0.1:99999/mirror",
        "postgresql://me:pass-word@127.0.0.1:http/mirror",
        "postgresql://me:pass%ZZword@db.example.org/mirror",
        "postgresql:///mirror",
        "postgresql://me:pass-word@/mirror",
        "dbname=mirror password=pass-word",
    ],
)
def test_a_bad_url_is_refused_without_showing_it(url):
    message = refused({"DATABASE_URL": url})
    assert "DATABASE_URL" in message
    assert "pass" not in message
    assert "mirror" not in message


@pytest.mark.parametrize(
    "password", ["top@secret", "top/secret", "12/secret@top", "top@sec/ret", "@secret", "a@b@c/d"]
)
def test_a_password_that_would_be_taken_for_the_host_is_refused_with_the_remedy(password):
    for scheme in ("postgresql", "postgres"):
        with pytest.raises(DatabaseSettingsError) as caught:
            database_from({"DATABASE_URL": f"{scheme}://me:{password}@db.example.org:5432/mirror"})
        assert "%40" in caught.value.remedy
        assert "secret" not in f"{caught.value} {caught.value.remedy}"


@pytest.mark.parametrize(
    "password", ["top?secret", "top#secret", "top:secret", "top%40secret", "top%2Fsecret"]
)
def test_any_other_password_is_fine(password):
    database = database_from(
        {"DATABASE_URL": f"postgresql://me:{password}@db.example.org:5432/mirror?sslmode=disable"}
    )
    assert database.label == "'mirror' at db.example.org:5432"
    assert database.secrets()[1].startswith("top")


@pytest.mark.parametrize(
    "environ",
    [
        {"DATABASE_URL": "postgresql://me:pass-word@127.0.0.1:9/mirror"},
        {"DATABASE_URL": "postgresql://me:pass-word@127.0.0.1:9,127.0.0.1:10/mirror"},
        {"DATABASE_URL": "postgresql://me:pass-word@%2Fnowhere/mirror"},
        {**PARTS, "DB_HOST": "127.0.0.1", "DB_PORT": "9", "DB_PASSWORD": "pass-word"},
    ],
)
def test_a_database_that_cannot_be_reached_is_one_line_without_the_password(environ):
    with pytest.raises(DatabaseUnavailableError, match="'mirror'") as caught:
        open_database(environ).connect()
    message = f"{caught.value} {caught.value.remedy}"
    assert next(iter(environ)) in message
    assert "pass-word" not in message
    assert "\n" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_on_github_whose_logs_strangers_can_read_nothing_tells_where_the_database_is():
    environ = {"GITHUB_ACTIONS": "true", "DATABASE_URL": "postgresql://me:pass-word@127.0.0.1:9/mirror"}
    for each in (environ, {**PARTS, "DB_HOST": "127.0.0.1", "DB_PORT": "9", "GITHUB_ACTIONS": "true"}):
        with pytest.raises(DatabaseUnavailableError) as caught:
            open_database(each).connect()
        assert (
            str(caught.value) == "The database that the secrets name cannot be reached: Connection refused."
        )


def test_a_server_that_is_too_old_is_refused_and_its_connection_closed(monkeypatch):
    class OldServer:
        server_version = 140012
        closed = False

        def close(self):
            self.closed = True

    old = OldServer()
    monkeypatch.setattr(psycopg2, "connect", lambda *_args, **_options: old)
    with pytest.raises(DatabaseUnavailableError, match="PostgreSQL 14") as caught:
        database_from(PARTS).connect()
    assert "15 or newer" in caught.value.remedy
    assert old.closed
