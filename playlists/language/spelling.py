"""Other spellings of our own words that are taken as they are: groups and operators in any case, `startsWith`, `sort: -year`.

Only where they can mean nothing else; any other word of other tools is answered with ours (`synonyms.py`).
"""

import re
from collections.abc import Collection
from itertools import chain

from playlists.language.document import MappingNode, Node, Problems, ScalarNode, is_left_out, quoted
from playlists.language.fields import FIELDS
from playlists.language.foreign_orders import DIRECTIONS, RANDOM
from playlists.language.model import GROUPS

# Navidrome's operators that have another name here and the same meaning, in small letters → ours, of which a field has one.
_OF_NAVIDROME = {
    "intherange": ("between",),
    "inthelast": ("in_last",),
    "notinthelast": ("not_in_last",),
    "ismissing": ("is_null", "is_empty"),
    "ispresent": ("is_not_null", "is_not_empty"),
}
_IN_DAYS = ("inthelast", "notinthelast")  # a bare number behind them can only be days
_SIGNED = re.compile(r"([+-]?)(\w+)([+-]?)(?: (asc|desc))?", re.IGNORECASE)


def group_of(word: str) -> str:
    """The group that a word spells, in any case; empty where it is none."""
    return word.casefold() if word.casefold() in GROUPS else ""


def with_our_operators(value: MappingNode, known: Collection[str], problems: Problems) -> MappingNode:
    """What stands behind a field, with the operators in our spelling. `known`: the operators and options of the field."""
    entries: dict[str, tuple[ScalarNode, Node]] = {}
    for key, node in value.entries:
        ours = key.text if key.text in known or is_left_out(node) else _operator_of(key.text, known)
        if ours in entries:
            problems.add(key.place, f"{quoted(key.text)} is {ours}, which is given twice")
        is_days = ours != key.text and key.text.casefold() in _IN_DAYS
        entries[ours] = (ScalarNode(key.place, ours, key.is_plain), _in_days(node) if is_days else node)
    return MappingNode(value.place, tuple(entries.values()))


def _in_days(node: Node) -> Node:
    is_number = isinstance(node, ScalarNode) and re.fullmatch("[1-9][0-9]*", node.text)
    return ScalarNode(node.place, f"{is_number[0]}d") if is_number else node


def _operator_of(word: str, known: Collection[str]) -> str:
    """The operator that a word spells, with or without underscores; the word itself where it spells none."""
    small = word.casefold()
    same = (name for name in known if small in (name, name.replace("_", "")))
    of_navidrome = (name for name in _OF_NAVIDROME.get(small, ()) if name in known)
    return next(chain(same, of_navidrome), word)


def sort_keys_in(text: str) -> list[str]:
    """`+title, -year` → [title, year desc]; empty where it is not one field that can be sorted by after the other.

    A sign goes before the field or behind it; with it goes no word for the direction.
    """
    keys = [_sort_key_in(part.strip()) for part in text.split(",")]
    return keys if all(keys) else []


def _sort_key_in(text: str) -> str:
    found = _SIGNED.fullmatch(text)
    signs = [sign for sign in (found[1], found[3], found[4]) if sign] if found else []
    if (
        not found
        or len(signs) > 1
        or not (found[2] == RANDOM or (found[2] in FIELDS and FIELDS[found[2]].can_sort))
    ):
        return ""
    is_down = bool(signs) and signs[0].casefold() in ("-", "desc")
    return f"{found[2]} {DIRECTIONS[is_down]}"
