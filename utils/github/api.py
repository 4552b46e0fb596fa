"""GitHub's REST API, as far as the watch needs it: a repository, its workflows and their runs, and its issues.

Nothing is asked twice: the watch comes again tomorrow.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from utils.config import is_safe_url
from utils.errors import JobError, SettingsError
from utils.spotify.lean_requests import requests

TIMEOUT_S = (5.0, 30.0)  # to connect, to answer
PER_PAGE = 100
_MOST_PAGES = 10
ISSUES_OFF = "Switch issues on: Settings → General → Features → Issues."
_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_ODD = "The next run tries again; if it stays so, look for an update of this repository."

T = TypeVar("T")
Query = Mapping[str, str | int]


class GitHubError(JobError):
    """GitHub has refused a request, or has not answered properly."""


@dataclass(frozen=True)
class Repository:
    """What GitHub says of a repository."""

    is_private: bool
    branch: str  # the default one, whose workflows are started by schedule
    has_issues: bool  # a fork has none until somebody switches them on


@dataclass(frozen=True)
class WorkflowRun:
    """A run that has come to its end. `event` started it; `conclusion`: success, failure, cancelled, skipped, …"""

    run_id: int
    event: str
    conclusion: str
    created_at: datetime


@dataclass(frozen=True)
class Issue:
    """An open issue."""

    number: int
    title: str
    body: str


class GitHub:
    """The REST API of one repository. Raises GitHubError where it refuses, or does not answer properly."""

    def __init__(self, api_url: str, repository: str, token: str) -> None:
        """Raise SettingsError for an address that a token must not go to, or a name that is none."""
        if not is_safe_url(api_url):
            raise SettingsError(
                "GITHUB_API_URL is not an https URL (http is for loopback only).",
                "Leave it out: GitHub sets it itself.",
            )
        if not _NAME.fullmatch(repository):
            raise SettingsError(
                f"GITHUB_REPOSITORY is {repository!r}, not owner/name.",
                "Leave it out: GitHub sets it itself.",
            )
        self._base = f"{api_url.rstrip('/')}/repos/{repository}"
        self._session = requests.Session()
        self._session.auth = _Bearer(token)  # an entry of .netrc would go before a mere header
        self._session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": "spotify-library-mirror",
            }
        )

    def repository(self) -> Repository:
        """The repository itself."""
        said = self._ask("GET", "")
        with _reading("the repository"):
            return Repository(
                is_private=_is(bool, said["private"]),
                branch=_is(str, said["default_branch"]),
                has_issues=_is(bool, said["has_issues"]),
            )

    def workflow_states(self) -> dict[str, str]:
        """File name → state: active, disabled_manually, disabled_inactivity or disabled_fork."""
        with _reading("the workflows"):
            return {
                _is(str, entry["path"]).rpartition("/")[2]: _is(str, entry["state"])
                for entry in self._pages("/actions/workflows", {}, "workflows")
            }

    def last_runs(self, file: str, branch: str) -> list[WorkflowRun]:
        """The runs of a workflow that have come to their end, the newest first; one page."""
        query: Query = {"status": "completed", "branch": branch, "per_page": PER_PAGE}
        said = self._ask("GET", f"/actions/workflows/{file}/runs", query=query)
        with _reading("runs"):
            return [
                WorkflowRun(
                    _is(int, entry["id"]),
                    str(entry["event"]),
                    str(entry["conclusion"]),
                    _moment(entry["created_at"]),
                )
                for entry in said["workflow_runs"]
            ]

    def has_begun(self, run_id: int) -> bool:
        """Whether a machine ever worked on a run: what was cancelled while it waited has no steps."""
        said = self._ask("GET", f"/actions/runs/{run_id}/jobs", query={"per_page": PER_PAGE})
        with _reading("jobs"):
            return any(job.get("steps") for job in said["jobs"])

    def enable(self, file: str) -> None:
        """Switch a workflow on, or begin anew GitHub's 60 days until it is switched off."""
        self._ask("PUT", f"/actions/workflows/{file}/enable")

    def open_issues(self, label: str) -> list[Issue]:
        """The open issues with a label, the oldest first."""
        query = {"labels": label, "state": "open", "sort": "created", "direction": "asc"}
        with _reading("issues"):
            return [
                Issue(_is(int, entry["number"]), _is(str, entry["title"]), entry["body"] or "")
                for entry in self._pages("/issues", query)
                if "pull_request" not in entry
            ]

    def ensure_label(self, name: str, color: str, description: str) -> None:
        """Create a label unless it is there."""
        if not self._is_there(f"/labels/{name}"):
            self._ask("POST", "/labels", {"name": name, "color": color, "description": description})

    def open_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue; its number."""
        said = self._ask("POST", "/issues", {"title": title, "body": body, "labels": [label]})
        with _reading("the new issue"):
            return _is(int, said["number"])

    def change_issue(self, number: int, **fields: str) -> None:
        """Change title, body or state of an issue."""
        self._ask("PATCH", f"/issues/{number}", fields)

    def comment(self, number: int, body: str) -> None:
        """Add a comment to an issue."""
        self._ask("POST", f"/issues/{number}/comments", {"body": body})

    def _pages(self, path: str, query: Query, key: str | None = None) -> Iterator[Any]:
        """The entries of all pages. GitHub's addresses of further pages are not followed: the token stays here."""
        for page in range(1, _MOST_PAGES + 1):
            response = self._request("GET", path, query={**query, "per_page": PER_PAGE, "page": page})
            said = _json(response, path)
            yield from said[key] if key else said
            if "next" not in response.links:
                return

    def _is_there(self, path: str) -> bool:
        return self._request("GET", path, none_is_fine=True).status_code != 404

    def _ask(self, method: str, path: str, body: object = None, query: Query | None = None) -> Any:
        response = self._request(method, path, body, query)
        return _json(response, path) if response.content else None

    def _request(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Query | None = None,
        *,
        none_is_fine: bool = False,
    ) -> requests.Response:
        what = f"{method} {path or '/'}"
        try:
            response = self._session.request(
                method,
                self._base + path,
                json=body,
                params=query,
                timeout=TIMEOUT_S,
                # A write that is sent elsewhere would become a GET.
                allow_redirects=method == "GET",
            )
        except requests.RequestException as error:
            raise GitHubError(
                f"GitHub did not answer {what} ({type(error).__name__}).", "The next run tries again."
            ) from None
        if 200 <= response.status_code < 300 or (none_is_fine and response.status_code == 404):
            return response
        raise _refusal(response, what)


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """What the block reads is refused where it is not as GitHub's reference says."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GitHubError(f"GitHub's answer about {what} cannot be read.", _ODD) from error


def _json(response: requests.Response, path: str) -> Any:
    try:
        return response.json()
    except ValueError:
        raise GitHubError(f"GitHub answered {path or '/'} with what is no JSON.", _ODD) from None


def _is(kind: type[T], value: object) -> T:
    if type(value) is not kind:  # True would be an int
        raise TypeError(f"no {kind.__name__}")
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment


def _refusal(response: requests.Response, what: str) -> GitHubError:
    """What an answer means that is no success, and what to do about it."""
    status, headers = response.status_code, response.headers
    if status in (403, 429) and (headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers):
        return GitHubError(
            f"GitHub wants no more requests for now{_until(headers)}.", "The next run tries again."
        )
    try:
        said = str(response.json()["message"])[:200]
    except (ValueError, KeyError, TypeError):
        said = response.reason or ""
    message = f"GitHub refused {what}: {status} {said}".rstrip(". ") + "."
    if status == 401:
        return GitHubError(message, "GITHUB_TOKEN has ended, or is none.")
    if status == 403:
        needed = headers.get("x-accepted-github-permissions", "more permissions")
        return GitHubError(message, f"The job's token needs {needed}: see watch.yml.")
    if status == 410:
        return GitHubError(message, ISSUES_OFF)
    return GitHubError(message, _ODD)


def _until(headers: Mapping[str, str]) -> str:
    reset = headers.get("x-ratelimit-reset", "")
    return (
        f", until {datetime.fromtimestamp(int(reset), UTC):%Y-%m-%d %H:%M} UTC"
        if reset.isdigit() and len(reset) < 12
        else ""
    )
