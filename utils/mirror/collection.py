"""Mirror a newest-first collection of the library: liked tracks, saved albums.

One pass over the pages, with two ways to end:

* early, at a page wholly known, when our number of items fits Spotify's `total`: nothing further down has changed
  (new ones are always on top, and a removal changes the number). An unchanged library costs one request.
* at the last page. What we hold and the pass has not met is a candidate for removal, and each candidate is asked
  about (`/me/library/contains`, 40 per request) before it is marked: pages are not isolated from each other, so an
  edit during the pass can hide an item that is still there.

A pass goes to the last page when it is the first one, when the numbers do not fit, and every seven days.
Each page is committed with its checkpoint; what the pass has met is kept in `sync_seen` until it ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg2.extensions import cursor as Cursor

from utils.database.upsert import upsert
from utils.errors import PayloadError
from utils.job.checkpoint import Checkpoint
from utils.job.run import Run, check_share
from utils.mirror.removals import Membership, remove_missing
from utils.spotify.client import PAGE, Payload, Spotify, in_order
from utils.spotify.payloads import BadItemError, Page, SavedAlbum, SavedTrack, page

Entry = SavedTrack | SavedAlbum


@dataclass(frozen=True)
class Collection(Membership):
    """What differs between liked tracks and saved albums. The table's columns are (added_at, removed_at)."""

    fetch: Callable[[Spotify, int], Payload]  # the page at an offset
    parse: Callable[[dict[str, Any]], Entry | None]
    save: Callable[[Cursor, Sequence[Any], datetime], object]  # what the entries say about the catalogue


def sync_collection(run: Run, collection: Collection, *, full: bool = False) -> None:
    """Make our copy equal to Spotify's. `full`: go to the last page in any case."""
    _Pass(run, collection, full=full).work()


class _Pass:
    def __init__(self, run: Run, collection: Collection, *, full: bool) -> None:
        self.run = run
        self.collection = collection
        now = run.clock.now()
        state = run.checkpoint(collection.name)
        if state.is_complete:
            state.restart(now)
        last_full = state.cursor.get("last_full_at")
        every = timedelta(days=run.app_settings.number("sync.full_pass_interval_days"))
        is_due = last_full is None or datetime.fromisoformat(str(last_full)) + every <= now
        state.cursor["to_the_end"] = full or is_due or bool(state.offset and state.cursor.get("to_the_end"))
        if state.offset == 0:
            state.cursor.update(all_read=False, is_consistent=True, bad=0)
        self.state: Checkpoint = state

    def work(self) -> None:
        state = self.state
        if state.offset:
            self.run.log.info("going on at %s of %s", f"{state.offset:,}", f"{state.total or 0:,}")
        while not state.is_complete and not state.cursor["all_read"]:
            if state.cursor["to_the_end"] and state.total is not None and state.offset < state.total:
                offsets = range(state.offset, state.total, PAGE)
                for offset, payload in in_order(self._fetch, offsets):
                    self._take(offset, payload)
                    if state.cursor["all_read"]:
                        break
            else:
                self._take(state.offset, self._fetch(state.offset))
        if not state.is_complete:
            self._check_items()
            self._remove_missing()
        self.run.check_items()

    def _fetch(self, offset: int) -> Payload:
        return self.collection.fetch(self.run.spotify, offset)

    def _take(self, offset: int, payload: Payload) -> None:
        """Store one page together with the checkpoint behind it."""
        run, state, collection = self.run, self.state, self.collection
        user_id, now = run.user.user_id, run.clock.now()
        content = page(payload)
        entries, bad = self._parse(content)
        with run.batch() as cursor:
            collection.save(cursor, entries, now)
            counts = upsert(
                cursor,
                collection.table,
                [(user_id, entry.item_id, entry.added_at, None) for entry in entries],
            )
            if offset and content.total != state.total:
                state.cursor["is_consistent"] = False
            state.total = content.total
            state.offset = offset + PAGE
            state.items_processed += len(entries)
            state.cursor["bad"] = int(str(state.cursor.get("bad", 0))) + bad
            state.cursor["all_read"] = not content.has_next
            is_known = counts.inserted == counts.updated == bad == 0
            if is_known and not state.cursor["to_the_end"]:
                if (
                    collection.count_active(cursor, user_id) + int(str(state.cursor.get("surplus", 0)))
                    == content.total
                ):
                    state.is_complete = True
                else:
                    state.cursor["to_the_end"] = True
                    run.log.info("something was removed: reading all of it")
            if state.is_complete or offset == 0:
                collection.forget_seen(cursor, user_id)
            if not state.is_complete:
                collection.see(cursor, user_id, [entry.item_id for entry in entries])
            state.save(cursor, now)
        run.tally.add(counts, len(entries))
        run.tally.checkpoint_offset = state.offset
        run.progress(min(state.offset, content.total), content.total)

    def _parse(self, content: Page) -> tuple[list[Entry], int]:
        """The readable entries, and how many are bad; null ones are Spotify's way, and only counted."""
        entries: list[Entry] = []
        bad = nulls = 0
        for item in content.items:
            try:
                entry = self.collection.parse(item) if item is not None else None
            except BadItemError as error:
                bad += 1
                self.run.bad_item(error)
            else:
                if entry is None:
                    nulls += 1
                else:
                    entries.append(entry)
        if nulls:
            self.run.log.info("null entries on this page: %s", nulls)
        return entries, bad

    def _check_items(self) -> None:
        """Fail, and begin anew the next time, when too much of the whole pass could not be read."""
        run, state = self.run, self.state
        try:
            check_share(int(str(state.cursor.get("bad", 0))), state.items_processed)
        except PayloadError:
            with run.batch() as cursor:
                state.offset = state.items_processed = 0
                state.cursor["all_read"] = False
                state.save(cursor, run.clock.now())
                self.collection.forget_seen(cursor, run.user.user_id)
            raise

    def _remove_missing(self) -> None:
        """Mark what is gone, then end the pass."""
        run, state, collection = self.run, self.state, self.collection
        if not remove_missing(run, collection):
            state.cursor["is_consistent"] = False
        now = run.clock.now()
        with run.batch() as cursor:
            state.is_complete = True
            # Entries that have no row: null, unreadable or doubled ones. A pass that an edit has crossed
            # proves nothing about them, so the next one goes to the last page again.
            active = collection.count_active(cursor, run.user.user_id)
            state.cursor["surplus"] = (state.total or 0) - active
            state.cursor["last_full_at"] = now.isoformat() if state.cursor["is_consistent"] else None
            state.save(cursor, now)
            collection.forget_seen(cursor, run.user.user_id)
