"""Get the listener's consent, or renew it, and write the settings to `.env`.

A browser asks the listener; Spotify answers to a one-shot server on this machine's loopback address.
Nothing secret is ever shown: not the code, not a token, not the app's secret.
"""

import argparse
import os
import secrets
import shutil
import sys
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests

from utils import ROOT
from utils.clock import Clock
from utils.config import (
    MARKET_FORM,
    REDIRECT_URI,
    TIME_ZONE_FORM,
    SpotifySettings,
    is_time_zone,
    load_settings,
    parse_market,
    readable_environment,
)
from utils.errors import ConsentError, ExitCode, JobError, SettingsError, Stop
from utils.github.gh import find_gh
from utils.github.settings import github_text, hosted_database, set_on_github
from utils.login.callback import DASHBOARD, CallbackServer, Redirect, parse_redirect_uri
from utils.login.env_file import check_writable, write_env_file
from utils.spotify.tokens import SCOPES, TIMEOUT_S, ask_token_service, authorize_url, consent_ends_at
from utils.terminal import Terminal as PlainTerminal
from utils.terminal import ask, ask_secret, one_printable_line, say

_HELP = """Get the listener's consent, or renew it: it ends after six months.

Opens Spotify's page in a browser and waits for its answer on the loopback address that
SPOTIFY_REDIRECT_URI names (http://127.0.0.1:8888/callback unless set).

reads   .env and the environment; Spotify's token service and GET /me
writes  .env (or the file that ENV_FILE names): SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET, SPOTIFY_REFRESH_TOKEN,
        SPOTIFY_AUTHORIZED_AT, SPOTIFY_MARKET, TIME_ZONE; with --github also secrets and variables on GitHub"""


@dataclass(frozen=True)
class Options:
    """The command line. `github` is None without --github, else the repository, or '' for the one of this folder."""

    market: str | None = None
    time_zone: str | None = None
    browser: bool = True
    timeout_s: float = 300.0
    yes: bool = False
    github: str | None = None


@dataclass(frozen=True)
class Terminal(PlainTerminal):
    """The functions through which the command speaks to the listener; tests give others."""

    open_browser: Callable[[str], bool]


def main() -> int:
    """Run the command. Exit codes: 0 done · 1 failed · 2 settings · 3 consent · 130 interrupted."""
    person = Terminal(say, ask, ask_secret, webbrowser.open)
    try:
        environ = {**readable_environment(), "ENV_FILE": os.environ.get("ENV_FILE", "")}
        login(_options(), environ, person, Clock())
    except JobError as error:
        say(f"login: {error}\n{error.remedy}".rstrip(), sys.stderr)
        return error.exit_code
    except Stop as error:
        say(f"login: {error}", sys.stderr)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        say("\nlogin: interrupted.", sys.stderr)
        return 130
    return ExitCode.OK


def login(options: Options, environ: Mapping[str, str], terminal: Terminal, clock: Clock) -> None:
    """Ask for the consent, write the settings file, and set the settings on GitHub if wanted. Raises JobError."""
    environ = {name: value.strip() for name, value in environ.items() if value.strip()}
    path = Path(environ.get("ENV_FILE", ROOT / ".env"))
    redirect = parse_redirect_uri(environ.get("SPOTIFY_REDIRECT_URI", REDIRECT_URI))
    market = _preset_value("SPOTIFY_MARKET", "--market", options.market, environ, options.yes)
    time_zone = _preset_value("TIME_ZONE", "--time-zone", options.time_zone, environ, options.yes)
    check_writable(path)
    if options.github is not None:
        find_gh("--github", terminal.say)
    settings = _app_settings(options, environ, redirect, terminal)
    if "SPOTIFY_REFRESH_TOKEN" in environ:
        terminal.say(_renewal_text(environ.get("SPOTIFY_AUTHORIZED_AT"), clock.now()))

    code = ask_for_consent(settings, redirect, options, terminal)
    authorized_at = clock.now().replace(microsecond=0)
    access_token, refresh_token = exchange_code(settings, redirect, code, clock)
    country = _say_who_consented(settings, access_token, terminal)

    market, time_zone = _ask_market_and_time_zone(
        options, market or country, time_zone or system_time_zone(), terminal
    )
    values = {
        "SPOTIFY_CLIENT_ID": settings.client_id,
        "SPOTIFY_CLIENT_SECRET": settings.client_secret,
        "SPOTIFY_REFRESH_TOKEN": refresh_token,
        "SPOTIFY_AUTHORIZED_AT": authorized_at.isoformat(),
        "SPOTIFY_MARKET": market or "",
        "TIME_ZONE": time_zone,
    }
    if redirect.uri != REDIRECT_URI:
        values["SPOTIFY_REDIRECT_URI"] = redirect.uri
    write_env_file(path, values)
    terminal.say(
        f"Written to {path}: {', '.join(values)}.\n"
        f"The consent lasts until {consent_ends_at(authorized_at):%Y-%m-%d}; then `./run login` renews it."
    )
    _warn_of_hidden_values(values, terminal)
    if _wants_github(options, path, values, terminal):
        gh = find_gh("--github", terminal.say)
        set_on_github(gh, options.github or "", {**values, **hosted_database(environ)}, terminal.say)


def _ask_market_and_time_zone(
    options: Options, market: str | None, time_zone: str, terminal: Terminal
) -> tuple[str | None, str]:
    """Ask for the market and the time zone that no option gives; with --yes, take the ones that would be proposed."""
    if options.market is None and not options.yes:
        market = ask_market(terminal, market)
    if options.time_zone is None and not options.yes:
        time_zone = ask_time_zone(terminal, time_zone)
    return market, time_zone


def _warn_of_hidden_values(values: Mapping[str, str], terminal: Terminal) -> None:
    """Say which values of the file have no effect, because the environment of this terminal has others."""
    hidden = [name for name, value in values.items() if os.environ.get(name, "").strip() not in ("", value)]
    if hidden:
        terminal.say(
            f"Careful: {', '.join(hidden)} is also set in the environment of this terminal, which goes before "
            "the file. Unset it there."
        )


def _wants_github(options: Options, path: Path, values: Mapping[str, str], terminal: Terminal) -> bool:
    """Whether to set the values on GitHub: as --github says, else as the listener answers where `gh` is installed."""
    if options.github is not None:
        return True
    has_gh = shutil.which("gh") is not None
    terminal.say(github_text(path, values, has_gh))
    if not has_gh or options.yes:
        return False
    return terminal.ask("Set them on GitHub now, with gh? [y/N]: ").strip().lower() in ("y", "yes")


def ask_for_consent(
    settings: SpotifySettings, redirect: Redirect, options: Options, terminal: Terminal
) -> str:
    """The code that Spotify sends back. Raises ConsentError when the listener says no, JobError when nobody does."""
    state = secrets.token_urlsafe(32)
    url = authorize_url(settings, redirect.uri, state)
    try:
        server = CallbackServer(redirect, state)
    except OSError as error:
        raise JobError(
            f"Port {redirect.port} on {redirect.host} cannot be listened on: {error.strerror}.",
            "End what uses it (perhaps another login), or set SPOTIFY_REDIRECT_URI to another port and register "
            f"that URI at {DASHBOARD}.",
        ) from error
    with server:
        terminal.say(f"Give consent at Spotify, with a browser on this machine:\n\n{url}\n")
        if options.browser:
            with suppress(webbrowser.Error, OSError):
                terminal.open_browser(url)
        answered = server.answered.wait(options.timeout_s)
    if not answered:
        raise JobError(
            f"No answer from Spotify within {options.timeout_s:.0f} seconds.",
            f"Run it again. If Spotify's page spoke of an invalid redirect URI: register {redirect.uri} at {DASHBOARD}.",
        )
    if server.refusal == "access_denied":
        raise ConsentError(
            "Consent was denied at Spotify. Nothing was changed.",
            "Run it again and agree: the scripts cannot do without.",
            "denied",
        )
    if server.refusal:
        raise ConsentError(
            f"Spotify gave no consent ({one_printable_line(server.refusal)}).", "Run it again.", "suspect"
        )
    return server.code


def exchange_code(settings: SpotifySettings, redirect: Redirect, code: str, clock: Clock) -> tuple[str, str]:
    """Access token and refresh token for the code. Raises ConsentError, SettingsError or TransientError."""
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect.uri}
    try:
        answer = ask_token_service(settings, grant, clock)
    except ConsentError as error:
        raise ConsentError(
            "Spotify does not accept the code that it sent (invalid_grant).",
            "Run it again.",
            error.auth_status,
        ) from error
    granted = str(answer.get("scope") or "").split()
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        raise ConsentError(
            f"The consent does not cover everything; missing: {', '.join(missing)}.",
            "Run it again and agree to all of it. Nothing was changed.",
            "scope_missing",
        )
    refresh_token = answer.get("refresh_token")
    if not isinstance(refresh_token, str) or not refresh_token:
        raise JobError("Spotify gave no refresh token.", "Run it again.")
    return str(answer["access_token"]), refresh_token


def ask_market(terminal: Terminal, default: str | None) -> str | None:
    """Ask until the answer is a country code of two letters, or `-` for None."""
    while True:
        text = terminal.ask(f"Market, a country code such as DE, or - for none [{default or '-'}]: ").strip()
        if text == "-" or not (text or default):
            return None
        market = parse_market(text or default or "")
        if market:
            return market
        terminal.say("That is not a country code of two letters.")


def ask_time_zone(terminal: Terminal, default: str) -> str:
    """Ask until the answer is an IANA time zone that this machine knows."""
    while True:
        text = terminal.ask(f"Time zone, such as Europe/Berlin [{default}]: ").strip() or default
        if is_time_zone(text):
            return text
        terminal.say("That is not an IANA time zone.")


def _parse_time_zone(text: str) -> str | None:
    return text if is_time_zone(text) else None


def system_time_zone(link: Path = Path("/etc/localtime")) -> str:
    """This machine's time zone: from TZ or the link, else UTC."""
    names = [os.environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError):
        names.append(str(link.readlink()))
    for name in names:
        short = name.rpartition("zoneinfo/")[2]
        if short and not short.startswith(("/", ".")) and is_time_zone(short):
            return short
    return "UTC"


def _app_settings(
    options: Options, environ: Mapping[str, str], redirect: Redirect, terminal: Terminal
) -> SpotifySettings:
    """The app's id and secret, from the environment or asked for. Raises SettingsError."""
    given = {name: environ[name] for name in ("SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL") if name in environ}
    load_settings(given, needs_spotify=False)
    names = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET")
    missing = [name for name in names if name not in environ]
    where = (
        f"Create an app at {DASHBOARD}: redirect URI {redirect.uri}, API: Web API. Its owner needs Spotify Premium, and "
        "a listener who is not the owner must be added under Settings → User Management."
    )
    if missing and options.yes:
        raise SettingsError(f"{' and '.join(missing)} missing.", where)
    if missing:
        terminal.say(f"{where}\nThe app's Settings page shows its client id and secret.")
    for name in names:
        value = environ.get(name, "")
        while not value:
            ask = terminal.ask_secret if name == "SPOTIFY_CLIENT_SECRET" else terminal.ask
            value = ask(f"{name}: ").strip()
        if not value.isascii() or not value.isprintable() or " " in value:
            raise SettingsError(
                f"{name} holds characters that no such value has.", f"Copy it again from {DASHBOARD}."
            )
        given[name] = value
    # The settings want a refresh token too; this one is never sent.
    spotify = load_settings({**given, "SPOTIFY_REFRESH_TOKEN": "none yet"}, needs_spotify=True).spotify
    assert spotify is not None
    return spotify


def _say_who_consented(settings: SpotifySettings, access_token: str, terminal: Terminal) -> str | None:
    """Say who gave the consent; the country of the account, where Spotify gives it.

    Raises ConsentError where the app may not act for the account.
    """
    try:
        response = requests.get(
            f"{settings.api_url}/me",
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
        status = str(response.status_code)
        me = response.json()
    except requests.JSONDecodeError:
        me = None
    except requests.RequestException as error:
        status, me = type(error).__name__, None
    if status == "403":
        raise ConsentError(
            "Spotify does not let this app act for this account.",
            f"Add the account at {DASHBOARD} → your app → Settings → User Management, and see that the app's owner has "
            "Premium; then run it again.",
            "not_allowlisted",
        )
    if status != "200" or not isinstance(me, dict):
        terminal.say(f"Spotify did not say whose account it is ({status}); the consent is good all the same.")
        return None
    name, account = (one_printable_line(str(me.get(key) or "")) for key in ("display_name", "id"))
    terminal.say(f"Consent given by {name} ({account})." if name else f"Consent given by {account}.")
    return parse_market(str(me.get("country") or ""))


def _preset_value(
    name: str, flag: str, option: str | None, environ: Mapping[str, str], yes: bool
) -> str | None:
    """The value of the option, else of the environment; None: the listener is asked for one.

    Raises SettingsError for a malformed value of the option, and of the environment where nobody can be asked.
    """
    text = environ.get(name) if option is None else option
    if text is None:
        return None
    parse = parse_market if name == "SPOTIFY_MARKET" else _parse_time_zone
    value = parse(text)
    if value is None and (yes or option is not None):
        form = MARKET_FORM if name == "SPOTIFY_MARKET" else TIME_ZONE_FORM
        raise SettingsError(f"{name if option is None else flag} is {text!r}, not {form}.", f"Use {flag}.")
    return value


def _renewal_text(authorized_at: str | None, now: datetime) -> str:
    """Which consent is renewed, and when it ends or ended, as far as that is known."""
    with suppress(ValueError):
        given = datetime.fromisoformat(authorized_at or "")
        if given.tzinfo is not None:
            ends = consent_ends_at(given)
            lasts = f"lasts until {ends:%Y-%m-%d}" if ends > now else f"ended on {ends:%Y-%m-%d}"
            return f"This renews the consent of {given:%Y-%m-%d}, which {lasts}."
    return "This renews the consent whose token is set already."


def _options() -> Options:
    parser = argparse.ArgumentParser(
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 done; 1 failed; 2 settings; 3 consent; 130 interrupted",
    )
    parser.add_argument("--market", help="country code of two letters, such as DE")
    parser.add_argument("--time-zone", help="IANA time zone, such as Europe/Berlin")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the link")
    parser.add_argument(
        "--timeout",
        dest="timeout_s",
        type=_seconds,
        default=Options.timeout_s,
        metavar="SECONDS",
        help="default 300",
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing, take the defaults")
    parser.add_argument(
        "--github",
        nargs="?",
        const="",
        metavar="OWNER/NAME",
        help="set the secrets (DATABASE_URL too, if it names another machine) and variables of the repository with gh",
    )
    return Options(**vars(parser.parse_args()))


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise ValueError
    return seconds
