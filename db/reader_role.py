"""Roles of the database for reports: each logs in with a password of its own, and reads what utils/database/readers.py says. `./run db reader`."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Identifier, Literal

from utils.database.readers import SCHEMA, drop_views, renew
from utils.database.statements import statement
from utils.database.views import load_views
from utils.errors import SettingsError

SHORTEST_PASSWORD = 12
NAME_FORM = "1 to 40 small letters, digits and _, beginning with a letter"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OF_LISTENER = "reads only the rows of "  # as the function session_listener has it


def new_password() -> str:
    """A password nobody has, of letters and digits alone: it may stand in an address."""
    return "".join(
        secrets.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(24)
    )


def check_name(role: str) -> None:
    """Raise SettingsError for what cannot be a role of ours."""
    if not _NAME.fullmatch(role) or role.startswith("pg_") or role == "public":
        raise SettingsError(f"{role!r} cannot be the name of a role.", f"Choose {NAME_FORM}, not pg_….")


def is_there(cursor: Cursor, role: str) -> bool:
    """Whether there is such a role. Raises SettingsError where it can do more than log in, so that its rights are not ours to change."""
    cursor.execute(statement("readers.known_role"), {"role": role})
    row = cursor.fetchone()
    if row is not None and row[1]:
        raise SettingsError(
            f"There is a role {role} already, and it can do more than log in and read.",
            "Choose another name for the one that only reads.",
        )
    return row is not None


def make(connection: Connection, role: str, password: str | None, user_id: str | None) -> None:
    """Make a role (with a password), or give one that is there (None) its rights again; with a `user_id` it reads that listener's rows alone.

    Else it reads the rows of whom the session names in mirror.user_id. Raises SettingsError where the login may not make roles.
    """
    with _allowed(connection) as cursor:
        if password is not None:
            _create(cursor, role, password)
        cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(SCHEMA)))
        _change(
            cursor,
            role,
            "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
            "GRANT USAGE ON SCHEMA {schema}, {views} TO {role}",
            "ALTER ROLE {role} IN DATABASE {database} SET search_path = {views}, {schema}",
        )
        if user_id is not None:
            comment = Literal(f"{_OF_LISTENER}{user_id}")
            cursor.execute(SQL("COMMENT ON ROLE {} IS {}").format(Identifier(role), comment))
        renew(cursor, [view.name for view in load_views()])


def remove(connection: Connection, role: str) -> None:
    """Take away the role and its rights; with the last one goes the schema. Raises SettingsError."""
    with _allowed(connection) as cursor:
        cursor.execute(statement("readers.roles"))
        roles = [each for (each,) in cursor.fetchall()]
        if role not in roles:
            raise SettingsError(
                f"{role} is no role that ./run db reader has made in this database.",
                f"Those are: {', '.join(roles)}." if roles else "There is none.",
            )
        _change(
            cursor,
            role,
            "REVOKE ALL ON ALL TABLES IN SCHEMA {schema}, {views} FROM {role}",
            "REVOKE ALL ON SCHEMA {schema}, {views} FROM {role}",
            "REVOKE ALL ON DATABASE {database} FROM {role}",
        )
        if roles == [role]:
            drop_views(cursor)
            cursor.execute(SQL("DROP SCHEMA {}").format(Identifier(SCHEMA)))
        cursor.execute(SQL("DROP ROLE {}").format(Identifier(role)))


@contextmanager
def _allowed(connection: Connection) -> Iterator[Cursor]:
    """One transaction. Raises SettingsError where the login has not the rights for it."""
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    except InsufficientPrivilege as error:
        said = str(error).strip().splitlines()[0]
        raise SettingsError(
            f"The login of DATABASE_URL may not do that: {said}.",
            "It needs the right to make roles (CREATEROLE) and a schema in its database; who owns the server can give both.",
        ) from error


def _change(cursor: Cursor, role: str, *changes: str) -> None:
    """Carry out statements about a role, the database, the schema of the tables and that of the views."""
    cursor.execute(statement("readers.place"))
    ((database, schema),) = cursor.fetchall()
    names = {"role": role, "database": database, "schema": schema, "views": SCHEMA}
    for change in changes:
        cursor.execute(SQL(change).format(**{key: Identifier(name) for key, name in names.items()}))


def _create(cursor: Cursor, role: str, password: str) -> None:
    """With the password as the server stores it, so that no log of the server has it; some hosts take only the password itself."""
    make_role = SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    stored = encrypt_password(password, role, cursor.connection, "scram-sha-256")
    cursor.execute("SAVEPOINT without_role")
    try:
        cursor.execute(make_role.format(Identifier(role), Literal(stored)))
    except InsufficientPrivilege:
        raise
    except psycopg2.DatabaseError:
        cursor.execute("ROLLBACK TO SAVEPOINT without_role")
        cursor.execute(make_role.format(Identifier(role), Literal(password)))
