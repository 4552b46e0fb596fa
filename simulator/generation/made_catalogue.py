"""Artists, albums and tracks that are made up one after the other, with ids derived from the seed."""

import random
from collections.abc import Iterator
from itertools import accumulate

from simulator.generation import names
from simulator.world.catalogue import Album, Artist, Track
from simulator.world.identifiers import make_id
from simulator.world.library import Library


class Catalogue:
    """Makes artists, albums and tracks in a library; the popular artists are picked more often.

    With `is_abroad`, some of these are of other scripts, or of long names, and some of theirs have no cover.
    """

    def __init__(
        self, library: Library, seed: int, rng: random.Random, artists: int, *, is_abroad: bool = False
    ) -> None:
        self.library = library
        self.abroad = names.ABROAD if is_abroad else {}
        self.titles: dict[str, Iterator[str]] = {}  # of artists from there
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
            name=self._title(artist_id, names.title(rng)),
            artist_ids=[artist_id],
            album_type=album_type,
            release_date=f"{year}-{month:02d}-{rng.randint(1, 28):02d}",
            upc=f"{rng.randrange(10**11, 10**12)}",
            label=rng.choice(names.LABELS),
            popularity=_near(rng, artist.popularity),
            copyrights=[f"{year} {rng.choice(names.LABELS)}"],
            has_image=artist_id not in self.titles or self.made % 4 > 0,
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
            name=self._title(
                performers[0], names.title(rng, self.library.artists[guest].name if guest else "Friends")
            ),
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
        if rank in self.abroad:
            artist.name, titles = self.abroad[rank]
            artist.has_image = rank % 4 > 0
            self.titles[artist.id] = names.titles_abroad(titles)

    def _title(self, artist_id: str, made_up: str) -> str:
        """One of the artist's own, or what was made up: from the same numbers in any case, so that the rest does not depend on it."""
        return next(self.titles[artist_id]) if artist_id in self.titles else made_up

    def _id(self, kind: str) -> str:
        self.made += 1
        return make_id(self.seed, kind, self.made)


def _near(rng: random.Random, popularity: int) -> int:
    return min(100, max(0, popularity + rng.randint(-15, 5)))
