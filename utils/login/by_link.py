"""Consent by a link: whoever gives it needs nothing but a browser, on any machine, and sends back what its address bar shows.

OAuth 2.0 with PKCE (RFC 7636, method S256), without the app's secret. Spotify sends the listener's browser to the loopback address of
the listener's own machine, where nobody answers; the address that it could not open holds the code. That is of no use to anybody
but this process, which alone knows the verifier.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from utils.config import SpotifySettings
from utils.errors import ConsentError, SettingsError
from utils.login.callback import Redirect
from utils.spotify.consents import authorize_url
from utils.terminal import Terminal, one_printable_line

TRIES = 5


def ask_by_link(
    settings: SpotifySettings, redirect: Redirect, terminal: Terminal, scopes: Sequence[str]
) -> tuple[str, str]:
    """The code that the listener sends back, and the verifier that belongs to it.

    Raises ConsentError where the listener said no, SettingsError where nothing that can be the answer was pasted.
    """
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    url = authorize_url(settings, redirect.uri, state, scopes, challenge=challenge_of(verifier))
    terminal.say(
        f"Send this link to the listener; it is good for one consent, and only while this runs:\n\n{url}\n\n"
        "They open it in any browser, on any machine, and agree. The browser then shows a page that cannot be reached, at\n"
        f"{redirect.uri}?code=…: that is right. They copy the whole address and send it to you: it is of no use to anybody else."
    )
    for _ in range(TRIES):
        pasted = terminal.ask_secret("The address, or the code in it (not shown): ").strip()
        code, refusal, why = answer_in(pasted, state)
        if refusal == "access_denied":
            raise ConsentError(
                "Consent was denied at Spotify. Nothing was changed.",
                "Run it again, and let them agree: the scripts cannot do without.",
                "denied",
            )
        if refusal:
            raise ConsentError(
                f"Spotify gave no consent ({one_printable_line(refusal)}).", "Run it again.", "suspect"
            )
        if code:
            return code, verifier
        terminal.say(why)
    raise SettingsError(
        f"{TRIES} times, what was pasted was not Spotify's answer.", "Run it again, and send the new link."
    )


def challenge_of(verifier: str) -> str:
    """BASE64URL(SHA256(verifier)) without padding, RFC 7636 section 4.2."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def answer_in(pasted: str, state: str) -> tuple[str, str, str]:
    """The code, the refusal, and what is wrong with what was pasted; one of them. A code alone is taken as it is: the verifier proves it."""
    if not pasted:
        return "", "", "Nothing was pasted."
    if not set("?=&/") & set(pasted):
        return (
            (pasted, "", "") if pasted.isprintable() and " " not in pasted else ("", "", "That is no code.")
        )
    try:
        parts = urlsplit(pasted)
        fields = parse_qs(
            parts.query or parts.path.rpartition("?")[2], keep_blank_values=True, max_num_fields=20
        )
    except ValueError:
        return "", "", "That is no address."
    given = fields.get("state", [""])[0]
    if not hmac.compare_digest(given.encode(), state.encode()):
        return (
            "",
            "",
            "That is the answer to another link. Send them the one above, and paste what it led to.",
        )
    code, refusal = fields.get("code", [""])[0], fields.get("error", [""])[0]
    if refusal or code:
        return ("", refusal, "") if refusal else (code, "", "")
    return "", "", "There is no code in that address. Copy all of it, to its end."
