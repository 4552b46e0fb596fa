"""The tables that are written in bulk, in the order in which a transaction writes them."""

from db.upsert import Table

ARTISTS = Table(
    "artists",
    ("artist_id",),
    ("name", "genres", "popularity", "follower_count", "image_url"),
    keeps_known=True,
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
ALBUM_ARTISTS = Table("album_artists", ("album_id", "position"), ("artist_id",))
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
