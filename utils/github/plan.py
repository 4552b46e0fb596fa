"""What is to be set in a repository: found out, and asked for, before anything is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from utils.clock import Clock
from utils.config import load_settings
from utils.database.connection import Database, database_from
from utils.errors import ConsentError, JobError, SettingsError
from utils.github.database_url import DatabaseUrl, find_database_url
from utils.github.gh import Gh, GhError
from utils.github.repository import Repository, check_environment_name
from utils.github.schedules import OFF, SWITCH, are_on, schedules
from utils.github.settings import (
    BACKUP_KEY,
    ENVIRONMENT,
    SEALING_KEY,
    VARIABLES,
    read_secret_names,
    read_variables,
)
from utils.public_sections import SETTING as PUBLIC_SECTIONS
from utils.spotify.consents import consent_ends_at
from utils.terminal import Terminal

PLAYS_CRON = "PLAYS_CRON"
# Every half hour: each run is billed as a whole minute there, of 2,000 that are free in a month.
PRIVATE_PLAYS_CRON = "7,37 * * * *"
DASHBOARD, IS_PUBLIC = "DASHBOARD", "DASHBOARD_IS_PUBLIC"
DASHBOARDS = ("artifact", "pages", OFF)


@dataclass(frozen=True)
class Options:
    """The command line. None: as it is set already, or else as suits the repository."""

    repository: str | None = None
    yes: bool = False
    dry_run: bool = False
    check: bool = True
    wait: bool = True
    start: bool = False
    plays_cron: str | None = None
    environment: str | None = None
    dashboard: str | None = None
    dashboard_is_public: bool = False


@dataclass(frozen=True)
class Plan:
    """What is to be. `variables` are those that are set; `wanted` has their new values, None for one that goes.

    Without SCHEDULES in `wanted`, the schedules are off and stay so.
    """

    repository: Repository
    secrets: Mapping[str, str]
    environment: str | None
    variables: Mapping[str, str]
    wanted: Mapping[str, str | None]
    database: DatabaseUrl

    @property
    def of_secrets(self) -> tuple[str, ...]:
        """Where the secrets stand, as options of `gh`."""
        return (*self.repository.option, *(("--env", self.environment) if self.environment else ()))

    def to_hide(self) -> list[str]:
        """What must never be shown: the secrets, and the password within the connection string."""
        url = self.secrets.get("DATABASE_URL")
        database = database_from({"DATABASE_URL": url}) if url else None
        return [*self.secrets.values(), *(database.secrets() if isinstance(database, Database) else ())]

    @property
    def dashboard(self) -> str | None:
        """Where the dashboard will be shown: artifact, pages, or nowhere."""
        shown = self.wanted.get(DASHBOARD, self.variables.get(DASHBOARD))
        return shown if shown in ("artifact", "pages") else None

    @property
    def stays_off(self) -> bool:
        """Whether the schedules, which somebody has switched off, stay so."""
        return SWITCH not in self.wanted

    @property
    def variables_then(self) -> dict[str, str]:
        """The variables as they will be."""
        both = {**self.variables, **self.wanted}
        return {name: value for name, value in both.items() if value is not None}

    @property
    def plays_cron(self) -> str:
        """The cron line that will look for plays, or `off`."""
        return self.wanted.get(PLAYS_CRON) or self.variables.get(PLAYS_CRON) or plays_crons()[0]


def plays_crons() -> tuple[str, ...]:
    """The cron lines of the workflows that look for plays, the default first."""
    found = [each for each in schedules() if each.variable == PLAYS_CRON]
    return tuple(cron for each in sorted(found, key=lambda each: each.default is None) for cron in each.crons)


def check_options(options: Options) -> None:
    """Raise SettingsError for an option that can never be carried out."""
    if options.plays_cron is not None and options.plays_cron not in (*plays_crons(), OFF):
        raise SettingsError(
            "--plays-cron: that is no cron line of the workflows that look for plays.",
            f"One of {', '.join(repr(cron) for cron in plays_crons())}, or {OFF}.",
        )
    if options.environment is not None:
        check_environment_name(options.environment)


def consent_of(environ: Mapping[str, str], clock: Clock) -> tuple[dict[str, str], dict[str, str]]:
    """The secrets and the variables of the consent that is given, and the keys of backups and stored consents. Raises SettingsError or ConsentError."""
    settings = load_settings(environ, needs_spotify=True)
    spotify = settings.spotify
    assert spotify is not None
    if spotify.authorized_at:
        try:
            ends = consent_ends_at(datetime.fromisoformat(spotify.authorized_at).astimezone(UTC))
        except ValueError:
            raise SettingsError(
                "SPOTIFY_AUTHORIZED_AT is no moment as in 2026-11-21T12:00:00+00:00.", "Run `./run login`."
            ) from None
        if ends <= clock.now():
            raise ConsentError(
                f"The consent ended on {ends:%Y-%m-%d}.", "Run `./run login` first.", "expired"
            )
    secrets = {
        "SPOTIFY_CLIENT_ID": spotify.client_id,
        "SPOTIFY_CLIENT_SECRET": spotify.client_secret,
        "SPOTIFY_REFRESH_TOKEN": spotify.refresh_token,
    }
    secrets |= {name: key for name in (BACKUP_KEY, SEALING_KEY) if (key := environ.get(name, "").strip())}
    return secrets, {name: value for name in VARIABLES if (value := environ.get(name, "").strip())}


def make_plan(
    options: Options,
    environ: Mapping[str, str],
    consent: tuple[Mapping[str, str], Mapping[str, str]],
    repository: Repository,
    gh: Gh,
    person: Terminal,
) -> Plan:
    """Find out what is there, and ask for what is missing. Raises JobError."""
    secrets, of_consent = consent
    variables = read_variables(gh, repository.option)
    environment = options.environment or variables.get(ENVIRONMENT) or None
    database = find_database_url(
        environ,
        lambda: _secret_names(gh, repository, environment),
        person,
        check=options.check,
        may_ask=not options.yes,
        dry_run=options.dry_run,
    )
    wanted: dict[str, str | None] = {**of_consent}
    if options.plays_cron or not (repository.is_public or PLAYS_CRON in variables):
        wanted[PLAYS_CRON] = options.plays_cron or PRIVATE_PLAYS_CRON
    if options.dashboard == OFF:
        wanted[DASHBOARD] = None
    elif options.dashboard:
        wanted[DASHBOARD] = options.dashboard
        if repository.is_public or options.dashboard == "pages":
            _confirm_that_it_is_public(options, variables, repository, person)
            wanted[IS_PUBLIC] = "yes"
    # Last, when all that a run needs is there.
    if environment:
        wanted[ENVIRONMENT] = environment
    if _may_switch_on(options, variables, repository, person):
        wanted[SWITCH] = "on"
    url = {} if database.url is None else {"DATABASE_URL": database.url}
    return Plan(repository, {**url, **secrets}, environment, variables, wanted, database)


def _may_switch_on(
    options: Options, variables: Mapping[str, str], repository: Repository, person: Terminal
) -> bool:
    """Whether the schedules are to be on: not where somebody has switched them off, unless that is what is wanted now."""
    if SWITCH not in variables or are_on(variables) or options.dry_run:
        return SWITCH not in variables or are_on(variables)
    question = f"The schedules of {repository.name} are switched off ({SWITCH}={variables[SWITCH]}). Switch them on? [y/N]: "
    return not options.yes and agrees(person, question)


def _secret_names(gh: Gh, repository: Repository, environment: str | None) -> set[str]:
    """The secrets that are set where they will be used; none in an environment that is not there yet."""
    where = ("--env", environment) if environment else ()
    try:
        return read_secret_names(gh, (*repository.option, *where))
    except GhError as error:
        if environment and error.status == 404:
            return set()
        raise


def _confirm_that_it_is_public(
    options: Options, variables: Mapping[str, str], repository: Repository, person: Terminal
) -> None:
    """Raise JobError unless somebody has said that strangers may see the dashboard: --yes does not say that."""
    if options.dashboard_is_public or variables.get(IS_PUBLIC) == "yes":
        return
    what = "a page of GitHub Pages" if options.dashboard == "pages" else f"an artifact of {repository.name}"
    warning = f"EVERYBODY can read {what}: of what you listen to, on which days, and of your playlists, what the setting {PUBLIC_SECTIONS} names would be published."
    if options.dry_run:
        person.say(f"{warning} It would be asked whether you want that.")
        return
    if options.yes:
        raise SettingsError(warning, "If you want that: --dashboard-is-public")
    if not agrees(person, f"{warning}\nPublish it? [y/N]: "):
        raise JobError("Nothing was changed.", "Leave --dashboard away, or use a private repository.")


def agrees(person: Terminal, question: str) -> bool:
    """Whether the answer is yes."""
    return person.ask(question).strip().lower() in ("y", "yes")
