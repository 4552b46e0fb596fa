"""Puts the settings on GitHub with the GitHub CLI, or says which secrets and variables to set there.

Secrets reach `gh` on its standard input only; its error messages are shown on one line, without secrets.
"""

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

from utils import ROOT
from utils.errors import JobError
from utils.job.run_log import Redactor

_GH_TIMEOUT_S = 60.0
_SECRETS = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN")
_VARIABLES = ("SPOTIFY_MARKET", "TIME_ZONE", "SPOTIFY_AUTHORIZED_AT")
_WHERE = "Settings → Secrets and variables → Actions"


def github_text(path: Path, values: Mapping[str, str], has_gh: bool) -> str:
    """Which secrets and variables to set on GitHub, with commands that show no secret."""
    variables = [name for name in _VARIABLES if values[name]]
    lines = [
        f"For GitHub, put these under {_WHERE}:",
        f"  secrets    DATABASE_URL (of a hosted PostgreSQL), {', '.join(_SECRETS)}",
        f"  variables  {', '.join(f'{name}={values[name]}' for name in variables)}",
        "With the GitHub CLI, from the file and without showing a secret:",
        *(
            f"  grep -E '^(export )?({'|'.join(names)})=' {shlex.quote(str(path))} | gh {kind} set -f -"
            for kind, names in (("secret", _SECRETS), ("variable", variables))
        ),
        "  gh secret set DATABASE_URL    (asks for it, hidden)",
    ]
    if has_gh:
        lines.append("Next time `./run login --github` does that as well.")
    return "\n".join(lines)


def hosted_database(environ: Mapping[str, str]) -> dict[str, str]:
    """DATABASE_URL as a dict, if GitHub can reach that database; else empty."""
    try:
        host = parse_dsn(environ.get("DATABASE_URL", "")).get("host", "")
    except ProgrammingError:
        return {}
    is_here = not host or host[0] in "/@" or host in ("127.0.0.1", "::1", "localhost")
    return {} if is_here else {"DATABASE_URL": environ["DATABASE_URL"]}


def set_on_github(gh: str, repository: str, values: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Set secrets and variables with the GitHub CLI. Raises JobError that names those that failed, after all others."""
    secrets = ("DATABASE_URL", *_SECRETS)
    redact = Redactor(values[name] for name in secrets if name in values)
    done, failed = [], []
    for kind, names in (("secret", secrets), ("variable", _VARIABLES)):
        for name in filter(values.get, names):
            command = [gh, kind, "set", name] + (["--repo", repository] if repository else [])
            if problem := _run_gh(command, values[name]):
                failed.append(f"{name} ({one_printable_line(redact(problem))})")
            else:
                done.append(name)
    if done:
        say(f"Set on GitHub: {', '.join(done)}.")
    if "DATABASE_URL" not in values:
        say("DATABASE_URL was left alone (none is set here, or one for this machine only).")
    if failed:
        raise JobError(
            f"gh could not set {'; '.join(failed)}.",
            "The consent is written to the settings file all the same. See `gh auth status`, name the repository with "
            f"--github OWNER/NAME, or set them by hand: {_WHERE}.",
        )


def _run_gh(command: list[str], value: str) -> str:
    """Run `command` with `value` on its standard input; the error message, or an empty text."""
    try:
        result = subprocess.run(  # noqa: S603 - a list, and no shell reads it
            command,
            input=value,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=ROOT,
            env={**os.environ, "GH_PROMPT_DISABLED": "1"},
            timeout=_GH_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return (result.stderr.strip() or f"exit code {result.returncode}") if result.returncode else ""


def one_printable_line(text: str) -> str:
    """The first 200 characters of a text on one line, without characters that control a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:200]
