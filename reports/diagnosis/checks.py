"""All checks, in the order in which they are told; and how they are made, so that one that fails keeps no other from being made."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace

import psycopg2

from reports.diagnosis import account, clocks, database, embedded, folders, github, listeners, settings, work
from reports.diagnosis.finding import Finding, NotChecked, Severity
from reports.diagnosis.situation import Situation
from utils.database.connection import Database, EmbeddedDatabase
from utils.database.trouble import explained
from utils.errors import DatabaseError, DatabaseUnavailableError, JobError

_LOOK = "Check DATABASE_URL, or the folder of the embedded database; docs/troubleshooting.md tells what to look at."

Check = Callable[[Situation], Iterator[Finding]]


@dataclass(frozen=True)
class Checked:
    """What a check has found: one finding or several."""

    area: str
    name: str
    findings: tuple[Finding, ...]


SETTINGS: Sequence[Check] = (
    settings.check_settings_file,
    settings.check_settings_file_is_private,
    settings.check_settings,
    settings.check_names,
    settings.check_database_is_named_once,
    settings.check_other_settings,
    settings.check_definitions,
    settings.check_packages,
)
# Before the embedded database is started: what they find keeps it from that.
EMBEDDED: Sequence[Check] = (
    embedded.check_programs,
    embedded.check_folder,
    embedded.check_users,
    embedded.check_disk,
)
DATABASE: Sequence[Check] = (
    database.check_database,
    database.check_transactions,
    database.check_tls,
    database.check_encoding,
    database.check_writing,
    database.check_schema,
    database.check_rights,
    database.check_space,
)
SPOTIFY: Sequence[Check] = (
    account.check_has_consent,
    account.check_app,
    account.check_consent,
    account.check_consent_age,
    account.check_scopes,
    account.check_quota_mode,
)
PLACE: Sequence[Check] = (clocks.check_clock, clocks.check_time_zone, clocks.check_market)
LISTENERS: Sequence[Check] = (listeners.check_listener, listeners.check_keys, listeners.check_stored_consents)
WORK: Sequence[Check] = (
    work.check_stored_settings,
    work.check_pauses,
    work.check_circuits,
    work.check_failures,
    work.check_overdue,
    work.check_looking,
    work.check_gaps,
    work.check_backup,
)
FOLDERS: Sequence[Check] = (folders.check_artwork, folders.check_covers, folders.check_site)
GITHUB: Sequence[Check] = (
    github.check_workflows,
    github.check_secrets,
    github.check_runs,
    github.check_schedules,
    github.check_backups,
)


def examine(at: Situation) -> list[Checked]:
    """Make all checks."""
    before = [*_all("settings", SETTINGS, at), *_all("embedded database", EMBEDDED, at)]
    is_usable = not any(
        finding.severity is Severity.FAULT
        for each in before
        if each.area == "embedded database"
        for finding in each.findings
    )
    with opened(at, is_usable=is_usable):
        return [
            *before,
            *_all("database", DATABASE, at),
            *_all("Spotify", SPOTIFY, at),
            *_all("time and place", PLACE, at),
            *_all("listeners", LISTENERS, at),
            *_all("scripts", WORK, at),
            *_all("folders", FOLDERS, at),
            *_all("GitHub", GITHUB, at),
        ]


@contextmanager
def opened(at: Situation, *, is_usable: bool = True) -> Iterator[None]:
    """The database is connected to while the body runs, where that can be; `is_usable`: whether it may be started."""
    with ExitStack() as stack:
        try:
            _open(at, stack, is_usable=is_usable)
        except DatabaseError as error:
            at.out_of_reach = error
        except (psycopg2.Error, OSError, ValueError) as error:  # such as a folder that is not ours
            at.out_of_reach = DatabaseUnavailableError(f"The database cannot be used ({error}).", _LOOK)
        yield


def _open(at: Situation, stack: ExitStack, *, is_usable: bool) -> None:
    named = at.database
    if named is None:
        at.not_opened = "the settings name no database that can be one"
    elif isinstance(named, EmbeddedDatabase) and not is_usable:
        at.not_opened = "the embedded database cannot be started"
    elif isinstance(named, EmbeddedDatabase) and not named.is_made:
        at.not_opened = "the embedded database is not made yet (./run sync makes it)"
    else:
        at.reached = named if isinstance(named, Database) else named.start()
        at.connection = stack.enter_context(closing(at.reached.connect()))


def _all(area: str, checks: Sequence[Check], at: Situation) -> Iterator[Checked]:
    for check in checks:
        name = check.__name__.removeprefix("check_")
        findings = tuple(
            finding if finding.code else replace(finding, code=name) for finding in _made(name, check, at)
        )
        yield Checked(area, name, findings)


def _made(name: str, check: Check, at: Situation) -> Iterator[Finding]:
    """What one check finds; where it cannot be made, that and why."""
    try:
        yield from check(at)
    except NotChecked as why:
        yield _not_checked(name, str(why))
    except psycopg2.Error as error:
        yield _not_checked(name, explained(error).reason)
    except (JobError, OSError) as error:
        yield _not_checked(name, f"{error}".rstrip("."))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a check, the others are made
        yield _not_checked(name, f"the check itself has failed ({type(error).__name__}: {error})")


def _not_checked(name: str, why: str) -> Finding:
    return Finding(Severity.NOT_CHECKED, name, why)
