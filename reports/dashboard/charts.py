"""Charts: Vega-Lite specifications of `reports/charts/`, each with its rows, its finding in words, and the same as a table.

A specification names no colour: the page gives its theme (`assets/charts.js`). Rows are sent as columns, which is a third of the bytes.
Where lines have to break, a row with None stands for each step that is missing.

What a drawing says is written as the reader's own locale does, as everything around it: rows have numbers as numbers, times heard in
milliseconds, and days, months and moments as ISO 8601 has them; `written` names the columns that the page writes before it draws.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from reports.dashboard.words import day, month
from utils import ROOT

CHARTS = ROOT / "reports" / "charts"
FEWEST = 5  # values: below that, no chart is drawn


@cache
def specification(name: str) -> dict[str, Any]:
    """The specification `reports/charts/<name>.vl.json`."""
    found: dict[str, Any] = json.loads((CHARTS / f"{name}.vl.json").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Link:
    """A cell of a table that leads somewhere."""

    text: str | Markup
    href: str

    def __html__(self) -> str:
        """As a template writes it."""
        return f'<a href="{escape(self.href)}">{escape(self.text)}</a>'


@dataclass(frozen=True)
class Chart:
    """A chart as a template needs it. `finding`: what it shows, in a sentence."""

    spec: str
    finding: str | Markup
    columns: tuple[str, ...]  # the fields of `rows`, by the names that the specification uses
    rows: Sequence[Sequence[Any]]
    heads: tuple[str, ...] = ()  # of the table beneath
    table: Sequence[Sequence[Any]] = ()
    narrow: str = ""  # the specification on a phone; else the same
    parameters: dict[str, Any] = field(default_factory=dict)  # values of the specification's params
    written: dict[str, str] = field(
        default_factory=dict
    )  # column or parameter → how, by the forms of `assets/site.js`

    @property
    def has_enough(self) -> bool:
        """Whether there are values enough to see a shape in."""
        return len(self.rows) >= FEWEST

    @property
    def alternative(self) -> str:
        """The finding as plain text: what is said of the drawing to who does not see it."""
        return " ".join(escape(self.finding).striptags().split())

    @property
    def height(self) -> int:
        """Of the drawing, in pixels, so that the page does not move when it is drawn; 0 where only drawing tells."""
        height = self._sized(specification(self.spec)).get("height", 0)
        return int(height)

    @property
    def payload(self) -> dict[str, Any]:
        """What the page carries."""
        wide = self._with_parameters(self.spec)
        narrow = self._with_parameters(self.narrow) if self.narrow else None
        return {
            "wide": wide,
            "narrow": narrow,
            "columns": self.columns,
            "rows": self.rows,
            "written": self.written,
        }

    def _with_parameters(self, name: str) -> dict[str, Any]:
        spec = {**self._sized(specification(name)), "description": self.alternative}
        if self.parameters:
            spec["params"] = [
                {**each, "value": self.parameters.get(each["name"], each.get("value"))}
                for each in spec["params"]
            ]
        return spec

    def _sized(self, spec: dict[str, Any]) -> dict[str, Any]:
        """A height that a specification gives per step as pixels: what has none cannot be fitted to the width of its column."""
        height = spec.get("height")
        if not isinstance(height, dict):
            return spec
        place = self.columns.index(spec["encoding"]["y"]["field"])
        return {**spec, "height": height["step"] * len({row[place] for row in self.rows})}


@cache
def step(begin: date, *, by_month: bool, wording: str = "{}") -> tuple[str, Markup]:
    """A month, or a day, in some words: as a row has it, and as a table of the page does."""
    text, said = (f"{begin:%Y-%m}", month(begin)) if by_month else (begin.isoformat(), day(begin))
    return wording.format(text), Markup(wording).format(said)  # noqa: S704 - the wording is no data
