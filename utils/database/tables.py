"""The rows of the catalogue, and of what several scripts write. What one script writes stands with that script.

A transaction writes each table once, in one order: artists, albums, their credits, tracks, theirs, and then the rest.
None: Spotify did not say.
"""

from datetime import datetime

from utils.database.rows import Row


class Artist(Row, table="artists", key=("artist_id",), keeps_known=True):
    """An artist, as far as an answer tells."""

    artist_id: str
    name: str | None = None
    genres: list[str] | None = None
    popularity: int | None = None
    follower_count: int | None = None
    image_url: str | None = None


# The stamp is renewed weekly, so that what is read every day is not written every day. Some modes leave every list of
# genres empty, which is no news about an artist whose genres are known.
class EnrichedArtist(
    Artist,
    table="artists",
    key=("artist_id",),
    keeps_known=True,
    set_by={
        "genres": "COALESCE(NULLIF(EXCLUDED.genres, '{}'), t.genres, EXCLUDED.genres)",
        "enriched_at": "CASE WHEN EXCLUDED.enriched_at - believed(t.enriched_at, EXCLUDED.enriched_at) < interval '7 days'"
        " THEN t.enriched_at ELSE EXCLUDED.enriched_at END",
    },
):
    """An artist that has come as a full object: an answer to the question for details, however little it says."""

    enriched_at: datetime | None = None

    @classmethod
    def of(cls, artist: Artist, now: datetime) -> "EnrichedArtist":
        """The artist as it came, full, now."""
        return cls(**vars(artist), enriched_at=now)


# The first tracks_synced_at that can be counts (an album that is not stamped now keeps its own), and enriched_at for a month,
# so that what is read every day is not written every day; an album that has grown or shrunk has to be read again.
class Album(
    Row,
    table="albums",
    key=("album_id",),
    keeps_known=True,
    set_by={
        "tracks_synced_at": "CASE WHEN EXCLUDED.total_tracks <> t.total_tracks THEN EXCLUDED.tracks_synced_at"
        " ELSE COALESCE(believed(t.tracks_synced_at, EXCLUDED.tracks_synced_at), EXCLUDED.tracks_synced_at,"
        " t.tracks_synced_at) END",
        "enriched_at": "CASE WHEN EXCLUDED.enriched_at - believed(t.enriched_at, EXCLUDED.enriched_at) < interval '30 days'"
        " THEN t.enriched_at ELSE COALESCE(EXCLUDED.enriched_at, t.enriched_at) END",
    },
):
    """An album, as far as an answer tells.

    `tracks_synced_at`: all its tracks are stored; `enriched_at`: it has come as a full object.
    """

    album_id: str
    name: str | None = None
    album_type: str | None = None
    release_date: str | None = None
    release_date_precision: str | None = None
    total_tracks: int | None = None
    label: str | None = None
    popularity: int | None = None
    upc: str | None = None
    image_url: str | None = None
    tracks_synced_at: datetime | None = None
    enriched_at: datetime | None = None


class AlbumArtist(Row, table="album_artists", key=("album_id", "position"), is_exact=True):
    """A credit of an album."""

    album_id: str
    position: int
    artist_id: str


class Track(Row, table="tracks", key=("track_id",), keeps_known=True):
    """A track, as far as an answer tells. `album_id`: the album that it is shown with."""

    track_id: str
    album_id: str | None = None
    name: str | None = None
    disc_number: int | None = None
    track_number: int | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    isrc: str | None = None
    popularity: int | None = None


_OF_NEW_OR_SAME_ALBUM = "CASE WHEN t.album_id IS NULL OR t.album_id = EXCLUDED.album_id THEN COALESCE(EXCLUDED.{0}, t.{0}) ELSE t.{0} END"


class ListedTrack(
    Track,
    table="tracks",
    key=("track_id",),
    keeps_known=True,
    set_by={
        "album_id": "COALESCE(t.album_id, EXCLUDED.album_id)",
        "disc_number": _OF_NEW_OR_SAME_ALBUM.format("disc_number"),
        "track_number": _OF_NEW_OR_SAME_ALBUM.format("track_number"),
    },
):
    """A track as an album's listing has it: the album that is shown with the track itself may be another one, and stays."""


class AlbumTrack(Row, table="album_tracks", key=("album_id", "track_id"), keeps_known=True):
    """A track in the listing of an album, and its place there."""

    album_id: str
    track_id: str
    disc_number: int | None = None
    track_number: int | None = None


class TrackArtist(Row, table="track_artists", key=("track_id", "position"), is_exact=True):
    """A credit of a track."""

    track_id: str
    position: int
    artist_id: str
