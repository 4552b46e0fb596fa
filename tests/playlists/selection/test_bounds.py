"""What the language says a field can have at all is what libraries hold: no condition is refused that a track could meet."""

import random
import re

import pytest

from playlists.language.bounds import ALWAYS_KNOWN, FIRST_OF_MONTH, FORMS, NUMBERS, TEXTS
from playlists.language.fields import FIELDS
from playlists.language.model import Expression, Group
from playlists.language.operators import OPERATORS
from playlists.language.possible import contradictions
from playlists.language.texts import fold
from playlists.selection.tracks import field_values
from tests.playlists.plain import TRACK_ARTISTS, holds
from tests.playlists.selection.test_sql_and_python_agree import condition_for, track_artists


@pytest.mark.search("seed", range(3), range(20))
@pytest.mark.parametrize("source", ["library", "known"])
def test_a_library_holds_nothing_that_is_said_to_be_impossible(generated, seed, source):
    library = generated(seed)
    forms = {*FORMS} - {"track_id"}  # these libraries name their tracks as tests like it
    bound = {*NUMBERS, *TEXTS, *forms, *FIRST_OF_MONTH, *ALWAYS_KNOWN}
    named = [name for name in bound if not FIELDS[name].options]
    values = field_values(library.cursor, [*map(Expression, named)], library.context(), source=source)
    assert values
    for row in values.values():
        for name in named:
            value = row[name]
            assert value is not None or name not in ALWAYS_KNOWN, name
            if value is None:
                continue
            if name in NUMBERS:
                possible = NUMBERS[name]
                assert possible.low is None or value >= possible.low, (name, value)
                assert possible.high is None or value <= possible.high, (name, value)
                assert not possible.is_whole or value == int(value), (name, value)
            elif name in forms:
                assert re.fullmatch(FORMS[name].whole, fold(value), re.DOTALL), (name, value)
            elif name in FIRST_OF_MONTH:
                assert value.day == 1, (name, value)
            elif name in TEXTS:
                for text in value if isinstance(value, list) else [value]:
                    assert fold(text) in TEXTS[name], (name, text)


@pytest.mark.search("seed", [1], range(2, 12))
def test_what_is_said_to_exclude_each_other_never_holds_for_the_same_track(generated, seed):
    library = generated(seed)
    chance = random.Random(seed)
    names = [name for name, field in FIELDS.items() if not field.needs_option]
    context = library.context()
    rows = list(field_values(library.cursor, [*map(Expression, names)], context, source="known").values())
    refused, artists = 0, track_artists(library.cursor)
    for _ in range(6000):
        name = chance.choice(names)
        actual = [one for row in rows for one in (row[name] if isinstance(row[name], list) else [row[name]])]
        operators = list(OPERATORS[FIELDS[name].kind])
        pair = tuple(condition_for(name, chance.choice(operators), chance, actual) for _ in range(2))
        if any(one.expression.options for one in pair) or not list(contradictions(Group("all", pair))):
            continue
        refused += 1
        values = {name: [row[name] for row in rows], TRACK_ARTISTS: artists}
        assert not [row for row in rows if all(holds(one, row, context, values) for one in pair)], pair
    assert refused > 500
