"""An export imported as most trackers import it: all of a file at once, and row by row what is not there yet.

Started by its path, with the path of the export (a zip), so that it imports nothing of ours.
"""

import json
import os
import sys
import zipfile
from contextlib import closing

import psycopg2

COLUMNS = (
    "ts",
    "spotify_track_uri",
    "ms_played",
    "master_metadata_track_name",
    "master_metadata_album_artist_name",
    "reason_end",
)


def main() -> None:
    """Import it."""
    with (
        zipfile.ZipFile(sys.argv[1]) as archive,
        closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS plain_history (ts timestamptz, uri text, ms integer, name text, artist text, reason_end text, "
            "PRIMARY KEY (ts, uri))"
        )
        for name in archive.namelist():
            if not name.endswith(".json"):
                continue
            for row in json.loads(archive.read(name)):
                values = [row.get(column) for column in COLUMNS]
                if values[1] is not None:
                    values = [
                        value.replace("\x00", "") if isinstance(value, str) else value for value in values
                    ]
                    cursor.execute(
                        "INSERT INTO plain_history VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                        values,
                    )
            connection.commit()


if __name__ == "__main__":
    main()
