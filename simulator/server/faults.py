"""Trouble on order: what goes wrong between a client and Spotify, at a chosen request.

Spotify reference, "Transport, errors, limits": two kinds of 429, gateways answering plain text, HTML or
nothing, answers that arrive empty, cut or as broken JSON, and connections that end without an answer. And what
Spotify has not done yet: objects without an `id`.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from http import HTTPStatus

from simulator.api.answers import Answer, ApiError
from simulator.server.damage import emptied, renamed, spoilt, unreadable, with_floats, with_texts
from simulator.server.request_log import Request

KINDS = frozenset(
    {
        "rate_limit",
        "quota",
        "status",
        "reset",
        "slow",
        "truncated",
        "empty",
        "invalid_json",
        "lost_answer",
        "unreadable",
        "floats",
        "renamed",
        "texts",
        "emptied",
        "spoilt",
    }
)
INSTEAD = frozenset({"rate_limit", "quota", "status"})
DAMAGE = frozenset({"unreadable", "floats", "renamed", "texts", "emptied", "spoilt"})  # to the real answer
QUOTA_SECONDS = 48_925
MESSAGES = {401: "The access token expired", 403: "Forbidden", 404: "Resource not found"}
OPTIONS = {
    "rate_limit": {"retry_after", "body"},
    "quota": {"retry_after"},
    "status": {"status", "body", "message", "json", "retry_after"},
    "slow": {"seconds"},
    "unreadable": {"share", "item"},
    "renamed": {"names", "under"},
    "spoilt": {"values", "under", "place"},
}


@dataclass
class Fault:
    """One order. `times` None means always; the first `after` matching requests pass; `account_id` None fits everybody's."""

    kind: str
    match: str
    times: int | None
    after: int
    options: dict[str, object] = field(default_factory=dict)
    account_id: str | None = None

    def fits(self, request: Request) -> bool:
        """Tell whether the account's request has a line that contains `match`, or in which the regular expression finds it."""
        if self.account_id not in (None, request.account_id):
            return False
        lines = request.lines
        if any(self.match in line for line in lines):
            return True
        try:
            return any(re.search(self.match, line) for line in lines)
        except re.error:
            return False

    def answer(self) -> Answer:
        """Return the answer of a fault that replaces the real one."""
        if self.kind == "quota":
            return quota_answer(self.options.get("retry_after", QUOTA_SECONDS))
        if self.kind == "rate_limit":
            return rate_limit_answer(self.options.get("retry_after", 1), self.options.get("body", "json"))
        return self._status_answer()

    def damaged(self, answer: Answer) -> Answer:
        """Return the real answer as a fault of DAMAGE leaves it."""
        if self.kind == "floats":
            return with_floats(answer)
        if self.kind == "emptied":
            return emptied(answer)
        if self.kind == "texts":
            return with_texts(answer)
        if self.kind == "renamed":
            return renamed(answer, **self.options)  # type: ignore[arg-type] # checked in `add`
        if self.kind == "spoilt":
            return spoilt(answer, **self.options)  # type: ignore[arg-type] # likewise
        item = self.options.get("item")
        return unreadable(
            answer, float(str(self.options.get("share", 1.0))), None if item is None else int(str(item))
        )

    def _status_answer(self) -> Answer:
        status = int(str(self.options.get("status", 500)))
        body = self.options.get("body", "json")
        if "json" in self.options:
            answer = Answer(status, json.dumps(self.options["json"]).encode())
        elif body == "json":
            message = self.options.get("message", MESSAGES.get(status, HTTPStatus(status).phrase))
            answer = ApiError(status, str(message)).answer()
        elif body == "html":
            page = f"<html><head><title>{status}</title></head><body>Error {status}</body></html>"
            answer = Answer(status, page.encode(), content_type="text/html")
        elif body == "text":
            answer = Answer(status, HTTPStatus(status).phrase.encode(), content_type="text/plain")
        else:
            answer = Answer(status, b"")
        if "retry_after" in self.options:
            answer.headers["Retry-After"] = str(self.options["retry_after"])
        if status == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer realm="spotify", error="invalid_token"'
        return answer


class Faults:
    """The list of orders; the oldest that fits a request is carried out."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        kind: str,
        match: str = "",
        times: int | None = 1,
        after: int = 0,
        *,
        account_id: str | None = None,
        **options: object,
    ) -> None:
        """Order a fault, for everybody or for the requests of one account only.

        `match` is a part of, or a regular expression for, `METHOD /path?query`; empty fits every request.
        Kinds and their options: `rate_limit` (retry_after: seconds or None for no header; body: "json" or
        "text"), `quota` (retry_after), `status` (status, body: "json", "html", "text" or "empty", message,
        json: a whole body, retry_after), `reset`, `slow` (seconds), `truncated`, `empty`, `invalid_json`,
        `lost_answer`, `unreadable` (share: of an answer's items, from the first on, or item: only the one at this
        place, from 0; their `id` and `uri` are renamed), `floats` (for integers), `renamed` (names: old and new keys,
        under: only inside this key), `texts` (in place of items), `emptied` (pages without items and `next`, whose total stays), `spoilt` (values: of fields by their keys, under: only right
        inside this key, place: of a list there only the one at this place). From `truncated` on the request is carried out first.
        """
        if kind not in KINDS:
            raise ValueError(f"unknown kind of fault {kind!r}, known: {', '.join(sorted(KINDS))}")
        unknown = set(options) - OPTIONS.get(kind, set())
        if unknown:
            raise ValueError(f"{kind} has no option {', '.join(sorted(unknown))}")
        if kind == "unreadable":
            _check_unreadable(**options)
        if kind == "renamed":
            _check_renamed(**options)
        if kind == "spoilt":
            _check_spoilt(**options)
        with self._lock:
            self._orders.append(Fault(kind, match, times, after, dict(options), account_id))

    def clear(self) -> None:
        """Withdraw all orders."""
        with self._lock:
            self._orders.clear()

    def __len__(self) -> int:
        """Return how many orders are still open."""
        return len(self._orders)

    def take(self, request: Request) -> list[Fault]:
        """Return what to do to this request: any number of `slow`, and at most one other fault."""
        taken: list[Fault] = []
        if not self._orders:
            return taken
        with self._lock:
            for order in list(self._orders):
                if not order.fits(request):
                    continue
                if order.after > 0:
                    order.after -= 1
                    continue
                if order.times is not None:
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                taken.append(order)
                if order.kind != "slow":
                    break
        return taken


def _check_unreadable(share: object = 1.0, item: object = None) -> None:
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError("share must be a number from 0 to 1")
    if item is None:
        return
    if not isinstance(item, int) or item < 0:
        raise ValueError("item must be a whole number from 0 on")
    if share != 1:
        raise ValueError("share and item exclude each other")


def _check_renamed(names: object = None, under: object = None) -> None:
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in [*names, *names.values()]):
        raise ValueError("names must be old and new keys")
    if under is not None and not isinstance(under, str):
        raise ValueError("under must be a key")


def _check_spoilt(values: object = None, under: object = None, place: object = None) -> None:
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise ValueError("values must be fields by their keys")
    if under is not None and not isinstance(under, str):
        raise ValueError("under must be a key")
    if place is not None and (under is None or not isinstance(place, int)):
        raise ValueError("place must be a whole number, of a list under a key")


def rate_limit_answer(retry_after: object, body: object = "json") -> Answer:
    """429 of the 30 s window: JSON, or the 17 plain bytes some gateways send."""
    if body == "json":
        answer = ApiError(429, "API rate limit exceeded").answer()
    else:
        answer = Answer(429, b"Too many requests", content_type="text/plain")
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def quota_answer(retry_after: object) -> Answer:
    """429 of the daily quota."""
    answer = ApiError(429, "Too many requests", reason="QUOTA_EXCEEDED").answer()
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer
