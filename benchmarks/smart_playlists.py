"""Measures what smart playlists cost over 20,000 library tracks and 1,000,000 plays, on the embedded database.

Run it with `python -m benchmarks.smart_playlists`. It prints how much room a play takes, the times of refreshing each view,
of compiling and selecting 40 typical filters, and of making the lists of the shipped definitions. Times are compared with
one plain `SELECT track_id FROM unified_tracks` of the same run. The target: 40 definitions in seconds; all views in
seconds, growing linearly with the plays.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from benchmarks.large_library import NOW, large_library, normal
from benchmarks.results import Result
from benchmarks.world import peak_mb, say
from playlists.arrangement.track import Track
from playlists.language.definition import load_definitions, parse_definition
from playlists.language.kinds import Context
from playlists.selection.lists import make_lists
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.tracks import select_tracks
from playlists.writing.plan import plan
from utils.database.views import create_views, load_views, refresh_view

ZONE = ZoneInfo("Europe/Amsterdam")
PLAIN = "SELECT track_id FROM unified_tracks WHERE user_id = 'u'"
READ_LIBRARY = """
SELECT t.track_id, t.name, l.liked_at, array_agg(DISTINCT a.name), count(DISTINCT p.played_at), max(p.played_at)
FROM tracks AS t
JOIN liked_tracks AS l ON l.user_id = 'u' AND l.track_id = t.track_id
JOIN track_artists AS c ON c.track_id = t.track_id
JOIN artists AS a USING (artist_id)
LEFT JOIN plays AS p ON p.user_id = 'u' AND p.item_key = 'spotify:track:' || t.track_id
GROUP BY t.track_id, t.name, l.liked_at
"""
RUNS = 3
# What filters look at → filters, as definitions have them.
FILTERS = {
    "the library": (
        "play_count: 0",
        "liked: yes",
        "added_at: {in_last: 30d}",
        "last_played: {not_in_last: 6m}",
        "duration: {between: ['2:00', '4:00']}",
        "explicit: no",
        "play_count: {top_percent: 10}",
        "skip_rate: {gt: 50}",
    ),
    "texts": (
        "title: {contains: song}",
        "title: {contains: très}",
        "title: {starts_with: ballade}",
        "title: {matches: '^song .+(1|2){3}$'}",
        "artist: {any_contains: bjork}",
        "main_artist: {in: [Artist 1, Artist 2, Artist 3]}",
        "genres: {any_is: [genre 1, genre 2]}",
        "album: {not_contains: album 1}",
    ),
    "releases": (
        "decade: 1990",
        "year: {between: [1980, 1989]}",
        "release_date: {in_last: 1y}",
        "release_age: {lt: 365}",
        "album_saved: yes",
    ),
    "artists and albums": (
        "artist_followed: yes",
        "artist_play_count: {gte: 100}",
        "album_completion: {between: [20, 99]}",
        "album_last_played: {not_in_last: 1y}",
    ),
    "plays": (
        "avg_completion: {gt: 80}",
        "distinct_days: {gte: 10}",
        "weekend_share: {gte: 40}",
        "dominant_daypart: morning",
        "plays_on_this_day: {gte: 1}",
        "trend: {gt: 0}",
    ),
    "plays in a window": (
        "plays_in: {window: 30d, gte: 2}",
        "plays_in: {window: 1y, gte: 5}",
        "plays_in: {from: 2024-06, to: 2024-08, gte: 1}",
        "plays_in: {weekdays: [sat, sun], hours: 6-12, gte: 2}",
    ),
    "top lists, playlists": (
        "top_rank_short: {lte: 20}",
        "weeks_in_top: {gte: 4}",
        "top_rank_change: {gt: 0}",
        "playlist_count: {gte: 2}",
        "playlists: {any_is: [List 3]}",
    ),
}


def main() -> int:
    """Print the figures."""
    with large_library() as (connection, _):
        with connection, connection.cursor() as cursor:
            measure_size(cursor)
        with connection, connection.cursor() as cursor:
            measure_views(cursor)
        with connection, connection.cursor() as cursor:
            plain_s = best_seconds(lambda: run_plain_statement(cursor))
            measure_filters(cursor, plain_s)
            measure_definitions(cursor, plain_s)
    return 0


def results(scale: int) -> list[Result]:
    """All filters, then all shipped definitions with what has to be changed on Spotify, in a library of that size.

    The limit of each filter: one plain statement. The plain client reads the library with its plays anew for each list, looks at it in
    Python, and writes the whole list over, 100 tracks a request.
    """
    with large_library(**normal(scale)) as (connection, _):
        with connection, connection.cursor() as cursor:
            create_views(cursor, load_views())
        with connection, connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            plain_s = best_seconds(lambda: run_plain_statement(cursor))
            context = Context("u", NOW, ZONE, {})
            texts = [text for group in FILTERS.values() for text in group]
            filters_s = sum(
                best_seconds(partial(select_by_condition, cursor, text, context)) for text in texts
            )
            begun = time.perf_counter()
            lists = make_lists(cursor, load_definitions().definitions, listener())
            definitions_s = time.perf_counter() - begun
            calls, written_over = calls_for(lists)
            peak = peak_mb(resource.getrusage(resource.RUSAGE_SELF))
            read_s = best_seconds(lambda: read_library(cursor), runs=1)
    return [
        Result("40 filters", scale, filters_s, plain_s * len(texts), read_s * len(texts), peak_mb=peak),
        Result(
            "shipped definitions",
            scale,
            definitions_s,
            plain_s * len(lists),
            read_s * len(lists),
            calls,
            written_over,
            peak,
        ),
    ]


def calls_for(lists: Sequence[SmartList]) -> tuple[int, int]:
    """Requests that bring each list up to date where its first ten tracks have gone and others have come; and those that write it over."""
    calls = written_over = 0
    for smart_list in lists:
        wanted = [f"spotify:track:{track.track_id}" for track in smart_list.tracks]
        calls += len(plan(wanted[10:], wanted).steps)
        written_over += max(1, -(-len(wanted) // 100))
    return calls, written_over


def read_library(cursor: Cursor) -> list[str]:
    """The library as a plain client reads it, and one look at each track."""
    cursor.execute(READ_LIBRARY)
    return [track_id for track_id, *_, plays, _ in cursor.fetchall() if plays > 1]


def listener() -> Listener:
    """Whose lists are made."""
    return Listener(user_id="u", market="NL", zone=ZONE, now=NOW, run_id="benchmark")


def measure_size(cursor: Cursor) -> None:
    """Print how much room a play takes, with its indexes and its share of played_tracks, beside what its row alone takes."""
    cursor.execute(
        "SELECT (pg_total_relation_size('plays') + pg_total_relation_size('played_tracks'))::float / count(*), "
        "pg_relation_size('plays')::float / count(*) FROM plays"
    )
    for whole, row in cursor:
        say(f"a play takes {whole:.0f} bytes with indexes; ratio to the row alone {whole / row:.2f}")


def measure_views(cursor: Cursor) -> None:
    """Print how long it takes to make all views, and to refresh each as the job does."""
    made_s = best_seconds(lambda: create_views(cursor, load_views()), runs=1)
    say(f"20,000 tracks, 1,000,000 plays; the views made at once: {made_s:.1f} s")
    total_s = 0.0
    for view in load_views():
        if view.is_materialized:
            started = time.perf_counter()
            rows = refresh_view(cursor, view)
            view_s = time.perf_counter() - started
            total_s += view_s
            say(f"  refresh {view.name:16} {rows:9,} rows  {view_s:6.2f} s")
    say(f"  refresh of all views               {total_s:6.2f} s")


def measure_filters(cursor: Cursor, plain_s: float) -> None:
    """Print the best times of a few runs of each filter, by what the filters look at."""
    context = Context("u", NOW, ZONE, {})
    say(f"{PLAIN}: {1000 * plain_s:.0f} ms\n")
    say("filters                 number   slowest, ms   all, s   ratio of the median")
    count, total_s = 0, 0.0
    for group, texts in FILTERS.items():
        times = [best_seconds(partial(select_by_condition, cursor, text, context)) for text in texts]
        count, total_s = count + len(times), total_s + sum(times)
        ratio = statistics.median(times) / plain_s
        say(f"  {group:20} {len(times):7} {1000 * max(times):13.0f} {sum(times):8.2f} {ratio:10.1f}")
    say(f"  {'all':20} {count:7} {'':13} {total_s:8.2f}\n")


def select_by_condition(cursor: Cursor, text: str, context: Context) -> list[Track]:
    """Parse, compile and select a filter of one condition, which is given as text."""
    match = parse_definition("one", f"name: One\nmatch: {{all: [{{{text}}}]}}", "benchmark").match
    return select_tracks(cursor, match, context)


def measure_definitions(cursor: Cursor, plain_s: float) -> None:
    """Print how long it takes to make the lists of each shipped definition."""
    definitions = load_definitions().definitions
    say("shipped definitions              lists   tracks       ms    ratio")
    total_s = 0.0
    for definition in definitions:
        started = time.perf_counter()
        lists = make_lists(cursor, [definition], listener())
        own_s = time.perf_counter() - started
        total_s += own_s
        tracks = sum(len(smart_list.tracks) for smart_list in lists)
        say(f"  {definition.slug:28} {len(lists):7} {tracks:8,} {1000 * own_s:8.0f} {own_s / plain_s:8.1f}")
    say(f"  {'all':28} {'':7} {'':8} {1000 * total_s:8.0f}")


def best_seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """The shortest time of a few runs, in seconds."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def run_plain_statement(cursor: Cursor) -> None:
    """Run the plain statement that the others are compared with."""
    cursor.execute(PLAIN)
    cursor.fetchall()


if __name__ == "__main__":
    sys.exit(main())
