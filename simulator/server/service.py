"""One account with its rules: who may ask, how often, what the answer is, and the record of it. No socket here."""

import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from simulator.api.answers import Answer, ApiError
from simulator.api.call import DEVELOPMENT, EXTENDED, Call
from simulator.api.routing import answer as answer_route
from simulator.routes.images import answer_image
from simulator.routes.table import ROUTER
from simulator.server import state
from simulator.server.faults import Faults
from simulator.server.limits import DailyQuota, RateWindow, endpoint_group
from simulator.server.oauth import Accounts, Consent
from simulator.server.request_log import Request, readable_body
from simulator.server.transport import Incoming
from simulator.world.library import Library

NOT_ALLOWLISTED = "Check settings on developer.spotify.com/dashboard, the user may not be registered."
NO_PREMIUM = "Active premium subscription required for the owner of the app."
KINDS = {"/api/token": "token", "/authorize": "authorize"}


class Service:
    """Spotify's Web API and accounts service for one library, as far as no network is needed.

    `mode` is "development" or "extended" and may be changed while running. `clock` returns aware datetimes.
    `user_not_allowlisted` and `premium_lapsed` make every API call a 403.
    """

    def __init__(
        self,
        library: Library,
        mode: str = DEVELOPMENT,
        latency_ms: float = 0,
        clock: Callable[[], datetime] | None = None,
        *,
        port: int = 0,
        state_file: Path | None = None,
    ) -> None:
        if mode not in {DEVELOPMENT, EXTENDED}:
            raise ValueError(f"unknown mode {mode!r}")
        self.library = library
        self.mode = mode
        self.latency_ms = latency_ms
        self.clock = clock
        self.port = port
        self.state_file = state_file
        self.lock = threading.RLock()
        self.faults = Faults()
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.user_not_allowlisted = False
        self.premium_lapsed = False
        self.accounts = Accounts(self.now)
        self.accounts.consent()
        self._rate_window: RateWindow | None = None
        self._daily_quota: DailyQuota | None = None
        self._cache: dict[object, object] = {}
        self._catalogue_text: str | None = None
        self._log_lock = threading.Lock()
        self._in_flight = 0
        self._most_in_flight = 0
        self._arrived = 0

    # Addresses and credentials

    @property
    def accounts_url(self) -> str:
        """Base address of `/authorize` and `/api/token`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """Base address of the Web API, ending in `/v1`."""
        return f"{self.accounts_url}/v1"

    @property
    def client_id(self) -> str:
        """Id of the one registered app."""
        return self.accounts.client_id

    @property
    def client_secret(self) -> str:
        """Secret of the one registered app."""
        return self.accounts.client_secret

    @property
    def refresh_token(self) -> str:
        """Refresh token of the newest consent."""
        return self.accounts.consents[-1].refresh_tokens[-1]

    @property
    def redirect_uris(self) -> list[str]:
        """Registered redirect URIs; may be changed."""
        return self.accounts.redirect_uris

    @redirect_uris.setter
    def redirect_uris(self, uris: list[str]) -> None:
        self.accounts.redirect_uris = uris

    @property
    def rotate_refresh_tokens(self) -> bool:
        """Whether each refresh replaces the refresh token."""
        return self.accounts.rotate_refresh_tokens

    @rotate_refresh_tokens.setter
    def rotate_refresh_tokens(self, rotate: bool) -> None:
        self.accounts.rotate_refresh_tokens = rotate

    @property
    def deny_authorize(self) -> bool:
        """Whether `/authorize` sends the listener back with `error=access_denied`."""
        return self.accounts.deny

    @deny_authorize.setter
    def deny_authorize(self, deny: bool) -> None:
        self.accounts.deny = deny

    def environment(self) -> dict[str, str]:
        """Environment variables that point a client at this simulator."""
        return {
            "SPOTIFY_CLIENT_ID": self.client_id,
            "SPOTIFY_CLIENT_SECRET": self.client_secret,
            "SPOTIFY_REFRESH_TOKEN": self.refresh_token,
            "SPOTIFY_API_URL": self.api_url,
            "SPOTIFY_ACCOUNTS_URL": self.accounts_url,
        }

    def now(self) -> datetime:
        """Return the simulator's time."""
        return self.clock() if self.clock else datetime.now(UTC)

    def new_consent(self, scopes: Iterable[str] | None = None) -> str:
        """Record a new consent (all scopes by default) and return its refresh token."""
        with self.lock:
            return self.accounts.consent(scopes).refresh_tokens[-1]

    def access_token(self, scopes: Iterable[str] | None = None) -> str:
        """Issue a bearer token, by default with the scopes of the newest consent."""
        with self.lock:
            return self.accounts.access_token(self._consent().scopes if scopes is None else scopes)

    def expire_access_tokens(self) -> None:
        """Let every access token issued so far be expired."""
        with self.lock:
            for token in self.accounts.access_tokens.values():
                token.expires_at = self.now()

    def revoke_consent(self) -> None:
        """Withdraw all consents, as a listener does on the account page; access tokens end with them."""
        with self.lock:
            for consent in self.accounts.consents:
                consent.revoked = True
            self.accounts.access_tokens.clear()

    def expire_consent(self) -> None:
        """Let all consents be older than six months; access tokens live on for their hour."""
        with self.lock:
            for consent in self.accounts.consents:
                consent.expired = True

    def _consent(self) -> Consent:
        return self.accounts.consents[-1]

    # Edits, record, budgets

    @contextmanager
    def edit(self) -> Iterator[Library]:
        """Give the library while no request is being answered, so that the edit falls between two requests."""
        with self.lock:
            try:
                yield self.library
            finally:
                self._cache.clear()
                self._catalogue_text = None
                self._save()

    @property
    def max_concurrent(self) -> int:
        """Return the most requests that were being served at once since the last clearing."""
        return self._most_in_flight

    def clear_requests(self) -> None:
        """Empty the record."""
        with self._log_lock:
            self.requests.clear()
            self._most_in_flight = self._in_flight

    def rate_window(self, limit: int | None, seconds: float = 30) -> None:
        """Allow `limit` API calls in any `seconds` seconds; None switches the limit off."""
        with self.lock:
            self._rate_window = None if limit is None else RateWindow(limit, seconds)

    def daily_quota(
        self, calls: int | None = 600, group: Callable[[Request], str | None] | None = None
    ) -> None:
        """Allow `calls` API calls per group in any 24 hours; None switches the quota off.

        `group` names the bucket of a request, or None for a request that is not counted. By default each
        method and endpoint has a bucket of its own.
        """
        with self.lock:
            self._daily_quota = None if calls is None else DailyQuota(calls, group or endpoint_group)

    # Answering

    def _record(self, incoming: Incoming, path: str, query: str) -> Request:
        bare = path.removeprefix("/v1").rstrip("/") if path.startswith("/v1") else path.rstrip("/")
        kind = "image" if path.startswith("/image/") else KINDS.get(path.rstrip("/"), "api")
        template = ROUTER.template(incoming.method, bare) if kind == "api" else bare
        body = readable_body(incoming.body, incoming.headers.get("content-type", ""))
        with self._log_lock:
            self._arrived += 1
            self._in_flight += 1
            self._most_in_flight = max(self._most_in_flight, self._in_flight)
            request = Request(
                n=self._arrived,
                at=self.now(),
                method=incoming.method,
                path=bare,
                query=dict(parse_qsl(query, keep_blank_values=True)),
                body=body,
                kind=kind,
                template="/image/{id}" if kind == "image" else template,
                raw_path=incoming.target,
                raw_body=incoming.body,
                headers=incoming.headers,
                in_flight=self._in_flight,
                max_concurrent=self._most_in_flight,
            )
            self.requests.append(request)
        return request

    def _served(self) -> None:
        """Count a recorded request as answered."""
        with self._log_lock:
            self._in_flight -= 1

    def _guarded(self, work: Callable[[], Answer]) -> Answer:
        try:
            return work()
        except ApiError as refused:
            return refused.answer()
        except Exception:  # noqa: BLE001 - a bug here must be a visible 500, not a lost connection
            self.errors.append(traceback.format_exc())
            return ApiError(500, f"simulator error: {self.errors[-1].splitlines()[-1]}").answer()

    def _answer(self, request: Request) -> Answer:
        if request.kind == "image":
            with self.lock:
                return answer_image(self.library, request.path)
        if request.kind == "token" and request.method == "POST":
            with self.lock:
                answer = self.accounts.token(request.raw_body, request.headers)
                self._save()
                return answer
        if request.kind == "authorize" and request.method == "GET":
            with self.lock:
                return self.accounts.authorize(request.query)
        if not request.raw_path.startswith("/v1/"):
            raise ApiError(404, "Service not found")
        return self._answer_api(request)

    def _answer_api(self, request: Request) -> Answer:
        no_length = not {"content-length", "transfer-encoding"}.intersection(request.headers)
        if request.method in {"PUT", "DELETE"} and no_length:
            return Answer(411, b"<html><body>Length Required</body></html>", content_type="text/html")
        with self.lock:
            scopes, has_user = self._authenticate(request)
            refusal = self._over_budget(request)
            if refusal:
                return refusal
            route, ids = ROUTER.find(request.method, request.path)
            call = Call(
                method=request.method,
                path=request.path,
                path_ids={name: unquote(text) for name, text in ids.items()},
                query=request.query,
                raw_body=request.raw_body,
                headers=request.headers,
                library=self.library,
                mode=self.mode,
                api_url=self.api_url,
                scopes=scopes,
                now=self.now(),
                has_user=has_user,
                cache=self._cache,
            )
            answer = answer_route(route, call)
            if request.method != "GET":
                self._save()
            return answer

    def _authenticate(self, request: Request) -> tuple[frozenset[str], bool]:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise _unauthorized("Missing/invalid/expired access token", "missing_token")
        token = self.accounts.access_tokens.get(value)
        if token is None:
            raise _unauthorized("Invalid access token", "invalid_token")
        if self.now() >= token.expires_at:
            raise _unauthorized("The access token expired", "invalid_token")
        if self.premium_lapsed:
            raise ApiError(403, NO_PREMIUM)
        if self.user_not_allowlisted and token.has_user:
            raise ApiError(403, NOT_ALLOWLISTED)
        return token.scopes, token.has_user

    def _over_budget(self, request: Request) -> Answer | None:
        now = self.now()
        if self._daily_quota and (refusal := self._daily_quota.refusal(request, now)):
            return refusal
        return self._rate_window.refusal(now) if self._rate_window else None

    def save(self) -> None:
        """Write the state file, when there is one."""
        with self.lock:
            self._save()

    def _save(self) -> None:
        if self.state_file is not None:
            if self._catalogue_text is None:
                self._catalogue_text = state.catalogue_text(self.library)
            state.save(self.state_file, self.library, self.accounts, self._catalogue_text)


def _unauthorized(message: str, error: str) -> ApiError:
    header = f'Bearer realm="spotify", error="{error}"'
    return ApiError(401, message, headers={"WWW-Authenticate": header})
