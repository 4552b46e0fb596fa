"""What an answer of the Web API says: whether it is JSON, the words of an error, and which of our errors that is."""

from utils.errors import ConsentError, NotFoundError, RefusedError, UnavailableError
from utils.spotify.consents import PUT_RIGHT_ELSEWHERE
from utils.spotify.lean_requests import requests


def has_json(response: requests.Response) -> bool:
    """True when the body is JSON, which is then parsed once and for all."""
    try:
        parsed = response.json()
    except (ValueError, RecursionError):
        return False
    response.json = lambda **_kwargs: parsed  # type: ignore[method-assign] # the client would parse it again
    return True


def error_text(response: requests.Response) -> tuple[str, str]:
    """(message, reason) of an error body, which may also be plain text, HTML or nothing."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return _one_line(str(error.get("message") or "")), str(error.get("reason") or "")
    if isinstance(error, str):
        return _one_line(error), ""
    return _one_line(response.text) if "<" not in response.text else "", ""


def _one_line(message: str) -> str:
    """As much of it as a log line and a column of `sync_history` can take, whatever it holds."""
    return " ".join(message[:200].replace("\x00", " ").encode(errors="replace").decode().split())


def refusal(method: str, path: str, response: requests.Response, login: str) -> Exception:
    """The typed error for an answer of 400 to 499 other than 429; `login`: the command that renews the consent."""
    status = response.status_code
    message, _ = error_text(response)
    said = f"{method} {path}: {status} {message}".strip()
    lowered = message.lower()
    if status == 401:
        return ConsentError(
            f"Spotify refuses even a fresh access token ({said}).",
            f"Run `{login}` to give consent again.",
            "suspect",
        )
    if status == 403 and "premium" in lowered:
        return ConsentError(
            "The Premium subscription of the app's owner has lapsed, so Spotify has stopped the app.",
            PUT_RIGHT_ELSEWHERE["premium_lapsed"],
            "premium_lapsed",
        )
    if status == 403 and "regist" in lowered:
        return ConsentError(
            "This Spotify account is not on the app's list of users.",
            PUT_RIGHT_ELSEWHERE["not_allowlisted"],
            "not_allowlisted",
        )
    if status == 403 and "scope" in lowered:
        return ConsentError(
            f"The consent does not cover this request ({said}).",
            f"Run `{login}` to give consent with all scopes.",
            "scope_missing",
        )
    if status == 403:
        return UnavailableError(said, status)
    if status == 404:
        return NotFoundError(said, status)
    return RefusedError(said, status)
