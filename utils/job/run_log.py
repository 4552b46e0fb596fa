"""What a run says: to the console (with annotations in GitHub Actions), and into the table `logs`.

Lines hold counts and ids, never names of tracks, artists or playlists: logs of a public repository can be read by
anyone. Secrets are taken out wherever they should turn up.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from utils.clock import simulated_shift
from utils.redaction import Redactor

LogRow = tuple[datetime, str, str, str, str | None]  # logged_at, source, level, message, extra as JSON
_ANNOTATIONS = {logging.WARNING: "::warning::", logging.ERROR: "::error::", logging.CRITICAL: "::error::"}
_PLAIN_PROGRESS_S = 10.0
_JSON_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class RunLog:
    """The logger of one run. `rows` collects the lines for the database until `take_rows` is called."""

    def __init__(self, job: str, *, in_github_actions: bool = False, verbose: bool = False) -> None:
        self.redact = Redactor()
        self._secrets: set[str] = set()
        self.logger = logging.Logger(f"mirror.{job}", logging.DEBUG)  # noqa: LOG001 - one per run, not global
        self._rows: list[LogRow] = []
        self._job = job
        self.warnings: list[str] = []  # what was said as a warning or an error
        self.position = ""
        self._line = _ProgressLine(sys.stdout)
        console = _Forward(lambda record: self._to_console(record, in_github_actions))
        console.setLevel(logging.DEBUG if verbose else logging.INFO)
        self.logger.addHandler(console)
        store = _Forward(self._to_rows)
        store.setLevel(logging.INFO)
        self.logger.addHandler(store)

    def protect(self, secrets: Iterable[str]) -> None:
        """Never show these from now on, beside those named before."""
        self._secrets |= set(secrets)
        self.redact = Redactor(self._secrets)

    def progress(self, done: int, total: int, unit: str = "") -> None:
        """Say how far the run is: a bar on a terminal, a line every ten seconds elsewhere. `position` keeps it.

        With a `unit` also how many of it come in a second.
        """
        self.position = f"{done:,} of {total:,}{unit and f' {unit}'}"
        self._line.update(self._job, done, total, unit)

    def take_rows(self) -> list[LogRow]:
        """The lines since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def _to_console(self, record: logging.LogRecord, annotate: bool) -> None:
        self._line.clear()
        text = self.redact(record.getMessage())
        prefix = _ANNOTATIONS.get(record.levelno, "") if annotate else ""
        stream = sys.stderr if record.levelno >= logging.ERROR and not annotate else sys.stdout
        if prefix:
            text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        elif annotate:  # a line that starts with :: would be a command of its own
            text = " ".join(text.splitlines())
        if annotate:  # the runner's older spelling of commands, which it takes anywhere in a line
            text = text.replace("##[", "# #[")
        with suppress(OSError):  # a full disk behind it keeps no run from its end
            stream.write(_printable(f"{prefix}{self._job}: {text}\n", stream))
            stream.flush()

    def _to_rows(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.warnings.append(self.redact(record.getMessage()))
        extra = getattr(record, "data", None)
        self._rows.append(
            (
                datetime.fromtimestamp(record.created, UTC) + simulated_shift(),
                self._job,
                record.levelname,
                _storable(self.redact(record.getMessage())),
                None
                if extra is None
                else _storable(self.redact(json.dumps(extra, default=str, ensure_ascii=False))),
            )
        )


def _printable(text: str, stream: TextIO) -> str:
    """With `?` for what the stream's encoding does not have."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, errors="replace").decode(encoding)


def _storable(text: str) -> str:
    """Without what PostgreSQL cannot store: NUL, also as JSON spells it, and halves of surrogate pairs."""
    return _JSON_NUL.sub(r"\1", text.replace("\x00", "")).encode(errors="replace").decode()


class _Forward(logging.Handler):
    """A handler that is a function."""

    def __init__(self, emit: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self.emit = emit  # type: ignore[method-assign,assignment] # that is its whole purpose


class _ProgressLine:
    """One line that is overwritten on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._started = self._last = time.monotonic()
        self._shown = False

    def update(self, job: str, done: int, total: int, unit: str) -> None:
        now = time.monotonic()
        share = min(done / total, 1.0) if total else 1.0
        seconds = now - self._started
        of = f"{done:,} of {total:,}{unit and f' {unit}'}"
        rate = f", {done / seconds:,.0f} {unit}/s" if unit and done and seconds else ""
        left = f", {seconds * (1 - share) / share:.0f} s left" if share else ""
        if self._is_terminal:
            filled = round(24 * share)
            bar = "█" * filled + "·" * (24 - filled)
            self._stream.write(_printable(f"\r\x1b[K{job}: {bar} {of}{rate}{left}", self._stream))
            self._shown = True
        elif now - self._last >= _PLAIN_PROGRESS_S:
            self._last = now
            self._stream.write(
                f"{job}: {of} ({share:.0%}{rate}{left})\n" if unit else f"{job}: {of} ({share:.0%})\n"
            )
        self._stream.flush()

    def clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._shown = False
