"""`GET /search` over the library's own catalogue (Spotify reference: "Reading: catalogue").

At most 10 results a page and 5 by default in development mode, 50 and 20 in extended mode. Filters: `track:`,
`artist:`, `album:`, `year:`, `isrc:`, `upc:`, `genre:`; other words must all occur.
"""

import re
from collections.abc import Callable, Iterator

from simulator.api.answers import Answer, bad_request, json_answer
from simulator.api.call import EXTENDED, Call
from simulator.api.routing import ROUTER
from simulator.world.catalogue import Album, Artist, Track
from simulator.world.identifiers import SPOTIFY_OWNED_PREFIX
from simulator.world.library import Library

KINDS = ("album", "artist", "playlist", "track", "show", "episode", "audiobook")
FILTER = re.compile(r'\b(track|artist|album|year|isrc|upc|genre):(?:"([^"]*)"|(\S+))', re.IGNORECASE)
HIGHEST_OFFSET = 1000


class Query:
    """A parsed `q`: filters by name, and the words beside them."""

    def __init__(self, text: str) -> None:
        self.filters = {
            found[1].lower(): (found[2] or found[3] or "").lower() for found in FILTER.finditer(text)
        }
        self.words = FILTER.sub(" ", text).lower().replace('"', " ").split()

    def allows(self, *known: str) -> bool:
        """Tell whether only filters of these names are used, as others fit nothing of this kind."""
        return set(self.filters).issubset(known)

    def has(self, name: str, *texts: str | None) -> bool:
        """Tell whether the filter is absent, or is contained in one of `texts`."""
        wanted = self.filters.get(name)
        return wanted is None or any(wanted in text.lower() for text in texts if text)

    def equals(self, name: str, text: str | None) -> bool:
        """Tell whether the filter is absent, or is exactly `text`."""
        return name not in self.filters or self.filters[name] == (text or "").lower()

    def in_year(self, release_date: str) -> bool:
        """Tell whether a release date lies in `year:1999` or `year:1990-1999`."""
        if "year" not in self.filters:
            return True
        first, _, last = self.filters["year"].partition("-")
        return first <= release_date[:4] <= (last or first)

    def words_in(self, *texts: str) -> bool:
        """Tell whether every free word occurs in the texts."""
        joined = " ".join(texts).lower()
        return all(word in joined for word in self.words)


@ROUTER.route("GET", "/search")
def search(call: Call) -> Answer:
    """Search one or more kinds; each has a page of its own."""
    text = call.query.get("q", "").strip()
    kinds = call.query.get("type", "").split(",")
    if not text:
        raise bad_request("No search query")
    if kinds == [""]:
        raise bad_request("Missing parameter type")
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise bad_request(f"Bad search type field {unknown[0]}")
    query = Query(text)
    maximum, default = (50, 20) if call.mode == EXTENDED else (10, 5)
    answer: dict[str, object] = {}
    for kind in kinds:
        found, payload = _found(call, query, kind)
        page = call.page(found, payload, maximum=maximum, default=default, highest_offset=HIGHEST_OFFSET)
        answer[f"{kind}s"] = page
    return json_answer(answer)


def _found(call: Call, query: Query, kind: str) -> tuple[list[object], Callable[[object], object]]:
    library, payloads = call.library, call.payloads
    if kind == "track":
        tracks = [track for track in library.tracks.values() if _fits_track(library, query, track)]
        tracks.sort(key=lambda track: -track.popularity)
        return [track.id for track in tracks], lambda name: payloads.track(str(name))
    if kind == "album":
        albums = [payloads.simple_album(a) for a in library.albums.values() if _fits_album(library, query, a)]
        return list(albums), lambda payload: payload
    if kind == "artist":
        artists = [payloads.artist(artist) for artist in _artists(library, query)]
        return list(artists), lambda payload: payload
    if kind == "playlist":
        # Lists owned by Spotify take a place in the result, but are null.
        lists = [
            None if known.id.startswith(SPOTIFY_OWNED_PREFIX) else payloads.listed_playlist(known)
            for known in library.playlists.values()
            if query.allows() and query.words_in(known.name)
        ]
        return list(lists), lambda payload: payload
    if kind == "episode":
        episodes = [e.id for e in library.episodes.values() if query.allows() and query.words_in(e.name)]
        return list(episodes), lambda name: payloads.episode(str(name))
    return [], lambda payload: payload


def _fits_track(library: Library, query: Query, track: Track) -> bool:
    if track.id in library.dead_ids or not query.allows("track", "artist", "album", "year", "isrc", "genre"):
        return False
    if not query.equals("isrc", track.isrc):
        return False
    album = library.albums[track.album_id]
    artists = [library.artists[name] for name in track.artist_ids]
    names = [artist.name for artist in artists]
    return (
        query.has("track", track.name)
        and query.has("artist", *names)
        and query.has("album", album.name)
        and query.has("genre", *(genre for artist in artists for genre in artist.genres or []))
        and query.in_year(album.release_date)
        and query.words_in(track.name, album.name, *names)
    )


def _fits_album(library: Library, query: Query, album: Album) -> bool:
    names = [library.artists[name].name for name in album.artist_ids]
    return (
        query.allows("artist", "album", "year", "upc")
        and query.equals("upc", album.upc)
        and query.has("album", album.name)
        and query.has("artist", *names)
        and query.in_year(album.release_date)
        and query.words_in(album.name, *names)
    )


def _artists(library: Library, query: Query) -> Iterator[Artist]:
    if query.allows("artist", "genre"):
        for artist in library.artists.values():
            if (
                query.has("artist", artist.name)
                and query.has("genre", *(artist.genres or []))
                and query.words_in(artist.name)
            ):
                yield artist
