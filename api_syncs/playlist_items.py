"""The items of playlists: read page by page into a stage, then put in place of the old ones in one transaction.

Items count by position: local files, episodes, doubled entries and entries without content are kept in order.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from utils.database.rows import Counts, Row, upsert
from utils.database.statements import statement
from utils.errors import JobError, NotFoundError, PayloadError, RefusedError, TransientError, UnavailableError
from utils.job.budget import PLAYLIST_ITEMS, Budget
from utils.job.declaration import Entity, Renewal
from utils.job.spotify_run import SpotifyRun
from utils.mirror.catalogue import save_catalogue
from utils.mirror.list_past import keep_version
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.refusals import Refusals
from utils.mirror.removals import adds_up
from utils.spotify.payloads import PAGE, Page, page
from utils.spotify.playlist_payloads import PlaylistEntry, parse_playlist_entry
from utils.words import counted

ASK_AGAIN = timedelta(days=7)  # for the items of another's list that were refused
GIVE_UP_AFTER = 3  # lists in a row that failed: then it is not the lists


UNREADABLE = "playlist_version"  # the kind of question
ITEMS = Entity(
    "playlist_items", (Renewal(statement("playlists.items_of_no_version")),), refusals=(UNREADABLE,)
)


class StagedItem(Row, table="playlist_items_staged", key=("user_id", "playlist_id", "position")):
    """An entry of a list that is being read. `track_id`: of a track that could be read."""

    user_id: str
    playlist_id: str
    position: int
    item_uri: str | None
    item_type: str
    track_id: str | None
    name: str | None
    added_at: datetime | None
    added_by: str | None


@dataclass
class ItemsState(PassState):
    """The list that is being read, and the version of it that `sync_playlists` has listed."""

    playlist_id: str | None = None
    snapshot_id: str | None = None
    all_read: bool = False


def sync_stale(run: SpotifyRun) -> None:
    """Copy the items of every list that has changed, and of those whose refusal may be over.

    A list that fails does not keep the others from being copied; the run has failed at its end if any has. A version
    of which too much cannot be read, run after run, is left alone for a while, so that it does not fail them all.
    """
    reading = Pass(run, ITEMS.name, ItemsState)
    unreadable = Refusals(run, UNREADABLE, "cannot be read")
    now = run.clock.now()
    values = {
        "user_id": run.user.user_id,
        "spotify_id": run.user.spotify_id,
        "now": now,
        "refused_before": now - ASK_AGAIN,
    }
    with run.transaction() as cursor:
        cursor.execute(statement("playlists.stale"), values)
        stale = cursor.fetchall()
    if stale and not run.options.force:
        lasting = unreadable.lasting()
        stale = [each for each in stale if each[2] not in lasting]
    copied: list[str] = []
    failed: list[str] = []
    in_a_row = 0
    for number, (playlist_id, is_own, snapshot) in enumerate(stale):
        run.progress(number, len(stale))
        try:
            if sync_items(reading, playlist_id, snapshot, "items" if is_own else "tracks"):
                copied.append(snapshot)
            in_a_row = 0
        except (NotFoundError, UnavailableError) as error:
            run.log.info("Spotify does not show us the items of playlist %s (%s)", playlist_id, error.status)
            run.execute("playlists.not_readable", {**list_key(run, playlist_id), "now": run.clock.now()})
            in_a_row = 0
        except (PayloadError, RefusedError, TransientError) as error:
            run.log.error("the items of playlist %s could not be read: %s", playlist_id, error)  # noqa: TRY400 - one line, no traceback
            failed.append(playlist_id)
            if isinstance(error, PayloadError):
                with run.transaction() as cursor:
                    unreadable.note(cursor, [snapshot])
            in_a_row += 1
            if in_a_row == GIVE_UP_AFTER:
                break
    if copied:
        with run.transaction() as cursor:
            unreadable.note(cursor, [], copied)
    if failed:
        raise JobError(
            f"the items of {len(failed)} of {counted(len(stale), 'changed playlist')} could not be read: {', '.join(failed)}.",
            "Run again later: what could be read is stored, and those keep what they had.",
        )
    reading.begin(ItemsState())
    with reading.last_batch():
        pass


def sync_items(reading: Pass[ItemsState], playlist_id: str, snapshot: str, spelling: str) -> bool:
    """Copy the items of this version; True when the list has them now.

    A list of several pages that is edited while it is read would be half old and half new: its version is looked at
    once more, and when it has changed, the pages are thrown away until the next run. So are pages that do not add up.
    Raises PayloadError where too much of the list could not be read: then it keeps what it had.
    """
    run = reading.run
    if (reading.state.playlist_id, reading.state.snapshot_id) != (playlist_id, snapshot):
        reading.begin(ItemsState(playlist_id=playlist_id, snapshot_id=snapshot))
    budget = Budget(run, "playlists", PLAYLIST_ITEMS)
    while not reading.state.all_read:
        budget.require()
        content = page(run.spotify.playlist_items(playlist_id, reading.offset, spelling=spelling))
        stage(reading, playlist_id, content)
    reading.check_readable()
    with run.transaction() as cursor:
        staged = count_staged(cursor, list_key(run, playlist_id))
    has_all = adds_up(reading, f"playlist {playlist_id}", staged, reading.total)
    is_edited = has_all and reading.offset > PAGE and run.spotify.playlist_snapshot(playlist_id) != snapshot
    is_copied, is_read = has_all and not is_edited, not reading.bad
    reading.begin(ItemsState())

    def write(batch: Batch) -> None:
        key = list_key(run, playlist_id)
        # Where this is done again, and was committed the first time, the stage is empty, and the list is not.
        if is_copied and count_staged(batch.cursor, key) == staged:
            put_in_place(batch, key, snapshot, is_read=is_read)
        batch.execute("playlists.forget_staged", key)

    reading.write(write)
    if is_edited:
        run.log.info(
            "playlist %s was edited while it was read; it is read again by the next run", playlist_id
        )
    return is_copied


def stage(reading: Pass[ItemsState], playlist_id: str, content: Page) -> None:
    """Store one page beside the list's items. A place of which Spotify gives nothing is kept."""
    found = dict(reading.read(content.items, parse_playlist_entry).numbered)
    entries = [found.get(place, PlaylistEntry()) for place in range(len(content.items))]

    def write(batch: Batch) -> None:
        if reading.offset == 0:
            batch.execute("playlists.forget_staged", list_key(reading.run, playlist_id))
        tracks = [entry.payload for entry in entries if entry.payload]
        save_catalogue(batch.cursor, tracks, [], reading.run.clock.now())
        rows = [
            StagedItem(
                reading.run.user.user_id,
                playlist_id,
                position,
                entry.item_uri,
                entry.item_type,
                entry.payload.track.track_id if entry.payload else None,
                entry.name,
                entry.added_at,
                entry.added_by,
            )
            for position, entry in enumerate(entries, start=reading.offset)
        ]
        upsert(batch.cursor, rows)
        reading.offset += PAGE
        reading.total = content.total
        # After a short page the offsets of the others are not known.
        reading.state.all_read = not content.has_next or len(content.items) < PAGE

    reading.write(write)


def count_staged(cursor: Cursor, key: dict[str, object]) -> int:
    """How many entries have come, null ones too."""
    cursor.execute(statement("playlists.count_staged"), key)
    ((count,),) = cursor.fetchall()
    return int(count)


def put_in_place(batch: Batch, key: dict[str, object], snapshot: str, *, is_read: bool) -> None:
    """The staged items become the list's; what came and went is noted, and counted as entries, wherever they stand.

    Unless every entry could be read (`is_read`), nothing is noted as gone: what is missing may be that entry.
    """
    values: dict[str, object] = {**key, "now": batch.now, "snapshot_id": snapshot}
    batch.execute("playlists.count_changes", values)
    ((new, changed, same, removed),) = batch.cursor.fetchall()
    batch.counts += Counts(new, changed, same)
    batch.removed += removed
    keep_version(batch.cursor, key, batch.now)
    batch.execute("playlists.drop_surplus", values)
    batch.execute("playlists.take_staged", values)
    if is_read:
        batch.execute("playlists.history_gone", values)
    batch.execute("playlists.history_come", values)
    batch.execute("playlists.history_named", values)
    batch.execute("playlists.items_taken", values)


def list_key(run: SpotifyRun, playlist_id: str) -> dict[str, object]:
    """What tells the listener's copy of a list from everybody else's."""
    return {"user_id": run.user.user_id, "playlist_id": playlist_id}
