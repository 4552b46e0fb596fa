"""What may keep a job from running, each with one clear line and exit 0."""

from datetime import UTC, datetime, timedelta
from typing import Any

from utils.database.statements import statement
from utils.errors import Paused, Skipped
from utils.job.app_settings import AppSettings, load_app_settings
from utils.job.declaration import Job, Options
from utils.job.opening import Opening


def check_spotify_pauses(opening: Opening, client_id: str, groups: tuple[str, ...]) -> None:
    """Raise Paused while Spotify wants no requests of this app. Makes no request, and needs no user."""
    now = opening.attempt.clock.now()
    with opening.connection, opening.connection.cursor() as cursor:
        cursor.execute(statement("jobs.pauses"), {"client_id": client_id, "groups": list(groups)})
        pauses = cursor.fetchall()
        for group, reason, until in pauses:
            if until > now:
                raise Paused(
                    f"Spotify wants no requests before {_utc(until)} ({reason}, group {group}); none was made"
                )
        if pauses:
            cursor.execute(statement("jobs.forget_pauses"), {"client_id": client_id, "now": now})
            opening.attempt.run_log.logger.info(
                "the pause that Spotify wanted is over; going on from the checkpoint"
            )


def check_gates(opening: Opening, job: Job[Any], options: Options, user_id: str) -> AppSettings:
    """The listener's settings, where all gates are open. Raises Skipped or Paused at the first closed one."""
    now = opening.attempt.clock.now()
    with opening.connection, opening.connection.cursor() as cursor:
        cursor.execute(statement("jobs.gates"), {"user_id": user_id, "job": job.name})
        ((is_paused, circuit_open_until, last_success_at),) = cursor.fetchall()
    app_settings = load_app_settings(opening.connection, user_id)
    opening.attempt.max_failures = app_settings.number("sync.max_consecutive_errors")
    for key in ("spotify.auto_sync_enabled" if job.groups else "", job.setting):
        if key and not app_settings.is_on(key):
            raise Skipped(f"switched off by the setting {key}")
    if is_paused:
        raise Paused("paused by you")
    if options.force:
        return app_settings
    if circuit_open_until is not None and circuit_open_until > now:
        raise Paused(
            f"the circuit is open after repeated failures, until {_utc(circuit_open_until)} (or --force)"
        )
    cooldown = timedelta(minutes=app_settings.number(job.interval)) if job.interval else job.cooldown
    if last_success_at is not None and last_success_at + cooldown > now:
        raise Skipped(
            f"done a moment ago; again in {time_left(last_success_at + cooldown, now)} (or --force)"
        )
    return app_settings


def time_left(until: datetime, now: datetime) -> str:
    """`4 min 12 s`."""
    minutes, seconds = divmod(int((until - now).total_seconds()) + 1, 60)
    return f"{minutes} min {seconds} s"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
