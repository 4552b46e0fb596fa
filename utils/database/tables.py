"""The tables that are written in bulk, in the order in which a transaction writes them."""

from dataclasses import replace

from utils.database.upsert import Table

ARTISTS = Table(
    "artists",
    ("artist_id",),
    ("name", "genres", "popularity", "follower_count", "image_url"),
    keeps_known=True,
)
# A full object has come: an answer to the question for details, however little it says. The stamp is renewed weekly,
# so that what is read every day is not written every day.
ENRICHED_ARTISTS = replace(
    ARTISTS,
    columns=(*ARTISTS.columns, "enriched_at"),
    set_by={
        # Some modes leave every list empty, which is no news about an artist whose genres are known.
        "genres": "COALESCE(NULLIF(EXCLUDED.genres, '{}'), t.genres, EXCLUDED.genres)",
        "enriched_at": "CASE WHEN t.enriched_at > EXCLUDED.enriched_at - interval '7 days' THEN t.enriched_at"
        " ELSE EXCLUDED.enriched_at END",
    },
)
ALBUMS = Table(
    "albums",
    ("album_id",),
    (
        "name",
        "album_type",
        "release_date",
        "release_date_precision",
        "total_tracks",
        "label",
        "popularity",
        "upc",
        "image_url",
        "tracks_synced_at",
    ),
    keeps_known=True,
    # The first time counts; an album that has grown or shrunk has to be read again.
    set_by={
        "tracks_synced_at": "CASE WHEN EXCLUDED.total_tracks <> t.total_tracks THEN EXCLUDED.tracks_synced_at"
        " ELSE COALESCE(t.tracks_synced_at, EXCLUDED.tracks_synced_at) END"
    },
)
ENRICHED_ALBUMS = Table(
    "albums",
    ("album_id",),
    ("enriched_at",),
    set_by={"enriched_at": "COALESCE(t.enriched_at, EXCLUDED.enriched_at)"},
)
ALBUM_ARTISTS = Table("album_artists", ("album_id", "position"), ("artist_id",))
ARTIST_ALBUMS = Table("artist_albums", ("artist_id", "album_id"), ("removed_at",))
TRACKS = Table(
    "tracks",
    ("track_id",),
    ("album_id", "name", "disc_number", "track_number", "duration_ms", "explicit", "isrc", "popularity"),
    keeps_known=True,
)
TRACK_ARTISTS = Table("track_artists", ("track_id", "position"), ("artist_id",))
LIKED_TRACKS = Table("liked_tracks", ("user_id", "track_id"), ("liked_at", "removed_at"))
SAVED_ALBUMS = Table("saved_albums", ("user_id", "album_id"), ("added_at", "removed_at"))
SYNC_SEEN = Table("sync_seen", ("user_id", "entity_type", "item_id"), ())
PLAYS = Table(
    "plays",
    ("user_id", "played_at", "item_key"),
    ("track_id", "source", "context_uri"),
    # A stored play stays as it is: the feed only repeats it.
    set_by={
        "track_id": "COALESCE(t.track_id, EXCLUDED.track_id)",
        "source": "t.source",
        "context_uri": "COALESCE(t.context_uri, EXCLUDED.context_uri)",
    },
)
FOLLOWED_ARTISTS = Table(
    "followed_artists",
    ("user_id", "artist_id"),
    ("first_seen_at", "removed_at"),
    # Since when: kept while it lasts, new after a break.
    set_by={
        "first_seen_at": "CASE WHEN t.removed_at IS NULL THEN t.first_seen_at ELSE EXCLUDED.first_seen_at END"
    },
)
PLAYLISTS = Table(
    "playlists",
    ("playlist_id",),
    (
        "owner_id",
        "name",
        "description",
        "is_public",
        "is_collaborative",
        "snapshot_id",
        "track_count",
        "image_url",
    ),
    # An absent count or image is not known (playlists.drop_images has those that are known to have none); an absent
    # description is empty.
    set_by={
        "image_url": "COALESCE(EXCLUDED.image_url, t.image_url)",
        "track_count": "COALESCE(EXCLUDED.track_count, t.track_count)",
        "name": "COALESCE(EXCLUDED.name, t.name)",
        "owner_id": "COALESCE(EXCLUDED.owner_id, t.owner_id)",
    },
)
USER_PLAYLISTS = Table("user_playlists", ("user_id", "playlist_id"), ("position", "removed_at"))
PLAYLIST_ITEMS_STAGED = Table(
    "playlist_items_staged",
    ("playlist_id", "position"),
    ("item_uri", "item_type", "track_id", "name", "added_at", "added_by"),
)
TOP_ITEMS = Table("top_items", ("user_id", "item_type", "time_range", "captured_on", "rank"), ("item_id",))
TRACK_AVAILABILITY = Table(
    "track_availability",
    ("market", "track_id"),
    ("is_playable", "restriction_reason", "relinked_to", "checked_at", "changed_at"),
    # Unknown is no change, and leaves what was known, so that a turn is recorded with its time also when an answer
    # in between has said nothing.
    set_by={
        "is_playable": "COALESCE(EXCLUDED.is_playable, t.is_playable)",
        "restriction_reason": "CASE WHEN EXCLUDED.is_playable IS NULL THEN t.restriction_reason"
        " ELSE EXCLUDED.restriction_reason END",
        "relinked_to": "CASE WHEN EXCLUDED.is_playable IS NULL THEN t.relinked_to ELSE EXCLUDED.relinked_to END",
        "changed_at": "CASE WHEN EXCLUDED.is_playable <> t.is_playable THEN EXCLUDED.checked_at ELSE t.changed_at END",
    },
)
EXCLUDED_TRACKS = Table(
    "excluded_tracks",
    ("user_id", "track_id"),
    ("excluded_at",),
    # A doubled entry counts from its first.
    set_by={"excluded_at": "LEAST(t.excluded_at, EXCLUDED.excluded_at)"},
)
IMAGES = Table(
    "images", ("kind", "spotify_id"), ("source_url", "path", "bytes", "width", "height", "fetched_at")
)
