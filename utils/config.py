"""Settings from the environment, and from `.env` on a person's machine. Empty counts as missing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from utils import ROOT
from utils.database.connection import Database, EmbeddedDatabase, database_from
from utils.errors import DatabaseSettingsError, SettingsError

API_URL = "https://api.spotify.com/v1"
ACCOUNTS_URL = "https://accounts.spotify.com"
REDIRECT_URI = "http://127.0.0.1:8888/callback"
_SPOTIFY_NAMES = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN")
_SPOTIFY_REMEDY = (
    "Run `./run login`, which writes the three SPOTIFY_* settings to .env; in GitHub, put them under "
    "Settings → Secrets and variables → Actions. See docs/setup.md."
)


@dataclass(frozen=True)
class SpotifySettings:
    """The app and the consent that requests are made with."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    api_url: str = API_URL
    accounts_url: str = ACCOUNTS_URL
    authorized_at: str | None = None  # ISO 8601, as written by `./run login`


@dataclass(frozen=True)
class Settings:
    """Everything that a job reads from the environment."""

    database: Database | EmbeddedDatabase
    spotify: SpotifySettings | None
    market: str | None
    time_zone: str | None
    time_budget_min: float | None

    def secrets(self) -> list[str]:
        """What must never be shown."""
        found = [] if self.spotify is None else [self.spotify.client_secret, self.spotify.refresh_token]
        if isinstance(self.database, Database):
            found += self.database.secrets()
        return [secret for secret in found if secret]


def environment() -> dict[str, str]:
    """The process's environment over `.env` (or the file named by ENV_FILE; empty: no file)."""
    path = os.environ.get("ENV_FILE", str(ROOT / ".env"))
    from_file = dotenv_values(path) if path and Path(path).is_file() else {}
    merged = {name: value or "" for name, value in from_file.items()}
    merged.update({name: value for name, value in os.environ.items() if value.strip() or name not in merged})
    return merged


def load_settings(environ: Mapping[str, str], *, needs_spotify: bool) -> Settings:
    """Read and check all settings at once.

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
    if needs_spotify and missing:
        problems.append(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
        remedies.append(_SPOTIFY_REMEDY)
    for name in ("SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL"):
        if name in given and not _is_safe_url(given[name]):
            problems.append(f"{name} is not an https URL (http is for loopback only)")
    market = given.get("SPOTIFY_MARKET")
    if market is not None and not (len(market) == 2 and market.isascii() and market.isalpha()):
        problems.append(f"SPOTIFY_MARKET is {market!r}, not a country code of two letters such as DE")
    time_zone = given.get("TIME_ZONE")
    if time_zone is not None and not is_time_zone(time_zone):
        problems.append(f"TIME_ZONE is {time_zone!r}, not an IANA time zone such as Europe/Berlin")
    budget = given.get("JOB_TIME_BUDGET_MINUTES")
    budget_min = _positive_number(budget)
    if budget is not None and budget_min is None:
        problems.append(f"JOB_TIME_BUDGET_MINUTES is {budget!r}, not a positive number")

    if problems or database is None:
        raise SettingsError("; ".join(problems) + ".", " ".join(remedies) or "See docs/setup.md.")
    spotify = None
    if not missing:
        spotify = SpotifySettings(
            client_id=given["SPOTIFY_CLIENT_ID"],
            client_secret=given["SPOTIFY_CLIENT_SECRET"],
            refresh_token=given["SPOTIFY_REFRESH_TOKEN"],
            api_url=given.get("SPOTIFY_API_URL", API_URL).rstrip("/"),
            accounts_url=given.get("SPOTIFY_ACCOUNTS_URL", ACCOUNTS_URL).rstrip("/"),
            authorized_at=given.get("SPOTIFY_AUTHORIZED_AT"),
        )
    return Settings(
        database=database,
        spotify=spotify,
        market=market.upper() if market else None,
        time_zone=time_zone,
        time_budget_min=budget_min,
    )


def is_time_zone(name: str) -> bool:
    """True for an IANA name that this machine knows."""
    if name == "localtime" or name.startswith(
        ("posix", "right/")
    ):  # files beside the zones; no database knows them
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_safe_url(url: str) -> bool:
    """https, or http to loopback (the simulator): tokens never travel in the clear."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an unclosed [
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https"
        or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))
    )


def _positive_number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None
