"""All definitions of a listener: the files of a folder, and the rules that are kept in the database instead."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from playlists.language.document import RuleError
from playlists.language.model import Definition
from playlists.language.parser import DEFINITIONS, load_definitions, parse_definition
from utils import ROOT
from utils.database.statements import statement

IN_DATABASE = "playlist_mappings.rules of "


def definitions_folder(given: Path | None, environ: Mapping[str, str]) -> Path:
    """Where definitions are: as given, else PLAYLIST_DEFINITIONS (from the repository's root), else our own folder."""
    if given is not None:
        return given
    named = environ.get("PLAYLIST_DEFINITIONS", "").strip()
    return ROOT / Path(named).expanduser() if named else DEFINITIONS


@dataclass(frozen=True)
class StoredList:
    """What the database knows of a smart playlist. `last_synced_at` is aware."""

    slug: str
    name: str
    playlist_id: str | None
    status: str
    is_dynamic: bool
    rules_source: str  # file or database
    rules: str  # JSON
    track_count: int | None
    last_synced_at: datetime | None


@dataclass
class Definitions:
    """Definitions by slug, what is wrong with those that could not be read, and what the database knows."""

    definitions: list[Definition] = field(default_factory=list)
    errors: list[RuleError] = field(default_factory=list)
    stored: dict[str, StoredList] = field(default_factory=dict)


def load_all(cursor: Cursor, user_id: str, folder: Path) -> Definitions:
    """Files first; a list whose rules are in the database counts where no file has its slug."""
    files = load_definitions(folder)
    found = Definitions([*files.definitions], [*files.errors])
    cursor.execute(statement("smart_playlists.mappings"), {"user_id": user_id})
    found.stored = {row[0]: StoredList(*row) for row in cursor}
    taken = {definition.slug for definition in found.definitions}
    for stored in found.stored.values():
        if stored.rules_source == "database" and stored.is_dynamic and stored.slug not in taken:
            origin = f"{IN_DATABASE}{stored.slug}"
            try:
                found.definitions.append(parse_definition(stored.slug, _document(stored), origin))
            except RuleError as error:
                found.errors.append(error)
    return found


def _document(stored: StoredList) -> str:
    """The rules as a whole document: the name has a column of its own."""
    rules = json.loads(stored.rules)
    if isinstance(rules, dict):
        rules = {"name": stored.name, **rules}
    return json.dumps(rules, ensure_ascii=False)
