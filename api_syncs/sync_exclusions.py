"""Copy the playlist "Exclusions": tracks that the listener puts there stay out of smart playlists.

A list that does not exist yet, or was deleted, is created, private and empty; one that was renamed is known by its id.
An unchanged list costs one small request.
"""

import sys
from datetime import timedelta

from utils.database.statements import statement
from utils.errors import NotFoundError, UnavailableError
from utils.exclusions import NAME, SLUG, choose_list, read_list
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.mirror.completeness import is_whole
from utils.mirror.playlist_mappings import find_mapping
from utils.spotify.client import PAGE


def work(run: Run) -> None:
    """Make excluded_tracks equal to the list, where that has changed."""
    key: dict[str, object] = {"user_id": run.user.user_id, "slug": SLUG}
    mapping = find_mapping(run, SLUG)
    playlist_id = choose_list(run, key, mapping.playlist_id if mapping else None)
    known = mapping if mapping and mapping.playlist_id == playlist_id else None
    try:
        snapshot = run.spotify.playlist_snapshot(playlist_id)
        if known and known.status == "active" and snapshot and known.snapshot_id == snapshot:
            return
        state = read_list(run, playlist_id, snapshot)
        # Pages are not isolated from each other: of several, an edit in between can hide an entry.
        edited = (state.total or 0) > PAGE and run.spotify.playlist_snapshot(playlist_id) != snapshot
    except (NotFoundError, UnavailableError) as error:
        run.log.warning("the exclusions cannot be read now (%s); they stay as they were", error)
        with run.batch() as cursor:
            cursor.execute(statement("playlist_mappings.missing"), key)
        return
    now = run.clock.now()
    with run.batch() as cursor:
        if edited or state.cursor["unreadable"]:
            run.log.warning(
                "the list was edited meanwhile or is not all readable: nothing is removed this time"
            )
        elif is_whole(run, f"playlist {NAME}", state.items_processed, state.total):
            # A list just created has nothing to say yet: what one that was deleted held stays.
            if state.total or (known and known.snapshot_id):
                cursor.execute(statement("exclusions.remove_missing"), {**key, "entity_type": SLUG})
                run.tally.removed_items += cursor.rowcount
            cursor.execute(statement("exclusions.synced"), {**key, "now": now, "snapshot_id": snapshot})
        cursor.execute(statement("sync_state.forget_seen"), {**key, "entity_type": SLUG})
        state.is_complete = True
        state.save(cursor, now)
    run.check_items()


JOB = Job(
    name="sync_exclusions",
    work=work,
    about=__doc__,
    reads="GET /playlists/{id}/items (scope playlist-read-private), GET /me/playlists before the list is known, "
    "GET /me/library/contains",
    writes="excluded_tracks, tracks, albums, artists, playlist_mappings, and once a private playlist on Spotify",
    groups=("playlists", "library"),
    setting="spotify.auto_sync_playlists",
    cooldown=timedelta(minutes=10),
)

if __name__ == "__main__":
    sys.exit(main(JOB))
