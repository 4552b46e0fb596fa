"""`./run doctor`: nothing on a healthy installation, whatever is out of reach, and what it asks and writes. Checklist S4-16."""

import re
from datetime import UTC, datetime
from io import StringIO

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from reports.diagnosis import work
from reports.diagnosis.checks import Checked
from reports.diagnosis.finding import fault, ok
from reports.diagnosis.showing import as_table
from tests.databases import everything
from tests.pooler import pooled
from tests.reports.doctor.conftest import DOCTOR, PASSWORD, doctor
from utils import ROOT
from utils.database.embedded.server import acquire
from utils.terminal import console_of

pytestmark = [pytest.mark.once, pytest.mark.slow(20, together=True)]


def text(world, *options: str) -> str:
    ended = world.call("-m", DOCTOR, *options)
    assert ended.stderr == ""
    return " ".join(ended.stdout.split())


def test_nothing_is_wrong_with_a_healthy_installation(world) -> None:
    before = everything(world.dsn)
    told = doctor(world)
    assert (told.wrong, told.exit_code, told.worst) == ([], 0, "ok")
    assert world.asked(tokens=True) == ["POST /api/token", "GET /me"], "at most"
    assert everything(world.dsn) == before, "it writes nothing"
    said = text(world)
    assert said.startswith("Nothing is wrong; ")
    assert "Development Mode: 1 listener of 5" in said


def test_what_was_not_checked_is_said_once_with_the_reason(world) -> None:
    said = text(world, "--offline")
    assert "Spotify: app, consent: --offline" in said
    assert "GitHub: workflows, secrets, runs, schedules, backups: --offline" in said
    assert world.asked(tokens=True) == []


def test_during_a_pause_nothing_is_asked(world) -> None:
    world.change("INSERT INTO sync_pauses VALUES ('a', '*', 'rate limit', now(), now() + interval '1 hour')")
    try:
        told = doctor(world)
    finally:
        world.change("DELETE FROM sync_pauses")
    assert told.wrong == [("spotify-pause", "warning")]
    assert "Spotify wants no requests" in told.of("consent")["what"]
    assert world.asked(tokens=True) == []


def test_where_spotify_is_not_asked_the_last_runs_word_counts(world) -> None:
    world.change("UPDATE users SET auth_status = 'revoked'")
    try:
        told = doctor(world, "--offline")
        assert (told.wrong, told.exit_code) == ([("consent-revoked", "fault")], 3)
        assert told.of("consent")["remedy"] == "./run login"
        assert doctor(world).wrong == [], "Spotify takes it again"
    finally:
        world.change("UPDATE users SET auth_status = 'ok'")


def test_a_token_that_spotify_replaces_is_kept(world) -> None:
    """Else the consent would be lost by looking at it."""
    world.sim.rotate_refresh_tokens = True
    try:
        assert doctor(world).wrong == []
        ((sealed,),) = world.rows("SELECT refresh_token_encrypted FROM users")
        assert sealed is not None
        assert doctor(world).wrong == []
    finally:
        world.sim.rotate_refresh_tokens = False
    assert world.run("api_syncs.track_plays").exit_code == 0


def test_a_new_consent_counts_from_when_it_was_given(world) -> None:
    """The one before is over, and no run has used the new one yet."""
    world.change("UPDATE users SET authorized_at = authorized_at - interval '190 days'")
    world.sim.new_consent()
    try:
        world.extra["SPOTIFY_AUTHORIZED_AT"] = f"{datetime.now(UTC).isoformat()}"
        told = doctor(world)
        assert (told.wrong, told.of("consent_age")["severity"]) == ([], "ok")
        world.extra["SPOTIFY_AUTHORIZED_AT"] = ""
        assert "not known when" in doctor(world).of("consent_age")["what"]
    finally:
        world.sim.account().consents.pop()
        world.change("UPDATE users SET authorized_at = authorized_at + interval '190 days'")


def test_without_a_database_everything_else_is_looked_at(world) -> None:
    world.extra |= {
        "DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1:1/mirror",
        "TIME_ZONE": "Mars",
        "BACKUP_KEY": "short",
    }
    told = doctor(world)
    assert told.wrong == [("settings", "fault"), ("settings", "fault"), ("database-unreachable", "fault")]
    assert told.exit_code == 2
    assert "out of reach" in told.of("schema")["what"]
    assert told.of("site")["severity"] == "ok"
    assert world.asked(tokens=True) == [], "a token that Spotify might replace could not be kept"


def test_spotify_is_asked_once_also_where_the_database_is_lost_meanwhile(world, monkeypatch) -> None:
    def lost(*_: object) -> None:
        raise psycopg2.OperationalError("server closed the connection")

    monkeypatch.setattr("reports.diagnosis.asking.Spotify.me", lost)
    told = doctor(world)
    assert told.wrong == []
    assert "server closed the connection" in told.of("app")["what"]
    assert world.asked(tokens=True) == ["POST /api/token"]


def test_a_check_that_breaks_keeps_no_other_from_being_made(world, monkeypatch) -> None:
    monkeypatch.setattr(work, "PATIENCE", "broken")
    said = text(world, "--offline")
    assert "overdue: the check itself has failed (TypeError" in said
    assert "The site can be written" in said


def test_in_a_log_that_strangers_read_nothing_tells_where_the_database_is_and_who_listens(world) -> None:
    world.extra["GITHUB_ACTIONS"] = "true"
    said = text(world)
    assert said.startswith("Nothing is wrong; ")
    parts = parse_dsn(world.dsn)
    ((user_id, name),) = world.rows("SELECT user_id, display_name FROM users")
    for hidden in (parts["host"], parts["dbname"], user_id, name):
        assert hidden not in said


def test_somebody_who_is_not_there(world) -> None:
    told = doctor(world, "--offline", "--user", "nobody")
    assert (told.wrong, told.exit_code) == ([("listener", "fault")], 2)


def test_remedies_stand_under_what_is_wrong_the_worst_first(world) -> None:
    world.extra |= {"SPOTIFY_MARKET": "FR", "BACKUP_KEY": "short"}
    ended = world.call("-m", DOCTOR, "--offline")
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("1 fault and 1 warning; ")
    assert [line.split()[0] for line in lines if line and not line.startswith(" ")][1:3] == [
        "fault",
        "warning",
    ]
    assert "-> ./run backup --new-key" in ended.stdout
    assert max(map(len, lines)) <= 100
    assert ended.returncode == 2


@pytest.mark.parametrize(
    "setting", ["DATABASE_URL", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN", "DB_PASSWORD"]
)
def test_no_secret_is_shown_also_of_what_is_malformed(world, setting) -> None:
    world.extra |= {"DB_HOST": "db example", "DATABASE_URL": "", setting: "hush hush 'secret'"}
    said = text(world)
    assert "hush" not in said
    assert said.startswith("1 fault")


class Screen(StringIO):
    """A terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_is_a_table_that_nothing_stored_can_change(monkeypatch) -> None:
    for name, value in {"TERM": "xterm", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    hostile = "\x1b[2J[red]a[/red]\u202e\r\nb the-secret"
    checked = [
        Checked("scripts", "failures", (fault("job-failed", hostile, "./run logs"),)),
        Checked("scripts", "gaps", (ok("none"),)),
    ]
    table = as_table(checked, lambda said: said.replace("the-secret", "***"), console_of(Screen()))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", table)
    assert not set(plain) & set("\x1b\u202e\r")
    assert "[red]a[/red]" in plain
    assert "the-secret" not in plain
    assert "\x1b[1;31mfault" in table
    assert max(map(len, plain.splitlines())) <= 80


@pytest.mark.parametrize(("mode", "wrong"), [("transaction", []), ("statement", [("transactions", "fault")])])
def test_a_pooler_has_to_keep_transactions_together(world, server, scratch, pgbin, mode, wrong) -> None:
    with pooled(world.dsn, scratch / "postgres", pgbin, 4, mode) as url:
        world.extra["DATABASE_URL"] = url
        assert doctor(world).wrong == wrong


def test_an_embedded_database_that_was_cut_off_is_told_of_and_mended(world, tmp_path, pgbin) -> None:
    """In processes of their own, since a server is left at the end of one."""
    root = tmp_path / "postgres"
    with acquire(root, pgbin=pgbin, server_settings={"fsync": "off"}):
        pass
    (root / "data" / "postmaster.pid").write_text("999999999\n")
    world.extra |= {"DATABASE_URL": "", "EMBEDDED_POSTGRES_DIR": str(root), "PGBIN": str(pgbin)}
    nothing = ("nothing-stored", "warning")
    assert doctor(world, way="-P").wrong == [("embedded-cut-off", "warning"), nothing]
    assert doctor(world, way="-P").wrong == [nothing]


def test_every_code_is_in_the_guide() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "reports" / "diagnosis").glob("*.py"))
    codes = set(re.findall(r'(?:fault|warning|fault_of)\(\s*"([a-z-]+)"', sources))
    codes |= {
        "database-old",
        "database-unreachable",
        "consent-revoked",
        "consent-expired",
        "consent-not-allowlisted",
    }
    page = (ROOT / "docs" / "doctor.md").read_text()
    assert len(codes) > 45
    assert {code for code in codes if f"`{code}`" not in page} == set()
