"""Runs the GitHub CLI, `gh`: here and nowhere else.

What is secret reaches it on its standard input only. What it says comes back on one line, without secrets.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic

from utils import ROOT
from utils.errors import JobError, SettingsError
from utils.redaction import Redactor
from utils.terminal import one_printable_line
from utils.verbose import details

OLDEST = (2, 43)  # the first with `gh variable list --json`
_KNOWS_ACTIVE = (2, 57)
_TIMEOUT_S = 60.0
_LONGEST_MESSAGE = 400
_AGAIN = "Run it again; githubstatus.com says whether GitHub has trouble."
_INSTALL = (
    "Install it from cli.github.com (brew install gh; winget install GitHub.cli; apt install gh), then `gh auth login`. "
    "Everything can be done by hand as well: docs/settings.md."
)
_PERMISSION = (
    "gh may not do that with the token that it has. With a login of its own: `gh auth refresh -s repo,workflow`. A "
    "fine-grained token needs, for this repository, Actions, Administration, Environments, Secrets and Variables: read "
    "and write."
)
# What would colour the output, or tell of each request.
_LEFT_OUT = ("GH_FORCE_TTY", "CLICOLOR_FORCE", "GH_DEBUG", "DEBUG")
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
_ADDED = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}


class GhError(JobError):
    """A `gh` that did not do what it was asked for. `status` is GitHub's HTTP status, where it was that."""

    def __init__(self, message: str, remedy: str = "") -> None:
        found = re.search(r"HTTP (\d{3})", message)
        self.status = int(found[1]) if found else None
        super().__init__(message, _PERMISSION if self.status == 403 or "scope" in message else remedy)


@dataclass
class Gh:
    """The CLI. With `dry_run` it says every command, and runs those that only read."""

    program: str
    say: Callable[[str], None]
    dry_run: bool = False
    version: tuple[int, int] = OLDEST
    writes: int = 0  # commands that have changed something, or, with `dry_run`, would have
    _redact: Redactor = field(default_factory=Redactor)

    def protect(self, secrets: Iterable[str]) -> None:
        """Never show these, nor the tokens that `gh` takes from the environment."""
        self._redact = Redactor((*secrets, *(os.environ.get(name, "") for name in _TOKENS)))

    def read(self, *arguments: str) -> object:
        """What a command that changes nothing answers in JSON; None where it answers nothing. Raises GhError."""
        if self.dry_run:
            self.say(f"$ {self.shown(arguments)}")
        answer = self._run(arguments, None)
        try:
            return json.loads(answer) if answer.strip() else None
        except ValueError:
            raise GhError(
                f"gh {arguments[0]} {arguments[1]} gave an answer that is no JSON.", _AGAIN
            ) from None

    def look(self, *arguments: str) -> str:
        """What a command that changes nothing says. Raises GhError."""
        if self.dry_run:
            self.say(f"$ {self.shown(arguments)}")
        return self._run(arguments, None)

    def write(self, *arguments: str, value: str | None = None) -> None:
        """Run a command that changes something, with `value` on its standard input. Raises GhError."""
        if self.dry_run:
            given = "" if value is None else " < ***"
            self.say(f"$ {self.shown(arguments)}{given}   (not run)")
        else:
            self._run(arguments, value)
        self.writes += 1

    def shown(self, arguments: Iterable[str]) -> str:
        """A command as a person would type it."""
        return self._redact(shlex.join(("gh", *arguments)))

    def printable(self, text: str) -> str:
        """A text of GitHub's on one line, without secrets."""
        return one_printable_line(" ".join(self._redact(text).split()), _LONGEST_MESSAGE)

    def _run(self, arguments: tuple[str, ...], value: str | None) -> str:
        kept = {name: text for name, text in os.environ.items() if name not in _LEFT_OUT}
        begun = monotonic()
        try:
            result = subprocess.run(  # noqa: S603 - a list, and no shell reads it
                [self.program, *arguments],
                input=value or "",
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                cwd=ROOT,
                env={**kept, **_ADDED},
                timeout=_TIMEOUT_S,
                check=False,
            )
        except OSError as error:
            raise GhError(
                f"gh cannot be started ({type(error).__name__}).", "See what `gh --version` says."
            ) from None
        except subprocess.TimeoutExpired:
            raise GhError(f"gh did not end within {_TIMEOUT_S:.0f} seconds.", _AGAIN) from None
        details.debug(
            "%s: exit code %s, %.0f ms",
            self.shown(arguments),
            result.returncode,
            1000 * (monotonic() - begun),
        )
        if result.returncode:
            raise GhError(self.printable(result.stderr) or f"exit code {result.returncode}")
        return result.stdout


def find_gh(wanted_by: str, say: Callable[[str], None], *, dry_run: bool = False) -> Gh:
    """The installed `gh`. Raises SettingsError where there is none, or one that is too old."""
    program = shutil.which("gh")
    if program is None:
        raise SettingsError(f"{wanted_by} needs the GitHub CLI, gh, and it is not installed.", _INSTALL)
    gh = Gh(program, say, dry_run)
    gh.protect(())
    found = re.search(r"gh version (\d+)\.(\d+)", gh.look("--version"))
    if found:
        gh.version = int(found[1]), int(found[2])
    if gh.version < OLDEST:
        raise SettingsError(
            f"{wanted_by} needs the GitHub CLI, gh, {_dotted(OLDEST)} or newer; this is {_dotted(gh.version)}.",
            _INSTALL,
        )
    return gh


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def host() -> str:
    """The GitHub that `gh` asks: GH_HOST, as it reads it itself."""
    return os.environ.get("GH_HOST", "").strip() or "github.com"


def check_login(gh: Gh) -> None:
    """Raise SettingsError where nobody has logged in with `gh auth login`."""
    # Without --active, a second account whose login has ended would count.
    active = ("--active",) if gh.version >= _KNOWS_ACTIVE else ()
    try:
        gh.look("auth", "status", "--hostname", host(), *active)
    except GhError as error:
        raise SettingsError(
            f"gh is not logged in to {host()}: {error}", f"Run `gh auth login --hostname {host()}`."
        ) from None
