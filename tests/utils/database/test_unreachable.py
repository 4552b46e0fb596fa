"""Why a database cannot be reached: the line with the reason, of every message of libpq that can be provoked here."""

import socket
import threading
from contextlib import closing, contextmanager

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from tests.conftest import execute
from utils.database.connection import Database, database_at, database_from
from utils.database.connection_string import DB_PARTS, origin_of_another
from utils.database.embedded import server as embedded
from utils.database.unreachable import why_unreachable
from utils.errors import DatabaseUnavailableError

URL = "postgresql://me:hunter22@{}/mirror"


def refused(dsn, is_public=False):
    """Reason and remedy of a connection that is really tried."""
    with pytest.raises(DatabaseUnavailableError) as caught:
        Database(dsn, "X", is_public).connect()
    begin = "The database X cannot be reached: "
    assert str(caught.value).startswith(begin)
    text = f"{caught.value} {caught.value.remedy}"
    assert "hunter22" not in text
    assert "\n" not in text
    assert "Is the server running" not in text
    return str(caught.value).removeprefix(begin).removesuffix("."), caught.value.remedy


@contextmanager
def answering(answer: bytes | None):
    """A server on loopback that answers whatever comes with these bytes, and hangs up; None: it is silent."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve():
            while True:
                try:
                    with listening.accept()[0] as client:
                        client.recv(1000)
                        client.sendall(answer)
                except OSError:
                    return

        if answer is not None:
            threading.Thread(target=serve, daemon=True).start()
        yield URL.format(f"127.0.0.1:{listening.getsockname()[1]}")


@pytest.mark.parametrize("address", ["127.0.0.1:9", "localhost:9", "127.0.0.1:9,127.0.0.1:10"])
def test_a_port_where_nothing_listens(address):
    reason, remedy = refused(URL.format(address))
    assert reason == "Connection refused"
    assert "host and port" in remedy


def test_a_folder_without_a_socket():
    reason, _ = refused("host=/nowhere dbname=mirror")
    assert reason == "No such file or directory"


def test_a_host_that_nobody_knows():
    reason, remedy = refused(URL.format("no-such-host.invalid"))
    assert 'could not translate host name "no-such-host.invalid"' in reason
    assert "how the host is spelled" in remedy


def test_an_ipv4_network_that_cannot_be_reached():
    """No connection can be had to an address of many machines: the system says so without asking the network."""
    reason, remedy = refused(URL.format("224.0.0.1"))
    assert "unreachable" in reason
    assert "pooler" not in remedy


def test_a_host_with_an_ipv6_address_only_is_told_of_the_pooler():
    reason, remedy = refused(URL.format("[ff02::1]"))
    assert "unreachable" in reason
    assert "only an IPv6 address" in reason
    assert "pooler" in remedy


def test_an_ipv6_address_that_is_out_of_reach_beside_one_that_answers_says_nothing():
    reason, remedy = refused("host=a,b hostaddr=ff02::1,127.0.0.1 port=5432,9 user=me dbname=mirror")
    assert reason == "Connection refused"
    assert "pooler" not in remedy


@pytest.mark.parametrize(
    "why", ["Network is unreachable", "No route to host", "Cannot assign requested address"]
)
def test_a_name_that_leads_to_ipv6_only(why):
    said = (
        f'connection to server at "db.abc.supabase.co" (2a05:d014::1), port 5432 failed: {why}\n'
        "\tIs the server running on that host and accepting TCP/IP connections?\n"
    )
    assert (
        why_unreachable(said).reason
        == f"{why}; its host has only an IPv6 address, which this machine cannot reach"
    )
    assert "Session pooler" in why_unreachable(said).remedy


def test_a_direct_host_of_supabase_that_is_not_found_is_told_of_the_pooler():
    """Where the machine has no IPv6, its name leads nowhere."""
    said = 'could not translate host name "db.abcdefgh.supabase.co" to address: No address associated with hostname\n'
    reason, remedy = why_unreachable(said, ["db.abcdefgh.supabase.co"])
    assert "only an IPv6 address" in remedy
    assert "Session pooler" in remedy
    assert "abcdefgh" not in reason + remedy
    other = said.replace("db.abcdefgh.supabase.co", "aws-0-eu.pooler.supabase.com")
    assert "how the host is spelled" in why_unreachable(other).remedy


def test_a_pooler_that_does_not_know_the_user():
    for said in (
        "FATAL:  Tenant or user not found",
        "FATAL:  (ENOTFOUND) tenant/user postgres.abc not found",
        "FATAL:  (ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)",
    ):
        assert "postgres. with your project's letters" in why_unreachable(said).remedy


def test_the_remedy_names_what_the_database_was_named_by():
    """Of DB_* no DATABASE_URL is spoken, and of another address neither."""
    parts = {"DB_HOST": "127.0.0.1", "DB_PORT": "9", "DB_USER": "me", "DB_NAME": "mirror"}
    other = origin_of_another("TARGET_DATABASE_URL", "to copy to")
    for database, said in (
        (database_from(parts), "host and port in DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD,"),
        (database_at(URL.format("127.0.0.1:9"), other), "host and port in TARGET_DATABASE_URL,"),
        (
            database_from({"DATABASE_URL": URL.format("127.0.0.1:9")}),
            "host and port in DATABASE_URL (or DB_HOST",
        ),
    ):
        with pytest.raises(DatabaseUnavailableError) as caught:
            database.connect()
        assert said in caught.value.remedy
    no_tls = "server does not support SSL, but SSL was required"
    assert "set DB_SSLMODE=disable." in why_unreachable(no_tls, (), DB_PARTS).remedy
    assert "set sslmode=disable in TARGET_DATABASE_URL." in why_unreachable(no_tls, (), other).remedy
    assert "sslmode=disable in DATABASE_URL (or DB_SSLMODE=disable)" in why_unreachable(no_tls).remedy


def test_a_server_that_is_silent(monkeypatch):
    monkeypatch.setattr("utils.database.connection.CONNECT_TIMEOUT_S", 2)  # libpq's shortest
    with answering(None) as url:
        reason, remedy = refused(url)
    assert "timeout expired" in reason
    assert "firewall" in remedy


@pytest.mark.parametrize(
    ("answer", "options", "reason", "remedy"),
    [
        (b"N", "?sslmode=require", "server does not support SSL, but SSL was required", "sslmode=disable"),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "",
            "invalid response to SSL negotiation",
            "does a PostgreSQL server",
        ),
        (b"", "", "server closed the connection unexpectedly", "Try again in a minute"),
        (b"", "", "server closed the connection unexpectedly", "does a PostgreSQL server"),
        (  # while it recovers from a disk that was full, for one
            b"E\0\0\0\x50SFATAL\0VFATAL\0C57P03\0Mthe database system is not yet accepting connections\0\0",
            "?sslmode=disable",
            "the database system is not yet accepting connections",
            "Try again in a minute",
        ),
        (
            b"E\0\0\0\x42SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up now\0\0",
            "?sslmode=disable",
            "the database system is starting up now",
            "Try again in a minute",
        ),
    ],
)
def test_what_else_may_answer_there(answer, options, reason, remedy):
    with answering(answer) as url:
        said, to_do = refused(url + options)
    assert reason in said
    assert remedy in to_do


@pytest.fixture(scope="module")
def guarded(scratch, pgbin):
    """A server of its own with two connections, which asks all but its owner for a password."""
    settings = {"max_connections": "4", "superuser_reserved_connections": "2", "fsync": "off"}
    with embedded.acquire(scratch / "guarded", pgbin=pgbin, server_settings=settings) as server:
        execute(server.dsn, "CREATE ROLE me LOGIN PASSWORD 'hunter22'")
        execute(server.dsn, "CREATE ROLE nobody NOLOGIN PASSWORD 'hunter22'")
        with closing(psycopg2.connect(server.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW hba_file")
            [(path,)] = cursor.fetchall()
            rules = "VALUES ('local all postgres trust'), ('local spotify all scram-sha-256'), ('local away all trust')"
            cursor.execute(f"COPY ({rules}) TO '{path}'")
            cursor.execute("SELECT pg_reload_conf()")
        yield server.dsn


@pytest.mark.parametrize(
    ("parts", "reason", "remedy"),
    [
        (
            {"user": "me", "password": "wrong"},
            'password authentication failed for user "me"',
            "percent-encoded",
        ),
        ({"user": "me"}, "no password supplied", "Check user and password"),
        ({"dbname": "away"}, 'database "away" does not exist', "Check the database's name"),
        (
            {"user": "nobody", "password": "hunter22"},
            'role "nobody" is not permitted to log in',
            "Check the user",
        ),
        ({"user": "me", "dbname": "postgres"}, "no pg_hba.conf entry for host", "access rules"),
    ],
)
def test_what_a_server_refuses(guarded, parts, reason, remedy):
    said, to_do = refused(make_dsn(guarded, **parts))
    assert reason in said
    assert not said.startswith("FATAL")
    assert remedy in to_do
    hidden, _ = refused(make_dsn(guarded, **parts), is_public=True)
    assert not any(f'"{name}"' in hidden or hidden.endswith(name) for name in parts.values())


def test_a_server_that_is_full(guarded):
    dsn = make_dsn(guarded, user="me", password="hunter22")
    with closing(psycopg2.connect(dsn)), closing(psycopg2.connect(dsn)):
        reason, remedy = refused(dsn)
    assert "connection slots" in reason or "too many" in reason
    assert "Try again in a minute" in remedy
    assert "pooler" in remedy


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            'FATAL:  password authentication failed for user "postgres.abc"',
            "password authentication failed for user",
        ),
        (
            "ERROR:  password authentication failed for user 'neondb'",
            "password authentication failed for user",
        ),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "x"', "no pg_hba.conf entry for host, user"),
        ("FATAL:  (ENOTFOUND) tenant/user postgres.abc not found", "(ENOTFOUND) tenant/user *** not found"),
        (
            'could not translate host name "db.abc.example" to address: Name or service not known',
            "could not translate host name to address: Name or service not known",
        ),
    ],
)
def test_names_that_strangers_must_not_read(said, shown):
    assert why_unreachable(said, ["db.abc.example", "postgres.abc"]).reason == shown
