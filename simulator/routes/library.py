"""Saved tracks and albums, and `/me/library` (Spotify reference: "the user's library", "Writing")."""

from collections.abc import Callable, Container
from datetime import datetime

from simulator.api.answers import Answer, bad_request, json_answer, not_found
from simulator.api.call import Call, checked_id
from simulator.api.payloads import spotify_time
from simulator.api.routing import ONLY_EXTENDED, ROUTER
from simulator.world.catalogue import SavedAlbum, SavedTrack
from simulator.world.identifiers import parse_uri

MOST_URIS = 40
READ = "user-library-read"
MODIFY = "user-library-modify"
WRITE_SCOPES = {
    "track": MODIFY,
    "album": MODIFY,
    "episode": MODIFY,
    "show": MODIFY,
    "audiobook": MODIFY,
    "user": "user-follow-modify",
    "playlist": "playlist-modify-public",
}
CHECK_SCOPES = {
    "track": READ,
    "album": READ,
    "episode": READ,
    "show": READ,
    "audiobook": READ,
    "artist": "user-follow-read",
    "user": "user-follow-read",
    "playlist": "playlist-read-private",
}


@ROUTER.route("GET", "/me/tracks", READ)
def saved_tracks(call: Call) -> Answer:
    """Liked Songs, newest first; `track` in every mode, null where Spotify no longer gives it."""

    def payload(entry: SavedTrack) -> object:
        track = call.payloads.track(entry.track_id) if entry.track_id else None
        return {"added_at": spotify_time(entry.added_at), "track": track}

    return json_answer(call.page(call.library.liked, payload))


@ROUTER.route("GET", "/me/albums", READ)
def saved_albums(call: Call) -> Answer:
    """Saved albums, newest first, each with its first 50 tracks."""

    def payload(entry: SavedAlbum) -> object:
        album = call.payloads.album(entry.album_id) if entry.album_id else None
        return {"added_at": spotify_time(entry.added_at), "album": album}

    return json_answer(call.page(call.library.saved_albums, payload))


@ROUTER.route("GET", "/me/episodes", READ)
def saved_episodes(call: Call) -> Answer:
    """Saved podcast episodes."""
    entries = [{"added_at": None, "episode": call.payloads.episode(e)} for e in call.library.saved_episodes]
    return json_answer(call.page(entries, lambda entry: entry))


@ROUTER.route("GET", "/me/shows", READ)
@ROUTER.route("GET", "/me/audiobooks", READ)
def nothing_saved(call: Call) -> Answer:
    """Shows and audiobooks: the simulated listener has none."""
    return json_answer(call.page([], lambda entry: entry))


@ROUTER.route("GET", "/me/library/contains")
def contains(call: Call) -> Answer:
    """Booleans in the order asked."""
    found = _parsed(call, CHECK_SCOPES)
    return json_answer([_is_saved(call, kind, name) for kind, name in found])


@ROUTER.route("PUT", "/me/library")
def save(call: Call) -> Answer:
    """Save up to 40 URIs of the query; a JSON body does not count. Artists are refused."""
    found = _parsed(call, WRITE_SCOPES)
    for kind, name in found:
        if not _exists(call, kind, name):
            raise not_found()
    for kind, name in reversed(found):
        _save(call, kind, name)
    return Answer(200)


@ROUTER.route("DELETE", "/me/library")
def remove(call: Call) -> Answer:
    """Remove up to 40 URIs; an own playlist is deleted this way."""
    for kind, name in _parsed(call, WRITE_SCOPES):
        _remove(call, kind, name)
    return Answer(200)


def _parsed(call: Call, scopes: dict[str, str]) -> list[tuple[str, str]]:
    found = []
    for uri in call.query_list("uris", MOST_URIS):
        parsed = parse_uri(uri)
        if parsed is None or parsed[0] not in scopes:
            raise bad_request(f"Invalid or unsupported uri: {uri}")
        if parsed[0] != "user":
            checked_id(parsed[1])
        found.append(parsed)
    call.need_scopes(*{scopes[kind] for kind, _ in found})
    return found


def _exists(call: Call, kind: str, name: str) -> bool:
    if kind == "user":
        return name in call.library.users
    library = call.library
    known: dict[str, Container[str]] = {
        "track": library.tracks,
        "album": library.albums,
        "artist": library.artists,
        "episode": library.episodes,
        "playlist": library.playlists,
    }
    return name in known.get(kind, ()) and name not in library.dead_ids


def _is_saved(call: Call, kind: str, name: str) -> bool:
    library = call.library
    if kind == "track":
        return any(entry.track_id == name for entry in library.liked)
    if kind == "album":
        return any(entry.album_id == name for entry in library.saved_albums)
    held: dict[str, Container[str]] = {
        "artist": library.followed,
        "playlist": {known for known in library.user_playlists if known},
        "episode": library.saved_episodes,
    }
    return name in held.get(kind, ())


def _save(call: Call, kind: str, name: str, at: datetime | None = None) -> None:
    library = call.library
    newest = {
        "track": [entry.added_at for entry in library.liked[:1]],
        "album": [entry.added_at for entry in library.saved_albums[:1]],
    }
    # Never older than what is there, so that the newest save stays first even with a clock that stands still.
    now = max([call.now, *newest.get(kind, [])])
    actions: dict[str, Callable[[], None]] = {
        "track": lambda: library.like(name, at or now),
        "album": lambda: library.save_album(name, at or now),
        "playlist": lambda: library.follow_playlist(name),
        "artist": lambda: library.follow(name),
        "episode": lambda: library.saved_episodes.insert(0, name),
    }
    if kind == "episode" and name in library.saved_episodes:
        return
    if kind in actions:
        actions[kind]()


def _remove(call: Call, kind: str, name: str) -> None:
    library = call.library
    if kind == "track":
        library.unlike(name)
    elif kind == "album":
        library.unsave_album(name)
    elif kind == "playlist":
        library.unfollow_playlist(name)
    elif kind == "artist":
        library.unfollow(name)
    elif kind == "episode":
        library.saved_episodes = [known for known in library.saved_episodes if known != name]


# The older endpoints, open to extended quota only.


@ROUTER.route("PUT", "/me/tracks", MODIFY, modes=ONLY_EXTENDED)
def save_tracks(call: Call) -> Answer:
    """Save up to 50 ids, or `timestamped_ids` with a moment each."""
    body = call.json_object()
    timestamped = body.get("timestamped_ids")
    wanted: list[tuple[str, datetime | None]]
    if isinstance(timestamped, list):
        entries = [entry if isinstance(entry, dict) else {} for entry in timestamped]
        wanted = [(checked_id(entry.get("id")), _moment(entry.get("added_at"))) for entry in entries]
    else:
        wanted = [(name, None) for name in _ids(call, 50)]
    if not wanted or len(wanted) > 50:
        raise bad_request("Too many ids requested" if wanted else "Missing required field: ids")
    if not all(_exists(call, "track", name) for name, _ in wanted):
        raise not_found()
    for name, at in reversed(wanted):
        _save(call, "track", name, at)
    return Answer(200)


@ROUTER.route("DELETE", "/me/tracks", MODIFY, modes=ONLY_EXTENDED)
def remove_tracks(call: Call) -> Answer:
    """Remove up to 50 ids."""
    return _each(call, "track", 50, _remove)


@ROUTER.route("PUT", "/me/albums", MODIFY, modes=ONLY_EXTENDED)
def save_albums(call: Call) -> Answer:
    """Save up to 20 ids."""
    return _each(call, "album", 20, _save)


@ROUTER.route("DELETE", "/me/albums", MODIFY, modes=ONLY_EXTENDED)
def remove_albums(call: Call) -> Answer:
    """Remove up to 20 ids."""
    return _each(call, "album", 20, _remove)


@ROUTER.route("PUT", "/me/following", "user-follow-modify", modes=ONLY_EXTENDED)
def follow(call: Call) -> Answer:
    """Follow up to 50 artists."""
    return _each(call, "artist", 50, _save, status=204)


@ROUTER.route("DELETE", "/me/following", "user-follow-modify", modes=ONLY_EXTENDED)
def unfollow(call: Call) -> Answer:
    """Stop following up to 50 artists."""
    return _each(call, "artist", 50, _remove, status=204)


@ROUTER.route("GET", "/me/tracks/contains", READ, modes=ONLY_EXTENDED)
def contains_tracks(call: Call) -> Answer:
    """Booleans for up to 50 ids."""
    return json_answer([_is_saved(call, "track", name) for name in call.query_ids(50)])


@ROUTER.route("GET", "/me/albums/contains", READ, modes=ONLY_EXTENDED)
def contains_albums(call: Call) -> Answer:
    """Booleans for up to 20 ids."""
    return json_answer([_is_saved(call, "album", name) for name in call.query_ids(20)])


@ROUTER.route("GET", "/me/following/contains", "user-follow-read", modes=ONLY_EXTENDED)
def contains_following(call: Call) -> Answer:
    """Booleans for up to 50 artist ids."""
    return json_answer([_is_saved(call, "artist", name) for name in call.query_ids(50)])


def _each(
    call: Call, kind: str, maximum: int, action: Callable[[Call, str, str], None], status: int = 200
) -> Answer:
    names = _ids(call, maximum)
    if action is not _remove and not all(_exists(call, kind, name) for name in names):
        raise not_found()
    for name in reversed(names):
        action(call, kind, name)
    return Answer(status)


def _ids(call: Call, maximum: int) -> list[str]:
    if "ids" in call.query:
        return call.query_ids(maximum)
    body = call.json_body()
    ids = body.get("ids") if isinstance(body, dict) else body
    if not isinstance(ids, list) or not ids:
        raise bad_request("Missing required field: ids")
    if len(ids) > maximum:
        raise bad_request("Too many ids requested")
    return [checked_id(name) for name in ids]


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise bad_request("Invalid added_at") from None
    if moment.tzinfo is None:
        raise bad_request("Invalid added_at")
    return moment
