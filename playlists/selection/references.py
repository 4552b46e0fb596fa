"""Resolves the names by which lists name other lists, and puts lists into the order in which they can be made."""

import re
from collections.abc import Iterable, Mapping, Sequence

from playlists.language.document import RuleError
from playlists.language.model import Definition
from playlists.language.other_lists import referenced_lists
from playlists.selection.smart_list import SmartList
from utils.errors import SettingsError, suggestion

_ID = re.compile(r"(?:.*[/:]playlist[/:])?([0-9A-Za-z]{22})(?:\?.*)?")


class KnownLists:
    """All lists that a definition may name: by the slug of a smart playlist or a template, or by a playlist's id, link or name.

    `plain`: (playlist_id, name) of all playlists of the listener. `unreadable`: the errors of definitions that cannot be
    read. With `is_private` an error suggests names of playlists too, which no log may hold.
    """

    def __init__(
        self,
        lists: Iterable[SmartList],
        plain: Sequence[tuple[str, str | None]],
        unreadable: Iterable[RuleError] = (),
        *,
        is_private: bool = False,
    ) -> None:
        self._unreadable = {error.slug: error for error in unreadable}
        self._is_private = is_private
        self.slugs: dict[str, list[str]] = {}
        for smart_list in lists:
            self.slugs.setdefault(smart_list.slug, []).append(smart_list.slug)
            if smart_list.definition.template:
                self.slugs.setdefault(smart_list.definition.template, []).append(smart_list.slug)
        self._plain = plain

    def slugs_of(self, name: str) -> list[str]:
        """The slugs of the smart playlists that a name stands for; empty where it names a playlist of another kind."""
        return self.slugs.get(name, [])

    def is_unreadable(self, name: str) -> bool:
        """Whether a name is the slug of a definition that cannot be read."""
        return name in self._unreadable

    def refuse_unreadable(self, name: str, origin: str) -> None:
        """Raise SettingsError for a name that is the slug of a definition which cannot be read; it says where that one's fault is."""
        if self.is_unreadable(name):
            error = self._unreadable[name]
            at = error.problems[0].place
            raise SettingsError(
                f"{origin}: the list {name}, which it names, cannot be read: {error.origin}:{at.line}:{at.column}.",
                "Mend that one first.",
            )

    def playlist_id(self, name: str, definition: Definition) -> str:
        """The id of the plain playlist that a name in a definition stands for.

        Raises SettingsError where there is none, or more than one.
        """
        origin = definition.origin
        self.refuse_unreadable(name, origin)
        match = _ID.fullmatch(name)
        ids = {playlist_id for playlist_id, _ in self._plain if match and playlist_id == match[1]}
        ids = ids or {playlist_id for playlist_id, title in self._plain if title == name}
        if not ids:
            titles = [title for _, title in self._plain if title] if self._is_private else []
            others = self.slugs.keys() - {definition.slug, definition.template}
            near = suggestion(name, [*others, *titles])
            raise SettingsError(
                f"{origin}: there is no list {name!r}{near}.",
                "Name a smart playlist by its slug, or one of your playlists by its link or its exact name.",
            )
        if len(ids) > 1:
            raise SettingsError(
                f"{origin}: {len(ids)} playlists are called {name!r}.", "Name it by its link."
            )
        return ids.pop()


def with_referenced_definitions(definitions: Sequence[Definition], slugs: Sequence[str]) -> list[Definition]:
    """The definitions of the slugs, and those that they name, directly or not.

    All definitions, where a slug or a name is not that of a definition: it may be that of one list of a template.
    """
    by_slug = {definition.slug: definition for definition in definitions}
    if not by_slug.keys() >= {*slugs}:
        return [*definitions]
    needed: dict[str, Definition] = {}
    waiting = [*slugs]
    while waiting:
        slug = waiting.pop()
        if slug in needed:
            continue
        needed[slug] = by_slug[slug]
        named = referenced_lists(by_slug[slug])
        if any(name not in by_slug for name in named):
            return [*definitions]
        waiting += named
    return [*needed.values()]


def in_dependency_order(
    lists: Sequence[SmartList], known: KnownLists, named: Mapping[str, Sequence[str]] | None = None
) -> list[SmartList]:
    """Order the lists so that each comes after those that it names. Lists that name each other in a circle get an error.

    `named`: by the slug of the file what it names on any day, where the lists are only what is in force today.
    """
    by_slug = {smart_list.slug: smart_list for smart_list in lists}
    needs = {
        smart_list.slug: [
            slug
            for name in (named or {}).get(smart_list.origin_slug, referenced_lists(smart_list.definition))
            for slug in known.slugs_of(name)
        ]
        for smart_list in lists
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
