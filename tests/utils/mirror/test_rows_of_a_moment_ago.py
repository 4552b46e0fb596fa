"""Statements over rows that were written a moment ago, of which the planner knows nothing yet: a first sync of a large library does not go
through all that was met for each thing that it has.
"""

import pytest

from api_syncs.liked_tracks import LIKED_TRACKS
from tests.rows import nodes
from utils.database.views import create_views, load_views, refresh_view

pytestmark = pytest.mark.once


@pytest.mark.parametrize("name", ["missing", "count_missing"])
def test_what_was_not_met_is_found_without_a_join(rows, name):
    rows.do("INSERT INTO tracks (track_id, name) SELECT 't' || n, 't' FROM generate_series(1, 3000) AS n")
    rows.do(
        "INSERT INTO liked_tracks (user_id, track_id, liked_at) SELECT 'u', track_id, now() FROM tracks WHERE track_id <> 't7'"
    )
    rows.do(
        "INSERT INTO sync_seen (user_id, entity_type, item_id) SELECT 'u', 'liked_tracks', track_id FROM tracks WHERE track_id <> 't9'"
    )
    with rows.connection, rows.connection.cursor() as cursor:
        values = {"user_id": "u", "entity_type": "liked_tracks", "limit": 50}
        cursor.execute(f"EXPLAIN {LIKED_TRACKS.sql(name)}", values)
        plan = "\n".join(line for (line,) in cursor)
        cursor.execute(LIKED_TRACKS.sql(name), values)
        found = cursor.fetchall()
    assert "Nested Loop" not in plan
    assert found == ([("t9",)] if name == "missing" else [(1, 2999)])


def test_a_view_that_has_grown_is_known_to_the_planner(rows):
    views = load_views()
    with rows.connection, rows.connection.cursor() as cursor:
        create_views(cursor, views)
    rows.do("INSERT INTO tracks (track_id, name) SELECT 't' || n, 't' FROM generate_series(1, 500) AS n")
    rows.do("INSERT INTO liked_tracks (user_id, track_id, liked_at) SELECT 'u', track_id, now() FROM tracks")
    known = "SELECT reltuples FROM pg_class WHERE relname = 'library_tracks'"
    assert rows.do(known)[0][0] < 1
    for view in views:
        if view.is_materialized:
            with rows.connection, rows.connection.cursor() as cursor:
                refresh_view(cursor, view)
    assert rows.do(known) == [(500,)]


def test_the_recordings_of_a_large_library_are_found_without_putting_all_tracks_beside_each_other(rows):
    """Three listeners, one of whom has far more than the others; each twentieth track is there twice."""
    rows.add("users", user_id="v", spotify_id="v")
    rows.add("users", user_id="w", spotify_id="w")
    rows.do(
        "INSERT INTO tracks (track_id, name, isrc) SELECT 't' || n, 'Song ' || n, 'ISRC' || CASE WHEN mod(n, 20) = 0 THEN n - 1 ELSE n END "
        "FROM generate_series(1, 4000) AS n"
    )
    rows.do(
        "INSERT INTO liked_tracks (user_id, track_id, liked_at) SELECT user_id, track_id, now() FROM tracks CROSS JOIN users "
        "WHERE user_id = 'u' OR length(track_id) < 4"
    )
    views = load_views()
    with rows.connection, rows.connection.cursor() as cursor:
        create_views(cursor, views)
    for each in views:
        if each.is_materialized:
            with rows.connection, rows.connection.cursor() as cursor:
                refresh_view(cursor, each)
    rows.do("ANALYZE")
    [view] = [view for view in views if view.name == "recording_of"]
    with rows.connection, rows.connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {view.select}")
        [([whole],)] = cursor.fetchall()
    most = max(
        (node["Actual Rows"] + node.get("Rows Removed by Join Filter", 0)) * node["Actual Loops"]
        for node in nodes(whole["Plan"])
    )
    assert most < 2_000_000, "and not 8,000,000: each track of a listener beside each other one"
    other = rows.do(
        "SELECT user_id, count(*) FROM recording_of WHERE track_id <> played_id GROUP BY 1 ORDER BY 1"
    )
    assert other == [("u", 200), ("v", 4), ("w", 4)]
