"""So many of each thing for an account that has nothing yet, without chance: for tests that need many accounts, or a large one."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from simulator.world.catalogue import SavedAlbum, SavedTrack, to_second
from simulator.world.library import FIRST_MOMENT, TIME_RANGES, Library

ALBUM_TRACKS = 10
LIST_TRACKS = 5
TOP_ITEMS = 50
BETWEEN_PLAYS = timedelta(minutes=4)


def furnish(
    library: Library,
    *,
    liked: int = 0,
    albums: int = 0,
    followed: int = 0,
    plays: int = 0,
    playlists: int = 0,
    until: datetime = FIRST_MOMENT,
) -> None:
    """Fill an account that has nothing; what is newest in it is of `until` (aware).

    Of tracks, albums and artists the first half (rounded up) are the first ones of the catalogue, which gets what it
    lacks, and the others are the account's own. So two furnished accounts have some in common, never all. Plays go
    through the liked tracks again and again; lists hold the first five of them and are private.
    """
    until, name = to_second(until), library.user.display_name or library.user.id
    tracks = _tracks(library, max(liked, 1 if plays or playlists else 0), name)
    library.liked = [
        SavedTrack(track_id, until - timedelta(minutes=number))
        for number, track_id in enumerate(tracks[:liked])
    ]
    saved = _known(library, list(library.albums), albums)
    saved += [library.new_album(ALBUM_TRACKS, f"Album {n} of {name}") for n in range(albums - len(saved))]
    library.saved_albums = [
        SavedAlbum(album_id, until - timedelta(minutes=number)) for number, album_id in enumerate(saved)
    ]
    library.followed = _known(library, list(library.artists), followed)
    for number in range(followed - len(library.followed)):
        library.follow(library.new_artist(f"Friend {number} of {name}"))
    for number in range(plays - 1, -1, -1):
        library.play(tracks[number % len(tracks)], until - number * BETWEEN_PLAYS)
    for number in range(playlists):
        library.new_playlist(f"List {number} of {name}", tracks[:LIST_TRACKS], at=until)
    artists = dict.fromkeys(library.tracks[track_id].artist_ids[0] for track_id in tracks[:TOP_ITEMS])
    for time_range in TIME_RANGES:
        library.top_tracks[time_range] = tracks[:TOP_ITEMS]
        library.top_artists[time_range] = list(artists)


def _tracks(library: Library, count: int, name: str) -> list[str]:
    common = _known(library, list(library.tracks), count)
    return common + list(_new_tracks(library, count - len(common), name))


def _known(library: Library, ids: list[str], count: int) -> list[str]:
    """The first half of so many, as far as the catalogue has them."""
    return [name for name in ids if name not in library.dead_ids][: (count + 1) // 2]


def _new_tracks(library: Library, count: int, name: str) -> Iterator[str]:
    for first in range(0, count, ALBUM_TRACKS):
        album_id = library.new_album(min(ALBUM_TRACKS, count - first), f"Record {first} of {name}")
        yield from library.album_track_ids(album_id)
