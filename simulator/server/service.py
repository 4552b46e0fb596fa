"""The rules: who may ask, how often, what the answer is, and the record of it. No socket here."""

import threading
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from simulator.api.answers import Answer, ApiError
from simulator.api.call import DEVELOPMENT, Call
from simulator.api.routing import answer as answer_route
from simulator.routes.images import answer_image
from simulator.routes.table import ROUTER
from simulator.server.account import AccessToken, Account
from simulator.server.faults import Faults
from simulator.server.limits import DailyQuota, RateWindow, endpoint_group
from simulator.server.listeners import Listeners
from simulator.server.request_log import Request, readable_body
from simulator.server.transport import Incoming
from simulator.world.catalogue import User
from simulator.world.library import Library

KINDS = {"/api/token": "token", "/authorize": "authorize"}


class Service(Listeners):
    """Spotify's Web API and accounts service, as far as no network is needed.

    `clock` returns aware datetimes. What else may be changed while it runs stands in `Listeners`.
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
        super().__init__(library, mode, clock, port, state_file)
        self.latency_ms = latency_ms
        self.faults = Faults()
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self._log_lock = threading.Lock()
        self._in_flight = 0
        self._most_in_flight = 0
        self._arrived = 0
        nobody = User("", "", None)
        self._catalogue_only = Library(nobody, library.shared)  # what a token without a listener sees

    # Record and budgets

    @property
    def max_concurrent(self) -> int:
        """Return the most requests that were being served at once since the last clearing."""
        return self._most_in_flight

    def requests_of(self, account: Account | str | None = None) -> list[Request]:
        """Return what an account has asked so far, for tokens too."""
        wanted = self.account(account).account_id
        return [request for request in self.requests if request.account_id == wanted]

    def calls_by_account(self) -> dict[str, int]:
        """Return how many API calls each account has made so far, by its name, refused ones too."""
        made = Counter(request.account_id for request in list(self.requests) if request.kind == "api")
        return {account.name: made[account.account_id] for account in self.accounts.listeners}

    def clear_requests(self) -> None:
        """Empty the record."""
        with self._log_lock:
            self.requests.clear()
            self._most_in_flight = self._in_flight

    def rate_window(self, limit: int | None, seconds: float = 30) -> None:
        """Allow the app `limit` API calls in any `seconds` seconds, of all accounts; None switches the limit off."""
        with self.lock:
            self.app.rate_window = None if limit is None else RateWindow(limit, seconds)

    def daily_quota(
        self, calls: int | None = 600, group: Callable[[Request], str | None] | None = None
    ) -> None:
        """Allow the app `calls` API calls per group in any 24 hours, of all accounts; None switches the quota off.

        `group` names the bucket of a request, or None for a request that is not counted. By default each
        method and endpoint has a bucket of its own.
        """
        with self.lock:
            self.app.daily_quota = None if calls is None else DailyQuota(calls, group or endpoint_group)

    # Answering

    def _record(self, incoming: Incoming, path: str, query: str) -> Request:
        bare = path.removeprefix("/v1").rstrip("/") if path.startswith("/v1") else path.rstrip("/")
        kind = "image" if path.startswith("/image/") else KINDS.get(path.rstrip("/"), "api")
        template = ROUTER.template(incoming.method, bare) if kind == "api" else bare
        body = readable_body(incoming.body, incoming.headers.get("content-type", ""))
        account = self._who_asks(kind, incoming, body)
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
                account_id=account.account_id if account else None,
                in_flight=self._in_flight,
                max_concurrent=self._most_in_flight,
            )
            self.requests.append(request)
        return request

    def _who_asks(self, kind: str, incoming: Incoming, body: object) -> Account | None:
        """Whose request it is, by its bearer token, code or refresh token, also where that is good no more.

        Without the lock, which would keep requests from being served at once: it only looks.
        """
        if kind == "authorize":
            return self.accounts.signed_in
        if kind == "token":
            return self.accounts.who_asks(body) if isinstance(body, dict) else None
        token = self.accounts.access_tokens.get(bearer(incoming.headers))
        return token.account if token else None

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
            token = self._authenticate(request)
            if refusal := self.app.over_budget(request, self.now()):
                return refusal
            route, ids = ROUTER.find(request.method, request.path)
            call = Call(
                method=request.method,
                path=request.path,
                path_ids={name: unquote(text) for name, text in ids.items()},
                query=request.query,
                raw_body=request.raw_body,
                headers=request.headers,
                library=token.account.library if token.account else self._catalogue_only,
                mode=self.mode,
                api_url=self.api_url,
                scopes=token.scopes,
                now=self.now(),
                has_user=token.account is not None,
                cache=self._cache,
            )
            answer = answer_route(route, call)
            if request.method != "GET":
                self._save()
            return answer

    def _authenticate(self, request: Request) -> AccessToken:
        value = bearer(request.headers)
        if not value:
            raise _unauthorized("Missing/invalid/expired access token", "missing_token")
        token = self.accounts.access_tokens.get(value)
        if token is None or token.revoked:
            raise _unauthorized("Invalid access token", "invalid_token")
        if self.now() >= token.expires_at:
            raise _unauthorized("The access token expired", "invalid_token")
        self.app.check(token.account)
        return token


def bearer(headers: Mapping[str, str]) -> str:
    """The bearer token of a request; empty when there is none."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value if scheme.lower() == "bearer" else ""


def _unauthorized(message: str, error: str) -> ApiError:
    header = f'Bearer realm="spotify", error="{error}"'
    return ApiError(401, message, headers={"WWW-Authenticate": header})
