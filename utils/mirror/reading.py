"""Reading items tolerantly: what is null, what is bad, and when that is too much.

A null item is Spotify's way of saying nothing, and is counted; one that cannot be read is bad: it is said with its id, and
skipped. Where more than 5 % of a reading are bad (one item alone is not, where others could be read), or nothing on one of its
pages could be read, the API has changed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar, cast

from utils.errors import PayloadError
from utils.job.spotify_run import SpotifyRun
from utils.spotify.fields import Payload
from utils.spotify.payloads import AlbumPayload, BadItemError, TrackPayload, parse_album
from utils.spotify.playlist_payloads import PlaylistPayload

T = TypeVar("T")

BAD_ALLOWED = 0.05  # of the items of a reading


class Reading(NamedTuple, Generic[T]):
    """The items of one page that could be read, each with its place on the page, from 0."""

    numbered: list[tuple[int, T]]
    entries: list[T]  # without their places
    bad: int
    is_lost: bool  # there were several items, and none could be read


def _an_object(item: object) -> Payload:
    if not isinstance(item, dict):
        raise BadItemError(f"it is no object but {type(item).__name__}")
    return item


def is_too_much(bad: int, good: int) -> bool:
    """True where more than 5 % of the items are bad; one alone only where there is nothing else."""
    return bad > BAD_ALLOWED * (bad + good) and (bad > 1 or good == 0)


def unread_of(entry: object) -> Iterator[tuple[str, str]]:
    """Of an entry and of what it holds, what cannot be read: (`track 4uLU6hMCjMI75M1A2tKUQC`, `name, artists[1].id`)."""
    parts: Iterable[object] = ()
    if isinstance(entry, AlbumPayload | TrackPayload | PlaylistPayload):
        if entry.unread:
            yield entry.label, ", ".join(entry.unread)
        parts = entry.parts
    elif isinstance(entry, tuple):
        parts = entry
    elif hasattr(entry, "payload"):
        parts = (entry.payload,)
    for part in parts:
        yield from unread_of(part)


class Reader:
    """Reads items tolerantly, and knows how many of them were bad."""

    def __init__(self, run: SpotifyRun) -> None:
        self.run = run
        self.bad = 0
        self.good = 0
        self.has_lost_page = False

    def read(self, items: Sequence[object], parse: Callable[[Payload], T | None]) -> Reading[T]:
        """What `parse` makes of each item; it returns None for one that says nothing, and raises BadItemError.

        An item that is neither null nor an object is bad.
        """
        numbered: list[tuple[int, T]] = []
        bad = nulls = 0
        for place, item in enumerate(items):
            try:
                entry = parse(_an_object(item)) if item is not None else None
            except BadItemError as error:
                bad += 1
                self.run.log.warning("an item cannot be read: %s", error)
                if error.stand_in is not None:
                    numbered.append((place, cast(T, error.stand_in)))
            else:
                if entry is None:
                    nulls += 1
                else:
                    numbered.append((place, entry))
                    self._say_unread(entry)
        if nulls:
            self.run.log.debug("left out, because Spotify lists them without saying what they are: %s", nulls)
        is_lost = bad > 1 and bad + nulls == len(items)
        self.bad += bad
        self.has_lost_page = self.has_lost_page or is_lost
        self.good += len(items) - bad - nulls
        self.run.tally.bad_items += bad
        return Reading(numbered, [entry for _, entry in numbered], bad, is_lost)

    def _say_unread(self, entry: object) -> None:
        """What has a field that cannot be read is no bad item: that field counts as not said."""
        for what, names in unread_of(entry):
            self.run.log.warning("%s: %s cannot be read; what is known of that stays", what, names)

    def read_albums(self, items: Sequence[object]) -> Reading[AlbumPayload]:
        """Albums with the tracks that came with them, which count as items too."""
        reading = self.read(items, parse_album)
        for album in reading.entries:
            self.good += len(album.tracks)
            self.bad += album.bad_tracks
            self.run.tally.bad_items += album.bad_tracks
            if album.bad_tracks:
                self.run.log.warning(
                    "album %s: tracks that cannot be read: %s", album.album.album_id, album.bad_tracks
                )
        return reading

    def check_readable(self, expected: int = 0) -> None:
        """Raise PayloadError where too much could not be read; of `expected` items, where it is sure to be too much."""
        if self.has_lost_page or is_too_much(self.bad, max(self.good, expected - self.bad)):
            raise self.unreadable(expected)

    def unreadable(self, expected: int = 0) -> PayloadError:
        """The error for a reading of which too much could not be read."""
        return PayloadError(
            f"{self.bad} of {max(self.bad + self.good, expected)} items could not be read: Spotify's answers have changed.",
            "What could be read is stored, and nothing was removed. Look for an update of this repository.",
        )
