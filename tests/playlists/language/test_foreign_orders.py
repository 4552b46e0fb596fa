"""An order in the form of another tool is told in ours, with the person's own field and direction."""

import re

import pytest

from playlists.language import foreign_orders
from playlists.language.definition import parse_definition
from playlists.language.document import RuleError, read_document
from playlists.language.foreign_orders import order_meant


def told(text):
    with pytest.raises(RuleError) as caught:
        parse_definition("mine", f"name: A\nmatch: everything\n{text}\n", "mine.yml")
    return " | ".join(problem.text for problem in caught.value.problems)


ORDERS = [
    ("random", "random"),
    ("shuffle", "random"),
    ("-play_count", "play_count desc"),
    ("+play_count", "play_count"),
    ("play_count-", "play_count desc"),
    ("play_count desc", "play_count desc"),
    ("play_count DESC", "play_count desc"),
    ("play_count:desc", "play_count desc"),
    ("play_count descending", "play_count desc"),
    ("playCount", "play_count"),
    ("artist", "main_artist"),
    ("artist asc", "main_artist"),
    ("-year,title", "[year desc, title]"),
    ("[play_count, -title]", "[play_count, title desc]"),
    ("{by: play_count}", "play_count"),
    ("{field: playcount, direction: descending}", "play_count desc"),
    ("{play_count: desc}", "play_count desc"),
    ("play_count desc nulls last", "{by: play_count, dir: desc, nulls: last}"),
    ("most recently added", "added_at desc"),
    ("least_often_played", "play_count"),
    ("date added", "added_at"),
    ("date-added desc", "added_at desc"),
    ("last played desc", "last_played desc"),
    ("-Last-Played", "last_played desc"),
    ("[last played, artist play count descending]", "[last_played, artist_play_count desc]"),
    ("{by: release date, dir: desc}", "release_date desc"),
    ("weeks in top nulls first", "{by: weeks_in_top, dir: asc, nulls: first}"),
]


@pytest.mark.parametrize("word", ["order", "order_by", "orderBy", "sort_by", "sorted"])
@pytest.mark.parametrize(("written", "ours"), ORDERS)
def test_an_order_under_another_word_is_told_with_its_own_field_and_direction(word, written, ours):
    assert told(f"{word}: {written}").endswith(f"unknown option '{word}' (write sort: {ours})")


@pytest.mark.parametrize(("written", "ours"), ORDERS)
def test_what_is_told_can_be_written(written, ours):
    parse_definition("mine", f"name: A\nmatch: everything\nsort: {ours}", "mine.yml")


@pytest.mark.parametrize("phrase", foreign_orders._BY_PHRASE)
def test_every_phrase_is_an_order(phrase):
    for text in (phrase, phrase.title(), phrase.replace(" ", "_")):
        ours = order_meant(read_document(text, "x"))
        parse_definition("mine", f"name: A\nmatch: everything\nsort: {ours}", "mine.yml")
    assert f"write {ours}" in told(f"sort: {phrase}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sort: playCount\norder: desc", "(write sort: play_count desc)"),
        ("order: nope", "unknown option 'order' (did you mean sort?)"),
        ("order: -rating", "(did you mean sort?), and no order by that: Spotify does not give it (any more)"),
        ("limit: 25\nselected_by: most often played", "(write limit: {count: 25, by: play_count desc})"),
        ("limit: {count: 25, selected_by: least recently played}", "(write by: last_played)"),
        ("sort: {by: play_count, order: desc}", "(did you mean dir?)"),
        ("sort: {by: play_count, reverse: yes}", "(write dir: desc)"),
        (
            "sort: {field: title, order: desc}",
            "`by` is missing: the field that it goes by (write title desc)",
        ),
        ("sort: alphabetical", "(write title)"),
        ("sort: date added", "(write added_at)"),
        ("sort: last played", "(write last_played)"),
        ("sort: last-played desc", "(write last_played desc)"),
        ("sort: artist play count", "(write artist_play_count)"),
        ("sort: [title, last played]", "(write last_played)"),
        ("sort: {by: last played}", "(did you mean last_played?)"),
        ("shuffle: {seed: week, by: play count}", "(did you mean play_count?)"),
        ("limit: {count: 5, by: last played}", "(write last_played)"),
    ],
)
def test_what_stands_beside_an_order(text, said):
    assert said in told(text)


@pytest.mark.parametrize(
    "text", ["", "nope", "rating", "desc", "[]", "{a: b, c: d}", "[[title]]", "title up down"]
)
def test_what_is_no_order_is_not_taken_for_one(text):
    node = read_document(text or "''", "x")
    assert order_meant(node) == ""


def test_fields_that_need_options_are_not_told_without_them():
    assert not re.search(r"write sort: plays_in", told("order: plays_in"))
