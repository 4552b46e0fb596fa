"""Years of believable listening, one after the other, without keeping them.

What a listener does: more by the year; by weekday and hour where they live; an artist for some months, and again after
years; some songs only in winter or summer; weeks without any; albums from front to back, one short song again and again,
new music that is mostly skipped; podcasts on the way, audiobooks in the evening, now and then a music video.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate
from zoneinfo import ZoneInfo

from simulator.exports.devices import DESKTOP, LIVING_ROOM, PHONE, platform
from simulator.exports.heard import after_the_api, heard_of_plays
from simulator.exports.listening import CLOSED, DAY, HOUR, MINUTE, SECOND, Item, Listening, to_ms
from simulator.exports.repertoire import NO_CONTENT, Repertoire
from simulator.world.library import Library

# How likely a session begins at each hour of the listener's day.
WORKDAY = (1, 0, 0, 0, 0, 1, 5, 10, 9, 6, 5, 4, 5, 5, 4, 5, 7, 10, 9, 9, 10, 9, 6, 3)
DAY_OFF = (4, 2, 1, 0, 0, 0, 0, 1, 3, 6, 9, 10, 9, 8, 8, 8, 8, 9, 9, 9, 10, 10, 9, 7)
BY_WEEKDAY = (1.0, 1.0, 0.95, 1.05, 1.2, 1.15, 0.85)
BY_MONTH = (1.1, 1.05, 1.0, 1.0, 0.95, 0.85, 0.8, 0.85, 1.0, 1.05, 1.15, 1.25)
ROWS_OF_A_SESSION = 9.0
MOST_ROWS_A_DAY = 300
LONGEST_LATENESS = 57 * DAY
REASONS_TO_BEGIN = ("clickrow", "playbtn", "appload", "remote", "clickrow", "clickside", "uriopen", "popup")
REASONS_TO_STOP = ("endplay", "endplay", "logout", "remote", "unknown", "trackdone")
AUDIOBOOKS_SINCE = to_ms(datetime(2023, 10, 4, tzinfo=UTC))
VIDEOS_SINCE = to_ms(datetime(2018, 3, 1, tzinfo=UTC))
# Moments in which rows of nothing are found.
NO_CONTENT_TIMES = tuple(
    (to_ms(datetime(*since, tzinfo=UTC)), to_ms(datetime(*until, tzinfo=UTC)))
    for since, until in (((2022, 10, 1), (2023, 3, 1)), ((2024, 7, 1), (2024, 8, 1)))
)
NO_CONTENT_MS = 11_458
SEASONS = {12: "winter", 7: "summer", 8: "summer"}
COMEBACK_AFTER_DAYS = 700


@dataclass(frozen=True)
class Habits:
    """How somebody listens, as shares. Higher ones make a history hard, for tests.

    `pauses`, `overlaps`, `splits` (in two rows) and `same_second` are of rows; `loops` (one short song again and again), `spoken`
    (podcasts, audiobooks), `videos`, `offline`, `incognito` and `closed` (the app was closed, its end is noted late) are of
    sessions. `skips` is of rows in ordinary sessions. A song that is heard to its end lets the next one begin
    `crossfade_ms` before it.
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


USUAL = Habits()


def listenings(
    library: Library,
    since: datetime,
    until: datetime,
    *,
    rows: int,
    seed: int = 1,
    habits: Habits = USUAL,
) -> Iterator[Listening]:
    """What was heard from `since` to `until`, both aware: exactly `rows` rows of an export, in the order of its `ts`.

    The end of it are the plays of `library.plays` before `until`, with what the API leaves out between them; before
    those everything is made up from the seed. Raises ValueError where so many rows do not fit.
    """
    repertoire = Repertoire(library, seed)
    rng = random.Random(f"history {seed}")  # noqa: S311 - reproducible data, not secrets
    tail = after_the_api(heard_of_plays(library, until), repertoire, rng)
    made = rows - len(tail)
    if made < 0:
        raise ValueError(f"{len(tail)} rows are the least: so many go with the plays of the API")
    end = min([to_ms(until), *(heard.began_ms for heard in tail[:1])]) - HOUR
    first = since.astimezone(ZoneInfo(habits.time_zone)).date()
    if made:
        if made > MOST_ROWS_A_DAY * max(1, (end - to_ms(since)) // DAY - 2):
            raise ValueError(f"nobody hears {made} rows from {since:%Y-%m-%d} on; begin earlier")
        yield from _Years(library, repertoire, rng, habits).hear(first, end, made)
    yield from tail


class _Years:
    """The state of a listener who goes through the years; `at` is when the last song ended, or later."""

    def __init__(self, library: Library, repertoire: Repertoire, rng: random.Random, habits: Habits) -> None:
        self.repertoire, self.rng, self.habits = repertoire, rng, habits
        self.zone = ZoneInfo(habits.time_zone)
        self.at = self.end = 0
        self.day = date.min
        self.hour = 12
        self.known: list[Item] = []
        self.known_ids: set[str] = set()
        self.focus: dict[str, int] = {}  # artist → the day (ordinal) on which the phase ends
        self.past: dict[str, int] = {}
        self.podcast = [0] * len(repertoire.shows)
        self.book = 0
        liked = [(entry.added_at, entry.track_id) for entry in library.liked if entry.track_id]
        self.likes = sorted(liked, reverse=True)  # the next one is last
        everything = list(repertoire.by_id.values())
        self.seasons = {
            name: rng.sample(everything, min(15, len(everything))) for name in ("winter", "summer")
        }

    def hear(self, first: date, end: int, rows: int) -> Iterator[Listening]:
        """Hand out `rows` listenings that end before `end`, in the order in which Spotify notes them."""
        self.end = end
        waiting: list[tuple[int, int, Listening]] = []
        for made, heard in enumerate(self._days(first, rows), start=1):
            heappush(waiting, (heard.noted_ms, made, heard))
            # Whatever comes later is noted later than this.
            while waiting and waiting[0][0] < self.at - 15 * MINUTE:
                yield heappop(waiting)[2]
            if made == rows:
                break
        if self.at > end + HOUR:
            raise ValueError("so many rows do not fit into these years")
        while waiting:
            yield heappop(waiting)[2]

    def _days(self, first: date, rows: int) -> Iterator[Listening]:
        last = datetime.fromtimestamp(self.end / SECOND, self.zone).date() - timedelta(days=2)
        days = [first + timedelta(days=number) for number in range(max(1, (last - first).days))]
        weights = list(accumulate(self._weights(days)))
        self._begin(first)
        owed, given = 0.0, 0
        for day, weight in zip(days, weights, strict=True):
            share = int(rows * weight / weights[-1])
            owed += share - given
            given = share
            self._wake(day)
            for start in self._starts(day, owed):
                self.at = max(self.at + MINUTE, start)
                for heard in self._session():
                    owed -= 1
                    yield heard
        while True:  # what the last days did not hold
            self.at += MINUTE
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

    def _begin(self, first: date) -> None:
        """What the listener knows on the first day."""
        for _ in range(6):
            self._meet(self.repertoire.artist(self.rng), first)

    def _wake(self, day: date) -> None:
        """A new day: likes of it, phases that end and begin."""
        self.day = day
        morning = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        while self.likes and self.likes[-1][0] < morning:
            self._know(self.repertoire.by_id.get(self.likes.pop()[1]))
        for artist in [name for name, until in self.focus.items() if until < day.toordinal()]:
            self.past[artist] = self.focus.pop(artist)
        if len(self.focus) < 4 and self.rng.random() < 0.04:
            long_ago = [
                name
                for name, ended in self.past.items()
                if day.toordinal() - ended > COMEBACK_AFTER_DAYS and name not in self.focus
            ]
            if long_ago and self.rng.random() < 0.3:
                self._meet(self.rng.choice(long_ago), day)
            else:
                self._meet(self.repertoire.artist(self.rng), day)

    def _meet(self, artist: str, day: date) -> None:
        self.focus[artist] = day.toordinal() + self.rng.randint(25, 200)
        for item in self.repertoire.albums[artist][0][:4]:
            self._know(item)

    def _know(self, item: Item | None) -> None:
        if item and item.id not in self.known_ids:
            self.known_ids.add(item.id)
            self.known.append(item)

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

    # A session: what is heard

    def _session(self) -> Iterator[Listening]:
        rng = self.rng
        self.hour = datetime.fromtimestamp(self.at / SECOND, self.zone).hour
        choose, skips, shuffle = self._kind()
        items = choose()
        is_video = choose == self._some_videos
        device = LIVING_ROOM if is_video or (self.hour >= 19 and rng.random() < 0.3) else self._device()
        session = _Session(
            platform(device, self.at, self.day.year, rng),
            skips,
            shuffle,
            device == PHONE and rng.random() < self.habits.offline,
            rng.random() < self.habits.incognito,
            is_video,
        )
        return self._hear(items, session)

    def _device(self) -> str:
        at_work = self.day.weekday() < 5 and 9 <= self.hour < 17
        return DESKTOP if self.rng.random() < (0.7 if at_work else 0.15) else PHONE

    def _kind(self) -> tuple[Callable[[], list[Item]], float, bool]:
        """What is chosen, how much of it is skipped, and whether it is shuffled."""
        rng, habits, skips = self.rng, self.habits, self.habits.skips
        if rng.random() < habits.loops:
            return self._a_loop, 0.0, False
        if rng.random() < habits.spoken * (2.5 if self.hour in (7, 8, 22, 23) else 0.7):
            is_evening = self.hour >= 20 and self.at >= AUDIOBOOKS_SINCE
            return (self._some_chapters if is_evening else self._some_episodes), 0.05, False
        if self.at >= VIDEOS_SINCE and rng.random() < habits.videos:
            return self._some_videos, min(1.0, skips * 1.5), False
        kinds: tuple[tuple[Callable[[], list[Item]], float, bool], ...] = (
            (self._favourites, skips, True),
            (self._of_the_phase, skips * 0.8, True),
            (self._an_album, skips * 0.3, False),
            (self._something_new, min(1.0, skips * 2.8), True),
            (self._of_the_season, skips * 0.6, True),
        )
        return rng.choices(kinds, (45, 26, 14, 11, 12 if self.day.month in SEASONS else 0))[0]

    def _favourites(self) -> list[Item]:
        rng, known = self.rng, self.known
        size = len(known)
        return [
            known[size - 1 - int(min(size, 150) * rng.random())]  # found lately
            if rng.random() < 0.4
            else known[int(size * rng.random() ** 1.5)]  # the oldest ones stay
            for _ in range(rng.randint(3, 16))
        ]

    def _of_the_phase(self) -> list[Item]:
        if not self.focus:
            return self._favourites()
        artist = self.rng.choice(list(self.focus))
        items = [item for album in self.repertoire.albums[artist][:6] for item in album]
        return [items[int(len(items) * self.rng.random() ** 1.5)] for _ in range(self.rng.randint(3, 12))]

    def _an_album(self) -> list[Item]:
        artist = (
            self.rng.choice(list(self.focus))
            if self.focus and self.rng.random() < 0.7
            else self.repertoire.artist(self.rng)
        )
        album = self.rng.choice(self.repertoire.albums[artist])
        for item in album[:2]:
            self._know(item)
        return album[:30]

    def _something_new(self) -> list[Item]:
        rng, others = self.rng, self.repertoire.others
        found = [rng.choice(others) for _ in range(rng.randint(4, 14))]
        if rng.random() < 0.5:
            self._know(rng.choice(found))
        return found

    def _of_the_season(self) -> list[Item]:
        songs = self.seasons[SEASONS[self.day.month]]
        return [self.rng.choice(songs) for _ in range(self.rng.randint(3, 10))]

    def _a_loop(self) -> list[Item]:
        short = [item for item in self.known[-400:] if item.duration_ms < 150_000] or self.repertoire.short
        return [self.rng.choice(short)] * self.rng.randint(3, 25)

    def _some_videos(self) -> list[Item]:
        return [self.rng.choice(self.known) for _ in range(self.rng.randint(1, 4))]

    def _some_episodes(self) -> list[Item]:
        number = self.rng.randrange(len(self.podcast))
        show = self.repertoire.shows[number]
        place = self.podcast[number]
        self.podcast[number] += 1
        return [show[place % len(show)]]

    def _some_chapters(self) -> list[Item]:
        chapters = [chapter for book in self.repertoire.books for chapter in book]
        count = self.rng.randint(1, 3)
        self.book += count
        return [chapters[(self.book + number) % len(chapters)] for number in range(count)]

    # A session: how it is heard

    def _hear(self, items: list[Item], session: "_Session") -> Iterator[Listening]:
        rng, habits = self.rng, self.habits
        reason = rng.choice(REASONS_TO_BEGIN)
        is_closed = rng.random() < habits.closed
        for left, item in zip(range(len(items) - 1, -1, -1), items, strict=True):
            heard = self._row(item, session, reason)
            reason = heard.reason_end
            if not left:
                heard = self._stopped(heard, is_closed)
            elif heard.ms_played > MINUTE and rng.random() < habits.splits:
                heard, rest = self._split(heard)
                yield heard
                heard = rest
            yield heard
            yield from self._beside(heard)
            self._go_on(heard)

    def _row(self, item: Item, session: "_Session", reason: str) -> Listening:
        rng = self.rng
        length, began = item.duration_ms, self.at
        if rng.random() < session.skips:
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
            session.platform,
            session.shuffle,
            session.is_offline,
            session.is_incognito,
            session.is_video,
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
        if rng.random() < self.habits.same_second:
            yield heard._replace(
                began_ms=end,
                ended_ms=end,
                ms_played=0,
                noted_ms=heard.noted_ms,
                reason_end="endplay",
                continues=True,
            )
        if heard.is_video and rng.random() < 0.05:
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

    def _go_on(self, heard: Listening) -> None:
        rng = self.rng
        chance = rng.random()
        self.at = heard.ended_ms + rng.randint(0, 1800)
        if chance < self.habits.overlaps:  # another device, or the same one's clock
            longest = 10 * MINUTE if chance < self.habits.overlaps * 0.1 else 20 * SECOND
            self.at -= min(longest, int(rng.expovariate(4 / longest)))
        elif heard.reason_end == "trackdone":
            self.at -= self.habits.crossfade_ms


@dataclass(frozen=True, slots=True)
class _Session:
    """What all rows of a session share."""

    platform: str
    skips: float
    shuffle: bool
    is_offline: bool
    is_incognito: bool
    is_video: bool
