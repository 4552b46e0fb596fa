"""What no track can ever meet is an error and not an empty list: values that a field cannot have, and pairs that exclude each other."""

import pytest

from playlists.language.bounds import ALWAYS_KNOWN, NUMBERS, TEXTS
from playlists.language.definition import parse_definition
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.kinds import Kind


def read(*conditions, group="all"):
    lines = "".join(f"    - {text}\n" for text in conditions)
    return parse_definition("mine", f"name: A\nmatch:\n  {group}:\n{lines}", "mine.yml")


def problems(*conditions, group="all"):
    with pytest.raises(RuleError) as caught:
        read(*conditions, group=group)
    return [(problem.place.line, problem.text) for problem in caught.value.problems]


def test_every_number_has_its_range():
    assert set(NUMBERS) == {name for name, field in FIELDS.items() if field.kind is Kind.NUMBER}
    kinds = {FIELDS[name].kind for name in TEXTS}
    assert kinds == {Kind.TEXT, Kind.TEXTS}
    assert set(FIELDS) > ALWAYS_KNOWN


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("decade: 1995", "write 1990"),
        ("decade: {in: [1990, 1995]}", "write 1990"),
        ("decade: {ne: 1995}", "write 1990"),
        ("decade: {gte: 1985}", "write 1980"),
        ("year: 94", "none of what it can be: whole numbers from 1000 to 2999 (did you mean 1994?)"),
        ("year: {gte: 5}", "(did you mean 2005?)"),
        ("year: 19994", "none of what it can be"),
        ("year: {between: [94, 1999]}", "(did you mean 1994?)"),
        ("year: {between: [1, 999]}", "none of what it can be"),
        ("year: {between: [500, 999]}", "nothing is from 500 to 999"),
        ("year: {gt: 2999}", "nothing is more than 2999"),
        ("popularity: 101", "whole numbers from 0 to 100"),
        ("popularity: {gt: 100}", "nothing is more than 100"),
        (
            "popularity: {gt: 0.5}",
            "0.5 looks like a share of 1, and it is given as 0 to 100 (did you mean 50?)",
        ),
        (
            "skip_rate: {lt: 0.25}",
            "0.25 looks like a share of 1, and it is given as percent (did you mean 25?)",
        ),
        ("album_completion: {between: [0.2, 0.9]}", "(write [20, 90])"),
        ("weekend_share: {gte: 150}", "numbers from 0 to 100"),
        ("avg_completion: {gte: 0.5}", "(did you mean 50?)"),
        ("play_count: -1", "whole numbers from 0"),
        ("play_count: {lt: 0}", "nothing is less than 0"),
        ("play_count: 2.5", "whole numbers from 0"),
        ("play_count: {in: [1, 2.5]}", "2.5 is none"),
        ("play_count: {between: [1.2, 1.8]}", "no whole number from 1.2 to 1.8"),
        ("play_count: {is_null: yes}", "known of every track, 0 where there is none"),
        ("play_count: {is_not_null: no}", "known of every track"),
        ("liked: unknown", "yes or no for every track"),
        ("album_saved: unknown", "yes or no for every track"),
        ("track_number: 0", "whole numbers from 1"),
        ("top_rank_short: {lt: 1}", "nothing is less than 1"),
        ("artist: {count_lt: 0}", "nothing is less than 0"),
        ("artist: {count_eq: 1.5}", "whole numbers from 0"),
        ("duration: {lt: 0:00}", "nothing is shorter"),
        ("album_type: EP", "it is never 'EP' (did you mean single?); known: album, single, compilation"),
        ("album_type: {contains: live}", "it is never 'live'"),
        ("album_type: {matches: ^live}", "the pattern fits none of"),
        ("sources: [liked, saved]", "it is never 'saved'"),
        ("play_source: {none_is: spotify}", "(did you mean api?)"),
        ("dominant_daypart: noon", "known: night, morning"),
        ("play_count: {top_percent: 0.1}", "(did you mean 10?)"),
        ("plays_in: {window: 30d, lte: -1}", "nothing is less than -1"),
    ],
)
@pytest.mark.parametrize("group", ["all", "any", "none"])
def test_a_value_that_the_field_cannot_have(text, said, group):
    ((line, found),) = problems(text, group=group)
    assert line == 4
    assert said in found


@pytest.mark.parametrize(
    "conditions",
    [
        *(["year: {gte: 2000, lt: 1990}"], ["year: {gte: 2000}", "year: {lt: 2000}"], ["year: {gt: 1999, lt: 2000}"]),
        *(["play_count: 0", "play_count: {gte: 1}"], ["play_count: [1, 2]", "play_count: {gt: 2}"]),
        *(["play_count: 1", "play_count: {ne: 1}"], ["play_count: {between: [1, 5]}", "play_count: {gt: 5}"]),
        *(["year: {is_null: yes}", "year: {gte: 1990}"], ["year: {is_null: yes, is_not_null: yes}"]),
        *(["duration: {gt: 5:00, lt: 3:00}"], ["duration: {gt: 3:00, lt: 3:00}"]),
        *(["liked: yes", "liked: no"], ["is_playable: unknown", "is_playable: yes"]),
        *(["title: a", "title: b"], ["title: Cafe", "title: {is_not: café}"], ["title: a", "title: {contains: b}"]),
        *(["title: {in: [a, b]}", "title: {matches: ^c}"], ["title: {is_empty: yes, contains: a}"]),
        *(["artist: a", "artist: {none_is: [A, b]}"], ["artist: {is_empty: yes}", "artist: {any_contains: a}"]),
        *(["playlist: a", "playlist: {not_in: [a, b]}"], ["playlist: {in: [a], not_in: [a]}"]),
        *(["release_date: {before: 1990, after: 2000}"], ["release_date: {before: 2000, on: 2000}"]),
        *(["release_date: {after: 2000, year: 1999}"], ["release_date: {decade: 90s, after: 2000}"]),
        *(["release_date: {on: 1999-05, month: 5}", "release_date: {on: 1998}"], ["release_date: {year: 1999, decade: 80s}"]),
        *(["added_at: {in_last: 30d, not_in_last: 30d}"], ["added_at: {in_last: 30d, not_in_last: 2m}"]),
        *(["last_played: {in_last: 30d, before: -90d}"], ["last_played: {is_null: yes, in_last: 1y}"]),
        *(["added_at: {weekday: sat}", "added_at: {weekday: [sun, mon]}"], ["added_at: {month: feb, day_of_month: 30}"]),
        *(["added_at: {month: 1}", "added_at: {month: 2}"], ["plays_in: {window: 1d, gte: 3, lt: 2}"]),
        (["year: {gte: 2000}", "all: [{liked: yes}, {all: [{year: 1999}]}]"]),
    ],
)  # fmt: skip
def test_two_conditions_that_never_hold_together(conditions):
    found = problems(*conditions)
    assert "never hold together; no track would be in the list" in found[0][1], found
    assert len(found) == 1


@pytest.mark.parametrize(
    "conditions",
    [
        *(["year: {gte: 1990, lt: 2000}"], ["year: {gte: 2000, lte: 2000}"], ["year: {gt: 1998, lt: 2000}"]),
        *(["skip_rate: [58.3, 60]", "skip_rate: 58.3"], ["title: {matches: ^$, is_empty: yes}"]),
        *(["skip_rate: {gt: 5, lt: 6}"], ["duration: {gte: 3:00, lte: 3:00}"], ["release_age: {gt: -30, lt: 0}"]),
        *(["play_count: 1", "play_count: {top_percent: 10}"], ["year: {ne: 1990}", "year: {is_null: yes}"]),
        *(["title: {contains: a}", "title: {contains: b}"], ["title: [a, b]", "title: {is_not: a}"]),
        *(["artist: a", "artist: b"], ["artist: [a, b]", "artist: {none_is: a}"], ["playlist: a", "playlist: b"]),
        *(["artist: {count_eq: 0}", "artist: {is_empty: yes}"], ["artist: a", "artist: {count_gt: 1}"]),
        *(["release_date: {after: 1999, before: 2001}"], ["release_date: {year: [1990, 2005], decade: 90s}"]),
        *(["added_at: {in_last: 2m, not_in_last: 30d}"], ["added_at: {in_last: 1m, not_in_last: 30d}"]),
        *(["last_played: {not_in_last: 1y, is_null: no}"], ["last_played: {not_in_last: 1y, is_null: yes}"]),
        *(["last_played: {in_last: 30d, before: -7d}"], ["last_played: {in_last: 1y, before: 2020}"]),
        *(["added_at: {month: feb, day_of_month: 29}"], ["added_at: {month: [feb, mar], day_of_month: 31}"]),
        *(["is_playable: {is: unknown}"], ["explicit: unknown"], ["release_date: {between: [this_year, today], after: -1y}"]),
        *(["plays_in: {window: 30d, eq: 0}", "plays_in: {window: 60d, gte: 1}"], ["play_count: {not_in: [1], gte: 1}"]),
    ],
)  # fmt: skip
def test_what_can_hold_together_is_left_alone(conditions):
    read(*conditions)


def test_conditions_of_which_not_all_have_to_hold_may_exclude_each_other():
    read("play_count: 0", "play_count: {gte: 5}", group="any")
    read("year: {lt: 1990}", "year: {gte: 2000}", group="none")
    read("any: [{liked: yes}, {explicit: no}]", "any: [{liked: no}, {explicit: yes}]")


def test_a_pair_deep_in_a_definition_is_found_once_and_where_it_stands():
    found = problems("any: [{liked: yes}, {all: [{year: 1990}, {all: [{year: {gte: 2000}}]}]}]")
    assert found == [
        (4, "`year: 1990` and `year: {gte: 2000}` never hold together; no track would be in the list")
    ]
    with pytest.raises(RuleError) as caught:
        parse_definition("a", "name: A\nblocks:\n  - match: {all: [{liked: yes}, {liked: no}]}\n", "a.yml")
    assert [problem.place.line for problem in caught.value.problems] == [3]


@pytest.mark.parametrize(
    "condition",
    [
        "year: {between: [0, 1970]}",
        "year: {gte: 0}",
        "year: {lte: 9999}",
        "track_number: {gt: 0}",
        "play_count: {gt: -1}",
        "album_completion: {between: [0.5, 99.5]}",
        "skip_rate: {between: [0, 5]}",
    ],
)
def test_a_comparison_that_can_hold_is_right_whatever_it_compares_with(condition):
    read(condition)


@pytest.mark.parametrize("conditions", [["in_library: no"], ["liked: yes", "all: [{in_library: no}]"]])
def test_a_list_of_the_library_holds_nothing_from_outside_of_it(conditions):
    ((_, found),) = problems(*conditions)
    assert found == "`in_library: no` finds nothing among the tracks of the library (write from: known)"


@pytest.mark.parametrize("condition", ["{in_last: 1y}", "{is_null: no}", "{on: 2026}"])
def test_what_is_in_the_library_was_not_removed_from_it(condition):
    ((_, found),) = problems(f"removed_at: {condition}")
    assert "finds nothing among the tracks of the library (write from: known)" in found
    read("removed_at: {not_in_last: 1y}")
    parse_definition("a", f"name: A\nfrom: known\nmatch: {{all: [{{removed_at: {condition}}}]}}", "a.yml")


def test_what_may_be_outside_of_the_library_is_right():
    read("in_library: yes")
    read("in_library: no", "liked: yes", group="any")
    parse_definition("a", "name: A\nfrom: known\nmatch: {all: [{in_library: no}]}", "a.yml")
