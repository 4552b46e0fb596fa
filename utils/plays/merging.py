"""The table `plays` as one truth: sightings of the same play by several sources become one row.

What the API and the export have both seen is the export's row, with `source` 'both' and what the API has said (`api_played_at`,
`api_item_key`, the context). What an account-data file or another tool has seen as well is no row of its own: `also_in` of the row
that was already known names the source. Which sightings belong together is decided by `pairing`, and for all of some days at once,
also for those that were merged before: so the rows do not depend on what came first. What a listener has taken out stays out, whichever
source tells of it.
"""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.history.extended import LATE_REASONS
from utils.plays.pairing import PAUSE, Moment, Span, pair
from utils.plays.recording import names_of

API, EXPORT, BOTH = "api", "export", "both"
BY_NAME = "export_by_name"  # rows of the extended history of 2020, which has no ids
# What tells of plays beside these two, the better first: of two that tell of one play the first one's row stays.
ACCOUNT, LASTFM, MALOJA = "account_data", "lastfm", "maloja"
YOUR_SPOTIFY, LISTENBRAINZ = "your_spotify", "listenbrainz"
LASTFM_MINUTES = "lastfm_to_the_minute"  # scrobbles of which the file gives the minute alone
OTHERS = (BY_NAME, ACCOUNT, YOUR_SPOTIFY, LISTENBRAINZ, "koito", LASTFM, LASTFM_MINUTES, MALOJA)
BEST_FIRST = (BOTH, EXPORT, API, *OTHERS)
CUT_TO_MINUTE = frozenset({ACCOUNT, LASTFM_MINUTES})
_FROM_API = frozenset(
    {YOUR_SPOTIFY, LISTENBRAINZ}
)  # whose ends are the API's moments, where nothing was measured
MARGIN = timedelta(days=7)  # what is around: more than twice as far as one play says something of another
WINDOW = timedelta(
    days=120
)  # of plays that are looked at together: some 10 MB of a listener who hardly does anything else
_CHANGED = timedelta(days=3)  # around the days that are asked for; farther away things are left as they are
LONGEST_LATE = timedelta(days=1)  # of a play of which only the moment is known when the app was seen again
_CUT_TO_MINUTE_S = 60.0
_OTHER_TOLERANCE_S = 5.0  # of account data against the export, which are one source


class Stored(NamedTuple):
    """A play as it is stored, with what tells its recording. Columns as `plays.around` has them."""

    played_at: datetime
    item_key: str
    part: int
    source: str
    ms_played: int | None
    started_at: datetime | None
    stamped_at: datetime | None
    api_played_at: datetime | None
    api_item_key: str | None
    context_uri: str | None
    also_in: list[str] | None
    reason_end: str | None
    is_deleted: bool
    duration_ms: int | None
    isrc: str | None
    title: str | None
    artists: list[str | None]
    is_new: bool  # written by this transaction

    @property
    def key(self) -> tuple[datetime, str, int]:
        """Of the row, beside its listener."""
        return self.played_at, self.item_key, self.part


@dataclass
class Settled:
    """What settling has changed: rows by source that became part of another, and those of which that was known already."""

    merged: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    # Rows, by source, that have taken something in that was not known to be the same play.
    hosts: Counter[str] = field(default_factory=Counter)


class _Sighting(NamedTuple):
    """A play as the API has shown it: one moment, and the row that holds it."""

    at: datetime
    item_key: str
    context_uri: str | None
    holder: Stored


def settle(
    cursor: Cursor, user_id: str, moments: Iterable[datetime], tolerance_s: float, now: datetime
) -> Settled:
    """Let the plays around these moments (aware, one or more), as they are stored, be one truth.

    Part of the transaction that has written plays of these days, which has to have called `lock` before it wrote.
    """
    settled = Settled()
    for first, last in _windows(moments):
        values = {"user_id": user_id, "begin": first - MARGIN, "end": last + MARGIN}
        cursor.execute(statement("plays.has_others"), values)
        if cursor.fetchone() == (True,):
            window = _Window(cursor, user_id, first - _CHANGED, last + _CHANGED, tolerance_s, now)
            with _uncollected():
                window.drop_returned(values, settled)
                window.read(values)
                window.settle_api(settled)
                window.settle_others(settled)
    return settled


@contextmanager
def _uncollected() -> Iterator[None]:
    """Python does not look for cycles meanwhile: there are none, and it would walk all rows of a window again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def told_by_api(cursor: Cursor, user_id: str, moments: Sequence[datetime]) -> set[tuple[datetime, str]]:
    """(moment, URI) of those of the API's moments that are part of a merged play already, or were taken out."""
    if not moments:
        return set()
    values = {
        "user_id": user_id,
        "begin": min(moments) - MARGIN,
        "end": max(moments) + MARGIN,
        "moments": list(moments),
    }
    cursor.execute(statement("plays.told_by_api"), values)
    return set(cursor.fetchall())


def note_seen_by_api(cursor: Cursor, user_id: str, keys: Sequence[tuple[datetime, str, int]]) -> None:
    """Other tools' plays of which the API tells under the very same key become its own; `also_in` names the tools.

    Part of a transaction that has called `lock`.
    """
    cursor.execute(
        statement("plays.note_seen_by_api"), {"user_id": user_id, "others": list(OTHERS), **_columns(keys)}
    )


def lock(cursor: Cursor, user_id: str) -> None:
    """Let nobody else write plays of this listener until the transaction ends."""
    cursor.execute(statement("plays.lock"), {"user_id": user_id})


def take_out(cursor: Cursor, user_id: str, keys: Sequence[tuple[datetime, str, int]], now: datetime) -> None:
    """Take out plays, by played_at, item_key and part: they are kept apart, and stay out when a source tells of them again.

    Part of a transaction that has called `lock`.
    """
    if keys:
        cursor.execute(statement("plays.take_out"), {"user_id": user_id, "now": now, **_columns(keys)})
        forget_tracks(cursor, user_id, [item_key for _, item_key, _ in keys])


def restore(
    cursor: Cursor,
    user_id: str,
    keys: Sequence[tuple[datetime, str, int]],
    tolerance_s: float,
    now: datetime,
) -> Settled:
    """Let plays count again that were taken out, and become one with what other sources have told of meanwhile.

    Part of a transaction that has called `lock`.
    """
    if not keys:
        return Settled()
    cursor.execute(statement("plays.restore"), {"user_id": user_id, **_columns(keys)})
    moments = [played_at for played_at, _, _ in keys]
    return settle(cursor, user_id, moments, tolerance_s, now)


def forget_tracks(cursor: Cursor, user_id: str, item_keys: Iterable[str]) -> None:
    """Of these plays, which are gone: note their tracks as not played, where no other play is of them."""
    gone = sorted({key for key in item_keys if key.startswith("spotify:track:")})
    if gone:
        cursor.execute(
            statement("plays.forget_tracks"),
            {
                "user_id": user_id,
                "track_ids": [key.rpartition(":")[2] for key in gone],
                "item_keys": gone,
            },
        )


def _windows(moments: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """The stretches to look at: years between two moments are not among them."""
    first: datetime | None = None
    last: datetime | None = None
    for moment in sorted(moments):
        if first is not None and last is not None and moment - first > WINDOW:
            yield first, last
            first = None
        first, last = first or moment, moment
    if first is not None and last is not None:
        yield first, last


class _Window:
    """Some days of a listener's plays. Only what lies between `begin` and `end` is changed; what is around helps to decide."""

    def __init__(
        self, cursor: Cursor, user_id: str, begin: datetime, end: datetime, tolerance_s: float, now: datetime
    ) -> None:
        self._cursor, self._user_id = cursor, user_id
        self._begin, self._end = begin, end
        self._tolerance_s, self._now = tolerance_s, now
        self._rows: list[Stored] = []
        self._is_stale = False

    def drop_returned(self, values: dict[str, Any], settled: Settled) -> None:
        """What was taken out, and has just been told of again, goes: it is known."""
        self._cursor.execute(statement("plays.drop_returned"), values)
        returned = self._cursor.fetchall()
        settled.known.update(source for source, _ in returned)
        forget_tracks(self._cursor, self._user_id, [item_key for _, item_key in returned])

    def read(self, values: dict[str, Any]) -> None:
        """The rows, as they are now."""
        self._cursor.execute(statement("plays.around"), values)
        self._rows = [Stored(*row) for row in self._cursor]
        self._values, self._is_stale = values, False

    def settle_api(self, settled: Settled) -> None:
        """The API's moments and the export's rows."""
        exported = [row for row in self._rows if row.source in (EXPORT, BOTH)]
        sightings = list(_sightings(self._rows))
        if not exported or not sightings:
            return
        names = {row.key: names_of(row.title, row.artists, row.isrc) for row in self._rows}
        found = pair(
            list(_spans_of_export(exported, names)),
            # What is said of a merged row's recording is true of what the API has shown, too.
            [Moment(each.item_key, names[each.holder.key], each.at) for each in sightings],
            self._tolerance_s,
        )
        seen = {exported[span].key: sightings[moment] for moment, span in found.items()}
        changed = [
            row for row in exported if self._is_ours(row.played_at) and _says_other(row, seen.get(row.key))
        ]
        settled.hosts[EXPORT] += sum(row.source == EXPORT and row.key in seen for row in changed)
        absorbed, released = [], []
        for place, each in enumerate(sightings):
            if not self._is_ours(each.at):
                continue
            if place in found and each.holder.source == API:
                absorbed.append((exported[found[place]], each.holder))
                is_known = not _says_other(exported[found[place]], each)
                (settled.known if is_known else settled.merged)[API] += 1
            elif place not in found and each.holder.source == BOTH:
                released.append(each)
        self._remove([host for host, _ in absorbed], [row for _, row in absorbed])
        self._merge([(row, seen.get(row.key)) for row in changed])
        self._release(released)
        out = [
            row
            for row in exported
            if not row.is_deleted and row.key in seen and seen[row.key].holder.is_deleted
        ]
        self._take_out(out)
        self._is_stale = bool(absorbed or changed or released or out)

    def settle_others(self, settled: Settled) -> None:
        """What other sources say of plays that are known from a better one, the best of them first."""
        if {row.source for row in self._rows}.isdisjoint(OTHERS):
            return
        if self._is_stale:
            self.read(self._values)
        for place, source in enumerate(OTHERS):
            better = {API, EXPORT, BOTH, *OTHERS[:place]}
            if source == LASTFM_MINUTES:
                self._take_in(self._of_one_minute(), source, settled)
                better.remove(LASTFM)  # what is of no play of that minute is another one
            told = self._told_by(source)
            hosts = [row for row in self._rows if row.source in better]
            if not told or not hosts:
                continue
            names = {row.key: names_of(row.title, row.artists, row.isrc) for row in (*told, *hosts)}
            found = pair(
                [_span(row, names[row.key]) for row in hosts],
                [_moment(row, names[row.key]) for row in told],
                _OTHER_TOLERANCE_S if source in (BY_NAME, ACCOUNT) else self._tolerance_s,
            )
            pairs = [(hosts[span], told[moment]) for moment, span in sorted(found.items())]
            # What has stayed beside a play of which its source had told already is another play.
            pairs = [(host, row) for host, row in pairs if row.is_new or source not in (host.also_in or ())]
            self._take_in(pairs, source, settled)

    def _told_by(self, source: str) -> list[Stored]:
        return [row for row in self._rows if row.source == source and self._is_ours(row.played_at)]

    def _of_one_minute(self) -> list[tuple[Stored, Stored]]:
        """Last.fm's scrobbles to the second, each with the one to the minute that is the same scrobble cut."""
        exact: dict[tuple[str, datetime], list[Stored]] = defaultdict(list)
        for row in self._rows:
            if row.source == LASTFM:
                exact[row.item_key, row.played_at.replace(second=0, microsecond=0)].append(row)
        cut = self._told_by(LASTFM_MINUTES)
        return [(found[0], row) for row in cut if (found := exact.get((row.item_key, row.played_at)))]

    def _take_in(self, pairs: Sequence[tuple[Stored, Stored]], source: str, settled: Settled) -> None:
        """Of each pair, let the second row, which `source` has told, become part of the first."""
        if not pairs:
            return
        for host, _ in pairs:
            (settled.known if source in (host.also_in or ()) else settled.merged)[source] += 1
        settled.hosts.update(host.source for host, _ in pairs if not host.also_in)
        self._remove([host for host, _ in pairs], [row for _, row in pairs])
        self._note_others(pairs, source)
        self._take_out([host for host, row in pairs if row.is_deleted and not host.is_deleted])
        self.read(self._values)

    def _is_ours(self, moment: datetime) -> bool:
        return self._begin <= moment <= self._end

    def _remove(self, hosts: Sequence[Stored], rows: Sequence[Stored]) -> None:
        """The rows, each of which has become part of the host at its place; a host that counts plays its own track on."""
        if not rows:
            return
        self._cursor.execute(statement("plays.remove"), {"user_id": self._user_id, **_keys(rows)})
        gone = [
            row.item_key
            for host, row in zip(hosts, rows, strict=True)
            if host.is_deleted or host.item_key != row.item_key
        ]
        forget_tracks(self._cursor, self._user_id, gone)

    def _merge(self, changed: Sequence[tuple[Stored, _Sighting | None]]) -> None:
        for is_deleted in (False, True):
            some = [(row, each) for row, each in changed if row.is_deleted == is_deleted]
            values = {
                **_keys([row for row, _ in some]),
                "api_played_at": [each.at if each else None for _, each in some],
                "api_item_key": [
                    each.item_key if each and each.item_key != row.item_key else None for row, each in some
                ],
                "context_uri": [each.context_uri if each else None for _, each in some],
                "also_in": [
                    _array({*(row.also_in or ()), *((each.holder.also_in or ()) if each else ())})
                    for row, each in some
                ],
            }
            if some:
                self._update("plays.merge", values, is_deleted=is_deleted)

    def _update(self, name: str, values: dict[str, Any], *, is_deleted: bool) -> None:
        """Run a statement that updates plays, or its like for those that were taken out."""
        query = statement(name)
        if is_deleted:
            query = query.replace("UPDATE plays", "UPDATE deleted_plays")
        self._cursor.execute(query, {"user_id": self._user_id, **values})

    def _release(self, sightings: Sequence[_Sighting]) -> None:
        """What the API has seen, and a better division gives to no row of the export, is a play of its own again."""
        for each in sightings:
            values = {
                "user_id": self._user_id,
                "at": each.at,
                "item_key": each.item_key,
                "context_uri": each.context_uri,
            }
            self._cursor.execute(statement("plays.release"), values)

    def _note_others(self, pairs: Sequence[tuple[Stored, Stored]], source: str) -> None:
        for is_deleted in (False, True):
            some = [(host, row) for host, row in pairs if host.is_deleted == is_deleted]
            values = {
                **_keys([host for host, _ in some]),
                "also_in": [
                    _array({*(host.also_in or ()), source, *(row.also_in or ())}) for host, row in some
                ],
                "ms_played": [row.ms_played if host.source == API else None for host, row in some],
            }
            if some:
                self._update("plays.note_others", values, is_deleted=is_deleted)

    def _take_out(self, rows: Sequence[Stored]) -> None:
        take_out(self._cursor, self._user_id, [row.key for row in rows], self._now)


def _sightings(rows: Iterable[Stored]) -> Iterator[_Sighting]:
    """What the API has shown, each play once: also where a row of its own has come again beside a merged one."""
    seen: set[tuple[datetime, str]] = set()
    for row in sorted(rows, key=lambda row: row.source != API):  # its own rows first: they can go
        if row.source == API:
            each = _Sighting(row.played_at, row.item_key, row.context_uri, row)
        elif row.source == BOTH and row.api_played_at is not None:
            each = _Sighting(row.api_played_at, row.api_item_key or row.item_key, row.context_uri, row)
        else:
            continue
        if (each.at, each.item_key) not in seen:
            seen.add((each.at, each.item_key))
            yield each


def _span(row: Stored, names: frozenset[tuple[str, ...]]) -> Span:
    """What is known of when it was played: of one moment and the song's length, as much as the two say together.

    The API's moment is the end, perhaps with a pause counted in; no row of it is from before 2019. Where no length is known, none is guessed: two rows of one
    play can be seen and taken out, a play that was swallowed cannot.
    """
    at, length = row.played_at, timedelta(milliseconds=row.duration_ms or 0)
    before, behind = (at - length, at), (at, at + length)
    if row.source == API:
        return Span(row.item_key, names, before[0], at, at, before[0], row.ms_played)
    if row.ms_played is None and _is_begin(row):
        return Span(row.item_key, names, at, behind[1], at, at, begins=(at, at), ends=behind)
    if row.ms_played is None:
        return Span(row.item_key, names, before[0], at, at, before[0], begins=before, ends=(at, at))
    began = min(row.started_at or row.played_at - timedelta(milliseconds=row.ms_played or 0), row.played_at)
    return Span(
        row.item_key, names, began, row.played_at, row.stamped_at or row.played_at, began, row.ms_played
    )


def _spans_of_export(
    rows: Sequence[Stored], names: Mapping[tuple[datetime, str, int], frozenset[tuple[str, ...]]]
) -> Iterator[Span]:
    """The spans, with what the row before says of those of which only the end is known: they began behind its end."""
    by_stamp = sorted(range(len(rows)), key=lambda place: rows[place].stamped_at or rows[place].played_at)
    ends = {place: rows[before].played_at for before, place in pairwise(by_stamp)}
    for place, row in enumerate(rows):
        span = _span(row, names[row.key])
        slack = span.began_at - ends[place] if row.started_at is None and place in ends else timedelta(0)
        most = LONGEST_LATE if row.reason_end in LATE_REASONS else PAUSE
        yield span._replace(earliest=ends[place]) if timedelta(0) < slack <= most else span


def _moment(row: Stored, names: frozenset[tuple[str, ...]]) -> Moment:
    """A play as another source tells of it."""
    behind = _CUT_TO_MINUTE_S if row.source in CUT_TO_MINUTE else 0.0
    is_begin = _is_begin(row)
    is_from_api = row.source in _FROM_API and is_begin is False and row.ms_played is None
    pause = PAUSE if is_from_api else timedelta(0)
    return Moment(row.item_key, names, row.played_at, 0.0, behind, row.ms_played, pause, is_begin)


def _is_begin(row: Stored) -> bool | None:
    """Whether the moment by which another source tells of a play is its beginning; None where the source does not say."""
    if row.ms_played is None and row.started_at is not None:
        return True  # a beginning alone: of it and a length, the end is stored
    return None if row.source == MALOJA and row.ms_played is None else False


def _says_other(row: Stored, each: _Sighting | None) -> bool:
    """Whether a row of the export does not say yet what the API has shown of it."""
    if each is None:
        return row.source == BOTH
    now = (row.api_played_at, row.api_item_key or row.item_key, row.context_uri)
    return row.source != BOTH or now != (each.at, each.item_key, each.context_uri)


def _array(sources: set[str]) -> str | None:
    """As PostgreSQL writes an array; NULL for none."""
    return "{" + ",".join(sorted(sources)) + "}" if sources else None


def _keys(rows: Sequence[Stored]) -> dict[str, list[Any]]:
    return _columns([row.key for row in rows])


def _columns(keys: Sequence[tuple[datetime, str, int]]) -> dict[str, list[Any]]:
    return {
        "played_at": [played_at for played_at, _, _ in keys],
        "item_key": [item_key for _, item_key, _ in keys],
        "part": [part for _, _, part in keys],
    }
