"""The views of `db/views/*.sql`: made in the order of their names, made anew when their text changes.

A file is one SELECT after a header of comment lines; `-- kind:` says what it makes and `-- unique:` names the key of
a materialized view. With `-- like: VIEW, ONE for ANOTHER` the SELECT is that of another view, reading one relation in place of
another. The checksum of the text is kept as the view's comment in the database.

Where the database is distributed, what is stored of it is a table instead, with the same text (`distributed.py`): `views_here` says which.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from utils import ROOT
from utils.database import distributed, planner, readers
from utils.database.statements import statement

VIEWS = ROOT / "db" / "views"
_KINDS = {"v": "VIEW", "m": "MATERIALIZED VIEW", "r": "TABLE"}  # as pg_class has them
_HEADER = re.compile(r"^-- (kind|unique|like): *(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class View:
    """One file of db/views.

    `is_materialized`: its rows are stored, where the database is distributed as a table (`is_table`).
    """

    name: str
    is_materialized: bool
    unique: str  # the columns of the key; empty for a plain view
    select: str
    is_table: bool = False

    @property
    def kind(self) -> str:
        """What it is in the database."""
        if self.is_table:
            return "TABLE"
        return "MATERIALIZED VIEW" if self.is_materialized else "VIEW"

    @property
    def is_personal_table(self) -> bool:
        """Whether it is a table of which each listener's rows are refreshed apart."""
        return self.is_table and distributed.is_personal(self)

    @property
    def stored_select(self) -> str:
        """What a materialized view is filled with: its rows, put in the order of its key, byte for byte.

        REFRESH … CONCURRENTLY first sorts all new rows whole, to see whether one is there twice; what is sorted already is only looked through.
        """
        if not self.is_materialized:
            return self.select
        key = (
            f'{column} COLLATE "C"' if column.endswith("_id") else column
            for column in self.unique.split(", ")
        )
        return f"SELECT * FROM ({self.select}\n) AS unsorted ORDER BY {', '.join(key)}"  # noqa: S608 - texts of ours

    @property
    def checksum(self) -> str:
        """Of the text that is stored."""
        return hashlib.sha256((self.select if self.is_table else self.stored_select).encode()).hexdigest()


def load_views(folder: Path = VIEWS) -> list[View]:
    """All views, each after those it depends on; ours are read once. Raises ValueError on a bad header."""
    return list(_ours()) if folder == VIEWS else _read(folder)


@cache
def _ours() -> tuple[View, ...]:
    return tuple(_read(VIEWS))


def _read(folder: Path) -> list[View]:
    views: list[View] = []
    for path in sorted(folder.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        header = dict(_HEADER.findall(text))
        is_materialized = header.get("kind") == "materialized view"
        if header.get("kind") not in ("view", "materialized view") or is_materialized != ("unique" in header):
            raise ValueError(
                f"{path.name}: the header needs '-- kind:', and '-- unique:' for materialized views"
            )
        if "like" in header:
            text += _alike(path.name, header["like"], views)
        views.append(View(path.stem.partition("_")[2], is_materialized, header.get("unique", ""), text))
    return views


def _alike(file_name: str, like: str, views: list[View]) -> str:
    """The SELECT of an earlier view, with another relation in the place of one. Raises ValueError on a bad header."""
    meant = re.fullmatch(r"(\w+), (\w+) for (\w+)", like)
    found = [view for view in views if meant and view.name == meant[1]]
    if meant is None or not found:
        raise ValueError(
            f"{file_name}: '-- like: VIEW, ONE for ANOTHER' has to name a view whose file comes before"
        )
    return re.sub(rf"\b{meant[3]}\b", meant[2], re.sub(r"^--.*\n", "", found[0].select, flags=re.MULTILINE))


def views_here(cursor: Cursor) -> list[View]:
    """All views, as they are stored in this installation."""
    views = load_views()
    if not distributed.is_distributed(cursor):
        return views
    return [replace(view, is_table=view.is_materialized) for view in views]


def create_views(cursor: Cursor, views: list[View], *, is_filled: bool = True) -> bool:
    """Make the views where they are missing or their text has changed. True when they were made.

    All of them at once, in the caller's transaction: readers see the old ones or the new ones, never none. Of tables, the rows of each listener
    come with that listener's refresh. `is_filled` False: the caller fills the materialized ones, in the same transaction (`fill_view`).
    """
    cursor.execute(
        "SELECT relname, obj_description(oid, 'pg_class'), relkind FROM pg_class "
        "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm', 'r')"
    )
    existing = {name: (checksum, _KINDS[kind]) for name, checksum, kind in cursor}
    if all(existing.get(view.name) == (view.checksum, view.kind) for view in views):
        return False
    drop_views(cursor, views)
    for view in views:
        if view.is_table:
            distributed.create_table(cursor, view)
        else:
            rows = "WITH NO DATA" if view.is_materialized and not is_filled else ""
            cursor.execute(f"CREATE {view.kind} {view.name} AS {view.stored_select} {rows}")
        if view.is_materialized and not view.is_table:
            cursor.execute(f"CREATE UNIQUE INDEX {view.name}_key ON {view.name} ({view.unique})")
            if is_filled:
                cursor.execute(f"ANALYZE {view.name}")  # without it a concurrent refresh chooses a slow plan
        cursor.execute(f"COMMENT ON {view.kind} {view.name} IS %s", (view.checksum,))
    readers.renew(cursor, [view.name for view in views])
    return True


def renew_views(cursor: Cursor, views: list[View], *, is_filled: bool = True) -> bool:
    """`create_views` where the rows stay what they were and a text may be another one: what was noted of the views before them is forgotten."""
    are_new = create_views(cursor, views, is_filled=is_filled)
    if are_new and not any(view.is_table for view in views):
        cursor.execute(statement("derived.forget_made_from"))
    return are_new


def drop_views(cursor: Cursor, views: list[View]) -> None:
    """Take them away, whatever each is. A table of that name without our checksum is somebody else's, and stays."""
    for view in reversed(views):
        cursor.execute(
            "SELECT relkind FROM pg_class WHERE oid = to_regclass(%s) AND (relkind IN ('v', 'm') "
            "OR (relkind = 'r' AND obj_description(oid, 'pg_class') ~ '^[0-9a-f]{64}$'))",
            (view.name,),
        )
        found = cursor.fetchone()
        if found:
            cursor.execute(f"DROP {_KINDS[found[0]]} {view.name} CASCADE")


def restore_views(cursor: Cursor, views: list[View]) -> bool:
    """Make all views anew where some are missing beside others, as after a migration that had to drop them. True when made.

    A database that never had views gets none.
    """
    cursor.execute(
        "SELECT count(to_regclass(name)) FROM unnest(%s) AS v (name)", ([view.name for view in views],)
    )
    ((there,),) = cursor.fetchall()
    return 0 < there < len(views) and renew_views(cursor, views)


def fill_view(cursor: Cursor, view: View) -> int:
    """Fill a materialized view that the same transaction has made; the number of its rows."""
    cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")
    planner.tell(cursor, [view.name])
    cursor.execute(f"SELECT count(*) FROM {view.name}")  # noqa: S608 - a name of ours
    ((rows,),) = cursor.fetchall()
    return int(rows)


def refresh_view(cursor: Cursor, view: View, user_ids: Iterable[str] = ()) -> int:
    """Refresh what is stored of a view while readers go on; the number of rows afterwards.

    Of a table, what belongs to these listeners: a materialized view is everybody's.
    Where it has grown or shrunk much, the planner is told: the views behind it would be read as if it were what it was, row against row.
    """
    if view.is_table:
        return distributed.refresh_for(cursor, view, load_views(), user_ids)
    # What is new stands in a table of its own first, of which the planner is told: it learns as much from some of the rows. All of them are sorted twice.
    cursor.execute(
        f"SET LOCAL default_statistics_target = 1; SET LOCAL work_mem = '16MB'; REFRESH MATERIALIZED VIEW CONCURRENTLY {view.name}; "
        "SET LOCAL default_statistics_target = DEFAULT; SET LOCAL work_mem = DEFAULT"
    )
    cursor.execute(
        f"SELECT count(*), (SELECT reltuples FROM pg_class WHERE oid = %s::regclass) FROM {view.name}",  # noqa: S608 - a name of ours
        (view.name,),
    )
    ((rows, told),) = cursor.fetchall()
    if not told / 2 <= rows <= told * 2:
        planner.tell(cursor, [view.name])
    return int(rows)
