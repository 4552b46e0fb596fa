"""What may keep a job from running, each with one clear line and exit 0."""

from datetime import UTC, datetime, timedelta

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.errors import Skipped, Stop
from utils.job.app_settings import load_app_settings
from utils.job.run import Run


class Paused(Stop):
    """Spotify, or the listener, wants a pause that is not over."""

    status = "paused"


def check_gates(connection: Connection, run: Run, user_id: str | None) -> None:
    """Raise Skipped or Paused at the first closed gate. Makes no request.

    Spotify's pauses hold for the app, so they are looked at also while the user is not known (None).
    """
    now = run.clock.now()
    with connection, connection.cursor() as cursor:
        if run.settings.spotify is not None and run.job.groups:
            _check_pauses(cursor, run, run.settings.spotify.client_id, now)
        if user_id is None:
            return
        cursor.execute(statement("jobs.gates"), {"user_id": user_id, "job": run.job.name})
        row = cursor.fetchone()
    assert row is not None
    is_paused, circuit_open_until, last_success_at = row
    run.app_settings = load_app_settings(connection, user_id)
    for key in ("spotify.auto_sync_enabled" if run.job.groups else "", run.job.setting):
        if key and not run.app_settings.is_on(key):
            raise Skipped(f"switched off by the setting {key}")
    if is_paused:
        raise Paused("paused by you")
    if run.options.force:
        return
    if circuit_open_until is not None and circuit_open_until > now:
        raise Paused(
            f"the circuit is open after repeated failures, until {_utc(circuit_open_until)} (or --force)"
        )
    cooldown = run.job.cooldown
    if run.job.interval:
        cooldown = timedelta(minutes=run.app_settings.number(run.job.interval))
    if last_success_at is not None and last_success_at + cooldown > now:
        raise Skipped(
            f"done a moment ago; again in {time_left(last_success_at + cooldown, now)} (or --force)"
        )


def time_left(until: datetime, now: datetime) -> str:
    """`4 min 12 s`."""
    minutes, seconds = divmod(int((until - now).total_seconds()) + 1, 60)
    return f"{minutes} min {seconds} s"


def _check_pauses(cursor: Cursor, run: Run, client_id: str, now: datetime) -> None:
    cursor.execute(statement("jobs.pauses"), {"client_id": client_id, "groups": list(run.job.groups)})
    pauses = cursor.fetchall()
    for group, reason, until in pauses:
        if until > now:
            raise Paused(
                f"Spotify wants no requests before {_utc(until)} ({reason}, group {group}); none was made"
            )
    if pauses:
        cursor.execute(statement("jobs.forget_pauses"), {"client_id": client_id, "now": now})
        run.log.info("the pause that Spotify wanted is over; going on from the checkpoint")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
