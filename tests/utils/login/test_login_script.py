"""`./run login` as a person starts it, against the simulator."""

import signal
import socket
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from dotenv import dotenv_values

from simulator import Simulator
from tests.utils.login.conftest import Start
from utils.spotify.consents import SCOPES

QUIET = ("--yes", "--no-browser")


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def open_link(url: str) -> requests.Response:
    return requests.get(url, timeout=60)


def changed(url: str, **new: str | None) -> str:
    """The link with other query parameters."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | new
    return parts._replace(query=urlencode({name: v for name, v in query.items() if v is not None})).geturl()


def assert_nothing_secret(output: str, spotify: Simulator) -> None:
    tokens = [token for consent in spotify.accounts.consents for token in consent.refresh_tokens]
    for secret in [spotify.client_secret, *tokens, *spotify.accounts.access_tokens]:
        assert secret not in output
    assert "Traceback" not in output


@pytest.mark.parametrize("module", [False, True], ids=["file", "module"])
def test_consent_is_written_and_nothing_secret_shown(
    start: Start, spotify: Simulator, settings: dict[str, str], env_file: Path, module: bool
) -> None:
    env_file.write_text(
        "# mine\nDATABASE_URL=postgresql://u:hunter22@db.example/x # db\nTIME_ZONE=Asia/Tokyo\n"
    )
    env_file.chmod(0o644)
    begun = datetime.now(UTC) - timedelta(seconds=1)
    login = start(*QUIET, "--market", "at", module=module)
    url = login.url()
    asked = parse_qs(urlsplit(url).query)
    assert asked["scope"] == [" ".join(SCOPES)]
    assert asked["redirect_uri"] == [settings["SPOTIFY_REDIRECT_URI"]]
    assert len(asked["state"][0]) >= 32

    page = open_link(url)
    assert page.status_code == 200
    assert "Done here" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    assert code not in page.text

    assert login.end() == 0, login.output
    written = dotenv_values(env_file)
    authorized_at = datetime.fromisoformat(written.pop("SPOTIFY_AUTHORIZED_AT") or "")
    assert begun <= authorized_at <= datetime.now(UTC)
    assert written == {
        "DATABASE_URL": "postgresql://u:hunter22@db.example/x",
        "TIME_ZONE": "Asia/Tokyo",
        "SPOTIFY_CLIENT_ID": spotify.client_id,
        "SPOTIFY_CLIENT_SECRET": spotify.client_secret,
        "SPOTIFY_REFRESH_TOKEN": spotify.refresh_token,
        "SPOTIFY_MARKET": "AT",
        "SPOTIFY_REDIRECT_URI": settings["SPOTIFY_REDIRECT_URI"],
    }
    assert env_file.read_text().startswith("# mine\nDATABASE_URL=postgresql://u:hunter22@db.example/x # db\n")
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    assert list(env_file.parent.iterdir()) == [env_file]
    assert_nothing_secret(login.output, spotify)
    for secret in (code, "hunter22"):
        assert secret not in login.output
    assert "Next: ./run sync" in login.output.splitlines()[-2]
    assert spotify.library.user.id in login.output


def test_defaults_come_from_spotify_and_the_system(start: Start, spotify: Simulator, env_file: Path) -> None:
    spotify.mode = "extended"
    login = start(*QUIET)
    open_link(login.url())
    assert login.end() == 0, login.output
    assert dotenv_values(env_file)["TIME_ZONE"] == "Europe/Vienna"
    assert dotenv_values(env_file)["SPOTIFY_MARKET"] == spotify.library.user.country


def test_without_a_country_the_market_stays_empty(start: Start, env_file: Path) -> None:
    login = start(*QUIET)
    open_link(login.url())
    assert login.end() == 0, login.output
    assert dotenv_values(env_file)["SPOTIFY_MARKET"] == ""
    assert "SPOTIFY_MARKET=" not in login.output


def test_a_renewal_says_until_when_and_replaces_the_token(
    start: Start, spotify: Simulator, settings: dict[str, str], env_file: Path
) -> None:
    env_file.write_text("SPOTIFY_REFRESH_TOKEN=old-token\nSPOTIFY_AUTHORIZED_AT=2026-01-31T10:00:00+00:00\n")
    login = start(*QUIET)
    open_link(login.url())
    assert login.end() == 0
    assert "renews the consent of 2026-01-31, which ended on 2026-07-31" in login.output
    assert dotenv_values(env_file)["SPOTIFY_REFRESH_TOKEN"] == spotify.refresh_token
    assert "old-token" not in login.output


def test_a_token_that_would_hide_the_new_one_is_told(start: Start, settings: dict[str, str]) -> None:
    settings["SPOTIFY_REFRESH_TOKEN"] = "exported-token"
    login = start(*QUIET)
    open_link(login.url())
    assert login.end() == 0
    assert "Careful: SPOTIFY_REFRESH_TOKEN is also set" in login.output
    assert "exported-token" not in login.output


def test_wrong_requests_get_a_400_and_do_not_end_the_waiting(
    start: Start, spotify: Simulator, settings: dict[str, str], env_file: Path, port: int
) -> None:
    login = start(*QUIET)
    url = login.url()
    callback = settings["SPOTIFY_REDIRECT_URI"]
    state = parse_qs(urlsplit(url).query)["state"][0]
    idle = socket.create_connection(("127.0.0.1", port))  # browsers open spare connections and say nothing
    wrong = [
        changed(url, state="guessed"),
        changed(url, state=None),
        f"{callback}?code=x",
        f"{callback}?code=x&state={state}&state={state}",
        f"{callback}?code=x&state=%FF%00ü",
        f"{callback}?state={state}",
        f"{callback}?error=access_denied&state=x",
        f"http://127.0.0.1:{port}/other?code=x&state={state}",
        f"http://127.0.0.1:{port}/favicon.ico",
    ]
    for each in wrong:
        assert open_link(each).status_code == 400, each
    for host in ("evil.example", f"localhost:{port}", "127.0.0.1"):
        answer = requests.get(f"{callback}?code=x&state={state}", headers={"Host": host}, timeout=60)
        assert answer.status_code == 400
    assert login.process.poll() is None
    assert not env_file.exists()

    assert open_link(url).status_code == 200
    assert login.end() == 0, login.output
    assert dotenv_values(env_file)["SPOTIFY_REFRESH_TOKEN"] == spotify.refresh_token
    idle.close()


def test_denied(start: Start, spotify: Simulator, env_file: Path) -> None:
    spotify.deny_authorize = True
    login = start(*QUIET)
    assert "No consent was given" in open_link(login.url()).text
    assert login.end() == 3
    assert "Consent was denied" in login.output
    assert not env_file.exists()


def test_wrong_secret(start: Start, spotify: Simulator, settings: dict[str, str], env_file: Path) -> None:
    settings["SPOTIFY_CLIENT_SECRET"] = "not-the-secret"
    login = start(*QUIET)
    assert login.end() == 2
    assert "Give consent" not in login.output
    assert [request.kind for request in spotify.requests] == ["token"]
    assert "SPOTIFY_CLIENT_SECRET is wrong" in login.output
    assert "not-the-secret" not in login.output
    assert not env_file.exists()


def test_the_right_to_change_the_library_is_asked_for_only_where_somebody_wants_it(
    start: Start, env_file: Path
) -> None:
    login = start(*QUIET, "--library")
    url = login.url()
    assert parse_qs(urlsplit(url).query)["scope"] == [" ".join((*SCOPES, "user-library-modify"))]
    open_link(changed(url, scope=" ".join(SCOPES)))
    assert login.end() == 3
    assert "missing: user-library-modify." in login.output
    assert not env_file.exists()


def test_a_missing_scope_is_named(start: Start, spotify: Simulator, env_file: Path) -> None:
    login = start(*QUIET)
    without = " ".join(scope for scope in SCOPES if scope != "user-top-read")
    open_link(changed(login.url(), scope=without))
    assert login.end() == 3
    assert "missing: user-top-read." in login.output
    assert not env_file.exists()


def test_a_code_that_is_not_accepted(start: Start, settings: dict[str, str], env_file: Path) -> None:
    login = start(*QUIET)
    state = parse_qs(urlsplit(login.url()).query)["state"][0]
    open_link(f"{settings['SPOTIFY_REDIRECT_URI']}?code=made-up&state={state}")
    assert login.end() == 3
    assert "does not accept the code" in login.output
    assert "made-up" not in login.output
    assert not env_file.exists()


def test_an_account_that_is_not_on_the_list(start: Start, spotify: Simulator, env_file: Path) -> None:
    spotify.user_not_allowlisted = True
    login = start(*QUIET)
    open_link(login.url())
    assert login.end() == 3
    assert "User Management" in login.output
    assert_nothing_secret(login.output, spotify)
    assert not env_file.exists()


def test_the_consent_is_kept_when_the_profile_is_not_to_be_had(
    start: Start, spotify: Simulator, settings: dict[str, str], env_file: Path
) -> None:
    settings["SPOTIFY_API_URL"] = f"{spotify.accounts_url}/v1/nowhere"
    login = start(*QUIET)
    open_link(login.url())
    assert login.end() == 0
    assert "did not say whose account" in login.output
    assert dotenv_values(env_file)["SPOTIFY_REFRESH_TOKEN"] == spotify.refresh_token


def test_time_out(start: Start, env_file: Path) -> None:
    login = start(*QUIET, "--timeout", "0.2")
    login.url()
    assert login.end() == 1
    assert "No answer from Spotify" in login.output
    assert "Traceback" not in login.output
    assert not env_file.exists()


def test_port_in_use(start: Start, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        login = start(*QUIET)
        assert login.end() == 1
    assert f"Port {port} on 127.0.0.1" in login.output
    assert "SPOTIFY_REDIRECT_URI" in login.output
    assert "Traceback" not in login.output


@pytest.mark.parametrize(
    ("new", "options", "said"),
    [
        ({"SPOTIFY_REDIRECT_URI": "http://localhost:8888/callback"}, (), "localhost, which Spotify refuses"),
        ({"SPOTIFY_REDIRECT_URI": "https://example.org/callback"}, (), "not of the form"),
        (
            {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": " "},
            (),
            "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET",
        ),
        ({"SPOTIFY_CLIENT_SECRET": "grün"}, (), "SPOTIFY_CLIENT_SECRET holds characters"),
        ({"SPOTIFY_CLIENT_ID": "My app"}, (), "SPOTIFY_CLIENT_ID holds characters"),
        ({"SPOTIFY_CLIENT_ID": "g" * 32}, (), "SPOTIFY_CLIENT_ID is no client id"),
        ({"SPOTIFY_ACCOUNTS_URL": "http://accounts.example"}, (), "SPOTIFY_ACCOUNTS_URL is not an https URL"),
        ({"SPOTIFY_MARKET": "Germany"}, (), "SPOTIFY_MARKET is 'Germany'"),
        ({}, ("--market", "D1"), "--market is 'D1'"),
        ({}, ("--time-zone", "Mars/Olympus"), "--time-zone is 'Mars/Olympus'"),
        ({"ENV_FILE": "/nowhere/at/all/.env"}, (), "/nowhere/at/all does not exist"),
        ({"PATH": "/nowhere"}, ("--github",), "--github needs"),
    ],
)
def test_wrong_settings_are_said_at_once(
    start: Start, settings: dict[str, str], new: dict[str, str], options: tuple[str, ...], said: str
) -> None:
    settings.update(new)
    login = start(*QUIET, *options)
    assert login.end() == 2
    assert said in login.output
    assert "Traceback" not in login.output


def test_nobody_to_ask(start: Start, settings: dict[str, str]) -> None:
    del settings["SPOTIFY_CLIENT_ID"]
    login = start("--no-browser")
    assert login.end() == 2
    assert "developer.spotify.com/dashboard" in login.output
    assert "nobody to ask" in login.output


def test_control_c_is_a_clean_end(start: Start, env_file: Path) -> None:
    login = start(*QUIET)
    login.url()
    login.process.send_signal(signal.SIGINT)
    assert login.end() == 130
    assert "Traceback" not in login.output
    assert not env_file.exists()


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon"])
def test_a_wrong_time_out(start: Start, timeout: str) -> None:
    login = start(f"--timeout={timeout}")
    assert login.end() == 2


def test_help(start: Start) -> None:
    login = start("--help")
    assert login.end() == 0
    for word in ("reads", "writes", "SPOTIFY_REFRESH_TOKEN", "--github", "exit codes"):
        assert word in login.output
