"""Takes a list out of the listener's library outside of its season, and puts it back.

On Spotify, an own list is deleted by just that; what it is and holds stays, and it can be put back by its id. So that nobody
takes it for deleted by the listener, the row says `hiding` before the request, and `hidden` after it. Once the list is there
again the row says neither, also where the list is then left as it is: it is hidden again after its season, and one that the listener
deletes is deleted. Nor does the row say when it was made, so that the next run makes it, whatever its refresh.
"""

from playlists.writing.mapping_store import store_out_of_season, store_shown
from playlists.writing.target import ListError
from utils.errors import NotFoundError
from utils.job.spotify_run import SpotifyRun
from utils.mirror.own_playlists import OwnList, OwnLists, read_own_list
from utils.mirror.playlist_mappings import PlaylistMapping


def hide(run: SpotifyRun, slug: str, playlist_id: str, lists: OwnLists) -> None:
    """Take a list of the listener's own out of the library. Raises ListError for a list of somebody else."""
    listed = lists.by_id.get(playlist_id)
    if listed is not None and not listed.is_own:
        raise ListError(
            f"Playlist {playlist_id} belongs to somebody else.",
            "Only your own lists are hidden: map the slug to one of yours.",
        )
    store_out_of_season(run, slug, "hiding")
    run.spotify.remove_from_library([f"spotify:playlist:{playlist_id}"])
    store_out_of_season(run, slug, "hidden")
    lists.by_id.pop(playlist_id, None)


def listed_or_shown(
    run: SpotifyRun, slug: str, lists: OwnLists, mapping: PlaylistMapping, playlist_id: str, *, dry_run: bool
) -> OwnList | None:
    """The list as Spotify lists it; one that was hidden is put back first, or with `dry_run` only read. None: it is not there."""
    listed = lists.by_id.get(playlist_id)
    if not is_hidden(mapping):
        return listed
    if listed is None:
        try:
            if not dry_run:
                run.spotify.save_to_library([f"spotify:playlist:{playlist_id}"])
            listed = read_own_list(run, playlist_id)
        except NotFoundError:
            return None
        lists.by_id[playlist_id] = listed
    if not dry_run:
        store_shown(run, slug)
    return listed


def is_hidden(mapping: PlaylistMapping) -> bool:
    """Whether the row says that its list was hidden, or was about to be."""
    return mapping.out_of_season in ("hiding", "hidden")
