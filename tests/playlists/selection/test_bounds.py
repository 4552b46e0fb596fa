"""What the language says a field can have at all is what libraries hold: no condition is refused that a track could meet."""

import pytest

from playlists.language.bounds import ALWAYS_KNOWN, NUMBERS, TEXTS
from playlists.language.fields import FIELDS
from playlists.language.folding import fold
from playlists.language.model import Expression
from playlists.selection.tracks import field_values


@pytest.mark.search("seed", range(3), range(20))
@pytest.mark.parametrize("source", ["library", "known"])
def test_a_library_holds_nothing_that_is_said_to_be_impossible(generated, seed, source):
    library = generated(seed)
    named = [name for name in {*NUMBERS, *TEXTS, *ALWAYS_KNOWN} if not FIELDS[name].options]
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
            elif name in TEXTS:
                for text in value if isinstance(value, list) else [value]:
                    assert fold(text) in TEXTS[name], (name, text)
