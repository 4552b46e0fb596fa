"""Which repository is meant: as a person writes it, and as the remote `origin` names it."""

import subprocess
from pathlib import Path

import pytest

from utils.errors import SettingsError
from utils.github.repository import name_of_origin, parse_name


@pytest.mark.parametrize(
    "text",
    [
        "me/mirror",
        "https://github.com/me/mirror",
        "https://github.com/me/mirror.git",
        "https://github.com/me/mirror/",
        "https://x-access-token:ghs_0123@github.com/me/mirror.git",
        "git@github.com:me/mirror.git",
        "ssh://git@github.com/me/mirror.git",
        "ssh://git@github.com:22/me/mirror",
        "https://GitHub.com/me/mirror",
    ],
)
def test_names_and_addresses(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GH_HOST", raising=False)
    assert parse_name(text) == "me/mirror"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mirror",
        "me/",
        "/mirror",
        "me/mirror/issues",
        "../mirror",
        "--repo/x",
        "me/mir ror",
        "me/mirror;x",
        "https://gitlab.com/me/mirror",
        "https://github.com.evil.example/me/mirror",
        "https://github.com/me",
        "git@work:me/mirror.git",
        "/srv/git/mirror.git",
    ],
)
def test_what_is_neither(text: str) -> None:
    assert parse_name(text) is None


def test_the_github_of_a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_HOST", "github.example")
    assert parse_name("git@github.example:me/mirror.git") == "me/mirror"
    assert parse_name("git@github.com:me/mirror.git") is None


def test_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GH_HOST", raising=False)
    monkeypatch.setattr("utils.github.repository.ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    with pytest.raises(SettingsError, match="no remote `origin`"):
        name_of_origin()
    git("init")
    git("remote", "add", "upstream", "https://github.com/somebody/mirror.git")
    git("remote", "add", "origin", "https://me:ghp_0123456789@example.org/me/mirror.git")
    with pytest.raises(SettingsError) as caught:
        name_of_origin()
    assert "ghp_" not in f"{caught.value}{caught.value.remedy}"
    git("remote", "set-url", "origin", "git@github.com:me/mirror.git")
    assert name_of_origin() == "me/mirror"
