"""All that is stored of one listener, in the form of a backup: their rows of every table, and the catalogue that these point to.

The consent is not in it, nor anything that is here for another listener's sake.
"""

from collections.abc import Callable, Sequence

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from db.copying.tables import Table
from utils.database.statements import statement

# Of these db/queries/listener_export.sql says which rows. What else has no listener is the installation's: requests, pauses, refusals.
SELECTED = (
    *(
        "users",
        "artists",
        "albums",
        "tracks",
        "album_artists",
        "track_artists",
        "album_tracks",
        "artist_albums",
    ),
    *("track_availability", "track_replacements", "images"),
)

OF_CONSENTS = ("consent_fingerprints",)


def rows_of(user_id: str) -> Callable[[Cursor, list[Table]], list[Table]]:
    """What `write_backup` takes to write this listener alone."""

    def choose(cursor: Cursor, tables: list[Table]) -> list[Table]:
        cursor.execute(statement("listener_export.gather"), {"user_id": user_id})
        return [each for table in tables for each in _of_listener(cursor, table, user_id)]

    return choose


def _of_listener(cursor: Cursor, table: Table, user_id: str) -> Sequence[Table]:
    """The table with the listener's rows alone; nothing where it has none by its nature."""
    if table.name in SELECTED:
        return [_selected(cursor, table, user_id)]
    is_personal = "user_id" in table.columns and table.name not in OF_CONSENTS
    return [own_rows(table, user_id)] if is_personal else []


def _selected(cursor: Cursor, table: Table, user_id: str) -> Table:
    name = table.name
    chosen = cursor.mogrify(statement(f"listener_export.{name}"), {"user_id": user_id}).decode()
    return Table(name, table.columns, sql.SQL(chosen))


def own_rows(table: Table, user_id: str) -> Table:
    """The rows of a listener's table that are one listener's."""
    chosen = sql.SQL("SELECT * FROM {} WHERE user_id = {}").format(
        sql.Identifier(table.name), sql.Literal(user_id)
    )
    return Table(table.name, table.columns, chosen)
