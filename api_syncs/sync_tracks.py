"""Fill in the details of played tracks that are known only by name, as an imported history has them.

What is played most comes first, album by album, as the history names artist and album: one request for a track says which
album that is, one for the album brings the others (up to 50), one more for each 50 behind them where that is fewer than
asking for each. A track of which something could not be read waits for another run. So 15,000 tracks of 4,000 albums are some 8,000 requests, over weeks, within the day's budget. An id that Spotify
knows no more keeps the name that it has. What is liked, or played since this runs here, has come with its details.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import ceil

from api_syncs.whole_albums import (
    Answer,
    note_unknown,
    read_whole_albums,
    store_whole_albums,
    unreadable_ones,
)
from utils.database.rows import Counts
from utils.database.statements import statement
from utils.database.tables import Album
from utils.errors import NotFoundError
from utils.job.budget import TRACKS, Budget
from utils.job.declaration import Entity
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.catalogue import save_catalogue
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.refusals import UNREADABLE, Refusals
from utils.plays.merging import settle_detailed
from utils.spotify.client import BATCH_MAX
from utils.spotify.fields import Payload
from utils.spotify.in_order import chunks
from utils.spotify.payloads import PAGE, AlbumPayload, TrackPayload, page, parse_track
from utils.words import counted

COMMIT_EVERY = 4  # objects: a kill repeats no more requests than these
# The kinds of question: what is not known, and a track of which a field cannot be read.
REFUSED_TRACK, REFUSED_ALBUM, UNREAD_TRACK = "track_details", "album_details", "track_fields"
DETAILS = Entity("track_details", refusals=(REFUSED_TRACK, REFUSED_ALBUM, UNREAD_TRACK))
Fetch = Callable[[Iterable[str]], Iterator[Answer]]


@dataclass
class Release:
    """What the history calls one album.

    `waiting`: its tracks that nothing is known of, the most played first; `albums`: which album that is, where that is known;
    there may be several.
    """

    waiting: list[str] = field(default_factory=list)
    plays: int = 0
    albums: set[str] = field(default_factory=set)


def work(run: SpotifyRun) -> None:
    """Ask; then let plays of other tools, of whose tracks nothing was known, become one with what others tell of them."""
    ask_for_details(run)
    tolerance_s = run.app_settings.number("plays.match_tolerance_seconds")
    with run.transaction() as cursor:
        settled = settle_detailed(cursor, run.user.user_id, tolerance_s, run.clock.now())
    if merged := settled.merged.total() + settled.known.total():
        run.log.info("%s became one with what another source tells of", counted(merged, "play"))


def ask_for_details(run: SpotifyRun) -> None:
    """Release after release, and what is left of them once more, until nothing is left or the budget is used up."""
    asking = Asking(run)
    total, at_first = asking.waiting(), asking.objects()
    reading = asking.reading
    if reading.is_complete:
        reading.begin(PassState())
    reading.total = reading.offset + total
    left = asking.releases
    while left and not asking.is_used_up:
        for some in chunks(left, BATCH_MAX["tracks"]):
            asking.ask(some)
            run.progress(total - asking.waiting(), total)
            if asking.is_used_up:
                break
        left = [release for release in left if release.waiting]
    if not asking.is_used_up:
        with reading.last_batch():
            return
    done = at_first - asking.objects()
    requests = ceil(asking.objects() * (run.requests_made / done if done > 0 else 1))
    run.log.info(
        "the day's budget of requests is used up: %s for the next runs, done %s",
        counted(asking.waiting(), "track waits", "tracks wait"),
        asking.budget.when_done(requests),
    )


def wanted_releases(run: SpotifyRun, refused: set[str]) -> list[Release]:
    """The releases of the listener's tracks that wait, the most played first. A track without an album is one by itself."""
    releases: dict[tuple[str, str] | str, Release] = {}
    with run.transaction() as cursor:
        which = {"user_id": run.user.user_id, "refused": UNREAD_TRACK}
        cursor.execute(statement("enrichment.named_tracks"), which)
        for track_id, artist, album, plays in cursor:
            if track_id not in refused:
                key = (artist, album) if artist and album else track_id
                release = releases.setdefault(key, Release())
                release.waiting.append(track_id)
                release.plays += plays
        named = [key for key in releases if isinstance(key, tuple)]
        names = {"artists": [artist for artist, _ in named], "albums": [album for _, album in named]}
        cursor.execute(statement("enrichment.albums_of_names"), names)
        for artist, album, album_id in cursor:
            releases[artist, album].albums.add(album_id)
    return sorted(releases.values(), key=lambda release: (-release.plays, release.waiting[0]))


class Asking:
    """What waits, as it gets less. `is_used_up`: the budget, before nothing was left."""

    def __init__(self, run: SpotifyRun) -> None:
        self.run = run
        self.reading = Pass(run, DETAILS.name, PassState)
        self.budget = Budget(run, "catalogue", TRACKS)
        self.is_used_up = False
        self._of_tracks = Refusals(run, REFUSED_TRACK, "is unknown to Spotify, or has no album")
        self._of_fields = Refusals(run, UNREAD_TRACK, UNREADABLE)
        self._of_albums = Refusals(run, REFUSED_ALBUM, UNREADABLE)
        self._asked_albums = self._of_albums.lasting()  # in this run, or long enough in vain
        self._paged: set[str] = set()  # long albums, in this run
        self.releases = wanted_releases(run, self._of_tracks.lasting() | self._of_fields.lasting())
        self._release_of = {track_id: each for each in self.releases for track_id in each.waiting}

    def waiting(self) -> int:
        """How many tracks."""
        return len(self._release_of)

    def objects(self) -> int:
        """How many objects have to be asked for, as far as is known: a track and an album, or only one of them."""
        return sum(
            1 if release.albums - self._asked_albums else min(len(release.waiting), 2)
            for release in self.releases
            if release.waiting
        )

    def ask(self, releases: Sequence[Release]) -> None:
        """Ask for albums that are known, then for tracks of each release, and for its album where others wait."""
        self._ask_for_albums(releases)
        singles = [track_id for release in releases for track_id in self._singles(release)]
        for batch in self._answers("tracks", self.run.spotify.tracks, singles):
            self._save_tracks(batch)
        self._ask_for_albums(releases)

    def _singles(self, release: Release) -> list[str]:
        """One that may tell the album that others are on; all, where that has been asked for and one request gives many."""
        is_batch = self.run.spotify.per_request("tracks") > 1
        return release.waiting if is_batch and release.albums else release.waiting[:1]

    def _ask_for_albums(self, releases: Sequence[Release]) -> None:
        for batch in self._answers("albums", self.run.spotify.albums, self._wanted_albums(releases)):
            self._save_albums(batch)
        self._ask_for_pages(releases)

    def _ask_for_pages(self, releases: Sequence[Release]) -> None:
        """What of long albums did not come with them, where its pages are fewer requests than the tracks that wait."""
        album_ids = {album_id for each in releases if each.waiting for album_id in each.albums}
        with self.run.transaction() as cursor:
            which = {"album_ids": list(album_ids - self._paged), "now": self.run.clock.now(), "page": PAGE}
            cursor.execute(statement("enrichment.long_albums"), which)
            lengths = dict(cursor.fetchall())
        for release in releases:
            for album_id in sorted(release.albums & lengths.keys() - self._paged):
                self._paged.add(album_id)
                self._ask_for_pages_of(album_id, lengths[album_id], release)
        self.reading.check_readable()

    def _ask_for_pages_of(self, album_id: str, total_tracks: int, release: Release) -> None:
        per_request = self.run.spotify.per_request("tracks")
        for offset in range(PAGE, total_tracks, PAGE):
            pages_left = ceil((total_tracks - offset) / PAGE)
            if self.is_used_up or ceil(len(release.waiting) / per_request) <= pages_left:
                return
            self.is_used_up = not self.budget.left()
            if self.is_used_up:
                return
            try:
                self._save_page(album_id, self.run.spotify.album_tracks(album_id, offset))
            except NotFoundError:
                return

    def _wanted_albums(self, releases: Sequence[Release]) -> list[str]:
        """Albums that may bring tracks that wait, each once in a run.

        One that has never come whole will be asked for anyway, by sync_artists; another one is worth it for two tracks.
        """
        waiting: Counter[str] = Counter()
        for release in releases:
            for album_id in sorted(release.albums - self._asked_albums):
                waiting[album_id] += len(release.waiting)
        with self.run.transaction() as cursor:
            which = {"album_ids": list(+waiting), "now": self.run.clock.now()}
            cursor.execute(statement("enrichment.not_whole"), which)
            is_new = dict(cursor.fetchall())
        return [album_id for album_id in is_new if is_new[album_id] or waiting[album_id] > 1]

    def _answers(self, kind: str, fetch: Fetch, ids: Sequence[str]) -> Iterator[list[Answer]]:
        """What is said about as many as the budget allows, a few at a time."""
        if not ids or self.is_used_up:
            return
        affordable = ids[: self.budget.left() * self.run.spotify.per_request(kind)]
        answers = fetch(affordable)
        while batch := list(islice(answers, COMMIT_EVERY)):
            yield batch
        self.reading.check_readable()
        self.is_used_up = len(affordable) < len(ids)

    def _save_tracks(self, answers: Sequence[Answer]) -> None:
        """What was said about tracks, under the ids that were played: Spotify may tell of another one in place of it."""
        told: list[TrackPayload] = []
        silent = [track_id for track_id, payload in answers if payload is None]
        for place, track in self.reading.read([payload for _, payload in answers], parse_track).numbered:
            track_id, _ = answers[place]
            if track.album is None:
                silent.append(track_id)
                continue
            told.append(track._replace(track=replace(track.track, track_id=track_id)))
            if track.track.track_id == track_id:  # the album of another one has other ids
                self._release_of[track_id].albums.add(track.album.album.album_id)

        def write(batch: Batch) -> None:
            save_catalogue(batch.cursor, told, [], batch.now)
            known = {track.track.track_id for track in told}
            unread = {track.track.track_id for track in told if track.unread}
            self._of_tracks.note(batch.cursor, silent, known)
            self._of_fields.note(batch.cursor, unread, known - unread)
            batch.counts += Counts(inserted=len(told))
            self.reading.offset += len(told) + len(silent)

        self.reading.write(write)
        self._settle(track_id for track_id, _ in answers)

    def _save_albums(self, answers: Sequence[Answer]) -> None:
        """What was said about albums, with those of their tracks that wait."""
        found = read_whole_albums(self.reading, answers)
        brought = self._waiting_ones(track for _, album in found for track in album.tracks)

        def write(batch: Batch) -> None:
            store_whole_albums(batch, found)
            note_unknown(batch, self._of_albums, answers, unreadable_ones(found))
            self._note_unread(batch, brought.values())
            batch.counts += Counts(inserted=len(brought))
            self.reading.offset += len(brought)

        self.reading.write(write)
        self._asked_albums.update(album_id for album_id, _ in answers)
        self._settle(brought)

    def _save_page(self, album_id: str, payload: Payload) -> None:
        """What a page of an album's tracks says of those that wait, and of others that are needed."""
        found = self.reading.read(page(payload).items, lambda item: parse_track(item, album_id))
        brought = self._waiting_ones(found.entries)
        some = AlbumPayload(Album(album_id), tracks=found.entries, bad_tracks=found.bad)

        def write(batch: Batch) -> None:
            store_whole_albums(batch, [(album_id, some)])
            self._note_unread(batch, brought.values())
            batch.counts += Counts(inserted=len(brought))
            self.reading.offset += len(brought)

        self.reading.write(write)
        self._settle(brought)

    def _waiting_ones(self, tracks: Iterable[TrackPayload]) -> dict[str, TrackPayload]:
        """Those that wait among tracks of albums, by their ids."""
        return {track.track.track_id: track for track in tracks if track.track.track_id in self._release_of}

    def _note_unread(self, batch: Batch, brought: Iterable[TrackPayload]) -> None:
        """What an album's listing brings is known. Tracks of which it has a field that cannot be read wait for later runs; so does one that
        could not be read by itself: a listing does not say all of a track.
        """
        self._of_tracks.note(batch.cursor, [], [track.track.track_id for track in brought])
        self._of_fields.note(batch.cursor, {track.track.track_id for track in brought if track.unread})

    def _settle(self, track_ids: Iterable[str]) -> None:
        """These need not be asked for again by this run."""
        for track_id in track_ids:
            self._release_of.pop(track_id).waiting.remove(track_id)


JOB = SpotifyJob(
    name="sync_tracks",
    work=work,
    about=__doc__,
    reads="GET /tracks, GET /albums, GET /albums/{id}/tracks; one by one where the app has no batch reads",
    writes="album_tracks, tracks, albums, artists and their credits, refusals, plays, played_tracks",
    counts="details of played tracks",
    groups=("catalogue",),
    setting="plays.sync_tracks",
    entities=(DETAILS,),
)

if __name__ == "__main__":
    leave(main(JOB))
