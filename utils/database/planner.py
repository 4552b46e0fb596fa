"""What PostgreSQL's planner is told of tables that have just been filled."""

from collections.abc import Iterable

from psycopg2.extensions import cursor as Cursor

# Of the usual 100: autovacuum looks at all the rows that it wants within minutes, and what follows at once needs no more.
COARSE = 25


def tell(cursor: Cursor, names: Iterable[str]) -> None:
    """Let it learn what these tables hold now, from some of their rows; without it, it takes them for what they were."""
    tables = ", ".join(names)
    if tables:
        cursor.execute(
            f"SET LOCAL default_statistics_target = {COARSE}; ANALYZE {tables}; SET LOCAL default_statistics_target = DEFAULT"
        )
