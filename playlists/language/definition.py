"""A whole definition from the keys of its document: what each says, and which go together."""

import re
from typing import Literal, get_args

from playlists.language.conditions import lists_named, read_match
from playlists.language.document import (
    Listing,
    Mistake,
    Node,
    Problems,
    Scalar,
    described,
    listing,
    mapping,
    quoted,
)
from playlists.language.entries import Entries, choice, whole
from playlists.language.model import (
    EVERYTHING,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    Block,
    Definition,
    Guard,
    Mode,
    Refresh,
    Season,
)
from playlists.language.options import ARRANGEMENT_KEYS, MOST_TRACKS, read_arrangement, read_for_each
from playlists.language.times import read_month_and_day
from playlists.language.values import read_percent, read_span, read_texts, read_time, read_weekdays, read_yes

MOST_BLOCKS = 20
MOST_DAYS = 366  # between two refreshes
REFRESH_DAYS = {"always": 0, "daily": 1, "weekly": 7, "monthly": 30}
SOURCES: tuple[Literal["library", "known"], ...] = ("library", "known")
Mix = Literal["in_turn", "alternate"]
MIXES: tuple[Mix, ...] = get_args(Mix)
MODES: tuple[Mode, ...] = get_args(Mode)
CREATE: tuple[Literal["at_once", "on_request"], ...] = ("at_once", "on_request")
PLACEHOLDERS = ("{date}", "{count}", "{value}")
BLOCK_KEYS = ("match", *ARRANGEMENT_KEYS, "take")
DEFINITION_KEYS = (
    *("name", "description", "from", "match", "blocks", "mix"),
    *ARRANGEMENT_KEYS,
    *("union", "minus", "intersect", "include_unplayable", "substitute", "min_tracks"),
    *("mode", "keep_percent", "refresh", "active", "weekdays", "guard", "for_each", "create"),
    *("public", "collaborative"),
)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_DAYS_OF_UNIT = {"d": 1, "w": 7, "m": 30}


def read_definition(slug: str, node: Node, document: str, origin: str, problems: Problems) -> Definition:
    """A definition. What is wrong goes to `problems`; what is returned then is of no use. Raises Mistake, too."""
    entries = Entries(mapping(node, "the definition"), "the definition", DEFINITION_KEYS, problems)
    mix: Mix = entries.read("mix", choice(MIXES), "in_turn")
    name = entries.read("name", lambda one: _line(one, LONGEST_NAME), "")
    description = entries.read("description", _description, "")
    definition = Definition(
        slug=slug,
        name=name,
        description=description or f"Smart playlist {name}",
        source=entries.read("from", choice(SOURCES), "library"),
        match=entries.read("match", lambda one: read_match(one, problems), EVERYTHING),
        arrangement=read_arrangement(entries),
        blocks=entries.read("blocks", lambda one: _blocks(one, mix, problems), ()),
        mix=mix,
        union=entries.read("union", read_texts, ()),
        minus=entries.read("minus", read_texts, ()),
        intersect=entries.read("intersect", read_texts, ()),
        include_unplayable=entries.read("include_unplayable", read_yes, False),
        substitute_twins=entries.read("substitute", choice(("twin",)), "") == "twin",
        min_tracks=entries.read("min_tracks", whole(0, MOST_TRACKS), 0),
        mode=entries.read("mode", choice(MODES), "replace"),
        keep_percent=entries.read("keep_percent", read_percent, 70.0),
        refresh=entries.read("refresh", lambda one: _refresh(one, problems), Refresh()),
        seasons=entries.read("active", lambda one: _seasons(one, problems), ()),
        weekdays=entries.read("weekdays", read_weekdays, ()),
        guard=entries.read("guard", lambda one: _guard(one, problems), Guard()),
        for_each=entries.read("for_each", lambda one: read_for_each(one, problems), None),
        create=entries.read("create", choice(CREATE), "at_once"),
        is_public=entries.read("public", read_yes, False),
        is_collaborative=entries.read("collaborative", read_yes, False),
        document=document,
        origin=origin,
    )
    _refuse_contradictions(definition, entries)
    _refuse_placeholders(definition, entries)
    _refuse_itself(definition, entries)
    return definition


# What goes together


def _refuse_contradictions(definition: Definition, entries: Entries) -> None:
    """Options that have no sense, or no effect, beside others."""
    entries.require("name", "what the playlist is called")
    if "blocks" not in entries:
        entries.require("match", "what is in the list; `match: everything` for no filter")
    limit = definition.arrangement.limit.count
    is_growing = definition.mode == "append"
    for key, is_wrong, text in (
        ("blocks", "match" in entries, "blocks take the place of match; give one of them"),
        ("mix", "blocks" not in entries, "mix needs blocks"),
        ("keep_percent", definition.mode != "rotate", "keep_percent goes with `mode: rotate` only"),
        ("collaborative", _both(definition), "a collaborative list cannot be public; give one of them"),
        ("substitute", definition.include_unplayable, "substitute leaves no track for include_unplayable"),
        (
            "min_tracks",
            limit is not None and definition.min_tracks > limit and not is_growing,
            "min_tracks is more than limit, so the list would never be made",
        ),
    ):
        if is_wrong and key in entries:
            entries.problems.add(entries.place_of_key[key], text)


def _both(definition: Definition) -> bool:
    return definition.is_public and definition.is_collaborative


def _refuse_placeholders(definition: Definition, entries: Entries) -> None:
    """`{value}` belongs to templates, and their names need it, else their lists would have one name; so with archives."""
    if not definition.name:
        return
    name, add = definition.name, entries.problems.add
    if definition.mode == "archive" and "{date}" not in name:
        add(entries.place_of_key["name"], "with `mode: archive` {date} has to be in the name")
    if definition.for_each and "{value}" not in name:
        add(entries.place_of_key["name"], "with for_each {value} has to be in the name")
    for key, text in (("name", name), ("description", definition.description)):
        if "for_each" not in entries and "{value}" in text and key in entries:
            add(entries.place_of_key[key], "{value} goes with for_each only")


def _refuse_itself(definition: Definition, entries: Entries) -> None:
    """A list cannot be made from itself."""
    text = f"the list names itself ({definition.slug})"
    for key in ("union", "minus", "intersect"):
        if definition.slug in getattr(definition, key):
            entries.problems.add(entries.by_key[key].place, text)
    for match in definition.filters:
        for name, condition in lists_named(match):
            if name == definition.slug:
                entries.problems.add(condition.place or entries.place, text)


# What each key says


def _line(node: Node, longest: int) -> str:
    if not isinstance(node, Scalar) or node.is_null:
        raise Mistake(node.place, f"{described(node)} is not a text")
    if not node.text.strip():
        raise Mistake(node.place, "an empty text is not allowed")
    if len(node.text) > longest:
        raise Mistake(node.place, f"{len(node.text)} characters; {longest} are the most")
    others = [found for found in _PLACEHOLDER.findall(node.text) if found not in PLACEHOLDERS]
    if others:
        raise Mistake(
            node.place, f"unknown placeholder {quoted(others[0])}; known: {', '.join(PLACEHOLDERS)}"
        )
    return node.text.strip()


def _description(node: Node) -> str:
    """An empty one, in quotes, stands for the default."""
    is_empty = isinstance(node, Scalar) and not node.is_null and not node.text.strip()
    return "" if is_empty else _line(node, LONGEST_DESCRIPTION)


def _blocks(node: Node, mix: Mix, problems: Problems) -> tuple[Block, ...]:
    items = listing(node, "the list of blocks")
    if len(items) > MOST_BLOCKS:
        raise Mistake(node.place, f"{len(items)} blocks; {MOST_BLOCKS} are the most")
    return tuple(_block(item, mix, problems) for item in items)


def _block(node: Node, mix: Mix, problems: Problems) -> Block:
    entries = Entries(node, "a block", BLOCK_KEYS, problems)
    if entries.by_key:
        entries.require("match", "what is in the block; `match: everything` for no filter")
    if "take" in entries and mix != "alternate":
        problems.add(entries.place_of_key["take"], "take goes with `mix: alternate` only")
    return Block(
        entries.read("match", lambda one: read_match(one, problems), EVERYTHING),
        read_arrangement(entries),
        entries.read("take", whole(1, MOST_TRACKS), 1),
    )


def _refresh(node: Node, problems: Problems) -> Refresh:
    if isinstance(node, Scalar):
        try:
            return Refresh(REFRESH_DAYS[choice(tuple(REFRESH_DAYS))(node)])
        except Mistake as mistake:
            raise Mistake(node.place, f"{mistake.problem.text}, or {{every: 3d}}") from None
    entries = Entries(node, "refresh", ("every",), problems)
    return Refresh(entries.read("every", _days, 0))


def _days(node: Node) -> int:
    span = read_span(node)
    days = span.amount * _DAYS_OF_UNIT.get(span.unit, 0)
    if not 1 <= days <= MOST_DAYS:
        raise Mistake(node.place, f"{described(node)} is not from 1d to {MOST_DAYS}d (or in w, m: 30 days)")
    return days


def _seasons(node: Node, problems: Problems) -> tuple[Season, ...]:
    items = listing(node, "the list of seasons") if isinstance(node, Listing) else (node,)
    return tuple(_season(item, problems) for item in items)


def _season(node: Node, problems: Problems) -> Season:
    entries = Entries(node, "a season", ("from", "to"), problems)
    if entries.by_key:
        entries.require("from", "the first day, such as 12-01")
        entries.require("to", "the last day, such as 01-06")
    day = read_time(read_month_and_day, "a month and a day such as 12-01")
    return Season(entries.read("from", day, (1, 1)), entries.read("to", day, (12, 31)))


def _guard(node: Node, problems: Problems) -> Guard:
    entries = Entries(node, "guard", ("never_empty", "max_removed_percent"), problems)
    return Guard(
        entries.read("never_empty", read_yes, False),
        entries.read("max_removed_percent", read_percent, None),
    )
