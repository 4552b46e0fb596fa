"""Settings from the environment, and from `.env` on a person's machine. Empty counts as missing."""

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from utils import ROOT
from utils.clock import SIMULATED, why_not_simulated
from utils.database.connection import Database, EmbeddedDatabase, database_from
from utils.errors import DatabaseSettingsError, SettingsError, SettingsFileError
from utils.redaction import remember
from utils.sealing import KEY_FORM, split_keys
from utils.setting_names import SECRETS, is_given, meant_by

if TYPE_CHECKING:
    from dotenv.parser import Binding

API_URL = "https://api.spotify.com/v1"
ACCOUNTS_URL = "https://accounts.spotify.com"
REDIRECT_URI = "http://127.0.0.1:8888/callback"
MARKET_FORM = "a country code of two letters such as DE"  # for messages
TIME_ZONE_FORM = "an IANA time zone such as Europe/Berlin"
_SPOTIFY_NAMES = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN")
_SPOTIFY_REMEDY = "Run `./run login`, which writes the three SPOTIFY_* settings to .env. See docs/setup.md."
_GITHUB_REMEDY = (
    "On GitHub they are secrets: `./run setup-github` on your own machine sets them all, behind `./run login`; by hand under "
    "Settings → Secrets and variables → Actions."
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME_ALONE = re.compile(
    r"[A-Z_][A-Z0-9_]*"
)  # without a value; anything else on a line of its own is no name


@dataclass(frozen=True)
class SpotifySettings:
    """The app and the consent that requests are made with: the environment's, or one that is stored (utils/job/consents.py)."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)  # empty: no consent
    api_url: str = API_URL
    accounts_url: str = ACCOUNTS_URL
    authorized_at: str | None = None  # ISO 8601, as written by `./run login`
    token_keys: tuple[str, ...] = field(
        default=(), repr=False
    )  # of TOKEN_ENCRYPTION_KEY, the one that seals first
    stored_as: str | None = None  # the fingerprint of a stored consent; None: the environment's
    listener: str = ""  # whose stored consent it is, by our own name
    is_pkce: bool = False  # given without the app's secret, and refreshed without it

    @property
    def login(self) -> str:
        """The command that renews the consent."""
        return f"./run login --user {self.listener}" if self.stored_as is not None else "./run login"


class Settings(NamedTuple):
    """Everything that a job reads from the environment."""

    database: Database | EmbeddedDatabase
    spotify: SpotifySettings | None
    market: str | None
    time_zone: str | None
    time_budget_min: float | None

    def secrets(self) -> list[str]:
        """The values that must never be shown or logged."""
        spotify = self.spotify
        secrets = (
            [] if spotify is None else [spotify.client_secret, spotify.refresh_token, *spotify.token_keys]
        )
        if isinstance(self.database, Database):
            secrets += self.database.secrets()
        return [secret for secret in secrets if secret]


def settings_file(environ: Mapping[str, str]) -> Path | None:
    """The settings file: the one that ENV_FILE names, else `.env` of this folder; None where ENV_FILE is empty."""
    named = environ.get("ENV_FILE")
    if named is None:
        return ROOT / ".env"
    return Path(named.strip()) if named.strip() else None


def environment(*, file_may_be_missing: bool = False) -> dict[str, str]:
    """The process's environment over the settings file, of which the process's ENV_FILE alone says which it is.

    Raises SettingsError for a file that cannot be read, one with a line that is no setting, one with a name that is none where
    the setting that was meant has no value, and one that is named and not there, unless it `file_may_be_missing`.
    """
    merged, wrong = read_environment(file_may_be_missing=file_may_be_missing)
    if wrong:
        raise wrong[0]
    return merged


def read_environment(*, file_may_be_missing: bool = False) -> tuple[dict[str, str], list[SettingsError]]:
    """The same as far as it can be read, and all that is wrong with it."""
    path, text, wrong = settings_file(os.environ), "", []
    try:
        text = "" if path is None else _text(path, may_be_missing=file_may_be_missing)
    except SettingsError as error:
        wrong.append(error)
    text, stray = _without_stray_lines(text)
    if stray:
        lines = f"Line {stray[0]}" if len(stray) == 1 else f"Lines {', '.join(map(str, stray))}"
        wrong.append(
            SettingsFileError(
                f"{lines} of {path} {'is no setting' if len(stray) == 1 else 'are no settings'}.",
                "A setting is NAME=value, its quotes closed; a comment begins with #. What stands there is not shown: it may be a secret.",
            )
        )
    merged = _assigned(text)
    merged.pop("ENV_FILE", None)
    merged.update({name: value for name, value in os.environ.items() if value.strip() or name not in merged})
    if merged.get(SIMULATED, "").strip() and (SIMULATED not in os.environ or why_not_simulated(os.environ)):
        why = why_not_simulated(os.environ) or "stands in the settings file"
        wrong.append(
            SettingsError(
                f"{SIMULATED} {why}.",
                "It sets the clock for tests and the demo, in the environment alone: leave it out.",
            )
        )
    if names := _wrong_names(text, merged):
        shown = " Line ".join(
            f"{line}: {name} is no setting; did you mean {meant}?" for line, name, meant in names
        )
        wrong.append(
            SettingsError(
                f"The settings file {path}, line {shown}",
                "Correct the name; where another program needs it, set both. docs/settings.md has all names.",
            )
        )
    for name in SECRETS:
        value = merged.get(name, "").strip()
        remember(value, *map(str.strip, value.split(",")))  # of keys there may be several
    return merged, wrong


def _text(path: Path, *, may_be_missing: bool) -> str:
    """What the settings file holds; nothing where there is none, or none of which that could be said (/dev/null)."""
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            return ""
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if may_be_missing or "ENV_FILE" not in os.environ:
            return ""
        raise SettingsFileError(
            f"ENV_FILE names {path}, and there is no such file.",
            "Correct it, or make the file with `./run login`; an empty ENV_FILE= means no file.",
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise SettingsFileError(
            f"The settings file {path} cannot be read: {reason}.",
            "Check .env, or the file that ENV_FILE names.",
        ) from error


def _assigned(text: str) -> dict[str, str]:
    """The text's settings. Without a text python-dotenv is not loaded: on GitHub there is none."""
    if not text:
        return {}
    from dotenv import dotenv_values

    return {name: value or "" for name, value in dotenv_values(stream=io.StringIO(text)).items()}


def _bindings(text: str) -> Iterator[tuple[int, "Binding"]]:
    """What python-dotenv finds in the text, each with the number of its line."""
    if not text:
        return
    from dotenv.parser import parse_stream

    for binding in parse_stream(io.StringIO(text)):
        original = binding.original.string
        before = original[: len(original) - len(original.lstrip())]
        yield binding.original.line + before.count("\n"), binding


def _without_stray_lines(text: str) -> tuple[str, list[int]]:
    """The text with blank lines for those that are neither a setting nor a comment, and the numbers of these."""
    kept, stray = [], []
    for line, binding in _bindings(text):
        form = _NAME if binding.value is not None else _NAME_ALONE
        if binding.error or (binding.key is not None and not form.fullmatch(binding.key)):
            stray.append(line)
            kept.append("\n" * binding.original.string.count("\n"))
        else:
            kept.append(binding.original.string)
    return "".join(kept), stray


def _wrong_names(text: str, merged: Mapping[str, str]) -> list[tuple[int, str, str]]:
    """Line, name and the setting that was meant, where that one has no value: else another program may need the name."""
    wrong = []
    for line, binding in _bindings(text):
        meant = meant_by(binding.key or "") if (binding.value or "").strip() else None
        if binding.key and meant and not is_given(meant, merged):
            wrong.append((line, binding.key, meant))
    return wrong


def artwork_folder(environ: Mapping[str, str]) -> Path:
    """The folder of the covers: ARTWORK_DIR, which is relative to the repository's root; else `artwork`."""
    return ROOT / (environ.get("ARTWORK_DIR") or "artwork")


def site_folder(environ: Mapping[str, str]) -> Path:
    """The folder of the site: DASHBOARD_DIR, likewise; else `site`."""
    return ROOT / Path(environ.get("DASHBOARD_DIR", "").strip() or "site").expanduser()


def load_settings(environ: Mapping[str, str], *, needs_spotify: bool, needs_consent: bool = True) -> Settings:
    """Read and check all settings at once. `needs_consent`: where Spotify is needed, SPOTIFY_REFRESH_TOKEN as well.

    Raises SettingsError that names every missing or malformed setting, why, and where to get it.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    problems: list[str] = []
    remedies: list[str] = []

    database: Database | EmbeddedDatabase | None = None
    try:
        database = database_from(given)
    except DatabaseSettingsError as error:
        problems.append(str(error).rstrip("."))
        remedies.append(error.remedy)

    missing = [name for name in _SPOTIFY_NAMES if name not in given]
    is_stored_enough = missing == ["SPOTIFY_REFRESH_TOKEN"] and not needs_consent
    if missing and not is_stored_enough and (needs_spotify or problems):  # the next script would say it
        problems.append(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
        remedies.append(_SPOTIFY_REMEDY)
    wrong = [f"{name} {why}" for name in _SPOTIFY_NAMES if (why := why_not_from_spotify(given.get(name, "")))]
    if wrong and needs_spotify:
        problems += wrong
        remedies.append(_SPOTIFY_REMEDY)
    if problems and given.get("GITHUB_ACTIONS") == "true":
        remedies.append(_GITHUB_REMEDY)
    problems += _malformed(given)
    if problems or database is None:
        raise SettingsError(
            "; ".join(problems) + ".",
            " ".join(dict.fromkeys(remedies)) or "docs/settings.md says what can be set.",
        )
    return Settings(
        database=database,
        spotify=None if missing and missing != ["SPOTIFY_REFRESH_TOKEN"] else _spotify_settings(given),
        market=parse_market(given.get("SPOTIFY_MARKET", "")),
        time_zone=given.get("TIME_ZONE"),
        time_budget_min=_positive_number(given.get("JOB_TIME_BUDGET_MINUTES", "")),
    )


def _malformed(given: Mapping[str, str]) -> list[str]:
    """What is wrong with each setting that has a value of the wrong form."""
    problems = [
        f"{name} is not an https URL (http is for loopback only)"
        for name in ("SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL")
        if name in given and not is_safe_url(given[name])
    ]
    if split_keys(given.get("TOKEN_ENCRYPTION_KEY", "")) is None:  # not shown: it is a secret
        problems.append(f"TOKEN_ENCRYPTION_KEY is not {KEY_FORM}")
    checks: tuple[tuple[str, Callable[[str], object], str, Callable[[str], str]], ...] = (
        ("SPOTIFY_MARKET", parse_market, MARKET_FORM, _market_hint),
        ("TIME_ZONE", is_time_zone, TIME_ZONE_FORM, _time_zone_hint),
        ("JOB_TIME_BUDGET_MINUTES", _positive_number, "a positive number", lambda _: ""),
    )
    problems += [
        f"{name} is {given[name]!r}, not {form}{hint(given[name])}"
        for name, check, form, hint in checks
        if name in given and not check(given[name])
    ]
    return problems


def _market_hint(given: str) -> str:
    from utils.markets import market_hint  # as in the next two: only where there is something to look at

    return market_hint(given)


def _time_zone_hint(given: str) -> str:
    from utils.markets import time_zone_hint

    return time_zone_hint(given)


def _spotify_settings(given: Mapping[str, str]) -> SpotifySettings:
    return SpotifySettings(
        client_id=given["SPOTIFY_CLIENT_ID"],
        client_secret=given["SPOTIFY_CLIENT_SECRET"],
        refresh_token=given.get("SPOTIFY_REFRESH_TOKEN", ""),
        api_url=given.get("SPOTIFY_API_URL", API_URL).rstrip("/"),
        accounts_url=given.get("SPOTIFY_ACCOUNTS_URL", ACCOUNTS_URL).rstrip("/"),
        authorized_at=given.get("SPOTIFY_AUTHORIZED_AT"),
        token_keys=split_keys(given.get("TOKEN_ENCRYPTION_KEY", "")) or (),
    )


def why_not_from_spotify(value: str) -> str:
    """Why a text cannot be an app's id, its secret or a token; empty where it can. It is not shown: it may be a secret."""
    if re.fullmatch(r"(?i:your)[-_ ].*|(?i:x{4,})|<.*>|\[.*\]|\{.*\}|\.{3}|\u2026", value):
        return "is a place left to be filled in"
    if re.search(r"[^A-Za-z0-9._~+/-]", value):
        return "holds characters that no such value has, such as a blank or a quote"
    return ""


def parse_market(text: str) -> str | None:
    """A country code in capitals; None where the text is none: UK is not, since that country's is GB."""
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        return None
    from utils.markets import is_country

    return text.upper() if is_country(text.upper()) else None


def is_time_zone(name: str) -> bool:
    """Whether a name is an IANA time zone that this machine knows."""
    # Files beside the zones of the system, which no database knows.
    if name == "localtime" or name.startswith(("posix", "right/")):
        return False
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def is_safe_url(url: str) -> bool:
    """Whether a URL is https, or http to loopback (the simulator): tokens never travel in the clear."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an unclosed [
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https"
        or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))
    )


def _positive_number(text: str) -> float | None:
    """The number in the text; None where it is no number, not above 0, or endless."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None
