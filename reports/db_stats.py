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
from utils.mirror.stored_counts import COUNTED, catalogue_stats
from utils.verbose import add_verbose


def main() -> int:
    """Print the counts. Exit codes: 0 done · 2 no database."""
    command_line = argparse.ArgumentParser(
        prog="./run db_stats",
        description=f"{__doc__}\nreads   {', '.join(COUNTED)}\nwrites  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    command_line.parse_args()
    return run_tool("db_stats", db_stats)


def db_stats(connection: Connection) -> str:
    """The counts as JSON."""
    with connection, connection.cursor() as cursor:
        return json.dumps(catalogue_stats(cursor)) + "\n"


if __name__ == "__main__":
    sys.exit(main())
