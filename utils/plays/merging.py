"""The table `plays` as one truth: sightings of the same play by several sources become one row.

What the API and the export have both seen is the export's row, with `source` 'both' and what the API has said (`api_played_at`,
`api_item_key`, the context). What an account-data file or another tool has seen as well is no row of its own: `also_in` of the row
that was already known names the source. Which sightings belong together is decided by `pairing`, and for all of some days at once,
also for those that were merged before: so the rows do not depend on what came first. What a listener has taken out stays out, whichever
source tells of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.garbage import without_collection
from utils.plays.pairing import Moment, pair
from utils.plays.sources import ACCOUNT, API, BOTH, BY_NAME, EXPORT, LASTFM, LASTFM_MINUTES, OTHERS
from utils.plays.told import (
    Recording,
    Sighting,
    Stored,
    moment_of,
    recordings,
    says_other,
    sightings,
    span_of,
    spans_of_export,
)
from utils.plays.writing import MARGIN, Changes, columns_of, forget_tracks, lock, take_out

# Of plays that are looked at together: some 10 MB of a listener who hardly does anything else.
WINDOW = timedelta(days=120)
_CHANGED = timedelta(days=3)  # around the days that are asked for; farther away things are left as they are
_OTHER_TOLERANCE_S = 5.0  # of account data against the export, which are one source


@dataclass
class Settled:
    """What settling has changed: rows by source that became part of another, and those of which that was known already."""

    merged: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    # Rows, by source, that have taken something in that was not known to be the same play.
    hosts: Counter[str] = field(default_factory=Counter)


def settle(
    cursor: Cursor, user_id: str, moments: Iterable[datetime], tolerance_s: float, now: datetime
) -> Settled:
    """Let the plays around these moments (aware, one or more), as they are stored, be one truth.

    Part of the transaction that has written plays of these days, which has to have called `lock` before it wrote.
    """
    settled = Settled()
    for first, last in _windows(moments):
        window = _Window(cursor, user_id, first, last, tolerance_s, now)
        if window.has_others():
            with without_collection():
                window.drop_returned(settled)
                window.read()
                window.settle_api(settled)
                window.settle_others(settled)
    return settled


def settle_detailed(cursor: Cursor, user_id: str, tolerance_s: float, now: datetime) -> Settled:
    """Settle the days of plays that could not be compared when they came, as nothing was known of their tracks, and now it is.

    One statement where there are none. Part of a transaction that has written no plays.
    """
    cursor.execute(statement("plays.detailed"), {"user_id": user_id})
    track_ids = [track_id for (track_id,) in cursor]
    if not track_ids:
        return Settled()
    lock(cursor, user_id)
    item_keys = [f"spotify:track:{track_id}" for track_id in track_ids]
    cursor.execute(statement("plays.days_of_detailed"), {"user_id": user_id, "item_keys": item_keys})
    days = [day for (day,) in cursor]
    settled = settle(cursor, user_id, [*days, *(day + timedelta(days=1) for day in days)], tolerance_s, now)
    cursor.execute(statement("plays.note_detailed"), {"user_id": user_id, "track_ids": track_ids})
    return settled


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
    cursor.execute(statement("plays.restore"), {"user_id": user_id, **columns_of(keys)})
    moments = [played_at for played_at, _, _ in keys]
    return settle(cursor, user_id, moments, tolerance_s, now)


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
    """Some days of a listener's plays. Only what lies near `first` to `last` is changed; what is around helps to decide."""

    def __init__(
        self, cursor: Cursor, user_id: str, first: datetime, last: datetime, tolerance_s: float, now: datetime
    ) -> None:
        self._cursor, self._user_id = cursor, user_id
        self._begin, self._end = first - _CHANGED, last + _CHANGED
        self._around = {"user_id": user_id, "begin": first - MARGIN, "end": last + MARGIN}
        self._changes = Changes(cursor, user_id, self._around)
        self._tolerance_s, self._now = tolerance_s, now
        self._rows: list[Stored] = []
        self._recordings: dict[str, Recording] = {}
        self._is_stale = False

    def has_others(self) -> bool:
        """Whether there is anything to decide."""
        self._cursor.execute(statement("plays.has_others"), self._around)
        return self._cursor.fetchone() == (True,)

    def drop_returned(self, settled: Settled) -> None:
        """What was taken out, and has just been told of again, goes: it is known."""
        self._cursor.execute(statement("plays.drop_returned"), self._around)
        returned = self._cursor.fetchall()
        settled.known.update(source for source, _ in returned)
        forget_tracks(self._cursor, self._user_id, [item_key for _, item_key in returned])

    def read(self) -> None:
        """The rows, as they are now, and what they are of."""
        self._cursor.execute(statement("plays.recordings_around"), self._around)
        self._recordings = recordings(self._cursor)
        self._cursor.execute(statement("plays.around"), self._around)
        self._rows = list(map(Stored._make, self._cursor))
        self._is_stale = False

    def settle_api(self, settled: Settled) -> None:
        """The API's moments and the export's rows."""
        exported = [row for row in self._rows if row.source in (EXPORT, BOTH)]
        shown = list(sightings(self._rows))
        if not exported or not shown:
            return
        found = pair(
            list(spans_of_export(exported, self._recordings)),
            # What is said of a merged row's recording is true of what the API has shown, too.
            [Moment(each.item_key, self._recordings[each.holder.item_key].names, each.at) for each in shown],
            self._tolerance_s,
        )
        seen: list[Sighting | None] = [None] * len(exported)
        for moment, span in found.items():
            seen[span] = shown[moment]
        changed = [
            (row, each)
            for row, each in zip(exported, seen, strict=True)
            if self._is_ours(row.played_at) and says_other(row, each)
        ]
        settled.hosts[EXPORT] += sum(row.source == EXPORT and each is not None for row, each in changed)
        absorbed, released = [], []
        for place, each in enumerate(shown):
            if not self._is_ours(each.at):
                continue
            if place in found and each.holder.source == API:
                absorbed.append((exported[found[place]], each.holder))
                is_known = not says_other(exported[found[place]], each)
                (settled.known if is_known else settled.merged)[API] += 1
            elif place not in found and each.holder.source == BOTH:
                released.append(each)
        self._changes.remove([host for host, _ in absorbed], [row for _, row in absorbed])
        self._changes.merge(changed)
        self._changes.release(released)
        out = [
            row
            for row, each in zip(exported, seen, strict=True)
            if each is not None and each.holder.is_deleted and not row.is_deleted
        ]
        self._take_out(out)
        self._is_stale = bool(absorbed or changed or released or out)

    def settle_others(self, settled: Settled) -> None:
        """What other sources say of plays that are known from a better one, the best of them first."""
        if {row.source for row in self._rows}.isdisjoint(OTHERS):
            return
        if self._is_stale:
            self.read()
        for place, source in enumerate(OTHERS):
            better = {API, EXPORT, BOTH, *OTHERS[:place]}
            if source == LASTFM_MINUTES:
                self._take_in(self._of_one_minute(), source, settled)
                better.remove(LASTFM)  # what is of no play of that minute is another one
            told = self._told_by(source)
            hosts = [row for row in self._rows if row.source in better]
            if not told or not hosts:
                continue
            found = pair(
                [span_of(row, self._recordings[row.item_key]) for row in hosts],
                [moment_of(row, self._recordings[row.item_key]) for row in told],
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
        self._changes.remove([host for host, _ in pairs], [row for _, row in pairs])
        self._changes.note_others(pairs, source)
        self._take_out([host for host, row in pairs if row.is_deleted and not host.is_deleted])
        self.read()

    def _is_ours(self, moment: datetime) -> bool:
        return self._begin <= moment <= self._end

    def _take_out(self, rows: Sequence[Stored]) -> None:
        take_out(self._cursor, self._user_id, [row.key for row in rows], self._now)
