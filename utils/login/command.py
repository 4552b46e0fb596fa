"""Get the listener's consent, or renew it, and write the settings to `.env`.

A browser asks the listener; Spotify answers to a one-shot server on this machine's loopback address.
Nothing secret is ever shown: not the code, not a token, not the app's secret.
"""

import argparse
import os
import shutil
import sys
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from utils.clock import Clock
from utils.config import REDIRECT_URI, environment, parse_market, settings_file
from utils.database.connection import EmbeddedDatabase, database_from
from utils.env_file import check_writable, write_env_file
from utils.errors import DatabaseSettingsError, ExitCode, JobError, SettingsError, Stop
from utils.github.gh import find_gh
from utils.github.repository import name_of_origin
from utils.github.settings import hosted_database, set_on_github
from utils.login.app import AppQuestion, app_settings
from utils.login.callback import parse_redirect_uri
from utils.login.consent import Terminal, ask_for_consent, exchange_code, is_far_away, who_consented
from utils.login.for_listener import Wanted, login_listener
from utils.login.market_and_time_zone import ask_market, ask_time_zone, preset_value, system_time_zone
from utils.markets import market_of
from utils.spotify.consents import LIBRARY_SCOPES, SCOPES, consent_ends_at
from utils.start import CTRL_C
from utils.terminal import ask, ask_secret, say
from utils.verbose import add_verbose

_HELP = """Get the listener's consent, or renew it: it ends after six months.

Opens Spotify's page in a browser and waits for its answer on the loopback address that
SPOTIFY_REDIRECT_URI names (http://127.0.0.1:8888/callback unless set).

reads   .env and the environment; Spotify's token service and GET /me
writes  .env (or the file that ENV_FILE names): SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET, SPOTIFY_REFRESH_TOKEN,
        SPOTIFY_AUTHORIZED_AT, SPOTIFY_MARKET, TIME_ZONE; with --github also secrets and variables on GitHub;
        with --user only the table users, and TOKEN_ENCRYPTION_KEY where there is none"""


@dataclass(frozen=True)
class Options:
    """The command line. `github` is None without --github, else the repository, or '' for that of this folder's remote `origin`."""

    market: str | None = None
    time_zone: str | None = None
    browser: bool = True
    timeout_s: float = 300.0
    yes: bool = False
    ask_app: bool = False
    github: str | None = None
    library: bool = False
    user: str | None = None
    link: bool = False


def main() -> int:
    """Run the command. Exit codes: 0 done · 1 failed · 2 settings · 3 consent · 130 interrupted."""
    person = Terminal(say, ask, ask_secret, webbrowser.open)
    try:
        options, environ = _options(), environment(file_may_be_missing=True)
        if options.user is None:
            login(options, environ, person, Clock())
        else:
            login_listener(_wanted(options, options.user), environ, person, Clock())
    except JobError as error:
        say(f"login: {error}\n{error.remedy}".rstrip(), sys.stderr)
        return error.exit_code
    except Stop as error:
        say(f"login: {error}", sys.stderr)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        say(f"\nlogin: stopped by {CTRL_C}", sys.stderr)
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def login(options: Options, environ: Mapping[str, str], terminal: Terminal, clock: Clock) -> None:
    """Ask for the consent, write the settings file, and set the settings on GitHub if wanted. Raises JobError."""
    path = settings_file(environ)
    if path is None:
        raise SettingsError(
            "ENV_FILE is empty, which means no settings file, so there is nowhere to keep the consent.",
            "Unset it, or let it name a file.",
        )
    environ = {name: value.strip() for name, value in environ.items() if value.strip()}
    redirect = parse_redirect_uri(environ.get("SPOTIFY_REDIRECT_URI", REDIRECT_URI))
    market = preset_value("SPOTIFY_MARKET", "--market", options.market, environ, yes=options.yes)
    time_zone = preset_value("TIME_ZONE", "--time-zone", options.time_zone, environ, yes=options.yes)
    check_writable(path)
    repository = None
    if options.github is not None:
        find_gh("--github", terminal.say)
        repository = options.github or name_of_origin()
    app = AppQuestion(redirect, may_ask=not options.yes, ask_anew=options.ask_app)
    settings = app_settings(environ, app, terminal)
    is_renewal = "SPOTIFY_REFRESH_TOKEN" in environ
    if is_renewal:
        terminal.say(_renewal_text(environ.get("SPOTIFY_AUTHORIZED_AT"), clock.now()))

    browser = options.browser and not is_far_away(environ)
    scopes = SCOPES + LIBRARY_SCOPES if options.library else SCOPES
    code = ask_for_consent(
        settings, redirect, terminal, scopes=scopes, browser=browser, timeout_s=options.timeout_s
    )
    authorized_at = clock.now().replace(microsecond=0)
    access_token, refresh_token = exchange_code(settings, redirect, code, clock, scopes)
    me = who_consented(settings, access_token, terminal)
    country = parse_market(str(me.get("country") or "")) if me else None

    time_zone = time_zone or system_time_zone()
    if options.time_zone is None and not options.yes:
        time_zone = ask_time_zone(terminal, time_zone)
    market = market or country or (None if options.yes else market_of(time_zone))
    if options.market is None and not options.yes:
        market = ask_market(terminal, market)
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
    if repository is None and is_renewal and not options.yes:
        repository = _ask_for_github(terminal)
    if repository is not None:
        gh = find_gh("--github", terminal.say)
        set_on_github(gh, repository, {**values, **hosted_database(environ)}, terminal.say)
    elif is_renewal:
        terminal.say(
            "If GitHub does the copying, send it there: ./run login --github, or by hand (docs/settings.md)."
        )
    terminal.say(_next_step(environ, is_on_github=repository is not None or is_renewal))


def _warn_of_hidden_values(values: Mapping[str, str], terminal: Terminal) -> None:
    """Say which values of the file have no effect, because the environment of this terminal has others."""
    hidden = [name for name, value in values.items() if os.environ.get(name, "").strip() not in ("", value)]
    if hidden:
        terminal.say(
            f"Careful: {', '.join(hidden)} is also set in the environment of this terminal, which goes before "
            "the file. Unset it there."
        )


def _ask_for_github(terminal: Terminal) -> str | None:
    """The repository where a consent is to be renewed as well: that of this folder's `origin`, after a yes."""
    if shutil.which("gh") is None:
        return None
    try:
        repository = name_of_origin()
    except SettingsError:
        return None
    answer = terminal.ask(f"Renew it in {repository} on GitHub as well, with gh? [y/N]: ")
    return repository if answer.strip().lower() in ("y", "yes") else None


def _next_step(environ: Mapping[str, str], *, is_on_github: bool) -> str:
    """What to do now, and where that puts the data; `is_on_github`: that has been spoken of."""
    try:
        database = database_from(environ)
    except DatabaseSettingsError as error:
        return f"Next: correct the settings of the database, then ./run sync. {error} {error.remedy}"
    where = (
        f"an embedded PostgreSQL in {database.root}"
        if isinstance(database, EmbeddedDatabase)
        else "the database that the settings name"
    )
    here = f"Next: ./run sync           copies your library into {where}"
    there = "      ./run setup-github   lets GitHub copy it, by schedule (docs/setup.md)"
    return here if is_on_github else f"{here}\n{there}"


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
        prog="./run login",
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
        type=seconds,
        default=Options.timeout_s,
        metavar="SECONDS",
        help="default 300",
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing, take the defaults")
    add_verbose(parser)
    parser.add_argument(
        "--ask-app",
        action="store_true",
        help="ask for client id and secret although they are set: after the secret was rotated, or for another app",
    )
    parser.add_argument(
        "--library",
        action="store_true",
        help="let the scripts also change your likes and saved albums: for ./run library restore alone",
    )
    parser.add_argument(
        "--github",
        nargs="?",
        const="",
        metavar="OWNER/NAME",
        help="set the secrets (DATABASE_URL too, if it names another machine) and variables of the repository with gh",
    )
    parser.add_argument(
        "--user",
        metavar="NAME",
        help="one listener of several: the consent is stored in the database under this name, sealed with TOKEN_ENCRYPTION_KEY",
    )
    parser.add_argument(
        "--link",
        action="store_true",
        help="with --user: show a link to send to the listener, who needs only a browser, and ask for the code that they send back",
    )
    options = Options(**vars(parser.parse_args()))
    if options.link and options.user is None:
        parser.error("--link is for --user NAME: whose consent it is to be")
    if options.user is not None and (options.github is not None or options.ask_app):
        parser.error("--github and --ask-app are for the listener of the environment, not for --user")
    return options


def _wanted(options: Options, name: str) -> Wanted:
    """What `login_listener` gets of the command line."""
    return Wanted(
        name,
        options.market,
        options.time_zone,
        options.link,
        options.browser,
        options.timeout_s,
        SCOPES + LIBRARY_SCOPES if options.library else SCOPES,
    )


def seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise ValueError
    return seconds
