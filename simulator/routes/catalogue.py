"""Tracks, albums, artists, episodes (Spotify reference: "Reading: catalogue")."""

from collections.abc import Callable

from simulator.api.answers import Answer, bad_request, json_answer, not_found
from simulator.api.call import EXTENDED, Call
from simulator.api.routing import ONLY_EXTENDED, ROUTER
from simulator.world.catalogue import MARKETS, Album

ALBUM_GROUPS = ("album", "single", "appears_on", "compilation")


@ROUTER.route("GET", "/tracks/{id}")
def track(call: Call) -> Answer:
    """One full track; with a market perhaps another object than asked for."""
    return json_answer(_found(_track(call, call.path_id())))


@ROUTER.route("GET", "/albums/{id}")
def album(call: Call) -> Answer:
    """One full album with the first page of its tracks."""
    return json_answer(_found(_album(call, call.path_id())))


@ROUTER.route("GET", "/albums/{id}/tracks")
def album_tracks(call: Call) -> Answer:
    """Simplified tracks of an album."""
    album_id = call.path_id()
    known = call.library.albums.get(album_id)
    if known is None or album_id in call.library.dead_ids:
        raise not_found()
    return json_answer(
        call.page(known.track_ids, lambda track_id: call.payloads.album_track(known, track_id))
    )


@ROUTER.route("GET", "/artists/{id}")
def artist(call: Call) -> Answer:
    """One full artist."""
    return json_answer(_found(_artist(call, call.path_id())))


@ROUTER.route("GET", "/artists/{id}/albums")
def artist_albums(call: Call) -> Answer:
    """Albums of an artist: at most 10 a page, 5 when not said otherwise."""
    artist_id = call.path_id()
    if artist_id not in call.library.artists:
        raise not_found()
    groups = call.query.get("include_groups", ",".join(ALBUM_GROUPS)).split(",")
    if not set(groups).issubset(ALBUM_GROUPS):
        raise bad_request("Invalid include_groups")
    found = []
    for known in call.library.albums.values():
        group = _album_group(call, known, artist_id)
        if group in groups:
            payload = call.payloads.simple_album(known)
            if call.mode == EXTENDED:
                payload["album_group"] = group
            found.append((str(group), known.release_date, known.id, payload))
    found.sort(key=lambda entry: entry[:3], reverse=True)
    found.sort(key=lambda entry: ALBUM_GROUPS.index(entry[0]))
    page = call.page([entry[3] for entry in found], lambda payload: payload, maximum=10, default=5)
    return json_answer(page)


def _album_group(call: Call, known: Album, artist_id: str) -> str | None:
    if artist_id in known.artist_ids:
        kind = known.album_type.lower()
        return kind if kind in ALBUM_GROUPS else "single"
    tracks = (call.library.tracks[name] for name in known.track_ids)
    return "appears_on" if any(artist_id in track.artist_ids for track in tracks) else None


@ROUTER.route("GET", "/episodes/{id}")
def episode(call: Call) -> Answer:
    """One podcast episode."""
    name = call.path_id()
    if name not in call.library.episodes:
        raise not_found()
    return json_answer(call.payloads.episode(name))


@ROUTER.route("GET", "/shows/{id}")
def show(call: Call) -> Answer:
    """One podcast."""
    show_id = call.path_id()
    for known in call.library.episodes.values():
        if known.show_id == show_id:
            return json_answer(call.payloads.show(show_id, known.show_name))
    raise not_found()


@ROUTER.route("GET", "/shows/{id}/episodes")
def show_episodes(call: Call) -> Answer:
    """Episodes of a podcast."""
    show_id = call.path_id()
    names = [known.id for known in call.library.episodes.values() if known.show_id == show_id]
    if not names:
        raise not_found()
    return json_answer(call.page(names, call.payloads.episode))


@ROUTER.route("GET", "/tracks", modes=ONLY_EXTENDED)
def tracks(call: Call) -> Answer:
    """Up to 50 tracks in the order asked; null for unknown ids."""
    return _batch(call, "tracks", 50, _track)


@ROUTER.route("GET", "/albums", modes=ONLY_EXTENDED)
def albums(call: Call) -> Answer:
    """Up to 20 albums."""
    return _batch(call, "albums", 20, _album)


@ROUTER.route("GET", "/artists", modes=ONLY_EXTENDED)
def artists(call: Call) -> Answer:
    """Up to 50 artists."""
    return _batch(call, "artists", 50, _artist)


@ROUTER.route("GET", "/episodes", modes=ONLY_EXTENDED)
def episodes(call: Call) -> Answer:
    """Up to 50 episodes."""
    return _batch(call, "episodes", 50, _episode)


@ROUTER.route("GET", "/artists/{id}/top-tracks", modes=ONLY_EXTENDED)
def artist_top_tracks(call: Call) -> Answer:
    """The ten most popular tracks of an artist."""
    artist_id = call.path_id()
    if artist_id not in call.library.artists:
        raise not_found()
    found = [known for known in call.library.tracks.values() if artist_id in known.artist_ids]
    found.sort(key=lambda known: -known.popularity)
    return json_answer({"tracks": [_track(call, known.id) for known in found[:10]]})


@ROUTER.route("GET", "/browse/new-releases", modes=ONLY_EXTENDED)
def new_releases(call: Call) -> Answer:
    """Newest albums of the catalogue."""
    newest = sorted(call.library.albums.values(), key=lambda known: known.release_date, reverse=True)[:100]
    page = call.page(newest, call.payloads.simple_album)
    return json_answer({"albums": page})


@ROUTER.route("GET", "/markets", modes=ONLY_EXTENDED)
def markets(call: Call) -> Answer:  # noqa: ARG001 - every handler takes the call
    """All markets."""
    return json_answer({"markets": list(MARKETS)})


def _batch(call: Call, key: str, maximum: int, one: Callable[[Call, str], object]) -> Answer:
    return json_answer({key: [one(call, name) for name in call.query_ids(maximum)]})


def _track(call: Call, name: str) -> object:
    return None if name in call.library.dead_ids else call.payloads.track(name)


def _album(call: Call, name: str) -> object:
    return None if name in call.library.dead_ids else call.payloads.album(name)


def _artist(call: Call, name: str) -> object:
    known = call.library.artists.get(name)
    return call.payloads.artist(known) if known else None


def _episode(call: Call, name: str) -> object:
    return call.payloads.episode(name) if name in call.library.episodes else None


def _found(payload: object) -> object:
    if payload is None:
        raise not_found()
    return payload
