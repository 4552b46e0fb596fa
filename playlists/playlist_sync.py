"""The writer: makes a playlist on Spotify hold what its definition selects, with as few writes as that takes.

An unchanged list costs one small read and no write. What is on Spotify is compared, not what was last written: so
edits made by hand, and a write that a kill cut short, are repaired by the next run. A list is created once: the
intention is stored first, and a run that finds one looks for the list before it creates another.
"""

import html
import json
from dataclasses import dataclass
from itertools import count

from db.statements import statement
from playlists.definition import Definition, content_hash
from utils.errors import JobError, NotFoundError
from utils.payloads import page, playlist_entry_uri, text
from utils.run import Run
from utils.spotify import PAGE, PLAYLIST_ITEMS_MAX, Payload, chunks


@dataclass(frozen=True)
class Mapping:
    """A row of playlist_mappings."""

    playlist_id: str | None
    status: str
    last_synced_hash: str | None
    snapshot_id: str | None


class ListError(JobError):
    """One list cannot be written; the others can."""


def sync_playlist(run: Run, definition: Definition) -> str:
    """Make Spotify agree with the definition. Returns created, updated, unchanged, or missing."""
    wanted = select_uris(run, definition)
    mapping = _load(run, definition)
    playlist_id = mapping.playlist_id if mapping else None
    result = "updated"
    if playlist_id is None:
        playlist_id, result = _create(run, definition, may_exist=mapping is not None)
    try:
        snapshot = "" if result == "created" else run.spotify.playlist_snapshot(playlist_id)
        if mapping and mapping == Mapping(playlist_id, "active", content_hash(wanted), snapshot):
            return "unchanged"
        current = [] if result == "created" else read_uris(run, playlist_id)
    except NotFoundError:
        run.log.warning(
            "playlist %s (%s) is not on Spotify at the moment; its rules are kept",
            playlist_id,
            definition.slug,
        )
        with run.batch() as cursor:
            cursor.execute(statement("playlist_mappings.missing"), _key(run, definition))
        return "missing"
    if any(uri.startswith("spotify:local:") for uri in current):
        raise ListError(
            f"Playlist {playlist_id} ({definition.slug}) holds local files, which a rewrite would lose.",
            "Move them to another list; this one is left as it is.",
        )
    if current != wanted:
        snapshot = write_uris(run, playlist_id, wanted)
    elif result == "updated":
        result = "unchanged"
    with run.batch() as cursor:
        cursor.execute(
            statement("playlist_mappings.synced"),
            {
                **_key(run, definition),
                "name": definition.name,
                "rules": json.dumps(definition.rules()),
                "track_count": len(wanted),
                "now": run.clock.now(),
                "hash": content_hash(wanted),
                "snapshot_id": snapshot,
            },
        )
    return result


def select_uris(run: Run, definition: Definition) -> list[str]:
    """The URIs that the definition selects, in order. Raises JobError while there are no views to select from."""
    with run.batch() as cursor:
        cursor.execute("SELECT to_regclass('unified_tracks')")
        row = cursor.fetchone()
        if row is None or row[0] is None:
            raise JobError(
                "There is no view unified_tracks to choose tracks from.", "Run materialized_views first."
            )
        cursor.execute(*definition.statement(run.user.user_id))
        return [f"spotify:track:{track_id}" for (track_id,) in cursor]


def read_uris(run: Run, playlist_id: str) -> list[str]:
    """What the list holds now, in order; an entry without content as an empty string."""
    uris: list[str] = []
    for offset in count(0, PAGE):
        content = page(run.spotify.playlist_items(playlist_id, offset))
        uris += [playlist_entry_uri(entry) or "" for entry in content.items]
        if not content.has_next:
            break
    return uris


def write_uris(run: Run, playlist_id: str, uris: list[str]) -> str:
    """Replace the contents: the first 100 in one step, so that the list is never empty in between."""
    snapshot = run.spotify.replace_playlist_items(playlist_id, uris[:PLAYLIST_ITEMS_MAX])
    for chunk in chunks(uris[PLAYLIST_ITEMS_MAX:], PLAYLIST_ITEMS_MAX):
        snapshot = run.spotify.add_playlist_items(playlist_id, chunk)
    return snapshot


def _create(run: Run, definition: Definition, *, may_exist: bool) -> tuple[str, str]:
    """(id, "created") of a new private list, or (id, "updated") of the one that a killed run has created."""
    found = _find(run, definition) if may_exist else None
    if not may_exist:
        values = {**_key(run, definition), "name": definition.name, "rules": json.dumps(definition.rules())}
        with run.batch() as cursor:
            cursor.execute(statement("playlist_mappings.intend"), values)
    playlist = found or run.spotify.create_playlist(definition.name, definition.description)
    playlist_id = text(playlist, "id")
    if playlist_id is None:
        raise JobError(
            "Spotify created a playlist without an id.", "Run again: the list is looked for first."
        )
    with run.batch() as cursor:
        cursor.execute(
            statement("playlist_mappings.created"), {**_key(run, definition), "playlist_id": playlist_id}
        )
    return playlist_id, "updated" if found else "created"


def _find(run: Run, definition: Definition) -> Payload | None:
    """Our own list of that name and description, which Spotify gives back HTML-escaped."""
    for offset in count(0, PAGE):
        content = page(run.spotify.my_playlists(offset))
        for playlist in content.items:
            owner = playlist.get("owner") if playlist is not None else None
            if playlist is None or not isinstance(owner, dict) or owner.get("id") != run.user.spotify_id:
                continue
            texts = [html.unescape(str(playlist.get(key))) for key in ("name", "description")]
            if texts == [definition.name, definition.description]:
                return playlist
        if not content.has_next:
            break
    return None


def _load(run: Run, definition: Definition) -> Mapping | None:
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.load"), _key(run, definition))
        row = cursor.fetchone()
    return Mapping(*row) if row else None


def _key(run: Run, definition: Definition) -> dict[str, object]:
    return {"user_id": run.user.user_id, "slug": definition.slug}
