"""All smart playlists of a listener: templates become lists, lists that name others come after those, each is made.

One list's failure is kept with that list, and with those that name it; the others go on.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from db.statements import statement
from playlists.arrangement.arrange import arrange, mix
from playlists.arrangement.chance import Chance
from playlists.arrangement.schedule import fill, period_name
from playlists.arrangement.track import Track
from playlists.language.document import suggestion
from playlists.language.kinds import Context
from playlists.language.model import (
    EVERYTHING,
    Arrangement,
    Condition,
    Definition,
    Expression,
    Filter,
    ForEach,
    Group,
    Limit,
)
from playlists.language.parser import referenced_lists
from playlists.selection.tracks import group_counts, select_tracks
from playlists.selection.twins import substitute_twins
from utils.errors import JobError, SettingsError

PLAYLIST = Expression("playlist")
_ID = re.compile(r"(?:.*[/:]playlist[/:])?([0-9A-Za-z]{22})(?:\?.*)?")


@dataclass(frozen=True)
class Listener:
    """For whom, and when, lists are made. `now` is aware; `run_id` is what chance per run comes from."""

    user_id: str
    market: str | None
    zone: ZoneInfo
    now: datetime
    run_id: str

    @property
    def today(self) -> date:
        """The listener's day."""
        return self.now.astimezone(self.zone).date()

    def context(self, lists: Mapping[str, frozenset[str]] | None = None) -> Context:
        """The same for a filter."""
        return Context(self.user_id, self.now, self.zone, lists or {})


@dataclass
class SmartList:
    """A list that has been made, or why not. `lists`: what its filter's names of lists stood for."""

    definition: Definition
    tracks: list[Track] = field(default_factory=list)
    pool: list[Track] = field(
        default_factory=list
    )  # what the list takes from; more than `tracks` where it rotates
    error: JobError | None = None
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Of the definition."""
        return self.definition.slug

    def texts(self, listener: Listener) -> tuple[str, str]:
        """Name and description, with the day and the count filled in."""
        definition, count = self.definition, len(self.tracks)
        is_archive = definition.mode == "archive"
        day = period_name(definition, listener.today) if is_archive else listener.today.isoformat()
        return (
            fill(definition.name, longest=100, date=day, count=count),
            fill(definition.description, longest=300, date=day, count=count),
        )


def the_listener(cursor: Cursor, now: datetime, run_id: str) -> Listener:
    """The listener last active, without asking Spotify. Raises SettingsError while there is none."""
    cursor.execute(statement("smart_playlists.listener"))
    row = cursor.fetchone()
    if row is None:
        raise SettingsError("There is no listener in the database yet.", "Run ./run sync first.")
    user_id, market, time_zone = row
    return Listener(user_id, market, ZoneInfo(time_zone), now, run_id)


def make_lists(cursor: Cursor, definitions: Iterable[Definition], listener: Listener) -> list[SmartList]:
    """Every list of the definitions, those named by others first, else by slug.

    Never raises for one definition's sake: see `SmartList.error`. Raises JobError while there are no views.
    """
    cursor.execute("SELECT to_regclass('unified_tracks'), to_regclass('all_playlists')")
    if None in (cursor.fetchone() or (None,)):
        raise JobError(
            "There are no views to choose tracks from (unified_tracks).", "Run materialized_views first."
        )
    made: dict[str, SmartList] = {}
    lists = expand(cursor, definitions, listener)
    cursor.execute(statement("smart_playlists.plain_lists"), {"user_id": listener.user_id})
    known = Known(lists, cursor.fetchall())
    for smart in in_dependency_order(lists, known):
        made[smart.slug] = smart
        if smart.error is None:
            try:
                _make(cursor, smart, listener, known, made)
            except JobError as error:
                smart.error = error
    return list(made.values())


def expand(cursor: Cursor, definitions: Iterable[Definition], listener: Listener) -> list[SmartList]:
    """Templates become one list per value; other definitions stay as they are. By slug."""
    lists: dict[str, SmartList] = {}
    for definition in definitions:
        for smart in _of_template(cursor, definition, listener):
            if smart.slug in lists:
                smart.error = SettingsError(
                    f"{definition.origin}: two lists have the slug {smart.slug}.", "Rename one of the files."
                )
            lists[smart.slug] = smart
    return [lists[slug] for slug in sorted(lists)]


def _of_template(cursor: Cursor, definition: Definition, listener: Listener) -> list[SmartList]:
    template = definition.for_each
    if template is None:
        return [SmartList(definition)]
    filters = [definition.match, *(block.match for block in definition.blocks)]
    if any(isinstance(one, Condition) or one.members for one in filters) and referenced_lists(definition):
        message = f"{definition.origin}: a template (for_each) cannot name other lists."
        return [SmartList(definition, error=SettingsError(message, "Name them in lists of their own."))]
    counts = group_counts(cursor, listener.context(), definition.match, definition.source, template.by)
    chosen = [value for value, count in counts if count >= template.min_tracks][: template.max_lists]
    return [SmartList(_for_value(definition, template, value)) for value in chosen]


def _for_value(definition: Definition, template: ForEach, value: str) -> Definition:
    """The list of one value: what the template selects, and has that value."""
    shown = f"{value}s" if template.by == "decade" else str(value)
    slug = f"{definition.slug}_{slug_of(shown)}"

    def narrowed(match: Filter) -> Filter:
        return (
            Group("all", (match, _group_condition(template.by, value)))
            if match != EVERYTHING
            else _group_condition(template.by, value)
        )

    return replace(
        definition,
        slug=slug,
        template=definition.slug,
        for_each=None,
        name=fill(definition.name, longest=100, value=shown),
        description=fill(definition.description, longest=300, value=shown),
        match=narrowed(definition.match),
        blocks=tuple(replace(block, match=narrowed(block.match)) for block in definition.blocks),
    )


def _group_condition(by: str, value: str) -> Condition:
    if by in ("year", "decade"):
        return Condition(Expression(by), "eq", int(value), f"{by}: {value}")
    if by == "genre":
        return Condition(Expression("genres"), "any_is", (value,), f"genres: {value}")
    name = {"artist": "main_artist", "album": "album"}[by]
    return Condition(Expression(name), "is", value, f"{name}: {value}")


def slug_of(text: str) -> str:
    """A slug's part from a name: `R&B / Soul` becomes `r_b_soul`."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "other"


class Known:
    """What a list may be named by: the slug of a smart playlist or a template, a playlist's id or link, or its name.

    `plain`: (playlist_id, name) of the listener's playlists.
    """

    def __init__(self, lists: Iterable[SmartList], plain: Sequence[tuple[str, str | None]]) -> None:
        self.slugs: dict[str, list[str]] = {}
        for smart in lists:
            self.slugs.setdefault(smart.slug, []).append(smart.slug)
            if smart.definition.template:
                self.slugs.setdefault(smart.definition.template, []).append(smart.slug)
        self._plain = plain

    def smart(self, name: str) -> list[str]:
        """The slugs of the smart playlists that a name stands for; none: it is another playlist."""
        return self.slugs.get(name, [])

    def playlist_id(self, name: str, origin: str) -> str:
        """The playlist, which is no smart one, that a name stands for. Raises SettingsError."""
        found = _ID.fullmatch(name)
        ids = {playlist_id for playlist_id, _ in self._plain if found and playlist_id == found[1]}
        ids = ids or {playlist_id for playlist_id, title in self._plain if title == name}
        if not ids:
            near = suggestion(name, [*self.slugs, *(title for _, title in self._plain if title)])
            raise SettingsError(
                f"{origin}: there is no list {name!r}{near}.",
                "Name a smart playlist by its slug, or one of your playlists by its link or its exact name.",
            )
        if len(ids) > 1:
            raise SettingsError(
                f"{origin}: {len(ids)} playlists are called {name!r}.", "Name it by its link."
            )
        return ids.pop()


def in_dependency_order(lists: Sequence[SmartList], known: Known) -> list[SmartList]:
    """Each after those that it names. Lists that name each other in a circle get an error that shows the circle."""
    by_slug = {smart.slug: smart for smart in lists}
    needs = {
        smart.slug: [slug for name in referenced_lists(smart.definition) for slug in known.smart(name)]
        for smart in lists
    }
    ordered: list[SmartList] = []
    done: set[str] = set()

    def visit(slug: str, path: tuple[str, ...]) -> None:
        if slug in path:
            circle = path[path.index(slug) :]
            for member in circle:
                shown = " → ".join((*circle, slug))
                by_slug[member].error = SettingsError(
                    f"{by_slug[member].definition.origin}: lists name each other in a circle: {shown}.",
                    "Take one of them out.",
                )
        elif slug not in done:
            for other in needs[slug]:
                visit(other, (*path, slug))
            if slug not in done:
                done.add(slug)
                ordered.append(by_slug[slug])

    for slug in by_slug:
        visit(slug, ())
    return ordered


def _make(
    cursor: Cursor, smart: SmartList, listener: Listener, known: Known, made: Mapping[str, SmartList]
) -> None:
    definition = smart.definition
    smart.lists = {
        name: _contents(cursor, name, definition, known, made) for name in referenced_lists(definition)
    }
    context = listener.context(smart.lists)
    chance = Chance(definition.slug, listener.today, listener.run_id)

    def choose(match: Filter, *arrangements: Arrangement) -> list[Track]:
        tracks = select_tracks(
            cursor,
            narrowed(match, definition),
            context,
            source=definition.source,
            include_unplayable=definition.include_unplayable or definition.substitute_twins,
            expressions=expressions_of_arrangements(arrangements),
        )
        if definition.substitute_twins:
            return substitute_twins(cursor, tracks, listener.user_id, listener.market)
        return tracks

    whole = definition.arrangement
    if definition.blocks:
        parts = [
            (
                arrange(choose(block.match, block.arrangement, whole), block.arrangement, chance),
                block.take,
            )
            for block in definition.blocks
        ]
        if definition.union:
            parts.append((choose(in_lists(definition.union), whole), 1))
        tracks = mix(parts, definition.mix)
    else:
        tracks = choose(widened(definition.match, definition), whole)
    smart.tracks = smart.pool = arrange(tracks, whole, chance)
    if definition.mode == "rotate":
        smart.pool = arrange(tracks, replace(whole, limit=Limit()), chance)


def _contents(
    cursor: Cursor, name: str, definition: Definition, known: Known, made: Mapping[str, SmartList]
) -> frozenset[str]:
    tracks: set[str] = set()
    slugs = known.smart(name)
    if not slugs:
        playlist_id = known.playlist_id(name, definition.origin)
        cursor.execute(statement("smart_playlists.plain_list_tracks"), {"playlist_id": playlist_id})
        return frozenset(track_id for (track_id,) in cursor)
    for slug in slugs:
        if made[slug].error is not None:
            raise SettingsError(
                f"{definition.origin}: the list {slug}, which it names, could not be made.",
                "Mend that one first.",
            )
        tracks.update(track.track_id for track in made[slug].tracks)
    return frozenset(tracks)


def widened(match: Filter, definition: Definition) -> Filter:
    """The filter with what `union` adds."""
    if not definition.union:
        return match
    return Group("any", (match, in_lists(definition.union)))


def narrowed(match: Filter, definition: Definition) -> Filter:
    """The filter without what `minus` takes out, and with only what every list of `intersect` holds."""
    parts: list[Filter] = [match]
    parts += [in_lists((name,)) for name in definition.intersect]
    if definition.minus:
        parts.append(Group("none", (in_lists(definition.minus),)))
    return Group("all", tuple(parts)) if len(parts) > 1 else match


def whole_filter(definition: Definition) -> Filter:
    """Everything that decides whether a track is in the list, before order, caps and limits."""
    match = definition.match
    if definition.blocks:
        match = Group("any", tuple(block.match for block in definition.blocks))
    return narrowed(widened(match, definition), definition)


def in_lists(names: tuple[str, ...]) -> Condition:
    """Being in any of the lists."""
    return Condition(PLAYLIST, "in", names, f"playlist: {{in: [{', '.join(names)}]}}")


def expressions_of_arrangements(arrangements: Iterable[Arrangement]) -> list[Expression]:
    """What the orders look at, each once."""
    found: dict[str, Expression] = {}
    for arrangement in arrangements:
        keys = [*arrangement.sort, *arrangement.limit.by]
        wanted = [key.by for key in keys if key.by.field != "random"]
        if arrangement.shuffle and arrangement.shuffle.weight_by:
            wanted.append(arrangement.shuffle.weight_by)
        found |= {expression.key: expression for expression in wanted}
    return list(found.values())
