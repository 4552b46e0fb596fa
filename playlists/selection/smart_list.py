"""A smart playlist (`SmartList`), and the listener for whom it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.order import Chance
from playlists.arrangement.schedule import fill, period_name
from playlists.arrangement.track import Track
from playlists.language.kinds import Contents, Context
from playlists.language.model import LONGEST_DESCRIPTION, LONGEST_NAME, Definition
from utils.errors import JobError
from utils.job.users import meant


@dataclass(frozen=True)
class Listener:
    """The listener for whom lists are made, and the moment. `now` is aware; shuffles with the seed `run` depend on `run_id`."""

    user_id: str
    market: str | None
    zone: ZoneInfo
    now: datetime
    run_id: str

    @property
    def today(self) -> date:
        """Today in the listener's time zone."""
        return self.now.astimezone(self.zone).date()

    def context(self, lists: Mapping[str, tuple[Contents, ...]] | None = None) -> Context:
        """The context to evaluate a filter in. `lists`: the contents of the lists that it names."""
        return Context(self.user_id, self.now, self.zone, lists or {})


class Member(NamedTuple):
    """One of the several listeners of a list, and what the definition calls them."""

    called: str
    listener: Listener


@dataclass
class SmartList:
    """A list: its tracks once it was made, or the error that prevents that.

    `pool`: the tracks that a list which rotates takes its contents from; for other lists, the same as `tracks`.
    `lists`: what each list holds that the definition names. `first_slug`: the slug before its file was renamed.
    `selected`: what its rules select, where that was found out with the values of its template. `members`: of a list of several listeners those who it is made of. `left_out`: why each of the others is in it no more.
    """

    definition: Definition
    tracks: list[Track] = field(default_factory=list)
    pool: list[Track] = field(default_factory=list)
    error: JobError | None = None
    lists: Mapping[str, tuple[Contents, ...]] = field(default_factory=dict)
    first_slug: str = ""
    selected: Sequence[Track] | None = None
    members: tuple[Member, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The slug of the definition."""
        return self.definition.slug

    @property
    def origin_slug(self) -> str:
        """The slug of the file: that of the template, where the list comes from one."""
        return self.definition.template or self.definition.slug

    def chance(self, listener: Listener) -> Chance:
        """What is drawn by chance for it: the same under whatever name its file has."""
        return Chance(self.first_slug or self.slug, listener.today, listener.run_id)

    def whose(self, owner: Listener) -> tuple[Member, ...]:
        """Those whose tracks it is made of: its members, else its owner, who is called nothing."""
        return self.members if self.definition.listeners else (Member("", owner),)

    def texts(self, listener: Listener) -> tuple[str, str]:
        """Name and description, with the day and the count filled in."""
        definition, count = self.definition, len(self.tracks)
        is_archive = definition.mode == "archive"
        day = period_name(definition, listener.today) if is_archive else listener.today.isoformat()
        return (
            fill(definition.name, longest=LONGEST_NAME, date=day, count=count),
            fill(definition.description, longest=LONGEST_DESCRIPTION, date=day, count=count),
        )


def listener_meant(cursor: Cursor, now: datetime, run_id: str, named: str = "") -> Listener:
    """The listener in the database who is named, else who was last active. Raises SettingsError where there is none."""
    found = meant(cursor, now, named)
    return Listener(found.user_id, found.market, ZoneInfo(found.time_zone), now, run_id)
