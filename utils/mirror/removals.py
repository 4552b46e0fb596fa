"""What is no longer in the library: candidates from a complete pass, each confirmed by Spotify, then marked.

The pages of a library are not isolated from each other, so an edit during a pass can hide an item that is still there.
See docs/decisions/0001-removals-are-confirmed.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.database.tables import SYNC_SEEN
from utils.database.upsert import Table, upsert
from utils.job.run import Run
from utils.spotify.client import CONTAINS_MAX


@dataclass(frozen=True)
class Membership:
    """A table of what is in a listener's library: key (user_id, <item>_id), with `removed_at`."""

    table: Table  # its name is also the entity type of checkpoint and sync_seen
    uri_type: str  # of the items' URIs

    @property
    def name(self) -> str:
        """The table, and the entity type of its checkpoint."""
        return self.table.name

    def sql(self, name: str) -> str:
        """A statement of memberships.sql for this table."""
        return statement(f"memberships.{name}").format(table=self.table.name, item_id=self.table.key[1])

    def see(self, cursor: Cursor, user_id: str, item_ids: Sequence[str]) -> None:
        """The pass under way has met these."""
        upsert(cursor, SYNC_SEEN, [(user_id, self.name, item_id) for item_id in item_ids])

    def forget_seen(self, cursor: Cursor, user_id: str) -> None:
        """A pass begins or ends."""
        cursor.execute(statement("sync_state.forget_seen"), {"user_id": user_id, "entity_type": self.name})

    def count_active(self, cursor: Cursor, user_id: str) -> int:
        """How many are in the library as far as we know."""
        cursor.execute(self.sql("count_active"), {"user_id": user_id})
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def remove_missing(run: Run, membership: Membership) -> bool:
    """Mark what the pass has not met and Spotify confirms to be gone; each question commits what it has answered.

    Returns False when something was still there: then an edit has crossed the pass.
    """
    who = {"user_id": run.user.user_id, "entity_type": membership.name}
    is_consistent = True
    while True:
        with run.batch() as cursor:
            cursor.execute(membership.sql("missing"), {**who, "limit": CONTAINS_MAX})
            candidates = [item_id for (item_id,) in cursor]
        if not candidates:
            return is_consistent
        answers = run.spotify.library_contains([f"spotify:{membership.uri_type}:{i}" for i in candidates])
        kept = [item_id for item_id, is_there in zip(candidates, answers, strict=True) if is_there]
        gone = [item_id for item_id, is_there in zip(candidates, answers, strict=True) if not is_there]
        with run.batch() as cursor:
            cursor.execute(membership.sql("remove"), {**who, "ids": gone, "now": run.clock.now()})
            run.tally.removed_items += cursor.rowcount
            membership.see(cursor, run.user.user_id, kept)
        is_consistent = is_consistent and not kept
