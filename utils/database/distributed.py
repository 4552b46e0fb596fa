"""What is derived, where the database is spread over several servers: tables with the very texts of `db/views`, refreshed for one listener.

A materialized view would stay on the first server, and be refreshed for everybody whenever one listener has heard something. So each is a
table, distributed by `user_id`, or with a copy on every server where it has none. A refresh computes the text over the rows of one listener: each
relation that it names stands in front of it once more, with that listener's rows alone, so that one server answers. Written is what differs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from psycopg2.extensions import cursor as Cursor

from utils.database.placement import KEY, Place, placement
from utils.database.readers import VIEWS_OF_MIGRATIONS
from utils.database.statements import statement

_NAMED = re.compile(r"\b(?:FROM|JOIN)\s+\(*(\w+)", re.IGNORECASE)
_COMMENT = re.compile(r"--.*")


class Derived(Protocol):
    """What is asked of a file of db/views (`views.View`)."""

    @property
    def name(self) -> str: ...
    @property
    def is_materialized(self) -> bool: ...
    @property
    def unique(self) -> str: ...
    @property
    def select(self) -> str: ...


def is_made(cursor: Cursor) -> bool:
    """Whether there is a place for the plan: an older schema has none."""
    cursor.execute(statement("distribution.is_made"))
    return cursor.fetchone() == (True,)


def is_distributed(cursor: Cursor) -> bool:
    """Whether this installation is (`./run db distribute`). One statement."""
    cursor.execute(statement("distribution.is_out"))
    return cursor.fetchone() == (True,)


def create_table(cursor: Cursor, view: Derived) -> None:
    """Make the table of a derived relation, empty."""
    cursor.execute(f"CREATE TABLE {view.name} AS {view.select} WITH NO DATA")
    cursor.execute(f"CREATE UNIQUE INDEX {view.name}_key ON {view.name} ({view.unique})")
    cursor.execute(placing(view.name, Place.DISTRIBUTED if is_personal(view) else Place.REFERENCE))


def placing(name: str, place: Place) -> str:
    """The statement that puts a table of ours to its place. All that is distributed is on the server of its listener's row in `users`."""
    if place is Place.REFERENCE:
        return f"SELECT create_reference_table('{name}')"
    beside = "none" if name == "users" else "users"
    return f"SELECT create_distributed_table('{name}', '{KEY}', colocate_with => '{beside}')"


def place_new_tables(cursor: Cursor) -> None:
    """Put tables that a migration has just made to their places, where the database is distributed."""
    if not is_made(cursor) or not is_distributed(cursor):
        return
    policies = policies_of(cursor)
    cursor.execute(statement("distribution.placed"))
    placed = {name for name, _ in cursor}
    cursor.execute(statement("distribution.tables"))
    for name in [name for (name,) in cursor if name not in placed]:
        place = placement().get(name, Place.LOCAL)
        if place is not Place.LOCAL:
            away, back = policies.get(name, ((), ()))
            commands = [*away, placing(name, place)]
            for command in commands:
                cursor.execute(command)
            step = {
                "about": f"put {name} to its place",
                "command": "; ".join(commands),
                "undo": "; ".join([f"SELECT undistribute_table('{name}')", *back]),
            }
            cursor.execute(statement("distribution.note"), step)


def policies_of(cursor: Cursor) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """What takes away the policy of each table that has one, and what brings it back: Citus takes none with a subquery, and no role that only reads is there."""
    cursor.execute(statement("distribution.policies"))
    return {
        table: (
            (f"DROP POLICY {name} ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
            (
                f"CREATE POLICY {name} ON {table} FOR {what} USING ({condition})",
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            ),
        )
        for table, name, what, condition in cursor.fetchall()
    }


def refresh_for(cursor: Cursor, view: Derived, views: Sequence[Derived], user_ids: Iterable[str]) -> int:
    """Bring the table of a derived relation up to date, for these listeners, or, where it is everybody's, at all; their rows then.

    Part of a transaction. Whoever refreshes the same rows meanwhile waits.
    """
    if not is_personal(view):
        return _refresh(cursor, view, view.select, None)
    text = text_for_one(cursor, view, views)
    return sum(_refresh(cursor, view, text, user_id) for user_id in user_ids)


def text_for_one(cursor: Cursor, view: Derived, views: Sequence[Derived]) -> str:
    """The SELECT of the view's rows of one listener, with %(user_id)s."""
    texts = {each.name: _COMMENT.sub("", each.select) for each in views if not each.is_materialized}
    for name in VIEWS_OF_MIGRATIONS:
        cursor.execute(statement("distribution.definition_of_view"), {"name": name})
        ((text,),) = cursor.fetchall()
        texts[name] = text.rstrip(";")
    personal = {name for name, place in placement().items() if place is Place.DISTRIBUTED}
    personal |= {each.name for each in views if each.is_materialized and is_personal(each)}
    select = _COMMENT.sub("", view.select)
    around = [
        f"{name} AS NOT MATERIALIZED ({texts[name]})"
        if name in texts
        else f"{name} AS NOT MATERIALIZED (SELECT * FROM {name} WHERE {KEY} = %(user_id)s)"  # noqa: S608 - a name of ours
        for name in _in_order(select, texts, personal)
    ]
    return f"WITH {', '.join(around)} SELECT * FROM ({select.replace('%', '%%')}) AS derived"  # noqa: S608 - texts of ours


def _in_order(select: str, texts: Mapping[str, str], personal: set[str]) -> list[str]:
    """What a text names, directly or through views, each behind what it names itself; without what is everybody's."""
    found: dict[str, None] = {}

    def visit(text: str) -> Iterator[str]:
        for name in _NAMED.findall(text):
            if name in texts:
                below = list(visit(texts[name]))
                if below:
                    found.setdefault(name)
                    yield name
            elif name in personal:
                found.setdefault(name)
                yield name

    list(visit(select))
    return list(found)


def is_personal(view: Derived) -> bool:
    """Whether a derived relation has rows of listeners."""
    return KEY in view.unique.split(", ")


def _refresh(cursor: Cursor, view: Derived, text: str, user_id: str | None) -> int:
    """Write what differs from the text's rows: what is gone, then what is new or another. The rows afterwards."""
    name, keys = view.name, view.unique.split(", ")
    who = {"user_id": user_id}
    mine = f"{KEY} = %(user_id)s" if user_id is not None else "true"
    cursor.execute(statement("distribution.lock_rows"), {"what": f"derived rows:{name}:{user_id or ''}"})
    cursor.execute(statement("distribution.columns"), {"name": name})
    types = dict(cursor.fetchall())
    key, every = f"ROW({', '.join(keys)})::text", ", ".join(types)
    if user_id is None:
        text = text.replace("%", "%%")
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE differing ON COMMIT DROP AS
        WITH fresh AS MATERIALIZED (SELECT {every} FROM ({text}) AS f),
        stored AS MATERIALIZED (SELECT {every} FROM {name} WHERE {mine})
        SELECT true AS is_news, n.* FROM (SELECT * FROM fresh EXCEPT SELECT * FROM stored) AS n
        UNION ALL
        SELECT false, g.* FROM stored AS g
        WHERE {key} IN (SELECT {key} FROM stored EXCEPT SELECT {key} FROM fresh)""",  # noqa: S608 - names and texts of ours
        who,
    )
    arrays = ", ".join(f"array_agg({part}::text) FILTER (WHERE NOT is_news)" for part in keys)
    cursor.execute(f"SELECT count(*) FILTER (WHERE is_news), {arrays} FROM differing")  # noqa: S608
    ((news, *gone),) = cursor.fetchall()
    if gone[0]:
        given = ", ".join(f"%s::text[]::{types[part]}[]" for part in keys)
        same = " AND ".join(f"t.{part} = gone.{part}" for part in keys)
        cursor.execute(
            f"DELETE FROM {name} AS t USING unnest({given}) AS gone ({', '.join(keys)}) WHERE {same}"  # noqa: S608
            + ("" if user_id is None else f" AND t.{KEY} = %s"),
            [*gone, *([] if user_id is None else [user_id])],
        )
    if news:
        others = ", ".join(f"{column} = EXCLUDED.{column}" for column in types if column not in keys)
        cursor.execute(
            f"INSERT INTO {name} ({every}) SELECT {every} FROM differing WHERE is_news "  # noqa: S608
            f"ON CONFLICT ({view.unique}) DO {f'UPDATE SET {others}' if others else 'NOTHING'}"
        )
    cursor.execute("DROP TABLE differing")
    cursor.execute(f"SELECT count(*) FROM {name} WHERE {mine}", who)  # noqa: S608
    ((rows,),) = cursor.fetchall()
    return int(rows)
