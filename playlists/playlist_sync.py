"""The writer: makes a playlist on Spotify hold what its definition selects, with as few writes as that takes.

An unchanged list costs one small read and no write. What is on Spotify is compared, not what was last written: so
edits made by hand, and a write that a kill cut short, are repaired by the next run. A list is created once: the
intention is stored first, and a run that finds one looks for the list before it creates another.
"""

import json
from itertools import count

from db.statements import statement
from playlists.definition import Definition, content_hash
from utils.errors import JobError, NotFoundError
from utils.own_playlists import Mapping, create_once, load_mapping
from utils.payloads import page, playlist_entry_uri
from utils.run import Run
from utils.spotify import PAGE, PLAYLIST_ITEMS_MAX, chunks


class ListError(JobError):
    """One list cannot be written; the others can."""


def sync_playlist(run: Run, definition: Definition) -> str:
    """Make Spotify agree with the definition. Returns created, updated, unchanged, or missing."""
    wanted = select_uris(run, definition)
    key: dict[str, object] = {"user_id": run.user.user_id, "slug": definition.slug}
    named = {**key, "name": definition.name, "rules": json.dumps(definition.rules())}
    mapping = load_mapping(run, key)
    playlist_id = mapping.playlist_id if mapping else None
    result = "updated"
    if playlist_id is None:
        playlist_id, is_new = create_once(
            run,
            key,
            definition.name,
            definition.description,
            may_exist=mapping is not None,
            intention=None if mapping else (statement("playlist_mappings.intend"), named),
        )
        result = "created" if is_new else "updated"
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
            cursor.execute(statement("playlist_mappings.missing"), key)
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
                **named,
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
