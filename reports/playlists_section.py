"""The dashboard's section about smart playlists: a pure function of their rows."""

import re
from collections.abc import Sequence
from datetime import tzinfo

from reports.dashboard_data import SmartPlaylist
from reports.html_parts import UNKNOWN, counted, escaped, name_of, section, time_of

_LINKED_ID = re.compile(r"[0-9A-Za-z]{22}")  # of a playlist on Spotify
_STATES = {  # in words, and what there is to know about it
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
    """A row per list, in the order of the data; empty where there is none."""
    if not lists:
        return ""
    lead = f"{counted(len(lists), 'list')} made by rules. <code>./run update_dynamic_playlists</code> brings them up to date."
    head = "".join(
        f'<th role="columnheader" scope="col" class="{kind}">{title}</th>' for title, kind in _COLUMNS
    )
    rows = "".join(_row(each, zone) for each in lists)
    return section(
        "playlists",
        "Smart playlists",
        f'<p class="lead">{lead}</p><div class="lists"><table role="table" aria-labelledby="playlists-heading">'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table></div>',
    )


def _row(one: SmartPlaylist, zone: tzinfo) -> str:
    size = UNKNOWN if one.track_count is None else f"{one.track_count:,}"
    unit = "track" if one.track_count == 1 else "tracks"
    when = time_of(one.last_synced_at, zone) if one.last_synced_at else "not yet"
    return (
        f'<tr role="row"><th role="rowheader" scope="row">{_linked_name(one)}</th>'
        f'<td role="cell" class="count" data-unit="{unit}">{size}</td>'
        f'<td role="cell" class="when">{when}</td>'
        f'<td role="cell" class="state">{_state(one)}</td>'
        f'<td role="cell" class="rules">{_rules(one)}</td></tr>'
    )


def _linked_name(one: SmartPlaylist) -> str:
    """The name; a link to Spotify where the id is one, whatever else stands in the row."""
    name = name_of(one.name)
    if one.playlist_id is None or not _LINKED_ID.fullmatch(one.playlist_id):
        return name
    return f'<a href="https://open.spotify.com/playlist/{one.playlist_id}" rel="noreferrer">{name}</a>'


def _state(one: SmartPlaylist) -> str:
    """In words. An archive that is in order is called one; where something is amiss, that is said first."""
    kind = one.status if one.status in _STATES else ""
    word, *more = _STATES.get(one.status, (one.status,))
    if not one.is_dynamic and one.status == "active":
        kind = "archive"
        word, *more = _ARCHIVE
    elif not one.is_dynamic:
        more.append("an archive")
    about = "".join(f"<small>{text}</small>" for text in more)
    return f'<span class="status {kind}">{escaped(word)}</span>{about}'


def _rules(one: SmartPlaylist) -> str:
    """Folded, as they are kept. The slug is what commands call the list."""
    slug = escaped(one.slug)
    return (
        f"<details><summary>Rules of <code>{slug}</code></summary>"
        f'<div class="scroll" role="region" aria-label="Rules of {slug}" tabindex="0">'
        f'<pre dir="ltr">{escaped(one.rules)}</pre></div></details>'
    )
