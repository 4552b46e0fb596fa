"""The connection string that is sent to GitHub: asked for, looked at, and tried from here."""

import socket
from pathlib import Path
from urllib.parse import quote

import pytest
from dotenv import dotenv_values
from psycopg2.extensions import make_dsn, parse_dsn

from simulator.gh import FakeGh, repository
from tests.utils.github.conftest import DATABASE_URL, ENVIRON, Setup
from utils.github.settings import hosted_database, why_not_from_github

WITHOUT = {name: value for name, value in ENVIRON.items() if name != "DATABASE_URL"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@localhost/x",
        "postgresql://u:p@127.0.0.1:5433/x",
        "postgresql://u:p@[::1]/x",
        "postgresql:///x?host=/tmp&password=p",
        "postgresql://u:p@192.168.1.20/x",
        "postgresql://u:p@10.0.0.1,127.0.0.1/x",
        "postgresql://u:p@postgres/x",
        "postgresql://u:p@nas.local/x",
        "host=db.example hostaddr=127.0.0.1 user=u password=p dbname=x",
        "service=mine password=p",
        "postgresql://u:p@db.example/x?sslrootcert=/etc/ca.pem",
        "postgresql://u@db.example/x",
        "postgresql://u:p@[2606:4700::1111]/x",
    ],
)
def test_what_github_cannot_reach_or_read(url: str) -> None:
    assert why_not_from_github(url)
    assert hosted_database({"DATABASE_URL": url}) == {}


@pytest.mark.parametrize(
    "url",
    [
        DATABASE_URL,
        "postgresql://u:p@8.8.8.8/x",
        "postgresql://u:p@db.example,localhost/x",
        "host=db.example user=u password=p dbname=x sslrootcert=system",
    ],
)
def test_what_github_can_use(url: str) -> None:
    assert why_not_from_github(url) == ""
    assert hosted_database({"DATABASE_URL": f" {url} "}) == {"DATABASE_URL": url}


def test_the_parts_make_a_connection_string_as_well(setup: Setup, gh: FakeGh) -> None:
    parts = {"DB_HOST": "db.example", "DB_NAME": "mirror", "DB_USER": "me", "DB_PASSWORD": "hunter22"}
    ended = setup(environ={**WITHOUT, **parts})
    assert ended.error is None, ended.text
    assert parse_dsn(gh.mirror["secrets"]["DATABASE_URL"]) == {
        "host": "db.example",
        "port": "5432",
        "dbname": "mirror",
        "user": "me",
        "password": "hunter22",
        "sslmode": "require",
    }


def test_it_is_asked_for_until_it_can_be_used(setup: Setup, gh: FakeGh) -> None:
    wrong = [
        "",
        "postgresql://u:hunter22@localhost/x",
        "nonsense hunter22",
        "postgresql://u:hunt@er22@db.example/x",
    ]
    ended = setup(environ=WITHOUT, answers=["y", "n"], secrets=[*wrong, f" {DATABASE_URL} "])
    assert ended.error is None, ended.text
    assert gh.mirror["secrets"]["DATABASE_URL"] == DATABASE_URL
    assert ended.person.asked[:5] == ["DATABASE_URL (what you type or paste is not shown): "] * 5
    assert "er22" not in ended.text


def test_what_was_typed_can_stand_in_env_as_well(setup: Setup, gh: FakeGh, tmp_path: Path) -> None:
    """Else the commands of this machine would go on with the embedded database, and nobody would know."""
    (tmp_path / ".env").write_text("# mine\nTIME_ZONE=UTC\n")
    ended = setup(environ=WITHOUT, answers=["y", ""], secrets=[DATABASE_URL])
    assert ended.error is None, ended.text
    assert "so that the commands of this machine use the same database? [Y/n]" in ended.person.asked[-1]
    written = dotenv_values(tmp_path / ".env")
    assert written == {"TIME_ZONE": "UTC", "DATABASE_URL": DATABASE_URL}
    assert "Commands of this machine use the same database." in ended.person.said[-1]


def test_without_that_it_is_said_twice_which_one_they_use(setup: Setup, gh: FakeGh, tmp_path: Path) -> None:
    ended = setup(environ=WITHOUT, answers=["y", "n"], secrets=[DATABASE_URL])
    assert ended.error is None, ended.text
    assert not (tmp_path / ".env").exists()
    again = setup(environ=WITHOUT)  # the secret on GitHub stays
    for said in (ended.text, again.text):
        assert said.count("NOT GitHub's database, until its DATABASE_URL stands in .env") == 2
        assert "use the embedded one in " in said


def test_another_one_in_env_is_replaced_only_by_a_yes(setup: Setup, gh: FakeGh, tmp_path: Path) -> None:
    near = {**ENVIRON, "DATABASE_URL": "postgresql://u:hunter22@localhost/x"}
    setup(environ=near, answers=["y", ""], secrets=[DATABASE_URL])
    assert not (tmp_path / ".env").exists()


def test_no_settings_file_is_written_where_none_is_read(setup: Setup, gh: FakeGh) -> None:
    ended = setup(environ={**WITHOUT, "ENV_FILE": ""}, answers=["y"], secrets=[DATABASE_URL])
    assert ended.error is None, ended.text


def test_a_host_that_has_only_ipv6_is_refused(
    setup: Setup, gh: FakeGh, hosted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the direct host of a Supabase project: it may well answer this machine."""
    six = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1111", 0, 0, 0))]
    monkeypatch.setattr("utils.github.database_url.socket.getaddrinfo", lambda *_: six)
    ended = setup(environ={**ENVIRON, "DATABASE_URL": hosted}, check=True)
    assert ended.exit_code == 2
    assert "has only an IPv6 address" in ended.text
    assert "Session pooler" in ended.text
    assert not any(call.startswith("secret set") for call in gh.calls())


def test_one_of_this_machine_is_refused_where_nobody_can_be_asked(setup: Setup, gh: FakeGh) -> None:
    ended = setup(environ={**ENVIRON, "DATABASE_URL": "postgresql://u:hunter22@localhost/x"})
    assert ended.exit_code == 2
    assert "DATABASE_URL cannot be used: its server is of this machine" in ended.text
    assert not any(call.startswith("secret set") for call in gh.calls())


def test_none_is_refused_likewise(setup: Setup, gh: FakeGh) -> None:
    ended = setup(environ=WITHOUT)
    assert ended.exit_code == 2
    assert "DATABASE_URL is missing" in ended.text


@pytest.mark.parametrize("name", ["DATABASE_URL", "DB_HOST"])
def test_one_that_is_on_github_already_stays(setup: Setup, gh: FakeGh, name: str) -> None:
    gh.be(repository(secrets={name: "there"}))
    ended = setup(environ={**ENVIRON, "DATABASE_URL": "postgresql://u:hunter22@localhost/x"})
    assert ended.error is None, ended.text
    assert gh.mirror["secrets"][name] == "there"
    assert "stays" in ended.text


def test_a_dry_run_asks_nothing(setup: Setup, gh: FakeGh) -> None:
    ended = setup(environ=WITHOUT, yes=False, dry_run=True)
    assert ended.error is None, ended.text
    assert "It would be asked for." in ended.text
    assert "$ gh secret set DATABASE_URL --repo me/mirror < ***   (not run)" in ended.text


@pytest.fixture
def hosted(dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test's database, taken for one that GitHub can reach: nothing else here answers."""
    monkeypatch.setattr("utils.github.settings.why_not_from_github", lambda _: "")
    monkeypatch.setattr("utils.github.database_url.why_not_from_github", lambda _: "")
    return dsn


def test_it_is_tried_from_here(setup: Setup, gh: FakeGh, hosted: str) -> None:
    ended = setup(environ={**ENVIRON, "DATABASE_URL": hosted}, check=True)
    assert ended.error is None, ended.text
    assert "The database answers (PostgreSQL " in ended.text
    assert gh.mirror["secrets"]["DATABASE_URL"] == hosted


def test_nothing_is_sent_when_it_does_not_answer(setup: Setup, gh: FakeGh, hosted: str) -> None:
    away = make_dsn(hosted, dbname="away")
    ended = setup(environ={**ENVIRON, "DATABASE_URL": away}, check=True)
    assert ended.exit_code == 2
    assert "cannot be reached" in ended.text
    assert not any(call.startswith("secret set") for call in gh.calls())
    again = setup(environ=WITHOUT, answers=["y", "n"], secrets=[away, hosted], check=True)
    assert again.error is None, again.text
    assert gh.mirror["secrets"]["DATABASE_URL"] == hosted


def test_a_password_is_hidden_however_it_is_spelled(setup: Setup, gh: FakeGh) -> None:
    url = f"postgresql://u:{quote('p@ss/word', safe='')}@db.example/x"
    with gh.edit() as state:
        state["failing"] = {"secret set": "refused {stdin}, p@ss/word, p%40ss%2Fword"}
    ended = setup(environ={**ENVIRON, "DATABASE_URL": url})
    assert "FAILED. refused ***, ***, ***" in ended.text
    assert "p@ss" not in ended.text
