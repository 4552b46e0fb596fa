"""What is asked of Spotify's token service: access tokens, of the refresh token that stands for the listener's consent."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from utils.clock import Clock
from utils.config import SpotifySettings
from utils.errors import AppRefusedError, ConsentError, Stopped
from utils.redaction import remember
from utils.spotify.fields import text
from utils.spotify.lean_requests import requests
from utils.spotify.network import no_proper_answer, why_no_connection
from utils.stopping import WRITE_S, GivenUp, in_own_thread

ATTEMPTS = 4
TIMEOUT_S = 15.0
_REFUSED = (400, 401, 403)
_SECRET_PARTS = ("access_token", "refresh_token", "code", "code_verifier")  # of a grant, or of an answer
_COPY_BOTH = "Copy both from developer.spotify.com/dashboard → your app → Settings, to where they stand: .env, or the secrets on GitHub."
_SPARE = timedelta(seconds=60)  # a token this close to its end is renewed before it is used


def ask_token_service(settings: SpotifySettings, grant: dict[str, str], clock: Clock) -> dict[str, object]:
    """The token service's answer to a grant, with `access_token` in it.

    spotipy's own token code is not used: it replaces the granted scopes by those asked for, and falls back to
    asking on standard input. Raises ConsentError on `invalid_grant` (never repeated: the consent is over, or the
    service has an outage), AppRefusedError on `invalid_client` and other refusals, likewise, TransientError where it does
    not answer properly.
    """
    remember(*(grant[name] for name in _SECRET_PARTS if name in grant))
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt and clock.sleep(2.0 ** (attempt - 2)):
            raise _stopped(clock)
        answer, problem = _ask_once(settings, grant, clock)
        if isinstance(answer.get("access_token"), str) and not problem:
            remember(*(str(answer[name]) for name in _SECRET_PARTS if answer.get(name)))
            return answer
        problem = problem or "no token in it"
    raise no_proper_answer(
        f"Spotify's token service gave no proper answer, {ATTEMPTS} times in a row ({problem}).", problem
    )


def _stopped(clock: Clock) -> Stopped:
    return Stopped(f"stopped by {clock.interrupted_by} while waiting for Spotify's token service")


def _ask_once(
    settings: SpotifySettings, grant: dict[str, str], clock: Clock
) -> tuple[dict[str, object], str]:
    """The service's answer, and what is wrong with it where a repeat may help. Raises a refusal.

    When the run has to end, a request under way is given a little time: a token may be replaced by it.
    """
    if clock.is_interrupted:
        raise _stopped(clock)
    try:
        response = in_own_thread(
            lambda: requests.post(
                f"{settings.accounts_url}/api/token",
                data={**grant, "client_id": settings.client_id} if settings.is_pkce else grant,
                auth=None if settings.is_pkce else (settings.client_id, settings.client_secret),
                timeout=TIMEOUT_S,
                allow_redirects=False,
            ),
            lambda: clock.seconds_interrupted >= WRITE_S,
        )
    except GivenUp:
        raise _stopped(clock) from None
    except requests.ReadTimeout:
        return {}, "no answer in time"
    except requests.RequestException as error:
        return {}, why_no_connection(error) or f"connection broken ({type(error).__name__})"
    problem = "" if response.ok else f"status {response.status_code}"
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return {}, problem or "an answer that is not JSON"
    if not isinstance(answer, dict):
        return {}, problem or "an answer that is no object"
    refusal = answer.get("error")
    if refusal == "invalid_grant":
        raise _consent_over(str(answer.get("error_description") or ""), settings)
    if refusal == "invalid_client":
        raise AppRefusedError(
            "Spotify does not know this app: SPOTIFY_CLIENT_ID or SPOTIFY_CLIENT_SECRET is wrong.", _COPY_BOTH
        )
    if response.status_code in _REFUSED and isinstance(refusal, str):
        from utils.terminal import one_printable_line  # here alone

        reason = one_printable_line(refusal, 60)
        raise AppRefusedError(f"Spotify's token service refuses this app ({reason}).", _COPY_BOTH)
    return answer, problem


def _consent_over(description: str, settings: SpotifySettings) -> ConsentError:
    remedy = (
        "Run `./run login` to give consent again, and put the new SPOTIFY_REFRESH_TOKEN where the old one was "
        "(in GitHub: Settings → Secrets and variables → Actions). The stored token is kept."
        if settings.stored_as is None
        else f"{settings.login} stores a new one, which this listener alone can give. The old one is kept until then."
    )
    if "expired" in description.lower():
        return ConsentError("The consent has ended: Spotify lets it last six months.", remedy, "expired")
    if "revoked" in description.lower():
        return ConsentError(
            "The consent was withdrawn: Spotify says the refresh token is revoked.", remedy, "revoked"
        )
    return ConsentError("Spotify does not accept the refresh token (invalid_grant).", remedy, "suspect")


class _Access(NamedTuple):
    """An access token, until when it is taken for good, and what the consent lets us do, where the service has said that."""

    token: str
    good_until: datetime
    scopes: str | None


class AccessTokens:
    """The access tokens of runs that follow each other in one process, each by the app and the refresh token that it was given for.

    A run takes on what one before it was given, as long as that is good and its refresh token is the same: what is another listener's,
    or another consent's, is never found.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _Access] = {}

    def find(self, client_id: str, refresh_token: str, now: datetime) -> _Access | None:
        """One that is good now."""
        access = self._known.get((client_id, refresh_token))
        return access if access is not None and now < access.good_until else None

    def keep(self, client_id: str, refresh_token: str, access: _Access) -> None:
        """For the runs behind this one."""
        self._known[client_id, refresh_token] = access

    def forget(self, client_id: str, refresh_token: str) -> None:
        """It has been refused, or is about to be replaced."""
        self._known.pop((client_id, refresh_token), None)


class TokenSource:
    """Access tokens from one refresh token: one request per process and hour, shared by all threads."""

    def __init__(
        self,
        settings: SpotifySettings,
        refresh_token: str,
        clock: Clock,
        on_rotation: Callable[[str], None] = lambda _token: None,
        kept: Callable[[], str | None] = lambda: None,
        on_access: Callable[[str], None] = lambda _token: None,
        on_scopes: Callable[[str], None] = lambda _scopes: None,
        known: AccessTokens | None = None,
    ) -> None:
        """`on_rotation` keeps a new refresh token; `kept` is the one kept last, perhaps by another run meanwhile.

        `on_access` is told each access token, `on_scopes` with it what the consent lets us do. `known`: those of the runs before this one.
        """
        self.granted_scopes: str | None = None
        self._on_scopes = on_scopes
        self._on_rotation = on_rotation
        self._kept = kept
        self._on_access = on_access
        self._settings = settings
        self._clock = clock
        self._refresh_token = refresh_token
        self._access: _Access | None = None
        self._known = known or AccessTokens()
        self._refused: ConsentError | AppRefusedError | None = None
        self._lock = threading.Lock()

    def get_access_token(self, as_dict: bool = False) -> str:  # noqa: ARG002 - spotipy passes it
        """The access token, asked for where there is none or it is about to end."""
        with self._lock:
            now = self._clock.now()
            if self._access is None or now >= self._access.good_until:
                known = self._known.find(self._settings.client_id, self._refresh_token, now)
                return self._take(known).token if known is not None else self._ask()
            return self._access.token

    def renew(self, refused: str) -> str:
        """A new token after a 401, unless another thread has already got one."""
        with self._lock:
            return (
                self._ask() if self._access is None or self._access.token == refused else self._access.token
            )

    def _ask(self) -> str:
        self._known.forget(self._settings.client_id, self._refresh_token)
        if self._refused is not None:  # also another thread does not ask again
            raise self._refused
        try:
            answer = self._answer()
        except (ConsentError, AppRefusedError) as error:
            self._refused = error
            raise
        lifetime = answer.get("expires_in")
        lifetime_s = lifetime if isinstance(lifetime, int) and 0 < lifetime <= 86400 else 3600
        good_until = self._clock.now() + timedelta(seconds=lifetime_s) - _SPARE
        access = self._take(_Access(str(answer["access_token"]), good_until, text(answer, "scope")))
        new = answer.get("refresh_token")  # usually absent: then the old one stays good
        if isinstance(new, str) and new and new != self._refresh_token:
            self._refresh_token = new
            self._on_rotation(new)
        self._known.keep(self._settings.client_id, self._refresh_token, access)
        return access.token

    def _take(self, access: _Access) -> _Access:
        """Use it from now on."""
        self._access = access
        self._on_access(access.token)
        self.granted_scopes = access.scopes
        if access.scopes is not None:
            self._on_scopes(access.scopes)
        return access

    def _answer(self) -> dict[str, object]:
        """Of the token service. A token that it refuses may have been replaced by another run in the meantime: then that one is taken."""
        grant = {"grant_type": "refresh_token"}
        try:
            return ask_token_service(
                self._settings, {**grant, "refresh_token": self._refresh_token}, self._clock
            )
        except ConsentError:
            kept = self._kept()
            if kept is None or kept == self._refresh_token:
                raise
            self._refresh_token = kept
            return ask_token_service(self._settings, {**grant, "refresh_token": kept}, self._clock)
