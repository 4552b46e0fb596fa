"""Copy the tracks of saved albums that did not come with the album itself: those beyond the first 50.

Only albums that lack tracks cost requests: one per 50 tracks missing.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from db.statements import statement
from utils.catalogue import save_catalogue
from utils.checkpoint import Checkpoint
from utils.job import Job, Run, main
from utils.payloads import BadItemError, TrackPayload, page, parse_album, parse_track
from utils.spotify import PAGE, Payload, in_order

ENTITY = "album_tracks"


class AlbumPage(NamedTuple):
    """One page of an album's tracks."""

    album_id: str
    offset: int
    is_last: bool


def work(run: Run) -> None:
    """Store the missing tracks of every saved album; go on where a killed run left off."""
    state = run.checkpoint(ENTITY)
    if state.is_complete:
        state.restart(run.clock.now())
    with run.batch() as cursor:
        cursor.execute(statement("albums.lacking_tracks"), {"user_id": run.user.user_id})
        lacking: list[tuple[str, int, int]] = cursor.fetchall()
    if not lacking:
        return
    unknown = [album_id for album_id, _, stored in lacking if not stored and not _begun(state, album_id)]
    complete = take_albums(run, state, unknown)
    wanted = [page for album in lacking if album[0] not in complete for page in plan(state, *album)]
    state.total = len(wanted)

    def fetch(wish: AlbumPage) -> Payload:
        return run.spotify.album_tracks(wish.album_id, wish.offset)

    for done, (wish, payload) in enumerate(in_order(fetch, wanted), start=1):
        take(run, state, wish, payload)
        run.progress(done, len(wanted))
    with run.batch() as cursor:
        state.is_complete, state.cursor = True, {}
        state.save(cursor, run.clock.now())
    run.check_items()


def plan(state: Checkpoint, album_id: str, total_tracks: int, stored: int) -> Iterator[AlbumPage]:
    """The pages to fetch: all but the first where that came with the album, and what no killed run has fetched."""
    start = PAGE if stored >= PAGE else 0
    if _begun(state, album_id):
        start = int(str(state.cursor["offset"]))
    offsets = range(start, max(total_tracks, start + 1), PAGE)
    return (AlbumPage(album_id, offset, offset == offsets[-1]) for offset in offsets)


def take_albums(run: Run, state: Checkpoint, album_ids: list[str]) -> set[str]:
    """Albums of which no track is known: as whole objects, many per request where the app's mode has that.

    Returns the ids of those that are complete now.
    """
    complete: set[str] = set()
    for album_id, payload in run.spotify.albums(album_ids):
        if payload is None:
            complete.add(album_id)
            run.log.warning("album %s is unknown to Spotify", album_id)
            with run.batch() as cursor:
                values = {"album_id": album_id, "now": run.clock.now()}
                cursor.execute(statement("albums.stamp_tracks"), values)
            continue
        try:
            album = parse_album(payload)
        except BadItemError as error:
            run.bad_item(error)
            continue
        with run.batch() as cursor:
            save_catalogue(cursor, [], [album], run.clock.now())
            state.cursor = {"album_id": album_id, "offset": PAGE}
            state.save(cursor, run.clock.now())
        run.tally.items_processed += len(album.tracks)
        if album.has_all_tracks:
            complete.add(album_id)
    return complete


def take(run: Run, state: Checkpoint, wish: AlbumPage, payload: Payload) -> None:
    """Store one page of tracks with the checkpoint behind it; pages that the plan did not foresee come along."""
    content = page(payload)
    tracks: list[TrackPayload] = []
    for item in content.items:
        try:
            if item is not None:
                tracks.append(parse_track(item, wish.album_id))
        except BadItemError as error:
            run.bad_item(error)
    now = run.clock.now()
    with run.batch() as cursor:
        run.tally.add(save_catalogue(cursor, tracks, [], now), len(tracks))
        state.cursor = {"album_id": wish.album_id, "offset": wish.offset + PAGE}
        state.offset += 1
        state.items_processed += len(tracks)
        if wish.is_last and not content.has_next:
            cursor.execute(statement("albums.stamp_tracks"), {"album_id": wish.album_id, "now": now})
        state.save(cursor, now)
    run.tally.checkpoint_offset = state.offset
    if wish.is_last and content.has_next:
        following = AlbumPage(wish.album_id, wish.offset + PAGE, is_last=True)
        take(run, state, following, run.spotify.album_tracks(following.album_id, following.offset))


def _begun(state: Checkpoint, album_id: str) -> bool:
    return state.cursor.get("album_id") == album_id


JOB = Job(
    name="sync_album_tracks",
    work=work,
    about=__doc__,
    reads="GET /albums/{id}/tracks, GET /albums",
    writes="tracks, artists, albums.tracks_synced_at",
    groups=("catalogue",),
    setting="spotify.auto_sync_saved_albums",
    cooldown=timedelta(minutes=10),
)

if __name__ == "__main__":
    sys.exit(main(JOB))
