"""Measures the first sync of 1,500 liked tracks and 100 saved albums at 100 ms per request, and that of a plain client.

The plain client does what most trackers do: page after page, each row written and committed on its own with a
SELECT before it. Both run against the same simulator and database, one after the other.
Run it with `python -m benchmarks.first_sync`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import base64
import sys
import time
from contextlib import closing

import psycopg2
import requests

from benchmarks.world import measure, say, world

SCRIPTS = ("sync_liked_tracks", "sync_saved_albums", "sync_album_tracks")
LATENCY_MS = 100


def main() -> int:
    """Print both times, both numbers of requests, and the ratios."""
    with world(latency_ms=LATENCY_MS, liked=1500, albums=100, plays=0) as (sim, environment):
        measure(["-m", "db.init_db"], environment)
        sim.clear_requests()
        started = time.perf_counter()
        for script in SCRIPTS:
            if measure(["-m", f"api_syncs.{script}"], environment).exit_code:
                raise RuntimeError(f"{script} failed")
        ours_s, ours_requests = time.perf_counter() - started, len(sim.requests)
        sim.clear_requests()
        started = time.perf_counter()
        plain_client(environment)
        plain_s, plain_requests = time.perf_counter() - started, len(sim.requests)
    say(f"first sync of 1,500 liked tracks and 100 albums, {LATENCY_MS} ms per request")
    say(f"  ours          {ours_s:7.2f} s   {ours_requests:4} requests (tokens and /me included)")
    say(f"  plain client  {plain_s:7.2f} s   {plain_requests:4} requests")
    say(f"  ratio         {ours_s / plain_s:7.2f} (target: at most 0.20)")
    return 0


def plain_client(environment: dict[str, str]) -> None:
    """Copy the library as the plain client does: page after page, row by row."""
    credentials = f"{environment['SPOTIFY_CLIENT_ID']}:{environment['SPOTIFY_CLIENT_SECRET']}"
    answer = requests.post(
        f"{environment['SPOTIFY_ACCOUNTS_URL']}/api/token",
        data={"grant_type": "refresh_token", "refresh_token": environment["SPOTIFY_REFRESH_TOKEN"]},
        headers={"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"},
        timeout=30,
    )
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def get(path: str) -> dict[str, object]:
        response = requests.get(f"{environment['SPOTIFY_API_URL']}{path}", headers=bearer, timeout=30)
        response.raise_for_status()
        payload: dict[str, object] = response.json()
        return payload

    with closing(psycopg2.connect(environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain_tracks (kind text, track_id text, name text, added_at text)")
        connection.commit()

        def write(kind: str, track: dict[str, object], added_at: object) -> None:
            cursor.execute(
                "SELECT 1 FROM plain_tracks WHERE kind = %s AND track_id = %s", (kind, track.get("id"))
            )
            if cursor.fetchone() is None:
                name = str(track.get("name")).replace("\x00", "")
                cursor.execute(
                    "INSERT INTO plain_tracks VALUES (%s, %s, %s, %s)",
                    (kind, track.get("id"), name, added_at),
                )
            connection.commit()

        for kind, path in (("track", "/me/tracks"), ("album", "/me/albums")):
            offset, total = 0, 1
            while offset < total:
                page = get(f"{path}?limit=50&offset={offset}")
                total, offset = int(str(page["total"])), offset + 50
                for entry in page["items"]:  # type: ignore[attr-defined] # unchecked, as plain clients are
                    item = (entry or {}).get(kind)
                    if item and kind == "track":
                        write(kind, item, entry["added_at"])
                    elif item:
                        tracks = get(f"/albums/{item['id']}/tracks?limit=50")
                        for track in tracks["items"]:  # type: ignore[attr-defined]
                            write(kind, track, entry["added_at"])


if __name__ == "__main__":
    sys.exit(main())
