"""Orders tracks by several keys, by chance, or by a blend of the two."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import groupby
from math import isnan
from operator import attrgetter, itemgetter
from typing import cast

from playlists.arrangement.track import Track
from playlists.language.model import Expression, Seed, Shuffle, SortKey


@dataclass(frozen=True)
class Chance:
    """The chance of one list. `slug` makes lists of the same seed differ; `today` is in the listener's time zone."""

    slug: str
    today: date
    run_id: str

    def key(self, seed: Seed, track_id: str) -> float:
        """A number from 0 to below 1: the first 53 bits of the SHA-256 of slug, seed and id.

        The seeds `day`, `week` (ISO, from Monday) and `month` give the same number until the period ends, `run` until the
        next run, an integer for ever.
        """
        return self.keys(seed)(track_id)

    def keys(self, seed: Seed) -> Callable[[str], float]:
        """What gives the key of each of many ids: what they have in common is hashed once."""
        begun = hashlib.sha256(f"{self.slug}\n{self._period(seed)}\n".encode("utf-8", "surrogatepass"))

        def key(track_id: str) -> float:
            digest = begun.copy()
            digest.update(track_id.encode("utf-8", "surrogatepass"))
            return (int.from_bytes(digest.digest()[:8], "big") >> 11) / 2**53

        return key

    def _period(self, seed: Seed) -> str:
        if isinstance(seed, int):
            return f"fixed {seed}"
        if seed == "day":
            return f"day {self.today.isoformat()}"
        if seed == "week":
            year, week, _ = self.today.isocalendar()
            return f"week {year}-{week:02}"
        if seed == "month":
            return f"month {self.today.year}-{self.today.month:02}"
        if seed == "run":
            return f"run {self.run_id}"
        raise ValueError(f"unknown seed {seed!r}: run, day, week, month, or an integer")


Comparable = tuple[int, int | float | Decimal | str | datetime]


def sort_tracks(tracks: Sequence[Track], keys: Sequence[SortKey], chance: Chance) -> list[Track]:
    """Sort by the keys, of which the first counts most. Ties are broken by track_id, ascending.

    The key `random` is chance; its seed is the option `seed`, or `run` without that.
    """
    ordered = sorted(tracks, key=attrgetter("track_id"))
    for key in reversed(keys):  # the sort is stable, descending too, so the first key is sorted by last
        with_value, without_value = [], []
        value_of = _values(key.by, chance)
        for track in ordered:
            value = comparable(value_of(track), key.by)
            if value is None:
                without_value.append(track)
            else:
                with_value.append((value, track))
        with_value.sort(key=itemgetter(0), reverse=key.descending)
        sorted_tracks = [track for _, track in with_value]
        ordered = [*without_value, *sorted_tracks] if key.nulls_first else [*sorted_tracks, *without_value]
    return ordered


def shuffle_tracks(tracks: Sequence[Track], shuffle: Shuffle, chance: Chance) -> list[Track]:
    """Order by chance, or by a blend of chance and rank: the lowest `strength * rank + (1 - strength) * chance` first.

    Chance and rank are from 0 to 1. The rank is the place by weight, descending, divided by the number of tracks. Tracks
    of equal weight share the mean of their places, so that chance alone decides between them; a track without a weight
    comes last. Ties are broken by track_id.
    """
    strength = shuffle.strength if shuffle.weight_by else 0.0
    ranks = _ranks(tracks, shuffle.weight_by, chance) if shuffle.weight_by else {}

    luck_of = chance.keys(shuffle.seed)

    def place(track: Track) -> tuple[float, str]:
        luck = luck_of(track.track_id)
        return strength * ranks.get(track.track_id, 0.0) + (1 - strength) * luck, track.track_id

    return sorted(tracks, key=place)


def _ranks(tracks: Sequence[Track], by: Expression, chance: Chance) -> Mapping[str, float]:
    """track_id → rank from 0 (heaviest) up to but without 1."""
    value_of = _values(by, chance)
    weights = {track.track_id: comparable(value_of(track), by) for track in tracks}
    ordered = sort_tracks(tracks, [SortKey(by, descending=True)], chance)
    ranks: dict[str, float] = {}
    first = 0
    for _, group in groupby(ordered, key=lambda track: weights[track.track_id]):
        ids = [track.track_id for track in group]
        mean = first + (len(ids) - 1) / 2
        ranks |= dict.fromkeys(ids, mean / len(ordered))
        first += len(ids)
    return ranks


def _values(by: Expression, chance: Chance) -> Callable[[Track], object]:
    """What tells the value of a track."""
    if by.field == "random":
        luck_of = chance.keys(cast("Seed", dict(by.options).get("seed", "run")))
        return lambda track: luck_of(track.track_id)
    name = by.key

    def value_of(track: Track) -> object:
        if name not in track.values:
            raise ValueError(f"track {track.track_id} was selected without {name}, which the order asks for")
        return track.values[name]

    return value_of


def comparable(value: object, by: Expression) -> Comparable | None:
    """A key that compares with the key of every other value: by type, then by value. None for NULL and for NaN.

    Days begin at 0:00 UTC, and times without a zone are UTC. Raises TypeError for what has no order.
    """
    if value is None:
        return None
    if type(value) is int:  # as most are
        return 1, value
    if isinstance(value, bool):
        return 0, int(value)
    if isinstance(value, int | float | Decimal):
        return None if isnan(value) else (1, value)
    if isinstance(value, str):
        return 2, value
    if isinstance(value, datetime):
        return 3, value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return 3, datetime.combine(value, time(), UTC)
    raise TypeError(f"{by.key} gives {type(value).__name__}, which has no order")
