"""Makes the smart playlists of a listener: works out which tracks each list holds.

Templates become lists first, and a list that names others is made after them. An error is kept with its list, and with the
lists that name it; the others are made all the same.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.arrange import arrange, mix_blocks
from playlists.arrangement.order import Chance
from playlists.arrangement.schedule import version_of_day
from playlists.arrangement.track import Track
from playlists.language.document import RuleError
from playlists.language.kinds import Contents, Context
from playlists.language.model import (
    Arrangement,
    Condition,
    Definition,
    Expression,
    Filter,
    Group,
    Limit,
)
from playlists.language.other_lists import referenced_lists
from playlists.selection.members import behind_the_turns, find_members, for_everybody, in_turn
from playlists.selection.references import KnownLists, in_dependency_order
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.templates import expand
from playlists.selection.tracks import select_tracks
from playlists.selection.twins import substitute_twins
from utils.database.statements import statement
from utils.errors import JobError, SettingsError
from utils.garbage import without_collection

PLAYLIST = Expression("playlist")


@without_collection()
def make_lists(
    cursor: Cursor,
    definitions: Collection[Definition],
    listener: Listener,
    unreadable: Iterable[RuleError] = (),
    first_slugs: Mapping[str, str] | None = None,
    *,
    is_private: bool = False,
) -> list[SmartList]:
    """Make every list of the definitions as they are in force today, in the order of their slugs, except that lists named by others come before those.

    `unreadable`: the errors of definitions that cannot be read. `first_slugs`: of lists whose file was renamed. With `is_private` errors may hold names of playlists.
    The error of one list is in `SmartList.error`, and not raised. Raises JobError while there are no views.
    """
    if not has_views(cursor):
        raise JobError(
            "There are no views to choose tracks from (unified_tracks).",
            "Run ./run materialized_views first.",
        )
    filled_lists: dict[str, SmartList] = {}
    named = {definition.slug: referenced_lists(definition) for definition in definitions}
    in_force = (version_of_day(definition, listener.today) for definition in definitions)
    lists = expand(cursor, in_force, listener)
    cursor.execute(statement("smart_playlists.plain_lists"), {"user_id": listener.user_id})
    known = KnownLists(lists, cursor.fetchall(), unreadable, is_private=is_private)
    for smart_list in in_dependency_order(lists, known, named):
        filled_lists[smart_list.slug] = smart_list
        smart_list.first_slug = (first_slugs or {}).get(smart_list.slug, "")
        if smart_list.error is None:
            try:
                _fill(cursor, smart_list, listener, known, filled_lists)
            except JobError as error:
                smart_list.error = error
    return list(filled_lists.values())


def has_views(cursor: Cursor) -> bool:
    """Whether the views are there that tracks and playlists are chosen from."""
    cursor.execute("SELECT to_regclass('unified_tracks'), to_regclass('all_playlists')")
    return None not in (cursor.fetchone() or (None,))


def _fill(
    cursor: Cursor,
    smart_list: SmartList,
    listener: Listener,
    known: KnownLists,
    filled_lists: Mapping[str, SmartList],
) -> None:
    definition = smart_list.definition
    smart_list.lists = {
        name: _contents_of_list(cursor, name, definition, listener, known, filled_lists)
        for name in referenced_lists(definition)
    }
    chance = smart_list.chance(listener)
    whole = definition.arrangement
    if definition.listeners:
        smart_list.members, smart_list.left_out = find_members(cursor, definition, listener)
        finish = for_everybody(cursor, definition, listener, smart_list.members)
        contexts = [member.listener.context(smart_list.lists) for member in smart_list.members]
        parts = [_chosen(cursor, definition, context, chance, finish) for context in contexts]
        tracks, whole = in_turn(parts, whole, chance), behind_the_turns(whole)
    elif smart_list.selected is not None:
        tracks, smart_list.selected = list(smart_list.selected), None
    else:
        context = listener.context(smart_list.lists)
        tracks = _chosen(
            cursor, definition, context, chance, partial(_with_twins, cursor, definition, listener)
        )
    smart_list.tracks = smart_list.pool = arrange(tracks, whole, chance)
    if definition.mode == "rotate":
        smart_list.pool = arrange(tracks, replace(whole, limit=Limit()), chance)


def _chosen(
    cursor: Cursor,
    definition: Definition,
    context: Context,
    chance: Chance,
    finish: Callable[[list[Track]], list[Track]],
) -> list[Track]:
    """What the rules choose in a context, before the order, caps and limits of the whole list. `finish`: what becomes of each selection."""
    whole = definition.arrangement

    def choose(match: Filter, *arrangements: Arrangement) -> list[Track]:
        tracks = select_tracks(
            cursor,
            with_minus_and_intersect(match, definition),
            context,
            source=definition.source,
            include_unplayable=lets_in_unplayable(definition),
            expressions=expressions_of_arrangements(arrangements),
        )
        return finish(tracks)

    if not definition.blocks:
        return choose(with_union(definition.match, definition), whole)
    parts = [
        (arrange(choose(block.match, block.arrangement, whole), block.arrangement, chance), block.take)
        for block in definition.blocks
    ]
    if definition.union:
        parts.append((choose(in_any_list(definition.union), whole), 1))
    return mix_blocks(parts, definition.mix)


def _with_twins(
    cursor: Cursor, definition: Definition, listener: Listener, tracks: list[Track]
) -> list[Track]:
    if not definition.substitute_twins:
        return tracks
    return substitute_twins(cursor, tracks, listener.user_id, listener.market)


def lets_in_unplayable(definition: Definition) -> bool:
    """Whether tracks are selected that cannot be played in the country of whose they are: some have a twin, or another's country counts."""
    return definition.include_unplayable or definition.substitute_twins or bool(definition.listeners)


def _contents_of_list(
    cursor: Cursor,
    name: str,
    definition: Definition,
    listener: Listener,
    known: KnownLists,
    filled_lists: Mapping[str, SmartList],
) -> tuple[Contents, ...]:
    slugs = known.slugs_of(name)
    if not slugs:
        playlist_id = known.playlist_id(name, definition)
        values = {"user_id": listener.user_id, "playlist_id": playlist_id}
        cursor.execute(statement("smart_playlists.plain_list_tracks"), values)
        return (dict(cursor.fetchall()),)
    found: list[Contents] = []
    for slug in slugs:
        if filled_lists[slug].error is not None:
            raise SettingsError(
                f"{definition.origin}: the list {slug}, which it names, could not be made.",
                "Mend that one first.",
            )
        cursor.execute(
            statement("smart_playlists.smart_list_additions"), {"user_id": listener.user_id, "slug": slug}
        )
        added_at: dict[str, datetime] = dict(cursor.fetchall())
        found.append({one.track_id: added_at.get(one.track_id) for one in filled_lists[slug].tracks})
    return tuple(found)


def with_union(match: Filter, definition: Definition) -> Filter:
    """The filter, widened by the tracks of the lists in `union`."""
    if not definition.union:
        return match
    return Group("any", (match, in_any_list(definition.union)))


def with_minus_and_intersect(match: Filter, definition: Definition) -> Filter:
    """The filter, narrowed to tracks that are in every list of `intersect` and in no list of `minus`."""
    parts: list[Filter] = [match]
    parts += [in_any_list((name,)) for name in definition.intersect]
    if definition.minus:
        parts.append(Group("none", (in_any_list(definition.minus),)))
    return Group("all", tuple(parts)) if len(parts) > 1 else match


def selected_uris(cursor: Cursor, smart_list: SmartList, listener: Listener) -> set[str]:
    """The URIs of all that the rules of a list select, before anything is ordered, capped or limited."""
    definition = smart_list.definition
    return {
        track.uri
        for _, one in smart_list.whose(listener)
        for track in select_tracks(
            cursor,
            whole_filter(definition),
            one.context(smart_list.lists),
            source=definition.source,
            include_unplayable=lets_in_unplayable(definition),
        )
    }


def whole_filter(definition: Definition) -> Filter:
    """The filter of the whole list: that of the definition or of its blocks, with union, minus and intersect."""
    match = definition.match
    if definition.blocks:
        match = Group("any", tuple(block.match for block in definition.blocks))
    return with_minus_and_intersect(with_union(match, definition), definition)


def in_any_list(names: tuple[str, ...]) -> Condition:
    """The condition that a track is in any of the lists."""
    return Condition(PLAYLIST, "in", names, f"playlist: {{in: [{', '.join(names)}]}}")


def expressions_of_arrangements(arrangements: Iterable[Arrangement]) -> list[Expression]:
    """The expressions that the arrangements sort or shuffle by, each once."""
    every = (expression for arrangement in arrangements for expression in arrangement.expressions)
    return list({expression.key: expression for expression in every}.values())
