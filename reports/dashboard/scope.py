"""What every page needs to know: whose it is, as of when, and how far the record reaches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from reports.dashboard.covers import Covers
from reports.dashboard.files import SiteFolder
from reports.status.facts import Standing, read_standing_in
from utils.config import environment
from utils.database.statements import statement

DOTS_BELOW = 300  # plays: fewer are drawn one by one
# Its own runs are nothing that a page tells of, which has the moment in its head: else each build would change what the next one says.
BUILDER = "build_dashboard"
Made = TypeVar("Made")


@dataclass(frozen=True)
class Scope:
    """One listener at one moment. Times are aware; a day is one of the listener's time zone."""

    user_id: str
    name: str | None
    zone: ZoneInfo
    now: datetime
    plays: int = 0  # that count in statistics
    first_played_at: datetime | None = None
    last_played_at: datetime | None = None
    checked_at: datetime | None = None  # when Spotify was last asked for plays
    estimated: str = ""  # the share of the plays whose time heard is estimated; empty where none is
    has_something: bool = False  # in the library, or plays
    under_way: Sequence[str] = ()  # ids of the runs that build the site, which are not told of

    @property
    def today(self) -> date:
        """The listener's day."""
        return self.now.astimezone(self.zone).date()

    @property
    def first_day(self) -> date:
        """Of the record; today where there is none."""
        return self.first_played_at.astimezone(self.zone).date() if self.first_played_at else self.today

    @property
    def has_few(self) -> bool:
        """Whether each play is worth a mark of its own."""
        return self.plays < DOTS_BELOW

    def begin_of(self, day: date) -> datetime:
        """The first moment of a day. Where the clock skips midnight, the first that there is."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def text_of(self, moment: datetime) -> str:
        """`28 Nov 2026, 21:30` in the listener's zone."""
        local = moment.astimezone(self.zone)
        return f"{local.day} {local:%b} {local.year}, {local:%H:%M}"


class Source:
    """Reads figures: named statements about the listener, in the transaction of the build."""

    def __init__(self, cursor: Cursor, scope: Scope, covers: Covers) -> None:
        self.cursor, self.scope, self.covers = cursor, scope, covers
        self._kept: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._made: dict[object, object] = {}

    @property
    def site(self) -> SiteFolder:
        """Where the site's files are put."""
        return self.covers.site

    @cached_property
    def standing(self) -> Standing:
        """How things stand with the listener, read once."""
        scope = self.scope
        found = read_standing_in(self.cursor, environment(), scope.now, scope.user_id, scope.under_way)
        return replace(found, runs=tuple(each for each in found.runs if each.job != BUILDER))

    def rows(self, name: str, **values: object) -> list[Mapping[str, Any]]:
        """The rows of a statement, by the names of its columns. `user_id`, `today`, `now`, `time_zone` are always known to it."""
        scope = self.scope
        known = {
            "user_id": scope.user_id,
            "today": scope.today,
            "now": scope.now,
            "time_zone": scope.zone.key,
        }
        self.cursor.execute(statement(name), {**known, **values})
        columns: Sequence[str] = [column.name for column in self.cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in self.cursor.fetchall()]

    def kept(self, name: str, **values: object) -> Sequence[Mapping[str, Any]]:
        """The rows of a statement that several pages show, read once, always with the same values. Not for large ones: they stay until the site is built."""
        if name not in self._kept:
            self._kept[name] = self.rows(name, **values)
        return self._kept[name]

    def once(self, make: Callable[["Source"], Made]) -> Made:
        """What a function makes of the source that several pages show: made once, and kept until the site is built."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(Made, self._made[make])

    @cached_property
    def days(self) -> Mapping[date, Mapping[str, Any]]:
        """Each day with plays: what is counted in days."""
        return {day: row for day, row in self.heard.items() if row["plays"]}

    @cached_property
    def heard(self) -> Mapping[date, Mapping[str, Any]]:
        """Each day on which anything was heard, if only what is too short to count as a play: what is summed up. `day`, `plays`, `heard_ms`, `without` (of plays: those of no known track)."""
        return {row["day"]: row for row in self.kept("site.days")}

    def row(self, name: str, **values: object) -> Mapping[str, Any]:
        """The one row of a statement that always has one."""
        (found,) = self.rows(name, **values)
        return found
