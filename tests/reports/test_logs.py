"""`./run logs`: what the scripts have said. Checklist S1-10, S1-46."""

import json
import re
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from reports import logs
from reports.log_lines import Line, Printer
from tests.clock import FakeClock
from utils.errors import SettingsError
from utils.job.run_log import RunLog

pytestmark = pytest.mark.once
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def say(rows):
    """`say(text, job=…, level=…, ago=…, user_id=…)`: a line of the log."""
    rows.do("UPDATE users SET time_zone = 'Europe/Berlin'")
    rows.add("users", user_id="v", spotify_id="spotify-v")

    def add(
        message: str,
        *,
        job: str = "track_plays",
        level: str = "INFO",
        ago: timedelta = timedelta(0),
        user_id: str = "u",
    ) -> None:
        rows.do(
            "INSERT INTO logs (user_id, run_id, line_number, logged_at, source, level, message) VALUES (%s, %s, 1, %s, %s, %s, %s)",
            user_id, str(uuid4()), NOW - ago, job, level, message,
        )  # fmt: skip

    return add


def options(*arguments: str) -> Namespace:
    return logs.parser().parse_args(["--user", "u", *arguments])


def shown(connection, *arguments: str) -> list[str]:
    """The messages."""
    text = logs.run(connection, options("--json", *arguments), FakeClock(NOW))
    return [line["message"] for line in json.loads(text)]


@pytest.fixture
def five(say):
    say("one", ago=timedelta(days=3))
    say("two", job="clean", level="WARNING", ago=timedelta(hours=30), user_id="*")
    say("three", job="sync_artists", level="ERROR", ago=timedelta(hours=2))
    say("four", level="CRITICAL", ago=timedelta(minutes=5))
    say("five", ago=timedelta(minutes=4))
    say("another listener's", ago=timedelta(minutes=3), user_id="v")


def test_the_newest_come_last_and_they_are_the_listeners_and_nobodys(five, connection):
    assert shown(connection) == ["one", "two", "three", "four", "five"]
    assert shown(connection, "--user", "v") == ["two", "another listener's"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--limit", "2"], ["four", "five"]),
        (["--job", "track_plays"], ["one", "four", "five"]),
        (["--level", "warning"], ["two", "three", "four"]),
        (["--level", "warn"], ["two", "three", "four"]),
        (["--level", "ERROR"], ["three", "four"]),
        (["--since", "2h"], ["three", "four", "five"]),
        (["--since", "299s"], ["five"]),
        (["--since", "7d"], ["one", "two", "three", "four", "five"]),
        (["--since", "2026-11-20"], ["two", "three", "four", "five"]),
        (["--since", "2026-11-20 07:01"], ["three", "four", "five"]),  # 06:00 UTC is 07:00 there
        (["--since", "2026-11-20 07:00"], ["two", "three", "four", "five"]),
        (["--job", "track_plays", "--level", "error", "--since", "1w"], ["four"]),
    ],
)
def test_filters(five, connection, arguments, found):
    assert shown(connection, *arguments) == found


@pytest.mark.parametrize(
    ("arguments", "named", "remedy"),
    [
        (["--job", "track_play"], "'track_play' (did you mean track_plays?)", "sync_artists"),
        (["--level", "eror"], "'eror' (did you mean error?)", "debug, info, warning, error, critical"),
        (["--since", "yesterday"], "'yesterday'", "2h"),
        (["--since", "2026-13-01"], "'2026-13-01'", "2026-11-01"),
        (["--since", "999999w"], "'999999w'", "7d"),
        (["--limit", "0"], "'0'", "1 to 100,000"),
        (["--limit", "many"], "'many'", "1 to 100,000"),
    ],
)
def test_what_is_not_understood_is_named_with_what_would_be(five, connection, arguments, named, remedy):
    with pytest.raises(SettingsError, match=re.escape(named)) as caught:
        shown(connection, *arguments)
    assert remedy in caught.value.remedy


def test_people_read_the_time_of_their_zone(say, connection, capsys):
    say("a line", level="WARNING")
    assert (
        logs.run(connection, options(), FakeClock(NOW))
        == "2026-11-21 13:00:00  WARNING   track_plays: a line\n"
    )


def test_where_there_is_nothing_it_says_so(rows, connection, empty_dsn):
    assert "No script has said anything yet" in logs.run(connection, options(), FakeClock(NOW))
    assert "No line is like that" in logs.run(connection, options("--level", "error"), FakeClock(NOW))
    assert shown(connection) == []


class Following(FakeClock):
    """Says something at each look, and ends after so many."""

    def __init__(self, looks) -> None:
        super().__init__(NOW)
        self.looks = looks

    def sleep(self, seconds: float) -> bool:
        super().sleep(seconds)
        if not self.looks:
            return True
        self.looks.pop(0)()
        return False


def test_new_lines_are_shown_once_as_they_come_also_late_ones(say, connection, capsys):
    for number in range(3):
        say(f"old {number}", ago=timedelta(minutes=9 - number))
    seen: list[list[str]] = []  # what is on the screen at each look

    def look(*said: str, **how: object) -> None:
        messages = [line.partition("track_plays: ")[2] for line in capsys.readouterr().out.splitlines()]
        seen.append(messages)
        for message in said:
            say(message, **how)

    clock = Following(
        [
            lambda: look("first"),
            lambda: look(),
            lambda: look("written late", ago=timedelta(minutes=5)),
            lambda: look("of another script", job="clean"),
            look,
        ]
    )
    assert logs.run(connection, options("--follow", "--limit", "1", "--job", "track_plays"), clock) == ""
    assert seen == [["old 2"], ["first"], [], ["written late"], []]
    assert clock.slept == [logs.POLL_S] * 6


def test_followed_as_json_each_line_is_an_object(say, connection, capsys):
    clock = Following([lambda: say("a \u2068name\u2069 in two\nlines")])
    logs.run(connection, options("--follow", "--json"), clock)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["message"] == "a \u2068name\u2069 in two\nlines"


def test_what_controls_a_terminal_is_left_out_and_markup_is_text():
    class Terminal(StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    line = Line("1", NOW, "track_plays", "ERROR", "\x1b[2J[red]a[/red]\r\nb", None, None)
    for stream in (Terminal(), StringIO()):
        text = Printer(stream, BERLIN).text([line])
        assert "\x1b[2J" not in text
        assert "[2J[red]a[/red]" in text


def test_a_table_without_rich_is_plain_lines(monkeypatch):
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    line = Line("1", NOW, "track_plays", "ERROR", "a line", None, None)
    assert Printer(Terminal(), BERLIN).text([line]) == "2026-11-21 13:00:00  ERROR     track_plays: a line\n"


def test_a_secret_that_a_run_says_is_never_shown(say, rows, connection):
    log = RunLog("track_plays")
    log.protect(["s3cret-token"])
    log.logger.info("refused: Bearer s3cret-token")
    ((_, job, level, message, _),) = log.take_rows()
    say(message, job=job, level=level)
    assert shown(connection) == ["refused: Bearer ***"]


def test_from_outside(make_world):
    world = make_world(liked=3, odd=False)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    done = world.call("-m", "reports.logs", "--job", "sync_liked_tracks", "--limit", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "sync_liked_tracks: done: liked tracks: 3 read (3 new)" in done.stdout
    wrong = world.call("-m", "reports.logs", "--job", "sync_liked_track")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "did you mean sync_liked_tracks?" in wrong.stderr
