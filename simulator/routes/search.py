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


Found = tuple[list[object], Callable[[object], object]]


def _found(call: Call, query: Query, kind: str) -> Found:
    """What is found of a kind, and what makes its payload."""
    find = FINDERS.get(kind)
    return find(call, query) if find else ([], _as_it_is)


def _as_it_is(payload: object) -> object:
    return payload


def _found_tracks(call: Call, query: Query) -> Found:
    tracks = [track for track in call.library.tracks.values() if _fits_track(call.library, query, track)]
    tracks.sort(key=lambda track: -track.popularity)
    return [track.id for track in tracks], lambda name: call.payloads.track(str(name))


def _found_albums(call: Call, query: Query) -> Found:
    albums = [album for album in call.library.albums.values() if _fits_album(call.library, query, album)]
    return [call.payloads.simple_album(album) for album in albums], _as_it_is


def _found_artists(call: Call, query: Query) -> Found:
    return [call.payloads.artist(artist) for artist in _artists(call.library, query)], _as_it_is


def _found_playlists(call: Call, query: Query) -> Found:
    """Public lists, whosever they are. Those owned by Spotify take a place in the result, but are null."""
    lists: list[object] = [
        None if known.id.startswith(SPOTIFY_OWNED_PREFIX) else call.payloads.listed_playlist(known)
        for known in call.library.playlists.values()
        if known.public and query.allows() and query.words_in(known.name)
    ]
    return lists, _as_it_is


def _found_episodes(call: Call, query: Query) -> Found:
    episodes = call.library.episodes.values()
    found: list[object] = [each.id for each in episodes if query.allows() and query.words_in(each.name)]
    return found, lambda name: call.payloads.episode(str(name))


FINDERS: dict[str, Callable[[Call, Query], Found]] = {
    "track": _found_tracks,
    "album": _found_albums,
    "artist": _found_artists,
    "playlist": _found_playlists,
    "episode": _found_episodes,
}


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
