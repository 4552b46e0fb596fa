"""Copy followed artists, with the full artist objects that come along."""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from utils.database.rows import Events, Row
from utils.database.tables import Artist, EnrichedArtist
from utils.errors import PayloadError
from utils.job.declaration import Entity
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.catalogue import save_full_artists
from utils.mirror.listing import Listing, ListingPage, sync_listing
from utils.mirror.passes import Batch
from utils.spotify.fields import Payload, number, text
from utils.spotify.payloads import PAGE, parse_artist


class FollowedArtist(
    Row,
    table="followed_artists",
    key=("user_id", "artist_id"),
    # Since when: kept while it lasts, new after a break.
    set_by={
        "first_seen_at": "CASE WHEN t.removed_at IS NULL THEN t.first_seen_at ELSE EXCLUDED.first_seen_at END"
    },
    events=Events("followed", "unfollowed", "artist"),
):
    """An artist whom the listener follows, or once did."""

    user_id: str
    artist_id: str
    first_seen_at: datetime
    removed_at: datetime | None = None


class FollowedEntry(NamedTuple):
    """An entry of /me/following: a full artist."""

    item_id: str
    artist: Artist


def fetch(run: SpotifyRun, after: str | None) -> ListingPage:
    """The page after the artist that the last one ended with."""
    return cursor_page(run.spotify.get("me/following", type="artist", limit=PAGE, after=after))


def cursor_page(payload: Payload) -> ListingPage:
    """The page of artists in an answer of /me/following. Raises PayloadError where there is none."""
    wrapped = payload.get("artists")
    items = wrapped.get("items") if isinstance(wrapped, dict) else None
    if not isinstance(wrapped, dict) or not isinstance(items, list):
        raise PayloadError("Spotify answered with a page of followed artists without items.")
    cursors = wrapped.get("cursors")
    after = text(cursors, "after") if isinstance(cursors, dict) and wrapped.get("next") else None
    if items and after is None and wrapped.get("next"):  # an empty page leads nowhere, and does not add up
        raise PayloadError("Spotify answered with a page of followed artists that does not say how to go on.")
    return ListingPage(items, after, number(wrapped, "total") or len(items))


def parse_followed_artist(entry: Payload) -> FollowedEntry:
    """An entry of /me/following. Raises BadItemError."""
    artist = parse_artist(entry)
    return FollowedEntry(artist.artist_id, artist)


def save(run: SpotifyRun, batch: Batch, entries: Sequence[FollowedEntry], _position: int) -> None:
    """The artists, and that they are followed."""
    now, user_id = run.clock.now(), run.user.user_id
    save_full_artists(batch.cursor, [EnrichedArtist.of(entry.artist, now) for entry in entries])
    batch.upsert(FollowedArtist(user_id, entry.item_id, now) for entry in entries)


FOLLOWED = Listing(FollowedArtist, "artist", fetch, parse_followed_artist, save)


def work(run: SpotifyRun) -> None:
    """Make followed_artists equal to whom the listener follows."""
    sync_listing(run, FOLLOWED, remove=run.app_settings.is_on("spotify.remove_unfollowed_artists"))


JOB = SpotifyJob(
    name="sync_followed_artists",
    work=work,
    about=__doc__,
    reads="GET /me/following (scope user-follow-read), GET /me/library/contains",
    writes="followed_artists, artists, library_events",
    counts="followed artists",
    groups=("library",),
    setting="spotify.auto_sync_artists",
    interval="spotify.artists_sync_interval_minutes",
    entities=(Entity(FOLLOWED.name),),
)

if __name__ == "__main__":
    leave(main(JOB))
