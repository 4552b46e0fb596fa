"""The tracks of an album that did not come with it: which pages are missing, and how they are stored."""

from collections.abc import Iterator
from typing import NamedTuple

from utils.database.statements import statement
from utils.job.checkpoint import Checkpoint
from utils.job.run import Run
from utils.mirror.catalogue import save_catalogue
from utils.spotify.client import PAGE, Payload
from utils.spotify.payloads import BadItemError, TrackPayload, page, parse_album, parse_track


class AlbumPage(NamedTuple):
    """One page of an album's tracks."""

    album_id: str
    offset: int
    is_last: bool


def missing_pages(state: Checkpoint, album_id: str, total_tracks: int, stored: int) -> Iterator[AlbumPage]:
    """The pages to fetch: all but the first where that came with the album, and what no killed run has fetched."""
    start = PAGE if stored >= PAGE else 0
    if begun(state, album_id):
        start = int(str(state.cursor["offset"]))
    offsets = range(start, max(total_tracks, start + 1), PAGE)
    return (AlbumPage(album_id, offset, offset == offsets[-1]) for offset in offsets)


def save_whole_albums(run: Run, state: Checkpoint, album_ids: list[str]) -> set[str]:
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


def save_page(run: Run, state: Checkpoint, wish: AlbumPage, payload: Payload) -> None:
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
        save_page(run, state, following, run.spotify.album_tracks(following.album_id, following.offset))


def begun(state: Checkpoint, album_id: str) -> bool:
    """True for the album that a killed run was at."""
    return state.cursor.get("album_id") == album_id
