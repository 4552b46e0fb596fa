"""The preview of a smart playlist: what it would hold now, as a table."""

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.track import Track
from playlists.inspection.values import shown_value
from playlists.language.expressions import expression_text
from playlists.language.model import Expression
from playlists.selection.contexts import context_line, unknown_contexts
from playlists.selection.lists import expressions_of_arrangements, whole_filter
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.verdicts import count_by_condition
from utils.text_table import playing_time, text_table, track_length
from utils.words import counted

FIELDS_IN_EVERY_TABLE = (
    "title",
    "artist",
    "main_artist",
    "album",
    "duration",
    "play_count",
    "added_at",
    "disc_number",
)


def preview(cursor: Cursor, smart_list: SmartList, listener: Listener) -> str:
    """Name, description, size and playing time, and a line per track; for an empty list, how many tracks each condition finds."""
    name, description = smart_list.texts(listener)
    tracks = smart_list.tracks
    total = playing_time(sum(track.duration_ms or 0 for track in tracks))
    head = f"{name} ({smart_list.slug}): {counted(len(tracks), 'track')}, {total}\n{description}\n{variant_line(smart_list)}"
    head += "".join(f"{text}\n" for text in smart_list.left_out)
    for uri in unknown_contexts(cursor, listener.user_id, smart_list.definition):
        head += f"{context_line(uri)[0].upper()}{context_line(uri)[1:]}\n"
    if not tracks:
        return (
            f"{head}\nNo track is in it at the moment.\n{_counts_by_condition(cursor, smart_list, listener)}"
        )
    return f"{head}\n{track_table(smart_list, listener)}"


def variant_line(smart_list: SmartList) -> str:
    """A line that says which variant of its definition a list is made by today; empty where it has none."""
    days = smart_list.definition.variant
    if days:
        return f"Today its variant is in force: {days}.\n"
    return "Today none of its variants is in force.\n" if smart_list.definition.variants else ""


def track_table(smart_list: SmartList, listener: Listener) -> str:
    """A line per track, numbered from 1, with the values that the list is sorted by; times are in the listener's zone."""
    ordered = [
        expression
        for expression in expressions_of_arrangements([smart_list.definition.arrangement])
        if expression.field not in FIELDS_IN_EVERY_TABLE
    ]
    rows = [
        (
            number,
            track.name or track.track_id,
            ", ".join(track.artists),
            track.album_name,
            track_length(track.duration_ms),
            track.play_count,
            track.added_at.astimezone(listener.zone).date().isoformat() if track.added_at else None,
            *(_value(track, expression, listener) for expression in ordered),
        )
        for number, track in enumerate(smart_list.tracks, start=1)
    ]
    head = (
        "#",
        "title",
        "artists",
        "album",
        "length",
        "plays",
        "added",
        *(expression_text(expression) for expression in ordered),
    )
    return text_table(head, rows)


def _value(track: Track, expression: Expression, listener: Listener) -> str:
    value = track.values.get(expression.key)
    return "" if value is None else shown_value(expression, value, listener.zone)


def _counts_by_condition(cursor: Cursor, smart_list: SmartList, listener: Listener) -> str:
    """How many tracks each condition finds by itself, to show which of them is too narrow."""
    match = whole_filter(smart_list.definition)
    lines = []
    for called, one in smart_list.whose(listener):
        context = one.context(smart_list.lists)
        counts = count_by_condition(cursor, match, context, source=smart_list.definition.source)
        lines += [f"{called}\n"] if called and counts else []
        lines += [f"  {condition.text}: {counted(count, 'track')} by itself\n" for condition, count in counts]
    return "".join(lines)
