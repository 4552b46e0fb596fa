"""The one summary at the end of a workflow's run: checklist S4-10, S2-25, S2-5."""

import json
import re
from datetime import UTC, datetime

import pytest

from reports.run_summary import summary
from utils.errors import ExitCode
from utils.job.run_report import add_answer

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SUMMARY = "reports.run_summary"


def outcome(job: str = "sync_liked_tracks", **changed: object) -> dict:
    numbers = dict.fromkeys(("read", "new", "updated", "removed", "unchanged", "requests"), 1)
    return {
        "job": job,
        "status": "done",
        "exit_code": 0,
        "message": "",
        "remedy": "",
        "until": None,
        "seconds": 0.5,
        "consent_days_left": None,
        "consent_warning": "",
        "position": "",
        "said": [],
        **numbers,
        **changed,
    }


def text_of(*lines: dict, scripts: tuple[str, ...] = (), missing: dict | None = None, **environ: str) -> str:
    unreachable = {"DATABASE_URL": "postgresql://me:s3cret-word@127.0.0.1:9/none?sslmode=disable"}
    return summary(scripts, lines, missing or {}, {**unreachable, **environ}, NOW)


@pytest.fixture
def report(world):
    world.extra.update(
        RUN_REPORT=str(world.folder / "report.jsonl"),
        GITHUB_STEP_SUMMARY=str(world.folder / "summary.md"),
        GITHUB_ACTIONS="true",
    )
    return world.folder / "summary.md"


@pytest.fixture
def world(make_world):
    return make_world(liked=130, plays=5, odd=False)


@pytest.mark.parametrize("place", ["", "no/such/folder/summary.md"])
def test_a_summary_that_cannot_be_written_stands_in_the_log(world, report, place) -> None:
    assert world.run("api_syncs.track_plays").status == "done"
    world.extra["GITHUB_STEP_SUMMARY"] = str(world.folder / place)  # a folder, or in none
    done = world.call("-m", SUMMARY)
    assert done.returncode == 0
    assert "::warning::the summary of this run could not be written" in done.stdout
    assert "track_plays" in done.stdout


def test_one_table_for_all_scripts(world, report) -> None:
    world.extra["SCRIPTS"] = '["track_plays", "sync_liked_tracks"]'
    for script in ("track_plays", "sync_liked_tracks"):
        assert world.run(f"api_syncs.{script}").status == "done"
    assert world.call("-m", SUMMARY).returncode == 0
    text = report.read_text(encoding="utf-8")
    assert text.count("| --- |") == 1
    assert re.search(r"^\| `track_plays` \| done \| 5 \| 5 \|", text, re.MULTILINE)
    assert re.search(r"^\| `sync_liked_tracks` \| done \| 130 \| 130 \|", text, re.MULTILINE)
    assert re.search(r"^\| together \|  \| 135 \| 135 \|", text, re.MULTILINE)
    assert re.match(
        r"\*\*All went well\*\*: 2 scripts, \d+ requests to Spotify, \d+ s; nothing is left half copied\.\n",
        text,
    )
    assert "How far the copying is" not in text, "where all is copied, that is no news"
    assert "What to do" not in text


def test_how_far_an_unfinished_pass_is(world, report) -> None:
    world.extra["SCRIPTS"] = '["sync_liked_tracks"]'
    world.sim.faults.add("quota", match="/me/tracks", after=1, times=None, retry_after=48925)
    assert world.run("api_syncs.sync_liked_tracks").status == "paused"
    assert world.call("-m", SUMMARY).returncode == 0
    text = report.read_text(encoding="utf-8").replace("\\", "")
    assert re.search(r"- █+░+ \d\d% liked_tracks: \d+ of 130, \w+", text)
    assert "Spotify wants a pause" in text


def test_a_script_that_left_no_word_makes_the_run_fail(world, report) -> None:
    world.extra["SCRIPTS"] = '["track_plays", "sync_liked_tracks"]'
    assert world.run("api_syncs.track_plays").status == "done"
    done = world.call("-m", SUMMARY)
    assert done.returncode == ExitCode.FAILED
    assert "::error::sync_liked_tracks was asked for, and left no word" in done.stderr
    assert "| `sync_liked_tracks` | not run" in report.read_text(encoding="utf-8")


def test_of_a_cancelled_run_nothing_more_is_expected(world, report) -> None:
    world.extra.update(SCRIPTS='["track_plays"]', JOB_STATUS="cancelled")
    assert world.call("-m", SUMMARY).returncode == 0
    assert "the run was cancelled" in report.read_text(encoding="utf-8")


def test_what_a_failed_script_leaves_out_is_explained(world, report) -> None:
    world.extra["SCRIPTS"] = '["init_db", "track_plays", "materialized_views", "build_dashboard"]'
    (world.folder / "report.jsonl").write_text(
        json.dumps(outcome("init_db", status="failed", exit_code=2, message="no server", remedy="Start it."))
        + "\n",
        encoding="utf-8",
    )
    assert world.call("-m", SUMMARY).returncode == 0
    text = report.read_text(encoding="utf-8").replace("\\", "")
    assert text.count("not run: init_db failed") == 2
    assert "not run: materialized_views failed" in text
    assert "init_db: no server Start it." in text


@pytest.mark.parametrize("scripts", ["{}", "[1]", "x", '"track_plays"'])
def test_a_list_that_is_none_is_refused(world, report, scripts: str) -> None:
    world.extra["SCRIPTS"] = scripts
    done = world.call("-m", SUMMARY)
    assert done.returncode == ExitCode.SETTINGS
    assert "SCRIPTS" in done.stderr


def test_many_looks_are_one_row() -> None:
    text = text_of(*[outcome("track_plays", new=2) for _ in range(34)], scripts=("track_plays",))
    assert "| `track_plays` (34 times) | done | 34 | 68 |" in text


def test_without_a_database_it_says_so_and_no_secret() -> None:
    text = text_of(outcome())
    assert "not known" in text
    assert "s3cret-word" not in text


HOSTILE = (
    "| a | <img src=x onerror=alert(1)> `x` [l](http://evil) **b** # h\n\n## head @everyone :tada: ::error::"
)


def test_what_scripts_say_is_shown_as_text() -> None:
    text = text_of(outcome(status="failed", exit_code=1, message=HOSTILE, said=[HOSTILE]))
    assert text.startswith("**1 of 1 script failed**: sync\\_liked\\_tracks. What to do stands below.\n")
    for line in text.splitlines()[1:]:
        bare = re.sub(r"\\.", "", line)
        assert "<img" not in bare
        assert "](" not in bare
        assert "@" not in bare
        assert "**" not in bare
        assert not line.startswith(("## ", "::"))
    (row,) = [line for line in text.splitlines() if line.startswith("| `sync_liked_tracks`")]
    assert re.sub(r"\\.", "", row).count("|") == 10


def test_what_a_command_has_answered_is_shown_as_it_stands(tmp_path) -> None:
    report = tmp_path / "report"
    add_answer({"RUN_REPORT": str(report)}, "settings", "a = <b>\n</pre><script>\n", ExitCode.OK)
    text = text_of(json.loads(report.read_text(encoding="utf-8")), scripts=("settings",))
    assert "<pre>a = &lt;b&gt;\n&lt;/pre&gt;&lt;script&gt;</pre>" in text
    assert "| ---" not in text


def test_counts_are_a_table() -> None:
    answer = {
        "job": "db_stats",
        "status": "done",
        "exit_code": 0,
        "answer": '{"artists": 1234, "albums": 5}\n',
    }
    text = text_of(answer, scripts=("db_stats",))
    assert "| stored | how many |\n| --- | --: |\n| artists | 1,234 |\n| albums | 5 |\n" in text
    assert "{" not in text


def test_it_stays_small_whatever_there_is_to_say() -> None:
    long = [outcome(said=[f"{number} " + "x" * 10_000 for number in range(500)], message="y" * 10_000)]
    answer = {"job": "settings", "status": "done", "exit_code": 0, "answer": "&" * 1_000_000}
    text = text_of(*long, answer)
    assert len(text.encode()) < 1_000_000 / 2
    assert "and 480 more" in text


def test_a_consent_that_ends_and_a_cron_line_that_is_none_are_said() -> None:
    warning = "the consent ends in 12 days: run `./run login` before"
    text = text_of(outcome(consent_warning=warning), PLAYS_CRON="*/5 * * * *").replace("\\", "")
    assert "What to do" in text
    assert "the consent ends in 12 days" in text
    assert "PLAYS_CRON is '*/5 * * * *', which is no cron line of its workflows" in text


@pytest.mark.parametrize(
    ("private", "wanted", "second_yes", "said"),
    [
        ("true", "artifact", "", ""),
        ("true", "", "", ""),
        ("false", "", "", ""),
        ("false", "off", "", ""),
        ("false", "artifact", "", "was not put there"),
        ("", "artifact", "", "was not put there"),
        ("true", "pages", "", "was not put there"),
        ("false", "artifact", "yes", "EVERYBODY CAN SEE YOUR LISTENING"),
        ("true", "pages", "yes", "EVERYBODY CAN SEE YOUR LISTENING"),
        ("true", "page", "", "set it to artifact, pages or off"),
        ("true", "Pages", "YES", "EVERYBODY CAN SEE YOUR LISTENING"),
        ("false", "ARTIFACT", "Yes", "EVERYBODY CAN SEE YOUR LISTENING"),
    ],
)
def test_where_strangers_could_see_the_dashboard_it_is_loud(private, wanted, second_yes, said) -> None:
    text = text_of(
        outcome(), REPOSITORY_IS_PRIVATE=private, DASHBOARD=wanted, DASHBOARD_IS_PUBLIC=second_yes
    ).replace("\\", "")
    assert said in text
    assert bool(said) == ("What to do" in text)


RUN = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "me/mirror", "GITHUB_RUN_ID": "7"}


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ({"DASHBOARD": "artifact", "REPOSITORY_IS_PRIVATE": "true"}, True),
        ({"DASHBOARD": "artifact", "REPOSITORY_IS_PRIVATE": "false"}, False),
        ({"DASHBOARD": "artifact", "DASHBOARD_IS_PUBLIC": "yes"}, True),
        ({"REPOSITORY_IS_PRIVATE": "true"}, False),
        ({"DASHBOARD": "artifact", "REPOSITORY_IS_PRIVATE": "true", "GITHUB_RUN_ID": "7)"}, False),
    ],
)
def test_the_dashboard_is_linked_where_it_was_kept(given: dict, link: bool) -> None:
    text = text_of(outcome("build_dashboard"), **{**RUN, **given})
    assert ("[The dashboard](https://github.com/me/mirror/actions/runs/7#artifacts)" in text) == link
    assert "[The dashboard]" not in text_of(outcome("build_dashboard", status="skipped"), **{**RUN, **given})


def test_the_picture_of_the_month_is_linked_where_it_was_drawn() -> None:
    given = {**RUN, "DASHBOARD": "artifact", "REPOSITORY_IS_PRIVATE": "true"}
    drawn = {
        "job": "share",
        "status": "done",
        "exit_code": 0,
        "answer": "share-month-2026-11-square-light.png\n",
    }
    link = "[Your month as a picture](https://github.com/me/mirror/actions/runs/7#artifacts)"
    assert link in text_of(outcome("build_dashboard"), drawn, **given)
    assert link not in text_of(
        outcome("build_dashboard"), {**drawn, "answer": "No play is known yet\n"}, **given
    )
    assert link not in text_of(outcome("build_dashboard"), drawn, **RUN)


def test_what_comes_next_by_schedule() -> None:
    text = text_of(outcome(), SCHEDULES="on", LISTS_CRON="off")
    assert "Next by schedule (UTC, when GitHub has room): Track plays 12:03, Incremental sync 12:37, " in text
    assert "00 master sync tomorrow 07:07" in text
    assert "Update smart playlists" not in text
    assert "06 views" not in text
    assert "Next by schedule" not in text_of(outcome())
    assert "schedules are off" in text_of(outcome(), GITHUB_EVENT_NAME="workflow_dispatch")


def test_the_listeners_clock_counts() -> None:
    """In Auckland it is one in the morning of the next day: 07:07 UTC is this evening."""
    text = text_of(outcome(), SCHEDULES="on", TIME_ZONE="Pacific/Auckland")
    assert "Next by schedule (Pacific/Auckland, when GitHub has room): Track plays 01:03" in text
    assert "00 master sync 20:07" in text
    assert "(UTC, " in text_of(outcome(), SCHEDULES="on", TIME_ZONE="Nowhere/Atall")


def test_under_a_pause_of_everything_nothing_comes_next(world, report) -> None:
    world.extra.update(SCRIPTS='["track_plays"]', SCHEDULES="on")
    assert world.run("api_syncs.track_plays").status == "done"
    assert world.call("-m", "db.control", "pause").returncode == 0
    assert world.run("api_syncs.track_plays").status == "paused"
    (world.folder / "report.jsonl").write_text(
        json.dumps(outcome("track_plays", status="paused", requests=0, message="paused by you")) + "\n",
        encoding="utf-8",
    )
    assert world.call("-m", SUMMARY).returncode == 0
    text = report.read_text(encoding="utf-8").replace("\\", "")
    assert text.startswith("**Nothing was done**, and that is no error")
    assert "You have paused everything" in text
    assert "Next by schedule" not in text


@pytest.mark.parametrize(
    ("lines", "missing", "verdict"),
    [
        ([outcome("a"), outcome("b")], {}, "**All went well**: 2 scripts, 2 requests to Spotify, 1 s."),
        (
            [outcome("a"), outcome("b", status="failed", exit_code=1)],
            {},
            "**1 of 2 scripts failed**: b. What",
        ),
        ([outcome("a")], {"b": ""}, "**1 of 2 scripts failed**: b. What"),
        ([outcome("a")], {"b": "the run was cancelled"}, "**Not all was run**: 1 of 2 scripts is missing."),
        (
            [outcome("a"), outcome("b", status="skipped")],
            {},
            "**No failure**: 2 scripts, 1 of them held back or",
        ),
        ([outcome("a", status="skipped", requests=0)], {}, "**Nothing was done**, and that is no error: why"),
        ([outcome("a", status="paused", requests=4)], {}, "**No failure**: 1 script, 1 of them held back or"),
    ],
)
def test_the_first_line_says_how_it_went(lines: list[dict], missing: dict[str, str], verdict: str) -> None:
    assert text_of(*lines, scripts=("a", "b"), missing=missing).startswith(verdict)


def test_more_than_was_estimated_has_no_share(world, report) -> None:
    """Details are counted in artists and albums, and estimated in what is left of today's."""
    world.extra["SCRIPTS"] = '["track_plays"]'
    assert world.run("api_syncs.track_plays").status == "done"
    world.change(
        "INSERT INTO sync_state (user_id, entity_type, phase, status, items_processed, "
        "last_synced_offset, total_estimated, started_at, last_updated_at) "
        "SELECT user_id, 'details', 'initial', 'running', 2973, 2973, 605, now(), now() FROM users"
    )
    assert world.call("-m", SUMMARY).returncode == 0
    assert "- details: 2,973 so far, running" in report.read_text(encoding="utf-8").replace("\\", "")


def test_a_schedule_that_has_stopped_is_said_by_every_run(world, report) -> None:
    """The watch has stopped as well then; what is started from outside still looks."""
    world.extra.update(SCRIPTS='["track_plays"]', SCHEDULES="on")
    world.change(
        "INSERT INTO sync_history (user_id, run_id, job, started_at, status, workflow) "
        "VALUES ('*', gen_random_uuid(), 'clean', now() - interval '9 days', 'done', '00_master_sync.yml')"
    )
    assert world.run("api_syncs.track_plays").status == "done"
    assert world.call("-m", SUMMARY).returncode == 0
    text = report.read_text(encoding="utf-8").replace("\\", "")
    assert "00_master_sync.yml has not been started by its schedule since" in text
    assert "track_plays.yml has not" not in text


def test_what_everybody_can_see_is_loud_in_the_log_as_well(world, report) -> None:
    world.extra.update(DASHBOARD="artifact", DASHBOARD_IS_PUBLIC="yes", REPOSITORY_IS_PRIVATE="false")
    assert "::warning::EVERYBODY CAN SEE YOUR LISTENING" in world.call("-m", SUMMARY).stdout
    world.extra["REPOSITORY_IS_PRIVATE"] = "true"
    assert "::warning::" not in world.call("-m", SUMMARY).stdout


def test_what_many_scripts_say_is_said_once_and_what_held_them_back_as_well() -> None:
    lost = {
        "status": "failed",
        "exit_code": 3,
        "message": "The consent was withdrawn.",
        "remedy": "Run it again.",
    }
    said = ["The consent was withdrawn. Run it again."]
    text = text_of(
        outcome("track_plays", **lost, said=said),
        outcome("sync_playlists", **lost, said=said),
        outcome("sync_images", status="skipped", message="ARTWORK_DIR is needed"),
        outcome("clean", status="paused", message="paused by you"),
    ).replace("\\", "")
    assert "- track_plays, sync_playlists: The consent was withdrawn. Run it again.\n" in text
    assert text.count("The consent was withdrawn.") == 1
    assert "### Held back\n\n- sync_images: ARTWORK_DIR is needed\n- clean: paused by you" in text
