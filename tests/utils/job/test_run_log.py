"""What a run says: no secret, no forged annotation, nothing that the console or the database cannot take."""

import io
import json
import logging
import sys

import pytest

from utils.job.run_log import RunLog
from utils.redaction import Redactor

SECRET = 'pa"ss\\wörd @1'


@pytest.fixture
def log(monkeypatch):
    """A RunLog outside GitHub Actions, with a secret."""
    made = RunLog("some_job")
    made.protect([SECRET, "client-secret"])
    return made


@pytest.fixture
def action_log():
    """A RunLog in GitHub Actions."""
    made = RunLog("some_job", in_github_actions=True)
    made.protect([SECRET, "client-secret"])
    return made


class Terminal(io.StringIO):
    """A terminal that remembers."""

    def isatty(self):
        return True


# Secrets


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING, logging.ERROR])
def test_secrets_are_taken_out_of_lines_and_rows(log, capsys, level):
    log.logger.log(
        level, "login with %s and %s", SECRET, "client-secret", extra={"data": {"dsn": f"p={SECRET}"}}
    )
    out, err = capsys.readouterr()
    [(_, source, name, message, extra)] = log.take_rows()
    assert (source, name) == ("some_job", logging.getLevelName(level))
    for text in (out, err, message, extra):
        assert SECRET not in text
        assert "client-secret" not in text
    assert message == "login with *** and ***"
    assert json.loads(extra) == {"dsn": "p=***"}


def test_secrets_are_taken_out_as_urls_spell_them(log, capsys):
    log.logger.info("postgresql://me:%s@host/db", "pa%22ss%5Cw%C3%B6rd%20%401")
    assert capsys.readouterr().out == "some_job: postgresql://me:***@host/db\n"


def test_the_longest_secret_goes_first():
    assert Redactor(["secret", "secret-word"])("a secret-word") == "a ***"


def test_a_word_of_three_letters_is_no_secret():
    assert Redactor(["", "abc"])("abc") == "abc"


# Annotations


@pytest.mark.parametrize(
    ("level", "prefix"),
    [(logging.WARNING, "::warning::"), (logging.ERROR, "::error::"), (logging.CRITICAL, "::error::")],
)
def test_warnings_and_errors_are_annotations_with_everything_escaped(action_log, capsys, level, prefix):
    action_log.logger.log(level, "5 %% of\r\nall")
    out, err = capsys.readouterr()
    assert out == f"{prefix}some_job: 5 %25 of%0D%0Aall\n".replace("%25", "%25%25")
    assert err == ""


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING, logging.ERROR])
@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n", "\n\n  ", "\x0b", "\x85", "\u2028"])
@pytest.mark.parametrize("command", ["::error::forged", "::set-env name=PATH::x", "##[error]forged"])
def test_no_text_can_forge_a_command_of_the_runner(action_log, capsys, level, newline, command):
    action_log.logger.log(level, "track %s", f"a{newline}{command}")
    out, err = capsys.readouterr()
    assert err == ""
    assert len(out.splitlines()) == 1 or newline in ("\x0b", "\x85", "\u2028")
    for line in out.replace("\r", "\n").split("\n"):
        assert not line.lstrip().startswith("::") or line.startswith(
            ("::warning::some_job", "::error::some_job")
        )
        assert "##[" not in line


def test_in_github_actions_info_is_a_plain_line(action_log, capsys):
    action_log.logger.info("100 %% done")
    assert capsys.readouterr().out == "some_job: 100 %% done\n"


# Where it goes


def test_elsewhere_errors_go_to_stderr_and_the_rest_to_stdout(log, capsys):
    log.logger.info("one")
    log.logger.warning("two")
    log.logger.error("three")
    assert capsys.readouterr() == ("some_job: one\nsome_job: two\n", "some_job: three\n")


def test_debug_is_for_the_verbose_console_only(capsys):
    quiet, verbose = RunLog("quiet"), RunLog("verbose", verbose=True)
    for log in (quiet, verbose):
        log.logger.debug("detail")
        assert log.take_rows() == []
    assert capsys.readouterr().out == "verbose: detail\n"


def test_rows_are_taken_once_and_have_aware_times(log):
    log.logger.info("one")
    [(logged_at, *_, extra)] = log.take_rows()
    assert logged_at.tzinfo is not None
    assert extra is None
    assert log.take_rows() == []


def test_two_runs_do_not_mix(log, capsys):
    other = RunLog("other_job")
    log.logger.info("one")
    other.logger.info("two")
    assert [row[3] for row in log.take_rows()] == ["one"]
    assert [row[3] for row in other.take_rows()] == ["two"]
    assert capsys.readouterr().out == "some_job: one\nother_job: two\n"


@pytest.mark.parametrize("odd", ["a\x00b", "\ud800", "\x00\ud800\x00", "\\u0000", "\\\x00", 'a"\\'])
def test_rows_hold_only_what_postgresql_can_store(log, capsys, odd):
    log.logger.info("%s", odd, extra={"data": {"name": odd}})
    [(*_, message, extra)] = log.take_rows()
    message.encode()
    assert "\x00" not in message
    value = json.loads(extra)["name"]
    value.encode()
    assert "\x00" not in value


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_a_console_of_any_encoding_will_do(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline=""))
    RunLog("some_job").logger.info("naïve → 日本 \ud800")
    line = raw.getvalue().decode(encoding)
    assert line.startswith("some_job: na")
    assert line.endswith("\n")


# Progress


def test_a_bar_on_a_terminal_which_other_lines_replace(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    log = RunLog("some_job")
    log.progress(1000, 4000)
    assert "1,000 of 4,000" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()
    log.logger.info("done")
    assert terminal.getvalue().endswith("\r\x1b[Ksome_job: done\n")


def test_plain_lines_elsewhere_only_every_ten_seconds(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr("utils.job.run_log.time.monotonic", lambda: now[0])
    log = RunLog("some_job")
    for second in range(25):
        now[0] = 100.0 + second
        log.progress(second, 100)
    assert capsys.readouterr().out == "some_job: 10 of 100 (10%)\nsome_job: 20 of 100 (20%)\n"


@pytest.mark.parametrize(("done", "total"), [(0, 0), (0, 5), (7, 5), (5, 5)])
def test_progress_of_odd_totals(monkeypatch, done, total):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    RunLog("some_job").progress(done, total)
    assert f"{done} of {total}" in terminal.getvalue()


def test_a_bar_on_a_terminal_without_unicode(monkeypatch):
    class AsciiTerminal(io.TextIOWrapper):
        def isatty(self):
            return True

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", AsciiTerminal(raw, encoding="ascii", errors="strict"))
    RunLog("some_job").progress(1, 4)
    assert b"1 of 4" in raw.getvalue()
