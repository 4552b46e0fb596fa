"""Parses definitions of smart playlists from YAML or JSON into the types of `model.py`.

A mistake is an error with file, line and column, never a wider list. All mistakes of a document are reported at once.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from playlists.language.definition import read_definition
from playlists.language.document import (
    MAX_BYTES,
    TOP,
    Node,
    Problem,
    Problems,
    RuleError,
    read_document,
    to_json,
)
from playlists.language.folding import fold
from playlists.language.model import Definition
from utils import ROOT
from utils.errors import SettingsError
from utils.mirror.exclusions import EXCLUSIONS

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
        fitting = re.sub(r"[^a-z0-9]+", "_", fold(slug.casefold())).strip("_")[:LONGEST_SLUG]
        fitting = fitting.strip("_") or "rainy_sunday"
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
