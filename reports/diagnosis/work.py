"""Checks of what the scripts do: what holds them back, what has failed, what is overdue, and whether plays were lost."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from reports.diagnosis.finding import Finding, NotChecked, fault, ok, warning
from reports.diagnosis.situation import Situation
from reports.status.facts import Standing, read_standing_in
from utils.errors import ExitCode, SettingsError
from utils.job.app_settings import load_app_settings_in
from utils.job.attempt import NOBODY
from utils.job.overdue import PATIENCE
from utils.job.scripts import chain_jobs
from utils.terminal import one_printable_line
from utils.words import counted, hours_text

LOOKED_WITHIN = timedelta(days=1)  # Spotify remembers only the last fifty plays
LATELY = timedelta(days=7)
OLD_BACKUP = timedelta(days=30)
PLAYS = "track_plays"
_BACKUP = re.compile(r"backup-(\d{4}-\d{2}-\d{2})\.zip(\.age)?")
_LONGEST_MESSAGE = 160


def check_stored_settings(at: Situation) -> Iterator[Finding]:
    """Whether the listener's settings in the database are of the right form: one that is not fails every script."""
    user_id = at.listener.user_id
    with at.stored() as cursor:
        try:
            load_app_settings_in(cursor, user_id)
        except SettingsError as error:
            yield fault(
                "settings-stored",
                f"A stored setting does not fit, and every script fails with it: {error}",
                "./run settings reset all",
            )
        else:
            yield ok("The stored settings are of the right form.")


def check_pauses(at: Situation) -> Iterator[Finding]:
    """What somebody has paused, or Spotify."""
    found = False
    for each in at.once(standing).pauses:
        what = "all scripts" if each.what == "*" else each.what
        if each.kind == "listener":
            found = True
            yield warning(
                "paused-by-you",
                f"You have paused {what}: nothing of that runs until you resume it.",
                f"./run control resume{'' if each.what == '*' else f' {each.what}'}",
            )
        elif each.kind == "spotify" and each.until is not None:
            found = True
            of = "" if each.what == "*" else f" of group {each.what}"
            yield warning(
                "spotify-pause",
                f"Spotify wants no requests{of} until {each.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({each.reason}). Asking earlier makes it longer.",
                "Nothing is to be done: the scripts go on by themselves.",
            )
    if not found:
        yield ok("Nothing is paused.")


def check_circuits(at: Situation) -> Iterator[Finding]:
    """Which scripts have failed so often that they are held back."""
    held = [each for each in at.once(standing).pauses if each.kind == "circuit"]
    for each in held:
        until = f" until {each.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if each.until else ""
        yield fault(
            "circuit-open",
            f"{each.what} has failed {counted(each.failures, 'time')} in a row, and is not tried again{until}.",
            f"./run logs --job {each.what} --level warning; once it is mended: ./run {each.what} --force",
            ExitCode.FAILED,
        )
    if not held:
        yield ok("No script is held back after failures.")


def check_failures(at: Situation) -> Iterator[Finding]:
    """Whose last run did not end well."""
    held = _held(at)
    failed = [each for each in at.once(standing).failed if each.job not in held]
    for each in failed:
        message = one_printable_line(each.message or "it went away without a word", _LONGEST_MESSAGE)
        yield warning(
            "job-failed",
            f"The last run of {each.job} did not end well ({each.started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC): {message}",
            f"./run logs --job {each.job} --level warning",
        )
    done = [each for each in at.once(standing).runs if each.last_success_at is not None]
    if not failed and not done:
        raise NotChecked("no script has run yet")
    if not failed:
        oldest = min(done, key=lambda each: each.last_success_at or at.now)
        since = f"{oldest.last_success_at:%Y-%m-%d %H:%M}" if oldest.last_success_at else ""
        yield ok(
            f"The last run of each of {counted(len(done), 'script')} went well; the oldest: {oldest.job}, {since} UTC."
        )


def check_overdue(at: Situation) -> Iterator[Finding]:
    """Which scripts of the daily chain have not gone well for two days."""
    told = {*_held(at), *(each.job for each in at.once(standing).failed), PLAYS}
    which = {
        "jobs": [job for job in chain_jobs() if job not in told],
        "user_ids": [at.listener.user_id, NOBODY],
        "before": at.now - PATIENCE,
        "now": at.now,
    }
    found = at.rows("jobs.overdue", **which)
    if found:
        yield warning(
            "overdue",
            f"Not gone well for two days or more: {', '.join(job for job, _ in found)}. What has changed since then is not copied.",
            "./run sync; and see that something starts it every day: ./run setup-github, or docs/operations.md",
        )
    else:
        yield ok("No script of the daily chain is overdue.")


def check_looking(at: Situation) -> Iterator[Finding]:
    """Whether somebody looks for plays often enough: Spotify remembers only the last fifty."""
    looked_at = at.once(standing).looked_at
    if looked_at is None:
        raise NotChecked(f"{PLAYS} has not run yet")
    since = at.now - looked_at
    if since > LOOKED_WITHIN and PLAYS not in _held(at):
        yield warning(
            "not-looked-for-plays",
            f"Nobody has looked for plays for {hours_text(since.total_seconds())}, and Spotify remembers only the last fifty.",
            f"./run {PLAYS}; and let something start it every ten minutes or half hour (docs/operations.md)",
        )
    else:
        yield ok(f"The last look for plays was at {looked_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC.")


def check_gaps(at: Situation) -> Iterator[Finding]:
    """Whether plays may have been lost lately."""
    lately = [gap for gap in at.once(standing).gaps if gap.end > at.now - LATELY]
    if lately:
        seconds = sum((gap.end - gap.start).total_seconds() for gap in lately)
        yield warning(
            "gaps",
            f"Plays may have been lost within the last seven days, in {counted(len(lately), 'stretch', 'stretches')} of {hours_text(seconds)} in all: "
            "nobody looked while Spotify still knew them.",
            "Ask Spotify for your extended streaming history, then ./run import FILE; and look for plays more often (docs/operations.md)",
        )
    else:
        yield ok("No plays were lost within the last seven days, as far as can be told.")


def check_backup(at: Situation) -> Iterator[Finding]:
    """How old the newest backup in this folder is."""
    at.needs_stored()
    found = [
        date.fromisoformat(match[1])
        for path in Path().glob("backup-*.zip*")
        if (match := _BACKUP.fullmatch(path.name))
    ]
    if not found:
        raise NotChecked("no backup lies in this folder (./run backup writes one)")
    newest = datetime(*max(found).timetuple()[:3], tzinfo=UTC)
    if at.now - newest > OLD_BACKUP:
        yield warning(
            "backup-old",
            f"The newest backup in this folder is of {newest:%Y-%m-%d}: what was heard since then is in the database alone.",
            "./run backup",
        )
    else:
        yield ok(f"The newest backup in this folder is of {newest:%Y-%m-%d}.")


def _held(at: Situation) -> set[str]:
    """The scripts with an open circuit."""
    return {each.what for each in at.once(standing).pauses if each.kind == "circuit"}


def standing(at: Situation) -> Standing:
    """How things stand with the listener, for `Situation.once`. Raises NotChecked where there is none."""
    user_id = at.listener.user_id
    with at.stored() as cursor:
        try:
            return read_standing_in(cursor, at.environ, at.now, user_id)
        except SettingsError:
            raise NotChecked("a stored setting does not fit") from None
