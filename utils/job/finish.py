"""The end of a run: what is said, what is stored, and the exit code."""

import sys
import traceback
from datetime import datetime, timedelta

import psycopg2

from utils.errors import ConsentError, JobError, RateLimited, Stop
from utils.job.outcome import Outcome, write_step_summary
from utils.job.run import Run
from utils.spotify.tokens import fingerprint

CIRCUIT_OPEN = timedelta(hours=1)


def finish(run: Run, error: BaseException | None) -> Outcome:
    """Say how the run ended, store it, and turn it into an outcome."""
    tally, now = run.tally, run.clock.now()
    status, exit_code, message, until = "done", 0, "", None
    if isinstance(error, RateLimited):
        status, until = "paused", error.until
        message = _pause_message(run, error, now)
        run.log.warning("%s", message)
    elif isinstance(error, Stop):
        status, message = error.status, str(error)
        if run.position and status == "stopped":
            message += f"; {run.position} done, the next run goes on from there"
        run.log.info("%s: %s", status, message)
    elif isinstance(error, JobError):
        status, message = "failed", str(error)
        exit_code = error.exit_code
        run.log.error("%s %s", message, error.remedy) if error.remedy else run.log.error("%s", message)
    elif isinstance(error, psycopg2.Error):
        status, exit_code = "failed", 1
        message = f"the database refused or went away ({type(error).__name__}: {(str(error).strip() or 'no message').splitlines()[0]})"
        run.log.error("%s", message)
    elif error is not None:
        status, exit_code = "failed", 1
        message = f"{type(error).__name__}: {error}"
        run.log.error("this is a fault of the program. %s", message)
        lines = run.run_log.redact("".join(traceback.format_exception(error))).splitlines()
        # A line of an exception's text must not become a command of GitHub Actions.
        sys.stderr.write("".join(f"| {line}\n" for line in lines))
    outcome = Outcome(
        job=run.job.name,
        status=status,
        exit_code=exit_code,
        message=run.run_log.redact(message),
        until=until,
        requests=run.transport.requests_made if run.transport else 0,
        seconds=(now - run.started_at).total_seconds(),
        tally=tally,
        consent_days_left=run.known_user.consent_days_left(now) if run.known_user else None,
    )
    if status in ("done", "failed"):
        run.log.log(20, "%s", outcome.line())
    if outcome.consent_warning():
        run.log.warning("%s", outcome.consent_warning())
    if run.journal is not None:
        try:
            _store(run, outcome, error, now)
        except Exception as lost:  # noqa: BLE001 - the outcome stands, and is told; only its storing failed
            run.log.error("the end of this run could not be stored: %s", type(lost).__name__)  # noqa: TRY400 - no traceback
    if run.step_summary is not None:
        write_step_summary(run.step_summary, outcome)
    return outcome


def _pause_message(run: Run, limit: RateLimited, now: datetime) -> str:
    saved = f" {run.position} saved; the next run goes on from there." if run.position else ""
    tracking = "" if limit.group in ("plays", "*") else " Play tracking goes on."
    return (
        f"Spotify wants a pause: {limit.reason}, group {limit.group}, hit at {now:%Y-%m-%d %H:%M} UTC. "
        f"No requests until {limit.until:%Y-%m-%d %H:%M:%S} UTC.{tracking}{saved}"
    )


def _store(run: Run, outcome: Outcome, error: BaseException | None, now: datetime) -> None:
    """History, pause, breaker, user and logs. A run that never began leaves the breaker alone."""
    assert run.journal is not None
    user_id = run.known_user.user_id if run.known_user else None if run.job.groups else "*"
    spotify = run.settings.spotify
    row: dict[str, object] = {
        "run_id": str(run.run_id),
        "user_id": user_id,
        "job": run.job.name,
        "started_at": run.started_at,
        "finished_at": now,
        "status": outcome.status,
        "rate_limited": isinstance(error, RateLimited),
        "requests": outcome.requests,
        "error_message": outcome.message.replace("\x00", "") or None,
        **run.tally.columns(),
    }
    todo: list[tuple[str, dict[str, object]]] = [("sync_history.finish", row)]
    who: dict[str, object] = {"user_id": user_id or "*", "job": run.job.name, "now": now}
    if isinstance(error, RateLimited) and spotify is not None:
        pause = {"group": error.group, "reason": error.reason, "until": error.until}
        todo.append(("jobs.store_pause", {"client_id": spotify.client_id, "now": now, **pause}))
    if isinstance(error, ConsentError) and spotify is not None:
        todo.append(
            ("users.set_auth_status", {"auth_status": error.auth_status, "fingerprint": fingerprint(spotify)})
        )
    elif outcome.status == "done" and outcome.requests and spotify is not None:
        todo.append(("users.set_auth_status", {"auth_status": "ok", "fingerprint": fingerprint(spotify)}))
    if outcome.status == "done":
        todo.append(("jobs.succeeded", who))
        if run.known_user:
            todo.append(("users.touch", who))
    elif outcome.status == "failed":
        todo.append(
            (
                "jobs.failed",
                {
                    **who,
                    "limit": run.app_settings.number("sync.max_consecutive_errors"),
                    "open_until": now + CIRCUIT_OPEN,
                },
            )
        )
    if run.entity_type and outcome.status != "done":
        unfinished = {"user_id": user_id, "entity_type": run.entity_type, "now": now}
        note = {"status": outcome.status, "error_message": row["error_message"]}
        todo.insert(0, ("sync_state.interrupt", {**unfinished, **note}))
    rows = run.journal.run(*todo)
    if outcome.status == "failed" and rows and rows[0][1] is not None:
        run.log.error("%s failures in a row: no more tries before %s UTC (or --force)", *_circuit(rows[0]))
    if run.transport is not None and spotify is not None:
        run.journal.add_calls(spotify.client_id, run.transport.take_counts(), now)
    run.journal.add_logs(run.run_id, run.run_log.take_rows())


def _circuit(row: tuple[object, ...]) -> tuple[object, str]:
    failures, until = row
    assert isinstance(until, datetime)
    return failures, f"{until:%Y-%m-%d %H:%M}"
