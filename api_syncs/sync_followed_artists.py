"""Copy followed artists, with the full artist objects that come along."""

import sys
from collections.abc import Sequence

from psycopg2.extensions import cursor as Cursor

from utils.database.tables import ENRICHED_ARTISTS, FOLLOWED_ARTISTS
from utils.database.upsert import Counts, upsert
from utils.job.checkpoint import Checkpoint
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.mirror.listing import Listing, ListingPage, sync_listing
from utils.spotify.payloads import FollowedArtist, cursor_page, parse_followed_artist


def fetch(run: Run, state: Checkpoint) -> ListingPage:
    """The page after the artist that the last one ended with."""
    following = state.cursor.get("following")
    items, after, total = cursor_page(run.spotify.followed_artists(str(following) if following else None))
    return ListingPage(items, after, total)


def save(run: Run, cursor: Cursor, entries: Sequence[FollowedArtist], _position: int) -> Counts:
    """The artists, and that they are followed."""
    now, user_id = run.clock.now(), run.user.user_id
    upsert(cursor, ENRICHED_ARTISTS, [(*entry.artist, now) for entry in entries])
    return upsert(cursor, FOLLOWED_ARTISTS, [(user_id, entry.item_id, now, None) for entry in entries])


FOLLOWED = Listing(FOLLOWED_ARTISTS, "artist", fetch, parse_followed_artist, save)


def work(run: Run) -> None:
    """Make followed_artists equal to whom the listener follows."""
    sync_listing(run, FOLLOWED, remove=run.app_settings.is_on("spotify.remove_unfollowed_artists"))


JOB = Job(
    name="sync_followed_artists",
    work=work,
    about=__doc__,
    reads="GET /me/following (scope user-follow-read)",
    writes="followed_artists, artists, library_events",
    groups=("library",),
    setting="spotify.auto_sync_artists",
    interval="spotify.artists_sync_interval_minutes",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
