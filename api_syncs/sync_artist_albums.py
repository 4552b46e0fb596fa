"""Copy the albums, singles and compilations of followed artists, little by little: the artist looked at longest ago first.

Each artist is looked at once a day where the day's budget allows it, a few artists per cycle. One of whom nothing has
changed costs one request; ten albums come per request.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from utils.database.rows import Counts, Row, upsert_news
from utils.database.statements import statement
from utils.database.tables import Artist
from utils.errors import NotFoundError
from utils.job.budget import ARTIST_ALBUMS, Budget
from utils.job.declaration import Entity, Renewal
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.catalogue import save_catalogue
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.reading import is_too_much
from utils.mirror.refusals import Refusals
from utils.spotify.fields import Payload
from utils.spotify.in_order import chunks
from utils.spotify.payloads import page, parse_album
from utils.words import counted

LOOK_AGAIN_AFTER = timedelta(hours=24)
READ_AGAIN_AFTER = timedelta(days=7)  # all pages, whatever the first one says
REFUSED = "artist_albums"  # the kind of question
LISTINGS = Entity(
    "artist_albums",
    (Renewal(statement("enrichment.looked_at_long_ago"), statement("enrichment.followed")),),
    refusals=(REFUSED,),
)
PAGE = 10  # albums: Spotify gives no more at once


class ArtistAlbum(Row, table="artist_albums", key=("artist_id", "album_id")):
    """An album that Spotify lists, or once listed, among an artist's."""

    artist_id: str
    album_id: str
    removed_at: datetime | None = None


@dataclass
class ArtistAlbumsState(PassState):
    """The artist whose pages are being read, where the next one begins, and what has come of the others.

    `total`: by the first page; `entries`: that have come; `read`, `unreadable`: albums among them; `is_whole`: every entry was an album that could be read;
    `is_lost`: nothing on one of the pages could be read.
    """

    artist_id: str | None = None
    offset: int = 0
    total: int | None = None
    entries: int = 0
    read: int = 0
    unreadable: int = 0
    is_whole: bool = True
    is_lost: bool = False

    def of(self, artist_id: str) -> int:
        """Where this artist's next page begins."""
        return self.offset if artist_id == self.artist_id else 0


def work(run: SpotifyRun) -> None:
    """Cycle after cycle, until all artists have been looked at or the budget is used up."""
    reading = Pass(run, LISTINGS.name, ArtistAlbumsState)
    budget = Budget(run, "catalogue", ARTIST_ALBUMS)
    now = run.clock.now()
    who = {"user_id": run.user.user_id, "now": now, "before": now - LOOK_AGAIN_AFTER}
    with run.transaction() as cursor:
        cursor.execute(statement("enrichment.followed"), who)
        followed: list[tuple[str, bool]] = cursor.fetchall()
    if reading.is_complete:
        reading.begin(ArtistAlbumsState())
    begun = replace(reading.state)
    refused = Refusals(run, REFUSED).lasting()
    due = [artist_id for artist_id, is_due in followed if is_due and artist_id not in refused]
    queue = sorted(due, key=lambda artist_id: artist_id != begun.artist_id)
    reading.total = len(queue)

    def fetch(artist_id: str) -> Payload | None:
        try:
            return fetch_page(run, artist_id, begun.of(artist_id))
        except NotFoundError:
            return None

    done = 0
    for cycle in chunks(queue, run.app_settings.number("spotify.artist_albums_per_cycle")):
        before = done
        for artist_id, payload in run.in_order(fetch, cycle[: budget.left()]):
            if not save_artist(reading, budget, artist_id, payload):
                break
            done += 1
            run.progress(done, len(queue))
        reading.check_readable()
        if done - before < len(cycle):
            break
    if done == len(queue):
        with reading.last_batch():
            pass
    log_pace(run, budget, len(followed), done, len(queue) - done)


def fetch_page(run: SpotifyRun, artist_id: str, offset: int) -> Payload:
    """A page of up to 10 albums, singles and compilations of an artist."""
    groups = "album,single,compilation"
    return run.spotify.get(f"artists/{artist_id}/albums", include_groups=groups, limit=PAGE, offset=offset)


def save_artist(
    reading: Pass[ArtistAlbumsState], budget: Budget, artist_id: str, payload: Payload | None
) -> bool:
    """Store an artist's pages, each with the checkpoint behind it. False when the budget ends before they do."""
    run = reading.run
    if payload is None:

        def note(batch: Batch) -> None:
            Refusals(run, REFUSED).note(batch.cursor, [artist_id])
            reading.state = ArtistAlbumsState()
            reading.offset += 1

        reading.write(note)
        return True
    while not save_page(reading, artist_id, payload):
        if not budget.left():
            return False
        payload = fetch_page(run, artist_id, reading.state.offset)
    return True


def save_page(reading: Pass[ArtistAlbumsState], artist_id: str, payload: Payload) -> bool:
    """Store one page; True when it is the last that has to be read.

    That is the first one where all on it is known, the number is that of the last pass over all pages, and that pass
    is not old. The number alone proves nothing: pages are not sorted by date, and for one album that came another may
    have gone.
    """
    run, now = reading.run, reading.run.clock.now()
    content = page(payload)
    found = reading.read(content.items, parse_album)
    offset, ids = reading.state.of(artist_id), [known.album.album_id for known in found.entries]
    if offset == 0:
        reading.state = ArtistAlbumsState(artist_id=artist_id, total=content.total)
    state = reading.state
    state.read += len(ids)
    state.entries += len(content.items)
    state.unreadable += found.bad
    state.is_whole = state.is_whole and len(ids) == len(content.items)
    state.is_lost = state.is_lost or found.is_lost
    which: dict[str, object] = {
        "artist_id": artist_id,
        "album_ids": ids,
        "since": now - READ_AGAIN_AFTER,
        "total": content.total,
        "user_id": run.user.user_id,
        "entity_type": reading.entity_type,
        "now": now,
    }
    with run.transaction() as cursor:
        cursor.execute(statement("enrichment.listed"), which)
        ((total, known),) = cursor.fetchall()
    is_unchanged = offset == 0 and total == content.total and known == len(set(ids))
    is_last = is_unchanged or not content.has_next or not content.items

    def write(batch: Batch) -> None:
        if offset == 0:
            reading.forget_seen(batch.cursor)
        save_catalogue(batch.cursor, [], found.entries, now, to_stamp=[Artist(artist_id)] if is_last else [])
        upsert_news(batch.cursor, [ArtistAlbum(artist_id, album_id) for album_id in ids])
        reading.see(batch.cursor, ids)
        if offset == 0:
            Refusals(run, REFUSED).note(batch.cursor, [], [artist_id])
        if is_last:
            finish_artist(batch, state, which, is_unchanged=is_unchanged)
            reading.forget_seen(batch.cursor)
            reading.state = ArtistAlbumsState()
            reading.offset += 1
        else:
            reading.state = replace(state, offset=offset + PAGE)
        batch.counts += Counts(inserted=len(ids) - known, unchanged=known)

    reading.write(write)
    return is_last


def finish_artist(
    batch: Batch, state: ArtistAlbumsState, which: dict[str, object], *, is_unchanged: bool
) -> None:
    """All pages have been read: what was not met is no longer listed, where every entry was, and no page has moved.

    An album that came or went while the pages were read may have hidden another, and a page that came emptied hides all
    that was on it: they are read again tomorrow. Where
    too much could not be read, the next run looks at the artist again.
    """
    if state.is_lost or is_too_much(state.unreadable, state.read):
        return
    if not is_unchanged and state.entries == state.total == which["total"]:
        if state.is_whole:
            batch.execute("enrichment.unlisted", which)
            unlisted = [album_id for (album_id,) in batch.cursor]
            batch.removed += batch.execute("enrichment.remove_unlisted", {**which, "ids": unlisted})
        batch.execute("enrichment.stamp_read", which)
    batch.execute("enrichment.stamp_looked", which)


def log_pace(run: SpotifyRun, budget: Budget, followed: int, done: int, left: int) -> None:
    """Say how often each artist is really looked at, by what this run's artists have cost: where none, one request."""
    if left:
        waiting = counted(left, "artist waits", "artists wait")
        run.log.info("the day's budget of requests is used up: %s for the next run", waiting)
    if not done and not left:
        return  # all have been looked at within the day
    requests = followed * (run.requests_made / done if done else 1)
    if budget.per_day:
        days = max(requests / budget.per_day, 1.0)
        run.log.info("at this pace every artist is looked at every %s days", f"{days:.1f}")
    else:
        run.log.info("every artist is looked at %s", budget.when_done(requests))


JOB = SpotifyJob(
    name="sync_artist_albums",
    work=work,
    about=__doc__,
    reads="GET /artists/{id}/albums",
    writes="artist_albums, albums and their credits, artists (albums_synced_at), refusals",
    counts="albums of artists",
    groups=("catalogue",),
    setting="spotify.auto_sync_artist_albums",
    interval="spotify.artist_albums_sync_interval_minutes",
    entities=(LISTINGS,),
)

if __name__ == "__main__":
    leave(main(JOB))
