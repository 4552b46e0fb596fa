"""Bring the schema up to date: numbered plain-SQL files, each applied once, in its own transaction.

Safe when several processes start at once: each step takes a transaction-scoped advisory lock and looks again.
Forward only; a schema that is ahead of this checkout, or was made from other files, is refused.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import psycopg2.errors
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils import ROOT
from utils.errors import SchemaError

MIGRATIONS = ROOT / "db" / "migrations"
_LOCK = 7207_0001  # any number, the same for all of us
UNDER_WAY = 0  # the version that stands here while the database is being distributed, or that is taken back
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_FILES = "Put the files back as they came (git status db/migrations says which have changed); a new one takes the next number."


class Migration(NamedTuple):
    """One file of db/migrations: `0001_create_catalogue.sql`."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """The files in order; ours are read once. Raises SchemaError on a bad name or a gap in the numbers."""
    return list(_ours()) if folder == MIGRATIONS else _read(folder)


@cache
def _ours() -> tuple[Migration, ...]:
    return tuple(_read(MIGRATIONS))


def _read(folder: Path) -> list[Migration]:
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise SchemaError(f"{path.name} is not named like 0001_create_catalogue.sql.", _FILES)
        found.append(Migration(int(match[1]), path.name, path.read_text(encoding="utf-8")))
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise SchemaError("The numbers in db/migrations are not 1, 2, 3, … without gaps or repeats.", _FILES)
    return found


def migrate(connection: Connection, migrations: list[Migration] | None = None) -> list[str]:
    """Apply what is missing and return the names applied. Costs one statement where nothing is.

    The connection must not be inside a transaction; afterwards it is not either.
    """
    todo = load_migrations() if migrations is None else migrations
    with connection, connection.cursor() as cursor:
        try:
            done = applied(cursor)
        except psycopg2.errors.UndefinedTable:
            connection.rollback()
            done = {}
    refuse_foreign(done, todo)
    if not done and todo:
        _refuse_other_encodings(connection)
    names = []
    for migration in todo[len(done) :]:
        with connection, connection.cursor() as cursor:
            _begin(cursor)
            cursor.execute("SELECT 1 FROM schema_migrations WHERE version = %s", (migration.version,))
            if not cursor.fetchone():  # another process may have been quicker
                _apply(cursor, migration, is_last=migration is todo[-1])
                names.append(migration.name)
    return names


def migrate_within(cursor: Cursor, migrations: list[Migration] | None = None) -> None:
    """Likewise in the caller's transaction: all of it, or nothing where that is rolled back."""
    todo = load_migrations() if migrations is None else migrations
    _refuse_other_encodings(cursor.connection)
    _begin(cursor)
    done = applied(cursor)
    refuse_foreign(done, todo)
    for migration in todo[len(done) :]:
        _apply(cursor, migration, is_last=migration is todo[-1])


def applied(cursor: Cursor) -> dict[int, tuple[str, str]]:
    """Version → (name, checksum) of what this database has. Raises UndefinedTable where nothing was ever applied."""
    cursor.execute("SELECT version, name, checksum FROM schema_migrations ORDER BY version")
    return {version: (name, checksum) for version, name, checksum in cursor}


def refuse_foreign(done: Mapping[int, tuple[str, str]], todo: list[Migration]) -> None:
    """Raise SchemaError where what was applied is not what this checkout has."""
    if UNDER_WAY in done:
        raise SchemaError(
            "The database is being spread over several servers, and that has not come to its end.",
            "./run db distribute goes on with it; ./run db distribute --back takes it back.",
        )
    known = {migration.version: migration for migration in todo}
    for version, (name, checksum) in done.items():
        if version not in known:
            raise SchemaError(
                f"The database is ahead of this checkout: it has migration {name}.",
                "Update your copy of the repository (git pull) and run again.",
            )
        if known[version].checksum != checksum:
            raise SchemaError(
                f"The database was made with another text of migration {known[version].name}.",
                "Applied migrations are never edited: restore the file and put the change in a new one.",
            )


def _refuse_other_encodings(connection: Connection) -> None:
    """Names on Spotify are in every script of the world."""
    encoding = connection.get_parameter_status("server_encoding")
    if encoding != "UTF8":
        raise SchemaError(
            f"The database has the encoding {encoding}, which does not have the letters of all names.",
            "Take one that was made with ENCODING 'UTF8'.",
        )


def _begin(cursor: Cursor) -> None:
    """Wait for others who migrate, and make the table of what was applied."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    cursor.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL, "
        "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )


def _apply(cursor: Cursor, migration: Migration, *, is_last: bool) -> None:
    """Apply one migration and record it.

    With the last one come the views that one of them has dropped, where there were any: readers need them at once. So do roles that only read.
    """
    from utils.database import distributed, readers, views  # where nothing is missing, nobody needs them

    readers.drop_views(cursor)
    cursor.execute(migration.sql)
    distributed.place_new_tables(cursor)
    if is_last:
        all_views = views.views_here(cursor) if distributed.is_made(cursor) else views.load_views()
        views.restore_views(cursor, all_views)
        readers.renew(cursor, [view.name for view in all_views])
    cursor.execute(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (%s, %s, %s)",
        (migration.version, migration.name, migration.checksum),
    )
