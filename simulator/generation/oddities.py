"""The corners a real library has: nulls, take-downs, re-releases, relinked tracks, awkward names and dates."""

from simulator.generation.made_catalogue import Catalogue
from simulator.generation.names import AWKWARD
from simulator.world.catalogue import SavedAlbum, SavedTrack
from simulator.world.library import Library

LONG_ALBUMS = (51, 60, 75, 130)
ODD_DATES = ("0000", "1981", "1981-12")
RE_RELEASES = 6


def add_odd_albums(catalogue: Catalogue, saved: list[str]) -> None:
    """Give saved albums odd dates, types and names, one of them the emptiness of a take-down."""
    albums = [catalogue.library.albums[album_id] for album_id in saved]
    for album, date in zip(albums, ODD_DATES, strict=False):
        album.release_date = date
    for album, name in zip(reversed(albums), ("", *AWKWARD), strict=False):
        album.name = name
    for album in albums[3:5]:
        album.has_image = False
        album.upc = None
    for album in albums[5:6]:
        album.album_type = "ALBUM"
    for album in albums[6:7]:
        album.artist_ids.append(catalogue.artist())
    if len(albums) > 8:
        # One id on two albums; and one that is shown with an album whose listing has it no more.
        albums[8].track_ids[-1] = albums[7].track_ids[0]


def add_odd_tracks(catalogue: Catalogue, pool: list[str]) -> None:
    """Change liked tracks in place; their number stays the same."""
    library = catalogue.library
    tracks = [library.tracks[track_id] for track_id in pool]
    step = max(1, len(pool) // (len(AWKWARD) + 1))
    for track, name in zip(tracks[::step], AWKWARD, strict=False):
        track.name = name
    for track, name in zip(tracks[1::step], AWKWARD, strict=False):
        track.artist_ids = [catalogue.other_artist(name), *track.artist_ids]
    for place in {2 * len(pool) // 5, 3 * len(pool) // 5}:
        taken_down = tracks[place]
        taken_down.name = ""
        taken_down.artist_ids = [catalogue.other_artist("")]
        taken_down.isrc = None
    _re_release(catalogue, pool)


def _re_release(catalogue: Catalogue, pool: list[str]) -> None:
    """Re-issue liked tracks on a single or deluxe album: same ISRC, other id, sometimes liked as well."""
    library = catalogue.library
    wanted = min(RE_RELEASES, len(pool) // 12)
    for number in range(wanted):
        original = library.tracks[pool[3 + 5 * number]]
        if not original.isrc:
            continue
        artist_id = original.artist_ids[-1]
        kind, size = ("single", 0) if number % 2 else ("album", 4)
        album = library.albums[catalogue.album(size, kind, artist_id)]
        album.name = f"{original.name[:60]} (Deluxe)" if size else original.name
        again = catalogue.track(
            album,
            name=original.name,
            isrc=original.isrc,
            duration_ms=original.duration_ms,
            artist_ids=list(original.artist_ids),
        )
        if number < 2:
            pool[-1 - number] = again
        elif number < 4:
            original.relinked_to = again
        # The same title, another recording: not to be taken for a re-release.
        catalogue.track(album, name=original.name, duration_ms=original.duration_ms + 41_000)
    for place in range(min(2, len(pool) // 20)):
        library.tracks[pool[7 + 5 * place]].restriction = "market"


def add_null_tracks(library: Library) -> None:
    """Put two null entries into Liked Songs; they count in `total` and take a position."""
    for place in (len(library.liked) // 3, len(library.liked) * 3 // 4 + 1):
        at = library.liked[min(place, len(library.liked) - 1)].added_at
        library.liked.insert(place, SavedTrack(None, at))


def add_null_albums(library: Library) -> None:
    """Put one null entry into the saved albums."""
    place = len(library.saved_albums) // 2
    library.saved_albums.insert(place, SavedAlbum(None, library.saved_albums[place].added_at))
