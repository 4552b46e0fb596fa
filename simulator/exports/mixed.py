"""Histories that the export and the API both tell, each in its way, with the truth about which of them are the same.

The export's rows are those of `extended`. What the API's `played_at` means has changed with the app, its clock is another one,
its id may be another one of the recording, and it leaves plays out.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from simulator.exports.extended import NEWEST, Form, Json, rows
from simulator.exports.habits import Habits
from simulator.exports.listening import COUNTS_FROM_MS, MINUTE, TRACK, Item, Listening, to_datetime, to_ms
from simulator.exports.repertoire import add_to_catalogue, other_id
from simulator.exports.years import listenings
from simulator.world.catalogue import Play
from simulator.world.library import Library

END, START, NEXT = "end", "start", "next"  # what `played_at` is: of this song, or the start of the next one
SAME_SESSION_MS, LONGEST_CROSSFADE_MS = 30 * MINUTE, 12_000
HARD = Habits(
    pauses=0.3,
    overlaps=0.06,
    splits=0.05,
    loops=0.15,
    spoken=0.05,
    closed=0.3,
    crossfade_ms=5000,
    same_second=0.01,
)


@dataclass(frozen=True)
class Api:
    """How the API tells what was heard.

    `played_at` are the conventions, of which each device follows one in each month (`end`, `start`, `next`: the start of the next
    song, the pause counted in). Each device's clock is wrong in each month by up to `skew_s` in either direction, and each stamp by up
    to `jitter_s` more. `whole_seconds`, `left_out` and `other_ids` are shares: of stamps without milliseconds, of plays that it
    does not tell, and of recordings for which it gives another id than the export, beside the ninth that the export has under
    another id anyway; 0 means that both always give the same.
    """

    played_at: tuple[str, ...] = (END,)
    skew_s: float = 0
    jitter_s: float = 0.5
    whole_seconds: float = 0.125
    left_out: float = 0.05
    other_ids: float = 0.04


HONEST = Api(jitter_s=0, left_out=0, other_ids=0)
HARDEST = Api((END, START, NEXT), skew_s=120, jitter_s=1, left_out=0.1)


@dataclass(frozen=True)
class Verdict:
    """What pairs of rows and plays are worth, each number to be compared with `Mixed.true_plays`.

    `right`: the same listening. `crossed`: not the same, but each has its partner among the others, so that the number of plays is
    right. `lost`: one of the two has no partner at all, so two listenings became one. `doubled`: listenings of which
    the row or the play was left alone, so that one became two.
    """

    right: int
    crossed: int
    lost: int
    doubled: int


@dataclass(frozen=True)
class Mixed:
    """Two accounts of the same listening, and the truth.

    `rows` are the export's, in its order; `plays` the API's, oldest first. `listenings` is all that was heard, also what
    neither tells. `row_of[i]` and `play_of[i]`: where listening `i` stands in `rows` and `plays`, or None.
    """

    listenings: list[Listening]
    rows: list[Json]
    plays: list[Play]
    row_of: list[int | None]
    play_of: list[int | None]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(row, play) of each listening that both tell."""
        both = zip(self.row_of, self.play_of, strict=True)
        return [(row, play) for row, play in both if row is not None and play is not None]

    @property
    def true_plays(self) -> int:
        """How many plays of tracks there are, each once: what an import and the API's plays have to come to together."""
        return len(self._told(0))

    @property
    def true_counted(self) -> int:
        """How many of them were heard for 30 s or more."""
        return len(self._told(COUNTS_FROM_MS))

    def _told(self, least_ms: int) -> list[Listening]:
        told = zip(self.listenings, self.row_of, self.play_of, strict=True)
        return [
            heard
            for heard, row, play in told
            if (row is not None or play is not None)
            and heard.item.kind == TRACK
            and not heard.is_copy
            and heard.ms_played >= least_ms
        ]

    def judge(self, pairs: Iterable[tuple[int, int]]) -> Verdict:
        """Compare pairs of (row, play), as a rule has found them, with the truth."""
        found, truth = set(pairs), set(self.pairs)
        wrong = found - truth
        rows_of_two, plays_of_two = {row for row, _ in truth}, {play for _, play in truth}
        lost = sum(row not in rows_of_two or play not in plays_of_two for row, play in wrong)
        used_rows, used_plays = {row for row, _ in found}, {play for _, play in found}
        doubled = sum(row not in used_rows or play not in used_plays for row, play in truth)
        return Verdict(len(found & truth), len(wrong) - lost, lost, doubled)

    def give_plays(self, library: Library, until: datetime | None = None) -> None:
        """Let a simulated account have played what the API tells (before `until`), and nothing else."""
        library.plays = [play for play in reversed(self.plays) if until is None or play.played_at < until]


def mix(
    library: Library,
    heard: Iterable[Listening],
    *,
    api: Api = HONEST,
    seed: int = 1,
    form: Form = NEWEST,
    api_since: datetime | None = None,
    export_until: datetime | None = None,
) -> Mixed:
    """Let the export tell what it noted before `export_until`, and the API what ended from `api_since` on (both aware).

    The API tells of tracks that were heard for 30 s or more, no videos. `library` gets all tracks that were heard into its
    catalogue, under each of their ids, so that a simulator can answer for them.
    """
    rng = random.Random(f"mixed {seed}")  # noqa: S311 - reproducible data, not secrets
    every = list(heard)
    for item in {each.item: None for each in every}:
        add_to_catalogue(library, item)
    since = None if api_since is None else to_ms(api_since)
    until = None if export_until is None else to_ms(export_until)
    in_export = [number for number, each in enumerate(every) if until is None or each.noted_ms < until]
    row_of: list[int | None] = [None] * len(every)
    for row, number in enumerate(in_export):
        row_of[number] = row
    teller = _Teller(library, api, rng, every)
    told = [
        (teller.play(number), number)
        for number, each in enumerate(every)
        if (since is None or each.ended_ms >= since) and _is_told(each) and rng.random() >= api.left_out
    ]
    told.sort(key=lambda entry: entry[0].played_at)
    play_of: list[int | None] = [None] * len(every)
    for place, (_, number) in enumerate(told):
        play_of[number] = place
    texts = list(rows((every[number] for number in in_export), form))
    return Mixed(every, texts, [play for play, _ in told], row_of, play_of)


def mixed_history(
    library: Library,
    until: datetime,
    *,
    days: int = 180,
    rows_a_day: int = 40,
    seed: int = 1,
    habits: Habits = HARD,
    api: Api = HARDEST,
    api_since: datetime | None = None,
    export_until: datetime | None = None,
) -> Mixed:
    """`days` days before `until` (aware) in which much is hard to match, told by both; without the library's own plays."""
    heard = listenings(
        library,
        until - timedelta(days=days),
        until,
        rows=days * rows_a_day,
        seed=seed,
        habits=habits,
        with_plays=False,
    )
    return mix(library, heard, api=api, seed=seed, api_since=api_since, export_until=export_until)


def _is_told(heard: Listening) -> bool:
    return (
        heard.item.kind == TRACK
        and heard.ms_played >= COUNTS_FROM_MS
        and not (heard.is_video or heard.is_copy)
    )


class _Teller:
    """Tells plays as the API does; remembers which device's clock is wrong by how much, and which recording has which id."""

    def __init__(self, library: Library, api: Api, rng: random.Random, every: list[Listening]) -> None:
        self.library, self.api, self.rng, self.every = library, api, rng, every
        self._ids: dict[Item, str] = {}
        self._clocks: dict[tuple[str, int, int], tuple[str, float]] = {}
        self._taken: set[tuple[int, str]] = set()
        order = sorted(range(len(every)), key=lambda number: every[number].began_ms)
        self._next = dict(pairwise(order))

    def play(self, number: int) -> Play:
        heard = self.every[number]
        convention, skew = self._clock(heard)
        at = heard.began_ms if convention == START else heard.ended_ms
        if convention == NEXT and number in self._next:
            following = self.every[self._next[number]].began_ms
            if -LONGEST_CROSSFADE_MS <= following - at < SAME_SESSION_MS:
                at = following
        at += round((skew + self.rng.uniform(-self.api.jitter_s, self.api.jitter_s)) * 1000)
        if self.rng.random() < self.api.whole_seconds:
            at -= at % 1000
        track_id = self._id(heard.item)
        while (at, track_id) in self._taken:
            at += 1
        self._taken.add((at, track_id))
        return Play(track_id, to_datetime(at))

    def _clock(self, heard: Listening) -> tuple[str, float]:
        """What its device's stamps are in that month, and by how many seconds they are wrong."""
        began = heard.began
        device = (heard.platform, began.year, began.month)
        if device not in self._clocks:
            skew = self.rng.uniform(-self.api.skew_s, self.api.skew_s)
            self._clocks[device] = self.rng.choice(self.api.played_at), skew
        return self._clocks[device]

    def _id(self, item: Item) -> str:
        """Which id the API gives for a recording; both are in the catalogue afterwards."""
        if item not in self._ids:
            other = other_id(item)
            if item.known_as:
                self._ids[item] = item.known_as if self.api.other_ids else item.id
            elif self.rng.random() < self.api.other_ids:
                add_to_catalogue(self.library, other)
                self._ids[item] = other.id
            else:
                self._ids[item] = item.id
        return self._ids[item]
