"""Rows as a table for people, as CSV, or as JSON. Each writes page by page, so that a large answer needs little memory."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, TextIO

from db.console.one_statement import Answer
from utils.terminal import clipped, printable, width_of

WIDEST = 100  # columns of a terminal that one value may take; --csv and --json leave it whole

Row = Sequence[Any]
Writer = Callable[[Answer, TextIO], None]


def as_table(answer: Answer, out: TextIO) -> None:
    """A heading, the rows, and how many there are. The widths are those of the first page; a wider value moves its line."""
    if not answer.columns:
        out.write(f"{answer.status}\n")
        return
    first = next(answer.pages, [])
    is_number = [
        all(row[index] is None or _is_number(row[index]) for row in first)
        for index in range(len(answer.columns))
    ]
    head = [_cell(name) for name in answer.columns]
    shown = [[_cell(value) for value in row] for row in first]
    widths = [max(map(width_of, column)) for column in zip(head, *shown, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = []
        for cell, width, right in zip(cells, widths, is_number, strict=True):
            space = " " * max(0, width - width_of(cell))
            padded.append(space + cell if right else cell + space)
        return "  ".join(padded).rstrip() + "\n"

    out.write(line(head))
    out.write("  ".join("-" * width for width in widths) + "\n")
    count = 0
    for cells in chain(shown, ([_cell(value) for value in row] for page in answer.pages for row in page)):
        out.write(line(cells))
        count += 1
    out.write(f"({count:,} {'row' if count == 1 else 'rows'})\n")


def as_csv(answer: Answer, out: TextIO) -> None:
    """A line of names, then one per row; NULL is empty, a list or an object is JSON."""
    writer = csv.writer(out, lineterminator="\n")
    if answer.columns:
        writer.writerow(answer.columns)
    for page in answer.pages:
        writer.writerows([[_text(value) for value in row] for row in page])


def as_json(answer: Answer, out: TextIO) -> None:
    """A list of objects, one per line. Of columns with the same name the second is `name_2`."""
    names = _different(answer.columns)
    out.write("[")
    between = "\n"
    for row in _rows(answer):
        values = {name: _json_value(value) for name, value in zip(names, row, strict=True)}
        out.write(f"{between}{json.dumps(values, ensure_ascii=False)}")
        between = ",\n"
    out.write("\n]\n")


def _rows(answer: Answer) -> Iterator[Row]:
    return chain.from_iterable(answer.pages)


def _different(columns: Sequence[str]) -> list[str]:
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _cell(value: object) -> str:
    """A value on one line; names on Spotify may hold anything."""
    return clipped(" ".join(printable(_text(value)).split("\n")), WIDEST)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=_json_value)
    plain = _json_value(value)
    return plain if isinstance(plain, str) else str(value)


def _json_value(value: object) -> object:
    """What JSON can hold: moments as ISO 8601, exact numbers as numbers, bytes as hexadecimal digits."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return str(value)
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and value - value != 0:  # JSON has no infinity, and no NaN
        return str(value)
    if isinstance(value, memoryview):
        return bytes(value).hex()
    if isinstance(value, list):
        return [_json_value(each) for each in value]
    if value is None or isinstance(value, (str, int, float, dict)):
        return value
    return str(value)


WRITERS: dict[str, Writer] = {"table": as_table, "csv": as_csv, "json": as_json}
