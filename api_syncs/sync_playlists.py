"""Copy playlists: all that the listener owns or follows, and the items of those that may be read and have changed.

A list whose items are not ours to read is a state, not an error and not an empty list.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extras import execute_values

from api_syncs.playlist_items import ITEMS, sync_stale
from utils.database.rows import Events, Row
from utils.database.statements import statement
from utils.job.declaration import Entity
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.listing import Listing, ListingPage, sync_listing
from utils.mirror.passes import Batch
from utils.spotify.payloads import PAGE, page
from utils.spotify.playlist_payloads import PlaylistPayload, parse_playlist


# An absent count or image is not known (playlists.drop_images has those that are known to have none); an absent
# description is empty.
class Playlist(
    Row,
    table="playlists",
    key=("user_id", "playlist_id"),
    set_by={
        "image_url": "COALESCE(EXCLUDED.image_url, t.image_url)",
        "track_count": "COALESCE(EXCLUDED.track_count, t.track_count)",
        "name": "COALESCE(EXCLUDED.name, t.name)",
        "owner_id": "COALESCE(EXCLUDED.owner_id, t.owner_id)",
    },
    events=Events("followed", "unfollowed", "playlist"),
):
    """A list that the listener owns or follows, or once did, as listed, and its place among them."""

    user_id: str
    playlist_id: str
    owner_id: str | None
    name: str | None
    description: str | None
    is_public: bool | None
    is_collaborative: bool | None
    snapshot_id: str | None
    track_count: int | None
    image_url: str | None
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
    user_id = run.user.user_id
    ids = [entry.item_id for entry in entries]
    batch.execute("playlists.move", {"user_id": user_id, "ids": ids, "first": position})
    batch.upsert(
        Playlist(user_id=user_id, position=place, **entry.playlist._asdict())
        for place, entry in enumerate(entries, start=position)
    )
    without_image = [entry.item_id for entry in entries if entry.has_no_image]
    batch.execute("playlists.drop_images", {"user_id": user_id, "ids": without_image})
    readable = [(user_id, entry.item_id, entry.has_items) for entry in entries]
    if readable:
        execute_values(batch.cursor, statement("playlists.set_readable"), readable, page_size=len(readable))


PLAYLISTS = Listing(Playlist, "playlist", fetch, parse_playlist, save)


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
    writes="playlists, playlist_items, playlist_item_history, library_events, "
    "tracks, albums, artists and their credits",
    counts="playlists and their entries",
    groups=("library", "playlists"),
    setting="spotify.auto_sync_playlists",
    interval="spotify.playlists_sync_interval_minutes",
    entities=(Entity(PLAYLISTS.name), ITEMS),
)

if __name__ == "__main__":
    leave(main(JOB))
