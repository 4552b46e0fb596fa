"""`--all-users`: a job for one listener after the other, each on its own: what is wrong with one stops no other."""

import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from psycopg2.extensions import connection as Connection

from utils.config import Settings, environment, load_settings
from utils.database.connection import open_connection
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import ExitCode, JobError, SettingsError, Status
from utils.job.declaration import Job, Options
from utils.job.outcome import Outcome

R = TypeVar("R")
OF_ENVIRONMENT = "the listener of the environment"  # who has no name of ours


class Listener(NamedTuple):
    """A listener in their turn: what --user is given (empty: the environment's), and what they are called."""

    user: str
    name: str


def everybody(connection: Connection, settings: Settings, *, needs_consent: bool) -> list[Listener]:
    """The active listeners, the environment's first; `needs_consent`: those alone who have one."""
    has_environment = settings.spotify is not None and bool(settings.spotify.refresh_token)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("users.for_everybody"))
        rows = cursor.fetchall()
    if not needs_consent:
        return [Listener(name or user_id, name or OF_ENVIRONMENT) for user_id, name, _ in rows]
    stored = [Listener(name, name) for _, name, is_stored in rows if is_stored]
    return [Listener("", OF_ENVIRONMENT), *stored] if has_environment else stored


def nobody_to_copy() -> SettingsError:
    """What is said where everybody is meant, and there is nobody."""
    return SettingsError(
        "There is no active listener with a consent.",
        "./run users list says who there is; ./run login --user NAME stores a consent, ./run users resume NAME ends a pause.",
    )


def run_for_all(job: Job[R], options: Options, run: Callable[[Job[R], Options], Outcome]) -> ExitCode:
    """Run the job for everybody in turn; the highest exit code. A signal, and a cancel of everything, end the round."""
    try:
        settings = load_settings(environment(), needs_spotify=bool(job.groups), needs_consent=False)
        with open_connection(environment()) as connection:
            migrate(connection)
            listeners = everybody(
                connection, settings, needs_consent=bool(job.groups) or job.name == "run_all"
            )
    except JobError as error:
        sys.stderr.write(f"{job.name}: {' '.join(f'{error} {error.remedy}'.split())}\n")
        return error.exit_code
    if not listeners:
        nobody = nobody_to_copy()
        sys.stderr.write(f"{job.name}: {nobody} {nobody.remedy}\n")
        return nobody.exit_code
    ended: list[tuple[Listener, Outcome]] = []
    for listener in listeners:
        sys.stdout.write(f"\n{listener.name}\n")
        sys.stdout.flush()
        outcome = run(job, options._replace(user=listener.user))
        ended.append((listener, outcome))
        if outcome.is_told_to_end or outcome.cancels_all:
            break
    sys.stdout.write(summary(ended, len(listeners)))
    return max(outcome.returns for _, outcome in ended)


def summary(ended: Sequence[tuple[Listener, Outcome]], of: int) -> str:
    """How it went for each, and for how many it went well."""
    width = max(len(listener.name) for listener, _ in ended)
    lines, done, going_on = [], 0, 0
    for listener, outcome in ended:
        said = f"{outcome.message} {outcome.remedy}"
        if outcome.waiting_steps:
            said = f"the next run goes on with {', '.join(outcome.waiting_steps)}. {said}"
        lines.append(f"{listener.name.ljust(width)}  {outcome.status}  {said}".rstrip())
        done += outcome.status is Status.DONE and not outcome.waiting_steps
        going_on += outcome.status is Status.DONE and bool(outcome.waiting_steps)
    rest = f", {going_on} {'goes' if going_on == 1 else 'go'} on with the next run" if going_on else ""
    return "\n" + "\n".join([*lines, f"{done} of {of} listeners are done{rest}"]) + "\n"
