"""Mirror a listing that has no time to sort by: followed artists, the listener's playlists.

Every run reads all pages, one after another (the position of the next one is in the page before), each committed with
its checkpoint. What a pass that met everything has not met is removed as in `utils.mirror.removals`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg2.extensions import cursor as Cursor

from utils.database.upsert import Counts
from utils.job.checkpoint import Checkpoint
from utils.job.run import Run
from utils.mirror.completeness import is_whole
from utils.mirror.removals import Membership, remove_missing
from utils.spotify.payloads import BadItemError


class ListingPage(NamedTuple):
    """A page: its entries, and what leads to the next one (None: this is the last)."""

    items: list[dict[str, Any] | None]
    following: str | None
    total: int


@dataclass(frozen=True)
class Listing(Membership):
    """What differs between followed artists and playlists."""

    fetch: Callable[[Run, Checkpoint], ListingPage]
    parse: Callable[[dict[str, Any]], Any]  # an entry with `item_id`
    save: Callable[[Run, Cursor, Sequence[Any], int], Counts]  # entries, and the position of the first


def sync_listing(run: Run, listing: Listing, *, remove: bool) -> None:
    """Make our copy equal to Spotify's. `remove`: mark what is gone."""
    state = run.checkpoint(listing.name)
    if state.is_complete:
        state.restart(run.clock.now())
        state.cursor = {"last_count": state.cursor.get("count")}
    while not state.cursor.get("all_read"):
        content = listing.fetch(run, state)
        entries, unreadable = [], 0
        for item in content.items:
            try:
                unreadable += item is None
                entries += [listing.parse(item)] if item is not None else []
            except BadItemError as error:
                unreadable += 1
                run.bad_item(error)
        with run.batch() as cursor:
            if state.offset == 0:
                listing.forget_seen(cursor, run.user.user_id)
            counts = listing.save(run, cursor, entries, state.offset)
            listing.see(cursor, run.user.user_id, [entry.item_id for entry in entries])
            state.offset += len(content.items)
            state.items_processed += len(entries)
            state.total = content.total
            state.cursor |= {"following": content.following, "all_read": content.following is None}
            state.cursor["count"] = [state.offset, content.total]
            state.save(cursor, run.clock.now())
        run.tally.add(counts, len(entries))
        run.progress(state.offset, max(content.total, state.offset))
        run.check_items()
    # A difference that was the same last time is not of this pass: so Spotify counts.
    same_as_last = state.cursor["count"] == state.cursor.get("last_count")
    if remove and (same_as_last or is_whole(run, listing.name, state.offset, state.total)):
        remove_missing(run, listing)
    with run.batch() as cursor:
        state.is_complete = True
        state.save(cursor, run.clock.now())
        listing.forget_seen(cursor, run.user.user_id)
