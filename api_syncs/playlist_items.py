"""The items of playlists: read page by page into a stage, then put in place of the old ones in one transaction.

Items count by position: local files, episodes, doubled entries and entries without content are kept in order.
"""

from datetime import timedelta

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.database.tables import PLAYLIST_ITEMS_STAGED
from utils.database.upsert import upsert
from utils.errors import (
    JobError,
    NotFoundError,
    PayloadError,
    RefusedError,
    TransientError,
    UnavailableError,
)
from utils.job.budget import PLAYLIST_ITEMS, Budget
from utils.job.checkpoint import Checkpoint
from utils.job.run import Run
from utils.mirror.catalogue import save_catalogue
from utils.mirror.completeness import is_whole
from utils.spotify.client import PAGE
from utils.spotify.payloads import Page, page, parse_playlist_entry

ASK_AGAIN = timedelta(days=7)  # for the items of another's list that were refused
GIVE_UP_AFTER = 3  # lists in a row that failed: then it is not the lists


def sync_stale(run: Run) -> None:
    """Copy the items of every list that has changed, and of those whose refusal may be over.

    A list that fails does not keep the others from being copied; the run has failed at its end if any has.
    """
    state = run.checkpoint("playlist_items")
    values = {
        "user_id": run.user.user_id,
        "spotify_id": run.user.spotify_id,
        "refused_before": run.clock.now() - ASK_AGAIN,
    }
    with run.batch() as cursor:
        cursor.execute(statement("playlists.stale"), values)
        stale = cursor.fetchall()
    failed: list[str] = []
    in_a_row = 0
    for number, (playlist_id, is_own, snapshot) in enumerate(stale):
        run.progress(number, len(stale))
        try:
            sync_items(run, state, playlist_id, snapshot, "items" if is_own else "tracks")
            in_a_row = 0
        except (NotFoundError, UnavailableError) as error:
            run.log.info("the items of playlist %s are not ours to read (%s)", playlist_id, error.status)
            with run.batch() as cursor:
                values = {"playlist_id": playlist_id, "now": run.clock.now()}
                cursor.execute(statement("playlists.not_readable"), values)
            in_a_row = 0
        except (PayloadError, RefusedError, TransientError) as error:
            run.log.error("the items of playlist %s could not be read: %s", playlist_id, error)  # noqa: TRY400 - one line, no traceback
            failed.append(playlist_id)
            in_a_row += 1
            if in_a_row == GIVE_UP_AFTER:
                break
    if failed:
        raise JobError(
            f"the items of {len(failed)} of {len(stale)} changed playlists could not be read: {', '.join(failed)}.",
            "Run again later: what could be read is stored, and those keep what they had.",
        )
    with run.batch() as cursor:
        state.is_complete = True
        state.save(cursor, run.clock.now())


def sync_items(run: Run, state: Checkpoint, playlist_id: str, snapshot: str, spelling: str) -> bool:
    """Copy the items of this version; True when the list has them now.

    A list of several pages that is edited while it is read would be half old and half new: its version is looked at
    once more, and when it has changed, the pages are thrown away until the next run. So are pages that do not add up.
    """
    if state.cursor.get("playlist_id") != playlist_id or state.cursor.get("snapshot_id") != snapshot:
        state.cursor = {"playlist_id": playlist_id, "snapshot_id": snapshot, "all_read": False}
        state.offset = 0
    budget = Budget(run, "playlists", PLAYLIST_ITEMS)
    while not state.cursor["all_read"]:
        budget.require()
        content = page(run.spotify.playlist_items(playlist_id, state.offset, spelling=spelling))
        with run.batch() as cursor:
            if state.offset == 0:
                cursor.execute(statement("playlists.forget_staged"), {"playlist_id": playlist_id})
            stage(run, cursor, playlist_id, state.offset, content)
            state.offset += PAGE
            state.total = content.total
            state.items_processed += len(content.items)
            # After a short page the offsets of the others are not known.
            state.cursor["all_read"] = not content.has_next or len(content.items) < PAGE
            state.save(cursor, run.clock.now())
        run.tally.items_processed += len(content.items)
    has_all = is_whole(run, f"playlist {playlist_id}", count_staged(run, playlist_id), state.total)
    is_edited = has_all and state.offset > PAGE and run.spotify.playlist_snapshot(playlist_id) != snapshot
    is_copied = has_all and not is_edited
    with run.batch() as cursor:
        if is_copied:
            put_in_place(run, cursor, playlist_id, snapshot)
        cursor.execute(statement("playlists.forget_staged"), {"playlist_id": playlist_id})
        state.cursor, state.offset = {}, 0
        state.save(cursor, run.clock.now())
    if is_edited:
        run.log.info(
            "playlist %s was edited while it was read; it is read again by the next run", playlist_id
        )
    return is_copied


def count_staged(run: Run, playlist_id: str) -> int:
    """How many entries have come, null ones too."""
    with run.batch() as cursor:
        cursor.execute(statement("playlists.count_staged"), {"playlist_id": playlist_id})
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def stage(run: Run, cursor: Cursor, playlist_id: str, offset: int, content: Page) -> None:
    """Store one page beside the list's items."""
    entries = [parse_playlist_entry(item) for item in content.items]
    save_catalogue(cursor, [entry.payload for entry in entries if entry.payload], [], run.clock.now())
    rows = [
        (
            playlist_id,
            offset + number,
            entry.item_uri,
            entry.item_type,
            entry.payload.track.track_id if entry.payload else None,
            entry.name,
            entry.added_at,
            entry.added_by,
        )
        for number, entry in enumerate(entries)
    ]
    upsert(cursor, PLAYLIST_ITEMS_STAGED, rows)


def put_in_place(run: Run, cursor: Cursor, playlist_id: str, snapshot: str) -> None:
    """The staged items become the list's; what came and went is noted."""
    values = {"playlist_id": playlist_id, "now": run.clock.now(), "snapshot_id": snapshot}
    cursor.execute(statement("playlists.drop_surplus"), values)
    run.tally.removed_items += cursor.rowcount
    cursor.execute(statement("playlists.take_staged"), values)
    run.tally.updated_items += cursor.rowcount
    cursor.execute(statement("playlists.history_gone"), values)
    cursor.execute(statement("playlists.history_come"), values)
    cursor.execute("SELECT count(*) FROM playlist_items WHERE playlist_id = %s", (playlist_id,))
    row = cursor.fetchone()
    cursor.execute(statement("playlists.items_taken"), {**values, "track_count": row[0] if row else 0})
