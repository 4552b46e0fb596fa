"""Write what Spotify says about artists, albums and tracks: each table once per page, in one order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from utils.database.tables import AlbumArtist, Artist, TrackArtist
from utils.database.upsert import Counts, upsert
from utils.spotify.payloads import AlbumPayload, TrackPayload


def save_catalogue(
    cursor: Cursor, tracks: Sequence[TrackPayload], albums: Sequence[AlbumPayload], now: datetime
) -> Counts:
    """Upsert tracks and albums with everything they came with, in at most seven statements.

    `now` stamps the albums whose tracks are all here. What Spotify left out leaves stored values alone.
    Returns what became of the rows of `tracks`.
    """
    every_track = [*tracks, *(track for album in albums for track in album.tracks)]
    every_album = [*(track.album for track in tracks if track.album), *albums]  # full ones last: they count
    artists = [artist for payload in every_track for artist in payload.artists]
    artists += [artist for payload in every_album for artist in payload.artists]
    artists.sort(key=Artist.told)  # of one artist the fullest counts
    upsert(cursor, artists)
    stamped = (
        replace(payload.album, tracks_synced_at=now) if payload.has_all_tracks else payload.album
        for payload in every_album
    )
    upsert(cursor, stamped)
    _save_credits(cursor, AlbumArtist, {p.album.album_id: p.artists for p in every_album if p.artists})
    fullest_last = sorted(every_track, key=lambda payload: payload.track.isrc is not None)
    counts = upsert(cursor, (payload.track for payload in fullest_last))
    _save_credits(cursor, TrackArtist, {p.track.track_id: p.artists for p in every_track if p.artists})
    return counts


def _save_credits(
    cursor: Cursor, row: type[AlbumArtist] | type[TrackArtist], credits_of: dict[str, list[Artist]]
) -> None:
    """Make the credits of these albums or tracks just those given, in order."""
    if not credits_of:
        return
    upsert(
        cursor,
        (
            row(owner_id, position, artist.artist_id)
            for owner_id, artists in credits_of.items()
            for position, artist in enumerate(artists)
        ),
    )
    table = row.table
    execute_values(
        cursor,
        f"DELETE FROM {table.name} AS t USING (VALUES %s) AS v (owner_id, credits) "  # noqa: S608 - names of ours
        f"WHERE t.{table.key[0]} = v.owner_id AND t.position >= v.credits",
        [(owner_id, len(artists)) for owner_id, artists in sorted(credits_of.items())],
        page_size=len(credits_of),
    )
