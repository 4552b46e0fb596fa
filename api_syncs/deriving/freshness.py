"""Whether a derived relation has to be made again: it does not, where all that it is made from is what it was.

What it is made from is asked of the database itself, through all plain views. A table is what it was when it has as many rows, written by
the same transactions (`row_versions`, a migration makes it). Plays are too many to be looked through: who writes them notes it in
`changed_plays`, and what is kept of them says when it was made (`heard_until`). Nor are materialized views that nobody has refreshed since:
what each was when it was made is noted with what it was made from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import Json

from utils.database.statements import statement

# What tells of these tables in their place. Of plays also when the notes of them were taken up: who was looked at before that goes by notes that are gone.
_INSTEAD: Mapping[str, tuple[str, ...]] = {
    "plays": ("changed_plays", "heard_until"),
    "heard_before": ("heard_until",),
    "heard_since": ("heard_until",),
}
# A view that has no rows as long as a table has none, whatever else it reads.
_EMPTY_WITH = {"uncounted_keys": "uncounted_items"}
_NO_ROWS = "0 0"  # as row_versions says it


@dataclass
class Freshness:
    """What everything is made from, as of one look; materialized views that are refreshed meanwhile are looked at again.

    `sources`: of each materialized view the tables and materialized views that it reads; `versions`: of each of these, and of each view;
    `made_from`: of each view those that it was made from last, and its own since.
    """

    sources: Mapping[str, frozenset[str]]
    versions: dict[str, str]
    made_from: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def look(cls, cursor: Cursor, views: Iterable[str]) -> "Freshness":
        """One look at all that these views are made from, in three statements."""
        cursor.execute(statement("derived.sources"), {"views": list(views)})
        sources = {view: frozenset(names) for view, names in cursor.fetchall()}
        cursor.execute(statement("derived.made_from"))
        made_from: dict[str, Mapping[str, str]] = dict(cursor.fetchall())
        noted = {view: made_from[view][view] for view in sources if view in made_from.get(view, {})}
        freshness = cls(sources, noted, made_from)
        asked = frozenset(sources).union(*map(freshness._told_by, sources))
        freshness.look_again(cursor, asked - frozenset(noted))
        return freshness

    def look_again(self, cursor: Cursor, names: Iterable[str]) -> None:
        """These may have changed since."""
        cursor.execute(statement("derived.versions"), {"names": sorted(names)})
        self.versions.update(cursor.fetchall())

    def of(self, names: Iterable[str]) -> dict[str, str]:
        """What these are now."""
        return {name: self.versions[name] for name in sorted(names)}

    def is_fresh(self, view: str) -> bool:
        """Whether a view need not be refreshed."""
        noted = self.made_from.get(view)
        return noted is not None and {**noted, **self.of(self._told_by(view))} == noted

    def note(self, cursor: Cursor, view: str) -> None:
        """The view was made, in this transaction, from what was there at the look."""
        made_from = self.of(self._told_by(view))
        cursor.execute(statement("derived.note_made_from"), {"relation": view, "versions": Json(made_from)})
        ((self.made_from[view],),) = cursor.fetchall()
        self.versions[view] = self.made_from[view][view]

    def _told_by(self, view: str) -> frozenset[str]:
        """The tables and views whose versions tell whether what this one reads is what it was."""
        table = _EMPTY_WITH.get(view, "")
        if self.versions.get(table) == _NO_ROWS:
            return frozenset((table,))
        return frozenset(told for name in self.sources[view] for told in _INSTEAD.get(name, (name,)))
