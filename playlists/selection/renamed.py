"""Lists whose definition is gone: its file has another name now, or was deleted.

The rows of a file are the one with its slug, and those that begin with it: the lists of a template, or of an archive.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.schedule import without_period
from playlists.language.model import Definition
from playlists.selection.lists import has_views
from playlists.selection.smart_list import Listener
from playlists.selection.stored import ListenerDefinitions, StoredList, was_made
from playlists.selection.templates import expand
from utils.database.statements import statement
from utils.errors import JobError, SettingsError, suggestion
from utils.mirror.exclusions import EXCLUSIONS, refuse_exclusions
from utils.mirror.playlist_mappings import ways_to_let_go


def rows_without_definition(loaded: ListenerDefinitions) -> dict[str, StoredList]:
    """The rows made from files that no definition accounts for: neither its own slug, nor the beginning of theirs."""
    slugs = [*(one.slug for one in loaded.definitions), *(error.slug for error in loaded.errors)]
    beginnings = tuple(
        f"{one.slug}_" for one in loaded.definitions if one.for_each or one.mode == "archive"
    ) + tuple(f"{error.slug}_" for error in loaded.errors)
    return {
        slug: stored
        for slug, stored in loaded.stored.items()
        if stored.rules_source == "file"
        and slug != EXCLUSIONS
        and slug not in slugs
        and not slug.startswith(beginnings)
    }


def renamed_rows(cursor: Cursor, loaded: ListenerDefinitions, listener: Listener) -> dict[str, str]:
    """Old slug → new slug of the rows that a file of another name with the same name and rules takes over by itself.

    A file that has lists already takes none over, and neither does one of several that are the same.
    """
    gone = rows_without_definition(loaded)
    renamed: dict[str, str] = {}
    if not gone:
        return renamed
    rules = {slug: json.loads(stored.rules) for slug, stored in gone.items()}
    documents = [json.loads(one.document) for one in loaded.definitions]
    for definition, document in zip(loaded.definitions, documents, strict=True):
        same = [slug for slug in gone if rules[slug] == document]
        if not same or documents.count(document) > 1 or was_made(loaded, definition):
            continue
        # A value of a template that has no list any more does not tell.
        old_slugs = {_slug_of_file(cursor, definition, slug, listener) for slug in same} - {""}
        if len(old_slugs) == 1:
            (old,) = old_slugs
            ours = (slug for slug in same if slug == old or slug.startswith(f"{old}_"))
            renamed |= {slug: f"{definition.slug}{slug.removeprefix(old)}" for slug in ours}
    return renamed


def _slug_of_file(cursor: Cursor, definition: Definition, slug: str, listener: Listener) -> str:
    """The slug that a file had when its list had `slug`; empty where that cannot be told."""
    if definition.mode == "archive":
        return without_period(slug)
    if definition.for_each is None:
        return slug
    if not has_views(cursor):
        return ""
    values = [one.slug.removeprefix(definition.slug) for one in expand(cursor, [definition], listener)]
    ends = [value for value in values if slug.endswith(value)]
    return slug.removesuffix(max(ends, key=len)) if ends else ""


def store_renamed(
    cursor: Cursor, loaded: ListenerDefinitions, user_id: str, slugs: Mapping[str, str]
) -> None:
    """Give rows their new slugs, in the database and in what is `loaded`."""
    for old, new in slugs.items():
        cursor.execute(
            statement("smart_playlists.rename"), {"user_id": user_id, "slug": old, "new_slug": new}
        )
    apply_renamed(loaded, slugs)


def apply_renamed(loaded: ListenerDefinitions, slugs: Mapping[str, str]) -> None:
    """Give rows their new slugs in what is `loaded` alone: the next update will."""
    for old, new in slugs.items():
        loaded.stored[new] = replace(loaded.stored.pop(old), slug=new)


def command_for(loaded: ListenerDefinitions, stored: StoredList) -> str:
    """The command that gives a list whose file is gone to another one: to that of the same name, if there is one."""
    rules = json.loads(stored.rules)
    names = {stored.name, rules.get("name")}  # as it was filled in, and as it was written
    same_name = [one.slug for one in loaded.definitions if one.name in names and not was_made(loaded, one)]
    new = same_name[0] if len(same_name) == 1 else "NEW"
    old = without_period(stored.slug) or stored.slug if rules.get("mode") == "archive" else stored.slug
    if "for_each" in rules:
        same = [slug for slug, one in rows_without_definition(loaded).items() if one.rules == stored.rules]
        old = old.rpartition("_")[0]
        while "_" in old and not all(slug.startswith(f"{old}_") for slug in same):
            old = old.rpartition("_")[0]
    return f"./run playlists rename {old} {new}"


def in_the_way(
    loaded: ListenerDefinitions, slug: str, name: str, playlist_id: str | None
) -> StoredList | None:
    """The list of a file that is gone which has the name that a list of `slug` would have, or is the one that it would take over."""
    if slug in loaded.stored:
        return None
    for stored in rows_without_definition(loaded).values():
        is_it = playlist_id is not None and stored.playlist_id == playlist_id
        if is_it or (stored.name == name and stored.status != "retired"):
            return stored
    return None


# Said by a person


def rename(cursor: Cursor, loaded: ListenerDefinitions, user_id: str, old: str, new: str) -> str:
    """Let the definition `new` take over the lists of `old`, whose file is gone; what was done. Raises JobError."""
    _lock(cursor, user_id)
    refuse_exclusions(old)
    refuse_exclusions(new)
    definition = _definition_of(loaded, new)
    _refuse_definition(loaded, old)
    rows = _rows_of(loaded, old)
    if rows == [old] and old not in rows_without_definition(loaded):
        raise SettingsError(
            f"{old} is one of several lists of a file that is still there.",
            "Take that away, or rename it, first.",
        )
    if (rows != [old]) != _makes_several(definition):
        raise SettingsError(
            f"{old} is {'one list' if rows == [old] else 'several lists'}, and {new} makes "
            f"{'several' if _makes_several(definition) else 'one'}.",
            f"./run playlists forget {old} leaves {'it' if rows == [old] else 'them'} to you.",
        )
    taken = [row for row in (new, *_lists_of(loaded, new)) if row in loaded.stored and row not in rows]
    for slug in taken:
        _refuse_list_of_its_own(loaded.stored[slug], new)
    for slug in taken:
        cursor.execute(statement("playlist_mappings.forget"), {"user_id": user_id, "slug": slug})
    store_renamed(cursor, loaded, user_id, {slug: f"{new}{slug.removeprefix(old)}" for slug in rows})
    return "".join(f"{slug} is {new}{slug.removeprefix(old)} now\n" for slug in rows)


def _definition_of(loaded: ListenerDefinitions, slug: str) -> Definition:
    """The definition that is to take a list over. Raises JobError where there is none, or it cannot be read."""
    for error in loaded.errors:
        if error.slug == slug:
            raise error
    for definition in loaded.definitions:
        if definition.slug == slug:
            return definition
    near = suggestion(slug, [one.slug for one in loaded.definitions])
    raise SettingsError(f"There is no definition {slug!r}{near}.", "Name the file as it is called now.")


def _refuse_list_of_its_own(stored: StoredList, new: str) -> None:
    """Raise SettingsError where the row of a definition that is to take a list over would be lost with something in it."""
    if stored.rules_source == "database":
        raise SettingsError(
            f"The rules of {stored.slug} are kept in the database, in the row of its own list.",
            f"Forget the other one, and take its playlist over: ./run generate_playlist {new} --playlist LINK",
        )
    is_there = stored.playlist_id is not None and stored.status != "retired"
    if is_there or stored.was_adopted:
        raise SettingsError(
            f"{new} has a list of its own already, {stored.slug}: {stored.link}"
            if is_there
            else f"What the list {stored.slug} held before it was taken over is kept.",
            f"{ways_to_let_go(stored.slug, was_adopted=stored.was_adopted)} Then run this again.",
        )


def forget(
    cursor: Cursor, loaded: ListenerDefinitions, user_id: str, slug: str, *, is_sure: bool = False
) -> str:
    """Forget the lists of a definition, which stay on Spotify; what was done.

    Raises SettingsError where there is none; and, unless `is_sure`, where the file is still there, or what a list held before it
    was taken over would be forgotten as well.
    """
    _lock(cursor, user_id)
    refuse_exclusions(slug)
    if not is_sure:
        _refuse_definition(
            loaded, slug, f"If its list is to be let go all the same: ./run playlists forget {slug} --yes"
        )
    lines = []
    for row in _rows_of(loaded, slug):
        stored = loaded.stored[row]
        if stored.was_adopted and not is_sure:
            raise SettingsError(
                f"What the list {row} held before it was taken over is kept, and would be forgotten as well.",
                f"./run playlists put-back {row} shows it, and brings it back. If it is not wanted: ./run playlists forget {slug} --yes",
            )
        cursor.execute(statement("playlist_mappings.forget"), {"user_id": user_id, "slug": row})
        where = f"; its list stays: {stored.link}" if stored.playlist_id else ""
        if stored.out_of_season in ("hiding", "hidden"):
            where += ", which is hidden out of its season: open the link, and add it to your library"
        lines.append(f"{row} is forgotten{where}\n")
    lines += [
        f"Its definition is still there ({origin}): the next update has a list of it again, unless it says create: on_request\n"
        for origin in _origins(loaded, slug)
    ]
    return "".join(lines)


def _origins(loaded: ListenerDefinitions, slug: str) -> list[str]:
    """Where the definition of a slug stands; empty where it is gone."""
    found = [one.origin for one in loaded.definitions if one.slug == slug]
    return found + [error.origin for error in loaded.errors if error.slug == slug]


def _refuse_definition(
    loaded: ListenerDefinitions, slug: str, remedy: str = "Take it away, or rename it, first."
) -> None:
    """Raise SettingsError where the definition of a slug is there."""
    for origin in _origins(loaded, slug):
        raise SettingsError(f"The definition of {slug} is still there: {origin}.", remedy)


def _rows_of(loaded: ListenerDefinitions, slug: str) -> list[str]:
    """The rows of a definition. Raises SettingsError where it never had any."""
    left = [row for row, stored in loaded.stored.items() if row != EXCLUSIONS and _has_list(stored)]
    rows = [slug] if slug in left else [row for row in _lists_of(loaded, slug) if row in left]
    if not rows:
        raise SettingsError(
            f"There is no list {slug!r}{suggestion(slug, left)}.", "./run playlists list shows them."
        )
    return rows


def _has_list(stored: StoredList) -> bool:
    """Whether there is anything to forget: a row with rules of the listener's own is more than its list."""
    return stored.rules_source == "file" or stored.playlist_id is not None


def _makes_several(definition: Definition) -> bool:
    return definition.for_each is not None or definition.mode == "archive"


def _lists_of(loaded: ListenerDefinitions, slug: str) -> list[str]:
    """The rows of the lists of a template or an archive, without those of another one whose slug begins with its own."""
    known = (*(one.slug for one in loaded.definitions), *(error.slug for error in loaded.errors))
    others = tuple(f"{one}_" for one in known if one.startswith(f"{slug}_"))
    return [
        row
        for row, stored in loaded.stored.items()
        if row.startswith(f"{slug}_") and not row.startswith(others) and _has_several(stored)
    ]


def _has_several(stored: StoredList) -> bool:
    """Whether the file of a row makes several lists."""
    rules = json.loads(stored.rules)
    return "for_each" in rules or rules.get("mode") == "archive"


def _lock(cursor: Cursor, user_id: str) -> None:
    """Keep updates away until this transaction ends. Raises JobError where one is running."""
    cursor.execute(statement("jobs.run_lock"), {"lock": f"update_dynamic_playlists:{user_id}"})
    if cursor.fetchone() != (True,):
        raise JobError(
            "The smart playlists are being updated at the moment.", "Run this again when that is done."
        )
