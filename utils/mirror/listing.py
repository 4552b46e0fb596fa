"""Mirror a listing that has no time to sort by: followed artists, the listener's playlists.

Every run reads all pages, one after another (the position of the next one is in the page before), each committed with
its checkpoint. What a pass that met everything has not met is removed as in `utils.mirror.removals`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from utils.job.spotify_run import SpotifyRun
from utils.mirror.passes import Batch, Pass
from utils.mirror.removals import LibraryState, Membership, adds_up, is_believed, remove_missing
from utils.spotify.fields import Payload


class ListingPage(NamedTuple):
    """A page: its entries, and what leads to the next one (None: this is the last)."""

    items: list[object]
    following: str | None
    total: int


@dataclass(frozen=True)
class Listing(Membership):
    """What differs between followed artists and playlists."""

    fetch: Callable[[SpotifyRun, str | None], ListingPage]  # the page that this leads to; None: the first
    parse: Callable[[Payload], Any]  # → an entry with `item_id`
    save: Callable[[SpotifyRun, Batch, Sequence[Any], int], None]  # entries, and the position of the first


@dataclass
class ListingState(LibraryState):
    """`count`: the entries that have come, and the total, of this pass; `last_count`: of the one before."""

    following: str | None = None
    all_read: bool = False
    count: list[int] = field(default_factory=list)
    last_count: list[int] | None = None

    def kept(self) -> "ListingState":
        """How many entries came in the last pass."""
        return ListingState(
            held_back=self.held_back, held_back_at=self.held_back_at, last_count=self.count or None
        )


def _write(
    run: SpotifyRun,
    listing: Listing,
    reading: Pass[ListingState],
    content: ListingPage,
    entries: Sequence[Any],
    batch: Batch,
) -> None:
    """Store one page, and move on behind it."""
    listing.save(run, batch, entries, reading.offset)
    batch.met = [entry.item_id for entry in entries]
    reading.offset += len(content.items)
    reading.total = content.total
    reading.state.following = content.following
    reading.state.all_read = content.following is None
    reading.state.count = [reading.offset, content.total]


def sync_listing(run: SpotifyRun, listing: Listing, *, remove: bool) -> None:
    """Make our copy equal to Spotify's. `remove`: mark what is gone."""
    reading = Pass(run, listing.name, ListingState, keeps_seen=True)
    if reading.is_complete:
        reading.begin(reading.state.kept())
    while not reading.state.all_read:
        content = listing.fetch(run, reading.state.following)
        entries = reading.read(content.items, listing.parse).entries
        reading.write(partial(_write, run, listing, reading, content, entries))
        run.progress(reading.offset, max(content.total, reading.offset))
        reading.check_readable(content.total)
    # A difference that was the same last time is not of this pass: so Spotify counts.
    is_usual = reading.state.count == reading.state.last_count
    is_whole = is_usual or adds_up(reading, listing.name, reading.offset, reading.total)
    if remove and is_whole and is_believed(reading, listing):
        remove_missing(reading, listing)
    with reading.last_batch():
        pass
