"""One pass over a library with a market: the pages, then what they do not cover, then replacements."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from psycopg2.extensions import cursor as Cursor

from api_syncs.availability import (
    Answer,
    Groups,
    Test,
    album_entries,
    find_replacement,
    line_up,
    parse_liked,
    parse_only,
    same_isrc,
    same_name,
    same_place,
)
from utils.database.statements import statement
from utils.database.tables import TRACK_AVAILABILITY
from utils.database.upsert import upsert
from utils.errors import NotFoundError
from utils.job.budget import AVAILABILITY, LIBRARY_PAGES, Budget
from utils.job.checkpoint import Checkpoint
from utils.job.run import Run
from utils.mirror.catalogue import save_catalogue
from utils.spotify.client import BATCH_MAX, PAGE, Payload, in_order
from utils.spotify.payloads import (
    BadItemError,
    Page,
    Track,
    page,
)

T = TypeVar("T")

PHASES = ("tracks", "albums", "album_tracks", "rest")
SEARCHES = 20  # for replacements, per run
SEARCH_AGAIN = timedelta(days=30)  # after a search that found none


class AvailabilityPass:
    """Reads the library in a market; each page is committed with the checkpoint behind it.

    Every row it writes carries the pass's start, so that what has been covered can be told from the table.
    """

    def __init__(self, run: Run, state: Checkpoint, market: str) -> None:
        self.run = run
        self.state = state
        self.market = market
        self.values = {"user_id": run.user.user_id, "market": market, "start": state.started_at}
        self.pages_left = Budget(run, "library", LIBRARY_PAGES).left
        self.requests_left = Budget(run, "catalogue", AVAILABILITY).left  # single objects and searches

    @property
    def phase(self) -> str:
        """One of PHASES."""
        return str(self.state.cursor["phase"])

    def read(self) -> None:
        """Go on from the checkpoint, to the end of the pass or of this run's share of it."""
        if self.phase == "tracks":
            self._read_pages(self._liked_page, self._take_liked)
        if self.phase == "albums":
            self._read_pages(self._albums_page, self._take_albums)
        if self.phase == "album_tracks":
            self._read_long_albums()
        if self.phase != PHASES[-1]:
            self.run.log.info(
                "the day's budget is used up: the pages from here on are left for the next runs"
            )
            return
        unread = self._read_single_tracks()
        unsearched = self._find_replacements()
        with self.run.batch() as cursor:
            if not unread and not unsearched:
                self.state.is_complete = True
            self._save_state(cursor)
            known = [is_playable for _, _, is_playable, _, is_own in self._library(cursor) if is_own]
        self.run.log.info(
            "in %s: %s playable, %s not playable, %s unknown",
            self.market,
            *(f"{known.count(value):,}" for value in (True, False, None)),
        )
        if unread or unsearched:
            self.run.log.info(
                "left for the next runs: %s tracks to ask about, %s searches", unread, unsearched
            )

    # Pages

    def _liked_page(self, offset: int) -> Payload:
        return self.run.spotify.saved_tracks(offset, self.market)

    def _albums_page(self, offset: int) -> Payload:
        return self.run.spotify.saved_albums(offset, self.market)

    def _read_pages(self, fetch: Callable[[int], Payload], take: Callable[[Cursor, Page], None]) -> None:
        """The pages from the checkpoint on that the budget allows, a few at a time; after the last comes the next phase."""
        state, done = self.state, False
        while not done:
            offsets = range(state.offset, max(state.total or 0, state.offset + 1), PAGE)[: self.pages_left()]
            if not offsets:
                break
            for offset, payload in in_order(fetch, offsets):
                content = page(payload)
                done = not content.has_next or not content.items
                with self.run.batch() as cursor:
                    take(cursor, content)
                    state.offset, state.total = offset + PAGE, content.total
                    if done:
                        self._next_phase()
                    self._save_state(cursor)
                self.run.progress(min(offset + PAGE, content.total), content.total)
                if done:
                    break

    def _take_liked(self, cursor: Cursor, content: Page) -> None:
        groups: dict[object, list[Answer]] = defaultdict(list)
        for item in content.items:
            for moment, answer in self._readable(parse_liked, item):
                groups[moment].append(answer)
        self._store(cursor, statement("availability.liked"), groups, same_isrc, same_name)

    def _take_albums(self, cursor: Cursor, content: Page) -> None:
        entries = [pair for item in content.items for pair in self._readable(album_entries, item)]
        self._take_album_tracks(cursor, entries)

    def _take_album_tracks(
        self, cursor: Cursor, entries: Iterable[tuple[str, dict[str, Any] | None]]
    ) -> None:
        groups: dict[object, list[Answer]] = defaultdict(list)
        for album_id, item in entries:
            groups[album_id] += self._readable(parse_only, item)
        self._store(cursor, statement("availability.on_albums"), groups, same_place, same_name)

    def _read_long_albums(self) -> None:
        """The further pages of saved albums with more than 50 tracks, as far as the budget goes."""
        with self.run.batch() as cursor:
            cursor.execute(statement("availability.long_albums"), {**self.values, "page": PAGE})
            albums: list[tuple[str, int]] = sorted(cursor.fetchall())
        done = (str(self.state.cursor.get("album_id", "")), self.state.offset)
        pages = [(album_id, offset) for album_id, total in albums for offset in range(PAGE, total, PAGE)]
        pages = [wish for wish in pages if wish > done]
        affordable = pages[: self.requests_left()]

        def fetch(wish: tuple[str, int]) -> Payload:
            try:
                return self.run.spotify.album_tracks(*wish, self.market)
            except NotFoundError:  # says nothing about its tracks
                return {"items": [], "total": 0}

        for (album_id, offset), payload in in_order(fetch, affordable):
            with self.run.batch() as cursor:
                self._take_album_tracks(cursor, [(album_id, item) for item in page(payload).items])
                self.state.cursor["album_id"], self.state.offset = album_id, offset
                self._save_state(cursor)
        if len(affordable) == len(pages):
            with self.run.batch() as cursor:
                self._next_phase()
                self._save_state(cursor)

    def _store(self, cursor: Cursor, sql: str, groups: Groups, *tests: Test) -> None:
        """Line each group up with the stored tracks of the same key, and write what is known now."""
        cursor.execute(sql, {**self.values, "keys": list(groups)})
        stored: dict[object, list[Track]] = defaultdict(list)
        for key, *columns in cursor:
            stored[key].append(Track(*columns))
        found: dict[str, Answer] = {}
        for key, answers in groups.items():
            found |= line_up(stored[key], answers, *tests)
        self._write(cursor, found, sum(len(answers) for answers in groups.values()))

    def _write(self, cursor: Cursor, found: Mapping[str, Answer], read: int) -> None:
        start = self.state.started_at
        rows = [answer.row(self.market, track_id, start) for track_id, answer in found.items()]
        self.run.tally.add(upsert(cursor, TRACK_AVAILABILITY, rows), read)
        self.state.items_processed += read

    def _readable(
        self, parse: Callable[[dict[str, Any]], Iterable[T]], item: dict[str, Any] | None
    ) -> list[T]:
        """What an entry holds: nothing where it is null, or cannot be read."""
        try:
            return list(parse(item)) if item is not None else []
        except BadItemError as error:
            self.run.bad_item(error)
            return []

    # Tracks that no page has covered

    def _library(self, cursor: Cursor) -> list[tuple[str, str | None, bool | None, bool, bool]]:
        """(track_id, ISRC, is_playable, covered by this pass, in the library), most wanted first.

        Those that are not in the library take the place of one that is.
        """
        cursor.execute(statement("availability.library"), self.values)
        return cursor.fetchall()

    def _read_single_tracks(self) -> int:
        """Ask about as many as the budget allows, leaving room for the searches; the number of those left."""
        with self.run.batch() as cursor:
            missing = [
                (track_id, is_own)
                for track_id, _, _, is_covered, is_own in self._library(cursor)
                if not is_covered
            ]
        own = {track_id for track_id, is_own in missing if is_own}
        left = [track_id for track_id, _ in missing]
        while wanted := left[: min(self._single_tracks_left(), BATCH_MAX["tracks"])]:
            unasked = set(wanted)
            for track_id, payload in self.run.spotify.tracks(wanted, self.market):
                unasked.discard(track_id)
                self._take_single(track_id, payload, is_own=track_id in own)
            for track_id in sorted(unasked):  # not an id that Spotify could know
                self._take_single(track_id, None, is_own=track_id in own)
            left = left[len(wanted) :]
            self.run.progress(len(missing) - len(left), len(missing))
        return len(left)

    def _single_tracks_left(self) -> int:
        """How many the budget allows."""
        return max(self.requests_left() - SEARCHES, 0) * self.run.spotify.per_request("tracks")

    def _take_single(self, track_id: str, payload: Payload | None, *, is_own: bool) -> None:
        answers = self._readable(parse_only, payload)
        with self.run.batch() as cursor:
            if answers:
                self._write(cursor, {track_id: answers[0]}, 1)
            elif is_own:
                cursor.execute(statement("availability.keep"), {**self.values, "track_id": track_id})
            else:  # no replacement for anything
                cursor.execute(statement("availability.forget"), {**self.values, "track_id": track_id})
            self._save_state(cursor)

    # Replacements

    def _find_replacements(self) -> int:
        """Replace what is not playable, from what is stored or by this run's share of searches; how many are left."""
        now = self.run.clock.now()
        with self.run.batch() as cursor:
            lost = {
                track_id: isrc
                for track_id, isrc, is_playable, _, is_own in self._library(cursor)
                if is_own and is_playable is False
            }
            values = {**self.values, "ids": list(lost), "now": now, "asked_since": now - SEARCH_AGAIN}
            cursor.execute(statement("availability.forget_replacements"), values)
            if lost:  # it looks at every stored track
                cursor.execute(statement("availability.replace_from_library"), values)
            cursor.execute(statement("availability.settled_replacements"), values)
            settled = {track_id for (track_id,) in cursor}
        wanted: dict[str, list[str]] = defaultdict(
            list
        )  # by recording: one search is enough for its releases
        for track_id, isrc in lost.items():
            if isrc is not None and isrc.isalnum() and track_id not in settled:
                wanted[isrc].append(track_id)
        affordable = min(SEARCHES, self.requests_left())
        for isrc, track_ids in list(wanted.items())[:affordable]:
            payload = self.run.spotify.search_isrc(isrc, self.market)
            results = page(payload["tracks"] if isinstance(payload.get("tracks"), dict) else {}).items
            answers = [answer for item in results for answer in self._readable(parse_only, item)]
            found = find_replacement(answers, isrc, set(lost))
            self._store_search(track_ids, found)
        return max(len(wanted) - affordable, 0)

    def _store_search(self, track_ids: Sequence[str], found: Answer | None) -> None:
        now = self.run.clock.now()
        with self.run.batch() as cursor:
            if found is not None:
                save_catalogue(cursor, [found.payload], [], now)
                self._write(cursor, {found.track.track_id: found}, 1)
            replacement_id = found.track.track_id if found is not None else None
            values = {**self.values, "ids": track_ids, "replacement_id": replacement_id, "now": now}
            cursor.execute(statement("availability.store_search"), values)

    # The checkpoint

    def _next_phase(self) -> None:
        state = self.state
        state.cursor = {"market": self.market, "phase": PHASES[PHASES.index(self.phase) + 1]}
        state.offset, state.total = 0, None

    def _save_state(self, cursor: Cursor) -> None:
        self.state.save(cursor, self.run.clock.now())
        self.run.tally.checkpoint_offset = self.state.offset
