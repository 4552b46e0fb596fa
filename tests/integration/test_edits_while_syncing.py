"""The library changes at request boundaries while the syncs run: nothing is falsely removed, and the end is equal."""

import random

import pytest

pytestmark = [pytest.mark.slow(6), pytest.mark.once]

EXCLUSIONS = "api_syncs.sync_exclusions"
SCRIPTS = (
    "api_syncs.sync_liked_tracks",
    "api_syncs.sync_saved_albums",
    "api_syncs.sync_album_tracks",
    "api_syncs.sync_followed_artists",
    "api_syncs.sync_playlists",
    EXCLUSIONS,
    "api_syncs.check_track_availability",
)
# What may be marked removed, or, where a table has no such mark, may go: the columns that name it.
MARKED = {
    "liked_tracks": "track_id",
    "saved_albums": "album_id",
    "followed_artists": "artist_id",
    "playlists": "playlist_id",
    "playlist_item_history": "playlist_id, item_uri",
}
EDITS = 520


class Editor:
    """Edits the library before requests are answered, and remembers what was really taken out of it."""

    def __init__(self, world, seed):
        self.world = world
        self.random = random.Random(seed)
        self.edits = 0
        self.taken = {table: set() for table in (*MARKED, "excluded_tracks")}
        self.exclusions = world.rows("SELECT playlist_id FROM playlist_mappings WHERE slug = 'exclusions'")[
            0
        ][0]

    def __call__(self, request):
        if request.kind != "api" or self.edits >= EDITS:
            return
        with self.world.sim.edit() as library:
            for _ in range(self.random.randint(1, 6)):
                self.edit(library)

    def edit(self, library):
        self.edits += 1
        choose = self.random
        action = choose.choice(
            (
                *("like", "unlike", "relike", "save", "unsave", "follow", "unfollow", "playlist", "swap"),
                *("take out", "unfollow list", "new list", "restrict"),
                *("exclude", "include") * 4,
            )
        )
        liked, albums = list(library.liked_rows()), list(library.saved_album_rows())
        if action == "like":
            library.like(choose.choice(list(library.tracks)))
        elif action in ("unlike", "swap") and len(liked) > 60:
            gone = choose.choice(liked)
            self.taken["liked_tracks"].add(gone)
            library.unlike(gone)
            if action == "swap":
                library.like(library.new_track())
        elif action == "relike" and liked:
            again = choose.choice(liked)
            self.taken["liked_tracks"].add(again)
            library.unlike(again)
            library.like(again)
        elif action == "save":
            library.save_album(library.new_album(tracks=choose.randint(1, 60)))
        elif action == "unsave" and len(albums) > 30:
            gone = choose.choice(albums)
            self.taken["saved_albums"].add(gone)
            library.unsave_album(gone)
        elif action == "follow":
            library.follow(library.new_artist())
        elif action == "unfollow" and len(library.followed) > 20:
            gone = choose.choice(sorted(library.followed))
            self.taken["followed_artists"].add(gone)
            library.unfollow(gone)
        else:
            self.edit_lists(library, action)

    def edit_lists(self, library, action):
        choose = self.random
        lists = [p for p in library.user_playlists if p and p != self.exclusions]
        mine = choose.choice([p for p in lists if library.may_read_items(p)])
        excluded = [item for item in library.playlists[self.exclusions].items if item.kind == "track"]
        track_id = choose.choice(list(library.tracks))
        if action == "playlist":
            library.playlist_add(mine, [f"spotify:track:{track_id}"])
        elif action == "take out" and library.playlists[mine].items:
            self.take_out(library, mine, choose.choice(library.playlists[mine].items))
        elif action == "unfollow list" and len(lists) > 8:
            gone = choose.choice([p for p in lists if not library.may_read_items(p)] or lists)
            self.taken["playlists"].add(gone)
            library.unfollow_playlist(gone)
        elif action == "new list":
            owner = choose.choice([None, "somebody"])
            library.new_playlist("New", choose.sample(list(library.tracks), 5), owner_id=owner)
        elif action == "exclude":
            library.playlist_add(self.exclusions, [f"spotify:track:{track_id}"])
        elif action == "include" and excluded:
            item = choose.choice(excluded)
            self.taken["excluded_tracks"].add(item.uri.rpartition(":")[2])
            self.take_out(library, self.exclusions, item)
        elif action == "restrict":
            library.tracks[track_id].restriction = choose.choice([None, "market"])

    def take_out(self, library, playlist_id, item):
        if item.uri is not None:
            self.taken["playlist_item_history"].add((playlist_id, item.uri))
            library.playlist_remove(playlist_id, [item.uri])


@pytest.mark.search(
    "quota_mode, seed",
    [("development", 1), ("extended", 2)],
    [(mode, seed) for seed in range(1, 7) for mode in ("development", "extended")],
)
def test_hundreds_of_edits(make_world, quota_mode, seed):
    world = make_world(mode=quota_mode, liked=400, albums=120, followed=110, playlists=10, odd=seed == 1)
    world.extra["SPOTIFY_MARKET"] = "DE"
    assert world.run(SCRIPTS[0]).status == "done"
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, key, value FROM users, "
        "(VALUES ('spotify.remove_unfollowed_playlists', 'true'::jsonb), ('sync.daily_requests_per_group', '1000000')) "
        "AS s (key, value)"
    )
    run_all(world)
    fill_long_lists(world)
    run_all(world)
    excluded = excluded_tracks(world)
    assert excluded
    editor = Editor(world, seed)
    world.sim.on_request = editor
    rounds = 0
    while editor.edits < EDITS:
        rounds += 1
        for script in SCRIPTS:
            assert world.run(script).status == "done"
            assert_nothing_falsely_removed(world, editor)
            assert excluded - excluded_tracks(world) <= editor.taken["excluded_tracks"]
            excluded |= excluded_tracks(world)
        assert rounds < 60
    assert all(editor.taken.values()), "every kind of thing was taken out"
    world.sim.on_request = None
    run_all(world)
    assert_nothing_falsely_removed(world, editor)
    assert_all_equal(world, editor)


def run_all(world):
    for script in SCRIPTS:
        outcome = world.run(script)
        assert outcome.status == "done", outcome.message


def fill_long_lists(world):
    """Of several pages, so that edits can fall between them."""
    exclusions = world.rows("SELECT playlist_id FROM playlist_mappings WHERE slug = 'exclusions'")[0][0]
    with world.sim.edit() as library:
        tracks = list(library.tracks)
        library.playlist_add(exclusions, tracks[:130])
        library.new_playlist("Long", tracks[:120])


def excluded_tracks(world):
    return {row[0] for row in world.rows("SELECT track_id FROM excluded_tracks")}


def assert_nothing_falsely_removed(world, editor):
    for table, column in MARKED.items():
        removed = world.rows(f"SELECT {column} FROM {table} WHERE removed_at IS NOT NULL")
        things = {row[0] if len(row) == 1 else row for row in removed}
        assert things <= editor.taken[table], f"{table}: falsely taken for removed"


def assert_all_equal(world, editor):
    world.assert_library_equal()
    with world.sim.edit() as library:
        followed, listed = set(library.followed), [p for p in library.user_playlists if p]
        lists = {p: library.playlists[p] for p in listed if library.may_read_items(p)}
        excluded = {item.id for item in lists[editor.exclusions].items if item.kind == "track"}
        restricted = {track_id for track_id, track in library.tracks.items() if track.restriction}
    for table, column, expected in (
        ("followed_artists", "artist_id", followed),
        ("playlists", "playlist_id", set(listed)),
    ):
        rows = world.rows(f"SELECT {column} FROM {table} WHERE removed_at IS NULL")
        assert {row[0] for row in rows} == expected
    for playlist_id, playlist in lists.items():
        uris = [item.uri for item in playlist.items]
        stored = world.rows(
            "SELECT item_uri FROM playlist_items WHERE playlist_id = %s ORDER BY position", playlist_id
        )
        assert [row[0] for row in stored] == uris
        stored = world.rows(
            "SELECT item_uri FROM playlist_item_history WHERE playlist_id = %s AND removed_at IS NULL",
            playlist_id,
        )
        assert {row[0] for row in stored} == set(uris) - {None}
    assert excluded_tracks(world) == excluded
    liked = set(world.liked())
    lost = {row[0] for row in world.rows("SELECT track_id FROM track_availability WHERE NOT is_playable")}
    assert lost & liked == restricted & liked
