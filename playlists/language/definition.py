"""Reads definitions: the files of a folder, each from the keys of its document."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from playlists.language.conditions import read_match, read_misplaced
from playlists.language.contradictions import refuse_contradictions
from playlists.language.days import read_refresh, read_seasons
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
    Variant,
)
from playlists.language.options import ARRANGEMENT_KEYS, read_arrangement, read_for_each
from playlists.language.texts import fold
from playlists.language.values import (
    MOST_TRACKS,
    read_lists,
    read_percent,
    read_texts,
    read_weekdays,
    read_yes,
)
from playlists.language.variants import read_variants
from utils import ROOT
from utils.errors import SettingsError
from utils.mirror.exclusions import EXCLUSIONS

MOST_BLOCKS = 20
SOURCES: tuple[Literal["library", "known"], ...] = ("library", "known")
Mix = Literal["in_turn", "alternate"]
MIXES: tuple[Mix, ...] = get_args(Mix)
MODES: tuple[Mode, ...] = get_args(Mode)
OUT_OF_SEASON: tuple[OutOfSeason, ...] = get_args(OutOfSeason)
CREATE: tuple[Literal["at_once", "on_request"], ...] = ("at_once", "on_request")
PLACEHOLDERS = ("{date}", "{count}", "{value}")
BLOCK_KEYS = ("match", *ARRANGEMENT_KEYS, "take")
DEFINITION_KEYS = (
    *("name", "description", "listeners", "from", "match", "blocks", "mix"),
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
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


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
        arrangement=read_arrangement(entries, "recording" if "listeners" in entries else "id"),
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
        refresh=entries.read("refresh", lambda one: read_refresh(one, problems), Refresh()),
        seasons=entries.read("active", lambda one: read_seasons(one, problems), ()),
        weekdays=entries.read("weekdays", read_weekdays, ()),
        out_of_season=entries.read("out_of_season", one_of(OUT_OF_SEASON), "keep"),
        variants=entries.read("variants", read_variants_here, ()),
        guard=entries.read("guard", lambda one: _read_guard(one, problems), Guard()),
        for_each=entries.read("for_each", lambda one: read_for_each(one, problems), None),
        create=entries.read(
            "create",
            one_of(CREATE),
            "on_request" if {"for_each", "listeners"} & {*entries.by_key} else "at_once",
        ),
        is_public=entries.read("public", read_yes, False),
        says_public="public" in entries,
        is_collaborative=entries.read("collaborative", read_yes, False),
        listeners=entries.read("listeners", read_texts, ()),
        document=document,
        origin=origin,
    )
    for key in entries.others:
        read_misplaced(ScalarNode(entries.place_of_key[key], key), entries.by_key[key], problems)
    refuse_contradictions(definition, entries)
    return definition


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
