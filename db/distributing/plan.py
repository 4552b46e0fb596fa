"""What is to be done: the steps, each of one transaction, with what takes it back; and what has to be so before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from psycopg2.extensions import cursor as Cursor

from utils.database.distributed import placing, policies_of
from utils.database.placement import KEPT_OF_PLAYS, KEY, Place, placement
from utils.database.rows import read
from utils.database.statements import statement
from utils.errors import SettingsError

OLDEST_CITUS = 14
PAGE = "docs/scale.md"
# What the program does itself.
TABLES, VIEWS, NO_VIEWS, FILL = "@tables", "@views", "@no_views", "@fill"


@dataclass(frozen=True)
class Step:
    """A step of the plan. `command` and `undo` are SQL, or one of the words above; no undo: there is nothing to take back."""

    about: str
    command: str
    undo: str = ""


@dataclass(frozen=True)
class StoredStep:
    """A step as the table `distribution` has it."""

    position: int
    about: str
    command: str
    undo: str
    is_done: bool


@dataclass(frozen=True)
class ForeignKey:
    """How a table points to another."""

    conname: str
    of_table: str
    to_table: str
    columns: Sequence[str]
    definition: str

    def fits(self, places: Mapping[str, Place]) -> bool:
        """Whether it can stay where both tables are at their places."""
        here, there = places.get(self.of_table, Place.LOCAL), places.get(self.to_table, Place.LOCAL)
        if there is Place.DISTRIBUTED:
            return here is Place.DISTRIBUTED and KEY in self.columns
        return there is Place.REFERENCE or here is Place.LOCAL

    def step_away(self) -> Step:
        """Take it away."""
        return Step(f"take away the reference {self.conname}", self._drop(), self._add())

    def step_back(self) -> Step:
        """Make it again."""
        return Step(f"make the reference {self.conname} again", self._add(), self._drop())

    def _drop(self) -> str:
        return f"ALTER TABLE {self.of_table} DROP CONSTRAINT {self.conname}"

    def _add(self) -> str:
        return f"ALTER TABLE {self.of_table} ADD CONSTRAINT {self.conname} {self.definition}"


def check_server(cursor: Cursor) -> str:
    """What the engine is, and on how many servers; raises SettingsError where it is none, or this login may not use it."""
    cursor.execute(statement("distribution.has_citus"))
    if cursor.fetchone() != (True,):
        raise SettingsError(
            "This database has no Citus, which spreads tables over several servers.",
            f"CREATE EXTENSION citus; where the server has it; {PAGE} says where it can be had.",
        )
    cursor.execute(statement("distribution.engine"))
    ((version, told, servers),) = cursor.fetchall()
    if version is None or version < OLDEST_CITUS:
        raise SettingsError(
            f"The database has {told}.", f"Citus {OLDEST_CITUS} or newer is needed: upgrade it. See {PAGE}."
        )
    cursor.execute(statement("distribution.not_ours"), {"names": list(placement())})
    others = [name for (name,) in cursor]
    if others:
        raise SettingsError(
            f"These tables belong to another role: {', '.join(others)}.",
            "Connect as their owner, who alone may distribute them.",
        )
    return f"Citus {version} with {servers or 'no'} {'server' if servers == 1 else 'servers'} for rows"


def make_plan(cursor: Cursor) -> list[Step]:
    """All steps, for tables that are all on one server. Raises SettingsError where something of this database cannot be spread."""
    places = placement()
    keys = _foreign_keys(cursor)
    cursor.execute(statement("distribution.tables"))
    there = {name for (name,) in cursor}
    _refuse(cursor, keys)
    shared = [name for name in _in_order(keys) if name in there and places.get(name) is Place.REFERENCE]
    personal = [name for name in _in_order(keys) if name in there and places.get(name) is Place.DISTRIBUTED]
    steps = [Step("take away what is derived", NO_VIEWS, VIEWS)]
    steps += [
        Step(f"empty {name}, which says what plays say", f"DELETE FROM {name}")  # noqa: S608 - a name of ours
        for name in KEPT_OF_PLAYS
    ]
    steps += [key.step_away() for key in keys]
    steps += _policy_steps(cursor, set(personal))
    steps += _rewriting_steps(cursor, {*shared, *personal})
    steps += [place_step(name, Place.REFERENCE) for name in shared]
    steps += [place_step(name, Place.DISTRIBUTED) for name in personal]
    steps += [
        Step(
            f"free the place that {name} had on the first server",
            f"SELECT truncate_local_data_after_distributing_table('{name}')",
        )
        for name in (*shared, *personal)
    ]
    steps += [key.step_back() for key in keys]
    return [
        *steps,
        Step("make tables of what is derived", TABLES, NO_VIEWS),
        Step("fill them, listener by listener", FILL),
    ]


def place_step(name: str, place: Place) -> Step:
    """Put a table to its place."""
    how = "copy {} to every server" if place is Place.REFERENCE else "spread {} by listener"
    return Step(how.format(name), placing(name, place), f"SELECT undistribute_table('{name}')")


def _policy_steps(cursor: Cursor, personal: set[str]) -> list[Step]:
    return [
        Step(f"take away the policy for readers of {table}", "; ".join(away), "; ".join(back))
        for table, (away, back) in policies_of(cursor).items()
        if table in personal
    ]


def _rewriting_steps(cursor: Cursor, moved: set[str]) -> list[Step]:
    """Citus brings no table back that has ever had a column which numbered its rows, also where that column is gone: such a one is written anew."""
    cursor.execute(statement("distribution.once_numbered"))
    return [
        Step(
            f"write {table} anew, without the trace of a column that is gone",
            "; ".join(
                (
                    f"ALTER TABLE {table} RENAME TO {table}_before",
                    f"CREATE TABLE {table} (LIKE {table}_before INCLUDING ALL EXCLUDING INDEXES)",
                    f"INSERT INTO {table} SELECT * FROM {table}_before",  # noqa: S608 - names of ours
                    f"DROP TABLE {table}_before",
                    *indexes,
                )
            ),
        )
        for table, indexes in cursor.fetchall()
        if table in moved
    ]


def _refuse(cursor: Cursor, keys: Sequence[ForeignKey]) -> None:
    """Raise SettingsError where something is in the way that is not the schema's own."""
    wrong = [key for key in keys if not key.fits(placement())]
    if wrong:
        told = ", ".join(f"{key.conname} of {key.of_table}" for key in wrong)
        raise SettingsError(
            f"These references cannot be kept where {KEY} says on which server a row is: {told}.",
            "Drop those of your own tables first.",
        )
    cursor.execute(statement("distribution.triggers"), {"names": list(placement())})
    triggers = [name for (name,) in cursor]
    if triggers:
        raise SettingsError(
            f"These tables have triggers, which cannot be spread: {', '.join(triggers)}.",
            "Drop your triggers first.",
        )
    cursor.execute(statement("readers.roles"))
    roles = [name for (name,) in cursor]
    if roles:
        raise SettingsError(
            f"There are roles that only read ({', '.join(roles)}), whose rows are chosen by policies that Citus does not take.",
            f"./run db reader {roles[0]} --remove first.",
        )


def _foreign_keys(cursor: Cursor) -> list[ForeignKey]:
    cursor.execute(statement("distribution.foreign_keys"))
    return read(cursor, ForeignKey)


def _in_order(keys: Sequence[ForeignKey]) -> list[str]:
    """All tables that have a place, each behind those that it points to."""
    order: TopologicalSorter[str] = TopologicalSorter({name: () for name in sorted(placement())})
    for key in keys:
        if key.of_table != key.to_table:
            order.add(key.of_table, key.to_table)
    found = [name for name in order.static_order() if name in placement()]
    return ["users", *(name for name in found if name != "users")]
