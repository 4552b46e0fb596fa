"""How somebody listens: shares that a history is made with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """How somebody listens, as shares. Higher ones make a history hard, for tests.

    `pauses`, `overlaps`, `splits` (in two rows) and `same_second` are of rows; `loops` (one short song again and again), `spoken`
    (podcasts, audiobooks), `videos`, `offline`, `incognito` and `closed` (the app was closed, its end is noted late) are of
    sessions. `skips` is of rows in ordinary sessions. A song that is heard to its end lets the next one begin
    `crossfade_ms` before it. `untold` is how many rows a day there are, beside its own, in the months of which the API tells: what
    was heard without a connection, or while nobody asked.
    """

    time_zone: str = "Europe/Berlin"
    skips: float = 0.17
    pauses: float = 0.12
    overlaps: float = 0.04
    splits: float = 0.0125
    same_second: float = 0.0016
    loops: float = 0.02
    spoken: float = 0.1
    videos: float = 0.02
    closed: float = 0.12
    offline: float = 0.06
    incognito: float = 0.01
    crossfade_ms: int = 0
    untold: float = 0


USUAL = Habits()
