"""The playlist "Exclusions": which list it is, and how its pages become rows of excluded_tracks."""

from datetime import timedelta

from utils.database.statements import statement
from utils.database.tables import EXCLUDED_TRACKS, SYNC_SEEN
from utils.database.upsert import upsert
from utils.job.checkpoint import Checkpoint
from utils.job.run import Run
from utils.mirror.catalogue import save_catalogue
from utils.mirror.own_playlists import OwnLists, create_private_playlist, read_own_lists
from utils.spotify.client import PAGE, Payload, in_order
from utils.spotify.payloads import BadItemError, page, parse_playlist_entry

NAME = "Exclusions"
DESCRIPTION = "What you put here stays out of your smart playlists. Read by your library mirror."
SLUG = "exclusions"
ASK_AGAIN = timedelta(days=7)  # whether the list is still the listener's: a deleted one can be read for ever


def choose_list(run: Run, key: dict[str, object], known: str | None) -> str:
    """The id of the list: the one that is `known` unless it was deleted, else one that is there, else a new one."""
    if known is not None and not is_in_doubt(run, key, known):
        return known
    if known is not None and run.spotify.library_contains([f"spotify:playlist:{known}"]) == [True]:
        confirm(run, key)
        return known
    lists = read_own_lists(run)
    if known is not None:
        # The question and the listing have to agree that it is gone.
        if known in lists.by_id:
            confirm(run, key)
        if known in lists.by_id or not lists.shows_all:
            return known
        run.log.warning(
            "your playlist %s was deleted on Spotify. What it held stays excluded until the list that takes its place "
            "holds something",
            NAME,
        )
    found = find_list(run, lists)
    with run.batch() as cursor:
        cursor.execute(statement("exclusions.intend"), {**key, "name": NAME})
        if found is not None:
            cursor.execute(statement("playlist_mappings.created"), {**key, "playlist_id": found})
    if found is not None:
        return found
    return create_private_playlist(run, key, NAME, DESCRIPTION)


def is_in_doubt(run: Run, key: dict[str, object], known: str) -> bool:
    """Whether it is time to ask if the list is still the listener's."""
    with run.batch() as cursor:
        values = {**key, "playlist_id": known, "asked_before": run.clock.now() - ASK_AGAIN}
        cursor.execute(statement("exclusions.in_doubt"), values)
        return cursor.fetchone() is not None


def confirm(run: Run, key: dict[str, object]) -> None:
    """The list is still the listener's: that is not asked again for a while."""
    with run.batch() as cursor:
        cursor.execute(statement("exclusions.confirmed"), {**key, "now": run.clock.now()})


def find_list(run: Run, lists: OwnLists) -> str | None:
    """The list that we made, perhaps from another database; else the only one that the listener gave this name.

    It is only read, so that a list of somebody's own making cannot be harmed.
    """
    named = [entry for entry in lists.by_id.values() if entry.is_own and entry.name == NAME]
    ours = [entry for entry in named if entry.description == DESCRIPTION]
    if ours or len(named) == 1:
        return (ours or named)[0].playlist_id
    if named:
        run.log.warning(
            "you have %d playlists named %s, none of them made here: another one is created", len(named), NAME
        )
    return None


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
