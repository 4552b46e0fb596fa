"""A backup as most scripts make it: each table as lines of JSON, row by row; and back, row by row.

Started by its path, with `out` or `in` and the file, so that it imports nothing of ours.
"""

import json
import os
import sys
from contextlib import closing

import psycopg2

TABLES = (
    "users",
    "artists",
    "albums",
    "album_artists",
    "tracks",
    "track_artists",
    "album_tracks",
    "liked_tracks",
    "saved_albums",
    "followed_artists",
    "playlists",
    "playlist_items",
    "top_items",
    "plays",
)


def main() -> None:
    """Out or in."""
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        if sys.argv[1] == "out":
            with open(sys.argv[2], "w", encoding="utf-8") as file:  # noqa: PTH123 - as such scripts do
                for table in TABLES:
                    cursor.execute(f"SELECT row_to_json(t)::text FROM {table} AS t")  # noqa: S608 - names of ours
                    for (row,) in cursor:
                        file.write(f"{table}\t{row}\n")
        else:
            cursor.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE is_generated = 'ALWAYS'"
            )
            made = set(cursor.fetchall())
            with open(sys.argv[2], encoding="utf-8") as file:  # noqa: PTH123 - likewise
                for line in file:
                    table, _, text = line.partition("\t")
                    row = {key: value for key, value in json.loads(text).items() if value is not None}
                    row = {name: value for name, value in row.items() if (table, name) not in made}
                    names, values = ", ".join(row), list(row.values())
                    cursor.execute(
                        f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(values))}) ON CONFLICT DO NOTHING",  # noqa: S608 - likewise
                        values,
                    )
            connection.commit()


if __name__ == "__main__":
    main()
