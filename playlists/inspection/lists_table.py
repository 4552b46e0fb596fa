"""The table of all smart playlists: `./run playlists list`."""

from zoneinfo import ZoneInfo

from playlists.language.condition_wording import template_words
from playlists.language.model import Definition
from playlists.selection.stored import ListenerDefinitions, StoredList
from utils.mirror.exclusions import EXCLUSIONS
from utils.text_table import text_table


def lists_table(loaded: ListenerDefinitions, zone: ZoneInfo) -> str:
    """One line per list that has a definition or a row of playlist_mappings; times are in the listener's `zone`."""
    rows = []
    by_slug = {definition.slug: definition for definition in loaded.definitions}
    for slug in sorted({*by_slug, *loaded.stored}):
        definition, stored = by_slug.get(slug), loaded.stored.get(slug)
        last_synced_at = stored.last_synced_at if stored else None
        rows.append(
            (
                slug,
                definition.name if definition else (stored.name if stored else ""),
                stored.track_count if stored else None,
                last_synced_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if last_synced_at else "never",
                state_of(definition, stored),
                stored.link if stored else "",
            )
        )
    last_synced_heading = f"made last ({zone.key})"
    return text_table(("slug", "name", "tracks", last_synced_heading, "state", "on Spotify"), rows)


def state_of(definition: Definition | None, stored: StoredList | None) -> str:
    """The state of a list: the status of its row, or when it will be created."""
    if stored is not None:
        if stored.slug == EXCLUSIONS:
            return "what you exclude"
        rests = {None: "", "emptied": ", emptied out of season"}.get(
            stored.out_of_season, ", hidden out of season"
        )
        return f"{stored.status}{rests}"
    assert definition is not None
    when = "on request" if definition.create == "on_request" else "with the next update"
    template = definition.for_each
    return f"one list per {template_words(template)}, {when}" if template else when
