"""Copy playlists: all that the listener owns or follows, and the items of those that may be read and have changed.

A list whose items are not ours to read is a state, not an error and not an empty list.
"""

import sys
from collections.abc import Sequence
from datetime import datetime

from psycopg2.extras import execute_values

from api_syncs.playlist_items import sync_stale
from utils.database.rows import Row
from utils.database.statements import statement
from utils.job.lifecycle import main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.listing import Listing, ListingPage, sync_listing
from utils.mirror.passes import Batch
from utils.spotify.client import PAGE
from utils.spotify.payloads import PlaylistPayload, page, parse_playlist


class UserPlaylist(Row, table="user_playlists", key=("user_id", "playlist_id")):
    """A list that the listener owns or follows, or once did, and its place among them."""

    user_id: str
    playlist_id: str
    position: int
    removed_at: datetime | None = None


def fetch(run: SpotifyRun, following: str | None) -> ListingPage:
    """The page from that offset on."""
    offset = int(following or 0)
    content = page(run.spotify.my_playlists(offset))
    has_next = content.has_next and content.items  # an empty page leads nowhere
    return ListingPage(content.items, str(offset + PAGE) if has_next else None, content.total)


def save(run: SpotifyRun, batch: Batch, entries: Sequence[PlaylistPayload], position: int) -> None:
    """The lists, and their place in the listener's own list."""
    batch.upsert(entry.playlist for entry in entries)
    batch.execute(
        "playlists.drop_images", {"ids": [entry.item_id for entry in entries if entry.has_no_image]}
    )
    user_id = run.user.user_id
    batch.upsert(
        UserPlaylist(user_id, entry.item_id, place) for place, entry in enumerate(entries, start=position)
    )
    readable = [(entry.item_id, entry.has_items) for entry in entries]
    if readable:
        execute_values(batch.cursor, statement("playlists.set_readable"), readable, page_size=len(readable))


PLAYLISTS = Listing(UserPlaylist, "playlist", fetch, parse_playlist, save)


def work(run: SpotifyRun) -> None:
    """First the lists themselves, then the items of those that have changed."""
    sync_listing(run, PLAYLISTS, remove=run.app_settings.is_on("spotify.remove_unfollowed_playlists"))
    sync_stale(run)


JOB = SpotifyJob(
    name="sync_playlists",
    work=work,
    about=__doc__,
    reads="GET /me/playlists, GET /playlists/{id}, GET /playlists/{id}/items (scopes playlist-read-private and -collaborative), "
    "GET /me/library/contains",
    writes="playlists, user_playlists, playlist_items, playlist_item_history, library_events, "
    "tracks, albums, artists and their credits",
    groups=("library", "playlists"),
    setting="spotify.auto_sync_playlists",
    interval="spotify.playlists_sync_interval_minutes",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
