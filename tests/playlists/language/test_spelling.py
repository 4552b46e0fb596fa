"""Other tools' spelling of our own words is taken where it can mean nothing else, and a mistake stays an error."""

import pytest

from playlists.language.definition import parse_definition
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.operators import OPERATORS

CONDITIONS = [
    ("title: {startsWith: x}", "title: {starts_with: x}"),
    ("title: {ENDSWITH: x}", "title: {ends_with: x}"),
    ("title: {notContains: x}", "title: {not_contains: x}"),
    ("title: {isNot: x}", "title: {is_not: x}"),
    ("year: {GTE: 1990, Lt: 2000}", "year: {gte: 1990, lt: 2000}"),
    ("year: {inTheRange: [1990, 1999]}", "year: {between: [1990, 1999]}"),
    ("added_at: {inTheLast: 30}", "added_at: {in_last: 30d}"),
    ("added_at: {inTheLast: 6w}", "added_at: {in_last: 6w}"),
    ("last_played: {notinthelast: 90}", "last_played: {not_in_last: 90d}"),
    ("last_played: {Before: 2020}", "last_played: {before: 2020}"),
    ("genres: {isMissing: yes}", "genres: {is_empty: yes}"),
    ("genres: {isPresent: no}", "genres: {is_not_empty: no}"),
    ("top_rank_short: {isPresent: yes}", "top_rank_short: {is_not_null: yes}"),
    ("playlist: {IN: [other]}", "playlist: {in: [other]}"),
    ("Any: [{liked: yes}, {NONE: [{explicit: yes}]}]", "any: [{liked: yes}, {none: [{explicit: yes}]}]"),
]
ORDERS = [
    ("-year", "year desc"),
    ("+year", "year"),
    ("year-", "year desc"),
    ("year+", "year asc"),
    ('"+title, -year"', "[title, year desc]"),
    ("-play_count,title", "[play_count desc, title]"),
    ("play_count desc, title", "[play_count desc, title]"),
    ("play_count DESC", "play_count desc"),
    ("[-year, title]", "[year desc, title]"),
    ("random", "random"),
]
MISTAKES = [
    ("match:\n  all:\n    - year: {gt: 1990, GT: 1995}", "'GT' is gt, which is given twice"),
    ("match:\n  all:\n    - year: {greater: 1990}", "(did you mean gt?)"),
    ("match:\n  all:\n    - last_played: {in_last: 30}", "(did you mean 30d?)"),
    ("match:\n  all:\n    - last_played: {inTheLast: 0}", "'0' is not a length of time"),
    ("match:\n  all:\n    - artist: {isNot: x}", "(did you mean none_is?)"),
    ("match:\n  AND:\n    - liked: yes", "(did you mean all?)"),
    ("match:\n  All: []", "an empty list"),
    ("match: everything\nsort: -year desc", "(did you mean year?)"),
    ("match: everything\nsort: -year-", "-year-"),
    ("match: everything\nsort: -rating, title", "rating"),
    ("match: everything\nsort: artist-", "(write main_artist desc)"),
    ("match: everything\nsort: -year,", "year"),
]


def parse(text):
    return parse_definition("list", f"name: A\n{text}", "list.yml")


@pytest.mark.parametrize(("theirs", "ours"), CONDITIONS)
def test_a_spelling_means_the_same_as_ours(theirs, ours):
    assert parse(f"match: {{all: [{{{theirs}}}]}}") == parse(f"match: {{All: [{{{ours}}}]}}")


@pytest.mark.parametrize("operator", sorted({name for some in OPERATORS.values() for name in some}))
def test_every_operator_may_be_written_in_capitals(operator):
    """Whatever stands behind it: that it is known is what counts."""
    field = next(name for name, one in FIELDS.items() if operator in OPERATORS[one.kind] and not one.options)
    with pytest.raises(RuleError) as error:
        parse(f"match: {{all: [{{{field}: {{{operator.upper()}: {{}}}}}}]}}")
    assert "unknown operator" not in str(error.value)


@pytest.mark.parametrize(("theirs", "ours"), ORDERS)
def test_a_sign_is_a_direction(theirs, ours):
    assert parse(f"match: everything\nsort: {theirs}") == parse(f"match: everything\nsort: {ours}")


def test_tracks_are_chosen_by_an_order_of_that_spelling():
    ours, theirs = (
        parse(f"match: everything\nlimit: {{count: 5, by: {by}}}")
        for by in ("play_count desc", "-play_count")
    )
    assert ours == theirs


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_is_still_one(text, said):
    with pytest.raises(RuleError) as error:
        parse(text)
    assert said in str(error.value)


def test_what_is_kept_in_the_database_reads_the_same():
    definition = parse("match: {ALL: [{title: {startsWith: x}}]}\nsort: -year, title")
    assert parse_definition("list", definition.document, "list.yml") == definition
