"""What a database holds, for tests that compare two of them."""

from contextlib import closing

import psycopg2


def ask(dsn: str, sql: str) -> list[tuple]:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def everything(dsn: str) -> dict[str, list[tuple]]:
    """All rows of all tables and materialized views, in text."""
    names = ask(
        dsn,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') "
        "AND relname <> 'schema_migrations'",
    )
    return {name: sorted(ask(dsn, f"SELECT t::text FROM {name} AS t")) for (name,) in names}
