"""The same history in another download: Spotify does not say the same of a play each time."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

from simulator.exports.listening import TRACK, Item, Listening


def retold(listenings: Iterable[Listening], share: float, seed: int = 1) -> Iterator[Listening]:
    """The same listenings, some in other words: of a share of the tracks title and album, of a share of the rows the reasons.

    Ids, moments and `ms_played` are what they were; a track is called the same in all its rows.
    """
    rng = random.Random(f"retold {seed}")  # noqa: S311 - reproducible data, not secrets
    items: dict[Item, Item] = {}
    for heard in listenings:
        if heard.item not in items:
            is_other = heard.item.kind == TRACK and rng.random() < share
            items[heard.item] = _renamed(heard.item) if is_other else heard.item
        if heard.reason_end == "trackdone" and not heard.is_copy and rng.random() < share:
            heard = heard._replace(reason_start="unknown", reason_end="unknown")
        yield heard._replace(item=items[heard.item])


def _renamed(item: Item) -> Item:
    return replace(item, name=f"{item.name} - 2019 Remaster", album=f"{item.album} (Deluxe Edition)")
