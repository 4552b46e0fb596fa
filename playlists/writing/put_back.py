"""Puts back what a list held and was called before it was taken over, and gives it back to the listener.

The writer does it as it does everything: no state in between is too short, a killed run is finished by the next one. Only
then is the list forgotten, so that no update writes it any more.
"""

import json
from typing import Any

from playlists.writing.mapping_store import forget_list
from playlists.writing.sync import sync_list
from playlists.writing.target import ListError, Target
from utils.errors import RefusedError, SettingsError
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.exclusions import refuse_exclusions
from utils.mirror.own_playlists import OwnLists, read_own_lists
from utils.mirror.playlist_mappings import PlaylistMapping, find_mapping
from utils.words import counted


def work(run: SpotifyRun) -> None:
    """Put the list of the slug back; without --yes, say what that would do."""
    slug, dry_run = run.options.arguments.slug, run.options.dry_run
    refuse_exclusions(slug)
    mapping = find_mapping(run, slug)
    if mapping is None or mapping.before_adoption is None:
        raise SettingsError(
            f"The list {slug!r} was not taken over, so there is nothing to put back.",
            "./run playlists list shows which lists there are.",
        )
    lists = read_own_lists(run)
    result = sync_list(run, _target(slug, mapping), lists, dry_run=dry_run)
    if result.status in ("missing", "retired"):
        raise ListError(
            f"Playlist {result.playlist_id} cannot be written: {result.message}.",
            f"Run this again when Spotify shows it, or ./run playlists forget {slug} --yes, with which what it held is forgotten.",
        )
    come = counted(result.added, "item comes back", "items come back")
    done = f"{come}, {counted(result.removed, 'goes', 'go')}"
    if dry_run:
        run.log.info(
            "%s: would be put back: %s. To do it: ./run playlists put-back %s --yes", slug, done, slug
        )
        return
    _empty_description(run, slug, mapping, lists)
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


def _empty_description(run: SpotifyRun, slug: str, mapping: PlaylistMapping, lists: OwnLists) -> None:
    """Take the description away where there was none. Spotify has refused that: then the listener can, in the app."""
    before: Any = mapping.before_adoption
    listed = lists.by_id[str(mapping.playlist_id)]
    if before["description"] or not listed.description:
        return
    try:
        run.spotify.change_playlist(listed.playlist_id, {"description": ""})
    except RefusedError as error:
        if error.status != 400:
            raise
        run.log.warning(
            "%s: it had no description, and Spotify does not take an empty one, so it keeps that of the definition. "
            "To be without it: in the app, Edit details",
            slug,
        )


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
