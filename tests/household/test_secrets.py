"""No token, secret, password or key turns up in anything that the scripts say, write, store or start: a household lives, and everything is searched."""

import base64
import html
import io
import json
import os
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import psycopg2
import pytest
import requests
import urllib3

from api_syncs import chain, run_all
from db.__main__ import main as db_main
from simulator import Simulator, generate
from tests.conftest import World, new_database
from tests.connections import PATIENCE_S
from tests.household.conftest import Household
from utils.errors import ExitCode
from utils.redaction import Redactor
from utils.sealing import new_key
from utils.terminal import Terminal

pytestmark = [pytest.mark.once, pytest.mark.slow(30, together=True)]
PASSWORD = 'p&ss w\u00f6rd/+%"<1>'  # each form of which is another text
READERS_PASSWORD = "another-long-password"
SHORT = tuple(
    step
    for step in chain.CHAIN
    if step.module.endswith(("track_plays", "sync_liked_tracks", "materialized_views"))
)


class House:
    """A household that has lived, and all that can be seen of it. `said`: what was done → what it said."""

    def __init__(self, household: Household, folder: Path, env_file: Path) -> None:
        self.household = household
        self.world = household.world
        self.folder = folder
        self.env_file = env_file
        self.said: dict[str, str] = {}
        self.started: list[str] = []
        self.keys = {"BACKUP_KEY": new_key(), "the app's wrong secret": "f" * 31 + "0"}

    def call(self, module: str, *options: str, returns: int | None = 0, **environment: str) -> None:
        """Run a script; `environment`: besides the world's."""
        before = dict(self.world.extra)
        self.world.extra |= environment
        try:
            done = self.world.call("-m", module, *options)
        finally:
            self.world.extra = before
        self.said[f"{len(self.said)} {module} {' '.join(options)}"] = done.stdout + done.stderr
        assert returns in (None, done.returncode), done.stdout + done.stderr

    def crash(self, module: str, *options: str, **environment: str) -> None:
        """Run a tool that ends in an exception, and keep what Python says of it."""
        with pytest.raises(RuntimeError) as broken:
            self.call(module, *options, **environment)
        said = io.StringIO()
        with redirect_stderr(said):
            sys.excepthook(broken.type, broken.value, broken.tb)
        self.said[f"{len(self.said)} {module} ends in an exception"] = said.getvalue()

    def secrets(self) -> dict[str, str]:
        """What nobody may see, by what it is."""
        sim = self.household.sim
        found = {
            "the app's secret": sim.client_secret,
            "the database's password": PASSWORD,
            "a reader's password": READERS_PASSWORD,
        }
        for account in sim.accounts.listeners:
            tokens = [
                token
                for consent in account.consents
                for token in (*consent.replaced, *consent.refresh_tokens)
            ]
            found |= {
                f"refresh token {number} of {account.name}": token for number, token in enumerate(tokens)
            }
        found |= {f"access token {number}": token for number, token in enumerate(sim.accounts.access_tokens)}
        return found | self.keys


def forms(secret: str) -> set[str]:
    """How it may be spelled: as it is, in URLs, in JSON, on a page, and in base64 with anything before and behind it."""
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret)}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    raw = secret.encode()
    for before in range(3):
        whole = raw[(3 - before) % 3 :]
        whole = whole[: len(whole) - len(whole) % 3]
        found |= {base64.b64encode(whole).decode(), base64.urlsafe_b64encode(whole).decode()}
    return found


def seen_in(text: str, secrets: Mapping[str, str]) -> list[str]:
    """Which of them stand in a text."""
    return [name for name, secret in secrets.items() if any(form in text for form in forms(secret))]


@contextmanager
def watched(started: list[str]) -> Iterator[None]:
    """Note the command line of each process that is started, by this one or by one that it has started."""
    is_over = threading.Event()

    def hook(event: str, arguments: tuple) -> None:
        if event in ("subprocess.Popen", "os.exec", "os.posix_spawn") and not is_over.is_set():
            started.append(f"{arguments[0]} {arguments[1]}")

    def look() -> None:
        while not is_over.wait(0.02):
            for pid in descendants(os.getpid()):
                try:
                    started.append(
                        Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
                    )
                except OSError:
                    continue  # it has ended

    sys.addaudithook(hook)
    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        is_over.set()
        looking.join()


def descendants(pid: int) -> Iterator[int]:
    threads: list[Path] = []
    with suppress(OSError):  # it has ended
        threads.extend(Path(f"/proc/{pid}/task").glob("*/children"))
    for file in threads:
        try:
            children = file.read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from descendants(child)


@contextmanager
def broken_at(part: str, kind: type[Exception]) -> Iterator[None]:
    """A request whose address has this in it ends in an exception that tells all of it."""
    urlopen = urllib3.HTTPConnectionPool.urlopen

    def broken(self: object, method: str, url: str, *args: object, **options: object) -> object:
        if part in url:
            raise kind(f"{method} {url} {options.get('body')} {options.get('headers')}")
        return urlopen(self, method, url, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urllib3.HTTPConnectionPool, "urlopen", broken)
        yield


@pytest.fixture(scope="module")
def house(server, template, tmp_path_factory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    env_file = tmp_path_factory.mktemp("settings") / ".env"
    with (
        new_database(server, template) as dsn,
        Simulator(generate(seed=1, liked=6, albums=1, plays=10, playlists=1, followed=1, odd=False)) as sim,
    ):
        url = f"postgresql://postgres:{quote(PASSWORD, safe='')}@/{psycopg2.extensions.parse_dsn(dsn)['dbname']}?host={quote(psycopg2.extensions.parse_dsn(dsn)['host'], safe='')}"
        household = Household(World(sim, url, folder))
        house = House(household, folder, env_file)
        house.keys["TOKEN_ENCRYPTION_KEY"] = household.world.extra.pop("TOKEN_ENCRYPTION_KEY")
        env_file.write_text(f"TOKEN_ENCRYPTION_KEY={house.keys['TOKEN_ENCRYPTION_KEY']}\n", encoding="utf-8")
        household.world.extra |= {
            "ENV_FILE": str(env_file),
            "RUN_REPORT": str(folder / "report.jsonl"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        }
        with watched(house.started), pytest.MonkeyPatch.context() as patch:
            patch.setattr(run_all, "CHAIN", SHORT)
            live(house)
        yield house


def live(house: House) -> None:
    """Everything that writes, and everything that fails."""
    household, sim, folder = house.household, house.household.sim, house.folder
    sim.rotate_refresh_tokens = True
    for name in ("anna", "ben"):
        sim.add_account(name, liked=3, plays=10)
        household.join(name, market="DE")
        house.said[f"login --link {name}"] = household.said
    carl = sim.add_account("carl", liked=2)
    house.call(
        "db.users", "add", "carl", "--refresh-token-env", "CARLS", "--verbose", CARLS=carl.refresh_token
    )
    with household.world.start("-m", "api_syncs.track_plays", "--all-users", "--verbose") as process:
        house.said["a process for everybody"] = "\n".join(process.communicate(timeout=PATIENCE_S))
        assert process.returncode == ExitCode.OK, house.said["a process for everybody"]
    house.call("db.users", "new-key")
    house.keys["the new key"] = (
        house.env_file.read_text(encoding="utf-8").strip().partition("=")[2].strip("'\"")
    )
    house.call("api_syncs.run_all", "--all-users", "--force", "--verbose")
    sim.revoke_consent("ben")
    house.call("api_syncs.track_plays", "--user", "ben", "--force", returns=ExitCode.CONSENT)
    for part in ("/v1/", "/api/token"):
        for kind, user in (
            (RuntimeError, "anna"),
            (RuntimeError, ""),
            (requests.ConnectionError, ""),
            (urllib3.exceptions.ProtocolError, "carl"),
        ):
            with broken_at(part, kind), pytest.MonkeyPatch.context() as patch:
                patch.setattr("utils.spotify.transport.BACKOFF_S", 0.001)
                patch.setattr("utils.spotify.tokens.ATTEMPTS", 1)
                house.call(
                    "api_syncs.track_plays", "--user", user, "--force", "--verbose", returns=ExitCode.FAILED
                )
    for part in ("/v1/", "/api/token"):
        with broken_at(part, RuntimeError):
            house.crash("db.users", "add", "dora", "--refresh-token-env", "CARLS", CARLS=carl.refresh_token)
    house.call(
        "api_syncs.track_plays",
        "--force",
        returns=ExitCode.SETTINGS,
        SPOTIFY_CLIENT_SECRET=house.keys["the app's wrong secret"],
    )
    house.call(
        "api_syncs.track_plays",
        "--user",
        "anna",
        "--force",
        returns=ExitCode.SETTINGS,
        TOKEN_ENCRYPTION_KEY=house.keys["TOKEN_ENCRYPTION_KEY"],
    )
    nowhere = f"postgresql://me:{quote(PASSWORD, safe='')}@127.0.0.1:9/none?sslmode=disable"
    house.call("api_syncs.track_plays", returns=ExitCode.SETTINGS, DATABASE_URL=nowhere)
    house.call(
        "reports.sync_status",
        returns=ExitCode.SETTINGS,
        DATABASE_URL=f"postgresql://me:{PASSWORD}@127.0.0.1:9/none",
    )
    for options in ((), ("--json",), ("--user", "anna")):
        house.call("reports.sync_status", *options, "--verbose")
    house.call("db.users", "list", "--verbose")
    house.call("reports.logs", "--verbose")
    house.call("db.sql", "SELECT * FROM users", "--verbose")
    house.call("db.sql", "SELECT no_such FROM users", returns=ExitCode.FAILED)
    for options in (("--verbose",), ("--json",), ("--user", "anna")):
        house.call("reports.doctor", *options, returns=None)
    house.call("reports.doctor", returns=None, DATABASE_URL=nowhere)
    house.call("reports.build_dashboard", "--public", "--verbose", "--force")
    house.call("reports.build_dashboard", "--user", "anna", "--force")
    house.call("reports.export", "--into", str(folder / "plays.csv"))
    house.call("reports.share", "top", "--into", str(folder / "top.png"))
    house.call("db.backup", str(folder / "plain.zip"), "--verbose")
    house.call("db.backup", str(folder / "sealed.zip.age"), BACKUP_KEY=house.keys["BACKUP_KEY"])
    house.call("reports.run_summary", SCRIPTS="[]", GITHUB_ACTIONS="true")
    said: list[str] = []
    with household.world.settings():
        terminal = Terminal(said.append, said.append, lambda _: READERS_PASSWORD)
        assert db_main(["reader", "secrets_reader", "--user", "anna", "--verbose"], terminal) == ExitCode.OK
        assert db_main(["reader", "secrets_reader", "--remove"], terminal) == ExitCode.OK
        assert db_main(["copy-to", nowhere], terminal) == ExitCode.SETTINGS
    house.said["db"] = "\n".join(said)


def test_the_search_finds_each_of_them_in_every_form(house):
    secrets = house.secrets()
    assert {
        "refresh token 1 of anna",
        "refresh token 1 of carl",
        "refresh token 0 of ben",
        "access token 5",
        "the new key",
    } <= secrets.keys()
    for name, secret in secrets.items():
        credential = base64.b64encode(f"{house.household.sim.client_id}:{secret}".encode()).decode()
        for text in (
            secret,
            json.dumps({"of": secret}),
            f"?of={quote(secret)}&",
            f"<p>{html.escape(secret)}</p>",
            f"Basic {credential}",
        ):
            assert name in seen_in(f"before {text} behind", secrets), (name, text)


def test_nothing_that_was_said_has_one(house):
    secrets = house.secrets()
    assert {what: found for what, text in house.said.items() if (found := seen_in(text, secrets))} == {}
    whole = "\n".join(house.said.values())
    assert "***" in whole, "what was told of a broken request was taken out"
    assert "fault of the program" in whole


def test_no_file_has_one(house):
    """Those of the site, of backups that are opened, of what programs and GitHub read; .env alone has what belongs there."""
    secrets, wrong = house.secrets(), {}
    files = [path for path in house.folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {
        "index.html",
        "plays.csv",
        "plain.zip",
        "sealed.zip.age",
        "summary.md",
        "report.jsonl",
        "status.json",
    } <= names
    texts = {str(path): path.read_bytes() for path in files}
    with zipfile.ZipFile(house.folder / "plain.zip") as backup:
        texts |= {f"backup: {name}": backup.read(name) for name in backup.namelist()}
    for path, content in texts.items():
        if found := seen_in(content.decode("utf-8", "replace"), secrets):
            wrong[path] = found
    assert wrong == {}
    assert house.env_file.stat().st_mode & 0o077 == 0


def test_no_column_of_the_database_has_one(house, scratch):
    secrets, wrong = house.secrets(), {}
    for (table,) in house.world.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')"
    ):
        text = "\n".join(row for (row,) in house.world.rows(f"SELECT t::text FROM {table} AS t"))
        if found := seen_in(text, secrets):
            wrong[table] = found
    [(logged,)] = house.world.rows("SELECT count(*) FROM logs WHERE message LIKE '%%***%%'")
    assert wrong == {}
    assert logged
    assert seen_in((scratch / "postgres" / "server.log").read_text("utf-8", "replace"), secrets) == [], (
        "the server's own log"
    )


def test_no_command_line_has_one(house):
    whole = "\n".join(house.started)
    assert "--all-users" in whole, "the process was seen"
    assert seen_in(whole, house.secrets()) == []


@pytest.mark.parametrize("secret", [PASSWORD, "AQ" + "x" * 40, "abc-_ABC+/=123"])
def test_what_is_taken_out_of_a_text_is_taken_out_in_every_form(secret):
    redact = Redactor([secret])
    for before in ("", "i", "id", "id:"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(f"{before}{secret}:behind".encode()).decode()
            assert seen_in(redact(text), {"it": secret}) == [], (before, text)
    for form in forms(secret) - {html.escape(secret)}:
        assert form not in redact(f"before {form} behind")
