"""Copy playlists: all that the listener owns or follows, and the items of those that may be read and have changed.

A list whose items are not ours to read is a state, not an error and not an empty list.
"""

import sys
from collections.abc import Sequence

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from api_syncs.playlist_items import sync_stale
from utils.database.statements import statement
from utils.database.tables import PLAYLISTS, USER_PLAYLISTS
from utils.database.upsert import Counts, upsert
from utils.job.checkpoint import Checkpoint
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.mirror.listing import Listing, ListingPage, sync_listing
from utils.spotify.client import PAGE
from utils.spotify.payloads import PlaylistPayload, page, parse_playlist


def fetch(run: Run, state: Checkpoint) -> ListingPage:
    """The page at the checkpoint's offset."""
    offset = int(str(state.cursor.get("following") or 0))
    content = page(run.spotify.my_playlists(offset))
    has_next = content.has_next and content.items  # an empty page leads nowhere
    return ListingPage(content.items, str(offset + PAGE) if has_next else None, content.total)


def save(run: Run, cursor: Cursor, entries: Sequence[PlaylistPayload], position: int) -> Counts:
    """The lists, and their place in the listener's own list."""
    counts = upsert(cursor, PLAYLISTS, [entry.playlist for entry in entries])
    without_image = [entry.item_id for entry in entries if entry.has_no_image]
    cursor.execute(statement("playlists.drop_images"), {"ids": without_image})
    rows = [(run.user.user_id, entry.item_id, position + n, None) for n, entry in enumerate(entries)]
    counts += upsert(cursor, USER_PLAYLISTS, rows)
    readable = [(entry.item_id, entry.has_items) for entry in entries]
    if readable:
        execute_values(cursor, statement("playlists.set_readable"), readable, page_size=len(readable))
    return counts


MINE = Listing(USER_PLAYLISTS, "playlist", fetch, parse_playlist, save)


def work(run: Run) -> None:
    """First the lists themselves, then the items of those that have changed."""
    sync_listing(run, MINE, remove=run.app_settings.is_on("spotify.remove_unfollowed_playlists"))
    sync_stale(run)


JOB = Job(
    name="sync_playlists",
    work=work,
    about=__doc__,
    reads="GET /me/playlists, GET /playlists/{id}/items (scopes playlist-read-private and -collaborative)",
    writes="playlists, user_playlists, playlist_items, playlist_item_history, library_events, tracks",
    groups=("library", "playlists"),
    setting="spotify.auto_sync_playlists",
    interval="spotify.playlists_sync_interval_minutes",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
