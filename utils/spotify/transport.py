"""The one place where requests to Spotify are made: counted, paced, retried, and turned into typed errors.

A `requests.Session` whose retries are our own: what comes ready would sleep through a day-long Retry-After, and repeat POSTs. What
Spotify's answers mean: docs/spotify.md.
"""

import random
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol
from urllib.parse import urlsplit

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from utils.clock import Clock
from utils.database.statements import statement
from utils.errors import RateLimited, Stopped, UnknownOutcomeError
from utils.spotify.answers import error_text, has_json, refusal
from utils.spotify.lean_requests import requests
from utils.spotify.network import no_proper_answer, why_no_connection
from utils.spotify.retry_after import UNKNOWN_PAUSE, seconds_of
from utils.stopping import WRITE_S, GivenUp, in_own_thread

WORKERS = 4  # requests under way at once, where the listener has set nothing else
MOST_AT_ONCE = 8  # whatever is set
ATTEMPTS = 5  # of one request that gets no proper answer
TIMEOUT_S = (5.0, 30.0)  # to connect, to answer
BACKOFF_S = 0.5  # doubles with each attempt, with jitter
SHORT_PAUSE_S = 60.0  # a longer Retry-After is stored instead of waited out
SHORT_PAUSES = 5  # waited out for one request; then the pause is stored
_GROUPS = (
    ("plays", re.compile(r"/me/player(/|$)")),
    ("library", re.compile(r"/me/.+")),
    ("account", re.compile(r"/me/?$")),
    ("playlists", re.compile(r"/playlists(/|$)|/users/[^/]+/playlists")),
)


_ADD_CALLS = statement("api.add_calls")


def endpoint_group(path: str) -> str:
    """The quota group of a path such as `/me/tracks`: plays, library, account, playlists or catalogue.

    Spotify groups endpoints in quota buckets that it does not publish; these are ours, drawn so that a used-up
    library bucket does not stop play tracking.
    """
    return next((group for group, pattern in _GROUPS if pattern.match(path)), "catalogue")


class Auth(Protocol):
    """What knows the access token."""

    def get_access_token(self) -> str:
        """A token that is believed to be valid."""

    def renew(self, refused: str) -> str:
        """A new token in place of the refused one."""


@dataclass
class CallCount:
    """Requests of one endpoint group."""

    calls: int = 0
    errors: int = 0
    rate_limited: int = 0


class Transport(requests.Session):
    """Thread-safe: a few pages at a time are fetched through one instance."""

    def __init__(self, api_url: str, clock: Clock, seconds_left: Callable[[], float] | None = None) -> None:
        super().__init__()
        self.auth_source: Auth | None = None
        self.login = "./run login"  # the command that renews the consent
        self.on_wait: Callable[[str], None] = lambda _message: None
        self.on_answer: Callable[[str], None] = lambda _message: None  # in any thread
        self._api_path = urlsplit(api_url).path.rstrip("/")
        self._clock = clock
        self._seconds_left = seconds_left or (lambda: float("inf"))
        self._lock = threading.Lock()
        self._counts: MutableMapping[str, CallCount] = defaultdict(CallCount)
        self._storing: Mapping[str, CallCount] = {}
        self._total = 0
        self.made: Counter[str] = Counter()  # requests of each endpoint group, repeats included
        self._last_at = clock.now()  # when the last request was answered
        self._not_before = clock.now()
        self._pauses = 0  # in a row, of all threads together
        self._paused_at = clock.now()  # when the last one began
        self._interval_s = 0.0  # between two requests; grows with each 429, shrinks with success
        self._limits: dict[str, RateLimited] = {}
        self.auth = _leave_headers_alone  # keeps .netrc out
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=MOST_AT_ONCE, pool_block=True))

    @property
    def requests_made(self) -> int:
        """All requests so far, repeats included, token requests not."""
        return self._total

    @property
    def has_calls(self) -> bool:
        """Whether there are requests that are not stored yet."""
        with self._lock:
            return any(count.calls for count in self._counts.values())

    def store_calls(self, cursor: Cursor, client_id: str) -> None:
        """Add the requests that are not stored yet to `api_calls`; once that is committed: `calls_are_stored`."""
        with self._lock:
            self._storing = {group: replace(count) for group, count in self._counts.items() if count.calls}
        add_calls(cursor, client_id, self._storing, self._last_at)

    def calls_are_stored(self) -> None:
        """What `store_calls` has written last is committed."""
        with self._lock:
            for group, stored in self._storing.items():
                count = self._counts[group]
                count.calls -= stored.calls
                count.errors -= stored.errors
                count.rate_limited -= stored.rate_limited
            self._storing = {}

    def request(self, method: str, url: str, **kwargs: object) -> requests.Response:  # type: ignore[override] # keywords only
        """Send one request until it has a proper answer.

        Raises RateLimited, Stopped, ConsentError, TransientError, UnknownOutcomeError or RefusedError.
        """
        path = urlsplit(url).path.removeprefix(self._api_path)
        group = endpoint_group(path)
        kwargs.update(timeout=TIMEOUT_S, allow_redirects=False)
        failures = 0
        renewed = False
        while True:
            sent_at = self._wait_for_turn(group)
            self._check_stop(method)
            response, problem = self._send(method, url, group, kwargs)
            if response is not None and response.status_code == 429:
                self._pause(response, group, sent_at)
            elif response is not None and response.status_code == 401 and not renewed:
                renewed = True
                self._renew_token(kwargs)
            elif problem:
                failures += 1
                if method == "POST":
                    raise UnknownOutcomeError(f"POST {path}: {problem}; it may have been carried out.")
                self._check_stop(method)
                if failures == ATTEMPTS:
                    raise no_proper_answer(f"{method} {path}: {problem}, {ATTEMPTS} times in a row.", problem)
                self._sleep(BACKOFF_S * 2 ** (failures - 1) * random.uniform(0.5, 1.5), f"{path}: {problem}")  # noqa: S311 - jitter
            elif response is not None:
                if not response.ok:
                    raise refusal(method, path, response, self.login)
                self._interval_s = self._interval_s * 0.9 if self._interval_s > 0.01 else 0.0
                self._pauses = 0
                return response

    def _send(
        self, method: str, url: str, group: str, kwargs: dict[str, object]
    ) -> tuple[requests.Response | None, str]:
        """One attempt: the response, and what is wrong with it where a repeat may help."""
        response: requests.Response | None = None
        problem = ""
        begun = time.monotonic()
        send = super().request
        try:
            response = in_own_thread(
                lambda: send(method, url, **kwargs),  # type: ignore[arg-type] # as given by the client
                lambda: self._is_late(method),
            )
            if response.status_code >= 500:
                problem = f"status {response.status_code}"
            elif method == "GET" and response.status_code == 200 and not has_json(response):
                problem = "an answer that is not JSON"
        except GivenUp:
            problem = "given up, because the run was told to stop"
        except requests.Timeout as error:
            problem = why_no_connection(error) or "no answer in time"
        except requests.RequestException as error:
            problem = why_no_connection(error) or f"connection broken ({type(error).__name__})"
        said = problem or (str(response.status_code) if response is not None else "")
        path = urlsplit(url).path.removeprefix(self._api_path)
        self.on_answer(f"{method} {path}: {said}, {(time.monotonic() - begun) * 1000:.0f} ms")
        with self._lock:
            self._last_at = self._clock.now()
            self._total += 1
            self.made[group] += 1
            count = self._counts[group]
            count.calls += 1
            count.errors += bool(problem)
            count.rate_limited += response is not None and response.status_code == 429
        return response, problem

    def _is_late(self, method: str) -> bool:
        """Whether the run has to end without this: at once where it only reads, a little later where it changes something."""
        return self._clock.is_interrupted and (method == "GET" or self._clock.seconds_interrupted >= WRITE_S)

    def _check_stop(self, method: str) -> None:
        if self._is_late(method):
            raise Stopped(f"stopped by {self._clock.interrupted_by} while waiting for Spotify")

    def _wait_for_turn(self, group: str) -> datetime:
        """Hold the request back while Spotify wants none, and keep the distance that it taught us; when its turn came."""
        while True:
            with self._lock:
                limit = self._limits.get("*") or self._limits.get(group)
                if limit is not None:
                    raise limit
                now = self._clock.now()
                wait_s = (self._not_before - now).total_seconds()
                if wait_s <= 0:
                    self._not_before = now + timedelta(seconds=self._interval_s)
                    return now
            self._sleep(wait_s)

    def _pause(self, response: requests.Response, group: str, sent_at: datetime) -> None:
        """Wait a short 429 out, or raise RateLimited for a long one. Nothing else is asked meanwhile."""
        now = self._clock.now()
        pauses = self._count_pause(sent_at, now)
        message, reason = error_text(response)
        retry_after = seconds_of(response.headers.get("Retry-After"))
        quota = reason == "QUOTA_EXCEEDED"
        if retry_after is None and not quota and pauses <= SHORT_PAUSES:
            retry_after = float(2**pauses)  # 2 … 32 s: together more than the 30-second window
        short = retry_after is not None and retry_after <= min(SHORT_PAUSE_S, self._seconds_left())
        if quota or not short or pauses > SHORT_PAUSES or retry_after is None:
            until = now + (UNKNOWN_PAUSE if retry_after is None else timedelta(seconds=retry_after))
            limit = RateLimited(
                group if quota or retry_after is None or retry_after > SHORT_PAUSE_S else "*",
                "quota used up" if quota else f"rate limit ({message or 'no reason given'})",
                until,
            )
            with self._lock:
                self._limits[limit.group] = limit
            raise limit
        with self._lock:
            self._interval_s = min(max(self._interval_s * 2, 0.1), 2.0)
            self._not_before = max(self._not_before, now + timedelta(seconds=retry_after))
        self.on_wait(f"rate limit: waiting {retry_after:.0f} s")

    def _count_pause(self, sent_at: datetime, now: datetime) -> int:
        """How many pauses there have been in a row, of all threads together.

        Requests that were under way when a pause began have met the same limit, and do not count as another one.
        """
        with self._lock:
            if sent_at >= self._paused_at:
                self._pauses += 1
                self._paused_at = now
            return self._pauses

    def _sleep(self, seconds: float, why: str = "") -> None:
        if why:
            self.on_wait(f"{why}; again in {seconds:.1f} s")
        if self._clock.sleep(seconds):
            self._check_stop("GET")

    def _renew_token(self, kwargs: dict[str, object]) -> None:
        headers = kwargs.get("headers")
        if self.auth_source is None or not isinstance(headers, dict):
            raise RuntimeError("a request without a token was refused with 401")
        refused = str(headers.get("Authorization", "")).removeprefix("Bearer ")
        kwargs["headers"] = {**headers, "Authorization": f"Bearer {self.auth_source.renew(refused)}"}


def add_calls(cursor: Cursor, client_id: str, counts: Mapping[str, CallCount], at: datetime) -> None:
    """Add request counts, of which the last was made `at` that time, to the hour's rows of `api_calls`."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    rows = [
        (hour, client_id, group, count.calls, count.errors, count.rate_limited, at)
        for group, count in sorted(counts.items())
    ]
    if rows:
        execute_values(cursor, _ADD_CALLS, rows, page_size=len(rows))


def _leave_headers_alone(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
