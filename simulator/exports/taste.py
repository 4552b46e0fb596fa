"""What a listener wants to hear: artists for some months, and again after years; songs of a season; albums; new music."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from simulator.exports.habits import Habits
from simulator.exports.listening import Item, to_ms
from simulator.exports.repertoire import SHORT_SONG_MS, Repertoire
from simulator.world.library import Library

AUDIOBOOKS_SINCE = to_ms(datetime(2023, 10, 4, tzinfo=UTC))
VIDEOS_SINCE = to_ms(datetime(2018, 3, 1, tzinfo=UTC))
SEASONS = {12: "winter", 7: "summer", 8: "summer"}
COMEBACK_AFTER_DAYS = 700


@dataclass(frozen=True, slots=True)
class Choice:
    """What is heard in one session, in order; `skips` is the share that is not heard to its end."""

    items: list[Item]
    skips: float
    shuffle: bool
    is_video: bool = False


class Taste:
    """What is known and liked at a time, from day to day."""

    def __init__(self, library: Library, repertoire: Repertoire, rng: random.Random, habits: Habits) -> None:
        self.repertoire, self.rng, self.habits = repertoire, rng, habits
        self.zone = ZoneInfo(habits.time_zone)
        self.day = date.min
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

    def begin(self, first: date) -> None:
        """What the listener knows on the first day."""
        for _ in range(6):
            self._meet(self.repertoire.artist(self.rng), first)

    def wake(self, day: date) -> None:
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

    def choose(self, at_ms: int, hour: int) -> Choice:
        """What to hear next, at an hour of the listener's day."""
        rng, habits, skips = self.rng, self.habits, self.habits.skips
        if rng.random() < habits.loops:
            return Choice(self._a_loop(), 0.0, shuffle=False)
        if rng.random() < habits.spoken * (2.5 if hour in (7, 8, 22, 23) else 0.7):
            is_story = hour >= 20 and at_ms >= AUDIOBOOKS_SINCE
            return Choice(self._some_chapters() if is_story else self._an_episode(), 0.05, shuffle=False)
        if at_ms >= VIDEOS_SINCE and rng.random() < habits.videos:
            return Choice(self._some_videos(), min(1.0, skips * 1.5), shuffle=False, is_video=True)
        kinds: tuple[tuple[Callable[[], list[Item]], float, bool], ...] = (
            (self._favourites, skips, True),
            (self._of_the_phase, skips * 0.8, True),
            (self._an_album, skips * 0.3, False),
            (self._something_new, min(1.0, skips * 2.8), True),
            (self._of_the_season, skips * 0.6, True),
        )
        weights = (45, 26, 14, 11, 12 if self.day.month in SEASONS else 0)
        chosen, skips, shuffle = rng.choices(kinds, weights)[0]
        return Choice(chosen(), skips, shuffle)

    def _meet(self, artist: str, day: date) -> None:
        self.focus[artist] = day.toordinal() + self.rng.randint(25, 200)
        for item in self.repertoire.albums[artist][0][:4]:
            self._know(item)

    def _know(self, item: Item | None) -> None:
        if item and item.id not in self.known_ids:
            self.known_ids.add(item.id)
            self.known.append(item)

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
        short = [
            item for item in self.known[-400:] if item.duration_ms < SHORT_SONG_MS
        ] or self.repertoire.short
        return [self.rng.choice(short)] * self.rng.randint(3, 25)

    def _some_videos(self) -> list[Item]:
        return [self.rng.choice(self.known) for _ in range(self.rng.randint(1, 4))]

    def _an_episode(self) -> list[Item]:
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
