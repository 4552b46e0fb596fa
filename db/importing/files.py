"""One file of a history, from its first row to its last: in batches, each committed with how far the file is."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from psycopg2.extensions import cursor as Cursor

from db.importing.staging import Batch, Stager, save
from utils.database.statements import statement
from utils.history.found import HistoryFile
from utils.history.names import Kind
from utils.history.reading import read
from utils.history.rows import Aside, Listen
from utils.job.run import Run
from utils.plays.merging import Settled, settle
from utils.plays.sources import ACCOUNT, EXPORT, LASTFM
from utils.plays.writing import lock

# As `plays.source` has it.
SOURCES: Mapping[Kind, str] = {
    Kind.EXTENDED_AUDIO: EXPORT,
    Kind.EXTENDED_VIDEO: EXPORT,
    Kind.ACCOUNT_MUSIC: ACCOUNT,
    Kind.ACCOUNT_PODCAST: ACCOUNT,
    Kind.ACCOUNT_AUDIOBOOK: ACCOUNT,
    Kind.LASTFM_CSV: LASTFM,
    Kind.LASTFM_JSON: LASTFM,
    Kind.LISTENBRAINZ: "listenbrainz",
    Kind.KOITO: "koito",
    Kind.MALOJA: "maloja",
    Kind.YOUR_SPOTIFY: "your_spotify",
}
ROWS_AT_ONCE = 25_000  # of a file: some 10 MB here, and as many in the database


@dataclass
class Account:
    """What became of the rows of a file, or of all: `rows` is the sum of all that follows."""

    rows: int = 0
    new_plays: int = 0
    merged: int = 0  # with a play that another source had told of
    known: int = 0
    episodes: int = 0  # and chapters of audiobooks
    aside: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # of those set aside by this run

    def add(self, other: "Account") -> None:
        """Count the other one in."""
        self.rows += other.rows
        self.new_plays += other.new_plays
        self.merged += other.merged
        self.known += other.known
        self.episodes += other.episodes
        self.aside += other.aside
        self.reasons += other.reasons


@dataclass
class _State:
    """How far a file is, as `imports` keeps it."""

    account: Account
    first_at: datetime | None = None
    last_at: datetime | None = None
    is_finished: bool = False


class Importer:
    """Imports the files of one listener. `tolerance_s`: of the moments of one play that two sources tell of."""

    def __init__(self, run: Run, user_id: str, tolerance_s: float) -> None:
        self._run, self._user_id, self._tolerance_s = run, user_id, tolerance_s
        self._stager = Stager()
        self.unfinished = Account()  # of the file that is under way

    def import_file(self, file: HistoryFile, progress: Callable[[int], object]) -> Account:
        """Import what is not here yet. What became of all its rows: those of earlier runs are known, but for a run that was cut off.

        `progress` is told the bytes read since the last time. Raises BrokenFileError, and Stopped between two batches; what
        was committed stays, and the next import goes on behind it.
        """
        state = self._find(file)
        if state.is_finished:
            progress(file.size)
            done = state.account
            self._run.tally.unchanged_items += done.new_plays + done.merged + done.known
            return Account(
                done.rows, known=done.new_plays + done.merged + done.known + done.episodes, aside=done.aside
            )
        self.unfinished = state.account
        rows = islice(read(file, self._run.clock.now(), progress), state.account.rows, None)
        is_first = True
        for part in _parts(rows):
            with self._run.batch(is_first=is_first) as cursor:
                self._save(cursor, file, state, part)
            is_first = False
        with self._run.transaction() as cursor:
            state.is_finished = True
            self._note(cursor, file, state)
        self.unfinished = Account()
        return state.account

    def _find(self, file: HistoryFile) -> _State:
        with self._run.transaction() as cursor:
            cursor.execute(
                statement("importing.find"), {"user_id": self._user_id, "fingerprint": file.sha256}
            )
            row = cursor.fetchone()
            state = _State(Account())
            if row is None:
                self._note(cursor, file, state)
            else:
                rows, *numbers, first_at, last_at, is_finished = row
                state = _State(Account(rows, *numbers), first_at, last_at, is_finished)
        return state

    def _save(self, cursor: Cursor, file: HistoryFile, state: _State, rows: list[Listen | Aside]) -> None:
        batch, asides, source = Batch(), [], SOURCES[file.kind]
        for row in rows:
            if isinstance(row, Aside):
                asides.append(row)
            else:
                self._stager.add(batch, row, source)
        lock(cursor, self._user_id)
        new, noted = save(cursor, self._user_id, source, batch)
        account, plays = state.account, len(batch.plays) + batch.copies
        taken = repeated = 0
        if batch.plays:
            settled = settle(cursor, self._user_id, batch.days(), self._tolerance_s, self._run.clock.now())
            taken, repeated = _of_this(batch, settled, new)
        account.rows += len(rows)
        merged, known = noted + taken, plays - new - noted + repeated
        account.new_plays += plays - merged - known
        account.merged += merged
        account.known += known
        account.episodes += batch.spoken
        account.aside += len(asides)
        account.reasons.update(aside.reason for aside in asides)
        if batch.first_at is not None and batch.last_at is not None:
            state.first_at = min(state.first_at or batch.first_at, batch.first_at)
            state.last_at = max(state.last_at or batch.last_at, batch.last_at)
        self._note(cursor, file, state)
        if asides:
            columns = dict(zip(Aside._fields, map(list, zip(*asides, strict=True)), strict=True))
            values = {"user_id": self._user_id, "fingerprint": file.sha256, **columns}
            cursor.execute(statement("importing.set_aside"), values)
        tally = self._run.tally
        tally.new_items += plays - merged - known
        tally.updated_items += merged
        tally.unchanged_items += known

    def _note(self, cursor: Cursor, file: HistoryFile, state: _State) -> None:
        now, account = self._run.clock.now(), state.account
        values = {
            "user_id": self._user_id,
            "fingerprint": file.sha256,
            "name": file.name.replace("\\", "/").rpartition("/")[2].rpartition(": ")[2],
            "source": SOURCES[file.kind],
            "has_music": file.kind in (Kind.EXTENDED_AUDIO, Kind.ACCOUNT_MUSIC),
            "rows_done": account.rows,
            "new_plays": account.new_plays,
            "merged": account.merged,
            "known": account.known,
            "episodes": account.episodes,
            "aside": account.aside,
            "first_at": state.first_at,
            "last_at": state.last_at,
            "now": now,
            "finished_at": now if state.is_finished else None,
        }
        cursor.execute(statement("importing.note"), values)


def _of_this(batch: Batch, settled: Settled, new: int) -> tuple[int, int]:
    """How many of a batch's new plays turned out to be those that others had told of, and how many were known as such already.

    Settling looks at plays of earlier files, too.
    """
    taken = sum(min(settled.merged[each], rows) + settled.hosts[each] for each, rows in batch.sources.items())
    repeated = sum(min(settled.known[each], rows) for each, rows in batch.sources.items())
    return min(taken, new), min(repeated, new - min(taken, new))


def _parts(rows: Iterator[Listen | Aside]) -> Iterator[list[Listen | Aside]]:
    while part := list(islice(rows, ROWS_AT_ONCE)):
        yield part
