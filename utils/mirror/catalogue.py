"""Write what Spotify says about artists, albums and tracks: each table once per page, in one order.

What is on an album (album_tracks) is only ever taken from the album's own listing. The album that is shown with a liked
or played track may be another one than that which was saved, and its listing may have the track under another id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from utils.database.rows import Counts, changed_owners, upsert_news
from utils.database.statements import statement
from utils.database.tables import (
    Album,
    AlbumArtist,
    AlbumTrack,
    Artist,
    EnrichedArtist,
    ListedTrack,
    Track,
    TrackArtist,
)
from utils.spotify.payloads import AlbumPayload, TrackPayload

_HOLD = statement("catalogue.hold")
_UNLISTED, _TAKE_OFF = statement("albums.unlisted"), statement("albums.take_off")


def save_catalogue(
    cursor: Cursor,
    tracks: Sequence[TrackPayload],
    albums: Sequence[AlbumPayload],
    now: datetime,
    *,
    listed: Sequence[TrackPayload] = (),
    are_full: bool = False,
    to_stamp: Sequence[Artist | Album] = (),
) -> Counts:
    """Upsert tracks and albums with everything they came with: read first, and only news are written.

    `listed`: tracks from the listings of stored albums, beside those that come with `albums`. `now` stamps the albums
    whose tracks are all here, and the `albums` that `are_full` objects, where nothing of them was unreadable. What Spotify left out leaves stored values alone, but what a whole album lacks is on it no more. `to_stamp`:
    artists and albums, by their ids, that the caller stamps behind all this: they are locked in their place.
    Returns what became of the tracks: as listed, of the rows that say what is on an album. Raises ValueError where tracks come both as shown and as listed: a
    table is written once in a transaction, in one order, else two jobs can wait for each other.
    """
    listed = [*listed, *(track for album in albums for track in album.tracks)]
    if tracks and listed:
        raise ValueError("tracks as shown and tracks as listed are stored in transactions of their own")
    every_track = [*tracks, *listed]
    every_album = [*(track.album for track in tracks if track.album), *albums]  # full ones last: they count
    shown = sorted(tracks, key=lambda track: track.track.isrc is not None)  # likewise
    unreadable = {album.album.album_id for album in albums if not album.is_readable}
    full = {album.album.album_id for album in albums} - unreadable if are_full else set()
    hold(cursor)
    upsert_news(
        cursor, _artists(every_track, every_album), [row for row in to_stamp if isinstance(row, Artist)]
    )
    # Credits that change are written while their album or track is locked: what two answers contradict each other about is
    # settled by one after the other.
    of_albums = [AlbumArtist(*each) for each in _credits((a.album.album_id, a.artists) for a in every_album)]
    changed = changed_owners(cursor, of_albums)
    upsert_news(
        cursor,
        [_stamped(album, now, full) for album in every_album],
        [*(row for row in to_stamp if isinstance(row, Album)), *map(Album, changed)],
    )
    upsert_news(cursor, [row for row in of_albums if row.album_id in changed])
    of_tracks = [TrackArtist(*each) for each in _credits((t.track.track_id, t.artists) for t in every_track)]
    changed = changed_owners(cursor, of_tracks)
    if shown:
        counts = upsert_news(cursor, [track.track for track in shown], map(Track, changed))
    else:
        rows = [ListedTrack(**vars(track.track)) for track in listed]
        upsert_news(cursor, rows, map(ListedTrack, changed))
    upsert_news(cursor, [row for row in of_tracks if row.track_id in changed])
    if not shown:
        counts = upsert_news(cursor, [_on_album(track.track) for track in listed])
    forget_unlisted(cursor, {album.album.album_id: album.tracks for album in albums if album.has_all_tracks})
    return counts


def save_full_artists(cursor: Cursor, artists: Iterable[EnrichedArtist]) -> Counts:
    """Upsert artists that have come as full objects."""
    hold(cursor)
    return upsert_news(cursor, artists)


def hold(cursor: Cursor) -> None:
    """Keep `clean` out until the transaction ends: what was read to be there stays there. Writers go on beside each other."""
    cursor.execute(_HOLD)


def forget_unlisted(cursor: Cursor, whole: Mapping[str, Sequence[TrackPayload]]) -> None:
    """What is not among the tracks of these albums (by id), which are all here, is on them no more."""
    if whole:
        given = [(album_id, track.track.track_id) for album_id, tracks in whole.items() for track in tracks]
        values = {
            "album_ids": list(whole),
            "owners": [owner for owner, _ in given],
            "track_ids": [track_id for _, track_id in given],
        }
        cursor.execute(_UNLISTED, values)
        surplus = cursor.fetchall()
        if surplus:
            owners, track_ids = zip(*surplus, strict=True)
            cursor.execute(_TAKE_OFF, {"owners": list(owners), "track_ids": list(track_ids)})


def _on_album(track: Track) -> AlbumTrack:
    return AlbumTrack(str(track.album_id), track.track_id, track.disc_number, track.track_number)


def _stamped(album: AlbumPayload, now: datetime, full: set[str]) -> Album:
    return replace(
        album.album,
        tracks_synced_at=now if album.has_all_tracks else None,
        enriched_at=now if album.album.album_id in full else None,
    )


def _artists(tracks: Iterable[TrackPayload], albums: Iterable[AlbumPayload]) -> list[Artist]:
    """Every artist credited on any of these; of one artist the fullest object is the last."""
    artists = [artist for track in tracks for artist in track.artists]
    artists += [artist for album in albums for artist in album.artists]
    return sorted(artists, key=lambda artist: sum(value is not None for value in vars(artist).values()))


def _credits(owners: Iterable[tuple[str, Sequence[Artist]]]) -> list[tuple[str, int, str]]:
    """(owner, position, artist) for each of these albums or tracks; the last answer that has credits counts."""
    credits_of = {owner_id: artists for owner_id, artists in owners if artists}
    return [
        (owner_id, position, artist.artist_id)
        for owner_id, artists in credits_of.items()
        for position, artist in enumerate(artists)
    ]
