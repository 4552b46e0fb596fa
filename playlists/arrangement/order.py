"""Orders tracks by several keys, by chance, or by a blend of the two."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isnan
from operator import attrgetter
from types import NoneType
from typing import Any, cast

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
        values = _comparables(ordered, key.by, chance)
        known = [number for number, value in enumerate(values) if value is not None]
        known.sort(key=values.__getitem__, reverse=key.descending)
        unknown = [number for number, value in enumerate(values) if value is None]
        numbers = [*unknown, *known] if key.nulls_first else [*known, *unknown]
        ordered = [ordered[number] for number in numbers]
    return ordered


def shuffle_tracks(tracks: Sequence[Track], shuffle: Shuffle, chance: Chance) -> list[Track]:
    """Order by chance, or by a blend of chance and rank: the lowest `strength * rank + (1 - strength) * chance` first.

    Chance and rank are from 0 to 1. The rank is the place by weight, descending, divided by the number of tracks. Tracks
    of equal weight share the mean of their places, so that chance alone decides between them; a track without a weight
    comes last. Ties are broken by track_id.
    """
    strength = shuffle.strength if shuffle.weight_by else 0.0
    ordered = sorted(tracks, key=attrgetter("track_id"))
    ranks = _ranks(ordered, shuffle.weight_by, chance) if shuffle.weight_by else [0.0] * len(ordered)
    luck_of = chance.keys(shuffle.seed)
    places = [
        strength * rank + (1 - strength) * luck_of(track.track_id)
        for track, rank in zip(ordered, ranks, strict=True)
    ]
    return [ordered[number] for number in sorted(range(len(ordered)), key=places.__getitem__)]


def _ranks(tracks: Sequence[Track], by: Expression, chance: Chance) -> list[float]:
    """The rank of each track, from 0 (heaviest) up to but without 1."""
    weights = _comparables(tracks, by, chance)
    counts = Counter(weights)
    without = counts.pop(None, 0)
    means: dict[object, float] = {}  # of the places of each weight
    first = 0
    for weight, count in [*sorted(counts.items(), reverse=True), (None, without)]:
        means[weight] = first + (count - 1) / 2
        first += count
    return [means[weight] / len(tracks) for weight in weights]


def _comparables(tracks: Sequence[Track], by: Expression, chance: Chance) -> Sequence[Any]:
    """A key for each track that compares with those of all others, or None for NULL and for NaN."""
    values = _values(tracks, by, chance)
    return values if _compare_as_they_are(values) else [comparable(value, by) for value in values]


def _compare_as_they_are(values: Sequence[object]) -> bool:
    """Whether they are of one type, and any two of that type compare, as nearly always."""
    kinds = set(map(type, values)) - {NoneType}
    if kinds == {datetime}:
        return all(value is None or cast("datetime", value).tzinfo for value in values)
    return len(kinds) <= 1 and kinds <= {int, str, date}


def _values(tracks: Sequence[Track], by: Expression, chance: Chance) -> list[object]:
    """The value of each track."""
    if by.field == "random":
        luck_of = chance.keys(cast("Seed", dict(by.options).get("seed", "run")))
        return [luck_of(track.track_id) for track in tracks]
    name = by.key
    try:
        return [track.values[name] for track in tracks]
    except KeyError:
        lacking = next(track.track_id for track in tracks if name not in track.values)
        raise ValueError(f"track {lacking} was selected without {name}, which the order asks for") from None


def comparable(value: object, by: Expression) -> Comparable | None:
    """A key that compares with the key of every other value: by type, then by value. None for NULL and for NaN.

    Days begin at 0:00 UTC, and times without a zone are UTC. Raises TypeError for what has no order.
    """
    if value is None:
        return None
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
