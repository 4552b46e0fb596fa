"""Rules that stand once: what the schema keeps of them agrees with what is said in Python, and nobody says it again."""

import random
import re
from datetime import UTC, datetime

import pytest

from playlists.arrangement.dedupe import dedupe
from playlists.arrangement.track import Track
from playlists.selection.tracks import with_merges
from utils import ROOT
from utils.plays.recording import recording_title
from utils.spotify.client import _BASE62

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
TITLES = (
    *(
        "Song",
        "song ",
        " SONG",
        "Song\t \n two",
        "Song  two",
        "\uff33\uff4fNG two",
        "Song\u00a0two",
        "song - Live",
    ),
    *(
        "\u00c9t\u00e9",
        "e\u0301te\u0301",
        "\ufb01n",
        "\u1e9e",
        "Stra\u00dfe",
        "\u0416\u0416",
        "\u2126",
        "100 %",
        "_",
        "",
    ),
)


# The same recording


def test_titles_are_compared_alike_in_sql_and_python(cursor):
    for number, title in enumerate(TITLES):
        cursor.execute("INSERT INTO tracks (track_id, name) VALUES (%s, %s)", (str(number), title))
    cursor.execute("SELECT name, recording_title FROM tracks")
    assert dict(cursor.fetchall()) == {title: recording_title(title) for title in TITLES}


@pytest.mark.parametrize("seed", range(5))
def test_two_tracks_are_the_same_recording_alike_in_sql_and_python(cursor, seed):
    luck = random.Random(seed)
    cursor.execute("INSERT INTO artists (artist_id) VALUES ('x'), ('y')")
    tracks = [
        Track(
            f"t{number:02}",
            name=luck.choice(["Song", "SONG ", "song\u00a0", "Song - Live", None]),
            artist_ids=tuple(luck.choice(["x", "y", "xy", "yx", ""])),
            duration_ms=luck.choice([None, 100_000, 100_900, 101_000, 101_001]),
            isrc=luck.choice([None, None, "I1", "I2"]),
        )
        for number in range(60)
    ]
    for track in tracks:
        cursor.execute(
            "INSERT INTO tracks (track_id, name, duration_ms, isrc) VALUES (%s, %s, %s, %s)",
            (track.track_id, track.name, track.duration_ms, track.isrc),
        )
        for position, artist_id in enumerate(track.artist_ids):
            cursor.execute(
                "INSERT INTO track_artists VALUES (%s, %s, %s)", (track.track_id, position, artist_id)
            )
    in_python = [
        (one.track_id, other.track_id)
        for one in tracks
        for other in tracks
        if one is not other and len(dedupe([one, other], "recording")) == 1
    ]
    cursor.execute("SELECT track_id, other_id FROM same_recordings ORDER BY 1, 2")
    assert cursor.fetchall() == in_python
    assert len(in_python) > 100


@pytest.mark.parametrize("seed", range(5))
def test_what_a_listener_has_merged_is_the_same_alike_in_sql_and_python(cursor, seed):
    luck = random.Random(seed)
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'su'), ('v', 'sv')")
    tracks = [
        Track(f"t{number:02}", name=f"Song {number}", isrc=luck.choice([None, "I1", "I2", "I3"]))
        for number in range(20)
    ]
    for track in tracks:
        cursor.execute(
            "INSERT INTO tracks (track_id, name, isrc) VALUES (%s, %s, %s)",
            (track.track_id, track.name, track.isrc),
        )
    ids = [track.track_id for track in tracks]
    for user_id in "uv":
        goals = luck.sample(ids, 3)
        for track_id in luck.sample(sorted(set(ids) - set(goals)), 4):
            cursor.execute(
                "INSERT INTO recording_merges VALUES (%s, %s, %s, now())",
                (user_id, track_id, luck.choice(goals)),
            )
    for user_id in "uvw":
        merged = with_merges(cursor, user_id, tracks)
        in_python = {
            (one.track_id, other.track_id)
            for one in merged
            for other in merged
            if one is not other and len(dedupe([one, other], "recording")) == 1
        }
        cursor.execute(
            "SELECT track_id, other_id FROM same_recordings WHERE COALESCE(user_id, %s) = %s",
            (user_id, user_id),
        )
        pairs = set(cursor.fetchall())
        assert pairs == in_python
        assert pairs == {(other, one) for one, other in pairs}


# The library


def test_the_library_is_that_of_the_moment_with_where_each_track_comes_from(cursor):
    cursor.execute("""
        INSERT INTO users (user_id, spotify_id) VALUES ('u', 'su'), ('v', 'sv');
        INSERT INTO albums (album_id) VALUES ('al'), ('gone');
        INSERT INTO tracks (track_id, album_id) VALUES ('a', 'al'), ('b', 'al'), ('c', 'gone'), ('d', NULL), ('e', 'al');
        INSERT INTO album_tracks (album_id, track_id) VALUES ('al', 'a'), ('al', 'b'), ('al', 'd'), ('gone', 'c');
        INSERT INTO liked_tracks VALUES ('u', 'a', '2026-05-01 12:00Z', NULL), ('u', 'd', '2026-05-01 12:00Z', now());
        INSERT INTO saved_albums VALUES ('u', 'al', '2026-05-01 12:00Z', NULL), ('u', 'gone', '2026-05-01 12:00Z', now());
        INSERT INTO playlists (user_id, playlist_id, owner_id, position)
        VALUES ('u', 'mine', 'su', 0), ('u', 'made', 'su', 0), ('u', 'theirs', 'sv', 0), ('v', 'mine', 'su', 0);
        INSERT INTO playlist_items (user_id, playlist_id, position, item_type, track_id)
        SELECT user_id, playlist_id, 0, 'track', 'd' FROM playlists;
        INSERT INTO playlist_mappings (user_id, slug, name, playlist_id, rules) VALUES ('u', 's', 'S', 'made', '{}')
    """)
    cursor.execute("SELECT * FROM library_members ORDER BY source, track_id")
    assert cursor.fetchall() == [
        ("u", "a", "album", None, None, T0, "al"),
        ("u", "b", "album", None, None, T0, "al"),
        ("u", "d", "album", None, None, T0, "al"),
        ("u", "a", "liked", None, T0, T0, None),
        ("u", "d", "playlist", "mine", None, None, None),
    ], "e is shown with the album, and is not in its listing"


# An id of Spotify's


@pytest.mark.parametrize(
    "text", ["0aZ" + "x" * 19, "x" * 21, "x" * 23, "x" * 21 + "-", "é" * 22, "x" * 22 + " ", ""]
)
def test_ids_are_told_alike_in_sql_and_python(cursor, text):
    cursor.execute("SELECT is_spotify_id(%s)", (text,))
    assert cursor.fetchone() == (_BASE62.fullmatch(text) is not None,)


# Once


@pytest.mark.parametrize(
    ("sign", "homes"),
    [
        (r"ORDER BY .*last_active_at", ["db/queries/users.sql"]),
        # The view own_playlists has those that are there; of the past, those too that are gone.
        (r"\b(owner_id|spotify_id)\s*=\s*[\w.]*(?!\1)(owner_id|spotify_id)\b", ["db/queries/list_past.sql"]),
        (r"normalize\([\w.]+, NFKC\)", []),
        (r"duration_ms\) <= 1000", []),
        (r'normalize\("NFKC"', ["utils/plays/recording.py"]),
        (r"DURATION\w* = 1_?000\b", ["utils/plays/recording.py"]),
        (r"\.create_playlist\(", ["utils/mirror/made_once.py"]),
        (r"~ '\^\[0-9A-Za-z\]", []),
    ],
    ids=[
        "the listener last active",
        "own lists",
        "recording title",
        "same recording",
        "recording title in Python",
        "durations of a recording in Python",
        "a list that is created once",
        "id of Spotify's",
    ],
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
