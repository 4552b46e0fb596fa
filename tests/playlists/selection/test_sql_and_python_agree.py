"""The heart: every filter selects by SQL the tracks that plain Python chooses by the values of their fields."""

import random
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest

from playlists.language.fields import FIELDS
from playlists.language.kinds import Kind, Takes
from playlists.language.model import (
    EVERYTHING,
    Condition,
    DayRange,
    Expression,
    Filter,
    Group,
    Span,
    conditions_of,
    expressions_of,
)
from playlists.language.operators import OPERATORS
from playlists.language.pattern import compile_pattern
from playlists.language.texts import fold
from playlists.language.times import RELATIVE_DAYS
from playlists.selection.tracks import field_values, select_tracks
from playlists.selection.verdicts import count_by_condition, judge
from tests.playlists.plain import TRACK_ARTISTS, holds

TEXTS = (
    *(
        "Don't",
        "%",
        "_",
        "100%",
        "under_score",
        "cafe",
        "CAFÉ",
        "'; DROP TABLE tracks; --",
        "\\",
        '"',
        "strasse",
        "ß",
    ),
    *(
        "σισυφος",
        "елка",
        "が",
        "가",
        "song",
        "s",
        "(live)",
        "*",
        "日",
        "istanbul",
        "orsted",
        "{0}",
        "%(p0)s",
        "$1",
        "rock",
    ),
    *(
        "mine",
        "api",
        "import",
        "liked",
        "history",
        "album",
        "night",
        "evening",
        "market",
        "day",
        "spotify:album:x",
    ),
)
PATTERNS = (
    r"^song",
    "caf.( |$)",
    r"[%_]",
    r"(rock|pop)+$",
    r"\\",
    r"^[^a-z]*$",
    r"\w{3,}'",
    r"'.*;",
    "^$",
    "é{1,2}",
)
NUMBERS = (0, 1, 2, 3, 5, 12, 33.3, 50, 66.7, 100, 365, 1980, 2026, -1, 0.5)
DURATIONS = (0, 1000, 60_000, 180_000, 200_000, 3_600_000)
DAYS = (
    DayRange("2026", date(2026, 1, 1), date(2026, 12, 31)),
    DayRange("1981", date(1981, 1, 1), date(1981, 12, 31)),
    DayRange("1981-12", date(1981, 12, 1), date(1981, 12, 31)),
    DayRange("2026-03-14", date(2026, 3, 14), date(2026, 3, 14)),
    DayRange("today", None, None, Span(0, "d")),
    DayRange("-30d", None, None, Span(30, "d")),
    DayRange("-1y", None, None, Span(1, "y")),
    *(day for word, day in RELATIVE_DAYS.items() if word != "today"),
)
SPANS = (Span(1, "h"), Span(36, "h"), Span(30, "d"), Span(6, "w"), Span(3, "m"), Span(2, "y"), Span(100, "y"))


def value_for(takes: Takes, chance: random.Random, actual: Sequence[object] = ()) -> object:
    """A random value of the Python type that `takes` says, every other time from the actual ones."""
    texts = [one for one in actual if isinstance(one, str) and one and chance.random() < 0.5] or TEXTS
    is_number = [one for one in actual if isinstance(one, int | Decimal) and chance.random() < 0.5]
    numbers = [float(one) if isinstance(one, Decimal) else one for one in is_number] or NUMBERS

    def several(values: Sequence[object], most: int = 3) -> tuple[object, ...]:
        return tuple(chance.sample(values, chance.randint(1, min(most, len(values)))))

    def two(values: Sequence[int | float]) -> tuple[object, ...]:
        return tuple(sorted(chance.choices(values, k=2)))

    makers = {
        Takes.TEXT: lambda: chance.choice(texts),
        Takes.TEXTS: lambda: several(sorted({*texts, "other"}), 2),
        Takes.PATTERN: lambda: compile_pattern(chance.choice(PATTERNS)),
        Takes.NUMBER: lambda: chance.choice(numbers),
        Takes.NUMBERS: lambda: several(sorted({*numbers, 7}), 2),
        Takes.TWO_NUMBERS: lambda: two(numbers),
        Takes.PERCENT: lambda: chance.choice((0.5, 1.0, 10.0, 33.3, 50.0, 90.0, 100.0)),
        Takes.DURATION: lambda: chance.choice(DURATIONS),
        Takes.TWO_DURATIONS: lambda: two(DURATIONS),
        Takes.DAY: lambda: chance.choice(DAYS),
        Takes.TWO_DAYS: lambda: tuple(chance.choices(DAYS, k=2)),
        Takes.SPAN: lambda: chance.choice(SPANS),
        Takes.WEEKDAYS: lambda: several(range(1, 8)),
        Takes.MONTHS: lambda: several(range(1, 13)),
        Takes.DAYS_OF_MONTH: lambda: several((1, 14, 15, 29, 31), 3),
        Takes.YEARS: lambda: several((1981, 2024, 2025, 2026)),
        Takes.DECADES: lambda: several((1980, 1990, 2020)),
        Takes.YES: lambda: chance.choice((True, False)),
        Takes.YES_NO_UNKNOWN: lambda: chance.choice((True, False, None)),
        Takes.LISTS: lambda: several(("mine", "too", "empty")),
        Takes.COUNT: lambda: chance.randint(1, 9),
        Takes.DAYPARTS: lambda: several(("night", "morning", "afternoon", "evening")),
        Takes.HOURS: lambda: chance.choice(((6, 12), (22, 3), (0, 24), (12, 13))),
        Takes.SOURCES: lambda: several(("api", "import"), 2),
        Takes.CONTEXTS: lambda: several(("liked", "album", "spotify:playlist:x"), 2),
    }
    return makers[takes]()


def expression_for(name: str, chance: random.Random) -> Expression:
    options = FIELDS[name].options
    if not options:
        return Expression(name)
    most = min(3, len(options)) if FIELDS[name].needs_option else 1  # of first and last, one at most
    chosen = sorted(chance.sample(options, chance.randint(int(FIELDS[name].needs_option), most)))
    return Expression(name, tuple((option, value_for(takes, chance)) for option, takes in chosen))


def condition_for(
    name: str, operator: str, chance: random.Random, actual: Sequence[object] = ()
) -> Condition:
    takes = OPERATORS[FIELDS[name].kind][operator].takes
    return Condition(expression_for(name, chance), operator, value_for(takes, chance, actual))


def random_filter(chance: random.Random, depth: int = 3) -> Filter:
    if depth == 0 or chance.random() < 0.3:
        name = chance.choice(list(FIELDS))
        return condition_for(name, chance.choice(list(OPERATORS[FIELDS[name].kind])), chance)
    members = tuple(random_filter(chance, depth - 1) for _ in range(chance.randint(1, 4)))
    return Group(chance.choice(("all", "any", "none")), members)


PAIRS = [(name, operator) for name, field in FIELDS.items() for operator in OPERATORS[field.kind]]


def track_artists(cursor: object) -> list[tuple[str, str]]:
    """The artists of all tracks."""
    cursor.execute("SELECT track_id, artist_id FROM track_artists")
    return cursor.fetchall()


class Both:
    """Evaluates filters in both ways over one library."""

    def __init__(self, library: object, source: str) -> None:
        self.library = library
        self.source = source
        self.context = library.context()
        self.values: dict[str, list[object]] = {}
        self.excluded = {
            track_id
            for track_id, values in field_values(
                library.cursor, [Expression("excluded")], self.context, source=source
            ).items()
            if values["excluded"]
        }

    def actual(self, name: str) -> list[object]:
        """The values that a field has, those of lists one by one."""
        if FIELDS[name].options:
            return []
        if name not in self.values:
            rows = field_values(self.library.cursor, [Expression(name)], self.context, source=self.source)
            found = [row[name] for row in rows.values()]
            self.values[name] = [
                one for value in found for one in (value if isinstance(value, list) else [value])
            ]
        return self.values[name]

    def by_python(self, match: Filter) -> set[str]:
        values = field_values(self.library.cursor, expressions_of(match), self.context, source=self.source)
        others: Mapping[str, list[object]] = {
            expression.key: [row[expression.key] for row in values.values()]
            for expression in expressions_of(match)
        } | {TRACK_ARTISTS: track_artists(self.library.cursor)}
        return {track_id for track_id, row in values.items() if holds(match, row, self.context, others)}

    def by_sql(self, match: Filter) -> set[str]:
        tracks = select_tracks(
            self.library.cursor, match, self.context, source=self.source, include_unplayable=True
        )
        assert len({track.track_id for track in tracks}) == len(tracks), "a track is selected twice"
        return {track.track_id for track in tracks}

    def agree_on(self, match: Filter) -> set[str]:
        """Assert it; the tracks."""
        found = self.by_sql(match)
        assert found == self.by_python(match) - self.excluded, match
        return found


@pytest.mark.slow(4)
@pytest.mark.search(
    "seed, source",
    [(1, "library"), (2, "known")],
    [(seed, source) for seed in range(1, 7) for source in ("library", "known")],
)
def test_every_field_with_every_operator(generated, seed, source):
    both = Both(generated(seed), source)
    chance = random.Random(seed)
    everything = both.by_sql(EVERYTHING)
    telling: set[tuple[Kind, str]] = set()  # operators that took some tracks and left others
    for name, operator in PAIRS:
        for _ in range(2):
            found = both.agree_on(condition_for(name, operator, chance, both.actual(name)))
            if 0 < len(found) < len(everything):
                telling.add((FIELDS[name].kind, operator))
    for name, operator in PAIRS * 10:
        if (FIELDS[name].kind, operator) not in telling:
            found = both.agree_on(condition_for(name, operator, chance, both.actual(name)))
            if 0 < len(found) < len(everything):
                telling.add((FIELDS[name].kind, operator))
    assert telling == {(kind, operator) for kind, operators in OPERATORS.items() for operator in operators}


@pytest.mark.search("seed", [4, 5], range(10, 30))
def test_nested_groups(generated, seed):
    both = Both(generated(seed), "known" if seed == 5 else "library")
    chance = random.Random(seed)
    sizes = {len(both.agree_on(random_filter(chance))) for _ in range(120)}
    assert len(sizes) > 15, "the filters hardly tell tracks apart"


def test_not_and_any_are_the_opposites_of_each_other(generated):
    both = Both(generated(6), "library")
    chance = random.Random(6)
    everything = both.by_sql(EVERYTHING)
    for name, operator in chance.sample(PAIRS, 60):
        condition = condition_for(name, operator, chance)
        found = both.by_sql(condition)
        assert both.by_sql(Group("none", (condition,))) == everything - found
        assert both.by_sql(Group("any", (condition, Group("none", (condition,))))) == everything


def test_an_explanation_says_it_of_each_condition(generated):
    library = generated(7)
    context = library.context()
    match = Group(
        "all",
        (
            Condition(Expression("liked"), "is", True, "liked: yes"),
            Group("none", (Condition(Expression("play_count"), "gte", 3, "play_count: {gte: 3}"),)),
        ),
    )
    values = field_values(library.cursor, expressions_of(match), context)
    judged = judge(library.cursor, match, context, [*values, "nobody"], expressions=[Expression("excluded")])
    assert judged.keys() == values.keys()
    for track_id, row in values.items():
        told, few = judged[track_id].verdict, row["play_count"] < 3
        assert judged[track_id].values.keys() == {*row, "excluded"}
        assert (told.text, told.holds) == ("all of", row["liked"] and few)
        liked, none = told.members
        assert (liked.text, liked.holds, liked.actual) == ("liked: yes", row["liked"], row["liked"])
        assert (none.text, none.holds, none.members[0].holds) == ("none of", few, not few)
        assert none.members[0].actual == row["play_count"]


def test_texts_in_filters_are_folded_before_they_are_compared(generated):
    both = Both(generated(8), "library")
    for text in TEXTS:
        title = Expression("title")
        found = both.by_sql(Condition(title, "contains", text))
        titles = field_values(both.library.cursor, [title], both.context)
        assert found == {
            track_id
            for track_id, row in titles.items()
            if row["title"] is not None and fold(text) in row["title"] and track_id not in both.excluded
        }
        assert text == "ß" or found == both.by_sql(Condition(title, "contains", text.upper()))


@pytest.mark.search("seed", [8], range(8, 20))
def test_verdicts_and_counts_are_those_of_each_condition_by_itself(generated, seed):
    """Whatever the filter, and also for percentiles, which look at all tracks and not at those that are judged."""
    library, chance = generated(seed), random.Random(seed)
    both = Both(library, "library")
    tracks = sorted(both.by_sql(EVERYTHING) | both.excluded)
    for _ in range(30):
        match = random_filter(chance)
        conditions = list(conditions_of(match))
        values = field_values(library.cursor, expressions_of(match), both.context)
        columns = {key: [row[key] for row in values.values()] for key in next(iter(values.values()))}
        columns[TRACK_ARTISTS] = track_artists(library.cursor)
        counted = count_by_condition(library.cursor, match, both.context)
        assert [condition for condition, _ in counted] == conditions
        for condition, count in counted:
            assert count == sum(holds(condition, row, both.context, columns) for row in values.values())
        some = chance.sample(tracks, 5)
        judged = judge(library.cursor, match, both.context, some)
        for track_id in some:
            assert judged[track_id].verdict.holds is holds(match, values[track_id], both.context, columns)
