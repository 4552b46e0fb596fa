"""The views of `db/views/*.sql`: made in the order of their names, made anew when their text changes.

A file is one SELECT after a header of comment lines; `-- kind:` says what it makes and `-- unique:` names the key of
a materialized view. With `-- like: VIEW, ONE for ANOTHER` the SELECT is that of another view, reading one relation in place of
another. The checksum of the text is kept as the view's comment in the database.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from utils import ROOT
from utils.database import readers

VIEWS = ROOT / "db" / "views"
_HEADER = re.compile(r"^-- (kind|unique|like): *(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class View:
    """One file of db/views."""

    name: str
    is_materialized: bool
    unique: str  # the columns of the key; empty for a plain view
    select: str

    @property
    def checksum(self) -> str:
        """Of the file's text."""
        return hashlib.sha256(self.select.encode()).hexdigest()


def load_views(folder: Path = VIEWS) -> list[View]:
    """All views, each after those it depends on. Raises ValueError on a bad header."""
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


def create_views(cursor: Cursor, views: list[View]) -> bool:
    """Make the views where they are missing or their text has changed. True when they were made.

    All of them at once, in the caller's transaction: readers see the old ones or the new ones, never none.
    """
    cursor.execute(
        "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class "
        "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm')"
    )
    existing = dict(cursor.fetchall())
    if all(existing.get(view.name) == view.checksum for view in views):
        return False
    for view in reversed(views):
        cursor.execute(
            "SELECT relkind FROM pg_class WHERE oid = to_regclass(%s) AND relkind IN ('v', 'm')", (view.name,)
        )
        found = cursor.fetchone()
        if found:
            kind = "MATERIALIZED VIEW" if found[0] == "m" else "VIEW"
            cursor.execute(f"DROP {kind} {view.name} CASCADE")
    for view in views:
        kind = "MATERIALIZED VIEW" if view.is_materialized else "VIEW"
        cursor.execute(f"CREATE {kind} {view.name} AS {view.select}")
        if view.is_materialized:
            cursor.execute(f"CREATE UNIQUE INDEX {view.name}_key ON {view.name} ({view.unique})")
            cursor.execute(f"ANALYZE {view.name}")  # without it a concurrent refresh chooses a slow plan
        cursor.execute(f"COMMENT ON {kind} {view.name} IS %s", (view.checksum,))
    readers.renew(cursor, [view.name for view in views])
    return True


def restore_views(cursor: Cursor, views: list[View]) -> bool:
    """Make all views anew where some are missing beside others, as after a migration that had to drop them. True when made.

    A database that never had views gets none.
    """
    cursor.execute(
        "SELECT count(to_regclass(name)) FROM unnest(%s) AS v (name)", ([view.name for view in views],)
    )
    ((there,),) = cursor.fetchall()
    return 0 < there < len(views) and create_views(cursor, views)


def refresh_view(cursor: Cursor, view: View) -> int:
    """Refresh a materialized view while readers go on; the number of rows afterwards.

    Where it has grown or shrunk much, the planner is told: the views behind it would be read as if it were what it was, row against row.
    """
    cursor.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {view.name}")
    cursor.execute(
        f"SELECT count(*), (SELECT reltuples FROM pg_class WHERE oid = %s::regclass) FROM {view.name}",  # noqa: S608 - a name of ours
        (view.name,),
    )
    ((rows, told),) = cursor.fetchall()
    if not told / 2 <= rows <= told * 2:
        cursor.execute(f"ANALYZE {view.name}")
    return int(rows)
