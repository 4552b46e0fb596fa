"""What a route gives back, and how it becomes bytes."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus


class Fragment(str):
    """JSON text that is already encoded and is put into a larger answer as it is."""

    __slots__ = ()


@dataclass(slots=True)
class Answer:
    """A response: status, body and headers beyond the standard ones."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"


class ApiError(Exception):
    """A refusal in the Web API's error shape `{"error": {"status", "message", "reason"?}}`."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        reason: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message or HTTPStatus(status).phrase
        self.reason = reason
        self.headers = headers or {}

    def answer(self) -> Answer:
        """Return the refusal as a response."""
        error: dict[str, object] = {"status": self.status, "message": self.message}
        if self.reason:
            error["reason"] = self.reason
        return json_answer({"error": error}, self.status, self.headers)


def not_found() -> ApiError:
    """404 of an id that does not exist or may not be seen."""
    return ApiError(404, "Resource not found")


def forbidden() -> ApiError:
    """403 of an endpoint or list that this mode does not open."""
    return ApiError(403, "Forbidden")


def bad_request(message: str) -> ApiError:
    """400 with the given text."""
    return ApiError(400, message)


def json_answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """Return `value` encoded as UTF-8 JSON."""
    return Answer(status, encode(value).encode("utf-8", "surrogatepass"), dict(headers or {}))


def encode(value: object) -> str:
    """Encode to JSON text, putting each `Fragment` inside in place."""
    if isinstance(value, Fragment):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{encode(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def fragment(value: object) -> Fragment:
    """Encode a plain value once, to be put into many answers."""
    return Fragment(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
