"""Orders tracks by several keys, by chance, or by a blend of the two."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import groupby
from math import isnan
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
        text = "\n".join((self.slug, self._period(seed), track_id))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return (int.from_bytes(digest[:8], "big") >> 11) / 2**53

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
    ordered = sorted(tracks, key=lambda track: track.track_id)
    for key in reversed(keys):  # the sort is stable, descending too, so the first key is sorted by last
        with_value, without_value = [], []
        for track in ordered:
            value = comparable(_value(track, key.by, chance), key.by)
            if value is None:
                without_value.append(track)
            else:
                with_value.append((value, track))
        with_value.sort(key=lambda pair: pair[0], reverse=key.descending)
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

    def place(track: Track) -> tuple[float, str]:
        luck = chance.key(shuffle.seed, track.track_id)
        return strength * ranks.get(track.track_id, 0.0) + (1 - strength) * luck, track.track_id

    return sorted(tracks, key=place)


def _ranks(tracks: Sequence[Track], by: Expression, chance: Chance) -> Mapping[str, float]:
    """track_id → rank from 0 (heaviest) up to but without 1."""
    weights = {track.track_id: comparable(_value(track, by, chance), by) for track in tracks}
    ordered = sort_tracks(tracks, [SortKey(by, descending=True)], chance)
    ranks: dict[str, float] = {}
    first = 0
    for _, group in groupby(ordered, key=lambda track: weights[track.track_id]):
        ids = [track.track_id for track in group]
        mean = first + (len(ids) - 1) / 2
        ranks |= dict.fromkeys(ids, mean / len(ordered))
        first += len(ids)
    return ranks


def _value(track: Track, by: Expression, chance: Chance) -> object:
    if by.field == "random":
        return chance.key(cast("Seed", dict(by.options).get("seed", "run")), track.track_id)
    if by.key not in track.values:
        raise ValueError(f"track {track.track_id} was selected without {by.key}, which the order asks for")
    return track.values[by.key]


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
