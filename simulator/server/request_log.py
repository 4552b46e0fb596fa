"""The record of what clients asked, for tests and for the control interface."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, unquote


@dataclass
class Request:
    """One request, recorded when it arrives; `status` is filled just before the answer is sent.

    `path` has neither the `/v1` of an API call nor a trailing slash. `body` is the decoded JSON, the form
    fields of a token request, the text of anything else, or None. `in_flight` counts the requests being
    served at that moment, this one included; `max_concurrent` is the highest such count since the last
    clearing. `status` stays None when the connection was reset without an answer. `account_id` is that of the account whose
    request it is, None where it is nobody's: an image, a token that was never issued, client credentials.
    """

    n: int
    at: datetime
    method: str
    path: str
    query: dict[str, str]
    body: object
    kind: str
    template: str
    raw_path: str
    raw_body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    account_id: str | None = None
    in_flight: int = 1
    max_concurrent: int = 1
    status: int | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """Forms of `METHOD /path?query` that a fault may match: with and without `/v1`, raw and decoded."""
        bare = self.raw_path.removeprefix("/v1")
        return tuple(f"{self.method} {path}" for path in (bare, self.raw_path, unquote(bare)))


def readable_body(raw: bytes, content_type: str) -> object:
    """Decode a body for the record."""
    if not raw:
        return None
    text = raw.decode("utf-8", "replace")
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        return json.loads(text)
    except ValueError:
        return text
