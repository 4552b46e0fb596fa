"""What is seen of the schedules, the plays and the consent: checklist S2-26, S4-8."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from reports.watch.report import WatchedSchedule, WatchReport
from reports.watch.schedule_history import History, watch
from tests.clock import START, FakeClock
from utils.errors import ExitCode, Status
from utils.github.schedules import longest_interval, schedules, slots

NAME = "reports.check_schedules"
WEEK = timedelta(days=7)
ALL = {schedule.variable: schedule for schedule in reversed(schedules())}  # the default one of several
DAILY, PLAYS = ALL["SYNC_CRON"], ALL["PLAYS_CRON"]
ON = {each.variable: each for each in schedules() if each.default}


class Look:
    """The look at a database whose runs are made up."""

    def __init__(self, world, rows, output) -> None:
        self.world, self.rows, self.output = world, rows, output
        self.clock = FakeClock()
        world.extra |= {"GITHUB_OUTPUT": str(output), "SCHEDULES": "on"}

    def ran(self, job: str, *moments: datetime, user_id: str = "u", status: str = "done") -> None:
        self.rows.do(
            "INSERT INTO sync_history (user_id, run_id, job, started_at, status) "
            "SELECT %s, gen_random_uuid(), %s, started_at, %s FROM unnest(%s::timestamptz[]) AS started_at",
            user_id,
            job,
            status,
            list(moments),
        )

    def by_schedule(self, file: str, moment: datetime) -> None:
        self.rows.do(
            "INSERT INTO sync_history (user_id, run_id, job, started_at, status, workflow) "
            "VALUES ('u', gen_random_uuid(), 'track_plays', %s, 'done', %s)",
            moment,
            file,
        )

    def kept(self, *variables: str, until: datetime = START, late: timedelta = timedelta(minutes=2)) -> None:
        """The scripts of these schedules began at every slot, or all but the latest."""
        for variable in variables:
            planned = slots(ALL[variable].default, START - timedelta(days=9), until - late)
            for script in ALL[variable].scripts:
                self.ran(script, *(slot + late for slot in planned))

    def __call__(self, **environ: str) -> WatchReport:
        self.world.extra |= environ
        assert self.world.run(NAME, clock=self.clock).status is Status.DONE
        *_, line = self.output.read_text(encoding="utf-8").splitlines()
        return WatchReport.from_json(line.removeprefix("report="))

    def seen(self, **environ: str) -> dict[str, WatchedSchedule]:
        """By the schedules' variables."""
        by_file = {schedule.file: variable for variable, schedule in ALL.items()}
        return {by_file[each.file]: each for each in self(**environ).schedules}


@pytest.fixture
def look(small_world, rows, tmp_path) -> Look:
    return Look(small_world(), rows, tmp_path / "output")


# One schedule


def seen_of(began: list[datetime], cron: str = "7 7 * * *", days: int = 7) -> WatchedSchedule:
    history = History(START - timedelta(days=days), {"clean": began}, {"clean": max(began)} if began else {})
    return watch("x.yml", cron, ["clean"], history, START)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_start_is_kept_until_the_next_one_is_due() -> None:
    """It is noon of the 21st: six starts are over, from the 15th on; that of this morning may still come."""
    assert (seen_of([]).planned, seen_of([]).seen) == (6, 0)
    assert seen_of([at(16, 7, 6)]).seen == 1, "a day late"
    assert seen_of([at(16, 7, 6), at(16, 7, 7)]).seen == 2
    assert seen_of([at(16, 8), at(16, 9), at(17, 7)]).seen == 1, "more often is not more"
    assert seen_of([at(21, 7, 7)]).seen == 0


@pytest.mark.parametrize(
    ("cron", "patience"),
    [("3,13,23,33,43,53 * * * *", 24), ("37 */6 * * *", 24), ("7 7 * * *", 48), ("7 10 * * 1", 336)],
)
def test_it_has_stopped_after_a_day_and_twice_its_longest_interval(cron: str, patience: int) -> None:
    for more, has_stopped in ((0, False), (1, True)):
        last = START - timedelta(hours=patience, minutes=more)
        assert seen_of([last], cron, days=30).has_stopped is has_stopped


def test_what_never_ran_has_stopped_once_it_should_have() -> None:
    assert not seen_of([], days=2).has_stopped
    assert seen_of([], days=3).has_stopped
    assert seen_of([], days=3).last_seen_at is None


def test_once_a_schedule_has_started_something_only_that_counts() -> None:
    """The incremental sync has no script of its own: the daily chain runs them all."""
    began = [START - timedelta(hours=hours) for hours in range(0, 160, 24)]
    last = {"clean": began[0]}
    history = History(START - WEEK, {"clean": began}, last, {"x.yml": START - timedelta(hours=25)})
    seen = watch("x.yml", "37 */6 * * *", ["clean"], history, START)
    assert (seen.has_stopped, seen.last_seen_at) == (True, START - timedelta(hours=25))
    assert not watch("other.yml", "37 */6 * * *", ["clean"], history, START).has_stopped


def test_scripts_that_fail_again_and_again_are_reported(look) -> None:
    for failures, job in ((2, "clean"), (3, "sync_playlists"), (5, "track_plays")):
        look.rows.do(
            "INSERT INTO job_controls (user_id, job, consecutive_failures) VALUES ('*', %s, %s)",
            job,
            failures,
        )
    assert look().failing == ("sync_playlists", "track_plays")


# All of them


def test_all_is_well(look) -> None:
    look.kept(*ON)
    seen = look.seen()
    assert set(seen) == set(ON)
    assert all(each.seen == each.planned for each in seen.values()), seen
    assert [name for name, each in seen.items() if not each.planned] == ["BACKUP_CRON"], "it is weekly"
    assert not any(each.has_stopped for each in seen.values())
    planned = len(slots(PLAYS.default, START - WEEK, START)) - 1
    assert (planned, seen["PLAYS_CRON"].planned) == (1007, 1007)


def test_hours_without_plays_are_counted_and_no_stop(look) -> None:
    look.ran("track_plays", *(START - timedelta(hours=4 * number) for number in range(60)))
    seen = look.seen()["PLAYS_CRON"]
    assert (seen.planned, seen.seen) == (1007, 41)
    assert seen.last_seen_at == START
    assert not seen.has_stopped


def test_a_schedule_that_has_stopped_is_not_hidden_by_others_with_the_same_scripts(look, capsys) -> None:
    look.kept(*(variable for variable in ON if variable != "SYNC_CRON"))
    look.kept("SYNC_CRON", until=START - timedelta(days=3))
    seen = look.seen()
    assert [variable for variable, each in seen.items() if each.has_stopped] == ["SYNC_CRON"]
    assert seen["SYNC_CRON"].last_seen_at == at(18, 7, 9)
    assert seen["SYNC_CRON"].seen == seen["SYNC_CRON"].planned - 2
    (said,) = [line for line in capsys.readouterr().out.splitlines() if "has stopped" in line]
    assert f"{DAILY.file} has stopped: 4 of 6 starts" in said
    assert "the last one 2026-11-18 07:09 UTC" in said


@pytest.mark.parametrize("status", ["done", "failed", "skipped", "paused", "killed", "running"])
def test_however_it_ended_it_was_started(look, status) -> None:
    look.ran("init_db", START - timedelta(days=5), START - timedelta(hours=1), user_id="*", status=status)
    assert not look.seen()["SYNC_CRON"].has_stopped


def test_a_new_database_is_looked_at_from_its_first_run_on(look) -> None:
    look.ran("track_plays", START - timedelta(hours=3))
    seen = look.seen()
    assert not any(each.has_stopped for each in seen.values())
    assert (seen["PLAYS_CRON"].planned, seen["SYNC_CRON"].planned) == (17, 0)


def test_before_any_run_nothing_is_missing(look) -> None:
    seen = look.seen()
    assert set(seen) == set(ON)
    assert not any(each.planned or each.has_stopped for each in seen.values())
    assert seen["WATCH_CRON"].last_seen_at is not None, "this very run"


def test_a_run_of_the_future_is_not_believed(look) -> None:
    look.ran("track_plays", START - timedelta(days=4), START + timedelta(days=300))
    seen = look.seen()["PLAYS_CRON"]
    assert seen.has_stopped
    assert seen.last_seen_at == START - timedelta(days=4)


def test_a_second_listeners_runs_are_not_ours(look) -> None:
    look.kept(*ON)
    look.rows.add("users", user_id="v", spotify_id="v")
    look.ran("track_plays", START, user_id="v")
    assert look.world.run("api_syncs.track_plays").status is Status.DONE
    look.rows.do(
        "UPDATE sync_history SET started_at = %s WHERE job = 'track_plays'", START - timedelta(days=2)
    )
    look.ran("track_plays", START, user_id="v")
    assert look.seen()["PLAYS_CRON"].has_stopped


def test_real_runs_are_seen(look) -> None:
    look.clock.pass_time(hours=-3)
    assert look.world.run("api_syncs.track_plays", clock=look.clock).status is Status.DONE
    look.clock.pass_time(hours=3)
    seen = look.seen()["PLAYS_CRON"]
    assert (seen.planned, seen.seen, seen.last_seen_at) == (17, 0, START - timedelta(hours=3))
    look.clock.pass_time(days=2)
    assert look.seen()["PLAYS_CRON"].has_stopped


# Switched off


def test_where_the_schedules_are_off_nothing_is_missing(look, capsys) -> None:
    look.ran("track_plays", START - timedelta(days=4))
    assert look.seen(SCHEDULES="") == {}
    assert "the schedules are off (variable SCHEDULES)" in capsys.readouterr().out


def test_a_schedule_may_be_off_or_another_of_its_lines(look) -> None:
    look.ran("track_plays", START - timedelta(days=5), START - timedelta(hours=30))
    seen = look.seen(PLAYS_CRON=PLAYS.crons[-1], SYNC_CRON="off")
    assert set(seen) == set(ON) - {"SYNC_CRON"}
    assert seen["PLAYS_CRON"].cron == PLAYS.crons[-1]
    assert seen["PLAYS_CRON"].planned == len(slots(PLAYS.crons[-1], START - timedelta(days=5), START)) - 1


def test_a_variable_that_names_no_cron_line_is_told(look, capsys) -> None:
    seen = look.seen(PLAYS_CRON="*/5 * * * *")["PLAYS_CRON"]
    assert (seen.cron, seen.planned, seen.has_stopped) == (None, 0, False)
    said = capsys.readouterr().out
    assert "PLAYS_CRON is '*/5 * * * *', which is no cron line of its workflows" in said


def on_github(look, *days_ago: float) -> None:
    """The schedules of all workflows have started something so long ago."""
    for schedule in ON.values():
        for days in days_ago:
            look.by_schedule(schedule.file, START - timedelta(days=days))


def test_what_was_switched_off_and_on_again_has_not_stopped(look, capsys) -> None:
    """For four days nothing was started by any schedule; an hour ago that of plays was, as the first one."""
    on_github(look, 6, 5, 4)
    look.by_schedule(PLAYS.file, START - timedelta(hours=1))
    seen = look.seen()
    assert [variable for variable, each in seen.items() if each.has_stopped] == []
    assert (seen["SYNC_CRON"].planned, seen["SYNC_CRON"].on_since) == (0, START - timedelta(hours=1))
    assert f"{DAILY.file}: no start was due yet since 2026-11-21 11:00 UTC" in capsys.readouterr().out
    for hours in (20, 40):
        look.by_schedule(PLAYS.file, START + timedelta(hours=hours))
    look.clock.pass_time(days=2, hours=1)
    seen = look.seen()
    assert seen["SYNC_CRON"].has_stopped, "it has had its time"
    assert not seen["PLAYS_CRON"].has_stopped


def test_where_the_most_frequent_schedule_is_a_daily_one_a_late_start_is_no_switch(look) -> None:
    on_github(look, 6)
    for hours in (120, 94, 70, 44, 20, 1):
        look.by_schedule(ON["WATCH_CRON"].file, START - timedelta(hours=hours))
    off = {variable: "off" for variable in ON if variable not in ("WATCH_CRON", "SYNC_CRON")}
    assert look.seen(**off)["SYNC_CRON"].has_stopped


@pytest.mark.parametrize("other", ["off", "23 * * * *"])
def test_one_schedule_that_was_switched_off_or_over_has_not_stopped(look, other) -> None:
    on_github(look, 6, 5, 4, 3, 2, 1)
    look.rows.do(
        "UPDATE sync_history SET started_at = started_at - interval '5 days' WHERE workflow = %s", PLAYS.file
    )
    look.rows.do("DELETE FROM sync_history WHERE started_at < %s", START - timedelta(days=9))
    assert look.seen()["PLAYS_CRON"].has_stopped
    look.clock.pass_time(hours=1)
    look(PLAYS_CRON=other)
    look.clock.pass_time(hours=1)
    look.world.extra["PLAYS_CRON"] = ""
    del look.world.extra["GITHUB_OUTPUT"]
    look.world.run(NAME, clock=look.clock)  # who looks from elsewhere does not say what is on there
    look.world.extra["GITHUB_OUTPUT"] = str(look.output)
    for _ in range(2):
        seen = look.seen()["PLAYS_CRON"]
        assert not seen.has_stopped
        assert seen.on_since == START + timedelta(hours=2)
    look.clock.pass_time(hours=25)
    assert look.seen()["PLAYS_CRON"].has_stopped, "on for more than a day, and nothing comes of it"


def test_after_a_look_at_schedules_that_are_all_off_none_has_stopped_when_they_are_on(look) -> None:
    """Also before the first one has started anything."""
    on_github(look, 6, 5, 4)
    look(SCHEDULES="off")
    look.clock.pass_time(hours=1)
    assert not any(each.has_stopped for each in look.seen(SCHEDULES="on").values())


# Plays and consent


def test_gaps_of_these_days_are_counted(look, capsys) -> None:
    for end, more in (
        (START - timedelta(days=1), {}),
        (START - timedelta(days=6), {}),
        (START - timedelta(days=8), {}),
        (START - timedelta(days=2), {"filled_at": START}),
        (START + timedelta(days=2), {}),
    ):
        look.rows.add(
            "play_gaps", user_id="u", gap_start=end - timedelta(hours=3), gap_end=end, reason="full", **more
        )
    assert look().gaps == 2
    assert "plays may have been lost in 2 stretches since 2026-11-14 12:00 UTC" in capsys.readouterr().out


def test_the_consent_that_ends_first_counts(look, capsys) -> None:
    look.rows.do("UPDATE users SET authorized_at = '2026-09-30 09:00Z'")
    look.rows.add("users", user_id="v", spotify_id="v", authorized_at=at(1, 9))
    look.rows.add(
        "users", user_id="w", spotify_id="w", authorized_at=START - timedelta(days=300), is_active=False
    )
    look.rows.add("users", user_id="x", spotify_id="x", authorized_at=START + timedelta(days=30))
    report = look()
    assert report.consent_ends_at == datetime(2027, 3, 30, 9, tzinfo=UTC)
    assert not report.is_consent_over
    assert "consent" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("auth_status", "is_over"), [("expired", True), ("revoked", True), ("suspect", False)]
)
def test_a_consent_that_spotify_calls_over_is_over(look, auth_status, is_over, capsys) -> None:
    look.rows.do("UPDATE users SET authorized_at = %s, auth_status = %s", START, auth_status)
    assert look().is_consent_over is is_over
    assert ("the consent is over" in capsys.readouterr().out) is is_over


def test_a_consent_that_ends_within_thirty_days_is_told(look, capsys) -> None:
    look.rows.do("UPDATE users SET authorized_at = '2026-06-20 09:00Z'")
    look()
    assert "the consent ends on 2026-12-20: run `./run login` before" in capsys.readouterr().out


def test_a_stored_consent_that_ends_is_named_with_the_command_that_renews_that_one(look, capsys) -> None:
    stored = {"spotify_id": "v", "name": "anna", "consent_flow": "pkce", "token_fingerprint": "of anna"}
    given = datetime(2026, 6, 20, 9, tzinfo=UTC)
    sealed = {"refresh_token_encrypted": "sealed", "authorized_at": given}
    look.rows.add("users", user_id="v", **stored, **sealed)
    look.rows.do("UPDATE users SET authorized_at = %s WHERE user_id = 'u'", START)
    report = look()
    assert report.consent_ends_at == datetime(2026, 12, 20, 9, tzinfo=UTC)
    assert report.logins == ("./run login --user NAME",)
    assert "the consent ends on 2026-12-20: run `./run login --user NAME` before" in capsys.readouterr().out
    look.rows.do("UPDATE users SET auth_status = 'revoked'")
    assert look().logins == ("./run login", "./run login --user NAME")
    look.rows.do("UPDATE users SET is_active = false WHERE name = 'anna'")
    assert look().logins == ("./run login",)


def test_without_a_listener_nothing_is_known(look) -> None:
    look.rows.do("DELETE FROM users")
    report = look()
    assert (report.consent_ends_at, report.is_consent_over, report.gaps) == (None, False, 0)


# What is handed on


def test_the_report_is_one_line_without_anything_personal(look) -> None:
    look.kept(*ON)
    look.rows.do(
        "UPDATE users SET authorized_at = %s, display_name = 'Someone', spotify_id = 'someone'", START
    )
    look()
    (line,) = look.output.read_text(encoding="utf-8").splitlines()
    name, _, text = line.partition("=")
    assert name == "report"
    said = json.loads(text)
    assert set(said) == {"schedules", "consent_ends_at", "is_consent_over", "logins", "failing", "gaps"}
    assert {key for each in said["schedules"] for key in each} == {
        "file",
        "cron",
        "planned",
        "seen",
        "last_seen_at",
        "has_stopped",
        "on_since",
    }
    assert "omeone" not in line
    for secret in ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN", "DATABASE_URL"):
        assert look.world.environment()[secret] not in line


def test_without_github_it_only_says_it(look, capsys) -> None:
    del look.world.extra["GITHUB_OUTPUT"]
    assert look.world.run(NAME, clock=look.clock).status is Status.DONE
    assert not look.output.exists()
    said = capsys.readouterr().out
    assert f"check_schedules: {PLAYS.file}: no start was due yet since 20" in said
    assert "0 of 0" not in said, "on the first day there is nothing to keep"


def test_a_database_out_of_reach_is_exit_code_2_and_no_report(look) -> None:
    look.world.extra["DATABASE_URL"] = "postgresql://me:s3cret@127.0.0.1:9/none?sslmode=disable"
    assert look.world.run(NAME).exit_code == ExitCode.SETTINGS
    assert not look.output.exists()


def test_only_the_runs_of_these_days_are_read(look) -> None:
    look.ran("track_plays", *(START - timedelta(hours=6 * number) for number in range(1, 60)))
    outcome = look.world.run(NAME, clock=look.clock)
    assert outcome.tally.items_processed == 7 * 4 - 1 + 1, "this run is one of them"


def test_nothing_is_written_but_the_run_itself(look) -> None:
    look.kept("PLAYS_CRON")
    before = look.world.rows("SELECT count(*) FROM sync_history")[0][0]
    look()
    assert look.world.rows("SELECT count(*) FROM sync_history") == [(before + 1,)]
    assert look.world.rows(
        "SELECT job, status FROM sync_history ORDER BY finished_at DESC NULLS LAST LIMIT 1"
    ) == [("check_schedules", "done")]
    assert look.world.asked(tokens=True) == []


def test_a_report_is_read_as_it_was_written() -> None:
    report = WatchReport(
        (
            WatchedSchedule("a.yml", None),
            WatchedSchedule("b.yml", "7 7 * * *", 6, 5, START, has_stopped=True),
        ),
        consent_ends_at=START,
        is_consent_over=True,
        logins=("./run login", "./run login --user NAME"),
        gaps=3,
    )
    assert WatchReport.from_json(report.to_json()) == report
    assert "\n" not in report.to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "[]",
        "3",
        "null",
        "{}",
        '{"schedules": [1]}',
        '{"schedules": {"a": 1}}',
        '{"schedules": [], "consent_ends_at": "soon"}',
        '{"schedules": [], "consent_ends_at": null, "surprise": 1}',
    ],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        WatchReport.from_json(text)


@pytest.mark.parametrize("variable", ON)
def test_any_schedule_that_has_stopped_is_noticed_whoever_else_runs_its_scripts(look, variable: str) -> None:
    look.kept(*ON)
    for schedule in ON.values():
        for hours in range(1, 400, 12):
            look.by_schedule(schedule.file, START - timedelta(hours=hours))
    assert [name for name, each in look.seen().items() if each.has_stopped] == []
    look.rows.do(
        "UPDATE sync_history SET started_at = %s WHERE workflow = %s",
        START - max(timedelta(hours=49), 2 * longest_interval(ON[variable].default) + timedelta(hours=1)),
        ON[variable].file,
    )
    assert [name for name, each in look.seen().items() if each.has_stopped] == [variable]
