"""The consent of one listener of several: stored in the database, beside the environment's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg2.extensions import connection as Connection

from utils.clock import Clock
from utils.config import REDIRECT_URI, SpotifySettings, environment, load_settings, settings_file
from utils.database.connection import open_connection
from utils.database.migrate import migrate
from utils.env_file import check_writable, write_env_file
from utils.errors import ConsentError, SettingsError, TransientError
from utils.job.consents import KEYS, stored_consents, unreadable
from utils.job.store_consent import NewConsent, check_free, check_name, store_consent
from utils.job.users import read_me
from utils.login.by_link import ask_by_link
from utils.login.callback import parse_redirect_uri
from utils.login.consent import Terminal, ask_for_consent, exchange_code, is_far_away, who_consented
from utils.login.market_and_time_zone import preset_value
from utils.sealing import new_key
from utils.spotify.consents import SCOPES, consent_ends_at
from utils.spotify.tokens import ask_token_service


@dataclass(frozen=True)
class Wanted:
    """What was asked for. `by_link`: the listener is elsewhere; `scopes`: what they are to agree to."""

    name: str
    market: str | None = None
    time_zone: str | None = None
    by_link: bool = False
    browser: bool = True
    timeout_s: float = 300.0
    scopes: tuple[str, ...] = SCOPES


def login_listener(wanted: Wanted, environ: Mapping[str, str], terminal: Terminal, clock: Clock) -> None:
    """Ask for the consent, and store it. Raises JobError; then nothing is stored."""
    name, app, market, time_zone = _prepared(wanted, environ, terminal)
    redirect = parse_redirect_uri(environ.get("SPOTIFY_REDIRECT_URI", "").strip() or REDIRECT_URI)
    if wanted.by_link:
        app = replace(app, is_pkce=True)
        code, verifier = ask_by_link(app, redirect, terminal, wanted.scopes)
    else:
        verifier = ""
        code = ask_for_consent(
            app,
            redirect,
            terminal,
            scopes=wanted.scopes,
            browser=wanted.browser and not is_far_away(environ),
            timeout_s=wanted.timeout_s,
        )
    begun = clock.now().replace(microsecond=0)
    access_token, refresh_token = exchange_code(app, redirect, code, clock, wanted.scopes, verifier)
    scopes = " ".join(sorted(wanted.scopes))
    given = _Given(replace(app, refresh_token=refresh_token), access_token, scopes, begun)
    _store(name, given, market, time_zone, environ, terminal)


def add_listener(
    wanted: Wanted, token_variable: str, environ: Mapping[str, str], terminal: Terminal, clock: Clock
) -> None:
    """Store the consent whose refresh token that variable has: for a machine without a browser. Raises JobError likewise."""
    token = environ.get(token_variable, "").strip()
    if not token:
        raise SettingsError(
            f"{token_variable} is not set, or empty.", "--refresh-token-env names the variable that has it."
        )
    name, app, market, time_zone = _prepared(wanted, environ, terminal)
    begun = clock.now().replace(microsecond=0)
    app = replace(app, refresh_token=token, listener=name, stored_as="")
    answer = ask_token_service(app, {"grant_type": "refresh_token", "refresh_token": token}, clock)
    granted = str(answer.get("scope") or "").split()
    if missing := [scope for scope in SCOPES if granted and scope not in granted]:
        raise ConsentError(
            f"The consent does not cover everything; missing: {', '.join(missing)}.",
            f"./run login --user {name} asks for all of it. Nothing was changed.",
            "scope_missing",
        )
    rotated = answer.get("refresh_token")
    app = replace(app, refresh_token=rotated if isinstance(rotated, str) and rotated else token)
    given = _Given(app, str(answer["access_token"]), " ".join(sorted(granted)) or None, begun)
    _store(name, given, market, time_zone, environ, terminal)


@dataclass(frozen=True)
class _Given:
    """A consent, with a token to ask whose it is."""

    spotify: SpotifySettings
    access_token: str
    scopes: str | None
    authorized_at: datetime


def _prepared(
    wanted: Wanted, environ: Mapping[str, str], terminal: Terminal
) -> tuple[str, SpotifySettings, str | None, str | None]:
    """The name, the app with its keys, market and time zone. All that can be refused is, before anybody is asked for consent."""
    name = check_name(wanted.name)
    # What stands in the environment is the environment's listener's.
    market = preset_value("SPOTIFY_MARKET", "--market", wanted.market, {}, yes=True)
    time_zone = preset_value("TIME_ZONE", "--time-zone", wanted.time_zone, {}, yes=True)
    spotify = load_settings(environ, needs_spotify=True, needs_consent=False).spotify
    assert spotify is not None, "or it was refused"
    with open_connection(environ) as connection:
        migrate(connection)
        with connection, connection.cursor() as cursor:
            check_free(cursor, name, spotify)
        _check_key(connection, name, spotify, terminal)
    return name, with_key(spotify, environ, terminal), market, time_zone


def _check_key(connection: Connection, name: str, spotify: SpotifySettings, terminal: Terminal) -> None:
    """Say whose consents the key does not open. Raises SettingsError where there is none but theirs: another one would shut them out."""
    others = [consent for consent in stored_consents(connection) if consent.name != name]
    if not (shut := ", ".join(unreadable(others, spotify))):
        return
    if not spotify.token_keys:
        raise SettingsError(
            f"{KEYS} is missing here, and the stored consents of {shut} are sealed with it.",
            "Put it back to where it stood (.env); if it is lost, ./run users new-key makes another one, and ./run login --user NAME "
            "stores each consent anew.",
        )
    terminal.say(
        f"Careful: {KEYS} is not the one that the stored consents of {shut} were sealed with. Here they cannot be read."
    )


def with_key(spotify: SpotifySettings, environ: Mapping[str, str], terminal: Terminal) -> SpotifySettings:
    """The app with a key to seal tokens with; where there is none, one is made and written to the settings file."""
    if spotify.token_keys:
        return spotify
    path = settings_file(environ)
    if path is None:
        raise SettingsError(
            f"{KEYS} is missing, and there is no settings file to write one to (ENV_FILE is empty).",
            "Set it to a key of your own: ./run users new-key with ENV_FILE=FILE makes one.",
        )
    check_writable(path)
    key = new_key()
    write_env_file(path, {KEYS: key})
    terminal.say(
        f"{KEYS} was made and written to {path}: it opens the stored consents. Keep a copy of it elsewhere; where GitHub does the "
        "copying, ./run setup-github takes it there."
    )
    return replace(spotify, token_keys=(key,))


def _store(
    name: str,
    given: _Given,
    market: str | None,
    time_zone: str | None,
    environ: Mapping[str, str],
    terminal: Terminal,
) -> None:
    me = who_consented(given.spotify, given.access_token, terminal)
    if me is None:
        raise TransientError(
            "Without knowing whose account it is, the consent cannot be stored.", "Run it again."
        )
    new = NewConsent(given.spotify, read_me(me), given.authorized_at, given.scopes, market, time_zone)
    with open_connection(environ) as connection:
        store_consent(connection, name, new, _settings_now)
    ends = consent_ends_at(given.authorized_at)
    terminal.say(
        f"Stored: the consent of {name}, sealed; it lasts until {ends:%Y-%m-%d}, then ./run login --user {name} renews it.\n"
        f"Next: ./run sync --user {name}"
    )


def _settings_now() -> SpotifySettings:
    """The app and its keys as the settings have them at this moment."""
    environ = environment(file_may_be_missing=True)
    spotify = load_settings(environ, needs_spotify=True, needs_consent=False).spotify
    assert spotify is not None, "or it was refused"
    return spotify
