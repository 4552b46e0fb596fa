"""What a listener hears over the years: the library's tracks, music from outside of it, podcasts, audiobooks."""

import random
from collections import defaultdict
from dataclasses import replace
from itertools import accumulate
from zlib import crc32

from simulator.exports.listening import CHAPTER, EPISODE, NOTHING, TRACK, Item
from simulator.generation.made_catalogue import Catalogue
from simulator.generation.names import title
from simulator.world.catalogue import Album, Artist, Track
from simulator.world.identifiers import make_id
from simulator.world.library import Library

OTHER_ARTISTS, OTHER_ALBUMS = 40, 70
PERCENT_OF_OTHER_IDS = 11  # of the URIs of a real history, so many were other ids of a recording
OUTSIDE = "GBX"  # how ISRCs of music from outside begin
SHOWS, EPISODES_OF_A_SHOW = 6, 120
BOOKS, CHAPTERS_OF_A_BOOK = 4, 24
SHORT_SONG_MS = 150_000
NO_CONTENT = Item(NOTHING, "")


class Repertoire:
    """All that can be heard, as items made once.

    `albums` maps each artist's name to albums, the library's artists first; `others` are tracks that the account has never
    had. Of the library's tracks, a ninth have another id of the same recording here, which nothing but the export
    has: its item says in `known_as` which track of the library it is.
    """

    def __init__(self, library: Library, seed: int) -> None:
        self._rng = random.Random(f"repertoire {seed}")  # noqa: S311 - reproducible data, not secrets
        self.seed = seed
        self.by_id: dict[str, Item] = {}
        self.albums: dict[str, list[list[Item]]] = defaultdict(list)
        self._add(library)
        outside = _outside(seed, self._rng)
        self._add(outside)
        self.others = [self.by_id[name] for name in outside.tracks]
        self.artists = list(self.albums)
        self._weights = list(accumulate(1 / (rank + 1) ** 0.7 for rank in range(len(self.artists))))
        self.short = [item for item in self.by_id.values() if item.duration_ms < SHORT_SONG_MS] or self.others
        self.shows = [self._show(number) for number in range(SHOWS)]
        self.books = [self._book(number) for number in range(BOOKS)]

    def artist(self, rng: random.Random) -> str:
        """Pick an artist, the popular ones more often."""
        return rng.choices(self.artists, cum_weights=self._weights)[0]

    def _add(self, library: Library) -> None:
        for album in library.albums.values():
            listed = [library.tracks[name] for name in album.track_ids if name in library.tracks]
            items = [self._item(library, track) for track in listed if track.id not in self.by_id]
            artist = _artist(library, album.artist_ids)
            if items:
                self.albums[artist].append(items)
        for track in library.tracks.values():
            if track.id not in self.by_id:  # shown with an album that does not list it
                self.by_id[track.id] = item_of(library, track)

    def _item(self, library: Library, track: Track) -> Item:
        item = item_of(library, track)
        chosen = crc32(f"{self.seed} {track.id}".encode()) % 100  # the same however much the library knows
        if chosen < PERCENT_OF_OTHER_IDS and not (track.isrc or "").startswith(OUTSIDE):
            item = other_id(item)
        self.by_id[track.id] = item
        return item

    def _show(self, number: int) -> list[Item]:
        show, rng = f"The {title(self._rng)} Podcast", self._rng
        return [
            Item(
                EPISODE,
                make_id("export", self.seed, "episode", number, episode),
                f"#{episode} {title(rng)}",
                show,
                show,
                make_id("export", self.seed, "show", number),
                rng.randint(18, 75) * 60_000,
            )
            for episode in range(1, EPISODES_OF_A_SHOW + 1)
        ]

    def _book(self, number: int) -> list[Item]:
        book, rng = title(self._rng), self._rng
        return [
            Item(
                CHAPTER,
                make_id("export", self.seed, "chapter", number, chapter),
                f"Chapter {chapter}",
                f"Author of {book}",
                book,
                make_id("export", self.seed, "book", number),
                rng.randint(8, 35) * 60_000,
            )
            for chapter in range(1, CHAPTERS_OF_A_BOOK + 1)
        ]


def item_of(library: Library, track: Track) -> Item:
    """A track of the library as the export names it: with the album's artist, not the track's."""
    album = library.albums.get(track.album_id)
    artist = _artist(library, album.artist_ids if album else track.artist_ids)
    return Item(
        TRACK,
        track.id,
        track.name,
        artist,
        album.name if album else "",
        track.album_id,
        track.duration_ms,
        track.isrc,
    )


def other_id(item: Item) -> Item:
    """The same recording under an id that the library does not know."""
    return Item(
        TRACK,
        make_id("relinked", item.id),
        item.name,
        item.artist,
        item.album,
        item.album_id,
        item.duration_ms,
        item.isrc,
        item.id,
    )


def _artist(library: Library, artist_ids: list[str]) -> str:
    return next((library.artists[name].name for name in artist_ids if name in library.artists), "")


def _outside(seed: int, rng: random.Random) -> Library:
    """Music that the account does not know, with ids and ISRCs of its own."""
    outside = Library.empty()
    catalogue = Catalogue(outside, 1_000_003 + seed, rng, OTHER_ARTISTS)
    for _ in range(OTHER_ALBUMS):
        catalogue.album(rng.choice((1, 4, 9, 11, 12, 14)))
    for track in outside.tracks.values():
        track.isrc = f"{OUTSIDE}{(track.isrc or '')[3:]}"
    return outside


def add_to_catalogue(library: Library, item: Item) -> None:
    """Let a library's catalogue know a track as Spotify's does: also another id of one that it knows, and what is from outside."""
    if item.kind != TRACK or item.id in library.tracks:
        return
    if item.known_as in library.tracks:
        library.tracks[item.id] = replace(library.tracks[item.known_as], id=item.id)
        return
    artist_id = make_id("export", "artist", item.artist)
    library.artists.setdefault(artist_id, Artist(artist_id, item.artist, has_image=False))
    album = library.albums.setdefault(item.album_id, Album(item.album_id, item.album, [artist_id]))
    album.track_ids.append(item.id)
    library.tracks[item.id] = Track(
        item.id,
        item.name,
        album.id,
        list(album.artist_ids),
        duration_ms=item.duration_ms,
        track_number=len(album.track_ids),
        isrc=item.isrc,
    )


def know_all(library: Library, seed: int = 1) -> None:
    """Let the catalogue know everything that a history of this seed can hold, so that a simulator answers for it."""
    for item in list(Repertoire(library, seed).by_id.values()):
        add_to_catalogue(library, item)
