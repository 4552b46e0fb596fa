"""Whether Spotify was reached at all: a failure of this machine's network is told apart from one of Spotify's."""

import re

from utils.errors import NoNetworkError, TransientError
from utils.spotify.lean_requests import requests, urllib3

_OF_THE_NETWORK = (
    "Check this machine's connection to the internet, its proxy and its clock; where other pages open, look at "
    "status.spotify.dev."
)
_OF_SPOTIFY = (
    "The trouble is Spotify's, or on the way there: the next run tries again. See status.spotify.dev."
)
_NOT_SECURE = "no secure connection can be made"
_NO_ANSWER = "no answer from the network"
_ERRNO = re.compile(r"\[Errno [^\]]+\] ([^')]+)")
_UNKNOWN_HOST = re.compile(r"Failed to resolve '([^']+)'")


def why_no_connection(error: requests.RequestException) -> str:
    """Why no connection was made, so that nothing was sent; empty where one was made and broke, or was silent."""
    if isinstance(error, requests.exceptions.SSLError):
        return _NOT_SECURE
    if isinstance(error, requests.exceptions.ProxyError):
        return f"{_NO_ANSWER}: the proxy cannot be used"
    if isinstance(error, requests.ConnectTimeout):
        return f"{_NO_ANSWER}: nobody answers there"
    met = (
        getattr(error.args[0], "reason", None) if error.args else None
    )  # what urllib3 met, behind its retries
    if not isinstance(met, urllib3.exceptions.NewConnectionError):
        return ""
    if host := _UNKNOWN_HOST.search(str(met)):
        return f"{_NO_ANSWER}: the host {host[1]} is not known"
    found = _ERRNO.search(str(met))
    return f"{_NO_ANSWER}: {found[1] if found else 'no connection can be made'}"


def no_proper_answer(message: str, problem: str) -> TransientError:
    """The error for a request that got none after all retries, by what was the matter with it."""
    kind = NoNetworkError if problem.startswith((_NO_ANSWER, _NOT_SECURE)) else TransientError
    return kind(message, _remedy_for(problem))


def _remedy_for(problem: str) -> str:
    """What to do about a request that got no proper answer, by what was the matter with it."""
    return _OF_THE_NETWORK if problem.startswith((_NO_ANSWER, _NOT_SECURE)) else _OF_SPOTIFY
