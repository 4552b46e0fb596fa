"""Puts back what a list held and was called before it was taken over, and gives it back to the listener.

The writer does it as it does everything: no state in between is too short, a killed run is finished by the next one. Only
then is the list forgotten, so that no update writes it any more.
"""

import json
from typing import Any

from playlists.writing.mapping_store import forget_list
from playlists.writing.sync import sync_list
from playlists.writing.target import ListError, Target
from utils.errors import SettingsError
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.own_playlists import read_own_lists
from utils.mirror.playlist_mappings import PlaylistMapping, find_mapping


def work(run: SpotifyRun) -> None:
    """Put the list of the slug back; without --yes, say what that would do."""
    slug, dry_run = run.options.arguments.slug, not run.options.arguments.yes
    mapping = find_mapping(run, slug)
    if mapping is None or mapping.before_adoption is None:
        raise SettingsError(
            f"The list {slug!r} was not taken over, so there is nothing to put back.",
            "./run playlists list shows which lists there are.",
        )
    result = sync_list(run, _target(slug, mapping), read_own_lists(run), dry_run=dry_run)
    if result.status in ("missing", "retired"):
        raise ListError(f"Playlist {result.playlist_id} cannot be written: {result.message}.")
    done = f"{result.added:,} items come back, {result.removed:,} go"
    if dry_run:
        run.log.info(
            "%s: would be put back: %s. To do it: ./run playlists put-back %s --yes", slug, done, slug
        )
        return
    forget_list(run, slug)
    run.tally.updated_items += 1
    run.log.info(
        "%s: put back: %s. Playlist %s is yours again, and no longer kept up to date",
        slug,
        done,
        mapping.playlist_id,
    )
    if result.message:
        run.log.warning("%s: %s", slug, result.message)


def _target(slug: str, mapping: PlaylistMapping) -> Target:
    """The list as it was. Its rules stay in the row until that is forgotten."""
    before: Any = mapping.before_adoption
    return Target(
        slug,
        name=before["name"],
        description=before["description"],
        wanted=lambda _current: before["uris"],
        is_public=before["public"],
        is_collaborative=before["collaborative"],
        rules=json.dumps(mapping.rules),
        rules_source="database" if mapping.rules_source == "database" else "file",
        is_dynamic=mapping.is_dynamic,
    )


JOB = SpotifyJob(
    name="put_back",
    work=work,
    about=__doc__,
    reads="playlist_mappings, GET /me/playlists, GET /playlists/{id}, GET /playlists/{id}/items (scope playlist-read-private)",
    writes="playlist_mappings, and a playlist on Spotify: PUT /playlists/{id}, POST, PUT and DELETE /playlists/{id}/items "
    "(scopes playlist-modify-private and -public)",
    counts="smart playlists",
    groups=("playlists", "library"),
    lock="update_dynamic_playlists",
)
