"""A library copied as most trackers copy it: page after page, for each album its details and its tracks, each row with a SELECT before it, and all of it again every time.

Started by its path, so that it imports nothing of ours.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import requests

session = requests.Session()


def main() -> None:
    """Copy liked tracks and saved albums."""
    token = session.post(
        f"{os.environ['SPOTIFY_ACCOUNTS_URL']}/api/token",
        data={"grant_type": "refresh_token", "refresh_token": os.environ["SPOTIFY_REFRESH_TOKEN"]},
        auth=(os.environ["SPOTIFY_CLIENT_ID"], os.environ["SPOTIFY_CLIENT_SECRET"]),
        timeout=30,
    ).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS plain_tracks (kind text, track_id text, name text, added_at text, PRIMARY KEY (kind, track_id))"
        )
        for entry in entries("/me/tracks"):
            if entry and entry["track"]:
                write(cursor, "track", entry["track"], entry["added_at"])
        connection.commit()
        for entry in entries("/me/albums"):
            if entry and entry["album"]:
                album = get(f"/albums/{entry['album']['id']}")
                for track in entries(f"/albums/{album['id']}/tracks"):
                    write(cursor, "album", track, entry["added_at"])
                connection.commit()


def get(path: str) -> Any:
    """What an endpoint answers."""
    response = session.get(f"{os.environ['SPOTIFY_API_URL']}{path}", timeout=30)
    response.raise_for_status()
    return response.json()


def entries(path: str) -> Iterator[Any]:
    """All that there is, page after page."""
    offset, total = 0, 1
    while offset < total:
        page = get(f"{path}?limit=50&offset={offset}")
        yield from page["items"]
        total, offset = page["total"], offset + 50


def write(cursor: Any, kind: str, track: Any, added_at: str) -> None:
    """A row: looked for, then inserted or written over."""
    values = (str(track["name"]).replace("\x00", ""), added_at, kind, track["id"])
    cursor.execute("SELECT 1 FROM plain_tracks WHERE kind = %s AND track_id = %s", values[2:])
    if cursor.fetchone() is None:
        cursor.execute(
            "INSERT INTO plain_tracks (name, added_at, kind, track_id) VALUES (%s, %s, %s, %s)", values
        )
    else:
        cursor.execute(
            "UPDATE plain_tracks SET name = %s, added_at = %s WHERE kind = %s AND track_id = %s", values
        )


if __name__ == "__main__":
    main()
