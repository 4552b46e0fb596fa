"""The conversation: what is asked, what is taken for an answer."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from dotenv import dotenv_values

from simulator import Simulator
from utils.clock import Clock
from utils.errors import SettingsError
from utils.login.callback import CallbackServer, parse_redirect_uri
from utils.login.command import Options, Terminal, ask_market, ask_time_zone, login, system_time_zone


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
        ["", f" {spotify.client_id} ", "Germany", "de", "Berlin", "Europe/Berlin"],
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
    assert "[FR]" in person.asked[0]
    assert "[Europe/Paris]" in person.asked[1]


def test_a_market_can_be_given_up(settings: dict[str, str], tmp_path: Path) -> None:
    run(Person(["-", "UTC"]), {**settings, "SPOTIFY_MARKET": "FR"})
    assert dotenv_values(tmp_path / ".env")["SPOTIFY_MARKET"] == ""


def test_wrong_present_settings_are_asked_for_again(settings: dict[str, str], tmp_path: Path) -> None:
    run(Person(["", "UTC"]), {**settings, "SPOTIFY_MARKET": "Germany", "TIME_ZONE": "Nowhere"})
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


def test_questions_are_repeated() -> None:
    person = Person(["1", "ÄÖ", "gb", "", "Moon", "Europe/London", ""])
    assert ask_market(person.terminal(), None) == "GB"
    assert ask_market(person.terminal(), "DE") == "DE"
    assert ask_time_zone(person.terminal(), "UTC") == "Europe/London"
    assert ask_time_zone(person.terminal(), "UTC") == "UTC"
    assert len(person.said) == 3


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
    "uri",
    [
        "http://localhost:8888/callback",
        "http://LOCALHOST:1/",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:0/",
        "https://127.0.0.1:8888/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.2:8888/",
        "http://example.org:80/",
        "http://u@127.0.0.1:8888/",
        "http://127.0.0.1:8888/?a=b",
        "http://127.0.0.1:8888/#x",
        "nonsense",
        "http://[::1",
    ],
)
def test_refused_redirect_uris(uri: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_redirect_uri(uri)
    assert "http://127.0.0.1:8888/callback" in caught.value.remedy


def test_only_the_loopback_address_is_listened_on(port: int) -> None:
    with CallbackServer(parse_redirect_uri(f"http://127.0.0.1:{port}/"), "state") as server:
        assert server.server_address == ("127.0.0.1", port)
