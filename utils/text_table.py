"""Tables in plain text, for people. Control characters, which names on Spotify may hold, are left out."""

import re
from collections.abc import Sequence

from utils.terminal import clipped, printable, width_of

WIDEST = 40  # columns of a terminal


def text_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table with a heading; numbers are aligned to the right, None is empty. It ends with a line feed."""
    cells = [[_cell(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(width_of, column)) for column in zip(*cells, strict=True)]
    is_number = [
        all(cell is None or isinstance(cell, int) for cell in column) for column in zip(*rows, strict=True)
    ] or [False] * len(head)

    def line(row: Sequence[str]) -> str:
        padded = []
        for cell, width, right in zip(row, widths, is_number, strict=True):
            space = " " * (width - width_of(cell))
            padded.append(space + cell if right else cell + space)
        return "  ".join(padded).rstrip()

    return "".join(f"{line(row)}\n" for row in cells)


def _cell(value: object) -> str:
    """Like `cell_text`; a link is never cut, because half of it leads nowhere."""
    is_link = isinstance(value, str) and re.fullmatch(r"https://[!-~]+", value)
    return str(value) if is_link else cell_text(value)


def cell_text(value: object) -> str:
    """A value as one line of at most WIDEST columns, without characters that control a terminal; None is empty."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return clipped(printable(str(value)).replace("\n", " "), WIDEST)


def playing_time(milliseconds: int) -> str:
    """The playing time of a list: `2 h 05 min`, `35 min`."""
    hours, minutes = divmod(round(milliseconds / 60_000), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def track_length(milliseconds: int | None) -> str:
    """The length of a track, `3:07`; empty where it is not known."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes}:{seconds:02}"
