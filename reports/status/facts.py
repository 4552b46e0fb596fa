"""How things stand with a listener: SELECTs only, no request of Spotify."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from reports.stored_facts import (
    EVER,
    Copied,
    Coverage,
    Gap,
    Green,
    JobRun,
    Phase,
    Spent,
    read_copied,
    read_coverage,
    read_gaps,
    read_green,
    read_phases,
    read_runs,
    read_spent,
)
from reports.watch.schedule_history import read_history
from utils.clock import believed
from utils.errors import Status as RunStatus
from utils.github.schedules import are_on, next_starts, schedules
from utils.job.app_settings import AppSettings, load_app_settings_in
from utils.job.attempt import NOBODY
from utils.job.gates import cooldown_of
from utils.job.last_backup import LastBackup, read_last_backup
from utils.job.pauses import Pause, read_pauses
from utils.job.running import held
from utils.job.scripts import jobs
from utils.job.users import find_meant
from utils.spotify.consents import PUT_RIGHT_ELSEWHERE, consent_ends_at

BY_HAND = ("generate_playlist", "playlist_sync")
REMEMBERED = timedelta(hours=3)  # Spotify has the last fifty plays, which last for as long
RECENT = timedelta(days=2)  # a schedule that has started something within that time goes on


@dataclass(frozen=True)
class Consent:
    """The listener's consent. `state`: ok, or what Spotify has said is wrong with it."""

    ends_at: datetime | None
    days_left: int | None
    state: str
    began_at: datetime | None = None  # None: not known, or not believed
    login: str = "./run login"  # the command that renews it

    @property
    def elsewhere(self) -> str:
        """What puts it right where that is no new consent; empty: `login` does."""
        return PUT_RIGHT_ELSEWHERE.get(self.state, "")


@dataclass(frozen=True)
class Due:
    """What comes next. `by`: schedule (GitHub's, as this environment has it), default (GitHub's, as a copy has it that has
    chosen nothing), or cooldown (from then on the script runs again when it is started)."""

    what: str
    at: datetime
    by: str


@dataclass(frozen=True)
class Standing:
    """How things stand, as of one moment. Times are aware, UTC."""

    as_of: datetime
    time_zone: str
    user_id: str = ""  # empty: no listener is stored yet
    name: str | None = None  # as Spotify shows it
    has_consent: bool = False  # in the environment
    copied: Copied | None = None
    gaps: tuple[Gap, ...] = ()
    coverage: Coverage | None = None  # of the time since the first play, as far as it can be told now
    consent: Consent | None = None
    phases: tuple[Phase, ...] = ()
    runs: tuple[JobRun, ...] = ()  # the last of each script, the newest first
    pauses: tuple[Pause, ...] = ()
    due: tuple[Due, ...] = ()  # the soonest first
    spent: tuple[Spent, ...] = ()  # requests of the last 24 hours
    green: Green = field(default_factory=Green)
    settings: AppSettings = field(default_factory=AppSettings)
    backup: LastBackup | None = None  # the last one that was made on this machine

    @property
    def looked_at(self) -> datetime | None:
        """When Spotify was last asked for plays."""
        return _looked_at(self.runs)

    @property
    def running(self) -> list[JobRun]:
        """The runs under way, the chain that runs others before them."""
        return sorted(
            (each for each in self.runs if each.status == RunStatus.RUNNING), key=lambda each: each.started_at
        )

    @property
    def failed(self) -> list[JobRun]:
        """Scripts whose last run has failed, or was killed; without those that a person starts and looks at."""
        ended = (RunStatus.FAILED, RunStatus.KILLED)
        return [each for each in self.runs if each.status in ended and each.job not in BY_HAND]

    @property
    def overall(self) -> str:
        """One word: empty, running, no consent, rate limited, paused, failing, ok."""
        kinds = {each.kind for each in self.pauses}
        checks = (
            ("empty", not self.user_id),
            ("running", bool(self.running)),
            ("no consent", self.consent is not None and is_over(self.consent)),
            ("rate limited", "spotify" in kinds),
            ("paused", any(each.kind == "listener" and each.what == "*" for each in self.pauses)),
            ("failing", bool(self.failed or "circuit" in kinds)),
        )
        return next((word for word, holds in checks if holds), "ok")


def script_of(phase: Phase) -> str:
    """The script that copies it."""
    found = (
        job.name
        for job in jobs().values()
        if phase.entity in {entity.name for entity in job.entities} and not job.name.endswith("_full")
    )
    return next(found, "sync")


def is_over(consent: Consent) -> bool:
    """Whether it counts no more."""
    return consent.state != "ok" or (consent.days_left is not None and consent.days_left < 0)


def read_standing(
    connection: Connection, environ: Mapping[str, str], now: datetime, named: str = ""
) -> Standing:
    """As `read_standing_in`, in a transaction of its own; and which backup was made last on this machine."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return replace(read_standing_in(cursor, environ, now, named), backup=read_last_backup(environ))


def read_standing_in(
    cursor: Cursor, environ: Mapping[str, str], now: datetime, named: str = "", under_way: Sequence[str] = ()
) -> Standing:
    """Of the listener who is `named`, else the one last active. Raises SettingsError where nobody has that name.

    `under_way`: runs (ids) that are not told of. The transaction has to be REPEATABLE READ, so that all is of one moment.
    """
    user = find_meant(cursor, now, named)
    has_consent = bool(environ.get("SPOTIFY_REFRESH_TOKEN", "").strip())
    runs = tuple(_alive(cursor, read_runs(cursor, user.user_id if user else None, now, under_way)))
    if user is None:
        zone = environ.get("TIME_ZONE", "").strip() or "UTC"
        return Standing(now, zone, has_consent=has_consent, runs=runs)
    settings = load_app_settings_in(cursor, user.user_id)
    began = believed(user.authorized_at, now)
    ends_at = consent_ends_at(began) if began else None
    login = "./run login" if user.is_of_environment or not user.name else f"./run login --user {user.name}"
    return Standing(
        as_of=now,
        time_zone=user.time_zone,
        user_id=user.user_id,
        name=user.display_name,
        has_consent=has_consent,
        copied=read_copied(cursor, user.user_id),
        gaps=read_gaps(cursor, user.user_id),
        coverage=read_coverage(cursor, user.user_id, EVER, _told_until(runs, now), _looked_at(runs)),
        consent=Consent(ends_at, (ends_at - now).days if ends_at else None, user.auth_status, began, login),
        phases=tuple(read_phases(cursor, user.user_id)),
        runs=runs,
        pauses=read_pauses(cursor, user.user_id, now),
        due=tuple(_due(cursor, environ, settings, runs, user.user_id, now)),
        spent=read_spent(cursor, now),
        green=read_green(cursor, user.user_id, now),
        settings=settings,
    )


def _looked_at(runs: Sequence[JobRun]) -> datetime | None:
    """When Spotify was last asked for plays."""
    return next((run.last_success_at for run in runs if run.job == "track_plays"), None)


def _told_until(runs: Sequence[JobRun], now: datetime) -> datetime:
    """Until when it can be told what was observed: what was played since the last look is not lost while Spotify remembers it."""
    looked_at = _looked_at(runs)
    return looked_at if looked_at and timedelta(0) <= now - looked_at < REMEMBERED else now


def _alive(cursor: Cursor, runs: tuple[JobRun, ...]) -> list[JobRun]:
    """The runs; one that still says "running", while nobody holds its lock, was killed."""
    said = {each.run_id: (each.job, each.user_id) for each in runs if each.status == RunStatus.RUNNING}
    alive = held(cursor, said)
    return [
        replace(each, status=RunStatus.KILLED)
        if each.status == RunStatus.RUNNING and each.run_id not in alive
        else each
        for each in runs
    ]


def _due(
    cursor: Cursor,
    environ: Mapping[str, str],
    settings: AppSettings,
    runs: tuple[JobRun, ...],
    user_id: str,
    now: datetime,
) -> list[Due]:
    """What GitHub starts next, where its schedules are on; else which scripts still wait for their time."""
    if are_on(environ):
        return [Due(title, at, "schedule") for at, title in next_starts(environ, now)]
    seen = read_history(cursor, [user_id, NOBODY], now).by_schedule
    recent = {file for file, at in seen.items() if at > now - RECENT}
    if recent:
        # What runs has chosen its own line; of one workflow that has several, most keep the first.
        of_recent = {each.variable: each.crons[0] for each in schedules() if each.file in recent}
        titles = {each.title for each in schedules() if each.file in recent}
        return [Due(title, at, "default") for at, title in next_starts(of_recent, now) if title in titles]
    ends = {
        each.job: each.last_success_at + cooldown_of(jobs()[each.job], settings)
        for each in runs
        if each.job in jobs() and each.last_success_at is not None
    }
    return sorted((Due(job, at, "cooldown") for job, at in ends.items() if at > now), key=lambda due: due.at)
