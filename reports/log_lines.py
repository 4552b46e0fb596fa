"""Lines of the log as people and programs read them: a table with colours on a terminal that has `rich`, else plain text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, TextIO

from utils.terminal import console_of, one_printable_line

LONGEST = 2_000  # characters of a message
ROOM = 110  # columns, from which on a table is easier to read than lines
STYLES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}


@dataclass(frozen=True)
class Line:
    """One line. `logged_at`: aware."""

    log_id: str
    logged_at: datetime
    job: str
    level: str
    message: str
    extra: Any
    run_id: str | None

    def for_programs(self) -> dict[str, Any]:
        """Times are ISO 8601, UTC."""
        return {
            "logged_at": self.logged_at.astimezone(UTC).isoformat(),
            "job": self.job,
            "level": self.level,
            "message": self.message,
            "extra": self.extra,
            "run_id": self.run_id,
        }


class Printer:
    """Writes lines to a stream."""

    def __init__(self, stream: TextIO, zone: tzinfo) -> None:
        self._stream, self._zone = stream, zone
        self._console = console_of(stream)

    def text(self, lines: Sequence[Line]) -> str:
        """All of them; where there is room, as a table."""
        if self._console is None:
            return "".join(f"{self._plain(line)}\n" for line in lines)
        with self._console.capture() as captured:
            if self._console.width >= ROOM:
                self._console.print(self._table(lines))
            else:
                for line in lines:
                    self.line(line)
        return str(captured.get())

    def _table(self, lines: Sequence[Line]) -> Any:
        from rich.table import Column, Table

        said = Column("Said", overflow="fold")  # a path cut short leads nowhere
        table = Table("Time", "Level", "Script", said, box=None, pad_edge=False, header_style="dim")
        for line in lines:
            table.add_row(*self._parts(line))
        return table

    def line(self, line: Line) -> None:
        """One, as it comes."""
        if self._console is None:
            self._write(self._plain(line))
            return
        from rich.text import Text

        self._console.print(Text("  ").join(self._parts(line)))

    def _parts(self, line: Line) -> Any:
        """As rich's texts, which have no markup."""
        from rich.text import Text

        style = STYLES.get(line.level, "")
        return (
            Text(self._when(line), "dim"),
            Text(one_printable_line(line.level), style),
            Text(one_printable_line(line.job), "bold"),
            Text(_message(line), style),
        )

    def json_line(self, line: Line) -> None:
        """One, as an object on a line of its own."""
        self._write(json.dumps(line.for_programs(), ensure_ascii=False))

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        self._stream.flush()

    def _plain(self, line: Line) -> str:
        return f"{self._when(line)}  {one_printable_line(line.level):8}  {one_printable_line(line.job)}: {_message(line)}"

    def _when(self, line: Line) -> str:
        return f"{line.logged_at.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"


def _message(line: Line) -> str:
    return one_printable_line(line.message, LONGEST)
