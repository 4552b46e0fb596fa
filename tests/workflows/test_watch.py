"""The watch from its cron line to the issue: two jobs, of which one has the secrets, and the other may write issues."""

from datetime import UTC, datetime, timedelta

import psycopg2.extensions
import pytest

from tests.workflows.runner.runner import TOKEN
from utils.github.schedules import schedules

pytestmark = [pytest.mark.slow(1), pytest.mark.once]

WATCH = "watch.yml"
PASSWORD = "p4ssw0rd-of-the-database"


@pytest.fixture
def world(small_world):
    return small_world(liked=5, plays=5)


@pytest.fixture
def start(world, runner, github):
    """`start(**changed)`: the run that the schedule starts; `changed`: secrets."""
    spotify = world.sim.environment()
    secrets = {
        "DATABASE_URL": psycopg2.extensions.make_dsn(world.dsn, password=PASSWORD),
        **{name: spotify.pop(name) for name in list(spotify) if not name.endswith("_URL")},
    }

    def run(**changed: str):
        given = {**secrets, **changed}
        result = runner.run(
            WATCH,
            "schedule",
            secrets=given,
            variables={"SCHEDULES": "on"},
            machine={"ENV_FILE": "", **spotify},
            github={"api_url": github.api_url},
        )
        said = (
            result.output
            + result.summary
            + "".join(f"{issue.body}{issue.comments}" for issue in github.issues)
        )
        for secret in (PASSWORD, TOKEN, given["SPOTIFY_CLIENT_SECRET"], given["SPOTIFY_REFRESH_TOKEN"]):
            assert secret not in said
        return result

    return run


def test_all_is_well_on_the_first_day(world, github, start) -> None:
    assert world.run("api_syncs.track_plays").exit_code == 0
    result = start()
    assert result.conclusion == "success", result.output
    look, tell = result.jobs.values()
    assert [job.may("issues", "write") for job in (look, tell)] == [False, True]
    assert github.issues == []
    assert "nothing new to tell" in tell.summary


def test_what_has_stopped_is_told_once_and_closed_again(world, github, start) -> None:
    assert world.run("api_syncs.track_plays").exit_code == 0
    world.change("UPDATE sync_history SET started_at = started_at - interval '4 days'")
    for _ in range(2):
        assert start().conclusion == "success"
        (issue,) = github.open_issues()
        assert "Track plays" in issue.body
    for schedule in schedules():
        for job in schedule.scripts:
            world.change(
                "INSERT INTO sync_history (user_id, run_id, job, started_at, status) "
                "VALUES ('*', gen_random_uuid(), %s, now(), 'done')",
                job,
            )
    assert start().conclusion == "success"
    assert [issue.state for issue in github.issues] == ["closed"]


def test_where_the_database_is_down_that_is_told(github, start) -> None:
    result = start(DATABASE_URL=f"postgresql://me:{PASSWORD}@127.0.0.1:9/none?sslmode=disable")
    look, tell = result.jobs.values()
    assert (look.conclusion, tell.conclusion) == ("failure", "success"), result.output
    (issue,) = github.open_issues()
    assert issue.title == "The watch cannot look"
    assert start().conclusion == "success"
    assert github.open_issues() == []


def test_failures_are_told_too(github, start) -> None:
    for back in range(3):
        github.add_run("track_plays.yml", "failure", datetime.now(UTC) - timedelta(hours=back))
    assert start().conclusion == "success"
    (issue,) = github.open_issues()
    assert issue.title == "Runs fail again and again"


def test_without_the_permission_the_run_is_red(github, start) -> None:
    github.tokens[TOKEN] = {"contents": "read", "actions": "write", "issues": "read"}
    for back in range(3):
        github.add_run("track_plays.yml", "failure", datetime.now(UTC) - timedelta(hours=back))
    result = start()
    look, tell = result.jobs.values()
    assert (look.conclusion, tell.conclusion) == ("success", "failure")
    assert "needs issues=write" in tell.output
