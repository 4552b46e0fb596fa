"""Removes repeats: of several tracks with the same id, recording, or title and artist, one is kept.

The best one is kept: playable (or not known) before unplayable, then the earliest added, then by track_id. It stays in
its own place. Titles are compared without remaster notes and guests (`clean_title`). Which one is kept does not depend on the order of the tracks.
"""

import re
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from playlists.arrangement.groups import main_artist
from playlists.arrangement.track import Track
from playlists.language.model import Dedupe
from utils.plays.recording import SAME_DURATION_MS, folded, recording_title

_LAST = datetime.max.replace(tzinfo=UTC)


def dedupe(tracks: Sequence[Track], how: Dedupe) -> list[Track]:
    """The tracks without repeats, in the order given. Whatever `how` says, no id occurs twice: the first track with it stays."""
    distinct = without_repeats(tracks)
    if how == "id":
        return distinct
    is_repeat = tell_repeats(how)
    looked_at = _possible_repeats(distinct) if how == "recording" else distinct
    repeats = {track.track_id for track in sorted(looked_at, key=_preference) if is_repeat(track)}
    return [track for track in distinct if track.track_id not in repeats]


def tell_repeats(how: Dedupe) -> Callable[[Track], bool]:
    """What tells of one track after another whether one like it was there before; of all that were told to be new, it remembers what they are."""
    if how == "recording":
        return _Recordings().is_repeat
    return _TitlesOfArtists().is_repeat if how == "title_artist" else _Ids().is_repeat


def without_repeats(tracks: Iterable[Track]) -> list[Track]:
    """The tracks without those whose id occurred before."""
    first: dict[str, Track] = {}
    for track in tracks:
        first.setdefault(track.track_id, track)
    return list(first.values())


def _possible_repeats(tracks: Sequence[Track]) -> list[Track]:
    """Those that may be the same recording as another of the tracks: what _Recordings goes by is not theirs alone. Most are left out."""
    titles = [track.name and recording_title(track.name) for track in tracks]
    with_title, with_isrc = Counter(titles), Counter(track.isrc for track in tracks)
    merged = frozenset().union(*(track.merged_with for track in tracks))
    return [
        track
        for track, title in zip(tracks, titles, strict=True)
        if with_title[title] > 1
        or (track.isrc and with_isrc[track.isrc] > 1)
        or track.merged_with
        or track.track_id in merged
    ]


def _preference(track: Track) -> tuple[bool, datetime, str]:
    return track.is_playable is False, track.added_at or _LAST, track.track_id


class _Ids:
    """The ids of the tracks that were there."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def is_repeat(self, track: Track) -> bool:
        """Whether the id was there before. If not, remember it."""
        if track.track_id in self.seen:
            return True
        self.seen.add(track.track_id)
        return False


class _Recordings:
    """The recordings of the tracks that were kept so far.

    The rule is that of the view `same_recordings`: the same ISRC where both have one; else the same normalized title and main
    artist, and durations known and within a second; and what the listener has merged, which the view says of each track
    (`Track.merged_with`). Titles are compared whole, so that live, acoustic and remix versions stay apart. A track is compared with the kept tracks only, never with removed ones that were like them.
    """

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.isrcs: set[str] = set()
        self.durations: dict[tuple[str, str], list[int]] = defaultdict(list)  # of kept tracks, ascending
        self.without_isrc: dict[tuple[str, str], list[int]] = defaultdict(list)  # of those without ISRC

    def is_repeat(self, track: Track) -> bool:
        """Whether a kept track is the same recording. If there is none, remember this track as kept."""
        artist, duration = main_artist(track), track.duration_ms
        key = (recording_title(track.name), artist) if track.name and artist else None
        if (track.isrc and track.isrc in self.isrcs) or not track.merged_with.isdisjoint(self.ids):
            return True
        if key and duration is not None:
            comparable = self.without_isrc if track.isrc else self.durations
            if _holds_nearly(comparable[key], duration):
                return True
            insort(self.durations[key], duration)
            if not track.isrc:
                insort(self.without_isrc[key], duration)
        if track.isrc:
            self.isrcs.add(track.isrc)
        self.ids.add(track.track_id)
        return False


def _holds_nearly(durations: Sequence[int], wanted: int) -> bool:
    """Whether one of the ascending durations is within SAME_DURATION_MS of the wanted one."""
    nearest = bisect_left(durations, wanted - SAME_DURATION_MS)
    return nearest < len(durations) and durations[nearest] <= wanted + SAME_DURATION_MS


class _TitlesOfArtists:
    """The titles of the tracks that were kept so far, without remaster notes and guests, with their main artists."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    def is_repeat(self, track: Track) -> bool:
        """Whether a kept track has the same clean title and main artist. If there is none, remember this track as kept."""
        artist = main_artist(track)
        if not track.name or not artist:
            return False
        key = (clean_title(track.name), artist)
        if key in self.seen:
            return True
        self.seen.add(key)
        return False


# Titles without remaster notes and guests

_YEAR = r"(?:19|20)\d\d"
_REMASTER = (
    rf"(?:{_YEAR} (?:- )?)?(?:digital(?:ly)? )?remaster(?:ed)?(?: version)?(?: (?:in )?{_YEAR})?(?: version)?"
)
_DASH = " [-\u2013\u2014] "
_GUESTS = r"(?:feat\.?|ft\.?|featuring) "
_NAMES = rf"(?P<guests>(?:(?!{_DASH})[^()\[\]])*)"
_IN_BRACKETS = re.compile(rf" ?[(\[](?:{_REMASTER}|{_GUESTS}{_NAMES})[)\]]")
_AT_THE_END = re.compile(rf"{_DASH}(?:{_REMASTER}|{_GUESTS}{_NAMES})$")
_UNMARKED_GUESTS = re.compile(rf"(?: [-\u2013\u2014])? (?:feat|ft)\. {_NAMES}$")
_VERSION = re.compile(
    r"\b(?:live|acoustic|remix|mix|demo|edit|version|instrumental|karaoke|cover|session|sessions|unplugged|rework"
    r"|dub|mono|a cappella|acapella)\b"
)


def clean_title(title: str) -> str:
    """The normalized title without remaster notes and guests: `Song (feat. X) - Remastered 2011` becomes `song`.

    Guests stay where a word beside them may name a version. A title that would become empty stays as it is.
    """
    whole = folded(title)
    cleaned = _IN_BRACKETS.sub(_unless_version, whole).rstrip()
    before = ""
    while cleaned != before:  # `- feat. X - Remastered` is removed from the right, part by part
        before = cleaned
        for pattern in (_AT_THE_END, _UNMARKED_GUESTS):
            cleaned = pattern.sub(_unless_version, cleaned).rstrip()
    return cleaned.strip() or whole


def _unless_version(match: re.Match[str]) -> str:
    guests = match["guests"]
    return match[0] if guests and _VERSION.search(guests) else ""
