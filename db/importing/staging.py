"""Rows of a history on their way into the tables: staged by COPY, and taken over by one statement per table.

What many rows say again and again, which track it is, is sent once.
"""

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.history.rows import ItemKind, Listen, Precision, Stamp
from utils.mirror.catalogue import hold
from utils.plays.recording import key_of_names
from utils.plays.sources import BEST_FIRST, BY_NAME, EXPORT, LASTFM, LASTFM_MINUTES

NO_LENGTH = -1  # `part` where a source does not say how long was heard
MOST_TRACKS = 300_000  # that are remembered as sent: some 40 MB
_PAUSE = timedelta(seconds=2)  # the clocks of beginning and end round differently
_MILLISECOND = timedelta(milliseconds=1)
_special = re.compile(r"[\\\t\n\r]").search
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
_FLAGS = {None: _NULL, True: "t", False: "f"}


@dataclass
class Batch:
    """Some rows, as lines for COPY. `first_at`, `last_at`: of the plays among them; `copies`: rows that are in it already."""

    plays: list[str] = field(default_factory=list)
    tracks: list[str] = field(default_factory=list)
    episodes: list[str] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)
    copies: int = 0
    sources: Counter[str] = field(default_factory=Counter)  # of the plays
    spoken: int = 0  # rows of podcasts and audiobooks, copies too
    first_at: datetime | None = None
    last_at: datetime | None = None

    def is_new(self, key: str) -> bool:
        """Whether no row of the batch has this key yet; from now on one has."""
        if key in self._keys:
            return False
        self._keys.add(key)
        return True

    def days(self) -> list[datetime]:
        """Beginning and end of each day, in UTC, of which a play is in the batch."""
        written = {line[:10] for line in self.plays}  # a line begins with its moment, which is in UTC
        days = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in written]
        return [*days, *(day + timedelta(days=1) for day in days)]


def source_of(listen: Listen, source: str) -> str:
    """As `plays.source` has it: what a file knows less well than others of its kind is told apart."""
    if source == EXPORT and listen.item_uri is None:
        return BY_NAME
    return LASTFM_MINUTES if source == LASTFM and listen.precision is Precision.MINUTE else source


class Stager:
    """Makes batches of the rows of an import, and remembers which tracks were sent."""

    def __init__(self) -> None:
        self._sent: set[str] = set()

    def add(self, batch: Batch, listen: Listen, source: str) -> None:
        """One more row of a file of this source."""
        at = listen.ended_at or listen.stamped_at
        if batch.last_at is None or at > batch.last_at:
            batch.last_at = at
        if batch.first_at is None or at < batch.first_at:
            batch.first_at = at
        ms_played = listen.ms_played
        part = NO_LENGTH if ms_played is None else ms_played
        length = _NULL if ms_played is None else ms_played
        if listen.kind is not ItemKind.TRACK:
            key = listen.item_uri or key_of_names(listen.kind, listen.collection_name, listen.item_name)
            batch.spoken += 1
            if batch.is_new(row := f"{at}\t{key}\t{part}"):
                batch.episodes.append(
                    f"{row}\t{length}\t{listen.kind}\t{_text(listen.item_name)}\t{_text(listen.collection_name)}"
                    f"\t{_text(listen.artist_name)}"
                )
            return
        uri = listen.item_uri
        key = uri or key_of_names(listen.kind, listen.artist_name, listen.item_name)
        if not batch.is_new(row := f"{at}\t{key}\t{part}"):
            batch.copies += 1
            return
        started = listen.began_at
        if (
            started is not None
            and ms_played is not None
            and abs(at - started - ms_played * _MILLISECOND) <= _PAUSE
        ):
            started = None
        # A beginning with a length says the same as the end: nothing that the row of a better source would lack.
        stamped = at if listen.stamp is Stamp.START else listen.stamped_at
        if uri is None:
            names = f"{_text(listen.item_name)}\t{_text(listen.artist_name)}\t{_text(listen.collection_name)}"
        else:
            names = "\\N\t\\N\t\\N"
            sent = uri if listen.length_ms is None else f"{uri}+"  # a file that knows the length says more
            if sent not in self._sent:
                self._send(batch, uri, sent, listen)
        own_source = source_of(listen, source)
        batch.sources[own_source] += 1
        batch.plays.append(
            f"{row}\t{length}\t{started or _NULL}\t{_other(stamped, at)}"
            f"\t{_text(listen.reason_start)}\t{_text(listen.reason_end)}\t{_FLAGS[listen.skipped]}\t{_FLAGS[listen.shuffle]}"
            f"\t{_FLAGS[listen.offline]}\t{_FLAGS[listen.incognito_mode]}\t{names}\t{own_source}"
        )

    def _send(self, batch: Batch, uri: str, sent: str, listen: Listen) -> None:
        if len(self._sent) >= MOST_TRACKS:
            self._sent.clear()
        self._sent.add(sent)
        batch.tracks.append(
            f"{uri.rpartition(':')[2]}\t{_text(listen.item_name)}\t{_text(listen.artist_name)}\t{_text(listen.collection_name)}"
            f"\t{listen.length_ms or _NULL}"
        )


def save(cursor: Cursor, user_id: str, source: str, batch: Batch) -> tuple[int, int]:
    """Write a batch; how many plays were new, and of how many only another source had told under the same key.

    Part of a transaction in which the listener's plays are locked.
    """
    values = {"user_id": user_id, "source": source}
    hold(cursor)
    cursor.execute(statement("importing.stage"))
    if batch.tracks:
        _copy(cursor, "staged_tracks", batch.tracks)
        cursor.execute(statement("importing.save_tracks"))
    new = noted = 0
    if batch.plays:
        batch.plays.sort()  # files of old exports are in no order
        _copy(cursor, "staged_plays", batch.plays)
        span = {"first_at": batch.first_at, "last_at": batch.last_at}
        cursor.execute(
            statement("importing.note_same_keys"), {**values, **span, "best_first": list(BEST_FIRST)}
        )
        noted = cursor.rowcount
        cursor.execute(statement("importing.save_plays"), values)
        ((new,),) = cursor.fetchall()
    if batch.plays:
        cursor.execute(statement("importing.save_played_tracks"), values)
        if source != EXPORT and batch.tracks:
            cursor.execute(statement("importing.note_without_details"), values)
    if batch.episodes:
        _copy(cursor, "staged_episodes", batch.episodes)
        cursor.execute(statement("importing.save_episodes"), values)
    return int(new), noted


def _copy(cursor: Cursor, table: str, lines: list[str]) -> None:
    cursor.copy_expert(
        f"COPY {table} FROM STDIN WITH (ENCODING 'UTF8')", io.StringIO("\n".join(lines) + "\n")
    )


def _text(value: str | None) -> str:
    if value is None:
        return _NULL
    return value.translate(_ESCAPES) if _special(value) else value


def _other(moment: datetime, at: datetime) -> str:
    return _NULL if moment == at else str(moment)
