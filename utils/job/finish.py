"""The end of a run, however far it got: what is said, what is stored, and the exit code."""

import os
import sys
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg2

from utils.database.trouble import explained, is_of_database
from utils.errors import (
    AppRefusedError,
    Cancelled,
    ConsentError,
    DatabaseError,
    ExitCode,
    JobError,
    NoNetworkError,
    RateLimited,
    Status,
    Stop,
    Stopped,
)
from utils.job import overdue
from utils.job.attempt import Attempt
from utils.job.journal import Journal
from utils.job.outcome import LOGIN, Outcome
from utils.job.run_report import add_outcome
from utils.spotify.consents import fingerprint
from utils.spotify.retry_after import LONGEST_PAUSE
from utils.start import CTRL_C

CIRCUIT_OPEN = timedelta(hours=1)
REPORT_IT = "Report it where this repository is from, with the lines that stand below it in the log."
PAUSED_BY_YOU = "paused by you; ./run control resume lets it go on"
Statement = tuple[str, Mapping[str, object]]


class _End(NamedTuple):
    """What an error, or none, means."""

    status: Status
    exit_code: ExitCode
    message: str
    until: datetime | None = None
    remedy: str = ""


def finish(attempt: Attempt, error: BaseException | None) -> Outcome:
    """Say how the run ended, store it, and turn it into an outcome."""
    now = attempt.clock.now()
    if attempt.clock.is_interrupted and isinstance(error, psycopg2.Error | DatabaseError):
        error = Stopped(f"stopped by {attempt.clock.interrupted_by}; the database did not answer in time")
    end = _told(attempt, error, now)
    outcome = Outcome(
        job=attempt.job,
        status=end.status,
        exit_code=end.exit_code,
        message=attempt.run_log.redact(end.message),
        until=end.until,
        remedy=attempt.run_log.redact(end.remedy),
        has_no_network=isinstance(error, NoNetworkError),
        is_shut_out=isinstance(error, ConsentError | AppRefusedError),
        requests=attempt.requests,
        seconds=(now - attempt.started_at).total_seconds(),
        tally=attempt.tally,
        counts=attempt.counts,
        listener=attempt.listener,
        login=attempt.spotify.login if attempt.spotify else LOGIN,
        cancels_all=isinstance(error, Cancelled) and error.is_all,
        is_told_to_end=end.status is Status.STOPPED and attempt.clock.is_interrupted,
        waiting_steps=attempt.waiting_steps,
        is_interrupted=end.status is Status.STOPPED and attempt.clock.interrupted_by == CTRL_C,
        consent_days_left=attempt.user.consent_days_left(now) if attempt.user else None,
    )
    log = attempt.run_log.logger
    has_done_something = outcome.requests or outcome.tally.text(outcome.counts)
    if outcome.status is Status.DONE or (outcome.status is Status.FAILED and has_done_something):
        log.info("%s", outcome.line())
    if outcome.consent_warning():
        log.warning("%s", outcome.consent_warning())
    if attempt.journal is not None:
        _store(attempt, attempt.journal, outcome, error, now)
    attempt.status_file.end(outcome, rate_limited=isinstance(error, RateLimited), now=now)
    if attempt.run_report is not None:
        try:
            add_outcome(attempt.run_report, outcome, attempt.run_log.warnings, attempt.position)
        except OSError as refused:
            log.warning("the report of this run could not be written: %s", refused.strerror)
    return outcome


def _store(
    attempt: Attempt, journal: Journal, outcome: Outcome, error: BaseException | None, now: datetime
) -> None:
    """Store how the run ended, and what it has said and asked. Where that fails, the outcome stands, and is told."""
    log = attempt.run_log.logger
    try:
        what = "the end of this run"
        _store_end(attempt, journal, outcome, error, now)
        what = "the requests of this run"
        if attempt.transport is not None and attempt.spotify is not None:
            journal.store_calls(attempt.transport, attempt.spotify.client_id)
        what = "the log lines of this run"
        journal.add_logs(attempt.user_id, attempt.run_id, attempt.run_log.take_rows())
    except Exception as lost:  # noqa: BLE001 - the outcome stands, and is told; only its storing failed
        why = explained(lost).reason if isinstance(lost, psycopg2.Error) else str(lost)
        log.error("%s could not be stored: %s", what, why)  # noqa: TRY400 - no traceback


def _told(attempt: Attempt, error: BaseException | None, now: datetime) -> _End:
    """What the error means, after it has been said."""
    log = attempt.run_log.logger
    if error is None:
        return _End(Status.DONE, ExitCode.OK, "")
    if isinstance(error, RateLimited):
        message = _pause_message(attempt, error, now)
        log.warning("%s", message)
        return _End(error.status, ExitCode.OK, message, error.until)
    if isinstance(error, Stop):
        message = str(error)
        if attempt.position and error.status is not Status.SKIPPED:
            message += f"; {attempt.position} done, the next run goes on from there"
        log.info("%s: %s", error.status, message)
        return _End(error.status, ExitCode.OK, message)
    if isinstance(error, JobError):
        log.error("%s %s", error, error.remedy) if error.remedy else log.error("%s", error)
        return _End(Status.FAILED, error.exit_code, str(error), remedy=error.remedy)
    if isinstance(error, psycopg2.Error):
        reason, remedy, exit_code = explained(error)
        message = f"{reason}."
        log.error("%s %s", message, remedy)
        return _End(Status.FAILED, exit_code, message, remedy=remedy)
    message = f"{type(error).__name__}: {error}.".replace("..", ".")
    log.error("this is a fault of the program. %s %s", message, REPORT_IT)
    lines = attempt.run_log.redact("".join(traceback.format_exception(error))).splitlines()
    # A line of an exception's text must not become a command of GitHub Actions.
    sys.stderr.write("".join(f"| {line}\n" for line in lines))
    return _End(Status.FAILED, ExitCode.FAILED, message, remedy=REPORT_IT)


def _pause_message(attempt: Attempt, limit: RateLimited, now: datetime) -> str:
    saved = f" {attempt.position} saved; the next run goes on from there." if attempt.position else ""
    tracking = "" if limit.group in ("plays", "*") else " Play tracking goes on."
    return (
        f"Spotify wants a pause: {limit.reason}, group {limit.group}, hit at {now:%Y-%m-%d %H:%M} UTC. "
        f"No requests until {limit.until:%Y-%m-%d %H:%M:%S} UTC.{tracking}{saved}"
    )


def _store_end(
    attempt: Attempt, journal: Journal, outcome: Outcome, error: BaseException | None, now: datetime
) -> None:
    """History, checkpoints, pause, consent and breaker, in one transaction; then, where it went well, say what is overdue."""
    statements = [_history(attempt, outcome, error, now)]
    if outcome.status is not Status.DONE:
        statements += [note(outcome.status, _error_message(outcome)) for note in attempt.unfinished]
    statements += _of_spotify(attempt, outcome, error, now)
    statements += _of_breaker(attempt, outcome, error, now)
    tells_of_others = outcome.status is Status.DONE and attempt.chain is None and not attempt.dry_run
    if tells_of_others:
        statements.append(overdue.question(attempt, os.environ, now))
    rows = journal.run(*statements)
    if tells_of_others:
        for text in overdue.lines(attempt, rows):
            attempt.run_log.logger.warning("%s", text)
    if outcome.status is Status.FAILED and rows and not attempt.dry_run:
        failures, until = rows[0]
        if isinstance(until, datetime):
            attempt.run_log.logger.error(
                "%s failures in a row: no more tries before %s UTC (or --force)",
                failures,
                f"{until:%Y-%m-%d %H:%M}",
            )


def _error_message(outcome: Outcome) -> str | None:
    return outcome.message.replace("\x00", "") or None


def _history(attempt: Attempt, outcome: Outcome, error: BaseException | None, now: datetime) -> Statement:
    """The row of `sync_history`."""
    return "sync_history.finish", {
        "run_id": attempt.run_id,
        "user_id": attempt.user_id,
        "job": attempt.job,
        "workflow": attempt.workflow,
        "started_at": attempt.started_at,
        "finished_at": now,
        "status": outcome.status,
        "rate_limited": isinstance(error, RateLimited),
        "requests": outcome.requests,
        "error_message": _error_message(outcome),
        **attempt.tally.columns(),
    }


def _of_spotify(
    attempt: Attempt, outcome: Outcome, error: BaseException | None, now: datetime
) -> list[Statement]:
    """What the run has learnt about the app's pauses and the listener's consent."""
    if attempt.spotify is None:
        return []
    statements: list[Statement] = []
    if isinstance(error, RateLimited):
        pause = {
            "group": error.group,
            "reason": error.reason,
            "until": error.until,
            "latest": now + LONGEST_PAUSE,
        }
        statements.append(("jobs.store_pause", {"client_id": attempt.spotify.client_id, "now": now, **pause}))
    consent = {"fingerprint": fingerprint(attempt.spotify), "user_id": attempt.user_id}
    if isinstance(error, ConsentError):
        statements.append(("users.set_auth_status", {**consent, "auth_status": error.auth_status}))
    elif outcome.status is Status.DONE and outcome.requests and (attempt.dry_run or attempt.user is None):
        statements.append(("users.set_auth_status", {**consent, "auth_status": "ok"}))
    return statements


def _of_breaker(
    attempt: Attempt, outcome: Outcome, error: BaseException | None, now: datetime
) -> list[Statement]:
    """The cooldown that a good end starts, or the failures that open the circuit. The failures' statement is the last.

    A run that only looks does neither, however it ends.
    What a person mends (settings, a secret, the consent, the network, the database) opens none: once it is mended, nothing
    has to wait.
    """
    who: dict[str, object] = {"user_id": attempt.user_id, "job": attempt.job, "now": now}
    if attempt.dry_run:
        return []
    if outcome.status is Status.DONE:
        statements: list[Statement] = [("jobs.succeeded", who)]
        if attempt.user is not None:
            statements.append(("users.touch", {**who, "has_asked": bool(outcome.requests)}))
        return statements
    is_mended_elsewhere = (
        outcome.exit_code in (ExitCode.SETTINGS, ExitCode.CONSENT)
        or outcome.has_no_network
        or is_of_database(error)
    )
    if outcome.status is Status.FAILED:
        limit = None if is_mended_elsewhere else attempt.max_failures
        breaker = {"limit": limit, "open_until": now + CIRCUIT_OPEN}
        return [("jobs.failed", {**who, **breaker})]
    return []
