"""The parts of a definition after parsing: plain, immutable values.

The parser (`definition.py`) makes them; the compiler (`playlists.selection`) and `playlists.arrangement` read them. What
depends on the moment, such as "in the last 30 days", is kept as written and resolved when the list is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

GROUPS = ("all", "any", "none")
LONGEST_NAME = 100  # characters that Spotify takes in the name of a playlist
LONGEST_DESCRIPTION = 300

# The filter


@dataclass(frozen=True)
class Expression:
    """A field as a definition names it, with its options: `play_count`, or `plays_in` with a window."""

    field: str
    options: tuple[tuple[str, object], ...] = ()  # name and value, by name

    @cached_property  # asked for each track that is sorted
    def key(self) -> str:
        """A text that no other expression has: `plays_in(window=30d)`."""
        inner = ", ".join(f"{name}={value}" for name, value in self.options)
        return f"{self.field}({inner})" if inner else self.field


@dataclass(frozen=True)
class Place:
    """A place in a document; lines and columns begin at 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Condition:
    """One comparison of a field, which holds for a track or does not."""

    expression: Expression
    operator: str
    value: object  # of the Python type that the operator's `Takes` says
    text: str = ""  # as written, for people: `play_count: {gte: 5}`
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Group:
    """Conditions of which all, any or none have to hold. An empty one stands for "everything", and only at the top."""

    kind: Literal["all", "any", "none"]
    members: tuple["Condition | Group", ...]


Filter = Condition | Group
EVERYTHING: Filter = Group("all", ())


def conditions_of(match: Filter) -> Iterator[Condition]:
    """All conditions of a filter, as written from top to bottom."""
    if isinstance(match, Condition):
        yield match
    else:
        for member in match.members:
            yield from conditions_of(member)


def expressions_of(match: Filter) -> list[Expression]:
    """The expressions that the conditions of a filter look at, each once."""
    by_key = {condition.expression.key: condition.expression for condition in conditions_of(match)}
    return list(by_key.values())


# Values


@dataclass(frozen=True)
class Span:
    """A length of time as written: `36h`, `30d`, `6w`, `3m` (calendar months), `2y`."""

    amount: int
    unit: Literal["h", "d", "w", "m", "y"]

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


@dataclass(frozen=True)
class DayRange:
    """The days that a written date stands for: `2026` is a year, `2026-05` a month, `2026-05-01` a day.

    Of relative ones (`today`, `-30d`, `last_month`), `offset` is how long before today they are, and first and last are
    None. With `whole` they are the week (from Monday), month or year of that day, else the day alone.
    """

    text: str
    first: date | None
    last: date | None
    offset: Span | None = None  # before today; `today` is 0d
    whole: Literal["w", "m", "y"] | None = None


# The order


@dataclass(frozen=True)
class SortKey:
    """One key of an order. Nulls come last unless said otherwise; ties are broken by track_id."""

    by: Expression  # field `random` stands for chance
    descending: bool = False
    nulls_first: bool = False


Seed = Literal["run", "day", "week", "month"] | int


@dataclass(frozen=True)
class Shuffle:
    """An order by chance, which stays the same all day, week or month, or for ever (an integer), or is new with each run.

    With `weight_by`, greater values tend to come earlier; `strength` 0 is pure chance, 1 is the order itself.
    """

    seed: Seed = "run"
    weight_by: Expression | None = None
    strength: float = 0.5


@dataclass(frozen=True)
class Limit:
    """How many tracks are kept; at most one of the three is set. `by`: the order to choose them in, if not that of the list."""

    count: int | None = None
    percent: float | None = None  # of what is there, rounded up
    duration_ms: int | None = None  # stops before it would be exceeded
    by: tuple[SortKey, ...] = ()


Dedupe = Literal["id", "recording", "title_artist"]
Grouping = Literal["artist", "album", "genre", "year", "decade"]


@dataclass(frozen=True)
class RandomGroup:
    """Keeps only the tracks of `count` groups, drawn by chance among those of at least `min_tracks`."""

    by: Grouping
    count: int = 1
    min_tracks: int = 1
    seed: Seed = "run"


@dataclass(frozen=True)
class Separation:
    """At least `distance` other tracks between two of the same main artist, as far as that is possible.

    `otherwise`: whether tracks that cannot be placed so are moved as far apart as possible, or left out.
    """

    distance: int
    otherwise: Literal["reorder", "drop"] = "reorder"


@dataclass(frozen=True)
class Arrangement:
    """How selected tracks become a list, in this order of steps:

    dedupe, sort or shuffle, random_group, per_artist and per_album, round_robin, separation that drops, offset,
    limit, separation that reorders.
    """

    dedupe: Dedupe = "id"
    sort: tuple[SortKey, ...] = ()
    shuffle: Shuffle | None = None  # after the sort, and in its place
    random_group: RandomGroup | None = None
    per_artist: int | None = None
    per_album: int | None = None
    round_robin: Grouping | None = None
    separation: Separation | None = None
    offset: int = 0
    limit: Limit = Limit()

    @property
    def expressions(self) -> list[Expression]:
        """What it sorts, chooses or shuffles by, chance not among it."""
        found = [key.by for key in (*self.sort, *self.limit.by) if key.by.field != "random"]
        if self.shuffle and self.shuffle.weight_by:
            found.append(self.shuffle.weight_by)
        return found


# The list


@dataclass(frozen=True)
class Block:
    """A part of a list, with its own filter and order. `take`: how many tracks in turn, when blocks alternate."""

    match: Filter
    arrangement: Arrangement
    take: int = 1


@dataclass(frozen=True)
class ForEach:
    """Makes a definition a template: one list per value of a field. `{value}` in name and description is replaced by it.

    `by`: a word of Grouping, or the name of a field. `per`: of a date, what its lists are for; else empty.
    """

    by: str
    min_tracks: int = 1
    max_lists: int = 20  # the values with the most tracks
    per: Literal["", "day", "month", "year"] = ""

    @property
    def field(self) -> str:
        """The name of the field whose values these are."""
        return {"artist": "main_artist", "genre": "genres"}.get(self.by, self.by)


@dataclass(frozen=True)
class Refresh:
    """After how many days, in the listener's time zone, a list is updated again; 0: with every run."""

    days: int = 0


@dataclass(frozen=True)
class Season:
    """A part of the year in which a list is updated: from `first` to `last`, both included; it may cross New Year."""

    first: tuple[int, int]  # month, day
    last: tuple[int, int]


@dataclass(frozen=True)
class Guard:
    """Conditions that stop an update that looks wrong: the list is then left as it is, with a warning."""

    never_empty: bool = False
    max_removed_percent: float | None = None


OutOfSeason = Literal["keep", "empty", "hide"]
Mode = Literal["replace", "append", "archive", "rotate"]


@dataclass(frozen=True)
class Definition:
    """A smart playlist."""

    slug: str
    name: str  # may hold {date}, {count}, {value}
    description: str
    source: Literal["library", "known"]  # the library, or every track that the database knows
    match: Filter
    arrangement: Arrangement
    blocks: tuple[Block, ...] = ()  # in place of `match`; then the arrangement is that of the whole
    mix: Literal["in_turn", "alternate"] = "in_turn"
    union: tuple[str, ...] = ()  # slugs, ids, or names of other lists
    minus: tuple[str, ...] = ()
    intersect: tuple[str, ...] = ()
    include_unplayable: bool = False
    substitute_twins: bool = False
    min_tracks: int = 0
    mode: Mode = "replace"
    keep_percent: float = 70.0  # of a list that rotates
    refresh: Refresh = Refresh()
    seasons: tuple[Season, ...] = ()
    weekdays: tuple[int, ...] = ()  # 1 is Monday; empty: every day
    out_of_season: OutOfSeason = "keep"  # on all other days
    guard: Guard = Guard()
    for_each: ForEach | None = None
    # on_request: not created on Spotify before generate_playlist names it. A template can be many lists at once: that is its default.
    create: Literal["at_once", "on_request"] = "at_once"
    is_public: bool = False
    says_public: bool = False  # whether the definition says whether it is
    is_collaborative: bool = False
    listeners: tuple[str, ...] = ()  # whose tracks it is made of, in turn; empty: its owner's
    variants: tuple[
        "Variant", ...
    ] = ()  # the first one of the day is in force; on other days, the definition itself
    variant: str = ""  # the days of the variant that this is, in words
    template: str = ""  # the slug of the template that this list comes from
    # The definition as JSON, as playlist_mappings.rules keeps it.
    document: str = field(default="{}", compare=False)
    # Where it stands, for messages: playlists/definitions/x.yml.
    origin: str = field(default="", compare=False)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filter of the list and those of its blocks."""
        return (self.match, *(block.match for block in self.blocks))

    @property
    def arrangements(self) -> tuple[Arrangement, ...]:
        """The order of the list and those of its blocks."""
        return (self.arrangement, *(block.arrangement for block in self.blocks))

    @property
    def versions(self) -> tuple["Definition", ...]:
        """The definition itself and those of its variants."""
        return (self, *(variant.definition for variant in self.variants))


@dataclass(frozen=True)
class Variant:
    """The definition that is in force in some parts of the year, on some weekdays, in place of that which it belongs to."""

    seasons: tuple[Season, ...]  # empty: all year
    weekdays: tuple[int, ...]  # empty: every day
    definition: Definition
