"""A look for plays as most trackers make it: spotipy, the last fifty plays, for each a SELECT and what is missing; its log line by line.

Started by its path, so that it imports nothing of ours.
"""

import os
from contextlib import closing

import psycopg2
import spotipy
from dotenv import load_dotenv
from spotipy.oauth2 import SpotifyOAuth

TABLES = """
CREATE TABLE IF NOT EXISTS plain_artists (artist_id text PRIMARY KEY, name text);
CREATE TABLE IF NOT EXISTS plain_albums (album_id text PRIMARY KEY, name text);
CREATE TABLE IF NOT EXISTS plain_plays (played_at timestamptz PRIMARY KEY, track_id text, name text, artist_id text, album_id text);
CREATE TABLE IF NOT EXISTS plain_logs (at timestamptz DEFAULT now(), source text, message text);
"""


def main() -> None:
    """One look."""
    load_dotenv(os.environ.get("ENV_FILE") or None)
    auth = SpotifyOAuth(
        client_id=os.environ["SPOTIFY_CLIENT_ID"],
        client_secret=os.environ["SPOTIFY_CLIENT_SECRET"],
        redirect_uri="http://127.0.0.1:8888/callback",
        scope="user-read-recently-played",
        cache_handler=spotipy.MemoryCacheHandler(),
    )
    auth.OAUTH_TOKEN_URL = f"{os.environ['SPOTIFY_ACCOUNTS_URL']}/api/token"
    token = auth.refresh_access_token(os.environ["SPOTIFY_REFRESH_TOKEN"])["access_token"]
    client = spotipy.Spotify(auth=token)
    client.prefix = f"{os.environ['SPOTIFY_API_URL']}/"
    items = client.current_user_recently_played(limit=50)["items"]
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("INSERT INTO plain_logs (source, message) VALUES ('track_plays', 'begins')")
        new = 0
        for item in items:
            track = (item or {}).get("track")
            if track is None:
                continue
            artist, album = track["artists"][0], track["album"]
            for table, key, thing in (
                ("plain_artists", "artist_id", artist),
                ("plain_albums", "album_id", album),
            ):
                cursor.execute(f"SELECT 1 FROM {table} WHERE {key} = %s", (thing["id"],))  # noqa: S608 - names of ours
                if cursor.fetchone() is None:
                    cursor.execute(f"INSERT INTO {table} VALUES (%s, %s)", (thing["id"], text(thing)))  # noqa: S608 - likewise
            cursor.execute("SELECT 1 FROM plain_plays WHERE played_at = %s", (item["played_at"],))
            if cursor.fetchone() is None:
                cursor.execute(
                    "INSERT INTO plain_plays VALUES (%s, %s, %s, %s, %s)",
                    (item["played_at"], track["id"], text(track), artist["id"], album["id"]),
                )
                new += 1
        cursor.execute(
            "INSERT INTO plain_logs (source, message) VALUES ('track_plays', %s)", (f"{new} new plays",)
        )
        connection.commit()


def text(thing: dict[str, object]) -> str:
    """Its name, without what PostgreSQL cannot store."""
    return str(thing.get("name")).replace("\x00", "")


if __name__ == "__main__":
    main()
