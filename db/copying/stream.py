"""The rows of a table, from one server to another, without ever holding more than a pipe does."""

import contextlib
import io
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import IO

import psycopg2
from psycopg2.extensions import cursor as Cursor

from db.copying.tables import Table

CHUNK = 65_536  # bytes


class Chunks(io.BufferedReader):
    """What is read for a COPY, until Ctrl-C is pressed."""

    is_pressed = False

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes."""
        if self.is_pressed:
            raise KeyboardInterrupt
        return super().read(size)


@contextlib.contextmanager
def noting_ctrl_c(chunks: Chunks) -> Iterator[None]:
    """Ctrl-C is noted, and raised between two chunks: wherever else it came, psycopg2 would make an error of COPY of it."""

    def note(_number: int, _frame: FrameType | None) -> None:
        chunks.is_pressed = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if chunks.is_pressed:
        raise KeyboardInterrupt


def load(target: Cursor, table: Table, rows: IO[bytes]) -> None:
    """Load rows from a file. Raises psycopg2.Error or KeyboardInterrupt; then what was taken must be rolled back."""
    with Chunks(rows, CHUNK) as chunks, noting_ctrl_c(chunks):  # type: ignore[arg-type]
        try:
            target.copy_expert(table.copy_in(), chunks, size=CHUNK)
        except BaseException:
            if chunks.is_pressed:
                raise KeyboardInterrupt from None
            raise


def stream(source: Cursor, target: Cursor, table: Table) -> None:
    """Copy all rows. Raises psycopg2.Error of either side, or KeyboardInterrupt; then what the target has taken must be
    rolled back.
    """
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def send() -> None:
        try:
            with io.BufferedWriter(io.FileIO(writing, "w"), CHUNK) as into:
                source.copy_expert(table.copy_out(), into)
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that waits for this one
            failed.append(error)

    thread = threading.Thread(target=send, name=f"copy of {table.name}")
    with Chunks(io.FileIO(reading), CHUNK) as chunks, noting_ctrl_c(chunks):
        thread.start()
        try:
            target.copy_expert(table.copy_in(), chunks, size=CHUNK)
        except BaseException:
            # The other side must not wait for a reader that has gone; what it says about that is of no interest.
            with contextlib.suppress(OSError):
                chunks.close()
            with contextlib.suppress(psycopg2.Error):  # it has gone already
                source.connection.cancel()
            thread.join()
            if chunks.is_pressed:
                raise KeyboardInterrupt from None
            raise
        thread.join()
    if failed:
        raise failed[0]
