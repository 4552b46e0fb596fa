"""Creating and changing playlists (Spotify reference: "Writing").

Every refusal here has cost somebody a broken playlist: more than 100 URIs, a single dead id, local files, an
empty description, a collaborative list that is public, a bad snapshot id, an image that is too large.
"""

import base64
import binascii

from simulator.api.answers import Answer, ApiError, bad_request, forbidden, json_answer
from simulator.api.call import EXTENDED, Call, checked_id
from simulator.api.routing import ONLY_EXTENDED, ROUTER
from simulator.routes.playlists import find_playlist
from simulator.world.catalogue import Playlist, PlaylistItem
from simulator.world.identifiers import parse_uri

MODIFY = ("playlist-modify-private", "playlist-modify-public")
UPLOAD = "ugc-image-upload"
MOST_URIS = 100
MOST_ENTRIES = 10_000
MOST_IMAGE_BYTES = 256 * 1024
NO_URIS = "No uris provided"
OUT_OF_BOUNDS = "Index out of bounds"


@ROUTER.route("POST", "/me/playlists", *MODIFY)
@ROUTER.route("POST", "/users/{id}/playlists", *MODIFY, modes=ONLY_EXTENDED)
def create(call: Call) -> Answer:
    """Create an own list: public unless said otherwise, and then not collaborative."""
    if call.path_ids.get("id", call.library.user.id) != call.library.user.id:
        raise forbidden()
    details = _details(call)
    if "name" not in details:
        raise bad_request("Missing required field: name")
    public = details.get("public", True)
    collaborative = details.get("collaborative", False)
    if collaborative and public:
        raise bad_request("Collaborative playlists can only be private.")
    description = details.get("description")
    playlist_id = call.library.new_playlist(
        name=str(details["name"]),
        description=None if description is None else str(description),
        public=bool(public),
        collaborative=bool(collaborative),
    )
    playlist = call.library.playlists[playlist_id]
    payload = call.payloads.playlist(playlist)
    for name in ("items", "tracks") if call.mode == EXTENDED else ("items",):
        href = f"{call.api_url}/playlists/{playlist_id}/{name}?offset=0&limit=100"
        payload[name] = {"href": href, "items": [], "limit": 100, "next": None, "offset": 0}
        payload[name] |= {"previous": None, "total": 0}  # type: ignore[operator] # the dict made above
    return json_answer(payload, 201)


@ROUTER.route("PUT", "/playlists/{id}", *MODIFY)
def change(call: Call) -> Answer:
    """Change name, description or visibility of an own list; empty 200."""
    playlist = find_playlist(call)
    if playlist.owner_id != call.library.user.id:
        raise forbidden()
    details = _details(call)
    if details.get("description") == "":
        raise bad_request("Attribute description is empty")
    public = details.get("public", playlist.public)
    if details.get("collaborative", playlist.collaborative) and public:
        raise bad_request("Collaborative playlists can only be private.")
    call.library.playlist_change(playlist.id, **details)
    return Answer(200)


def _details(call: Call) -> dict[str, object]:
    body = call.json_object()
    kinds = {"name": str, "description": str, "public": bool, "collaborative": bool}
    details = {name: body[name] for name in kinds if body.get(name) is not None}
    for name, value in details.items():
        if not isinstance(value, kinds[name]):
            raise bad_request(f"Invalid {name}")
    if details.get("name") == "":
        raise bad_request("Attribute name is empty")
    if "\n" in str(details.get("description", "")):
        raise bad_request("Invalid description")
    return details


@ROUTER.route("POST", "/playlists/{id}/items", *MODIFY)
@ROUTER.route("POST", "/playlists/{id}/tracks", *MODIFY, modes=ONLY_EXTENDED)
def add(call: Call) -> Answer:
    """Insert up to 100 URIs, at the end without `position`. The query wins over the body."""
    playlist = _writable(call)
    body = call.json_body()
    uris = _uris(call, body)
    if not uris:
        raise bad_request(NO_URIS)
    position: object = body.get("position") if isinstance(body, dict) else None
    if "position" in call.query:
        position = call.number("position", 0, 0, None)
    if position is not None and not _is_index(position, len(playlist.items)):
        raise bad_request(OUT_OF_BOUNDS)
    if len(playlist.items) + len(uris) > MOST_ENTRIES:
        raise bad_request("Playlist size limit reached")
    place = position if isinstance(position, int) else None
    return _edited(call.library.playlist_add(playlist.id, uris, place, call.now), 201)


@ROUTER.route("PUT", "/playlists/{id}/items", *MODIFY)
@ROUTER.route("PUT", "/playlists/{id}/tracks", *MODIFY, modes=ONLY_EXTENDED)
def replace_or_reorder(call: Call) -> Answer:
    """Replace everything by up to 100 URIs, or move a range; never both."""
    playlist = _writable(call)
    body = call.json_body()
    moves = isinstance(body, dict) and {"range_start", "insert_before", "range_length"}.intersection(body)
    replaces = "uris" in call.query or not isinstance(body, dict) or "uris" in body
    if moves and replaces:
        raise bad_request("Cannot replace and reorder in one request")
    if moves and isinstance(body, dict):
        return _reorder(call, playlist, body)
    uris = _uris(call, body)
    if uris is None:
        raise bad_request(NO_URIS)
    return _edited(call.library.playlist_replace(playlist.id, uris, call.now))


@ROUTER.route("DELETE", "/playlists/{id}/items", *MODIFY)
@ROUTER.route("DELETE", "/playlists/{id}/tracks", *MODIFY, modes=ONLY_EXTENDED)
def remove(call: Call) -> Answer:
    """Remove all occurrences of up to 100 URIs; `positions` is ignored."""
    playlist = _writable(call)
    body = call.json_object()
    entries = body.get("items" if call.path.endswith("/items") else "tracks")
    if not isinstance(entries, list) or not entries:
        raise bad_request(NO_URIS)
    if len(entries) > MOST_URIS:
        raise bad_request("You can remove a maximum of 100 items per request.")
    uris = [_entry_uri(entry.get("uri") if isinstance(entry, dict) else None) for entry in entries]
    _version(playlist, body.get("snapshot_id"))
    return _edited(call.library.playlist_remove(playlist.id, uris))


def _reorder(call: Call, playlist: Playlist, body: dict[str, object]) -> Answer:
    """Move a range; the indexes are those of the version that `snapshot_id` names."""
    version = _version(playlist, body.get("snapshot_id"))
    start, before, length = _range(body, len(version))
    moved = [item for item in version[start : start + length] if item in playlist.items]
    following = [item for item in version[before:] if item in playlist.items and item not in moved]
    kept = [item for item in playlist.items if item not in moved]
    place = kept.index(following[0]) if following else len(kept)
    playlist.items = kept[:place] + moved + kept[place:]
    return _edited(call.library.touch_playlist(playlist.id))


def _range(body: dict[str, object], items: int) -> tuple[int, int, int]:
    """Return (start, place to insert before, length) of a move within a list of so many items."""
    start, before = body.get("range_start"), body.get("insert_before")
    length = body.get("range_length", 1)
    if not isinstance(start, int) or not isinstance(before, int) or not isinstance(length, int):
        raise bad_request("Missing required field: range_start and insert_before")
    if start < 0 or length < 1 or start + length > items or not _is_index(before, items):
        raise bad_request(OUT_OF_BOUNDS)
    return start, before, length


def _version(playlist: Playlist, snapshot_id: object) -> list[PlaylistItem]:
    if snapshot_id is None:
        return playlist.items
    if not isinstance(snapshot_id, str) or snapshot_id not in playlist.versions:
        raise bad_request("Missing or bad version tag")
    return playlist.versions[snapshot_id]


def _writable(call: Call) -> Playlist:
    playlist = find_playlist(call)
    if not call.library.may_read_items(playlist.id):
        raise forbidden()
    return playlist


def _uris(call: Call, body: object) -> list[str] | None:
    """URIs of the query, of `{"uris": []}` or of a bare array; None when there is no such thing."""
    given: object
    if "uris" in call.query:
        given = [uri for uri in call.query["uris"].split(",") if uri]
    else:
        given = body.get("uris") if isinstance(body, dict) else body
    if not isinstance(given, list):
        return None
    if len(given) > MOST_URIS:
        raise bad_request("You can add a maximum of 100 tracks per request.")
    uris = [_entry_uri(uri) for uri in given]
    for uri in uris:
        kind, name = parse_uri(uri) or ("", "")
        known = call.library.tracks if kind == "track" else call.library.episodes
        if name not in known or name in call.library.dead_ids:
            raise bad_request("Payload contains a non-existing ID")
    return uris


def _entry_uri(uri: object) -> str:
    """Return a track or episode URI; local files and everything else are refused."""
    parsed = parse_uri(uri)
    if parsed is None:
        raise bad_request("Invalid base62 id")
    if parsed[0] not in {"track", "episode"}:
        raise bad_request(f"Invalid track uri: {uri}")
    checked_id(parsed[1])
    return str(uri)


def _is_index(value: object, length: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= length


def _edited(snapshot_id: str, status: int = 200) -> Answer:
    return json_answer({"snapshot_id": snapshot_id}, status)


@ROUTER.route("PUT", "/playlists/{id}/images")
def upload_image(call: Call) -> Answer:
    """Take a JPEG as base64 text of at most 256 KB, without line breaks and without `data:`; empty 202."""
    if not call.scopes.issuperset({UPLOAD, *MODIFY}):
        raise ApiError(401, "Unauthorized.")
    playlist = find_playlist(call)
    if playlist.owner_id != call.library.user.id:
        raise forbidden()
    if len(call.raw_body) > MOST_IMAGE_BYTES:
        return Answer(413, b"Payload Too Large", content_type="text/plain")
    if call.headers.get("content-type", "").split(";")[0].strip() != "image/jpeg":
        raise bad_request("Invalid content type")
    try:
        image = base64.b64decode(call.raw_body, validate=True)
    except binascii.Error:
        raise bad_request("Invalid image data") from None
    if not image.startswith(b"\xff\xd8\xff"):
        raise bad_request("Invalid image data")
    playlist.image = image
    return Answer(202)
