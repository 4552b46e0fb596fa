"""Rules that stand once: what the schema keeps of them agrees with what is said in Python, and nobody says it again."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)

# The library


def test_the_library_is_that_of_the_moment_with_where_each_track_comes_from(cursor):
    cursor.execute("""
        INSERT INTO users (user_id, spotify_id) VALUES ('u', 'su'), ('v', 'sv');
        INSERT INTO albums (album_id) VALUES ('al'), ('gone');
        INSERT INTO tracks (track_id, album_id) VALUES ('a', 'al'), ('b', 'al'), ('c', 'gone'), ('d', NULL);
        INSERT INTO liked_tracks VALUES ('u', 'a', '2026-05-01 12:00Z', NULL), ('u', 'd', '2026-05-01 12:00Z', now());
        INSERT INTO saved_albums VALUES ('u', 'al', '2026-05-01 12:00Z', NULL), ('u', 'gone', '2026-05-01 12:00Z', now());
        INSERT INTO playlists (playlist_id, owner_id) VALUES ('mine', 'su'), ('made', 'su'), ('theirs', 'sv');
        INSERT INTO user_playlists (user_id, playlist_id, position)
        SELECT 'u', playlist_id, 0 FROM playlists UNION ALL SELECT 'v', 'mine', 0;
        INSERT INTO playlist_items (playlist_id, position, item_type, track_id)
        SELECT playlist_id, 0, 'track', 'd' FROM playlists;
        INSERT INTO playlist_mappings (user_id, slug, name, playlist_id, rules) VALUES ('u', 's', 'S', 'made', '{}')
    """)
    cursor.execute("SELECT * FROM library_members ORDER BY source, track_id")
    assert cursor.fetchall() == [
        ("u", "a", "album", None, None, T0),
        ("u", "b", "album", None, None, T0),
        ("u", "a", "liked", None, T0, T0),
        ("u", "d", "playlist", "mine", None, None),
    ]


# Once


@pytest.mark.parametrize(
    ("sign", "homes"),
    [
        (r"owner_id = \w+\.spotify_id", []),
    ],
    ids=["own lists"],
)
def test_a_rule_of_the_schema_is_not_written_out_again(sign, homes):
    """What shows each rule, outside of db/migrations: use the view, function or statement that holds it."""
    files = [
        path
        for folder in ("api_syncs", "db/queries", "db/views", "db", "playlists", "reports", "utils")
        for pattern in (("*.sql",) if folder.startswith("db/") else ("*.py",))
        for path in sorted((ROOT / folder).rglob(pattern))
    ]
    found = [
        str(path.relative_to(ROOT)) for path in files if re.search(sign, path.read_text(encoding="utf-8"))
    ]
    assert found == homes
