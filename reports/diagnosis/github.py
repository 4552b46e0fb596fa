"""Checks of the copy on GitHub, where `gh` is there: its workflows, secrets, and how their runs end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.diagnosis.finding import Finding, NotChecked, fault, ok, warning
from reports.diagnosis.situation import Situation
from reports.watch.schedule_history import look, read_history
from utils.errors import ExitCode, SettingsError
from utils.github.gh import Gh, GhError, check_login, find_gh
from utils.github.repository import Repository, as_list, as_mapping, look_at, name_of_origin, workflow_states
from utils.github.schedules import SWITCH, Schedule, are_on, schedules
from utils.github.settings import BACKUP_KEY, ENVIRONMENT, SPOTIFY_SECRETS, read_secret_names, read_variables
from utils.job.attempt import NOBODY
from utils.words import counted

ON = "active"
_WHY_OFF = {
    "disabled_inactivity": "GitHub has switched it off after 60 days without a commit",
    "disabled_fork": "a fork keeps it off until somebody switches it on",
    "disabled_manually": "somebody has switched it off",
}
_UNDECIDED = ("skipped", "cancelled", "")  # another cron line's, or one that came to no end
_BACKUP = "backup.yml"
_OLD_BACKUP = timedelta(days=14)  # twice its period


@dataclass(frozen=True)
class OnGitHub:
    """The copy: its variables, and the states of its workflows by their files."""

    gh: Gh
    repository: Repository
    variables: Mapping[str, str]
    states: Mapping[str, str]

    @property
    def are_on(self) -> bool:
        """Whether its schedules are on."""
        return are_on(self.variables)

    def chosen(self) -> Iterator[Schedule]:
        """The schedules that its variables have not switched off, nor spoilt."""
        for schedule in schedules():
            try:
                if schedule.chosen(self.variables) is not None:
                    yield schedule
            except SettingsError:
                continue


@dataclass(frozen=True)
class Run:
    """A run that has come to its end."""

    run_id: int
    conclusion: str
    created_at: datetime | None


def on_github(at: Situation) -> OnGitHub:
    """The copy, for `Situation.once`. Raises NotChecked where it cannot be asked."""
    if at.is_offline:
        raise NotChecked("--offline")
    if at.given("RUN_DOOR"):
        raise NotChecked("the demo is on no GitHub")
    try:
        gh = find_gh("A look at your copy on GitHub", lambda _text: None)
        check_login(gh)
        repository = look_at(gh, name_of_origin())
        variables = read_variables(gh, repository.option)
        states = workflow_states(gh, repository)
    except (GhError, SettingsError) as error:
        raise NotChecked(f"{error}".rstrip(".")) from None
    return OnGitHub(gh, repository, variables, states)


def scheduled(at: Situation) -> OnGitHub:
    """Likewise; raises NotChecked also where its schedules are off."""
    found = at.once(on_github)
    if not found.are_on:
        raise NotChecked(f"the schedules of {found.repository.name} are off (variable {SWITCH})")
    return found


def check_workflows(at: Situation) -> Iterator[Finding]:
    """Whether GitHub starts what it is to start."""
    found, is_well = at.once(scheduled), True
    if not found.states:
        yield fault(
            "actions-off",
            f"GitHub Actions are off in {found.repository.name}, or know no workflow of it, so nothing is started.",
            "./run setup-github",
            ExitCode.FAILED,
        )
        return
    for error in _wrong_variables(found):
        is_well = False
        yield fault("schedule-variable", str(error), error.remedy, ExitCode.FAILED)
    for schedule in found.chosen():
        state = found.states.get(schedule.file, "not there")
        if state != ON:
            is_well = False
            yield fault(
                "workflow-off",
                f"{schedule.title} ({schedule.file}) is not started: {_WHY_OFF.get(state, state)}.",
                f"gh workflow enable {schedule.file} --repo {found.repository.name}",
                ExitCode.FAILED,
            )
    if is_well:
        titles = ", ".join(schedule.title for schedule in found.chosen())
        yield ok(f"GitHub starts {titles}.")


def _wrong_variables(found: OnGitHub) -> list[SettingsError]:
    """Of the variables that choose a schedule those that choose none; each once."""
    wrong: dict[str, SettingsError] = {}
    for schedule in schedules():
        try:
            schedule.chosen(found.variables)
        except SettingsError as error:
            wrong.setdefault(str(error), error)
    return list(wrong.values())


def secret_names(at: Situation) -> set[str]:
    """The secrets that runs get, for `Situation.once`. Raises NotChecked likewise."""
    found = at.once(scheduled)
    environment = found.variables.get(ENVIRONMENT)
    where = ("--env", environment) if environment else ()
    try:
        return read_secret_names(found.gh, (*found.repository.option, *where))
    except GhError as error:
        raise NotChecked(f"{error}".rstrip(".")) from None


def check_secrets(at: Situation) -> Iterator[Finding]:
    """Whether the secrets are set that runs cannot do without."""
    names = at.once(secret_names)
    missing = [name for name in SPOTIFY_SECRETS if name not in names]
    if not names & {"DATABASE_URL", "DB_HOST"}:
        missing.insert(0, "DATABASE_URL")
    if missing:
        yield fault(
            "secrets-missing",
            f"Secrets are missing on GitHub, and each run there fails without them: {', '.join(missing)}.",
            "./run setup-github",
        )
    else:
        yield ok("The secrets are set on GitHub.")


def check_runs(at: Situation) -> Iterator[Finding]:
    """Whether the last run of each workflow went well."""
    found, well, failed = at.once(scheduled), 0, False
    for schedule in found.chosen():
        runs = _runs(found, schedule.file) if schedule.file in found.states else []
        if runs and runs[0].conclusion != "success":
            failed = True
            yield warning(
                "run-failed",
                f"The last run of {schedule.title} on GitHub did not go well ({runs[0].conclusion}).",
                f"gh run view {runs[0].run_id} --log-failed --repo {found.repository.name}",
            )
        well += bool(runs) and runs[0].conclusion == "success"
    if not failed:
        yield ok(f"The last run of each of {counted(well, 'workflow')} on GitHub went well.")


def _runs(found: OnGitHub, file: str) -> list[Run]:
    """The last runs of a workflow that have come to an end, the newest first. Raises NotChecked."""
    fields = "databaseId,status,conclusion,createdAt"
    try:
        listed = found.gh.read(
            "run", "list", "--workflow", file, "--limit", "20", "--json", fields, *found.repository.option
        )
    except GhError as error:
        raise NotChecked(f"{error}".rstrip(".")) from None
    ended = [each for each in map(as_mapping, as_list(listed)) if each.get("conclusion") not in _UNDECIDED]
    return sorted(map(_run, ended), key=lambda run: run.run_id, reverse=True)


def _run(listed: Mapping[str, object]) -> Run:
    """As `gh` lists it."""
    number = listed.get("databaseId")
    try:
        created_at = datetime.fromisoformat(str(listed.get("createdAt")))
    except ValueError:
        created_at = None
    return Run(number if isinstance(number, int) else 0, str(listed.get("conclusion")), created_at)


def check_schedules(at: Situation) -> Iterator[Finding]:
    """Whether the runs that GitHub starts leave their word in this database."""
    found = at.once(scheduled)
    user_ids = [at.listener.user_id, NOBODY]
    with at.stored() as cursor:
        history = read_history(cursor, user_ids, at.now)
    watched, _ = look(found.variables, history, at.now)
    stopped = [each.file for each in watched if each.has_stopped and found.states.get(each.file) == ON]
    if stopped:
        yield warning(
            "schedule-stopped",
            f"Schedules are on, and nothing in this database tells of their runs: {', '.join(stopped)}.",
            f"gh run list --repo {found.repository.name}; do they use this database? ./run setup-github sets its secret",
        )
    else:
        yield ok("The runs of GitHub's schedules are seen in this database.")


def check_backups(at: Situation) -> Iterator[Finding]:
    """Whether GitHub keeps backups, and how old the last is."""
    found = at.once(scheduled)
    if BACKUP_KEY not in at.once(secret_names):
        raise NotChecked(f"GitHub keeps no backups, because there is no secret {BACKUP_KEY}")
    if found.states.get(_BACKUP) != ON:
        raise NotChecked(f"{_BACKUP} is not started")
    good = [run.created_at for run in _runs(found, _BACKUP) if run.conclusion == "success" and run.created_at]
    if not good:
        raise NotChecked(f"no run of {_BACKUP} has gone well yet")
    if at.now - max(good) > _OLD_BACKUP:
        yield warning(
            "backup-old",
            f"The last backup on GitHub is of {max(good):%Y-%m-%d}: what was heard since then is in the database alone.",
            f"gh workflow run {_BACKUP} --repo {found.repository.name}",
        )
    else:
        yield ok(f"The last backup on GitHub is of {max(good):%Y-%m-%d}.")
