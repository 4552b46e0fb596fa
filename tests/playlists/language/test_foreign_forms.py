"""Conditions in the forms of other tools are told in ours, and texts that only look like them can be meant."""

import pytest

from playlists.language.definition import parse_definition
from playlists.language.document import RuleError


def told(text):
    with pytest.raises(RuleError) as caught:
        parse_definition("mine", f"name: A\n{text}\n", "mine.yml")
    return "\n".join(problem.text for problem in caught.value.problems)


OPERATOR_FIRST = [
    ("inTheLast: {lastPlayed: 30}", "last_played: {in_last: 30d}"),
    ("notInTheLast: {lastplayed: 30}", "last_played: {not_in_last: 30d}"),
    ("gt: {playCount: 5}", "play_count: {gt: 5}"),
    ("inTheRange: {year: [1980, 1990]}", "year: {between: …}"),
    ("contains: {title: love}", "title: {contains: love}"),
    ("is: {loved: true}", "liked: yes"),
    ("isNot: {genre: rock}", "genres: {none_is: rock}"),
    ("before: {releaseDate: 2000-01-01}", "release_date: {before: 2000-01-01}"),
]


@pytest.mark.parametrize(("condition", "ours"), OPERATOR_FIRST)
def test_the_operator_before_the_field(condition, ours):
    assert f"(the field comes first: {ours})" in told(f"match: {{all: [{{{condition}}}]}}")


OPERATOR_WITHIN = [
    ("artist", "!= Queen", "artist: {none_is: Queen}"),
    ("title", "<> Help!", 'title: {is_not: "Help!"}'),
    ("title", "= Help", "title: Help"),
    ("artist", "like %Beatles%", "artist: {any_contains: Beatles}"),
    ("title", "LIKE %love%", "title: {contains: love}"),
    ("title", "%love%", "title: {contains: love}"),
    ("title", "*love*", "title: {contains: love}"),
    ("genres", "contains rock", "genres: {any_contains: rock}"),
    ("title", "starts with the", "title: {starts_with: the}"),
    ("album", "is not Thriller", "album: {is_not: Thriller}"),
]


@pytest.mark.parametrize(("field", "text", "ours"), OPERATOR_WITHIN)
def test_an_operator_within_a_text(field, text, ours):
    said = told(f'match: {{all: [{{{field}: "{text}"}}]}}')
    assert f"(write {ours}; this very text: " in said


@pytest.mark.parametrize(
    "text",
    [
        "!!!",
        "*NSYNC",
        "Like a Prayer",
        "Is Tropical",
        "Contains Glitter",
        "Not Blood Paint",
        "<3",
        "=7",
        "100%",
        "%",
        "**",
    ],
)
@pytest.mark.parametrize("field", ["artist", "title"])
def test_names_that_only_look_like_it(field, text):
    parse_definition("mine", f'name: A\nmatch: {{all: [{{{field}: "{text}"}}]}}\n', "mine.yml")


def test_the_very_text_can_be_meant():
    parse_definition(
        "mine", 'name: A\nmatch: {all: [{title: {is: "*love*"}}, {artist: {any_is: "!= Queen"}}]}\n', "m.yml"
    )


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        (
            "match: everything\nsort: [{by: added_at}]\norder: desc",
            "write sort: added_at desc",
        ),
        ("match: everything\nlimit: 5\nselected_by: random", "write limit: {count: 5, by: random}"),
        ("match: {all: [{duration: 240000}]}", "did you mean 4:00?"),
        ("match: {all: [{duration: 240}]}", "did you mean 240s?"),
        (
            "match:\n  all:\n    - liked: yes\n   - year: 1990",
            "this line is not indented as its neighbours are",
        ),
        ("match:\n  - liked: yes", "put `all:` above it"),
        ("match: {all: [{liked: yes}], any: [{year: 1990}]}", "of which one goes into the other"),
    ],
)
def test_other_slips_are_told_in_our_form(text, ours):
    assert ours in told(text)


def test_what_is_in_a_group_of_another_language_is_looked_at_too():
    said = told("match:\n  and:\n    - decade: 1995\n    - last_played: {is: null}\n    - not: [yaer: 1990]")
    for part in (
        "did you mean all?",
        "write 1990",
        "last_played: {is_null: yes}",
        "did you mean none?",
        "did you mean year?",
    ):
        assert part in said
