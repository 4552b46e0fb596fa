"""What migrations make of a database that holds data."""

import psycopg2
import pytest

from utils.database.migrate import load_migrations, migrate

T0 = "2026-05-01T12:00:00+00:00"
T1 = "2026-06-01T12:00:00+00:00"
TABLES = ("playlists", "playlist_items", "playlist_items_staged", "playlist_item_history")


class Old:
    """A database with the schema before one migration, which is brought up to date later."""

    def __init__(self, dsn, before):
        self.connection = psycopg2.connect(dsn)
        self.todo = load_migrations()
        migrate(self.connection, [each for each in self.todo if each.version < before])

    def do(self, sql, *parameters):
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def migrate(self):
        return migrate(self.connection, self.todo)

    def column_names(self, table):
        sql = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
        return [name for (name,) in self.do(sql, table)]


@pytest.fixture
def make_old(empty_dsn):
    opened = []

    def make(before):
        opened.append(Old(empty_dsn, before))
        return opened[-1]

    yield make
    for old in opened:
        old.connection.close()


@pytest.fixture
def lists(make_old):
    """Two listeners before 0019: a list that both have, one's own, one that was removed, and one that nobody lists."""
    old = make_old(19)
    old.do(f"""
        INSERT INTO users (user_id, spotify_id) VALUES ('u', 'su'), ('v', 'sv');
        INSERT INTO artists (artist_id, name) VALUES ('x', 'X'), ('y', 'Y');
        INSERT INTO tracks (track_id, name) VALUES ('a', 'Song A'), ('b', 'Song B');
        INSERT INTO track_artists VALUES ('a', 0, 'y'), ('a', 1, 'x');
        INSERT INTO playlists (playlist_id, owner_id, name, description, is_public, is_collaborative, items_readable,
            snapshot_id, items_snapshot_id, refused_snapshot_id, refused_at, track_count, image_url)
        VALUES ('both', 'su', 'Both', 'about', true, false, true, 's2', 's1', 's2', '{T1}', 3, 'url'),
            ('own', 'sv', 'Own', NULL, NULL, NULL, NULL, 's', 's', NULL, NULL, NULL, NULL),
            ('gone', 'su', 'Gone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            ('nobody', 'su', 'Nobody', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO user_playlists
        VALUES ('u', 'both', 0, NULL), ('u', 'gone', 1, '{T1}'), ('v', 'both', 7, NULL), ('v', 'own', 0, NULL);
        INSERT INTO playlist_items VALUES ('both', 0, 'spotify:track:a', 'track', 'a', 'Song A', '{T0}', 'su'),
            ('both', 1, 'spotify:local:x', 'local', NULL, 'File', NULL, NULL), ('both', 2, NULL, 'unknown', NULL, NULL, NULL, NULL),
            ('nobody', 0, 'spotify:track:b', 'track', 'b', 'Song B', '{T0}', 'su');
        INSERT INTO playlist_items_staged VALUES ('both', 0, 'spotify:track:b', 'track', 'b', 'Song B', '{T0}', 'su');
        INSERT INTO playlist_item_history VALUES ('both', 'spotify:track:a', '{T0}', NULL),
            ('both', 'spotify:track:b', '{T0}', '{T1}'), ('both', 'spotify:local:x', '{T0}', NULL),
            ('both', 'spotify:track:unknown', '{T0}', '{T1}'), ('nobody', 'spotify:track:b', '{T0}', NULL);
        INSERT INTO sync_state (user_id, entity_type, phase, last_synced_offset, cursor, status, is_complete, started_at, last_updated_at)
        VALUES ('u', 'user_playlists', 'incremental', 50, '{{"following": "50"}}', 'running', false, now(), now()),
            ('u', 'playlist_items', 'initial', 50, '{{"playlist_id": "both"}}', 'running', false, now(), now()),
            ('v', 'playlist_items', 'incremental', 0, '{{}}', 'complete', true, now(), now());
        INSERT INTO sync_seen VALUES ('u', 'user_playlists', 'both');
    """)
    return old


def test_each_listener_gets_a_copy_of_their_lists(lists):
    events = lists.do("SELECT user_id, event, item_id FROM library_events ORDER BY 1, 3")
    assert events == [("u", "followed", "both"), ("v", "followed", "both"), ("v", "followed", "own")]
    lists.migrate()
    columns = (
        "user_id, playlist_id, owner_id, name, description, is_public, is_collaborative, items_readable, snapshot_id, "
        "items_snapshot_id, refused_snapshot_id, refused_at = %s, track_count, image_url, position, removed_at = %s"
    )
    shared = ("both", "su", "Both", "about", True, False, True, "s2", "s1", "s2", True, 3, "url")
    bare = (None,) * 4
    assert lists.do(f"SELECT {columns} FROM playlists ORDER BY 1, 2", T1, T1) == [
        ("u", *shared, 0, None),
        ("u", "gone", "su", "Gone", *bare, None, None, *bare, 1, True),
        ("v", *shared, 7, None),
        ("v", "own", "sv", "Own", *bare, "s", "s", *bare, 0, None),
    ]
    assert set(lists.column_names("playlists")) == set(columns.replace(" = %s", "").split(", "))
    items = (
        ("both", 0, "spotify:track:a", "track", "a", "Song A", True, "su"),
        ("both", 1, "spotify:local:x", "local", None, "File", None, None),
        ("both", 2, None, "unknown", None, None, None, None),
    )
    sql = (
        "SELECT user_id, playlist_id, position, item_uri, item_type, track_id, name, added_at = %s, added_by "
        "FROM playlist_items ORDER BY 1, 2, 3"
    )
    assert lists.do(sql, T0) == [(user_id, *item) for user_id in ("u", "v") for item in items]
    assert lists.do("SELECT count(*) FROM playlist_items_staged") == [(0,)]
    assert lists.do("SELECT to_regclass('user_playlists')") == [(None,)]
    sql = "SELECT user_id, event, item_id FROM library_events ORDER BY 1, 3"
    assert lists.do(sql) == events, "the copy is no event"


def test_the_history_is_copied_with_the_names_that_are_known(lists):
    lists.migrate()
    rows = (
        ("both", "spotify:local:x", True, None, "File", None),
        ("both", "spotify:track:a", True, None, "Song A", "Y, X"),
        ("both", "spotify:track:b", True, True, "Song B", None),
        ("both", "spotify:track:unknown", True, True, None, None),
    )
    sql = (
        "SELECT user_id, playlist_id, item_uri, first_seen_at = %s, removed_at = %s, name, artists "
        "FROM playlist_item_history ORDER BY 1, 2, 3"
    )
    assert lists.do(sql, T0, T1) == [(user_id, *row) for user_id in ("u", "v") for row in rows]


def test_checkpoints_go_on_under_their_new_name_and_a_list_half_read_begins_anew(lists):
    lists.migrate()
    sql = "SELECT user_id, entity_type, phase, last_synced_offset, cursor FROM sync_state ORDER BY 1, 2"
    assert lists.do(sql) == [
        ("u", "playlist_items", "initial", 0, {}),
        ("u", "playlists", "incremental", 50, {"following": "50"}),
        ("v", "playlist_items", "incremental", 0, {}),
    ]
    assert lists.do("SELECT * FROM sync_seen") == [("u", "playlists", "both")]


def test_what_belongs_to_a_list_is_held_to_it(lists):
    lists.migrate()
    sql = (
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('p', 'f') ORDER BY 1, contype, 2"
    )
    to_list = "FOREIGN KEY (user_id, playlist_id) REFERENCES playlists(user_id, playlist_id)"
    assert lists.do(sql, list(TABLES)) == [
        ("playlist_item_history", to_list),
        ("playlist_item_history", "PRIMARY KEY (user_id, playlist_id, item_uri, first_seen_at)"),
        ("playlist_items", "FOREIGN KEY (track_id) REFERENCES tracks(track_id)"),
        ("playlist_items", to_list),
        ("playlist_items", 'PRIMARY KEY (user_id, playlist_id, "position")'),
        ("playlist_items_staged", to_list),
        ("playlist_items_staged", 'PRIMARY KEY (user_id, playlist_id, "position")'),
        ("playlists", "FOREIGN KEY (user_id) REFERENCES users(user_id)"),
        ("playlists", "PRIMARY KEY (user_id, playlist_id)"),
    ]


def test_views_that_are_in_use_stay_so(lists):
    """Smart playlists are made from them also before the next materialized_views."""
    lists.do("""
        CREATE VIEW track_catalogue AS SELECT * FROM tracks;
        CREATE VIEW all_playlists AS
        SELECT u.user_id, p.playlist_id, u.position, p.owner_id, p.name, p.description, p.is_public, p.is_collaborative,
            false AS is_liked_songs, p.items_readable, p.track_count, p.image_url
        FROM user_playlists AS u JOIN playlists AS p USING (playlist_id) WHERE u.removed_at IS NULL;
        CREATE VIEW all_playlist_items AS
        SELECT playlist_id, position, item_uri, item_type, track_id, name, added_at, added_by FROM playlist_items;
        INSERT INTO liked_tracks VALUES ('u', 'b', now());
    """)
    lists.migrate()
    questions = (
        "SELECT user_id, playlist_id, name, track_count FROM all_playlists ORDER BY 1, 2",
        "SELECT user_id, playlist_id, position, name FROM all_playlist_items ORDER BY 1, 2, 3",
        "SELECT user_id, track_id, source, playlist_id FROM library_members ORDER BY 1, 2",
    )
    found = [lists.do(sql) for sql in questions]
    assert found == [
        [
            ("u", "both", "Both", 3),
            ("u", "liked:u", "Liked Songs", 1),
            ("v", "both", "Both", 3),
            ("v", "liked:v", "Liked Songs", 0),
            ("v", "own", "Own", None),
        ],
        [
            *(("u", "both", place, name) for place, name in enumerate(("Song A", "File", None))),
            ("u", "liked:u", 0, "Song B"),
            *(("v", "both", place, name) for place, name in enumerate(("Song A", "File", None))),
        ],
        [("u", "a", "playlist", "both"), ("u", "b", "liked", None)],
    ]


def test_without_views_the_migration_makes_none(lists):
    lists.migrate()
    assert lists.do("SELECT to_regclass('all_playlists'), to_regclass('all_playlist_items')") == [
        (None, None)
    ]


# The key of plays (0046, 0047)


@pytest.fixture
def played(make_old):
    """Four plays of one moment: of two listeners, of two tracks, and two parts of one."""
    old = make_old(46)
    old.do("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'su'), ('v', 'sv')")
    old.do(
        "INSERT INTO plays (user_id, played_at, item_key, part, source) SELECT user_id, %s, 'spotify:track:' || track, part, 'export' "
        "FROM (VALUES ('u', 'a', 0), ('u', 'a', 7), ('u', 'b', 0), ('v', 'a', 0)) AS v (user_id, track, part)",
        T0,
    )
    return old


def test_plays_of_one_moment_stay_what_they_are_under_the_shorter_key(played):
    everything = "SELECT * FROM plays ORDER BY user_id, played_at, item_key, part"
    before = played.do(everything)
    assert played.migrate()[:2] == [
        "0046_let_go_of_the_wide_key_of_plays.sql",
        "0047_key_plays_by_a_hash.sql",
    ]
    assert played.do(everything) == before
    assert len(before) == 4
    with pytest.raises(psycopg2.errors.UniqueViolation):
        played.do("INSERT INTO plays SELECT * FROM plays LIMIT 1")
    for column in ("user_id", "played_at", "item_key", "part"):
        with pytest.raises(psycopg2.errors.NotNullViolation):
            played.do(f"UPDATE plays SET {column} = NULL")


def test_a_migration_that_was_ended_between_the_two_goes_on_with_the_key(played):
    """The old key goes first, so that there is room for the new one where a database is full."""
    migrate(played.connection, [each for each in played.todo if each.version <= 46])
    indexes = "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'plays'::regclass ORDER BY 1"
    assert played.do(indexes) == [("plays_known_by_name",)]
    played.migrate()
    assert played.do(indexes) == [("plays_key",), ("plays_known_by_name",), ("plays_of_others",)]


def test_who_copies_changes_of_plays_knows_which_row_is_meant(played):
    played.migrate()
    assert played.do("SELECT relreplident::text FROM pg_class WHERE oid = 'plays'::regclass") == [("f",)]
