"""The least that a look for plays can cost in Python: the two libraries, a connection, one token, one request, three statements.

Started by its path, so that it imports nothing of ours.
"""

import os

import psycopg2
import requests

session = requests.Session()
token = session.post(
    f"{os.environ['SPOTIFY_ACCOUNTS_URL']}/api/token",
    data={"grant_type": "refresh_token", "refresh_token": os.environ["SPOTIFY_REFRESH_TOKEN"]},
    auth=(os.environ["SPOTIFY_CLIENT_ID"], os.environ["SPOTIFY_CLIENT_SECRET"]),
    timeout=30,
).json()["access_token"]
items = session.get(
    f"{os.environ['SPOTIFY_API_URL']}/me/player/recently-played",
    params={"limit": 50},
    headers={"Authorization": f"Bearer {token}"},
    timeout=30,
).json()["items"]
plays = [(item["played_at"], item["track"]["id"]) for item in items if item and item["track"]]
with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS bare_plays (played_at timestamptz PRIMARY KEY, track_id text)")
    cursor.execute("SELECT max(played_at) FROM bare_plays")
    cursor.execute(
        "INSERT INTO bare_plays SELECT * FROM unnest(%s::timestamptz[], %s::text[]) ON CONFLICT DO NOTHING",
        ([played_at for played_at, _ in plays], [track_id for _, track_id in plays]),
    )
