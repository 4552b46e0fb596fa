"""Statistics of plays as most trackers keep them: every table of numbers is emptied and computed again from all plays.

Started by its path, so that it imports nothing of ours.
"""

import os
from contextlib import closing

import psycopg2

TABLES = {
    "plain_tracks_heard": "SELECT item_key, count(*) AS plays, min(played_at) AS first, max(played_at) AS last, sum(ms_played) AS ms "
    "FROM plays WHERE user_id = 'u' GROUP BY item_key",
    "plain_days": "SELECT (played_at AT TIME ZONE 'Europe/Amsterdam')::date AS day, count(*) AS plays, count(DISTINCT item_key) AS tracks, "
    "sum(ms_played) AS ms FROM plays WHERE user_id = 'u' GROUP BY 1",
    "plain_hours": "SELECT extract(isodow FROM played_at AT TIME ZONE 'Europe/Amsterdam') AS weekday, "
    "extract(hour FROM played_at AT TIME ZONE 'Europe/Amsterdam') AS hour, count(*) AS plays FROM plays WHERE user_id = 'u' GROUP BY 1, 2",
    "plain_artists": "SELECT c.artist_id, count(*) AS plays, count(DISTINCT t.track_id) AS tracks FROM plays AS p "
    "JOIN tracks AS t ON p.item_key = 'spotify:track:' || t.track_id JOIN track_artists AS c USING (track_id) "
    "WHERE p.user_id = 'u' GROUP BY 1",
    "plain_albums": "SELECT t.album_id, count(*) AS plays, count(DISTINCT t.track_id) AS tracks FROM plays AS p "
    "JOIN tracks AS t ON p.item_key = 'spotify:track:' || t.track_id WHERE p.user_id = 'u' GROUP BY 1",
    "plain_library": "SELECT t.track_id, t.name, l.liked_at, count(p.played_at) AS plays, max(p.played_at) AS last FROM tracks AS t "
    "LEFT JOIN liked_tracks AS l ON l.track_id = t.track_id AND l.user_id = 'u' "
    "LEFT JOIN plays AS p ON p.item_key = 'spotify:track:' || t.track_id AND p.user_id = 'u' GROUP BY 1, 2, 3",
}


def main() -> None:
    """Compute all of it."""
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        for name, select in TABLES.items():
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} AS {select} LIMIT 0")
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - names of ours
            cursor.execute(f"INSERT INTO {name} {select}")
        connection.commit()


if __name__ == "__main__":
    main()
