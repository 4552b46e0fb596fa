"""All smart playlists at a glance."""

from playlists.inspection.text_table import text_table
from playlists.language.model import Definition
from playlists.selection.smart_list import Listener
from playlists.selection.stored import Definitions, StoredList
from utils.exclusions import SLUG as EXCLUSIONS


def listing(found: Definitions, listener: Listener) -> str:
    """One line per list that is defined or was once made; times are the listener's."""
    rows = []
    by_slug = {definition.slug: definition for definition in found.definitions}
    for slug in sorted({*by_slug, *found.stored}):
        definition, stored = by_slug.get(slug), found.stored.get(slug)
        made = stored.last_synced_at if stored else None
        playlist_id = stored.playlist_id if stored else None
        rows.append(
            (
                slug,
                definition.name if definition else (stored.name if stored else ""),
                stored.track_count if stored else None,
                made.astimezone(listener.zone).strftime("%Y-%m-%d %H:%M") if made else "never",
                state(definition, stored),
                f"open.spotify.com/playlist/{playlist_id}" if playlist_id else "",
            )
        )
    made_last = f"made last ({listener.zone.key})"
    return text_table(("slug", "name", "tracks", made_last, "state", "on Spotify"), rows)


def state(definition: Definition | None, stored: StoredList | None) -> str:
    """Where a list stands, in words."""
    if stored is not None:
        return "what you exclude" if stored.slug == EXCLUSIONS else stored.status
    assert definition is not None
    when = "on request" if definition.create == "on_request" else "with the next update"
    return f"one list per {definition.for_each.by}, {when}" if definition.for_each else when
