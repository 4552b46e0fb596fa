"""Copy the tracks of saved albums that did not come with the album itself: those beyond the first 50.

Only albums that lack tracks cost requests: one per 50 tracks missing.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import NamedTuple

from utils.database.statements import statement
from utils.database.tables import Album
from utils.errors import NotFoundError
from utils.job.lifecycle import main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.catalogue import forget_unlisted, save_catalogue
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.refusals import Refusals
from utils.mirror.removals import adds_up
from utils.spotify.client import PAGE
from utils.spotify.in_order import in_order
from utils.spotify.payloads import Payload, TrackPayload, page, parse_track

DOUBTED_AFTER = timedelta(days=7)  # an album that has more tracks than it says
READ_AGAIN_AFTER = timedelta(
    days=90
)  # a long album: an id may have been replaced, and the number says nothing


@dataclass
class AlbumTracksState(PassState):
    """The album whose pages are being read, where its next page begins, and whether all of it could be read so far."""

    album_id: str | None = None
    offset: int = 0
    is_readable: bool = True


class AlbumPage(NamedTuple):
    """One page of an album's tracks."""

    album_id: str
    offset: int
    is_last: bool


def work(run: SpotifyRun) -> None:
    """Store the missing tracks of every saved album; go on where a killed run left off."""
    with run.transaction() as cursor:
        now = run.clock.now()
        which = {"user_id": run.user.user_id, "now": now, "page": PAGE}
        which |= {"doubted_before": now - DOUBTED_AFTER, "old_before": now - READ_AGAIN_AFTER}
        cursor.execute(statement("albums.lacking_tracks"), which)
        lacking: list[tuple[str, int, int]] = cursor.fetchall()
    reading = Pass(run, "album_tracks", AlbumTracksState)
    if reading.is_complete:
        reading.begin(AlbumTracksState())
    refusals = Refusals(run, "album_tracks", "is unknown to Spotify, or does not come whole")
    refused = refusals.lasting() if lacking else set()
    lacking = [album for album in lacking if album[0] not in refused]
    begun = reading.state.album_id
    unknown = [album_id for album_id, _, stored in lacking if not stored and album_id != begun]
    done_with, came_along = save_whole_albums(reading, refusals, unknown)
    wanted = [
        page
        for album_id, total, stored in lacking
        if album_id not in done_with
        for page in missing_pages(reading, album_id, total, came_along.get(album_id, stored))
    ]
    reading.total = len(wanted)

    def fetch(wanted: AlbumPage) -> Payload | None:
        try:
            return run.spotify.album_tracks(wanted.album_id, wanted.offset)
        except NotFoundError:
            return None

    for done, (each, payload) in enumerate(in_order(fetch, wanted), start=1):
        if payload is None and each.album_id not in done_with:
            done_with.add(each.album_id)  # its further pages would stamp it
            with reading.batch() as batch:
                refusals.note(batch.cursor, [each.album_id])
                reading.state = AlbumTracksState()
        elif payload is not None and each.album_id not in done_with:
            save_page(reading, refusals, each, payload)
        run.progress(done, len(wanted))
    reading.state = AlbumTracksState()
    with reading.last_batch():
        pass


def missing_pages(
    reading: Pass[AlbumTracksState], album_id: str, total_tracks: int, stored: int
) -> Iterator[AlbumPage]:
    """The pages to fetch: all but the first where that came with the album, and what no killed run has fetched."""
    start = PAGE if stored >= PAGE else 0
    if reading.state.album_id == album_id:
        start = reading.state.offset
    offsets = range(start, max(total_tracks, start + 1), PAGE)
    return (AlbumPage(album_id, offset, offset == offsets[-1]) for offset in offsets)


def save_whole_albums(
    reading: Pass[AlbumTracksState], refusals: Refusals, album_ids: list[str]
) -> tuple[set[str], dict[str, int]]:
    """Albums of which no track is known: as whole objects, many per request where the app's mode has that.

    Returns the ids of those that are complete now, or unknown to Spotify; and how many tracks came with the others.
    """
    run = reading.run
    done_with: set[str] = set()
    came_along: dict[str, int] = {}
    for album_id, payload in run.spotify.albums(album_ids):
        if payload is None:
            done_with.add(album_id)
            with run.batch() as cursor:
                refusals.note(cursor, [album_id])
            continue
        for album in reading.read_albums([payload]).entries:
            with reading.batch(len(album.tracks)) as batch:
                save_catalogue(batch.cursor, [], [album], run.clock.now())
                refusals.note(batch.cursor, [], [album_id])
            came_along[album_id] = len(album.tracks)
            if album.has_all_tracks:
                done_with.add(album_id)
    return done_with, came_along


def save_page(
    reading: Pass[AlbumTracksState], refusals: Refusals, wanted: AlbumPage, payload: Payload
) -> None:
    """Store one page of tracks; pages that the plan did not foresee come along.

    With its last page the album is stamped as complete, if as many tracks are stored as its listing has: else one of
    an earlier time is among them, or one is missing, and it is read as a whole. An album of which a track could not be
    read is not stamped: it is asked for again by the next run.
    """
    run, state = reading.run, reading.state
    content = page(payload)
    found = reading.read(content.items, lambda item: parse_track(item, wanted.album_id))
    if state.album_id != wanted.album_id:
        state = reading.state = AlbumTracksState(album_id=wanted.album_id)
    is_end = wanted.is_last and not content.has_next
    is_in_doubt = False
    with reading.batch(len(found.entries)) as batch:
        to_stamp = [Album(wanted.album_id)] if is_end else []
        batch.counts += save_catalogue(
            batch.cursor, [], [], batch.now, listed=found.entries, to_stamp=to_stamp
        )
        state.offset = wanted.offset + PAGE
        state.is_readable = state.is_readable and not found.bad
        reading.offset += 1
        if is_end:
            is_in_doubt = state.is_readable and content.total != count_stored(batch, wanted.album_id)
            if state.is_readable and not is_in_doubt:
                stamp(batch, refusals, wanted.album_id)
            reading.state = AlbumTracksState()
    if is_in_doubt:
        run.log.info(
            "album %s: its tracks are not those of its listing: it is read as a whole", wanted.album_id
        )
        save_as_a_whole(reading, refusals, wanted.album_id)
    if wanted.is_last and content.has_next:
        following = AlbumPage(wanted.album_id, wanted.offset + PAGE, is_last=True)
        save_page(
            reading, refusals, following, run.spotify.album_tracks(following.album_id, following.offset)
        )


def save_as_a_whole(reading: Pass[AlbumTracksState], refusals: Refusals, album_id: str) -> None:
    """Read all pages of an album, and store them at once: what they lack is on it no more. Then that is all there is.

    Where fewer entries have come than there are, or null ones, nothing is said by what is missing, and the next run asks
    again; where that stays so, it is left alone for a while.
    """
    found: list[TrackPayload] = []
    entries = bad = 0
    for offset in count(0, PAGE):
        content = page(reading.run.spotify.album_tracks(album_id, offset))
        items = reading.read(content.items, lambda item: parse_track(item, album_id))
        found += items.entries
        entries += len(content.items)
        bad += items.bad
        if not content.has_next:
            break
    is_whole = (
        not bad and adds_up(reading, f"album {album_id}", entries, content.total) and len(found) == entries
    )
    with reading.batch(len(found)) as batch:
        batch.counts += save_catalogue(
            batch.cursor, [], [], batch.now, listed=found, to_stamp=[Album(album_id)]
        )
        if is_whole:
            forget_unlisted(batch.cursor, {album_id: found})
            stamp(batch, refusals, album_id)
        elif not bad:
            refusals.note(batch.cursor, [album_id])


def count_stored(batch: Batch, album_id: str) -> int:
    """How many tracks are known to be on an album."""
    batch.execute("albums.count_tracks", {"album_id": album_id})
    ((stored,),) = batch.cursor.fetchall()
    return int(stored)


def stamp(batch: Batch, refusals: Refusals, album_id: str) -> None:
    """All tracks of an album are here."""
    batch.execute("albums.stamp_tracks", {"album_id": album_id, "now": batch.now})
    refusals.note(batch.cursor, [], [album_id])


JOB = SpotifyJob(
    name="sync_album_tracks",
    work=work,
    about=__doc__,
    reads="GET /albums/{id}/tracks, GET /albums",
    writes="album_tracks, tracks, artists, their credits, albums (tracks_synced_at), refusals",
    groups=("catalogue",),
    setting="spotify.auto_sync_saved_albums",
    cooldown=timedelta(minutes=10),
)

if __name__ == "__main__":
    sys.exit(main(JOB))
