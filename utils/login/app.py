"""The Spotify app: its client id and secret, given or asked for, and tried at Spotify before anybody gives consent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from utils.config import SpotifySettings, load_settings, why_not_from_spotify
from utils.errors import SettingsError
from utils.login.callback import DASHBOARD, Redirect
from utils.spotify.lean_requests import requests
from utils.spotify.tokens import TIMEOUT_S
from utils.terminal import Terminal

CLIENT_ID, CLIENT_SECRET = "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"  # names, no values
_ID_FORM = re.compile(r"[0-9A-Fa-f]{32}")


@dataclass(frozen=True)
class AppQuestion:
    """What is said where the app is asked for. `may_ask`: somebody is there; `ask_anew`: also what is given is asked for."""

    redirect: Redirect
    may_ask: bool = True
    ask_anew: bool = False

    def where(self) -> str:
        """How an app is made, and where its id and secret are found."""
        return (
            f"Create an app at {DASHBOARD}: redirect URI {self.redirect.uri}, API: Web API. Its owner needs Spotify "
            "Premium, and a listener who is not the owner must be added under Settings → User Management."
        )


def app_settings(environ: Mapping[str, str], question: AppQuestion, terminal: Terminal) -> SpotifySettings:
    """The app's id and secret, from the environment or asked for until Spotify knows them.

    Raises SettingsError where they are missing, malformed or refused, and nobody is to be asked.
    """
    urls = {name: environ[name] for name in ("SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL") if name in environ}
    load_settings(urls, needs_spotify=False)
    given = {name: environ[name] for name in (CLIENT_ID, CLIENT_SECRET) if name in environ}
    missing = [name for name in (CLIENT_ID, CLIENT_SECRET) if name not in given]
    if missing and not question.may_ask:
        raise SettingsError(f"{' and '.join(missing)} missing.", question.where())
    if missing or question.ask_anew:
        terminal.say(f"{question.where()}\nThe app's Settings page shows its client id and secret.")
    is_asked_anew = question.ask_anew
    while True:
        client_id = _value(CLIENT_ID, given, question, terminal, ask_anew=is_asked_anew)
        secret = _value(
            CLIENT_SECRET, {**given, CLIENT_ID: client_id}, question, terminal, ask_anew=is_asked_anew
        )
        # The settings want a refresh token too; this one is never sent.
        values = {CLIENT_ID: client_id, CLIENT_SECRET: secret, "SPOTIFY_REFRESH_TOKEN": "none-yet"}
        try:
            spotify = load_settings({**urls, **values}, needs_spotify=True).spotify
            assert spotify is not None
            _try(spotify, terminal)
        except SettingsError as error:
            if not question.may_ask:
                raise
            terminal.say(f"{error} {error.remedy}")
            given, is_asked_anew = {CLIENT_ID: client_id}, True
        else:
            return spotify


PROMPTS = {CLIENT_ID: "Client id", CLIENT_SECRET: "Client secret (what you type or paste is not shown)"}


def _value(
    name: str, given: Mapping[str, str], question: AppQuestion, terminal: Terminal, *, ask_anew: bool
) -> str:
    """The value that is given, or asked for until its form is right. Raises SettingsError where nobody is to be asked."""
    value = None if ask_anew else given.get(name)
    while True:
        if value is None:
            value = _ask(name, given, terminal)
        try:
            _check_form(name, value, given)
        except SettingsError as error:
            if not question.may_ask:
                raise
            terminal.say(f"{error} {error.remedy}")
            value = None
        else:
            return value


def _ask(name: str, given: Mapping[str, str], terminal: Terminal) -> str:
    """Ask until there is an answer; the id that is given already is kept by an empty one."""
    present = given.get(name, "") if name == CLIENT_ID and _ID_FORM.fullmatch(given.get(name, "")) else ""
    ask = terminal.ask_secret if name == CLIENT_SECRET else terminal.ask
    value = ""
    while not value:
        value = ask(f"{PROMPTS[name]} [{present}]: " if present else f"{PROMPTS[name]}: ").strip() or present
    return value


def _check_form(name: str, value: str, given: Mapping[str, str]) -> None:
    """Raise SettingsError for what cannot be an id or a secret; neither is shown: one may be pasted for the other."""
    if why := why_not_from_spotify(value):
        raise SettingsError(f"{name} {why}.", f"Copy it again from {DASHBOARD} → your app → Settings.")
    if name == CLIENT_ID and not _ID_FORM.fullmatch(value):
        raise SettingsError(
            f"{name} is no client id: that has 32 digits and letters from a to f, and this is of {len(value)} characters.",
            f"Copy it again from {DASHBOARD} → your app → Settings.",
        )
    if name == CLIENT_SECRET and value == given.get(CLIENT_ID):
        raise SettingsError(
            f"{name} is the client id once more.",
            f"The secret stands behind View client secret at {DASHBOARD} → your app → Settings.",
        )


def _try(settings: SpotifySettings, terminal: Terminal) -> None:
    """Raise SettingsError where Spotify says that it does not know the app. Anything else than that stops nobody.

    Asks once for a token of the app alone, which reads nothing of anybody and counts against no quota. An app that may not have
    such a token may still be given consent, so this is not `ask_token_service`, to which every refusal is an end.
    """
    try:
        response = requests.post(
            f"{settings.accounts_url}/api/token",
            data={"grant_type": "client_credentials"},
            auth=(settings.client_id, settings.client_secret),
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
        answer = response.json()
    except (requests.RequestException, ValueError) as error:
        said = type(error).__name__
    else:
        fields = answer if isinstance(answer, dict) else {}
        if fields.get("error") == "invalid_client":
            raise SettingsError(
                f"Spotify does not know this app: {CLIENT_ID} or {CLIENT_SECRET} is wrong.",
                f"Copy both from {DASHBOARD} → your app → Settings.",
            )
        if response.ok and "access_token" in fields:
            return
        said = f"status {response.status_code}"
    terminal.say(f"Spotify did not say whether it knows this app ({said}); the consent will show it.")
