"""What was heard, as plain objects: by the days of a zone, from what the simulator knows and Spotify tells of it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from simulator.exports.listening import TRACK
from simulator.world.catalogue import Playlist, Track
from simulator.world.library import Library
from tests.end_to_end.years_of_a_listener import NOW, Told

ONE = timedelta(days=1)
KINDS = ("tracks", "artists", "albums")
COUNTS_FROM_MS, TO_ITS_END_MS = 30_000, 1_000
Span = tuple[date, date]  # both included


@dataclass(frozen=True)
class Play:
    """Something that was heard. `ms`: how long; `counts`: as a play. `at`: its end, in the zone. `recording`: one for all ids of a song."""

    at: datetime
    ms: int
    counts: bool
    track: Track
    recording: str
    album: str
    shuffle: bool | None
    context: str | None
    by_api: bool

    @property
    def day(self) -> date:
        """The day on which it ended."""
        return self.at.date()

    def items(self, kind: str) -> Sequence[str]:
        """What it counts for."""
        if kind == "tracks":
            return (self.recording,)
        return tuple(dict.fromkeys(self.track.artist_ids)) if kind == "artists" else (self.album,)


class Record:
    """What was heard, by the days of a zone."""

    def __init__(self, library: Library, told: Iterable[Told], zone: str) -> None:
        self.library, self.zone = library, ZoneInfo(zone)
        self.now = NOW.astimezone(self.zone)
        self.today = self.now.date()
        self.recordings: dict[str, str] = {}
        for track in library.tracks.values():  # one song by its ISRC, else by title, artist and length
            named = f"{track.name} {track.artist_ids[0]} {track.duration_ms}" if track.name else track.id
            self.recordings[track.id] = track.isrc or named
        self.all = sorted(self._plays(told), key=lambda play: play.at)
        self.plays = [play for play in self.all if play.counts]
        self.first_day = self.plays[0].day

    def _plays(self, told: Iterable[Told]) -> Iterator[Play]:
        before: datetime | None = None
        for each in sorted(told, key=_end):
            heard, end = each.heard, _end(each)
            if heard.item.kind != TRACK or heard.is_copy:
                continue
            track, ms = self.library.tracks[heard.item.id], heard.ms_played
            if (
                not each.in_export
            ):  # nobody says how long: not longer than the track, nor than since the play before
                since = end - before if before else timedelta(days=1)
                ms = min(track.duration_ms, since // timedelta(milliseconds=1))
            before = end
            yield Play(
                end.astimezone(self.zone),
                ms,
                not each.in_export or ms >= min(COUNTS_FROM_MS, track.duration_ms - TO_ITS_END_MS),
                track,
                self.recordings[track.id],
                track.album_id,
                heard.shuffle if each.in_export else None,
                each.play.context_uri if each.play else None,
                each.play is not None,
            )

    def stands_for(self, play: Play) -> Track:
        """The release under which a recording stands: of those in the library the earliest added, else what was played."""
        found = [
            (self.in_library[track], track) for track in self.ids[play.recording] if track in self.in_library
        ]
        return self.library.tracks[min(found)[1]] if found else play.track

    def counts_for(self, play: Play) -> str:
        """The track of the library for which a play counts: the same id, else the earliest added of the recording; else itself."""
        return play.track.id if play.track.id in self.in_library else self.stands_for(play).id

    @cached_property
    def ids(self) -> dict[str, list[str]]:
        """The ids of each recording."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for track, recording in self.recordings.items():
            found[recording].append(track)
        return found

    @cached_property
    def in_library(self) -> dict[str, datetime]:
        """What is liked, on a saved album or in an own list, since when."""
        library, found = self.library, list(self.library.liked_rows().items())
        for album, at in library.saved_album_rows().items():
            found += [(track, at) for track in library.albums[album].track_ids]
        for playlist in self.own_lists:
            found += [(each.id, each.added_at) for each in playlist.items if each.kind == "track" and each.id]
        since: dict[str, datetime] = {}
        for track, at in found:
            since[track] = min(since.get(track, at), at)
        return since

    @property
    def own_lists(self) -> list[Playlist]:
        """The listener's own, with something in them or not."""
        library = self.library
        lists = [library.playlists[each] for each in library.user_playlists if each]
        return [each for each in lists if each.owner_id == library.user.id]

    # Days

    @cached_property
    def days(self) -> Counter[date]:
        """Plays of each day that has some."""
        return Counter(play.day for play in self.plays)

    @cached_property
    def heard_on(self) -> Counter[date]:
        """Milliseconds of each day, also of what is no play."""
        found = Counter[date]()
        for play in self.all:
            found[play.day] += play.ms
        return found

    def within(self, span: Span) -> list[Play]:
        """The plays of some days."""
        return [play for play in self.plays if span[0] <= play.day <= span[1]]

    def heard_ms(self, span: Span) -> int:
        """The time heard on some days."""
        return sum(ms for day, ms in self.heard_on.items() if span[0] <= day <= span[1])

    def months(self, year: int) -> list[Span]:
        """The months of a year."""
        return [month_of(date(year, number, 1)) for number in range(1, 13)]

    @cached_property
    def every_month(self) -> list[Span]:
        """Those of the record, the running one too."""
        found = [month_of(self.first_day)]
        while found[-1][1] < self.today:
            found.append(month_of(found[-1][1] + ONE))
        return found

    @property
    def years(self) -> list[int]:
        """Those with plays."""
        return sorted({day.year for day in self.days})

    @property
    def half_known_years(self) -> list[int]:
        """Those of which half is known: of the running one, of its days until now. Within the record next to nothing is missing."""
        spans = {year: self.year(year) for year in self.years}
        return [
            year
            for year, (first, last) in spans.items()
            if 2 * ((last - first).days + 1)
            >= (min(date(year, 12, 31), self.today) - date(year, 1, 1)).days + 1
        ]

    def year(self, year: int) -> Span:
        """A calendar year, as far as the record goes."""
        return max(date(year, 1, 1), self.first_day), min(date(year, 12, 31), self.today)


def _end(told: Told) -> datetime:
    """When it ended, as the better source says it."""
    return told.heard.ended if told.in_export or told.play is None else told.play.played_at


def month_of(day: date) -> Span:
    """Its first and its last day."""
    first = day.replace(day=1)
    return first, (first + 31 * ONE).replace(day=1) - ONE


def days_between(first: date, last: date) -> list[date]:
    """Both included."""
    return [first + each * ONE for each in range((last - first).days + 1)]


def grouped(plays: Iterable[Play], by: Callable[[Play], object]) -> dict[object, list[Play]]:
    """Plays by something of theirs."""
    found: defaultdict[object, list[Play]] = defaultdict(list)
    for play in plays:
        found[by(play)].append(play)
    return found
