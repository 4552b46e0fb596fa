"""Copy the tracks of saved albums that did not come with the album itself: those beyond the first 50.

Only albums that lack tracks cost requests: one per 50 tracks missing.
"""

import sys
from datetime import timedelta

from utils.album_tracks import AlbumPage, begun, missing_pages, save_page, save_whole_albums
from utils.database.statements import statement
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.spotify.client import Payload, in_order

ENTITY = "album_tracks"


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
    unknown = [album_id for album_id, _, stored in lacking if not stored and not begun(state, album_id)]
    complete = save_whole_albums(run, state, unknown)
    wanted = [page for album in lacking if album[0] not in complete for page in missing_pages(state, *album)]
    state.total = len(wanted)

    def fetch(wish: AlbumPage) -> Payload:
        return run.spotify.album_tracks(wish.album_id, wish.offset)

    for done, (wish, payload) in enumerate(in_order(fetch, wanted), start=1):
        save_page(run, state, wish, payload)
        run.progress(done, len(wanted))
    with run.batch() as cursor:
        state.is_complete, state.cursor = True, {}
        state.save(cursor, run.clock.now())
    run.check_items()


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
