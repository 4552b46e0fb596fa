"""The simulated REST API of GitHub refuses what the real one refuses."""

import pytest
import requests

from simulator.api.answers import json_answer
from simulator.github import TOKEN, GitHubSimulator, Issue
from tests.clock import START

ISSUE = {"title": "t", "body": "b", "labels": ["mirror"]}


@pytest.fixture
def sim():
    with GitHubSimulator(clock=lambda: START) as simulator:
        simulator.add_workflows("a.yml")
        yield simulator
    assert simulator.errors == []


@pytest.fixture
def ask(sim):
    """`ask(method, path, token=…, **options)`: a bare request."""
    session = requests.Session()

    def send(method, path, token=TOKEN, **options):
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        address = f"{sim.api_url}/repos/{sim.repository}{path}"
        return session.request(method, address, headers=headers, timeout=60, **options)

    return send


def test_a_token_is_needed(sim, ask) -> None:
    assert ask("GET", "", token="another").status_code == 401
    assert ask("GET", "", headers={"Authorization": ""}).status_code == 401
    assert requests.get(f"{sim.api_url}/repos/me/mirror", timeout=60).status_code == 401


def test_a_client_says_who_it_is(ask) -> None:
    assert ask("GET", "", headers={"User-Agent": ""}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/actions/workflows", "actions=read"),
        ("GET", "/actions/workflows/a.yml/runs", "actions=read"),
        ("PUT", "/actions/workflows/a.yml/enable", "actions=write"),
        ("GET", "/issues", "issues=read"),
        ("POST", "/issues", "issues=write"),
        ("PATCH", "/issues/1", "issues=write"),
        ("POST", "/issues/1/comments", "issues=write"),
        ("POST", "/labels", "issues=write"),
    ],
)
def test_a_token_needs_the_permission(sim, ask, method, path, needed) -> None:
    sim.tokens["bare"] = {"contents": "read"}
    answer = ask(method, path, token="bare", json=ISSUE)
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")
    assert answer.headers["X-Accepted-GitHub-Permissions"] == needed
    what, _, how = needed.partition("=")
    if how == "write":
        sim.tokens["reader"] = {what: "read"}
        assert ask(method, path, token="reader", json=ISSUE).status_code == 403
    sim.is_private = False
    assert ask(method, path, token="bare", json=ISSUE).status_code == (200 if how == "read" else 403)
    assert sim.issues == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("DELETE", "/issues"),
        ("POST", "/actions/workflows/a.yml/enable"),
        ("PUT", "/actions/workflows/b.yml/enable"),
        ("GET", "/actions/workflows/b.yml/runs"),
        ("GET", "/actions/runs/1/jobs"),
        ("PATCH", "/issues/1"),
        ("POST", "/issues/1/comments"),
        ("GET", "/labels/none"),
        ("GET", "/../other/issues"),
    ],
)
def test_what_is_not_there_is_404(ask, method, path) -> None:
    answer = ask(method, path, json=ISSUE)
    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_another_repository_is_404(sim) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for path in ("/repos/me/other", "/user", "/", "/repos/me/mirrored"):
        assert requests.get(sim.api_url + path, headers=headers, timeout=60).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"title": ""},
        {"title": 3},
        {"title": "t" * 257},
        {"title": "t", "body": 3},
        {"title": "t", "body": "b" * 65_537},
        {"title": "t", "labels": "mirror"},
        {"title": "t", "labels": [1]},
    ],
)
def test_an_issue_that_is_none_is_422(sim, ask, body) -> None:
    assert ask("POST", "/issues", json=body).status_code == 422
    assert sim.issues == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/issues/1", {"state": "gone"}),
        ("PATCH", "/issues/1", {"title": None}),
        ("PATCH", "/issues/1", {"state": "closed", "state_reason": "done"}),
        ("POST", "/issues/1/comments", {}),
        ("POST", "/issues/1/comments", {"body": ""}),
        ("POST", "/labels", {"name": ""}),
        ("POST", "/labels", {"name": "old"}),
        ("POST", "/labels", {"name": "new", "color": "#ffffff"}),
        ("POST", "/labels", {"name": "new", "description": "d" * 101}),
    ],
)
def test_other_bodies_that_are_none_are_422(sim, ask, method, path, body) -> None:
    sim.issues = [Issue(1, "t", "b", [])]
    sim.labels["old"] = {"name": "old"}
    assert ask(method, path, json=body).status_code == 422
    assert (sim.issues, list(sim.labels)) == ([Issue(1, "t", "b", [])], ["old"])


def test_a_body_that_is_no_json_is_400(ask) -> None:
    assert ask("POST", "/issues", data=b"{").status_code == 400


def test_what_a_question_cannot_mean_is_422(ask) -> None:
    assert ask("GET", "/issues", params={"state": "gone"}).status_code == 422
    assert ask("GET", "/actions/workflows/a.yml/runs", params={"status": "gone"}).status_code == 422


def test_pages_and_their_links(sim, ask) -> None:
    sim.issues = [Issue(number, "t", "b", ["mirror"]) for number in range(1, 8)]
    query = {"labels": "mirror", "direction": "asc", "per_page": 3}
    numbers = []
    answer = ask("GET", "/issues", params=query)
    while True:
        numbers.append([issue["number"] for issue in answer.json()])
        if "next" not in answer.links:
            break
        assert answer.links["last"]["url"].endswith("page=3")
        answer = requests.get(
            answer.links["next"]["url"], headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60
        )
    assert numbers == [[1, 2, 3], [4, 5, 6], [7]]
    assert len(ask("GET", "/issues", params={"per_page": 1000}).json()) == 7
    assert ask("GET", "/issues", params={"page": 9}).json() == []


def test_the_newest_issue_comes_first_unless_asked_otherwise(sim, ask) -> None:
    sim.issues = [
        Issue(1, "t", "b", ["x", "y"]),
        Issue(2, "t", "b", ["x"]),
        Issue(3, "t", "b", [], state="closed"),
    ]
    assert [issue["number"] for issue in ask("GET", "/issues").json()] == [2, 1]
    assert [issue["number"] for issue in ask("GET", "/issues?labels=x,y").json()] == [1]
    assert [issue["number"] for issue in ask("GET", "/issues?state=all").json()] == [3, 2, 1]


def test_a_label_that_is_missing_is_made_with_the_issue(sim, ask) -> None:
    assert ask("POST", "/issues", json=ISSUE).json()["number"] == 1
    assert ask("GET", "/labels/mirror").json()["color"] == "ededed"


def test_without_issues_all_about_them_is_410(sim, ask) -> None:
    sim.issues, sim.has_issues = [Issue(1, "t", "b", [])], False
    asked = [("GET", "/issues"), ("POST", "/issues"), ("PATCH", "/issues/1"), ("POST", "/issues/1/comments")]
    assert [ask(method, path, json=ISSUE).status_code for method, path in asked] == [410] * 4
    assert ask("GET", "").json()["has_issues"] is False


def test_requests_are_recorded(sim, ask) -> None:
    ask("GET", "/issues?state=all")
    ask("POST", "/issues", json=ISSUE)
    ask("POST", "/labels", json=[])
    assert sim.asked() == ["GET /issues", "POST /issues", "POST /labels"]
    assert sim.asked(writes_only=True) == ["POST /issues", "POST /labels"]
    assert [(each.query, each.body, each.status) for each in sim.requests] == [
        ({"state": "all"}, None, 200),
        ({}, ISSUE, 201),
        ({}, [], 422),
    ]


def test_trouble_on_order(sim, ask) -> None:
    sim.answer_next("POST", json_answer({"message": "later"}, 503))
    sim.answer_next("GET /issues", None)
    assert ask("GET", "/issues").status_code == 200, "the first order is not for this one"
    assert ask("POST", "/issues", json=ISSUE).status_code == 503
    assert sim.issues == []
    with pytest.raises(requests.ConnectionError):
        ask("GET", "/issues")


@pytest.mark.parametrize(("file", "conclusion"), [("b.yml", "success"), ("a.yml", "done")])
def test_a_run_that_cannot_be_is_a_fault_of_the_test(sim, file, conclusion) -> None:
    with pytest.raises(ValueError, match=f"{file}|{conclusion}"):
        sim.add_run(file, conclusion, START)
