"""One call of the Web API as a route sees it: who asks, with which parameters, and pages of answers.

Spotify reference, "common shapes": an offset page is `{href, items, limit, next, offset, previous, total}`;
`limit` is 1 to 50 unless an endpoint says otherwise, and more is refused, never cut.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlencode

from simulator.api.answers import ApiError, bad_request
from simulator.api.payloads import Payloads
from simulator.world.catalogue import MARKETS
from simulator.world.identifiers import is_base62_id
from simulator.world.library import Library

DEVELOPMENT = "development"
EXTENDED = "extended"
Entry = TypeVar("Entry")


@dataclass
class Call:
    """An authorised request. `path` has neither the `/v1` nor a trailing slash."""

    method: str
    path: str
    path_ids: dict[str, str]
    query: dict[str, str]
    raw_body: bytes
    headers: dict[str, str]
    library: Library
    mode: str
    api_url: str
    scopes: frozenset[str]
    now: datetime
    has_user: bool = True
    cache: dict[object, object] = field(default_factory=dict)

    @cached_property
    def payloads(self) -> Payloads:
        """Objects to JSON, for this mode and this call's market."""
        return Payloads(self.library, self.api_url, self.mode == EXTENDED, self.market, self.cache)

    @cached_property
    def market(self) -> str | None:
        """The market asked for; None leaves all market fields out of the answer."""
        market = self.query.get("market")
        if market is None:
            return None
        if market == "from_token":
            self.need_scopes("user-read-private")
            return self.library.user.country
        if len(market) != 2 or not market.isalpha() or not market.isupper():
            raise bad_request("Invalid market code")
        if market not in MARKETS:
            raise bad_request("Invalid market code")
        return market

    def need_scopes(self, *scopes: str) -> None:
        """Refuse with 403 when the consent lacks one of `scopes`."""
        if not self.scopes.issuperset(scopes):
            raise ApiError(403, "Insufficient client scope")

    def path_id(self, name: str = "id") -> str:
        """Return an id of the path, refusing one that is not base62."""
        return checked_id(self.path_ids[name])

    def json_body(self) -> object:
        """Return the decoded JSON body; None when there is none."""
        if not self.raw_body.strip():
            return None
        try:
            return json.loads(self.raw_body)
        except ValueError:
            raise bad_request("Error parsing JSON.") from None

    def json_object(self) -> dict[str, object]:
        """Return the JSON body, which must be an object; `{}` when there is none."""
        body = self.json_body()
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise bad_request("Error parsing JSON.")
        return body

    def query_list(self, name: str, maximum: int) -> list[str]:
        """Return a comma separated parameter, refusing none and more than `maximum`."""
        text = self.query.get(name)
        if not text:
            raise bad_request(f"Missing required field: {name}")
        values = text.split(",")
        if len(values) > maximum:
            raise bad_request(f"Too many {name} requested")
        return values

    def query_ids(self, maximum: int) -> list[str]:
        """Return the parameter `ids`; one malformed id refuses all of them."""
        return [checked_id(value) for value in self.query_list("ids", maximum)]

    def number(self, name: str, default: int, lowest: int, highest: int | None) -> int:
        """Return a whole number between bounds; anything else is refused as `Invalid {name}`."""
        text = self.query.get(name)
        if text is None:
            return default
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise bad_request(f"Invalid {name}")
        value = int(text)
        if value < lowest or (highest is not None and value > highest):
            raise bad_request(f"Invalid {name}")
        return value

    def url(self, path: str | None = None, **parameters: object) -> str:
        """Return an address on this server with the request's other parameters."""
        others = {k: v for k, v in self.query.items() if k not in {"limit", "offset", "after", "before"}}
        query = urlencode({**parameters, **others})
        return f"{self.api_url}{path or self.path}" + (f"?{query}" if query else "")

    def page(
        self,
        entries: Sequence[Entry],
        payload: Callable[[Entry], object],
        *,
        maximum: int = 50,
        default: int = 20,
        highest_offset: int | None = None,
        total: int | None = None,
    ) -> dict[str, object]:
        """Return the offset page of `entries` that `limit` and `offset` ask for."""
        _ = self.market  # a bad market is refused even where the page turns out empty
        limit = self.number("limit", default, 1, maximum)
        offset = self.number("offset", 0, 0, highest_offset)
        total = len(entries) if total is None else total
        following, preceding = offset + limit, max(offset - limit, 0)
        return {
            "href": self.url(offset=offset, limit=limit),
            "limit": limit,
            "next": self.url(offset=following, limit=limit) if following < total else None,
            "offset": offset,
            "previous": self.url(offset=preceding, limit=limit) if offset > 0 else None,
            "total": total,
            "items": [payload(entry) for entry in entries[offset:following]],
        }


def checked_id(text: object) -> str:
    """Return `text` when it has the form of an id, else refuse with 400 `Invalid base62 id`."""
    if not is_base62_id(text):
        raise bad_request("Invalid base62 id")
    return str(text)
