"""Explains why a track is in a list or not: condition by condition, then by order, caps and limit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.arrange import arrange
from playlists.arrangement.track import Track
from playlists.inspection.preview import variant_line
from playlists.inspection.values import shown_value, unfolded_value
from playlists.language.model import Arrangement, Expression, Limit, expressions_of
from playlists.selection.lists import expressions_of_arrangements, whole_filter
from playlists.selection.query import ABOUT_AVAILABILITY
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.tracks import find_track, select_tracks
from playlists.selection.verdicts import Verdict, judge
from utils.text_table import cell_text

FIXED_RULES_FIELDS = tuple(Expression(name) for name in ("in_library", "is_playable", "excluded"))


def explanation(cursor: Cursor, smart_list: SmartList, wanted: str, listener: Listener) -> str:
    """The explanation as lines of text. `wanted`: a track's id, its link, or a part of its title.

    Raises SettingsError where no track, or more than one, is meant.
    """
    track = find_track(cursor, wanted, listener.context())
    lines = [
        f"{', '.join(track.artists)} - {track.name} ({track.track_id})",
        *variant_line(smart_list).splitlines(),
        *smart_list.left_out,
    ]
    is_chosen = False
    for called, one in smart_list.whose(listener):
        inner = _lines_of(cursor, smart_list, track, one)
        is_chosen = is_chosen or not any(line.startswith("✗") for line in inner)
        lines += [f"{called}:", *(f"  {line}" for line in inner)] if called else inner
    ids = [each.track_id for each in smart_list.tracks]
    if track.track_id in ids:
        lines.append(f"✓ it is number {ids.index(track.track_id) + 1:,} of {len(ids):,}")
        return _with_verdict(lines, is_in=True)
    if is_chosen:
        lines.append(f"✗ {_reason_left_out(cursor, smart_list, track.track_id, listener)}")
    return _with_verdict(lines, is_in=False)


def _lines_of(cursor: Cursor, smart_list: SmartList, track: Track, whose: Listener) -> list[str]:
    """What the rules say of a track among what is a listener's. A line of the outermost level with ✗: they do not choose it."""
    judged = judge(
        cursor,
        whole_filter(smart_list.definition),
        whose.context(smart_list.lists),
        [track.track_id],
        source=smart_list.definition.source,
        expressions=FIXED_RULES_FIELDS,
    )
    own = judged.get(track.track_id)
    if own is None:
        return ["✗ it is not in your library (`from: known` looks at everything that the database knows)"]
    return [
        *_explained_lines(own.verdict, track, whose.zone),
        *_lines_of_fixed_rules(own.values, smart_list),
    ]


def _with_verdict(lines: Sequence[str], *, is_in: bool) -> str:
    return "".join(
        f"{line}\n" for line in (*lines, "It is in the list." if is_in else "It is not in the list.")
    )


def _explained_lines(node: Verdict, track: Track, zone: ZoneInfo, depth: int = 0) -> list[str]:
    mark = "✓" if node.holds else "✗"
    actual = ""
    if node.expression is not None:
        value = unfolded_value(node.expression, track, node.actual)
        actual = f"   (it is {cell_text(shown_value(node.expression, value, zone))})"
    lines = [f"{'  ' * depth}{mark} {node.text}{actual}"]
    for member in node.members:
        lines += _explained_lines(member, track, zone, depth + 1)
    return lines


def _lines_of_fixed_rules(own: Mapping[str, object], smart_list: SmartList) -> list[str]:
    """Lines for the rules that hold for every list, where they keep the track out: exclusions and availability."""
    lines = []
    if own["excluded"]:
        lines.append("✗ it is excluded: it is in your playlist of exclusions")
    definition = smart_list.definition
    asks = any(
        expression.field in ABOUT_AVAILABILITY for expression in expressions_of(whole_filter(definition))
    )
    is_of_country = not definition.listeners and not definition.include_unplayable
    if own["is_playable"] is False and is_of_country and not asks:
        lines.append("✗ it cannot be played in your country (`include_unplayable: yes` lets it in)")
    return lines


def _reason_left_out(cursor: Cursor, smart_list: SmartList, track_id: str, listener: Listener) -> str:
    """Which step leaves out a track that the filter selects: arrange the list without the last steps, one after another."""
    definition = smart_list.definition
    if definition.listeners:
        return "it is left out by the order, the caps or the limit, another release is in its place, or one of the listeners excludes it"
    if definition.blocks:
        return "it is left out by the order, the caps or the limit of its block, or of the whole list"
    whole = definition.arrangement
    tracks = select_tracks(
        cursor,
        whole_filter(definition),
        listener.context(smart_list.lists),
        source=definition.source,
        include_unplayable=definition.include_unplayable or definition.substitute_twins,
        expressions=expressions_of_arrangements([whole]),
    )
    chance = smart_list.chance(listener)

    def is_in(arrangement: Arrangement) -> bool:
        return any(arranged.track_id == track_id for arranged in arrange(tracks, arrangement, chance))

    unlimited = replace(whole, limit=Limit(), offset=0)
    unseparated = replace(unlimited, separation=None)
    uncapped = replace(unseparated, per_artist=None, per_album=None)
    for arrangement, reason in (
        (unlimited, "it comes after the limit, or before the offset"),
        (unseparated, "artist_separation drops it: others of its artist are too near"),
        (uncapped, "per_artist or per_album is reached by tracks before it"),
        (replace(uncapped, random_group=None), "random_group has drawn others"),
    ):
        if is_in(arrangement):
            return reason
    return "another release of the same recording is in its place (dedupe), or a playable one (substitute)"
