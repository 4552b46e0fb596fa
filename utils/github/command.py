"""Set a fork or a private copy up on GitHub, with the GitHub CLI: secrets, variables, workflows, and the first run.

Everything can be done by hand as well (docs/settings.md). What is done already stays; a second run only sends the secrets anew.
"""

import argparse
import shlex
import sys
from collections.abc import Mapping

from utils.clock import Clock
from utils.config import environment
from utils.errors import ExitCode, JobError, SettingsError
from utils.github import announcement, first_run
from utils.github.database_url import of_this_machine, offer_env_file
from utils.github.gh import Gh, GhError, check_login, find_gh
from utils.github.plan import (
    DASHBOARDS,
    PRIVATE_PLAYS_CRON,
    Options,
    Plan,
    agrees,
    check_options,
    consent_of,
    make_plan,
)
from utils.github.repository import (
    Repository,
    create_environment,
    enable_actions,
    enable_issues,
    enable_pages,
    look_at,
    name_of_origin,
    parse_name,
    workflow_states,
)
from utils.github.schedules import OFF, SWITCH, schedules
from utils.github.settings import ENVIRONMENT, SECRETS, read_secret_names, secret_command, variable_command
from utils.github.steps import Steps
from utils.start import CTRL_C
from utils.terminal import Terminal, ask, ask_secret, say
from utils.verbose import add_verbose

_HELP = """Set your copy of this repository up on GitHub: secrets, variables, workflows, the first run.

Needs the GitHub CLI (cli.github.com; `gh auth login`), and the consent of `./run login`. It says what it does, can be
run again at any time, and removes nothing. No secret is shown, or part of a command. Without OWNER/NAME: the
repository of this folder's remote `origin`.

reads   .env and the environment; what GitHub says of the repository; whether the database answers
writes  on GitHub: secrets, variables, with --environment a GitHub environment; starts 00_master_sync.yml"""
BY_HAND = "disabled_manually"  # what GitHub says of a workflow that somebody has switched off
_LISTINGS, _ASKED_AT = 6, 2
_LISTING_S = 2.0


def main() -> int:
    """Run the command. Exit codes: 0 done · 1 failed · 2 settings · 3 consent · 130 interrupted."""
    try:
        setup_github(
            _options(), environment(file_may_be_missing=True), Terminal(say, ask, ask_secret), Clock()
        )
    except JobError as error:
        say(f"setup-github: {error}\n{error.remedy}".rstrip(), sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        say(f"\nsetup-github: stopped by {CTRL_C}", sys.stderr)
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def setup_github(options: Options, environ: Mapping[str, str], person: Terminal, clock: Clock) -> None:
    """Look at everything, ask, then do it. Raises JobError, and SettingsError before anything was changed."""
    check_options(options)
    gh = find_gh("This", person.say, dry_run=options.dry_run)
    consent = consent_of(environ, clock)
    gh.protect((*consent[0].values(), *(environ.get(name, "") for name in ("DATABASE_URL", "DB_PASSWORD"))))
    name = name_of_origin() if options.repository is None else parse_name(options.repository)
    if name is None:
        raise SettingsError(
            "The repository is not of the form OWNER/NAME.", "Such as: ./run setup-github me/mirror"
        )
    check_login(gh)
    repository = look_at(gh, name)
    plan = make_plan(options, environ, consent, repository, gh, person)
    gh.protect(plan.to_hide())
    person.say(announcement.before(plan))
    if not (options.yes or options.dry_run or agrees(person, f"Set up {repository.name}? [y/N]: ")):
        raise JobError("Nothing was changed.")
    if offer_env_file(plan.database, environ, person):
        environ = {**environ, "DATABASE_URL": plan.database.url or ""}
    steps = Steps(gh, repository, person.say)
    is_ready = _set(plan, gh, steps)
    is_ready = _enable(plan, gh, steps, options, person, clock) and is_ready
    if is_ready:
        _run(repository, gh, options, person, clock)
    else:
        steps.failed.append("the first run, which was not started")
    if steps.failed:
        raise JobError(
            f"Not done: {'; '.join(steps.failed)}.",
            " ".join((*steps.remedies, "Run this again when that is mended; what is done stays done.")),
        )
    if not options.dry_run:
        person.say(announcement.at_the_end(plan, of_this_machine(environ, plan.secrets.get("DATABASE_URL"))))


def _set(plan: Plan, gh: Gh, steps: Steps) -> bool:
    """Environment, secrets and variables. Whether all is there that a run needs."""
    repository, environment = plan.repository, plan.environment
    if environment and not steps.take(
        f"environment {environment}",
        lambda: create_environment(gh, repository, environment),
        f"{repository.url}/settings/environments (private repositories of the free plan have none: leave --environment away)",
    ):
        steps.failed.append("the secrets, which belong into it")
        is_ready = False
    else:
        is_ready = all([_set_secret(name, value, plan, gh, steps) for name, value in plan.secrets.items()])
    for name, value in plan.wanted.items():
        if name not in (ENVIRONMENT, SWITCH):
            is_set = _set_variable(name, value, plan, gh, steps)
            is_ready = is_ready and (is_set or name != "PLAYS_CRON")  # else it would cost more than was said
        elif is_ready:
            is_ready = _set_variable(name, value, plan, gh, steps)
        else:  # runs would look for secrets that are not there
            steps.failed.append(f"the variable {name}, for want of secrets")
    if environment and is_ready and not gh.dry_run:
        steps.take("secrets", lambda: _left_over(plan, gh), f"gh secret list {shlex.join(repository.option)}")
    if plan.dashboard == "pages":
        steps.take(
            "GitHub Pages",
            lambda: enable_pages(gh, repository),
            f"{repository.url}/settings/pages, source: GitHub Actions",
        )
    return is_ready


def _set_secret(name: str, value: str, plan: Plan, gh: Gh, steps: Steps) -> bool:
    command = secret_command(name, plan.of_secrets)

    def send() -> str:
        gh.write(*command, value=value)
        return "sent"

    return steps.take(f"secret {name}", send, f"{gh.shown(command)}   (asks for it, hidden)")


def _set_variable(name: str, value: str | None, plan: Plan, gh: Gh, steps: Steps) -> bool:
    """Set a variable, or delete it, if that changes anything."""
    where, present = plan.repository.option, plan.variables.get(name)
    if value is None:
        command: tuple[str, ...] = ("variable", "delete", name, *where)
        by_hand = gh.shown(command)
    else:
        command = variable_command(name, where)
        by_hand = gh.shown((*command, "--body", value))

    def change() -> str:
        if value == present:
            return "not set" if value is None else f"{value} already"
        gh.write(*command, value=value)
        was = "" if present is None else f" (it was {gh.printable(present)})"
        return f"{'deleted' if value is None else value}{was}"

    return steps.take(f"variable {name}", change, by_hand)


def _left_over(plan: Plan, gh: Gh) -> str:
    """Say which secrets the repository still has beside those of the environment, where every workflow can read them."""
    old = [name for name in SECRETS if name in read_secret_names(gh, plan.repository.option)]
    if not old:
        return "only in the environment"
    return (
        f"{', '.join(old)} are still in the repository, where every workflow can read them; delete them one by one: "
        f"{gh.shown(('secret', 'delete', old[0], *plan.repository.option))}"
    )


def _enable(plan: Plan, gh: Gh, steps: Steps, options: Options, person: Terminal, clock: Clock) -> bool:
    """Switch Actions and the scheduled workflows on. Whether the first run can be started."""
    repository = plan.repository
    steps.take(
        "GitHub Actions",
        lambda: enable_actions(gh, repository),
        f"{repository.url}/settings/actions, Allow all actions",
    )
    steps.take(
        "issues",
        lambda: enable_issues(gh, repository),
        gh.shown(("repo", "edit", repository.name, "--enable-issues")),
    )
    states: dict[str, str] = {}
    listed = steps.take(
        "workflows",
        lambda: _list(states, repository, gh, options, person, clock),
        f"open {repository.url}/actions and press the button that enables workflows; if there is none, push this "
        f"folder to the branch {repository.branch}",
    )
    if not listed:
        return False
    went = {
        schedule.file: steps.take(
            f"workflow {schedule.file}",
            lambda file=schedule.file: _enable_workflow(file, states, repository, gh),  # type: ignore[misc]
            gh.shown(("workflow", "enable", schedule.file, *repository.option)),
        )
        for schedule in schedules()
    }
    return went[first_run.WORKFLOW]


def _list(
    states: dict[str, str],
    repository: Repository,
    gh: Gh,
    options: Options,
    person: Terminal,
    clock: Clock,
) -> str:
    """Fill `states`; how many workflows there are. Asks for the button that GitHub wants pressed in a new fork."""
    for time in range(1 if options.dry_run else _LISTINGS):
        if time:
            clock.sleep(_LISTING_S)  # GitHub takes a moment to see them after Actions were switched on
        if time == _ASKED_AT and repository.is_fork and not options.yes:
            person.ask(
                f"GitHub runs no workflow of a new fork before its owner has agreed. Open {repository.url}/actions, "
                "press the green button, then Enter here: "
            )
        states.update(workflow_states(gh, repository))
        if first_run.WORKFLOW in states:
            return f"{len(states)} known to GitHub"
    if options.dry_run and not states:
        return "not known to GitHub before Actions are on"
    raise GhError(
        f"GitHub knows no {first_run.WORKFLOW} there.",
        f"Press the green button at {repository.url}/actions; an empty repository needs a push of this folder first.",
    )


def _enable_workflow(file: str, states: Mapping[str, str], repository: Repository, gh: Gh) -> str:
    """Switch a workflow on, unless somebody has switched it off. Raises GhError where the first run needs that one."""
    state = states.get(file, "off" if gh.dry_run and not states else "")
    command = ("workflow", "enable", file, *repository.option)
    if state == "active":
        return "on already"
    if not state:
        raise GhError(
            f"GitHub does not know it: it is not in the branch {repository.branch}.",
            f"Bring that branch up to date: gh repo sync {repository.name}, or push this folder to it.",
        )
    if state == BY_HAND and file == first_run.WORKFLOW:
        raise GhError(
            "somebody has switched it off, and the first run needs it.", f"On again: {gh.shown(command)}"
        )
    if state == BY_HAND:
        return f"stays off, since somebody has switched it off; on: {gh.shown(command)}"
    gh.write(*command)
    return f"switched on (it was {state})"


def _run(repository: Repository, gh: Gh, options: Options, person: Terminal, clock: Clock) -> None:
    """Start the first run and wait for it, unless one has gone well. Raises JobError where it does not go well."""
    before = first_run.runs_so_far(gh, repository)
    good, run = first_run.is_green(before), first_run.to_wait_for(before)
    if run is not None:
        person.say(f"first run: under way already, {run.url}")
    elif good is not None and not options.start:
        person.say(f"first run: a run has gone well already, {good.url} (--start starts another one)")
        return
    else:
        run = first_run.start(gh, repository, before, clock)
        person.say("first run: would be started" if run is None else f"first run: started, {run.url}")
    if run is None or options.dry_run or not options.wait:
        return
    try:
        first_run.wait_for(gh, repository, run, clock)
    except KeyboardInterrupt:
        person.say(f"\nThe run goes on without you: {run.url}")
        raise
    person.say(f"first run: went well, {run.url}")


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="./run setup-github",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 done, and the run went well; 1 failed; 2 settings; 3 consent; 130 interrupted",
    )
    parser.add_argument("repository", nargs="?", metavar="OWNER/NAME", help="your copy, on GitHub")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    add_verbose(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="show every command, and run only those that read"
    )
    parser.add_argument(
        "--no-check", dest="check", action="store_false", help="do not try the database from here"
    )
    parser.add_argument("--no-wait", dest="wait", action="store_false", help="do not wait for the first run")
    parser.add_argument("--start", action="store_true", help="start a run although one has gone well already")
    parser.add_argument(
        "--plays-cron",
        metavar="LINE",
        help=f"when to look for plays: a cron line of one of the workflows that do, or {OFF}; a private repository gets "
        f"'{PRIVATE_PLAYS_CRON}', unless one is set",
    )
    parser.add_argument(
        "--environment",
        metavar="NAME",
        help="keep the secrets in this GitHub environment, for the default branch only",
    )
    parser.add_argument(
        "--dashboard",
        choices=DASHBOARDS,
        help=f"where the dashboard can be seen: with the run, on GitHub Pages, or nowhere ({OFF})",
    )
    parser.add_argument(
        "--dashboard-is-public",
        action="store_true",
        help="yes, strangers may see it: all of GitHub Pages, and all of a public repository, is public",
    )
    options, more = parser.parse_known_args()
    if more:
        parser.error("too many or unknown arguments")  # not named: people paste tokens
    return Options(**vars(options))
