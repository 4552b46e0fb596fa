"""Years of believable listening, one after the other, without keeping them.

What a listener does: more by the year; by weekday and hour where they live; an artist for some months, and again after
years; some songs only in winter or summer; weeks without any; albums from front to back, one short song again and again,
new music that is mostly skipped; podcasts on the way, audiobooks in the evening, now and then a music video.
"""

import random
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate
from zoneinfo import ZoneInfo

from simulator.exports.devices import DESKTOP, LIVING_ROOM, PHONE, platform
from simulator.exports.habits import USUAL, Habits
from simulator.exports.heard import after_the_api, heard_of_plays
from simulator.exports.listening import DAY, HOUR, MINUTE, SECOND, Listening, to_datetime, to_ms
from simulator.exports.player import Player, Surroundings
from simulator.exports.repertoire import Repertoire
from simulator.exports.taste import Taste
from simulator.world.library import Library

# How likely a session begins at each hour of the listener's day.
WORKDAY = (1, 0, 0, 0, 0, 1, 5, 10, 9, 6, 5, 4, 5, 5, 4, 5, 7, 10, 9, 9, 10, 9, 6, 3)
DAY_OFF = (4, 2, 1, 0, 0, 0, 0, 1, 3, 6, 9, 10, 9, 8, 8, 8, 8, 9, 9, 9, 10, 10, 9, 7)
BY_WEEKDAY = (1.0, 1.0, 0.95, 1.05, 1.2, 1.15, 0.85)
BY_MONTH = (1.1, 1.05, 1.0, 1.0, 0.95, 0.85, 0.8, 0.85, 1.0, 1.05, 1.15, 1.25)
ROWS_OF_A_SESSION = 9.0
MOST_ROWS_A_DAY = 300


def listenings(
    library: Library,
    since: datetime,
    until: datetime,
    *,
    rows: int,
    seed: int = 1,
    habits: Habits = USUAL,
    with_plays: bool = True,
) -> Iterator[Listening]:
    """What was heard from `since` to `until`, both aware: exactly `rows` rows of an export, in the order of its `ts`.

    With `with_plays`, the end of it are the plays of `library.plays` before `until`, between which the API leaves out only what
    was heard for less than 30 s, and episodes; and `habits.untold`. Everything else is made up from the seed. Raises ValueError where so many rows do not fit.
    """
    until_ms = to_ms(until)
    repertoire = Repertoire(library, seed)
    rng = random.Random(f"history {seed}")  # noqa: S311 - reproducible data, not secrets
    plays = heard_of_plays(library, until) if with_plays else []
    tail = after_the_api(plays, repertoire, rng)
    if tail and habits.untold:
        untold = _untold(tail, Taste(library, repertoire, rng, habits), until_ms)
        tail = sorted([*tail, *untold], key=lambda heard: heard.noted_ms)
    made = rows - len(tail)
    if made < 0:
        raise ValueError(f"{len(tail)} rows are the least: so many go with the plays of the API")
    end = min([until_ms, *(heard.began_ms for heard in tail[:1])]) - HOUR
    first = since.astimezone(ZoneInfo(habits.time_zone)).date()
    if made:
        if made > MOST_ROWS_A_DAY * max(1, (end - to_ms(since)) // DAY - 2):
            raise ValueError(f"nobody hears {made} rows from {since:%Y-%m-%d} on; begin earlier")
        taste, player = Taste(library, repertoire, rng, habits), Player(rng, habits, end)
        yield from _Years(taste, player, habits).hear(first, made)
    yield from tail


def _untold(told: list[Listening], taste: Taste, until_ms: int) -> Iterator[Listening]:
    """What was heard in the same months while nothing of `told` was."""
    first = to_datetime(told[0].began_ms).astimezone(taste.zone).date() + timedelta(days=1)
    days = (until_ms - to_ms(datetime(first.year, first.month, first.day, tzinfo=taste.zone))) // DAY - 2
    player = Player(taste.rng, taste.habits, until_ms - SECOND)
    busy = [(each.began_ms - 5 * MINUTE, each.ended_ms + 5 * MINUTE) for each in told]
    if days > 0:
        for heard in _Years(taste, player, taste.habits).hear(first, round(days * taste.habits.untold)):
            place = bisect_left(busy, (heard.ended_ms,))
            if all(end < heard.began_ms for _, end in busy[max(0, place - 3) : place]):
                yield heard


class _Years:
    """A listener who goes through the years."""

    def __init__(self, taste: Taste, player: Player, habits: Habits) -> None:
        self.taste, self.player, self.habits, self.rng = taste, player, habits, taste.rng
        self.zone = ZoneInfo(habits.time_zone)

    def hear(self, first: date, rows: int) -> Iterator[Listening]:
        """Hand out `rows` listenings in the order in which Spotify notes them."""
        end = self.player.end
        waiting: list[tuple[int, int, Listening]] = []
        for made, heard in enumerate(self._days(first, rows), start=1):
            heappush(waiting, (heard.noted_ms, made, heard))
            # Whatever comes later is noted later than this.
            while waiting and waiting[0][0] < self.player.at - 15 * MINUTE:
                yield heappop(waiting)[2]
            if made == rows:
                break
        if self.player.at > end + HOUR:
            raise ValueError("so many rows do not fit into these years")
        while waiting:
            yield heappop(waiting)[2]

    def _days(self, first: date, rows: int) -> Iterator[Listening]:
        last = datetime.fromtimestamp(self.player.end / SECOND, self.zone).date() - timedelta(days=2)
        days = [first + timedelta(days=number) for number in range(max(1, (last - first).days))]
        weights = list(accumulate(self._weights(days)))
        self.taste.begin(first)
        owed, given = 0.0, 0
        for day, weight in zip(days, weights, strict=True):
            share = int(rows * weight / weights[-1])
            owed += share - given
            given = share
            self.taste.wake(day)
            for start in self._starts(day, owed):
                self.player.at = max(self.player.at + MINUTE, start)
                for heard in self._session():
                    owed -= 1
                    yield heard
        while True:  # what the last days did not hold
            self.player.at += MINUTE
            yield from self._session()

    def _weights(self, days: list[date]) -> Iterator[float]:
        rng = self.rng
        away_until, growth = days[0], 0.0
        for number, day in enumerate(days):
            growth = 0.4 + 0.6 * number / len(days)
            if day >= away_until and rng.random() < 0.006:
                away_until = day + timedelta(days=rng.randint(6, 20))
            if number > 30 and (day < away_until or rng.random() < 0.05):
                yield 0.0
            else:
                mood = min(2.2, rng.lognormvariate(0, 0.45))
                yield growth * mood * BY_WEEKDAY[day.weekday()] * BY_MONTH[day.month - 1]

    def _starts(self, day: date, owed: float) -> list[int]:
        count = int(max(0.0, owed) / ROWS_OF_A_SESSION + self.rng.random())
        hours = DAY_OFF if day.weekday() >= 5 else WORKDAY
        starts = sorted(
            (hour, self.rng.randrange(60), self.rng.randrange(60))
            for hour in self.rng.choices(range(24), hours, k=count)
        )
        return [
            int(datetime(day.year, day.month, day.day, *start, tzinfo=self.zone).timestamp()) * SECOND
            + self.rng.randrange(SECOND)
            for start in starts
        ]

    def _session(self) -> Iterator[Listening]:
        rng, at, day = self.rng, self.player.at, self.taste.day
        hour = datetime.fromtimestamp(at / SECOND, self.zone).hour
        choice = self.taste.choose(at, hour)
        device = LIVING_ROOM if choice.is_video or (hour >= 19 and rng.random() < 0.3) else self._device(hour)
        around = Surroundings(
            platform(device, at, day.year, rng),
            device == PHONE and rng.random() < self.habits.offline,
            rng.random() < self.habits.incognito,
        )
        return self.player.hear(choice, around)

    def _device(self, hour: int) -> str:
        at_work = self.taste.day.weekday() < 5 and 9 <= hour < 17
        return DESKTOP if self.rng.random() < (0.7 if at_work else 0.15) else PHONE
