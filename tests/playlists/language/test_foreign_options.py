"""A value of an option in the form of another tool is told in ours, and what is told can be written."""

import re

import pytest

from playlists.language.definition import DEFINITION_KEYS, parse_definition
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.foreign_forms import is_about_tracks
from tests.playlists.language.test_synonyms import OPTIONS_OF_OTHERS


def problems_of(text):
    with pytest.raises(RuleError) as caught:
        parse_definition("mine", text, "mine.yml")
    return " | ".join(problem.text for problem in caught.value.problems)


OPTIONS = [
    ("limit: 50%", "limit: {percent: 50}"),
    ("limit: 50 songs", "limit: 50"),
    ("limit: '1,000'", "limit: 1000"),
    ("limit: 2h", "limit: {hours: 2}"),
    ("limit: 90 minutes", "limit: {minutes: 90}"),
    ("limitPercent: 25", "limit: {percent: 25}"),
    ("max_minutes: 45", "limit: {minutes: 45}"),
    ("hours: 3", "limit: {hours: 3}"),
    ("time: 2h", "limit: {hours: 2}"),
    ("max_duration: 1h30m", "limit: {minutes: 90}"),
    ("percent: 20", "limit: {percent: 20}"),
    ("max: 20%", "limit: {percent: 20}"),
    ("interval: every 3 days", "refresh: {every: 3d}"),
    ("refresh: 3d", "refresh: {every: 3d}"),
    ("refresh: every 3 days", "refresh: {every: 3d}"),
    ("refresh: every other day", "refresh: {every: 2d}"),
    ("refresh: hourly", "refresh: always"),
    ("refresh: yearly", "refresh: {every: 365d}"),
    ("weekdays: weekend", "weekdays: [sat, sun]"),
    ("weekdays: mon-fri", "weekdays: [mon, tue, wed, thu, fri]"),
    ("weekdays: Sat to Mon", "weekdays: [sat, sun, mon]"),
    ("weekdays: mon,tue", "weekdays: [mon, tue]"),
    ("active: december", "active: {from: 12-01, to: 12-31}"),
    ("active: Dec 1 - Jan 6", "active: {from: 12-01, to: 01-06}"),
    ("active: nov-feb", "active: {from: 11-01, to: 02-29}"),
    ("public: private", "public: no"),
    ("public: 1", "public: yes"),
    ("min_tracks: ten", "min_tracks: 10"),
    ("per_artist: 2 songs", "per_artist: 2"),
    ("guard: yes", "guard: {never_empty: yes}"),
    ("guard: 50%", "guard: {max_removed_percent: 50}"),
    ("minus: {playlist: x}", "minus: [x]"),
    ("union: [{playlist: x}, {smart: My list}]", "union: [x, My list]"),
]


@pytest.mark.parametrize(("written", "ours"), OPTIONS)
def test_a_value_of_an_option(written, ours):
    assert f"(write {ours})" in problems_of(f"name: A\nmatch: everything\n{written}")
    parse_definition("mine", f"name: A\nmatch: everything\n{ours}", "mine.yml")


MORE_OPTIONS = [
    *((f"{key}: none", f"(leave {key} out)") for key in ("limit", "per_artist", "shuffle", "dedupe", "offset")),
    ("limit: {minutes: 90m}", "(write minutes: 90)"),
    ("limit: {hours: '1:30'}", "(write hours: 1.5)"),
    ("limit: {percent: 10%}", "10"),
    ("limit: {time: 2h}", "(write minutes: 120)"),
    ("limit: {duration: '1:30:00'}", "(write minutes: 90)"),
    ("limit: {time: 90}", "(did you mean minutes?)"),
    ("count: 30", "(did you mean limit?)"),
    ("'limit:30': x", "a blank is missing behind the colon of 'limit:30': limit: 30"),
    ("refresh: {every: 12h}", "(write every: 1d)"),
    ("active: {from: Dec 1, to: 2026-01-06}", "(write from: 12-01) | to: "),
    ("active: {from: 1st of December, to: 01-06}", "(write from: 12-01)"),
    ("shuffle: random", "(did you mean run?)"),
    ("dedupe: yes", "(did you mean id?)"),
    ("from: My list", "for the tracks of a list, a condition: playlist: NAME"),
    ("playlist_id: x", "./run generate_playlist SLUG --playlist LINK"),
    ("cover: x.jpg", "a list keeps the cover that it has on Spotify"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), MORE_OPTIONS)
def test_what_else_is_said_of_an_option(written, said):
    assert said in problems_of(f"name: A\nmatch: everything\n{written}")


def test_an_amount_under_another_word_is_not_said_to_be_missing():
    assert "exactly one of" not in problems_of("name: A\nmatch: everything\nlimit: {time: 2h}")
    assert "exactly one of" in problems_of("name: A\nmatch: everything\nlimit: {time: 2h, count: 5}")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("{year} mix", "{value}"), ("Mix of {today}", "{date}"), ("{tracks} tracks", "{count}")],
)
def test_a_placeholder_of_another_name(name, meant):
    assert f"(did you mean {meant}?)" in problems_of(f"name: '{name}'\nmatch: everything")


@pytest.mark.parametrize(
    ("match", "ours"),
    [
        ("{liked: yes, year: 1990}", "match: {all: [{liked: yes}, {year: 1990}]}"),
        ("{liked: yes}", "match: {all: [{liked: yes}]}"),
        ("{not: {liked: yes}}", "match: {none: [{liked: yes}]}"),
        ("{and: {liked: yes, year: 1990}}", "match: {all: [{liked: yes}, {year: 1990}]}"),
        ("liked", "match: {all: [{liked: yes}]}"),
        ("liked = yes AND year > 1990", "match: {all: [{liked: yes}, {year: {gt: 1990}}]}"),
        ("{all: {liked: yes, year: {gte: 1990}}}", "all: [{liked: yes}, {year: {gte: 1990}}]"),
        ("{all: [liked]}", "liked: yes"),
        ("{all: [play_count >= 5]}", "play_count: {gte: 5}"),
        ("{all: ['title: love']}", "title: love"),
        ("{all: [loved == true]}", "liked: yes"),
    ],
)
def test_conditions_in_another_form(match, ours):
    assert f"(write {ours})" in problems_of(f"name: A\nmatch: {match}")
    whole = (
        ours
        if ours.startswith("match")
        else f"match: {{{ours if ours.startswith('all') else f'all: [{{{ours}}}]'}}}"
    )
    parse_definition("mine", f"name: A\n{whole}", "mine.yml")


@pytest.mark.parametrize("match", ["Everything", "'*'", "yes", "'%'"])
def test_everything_in_another_form(match):
    assert "(did you mean everything?)" in problems_of(f"name: A\nmatch: {match}")


def test_conditions_with_mistakes_of_their_own_are_not_suggested_and_their_mistakes_are_told():
    for text in (
        "match: {liked: yes, yaer: 1990}",
        "match: {all: {liked: yes, yaer: 1990}}",
        "all: [{yaer: 1990}]",
    ):
        said = problems_of(f"name: A\n{text}")
        assert "(did you mean year?)" in said
        assert not re.search(r"write [^)]*yaer", said)


def test_a_condition_among_the_options():
    said = problems_of("name: A\nyear: 1990s")
    assert "unknown option 'year'; it is a condition: put it into the list below match" in said
    assert "{between: [1990, 1999]}" in said
    assert "missing" not in said
    assert not {name for name in FIELDS if is_about_tracks(name)} & {*DEFINITION_KEYS}


def test_a_group_that_stands_too_high_is_written_with_its_condition():
    said = problems_of("name: A\nnot: {liked: yes}")
    assert said == "the definition: unknown option 'not' (write match: {none: [{liked: yes}]})"
    assert "(did you mean year?)" in problems_of("name: A\nmatch: {all: [{not: {yaer: 1990}}]}")


def test_what_is_there_under_another_word_is_not_said_to_be_missing():
    assert "missing" not in problems_of("Name: A\nMatch: everything")
    assert "missing" not in problems_of("title: A\nrules: everything")
    assert "`name` is missing" in problems_of("match: everything")


SUGGESTED = re.compile(r"\((?:write|did you mean|several keys are a list:) (.+?)\??\)(?:$|[,;])")
NO_FORM = re.compile(r", and |in place of| less |EXAMPLE")  # what is more than a thing to write


def followed(option, text):
    """What becomes of an option where somebody does what a message suggests; empty where it suggests nothing to write."""
    said = SUGGESTED.search(text)
    if not said or NO_FORM.search(said[1]):
        return ""
    form, key = said[1], option.partition(":")[0]
    unknown = re.search(
        r"unknown (?:option|field) '([^']*)'|^\w+: '([^']*)' is not known|^by: '([^']*)'", text
    )
    word = next(filter(None, unknown.groups())) if unknown else ""
    written = re.match(r"(\w+): ", form)
    if written and written[1] in DEFINITION_KEYS and f"{{{written[1]}: " not in option:
        return form
    if written:
        return re.sub(rf"\b{word or written[1]}: [^,}}]*", lambda _: form, option)
    if unknown:
        return option.replace(word, form, 1)
    return f"{key}: {form}" if re.match(r"(sort|order)\b", key) else ""


@pytest.mark.parametrize("option", [option for option, _ in (*OPTIONS, *MORE_OPTIONS, *OPTIONS_OF_OTHERS)])
def test_who_does_what_is_suggested_is_not_refused_again(option):
    told, waiting = told_of(option), {option}
    for _ in range(4):
        waiting = {followed(one, text) for one in waiting for text in told_of(one)} - {""}
        for better in waiting:
            assert {*told_of(better)} <= {*told}, better
    assert waiting == set()


def told_of(option):
    try:
        parse_definition("mine", f"name: A\nmatch: everything\n{option}", "mine.yml")
    except RuleError as error:
        return [problem.text for problem in error.problems]
    return []
