"""Checks of the listeners that the database has."""

from collections.abc import Iterator

from reports.diagnosis.finding import Finding, NotChecked, fault, ok
from reports.diagnosis.situation import Situation
from utils.words import counted


def check_listener(at: Situation) -> Iterator[Finding]:
    """Whether there is the listener who is named, or any."""
    at.needs_stored()
    (active,) = at.row("doctor.active_listeners")
    try:
        at.listener  # noqa: B018 - found once, or the reason why not
    except NotChecked as why:
        if not at.named:
            raise
        yield fault("listener", f"{why}.", "Leave out --user, or name one that ./run status --user shows.")
    else:
        yield ok(f"{counted(active, 'listener')} in the database, not counting those who are paused.")
