"""GitHub's REST API as the watch asks it, over real HTTP: what is sent, what is read, what is refused."""

import re
from datetime import timedelta

import pytest

from simulator.api.answers import Answer, json_answer
from simulator.github import TOKEN, GitHubSimulator
from simulator.github import Issue as IssueOnGitHub
from tests.clock import START
from utils.errors import ExitCode, SettingsError
from utils.github.api import GitHub, GitHubError


@pytest.fixture
def sim():
    with GitHubSimulator() as simulator:
        yield simulator
    assert simulator.errors == []


@pytest.fixture
def github(sim):
    return GitHub(sim.api_url, sim.repository, TOKEN)


def refused(call, *arguments: object) -> GitHubError:
    with pytest.raises(GitHubError) as caught:
        call(*arguments)
    assert TOKEN not in str(caught.value) + caught.value.remedy
    assert caught.value.exit_code == ExitCode.FAILED
    return caught.value


# What is read


def test_the_repository(sim, github) -> None:
    sim.is_private, sim.branch, sim.has_issues = False, "trunk", False
    said = github.repository()
    assert (said.is_private, said.branch, said.has_issues) == (False, "trunk", False)


def test_workflows_by_their_file(sim, github) -> None:
    sim.add_workflows("a.yml", "b.yml")
    sim.workflows["b.yml"].state = "disabled_inactivity"
    assert github.workflow_states() == {"a.yml": "active", "b.yml": "disabled_inactivity"}


def test_all_pages_are_read(sim, github) -> None:
    sim.add_workflows(*(f"{number:03}.yml" for number in range(230)))
    assert len(github.workflow_states()) == 230
    assert [request.query["page"] for request in sim.requests] == ["1", "2", "3"]


def test_the_token_does_not_follow_a_link_to_another_machine(sim, github) -> None:
    elsewhere = {"Link": '<http://127.0.0.1:9/steal?page=2>; rel="next"'}
    sim.answer_next("GET /issues", json_answer([], 200, elsewhere))
    assert github.open_issues("mirror") == []
    assert sim.asked() == ["GET /issues", "GET /issues"]


def test_a_list_without_an_end_is_not_read_for_ever(sim, github) -> None:
    for _ in range(30):
        sim.answer_next("GET /issues", json_answer([], 200, {"Link": '<x?page=2>; rel="next"'}))
    github.open_issues("mirror")
    assert len(sim.requests) == 10


def test_runs_that_have_ended_on_the_default_branch_the_newest_first(sim, github) -> None:
    sim.add_workflows("a.yml", "b.yml")
    first = sim.add_run("a.yml", "failure", START)
    last = sim.add_run("a.yml", "success", START + timedelta(hours=2), event="workflow_dispatch")
    sim.add_run("a.yml", None, START + timedelta(hours=3))
    sim.add_run("a.yml", "failure", START, branch="other")
    sim.add_run("b.yml", "failure", START)
    runs = github.last_runs("a.yml", "main")
    assert [(run.run_id, run.event, run.conclusion, run.created_at) for run in runs] == [
        (last.run_id, "workflow_dispatch", "success", START + timedelta(hours=2)),
        (first.run_id, "schedule", "failure", START),
    ]


def test_whether_a_run_has_begun(sim, github) -> None:
    sim.add_workflows("a.yml")
    begun, waited = (sim.add_run("a.yml", "cancelled", START, has_begun=each) for each in (True, False))
    assert github.has_begun(begun.run_id)
    assert not github.has_begun(waited.run_id)


def test_open_issues_with_the_label_and_no_pull_requests(sim, github) -> None:
    sim.issues = [
        IssueOnGitHub(1, "mine", "text", ["other", "mirror"]),
        IssueOnGitHub(2, "closed", "text", ["mirror"], state="closed"),
        IssueOnGitHub(3, "another label", "text", ["other"]),
        IssueOnGitHub(4, "a change", "text", ["mirror"], is_pull_request=True),
        IssueOnGitHub(5, "without text", None, ["mirror"]),
    ]
    found = github.open_issues("mirror")
    assert [(issue.number, issue.title, issue.body) for issue in found] == [
        (1, "mine", "text"),
        (5, "without text", ""),
    ]


# What is written


def test_an_issue_from_its_beginning_to_its_end(sim, github) -> None:
    number = github.open_issue("title", "body", "mirror")
    github.comment(number, "a word")
    github.change_issue(number, body="new")
    github.change_issue(number, state="closed", state_reason="completed")
    (issue,) = sim.issues
    assert (issue.number, issue.title, issue.body, issue.labels) == (number, "title", "new", ["mirror"])
    assert (issue.comments, issue.state, issue.state_reason) == (["a word"], "closed", "completed")


def test_a_label_is_made_once(sim, github) -> None:
    for _ in range(2):
        github.ensure_label("mirror", "d4a72c", "what it is")
    assert sim.labels == {"mirror": {"name": "mirror", "color": "d4a72c", "description": "what it is"}}
    assert sim.asked() == ["GET /labels/mirror", "POST /labels", "GET /labels/mirror"]


def test_a_workflow_is_switched_on(sim, github) -> None:
    sim.add_workflows("a.yml")
    sim.workflows["a.yml"].state = "disabled_inactivity"
    github.enable("a.yml")
    assert sim.workflows["a.yml"].state == "active"
    assert refused(github.enable, "b.yml").args[0] == (
        "GitHub refused PUT /actions/workflows/b.yml/enable: 404 Not Found."
    )


# What is refused


@pytest.mark.parametrize(
    "address",
    [
        "http://api.github.com",
        "ftp://api.github.com",
        "api.github.com",
        "",
        "https://",
        "http://127.0.0.1.nip.io",
    ],
)
def test_a_token_goes_to_https_or_loopback_only(address: str) -> None:
    with pytest.raises(SettingsError, match="GITHUB_API_URL is not an https URL"):
        GitHub(address, "me/mirror", TOKEN)


@pytest.mark.parametrize("name", ["mirror", "me/mirror/x", "", "me/", "../me/mirror", "me/mirror?x=1"])
def test_a_repository_has_an_owner_and_a_name(name: str) -> None:
    with pytest.raises(SettingsError, match="not owner/name"):
        GitHub("https://api.github.com", name, TOKEN)


def test_a_token_that_is_none(sim) -> None:
    error = refused(GitHub(sim.api_url, sim.repository, "another").repository)
    assert str(error) == "GitHub refused GET /: 401 Bad credentials."
    assert "GITHUB_TOKEN" in error.remedy


def test_the_permission_that_is_missing_is_named(sim) -> None:
    sim.tokens["reader"] = {"contents": "read", "issues": "read", "actions": "read"}
    github = GitHub(sim.api_url, sim.repository, "reader")
    assert github.open_issues("mirror") == []
    error = refused(github.open_issue, "title", "body", "mirror")
    assert str(error) == "GitHub refused POST /issues: 403 Resource not accessible by integration."
    assert error.remedy == "The job's token needs issues=write: see watch.yml."


def test_issues_that_are_switched_off(sim, github) -> None:
    sim.has_issues = False
    assert "General → Features → Issues" in refused(github.open_issues, "mirror").remedy


@pytest.mark.parametrize(
    ("status", "headers", "until"),
    [
        (
            403,
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795262400"},
            ", until 2026-11-21 12:00 UTC",
        ),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, ""),
        (429, {"Retry-After": "60"}, ""),
        (403, {"Retry-After": "60", "X-RateLimit-Reset": "9" * 40}, ""),
    ],
)
def test_a_limit_ends_it(sim, github, status, headers, until) -> None:
    sim.answer_next("GET", json_answer({"message": "API rate limit exceeded"}, status, headers))
    error = refused(github.repository)
    assert str(error) == f"GitHub wants no more requests for now{until}."
    assert len(sim.requests) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(502, b"<html>Unicorn!</html>", content_type="text/html"), "refused GET /: 502 Bad Gateway"),
        (json_answer({"message": "Server Error"}, 500), "refused GET /: 500 Server Error"),
        (json_answer([], 500), "refused GET /: 500 Internal Server Error"),
        (Answer(200, b"{'private"), "answered / with what is no JSON"),
        (json_answer({}), "about the repository cannot be read"),
        (json_answer([]), "about the repository cannot be read"),
        (json_answer(None), "about the repository cannot be read"),
        (
            json_answer({"private": 1, "default_branch": "", "has_issues": True}),
            "about the repository cannot be read",
        ),
        (Answer(200), "about the repository cannot be read"),
        (None, r"did not answer GET / \(ConnectionError\)"),
    ],
)
def test_an_answer_that_is_none(sim, github, answer, words) -> None:
    sim.answer_next("GET", answer)
    error = refused(github.repository)
    assert re.search(words, str(error)), error


@pytest.mark.parametrize(
    "body",
    [[1], [{"number": "1", "title": "t", "body": ""}], [{"title": "t"}], "text", {"message": "none"}, None],
)
def test_issues_that_cannot_be_read(sim, github, body) -> None:
    sim.answer_next("GET /issues", json_answer(body))
    refused(github.open_issues, "mirror")


@pytest.mark.parametrize("method", ["open_issue", "comment"])
def test_a_write_is_sent_once_whatever_comes_back(sim, github, method) -> None:
    sim.answer_next("POST", None)
    refused(getattr(github, method), *{"open_issue": ("t", "b", "mirror"), "comment": (1, "b")}[method])
    assert len(sim.requests) == 1


def test_a_write_is_not_sent_elsewhere(sim, github) -> None:
    sim.answer_next("POST", Answer(301, b"", {"Location": f"{sim.api_url}/repos/me/new/issues"}))
    assert "refused POST /issues: 301" in str(refused(github.open_issue, "t", "b", "mirror"))
    assert len(sim.requests) == 1


def test_an_entry_of_netrc_does_not_replace_the_token(sim, github, tmp_path, monkeypatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert github.repository().branch == "main"
