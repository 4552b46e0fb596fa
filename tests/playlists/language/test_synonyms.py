"""Words of other languages and tools get the right hint in every place, and none that would change the meaning."""

import pytest

from playlists.language import synonyms
from playlists.language.bounds import TEXTS
from playlists.language.days import REFRESH_DAYS
from playlists.language.definition import (
    BLOCK_KEYS,
    CREATE,
    DEFINITION_KEYS,
    MIXES,
    MODES,
    SOURCES,
    parse_definition,
)
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.foreign_orders import DIRECTIONS, RANDOM
from playlists.language.model import GROUPS
from playlists.language.operators import OPERATORS
from playlists.language.options import AMOUNTS, DEDUPE, GROUPINGS, NULLS, OTHERWISE, SEEDS
from playlists.language.synonyms import Words, hint

EVERY_OPERATOR = {name for operators in OPERATORS.values() for name in operators}
PLAYS_IN_OPTIONS = {name for name, _ in FIELDS["plays_in"].options}
KEYS = {
    *(
        *DEFINITION_KEYS,
        *BLOCK_KEYS,
        *AMOUNTS,
        "by",
        "dir",
        "nulls",
        "seed",
        "strength",
        "distance",
        "otherwise",
    ),
    *("count", "min_tracks", "max_lists", "every", "to", "never_empty", "max_removed_percent"),
}
CHOICES = {
    *(*CREATE, *MIXES, *MODES, *REFRESH_DAYS, *SOURCES, *DEDUPE, *DIRECTIONS, *GROUPINGS, *NULLS, *OTHERWISE),
    *(*SEEDS, "twin"),
    *(word for words in TEXTS.values() for word in words),
}
LANGUAGE = {
    Words.GROUP: {*GROUPS},
    Words.FIELD: {*FIELDS, *GROUPS, RANDOM},
    Words.OPERATOR: EVERY_OPERATOR | PLAYS_IN_OPTIONS,
    Words.OPTION: KEYS,
    Words.CHOICE: CHOICES,
}
ENTRIES = [
    (words, word, target)
    for words, rows in synonyms._TABLE.items()
    for row, targets in rows
    for word in row.split()
    for target in synonyms._targets(targets)
]


def problems_of(text):
    with pytest.raises(RuleError) as caught:
        parse_definition("mine", text, "mine.yml")
    return " | ".join(problem.text for problem in caught.value.problems)


def problems_of_condition(text):
    return problems_of(f"name: A\nmatch: {{all: [{{{text}}}]}}")


@pytest.mark.parametrize(("words", "word", "target"), ENTRIES)
def test_every_entry_leads_to_a_word_of_the_language(words, word, target):
    name, _, text = target.partition("=")
    assert name in LANGUAGE[words]
    if word != name:
        assert hint(words, word, [name]) == (f" (write {text})" if text else f" (did you mean {name}?)")


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if "=" in entry[2]], ids=lambda entry: entry[1])
def test_what_is_written_out_can_be_written(entry):
    """The texts that are whole: a condition, an option, or what stands behind a field."""
    words, _, target = entry
    text = target.partition("=")[2]
    if words is Words.FIELD:
        parse_definition("mine", f"name: A\nmatch: {{all: [{{{text}}}]}}", "mine.yml")
    elif text.startswith("{between"):
        parse_definition("mine", f"name: A\nmatch: {{all: [{{added_at: {text}}}]}}", "mine.yml")
    elif words is Words.OPTION and text.startswith("dir"):
        parse_definition("mine", f"name: A\nmatch: everything\nsort: {{by: title, {text}}}", "mine.yml")
    elif words is Words.OPTION and text.startswith(("limit", "sort", "shuffle")):
        parse_definition("mine", f"name: A\nmatch: everything\n{text}", "mine.yml")
    else:
        assert " in place of " in text or ", and " in text or " less " in text or " below it" in text


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *(("and", "all"), ("AND", "all"), ("&&", "all"), ("all_of", "all"), ("matchAll", "all")),
        *(("or", "any"), ("||", "any"), ("some", "any"), ("anyOf", "any")),
        *(("not", "none"), ("nor", "none"), ("noneOf", "none"), ("without", "none"), ("mustNot", "none")),
    ],
)
def test_groups_of_other_languages(word, meant):
    """`and` was taken for a misspelt `any`, which makes a list wider."""
    said = f"(did you mean {meant}?)"
    assert said in problems_of(f'name: A\nmatch: {{"{word}": [{{liked: yes}}]}}')
    assert said in problems_of_condition(f'"{word}": [{{liked: yes}}]')


@pytest.mark.parametrize("word", ["and", "or", "not", "all", "any", "none"])
def test_a_group_that_stands_too_high_is_put_below_match(word):
    said = problems_of(f"name: A\n{word}: [{{liked: yes}}]")
    assert "(write match: with all, any or none below it)" in said


OPERATORS_OF_OTHERS = [
    *(("artist: {contains: x}", "any_contains"), ("artist: {isNot: x}", "none_is"), ("play_count: {isNot: 3}", "ne")),
    *(("year: {before: 1990}", "lt"), ("year: {after: 1990}", "gt"), ("added_at: {lt: 2026}", "before")),
    *(("added_at: {gt: 2026}", "after"), ("duration: {over: 3:00}", "gt"), ("title: {ilike: x}", "contains")),
    *(("title: {rlike: x}", "matches"), ("playlist: {isNot: x}", "not_in"), ("year: {is_missing: yes}", "is_null")),
    *(("added_at: {in_the_last: 30d}", "in_last"), ("last_played: {not_in_the_last: 30d}", "not_in_last")),
    *(("plays_in: {in_last: 30d, gte: 1}", "window"), ("plays_in: {inTheLast: 30d, gte: 1}", "window")),
    ("plays_in: {days: [sat], gte: 1}", "weekdays"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), OPERATORS_OF_OTHERS)
def test_operators_of_other_tools(text, meant):
    assert f"(did you mean {meant}?)" in problems_of_condition(text)


OF_ANOTHER_MEANING = [
    ("added_at: {since: 2026}", "(write {between: [2026, today]})"),  # after: 2026 begins with 2027
    ("added_at: {gte: 2026}", "(write {between: [2026, today]})"),
    ("added_at: {until: 2026}", "(write {between: [1000, 2026]})"),  # before: 2026 ends with 2025
    ("added_at: {<=: 2026}", "(write {between: [1000, 2026]})"),
    ("liked: {isNot: yes}", "(write liked: no)"),
    ("liked: {isnt: yes}", "(write liked: no)"),
    ("liked: {ne: no}", "(write liked: yes)"),
    ("is_playable: {isNot: yes}", "(write none: [{is_playable: yes}])"),
]


@pytest.mark.parametrize(("text", "said"), OF_ANOTHER_MEANING)
def test_no_operator_is_suggested_that_means_something_else(text, said):
    assert said in problems_of_condition(text.replace("<=", '"<="'))


@pytest.mark.parametrize("kind", OPERATORS, ids=lambda kind: kind.name)
def test_a_negation_is_never_taken_for_its_opposite(kind):
    known = list(OPERATORS[kind])
    opposites = ("not", "none", "is_null", "is_empty", "ne")
    for name in known:
        for word in (f"not_{name}", f"notIn{name}", f"is_not_{name}", f"doesNot{name}", f"isnt{name}"):
            if word in known:
                continue
            said = hint(Words.OPERATOR, word, known)
            assert not said or any(part in said for part in (*opposites, "(write")), (word, said)


FIELDS_OF_OTHERS = [
    *(("dateadded", "added_at"), ("Date Added", "added_at"), ("addedAt", "added_at"), ("playcount", "play_count")),
    *(("playCount", "play_count"), ("viewCount", "play_count"), ("lastplayed", "last_played")),
    *(("lastViewedAt", "last_played"), ("loved", "liked"), ("Love", "liked"), ("dateloved", "liked_at")),
    *(("albumartist", "album_artist"), ("skipcount", "skip_count"), ("discnumber", "disc_number")),
    *(("releasedate", "release_date"), ("originalyear", "year"), ("albumplaycount", "album_play_count")),
    *(("artistloved", "artist_followed"), ("albumloved", "album_saved"), ("inPlaylist", "playlist")),
    *(("duration_ms", "duration"), ("albumtype", "album_type"), ("explicitstatus", "explicit")),
]  # fmt: skip


@pytest.mark.parametrize(("word", "meant"), FIELDS_OF_OTHERS)
def test_fields_of_other_tools(word, meant):
    assert f"(did you mean {meant}?)" in problems_of_condition(f"{word}: 1")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        *(("unplayed", "play_count: 0"), ("never_played", "play_count: 0"), ("unliked", "liked: no")),
        *(("disliked", "liked: no"), ("unplayable", "is_playable: no"), ("missing", "is_playable: no")),
        *(("notInPlaylist", "playlist: {not_in: NAME}"), ("compilation", "album_type: compilation")),
    ],
)  # fmt: skip
def test_fields_that_are_a_condition_here(word, text):
    assert f"(write {text})" in problems_of_condition(f"{word}: yes")


NO_VALUES = [
    ("last_played: never", "(write last_played: {is_null: yes})"),
    ("last_played: {on: never}", "(write last_played: {is_null: yes})"),
    ("last_played: {is: never}", "(write last_played: {is_null: yes})"),
    ("last_played: {isNot: never}", "(write last_played: {is_not_null: yes})"),
    ("last_played: {not_on: never}", "(write last_played: {is_not_null: yes})"),
    ("last_played: {is: null}", "(write last_played: {is_null: yes})"),
    ("last_played: null", "(write last_played: {is_null: yes})"),
    ("last_played: ever", "(write last_played: {is_not_null: yes})"),
    ("liked_at: yes", "(write liked_at: {is_not_null: yes})"),
    ("release_date: none", "(write release_date: {is_null: yes})"),
    ("year: {is: null}", "(write year: {is_null: yes})"),
    ("year: {ne: null}", "(write year: {is_not_null: yes})"),
    ("duration: null", "(write duration: {is_null: yes})"),
    ("play_count: never", "(write play_count: 0)"),
    ("play_count: {is: null}", "(write play_count: 0)"),
    ("play_count: {not: null}", "(write play_count: {gte: 1})"),
    ("title: {is: null}", "(write title: {is_empty: yes})"),
    ("title: null", "(write title: {is_empty: yes})"),
    ("title: {is_not: ~}", "(write title: {is_not_empty: yes})"),
    ("genres: null", "(write genres: {is_empty: yes})"),
    ("is_playable: null", "(write is_playable: unknown)"),
    ("is_playable: {eq: null}", "(write is_playable: unknown)"),
    ("liked: 1", "(write liked: yes)"),
    ("liked: 0", "(write liked: no)"),
    ("liked: N", "(write liked: no)"),
    ("added_at: {in_last: 30}", "(did you mean 30d?)"),
    ("added_at: {on: 2026/5/1}", "(did you mean 2026-05-01?)"),
]


@pytest.mark.parametrize(("text", "said"), NO_VALUES)
def test_values_that_stand_for_none_never_or_ever(text, said):
    assert said in problems_of_condition(text)


def test_a_text_may_be_any_word():
    for word in ("never", "none", "'null'", "unknown", "yes", "missing"):
        parse_definition(
            "mine", f"name: A\nmatch: {{all: [{{title: {word}}}, {{artist: {word}}}]}}", "mine.yml"
        )
    assert "did you mean is?" in problems_of_condition("title: {equals: never}")


OPTIONS_OF_OTHERS = [
    ("order: desc", "(write sort: [{by: added_at, dir: desc}])"),
    ("sort: artist", "there is no order by artist: a track may have several (did you mean main_artist?)"),
    ("sort: genres", "there is no order by genres: a track may have several"),
    ("sort: dateadded", "(did you mean added_at?)"),
    ("sort: rand()", "(did you mean random?)"),
    ("sort: shuffle", "(did you mean random?)"),
    ("sort: play_count descending", "(write play_count desc)"),
    ("sort: play_count descending, title", "(several keys are a list: [play_count desc, title])"),
    ("sort: -playcount, title", "(several keys are a list: [play_count desc, title])"),
    ("sort: {by: play_count, order: desc}", "(did you mean dir?)"),
    ("sort: {by: play_count, dir: descending}", "(did you mean desc?)"),
    ("sort: {field: play_count}", "`by` is missing"),
    ("limitPercent: 10", "(write limit: {percent: 10})"),
    ("max: 10", "(did you mean limit?)"),
    ("limit: {songs: 10}", "(did you mean count?)"),
    ("limit: {count: 5, selected_by: play_count}", "(write by: play_count)"),
    ("comment: For rainy days", "(did you mean description?)"),
    ("exclude: other", "(did you mean minus?)"),
    ("unique: yes", "(did you mean dedupe?)"),
    ("refreshDelay: daily", "(did you mean refresh?)"),
    ("private: yes", "(write public: no in place of private: yes)"),
    ("shuffle: {by: play_count, randomness: 0.2}", "(write strength: 1 less the randomness)"),
    ("guard: {max_removed: 10}", "(did you mean max_removed_percent?)"),
    ("from: everything", "(did you mean known?)"),
    ("from: liked", "(write from: library, and the condition liked: yes)"),
    ("mode: overwrite", "(did you mean replace?)"),
    ("refresh: day", "(did you mean daily?)"),
    ("create: never", "(did you mean on_request?)"),
    ("create: no", "(did you mean on_request?)"),
    ("dedupe: isrc", "(did you mean recording?)"),
    ("round_robin: artists", "(did you mean artist?)"),
    ("substitute: yes", "(did you mean twin?)"),
    ("shuffle: yes", "(did you mean run?)"),
]


@pytest.mark.parametrize(("text", "said"), OPTIONS_OF_OTHERS)
def test_options_orders_and_values_of_other_tools(text, said):
    assert said in problems_of(f"name: A\nmatch: everything\n{text}")


def test_rules_of_other_tools_are_put_below_match():
    for word in ("rules", "filter", "where", "conditions", "query"):
        assert "(did you mean match?)" in problems_of(f"name: A\n{word}: [{{liked: yes}}]")
    assert "(did you mean match?)" in problems_of("name: A\nblocks: [{filter: everything}]")


@pytest.mark.parametrize("word", ["rating", "Stars", "bpm", "bitrate", "composer", "lyrics", "filePath"])
def test_what_spotify_does_not_give_is_no_field_of_ours(word):
    assert "Spotify does not give it (any more)" in problems_of_condition(f"{word}: 1")
    assert not {synonyms._plain(name) for name in FIELDS} & synonyms._PLAIN_NOT_GIVEN
