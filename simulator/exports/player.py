"""How what was chosen is heard: to its end or not, with pauses, on which device, and what Spotify notes of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.exports.habits import Habits
from simulator.exports.listening import CLOSED, DAY, HOUR, MINUTE, SECOND, Item, Listening, to_ms
from simulator.exports.repertoire import NO_CONTENT
from simulator.exports.taste import Choice

LONGEST_LATENESS = 57 * DAY
REASONS_TO_BEGIN = ("clickrow", "playbtn", "appload", "remote", "clickrow", "clickside", "uriopen", "popup")
REASONS_TO_STOP = ("endplay", "endplay", "logout", "remote", "unknown", "trackdone")
# Times in which there are rows that say nothing of what was heard.
NO_CONTENT_TIMES = tuple(
    (to_ms(datetime(*since, tzinfo=UTC)), to_ms(datetime(*until, tzinfo=UTC)))
    for since, until in (((2022, 10, 1), (2023, 3, 1)), ((2024, 7, 1), (2024, 8, 1)))
)
NO_CONTENT_MS = 11_458


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all rows of a session share."""

    platform: str
    is_offline: bool
    is_incognito: bool


class Player:
    """Plays one thing after the other; `at` is when the next one begins, and no end is noted later than `end`."""

    def __init__(self, rng: random.Random, habits: Habits, end_ms: int) -> None:
        self.rng, self.habits, self.end = rng, habits, end_ms
        self.at = 0

    def hear(self, choice: Choice, around: Surroundings) -> Iterator[Listening]:
        """The listenings of one session, in the order of their begin."""
        rng, habits, items = self.rng, self.habits, choice.items
        reason = rng.choice(REASONS_TO_BEGIN)
        is_closed = rng.random() < habits.closed
        for left, item in zip(range(len(items) - 1, -1, -1), items, strict=True):
            heard = self._row(item, choice, around, reason)
            reason = heard.reason_end
            if not left:
                heard = self._stopped(heard, is_closed)
            elif heard.ms_played > MINUTE and rng.random() < habits.splits:
                heard, rest = self._split(heard)
                yield heard
                heard = rest
            yield heard
            yield from self._beside(heard)
            self._go_on(heard, is_again=bool(left) and items[-left] is item)

    def _row(self, item: Item, choice: Choice, around: Surroundings, reason: str) -> Listening:
        rng = self.rng
        length, began = item.duration_ms, self.at
        if rng.random() < choice.skips:
            played = min(length, int(rng.expovariate(1 / 14_000))) if rng.random() < 0.93 else 0
            end = "fwdbtn" if rng.random() < 0.85 else rng.choice(("backbtn", "endplay", "endplay"))
        else:
            played, end = length, "trackdone"
            if rng.random() < 0.002:  # part of it was heard again
                played += rng.randint(SECOND, 10 * MINUTE)
        ended = began + played
        if rng.random() < self.habits.pauses:
            ended += self._pause()
        return Listening(
            item,
            began,
            ended,
            played,
            ended,
            reason,
            end,
            around.platform,
            choice.shuffle,
            around.is_offline,
            around.is_incognito,
            choice.is_video,
        )

    def _pause(self) -> int:
        mean = MINUTE if self.rng.random() < 0.9 else 40 * MINUTE
        return min(6 * HOUR, int(self.rng.expovariate(1 / mean)))

    def _stopped(self, heard: Listening, is_closed: bool) -> Listening:
        rng = self.rng
        if is_closed:
            part = int(heard.ms_played * rng.random() ** 0.3)
            ended = heard.ended_ms - heard.ms_played + part
            noted = ended
            if rng.random() < 0.8:
                mean = 9 * HOUR if rng.random() < 0.9 else 12 * DAY
                noted += min(LONGEST_LATENESS, MINUTE + int(rng.expovariate(1 / mean)))
            reason = rng.choice(CLOSED)
            return heard._replace(
                ms_played=part, ended_ms=ended, noted_ms=min(noted, max(ended, self.end)), reason_end=reason
            )
        if heard.reason_end == "trackdone" and rng.random() < 0.5:
            return heard._replace(reason_end=rng.choice(REASONS_TO_STOP))
        return heard

    def _split(self, heard: Listening) -> tuple[Listening, Listening]:
        """The app was closed within the song, and went on where it was."""
        rng = self.rng
        part = int(heard.ms_played * (0.2 + 0.6 * rng.random()))
        ended = heard.began_ms + part
        again = ended + rng.randint(5 * SECOND, 10 * MINUTE)
        rest = heard.ms_played - part
        first = heard._replace(ended_ms=ended, noted_ms=ended, ms_played=part, reason_end="logout")
        return first, heard._replace(
            began_ms=again,
            ended_ms=again + rest,
            noted_ms=again + rest,
            ms_played=rest,
            reason_start="appload",
            continues=True,
        )

    def _beside(self, heard: Listening) -> Iterator[Listening]:
        """Rows that exports have beside what was heard."""
        rng, end = self.rng, heard.ended_ms
        is_plain = heard.ms_played > SECOND and not heard.is_late
        if is_plain and rng.random() < self.habits.same_second:
            yield heard._replace(
                began_ms=end, ended_ms=end, noted_ms=end, ms_played=0, reason_end="endplay", continues=True
            )
        elif is_plain and heard.is_video and rng.random() < 0.05:
            nothing = heard._replace(
                began_ms=end, ended_ms=end, noted_ms=end, ms_played=0, reason_end="endplay"
            )
            yield nothing
            yield nothing._replace(is_copy=True)
        if any(since <= end < until for since, until in NO_CONTENT_TIMES) and rng.random() < 0.01:
            ended = end + NO_CONTENT_MS
            yield heard._replace(
                item=NO_CONTENT,
                began_ms=end,
                ended_ms=ended,
                noted_ms=ended,
                ms_played=NO_CONTENT_MS,
                is_video=False,
                continues=False,
            )

    def _go_on(self, heard: Listening, *, is_again: bool) -> None:
        """Find when the next one begins. Two plays of one song are hardly closer than what was played."""
        rng = self.rng
        chance = rng.random()
        self.at = heard.ended_ms + rng.randint(-1100 if is_again else 0, 1800)
        if chance < self.habits.overlaps and not is_again:  # another device, or the same one's clock
            longest = 10 * MINUTE if chance < self.habits.overlaps * 0.1 else 20 * SECOND
            self.at = max(heard.began_ms, self.at - min(longest, int(rng.expovariate(4 / longest))))
        elif is_again and heard.ms_played < SECOND:
            self.at = heard.ended_ms + SECOND  # else both rows would be equal
        elif heard.reason_end == "trackdone":
            self.at -= self.habits.crossfade_ms
