"""Expands templates (`for_each`) to one list per value."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.schedule import fill
from playlists.language.condition_wording import template_words
from playlists.language.model import (
    EVERYTHING,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    Definition,
    Filter,
    ForEach,
    Group,
)
from playlists.language.options import GROUPINGS
from playlists.language.other_lists import referenced_lists
from playlists.language.texts import fold
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.template_values import condition_of_value, template_values, value_text
from utils.errors import SettingsError

LONGEST_PART = 60  # of a slug, for what a value is called


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
    return f"nothing would be in it: no {template_words(template)} has {tracks}"


def may_make(definition: Definition, slug: str) -> bool:
    """Whether a template by year, decade or date makes a list of this slug, if a track has such a date; False for any other."""
    template = definition.for_each
    values = _SLUGS_OF_DATES.get((template.per or template.by) if template else "")
    return values is not None and re.fullmatch(f"{definition.slug}_{values}", slug) is not None


_SLUGS_OF_DATES = {
    "decade": "[0-9]{3}0s",
    "year": "[0-9]{4}",
    "month": "[0-9]{4}_[0-9]{2}",
    "day": "[0-9]{4}_[0-9]{2}_[0-9]{2}",
}


def _lists_of(cursor: Cursor, definition: Definition, listener: Listener) -> list[SmartList]:
    template = definition.for_each
    if template is None:
        return [SmartList(definition)]
    ordered_by = {each.key: each for one in definition.arrangements for each in one.expressions}
    values = template_values(
        cursor, listener.context(), definition.match, definition.source, template, [*ordered_by.values()]
    )
    enough = [one for one in values if one.count >= template.min_tracks][: template.max_lists]
    chosen, selected = [one.key for one in enough], {one.key: one.tracks for one in enough}
    is_whole = _is_selected_by_match(definition)
    slugs: dict[str, str] = {}
    for key in sorted(chosen):
        part = slug_part(value_text(template, key)) if template.by in GROUPINGS else lasting_slug_part(key)
        slug = f"{definition.slug}_{part}"
        slugs[slug if slug not in slugs else f"{slug}_{short_digest(value_text(template, key))}"] = key
    made = {key: _definition_for_value(definition, template, key, slug) for slug, key in slugs.items()}
    names = Counter(one.name for one in made.values())
    return [
        SmartList(
            one if names[one.name] == 1 else _with_a_name_of_its_own(one, key),
            selected=selected[key] if is_whole else None,
        )
        for key, one in made.items()
    ]


def _is_selected_by_match(definition: Definition) -> bool:
    """Whether what the list of a value holds is chosen by the match of the template and the value alone."""
    widened = definition.include_unplayable or definition.substitute_twins or definition.listeners
    others = definition.blocks or definition.union or definition.minus or definition.intersect
    return not (widened or others or referenced_lists(definition))


def _with_a_name_of_its_own(definition: Definition, key: str) -> Definition:
    """The list of a value whose name, cut to what a name may have, is that of another value, too."""
    return replace(definition, name=f"{definition.name[: LONGEST_NAME - 9]} {short_digest(key)}")


def _definition_for_value(definition: Definition, template: ForEach, key: str, slug: str) -> Definition:
    """The definition of the list of one value: the template, narrowed to tracks that have the value."""
    shown, condition = value_text(template, key), condition_of_value(template, key)

    def narrowed(match: Filter) -> Filter:
        return Group("all", (match, condition)) if match != EVERYTHING else condition

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


def slug_part(text: str) -> str:
    """The part of a slug that stands for a value: `r_b_soul` for `R&B / Soul`; with a digest where letters get lost."""
    folded = fold(text)
    plain = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
    is_readable = plain and all(letter.isascii() for letter in folded if letter.isalnum())
    return plain if is_readable else "_".join(filter(None, (plain, short_digest(text))))


def lasting_slug_part(text: str) -> str:
    """The part of a slug for a value of any field, whatever other values there are: `warp_records`, `2026_03`.

    With a digest wherever another text has the same letters: `AC/DC`, but not `ac dc`; and where it is cut.
    """
    folded = fold(text)
    is_alone = re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*|[0-9]{4}(-[0-9]{2})+", folded)
    plain = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
    return (
        plain
        if is_alone and len(plain) <= LONGEST_PART
        else "_".join(filter(None, (plain[:LONGEST_PART], short_digest(text))))
    )


def short_digest(text: str) -> str:
    """Eight letters and digits that differ from text to text."""
    return hashlib.sha256(fold(text).encode()).hexdigest()[:8]
