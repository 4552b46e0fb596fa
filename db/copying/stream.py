"""The rows of a table, from one server to another, without ever holding more than a pipe does."""

import contextlib
import os
import threading

from psycopg2.extensions import cursor as Cursor

from db.copying.tables import Table

CHUNK = 65_536  # bytes


def stream(source: Cursor, target: Cursor, table: Table) -> None:
    """Copy all rows. Raises psycopg2.Error of either side; then what the target has taken must be rolled back."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def send() -> None:
        try:
            with open(writing, "wb", buffering=CHUNK) as into:  # noqa: PTH123 - a descriptor
                source.copy_expert(table.copy_out(), into)
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that waits for this one
            failed.append(error)

    thread = threading.Thread(target=send, name=f"copy of {table.name}")
    with open(reading, "rb", buffering=CHUNK) as from_source:  # noqa: PTH123 - likewise
        thread.start()
        try:
            target.copy_expert(table.copy_in(), from_source, size=CHUNK)
        except BaseException:
            # The other side must not wait for a reader that has gone; what it says about that is of no interest.
            with contextlib.suppress(OSError):
                from_source.close()
            source.connection.cancel()
            thread.join()
            raise
        thread.join()
    if failed:
        raise failed[0]
