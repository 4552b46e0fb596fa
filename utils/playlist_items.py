"""The items of one playlist: read page by page into a stage, then put in place of the old ones in one transaction.

Items count by position: local files, episodes, doubled entries and entries without content are kept in order.
"""

from psycopg2.extensions import cursor as Cursor

from db.statements import statement
from db.tables import PLAYLIST_ITEMS_STAGED
from db.upsert import upsert
from utils.catalogue import save_catalogue
from utils.checkpoint import Checkpoint
from utils.payloads import Page, page, parse_playlist_entry
from utils.run import Run
from utils.spotify import PAGE


def sync_items(run: Run, state: Checkpoint, playlist_id: str, snapshot: str, spelling: str) -> bool:
    """Copy the items of this version; True when the list has them now.

    A list of several pages that is edited while it is read would be half old and half new: its version is looked at
    once more, and when it has changed, the pages are thrown away until the next run.
    """
    if state.cursor.get("playlist_id") != playlist_id or state.cursor.get("snapshot_id") != snapshot:
        state.cursor = {"playlist_id": playlist_id, "snapshot_id": snapshot, "all_read": False}
        state.offset = 0
    while not state.cursor["all_read"]:
        content = page(run.spotify.playlist_items(playlist_id, state.offset, spelling=spelling))
        with run.batch() as cursor:
            if state.offset == 0:
                cursor.execute(statement("playlists.forget_staged"), {"playlist_id": playlist_id})
            stage(run, cursor, playlist_id, state.offset, content)
            state.offset += PAGE
            state.total = content.total
            state.items_processed += len(content.items)
            state.cursor["all_read"] = not content.has_next
            state.save(cursor, run.clock.now())
        run.tally.items_processed += len(content.items)
    is_whole = state.offset <= PAGE or run.spotify.playlist_snapshot(playlist_id) == snapshot
    with run.batch() as cursor:
        if is_whole:
            put_in_place(run, cursor, playlist_id, snapshot)
        cursor.execute(statement("playlists.forget_staged"), {"playlist_id": playlist_id})
        state.cursor, state.offset = {}, 0
        state.save(cursor, run.clock.now())
    if not is_whole:
        run.log.info(
            "playlist %s was edited while it was read; it is read again by the next run", playlist_id
        )
    return is_whole


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
