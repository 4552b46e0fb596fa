"""`--github`, with an executable that stands for the GitHub CLI and writes down what it was given."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from simulator import Simulator
from tests.utils.login.conftest import Start
from tests.utils.login.test_login_script import QUIET, open_link

FAKE_GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$(dirname "$0")/calls"
case "$3" in {failing})
    printf 'could not set: ' >&2
    cat >&2
    exit 1 ;;
esac
cat > "$(dirname "$0")/$1.$3"
"""


@pytest.fixture
def gh(tmp_path: Path, settings: dict[str, str]) -> Path:
    """The folder of the fake `gh`, first on the child's PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    settings["PATH"] = f"{folder}:{settings['PATH']}"
    write_gh(folder, "NOTHING")
    return folder


def write_gh(folder: Path, failing: str) -> None:
    (folder / "gh").write_text(FAKE_GH.format(failing=failing))
    (folder / "gh").chmod(0o755)


def test_secrets_and_variables_are_set_on_standard_input(
    start: Start, spotify: Simulator, settings: dict[str, str], gh: Path, tmp_path: Path
) -> None:
    settings["DATABASE_URL"] = "postgresql://u:hunter22@db.example/x"
    login = start(*QUIET, "--market", "DE", "--github")
    open_link(login.url())
    assert login.end() == 0, login.output
    given = {path.name: path.read_text() for path in gh.iterdir() if "." in path.name}
    assert given == {
        "secret.DATABASE_URL": settings["DATABASE_URL"],
        "secret.SPOTIFY_CLIENT_ID": spotify.client_id,
        "secret.SPOTIFY_CLIENT_SECRET": spotify.client_secret,
        "secret.SPOTIFY_REFRESH_TOKEN": spotify.refresh_token,
        "variable.SPOTIFY_MARKET": "DE",
        "variable.TIME_ZONE": "Europe/Vienna",
        "variable.SPOTIFY_AUTHORIZED_AT": dotenv_values(tmp_path / ".env")["SPOTIFY_AUTHORIZED_AT"],
    }
    calls = (gh / "calls").read_text()
    for secret in ("hunter22", spotify.client_secret, spotify.refresh_token):
        assert secret not in calls
        assert secret not in login.output
    assert "--repo" not in calls


@pytest.mark.parametrize("url", ["", "postgresql://u:p@localhost/x", "postgresql:///x?host=/tmp"])
def test_a_database_of_this_machine_is_left_alone(
    start: Start, settings: dict[str, str], gh: Path, url: str
) -> None:
    settings["DATABASE_URL"] = url
    login = start(*QUIET, "--github", "me/mirror")
    open_link(login.url())
    assert login.end() == 0, login.output
    assert "DATABASE_URL was left alone" in login.output
    calls = (gh / "calls").read_text().splitlines()
    assert calls == [
        *(
            f"secret set SPOTIFY_{name} --repo me/mirror"
            for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
        ),
        "variable set TIME_ZONE --repo me/mirror",
        "variable set SPOTIFY_AUTHORIZED_AT --repo me/mirror",
    ]


def test_a_failure_is_named_and_the_rest_done(
    start: Start, spotify: Simulator, settings: dict[str, str], gh: Path, tmp_path: Path
) -> None:
    write_gh(gh, "SPOTIFY_CLIENT_SECRET|SPOTIFY_REFRESH_TOKEN")
    login = start(*QUIET, "--github")
    open_link(login.url())
    assert login.end() == 1
    assert (
        "gh could not set SPOTIFY_CLIENT_SECRET (could not set: ***); SPOTIFY_REFRESH_TOKEN" in login.output
    )
    assert "Set on GitHub: SPOTIFY_CLIENT_ID, TIME_ZONE, SPOTIFY_AUTHORIZED_AT." in login.output
    assert spotify.client_secret not in login.output
    assert spotify.refresh_token not in login.output
    assert dotenv_values(tmp_path / ".env")["SPOTIFY_REFRESH_TOKEN"] == spotify.refresh_token


def test_it_is_offered_but_not_done_unasked(start: Start, gh: Path) -> None:
    login = start(*QUIET)
    open_link(login.url())
    assert login.end() == 0
    assert "./run login --github" in login.output
    assert not (gh / "calls").exists()
