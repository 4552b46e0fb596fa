"""What was really heard: the truth from which exports and the API's plays are made.

Moments are whole milliseconds since 1970, UTC, so that a million of them are cheap; `to_datetime` makes a moment of one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from simulator.world.catalogue import Play

TRACK, EPISODE, CHAPTER, NOTHING = "track", "episode", "chapter", "nothing"
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
COUNTS_FROM_MS = 30_000  # shorter plays never reach the API's list
# Reasons of an end that is only noted when the app is seen again.
CLOSED = ("logout", "unexpected-exit", "unexpected-exit-while-paused")
SKIPS = ("fwdbtn", "backbtn", "endplay")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, frozen=True, eq=False)
class Item:
    """What can be heard. Compared by identity.

    `kind` is track, episode, chapter (of an audiobook), or nothing (Spotify says not what). `artist` is the album's artist;
    of a chapter the author. `album` is also the show of an episode and the book of a chapter, `album_id` its id.
    `known_as` is the id by which the library knows the recording, where `id` is another one of it (relinked).
    """

    kind: str
    id: str
    name: str = ""
    artist: str = ""
    album: str = ""
    album_id: str = ""
    duration_ms: int = 0
    isrc: str | None = None
    known_as: str | None = None


class Listening(NamedTuple):
    """One thing that was heard without another between, on one device.

    It went on from `began_ms` to `ended_ms`, and was heard for `ms_played` of it: the rest was pause. `noted_ms` is
    when Spotify learnt of the end (the export's `ts`): the end itself, or days later where the app was closed.
    `continues`: the second part of a song that the row before began. `is_copy`: the export has the row before twice.
    `play` is what the API's list has of it.
    """

    item: Item
    began_ms: int
    ended_ms: int
    ms_played: int
    noted_ms: int
    reason_start: str
    reason_end: str
    platform: str = "android"
    shuffle: bool = False
    offline: bool = False
    incognito: bool = False
    is_video: bool = False
    is_copy: bool = False
    continues: bool = False
    play: Play | None = None

    @property
    def began(self) -> datetime:
        """When it began, aware, UTC."""
        return to_datetime(self.began_ms)

    @property
    def ended(self) -> datetime:
        """When it ended, aware, UTC."""
        return to_datetime(self.ended_ms)

    @property
    def paused_ms(self) -> int:
        """How long it stood still between its begin and its end."""
        return self.ended_ms - self.began_ms - self.ms_played

    @property
    def is_skipped(self) -> bool:
        """Whether the listener went on before its end."""
        return self.reason_end in SKIPS

    @property
    def is_late(self) -> bool:
        """Whether Spotify learnt of the end more than a minute late."""
        return self.noted_ms - self.ended_ms > MINUTE


@dataclass
class Truth:
    """What an export holds, counted while it is written: numbers that an import has to come to.

    `rows` is the sum of `by_kind`, whose kinds are track, episode, chapter and nothing; music videos are tracks.
    `copies` are rows equal to the one before in every field, and `parts` rows that continue the song of another row.
    `plays` are the tracks' rows without copies; `counted` those of them with 30 s or more; `late` the rows whose `ts` is
    more than a minute behind the end. `merged`: rows of the account data that are left out, because others say the same. `first` and `last`: of the ends, UTC.
    """

    rows: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    videos: int = 0
    copies: int = 0
    parts: int = 0
    plays: int = 0
    counted: int = 0
    late: int = 0
    ms_played: int = 0
    from_api: int = 0
    merged: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, heard: Listening) -> None:
        """Count one row."""
        self.rows += 1
        self.by_kind[heard.item.kind] += 1
        self.videos += heard.is_video
        self.copies += heard.is_copy
        self.parts += heard.continues
        self.late += heard.is_late
        self.from_api += heard.play is not None
        self.ms_played += heard.ms_played
        if heard.item.kind == TRACK and not heard.is_copy:
            self.plays += 1
            self.counted += heard.ms_played >= COUNTS_FROM_MS

    def watch(self, listenings: Iterable[Listening]) -> Iterator[Listening]:
        """Hand on the listenings, counted."""
        first = last = None
        for heard in listenings:
            self.add(heard)
            first = heard.ended_ms if first is None else min(first, heard.ended_ms)
            last = heard.ended_ms if last is None else max(last, heard.ended_ms)
            yield heard
        self.first = None if first is None else to_datetime(first)
        self.last = None if last is None else to_datetime(last)


def to_datetime(moment_ms: int) -> datetime:
    """The aware moment, UTC, exact to the millisecond."""
    return _EPOCH + timedelta(milliseconds=moment_ms)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment, cut."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - _EPOCH) // timedelta(milliseconds=1)
