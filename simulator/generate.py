"""A made-up account of realistic shape, the same for the same arguments.

Popularity of artists is long-tailed, Liked Songs come partly from saved albums, whole albums were saved in one
second, and with `odd` (the default) the corners that have broken programs are all there; see `oddities`.
"""

import random
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from simulator import names
from simulator.catalogue import Album, Artist, SavedAlbum, SavedTrack, Track, User, to_second
from simulator.generate_playlists import add_playlists
from simulator.generate_plays import add_plays, add_top_lists
from simulator.identifiers import make_id
from simulator.library import Library
from simulator.oddities import (
    LONG_ALBUMS,
    add_null_albums,
    add_null_tracks,
    add_odd_albums,
    add_odd_tracks,
)

SAVED_YEARS = 6
SHARE_FROM_SAVED_ALBUMS = 0.4
FEWEST_ALBUMS_WITH_LONG_ONES = 8


class Catalogue:
    """Makes artists, albums and tracks with ids derived from the seed."""

    def __init__(self, library: Library, seed: int, rng: random.Random, artists: int) -> None:
        self.library = library
        self.seed = seed
        self.rng = rng
        self.made = 0
        for rank in range(artists):
            self._artist(rank, artists)
        self._ids = list(library.artists)
        self._weights = list(accumulate(1 / (rank + 1) ** 0.8 for rank in range(artists)))

    def artist(self) -> str:
        """Pick an artist, the popular ones more often."""
        return self.rng.choices(self._ids, cum_weights=self._weights)[0]

    def album(self, size: int, album_type: str = "album", artist_id: str | None = None) -> str:
        """Make an album of `size` tracks."""
        rng = self.rng
        artist_id = artist_id or self.artist()
        artist = self.library.artists[artist_id]
        year = min(2026, 1962 + int(64 * rng.random() ** 0.5))
        month = rng.randint(1, 12 if year < 2026 else 9)
        album = Album(
            id=self._id("album"),
            name=names.title(rng),
            artist_ids=[artist_id],
            album_type=album_type,
            release_date=f"{year}-{month:02d}-{rng.randint(1, 28):02d}",
            upc=f"{rng.randrange(10**11, 10**12)}",
            label=rng.choice(names.LABELS),
            popularity=_near(rng, artist.popularity),
            copyrights=[f"{year} {rng.choice(names.LABELS)}"],
        )
        self.library.albums[album.id] = album
        for _ in range(size):
            self.track(album, year)
        return album.id

    def track(self, album: Album, year: int = 2020, **details: object) -> str:
        """Make a track at the end of `album`; `details` override attributes."""
        rng = self.rng
        performers = list(album.artist_ids)
        guest = self.artist() if rng.random() < 0.12 else ""
        if guest and guest not in performers:
            performers.append(guest)
        track = Track(
            id=self._id("track"),
            name=names.title(rng, self.library.artists[guest].name if guest else "Friends"),
            album_id=album.id,
            artist_ids=performers,
            duration_ms=max(45_000, int(rng.gauss(215_000, 55_000))),
            explicit=rng.random() < 0.12,
            track_number=len(album.track_ids) + 1,
            isrc=f"NLS{year % 100:02d}{self.made % 10_000_000:07d}",
            popularity=_near(rng, self.library.artists[performers[0]].popularity),
        )
        for name, value in details.items():
            setattr(track, name, value)
        self.library.tracks[track.id] = track
        album.track_ids.append(track.id)
        return track.id

    def other_artist(self, name: str) -> str:
        """Make an artist beside the ranked ones."""
        artist_id = self._id("artist")
        self.library.artists[artist_id] = Artist(artist_id, name, has_image=False)
        return artist_id

    def _artist(self, rank: int, total: int) -> None:
        rng = self.rng
        popularity = round(96 * (1 - (rank / total) ** 0.35))
        genres = rng.sample(names.GENRES, rng.randint(1, 3)) if rng.random() < 0.7 else None
        artist = Artist(
            id=self._id("artist"),
            name=names.artist_name(rng),
            genres=genres,
            popularity=popularity,
            followers=int(10 ** (popularity / 14)),
        )
        self.library.artists[artist.id] = artist

    def _id(self, kind: str) -> str:
        self.made += 1
        return make_id(self.seed, kind, self.made)


def generate(
    seed: int = 1,
    liked: int = 1500,
    albums: int = 100,
    plays: int = 400,
    playlists: int = 12,
    followed: int = 60,
    now: datetime | None = None,
    *,
    odd: bool = True,
) -> Library:
    """Make a library.

    `liked` and `albums` count readable entries; null entries (two and one) come on top. `now` (aware, by
    default the current time) is the moment everything lies before. `playlists` counts own and followed lists
    without the null entries. A size of 0 holds no odd entries of that kind, `odd=False` leaves out all.
    """
    now = to_second(now or datetime.now(UTC))
    rng = random.Random(seed)  # noqa: S311 - reproducible data, not secrets
    user = User(f"listener{seed}", make_id(seed, "account"), "Robin van der Test")
    library = Library(user)
    catalogue = Catalogue(library, seed, rng, artists=max(8, followed, liked // 9 + albums // 3))
    saved = _saved_albums(catalogue, albums, odd)
    pool = _liked_pool(catalogue, saved, liked)
    if odd and albums:
        add_odd_albums(catalogue, saved)
    if odd and liked:
        add_odd_tracks(catalogue, pool)
    _save_albums(library, saved, rng, now)
    _like(library, pool, rng, now)
    if odd and liked:
        add_null_tracks(library)
    if odd and albums:
        add_null_albums(library)
    library.followed = list(library.artists)[:followed]
    outside = [catalogue.album(rng.randint(8, 14)) for _ in range(max(2, plays // 60))]
    add_playlists(catalogue, playlists, now, odd=odd)
    add_plays(library, plays, rng, now, outside)
    add_top_lists(library, now)
    return library


def _saved_albums(catalogue: Catalogue, count: int, odd: bool) -> list[str]:
    rng = catalogue.rng
    sizes = [rng.choices((rng.randint(7, 18), rng.randint(3, 6), 1), (80, 14, 6))[0] for _ in range(count)]
    if odd and count >= FEWEST_ALBUMS_WITH_LONG_ONES:
        for place, size in enumerate(LONG_ALBUMS):
            sizes[(place * 2 + 1) * count // (2 * len(LONG_ALBUMS))] = size
    kinds = [
        "compilation" if size > 18 else "single" if size <= 3 else "ep" if size < 6 else "album"
        for size in sizes
    ]
    return [catalogue.album(size, kind) for size, kind in zip(sizes, kinds, strict=True)]


def _liked_pool(catalogue: Catalogue, saved: list[str], count: int) -> list[str]:
    """Ids of the tracks to like, distinct, tracks of one album next to each other."""
    rng, library = catalogue.rng, catalogue.library
    pool: list[str] = []
    for album_id in saved:
        tracks = library.albums[album_id].track_ids
        pool += rng.sample(tracks, min(len(tracks), 12, rng.randint(0, len(tracks))))
        if len(pool) >= count * SHARE_FROM_SAVED_ALBUMS:
            break
    del pool[int(count * SHARE_FROM_SAVED_ALBUMS) :]
    while len(pool) < count:
        size = rng.choices((rng.randint(8, 14), 1, 4), (55, 30, 15))[0]
        kind = "single" if size == 1 else "album"
        tracks = library.albums[catalogue.album(size, kind)].track_ids
        pool += rng.sample(tracks, min(len(tracks), rng.choices((1, 2, 4, 8), (50, 25, 17, 8))[0]))
    del pool[count:]
    return pool


def _moments(count: int, rng: random.Random, now: datetime) -> list[datetime]:
    """Moments over the years before now, newest first, later years fuller; groups share a second."""
    span = timedelta(days=365 * SAVED_YEARS).total_seconds()
    moments: list[datetime] = []
    while len(moments) < count:
        moment = to_second(now - timedelta(hours=3, seconds=span * rng.random() ** 1.6))
        together = rng.choice((2, 3, 5, 8)) if rng.random() < 0.05 else 1
        moments += [moment] * min(together, count - len(moments))
    return sorted(moments, reverse=True)


def _like(library: Library, pool: list[str], rng: random.Random, now: datetime) -> None:
    blocks = [pool[start : start + 3] for start in range(0, len(pool), 3)]
    rng.shuffle(blocks)
    order = [track_id for block in blocks for track_id in block]
    moments = _moments(len(order), rng, now)
    library.liked = [SavedTrack(track_id, at) for track_id, at in zip(order, moments, strict=True)]


def _save_albums(library: Library, saved: list[str], rng: random.Random, now: datetime) -> None:
    order = rng.sample(saved, len(saved))
    moments = _moments(len(order), rng, now)
    library.saved_albums = [SavedAlbum(album_id, at) for album_id, at in zip(order, moments, strict=True)]


def _near(rng: random.Random, popularity: int) -> int:
    return min(100, max(0, popularity + rng.randint(-15, 5)))
