"""What an answer on the terminal is made of, as plain text and with rich. A colour never says what no word says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from utils.terminal import one_printable_line
from utils.text_table import cell_text, text_table

if TYPE_CHECKING:  # its import takes a tenth of a second, which only who sees a table has to wait
    from rich.console import Console

LEVELS = "▁▂▃▄▅▆▇█"
NOTHING, UNKNOWN = "·", " "  # a value of zero, and none
BAR, SHORTEST_BAR = (
    20,
    5,
)  # columns of the longest bar, and of it where there is little room: with less there is none
NAMES = ("Track", "Artist", "Artists", "Album", "Genre")  # headings of what is cut where a terminal is narrow


@dataclass(frozen=True)
class Table:
    """Rows under a title. `bars`: a number per row, which a bar shows at its end, on a terminal."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    bars: Sequence[int] = ()


@dataclass(frozen=True)
class Line:
    """A sparkline: a value per step; None where nothing is known."""

    title: str
    values: Sequence[int | None]
    first: str
    last: str


Block = str | Table | Line


@dataclass(frozen=True)
class Answer:
    """What is said: the first block is its heading. `data`: the same for programs."""

    blocks: Sequence[Block]
    data: dict[str, Any] = field(default_factory=dict)


def sparkline(values: Sequence[int | None]) -> str:
    """A character per value: the highest one for the largest, `·` for zero, a space where nothing is known."""
    most = max((value or 0 for value in values), default=0)
    return "".join(
        UNKNOWN if value is None else NOTHING if value <= 0 else LEVELS[(value * len(LEVELS) - 1) // most]
        for value in values
    )


def line_text(line: Line) -> str:
    """A sparkline with what its ends mean and its largest value."""
    most = max((value or 0 for value in line.values), default=0)
    return f"{line.title}  {line.first} {sparkline(line.values)} {line.last}  (most: {most:,})"


def as_text(answer: Answer) -> str:
    """Plain, for files and pipes."""
    return "".join(_text(block) for block in answer.blocks)


def _text(block: Block) -> str:
    if isinstance(block, Table):
        title = f"{block.title}\n" if block.title else ""
        return f"\n{title}{text_table(block.head, block.rows)}\n"
    return (line_text(block) if isinstance(block, Line) else one_printable_line(block, len(block))) + "\n"


def as_drawn(answer: Answer, console: "Console") -> str:
    """With colours and bars."""
    from rich.text import Text

    with console.capture() as captured:
        for place, block in enumerate(answer.blocks):
            if isinstance(block, Table):
                console.print()
                if block.title:
                    console.print(Text(block.title, "bold"))
                console.print(_table(block, console.width))
            elif isinstance(block, Line):
                console.print()
                console.print(Text(line_text(block), "magenta"))
            else:
                console.print(Text(one_printable_line(block, len(block)), "bold" if not place else ""))
    return captured.get()


def _table(block: Table, room: int) -> Any:
    """In so many columns: figures are whole, names are cut, and bars have what is left."""
    from rich.cells import cell_len
    from rich.table import Column
    from rich.table import Table as Drawn
    from rich.text import Text

    rows = [[cell_text(cell) for cell in row] for row in block.rows]
    numbers = [all(isinstance(row[place], int) for row in block.rows) for place in range(len(block.head))]
    columns = [
        Column(name, justify="right" if number else "left", no_wrap=name not in NAMES)
        for name, number in zip(block.head, numbers, strict=True)
    ]
    table = Drawn(*columns, box=None, pad_edge=False, header_style="dim")
    taken = sum(2 + max(map(cell_len, column)) for column in zip(block.head, *rows, strict=True))
    bar = min(BAR, room - taken) if block.bars else 0
    if bar >= SHORTEST_BAR:
        table.add_column(no_wrap=True)
    most = max(block.bars, default=0) or 1
    for place, row in enumerate(rows):
        cells = [Text(cell, no_wrap=True, overflow="ellipsis") for cell in row]
        if bar >= SHORTEST_BAR:
            cells.append(Text("█" * max(round(bar * block.bars[place] / most), 1), "magenta"))
        table.add_row(*cells)
    return table
