"""Playlists for a generated library: own, collaborative, other people's, and one of Spotify's."""

import random
from datetime import datetime, timedelta

from simulator.generation.made_catalogue import Catalogue
from simulator.generation.names import AWKWARD, PLAYLISTS, PLAYLISTS_ABROAD
from simulator.world.catalogue import Episode, LocalFile, Playlist, PlaylistItem, User, to_second
from simulator.world.identifiers import SPOTIFY_OWNED_PREFIX, make_id
from simulator.world.library import Library

FEWEST_WITH_OTHERS = 5
LONG_LIST = 230


def add_playlists(catalogue: Catalogue, count: int, now: datetime, *, odd: bool) -> None:
    """Add `count` lists; from five on, and with `odd`, some are not the listener's own."""
    library, rng = catalogue.library, catalogue.rng
    others = 4 if odd and count >= FEWEST_WITH_OTHERS else 0
    tracks = list(library.liked_rows()) or list(library.tracks)
    for number in range(count - others):
        size = 0 if number == 3 else LONG_LIST if number == 1 else rng.randint(8, 90)
        playlist = _playlist(catalogue, number, library.user.id, _name(number))
        playlist.public = rng.random() < 0.3
        playlist.description = f"Made for the evening / volume {number}" if number % 3 == 0 else None
        playlist.items = _tracks(library, rng, tracks, size, now)
        library.touch_playlist(playlist.id)
    if others:
        _add_others(catalogue, count - others, tracks, now)
    if odd and count:
        _make_odd(catalogue, now)


def _name(number: int) -> str:
    return PLAYLISTS[number] if number < len(PLAYLISTS) else f"{PLAYLISTS[number % len(PLAYLISTS)]} {number}"


def _playlist(catalogue: Catalogue, number: int, owner_id: str, name: str, prefix: str = "") -> Playlist:
    playlist_id = make_id(catalogue.seed, "playlist", number)
    playlist_id = prefix + playlist_id[len(prefix) :]
    playlist = Playlist(playlist_id, name, owner_id)
    catalogue.library.playlists[playlist_id] = playlist
    catalogue.library.user_playlists.append(playlist_id)
    return playlist


def _tracks(
    library: Library, rng: random.Random, tracks: list[str], size: int, now: datetime
) -> list[PlaylistItem]:
    chosen = rng.sample(tracks, min(size, len(tracks)))
    return [_item("track", name, rng, now, library.user.id) for name in chosen]


def _item(kind: str, name: str | None, rng: random.Random, now: datetime, user_id: str) -> PlaylistItem:
    at = to_second(now - timedelta(days=rng.randint(2, 1500), seconds=rng.randint(0, 86_000)))
    return PlaylistItem(kind, name, at, user_id)


def _add_others(catalogue: Catalogue, number: int, tracks: list[str], now: datetime) -> None:
    library, rng = catalogue.library, catalogue.rng
    friend = User("vriend-van-robin", make_id(catalogue.seed, "friend"), "Sam <Friend>")
    nameless = User("1122334455", make_id(catalogue.seed, "nameless"), None)
    spotify = User("spotify", make_id("spotify"), "Spotify")
    library.users |= {user.id: user for user in (friend, nameless, spotify)}
    made = (
        _playlist(catalogue, number, friend.id, "Ours together"),
        _playlist(catalogue, number + 1, friend.id, "Sam's picks"),
        _playlist(catalogue, number + 2, nameless.id, "mix 2019 🎧"),
        _playlist(catalogue, number + 3, spotify.id, "Discover Weekly", SPOTIFY_OWNED_PREFIX),
    )
    made[0].collaborative, made[0].public = True, False
    made[0].collaborators = [library.user.id]
    for playlist in made:
        playlist.followers = rng.randint(1, 4000)
        playlist.items = _tracks(library, rng, tracks, 25, now)
        for item in playlist.items:
            item.added_by = playlist.owner_id
        library.touch_playlist(playlist.id)


def _make_odd(catalogue: Catalogue, now: datetime) -> None:
    """Mix local files, episodes, nulls and duplicates into the first list, and nulls between the lists."""
    library, rng, seed = catalogue.library, catalogue.rng, catalogue.seed
    user_id = library.user.id
    show_id = make_id(seed, "show")
    for number in range(3):
        episode_id = make_id(seed, "episode", number)
        title = f"Episode {number}: <b>Talk</b>"
        library.episodes[episode_id] = Episode(episode_id, title, show_id, "The Talk & Co")
    first = next(playlist for playlist in library.playlists.values() if playlist.owner_id == user_id)
    mixed = list(first.items)
    mixed += [_item("track", item.id, rng, now, user_id) for item in first.items[:3]]
    for place, episode_id in enumerate(list(library.episodes)[:2]):
        mixed.insert(2 + 3 * place, _item("episode", episode_id, rng, now, user_id))
    for local in (LocalFile("Nobody", "Demo's", "Tape 1: A/B", 187), LocalFile("", "", "untitled", 0)):
        item = _item("local", None, rng, now, user_id)
        item.local = local
        mixed.insert(4, item)
    mixed.insert(6, _item("gone", None, rng, now, user_id))
    mixed.append(PlaylistItem("gone"))
    first.items = mixed
    library.touch_playlist(first.id)
    own = [playlist for playlist in library.playlists.values() if playlist.owner_id == user_id]
    if len(own) > 2:
        own[2].name = AWKWARD[0]
        own[2].description = "AC/DC & friends <3"
        own[2].has_images = False
    for place, name in PLAYLISTS_ABROAD.items():
        if place < len(own):
            own[place].name, own[place].has_images = name, place % 2 > 0
    for place in (1, len(library.user_playlists)):
        library.user_playlists.insert(place, None)
