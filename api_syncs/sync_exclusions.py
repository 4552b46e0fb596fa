"""Copy the playlist "Exclusions": tracks that the listener puts there stay out of smart playlists.

A list that does not exist yet, or was deleted, is created, private and empty; one that was renamed is known by its id.
An unchanged list costs one small request.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api_syncs.exclusions_list import choose_list
from utils.database.rows import Row
from utils.database.statements import statement
from utils.errors import NotFoundError, UnavailableError
from utils.job.declaration import Entity, Renewal
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.catalogue import save_catalogue
from utils.mirror.exclusions import EXCLUSIONS, NAME
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.playlist_mappings import find_mapping
from utils.mirror.removals import adds_up
from utils.spotify.fields import Payload
from utils.spotify.payloads import PAGE, page
from utils.spotify.playlist_payloads import PlaylistEntry, parse_playlist_entry


class ExcludedTrack(
    Row,
    table="excluded_tracks",
    key=("user_id", "track_id"),
    # A doubled entry counts from its first.
    set_by={"excluded_at": "LEAST(t.excluded_at, EXCLUDED.excluded_at)"},
):
    """A track that stays out of smart playlists."""

    user_id: str
    track_id: str
    excluded_at: datetime


@dataclass
class ExclusionsState(PassState):
    """The version of the list that is being read, and how many entries of it have come."""

    snapshot_id: str | None = None
    entries: int = 0


def work(run: SpotifyRun) -> None:
    """Make excluded_tracks equal to the list, where that has changed."""
    key: dict[str, object] = {"user_id": run.user.user_id, "slug": EXCLUSIONS}
    known = find_mapping(run, EXCLUSIONS)
    playlist_id = choose_list(run, key, known.playlist_id if known else None)
    if playlist_id is None:
        return
    if known is not None and known.playlist_id != playlist_id:
        known = None
    try:
        snapshot = run.spotify.playlist_snapshot(playlist_id)
        if known and known.status == "active" and snapshot and known.snapshot_id == snapshot:
            return
        reading = read_list(run, playlist_id, snapshot)
        # Pages are not isolated from each other: of several, an edit in between can hide an entry.
        is_edited = (reading.total or 0) > PAGE and run.spotify.playlist_snapshot(playlist_id) != snapshot
    except (NotFoundError, UnavailableError) as error:
        run.log.warning("the exclusions cannot be read now (%s); they stay as they were", error)
        run.execute("playlist_mappings.missing", key)
        return
    is_first = known is None or not known.snapshot_id
    with reading.last_batch() as batch:
        if is_edited or reading.bad:
            run.log.warning(
                "the list was edited meanwhile or is not all readable: nothing is removed this time"
            )
        elif adds_up(reading, f"playlist {NAME}", reading.state.entries, reading.total):
            finish(reading, batch, snapshot, is_first=is_first)


def finish(reading: Pass[ExclusionsState], batch: Batch, snapshot: str, *, is_first: bool) -> None:
    """What the whole list has not is no longer excluded; but an empty list that is read for the first time says nothing.

    A list just created takes the place of one that was deleted: what that held stays.
    """
    key: dict[str, object] = {"user_id": reading.run.user.user_id, "slug": EXCLUSIONS}
    if reading.total or not is_first:
        batch.removed += batch.execute("exclusions.remove_missing", {**key, "entity_type": EXCLUSIONS})
    batch.execute("exclusions.synced", {**key, "now": reading.run.clock.now(), "snapshot_id": snapshot})


def read_list(run: SpotifyRun, playlist_id: str, snapshot: str) -> Pass[ExclusionsState]:
    """Store every page of this version; go on where a killed run left off."""
    reading = Pass(run, EXCLUSIONS, ExclusionsState, keeps_seen=True)
    if reading.is_complete or reading.state.snapshot_id != snapshot:
        reading.begin(ExclusionsState(snapshot_id=snapshot))

    def fetch(offset: int) -> Payload:
        return run.spotify.playlist_items(playlist_id, offset)

    if reading.offset == 0:
        save_page(reading, fetch(0))
    for _, payload in run.in_order(fetch, range(reading.offset, reading.total or 0, PAGE)):
        save_page(reading, payload)
    return reading


def save_page(reading: Pass[ExclusionsState], payload: Payload) -> None:
    """Store one page of entries. Episodes, local files, and entries without content exclude nothing."""
    run, now = reading.run, reading.run.clock.now()
    content = page(payload)
    entries = reading.read(content.items, parse_playlist_entry).entries
    rows = excluded(run.user.user_id, entries, now)
    tracks = [entry.payload for entry in entries if entry.payload is not None]

    def write(batch: Batch) -> None:
        save_catalogue(batch.cursor, tracks, [], now)
        batch.upsert(rows)
        batch.met = [row.track_id for row in rows]
        reading.total = content.total
        reading.offset += PAGE
        reading.state.entries += len(content.items)

    reading.write(write)
    run.progress(min(reading.offset, content.total), content.total)


def excluded(user_id: str, entries: Sequence[PlaylistEntry], now: datetime) -> list[ExcludedTrack]:
    """The rows of a page: of a doubled track the last, so the first added, counts."""
    rows = [
        ExcludedTrack(user_id, entry.payload.track.track_id, entry.added_at or now)
        for entry in entries
        if entry.payload is not None
    ]
    return sorted(rows, key=lambda row: row.excluded_at, reverse=True)


JOB = SpotifyJob(
    name="sync_exclusions",
    work=work,
    about=__doc__,
    reads="GET /playlists/{id}, GET /playlists/{id}/items (scope playlist-read-private), GET /me/playlists before the "
    "list is known, GET /me/library/contains",
    writes="excluded_tracks, playlist_mappings, tracks, albums, artists and their credits, and once a private playlist on Spotify (POST /me/playlists)",
    counts="excluded tracks",
    groups=("playlists", "library"),
    setting="spotify.auto_sync_playlists",
    cooldown=timedelta(minutes=10),
    entities=(Entity(EXCLUSIONS, (Renewal(statement("exclusions.of_another_version")),)),),
)

if __name__ == "__main__":
    leave(main(JOB))
