"""The rows of a table, from one server to another, without ever holding more than a pipe does."""

import contextlib
import io
import os
import threading

from psycopg2.extensions import cursor as Cursor

from db.copying.tables import Table

CHUNK = 65_536  # bytes


class _Chunks(io.BufferedReader):
    """What comes out of the pipe. Ctrl-C is noticed between two chunks; psycopg2 makes an error of COPY of it."""

    interrupted = False

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes."""
        try:
            return super().read(size)
        except KeyboardInterrupt:
            self.interrupted = True
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
    with _Chunks(io.FileIO(reading), CHUNK) as chunks:
        thread.start()
        try:
            target.copy_expert(table.copy_in(), chunks, size=CHUNK)
        except BaseException:
            # The other side must not wait for a reader that has gone; what it says about that is of no interest.
            with contextlib.suppress(OSError):
                chunks.close()
            source.connection.cancel()
            thread.join()
            if chunks.interrupted:
                raise KeyboardInterrupt from None
            raise
        thread.join()
    if failed:
        raise failed[0]
