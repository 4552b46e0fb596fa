"""`./run setup-github` in this process, with a fake `gh` first on PATH, and a person who answers from lists."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from simulator.gh import FakeGh
from tests.clock import FakeClock
from utils.errors import JobError
from utils.github.command import setup_github
from utils.github.plan import Options
from utils.terminal import Terminal

DATABASE_URL = "postgresql://listener:hunter22@db.example/mirror"
ENVIRON = {
    "SPOTIFY_CLIENT_ID": "the-client-id",
    "SPOTIFY_CLIENT_SECRET": "the-client-secret",
    "SPOTIFY_REFRESH_TOKEN": "the-refresh-token",
    "SPOTIFY_AUTHORIZED_AT": "2026-11-01T10:00:00+00:00",
    "SPOTIFY_MARKET": "DE",
    "TIME_ZONE": "Europe/Berlin",
    "DATABASE_URL": DATABASE_URL,
}
HIDDEN = ("the-client-id", "the-client-secret", "the-refresh-token", "hunter22", DATABASE_URL)


@dataclass
class Person:
    """Answers from lists; no answer is left over, and none is missing."""

    answers: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def terminal(self) -> Terminal:
        return Terminal(self.said.append, self.ask, self.ask_secret)

    def ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.answers.pop(0)

    def ask_secret(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.secrets.pop(0)


@dataclass
class Ended:
    """How the command ended, and all that was shown meanwhile."""

    error: JobError | None
    text: str
    person: Person
    clock: FakeClock

    @property
    def exit_code(self) -> int:
        return 0 if self.error is None else int(self.error.exit_code)


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGh:
    fake = FakeGh(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{fake.folder}{os.pathsep}{os.environ['PATH']}")
    for name in ("GH_HOST", "GH_TOKEN", "GITHUB_TOKEN", "GH_REPO"):
        monkeypatch.delenv(name, raising=False)
    return fake


Setup = Callable[..., Ended]


@pytest.fixture
def setup(gh: FakeGh, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Setup:
    """`setup(yes=True, environ={…}, answers=[…], …)`: run the command for me/mirror, with these options.

    Whatever happens, no secret is shown, and none is part of a command.
    """

    def run(
        environ: dict[str, str] | None = None,
        answers: list[str] | None = None,
        secrets: list[str] | None = None,
        **options: object,
    ) -> Ended:
        person, clock, error = Person(list(answers or []), list(secrets or [])), FakeClock(), None
        given = {"repository": "me/mirror", "yes": not answers, "check": False, **options}
        try:
            around = {"ENV_FILE": str(tmp_path / ".env"), **(ENVIRON if environ is None else environ)}
            setup_github(Options(**given), around, person.terminal(), clock)
        except JobError as caught:
            error = caught
        text = "\n".join([*person.said, *person.asked, capsys.readouterr().out])
        if error is not None:
            text += f"\n{error}\n{error.remedy}"
        assert person.answers == person.secrets == []
        for hidden in HIDDEN:
            assert hidden not in text
            assert hidden not in "\n".join(gh.calls())
        return Ended(error, text, person, clock)

    return run
