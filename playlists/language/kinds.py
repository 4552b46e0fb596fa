"""What the two registries of the language are made of: fields (`fields.py`) and operators (`operators.py`), and what makes an operator.

Parser, compiler, JSON Schema and the tables of docs/rules.md are all made from the registries, so that they agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

from playlists.language.pattern import Pattern


class Kind(Enum):
    """The kind of a field's values; it decides which operators the field has. Comments: the Python type of a value."""

    TEXT = "text"  # str
    TEXTS = "list of text"  # list[str]
    NUMBER = "number"  # int, float or Decimal
    DURATION = "duration"  # int, milliseconds
    DAY = "date"  # date
    MOMENT = "date and time"  # datetime, aware
    YES_NO = "yes or no"  # bool; None is "unknown"
    ARTISTS = "artists"  # list[str], ids; compared with the artists of lists
    PLAYLIST = "playlist"  # a track's id; compared with the contents of lists


DATES = (Kind.DAY, Kind.MOMENT)
OF_LISTS = (Kind.ARTISTS, Kind.PLAYLIST)  # their conditions name other lists
OF_LIST = "list"  # source of the fields that tell of a track's place in a list


class Takes(Enum):
    """The form of the value behind an operator. Comments: the Python value that the parser makes of it."""

    TEXT = "text"  # str, not empty
    TEXTS = "a list of texts"  # tuple[str, ...], one or more; a single text will do
    PATTERN = "a pattern"  # pattern.Pattern
    NUMBER = "a number"  # int or float
    NUMBERS = "a list of numbers"  # tuple[int | float, ...]
    TWO_NUMBERS = "two numbers, the lower first"  # tuple[int | float, int | float]
    PERCENT = "a percentage from 1 to 100"  # float
    DURATION = "a duration such as 3:30, 90s or 2h"  # int, milliseconds
    TWO_DURATIONS = "two durations, the shorter first"  # tuple[int, int]
    DAY = "a date such as 2026-05-01, 2026-05, 2026, today, -30d, this_week or last_year"  # DayRange
    TWO_DAYS = "two dates, the earlier first"  # tuple[DayRange, DayRange]
    SPAN = "a length of time such as 36h, 30d, 6w, 3m or 2y"  # Span
    WEEKDAYS = "weekdays such as mon, or a list of them"  # tuple[int, ...], 1 is Monday
    MONTHS = "months from 1 to 12, or names such as dec"  # tuple[int, ...]
    DAYS_OF_MONTH = "days from 1 to 31"  # tuple[int, ...]
    YEARS = "years such as 1994"  # tuple[int, ...]
    DECADES = "decades such as 1990, 1990s or 90s"  # tuple[int, ...], the first year
    YES = "yes or no"  # bool
    YES_NO_UNKNOWN = "yes, no or unknown"  # bool | None
    LISTS = "a playlist's slug, id, link or name, or a list of them"  # tuple[str, ...]
    COUNT = "a whole number from 1 to 10,000"  # int
    DAYPARTS = "night, morning, afternoon or evening"  # tuple[str, ...]
    HOURS = "hours such as 6-12"  # tuple[int, int]: from, up to but without; may cross midnight
    SOURCES = "api, or import"  # tuple[str, ...]
    CONTEXTS = "the link of a playlist, album or artist, or playlist, album, artist or liked"  # tuple[str, ...]: URIs and such words


# What a list holds: track id → when it was added (aware), None where that is not known. In the list's order, each track
# where it comes first.
Contents = Mapping[str, datetime | None]


@dataclass(frozen=True)
class Context:
    """The listener, the moment and the contents of lists that a filter is evaluated with.

    `lists`: of each name of a list, as written, what that list holds; a template's name stands for all its lists.
    """

    user_id: str
    now: datetime  # aware
    zone: ZoneInfo
    lists: Mapping[str, tuple[Contents, ...]]


@dataclass(frozen=True)
class Field:
    """A property of a track. `sql` is an expression for its value, of the track `u` (docs/rules.md: "Fields").

    `source`: the name of the FROM item in `fields.SOURCES` that the SQL needs, if any; of a field that needs an option, the name of
    what selection/window.py counts, or OF_LIST. `options`: what may stand beside the operators, as for `plays_in`. `option`: one
    of them as messages show it; empty where the field does without any. Text is compared without regard to case and accents.
    `is_decade`: a number that may be written as a decade, too: 1990s.
    """

    name: str
    kind: Kind
    about: str
    sql: str
    source: str = ""
    options: tuple[tuple[str, Takes], ...] = ()
    option: str = ""
    can_sort: bool = True
    is_decade: bool = False

    @property
    def needs_option(self) -> bool:
        """Whether the field means nothing without an option."""
        return bool(self.option)


Parameters = dict[str, object]


@dataclass(frozen=True)
class Operator:
    """A comparison in SQL. It gives true or false, never NULL; of NULL it gives `holds_for_null`.

    `sql(value_sql, value, context, parameters)` returns SQL without any text of the user: values go to `parameters`, a
    dict of named ones, under new names.
    """

    name: str
    takes: Takes
    about: str
    sql: "Callable[[str, object, Context, Parameters], str]"
    holds_for_null: bool = False


# What makes operators: a comparison with a value, or a check whether there is one

Resolve = Callable[[Context, object], tuple[object, ...]]


def parameter(parameters: Parameters, value: object) -> str:
    """Add a value to the parameters; the placeholder for it in SQL."""
    if isinstance(value, Pattern):
        value = value.postgres
    elif isinstance(value, frozenset):
        value = sorted(value)
    elif isinstance(value, tuple):
        value = list(value)
    name = f"p{len(parameters)}"
    parameters[name] = value
    return f"%({name})s"


def to_decimal(value: object) -> object:
    """A float as the decimal that it is written as, so that PostgreSQL compares 0.1 as a tenth; other values as they are."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def comparison(
    name: str,
    takes: Takes,
    about: str,
    template: str,
    resolve: Resolve,
    *,
    holds_for_null: bool = False,
) -> Operator:
    """An operator that compares the field's value with the values that `resolve` makes of the definition's.

    In `template`, {value} is the field and {0}, {1} are the resolved values. Where the field has no value the answer is
    `holds_for_null`.
    """

    def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:
        marks = [parameter(parameters, one) for one in resolve(context, value)]
        return f"COALESCE({template.format(*marks, value=value_sql)}, {str(holds_for_null).lower()})"

    return Operator(name, takes, about, sql, holds_for_null)


def presence_check(
    name: str,
    about: str,
    is_absent_sql: str,
    *,
    holds_for_null: bool,
) -> Operator:
    """An operator that asks whether the field has a value, and takes `yes` or `no`.

    `is_absent_sql` is SQL with {value} for the field. `holds_for_null`: true where `yes` asks for no value.
    """

    def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:  # noqa: ARG001
        return f"({is_absent_sql.format(value=value_sql)}) = {parameter(parameters, value is holds_for_null)}"

    return Operator(name, Takes.YES, about, sql, holds_for_null)


NULL_OPERATORS = (
    presence_check(
        "is_null",
        "is not known, or never was",
        "{value} IS NULL",
        holds_for_null=True,
    ),
    presence_check("is_not_null", "is known", "{value} IS NULL", holds_for_null=False),
)
