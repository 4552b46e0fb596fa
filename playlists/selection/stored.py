"""All definitions of a listener: the files of a folder, and the rules that are kept in the database instead."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.schedule import without_period
from playlists.language.definition import DEFINITIONS, load_definitions, parse_definition
from playlists.language.document import RuleError
from playlists.language.model import Definition
from utils import ROOT
from utils.database.statements import statement
from utils.job.users import is_name

IN_DATABASE = "playlist_mappings.rules of "


def definitions_folder(given: Path | None, environ: Mapping[str, str], listener: str | None = None) -> Path:
    """The folder of definitions: `given`, else PLAYLIST_DEFINITIONS (from the repository's root), else playlists/definitions.

    A listener (by our own name) has a folder of that name in it where there is one; else everybody's are theirs too.
    """
    if given is not None:
        return given
    named = environ.get("PLAYLIST_DEFINITIONS", "").strip()
    folder = ROOT / Path(named).expanduser() if named else DEFINITIONS
    own = folder / listener.lower() if listener and is_name(listener.lower()) else folder
    return own if own.is_dir() else folder


@dataclass(frozen=True)
class StoredList:
    """A row of playlist_mappings. `last_synced_at` is aware."""

    slug: str
    name: str
    playlist_id: str | None
    status: str
    is_dynamic: bool
    rules_source: str  # file or database
    rules: str  # JSON
    track_count: int | None
    last_synced_at: datetime | None
    out_of_season: str | None  # emptied, hiding or hidden; None: neither
    first_slug: str  # the one before its file was renamed for the first time
    was_adopted: bool  # what it held before that is kept

    @property
    def link(self) -> str:
        """Where it is on Spotify; empty while it is nowhere."""
        return f"https://open.spotify.com/playlist/{self.playlist_id}" if self.playlist_id else ""


@dataclass
class ListenerDefinitions:
    """All definitions of a listener, the errors of those that could not be read, and the rows of playlist_mappings by slug."""

    definitions: list[Definition] = field(default_factory=list)
    errors: list[RuleError] = field(default_factory=list)
    stored: dict[str, StoredList] = field(default_factory=dict)


def was_made(loaded: ListenerDefinitions, definition: Definition) -> bool:
    """Whether a definition has a row, or a template or an archive one of its lists."""
    if definition.slug in loaded.stored:
        return True
    defined = {one.slug for one in loaded.definitions}
    has_derived_lists = definition.for_each is not None or definition.mode == "archive"
    return has_derived_lists and any(
        slug.startswith(f"{definition.slug}_") for slug in loaded.stored if slug not in defined
    )


def first_slugs(loaded: ListenerDefinitions) -> dict[str, str]:
    """Slug → the first slug of its list, of all lists whose file was renamed; those of an archive by the slug of its file."""
    found = {}
    for slug, stored in loaded.stored.items():
        if stored.first_slug != slug:
            found[slug] = stored.first_slug
            if (archive := without_period(slug)) and without_period(stored.first_slug):
                found.setdefault(archive, without_period(stored.first_slug))
    return found


def load_all_definitions(cursor: Cursor, user_id: str, folder: Path) -> ListenerDefinitions:
    """Read the files of the folder, and the rules in the database of lists whose slug no file has."""
    files = load_definitions(folder)
    loaded = ListenerDefinitions([*files.definitions], [*files.errors])
    cursor.execute(statement("smart_playlists.mappings"), {"user_id": user_id})
    loaded.stored = {row[0]: StoredList(*row) for row in cursor}
    taken = {definition.slug for definition in loaded.definitions}
    for stored in loaded.stored.values():
        if stored.rules_source == "database" and stored.is_dynamic and stored.slug not in taken:
            try:
                loaded.definitions.append(stored_definition(stored.slug, stored.name, stored.rules))
            except RuleError as error:
                loaded.errors.append(error)
    return loaded


def stored_definition(slug: str, name: str, rules: str) -> Definition:
    """The definition that a row of playlist_mappings holds. `rules`: JSON without the name, which has a column of its own.

    Raises RuleError.
    """
    document = json.loads(rules)
    if isinstance(document, dict):
        document = {"name": name, **document}
    return parse_definition(slug, json.dumps(document, ensure_ascii=False), f"{IN_DATABASE}{slug}")
