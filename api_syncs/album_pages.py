"""The pages of an album's tracks: each stored with what is read so far, the album stamped behind the last.

Where there are not as many tracks as its listing has, the album is read as a whole.
"""

from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

from utils.database.tables import Album
from utils.mirror.catalogue import forget_unlisted, save_catalogue
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.refusals import Refusals
from utils.mirror.removals import adds_up
from utils.spotify.fields import Payload
from utils.spotify.payloads import PAGE, TrackPayload, page, parse_track


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


def save_page(
    reading: Pass[AlbumTracksState], refusals: Refusals, wanted: AlbumPage, payload: Payload
) -> None:
    """Store one page of tracks; pages that the plan did not foresee come along.

    With its last page the album is stamped as complete, if as many tracks are stored as its listing has: else one of
    an earlier time is among them, or one is missing, and it is read as a whole. An album of which a track could not be
    read, or a field of one, is not stamped: it is asked for again by the next run, and when that stays so, later.
    """
    run, state = reading.run, reading.state
    content = page(payload)
    found = reading.read(content.items, lambda item: parse_track(item, wanted.album_id))
    if state.album_id != wanted.album_id:
        state = reading.state = AlbumTracksState(album_id=wanted.album_id)
    is_end = wanted.is_last and not content.has_next
    is_readable = state.is_readable and not found.bad and not any(track.unread for track in found.entries)

    is_in_doubt = False

    def write(batch: Batch) -> None:
        nonlocal is_in_doubt
        to_stamp = [Album(wanted.album_id)] if is_end else []
        batch.counts += save_catalogue(
            batch.cursor, [], [], batch.now, listed=found.entries, to_stamp=to_stamp
        )
        reading.offset += 1
        if not is_end:
            reading.state = replace(state, offset=wanted.offset + PAGE, is_readable=is_readable)
            return
        reading.state = AlbumTracksState()
        is_in_doubt = is_readable and content.total != count_stored(batch, wanted.album_id)
        if not is_readable:
            refusals.note(batch.cursor, [wanted.album_id])
        elif not is_in_doubt:
            stamp(batch, refusals, wanted.album_id)

    reading.write(write)
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
    is_readable = not bad and not any(track.unread for track in found)
    is_whole = (
        is_readable
        and adds_up(reading, f"album {album_id}", entries, content.total)
        and len(found) == entries
    )

    def write(batch: Batch) -> None:
        batch.counts += save_catalogue(
            batch.cursor, [], [], batch.now, listed=found, to_stamp=[Album(album_id)]
        )
        if is_whole:
            forget_unlisted(batch.cursor, {album_id: found})
            stamp(batch, refusals, album_id)
        else:
            refusals.note(batch.cursor, [album_id])

    reading.write(write)


def count_stored(batch: Batch, album_id: str) -> int:
    """How many tracks are known to be on an album."""
    batch.execute("albums.count_tracks", {"album_id": album_id})
    ((stored,),) = batch.cursor.fetchall()
    return int(stored)


def stamp(batch: Batch, refusals: Refusals, album_id: str) -> None:
    """All tracks of an album are here."""
    batch.execute("albums.stamp_tracks", {"album_id": album_id, "now": batch.now})
    refusals.note(batch.cursor, [], [album_id])
