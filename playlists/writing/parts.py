"""Reads of a long list only the pages that can differ from what is known of it.

A version of a list has a number (`edits_between`), so it is known how many edits there were. Once what was read explains
them all, the other pages are as they were: they need not be read. What is presumed like that is proven once a week, when
the whole list is read (`contents.py`), and at once where anything is in doubt.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence

from playlists.writing.alignment import Alignment
from playlists.writing.contents import Contents, read_entries
from utils.job.spotify_run import SpotifyRun
from utils.mirror.reading import Reader
from utils.spotify.payloads import PAGE, page, snapshot_of

FRONT = 100  # entries that come with the playlist itself
EDITS_MAX = 10  # after more of them, the whole list is read
_OLD_VERSION = re.compile(rb"(\d{1,9}),[0-9a-f]{40}")


def edits_between(before: str, after: str) -> int | None:
    """How many edits lie between two versions of a list (`snapshot_id`); None where they do not say.

    A version is a number that each edit makes one higher, in four bytes or in digits, and a hash. Spotify does not promise that,
    so nothing is believed but a small number: other ids would hardly ever be so near each other. Two versions of one number
    say nothing.
    """
    if before == after:
        return 0
    first, last = _number(before), _number(after)
    return None if first is None or last is None or first == last else last - first


def _number(snapshot_id: str) -> int | None:
    try:
        version = base64.b64decode(snapshot_id, validate=True)
    except (binascii.Error, ValueError):
        return None
    digits = _OLD_VERSION.fullmatch(version)
    if digits is not None:
        return int(digits[1])
    return int.from_bytes(version[:4], "big") if len(version) == 24 else None


class _Pages:
    """Pages of a list, read one by one. `is_steady`: all of them have said the same number of entries."""

    def __init__(self, run: SpotifyRun, playlist_id: str) -> None:
        self.run, self.playlist_id = run, playlist_id
        self.reader = Reader(run)
        self.found: dict[int, str] = {}  # by place
        self.totals: set[int] = set()
        self.is_whole = True
        self.front: list[str] = []

    @property
    def is_steady(self) -> bool:
        """Whether no page contradicts another, and none lacks what it should have."""
        return self.is_whole and len(self.totals) == 1

    @property
    def total(self) -> int:
        """How many entries the list has."""
        return max(self.totals)

    def read_front(self) -> str | None:
        """Read the first 100 entries, with the version; None where Spotify does not give both."""
        payload = self.run.spotify.playlist(self.playlist_id)
        embedded = payload.get("items") or payload.get("tracks")
        if not isinstance(embedded, dict) or "items" not in embedded:
            return None
        self.front = self._take(embedded, 0)
        return snapshot_of(payload)

    def read(self, start: int) -> None:
        """Read the 50 entries from a place on."""
        self._take(self.run.spotify.playlist_items(self.playlist_id, start), start)

    def _take(self, payload: dict[str, object], start: int) -> list[str]:
        content = page(payload)
        uris = read_entries(self.reader, content)
        self.totals.add(content.total)
        end = start + len(uris)
        is_full = end < content.total and len(uris) >= PAGE if content.has_next else end == content.total
        self.is_whole = self.is_whole and is_full
        self.found.update(enumerate(uris, start))
        return uris


def read_changed(run: SpotifyRun, playlist_id: str, known: Contents) -> tuple[Contents, bool] | None:
    """Read what has changed since a version whose contents are `known`; whether that was all of the list.

    Halves what was not read, until both ends of all gaps are as they were, and the edits that were made are explained. None
    where the whole list has to be read: there were too many edits, or what was read does not fit together.
    """
    pages = _Pages(run, playlist_id)
    snapshot = pages.read_front()
    edits = edits_between(known.snapshot_id, snapshot or "")
    if snapshot is None or edits is None or not 0 <= edits <= EDITS_MAX:
        return None
    alignment = Alignment(known.uris, pages.total)
    while pages.is_steady:
        alignment.add(pages.found)
        gaps = alignment.gaps()
        doubtful = [gap for gap in gaps if not gap.is_same]
        if not gaps or (not doubtful and edits <= alignment.edits() <= EDITS_MAX):
            pages.reader.check_readable()
            is_one_answer = not gaps and pages.total <= len(pages.front)
            if not is_one_answer and run.spotify.playlist_snapshot(playlist_id) != snapshot:
                return None
            return Contents(alignment.presumed(), snapshot), not gaps
        widest = max(doubtful or gaps, key=lambda gap: gap.end - gap.start)
        middle = (widest.start + widest.end - 1) // 2
        pages.read(middle - middle % PAGE)  # so that no two pages overlap, however many it will be
    return None


def read_written(
    run: SpotifyRun, playlist_id: str, written: Contents, before: Sequence[str] | None
) -> tuple[Contents, bool] | None:
    """Read what was just written: the pages around all that differs from `before`, all of them where that is None.

    What the list shows, and whether all of it was read. None where it is not in the version that our last call has made, has
    another number of entries, or where pages do not fit together.
    """
    size = len(written.uris)
    places = {*range(size)} if before is None else {*_places_of_edits(before, written.uris)}
    pages = _Pages(run, playlist_id)
    covered = FRONT
    for place in sorted(places):
        if place >= covered:
            pages.read(place)
            covered = place + PAGE
            if not pages.is_steady:
                return None
    # The version comes last: what was read before it, after our last call, is of this version as well.
    if pages.read_front() != written.snapshot_id or not pages.is_steady or pages.total != size:
        return None
    pages.reader.check_readable()
    if not places <= pages.found.keys():
        return None
    uris = [pages.found.get(place, uri) for place, uri in enumerate(written.uris)]
    return Contents(uris, written.snapshot_id), len(pages.found) == size


def _places_of_edits(before: Sequence[str], after: Sequence[str]) -> Iterable[int]:
    """The places next to each edit: of two neighbours that were none before, both."""
    neighbours = {*zip([None, *before], [*before, None], strict=True)}
    for place, pair in enumerate(zip([None, *after], [*after, None], strict=True)):
        if pair not in neighbours:
            yield from (near for near in (place - 1, place) if 0 <= near < len(after))
