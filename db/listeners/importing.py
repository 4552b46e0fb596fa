"""The export of a listener gets into a database: an empty one, or one that has other listeners."""

from collections.abc import Callable
from contextlib import closing

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from db.backups.manifest import StoredTable
from db.backups.reading import Backup
from db.backups.restoring import look, naming, restore
from db.copying.stillness import no_job_runs
from db.copying.stream import load
from db.copying.tables import Table, digest_of, read_our_tables
from db.copying.target import make_views
from db.listeners.exporting import own_rows
from utils.database.connection import Database
from utils.database.migrate import load_migrations, migrate
from utils.database.statements import statement
from utils.errors import JobError, SettingsError
from utils.words import counted

# Of these all rows of an owner belong together: they come where the owner has none here.
OWNERS = {"album_artists": "album_id", "track_artists": "track_id"}

Tell = Callable[[str], None]


def import_listener(target: Database, backup: Backup, name: str, tell: Tell) -> None:
    """Put the one listener of the file into the database, all or nothing, under that name if it is not empty; and make the views.

    Raises SettingsError for a file of several listeners, or a listener who is there; JobError where a script is running or a table did
    not come as it was written; DatabaseError for whatever the server says. Nothing was changed then.
    """
    manifest = backup.manifest
    if manifest.rows_of("users") != 1:
        raise SettingsError(
            f"The file has {counted(manifest.rows_of('users'), 'listener')}, and no single one.",
            "./run restore puts a whole backup into an empty database.",
        )
    if not look(target):
        restore(target, backup, may_replace=False, tell=tell)
        if name:
            with (
                naming(target, "renamed"),
                closing(target.connect()) as connection,
                connection,
                connection.cursor() as cursor,
            ):
                cursor.execute(statement("users.name_all"), {"name": name})
        return
    newest = load_migrations()[-1].version
    if manifest.version != newest:
        raise SettingsError(
            f"The export is of an older version (schema {manifest.version}; here it is {newest}), and there are other listeners here.",
            "./run restore puts it into an empty database, up to date; then ./run users export there.",
        )
    with naming(target, "imported"), closing(target.connect()) as connection:
        migrate(connection)
        with no_job_runs(target, "imported"), connection, connection.cursor() as cursor:
            cursor.execute(statement("copying.settings"))
            _add(cursor, backup, name, tell)


def _add(cursor: Cursor, backup: Backup, name: str, tell: Tell) -> None:
    """Add the listener's rows, and of the catalogue what is not here yet."""
    stored = {each.table.name: each for each in backup.manifest.tables}
    user_id = _stage_listener(cursor, backup, stored["users"], name)
    tables, _ = read_our_tables(cursor)
    for table in tables:
        if table.name not in stored:
            continue
        _check_columns(stored[table.name], table)
        if table.name == "users":
            _merge(cursor, stored[table.name].table)
        elif "user_id" in table.columns:
            _load(cursor, backup, stored[table.name], own_rows(stored[table.name].table, user_id))
        else:
            _stage(cursor, backup, stored[table.name])
            _merge(cursor, stored[table.name].table)
        if stored[table.name].rows:
            tell(f"{table.name}: {counted(stored[table.name].rows, 'row')}")
    tell("making the views …")
    make_views(cursor, tables)


def _stage_listener(cursor: Cursor, backup: Backup, users: StoredTable, name: str) -> str:
    """Read who comes; the user_id. Raises SettingsError where that listener, or somebody of that name, is here."""
    _stage(cursor, backup, users)
    cursor.execute(statement("users.lock_names"))
    if name:
        cursor.execute(statement("users.name_who_comes"), {"name": name})
    cursor.execute(statement("users.who_comes"))
    ((user_id, spotify_id, account_id, own_name),) = cursor.fetchall()
    cursor.execute(
        statement("users.known_account"), {"account_id": account_id or user_id, "spotify_id": spotify_id}
    )
    if cursor.fetchone() is not None:
        raise SettingsError(
            f"The listener of the file ({own_name or spotify_id}) is here already; nothing was imported.",
            "./run users remove NAME first, if what is stored of that listener may go.",
        )
    cursor.execute(statement("users.named_exactly"), {"name": own_name})
    if cursor.fetchone() is not None:
        raise SettingsError(
            f"Another listener has the name {own_name} here; nothing was imported.",
            "Say --name NAME, with another one.",
        )
    return str(user_id)


def _stage(cursor: Cursor, backup: Backup, stored: StoredTable) -> None:
    """The rows of a table, in a temporary one beside it."""
    staged = Table(f"coming_{stored.table.name}", stored.table.columns)
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {}) ON COMMIT DROP").format(
            sql.Identifier(staged.name), sql.Identifier(stored.table.name)
        )
    )
    _load(cursor, backup, stored, staged)


def _load(cursor: Cursor, backup: Backup, stored: StoredTable, table: Table) -> None:
    """Load rows, and compare them with what was written."""
    with backup.rows(stored) as rows:
        load(cursor, table, rows)
    if digest_of(cursor, table) != (stored.rows, stored.digest):
        raise JobError(
            f"{stored.table.name} did not come as it was written, so nothing was imported.",
            "The file is not the export of one listener, or was changed: take another one.",
        )


def _merge(cursor: Cursor, table: Table) -> None:
    """Take over what was staged and is not here."""
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    to, of = sql.Identifier(table.name), sql.Identifier(f"coming_{table.name}")
    owner = OWNERS.get(table.name)
    unless = (
        sql.SQL("WHERE NOT EXISTS (SELECT 1 FROM {} AS here WHERE here.{} = coming.{})").format(
            to, sql.Identifier(owner), sql.Identifier(owner)
        )
        if owner
        else sql.SQL("")
    )
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} AS coming {} ON CONFLICT DO NOTHING").format(
            to, columns, columns, of, unless
        )
    )


def _check_columns(stored: StoredTable, table: Table) -> None:
    own = sorted(set(stored.table.columns) - set(table.columns))
    if own:
        raise SettingsError(
            f"The table {table.name} of the file has columns of your own: {', '.join(own)}.",
            "Add them to the table here first.",
        )
