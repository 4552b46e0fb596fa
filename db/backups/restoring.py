"""A backup gets into a database: in one transaction, compared with what was written, all or nothing.

One of an older schema is loaded into tables of that schema, made beside the database's own for as long as the transaction
lasts, migrated there as it would have been, and moved.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

import psycopg2
import psycopg2.errors
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from db.backups.manifest import Manifest, StoredTable
from db.backups.reading import Backup
from db.copying.stillness import hold, no_job_runs
from db.copying.stream import load
from db.copying.tables import Table, digest_of, our_names, read_our_tables
from db.copying.target import data_in, empty, is_made, make_views, refuse_data, refuse_tables_of_others
from utils.database.connection import Database
from utils.database.migrate import applied, load_migrations, migrate_within
from utils.database.statements import statement
from utils.database.trouble import explained
from utils.errors import DatabaseError, JobError, SettingsError

IN_PLACE_OF = "Take an empty database; or say --replace, if all that it holds may go."

Tell = Callable[[str], None]


def look(target: Database) -> dict[str, int]:
    """How many rows the database holds of `users` and of `plays`; empty where it holds no listener's data.

    Raises SettingsError for a database with tables of something else, DatabaseError.
    """
    with (
        naming(target, "restored"),
        closing(target.connect()) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        refuse_tables_of_others(cursor, our_names())
        tables, _ = read_our_tables(cursor) if is_made(cursor) else ([], [])
        if not data_in(cursor, tables):
            return {}
        there = {each.name: each for each in tables}
        return {name: digest_of(cursor, there[name])[0] for name in ("users", "plays") if name in there}


def restore(target: Database, backup: Backup, *, may_replace: bool, tell: Tell) -> list[str]:
    """Put everything into the database, and make the views; the names of tables that are not ours, which were left out.

    Raises SettingsError where it holds data that it may not replace, JobError where a script is running or a table did not
    come as it was written, DatabaseError for whatever the server says. Nothing was changed then.
    """
    manifest = backup.manifest
    manifest.check_schema()
    with ExitStack() as stack:
        stack.enter_context(naming(target, "restored"))
        connection = stack.enter_context(closing(target.connect()))
        if _has_users(target):
            stack.enter_context(no_job_runs(target, "restored"))
        stack.enter_context(connection)
        cursor = stack.enter_context(connection.cursor())
        cursor.execute(statement("copying.settings"))
        _make_room(cursor, target, may_replace=may_replace)
        migrate_within(cursor)
        tables, _ = read_our_tables(cursor)
        if manifest.version == load_migrations()[-1].version:
            left_out = _load(cursor, backup, tables, tell)
        else:
            left_out = _load_older(cursor, backup, tables, tell)
        cursor.execute(statement("plays.rebuild_key"))  # they come as they lay, in no order
        tell("making the views …")
        make_views(cursor, tables)
    return left_out


def compare(target: Database, manifest: Manifest) -> list[str]:
    """The names of the tables of which the database holds other rows than the backup. Raises SettingsError, DatabaseError."""
    with (
        naming(target, "compared"),
        closing(target.connect()) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement("copying.snapshot"))
        cursor.execute(statement("copying.settings"))
        version = max(applied(cursor)) if is_made(cursor) else 0
        if version != manifest.version:
            raise SettingsError(
                f"The database has the schema {version}, and the backup {manifest.version}: their rows cannot be compared.",
                "Compare what has the same one.",
            )
        tables = {each.name: each for each in read_our_tables(cursor)[0]}
        return [
            each.table.name
            for each in manifest.tables
            if each.table.name not in tables or digest_of(cursor, each.table) != (each.rows, each.digest)
        ]


def _has_users(target: Database) -> bool:
    with closing(target.connect()) as connection, connection, connection.cursor() as cursor:
        return is_made(cursor) and any(each.name == "users" for each in read_our_tables(cursor)[0])


def _make_room(cursor: Cursor, target: Database, *, may_replace: bool) -> None:
    """Lock what is there, refuse what may not go, and remove the rest."""
    refuse_tables_of_others(cursor, our_names())
    if not is_made(cursor):
        return
    tables, _ = read_our_tables(cursor)
    if tables:
        hold(cursor, tables, "EXCLUSIVE")
        if not may_replace:
            refuse_data(cursor, tables, target, IN_PLACE_OF)
        empty(cursor, tables)


def _load(cursor: Cursor, backup: Backup, tables: Sequence[Table], tell: Tell) -> list[str]:
    """Load all tables of the backup, each behind those that it points to, and compare them; the names of those left out."""
    stored = {each.table.name: each for each in backup.manifest.tables}
    for table in tables:
        if table.name in stored:
            _load_table(cursor, backup, stored[table.name], table, tell)
    return sorted(stored.keys() - {table.name for table in tables})


def _load_table(cursor: Cursor, backup: Backup, stored: StoredTable, table: Table, tell: Tell) -> None:
    own = sorted(set(stored.table.columns) - set(table.columns))
    if own:
        raise SettingsError(
            f"The table {table.name} of the backup has columns of your own: {', '.join(own)}.",
            "Add them to the table of a new database (./run init_db makes it), and restore into that one.",
        )
    with backup.rows(stored) as rows:
        load(cursor, stored.table, rows)
    found = digest_of(cursor, stored.table)
    if found != (stored.rows, stored.digest):
        raise JobError(
            f"{table.name} did not come as it was written ({stored.rows:,} rows in the backup, {found[0]:,} in the database), "
            "so nothing was restored.",
            "Look for triggers of your own; else this is a fault of the program: report it.",
        )
    if stored.rows:
        tell(f"{table.name}: {stored.rows:,} {'row' if stored.rows == 1 else 'rows'}, equal to the backup")


def _load_older(cursor: Cursor, backup: Backup, tables: Sequence[Table], tell: Tell) -> list[str]:
    """Load into the older schema, migrate it, and move the rows."""
    migrations = load_migrations()
    version = backup.manifest.version
    cursor.execute(statement("backups.schema"))
    ((here,),) = cursor.fetchall()
    beside = f"restore_{secrets.token_hex(8)}"
    cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(beside)))
    cursor.execute(statement("backups.look_in"), {"schema": beside})
    migrate_within(cursor, migrations[:version])
    older, _ = read_our_tables(cursor)
    with _without_triggers(cursor, older):
        left_out = _load(cursor, backup, older, tell)
    tell(f"bringing the tables up to date: {version} → {migrations[-1].version} …")
    migrate_within(cursor, migrations)
    digests = {table.name: digest_of(cursor, table) for table in tables}
    cursor.execute(statement("backups.look_in"), {"schema": here})
    for table in tables:
        columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        to, of = sql.Identifier(table.name), sql.Identifier(beside, table.name)
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(to, columns, columns, of))
        if digest_of(cursor, table) != digests[table.name]:
            raise JobError(
                f"{table.name} did not come as it was brought up to date, so nothing was restored.",
                "Look for triggers of your own; else this is a fault of the program: report it.",
            )
    cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(beside)))
    return left_out


@contextmanager
def _without_triggers(cursor: Cursor, tables: Sequence[Table]) -> Iterator[None]:
    """Early schemas write of each row that comes: here it has come already, and what was written of it is in the backup."""
    for word in ("DISABLE", "ENABLE"):
        for table in tables:
            cursor.execute(
                sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table.name), sql.SQL(word))
            )
        if word == "DISABLE":
            yield


@contextmanager
def naming(target: Database, done: str) -> Iterator[None]:
    """Turn what the server says into one line; nothing was `done`."""
    try:
        yield
    except psycopg2.errors.LockNotAvailable:
        raise DatabaseError(
            f"Something is using the database {target.label}, so nothing was {done}.",
            "Run this again when it has ended.",
        ) from None
    except psycopg2.Error as error:
        reason, remedy, _ = explained(error)
        raise DatabaseError(f"The database {target.label}: {reason}; nothing was {done}.", remedy) from None
