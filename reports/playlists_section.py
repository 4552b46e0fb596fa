"""The section of the dashboard about smart playlists: a pure function of their data."""

import re
from collections.abc import Sequence
from datetime import tzinfo

from playlists.language.document import RuleError
from playlists.language.parser import LONGEST_SLUG
from playlists.language.wording import Line, definition_lines
from playlists.selection.stored import stored_definition
from reports.dashboard_data import SmartPlaylist
from reports.html_parts import UNKNOWN, escaped, name_of, section, time_of
from utils.words import counted

_LINKED_ID = re.compile(r"[0-9A-Za-z]{22}")  # of a playlist on Spotify
_STATES = {  # status → its word, and sometimes an explanation
    "active": ("active",),
    "creating": ("being made",),
    "missing": ("missing", "not to be seen on Spotify at the moment"),
    "retired": ("retired", "deleted on Spotify, its rules are kept"),
}
_ARCHIVE = ("archive", "made once, and left as it is")
_COLUMNS = (
    ("Playlist", "title"),
    ("Tracks", "count"),
    ("Brought up to date", "when"),
    ("State", "state"),
    ("Rules", "rules"),
)


def playlists_section(lists: Sequence[SmartPlaylist], zone: tzinfo) -> str:
    """The section with a row per list, in the order given; empty where there are no lists."""
    if not lists:
        return ""
    lead = f"{counted(len(lists), 'list')} made by rules. <code>./run update_dynamic_playlists</code> brings them up to date."
    head = "".join(
        f'<th role="columnheader" scope="col" class="{kind}">{title}</th>' for title, kind in _COLUMNS
    )
    rows = "".join(_row(playlist, zone) for playlist in lists)
    return section(
        "playlists",
        "Smart playlists",
        f'<p class="lead">{lead}</p><div class="lists"><table role="table" aria-labelledby="playlists-heading">'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table></div>',
    )


def _row(playlist: SmartPlaylist, zone: tzinfo) -> str:
    size = UNKNOWN if playlist.track_count is None else f"{playlist.track_count:,}"
    unit = "track" if playlist.track_count == 1 else "tracks"
    when = time_of(playlist.last_synced_at, zone) if playlist.last_synced_at else "not yet"
    return (
        f'<tr role="row"><th role="rowheader" scope="row">{_linked_name(playlist)}</th>'
        f'<td role="cell" class="count" data-unit="{unit}">{size}</td>'
        f'<td role="cell" class="when">{when}</td>'
        f'<td role="cell" class="state">{_state(playlist)}</td>'
        f'<td role="cell" class="rules">{_rules(playlist)}</td></tr>'
    )


def _linked_name(playlist: SmartPlaylist) -> str:
    """The name, as a link to the playlist on Spotify where the id is well-formed."""
    name = name_of(playlist.name)
    if playlist.playlist_id is None or not _LINKED_ID.fullmatch(playlist.playlist_id):
        return name
    return f'<a href="https://open.spotify.com/playlist/{playlist.playlist_id}" rel="noreferrer">{name}</a>'


def _state(playlist: SmartPlaylist) -> str:
    """The state in words. An active archive is called an archive; of any other, the status comes first."""
    kind = playlist.status if playlist.status in _STATES else ""
    word, *more = _STATES.get(playlist.status, (playlist.status,))
    if not playlist.is_dynamic and playlist.status == "active":
        kind = "archive"
        word, *more = _ARCHIVE
    elif not playlist.is_dynamic:
        more.append("an archive")
    about = "".join(f"<small>{text}</small>" for text in more)
    return f'<span class="status {kind}">{escaped(word)}</span>{about}'


def _rules(playlist: SmartPlaylist) -> str:
    """The rules in words, in a box to unfold, under the slug that commands take."""
    slug = escaped(playlist.slug)
    return f"<details><summary>Rules of <code>{slug}</code></summary>{_rules_in_words(playlist)}</details>"


def _rules_in_words(playlist: SmartPlaylist) -> str:
    try:
        definition = stored_definition(
            playlist.slug[:LONGEST_SLUG],  # a list of a template may have a longer one
            playlist.name,
            playlist.rules,
        )
    except (RuleError, ValueError):
        slug = escaped(playlist.slug)
        return (
            "<p>They are not rules that this version understands. "
            f"<code>./run playlists preview {slug}</code> says why.</p>"
        )
    return _nested(definition_lines(definition))


def _nested(lines: Sequence[Line]) -> str:
    """The lines as lists in lists."""
    parts = []
    depth = -1
    for line in lines:
        parts.append(
            "<ul>" * (line.depth - depth)
            if line.depth > depth
            else "</li>" + "</ul></li>" * (depth - line.depth)
        )
        parts.append(f"<li>{escaped(line.text)}")
        depth = line.depth
    return "".join(parts) + "</li></ul>" * (depth + 1)
