"""Reads definitions: the files of a folder, each from the keys of its document, and refuses keys that contradict each other."""

import re
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal, get_args

from playlists.language.conditions import lists_named, read_match, read_misplaced
from playlists.language.document import (
    MAX_BYTES,
    TOP,
    ListNode,
    Mistake,
    Node,
    Problem,
    Problems,
    RuleError,
    ScalarNode,
    described,
    quoted,
    read_document,
    read_list,
    read_mapping,
    to_json,
)
from playlists.language.entries import Entries, one_of, whole_number
from playlists.language.expressions import lists_of_expression
from playlists.language.foreign_options import placeholder_meant
from playlists.language.model import (
    EVERYTHING,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    Block,
    Definition,
    Guard,
    Mode,
    OutOfSeason,
    Refresh,
    Season,
    Variant,
    conditions_of,
)
from playlists.language.options import ARRANGEMENT_KEYS, read_arrangement, read_for_each
from playlists.language.possible import outside_of_library
from playlists.language.texts import fold
from playlists.language.times import read_month_and_day
from playlists.language.values import (
    MOST_TRACKS,
    read_lists,
    read_percent,
    read_span,
    read_weekdays,
    read_yes,
    reader_of_time,
)
from playlists.language.variants import read_variants
from utils import ROOT
from utils.errors import SettingsError
from utils.mirror.exclusions import EXCLUSIONS

MOST_BLOCKS = 20
MOST_DAYS = 366  # between two refreshes
REFRESH_DAYS = {"always": 0, "daily": 1, "weekly": 7, "monthly": 30}
SOURCES: tuple[Literal["library", "known"], ...] = ("library", "known")
Mix = Literal["in_turn", "alternate"]
MIXES: tuple[Mix, ...] = get_args(Mix)
MODES: tuple[Mode, ...] = get_args(Mode)
OUT_OF_SEASON: tuple[OutOfSeason, ...] = get_args(OutOfSeason)
CREATE: tuple[Literal["at_once", "on_request"], ...] = ("at_once", "on_request")
PLACEHOLDERS = ("{date}", "{count}", "{value}")
BLOCK_KEYS = ("match", *ARRANGEMENT_KEYS, "take")
DEFINITION_KEYS = (
    *("name", "description", "from", "match", "blocks", "mix"),
    *ARRANGEMENT_KEYS,
    *("union", "minus", "intersect", "include_unplayable", "substitute", "min_tracks"),
    *(
        "mode",
        "keep_percent",
        "refresh",
        "active",
        "weekdays",
        "out_of_season",
        "variants",
        "guard",
        "for_each",
        "create",
    ),
    *("public", "collaborative"),
)
_WHOLE_NAMES = ("any_is", "all_are", "none_is", "in", "not_in")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_DAYS_OF_UNIT = {"d": 1, "w": 7, "m": 30}


def read_definition(slug: str, node: Node, document: str, origin: str, problems: Problems) -> Definition:
    """Read a definition. Mistakes go to `problems`, and then the result must not be used; the first ones may be raised."""
    if isinstance(node, ListNode):
        raise Mistake(
            node.place,
            "the definition has to be keys with values (key: value), not a list; a file holds one list",
        )
    entries = Entries(read_mapping(node, "the definition"), "the definition", DEFINITION_KEYS, problems)

    def read_variants_here(one: Node) -> tuple[Variant, ...]:
        return read_variants(
            one,
            read_mapping(node, "the definition"),
            lambda seasons: _read_seasons(seasons, problems),
            lambda whole: read_definition(slug, whole, document, origin, problems),
            problems,
        )

    mix: Mix = entries.read("mix", one_of(MIXES), "in_turn")
    name = entries.read("name", lambda one: _read_line(one, LONGEST_NAME), "")
    description = entries.read("description", _read_description, "")
    definition = Definition(
        slug=slug,
        name=name,
        description=description or f"Smart playlist {name}",
        source=entries.read("from", _read_source, "library"),
        match=entries.read("match", lambda one: read_match(one, problems), EVERYTHING),
        arrangement=read_arrangement(entries),
        blocks=entries.read("blocks", lambda one: _read_blocks(one, mix, problems), ()),
        mix=mix,
        union=entries.read("union", read_lists, ()),
        minus=entries.read("minus", read_lists, ()),
        intersect=entries.read("intersect", read_lists, ()),
        include_unplayable=entries.read("include_unplayable", read_yes, False),
        substitute_twins=entries.read("substitute", one_of(("twin",)), "") == "twin",
        min_tracks=entries.read("min_tracks", whole_number(0, MOST_TRACKS), 0),
        mode=entries.read("mode", one_of(MODES), "replace"),
        keep_percent=entries.read("keep_percent", read_percent, 70.0),
        refresh=entries.read("refresh", lambda one: _read_refresh(one, problems), Refresh()),
        seasons=entries.read("active", lambda one: _read_seasons(one, problems), ()),
        weekdays=entries.read("weekdays", read_weekdays, ()),
        out_of_season=entries.read("out_of_season", one_of(OUT_OF_SEASON), "keep"),
        variants=entries.read("variants", read_variants_here, ()),
        guard=entries.read("guard", lambda one: _read_guard(one, problems), Guard()),
        for_each=entries.read("for_each", lambda one: read_for_each(one, problems), None),
        create=entries.read("create", one_of(CREATE), "on_request" if "for_each" in entries else "at_once"),
        is_public=entries.read("public", read_yes, False),
        says_public="public" in entries,
        is_collaborative=entries.read("collaborative", read_yes, False),
        document=document,
        origin=origin,
    )
    for key in entries.others:
        read_misplaced(ScalarNode(entries.place_of_key[key], key), entries.by_key[key], problems)
    _refuse_contradictions(definition, entries)
    _refuse_conditions_outside_of_source(definition, entries)
    _refuse_placeholders(definition, entries)
    _refuse_self_reference(definition, entries)
    _refuse_references_of_template(definition, entries)
    return definition


def referenced_lists(definition: Definition) -> tuple[str, ...]:
    """Every other list that a definition or one of its variants names, in union, minus, intersect, a condition or an order."""
    return tuple(
        dict.fromkeys(
            name for one in definition.versions for name in (*_lists_of_selection(one), *_lists_of_order(one))
        )
    )


def _lists_of_selection(definition: Definition) -> tuple[str, ...]:
    named = chain.from_iterable(map(lists_named, definition.filters))
    return (*definition.union, *definition.minus, *definition.intersect, *(name for name, _ in named))


def _lists_of_order(definition: Definition) -> list[str]:
    return [
        name
        for arrangement in definition.arrangements
        for expression in arrangement.expressions
        for name in lists_of_expression(expression)
    ]


def own_playlists_named(definition: Definition) -> tuple[str, ...]:
    """Every whole name of a playlist that a condition on the field `playlists` compares with: in order, each once."""
    named = (
        str(name)
        for one in definition.versions
        for condition in chain.from_iterable(map(conditions_of, one.filters))
        if condition.expression.field == "playlists"
        and condition.operator in _WHOLE_NAMES
        and isinstance(condition.value, tuple)
        for name in condition.value
    )
    return tuple(dict.fromkeys(named))


# Contradictions


def _refuse_contradictions(definition: Definition, entries: Entries) -> None:
    """Add a problem for each option that makes no sense, or has no effect, together with others."""
    entries.require("name", "what the playlist is called")
    if "blocks" not in entries:
        entries.require("match", "what is in the list; `match: everything` for no filter")
    limit = definition.arrangement.limit.count
    is_growing = definition.mode == "append"
    for key, is_wrong, text in (
        ("blocks", "match" in entries, "blocks take the place of match; give one of them"),
        ("mix", "blocks" not in entries, "mix needs blocks"),
        ("keep_percent", definition.mode != "rotate", "keep_percent goes with `mode: rotate` only"),
        (
            "collaborative",
            definition.is_public and definition.is_collaborative,
            "a collaborative list cannot be public; give one of them",
        ),
        (
            "out_of_season",
            not definition.seasons and not definition.weekdays,
            "out_of_season needs a season: give active or weekdays, too",
        ),
        (
            "out_of_season",
            definition.out_of_season != "keep" and definition.mode == "archive",
            "with `mode: archive` each list is of its own day; leave out_of_season out",
        ),
        (
            "out_of_season",
            definition.out_of_season == "empty" and definition.mode == "append",
            "with `mode: append` what is in the list stays; write out_of_season: hide, or keep",
        ),
        ("substitute", definition.include_unplayable, "substitute leaves no track for include_unplayable"),
        (
            "min_tracks",
            limit is not None and definition.min_tracks > limit and not is_growing,
            "min_tracks is more than limit, so the list would never be made",
        ),
    ):
        if is_wrong and key in entries:
            entries.problems.add(entries.place_of_key[key], text)


def _refuse_conditions_outside_of_source(definition: Definition, entries: Entries) -> None:
    """Add a problem for a condition that asks for other tracks than those that the list is made of."""
    if definition.source == "library":
        for condition in chain.from_iterable(map(outside_of_library, definition.filters)):
            text = f"`{condition.text}` finds nothing among the tracks of the library (write from: known)"
            entries.problems.add(condition.place or entries.place, text)


def _refuse_placeholders(definition: Definition, entries: Entries) -> None:
    """Add a problem for `{value}` outside of templates, and for a template or an archive whose lists would all have one name."""
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


def _refuse_self_reference(definition: Definition, entries: Entries) -> None:
    """Add a problem for a list that names itself: it cannot be made from itself."""
    text = f"the list names itself ({definition.slug})"
    for key in ("union", "minus", "intersect"):
        if definition.slug in getattr(definition, key):
            entries.problems.add(entries.by_key[key].place, text)
    for match in definition.filters:
        for name, condition in lists_named(match):
            if name == definition.slug:
                entries.problems.add(condition.place or entries.place, text)
    if definition.slug in _lists_of_order(definition):
        key = next(name for name in ("sort", "shuffle", "limit", "blocks") if name in entries)
        entries.problems.add(entries.by_key[key].place, text)


def _refuse_references_of_template(definition: Definition, entries: Entries) -> None:
    """Add a problem for a template with a filter that names other lists: its values are found before any list is made."""
    has_filter = any(match != EVERYTHING for match in definition.filters)
    if definition.for_each and has_filter and _lists_of_selection(definition):
        text = "a template (for_each) cannot name other lists; name them in lists of their own"
        entries.problems.add(entries.place_of_key["for_each"], text)


# The value of each key


def _read_line(node: Node, longest: int) -> str:
    if not isinstance(node, ScalarNode) or node.is_null:
        raise Mistake(node.place, f"{described(node)} is not a text")
    if not node.text.strip():
        raise Mistake(node.place, "an empty text is not allowed")
    if len(node.text) > longest:
        raise Mistake(node.place, f"{len(node.text)} characters; {longest} are the most")
    unknown = [name for name in _PLACEHOLDER.findall(node.text) if name not in PLACEHOLDERS]
    if unknown:
        meant = placeholder_meant(unknown[0])
        text = f"unknown placeholder {quoted(unknown[0])}{meant}; known: {', '.join(PLACEHOLDERS)}"
        raise Mistake(node.place, text)
    return node.text.strip()


def _read_source(node: Node) -> Literal["library", "known"]:
    try:
        return one_of(SOURCES)(node)
    except Mistake as mistake:
        text = f"{mistake.problem.text}; for the tracks of a list, a condition: playlist: NAME"
        raise Mistake(node.place, text) from None


def _read_description(node: Node) -> str:
    """Read a description of one line; an empty text in quotes stands for the default."""
    is_empty = isinstance(node, ScalarNode) and not node.is_null and not node.text.strip()
    return "" if is_empty else _read_line(node, LONGEST_DESCRIPTION)


def _read_blocks(node: Node, mix: Mix, problems: Problems) -> tuple[Block, ...]:
    items = read_list(node, "the list of blocks")
    if len(items) > MOST_BLOCKS:
        raise Mistake(node.place, f"{len(items)} blocks; {MOST_BLOCKS} are the most")
    return tuple(_read_block(item, mix, problems) for item in items)


def _read_block(node: Node, mix: Mix, problems: Problems) -> Block:
    entries = Entries(node, "a block", BLOCK_KEYS, problems)
    if entries.by_key:
        entries.require("match", "what is in the block; `match: everything` for no filter")
    if "take" in entries and mix != "alternate":
        problems.add(entries.place_of_key["take"], "take goes with `mix: alternate` only")
    return Block(
        entries.read("match", lambda one: read_match(one, problems), EVERYTHING),
        read_arrangement(entries),
        entries.read("take", whole_number(1, MOST_TRACKS), 1),
    )


def _read_refresh(node: Node, problems: Problems) -> Refresh:
    if isinstance(node, ScalarNode):
        try:
            return Refresh(REFRESH_DAYS[one_of(tuple(REFRESH_DAYS))(node)])
        except Mistake as mistake:
            raise Mistake(node.place, f"{mistake.problem.text}, or {{every: 3d}}") from None
    entries = Entries(node, "refresh", ("every",), problems)
    return Refresh(entries.read("every", _read_days, 0))


def _read_days(node: Node) -> int:
    span = read_span(node)
    days = span.amount * _DAYS_OF_UNIT.get(span.unit, 0)
    if not 1 <= days <= MOST_DAYS:
        raise Mistake(node.place, f"{described(node)} is not from 1d to {MOST_DAYS}d (or in w, m: 30 days)")
    return days


def _read_seasons(node: Node, problems: Problems) -> tuple[Season, ...]:
    items = read_list(node, "the list of seasons") if isinstance(node, ListNode) else (node,)
    return tuple(_read_season(item, problems) for item in items)


def _read_season(node: Node, problems: Problems) -> Season:
    read_mapping(node, "a season")
    entries = Entries(node, "a season", ("from", "to"), problems)
    if entries.by_key:
        entries.require("from", "the first day, such as 12-01")
        entries.require("to", "the last day, such as 01-06")
    day = reader_of_time(read_month_and_day, "a month and a day such as 12-01")
    return Season(entries.read("from", day, (1, 1)), entries.read("to", day, (12, 31)))


def _read_guard(node: Node, problems: Problems) -> Guard:
    read_mapping(node, "guard")
    entries = Entries(node, "guard", ("never_empty", "max_removed_percent"), problems)
    return Guard(
        entries.read("never_empty", read_yes, False),
        entries.read("max_removed_percent", read_percent, None),
    )


# Files and folders of definitions

DEFINITIONS = ROOT / "playlists" / "definitions"
SUFFIXES = (".yml", ".yaml", ".json")
LONGEST_SLUG = 60
_SLUG = re.compile(rf"[a-z0-9_]{{1,{LONGEST_SLUG}}}")


@dataclass(frozen=True)
class LoadedDefinitions:
    """The definitions of a folder, in the order of their slugs, and the errors of those that cannot be read."""

    definitions: list[Definition] = field(default_factory=list)
    errors: list[RuleError] = field(default_factory=list)


def parse_definition(slug: str, text: str | bytes, origin: str) -> Definition:
    """Parse a definition from YAML or JSON. Raises RuleError with all problems.

    `origin`: the name of the document in messages, such as playlists/definitions/x.yml.
    """
    if not _SLUG.fullmatch(slug):
        fitting = fitting_slug(slug) or "rainy_sunday"
        text = f"the slug {slug!r} is none: it is 1 to {LONGEST_SLUG} of the letters a-z, the digits 0-9 and _; try {fitting}"
        raise RuleError(origin, [Problem(TOP, text)], slug)
    if slug == EXCLUSIONS:
        text = f"the slug {slug} belongs to the list of what you exclude; give the file another name"
        raise RuleError(origin, [Problem(TOP, text)], slug)
    problems = Problems()
    node = _read_document(text, origin, slug)
    document = to_json(node)
    definition = problems.attempt(
        lambda one: read_definition(slug, one, document, origin, problems), node, None
    )
    problems.raise_if_any(origin, slug)
    assert definition is not None  # else there is a problem
    return definition


def fitting_slug(text: str) -> str:
    """The slug that is most like a text; empty where none of its letters can be in one."""
    return re.sub(r"[^a-z0-9]+", "_", fold(text.casefold())).strip("_")[:LONGEST_SLUG].strip("_")


def load_definitions(folder: Path = DEFINITIONS) -> LoadedDefinitions:
    """Load all definitions of a folder, in the order of their slugs. One that cannot be read does not hide the others.

    Raises SettingsError where there is no such folder.
    """
    if not folder.is_dir():
        raise SettingsError(
            f"There is no folder {folder}.", "Name the folder that holds your definitions: --definitions DIR."
        )
    by_slug: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
            by_slug.setdefault(path.stem, []).append(path)
    loaded = LoadedDefinitions()
    for _, paths in sorted(by_slug.items()):
        for path in paths:
            try:
                loaded.definitions.append(_load_file(path, paths))
            except RuleError as error:
                loaded.errors.append(error)
    return loaded


def _load_file(path: Path, same_slug: list[Path]) -> Definition:
    origin, slug = _origin(path), path.stem
    doubles = [double.name for double in same_slug if double != path]
    if doubles:
        text = f"{', '.join(doubles)} has the same slug, {slug}; rename one of the files"
        raise RuleError(origin, [Problem(TOP, text)], slug)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RuleError(origin, [Problem(TOP, f"cannot be read: {error.strerror}")], slug) from None
    return parse_definition(slug, content, origin)


def _origin(path: Path) -> str:
    """The name of a file in messages: its path from the root of the repository, where it is inside of it."""
    absolute = path.absolute()
    return (absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else path).as_posix()


def _read_document(text: str | bytes, origin: str, slug: str) -> Node:
    try:
        return read_document(text, origin)
    except RuleError as error:
        raise RuleError(origin, error.problems, slug) from None
