"""Brings a list that was made public or private by hand back to what its definition says, where it says so.

What Spotify shows is not certain: a list can go on being shown as public after it was made private, in the listing alone or
wherever it is asked for. So it is remembered how a list is shown once it was set; only what differs from that was changed.
"""

from playlists.writing.mapping_store import store_shown_public
from playlists.writing.target import Details, Target
from utils.job.spotify_run import SpotifyRun
from utils.mirror.own_playlists import OwnList
from utils.mirror.playlist_mappings import PlaylistMapping


def visibility_to_restore(
    run: SpotifyRun, target: Target, mapping: PlaylistMapping, listed: OwnList, *, dry_run: bool
) -> Details:
    """The visibility to set again, since it was set before and somebody has changed it; empty where that is not so.

    One request where the listing shows a change, and none the next time where that was wrong.
    """
    was_set = mapping.details is not None and mapping.details.get("public") == target.is_public
    if not target.says_public or not was_set or listed.is_public in (None, mapping.shown_public):
        return {}
    is_as_written = listed.is_public == target.is_public
    if is_as_written or run.spotify.playlist_is_public(listed.playlist_id) == target.is_public:
        if not dry_run:
            store_shown_public(run, target.slug, is_public=listed.is_public)
        return {}
    return {key: target.details[key] for key in ("public", "collaborative")}


def note_visibility(run: SpotifyRun, target: Target, mapping: PlaylistMapping, playlist_id: str) -> None:
    """Remember how Spotify shows a list whose visibility was just set again, so that it is not set day after day."""
    if mapping.details is not None and mapping.details.get("public") == target.is_public:
        shown = run.spotify.playlist_is_public(playlist_id)
        store_shown_public(run, target.slug, is_public=shown)
