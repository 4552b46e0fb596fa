"""A backup is written: one snapshot of all our tables, row by row into a compressed file, without ever holding a table."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import psycopg2.errors
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from db.backups.age import AgeWriter
from db.backups.manifest import ABOUT, NAME, Manifest, StoredTable
from db.copying.stillness import hold
from db.copying.tables import Table, digest_of, read_our_tables
from utils import ROOT
from utils.database.migrate import applied, load_migrations, refuse_foreign
from utils.database.statements import statement
from utils.errors import DatabaseError, SettingsError

CHUNK = 65_536  # bytes

Tell = Callable[[str], None]
Choose = Callable[
    [Cursor, list[Table]], list[Table]
]  # of all tables those that are written, each with its rows


class _Member(io.RawIOBase):
    """A file of the archive that is being written, and what is to be said of it."""

    def __init__(self, into: IO[bytes]) -> None:
        super().__init__()
        self.size = 0
        self.hash = sha256()
        self._into = into

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take all of it."""
        self.size += len(data)
        self.hash.update(data)
        self._into.write(data)
        return len(data)


def write_backup(
    connection: Connection, out: BinaryIO, key: str, tell: Tell, choose: Choose | None = None
) -> tuple[Manifest, list[str]]:
    """Write everything into `out`, or what is chosen, encrypted where there is a key; what was written, and which tables are a person's own.

    Scripts go on meanwhile. Nothing is written to the database, so one that only reads will do (but for `choose`, which may make temporary
    tables). The connection is of no use afterwards. Raises SettingsError where there is nothing to keep, SchemaError where the database is
    ahead of the code.
    """
    with connection.cursor() as cursor:
        migrations, tables, others = _begin(cursor, is_read_only=choose is None)
        if choose is not None:
            tables = choose(cursor, tables)
        cursor.execute(statement("backups.moment"))
        ((now,),) = cursor.fetchall()
        made_at = now.astimezone(UTC)
        if not key:
            return _write(cursor, out, migrations, made_at, tables, tell), others
        sealed = AgeWriter(out, key)
        try:
            manifest = _write(cursor, sealed, migrations, made_at, tables, tell)
        except BaseException:
            sealed.abandon()
            raise
        sealed.close()
    return manifest, others


def _begin(
    cursor: Cursor, *, is_read_only: bool
) -> tuple[dict[int, tuple[str, str]], list[Table], list[str]]:
    """Begin the snapshot, in which the tables stay what they are: migrations wait. The snapshot is taken behind the locks."""
    before, _ = read_our_tables(cursor)
    cursor.connection.rollback()
    cursor.execute(statement("copying.snapshot"))
    if not is_read_only:
        cursor.execute(statement("copying.with_temporary_tables"))
    cursor.execute(statement("copying.settings"))
    if before:
        hold(cursor, before, "ACCESS SHARE")
    try:
        migrations = applied(cursor)
    except psycopg2.errors.UndefinedTable:
        migrations = {}
    if not migrations:
        raise _nothing()
    refuse_foreign(migrations, load_migrations())
    tables, others = read_our_tables(cursor)
    if tables != before:
        raise DatabaseError("The tables were changed meanwhile.", "Run this again.")
    return migrations, tables, others


def _write(
    cursor: Cursor,
    out: BinaryIO | AgeWriter,
    migrations: dict[int, tuple[str, str]],
    made_at: datetime,
    tables: list[Table],
    tell: Tell,
) -> Manifest:
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr(_entry(ABOUT, made_at), (ROOT / "db" / "backups" / ABOUT).read_bytes())
        stored = []
        for table in tables:
            stored.append(_write_table(cursor, archive, table, made_at))
            if table.name == "users" and not stored[-1].rows:
                raise _nothing()
            if stored[-1].rows:
                tell(f"{table.name}: {stored[-1].rows:,} {'row' if stored[-1].rows == 1 else 'rows'}")
        manifest = Manifest(made_at, migrations, tuple(stored))
        archive.writestr(_entry(NAME, made_at), manifest.to_json())
    return manifest


def _write_table(cursor: Cursor, archive: ZipFile, table: Table, made_at: datetime) -> StoredTable:
    rows, digest = digest_of(cursor, table)
    entry = _entry(StoredTable(table, 0, 0, 0, "").file, made_at)
    with archive.open(entry, "w", force_zip64=True) as into:
        member = _Member(into)
        with io.BufferedWriter(member, CHUNK) as buffered:
            cursor.copy_expert(table.copy_out(), buffered)
            if cursor.rowcount != rows:
                raise DatabaseError(
                    f"The rows of {table.name} did not all come ({cursor.rowcount:,} of {rows:,}).",
                    "Run this again.",
                )
    return StoredTable(table, rows, digest, member.size, member.hash.hexdigest())


def _entry(name: str, made_at: datetime) -> ZipInfo:
    entry = ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _nothing() -> SettingsError:
    return SettingsError("There is nothing to back up: no listener is stored here.", "Run ./run sync first.")
