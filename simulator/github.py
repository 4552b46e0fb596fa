"""GitHub's REST API on loopback, as far as the watch asks it: a repository, its workflows and their runs, its issues.

As GitHub's reference says: tokens have permissions, lists have pages with a `Link` header, and what is not understood is
refused with 400, 404 or 422. What is there is plain objects, which a test changes as it likes.
"""

import json
import math
import re
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import parse_qsl, urlencode, urlsplit

from simulator.api.answers import Answer, json_answer
from simulator.server.transport import Incoming, LoopbackServer, Outcome

TOKEN = "a-token-of-github-actions"  # noqa: S105 - of nothing
LONGEST_TITLE, LONGEST_BODY, LONGEST_LABEL = 256, 65_536, 50  # characters
CONCLUSIONS = frozenset(
    {
        "success",
        "failure",
        "cancelled",
        "skipped",
        "timed_out",
        "action_required",
        "neutral",
        "stale",
        "startup_failure",
    }
)
Json = dict[str, object]
Handler = Callable[["GitHubSimulator", "Request", re.Match[str]], Answer]


@dataclass
class Request:
    """One request; `status` is that of its answer."""

    method: str
    path: str  # below /repos/<owner>/<name>
    query: dict[str, str]
    body: object
    status: int = 0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Workflow:
    """A workflow of the repository. `state`: active, disabled_manually, disabled_inactivity or disabled_fork."""

    file: str
    state: str = "active"
    name: str = ""


@dataclass
class Run:
    """A run of a workflow. `has_begun`: a machine has worked on it. Without a conclusion it is under way."""

    run_id: int
    file: str
    conclusion: str | None
    created_at: datetime
    event: str = "schedule"
    branch: str = "main"
    has_begun: bool = True


@dataclass
class Issue:
    """An issue, with its comments."""

    number: int
    title: str
    body: str | None
    labels: list[str]
    state: str = "open"
    state_reason: str | None = None
    comments: list[str] = field(default_factory=list)
    is_pull_request: bool = False


class Refusal(Exception):
    """An answer that is no success, in GitHub's form."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {message}")
        self.answer = json_answer(
            {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)},
            status,
            headers,
        )


class GitHubSimulator:
    """One repository. Use as a context manager, or `start()` and `stop()`."""

    def __init__(self, repository: str = "me/mirror", clock: Callable[[], datetime] | None = None) -> None:
        self.repository = repository
        self.is_private = True
        self.has_issues = True
        self.branch = "main"
        self.pushed_at = (clock or _now)()
        self.tokens: dict[str, dict[str, str]] = {
            TOKEN: {"contents": "read", "actions": "write", "issues": "write"}
        }
        self.workflows: dict[str, Workflow] = {}
        self.runs: list[Run] = []
        self.labels: dict[str, Json] = {}
        self.issues: list[Issue] = []
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self._answers: deque[tuple[str, Answer | None]] = deque()
        self._lock = threading.Lock()
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None

    # For tests

    def environment(self, token: str = TOKEN) -> dict[str, str]:
        """What GitHub Actions would set for a job of this repository."""
        return {"GITHUB_API_URL": self.api_url, "GITHUB_REPOSITORY": self.repository, "GITHUB_TOKEN": token}

    def add_workflows(self, *files: str) -> None:
        """Active workflows."""
        for file in files:
            self.workflows[file] = Workflow(file, name=file.removesuffix(".yml"))

    def add_run(self, file: str, conclusion: str | None, created_at: datetime, **more: object) -> Run:
        """A run of a workflow that is there."""
        if file not in self.workflows or conclusion not in {None, *CONCLUSIONS}:
            raise ValueError(f"no workflow {file!r}, or no conclusion {conclusion!r}")
        run = Run(len(self.runs) + 1001, file, conclusion, created_at, **more)  # type: ignore[arg-type] # as given
        self.runs.append(run)
        return run

    def open_issues(self) -> list[Issue]:
        """Those that are open, the oldest first."""
        return [issue for issue in self.issues if issue.state == "open"]

    def answer_next(self, match: str, answer: Answer | None) -> None:
        """Answer the next request whose `METHOD /path` has `match` in it so; None: end the connection."""
        self._answers.append((match, answer))

    def asked(self, *, writes_only: bool = False) -> list[str]:
        """The requests so far, as `METHOD /path`."""
        return [str(each) for each in self.requests if not writes_only or each.method != "GET"]

    # Life

    @property
    def api_url(self) -> str:
        """The address of the API."""
        assert self._server is not None, "not started"
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> "GitHubSimulator":
        """Listen on a free port."""
        self._server = LoopbackServer(0, self._respond)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End all connections and stop listening."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.close_connections()
            self._server.server_close()
            self._server = self._thread = None

    def __enter__(self) -> "GitHubSimulator":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Answering

    def _respond(self, incoming: Incoming) -> Outcome:
        parts = urlsplit(incoming.target)
        home = f"/repos/{self.repository}"
        path = parts.path.removeprefix(home) if parts.path.startswith(home) else f"elsewhere: {parts.path}"
        request = Request(incoming.method, path, dict(parse_qsl(parts.query)), None)
        with self._lock, self._recorded(request):
            if self._answers and self._answers[0][0] in str(request):
                _, answer = self._answers.popleft()
            else:
                answer = self._answer(incoming, request)
            request.status = answer.status if answer else 0
            return Outcome(answer)
        return Outcome(json_answer({"message": "Server Error"}, 500))

    @contextmanager
    def _recorded(self, request: Request) -> Iterator[None]:
        """A fault of this file must be seen: the tests look at `errors`."""
        self.requests.append(request)
        try:
            yield
        except Exception:  # noqa: BLE001 - it is kept, and answered with 500
            self.errors.append(traceback.format_exc())
            request.status = 500

    def _answer(self, incoming: Incoming, request: Request) -> Answer:
        try:
            permissions = self._permissions(incoming.headers)
            handler, needed, found = self._route(request)
            self._check(permissions, needed)
            request.body = _json_body(incoming.body)
            return handler(self, request, found)
        except Refusal as refusal:
            return refusal.answer

    def _route(self, request: Request) -> tuple[Handler, str, re.Match[str]]:
        for method, pattern, needed, handler in ROUTES:
            if method == request.method and (found := re.fullmatch(pattern, request.path)):
                return handler, needed, found
        raise Refusal(404, "Not Found")

    def _permissions(self, headers: dict[str, str]) -> dict[str, str]:
        if not headers.get("user-agent"):
            raise Refusal(403, "Request forbidden by administrative rules.")
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise Refusal(401, "Bad credentials")
        return self.tokens[token]

    def _check(self, permissions: dict[str, str], needed: str) -> None:
        """Reading what is public needs no permission."""
        what, _, how = needed.partition("=")
        if what == "metadata" or (how == "read" and not self.is_private):
            return
        if permissions.get(what) not in ({"write"} if how == "write" else {"read", "write"}):
            headers = {"X-Accepted-GitHub-Permissions": needed}
            raise Refusal(403, "Resource not accessible by integration", headers)

    def issue(self, number: str) -> Issue:
        """The issue of that number."""
        for issue in self.issues:
            if issue.number == int(number):
                return issue
        raise Refusal(404, "Not Found")

    def check_issues_are_on(self) -> None:
        """Refuse where the repository has none."""
        if not self.has_issues:
            raise Refusal(410, "Issues has been disabled in this repository.")

    def page(self, request: Request, entries: list[Json], key: str | None = None) -> Answer:
        """One page of a list."""
        size = _number(request.query, "per_page", 30, most=100)
        page = _number(request.query, "page", 1)
        pages = max(math.ceil(len(entries) / size), 1)
        shown = entries[(page - 1) * size : page * size]
        links = {"next": page + 1, "last": pages} if page < pages else {}
        base = f"{self.api_url}/repos/{self.repository}{request.path}"
        link = ", ".join(
            f'<{base}?{urlencode({**request.query, "page": number})}>; rel="{name}"'
            for name, number in links.items()
        )
        body: object = {"total_count": len(entries), key: shown} if key else shown
        return json_answer(body, 200, {"Link": link} if link else {})


# Endpoints


def _repository(github: GitHubSimulator, _request: Request, _found: re.Match[str]) -> Answer:
    return json_answer(
        {
            "full_name": github.repository,
            "private": github.is_private,
            "visibility": "private" if github.is_private else "public",
            "default_branch": github.branch,
            "has_issues": github.has_issues,
            "pushed_at": _text(github.pushed_at),
        }
    )


def _workflows(github: GitHubSimulator, request: Request, _found: re.Match[str]) -> Answer:
    entries: list[Json] = [
        {"id": number, "name": each.name, "path": f".github/workflows/{each.file}", "state": each.state}
        for number, each in enumerate(github.workflows.values(), start=1)
    ]
    return github.page(request, entries, "workflows")


def _enable(github: GitHubSimulator, _request: Request, found: re.Match[str]) -> Answer:
    _workflow(github, found).state = "active"
    return Answer(204)


def _runs(github: GitHubSimulator, request: Request, found: re.Match[str]) -> Answer:
    file, query = _workflow(github, found).file, request.query
    status = query.get("status", "")
    if status and status not in CONCLUSIONS | {"completed", "in_progress", "queued"}:
        raise Refusal(422, "Validation Failed")
    chosen = [
        run
        for run in sorted(github.runs, key=lambda run: run.created_at, reverse=True)
        if run.file == file
        and query.get("branch", run.branch) == run.branch
        and query.get("event", run.event) == run.event
        and status in ("", _status(run), run.conclusion)
    ]
    return github.page(request, [_run(run) for run in chosen], "workflow_runs")


def _jobs(github: GitHubSimulator, request: Request, found: re.Match[str]) -> Answer:
    for run in github.runs:
        if run.run_id == int(found[1]):
            step = {"name": "Set up job", "number": 1, "status": _status(run), "conclusion": run.conclusion}
            job: Json = {"id": run.run_id * 10, "run_id": run.run_id, "conclusion": run.conclusion}
            return github.page(request, [{**job, "steps": [step] if run.has_begun else []}], "jobs")
    raise Refusal(404, "Not Found")


def _issues(github: GitHubSimulator, request: Request, _found: re.Match[str]) -> Answer:
    github.check_issues_are_on()
    state, labels = request.query.get("state", "open"), request.query.get("labels", "")
    direction = request.query.get("direction", "desc")
    if state not in ("open", "closed", "all") or direction not in ("asc", "desc"):
        raise Refusal(422, "Validation Failed")
    wanted = {label for label in labels.split(",") if label}
    chosen = [
        issue for issue in github.issues if state in ("all", issue.state) and wanted <= set(issue.labels)
    ]
    return github.page(request, [_issue(each) for each in (chosen if direction == "asc" else chosen[::-1])])


def _open_issue(github: GitHubSimulator, request: Request, _found: re.Match[str]) -> Answer:
    github.check_issues_are_on()
    given = _object(request.body)
    title, body, labels = given.get("title"), given.get("body"), given.get("labels", [])
    _check_texts(title, body)
    if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
        raise Refusal(422, "Invalid request.\n\nFor 'links/0/schema', labels is not an array of names.")
    for label in labels:  # GitHub makes what is missing
        github.labels.setdefault(label, {"name": label, "color": "ededed", "description": None})
    number = len(github.issues) + 1
    issue = Issue(number, str(title), None if body is None else str(body), list(labels))
    github.issues.append(issue)
    return json_answer(_issue(issue), 201)


def _change_issue(github: GitHubSimulator, request: Request, found: re.Match[str]) -> Answer:
    github.check_issues_are_on()
    issue, given = github.issue(found[1]), _object(request.body)
    title, body = given.get("title", issue.title), given.get("body", issue.body)
    _check_texts(title, body)
    state, reason = given.get("state", issue.state), given.get("state_reason", issue.state_reason)
    if state not in ("open", "closed") or reason not in (None, "completed", "not_planned", "reopened"):
        raise Refusal(422, "Validation Failed")
    issue.title, issue.body = str(title), None if body is None else str(body)
    issue.state, issue.state_reason = str(state), None if reason is None else str(reason)
    return json_answer(_issue(issue))


def _comment(github: GitHubSimulator, request: Request, found: re.Match[str]) -> Answer:
    github.check_issues_are_on()
    issue, body = github.issue(found[1]), _object(request.body).get("body")
    if not isinstance(body, str) or not 0 < len(body) <= LONGEST_BODY:
        raise Refusal(422, "Validation Failed")
    issue.comments.append(body)
    return json_answer({"id": len(issue.comments), "body": body}, 201)


def _label(github: GitHubSimulator, _request: Request, found: re.Match[str]) -> Answer:
    if found[1] not in github.labels:
        raise Refusal(404, "Not Found")
    return json_answer(github.labels[found[1]])


def _new_label(github: GitHubSimulator, request: Request, _found: re.Match[str]) -> Answer:
    given = _object(request.body)
    name, color, description = given.get("name"), given.get("color", "ededed"), given.get("description", "")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_LABEL or name in github.labels:
        raise Refusal(422, "Validation Failed")
    if (
        not re.fullmatch("[0-9a-fA-F]{6}", str(color))
        or not isinstance(description, str)
        or len(description) > 100
    ):
        raise Refusal(422, "Validation Failed")
    github.labels[name] = {"name": name, "color": color, "description": description}
    return json_answer(github.labels[name], 201)


_FILE = r"/actions/workflows/([\w.-]+)"
ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("GET", "", "metadata=read", _repository),
    ("GET", "/actions/workflows", "actions=read", _workflows),
    ("GET", f"{_FILE}/runs", "actions=read", _runs),
    ("PUT", f"{_FILE}/enable", "actions=write", _enable),
    ("GET", r"/actions/runs/(\d+)/jobs", "actions=read", _jobs),
    ("GET", "/issues", "issues=read", _issues),
    ("POST", "/issues", "issues=write", _open_issue),
    ("PATCH", r"/issues/(\d+)", "issues=write", _change_issue),
    ("POST", r"/issues/(\d+)/comments", "issues=write", _comment),
    ("GET", r"/labels/([\w.-]+)", "issues=read", _label),
    ("POST", "/labels", "issues=write", _new_label),
)


# What is read, and what is said


def _json_body(raw: bytes) -> object:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None


def _object(body: object) -> Json:
    if not isinstance(body, dict):
        raise Refusal(422, "Invalid request.\n\nThe body is not an object.")
    return body


def _check_texts(title: object, body: object) -> None:
    if not isinstance(title, str) or not 0 < len(title) <= LONGEST_TITLE:
        raise Refusal(422, "Invalid request.\n\nFor 'properties/title', that is not a title.")
    if body is not None and (not isinstance(body, str) or len(body) > LONGEST_BODY):
        raise Refusal(422, f"Validation Failed: body is too long (maximum is {LONGEST_BODY} characters)")


def _number(query: dict[str, str], name: str, default: int, most: int = 10_000) -> int:
    """GitHub takes what it does not understand for the default."""
    given = query.get(name, "")
    return min(max(int(given), 1), most) if given.isdigit() else default


def _workflow(github: GitHubSimulator, found: re.Match[str]) -> Workflow:
    if found[1] not in github.workflows:
        raise Refusal(404, "Not Found")
    return github.workflows[found[1]]


def _status(run: Run) -> str:
    return "completed" if run.conclusion else "in_progress"


def _run(run: Run) -> Json:
    return {
        "id": run.run_id,
        "event": run.event,
        "status": _status(run),
        "conclusion": run.conclusion,
        "head_branch": run.branch,
        "created_at": _text(run.created_at),
    }


def _issue(issue: Issue) -> Json:
    more: Json = {"pull_request": {"url": ""}} if issue.is_pull_request else {}
    return {
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "labels": [{"name": name} for name in issue.labels],
        "comments": len(issue.comments),
        **more,
    }


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _now() -> datetime:
    return datetime.now(UTC)
