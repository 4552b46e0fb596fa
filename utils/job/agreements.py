"""Who shares with whom: two listeners meet only where each has agreed to show the other what they hear and have in their library.

An agreement is one listener's word to another one, given and taken back by `./run users agree` and `disagree`.
"""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.errors import SettingsError

# (user_id of who shows, user_id of who sees) → whether it holds; what was never said is not in it.
Agreements = Mapping[tuple[str, str], bool]


class Sharer(NamedTuple):
    """A listener, and what commands call them."""

    user_id: str
    called: str


def read_agreements(cursor: Cursor, sharers: Iterable[Sharer]) -> Agreements:
    """What these have said of each other."""
    cursor.execute(
        statement("listener_agreements.between"), {"user_ids": [sharer.user_id for sharer in sharers]}
    )
    return {(user_id, with_user_id): holds for user_id, with_user_id, holds in cursor.fetchall()}


def missing_pairs(
    agreements: Agreements, show: Iterable[Sharer], see: Iterable[Sharer]
) -> list[tuple[Sharer, Sharer]]:
    """Of those who show and those who see, the pairs without an agreement that holds, in the order given."""
    return [
        (one, other)
        for one, other in product(show, tuple(see))
        if one.user_id != other.user_id and not agreements.get((one.user_id, other.user_id), False)
    ]


def refuse_missing(pairs: Iterable[tuple[Sharer, Sharer]], origin: str = "") -> None:
    """Raise SettingsError that names whose agreement is missing, and the commands; nothing where none is. `origin`: the file that asks."""
    missing = list(pairs)
    if missing:
        said = ", and ".join(
            f"{one.called} has not agreed to share with {other.called}" for one, other in missing
        )
        commands = ", ".join(command(one, other) for one, other in missing)
        raise SettingsError(f"{origin}{': ' if origin else ''}{said}.", f"If they do: {commands}.")


def command(one: Sharer, other: Sharer) -> str:
    """What stores that the one shares with the other."""
    return f"./run users agree {one.called} {other.called}"
