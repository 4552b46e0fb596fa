"""What is said on GitHub: one issue per subject, opened, kept up to date, closed; and schedules that are kept alive."""

import re
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import yaml

from reports import tell_github
from reports.watch.report import WatchedSchedule, WatchReport
from simulator.api.answers import json_answer
from simulator.github import TOKEN, GitHubSimulator
from simulator.github import Issue as IssueOnGitHub
from tests.clock import START, FakeClock
from utils import ROOT
from utils.errors import ExitCode, Status
from utils.github.schedules import schedules

SCHEDULES = schedules()
FILES = [schedule.file for schedule in SCHEDULES]
MASTER, PLAYS, LISTS = "00_master_sync.yml", "track_plays.yml", "update_dynamic_playlists.yml"
WATCH = "watch.yml"
ENDS = START + timedelta(days=100)
ALL_ON = tuple(WatchedSchedule(each.file, each.default, 6, 6, START) for each in SCHEDULES if each.default)
WELL = WatchReport(ALL_ON, ENDS)
# What a run reads where nothing is wrong: the repository, its workflows, their runs but for the watch's own, the issues.
READ = 3 + len(FILES) - 1


class Watch:
    """A repository on GitHub, and the second job of watch.yml."""

    def __init__(self, github: GitHubSimulator, monkeypatch, capsys, folder) -> None:
        self.github, self.monkeypatch, self.capsys = github, monkeypatch, capsys
        self.clock = FakeClock()
        self.summary = folder / "summary.md"
        github.is_private = True
        github.add_workflows(*FILES, "ci.yml")

    def tell(
        self,
        report: WatchReport | str | None = WELL,
        result: str = "success",
        **environ: str,
    ) -> int:
        """Run it, some time later; its exit code. `said` is what it said, `written` what it wrote."""
        self.github.requests.clear()
        text = report.to_json() if isinstance(report, WatchReport) else report or ""
        given = {
            "ENV_FILE": "",
            "GITHUB_ACTIONS": "true",
            "GITHUB_RUN_ID": "77",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "REPORT": text,
            "LOOK_RESULT": result,
            "SCHEDULES": "on",
            **self.github.environment(),
            **environ,
        }
        with self.monkeypatch.context() as patch:
            for name, value in given.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["tell_github"])
            code = tell_github.main(self.clock)
        self.clock.pass_time(days=1)
        said = self.capsys.readouterr()
        assert TOKEN not in said.out + said.err
        self.said = said.out + said.err
        return code

    @property
    def written(self) -> list[str]:
        return self.github.asked(writes_only=True)

    @property
    def issue(self) -> IssueOnGitHub:
        (issue,) = self.github.open_issues()
        return issue

    def runs(self, file: str, *conclusions: str, **more: object) -> None:
        """Runs of a workflow, the last one just now."""
        for back, conclusion in enumerate(reversed(conclusions), start=1):
            self.github.add_run(file, conclusion, self.clock.moment - timedelta(minutes=10 * back), **more)


@pytest.fixture
def watch(monkeypatch, capsys, tmp_path):
    with GitHubSimulator() as github:
        yield Watch(github, monkeypatch, capsys, tmp_path)
    assert github.errors == []


def seen(file: str, **more: object) -> WatchedSchedule:
    given = {"cron": "7 7 * * *", "planned": 6, "seen": 6, "last_seen_at": START, **more}
    return WatchedSchedule(file, **given)


def report(*schedules: WatchedSchedule, **more: object) -> WatchReport:
    return WatchReport(schedules or ALL_ON, **{"consent_ends_at": ENDS, **more})


def stopped(file: str = MASTER, **more: object) -> WatchReport:
    return report(seen(file, has_stopped=True, last_seen_at=START - timedelta(days=3), **more))


# Nothing is wrong


def test_where_all_is_well_nothing_is_written(watch) -> None:
    for file in FILES:
        watch.runs(file, "failure", "failure", "success")
    assert watch.tell() == ExitCode.OK
    assert watch.written == []
    assert len(watch.github.requests) == READ
    assert watch.github.issues == []


def test_a_repository_without_any_run_is_well(watch) -> None:
    assert watch.tell() == ExitCode.OK
    assert watch.github.issues == []


# Runs that fail


def test_three_failures_in_a_row_are_one_issue(watch) -> None:
    watch.runs(PLAYS, "success", "failure", "failure")
    assert watch.tell() == ExitCode.OK
    assert watch.github.issues == [], "twice may be an accident"
    watch.runs(PLAYS, "failure")
    assert watch.tell() == ExitCode.OK
    assert watch.written == ["POST /labels", "POST /issues"]
    assert (watch.issue.title, watch.issue.labels) == ("Runs fail again and again", ["mirror"])
    last = watch.github.runs[-1]
    assert f"https://github.com/me/mirror/actions/runs/{last.run_id}" in watch.issue.body
    assert "Track plays (`track_plays.yml`)" in watch.issue.body
    assert "2026-11-22 11:50 UTC" in watch.issue.body
    watch.runs(PLAYS, "failure", "failure", "failure")
    assert watch.tell() == ExitCode.OK
    assert watch.written == ["PATCH /issues/1"], "the link to the last run; nobody is called again"
    assert f"runs/{watch.github.runs[-3].run_id}" in watch.issue.body
    assert watch.issue.comments == []


def test_where_nothing_has_changed_nothing_is_written(watch) -> None:
    watch.runs(PLAYS, "failure", "failure", "failure")
    watch.tell()
    assert watch.tell() == ExitCode.OK
    assert watch.written == []
    assert len(watch.github.requests) == READ


def test_another_workflow_that_fails_is_said_in_a_comment(watch) -> None:
    watch.runs(PLAYS, "failure", "failure", "failure")
    watch.tell()
    watch.runs(LISTS, "failure", "failure", "failure")
    watch.tell()
    assert watch.written == ["POST /issues/1/comments", "PATCH /issues/1"]
    (comment,) = watch.issue.comments
    assert LISTS in comment
    assert "<!--" not in comment
    assert PLAYS in watch.issue.body
    assert LISTS in watch.issue.body


def test_a_success_closes_it_with_a_comment(watch) -> None:
    watch.runs(PLAYS, "failure", "failure", "failure")
    watch.tell()
    watch.runs(PLAYS, "success")
    assert watch.tell() == ExitCode.OK
    assert watch.written == ["POST /issues/1/comments", "PATCH /issues/1"]
    (issue,) = watch.github.issues
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    assert issue.comments == [
        "It is over, as [this run](https://github.com/me/mirror/actions/runs/77) has seen."
    ]
    watch.tell()
    assert watch.written == []


def test_a_second_time_is_a_new_issue(watch) -> None:
    for conclusion in ("failure", "success", "failure"):
        watch.runs(PLAYS, *[conclusion] * 3)
        watch.tell()
    assert [issue.state for issue in watch.github.issues] == ["closed", "open"]


@pytest.mark.parametrize(
    ("conclusions", "is_failing"),
    [
        (["failure", "timed_out", "startup_failure"], True),
        (["failure", "skipped", "failure", "skipped", "skipped", "failure", "skipped"], True),
        (["failure", "failure", "neutral", "failure"], True),
        (["failure", "success", "failure", "failure"], False),
        (["skipped", "skipped", "skipped"], False),
        (["action_required", "stale", "neutral"], False),
    ],
)
def test_what_counts_as_failed(watch, conclusions, is_failing) -> None:
    """Of the runs that another cron line started, each is skipped."""
    watch.runs(PLAYS, *conclusions)
    watch.tell()
    assert bool(watch.github.issues) is is_failing


def test_a_run_that_took_too_long_has_failed_one_that_waited_has_not(watch) -> None:
    """GitHub calls both cancelled."""
    watch.runs(PLAYS, *["cancelled"] * 3, has_begun=False)
    watch.tell()
    assert watch.github.issues == []
    watch.runs(PLAYS, *["cancelled"] * 3)
    watch.tell()
    assert watch.issue.title == "Runs fail again and again"


def test_about_runs_that_waited_few_questions_are_asked(watch) -> None:
    """A run that goes on looking for plays for hours leaves many of them."""
    watch.runs(PLAYS, "success", *["cancelled"] * 40, has_begun=False)
    watch.tell()
    assert len([line for line in watch.github.asked() if line.endswith("/jobs")]) == 10


def test_only_the_default_branch_and_scheduled_workflows_count(watch) -> None:
    watch.runs(PLAYS, *["failure"] * 3, branch="other")
    watch.runs("ci.yml", *["failure"] * 3)
    watch.tell()
    assert watch.github.issues == []


def test_failures_of_last_month_are_forgotten(watch) -> None:
    watch.runs(PLAYS, *["failure"] * 3)
    watch.tell()
    watch.clock.pass_time(days=31)
    watch.tell()
    assert watch.github.open_issues() == []


def test_a_run_started_from_outside_counts_too(watch) -> None:
    watch.runs(PLAYS, *["failure"] * 3, event="repository_dispatch")
    watch.tell()
    assert PLAYS in watch.issue.body


# Schedules that are not kept


def test_a_schedule_that_has_stopped_is_told_and_closed_when_it_runs(watch) -> None:
    assert watch.tell(stopped()) == ExitCode.OK
    assert watch.issue.title == "Schedules are not kept"
    assert "(`00_master_sync.yml`) has not run since 2026-11-18 12:00 UTC" in watch.issue.body
    watch.tell(stopped())
    assert watch.written == []
    watch.tell()
    assert watch.github.open_issues() == []


def test_what_never_ran_is_told_likewise(watch) -> None:
    watch.tell(report(seen(MASTER, has_stopped=True, last_seen_at=None)))
    assert "(`00_master_sync.yml`) has not run so far" in watch.issue.body


def test_a_schedule_whose_runs_fail_before_their_scripts_has_not_stopped(watch) -> None:
    watch.runs(MASTER, "failure")
    watch.tell(stopped())
    assert watch.github.issues == []


@pytest.mark.parametrize(
    ("conclusion", "event", "days_ago"),
    [("skipped", "schedule", 0), ("failure", "workflow_dispatch", 0), ("success", "schedule", 4)],
)
def test_another_cron_line_a_start_by_hand_or_an_older_run_do_not_hide_it(
    watch, conclusion, event, days_ago
) -> None:
    watch.github.add_run(MASTER, conclusion, START - timedelta(days=days_ago), event=event)
    watch.tell(stopped())
    assert watch.issue.title == "Schedules are not kept"


def test_a_variable_that_names_no_cron_line_is_told(watch) -> None:
    watch.tell(report(WatchedSchedule(PLAYS, None)))
    assert "the variable `PLAYS_CRON` names none of its cron lines" in watch.issue.body
    for cron in next(each.crons for each in SCHEDULES if each.file == PLAYS):
        assert f"`{cron}`" in watch.issue.body


@pytest.mark.parametrize("state", ["disabled_manually", "disabled_inactivity", "disabled_fork"])
def test_a_workflow_that_is_switched_off_is_told(watch, state) -> None:
    watch.github.workflows[LISTS].state = state
    watch.tell()
    assert f"switched off on GitHub (`{state}`)" in watch.issue.body
    assert "set the variable `LISTS_CRON` to `off`" in watch.issue.body
    watch.github.workflows[LISTS].state = "active"
    watch.tell()
    assert watch.github.open_issues() == []


def test_a_workflow_that_nobody_wants_may_be_switched_off(watch) -> None:
    """Its variable is `off`, or there are no schedules: then the report does not name it."""
    watch.github.workflows[LISTS].state = "disabled_manually"
    watch.tell(report(*(each for each in ALL_ON if each.file != LISTS)))
    watch.tell(WatchReport((), ENDS), SCHEDULES="")
    assert watch.github.issues == []


def test_what_changes_in_kind_is_said_in_a_comment(watch) -> None:
    watch.tell(stopped())
    watch.github.workflows[MASTER].state = "disabled_manually"
    watch.tell(stopped())
    assert watch.written == ["POST /issues/1/comments", "PATCH /issues/1"]
    assert "switched off on GitHub" in watch.issue.comments[0]


# The consent


def test_a_consent_from_thirty_days_before_its_end_to_the_next_one(watch) -> None:
    ends = START + timedelta(days=31)
    comments = []
    for _ in range(33):
        assert watch.tell(report(consent_ends_at=ends)) == ExitCode.OK
        if watch.github.issues:
            comments.append(len(watch.issue.comments))
    # Opened with 30 days left; a comment with 7, and one when it is over.
    assert comments == [0] * 23 + [1] * 8 + [2]
    assert watch.issue.title == "The consent to read Spotify ends"
    assert "ends on 2026-12-22, within 7 days" in watch.issue.comments[0]
    assert "The consent is over" in watch.issue.comments[1]
    assert "./run login" in watch.issue.body
    assert len(watch.github.issues) == 1

    watch.tell(report(consent_ends_at=ends + timedelta(days=180)))
    (issue,) = watch.github.issues
    assert issue.state == "closed"
    assert len(issue.comments) == 3


def test_while_the_days_go_by_nothing_is_written(watch) -> None:
    watch.tell(report(consent_ends_at=START + timedelta(days=25)))
    watch.tell(report(consent_ends_at=START + timedelta(days=25)))
    assert watch.written == []


def test_a_consent_that_was_withdrawn_is_over(watch) -> None:
    watch.tell(report(is_consent_over=True))
    assert "The consent is over" in watch.issue.body


def test_who_renews_a_stored_consent_needs_nothing_of_github(watch) -> None:
    ends = START + timedelta(days=5)
    watch.tell(report(consent_ends_at=ends, logins=("./run login --user NAME",)))
    assert "Run `./run login --user NAME`: the new one is stored" in watch.issue.body
    assert "SPOTIFY_REFRESH_TOKEN" not in watch.issue.body
    watch.tell(report(consent_ends_at=ends, logins=("./run login", "./run login --user NAME")))
    assert "Run `./run login`, and put" in watch.issue.body
    assert "Run `./run login --user NAME`" in watch.issue.body


def test_a_consent_of_which_nothing_is_known_leaves_the_issue_as_it_is(watch) -> None:
    watch.tell(report(consent_ends_at=START + timedelta(days=5)))
    watch.tell(report(consent_ends_at=None))
    assert watch.written == []
    assert len(watch.github.open_issues()) == 1


# The look


@pytest.mark.parametrize("result", ["failure", "cancelled"])
def test_where_the_look_has_failed_that_is_told_and_the_rest_stays(watch, result) -> None:
    watch.tell(stopped())
    watch.runs(PLAYS, *["failure"] * 3)
    assert watch.tell(None, result) == ExitCode.OK
    titles = [issue.title for issue in watch.github.open_issues()]
    assert titles == ["Schedules are not kept", "The watch cannot look", "Runs fail again and again"]
    assert "https://github.com/me/mirror/actions/runs/77" in watch.github.open_issues()[1].body
    watch.tell(stopped())
    titles = [issue.title for issue in watch.github.open_issues()]
    assert titles == ["Schedules are not kept", "Runs fail again and again"]


def test_a_report_that_did_not_arrive_is_said_and_changes_nothing(watch) -> None:
    watch.tell(stopped())
    assert watch.tell(None) == ExitCode.OK
    assert watch.written == []
    assert "::warning::tell_github: no report has come" in watch.said
    assert [issue.title for issue in watch.github.open_issues()] == ["Schedules are not kept"]


def test_from_the_look_to_the_issue(watch, small_world, rows, tmp_path) -> None:
    """The first job of watch.yml, its output, and the second."""
    world = small_world()
    output = tmp_path / "output"
    world.extra |= {"SCHEDULES": "on", "GITHUB_OUTPUT": str(output), "PLAYS_CRON": "never"}
    for job in ("init_db", "sync_liked_tracks"):
        rows.add(
            "sync_history",
            user_id="u",
            run_id="1" * 32,
            job=job,
            started_at=START - timedelta(days=4),
            status="done",
        )
    rows.do("UPDATE users SET authorized_at = %s", datetime.fromisoformat("2026-05-25T12:00Z"))
    assert world.run("reports.check_schedules", clock=watch.clock).status is Status.DONE
    assert watch.tell(output.read_text(encoding="utf-8").strip().removeprefix("report=")) == ExitCode.OK
    by_title = {issue.title: issue.body for issue in watch.github.open_issues()}
    assert set(by_title) == {"Schedules are not kept", "The consent to read Spotify ends"}
    assert "has not run since 2026-11-17 12:00 UTC" in by_title["Schedules are not kept"]
    assert "the variable `PLAYS_CRON`" in by_title["Schedules are not kept"]
    assert "ends on 2026-11-25, within 7 days" in by_title["The consent to read Spotify ends"]


# Issues that are found again


def test_the_issue_is_known_by_its_label_and_its_marker(watch) -> None:
    watch.tell(stopped())
    mine = watch.issue
    watch.github.issues.insert(0, IssueOnGitHub(8, "Schedules are not kept", "of a person", ["mirror"]))
    watch.github.issues.insert(0, IssueOnGitHub(9, "a copy", mine.body, ["other"]))
    watch.tell()
    assert [issue.state for issue in watch.github.issues] == ["open", "open", "closed"]


def test_it_is_found_behind_a_hundred_others(watch) -> None:
    watch.github.issues = [IssueOnGitHub(number, "x", "y", ["mirror"]) for number in range(1, 131)]
    watch.tell(stopped())
    watch.tell(stopped())
    assert watch.written == []
    assert len(watch.github.issues) == 131


def test_a_text_that_somebody_has_edited_is_put_right(watch) -> None:
    watch.tell(stopped())
    body = watch.issue.body
    watch.issue.body = body.replace("\n", "\r\n").strip()
    watch.tell(stopped())
    assert watch.written == [], "as the page on GitHub stores it"
    watch.issue.body = "hm. " + body
    watch.tell(stopped())
    assert (watch.issue.body, watch.issue.comments) == (body, [])


def test_of_two_the_older_one_is_kept(watch) -> None:
    watch.tell(stopped())
    watch.github.issues.append(IssueOnGitHub(2, watch.issue.title, watch.issue.body, ["mirror"]))
    watch.tell(stopped(PLAYS))
    assert watch.written == ["POST /issues/1/comments", "PATCH /issues/1"]


def test_there_is_nothing_in_an_issue_but_names_times_and_links(watch) -> None:
    """Public, in a public repository."""
    watch.runs(PLAYS, *["failure"] * 3)
    watch.github.workflows[LISTS].state = "disabled_manually"
    watch.tell(report(*ALL_ON, WatchedSchedule(MASTER, None), is_consent_over=True), "failure")
    assert len(watch.github.issues) == 4
    for issue in watch.github.issues:
        hidden = re.findall("<!--.*?-->", issue.body)
        assert len(hidden) == 2
        links = re.findall(r"\]\((.*?)\)", issue.body)
        assert all(link.startswith("https://github.com/me/mirror/actions/") for link in links)
        assert not re.search("[<>]", re.sub("<!--.*?-->", "", issue.body))


def test_a_strange_file_in_the_report_is_not_repeated(watch) -> None:
    watch.tell(report(seen("<b>x</b>.yml", has_stopped=True)))
    assert watch.github.issues == []


def test_what_is_wrong_and_what_was_done_is_the_summary_of_the_job(watch) -> None:
    wrong = "Schedules are not kept: 00_master_sync.yml stopped"
    watch.tell(stopped())
    assert f"::warning::tell_github: {wrong}" in watch.said
    watch.tell(stopped())
    watch.tell()
    assert watch.summary.read_text(encoding="utf-8").splitlines() == [
        f"- {wrong}",
        "- opened issue 1: Schedules are not kept",
        f"- {wrong}",
        "- nothing new to tell",
        "- closed issue 1: Schedules are not kept",
    ]


def test_watch_yml_gives_what_is_read() -> None:
    """The rest GitHub sets by itself."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/watch.yml").read_text(encoding="utf-8"))
    (step,) = [step for step in workflow["jobs"]["tell"]["steps"] if "run" in step]
    assert step["run"] == "exec python -m reports.tell_github"
    assert set(step["env"]) == {"GITHUB_TOKEN", "LOOK_RESULT", "REPORT", "SCHEDULES"}


# Kept alive


def kept_alive(watch) -> set[str]:
    return {line.split("/")[3] for line in watch.written if line.startswith("PUT ")}


def test_a_public_repository_is_kept_alive(watch) -> None:
    """Whatever GitHub takes for activity: a push to any branch may be none."""
    watch.github.is_private = False
    watch.github.workflows[LISTS].state = "disabled_inactivity"
    watch.github.workflows[PLAYS].state = "disabled_manually"
    watch.tell(report(*(each for each in ALL_ON if each.file != PLAYS)))
    assert kept_alive(watch) == set(FILES) - {PLAYS}
    assert watch.github.workflows[LISTS].state == "active"
    assert watch.github.workflows[PLAYS].state == "disabled_manually"
    assert watch.github.issues == [], "it is on again"
    assert "kept GitHub from switching watch.yml off" in watch.said


@pytest.mark.parametrize(("is_private", "switch"), [(True, "on"), (False, ""), (False, "off")])
def test_others_are_left_alone(watch, is_private, switch) -> None:
    watch.github.is_private = is_private
    watch.tell(SCHEDULES=switch)
    assert watch.written == []


def test_the_switch_is_read_as_github_reads_it(watch) -> None:
    watch.github.is_private = False
    watch.tell(SCHEDULES="On")
    assert len(kept_alive(watch)) == len(FILES)


# Scripts that fail, whatever their runs look like


def test_a_script_that_is_held_back_after_failures_stays_told(watch) -> None:
    """After five failures its circuit opens: its runs are green then, and nothing is copied."""
    broken = replace(WELL, failing=("track_plays",))
    watch.tell(broken)
    (issue,) = watch.github.open_issues()
    assert "the script `track_plays`" in issue.body
    watch.tell(broken)
    assert watch.written == []
    watch.tell()
    assert watch.github.open_issues() == []


# Trouble


def test_without_the_right_to_write_issues_it_fails_and_says_which(watch) -> None:
    watch.github.tokens[TOKEN]["issues"] = "read"
    assert watch.tell(stopped()) == ExitCode.FAILED
    assert (
        "::error::tell_github: GitHub refused POST /labels: 403 Resource not accessible by integration."
        in watch.said
    )
    assert "needs issues=write" in watch.said


def test_in_a_fork_without_issues_it_fails_only_where_there_is_something_to_say(watch) -> None:
    watch.github.has_issues = False
    assert watch.tell() == ExitCode.OK
    assert watch.tell(stopped()) == ExitCode.FAILED
    assert "Schedules are not kept: 00_master_sync.yml stopped" in watch.said
    assert "Settings → General → Features → Issues" in watch.said
    assert watch.written == []


def test_a_rate_limit_ends_it_at_once(watch) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795262400"}
    watch.github.answer_next("/runs", json_answer({"message": "API rate limit exceeded"}, 403, headers))
    assert watch.tell(stopped()) == ExitCode.FAILED
    assert (
        "::error::tell_github: GitHub wants no more requests for now, until 2026-11-21 12:00 UTC."
        in watch.said
    )
    assert len(watch.github.requests) == 3
    assert not watch.summary.exists()


@pytest.mark.parametrize("match", ["GET", "GET /actions/workflows", "/runs", "GET /issues", "POST /issues"])
@pytest.mark.parametrize("answer", [None, json_answer({"message": "Server Error"}, 502)])
def test_a_failing_api_is_an_error_and_the_next_run_makes_up_for_it(watch, match, answer) -> None:
    watch.github.answer_next(match, answer)
    assert watch.tell(stopped()) == ExitCode.FAILED
    assert watch.said.count("::error::") == 1
    assert watch.tell(stopped()) == ExitCode.OK
    assert len(watch.github.open_issues()) == 1


def test_a_text_of_githubs_is_no_command(watch) -> None:
    watch.github.answer_next("GET", json_answer({"message": "x\n::add-mask::y"}, 500))
    assert watch.tell() == ExitCode.FAILED
    assert len([line for line in watch.said.splitlines() if line.startswith("::")]) == 1


def test_what_is_missing_is_named_all_at_once(watch) -> None:
    assert watch.tell(GITHUB_TOKEN="", GITHUB_REPOSITORY="") == ExitCode.SETTINGS
    assert "GITHUB_TOKEN, GITHUB_REPOSITORY missing" in watch.said
    assert watch.github.requests == []


@pytest.mark.parametrize("text", ["no", "[]", '{"schedules": 1}'])
def test_a_report_that_is_none_is_refused(watch, text) -> None:
    assert watch.tell(text) == ExitCode.SETTINGS
    assert "REPORT cannot be read" in watch.said
    assert watch.github.requests == []


def test_the_token_goes_nowhere_unencrypted(watch) -> None:
    assert watch.tell(GITHUB_API_URL="http://api.github.com") == ExitCode.SETTINGS
    assert watch.github.requests == []
