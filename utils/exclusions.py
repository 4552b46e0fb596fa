"""The playlist "Exclusions": what it is called, and how its pages become rows of excluded_tracks."""

from db.statements import statement
from db.tables import EXCLUDED_TRACKS, SYNC_SEEN
from db.upsert import upsert
from utils.catalogue import save_catalogue
from utils.checkpoint import Checkpoint
from utils.payloads import BadItemError, page, parse_playlist_entry
from utils.run import Run
from utils.spotify import PAGE, Payload, in_order

NAME = "Exclusions"
DESCRIPTION = "What you put here stays out of your smart playlists. Read by your library mirror."
SLUG = "exclusions"


def read_list(run: Run, playlist_id: str, snapshot: str) -> Checkpoint:
    """Store every page of this version; go on where a killed run left off."""
    state = run.checkpoint(SLUG)
    if state.is_complete or state.cursor.get("snapshot_id") != snapshot:
        if state.is_complete:
            state.restart(run.clock.now())
        state.offset = state.items_processed = 0
        state.cursor = {"snapshot_id": snapshot, "unreadable": 0}

    def fetch(offset: int) -> Payload:
        return run.spotify.playlist_items(playlist_id, offset)

    if state.offset == 0:
        save_page(run, state, fetch(0))
    for _, payload in in_order(fetch, range(state.offset, state.total or 0, PAGE)):
        save_page(run, state, payload)
    return state


def save_page(run: Run, state: Checkpoint, payload: Payload) -> None:
    """Store one page of entries with the checkpoint behind it. Episodes, local files and nulls exclude nothing."""
    content = page(payload)
    user_id, now = run.user.user_id, run.clock.now()
    entries = [parse_playlist_entry(item) for item in content.items]
    unreadable = 0
    for position, (item, entry) in enumerate(zip(content.items, entries, strict=True), start=state.offset):
        if item is not None and entry.item_type == "unknown" and (item.get("item") or item.get("track")):
            unreadable += 1
            run.bad_item(BadItemError(f"position {position} of playlist {SLUG}"))
    tracks = [(entry.payload, entry.added_at or now) for entry in entries if entry.payload is not None]
    # Of a doubled one the last, so the first added, counts.
    tracks.sort(key=lambda track: track[1], reverse=True)
    track_ids = [track.track.track_id for track, _ in tracks]
    with run.batch() as cursor:
        if state.offset == 0:
            cursor.execute(statement("sync_state.forget_seen"), {"user_id": user_id, "entity_type": SLUG})
        save_catalogue(cursor, [track for track, _ in tracks], [], now)
        rows = [(user_id, track.track.track_id, added_at) for track, added_at in tracks]
        counts = upsert(cursor, EXCLUDED_TRACKS, rows)
        upsert(cursor, SYNC_SEEN, [(user_id, SLUG, track_id) for track_id in track_ids])
        state.total = content.total
        state.offset += PAGE
        state.items_processed += len(entries)
        state.cursor["unreadable"] = int(str(state.cursor["unreadable"])) + unreadable
        state.save(cursor, now)
    run.tally.add(counts, len(entries))
    run.tally.checkpoint_offset = state.offset
    run.progress(min(state.offset, content.total), content.total)
