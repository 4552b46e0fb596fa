"""Albums that are asked for whole: what their answers say, and which of the tracks that come with them are stored.

Of a saved album and one of a followed artist all are, of others those that are known: what `clean` would keep.
"""

from collections.abc import Collection, Sequence

from utils.database.tables import Album
from utils.mirror.catalogue import forget_unlisted, hold, save_catalogue
from utils.mirror.passes import Batch
from utils.mirror.reading import Reader
from utils.mirror.refusals import Refusals
from utils.spotify.fields import Payload
from utils.spotify.payloads import AlbumPayload

Answer = tuple[str, Payload | None]  # an id, and what Spotify says about it; None: nothing is known


def read_whole_albums(reading: Reader, answers: Sequence[Answer]) -> list[tuple[str, AlbumPayload]]:
    """Those that could be read, each behind the id that was asked for."""
    found = reading.read_albums([payload for _, payload in answers])
    return [(answers[place][0], album) for place, album in found.numbered]


def store_whole_albums(batch: Batch, albums: Sequence[tuple[str, AlbumPayload]]) -> None:
    """Store these, and the tracks of theirs that are needed; what they lack is on them no more."""
    # Those asked for come along empty, whatever id the answer has, so that all rows are locked in one order.
    asked_for = [
        AlbumPayload(Album(album_id), bad_tracks=int(not album.is_readable)) for album_id, album in albums
    ]
    found = [album for _, album in albums]
    kept = _without_needless_tracks(batch, found)
    save_catalogue(batch.cursor, [], asked_for + kept, batch.now, are_full=True)
    forget_unlisted(batch.cursor, {each.album.album_id: each.tracks for each in found if each.has_all_tracks})


def note_unknown(
    batch: Batch, refusals: Refusals, answers: Sequence[Answer], unread: Collection[str] = ()
) -> int:
    """Note which ids Spotify does not know, and which came with something `unread`; how many it does not know."""
    unknown = {item_id for item_id, payload in answers if payload is None}
    refusals.note(
        batch.cursor, unknown | set(unread), {item_id for item_id, _ in answers} - unknown - set(unread)
    )
    return len(unknown)


def unreadable_ones(albums: Sequence[tuple[str, AlbumPayload]]) -> list[str]:
    """The ids, as asked for, of those of which something could not be read: they have not come whole, and come again."""
    return [album_id for album_id, album in albums if not album.is_readable]


def _without_needless_tracks(batch: Batch, albums: Sequence[AlbumPayload]) -> list[AlbumPayload]:
    """The albums without the tracks that the next `clean` would remove, because nothing points to them."""
    hold(batch.cursor)  # what is known stays known
    track_ids = {track.track.track_id for each in albums for track in each.tracks}
    artist_ids = {each.album.album_id: [artist.artist_id for artist in each.artists] for each in albums}
    given = [(album_id, artist_id) for album_id, ids in artist_ids.items() for artist_id in ids]
    batch.execute(
        "enrichment.wanted_whole",
        {
            "album_ids": list(artist_ids),
            "owners": [album_id for album_id, _ in given],
            "artist_ids": [artist_id for _, artist_id in given],
        },
    )
    whole = {album_id for (album_id,) in batch.cursor}
    batch.execute("enrichment.known_tracks", {"track_ids": list(track_ids)})
    known = {track_id for (track_id,) in batch.cursor}
    kept = []
    for each in albums:
        is_whole = each.album.album_id in whole
        tracks = [track for track in each.tracks if is_whole or track.track.track_id in known]
        has_all = each.has_all_tracks and len(tracks) == len(each.tracks)
        kept.append(each._replace(tracks=tracks, has_all_tracks=has_all))
    return kept
