"""Expands templates (`for_each`) to one list per value."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.schedule import fill
from playlists.language.model import (
    EVERYTHING,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    Condition,
    Definition,
    Expression,
    Filter,
    ForEach,
    Group,
)
from playlists.language.texts import fold
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.tracks import group_counts
from utils.errors import SettingsError


def expand(cursor: Cursor, definitions: Iterable[Definition], listener: Listener) -> list[SmartList]:
    """The lists of all definitions, by slug: of a template one list per value, of any other definition one list."""
    lists: dict[str, SmartList] = {}
    for definition in definitions:
        for smart_list in _lists_of(cursor, definition, listener):
            other = lists.setdefault(smart_list.slug, smart_list)
            if other is not smart_list:
                other.error = two_with_one_slug(smart_list.slug, definition, other.definition)
    return [lists[slug] for slug in sorted(lists)]


def two_with_one_slug(slug: str, *definitions: Definition) -> SettingsError:
    """The error of two definitions that make a list of the same slug."""
    files = " and ".join(sorted({definition.origin for definition in definitions}))
    return SettingsError(f"{files} both make a list with the slug {slug}.", "Rename one of the files.")


def without_lists(definitions: Iterable[Definition], lists: Iterable[SmartList]) -> list[Definition]:
    """The templates among some definitions that make none of the lists."""
    made = {smart_list.definition.template for smart_list in lists}
    return [one for one in definitions if one.for_each and one.slug not in made]


def why_no_list(template: ForEach) -> str:
    """What to say of a template that makes no list."""
    tracks = "a track" if template.min_tracks == 1 else f"{template.min_tracks:,} tracks"
    return f"nothing would be in it: no {template.by} has {tracks}"


def may_make(definition: Definition, slug: str) -> bool:
    """Whether a template by year or decade makes a list of this slug, if a track has such a year; False for any other."""
    values = {"decade": "[0-9]{3}0s", "year": "[0-9]{4}"}.get(
        definition.for_each.by if definition.for_each else ""
    )
    return values is not None and re.fullmatch(f"{definition.slug}_{values}", slug) is not None


def _lists_of(cursor: Cursor, definition: Definition, listener: Listener) -> list[SmartList]:
    template = definition.for_each
    if template is None:
        return [SmartList(definition)]
    counts = group_counts(cursor, listener.context(), definition.match, definition.source, template.by)
    chosen = [value for value, count in counts if count >= template.min_tracks][: template.max_lists]
    slugs: dict[str, str] = {}
    for value in sorted(chosen):
        shown = value_text(template.by, value)
        slug = f"{definition.slug}_{slug_part(shown)}"
        slugs[slug if slug not in slugs else f"{slug}_{short_digest(shown)}"] = value
    return [
        SmartList(_definition_for_value(definition, template, value, slug)) for slug, value in slugs.items()
    ]


def value_text(by: str, value: str) -> str:
    """A value as it stands in the names of lists: `1990s` for the decade 1990."""
    return f"{value}s" if by == "decade" else str(value)


def _definition_for_value(definition: Definition, template: ForEach, value: str, slug: str) -> Definition:
    """The definition of the list of one value: the template, narrowed to tracks that have the value."""
    shown = value_text(template.by, value)

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
        name=fill(definition.name, longest=LONGEST_NAME, value=shown),
        description=fill(definition.description, longest=LONGEST_DESCRIPTION, value=shown),
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


def slug_part(text: str) -> str:
    """The part of a slug that stands for a value: `r_b_soul` for `R&B / Soul`; with a digest where letters get lost."""
    folded = fold(text)
    plain = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
    is_readable = plain and all(letter.isascii() for letter in folded if letter.isalnum())
    return plain if is_readable else "_".join(filter(None, (plain, short_digest(text))))


def short_digest(text: str) -> str:
    """Eight letters and digits that differ from text to text."""
    return hashlib.sha256(fold(text).encode()).hexdigest()[:8]
