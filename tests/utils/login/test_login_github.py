"""`--github`, with an executable that stands for the GitHub CLI and writes down what it was given."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from simulator import Simulator
from simulator.gh import FakeGh, repository
from tests.utils.login.conftest import Start
from tests.utils.login.test_login_script import QUIET, open_link


@pytest.fixture
def gh(tmp_path: Path, settings: dict[str, str]) -> FakeGh:
    """The fake `gh`, first on the child's PATH, where this folder's `origin` is me/mirror.

    In the clone of a fork, `gh` without --repo means the repository that it was forked from: somebody else's.
    """
    fake = FakeGh(tmp_path / "bin")
    with fake.edit() as state:
        state["here"] = "somebody/mirror"
    git = fake.folder / "git"
    git.write_text(
        '#!/bin/sh\n[ "$3 $4 $5" = "remote get-url origin" ] && echo git@github.com:me/mirror.git\n'
    )
    git.chmod(0o755)
    settings["PATH"] = f"{fake.folder}:{settings['PATH']}"
    return fake


def setting(gh: FakeGh) -> list[str]:
    """The commands that have set something."""
    return [call for call in gh.calls() if call.split()[1:2] == ["set"]]


def test_secrets_and_variables_are_set_on_standard_input(
    start: Start, spotify: Simulator, settings: dict[str, str], gh: FakeGh, tmp_path: Path
) -> None:
    settings["DATABASE_URL"] = "postgresql://u:hunter22@db.example/x"
    login = start(*QUIET, "--market", "DE", "--github")
    open_link(login.url())
    assert login.end() == 0, login.output
    assert gh.mirror["secrets"] == {
        "DATABASE_URL": settings["DATABASE_URL"],
        "SPOTIFY_CLIENT_ID": spotify.client_id,
        "SPOTIFY_CLIENT_SECRET": spotify.client_secret,
        "SPOTIFY_REFRESH_TOKEN": spotify.refresh_token,
    }
    assert gh.mirror["variables"] == {
        "SPOTIFY_MARKET": "DE",
        "TIME_ZONE": "Europe/Vienna",
        "SPOTIFY_AUTHORIZED_AT": dotenv_values(tmp_path / ".env")["SPOTIFY_AUTHORIZED_AT"],
    }
    calls = "\n".join(gh.calls())
    for secret in ("hunter22", spotify.client_secret, spotify.refresh_token):
        assert secret not in calls
        assert secret not in login.output
    assert [call for call in gh.calls() if "set" in call.split() and "--repo me/mirror" not in call] == []


@pytest.mark.parametrize("url", ["", "postgresql://u:p@localhost/x", "postgresql:///x?host=/tmp"])
def test_a_database_of_this_machine_is_left_alone(
    start: Start, settings: dict[str, str], gh: FakeGh, url: str
) -> None:
    settings["DATABASE_URL"] = url
    login = start(*QUIET, "--github", "me/mirror")
    open_link(login.url())
    assert login.end() == 0, login.output
    assert "DATABASE_URL was left alone" in login.output
    assert setting(gh) == [
        *(
            f"secret set SPOTIFY_{name} --repo me/mirror"
            for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
        ),
        "variable set TIME_ZONE --repo me/mirror",
        "variable set SPOTIFY_AUTHORIZED_AT --repo me/mirror",
    ]


def test_a_renewal_goes_where_the_runs_look_for_it(start: Start, spotify: Simulator, gh: FakeGh) -> None:
    """A secret of the repository would be hidden by the old one of the environment."""
    environments = {"mirror": {"policy": None, "branches": [], "secrets": {"SPOTIFY_REFRESH_TOKEN": "old"}}}
    gh.be(repository(variables={"SECRETS_ENVIRONMENT": "mirror"}, environments=environments))
    login = start(*QUIET, "--github", "me/mirror")
    open_link(login.url())
    assert login.end() == 0, login.output
    assert "(environment mirror)" in login.output
    assert gh.mirror["secrets"] == {}
    assert gh.mirror["environments"]["mirror"]["secrets"]["SPOTIFY_REFRESH_TOKEN"] == spotify.refresh_token


def test_a_failure_is_named_and_the_rest_done(
    start: Start, spotify: Simulator, gh: FakeGh, tmp_path: Path
) -> None:
    with gh.edit() as state:
        state["failing"] = {
            "secret set SPOTIFY_CLIENT_SECRET": "could not set: {stdin}",
            "secret set SPOTIFY_REFRESH_TOKEN": "could not set: {stdin}",
        }
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


def test_a_repository_that_cannot_be_read_is_said_and_the_consent_is_kept(
    start: Start, spotify: Simulator, gh: FakeGh, tmp_path: Path
) -> None:
    login = start(*QUIET, "--github", "me/other")
    open_link(login.url())
    assert login.end() == 1
    assert "Could not resolve to a Repository with the name 'me/other'" in login.output
    assert dotenv_values(tmp_path / ".env")["SPOTIFY_REFRESH_TOKEN"] == spotify.refresh_token


def test_a_gh_that_is_too_old_is_said_before_the_consent(start: Start, gh: FakeGh) -> None:
    with gh.edit() as state:
        state["version"] = "2.23.0"
    login = start(*QUIET, "--github")
    assert login.end() == 2
    assert "gh, 2.43 or newer" in login.output
    assert "Give consent" not in login.output


def test_it_is_offered_but_not_done_unasked(start: Start, gh: FakeGh) -> None:
    login = start(*QUIET)
    open_link(login.url())
    assert login.end() == 0
    assert "./run setup-github" in login.output
    assert gh.calls() == []


def test_without_a_name_and_an_origin_it_says_so_before_the_consent(start: Start, gh: FakeGh) -> None:
    (gh.folder / "git").write_text("#!/bin/sh\nexit 2\n")
    login = start(*QUIET, "--github")
    assert login.end() == 2
    assert "no remote `origin` on github.com" in login.output
    assert "Give consent" not in login.output
