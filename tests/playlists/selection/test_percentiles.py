"""Percentiles: SQL gives what a plain count of the tracks gives, which is made from the words of docs/rules.md."""

import random

import pytest

from playlists.language.kinds import Kind
from playlists.language.operators import OPERATORS
from tests.playlists.plain import counted


def by_sql(library, values, percent, *, is_top):
    """The verdicts of the operator's SQL on these values."""
    operator = OPERATORS[Kind.NUMBER]["top_percent" if is_top else "bottom_percent"]
    parameters = {"values": values}
    sql = operator.sql("e0", percent, library.context(), parameters)
    library.cursor.execute(
        f"WITH base AS (SELECT * FROM unnest(%(values)s::int[]) WITH ORDINALITY AS u (e0, place)) "
        f"SELECT {sql} FROM base ORDER BY place",
        parameters,
    )
    return [verdict for (verdict,) in library.cursor.fetchall()]


@pytest.mark.parametrize("is_top", [True, False])
@pytest.mark.parametrize(("of", "number"), [(10, 1), (15, 2), (4830, 483), (4831, 484), (3, 1)])
def test_a_tenth_of_all_is_a_tenth(library, of, number, is_top):
    values = random.Random(of).sample(range(1, of + 1), of)
    for verdicts in (
        by_sql(library, values, 10.0, is_top=is_top),
        counted(values, 10.0, is_top=is_top),
    ):
        assert sum(verdicts) == number


@pytest.mark.parametrize(("played", "top"), [(30, 30), (100, 50), (500, 50)])
def test_never_played_is_no_top_and_is_the_bottom(library, played, top):
    """Of 500 tracks: as long as fewer than a tenth were played, the top is what was played."""
    values = [*range(1, played + 1), *[0] * (500 - played)]
    assert sum(by_sql(library, values, 10.0, is_top=True)) == top
    assert sum(by_sql(library, values, 10.0, is_top=False)) == (500 - played or 50)


@pytest.mark.search("seed", range(6), range(60))
def test_sql_agrees_with_a_plain_count(library, seed):
    chance = random.Random(seed)
    for _ in range(60):
        number = chance.choice((0, 1, 2, 7, 10, 15, 40, 100))
        lowest, highest = chance.choice(((0, 3), (0, 12), (1, 5), (-3, 3), (1, 400)))
        values = [chance.randint(lowest, highest) for _ in range(number)]
        values = [None if chance.random() < 0.1 else 0 if chance.random() < 0.2 else one for one in values]
        percent = chance.choice((1.0, 10.0, 12.5, 33.3, 50.0, 90.0, 100.0, 10))
        for is_top in (True, False):
            expected = counted(values, percent, is_top=is_top)
            assert by_sql(library, values, percent, is_top=is_top) == expected, (values, percent, is_top)
