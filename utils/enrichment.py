"""The details of artists and albums that were asked for by id: answers become rows, also those that say nothing."""

from collections.abc import Sequence

from utils.database.tables import ENRICHED_ALBUMS, ENRICHED_ARTISTS
from utils.database.upsert import upsert
from utils.job.run import Run
from utils.mirror.catalogue import save_catalogue
from utils.spotify.client import Payload
from utils.spotify.payloads import Album, AlbumPayload, Artist, BadItemError, parse_album, parse_artist

Answer = tuple[str, Payload | None]  # an id, and what Spotify says about it; None: nothing is known
Answers = Sequence[Answer]


def save_artists(run: Run, answers: Answers) -> None:
    """What was said about artists, and that they were asked for, whatever was said."""
    now = run.clock.now()
    rows: list[tuple[object, ...]] = []
    for artist_id, payload in answers:
        artist = Artist(artist_id, None, None, None, None, None)
        try:
            if payload is None:
                run.log.warning("artist %s is unknown to Spotify", artist_id)
            else:
                artist = parse_artist(payload)._replace(artist_id=artist_id)
        except BadItemError as error:
            run.bad_item(error)
        rows.append((*artist, now))
    with run.batch() as cursor:
        run.tally.add(upsert(cursor, ENRICHED_ARTISTS, rows), len(rows))


def save_albums(run: Run, answers: Answers) -> None:
    """The same for albums, with the tracks that come with them."""
    albums = []
    for album_id, payload in answers:
        # Unknown ones come along empty, so that all rows are locked in one order.
        albums.append(AlbumPayload(Album(album_id, *[None] * 9), [], [], has_all_tracks=False))
        try:
            if payload is None:
                run.log.warning("album %s is unknown to Spotify", album_id)
            else:
                albums.append(parse_album(payload))
        except BadItemError as error:
            run.bad_item(error)
    now = run.clock.now()
    with run.batch() as cursor:
        save_catalogue(cursor, [], albums, now)
        stamps = [(album_id, now) for album_id, _ in answers]
        run.tally.add(upsert(cursor, ENRICHED_ALBUMS, stamps), len(stamps))
