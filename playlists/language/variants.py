"""Reads the variants of a definition: the same list, on some days with other rules.

A variant is read as the whole definition that is in force on its days: what it says takes the place of the same keys, so that
all that holds for definitions, and every mistake, holds for it, too.
"""

from collections.abc import Callable
from dataclasses import replace

from playlists.language.days import read_seasons
from playlists.language.document import (
    ListNode,
    MappingNode,
    Mistake,
    Node,
    Problems,
    read_list,
    read_mapping,
)
from playlists.language.entries import Entries
from playlists.language.model import Definition, Season, Variant
from playlists.language.options import ARRANGEMENT_KEYS
from playlists.language.values import read_weekdays
from playlists.language.wording import days_words

MOST_VARIANTS = 20
DAY_KEYS = ("active", "weekdays")
RULE_KEYS = (
    *("description", "from", "match", "blocks", "mix"),
    *ARRANGEMENT_KEYS,
    *("union", "minus", "intersect", "include_unplayable", "substitute", "min_tracks"),
)
# What goes with a key that takes its place in another form.
_IN_PLACE_OF = {"match": ("blocks", "mix"), "blocks": ("match",), "sort": ("shuffle",), "shuffle": ("sort",)}


def read_variants(
    node: Node,
    whole: MappingNode,
    read_whole: Callable[[Node], Definition],
    problems: Problems,
) -> tuple[Variant, ...]:
    """Read one variant, or a list of them. `whole`: the definition that they stand in; `read_whole` reads another one."""
    items = read_list(node, "the list of variants") if isinstance(node, ListNode) else (node,)
    if len(items) > MOST_VARIANTS:
        raise Mistake(node.place, f"{len(items)} variants; {MOST_VARIANTS} are the most")
    return tuple(_read_variant(item, whole, read_whole, problems) for item in items)


def _read_variant(
    node: Node,
    whole: MappingNode,
    read_whole: Callable[[Node], Definition],
    problems: Problems,
) -> Variant:
    written = read_mapping(node, "a variant")
    entries = Entries(node, "a variant", (*DAY_KEYS, *RULE_KEYS), problems)
    if not any(key in entries for key in DAY_KEYS):
        problems.add(node.place, "a variant needs its days: weekdays or active")
    if not any(key in entries for key in RULE_KEYS):
        problems.add(node.place, "a variant needs what is other on its days, such as match or sort")
    seasons: tuple[Season, ...] = entries.read(
        "active", lambda one: read_seasons(one, problems), tuple[Season, ...]()
    )
    weekdays: tuple[int, ...] = entries.read("weekdays", read_weekdays, tuple[int, ...]())
    given = {key.text for key, _ in written.entries if key.text in RULE_KEYS}
    gone = {"variants", *given, *(other for key in given for other in _IN_PLACE_OF.get(key, ()))}
    rules = (
        *(entry for entry in whole.entries if entry[0].text not in gone),
        *(entry for entry in written.entries if entry[0].text in RULE_KEYS),
    )
    definition = read_whole(MappingNode(whole.place, rules))
    return Variant(seasons, weekdays, replace(definition, variant=days_words(seasons, weekdays)))
