"""Variants: other rules on some weekdays or in some parts of the year; which are in force, and that all are checked."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from playlists.arrangement.schedule import version_of_day
from playlists.inspection.explanation import explanation
from playlists.inspection.preview import preview
from playlists.language.definition import parse_definition
from playlists.language.document import RuleError
from playlists.language.other_lists import referenced_lists
from playlists.language.wording import definition_lines
from playlists.selection.lists import make_lists
from playlists.selection.smart_list import Listener

SATURDAY, SUNDAY, MONDAY = date(2026, 3, 14), date(2026, 3, 15), date(2026, 3, 16)
TEXT = """
name: Mornings
match: {all: [{title: {in: [A, B]}}]}
sort: title
limit: 5
variants:
  - {weekdays: [sat, sun], match: {all: [{title: {in: [B, C, D]}}]}, sort: title desc}
  - {active: {from: 03-10, to: 03-20}, limit: 1}
"""


def definition(text=TEXT):
    return parse_definition("mornings", text, "mornings.yml")


def listener(day):
    return Listener("u", "NL", ZoneInfo("UTC"), datetime(day.year, day.month, day.day, 12, tzinfo=UTC), "run")


@pytest.fixture
def four(library):
    for track_id in "abcd":
        library.add("tracks", {"track_id": track_id, "name": track_id.upper()})
        library.add(
            "liked_tracks",
            {"user_id": "u", "track_id": track_id, "liked_at": datetime(2026, 1, 1, tzinfo=UTC)},
        )
    library.refresh()
    return library


def made(library, day, text=TEXT):
    [smart_list] = make_lists(library.cursor, [definition(text)], listener(day))
    assert smart_list.error is None
    return smart_list


@pytest.mark.parametrize(
    ("day", "tracks"),
    [(SATURDAY, "dcb"), (SUNDAY, "dcb"), (MONDAY, "a"), (date(2026, 4, 20), "ab")],
)
def test_the_first_variant_of_the_day_takes_the_place_of_what_it_names(four, day, tracks):
    assert "".join(track.track_id for track in made(four, day).tracks) == tracks


def test_a_variant_is_the_whole_definition_with_its_own_rules():
    whole = definition()
    saturday, monday, later = (version_of_day(whole, day) for day in (SATURDAY, MONDAY, date(2026, 4, 20)))
    assert later is whole
    assert (saturday.slug, saturday.name, saturday.document) == (whole.slug, whole.name, whole.document)
    assert (saturday.match, saturday.arrangement.limit) != (whole.match, monday.arrangement.limit)
    assert monday.match == whole.match
    assert monday.arrangement.sort == whole.arrangement.sort
    assert definition(whole.document) == whole, "as the database keeps it"


@pytest.mark.parametrize(
    ("base", "variant", "gone"),
    [
        ("match: everything\nsort: title", "shuffle: day", "sort"),
        ("match: everything\nshuffle: day", "sort: title", "shuffle"),
        ("match: everything", "blocks: [{match: everything, limit: 3}]", "match"),
        ("blocks: [{match: everything}]\nmix: alternate", "match: {all: [{liked: yes}]}", "blocks"),
    ],
)
def test_another_form_of_the_same_takes_its_place(base, variant, gone):
    one = definition(f"name: M\n{base}\nvariants: {{weekdays: [sat], {variant}}}\n")
    other = definition(
        f"name: M\n{variant}\n"
        if gone != "sort" and gone != "shuffle"
        else f"name: M\nmatch: everything\n{variant}\n"
    )
    version = version_of_day(one, SATURDAY)
    assert (version.match, version.blocks, version.arrangement) == (
        other.match,
        other.blocks,
        other.arrangement,
    )


def test_which_one_is_in_force_is_said(four):
    def told(day, text=TEXT):
        smart_list = made(four, day, text)
        return preview(four.cursor, smart_list, listener(day)), explanation(
            four.cursor, smart_list, "B", listener(day)
        )

    for text in told(SATURDAY):
        assert "Today its variant is in force: on a Saturday or Sunday.\n" in text
    for text in told(MONDAY):
        assert "Today its variant is in force: from 10 March to 20 March.\n" in text
    for text in told(date(2026, 4, 20)):
        assert "Today none of its variants is in force.\n" in text
    for text in told(SATURDAY, TEXT.partition("variants")[0]):
        assert "variant" not in text


def test_the_rules_in_words_tell_each_variant():
    lines = [(line.depth, line.text) for line in definition_lines(definition())]
    start = lines.index((0, "On a Saturday or Sunday, in place of that:"))
    assert lines[start + 1] == (1, "From your library, tracks of which all of this holds:")
    assert (1, "In order of title (from Z to A)") in lines[start:]
    assert (0, "From 10 March to 20 March, in place of that:") in lines


def test_lists_that_only_a_variant_names_are_known():
    text = "name: M\nmatch: everything\nvariants: {weekdays: sat, match: {all: [{playlist: [other]}]}, minus: [third]}\n"
    assert referenced_lists(definition(text)) == ("third", "other")


@pytest.mark.parametrize("day", [SATURDAY, MONDAY])
def test_a_circle_of_some_days_is_an_error_on_all(four, day):
    variant = "variants: {weekdays: [sat, sun], match: {all: [{title: A}]}}\n"
    definitions = [
        parse_definition("a", f"name: A\nmatch: {{all: [{{playlist: b}}]}}\n{variant}", "a.yml"),
        parse_definition("b", "name: B\nmatch: {all: [{playlist: a}]}\n", "b.yml"),
    ]
    lists = make_lists(four.cursor, definitions, listener(day))
    assert ["in a circle" in str(one.error) for one in lists] == [True, True]


@pytest.mark.parametrize(
    ("variant", "place", "said"),
    [
        ("{match: everything}", "3:11", "a variant needs its days: weekdays or active"),
        ("{weekdays: [sat]}", "3:11", "a variant needs what is other on its days"),
        ("{weekdays: [sat], sort: loudness}", "3:35", "unknown field 'loudness'"),
        ("{weekdays: [sat], match: {all: [{play_count: {gte: x}}]}}", "3:62", "'x' is not a number"),
        ("{weekdays: [sat], match: {all: [{playlist: mornings}]}}", "3:44", "the list names itself"),
        ("{weekdays: [sat], mode: append}", "3:29", "unknown option 'mode'"),
        ("{weekdays: [sat], min_tracks: 60, limit: 50}", "3:29", "min_tracks is more than limit"),
        ("{weekdays: [saturn], sort: title}", "3:23", "saturn"),
        ("{weekdays: [sat], description: 'of {value}'}", "3:29", "{value} goes with for_each only"),
        ("[]", "3:11", "empty list"),
    ],
)
def test_what_is_wrong_in_a_variant_is_wrong_on_every_day(variant, place, said):
    with pytest.raises(RuleError) as error:
        definition(f"name: M\nmatch: everything\nvariants: {variant}\n")
    assert f"mornings.yml:{place}: " in str(error.value)
    assert said in str(error.value)


def test_a_mistake_outside_of_the_variants_is_told_once():
    with pytest.raises(RuleError) as error:
        definition(TEXT.replace("limit: 5", "limit: many"))
    assert str(error.value).count("\n") == 0
