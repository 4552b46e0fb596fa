"""One reading of one kind of thing, page by page: what everything that is copied from Spotify goes through.

Where too much of a reading is bad (`utils.mirror.reading`), what could be read is stored, and nothing is stamped as done,
replaced, removed or deleted.

A `Pass` is a reading with a checkpoint (`sync_state`). Each page is one transaction: its rows, the ids met
(`sync_seen`), the position behind it, and how much was bad, so that a kill at any point loses and doubles nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from psycopg2.extensions import cursor as Cursor

from utils.clock import cannot_be
from utils.database.rows import Counts, Row, upsert
from utils.database.statements import statement
from utils.errors import PayloadError, Status
from utils.job.batch_result import BatchResult
from utils.job.spotify_run import SpotifyRun
from utils.mirror.pass_state import PassState, from_json
from utils.mirror.reading import Reader, Reading
from utils.spotify.fields import Payload
from utils.spotify.payloads import Page

T = TypeVar("T")
S = TypeVar("S", bound=PassState)

# What writing moves on, beside the state.
_POSITION = ("offset", "total", "is_complete", "phase", "started_at")
_SAVE, _FORGET_SEEN = statement("sync_state.save"), statement("sync_state.forget_seen")


class SeenItem(Row, table="sync_seen", key=("user_id", "entity_type", "item_id")):
    """An item that the pass under way has met."""

    user_id: str
    entity_type: str
    item_id: str


def forget_pass(cursor: Cursor, user_id: str, entity_type: str) -> None:
    """Forget the checkpoint of a listener's pass: the next run begins anew, and knows nothing of those before."""
    which = {"user_id": user_id, "entity_type": entity_type}
    cursor.execute(_FORGET_SEEN, which)
    cursor.execute(statement("sync_state.forget"), which)


@dataclass
class Batch:
    """The transaction that a page is written in: what has become of its rows, and which ids the page has met."""

    cursor: Cursor
    now: datetime
    counts: Counts = field(default_factory=Counts)
    removed: int = 0
    met: list[str] = field(default_factory=list)  # noted in sync_seen as long as the pass is not complete

    def upsert(self, rows: Iterable[Row]) -> None:
        """Write rows, and count them as the job's own."""
        self.counts += upsert(self.cursor, rows, self.now)

    def execute(self, name: str, values: dict[str, object]) -> int:
        """A named statement; the number of rows it has written."""
        self.cursor.execute(statement(name), values)
        return self.cursor.rowcount


class Pass(Reader, Generic[S]):
    """One pass: where it is, what it remembers, and how its pages are stored.

    A pass that an earlier run has begun goes on where that one was, unless that cannot have been: a pass of the future
    begins anew. `keeps_seen`: it notes the ids it meets.
    """

    def __init__(
        self, run: SpotifyRun, entity_type: str, state: type[S], *, keeps_seen: bool = False
    ) -> None:
        super().__init__(run)
        self.entity_type = entity_type
        self.keeps_seen = keeps_seen
        self.phase = "initial"  # until everything has been read once, then 'incremental'
        self.started_at: datetime = run.clock.now()
        self.offset = 0
        self.total: int | None = None
        self.is_complete = False
        self.state = state()
        self._has_written = False  # in this run, a batch
        self._load(state)
        run.at_unfinished_end(self._interrupted)

    def begin(self, state: S) -> None:
        """Begin anew, remembering only this."""
        if self.is_complete:
            self.phase = "incremental"
            self.started_at = self.run.clock.now()
        self.offset = self.good = self.bad = 0
        self.has_lost_page = False
        self.is_complete = False
        self.state = state

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """One transaction: what the body writes, and the checkpoint behind it.

        The first one is written also where another pass has used up the run's time budget.
        """
        with self.run.batch(is_first=not self._has_written, is_reported=True) as cursor:
            batch = Batch(cursor, self.run.clock.now())
            is_first = self._before_rows(cursor)
            yield batch
            self._behind_rows(batch, is_first)
        self._count(batch)

    def write(self, act: Callable[[Batch], None]) -> BatchResult:
        """One batch, written by `act`, and what it has done; written again as `Run.write` says, where the pass then is as it was before.

        So `act` may move the pass on, but change nothing else.
        """
        before = {name: getattr(self, name) for name in _POSITION}
        remembered = deepcopy(vars(self.state))

        def once(cursor: Cursor) -> Batch:
            for name, value in before.items():
                setattr(self, name, value)
            vars(self.state).update(deepcopy(remembered))
            batch = Batch(cursor, self.run.clock.now())
            is_first = self._before_rows(cursor)
            act(batch)
            self._behind_rows(batch, is_first)
            return batch

        return self._count(self.run.write(once, is_first=not self._has_written, is_reported=True))

    def _before_rows(self, cursor: Cursor) -> bool:
        """Whether this is the first batch of the pass."""
        is_first = self.offset == 0
        if self.keeps_seen and is_first:
            self.forget_seen(cursor)
        return is_first

    def _behind_rows(self, batch: Batch, is_first: bool) -> None:
        """What the pass has met, and its checkpoint."""
        if batch.met and not self.is_complete:
            self.see(batch.cursor, batch.met)
        if self.keeps_seen and self.is_complete and not is_first:
            self.forget_seen(batch.cursor)
        self._save(batch.cursor, batch.now)

    def _count(self, batch: Batch) -> BatchResult:
        """A batch is committed: count it, and report it."""
        self._has_written = True
        tally = self.run.tally
        tally.add(batch.counts)
        tally.removed_items += batch.removed
        tally.checkpoint_offset = self.offset
        counts = batch.counts
        result = BatchResult(
            items_processed=counts.inserted + counts.updated + counts.unchanged,
            new_items_added=counts.inserted,
            items_updated=counts.updated,
            has_more=not self.is_complete,
            next_offset=self.offset,
            total_estimated=self.total,
        )
        self.run.report(self.entity_type, self.phase, result)
        return result

    def take(
        self,
        contents: Sequence[Page],
        parse: Callable[[Payload], T | None],
        write: Callable[[Batch, Page, Reading[T]], None],
    ) -> BatchResult:
        """Read pages, and store them in one batch; `write` writes the rows of one, and moves the pass on behind it.

        Raises PayloadError as soon as it is sure that too much of the last page's `total` items cannot be read.
        """
        readings = [(content, self.read(content.items, parse)) for content in contents]

        def act(batch: Batch) -> None:
            for content, reading in readings:
                write(batch, content, reading)

        result = self.write(act)
        total = contents[-1].total
        self.run.progress(min(self.offset, total), total)
        self.check_readable(total)
        return result

    def see(self, cursor: Cursor, item_ids: Iterable[str]) -> None:
        """The pass has met these."""
        user_id = self.run.user.user_id
        upsert(cursor, [SeenItem(user_id, self.entity_type, item_id) for item_id in item_ids])

    def forget_seen(self, cursor: Cursor) -> None:
        """What the pass has met is not needed any more, or not yet."""
        which = {"user_id": self.run.user.user_id, "entity_type": self.entity_type}
        cursor.execute(_FORGET_SEEN, which)

    @contextmanager
    def last_batch(self) -> Iterator[Batch]:
        """The transaction that ends the pass: what may only be done when everything has been read.

        Raises PayloadError, before the body, where too much could not be read; the next run begins anew.
        """
        self.check_readable()
        with self.batch() as batch:
            self.is_complete = True
            yield batch

    def check_readable(self, expected: int = 0) -> None:
        """Raise PayloadError as a reader does; then the pass begins anew the next time."""
        try:
            super().check_readable(expected)
        except PayloadError:
            self._start_over()
            raise

    def _start_over(self) -> None:
        """Store that the next run begins anew, with what `PassState.kept` says."""
        self.begin(self.state.kept())
        self.store()

    def store(self) -> None:
        """Store where the pass is, where no page does."""
        with self.run.transaction() as cursor:
            self._save(cursor, self.run.clock.now())

    def _load(self, kind: type[S]) -> None:
        which = {"user_id": self.run.user.user_id, "entity_type": self.entity_type}
        with self.run.transaction() as cursor:
            cursor.execute(statement("sync_state.load"), which)
            row = cursor.fetchone()
        if row is not None and cannot_be(row[-1], self.run.clock.now()):
            self.run.log.warning(
                "the checkpoint of %s, of %s, cannot be: a clock was wrong. All is read anew",
                self.entity_type,
                f"{row[-1]:%Y-%m-%d %H:%M} UTC",
            )
            self.phase = row[0]
            self.store()
        elif row is not None:
            self.phase, self.offset, stored, self.total, self.good, self.is_complete, self.started_at = row
            self.state = from_json(kind, stored, self.entity_type)
            self.bad, self.has_lost_page = self.state.bad, self.state.has_lost_page

    def _save(self, cursor: Cursor, now: datetime) -> None:
        self.state.bad, self.state.has_lost_page = self.bad, self.has_lost_page
        cursor.execute(
            _SAVE,
            {
                "user_id": self.run.user.user_id,
                "entity_type": self.entity_type,
                "phase": self.phase,
                "offset": self.offset,
                "state": json.dumps(asdict(self.state), default=lambda moment: moment.isoformat()),
                "total": self.total,
                "items_processed": self.good,
                "status": "complete" if self.is_complete else "running",
                "is_complete": self.is_complete,
                "started_at": self.started_at,
                "now": now,
                "completed_at": now if self.is_complete else None,
            },
        )

    def _interrupted(self, status: Status, message: str | None) -> tuple[str, dict[str, object]]:
        """Why the pass has not gone on, for the end of the run."""
        which = {"user_id": self.run.user.user_id, "entity_type": self.entity_type}
        note = {"status": status, "error_message": message, "now": self.run.clock.now()}
        return "sync_state.interrupt", {**which, **note}
