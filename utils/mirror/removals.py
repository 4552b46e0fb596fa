"""What is no longer in the library: candidates from a complete pass, each confirmed by Spotify, then marked.

The pages of a library are not isolated from each other, so an edit during a pass can hide an item that is still there.
See docs/decisions/0001-removals-are-confirmed.md.

Where most of a library is missing at once, that is held back until another whole pass, hours later, finds the same, or somebody asks for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from psycopg2.extensions import cursor as Cursor

from utils.clock import believed
from utils.database.rows import Events, Row
from utils.database.statements import statement
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Pass
from utils.spotify.client import CONTAINS_MAX

FEW = 20  # of so few, any number may go at once
CONFIRMED_AFTER = timedelta(
    hours=6
)  # what a pass that much later still finds is no passing trouble of Spotify's


@dataclass
class LibraryState(PassState):
    """What a pass over a part of the library remembers of a large drop: how many were missing, and when that was first seen."""

    held_back: int = 0
    held_back_at: datetime | None = None


S = TypeVar("S", bound=LibraryState)


@dataclass(frozen=True)
class Membership:
    """What makes up a part of a listener's library: rows of (user_id, <item>_id, …, removed_at)."""

    row: type[Row]  # its table's name is also the entity type of the checkpoint
    uri_type: str  # of the items' URIs

    @property
    def name(self) -> str:
        """The table, and the entity type of its checkpoint."""
        return self.row.table.name

    @property
    def events(self) -> Events:
        """What is said where something comes and goes."""
        assert self.row.table.events is not None, f"what comes and goes in {self.name} is news"
        return self.row.table.events

    def sql(self, name: str) -> str:
        """A statement of memberships.sql for this table."""
        return statement(f"memberships.{name}").format(table=self.name, item_id=self.row.table.key[1])

    def count_active(self, cursor: Cursor, user_id: str) -> int:
        """How many are in the library as far as we know."""
        cursor.execute(self.sql("count_active"), {"user_id": user_id})
        ((count,),) = cursor.fetchall()
        return int(count)


def is_believed(reading: Pass[S], membership: Membership) -> bool:
    """Whether what a whole pass has not met may be asked about, and removed; a large drop that is not is noted and said.

    It is believed once another whole pass finds it six hours later or more, and at once where the run is forced after that
    was said. Raises PayloadError where too much of the pass could not be read.
    """
    reading.check_readable()
    run, state = reading.run, reading.state
    now, percent = run.clock.now(), run.app_settings.number("sync.max_removed_percent")
    with run.transaction() as cursor:
        cursor.execute(
            membership.sql("count_missing"), {"user_id": run.user.user_id, "entity_type": membership.name}
        )
        ((missing, active),) = cursor.fetchall()
    first_seen_at = believed(state.held_back_at, now)
    is_large = active > FEW and missing * 100 > percent * active
    if not is_large or (first_seen_at and (run.options.force or now - first_seen_at >= CONFIRMED_AFTER)):
        state.held_back, state.held_back_at = 0, None
        return True
    state.held_back, state.held_back_at = missing, first_seen_at or now
    run.log.warning(
        "%s: %s of %s are missing at Spotify, more than %s %% (sync.max_removed_percent). That is held back: nothing was removed. "
        "A run from %s on that finds the same believes it; at once: ./run %s --force",
        membership.name,
        f"{missing:,}",
        f"{active:,}",
        percent,
        f"{state.held_back_at + CONFIRMED_AFTER:%Y-%m-%d %H:%M} UTC",
        run.job,
    )
    return False


def remove_missing(reading: Pass[Any], membership: Membership) -> bool:
    """Mark what the pass has not met and Spotify confirms to be gone; each question commits what it has answered.

    Returns False when something was still there: then an edit has crossed the pass. Raises PayloadError where too
    much of the pass could not be read: then nothing is missing.
    """
    reading.check_readable()
    run = reading.run
    who = {"user_id": run.user.user_id, "entity_type": membership.name}
    gone_is = {"event": membership.events.went, "item_type": membership.events.item_type}
    is_consistent = True
    while True:
        with run.transaction() as cursor:
            cursor.execute(membership.sql("missing"), {**who, "limit": CONTAINS_MAX})
            candidates = [item_id for (item_id,) in cursor]
        if not candidates:
            return is_consistent
        answers = run.spotify.library_contains([f"spotify:{membership.uri_type}:{i}" for i in candidates])
        kept = [item_id for item_id, is_there in zip(candidates, answers, strict=True) if is_there]
        gone = [item_id for item_id, is_there in zip(candidates, answers, strict=True) if not is_there]
        values = {**who, **gone_is, "ids": gone, "now": run.clock.now()}
        run.tally.removed_items += run.write(partial(_remove, reading, membership, values, kept))
        is_consistent = is_consistent and not kept


def _remove(
    reading: Pass[Any], membership: Membership, values: dict[str, object], kept: list[str], cursor: Cursor
) -> int:
    """Mark what is gone, and note what is not; how many are marked."""
    cursor.execute(membership.sql("remove"), values)
    removed = cursor.rowcount
    reading.see(cursor, kept)
    return removed


def adds_up(reading: Pass[Any], what: str, entries: int, total: int | None) -> bool:
    """True when as many entries have come, null ones counted, as Spotify says there are. Else that is said.

    Only then does what was not met say that it is gone. A page without `next` proves nothing: Spotify has answered
    with short and with empty pages in the middle of a list.
    """
    if entries == total:
        return True
    reading.run.log.warning(
        "%s: %d of %s entries have come; nothing is taken for removed, and all is read again next time",
        what,
        entries,
        total,
    )
    return False
