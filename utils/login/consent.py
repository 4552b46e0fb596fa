"""Asks for the consent in a browser, and exchanges what Spotify sends back for tokens."""

import errno
import secrets
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from utils.clock import Clock
from utils.config import SpotifySettings
from utils.errors import ConsentError, JobError
from utils.login.callback import DASHBOARD, CallbackServer, Redirect
from utils.spotify.consents import SCOPES, authorize_url
from utils.spotify.fields import Payload
from utils.spotify.lean_requests import requests
from utils.spotify.tokens import TIMEOUT_S, ask_token_service
from utils.terminal import Terminal as PlainTerminal
from utils.terminal import one_printable_line

SILENCE_S = 60.0  # after so long without an answer it is said what the browser may be showing


@dataclass(frozen=True)
class Terminal(PlainTerminal):
    """The functions through which the command speaks to the listener; tests give others."""

    open_browser: Callable[[str], bool]


def is_far_away(environ: Mapping[str, str]) -> bool:
    """Whether this machine is used over SSH, without a screen: a browser would open in the terminal, or nowhere."""
    has_screen = any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return not has_screen and any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))


def ask_for_consent(
    settings: SpotifySettings,
    redirect: Redirect,
    terminal: Terminal,
    *,
    scopes: Sequence[str] = SCOPES,
    browser: bool,
    timeout_s: float,
) -> str:
    """The code that Spotify sends back. Raises ConsentError when the listener says no, JobError when nobody does."""
    state = secrets.token_urlsafe(32)
    url = authorize_url(settings, redirect.uri, state, scopes)
    try:
        server = CallbackServer(redirect, state)
    except OSError as error:
        raise JobError(
            f"Port {redirect.port} on {redirect.host} cannot be listened on: {error.strerror}.",
            (
                "Ports below 1024 are not for everybody: set"
                if error.errno == errno.EACCES
                else "End what uses it (perhaps another login), or set"
            )
            + f" SPOTIFY_REDIRECT_URI to another port and register that URI at {DASHBOARD}.",
        ) from error
    with server:
        terminal.say(f"Give consent at Spotify, with a browser on this machine:\n\n{url}\n")
        if not browser:
            terminal.say(_from_elsewhere(redirect))
        else:
            with suppress(webbrowser.Error, OSError):
                terminal.open_browser(url)
        silence_s = min(SILENCE_S, timeout_s)
        answered = server.answered.wait(silence_s)
        if not answered and timeout_s > silence_s:
            terminal.say(what_the_browser_may_show(redirect))
            answered = server.answered.wait(timeout_s - silence_s)
    if not answered:
        raise JobError(
            f"No answer from Spotify within {timeout_s:.0f} seconds.",
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


def _from_elsewhere(redirect: Redirect) -> str:
    """How the browser of another machine gets its answer to this one."""
    return (
        "With the browser of another machine, over SSH: there, in a second terminal, first "
        f"ssh -L {redirect.port}:{redirect.host}:{redirect.port} THIS-MACHINE, then open the link."
    )


def what_the_browser_may_show(redirect: Redirect) -> str:
    """What keeps people at Spotify's page, and what to do about each. Waiting goes on meanwhile."""
    return "\n".join(
        (
            "Still waiting. What does the browser show?",
            f"  INVALID_CLIENT: Invalid redirect URI   {DASHBOARD} → your app → Settings → Redirect URIs: add",
            f"      {redirect.uri}, exactly so, save, and open the link again.",
            "  INVALID_CLIENT: Invalid client         the client id is not your app's: Ctrl-C, then ./run login --ask-app",
            "  somebody else's name                   “Not you?” on that page: log in as the listener to be copied.",
            "  no access for this account             your app → Settings → User Management: add its name and e-mail address.",
            "  “Oops”, or a page that says nothing    open the link in a private window, or in another browser.",
            f"  {redirect.host} cannot be reached            the browser runs on another machine. Over SSH: "
            f"ssh -L {redirect.port}:{redirect.host}:{redirect.port} THIS-MACHINE",
            "  nothing at all                         copy the link from above into it.",
        )
    )


def exchange_code(
    settings: SpotifySettings,
    redirect: Redirect,
    code: str,
    clock: Clock,
    scopes: Sequence[str] = SCOPES,
    verifier: str = "",
) -> tuple[str, str]:
    """Access token and refresh token for the code. `verifier`: of PKCE. Raises ConsentError, SettingsError or TransientError."""
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect.uri}
    if verifier:
        grant["code_verifier"] = verifier
    try:
        answer = ask_token_service(settings, grant, clock)
    except ConsentError as error:
        raise ConsentError(
            "Spotify does not accept the code that it sent (invalid_grant).",
            "Run it again.",
            error.auth_status,
        ) from error
    granted = str(answer.get("scope") or "").split()
    missing = [scope for scope in scopes if scope not in granted]
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


def who_consented(settings: SpotifySettings, access_token: str, terminal: Terminal) -> Payload | None:
    """Say who gave the consent; what /me answered, None where it gave no proper answer.

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
    return me
