"""Repeatable chance: a number for each track, from a seed and the track's id.

Python's `random` and `hash()` may differ between versions and runs; SHA-256 does not. So the same list has the same
order on every machine for as long as its seed says, and a track that comes or goes does not move the others.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from playlists.language.model import Seed


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
