"""Reading playlists (Spotify reference: "Reading: playlists").

In development mode contents are open for own lists and those one collaborates on; lists owned by Spotify are
404 in every mode.
"""

import json

from simulator.api.answers import Answer, bad_request, encode, forbidden, json_answer, not_found
from simulator.api.call import EXTENDED, Call
from simulator.api.field_filter import filtered
from simulator.api.payloads import EMBEDDED_ENTRIES
from simulator.api.routing import ONLY_EXTENDED, ROUTER
from simulator.world.catalogue import Playlist, PlaylistItem
from simulator.world.identifiers import SPOTIFY_OWNED_PREFIX

READ = "playlist-read-private"
READ_COLLABORATIVE = "playlist-read-collaborative"
HIGHEST_OFFSET = 100_000


@ROUTER.route("GET", "/me/playlists", READ)
def my_playlists(call: Call) -> Answer:
    """Own and followed lists; entries may be null, collaborative ones need their own scope."""
    library = call.library
    shown = [
        name
        for name in library.user_playlists
        if name is None or READ_COLLABORATIVE in call.scopes or not library.playlists[name].collaborative
    ]

    def payload(name: str | None) -> object:
        if name is None or name in library.unlisted:
            return None
        return call.payloads.listed_playlist(library.playlists[name])

    return json_answer(call.page(shown, payload, highest_offset=HIGHEST_OFFSET))


@ROUTER.route("GET", "/playlists/{id}")
def playlist(call: Call) -> Answer:
    """One list; with the first 100 entries where one may read them, else without the key `items`."""
    known = find_playlist(call)
    payload = call.payloads.playlist(known)
    if call.mode == EXTENDED:
        payload["followers"] = {"href": None, "total": known.followers}
        payload["tracks"] = _embedded(call, known, "tracks")
        payload["items"] = _embedded(call, known, "items")
    elif call.library.may_read_items(known.id):
        payload["items"] = _embedded(call, known, "items")
    return _with_fields(call, payload)


@ROUTER.route("GET", "/playlists/{id}/items", READ)
def items(call: Call) -> Answer:
    """Entries, at most 50 a page; only for the owner and collaborators."""
    known = find_playlist(call)
    if not call.library.may_read_items(known.id):
        raise forbidden()
    if known.collaborative:
        call.need_scopes(READ_COLLABORATIVE)
    return _entries(call, known, maximum=50)


@ROUTER.route("GET", "/playlists/{id}/tracks", modes=ONLY_EXTENDED)
def tracks(call: Call) -> Answer:
    """Entries on the older path, at most 100 a page, of others' lists too."""
    return _entries(call, find_playlist(call), maximum=100)


@ROUTER.route("GET", "/playlists/{id}/images")
def images(call: Call) -> Answer:
    """Cover images, perhaps none."""
    return json_answer(call.payloads.playlist(find_playlist(call))["images"] or [])


def find_playlist(call: Call) -> Playlist:
    """Return the playlist of the path; 400 for a malformed id, 404 for unknown and Spotify-owned ones."""
    playlist_id = call.path_id()
    known = call.library.playlists.get(playlist_id)
    if known is None or playlist_id.startswith(SPOTIFY_OWNED_PREFIX):
        raise not_found()
    return known


def _entries(call: Call, known: Playlist, maximum: int) -> Answer:
    episodes = _wants_episodes(call)

    def payload(item: PlaylistItem) -> object:
        return call.payloads.entry(item, episodes=episodes)

    return _with_fields(call, call.page(known.items, payload, maximum=maximum))


def _embedded(call: Call, known: Playlist, name: str) -> dict[str, object]:
    """First 100 entries. The `next` keeps its limit of 100, which `/items` itself refuses."""
    episodes = _wants_episodes(call)
    address = f"/playlists/{known.id}/{name}"
    total = len(known.items)
    following = call.url(address, offset=EMBEDDED_ENTRIES, limit=EMBEDDED_ENTRIES)
    return {
        "href": call.url(address, offset=0, limit=EMBEDDED_ENTRIES),
        "items": [call.payloads.entry(item, episodes=episodes) for item in known.items[:EMBEDDED_ENTRIES]],
        "limit": EMBEDDED_ENTRIES,
        "next": following if total > EMBEDDED_ENTRIES else None,
        "offset": 0,
        "previous": None,
        "total": total,
    }


def _wants_episodes(call: Call) -> bool:
    kinds = set(call.query.get("additional_types", "track").split(","))
    if not kinds.issubset({"track", "episode"}):
        raise bad_request("Invalid additional_types")
    return "episode" in kinds


def _with_fields(call: Call, payload: dict[str, object]) -> Answer:
    if not call.query.get("fields"):
        return json_answer(payload)
    return json_answer(filtered(json.loads(encode(payload)), call.query["fields"]))
