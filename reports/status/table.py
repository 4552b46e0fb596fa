"""How things stand, for people at a terminal that has `rich`: the entries of the text, as wide as the screen, and a table of the scripts.

A colour never says what no word says.
"""

from typing import TYPE_CHECKING

from reports.status.facts import Standing
from reports.status.text import Moments, entries
from utils.terminal import one_printable_line

if TYPE_CHECKING:  # its import takes a tenth of a second, which only who sees a table has to wait
    from rich.console import Console
    from rich.table import Table

OF_SCRIPTS = "Last done"  # the entry whose place the table of the scripts takes
OVERALL_STYLES = {"ok": "green", "running": "cyan", "failing": "red", "no consent": "red"}  # else yellow
RUN_STYLES = {"failed": "red", "killed": "red", "done": "green", "running": "cyan"}


def as_table(standing: Standing, console: "Console", *, is_public: bool) -> str:
    """The text, with what colours it. A listener has to be stored."""
    with console.capture() as captured:
        console.print(_grid(standing, is_public=is_public))
        if standing.runs:
            console.print()
            console.print(_scripts(standing))
    return captured.get()


def _grid(standing: Standing, *, is_public: bool) -> "Table":
    from rich.table import Column, Table
    from rich.text import Text

    label, said = Column(style="bold", no_wrap=True), Column(overflow="fold")
    grid = Table(label, said, box=None, show_header=False, pad_edge=False)
    for name, text in entries(standing, is_public=is_public):
        if name != OF_SCRIPTS:
            shown = Text(text, _style(name, text))
            if name == "Status":
                shown.stylize(OVERALL_STYLES.get(standing.overall, "yellow"), 0, len(standing.overall))
            grid.add_row(name, shown)
    return grid


def _style(name: str, text: str) -> str:
    if name == "Failed":
        return "red"
    return "yellow" if name == "Held back" and text != "nothing" else ""


def _scripts(standing: Standing) -> "Table":
    """The last run of each script, the newest first."""
    from rich.table import Column, Table
    from rich.text import Text

    say = Moments(standing)
    name = Column("Script", overflow="fold")
    table = Table(name, "Last run", "Ended", "Last done", box=None, pad_edge=False, header_style="dim")
    for run in standing.runs:
        status = one_printable_line(run.status, 20)
        table.add_row(
            Text(one_printable_line(run.job, 60)),
            Text(say(run.started_at)),
            Text(status, RUN_STYLES.get(status, "yellow")),
            Text(say(run.last_success_at)),
        )
    return table
