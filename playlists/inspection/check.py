"""Checks definitions before they are used: refuses what every update would refuse, and says what could not be looked up."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from playlists.language.definition import load_definitions
from playlists.language.document import RuleError
from playlists.language.model import Definition
from playlists.language.other_lists import own_playlists_named, referenced_lists
from playlists.language.texts import fold
from playlists.selection.contexts import context_line, unknown_contexts
from playlists.selection.lists import has_views
from playlists.selection.members import find_members
from playlists.selection.references import KnownLists, in_dependency_order
from playlists.selection.smart_list import Listener, SmartList, listener_meant
from playlists.selection.stored import ListenerDefinitions, load_all_definitions, was_made
from playlists.selection.templates import expand, may_make, two_with_one_slug
from utils.clock import Clock
from utils.database.statements import statement
from utils.errors import DatabaseError, JobError, SettingsError, suggestion
from utils.mirror.exclusions import EXCLUSIONS
from utils.mirror.playlist_mappings import slug_of_same_name
from utils.words import counted

OpenDatabase = Callable[[], AbstractContextManager[Cursor]]


@dataclass(frozen=True)
class _Known:
    """All definitions, and what the database says about them; `reason`: why it says nothing, else empty.

    `lists`: what the definitions make, templates too; without a database, a list for each definition that is no template.
    `refused`: lists of several listeners of whom one has not agreed, by slug. `own`: the names of the listener's own playlists that are not smart. `contexts`: what definitions count the plays of, and nobody knows.
    """

    loaded: ListenerDefinitions
    lists: list[SmartList]
    plain: list[tuple[str, str | None]] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    contexts: list[tuple[Definition, str]] = field(default_factory=list)
    refused: list[tuple[str, SettingsError]] = field(default_factory=list)
    reason: str = ""


def check(
    folder: Path, slugs: Sequence[str], open_database: OpenDatabase, user: str = ""
) -> tuple[str, bool]:
    """What is wrong with the definitions of a folder, or with those of `slugs`, as lines of text; whether nothing is.

    The database is asked where there is one: rules may be kept there, and names of playlists. Raises SettingsError for
    a slug that no definition has.
    """
    known = _ask(folder, open_database, user)
    _refuse_unknown_slugs(slugs, known.loaded, folder)
    names = KnownLists(known.lists, known.plain, known.loaded.errors, is_private=True)
    found: dict[str, list[JobError]] = defaultdict(list)
    for slug, error in _errors(known, names):
        if not slugs or slug in slugs:
            found[slug].append(error)
    errors = [error for _, some in sorted(found.items()) for error in some]
    good = [
        definition.slug
        for definition in known.loaded.definitions
        if definition.slug not in found and (not slugs or definition.slug in slugs)
    ]
    lines = [f"{error}" if isinstance(error, RuleError) else f"{error} {error.remedy}" for error in errors]
    lines += _lines_about_unknown_names(known, names, slugs)
    lines += [
        f"{definition.origin}: {context_line(uri)}"
        for definition, uri in known.contexts
        if not slugs or definition.slug in slugs
    ]
    lines += list(dict.fromkeys(error.remedy for error in errors if isinstance(error, RuleError)))
    return "".join(f"{line}\n" for line in dict.fromkeys((*lines, _good_line(good)))), not errors


def _ask(folder: Path, open_database: OpenDatabase, user: str) -> _Known:
    try:
        with open_database() as cursor:
            listener = listener_meant(cursor, Clock().now(), "check", user)
            loaded = load_all_definitions(cursor, listener.user_id, folder)
            if not has_views(cursor):
                return _only_files(folder, "The views are not made yet: run ./run materialized_views first.")
            lists = [
                smart_list
                for definition in loaded.definitions
                for smart_list in expand(cursor, [definition], listener)
            ]
            cursor.execute(statement("smart_playlists.plain_lists"), {"user_id": listener.user_id})
            plain = cursor.fetchall()
            cursor.execute(statement("smart_playlists.own_list_names"), {"user_id": listener.user_id})
            own = [name for (name,) in cursor.fetchall()]
            contexts = [
                (definition, uri)
                for definition in loaded.definitions
                for uri in unknown_contexts(cursor, listener.user_id, definition)
            ]
            return _Known(loaded, lists, plain, own, contexts, [*_refused(cursor, loaded, listener)])
    except (DatabaseError, SettingsError) as error:
        if user:
            raise
        return _only_files(folder, str(error))


def _refused(
    cursor: Cursor, loaded: ListenerDefinitions, listener: Listener
) -> Iterator[tuple[str, SettingsError]]:
    """Why lists of several listeners cannot be made; of those that are made only when somebody asks, if they were."""
    for definition in loaded.definitions:
        is_made = definition.create == "at_once" or was_made(loaded, definition)
        if definition.listeners and is_made:
            try:
                find_members(cursor, definition, listener)
            except SettingsError as error:
                yield definition.slug, error


def _only_files(folder: Path, reason: str) -> _Known:
    files = load_definitions(folder)
    loaded = ListenerDefinitions(files.definitions, files.errors)
    return _Known(loaded, [SmartList(definition) for definition in files.definitions], reason=reason)


def _refuse_unknown_slugs(slugs: Sequence[str], loaded: ListenerDefinitions, folder: Path) -> None:
    known = {definition.slug for definition in loaded.definitions} | {error.slug for error in loaded.errors}
    for slug in slugs:
        if slug not in known:
            message = f"There is no definition {slug!r} in {folder}{suggestion(slug, known)}."
            raise SettingsError(message, "The slug is the file's name without its ending.")


# What is wrong, each with the slug of the definition


def _errors(known: _Known, names: KnownLists) -> Iterator[tuple[str, JobError]]:
    yield from ((error.slug, error) for error in known.loaded.errors)
    yield from known.refused
    yield from _errors_of_slugs(known)
    yield from _errors_of_names(known)
    in_dependency_order(known.lists, names)  # lists that name each other in a circle get an error
    yield from ((one.origin_slug, one.error) for one in known.lists if one.error)
    for definition in known.loaded.definitions:
        for name in referenced_lists(definition):
            try:
                names.refuse_unreadable(name, definition.origin)
                if not known.reason and not names.slugs_of(name):
                    names.playlist_id(name, definition)
            except SettingsError as error:
                yield definition.slug, error
    if not known.reason:
        yield from _errors_of_own_playlists(known)


def _errors_of_own_playlists(known: _Known) -> Iterator[tuple[str, SettingsError]]:
    """Errors of names that the field `playlists` is compared with, and that none of the listener's own playlists has."""
    own = {fold(name) for name in known.own}
    smart = {
        fold(name)
        for one in known.lists
        for name in (one.slug, one.definition.template, one.definition.name)
        if name
    }
    others = {fold(title) for _, title in known.plain if title}
    for definition in known.loaded.definitions:
        for name in own_playlists_named(definition):
            if fold(name) in own:
                continue
            if fold(name) in smart or fold(name) in others:
                kind = "a smart playlist" if fold(name) in smart else "no playlist of your own"
                text = f"{definition.origin}: {name!r} is {kind}, and `playlists` holds your own others only."
                yield definition.slug, SettingsError(text, "Ask for it with the field `playlist`.")
            else:
                text = f"{definition.origin}: there is no list {name!r}{suggestion(name, known.own)}."
                yield (
                    definition.slug,
                    SettingsError(text, "`playlists` takes the names of your own playlists."),
                )


def _errors_of_slugs(known: _Known) -> Iterator[tuple[str, JobError]]:
    """Errors of two definitions that make a list of one slug: one of them is a template."""
    by_slug: dict[str, set[str]] = defaultdict(set)
    for smart_list in known.lists:
        by_slug[smart_list.slug].add(smart_list.origin_slug)
    definitions = {definition.slug: definition for definition in known.loaded.definitions}
    for template, other in permutations(definitions.values(), 2):
        if may_make(template, other.slug):
            by_slug[other.slug] |= {template.slug, other.slug}
    for slug, origins in by_slug.items():
        if len(origins) > 1:
            error = two_with_one_slug(slug, *(definitions[origin] for origin in origins))
            yield from ((origin, error) for origin in origins)


def _errors_of_names(known: _Known) -> Iterator[tuple[str, JobError]]:
    """Errors of lists that would have the name of another one: of these, an update makes only the first."""
    by_name: dict[str, list[Definition]] = defaultdict(list)
    for smart_list in known.lists:
        by_name[" ".join(smart_list.definition.name.split())].append(smart_list.definition)
    for name, definitions in by_name.items():
        for one, other in permutations(definitions, 2):
            if one.slug != other.slug:
                text = f"{one.origin}: the list of {other.origin} has the same name, {name!r}."
                yield one.template or one.slug, SettingsError(text, "Give one of them another name.")
        ours = {smart_list.slug for smart_list in known.lists}
        rows = [row for row in known.loaded.stored.values() if row.slug not in ours]
        for one in definitions:
            taken_by = slug_of_same_name(one.slug, name, rows)
            if taken_by and not _has_playlist(known, one.slug):
                yield one.template or one.slug, _name_is_taken(one, name, taken_by)


def _has_playlist(known: _Known, slug: str) -> bool:
    """Whether the list is there already, so that its name is not asked for any more."""
    return slug in known.loaded.stored and known.loaded.stored[slug].playlist_id is not None


def _name_is_taken(one: Definition, name: str, other: str) -> SettingsError:
    if other == EXCLUSIONS:
        text = f"{one.origin}: the list of what you exclude has the same name, {name!r}."
        return SettingsError(text, "Give the definition another name.")
    text = f"{one.origin}: the list {other}, whose definition is gone, has the same name, {name!r}."
    return SettingsError(text, "Give the definition another name, or that slug.")


# What is said beside that


def _lines_about_unknown_names(known: _Known, names: KnownLists, slugs: Sequence[str]) -> list[str]:
    """Which lists name playlists that no definition describes, where there is no database to look for them."""
    lines = []
    for definition in known.loaded.definitions:
        named = (name for name in referenced_lists(definition) if not names.slugs_of(name))
        unknown = [name for name in named if not names.is_unreadable(name)]
        unknown += [name for name in own_playlists_named(definition) if name not in unknown]
        if known.reason and unknown and (not slugs or definition.slug in slugs):
            others = names.slugs.keys() - {definition.slug}
            shown = ", ".join(f"{name!r}{suggestion(name, others)}" for name in unknown)
            lines.append(f"{definition.origin}: not looked for: {shown}")
    if lines:
        lines.append(f"Only the database knows whether there are such playlists. {known.reason}")
    return lines


def _good_line(slugs: Sequence[str]) -> str:
    """How many definitions are good, and which, where they are few."""
    listed = f": {', '.join(slugs)}" if 0 < len(slugs) < 6 else ""
    return f"{counted(len(slugs), 'definition is', 'definitions are')} good{listed}"
