"""One pass over a library with a market: the pages, then what they do not cover, then replacements."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

from api_syncs.availability import (
    Answer,
    Groups,
    Test,
    album_entries,
    find_replacement,
    line_up,
    parse_answer,
    parse_liked,
    same_isrc,
    same_name,
    same_place,
)
from utils.database.rows import Counts, read, upsert_news
from utils.database.statements import statement
from utils.database.tables import Track
from utils.errors import NotFoundError, Skipped
from utils.job.budget import AVAILABILITY, LIBRARY_PAGES, Budget
from utils.job.declaration import Entity, Renewal
from utils.job.spotify_run import SpotifyRun
from utils.mirror.catalogue import hold, save_catalogue
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.refusals import Refusals
from utils.spotify.client import BATCH_MAX
from utils.spotify.fields import Payload
from utils.spotify.in_order import in_order
from utils.spotify.payloads import PAGE, Page, page
from utils.words import counted

PHASES = ("tracks", "albums", "album_tracks", "rest")
REFUSED = "track"  # the kind of question
AVAILABLE = Entity(
    "availability", (Renewal(statement("availability.searched_long_ago")),), refusals=(REFUSED,)
)
SEARCHES = 20  # for replacements, per run
SEARCH_PAGE = 10  # results
SEARCH_AGAIN = timedelta(days=30)  # after a search that found none


@dataclass
class AvailabilityState(PassState):
    """The market, which of PHASES the pass is in, and in "album_tracks" the album it is at."""

    market: str | None = None
    phase: str = PHASES[0]
    album_id: str = ""

    def kept(self) -> "AvailabilityState":
        """The pages are read anew; what comes after them goes on."""
        is_after_pages = self.phase == PHASES[-1]
        return AvailabilityState(market=self.market, phase=PHASES[-1] if is_after_pages else PHASES[0])


class Lined(NamedTuple):
    """Answers of a page by what they have in common with stored tracks, the statement that finds those, and how the two are told apart."""

    sql: str
    groups: Groups
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class StoredTrack:
    """A track of the library, with what the answers about it have in common with it: its moment, or its album."""

    key: object
    track_id: str
    name: str | None
    disc_number: int | None
    track_number: int | None
    duration_ms: int | None
    isrc: str | None

    def track(self) -> Track:
        """Without the key."""
        return Track(
            self.track_id,
            name=self.name,
            disc_number=self.disc_number,
            track_number=self.track_number,
            duration_ms=self.duration_ms,
            isrc=self.isrc,
        )


class AvailabilityPass(Pass[AvailabilityState]):
    """Reads the library in a market.

    Every row it writes carries the pass's start, so that what has been covered can be told from the table.
    """

    def __init__(self, run: SpotifyRun, market: str) -> None:
        super().__init__(run, AVAILABLE.name, AvailabilityState)
        self.market = market
        self.pages_left = Budget(run, "library", LIBRARY_PAGES).left
        self.requests_left = Budget(run, "catalogue", AVAILABILITY).left  # single objects and searches
        self.refusals = Refusals(run, REFUSED)

    @property
    def values(self) -> dict[str, object]:
        """What the statements of availability.sql take."""
        which = {"user_id": self.run.user.user_id, "market": self.market}
        return {**which, "start": self.started_at, "now": self.run.clock.now()}

    def begin_where_due(self, interval: timedelta, *, is_forced: bool) -> None:
        """Go on with the pass under way, or begin one where that is due. Raises Skipped where it is not.

        A pass that has read its pages may need days for the rest; it does not put off the next one.
        """
        is_other_market = self.state.market != self.market
        is_due = self.started_at + interval <= self.run.clock.now()
        if self.is_complete and not (is_due or is_other_market or is_forced):
            raise Skipped(
                f"checked on {self.started_at:%Y-%m-%d}; again after {interval.days} days, at once with --force"
            )
        is_read = self.is_complete or self.state.phase == PHASES[-1]
        if self.is_complete or is_other_market or (is_due and is_read):
            self.begin(AvailabilityState(market=self.market))
            self.started_at, self.total = self.run.clock.now(), None

    def go_on(self) -> None:
        """Go on from the checkpoint, to the end of the pass or of this run's share of it."""
        if self.state.phase == "tracks":
            self._read_pages("me/tracks", self._liked)
        if self.state.phase == "albums":
            self._read_pages("me/albums", self._albums)
        if self.state.phase == "album_tracks":
            self._read_long_albums()
        if self.state.phase != PHASES[-1]:
            self.run.log.info(
                "the day's budget of requests is used up: the pages from here on are left for the next runs"
            )
            return
        unread = self._read_single_tracks()
        self.check_readable()
        unsearched = self._find_replacements()
        self.check_readable()

        def end(_: Batch) -> None:
            self.is_complete = not unread and not unsearched

        self.write(end)
        with self.run.transaction() as cursor:
            known = [is_playable for _, _, is_playable, _, is_own in self._library(cursor) if is_own]
        self.run.log.info(
            "in %s: %s playable, %s not playable, %s unknown",
            self.market,
            *(f"{known.count(value):,}" for value in (True, False, None)),
        )
        if unread or unsearched:
            self.run.log.info(
                "left for the next runs: %s to ask about, %s",
                counted(unread, "track"),
                counted(unsearched, "search", "searches"),
            )

    # Pages

    def _read_pages(self, endpoint: str, read_page: Callable[[Page], Lined]) -> None:
        """The pages from the checkpoint on that the budget allows, a few at a time; after the last comes the next phase."""

        def fetch(offset: int) -> Payload:
            return self.run.spotify.page(endpoint, offset, self.market)

        done = False
        while not done:
            offsets = range(self.offset, max(self.total or 0, self.offset + 1), PAGE)[: self.pages_left()]
            if not offsets:
                break
            for offset, payload in in_order(
                fetch, offsets, self.run.app_settings.number("sync.pages_at_once")
            ):
                content = page(payload)
                # A page that comes emptied is not the last: what it lacks is asked about singly.
                done = (not content.has_next or not content.items) and offset + PAGE >= content.total
                self.write(
                    partial(self._write_page, read_page(content), offset + PAGE, content.total, is_last=done)
                )
                self.check_readable(content.total)
                self.run.progress(min(offset + PAGE, content.total), content.total)
                if done:
                    break

    def _write_page(self, lined: Lined, offset: int, total: int, batch: Batch, *, is_last: bool) -> None:
        self._store(batch, lined)
        self.offset, self.total = offset, total
        if is_last:
            self._next_phase()

    def _liked(self, content: Page) -> Lined:
        groups: dict[object, list[Answer]] = defaultdict(list)
        for moment, answer in self.read(content.items, parse_liked).entries:
            groups[moment].append(answer)
        return Lined(statement("availability.liked"), groups, (same_isrc, same_name))

    def _albums(self, content: Page) -> Lined:
        return self._album_tracks(self.read(content.items, album_entries).entries)

    def _album_tracks(self, albums: Iterable[tuple[str, Sequence[object]]]) -> Lined:
        groups: dict[object, list[Answer]] = defaultdict(list)
        for album_id, items in albums:
            groups[album_id] += self.read(items, parse_answer).entries
        return Lined(statement("availability.on_albums"), groups, (same_place, same_name))

    def _read_long_albums(self) -> None:
        """The further pages of saved albums with more than 50 tracks, as far as the budget goes."""
        with self.run.transaction() as cursor:
            cursor.execute(statement("availability.long_albums"), {**self.values, "page": PAGE})
            albums: list[tuple[str, int]] = sorted(cursor.fetchall())
        done = (self.state.album_id, self.offset)
        pages = [(album_id, offset) for album_id, total in albums for offset in range(PAGE, total, PAGE)]
        pages = [each for each in pages if each > done]
        affordable = pages[: self.requests_left()]

        def fetch(wanted: tuple[str, int]) -> Payload:
            try:
                return self.run.spotify.album_tracks(*wanted, self.market)
            except NotFoundError:  # says nothing about its tracks
                return {"items": [], "total": 0}

        for (album_id, offset), payload in self.run.in_order(fetch, affordable):
            lined = self._album_tracks([(album_id, page(payload).items)])
            self.write(partial(self._write_album_page, lined, album_id, offset))
            self.check_readable()
        if len(affordable) == len(pages):
            self.write(lambda _: self._next_phase())

    def _write_album_page(self, lined: Lined, album_id: str, offset: int, batch: Batch) -> None:
        self._store(batch, lined)
        self.state.album_id, self.offset = album_id, offset

    def _store(self, batch: Batch, lined: Lined) -> None:
        """Line each group up with the stored tracks of the same key, and write what is known now."""
        batch.cursor.execute(lined.sql, {**self.values, "keys": list(lined.groups)})
        stored: dict[object, list[Track]] = defaultdict(list)
        for candidate in read(batch.cursor, StoredTrack):
            stored[candidate.key].append(candidate.track())
        found: dict[str, Answer] = {}
        for key, answers in lined.groups.items():
            found |= line_up(stored[key], answers, *lined.tests)
        self._write(batch, found)

    def _write(self, batch: Batch, found: Mapping[str, Answer]) -> None:
        """Store answers, and count each track once per pass: what a page says about it again is no more news."""
        rows = [answer.row(self.market, track_id, self.started_at) for track_id, answer in found.items()]
        batch.execute("availability.known", {**self.values, "track_ids": list(found)})
        known = {track_id: (is_covered, said) for track_id, is_covered, *said in batch.cursor}
        upsert_news(batch.cursor, rows)
        for row in rows:
            is_covered, said = known.get(row.track_id, (False, None))
            if is_covered:
                continue
            says_nothing_else = row.is_playable is None or said == row.said
            batch.counts += (
                Counts(inserted=1)
                if said is None
                else Counts(unchanged=1)
                if says_nothing_else
                else Counts(updated=1)
            )

    # Tracks that no page has covered

    def _library(self, cursor: Cursor) -> list[tuple[str, str | None, bool | None, bool, bool]]:
        """(track_id, ISRC, is_playable, covered by this pass, in the library), most wanted first.

        Those that are not in the library take the place of one that is.
        """
        cursor.execute(statement("availability.library"), self.values)
        return cursor.fetchall()

    def _read_single_tracks(self) -> int:
        """Ask about as many as the budget allows, leaving room for the searches; the number of those left."""
        refused = self.refusals.lasting()
        with self.run.transaction() as cursor:
            missing = [
                (track_id, is_own)
                for track_id, _, _, is_covered, is_own in self._library(cursor)
                if not is_covered and track_id not in refused
            ]
        own = {track_id for track_id, is_own in missing if is_own}
        left = [track_id for track_id, _ in missing]
        unanswered = 0
        while wanted := left[: min(self._single_tracks_left(), BATCH_MAX["tracks"])]:
            unasked = set(wanted)
            for track_id, payload in self.run.spotify.tracks(wanted, self.market):
                unasked.discard(track_id)
                unanswered += not self._take_single(track_id, payload, is_own=track_id in own)
            for track_id in sorted(unasked):  # not an id that Spotify could know
                self.write(partial(self._give_up, track_id, is_own=track_id in own))
            left = left[len(wanted) :]
            self.run.progress(len(missing) - len(left), len(missing))
            self.check_readable()
        return len(left) + unanswered

    def _single_tracks_left(self) -> int:
        """How many the budget allows."""
        return max(self.requests_left() - SEARCHES, 0) * self.run.spotify.per_request("tracks")

    def _take_single(self, track_id: str, payload: Payload | None, *, is_own: bool) -> bool:
        """Store what was said about a track; False where it has to be asked for again.

        So it has where the answer could not be read, and where Spotify does not know the track, until that is repeated.
        """
        reading = self.read([payload], parse_answer)
        if reading.bad:
            return False
        is_settled = True

        def store(batch: Batch) -> None:
            nonlocal is_settled
            if reading.entries:
                self._write(batch, {track_id: reading.entries[0]})
                self.refusals.note(batch.cursor, [], [track_id])
                return
            is_settled = track_id in self.refusals.note(batch.cursor, [track_id])
            if is_settled:
                self._give_up(track_id, batch, is_own=is_own)

        self.write(store)
        return is_settled

    def _give_up(self, track_id: str, batch: Batch, *, is_own: bool) -> None:
        """Nothing is to be learnt about a track: what is known of one's own stays, no other replaces anything."""
        which = {**self.values, "track_id": track_id}
        if is_own:
            batch.execute("availability.keep", which)
        else:
            batch.execute("availability.forget", which)

    # Replacements

    def _find_replacements(self) -> int:
        """Replace what is not playable, from what is stored or by this run's share of searches; how many are left."""
        lost, settled = self.run.write(self._replace_from_library)
        wanted: dict[str, list[str]] = defaultdict(
            list
        )  # by recording: one search is enough for its releases
        for track_id, isrc in lost.items():
            if isrc is not None and isrc.isalnum() and track_id not in settled:
                wanted[isrc].append(track_id)
        affordable = min(SEARCHES, self.requests_left())
        unreadable = 0
        for isrc, track_ids in list(wanted.items())[:affordable]:
            reading = self.read(self._search(isrc), parse_answer)
            if reading.bad and not reading.entries:
                unreadable += 1
            else:
                self._store_search(track_ids, find_replacement(reading.entries, isrc, set(lost)))
        return max(len(wanted) - affordable, 0) + unreadable

    def _replace_from_library(self, cursor: Cursor) -> tuple[dict[str, str | None], set[str]]:
        """The listener's tracks that are not playable, with their ISRC, and those of them that need no search now."""
        now = self.run.clock.now()
        lost = {
            track_id: isrc
            for track_id, isrc, is_playable, _, is_own in self._library(cursor)
            if is_own and is_playable is False
        }
        values = {**self.values, "ids": list(lost), "now": now, "asked_since": now - SEARCH_AGAIN}
        hold(cursor)  # `clean` deletes replacements, too, and what is pointed to from here on stays
        cursor.execute(statement("availability.forget_replacements"), values)
        if lost:  # it looks at every stored track
            cursor.execute(statement("availability.replace_from_library"), values)
        cursor.execute(statement("availability.settled_replacements"), values)
        return lost, {track_id for (track_id,) in cursor}

    def _search(self, isrc: str) -> list[object]:
        """Up to 10 tracks of a recording."""
        answer = self.run.spotify.get(
            "search", q=f"isrc:{isrc}", type="track", limit=SEARCH_PAGE, market=self.market
        )
        return page(answer["tracks"] if isinstance(answer.get("tracks"), dict) else {}).items

    def _store_search(self, track_ids: Sequence[str], found: Answer | None) -> None:
        def store(batch: Batch) -> None:
            if found is not None:
                save_catalogue(batch.cursor, [found.payload], [], batch.now)
                self._write(batch, {found.track.track_id: found})
            replacement_id = found.track.track_id if found is not None else None
            values = {**self.values, "ids": track_ids, "replacement_id": replacement_id, "now": batch.now}
            batch.execute("availability.store_search", values)

        self.write(store)

    def _next_phase(self) -> None:
        following = PHASES[PHASES.index(self.state.phase) + 1]
        self.state = AvailabilityState(market=self.market, phase=following)
        self.offset, self.total = 0, None
