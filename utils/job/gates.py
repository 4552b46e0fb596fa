"""What may keep a job from running, each with one clear line and exit 0."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from utils.clock import CLOCK_TOLERANCE, believed, cannot_be
from utils.database.statements import statement
from utils.errors import Paused, Skipped
from utils.job.app_settings import AppSettings, load_app_settings, settings_from
from utils.job.attempt import NOBODY
from utils.job.declaration import Job, Options
from utils.job.finish import CIRCUIT_OPEN, PAUSED_BY_YOU
from utils.job.opening import Opening
from utils.spotify.retry_after import LONGEST_PAUSE


def check_spotify_pauses(opening: Opening, client_id: str, groups: tuple[str, ...]) -> None:
    """Raise Paused while Spotify wants no requests of this app. Makes no request, and needs no user."""
    now, log = opening.attempt.clock.now(), opening.attempt.run_log.logger
    which = {"client_id": client_id, "groups": list(groups), "now": now, "latest": now + LONGEST_PAUSE}
    with opening.connection, opening.connection.cursor() as cursor:
        cursor.execute(statement("jobs.pauses"), which)
        pauses = cursor.fetchall()
        for group, reason, until, is_believed in pauses:
            if until > now and is_believed:
                raise Paused(
                    f"Spotify wants no requests before {_utc(until)} ({reason}, group {group}); none was made"
                )
        if pauses:
            cursor.execute(statement("jobs.forget_pauses"), which)
            ends = [until for _, _, until, _ in pauses if until > now]
            if ends:
                log.warning("%s", _of_wrong_clock("a pause that Spotify wanted, until", max(ends)))
            else:
                log.info("the pause that Spotify wanted is over; going on from the checkpoint")


def without_paused(opening: Opening, job: Job[Any], user_ids: Sequence[str]) -> list[str]:
    """Of the listeners whose chores a job does, those who have not paused it. Raises Paused where each of them has."""
    with opening.connection, opening.connection.cursor() as cursor:
        cursor.execute(statement("jobs.paused"), {"user_ids": list(user_ids), "job": job.name})
        paused = {user_id for (user_id,) in cursor}
    if user_ids and paused.issuperset(user_ids):
        raise Paused(PAUSED_BY_YOU)
    return [user_id for user_id in user_ids if user_id not in paused]


def check_gates(
    opening: Opening,
    job: Job[Any],
    options: Options,
    user_id: str,
    settings_of: str = "",
    client_id: str | None = None,
) -> AppSettings:
    """The listener's settings, where all gates are open. Raises Skipped or Paused at the first closed one.

    `settings_of`: the listener whose settings count, where that is not whose run it is. `client_id`: the app whose pauses count.
    """
    now = opening.attempt.clock.now()
    settings_of = settings_of or user_id
    which = {"user_id": user_id, "job": job.name, "settings_of": settings_of}
    with opening.connection, opening.connection.cursor() as cursor:
        cursor.execute(statement("jobs.gates"), {**which, "client_id": client_id, "groups": list(job.groups)})
        ((is_paused, circuit_open_until, last_success_at, stored, has_pauses),) = cursor.fetchall()
    if client_id is not None and has_pauses:
        check_spotify_pauses(opening, client_id, job.groups)
    app_settings = (
        load_app_settings(opening.connection, settings_of, now)
        if settings_of == NOBODY
        else settings_from(stored)
    )
    opening.attempt.max_failures = app_settings.number("sync.max_consecutive_errors")
    for key in ("spotify.auto_sync_enabled" if job.groups else "", job.setting):
        if key and not app_settings.is_on(key):
            raise Skipped(f"switched off by the setting {key}")
    if is_paused:
        raise Paused(PAUSED_BY_YOU)
    if cannot_be(last_success_at, now):
        opening.attempt.run_log.logger.warning(
            "%s", _of_wrong_clock("the last run of this job, of", last_success_at)
        )
    if options.force:
        return app_settings
    last_success_at = believed(last_success_at, now)
    if circuit_open_until is not None and circuit_open_until > now:
        _check_circuit(opening, circuit_open_until, now)
    cooldown = cooldown_of(job, app_settings)
    if options.is_manual and cooldown:
        cooldown = max(cooldown, timedelta(minutes=app_settings.number("sync.manual_cooldown_minutes")))
    # A run before it was known whose it is starts the cooldown of a listener who has had no other, unless that one's consent is
    # stored, and was not its; but who is not known yet has had none.
    if last_success_at is not None and user_id != NOBODY and last_success_at + cooldown > now:
        raise Skipped(
            f"done a moment ago; again in {time_left(last_success_at + cooldown, now)} (or --force)"
        )
    return app_settings


def _check_circuit(opening: Opening, until: datetime, now: datetime) -> None:
    """Raise Paused where it is open as long as circuits are; else a clock was wrong, which is said."""
    if until <= now + CIRCUIT_OPEN + CLOCK_TOLERANCE:
        raise Paused(
            f"held back until {_of_zone(until, opening)}, after failures in a row; --force tries at once"
        )
    opening.attempt.run_log.logger.warning("%s", _of_wrong_clock("an open circuit, until", until))


def cooldown_of(job: Job[Any], app_settings: AppSettings) -> timedelta:
    """How long a job does not run again after it has gone well."""
    return timedelta(minutes=app_settings.number(job.interval)) if job.interval else job.cooldown


def _of_wrong_clock(what: str, moment: datetime) -> str:
    """What is said of a stored moment that is not believed."""
    return f"{what} {_utc(moment)}, cannot be: a clock was wrong. It counts as unknown"


def time_left(until: datetime, now: datetime) -> str:
    """`4 min 12 s`."""
    minutes, seconds = divmod(int((until - now).total_seconds()) + 1, 60)
    return f"{minutes} min {seconds} s"


def _of_zone(moment: datetime, opening: Opening) -> str:
    """The time in the listener's zone, as far as the settings name it."""
    name = opening.settings.time_zone
    if name is None:
        return _utc(moment)
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(name)):%Y-%m-%d %H:%M} ({name})"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
