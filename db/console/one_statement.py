"""One statement that a person has typed, and its rows; what the database refuses, in one line.

Reading: the statement runs in a read-only transaction, as a cursor that the server opens from the text. So the server
refuses whatever is not exactly one statement that gives rows, and nothing in the text can end the transaction or make it a
writing one. That guards against accidents. What a function does beyond this database's rows (`pg_terminate_backend`) it
does here as well.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2.errors
from psycopg2 import extensions
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils.database.breaking_off import WaitForAnswer
from utils.database.statements import statement
from utils.database.trouble import explained
from utils.errors import DatabaseError, JobError, suggestion
from utils.start import CTRL_C

NO_SCHEMA = "Nothing is stored here yet: ./run sync copies your library, ./run init_db only makes the tables."
ONLY_READS = "This door only reads; `./run sql --write` lets you change things."
ONE_AT_A_TIME = "only one statement at a time is run here, and only one that gives rows"
EXCERPT = 30  # characters of the statement, shown where it is wrong


@dataclass(frozen=True)
class Answer:
    """The columns' names and the rows, which come page by page; no columns: only `status`, such as `DELETE 3`."""

    columns: Sequence[str]
    pages: Iterator[Sequence[tuple[Any, ...]]]
    status: str = ""


class StatementError(JobError):
    """The database has refused the statement."""


class Interrupted(JobError):
    """Ctrl-C has ended the statement."""


@contextmanager
def answered(connection: Connection, text: str, *, may_write: bool) -> Iterator[Answer]:
    """Run a statement; its rows can be read while the body runs. What was written is committed behind the body, with `may_write`.

    Raises StatementError, Interrupted, and DatabaseError where the server went away.
    """
    before = extensions.get_wait_callback()
    wait = WaitForAnswer()
    extensions.set_wait_callback(wait)  # Ctrl-C cancels the statement, and the connection stays usable
    try:
        with connection, connection.cursor() as cursor:
            yield _write(cursor, text) if may_write else _read(cursor, text)
            if not may_write:  # what a read-only transaction may write all the same, such as large objects
                connection.rollback()
    except psycopg2.errors.QueryCanceled as error:
        reason = f"{error.diag.message_primary}"
        remedy = "" if "user request" in reason else explained(error).remedy
        raise Interrupted(
            f"stopped by {CTRL_C}." if "user request" in reason else f"{reason}.", remedy
        ) from None
    except ValueError as error:  # a NUL
        raise StatementError(f"This is no statement: {error}.", "Take the NUL character out of it.") from None
    except psycopg2.Error as error:
        if wait.is_cut:
            raise Interrupted(f"stopped by {CTRL_C}; the server did not answer.") from None
        if error.pgcode is None or connection.closed:
            raise DatabaseError(explained(error).reason, explained(error).remedy) from None
        raise StatementError(_told(error, text), _remedy(connection, error, may_write)) from None
    finally:
        extensions.set_wait_callback(before)


def _read(cursor: Cursor, text: str) -> Answer:
    cursor.execute(statement("console.begin_reading"), {"statement": text})
    cursor.execute(statement("console.open_answer"))
    cursor.execute(statement("console.fetch_answer"))
    return Answer(_columns(cursor), _fetched(cursor))


def _fetched(cursor: Cursor) -> Iterator[Sequence[tuple[Any, ...]]]:
    while page := cursor.fetchall():
        yield page
        cursor.execute(statement("console.fetch_answer"))


def _write(cursor: Cursor, text: str) -> Answer:
    cursor.execute(text)
    if cursor.description is None:
        return Answer((), iter(()), cursor.statusmessage or "")
    return Answer(_columns(cursor), iter([cursor.fetchall()]), cursor.statusmessage or "")


def _columns(cursor: Cursor) -> list[str]:
    return [column.name for column in cursor.description or ()]


def _told(error: psycopg2.Error, text: str) -> str:
    """What is wrong, and where: `syntax error at or near "FORM" (line 1, column 8, at 'FORM plays')`."""
    if isinstance(error, psycopg2.errors.InvalidCursorDefinition):
        if re.match(
            r"\s*(insert|update|delete|merge|truncate|create|alter|drop|grant|revoke|copy|vacuum)\b",
            text,
            re.I,
        ):
            return "that would change things."
        return f"{ONE_AT_A_TIME} ({error.diag.message_primary})."
    what = error.diag.message_primary or str(error).strip().partition("\n")[0]
    place = int(error.diag.internal_position or error.diag.statement_position or 0)
    if not 0 < place <= len(text):
        return f"{what}."
    before, at = text[: place - 1], text[place - 1 :].split("\n", 1)[0][:EXCERPT]
    line, column = before.count("\n") + 1, place - 1 - (before.rfind("\n") + 1) + 1
    return f"{what} (line {line}, column {column}, at {at.strip()!r})."


def _remedy(connection: Connection, error: psycopg2.Error, may_write: bool) -> str:
    """What to do about it, as far as that can be known."""
    if isinstance(error, psycopg2.errors.UndefinedTable):
        return _near(connection, error.diag.message_primary or "")
    if not may_write and isinstance(
        error, (psycopg2.errors.ReadOnlySqlTransaction, psycopg2.errors.InvalidCursorDefinition)
    ):
        return ONLY_READS
    return error.diag.message_hint or ""


def _near(connection: Connection, message: str) -> str:
    """The table that was probably meant."""
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("console.relations"))
        names = [name for (name,) in cursor]
    if "schema_migrations" not in names:
        return NO_SCHEMA
    near = suggestion(message.partition('"')[2].partition('"')[0], names)
    return f"docs/schema.md says which tables and views there are{near}."
