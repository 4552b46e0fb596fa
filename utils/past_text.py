"""The past of lists and of the library as people read it: changes with what came and went, or what was there at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from utils.terminal import console_of, one_printable_line
from utils.words import counted

LONGEST = 120  # characters of a title
NOTHING = "an entry of which Spotify says nothing"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Thing:
    """What came, went, or was there. `note`: why, or since when."""

    item_id: str
    name: str | None
    artists: str | None
    note: str = ""

    @property
    def title(self) -> str:
        """On one line; its id where its name is not known. An entry of a list may have neither."""
        said = " - ".join(filter(None, (self.artists, self.name))) or self.item_id or NOTHING
        return one_printable_line(said, LONGEST)

    def for_programs(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"id": self.item_id, "name": self.name, "artists": self.artists, "note": self.note or None}


@dataclass(frozen=True)
class Step:
    """A change. `at`: aware, or the day on which all this was seen. `came`, `went`: how many; `came_first`, `went_first`: the first of them."""

    at: datetime | date
    came: int
    went: int
    size: int | None
    came_first: Sequence[Thing] = ()
    went_first: Sequence[Thing] = ()

    @property
    def signs(self) -> str:
        """`+3 -1`; where nothing has come or gone, the order has changed."""
        parts = [f"+{self.came:,}"] if self.came else []
        return " ".join(parts + ([f"{MINUS}{self.went:,}"] if self.went else [])) or "order"

    def for_programs(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "at": (self.at.astimezone(UTC) if isinstance(self.at, datetime) else self.at).isoformat(),
            "came": self.came,
            "went": self.went,
            "size": self.size,
            "what_came": [each.for_programs() for each in self.came_first],
            "what_went": [each.for_programs() for each in self.went_first],
        }


def steps_text(steps: Sequence[Step], zone: ZoneInfo, stream: Any) -> str:
    """Changes, a table on a terminal, else a line for each, and one for each thing that came or went."""
    console = console_of(stream)
    if console is None:
        return "".join(_plain_step(step, zone) for step in steps)
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(
        Column("When", no_wrap=True),
        Column("Change", justify="right", no_wrap=True),
        Column("Then", justify="right", no_wrap=True),
        Column("What", overflow="fold"),
        box=None,
        pad_edge=False,
        header_style="dim",
    )
    for step in steps:
        what = [Text(f"+ {_with_note(each)}", "green") for each in step.came_first]
        what += [Text(f"{MINUS} {_with_note(each)}", "red") for each in step.went_first]
        rest = step.came + step.went - len(what)
        what += [Text(f"… {rest:,} more", "dim")] if rest else []
        size = "" if step.size is None else f"{step.size:,}"
        table.add_row(_moment(step.at, zone), step.signs, size, Text("\n").join(what))
    with console.capture() as captured:
        console.print(table)
    return str(captured.get())


def things_text(things: Sequence[Thing], stream: Any) -> str:
    """What was there, numbered."""
    width = len(str(len(things)))
    console = console_of(stream)
    lines = [f"{number:>{width}}  {_with_note(thing)}" for number, thing in enumerate(things, 1)]
    if console is None:
        return "".join(f"{line}\n" for line in lines)
    from rich.text import Text

    with console.capture() as captured:
        for line in lines:
            console.print(Text(line))
    return str(captured.get())


def _plain_step(step: Step, zone: ZoneInfo) -> str:
    size = "" if step.size is None else f"  {counted(step.size, 'entry', 'entries')} then"
    lines = [f"{_moment(step.at, zone)}  {step.signs}{size}"]
    lines += [f"  + {_with_note(each)}" for each in step.came_first]
    lines += [f"  - {_with_note(each)}" for each in step.went_first]
    rest = step.came + step.went - len(step.came_first) - len(step.went_first)
    lines += [f"  … {rest:,} more"] if rest else []
    return "".join(f"{line}\n" for line in lines)


def _with_note(thing: Thing) -> str:
    return f"{thing.title}   ({thing.note})" if thing.note else thing.title


def _moment(at: datetime | date, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if isinstance(at, datetime) else at.isoformat()
