"""A made-up account of realistic shape, the same for the same arguments.

Popularity of artists is long-tailed, Liked Songs come partly from saved albums, whole albums were saved in one
second, and with `odd` (the default) the corners that have broken programs are all there; see `oddities`.
"""

import random
from datetime import UTC, datetime, timedelta

from simulator.generation.made_catalogue import Catalogue
from simulator.generation.oddities import (
    LONG_ALBUMS,
    add_null_albums,
    add_null_tracks,
    add_odd_albums,
    add_odd_tracks,
)
from simulator.generation.playlists import add_playlists
from simulator.generation.plays import add_plays, add_top_lists
from simulator.world.catalogue import SavedAlbum, SavedTrack, User, to_second
from simulator.world.identifiers import make_id
from simulator.world.library import Library

SAVED_YEARS = 6
SHARE_FROM_SAVED_ALBUMS = 0.4
FEWEST_ALBUMS_WITH_LONG_ONES = 8


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
    catalogue = Catalogue(
        library, seed, rng, artists=max(8, followed, liked // 9 + albums // 3), is_abroad=odd
    )
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
