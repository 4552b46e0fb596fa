"""Mirror a newest-first collection of the library: liked tracks, saved albums.

One pass over the pages, with two ways to end:

* early, at a page wholly known, when our number of items fits Spotify's `total`: nothing further down has changed
  (new ones are always on top, and a removal changes the number). An unchanged library costs one request.
* at the last page. What we hold and the pass has not met is a candidate for removal, and each candidate is asked
  about (`/me/library/contains`, 40 per request) before it is marked: pages are not isolated from each other, so an
  edit during the pass can hide an item that is still there.

A pass goes to the last page when it is the first one, when the numbers do not fit, and every seven days.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from psycopg2.extensions import cursor as Cursor

from utils.clock import believed
from utils.database.rows import upsert
from utils.job.spotify_run import SpotifyRun
from utils.mirror.passes import Batch, Pass
from utils.mirror.reading import Reading
from utils.mirror.removals import LibraryState, Membership, adds_up, is_believed, remove_missing
from utils.spotify.fields import Payload
from utils.spotify.in_order import grouped
from utils.spotify.payloads import PAGE, Page, Saved, page, parse_saved


@dataclass(frozen=True)
class Collection(Membership):
    """A newest-first collection of things of the kind `uri_type`. Its rows are (user_id, item id, added_at, removed_at)."""

    endpoint: str  # such as `me/tracks`
    parse: Callable[[object], Any]  # a thing; raises BadItemError
    save: Callable[[Cursor, Sequence[Any], datetime], object]  # what the things say about the catalogue


@dataclass
class CollectionState(LibraryState):
    """What is remembered of this pass and of those before.

    `surplus`: entries that have no row, being null, unreadable or doubled; `last_full_at`: of a whole pass; `entries`:
    that have come, null ones too; `last_count`: entries and total of the last pass that went to the last page.
    """

    to_the_end: bool = False
    all_read: bool = False
    is_consistent: bool = True
    surplus: int = 0
    last_full_at: datetime | None = None
    entries: int = 0
    last_count: list[int] | None = None

    def kept(self) -> "CollectionState":
        """What is known from the passes before."""
        return CollectionState(
            held_back=self.held_back,
            held_back_at=self.held_back_at,
            surplus=self.surplus,
            last_full_at=self.last_full_at,
            last_count=self.last_count,
        )


def sync_collection(run: SpotifyRun, collection: Collection, *, full: bool = False) -> None:
    """Make our copy equal to Spotify's. `full`: go to the last page in any case."""
    _CollectionPass(run, collection, full=full).work()


class _CollectionPass(Pass[CollectionState]):
    def __init__(self, run: SpotifyRun, collection: Collection, *, full: bool) -> None:
        super().__init__(run, collection.name, CollectionState, keeps_seen=True)
        self.collection = collection
        if self.is_complete or self.offset == 0:
            self.begin(self.state.kept())
        every = timedelta(days=run.app_settings.number("sync.full_pass_interval_days"))
        now = run.clock.now()
        last_full = believed(self.state.last_full_at, now)
        is_due = last_full is None or last_full + every <= now
        self.state.to_the_end = full or is_due or self.state.to_the_end

    def work(self) -> None:
        if self.offset:
            self.run.log.info("going on at %s of %s", f"{self.offset:,}", f"{self.total or 0:,}")
        while not self.is_complete and not self.state.all_read:
            for group in grouped(self._pages(), self.run.app_settings.number("sync.pages_per_commit")):
                self._take(group)
                if self.is_complete or self.state.all_read:
                    break
        if not self.is_complete:
            self._remove_missing()

    def _pages(self) -> Iterable[tuple[int, Payload]]:
        """All pages that are left, a few at a time, or only the next one while it may be the last needed.

        How many there are says the first one where it is not known: the others are under way while that is stored.
        """
        if self.state.to_the_end and self.total is None:
            first = self._fetch(self.offset)
            content = page(first)
            behind = range(self.offset + PAGE, content.total if content.has_next else 0, PAGE)
            return self.run.in_order(self._fetch, behind, [(self.offset, first)])
        if self.state.to_the_end and self.total is not None and self.offset < self.total:
            return self.run.in_order(self._fetch, range(self.offset, self.total, PAGE))
        return [(self.offset, self._fetch(self.offset))]

    def _fetch(self, offset: int) -> Payload:
        return self.run.spotify.page(self.collection.endpoint, offset)

    def _take(self, pages: Sequence[tuple[int, Payload]]) -> None:
        """Store these pages together with the checkpoint behind them."""
        state, collection, user_id = self.state, self.collection, self.run.user.user_id
        contents = [page(payload) for _, payload in pages]

        def write(batch: Batch, content: Page, reading: Reading[Saved]) -> None:
            offset = self.offset
            entries = reading.entries
            collection.save(batch.cursor, [entry.payload for entry in entries], batch.now)
            rows = [collection.row(user_id, entry.item_id, entry.added_at) for entry in entries]
            counts = upsert(batch.cursor, rows, batch.now)
            batch.counts += counts
            batch.met += [entry.item_id for entry in entries]
            if offset and content.total != self.total:
                state.is_consistent = False
            self.total, self.offset = content.total, offset + PAGE
            state.entries += len(content.items)
            state.all_read = not content.has_next
            is_known = counts.inserted == counts.updated == reading.bad == 0
            if is_known and not state.to_the_end:
                self.is_complete = (
                    collection.count_active(batch.cursor, user_id) + state.surplus == content.total
                )
                if not self.is_complete:
                    state.to_the_end = True
                    self.run.log.info("something was removed: reading all of it")

        self.take(contents, partial(parse_saved, kind=collection.uri_type, parse=collection.parse), write)

    def _remove_missing(self) -> None:
        """Mark what is gone, then end the pass.

        Where fewer or more entries have come than Spotify says there are, nothing is taken for gone, unless the
        difference is the same as in the last pass: then it is Spotify's way of counting.
        """
        state, collection = self.state, self.collection
        count = [state.entries, self.total or 0]
        is_usual = count == state.last_count
        is_whole = is_usual or adds_up(self, collection.name, state.entries, self.total)
        if not (is_whole and is_believed(self, collection) and remove_missing(self, collection)):
            state.is_consistent = False
        state.last_count = count
        with self.last_batch() as batch:
            # A pass that an edit has crossed proves nothing about entries without a row, so the next one goes to the
            # last page again.
            state.surplus = (self.total or 0) - collection.count_active(batch.cursor, self.run.user.user_id)
            state.last_full_at = self.run.clock.now() if state.is_consistent else None
