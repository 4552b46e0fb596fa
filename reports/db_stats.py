"""Count the artists, albums, tracks and playlists in the database, as JSON; playlists that were removed do not count.

./run db_stats
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import json
import sys

from psycopg2.extensions import connection as Connection

from utils.job.command_line import run_tool
from utils.verbose import add_verbose

COUNTED = ("artists", "albums", "tracks", "playlists")


def main() -> int:
    """Print the counts. Exit codes: 0 done · 2 no database."""
    command_line = argparse.ArgumentParser(
        prog="./run db_stats",
        description=f"{__doc__}\nreads   {', '.join(COUNTED)}\nwrites  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    command_line.parse_args()
    return run_tool("db_stats", lambda connection: json.dumps(db_stats(connection)) + "\n")


def db_stats(connection: Connection) -> dict[str, int]:
    """How many there are of each thing in COUNTED; a list that several listeners have is one."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM artists), (SELECT count(*) FROM albums), (SELECT count(*) FROM tracks), "
            "(SELECT count(DISTINCT playlist_id) FROM playlists WHERE removed_at IS NULL)"
        )
        row = cursor.fetchone() or (0,) * len(COUNTED)
    return dict(zip(COUNTED, map(int, row), strict=True))


if __name__ == "__main__":
    sys.exit(main())
