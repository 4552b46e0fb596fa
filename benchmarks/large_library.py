"""A library in a throwaway database, as large as is wanted: tracks, albums, lists and plays, all of the listener `u`."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import psycopg2
from psycopg2.extensions import connection as Connection

from utils.database.embedded import server as embedded
from utils.database.migrate import migrate

NOW = datetime(2026, 3, 15, 13, tzinfo=UTC)  # when the last play ended
TRACKS, PLAYS = 20_000, 1_000_000  # of the large one
NORMAL_TRACKS, NORMAL_PLAYS = 2_000, 10_000  # of a normal one
_NUMBER = re.compile(r"(?<!:):([a-z_]+)\b")


class Size(TypedDict):
    """How much a library has."""

    tracks: int
    plays: int


def normal(scale: int) -> Size:
    """The sizes of a normal library, so many times."""
    return {"tracks": NORMAL_TRACKS * scale, "plays": NORMAL_PLAYS * scale}


@contextmanager
def large_library(
    tracks: int = TRACKS, plays: int = PLAYS, until: datetime = NOW
) -> Iterator[tuple[Connection, str]]:
    """An embedded database that holds it, without the views; yields a connection and the address. `tracks`: of the library; `until`: when the last play ended."""
    albums = tracks * 13 // 100
    numbers: dict[str, object] = {
        "library": tracks,
        "known": tracks * 3 // 2,
        "often": tracks * 3 // 20,
        "liked": tracks * 3 // 5,
        "artists": tracks // 5,
        "albums": albums,
        "first_saved": albums * 5 // 13,
        "last_saved": albums * 833 // 1300,
        "plays": plays,
        "gap": min(315 * PLAYS // plays, 3600),
        "until": until.isoformat(timespec="seconds"),
    }
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    folder = Path(tempfile.mkdtemp(prefix="mirror-benchmark-"))
    try:
        with (
            embedded.acquire(folder / "postgres") as server,
            closing(psycopg2.connect(server.dsn)) as connection,
        ):
            migrate(connection)
            with connection, connection.cursor() as cursor:
                cursor.execute(_NUMBER.sub(lambda found: str(numbers.get(found[1], found[0])), text))
            yield connection, server.dsn
    finally:
        shutil.rmtree(folder, ignore_errors=True)
