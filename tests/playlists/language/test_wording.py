"""Definitions in words: everything is said, in words, and no two different conditions read the same."""

import re
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from playlists.language.condition_wording import condition_words, expression_words
from playlists.language.definition import BLOCK_KEYS, DEFINITION_KEYS, load_definitions, parse_definition
from playlists.language.fields import FIELDS
from playlists.language.kinds import Kind, Takes
from playlists.language.model import Condition, DayRange, Expression, Span, conditions_of
from playlists.language.operators import OPERATORS
from playlists.language.pattern import compile_pattern
from playlists.language.wording import definition_lines

GOOD = (Path(__file__).parent / "good_documents.txt").read_text(encoding="utf-8").split("\n---\n")
ALL = [
    *load_definitions().definitions,
    *(parse_definition(f"good_{number}", text, "x.yml") for number, text in enumerate(GOOD)),
]
YEAR, DAY = (
    DayRange("1994", date(1994, 1, 1), date(1994, 12, 31)),
    DayRange("today", None, None, Span(0, "d")),
)
MONTH = DayRange("1994-05", date(1994, 5, 1), date(1994, 5, 31))
VALUES: dict[Takes, tuple[object, ...]] = {
    Takes.TEXT: ("a", "b or c", "b” or “c", "yes"),
    Takes.TEXTS: (("a",), ("a", "b"), ("a or b",), ("a” or “b",)),
    Takes.PATTERN: (compile_pattern("^a"), compile_pattern("^b")),
    Takes.NUMBER: (1, 2, 2.5),
    Takes.NUMBERS: ((1,), (1, 2)),
    Takes.TWO_NUMBERS: ((1, 2), (1, 3)),
    Takes.PERCENT: (10.0, 12.5),
    Takes.DURATION: (1000, 60_000),
    Takes.TWO_DURATIONS: ((1000, 2000), (1000, 60_000)),
    Takes.DAY: (
        YEAR,
        MONTH,
        DAY,
        DayRange("-30d", None, None, Span(30, "d")),
        DayRange("last_week", None, None, Span(1, "w"), "w"),
    ),
    Takes.TWO_DAYS: ((YEAR, DAY), (MONTH, DAY)),
    Takes.SPAN: (Span(1, "m"), Span(30, "d"), Span(2, "h")),
    Takes.WEEKDAYS: ((1,), (1, 7)),
    Takes.MONTHS: ((1,), (1, 12)),
    Takes.DAYS_OF_MONTH: ((1,), (1, 31)),
    Takes.YEARS: ((1994,), (1994, 1999)),
    Takes.DECADES: ((1990,), (1980, 1990)),
    Takes.YES: (True, False),
    Takes.YES_NO_UNKNOWN: (True, False, None),
    Takes.LISTS: (("never_played",), ("a", "b")),
    Takes.COUNT: (1, 20),
    Takes.DAYPARTS: (("night",), ("night", "evening")),
    Takes.HOURS: ((6, 12), (22, 3)),
    Takes.SOURCES: (("api",), ("api", "import")),
    Takes.CONTEXTS: (("album",), ("album", "spotify:playlist:37i9dQZF1DXcBWIGoYBM5M")),
}
# Two ways to write the same: is_null: yes and is_not_null: no, is: a and in: [a].
SAME = {
    "is_not_null": "is_null",
    "is_not_empty": "is_empty",
    "any_is": "in",
    "none_is": "not_in",
    "is": "in",
    "eq": "in",
}
SAME |= {"is_not": "not_in", "ne": "not_in"}


def meaning(condition):
    """What a condition says, the same for all ways to write it."""
    operator, value = condition.operator, condition.value
    kind = FIELDS[condition.expression.field].kind
    if operator in ("is_not_null", "is_not_empty"):
        value = not value
    if condition.expression.field == "release_date" and operator in ("year", "decade"):
        return operator, "in", str(value)  # `year: 1994` says the same
    if kind in (Kind.DAY, Kind.MOMENT) and operator == "day_of_month":
        return condition.expression.key, operator, value
    if operator in SAME and kind is not Kind.YES_NO:
        operator = SAME[operator]
        value = value if isinstance(value, tuple | bool) else (value,)
    return condition.expression.key, operator, str(value)


EXAMPLES = {
    "play_count: 0": "never played",
    "play_count: {gte: 1}": "played at least once",
    "play_count: {between: [2, 5]}": "played 2 to 5 times",
    "plays_in: {window: 1m, dayparts: [night], eq: 0}": "not played in the last month, in the night",
    "skip_rate: {gt: 50}": "skipped in more than 50 % of the times that it began",
    "listened: {lt: 2h}": "heard for less than 2:00:00 in total",
    "added_at: {in_last: 30d}": "added to your library in the last 30 days",
    "last_played: {not_in_last: 6m}": "last played longer ago than 6 months (or never)",
    "release_date: {on: 1994-05}": "released in May 1994",
    "release_date: {same_day_as_today: yes}": "released on this day of any year",
    "year: {gte: 1994}": "released in the year 1994 or later",
    "decade: 90s": "released in the 1990s",
    "duration: {lte: 3:30}": "at most 3:30 long",
    "artist: [a, b]": "by “a” or “b”",
    "artist: {none_is: a}": "not by “a”",
    "genres: {any_contains: rock}": "of a genre whose name contains “rock”",
    "genres: {is_empty: yes}": "of no genre",
    "title: {contains: live}": "whose title contains “live”",
    "liked: no": "not liked",
    "is_feature: no": "without a guest",
    "is_playable: unknown": "not known to be playable in your country or not",
    "playlist: {not_in: a}": "not in the list “a”",
    "popularity: {top_percent: 10}": "among the 10 % with the highest popularity",
    "isrc: {is_empty: yes}": "without a known recording code (ISRC)",
}


@pytest.mark.parametrize(("condition", "words"), EXAMPLES.items())
def test_a_condition_is_a_clause_behind_tracks(condition, words):
    assert words_of(f"name: A\nmatch: {{all: [{{{condition}}}]}}\n")[1] == words


def without_quoted(text):
    return re.sub("“(?:[^”]|””)*”", "", text)


def every_condition():
    for name, field in FIELDS.items():
        expressions = [] if field.needs_option else [Expression(name)]
        expressions += [
            Expression(name, ((option, value),)) for option, takes in field.options for value in VALUES[takes]
        ]
        for expression in expressions:
            for operator in OPERATORS[field.kind].values():
                values = VALUES[operator.takes]
                for value in values if name != "decade" else [one for one in values if isinstance(one, bool)]:
                    yield Condition(expression, operator.name, value)
    for number, value in enumerate((1980, 1990)):
        yield Condition(Expression("decade"), "eq", value)
        yield Condition(Expression("decade"), "not_between", (1970 + 10 * number, 1990))


def test_no_two_different_conditions_read_the_same():
    given = [
        *every_condition(),
        *(one for definition in ALL for match in definition.filters for one in conditions_of(match)),
    ]
    by_words = {}
    for condition in given:
        words = condition_words(condition)
        assert by_words.setdefault(words, meaning(condition)) == meaning(condition), words
    assert len(by_words) > 1000


def test_conditions_are_words():
    for condition in every_condition():
        said = condition_words(condition)
        assert not re.search(r"[{}\[\]_]", without_quoted(said)), said
        assert condition.expression.field != "is_playable" or "is playable" not in said


@pytest.mark.parametrize("definition", ALL, ids=lambda definition: definition.slug)
def test_every_definition_is_words(definition):
    lines = definition_lines(definition)
    assert lines
    depth = 0
    for line in lines:
        assert line.text
        assert not re.search(r"[{}\[\]_]", without_quoted(line.text)), line.text
        assert 0 <= line.depth <= depth + 1, "no level is left out"
        depth = line.depth


def words_of(text):
    return [line.text for line in definition_lines(parse_definition("mine", text, "mine.yml"))]


OPTIONS = {
    "from": "known",
    "union": "other",
    "minus": "other",
    "intersect": "[one, other]",
    "include_unplayable": "yes",
    "substitute": "twin",
    "min_tracks": "5",
    "mode": "append",
    "keep_percent": "50",
    "refresh": "weekly",
    "active": "{from: 12-01, to: 01-06}",
    "weekdays": "[sat, sun]",
    "out_of_season": "hide",
    "variants": "{weekdays: [sat], sort: title}",
    "guard": "{never_empty: yes, max_removed_percent: 40}",
    "for_each": "decade",
    "create": "on_request",
    "public": "yes",
    "collaborative": "yes",
    "listeners": "[anna, ben]",
    "sort": "{by: title, dir: desc, nulls: first}",
    "shuffle": "{seed: week, by: liked_at, strength: 0.3}",
    "limit": "{minutes: 90, by: play_count}",
    "offset": "3",
    "per_artist": "2",
    "per_album": "2",
    "artist_separation": "{distance: 3, otherwise: drop}",
    "round_robin": "genre",
    "random_group": "{by: album, count: 2, min_tracks: 5, seed: day}",
    "dedupe": "recording",
    "take": "2",
}


def test_every_option_is_said():
    assert {"name", "description", "match", "blocks", "mix", *OPTIONS} == {*DEFINITION_KEYS, *BLOCK_KEYS}
    plain = words_of("name: A\nmatch: everything\n")
    seen = set()
    for key, value in OPTIONS.items():
        if key == "take":
            continue
        name = '"{value}"' if key == "for_each" else "A"
        needed = {"keep_percent": "mode: rotate\n", "out_of_season": "weekdays: [mon]\n"}.get(key, "")
        said = words_of(f"name: {name}\nmatch: everything\n{needed}{key}: {value}\n")
        assert said != plain, key
        assert tuple(said) not in seen, key
        seen.add(tuple(said))
    one = words_of("name: A\nmix: alternate\nblocks: [{match: everything, take: 2}, {match: everything}]\n")
    other = words_of("name: A\nblocks: [{match: everything}, {match: everything}]\n")
    assert (one[0], one[1]) == ("From your library, in 2 parts, in turn:", "Part 1, 2 at a time:")
    assert other[0] == "From your library, in 2 parts, one after another:"


@pytest.mark.parametrize("key", ["mode", "refresh", "dedupe", "shuffle", "limit"])
def test_every_choice_of_an_option_is_said(key):
    choices = {
        "mode": ("replace", "append", "rotate", "archive"),
        "refresh": ("always", "daily", "weekly", "{every: 3d}"),
        "dedupe": ("id", "recording", "title_artist"),
        "shuffle": ("run", "day", "week", "month", "7"),
        "limit": ("5", "{percent: 5}", "{minutes: 5}", "{hours: 5}", "{count: 5, by: title}"),
    }[key]
    texts = [
        tuple(words_of(f'name: "A {{date}}"\nmatch: everything\n{key}: {choice}\n')) for choice in choices
    ]
    assert len(set(texts)) == len(choices)


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.NUMBER, Kind.DURATION, Kind.DAY, Kind.MOMENT, Kind.YES_NO])
def test_orders_say_which_way(kind):
    name = next(name for name, field in FIELDS.items() if field.kind is kind and field.can_sort)
    texts = {
        tuple(words_of(f"name: A\nmatch: everything\nsort: {{by: {name}, dir: {way}, nulls: {nulls}}}\n"))
        for way in ("asc", "desc")
        for nulls in ("first", "last")
    }
    assert len(texts) == 4


def test_fields_have_names_of_their_own():
    names = [expression_words(Expression(name)) for name in FIELDS if not FIELDS[name].needs_option]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "_" in name]
    windows = [
        Expression(name, ((option, value),))
        for name, field in FIELDS.items()
        if field.needs_option
        for option, takes in field.options
        for value in VALUES[takes]
    ]
    for one, other in combinations(windows, 2):
        assert expression_words(one) != expression_words(other)
    plays = next(each for each in windows if each.field == "plays_in")
    assert expression_words(replace(plays, options=())).strip() == "number of plays"
