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

from db.statements import statement
from db.tables import SYNC_SEEN
from db.upsert import Table, upsert
from utils.checkpoint import Checkpoint, load_checkpoint
from utils.payloads import BadItemError, Page, SavedAlbum, SavedTrack, page
from utils.run import Run
from utils.spotify import CONTAINS_MAX, PAGE, Payload, Spotify, in_order

FULL_PASS_EVERY = timedelta(days=7)

Entry = SavedTrack | SavedAlbum


@dataclass(frozen=True)
class Collection:
    """What differs between liked tracks and saved albums."""

    table: Table  # key (user_id, <item>_id), columns (added_at, removed_at); also names the checkpoint
    uri_type: str
    fetch: Callable[[Spotify, int], Payload]  # the page at an offset
    parse: Callable[[dict[str, Any]], Entry | None]
    save: Callable[[Cursor, Sequence[Any], datetime], None]  # what the entries say about the catalogue

    @property
    def name(self) -> str:
        """The table, which is also the entity type of the checkpoint."""
        return self.table.name

    def sql(self, name: str) -> str:
        """A statement of collections.sql for this table."""
        return statement(f"collections.{name}").format(table=self.table.name, item_id=self.table.key[1])


def sync_collection(run: Run, collection: Collection, *, full: bool = False) -> None:
    """Make our copy equal to Spotify's. `full`: go to the last page in any case."""
    _Pass(run, collection, full=full).work()


class _Pass:
    def __init__(self, run: Run, collection: Collection, *, full: bool) -> None:
        self.run = run
        self.collection = collection
        now = run.clock.now()
        state = load_checkpoint(run.connection, run.user.user_id, collection.name, now)
        if state.is_complete:
            state.restart(now)
        last_full = state.cursor.get("last_full_at")
        is_due = last_full is None or datetime.fromisoformat(str(last_full)) + FULL_PASS_EVERY <= now
        state.cursor["to_the_end"] = full or is_due or bool(state.offset and state.cursor.get("to_the_end"))
        if state.offset == 0:
            state.cursor.update(all_read=False, is_consistent=True)
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
            self.run.check_items()
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
            state.cursor["all_read"] = not content.has_next
            is_known = counts.inserted == counts.updated == bad == 0
            if is_known and not state.cursor["to_the_end"]:
                if self._count_active(cursor) + int(str(state.cursor.get("surplus", 0))) == content.total:
                    state.is_complete = True
                else:
                    state.cursor["to_the_end"] = True
                    run.log.info("something was removed: reading all of it")
            if state.is_complete or offset == 0:
                cursor.execute(statement("sync_state.forget_seen"), self._who())
            if not state.is_complete:
                upsert(cursor, SYNC_SEEN, [(user_id, collection.name, entry.item_id) for entry in entries])
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

    def _remove_missing(self) -> None:
        """Mark what Spotify confirms to be gone, then end the pass."""
        run, state, collection = self.run, self.state, self.collection
        while candidates := self._missing():
            uris = [f"spotify:{collection.uri_type}:{item_id}" for item_id in candidates]
            answers = run.spotify.library_contains(uris)
            gone = [item_id for item_id, is_there in zip(candidates, answers, strict=True) if not is_there]
            kept = [item_id for item_id, is_there in zip(candidates, answers, strict=True) if is_there]
            with run.batch() as cursor:
                cursor.execute(collection.sql("remove"), {**self._who(), "ids": gone, "now": run.clock.now()})
                run.tally.removed_items += cursor.rowcount
                upsert(cursor, SYNC_SEEN, [(run.user.user_id, collection.name, item_id) for item_id in kept])
                if kept:
                    state.cursor["is_consistent"] = False
                    state.save(cursor, run.clock.now())
        now = run.clock.now()
        with run.batch() as cursor:
            state.is_complete = True
            # Entries that have no row: null, unreadable or doubled ones. A pass that an edit has crossed
            # proves nothing about them, so the next one goes to the last page again.
            state.cursor["surplus"] = (state.total or 0) - self._count_active(cursor)
            state.cursor["last_full_at"] = now.isoformat() if state.cursor["is_consistent"] else None
            state.save(cursor, now)
            cursor.execute(statement("sync_state.forget_seen"), self._who())

    def _missing(self) -> list[str]:
        run = self.run
        with run.batch() as cursor:
            cursor.execute(self.collection.sql("missing"), {**self._who(), "limit": CONTAINS_MAX})
            return [item_id for (item_id,) in cursor]

    def _count_active(self, cursor: Cursor) -> int:
        cursor.execute(self.collection.sql("count_active"), self._who())
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])

    def _who(self) -> dict[str, object]:
        return {"user_id": self.run.user.user_id, "entity_type": self.collection.name}
