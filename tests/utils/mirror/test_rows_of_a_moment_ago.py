"""Statements over rows that were written a moment ago, of which the planner knows nothing yet: a first sync of a large library does not go
through all that was met for each thing that it has.
"""

import pytest

from api_syncs.liked_tracks import LIKED_TRACKS
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
