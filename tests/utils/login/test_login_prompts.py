"""The conversation: what is asked, what is taken for an answer."""

import errno
import re
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import requests
from dotenv import dotenv_values

from simulator import Simulator
from utils.clock import Clock
from utils.errors import JobError, SettingsError
from utils.login.callback import CallbackServer, parse_redirect_uri
from utils.login.command import Options, login, main
from utils.login.consent import Terminal
from utils.login.market_and_time_zone import ask_market, ask_time_zone, system_time_zone


@dataclass
class Person:
    """Answers from a list, and opens the link in what stands for a browser."""

    answers: list[str]
    secrets: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    browsers: list[threading.Thread] = field(default_factory=list)

    def terminal(self) -> Terminal:
        return Terminal(self.said.append, self.ask, self.ask_secret, self.open_browser)

    def ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.answers.pop(0)

    def ask_secret(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.secrets.pop(0)

    def open_browser(self, url: str) -> bool:
        self.browsers.append(threading.Thread(target=lambda: requests.get(url, timeout=60).close()))
        self.browsers[-1].start()
        return True

    def text(self) -> str:
        return "\n".join(self.said)


@pytest.fixture(autouse=True)
def _no_gh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    for name in ("SPOTIFY_REFRESH_TOKEN", "SPOTIFY_MARKET", "TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)


def run(person: Person, settings: dict[str, str], options: Options | None = None) -> None:
    login(options or Options(timeout_s=600), settings, person.terminal(), Clock())
    for browser in person.browsers:
        browser.join()


def test_everything_is_asked_for(spotify: Simulator, settings: dict[str, str], tmp_path: Path) -> None:
    del settings["SPOTIFY_CLIENT_ID"], settings["SPOTIFY_CLIENT_SECRET"]
    person = Person(
        ["", f" {spotify.client_id} ", "Berlin", "Europe/Berlin", "Germany", "de"],
        ["", spotify.client_secret],
    )
    run(person, settings)
    written = dotenv_values(tmp_path / ".env")
    assert written["SPOTIFY_CLIENT_ID"] == spotify.client_id
    assert written["SPOTIFY_CLIENT_SECRET"] == spotify.client_secret
    assert written["SPOTIFY_REFRESH_TOKEN"] == spotify.refresh_token
    assert (written["SPOTIFY_MARKET"], written["TIME_ZONE"]) == ("DE", "Europe/Berlin")
    assert person.answers == person.secrets == []
    assert "developer.spotify.com/dashboard" in person.said[0]
    assert settings["SPOTIFY_REDIRECT_URI"] in person.said[0]
    assert "Premium" in person.said[0]
    assert spotify.client_secret not in person.text()
    assert spotify.refresh_token not in person.text()


def test_an_empty_answer_keeps_the_present_setting(settings: dict[str, str], tmp_path: Path) -> None:
    person = Person(["", ""])
    run(person, {**settings, "SPOTIFY_MARKET": "fr", "TIME_ZONE": "Europe/Paris"})
    written = dotenv_values(tmp_path / ".env")
    assert (written["SPOTIFY_MARKET"], written["TIME_ZONE"]) == ("FR", "Europe/Paris")
    assert "[Europe/Paris]" in person.asked[0]
    assert "[FR]" in person.asked[1]
    assert any("in whose catalogue is looked what can be played" in text for text in person.said)


def test_a_market_can_be_given_up(settings: dict[str, str], tmp_path: Path) -> None:
    run(Person(["UTC", "-"]), {**settings, "SPOTIFY_MARKET": "FR"})
    assert dotenv_values(tmp_path / ".env")["SPOTIFY_MARKET"] == ""


def test_wrong_present_settings_are_asked_for_again(settings: dict[str, str], tmp_path: Path) -> None:
    run(Person(["UTC", ""]), {**settings, "SPOTIFY_MARKET": "Germany", "TIME_ZONE": "Nowhere"})
    written = dotenv_values(tmp_path / ".env")
    assert (written["SPOTIFY_MARKET"], written["TIME_ZONE"]) == ("", "UTC")


def test_options_are_not_asked_for(settings: dict[str, str], tmp_path: Path) -> None:
    run(Person([]), settings, Options(market="us", time_zone="America/New_York", timeout_s=600))
    written = dotenv_values(tmp_path / ".env")
    assert (written["SPOTIFY_MARKET"], written["TIME_ZONE"]) == ("US", "America/New_York")


def test_the_default_redirect_uri_is_not_written(
    spotify: Simulator, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.login.command.REDIRECT_URI", settings.pop("SPOTIFY_REDIRECT_URI"))
    run(Person(["", ""]), settings)
    assert "SPOTIFY_REDIRECT_URI" not in dotenv_values(tmp_path / ".env")


def test_a_name_cannot_steer_the_terminal(spotify: Simulator, settings: dict[str, str]) -> None:
    with spotify.edit() as library:
        library.user.display_name = "\x1b[2JEve\r\n::error::"
    person = Person(["", ""])
    run(person, settings)
    line = next(text for text in person.said if "Eve" in text)
    assert line.isprintable()


def token_requests(spotify: Simulator) -> list[str]:
    """The grants that the token service was asked for, in their order."""
    bodies = [request.raw_body.decode() for request in spotify.requests if request.kind == "token"]
    return [parse_qs(body)["grant_type"][0] for body in bodies]


def test_a_client_id_of_the_wrong_form_is_asked_for_again(
    spotify: Simulator, settings: dict[str, str], tmp_path: Path
) -> None:
    """Before anything is sent to Spotify, and without being shown: it may be the secret."""
    pasted = spotify.client_id[:-1]
    settings["SPOTIFY_CLIENT_ID"] = pasted
    person = Person([spotify.client_id, "", ""], [spotify.client_secret])
    run(person, settings)
    assert "32 digits and letters from a to f, and this is of 31 characters" in person.text()
    assert pasted not in person.said[0]
    assert token_requests(spotify) == ["client_credentials", "authorization_code"]
    assert dotenv_values(tmp_path / ".env")["SPOTIFY_CLIENT_ID"] == spotify.client_id


def test_each_answer_is_looked_at_before_the_next_question(
    spotify: Simulator, settings: dict[str, str]
) -> None:
    """A wrong id is told before the secret is asked for; the id once more is no secret."""
    del settings["SPOTIFY_CLIENT_ID"], settings["SPOTIFY_CLIENT_SECRET"]
    person = Person(
        ["my app", spotify.client_id[1:], spotify.client_id, "", ""],
        [spotify.client_id, spotify.client_secret],
    )
    run(person, settings)
    asked = [prompt.partition(" [")[0].partition(" (")[0].rstrip(": ") for prompt in person.asked[:5]]
    assert asked == ["Client id"] * 3 + ["Client secret"] * 2
    assert "SPOTIFY_CLIENT_ID holds characters" in person.said[1]
    assert "this is of 31 characters" in person.said[2]
    assert "SPOTIFY_CLIENT_SECRET is the client id once more" in person.said[3]
    assert token_requests(spotify) == ["client_credentials", "authorization_code"]


def test_a_wrong_id_in_the_file_is_told_before_the_secret_is_asked_for(
    spotify: Simulator, settings: dict[str, str]
) -> None:
    settings["SPOTIFY_CLIENT_ID"] = "my-app"
    del settings["SPOTIFY_CLIENT_SECRET"]
    person = Person([spotify.client_id, "", ""], [spotify.client_secret])
    run(person, settings)
    assert "this is of 6 characters" in person.said[1]
    assert [prompt.partition(" (")[0] for prompt in person.asked[:2]] == ["Client id: ", "Client secret"]


def test_what_was_probably_meant_is_taken_by_an_empty_answer(
    settings: dict[str, str], tmp_path: Path
) -> None:
    person = Person(["Berlin", "", "Germany", ""])
    run(person, settings)
    assert "(did you mean Europe/Berlin?)" in person.text()
    assert "(did you mean DE?)" in person.text()
    assert person.asked[1].endswith("[Europe/Berlin]: ")
    assert person.asked[3].endswith("[DE]: ")
    written = dotenv_values(tmp_path / ".env")
    assert (written["TIME_ZONE"], written["SPOTIFY_MARKET"]) == ("Europe/Berlin", "DE")


def test_a_wrong_secret_is_found_before_the_consent_and_asked_for_again(
    spotify: Simulator, settings: dict[str, str], tmp_path: Path
) -> None:
    """As after the secret was rotated at Spotify: the old one still stands in .env."""
    settings["SPOTIFY_CLIENT_SECRET"] = "0" * 32
    person = Person(["", "", "", ""], ["1" * 32, spotify.client_secret])
    run(person, settings)
    assert person.text().count("SPOTIFY_CLIENT_SECRET is wrong") == 2
    assert person.asked[0] == f"Client id [{spotify.client_id}]: "
    assert len(person.browsers) == 1
    assert token_requests(spotify) == [*["client_credentials"] * 3, "authorization_code"]
    assert dotenv_values(tmp_path / ".env")["SPOTIFY_CLIENT_SECRET"] == spotify.client_secret
    assert person.answers == person.secrets == []


def test_another_app_can_be_given_although_one_is_set(
    spotify: Simulator, settings: dict[str, str], tmp_path: Path
) -> None:
    given, settings["SPOTIFY_CLIENT_SECRET"] = spotify.client_secret, "an-old-one"
    person = Person(["", "", ""], [given])
    run(person, settings, Options(ask_app=True, timeout_s=600))
    assert token_requests(spotify) == ["client_credentials", "authorization_code"], "the old one is not tried"
    assert dotenv_values(tmp_path / ".env")["SPOTIFY_CLIENT_SECRET"] == given


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"status": 429}, {"status": 400}, {"status": 400, "json": False}]
)
def test_an_unclear_answer_to_the_try_stops_nobody(
    spotify: Simulator, settings: dict[str, str], tmp_path: Path, fault: dict[str, object]
) -> None:
    """Also a refusal of another kind: such a token may be none of the app's business one day."""
    spotify.faults.add("status", "/api/token", **fault)
    person = Person(["", ""])
    run(person, settings)
    assert "did not say whether it knows this app" in person.text()
    assert dotenv_values(tmp_path / ".env")["SPOTIFY_REFRESH_TOKEN"] == spotify.refresh_token


def test_after_a_silent_minute_it_says_what_the_browser_may_be_showing(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.login.consent.SILENCE_S", 0.05)
    person = Person([])
    terminal = Terminal(person.said.append, person.ask, person.ask_secret, lambda _: True)
    with pytest.raises(JobError, match="No answer"):
        login(Options(timeout_s=0.2), settings, terminal, Clock())
    for shown in ("Invalid redirect URI", "Invalid client", "Not you?", "User Management", "private window"):
        assert person.text().count(shown) == 1, shown
    assert settings["SPOTIFY_REDIRECT_URI"] in person.said[-1]
    assert "ssh -L " in person.said[-1]


def test_a_port_that_may_not_be_listened_on(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("utils.login.consent.CallbackServer", refuse)
    with pytest.raises(JobError, match="cannot be listened on: Permission denied") as caught:
        run(Person([]), settings)
    assert "Ports below 1024" in caught.value.remedy
    assert "SPOTIFY_REDIRECT_URI" in caught.value.remedy


def test_over_ssh_no_browser_takes_the_terminal(settings: dict[str, str], port: int) -> None:
    person = Person([])
    with pytest.raises(JobError):
        login(Options(timeout_s=0.1), {**settings, "SSH_CONNECTION": "1 2 3 4"}, person.terminal(), Clock())
    assert person.browsers == []
    assert f"ssh -L {port}:127.0.0.1:{port} THIS-MACHINE" in person.text()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, r"Next: ./run sync +copies your library into an embedded PostgreSQL in /\S+postgres\n"),
        ({"DATABASE_URL": "postgresql://u:p@db.example/x"}, "into the database that the settings name"),
        ({"DATABASE_URL": "postgresql:///x"}, "Next: correct the settings of the database, then ./run sync"),
    ],
)
def test_it_ends_with_the_next_step(settings: dict[str, str], given: dict[str, str], says: str) -> None:
    person = Person(["", ""])
    run(person, {**settings, **given})
    assert re.search(says, person.said[-1])


def test_a_first_login_asks_nothing_about_github_and_a_renewal_does(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/nowhere/{name}")
    monkeypatch.setattr("utils.login.command.name_of_origin", lambda: "me/mirror")
    first = Person(["", ""])
    run(first, settings)
    assert "./run setup-github   lets GitHub copy it" in first.said[-1]
    renewed = Person(["", "", "n"])
    run(renewed, {**settings, "SPOTIFY_REFRESH_TOKEN": "old"})
    assert "Renew it in me/mirror on GitHub as well" in renewed.asked[-1]
    assert "send it there: ./run login --github" in renewed.text(), "the answer was no"


def test_questions_are_repeated() -> None:
    person = Person(["1", "ÄÖ", "gb", "", "Moon", "Europe/London", ""])
    assert ask_market(person.terminal(), None) == "GB"
    assert ask_market(person.terminal(), "DE") == "DE"
    assert ask_time_zone(person.terminal(), "UTC") == "Europe/London"
    assert ask_time_zone(person.terminal(), "UTC") == "UTC"
    assert sum(text.startswith("That is not") for text in person.said) == 3


@pytest.mark.parametrize(
    ("tz", "link", "expected"),
    [
        ("Europe/Madrid", "/usr/share/zoneinfo/Asia/Tokyo", "Europe/Madrid"),
        (":/usr/share/zoneinfo/Europe/Madrid", None, "Europe/Madrid"),
        ("", "/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("<-03>3", "../usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("", "/var/db/timezone/zoneinfo/America/Los_Angeles", "America/Los_Angeles"),
        ("", "/etc/somewhere", "UTC"),
        ("", None, "UTC"),
    ],
)
def test_the_system_time_zone(
    tz: str, link: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", tz)
    if link:
        (tmp_path / "localtime").symlink_to(link)
    assert system_time_zone(tmp_path / "localtime") == expected


@pytest.mark.parametrize(
    ("uri", "host", "port", "path"),
    [
        ("http://127.0.0.1:8888/callback", "127.0.0.1", 8888, "/callback"),
        ("http://[::1]:9000/", "::1", 9000, "/"),
        ("http://127.0.0.1:80", "127.0.0.1", 80, "/"),
    ],
)
def test_redirect_uris(uri: str, host: str, port: int, path: str) -> None:
    redirect = parse_redirect_uri(uri)
    assert (redirect.host, redirect.port, redirect.path) == (host, port, path)
    assert any(uri.startswith(f"http://{each}") for each in redirect.hosts())


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("http://localhost:8888/callback", "names localhost, which Spotify refuses"),
        ("http://LOCALHOST:1/", "names localhost"),
        ("localhost:8888/callback", "names localhost"),
        ("http://127.0.0.1/callback", "it names no port"),
        ("http://127.0.0.1:0/", "it names no port"),
        ("https://127.0.0.1:8888/", "speaks http"),
        ("http://127.0.0.1:99999/", "a port that is no port number"),
        ("http://127.0.0.1:PORT/", "a port that is no port number"),
        ("http://127.0.0.2:8888/", "back to this machine"),
        ("http://0.0.0.0:8888/", "back to this machine"),
        ("http://example.org:80/", "back to this machine"),
        ("https://example.org/callback", "back to this machine"),
        ("http://u@127.0.0.1:8888/", "a user before the host"),
        ("http://127.0.0.1:8888/?a=b", "something behind the path"),
        ("http://127.0.0.1:8888/#x", "something behind the path"),
        ("http://127.0.0.1:8888/call back", "holds a blank"),
        ("http://127.0.0.1:8888/callback,http://127.0.0.1:9/", "a comma"),
        ("http://127.0.0.1:8888/callback'", "a quote"),
        ("'http://127.0.0.1:8888/callback'", "a quote"),
        ("127.0.0.1:8888/callback", "does not begin with http://"),
        ("http:/127.0.0.1:8888/callback", "does not begin with http://"),
        ("nonsense", "does not begin with http://"),
        ("http://[::1", "is not a URL"),
    ],
)
def test_refused_redirect_uris(uri: str, why: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(why)) as caught:
        parse_redirect_uri(uri)
    assert "http://127.0.0.1:8888/callback" in caught.value.remedy


def test_only_the_loopback_address_is_listened_on(port: int) -> None:
    with CallbackServer(parse_redirect_uri(f"http://127.0.0.1:{port}/"), "state") as server:
        assert server.server_address == ("127.0.0.1", port)


def test_without_env_file_in_the_environment_it_is_the_file_of_the_checkout(monkeypatch, tmp_path) -> None:
    """An empty one means that there is none, and nothing is written."""
    seen = []
    monkeypatch.setattr("utils.config.ROOT", tmp_path)
    (tmp_path / ".env").write_text(
        f"ENV_FILE={tmp_path / 'another'}\n"
    )  # which says nothing of its own place
    monkeypatch.setattr("utils.login.command.check_writable", lambda path: seen.append(path) or sys.exit(0))
    monkeypatch.setattr("sys.argv", ["login", "--yes"])
    monkeypatch.delenv("ENV_FILE", raising=False)
    with pytest.raises(SystemExit):
        main()
    assert seen == [tmp_path / ".env"]
    for empty in ("", " "):
        monkeypatch.setenv("ENV_FILE", empty)
        assert main() == 2
    assert seen == [tmp_path / ".env"]
