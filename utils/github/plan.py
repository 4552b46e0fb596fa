"""What is to be set in a repository: found out, and asked for, before anything is changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from utils.clock import Clock
from utils.config import load_settings
from utils.database.connection import Database, database_from, open_connection
from utils.errors import ConsentError, DatabaseError, DatabaseSettingsError, JobError, SettingsError
from utils.github.gh import Gh, GhError
from utils.github.repository import Repository, check_environment_name
from utils.github.schedules import OFF, SWITCH, schedules, slots
from utils.github.settings import (
    ENVIRONMENT,
    VARIABLES,
    hosted_database,
    read_secret_names,
    read_variables,
    why_not_from_github,
)
from utils.spotify.tokens import consent_ends_at
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
    """What is to be. `variables` are those that are set; `wanted` has their new values, None for one that goes."""

    repository: Repository
    secrets: Mapping[str, str]
    environment: str | None
    variables: Mapping[str, str]
    wanted: Mapping[str, str | None]

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
    def plays_cron(self) -> str:
        """The cron line that will look for plays, or `off`."""
        return self.wanted.get(PLAYS_CRON) or self.variables.get(PLAYS_CRON) or plays_crons()[0]


def plays_crons() -> tuple[str, ...]:
    """The cron lines of the workflows that look for plays, the default first."""
    found = [each for each in schedules() if each.variable == PLAYS_CRON]
    return tuple(cron for each in sorted(found, key=lambda each: each.default is None) for cron in each.crons)


def runs_a_month(cron: str) -> int:
    """How often a cron line starts a run within 30 days."""
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    return 0 if cron == OFF else len(slots(cron, begin, begin + timedelta(days=30)))


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
    """The secrets and the variables of the consent that is given. Raises SettingsError or ConsentError."""
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
    url = _database(options, environ, lambda: _secret_names(gh, repository, environment), person)
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
    wanted[SWITCH] = "on"
    database = {} if url is None else {"DATABASE_URL": url}
    return Plan(repository, {**database, **secrets}, environment, variables, wanted)


def _secret_names(gh: Gh, repository: Repository, environment: str | None) -> set[str]:
    """The secrets that are set where they will be used; none in an environment that is not there yet."""
    where = ("--env", environment) if environment else ()
    try:
        return read_secret_names(gh, (*repository.option, *where))
    except GhError as error:
        if environment and error.status == 404:
            return set()
        raise


def _database(
    options: Options, environ: Mapping[str, str], present: Callable[[], set[str]], person: Terminal
) -> str | None:
    """The connection string to send: of the environment, or asked for; None where the one on GitHub stays."""
    given = hosted_database(environ).get("DATABASE_URL")
    if given is not None:
        if options.check:
            person.say(_answer(given))
        return given
    problem = _problem(environ.get("DATABASE_URL", "").strip())
    if present() & {"DATABASE_URL", "DB_HOST"}:
        person.say(f"The database's secret on GitHub stays: DATABASE_URL here {problem}.")
        return None
    remedy = "GitHub's machines need a PostgreSQL that they can reach: postgresql://user:password@host/database (docs/setup.md)."
    if options.yes:
        raise SettingsError(f"DATABASE_URL {problem}.", remedy)
    person.say(f"DATABASE_URL {problem}. {remedy}")
    if options.dry_run:
        person.say("It would be asked for.")
        return ""
    while True:
        url = person.ask_secret("DATABASE_URL: ").strip()
        if problem := _problem(url):
            person.say(f"DATABASE_URL {problem}.")
            continue
        try:
            if options.check:
                person.say(_answer(url))
            return url
        except DatabaseError as error:
            person.say(f"{error}\n{error.remedy}")


def _problem(url: str) -> str:
    """Why a connection string cannot be sent; empty where it can."""
    if not url:
        return "is missing"
    try:
        database = database_from({"DATABASE_URL": url})
    except DatabaseSettingsError as error:
        return f"cannot be used: {error} {error.remedy}".rstrip(". ")
    why = why_not_from_github(database.dsn) if isinstance(database, Database) else ""
    return f"cannot be used: {why}" if why else ""


def _answer(url: str) -> str:
    """What the database says when it is connected to from here. Raises DatabaseError."""
    with open_connection({"DATABASE_URL": url}) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        version = connection.server_version // 10000
    return f"The database answers (PostgreSQL {version}), at least to this machine."


def _confirm_that_it_is_public(
    options: Options, variables: Mapping[str, str], repository: Repository, person: Terminal
) -> None:
    """Raise JobError unless somebody has said that strangers may see the dashboard: --yes does not say that."""
    if options.dashboard_is_public or variables.get(IS_PUBLIC) == "yes":
        return
    what = "a page of GitHub Pages" if options.dashboard == "pages" else f"an artifact of {repository.name}"
    warning = f"EVERYBODY can read {what}: what you listen to, when, and your playlists would be published."
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
