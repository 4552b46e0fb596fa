"""The site's words as plain text, and what is said of a stretch of days."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from reports.dashboard import words
from reports.dashboard.heat_map import SAID_BELOW
from reports.dashboard.ranges import Range
from utils.words import counted

Row = Mapping[str, Any]


def plain(said: Markup | str) -> str:
    """What stands in the elements of a page."""
    return said.striptags() if isinstance(said, Markup) else said


def name_text(name: str | None) -> str:
    """A name; one that Spotify has left empty is said to be unknown, as on the pages."""
    return name if name and name.strip() else "name unknown"


def days_text(first: date, last: date) -> str:
    """`1 Nov 2026 to 28 Nov 2026`."""
    return plain(words.days(first, last))


def title_of(shown: Range, said: Row) -> str:
    """`This month, 1 Nov 2026 to 28 Nov 2026, so far`."""
    name = f"{shown.title}, " if shown.title else ""
    return f"{name}{days_text(shown.first, said['last'])}{', so far' if said['is_running'] else ''}"


def sums_text(plays: int, milliseconds: int) -> str:
    """`1,204 plays, 65 h`."""
    return f"{counted(plays, 'play')}, {words.duration_text(milliseconds)}"


def comparison_text(said: Row) -> str:
    """How the stretch compares with the one before, with both ends of both; empty where it is compared with nothing."""
    if said["comparison"] is None:
        return ""
    if said["comparison"] == "none":
        return "No record of the time before to compare with."
    whole, before = said["whole"], said["before"]
    change = plain(words.change(whole["plays"], before["plays"]))
    than = "as" if whole["plays"] == before["plays"] else "than"
    return (
        f"{days_text(said['first'], whole['last'])}: {counted(whole['plays'], 'play')}, {change} {than} "
        f"{days_text(before['first'], before['last'])} ({counted(before['plays'], 'play')})."
    )


def notes(said: Row) -> Iterator[str]:
    """What has to be known of the figures of a stretch."""
    if said["without"]:
        one = said["without"] == 1
        yield f"{counted(said['without'], 'play')} of no known track {'stands' if one else 'stand'} in no ranking."
    if said["known"] < SAID_BELOW * said["days"]:
        yield f"Known for {said['known']:,} of {counted(said['days'], 'day')}."
