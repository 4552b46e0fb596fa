"""The library changes at request boundaries while the syncs run: nothing is falsely removed, and the end is equal."""

import random

import pytest

SCRIPTS = (
    "api_syncs.sync_liked_tracks",
    "api_syncs.sync_saved_albums",
    "api_syncs.sync_album_tracks",
    "api_syncs.sync_followed_artists",
    "api_syncs.sync_playlists",
)
EDITS = 520


class Editor:
    """Edits the library before requests are answered, and remembers what was really taken out of it."""

    def __init__(self, world, seed):
        self.world = world
        self.random = random.Random(seed)
        self.edits = 0
        self.taken = {"liked": set(), "saved": set(), "followed": set()}

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
            ("like", "unlike", "relike", "save", "unsave", "follow", "unfollow", "playlist", "swap")
        )
        liked, albums = list(library.liked_rows()), list(library.saved_album_rows())
        if action == "like":
            library.like(choose.choice(list(library.tracks)))
        elif action in ("unlike", "swap") and len(liked) > 60:
            gone = choose.choice(liked)
            self.taken["liked"].add(gone)
            library.unlike(gone)
            if action == "swap":
                library.like(library.new_track())
        elif action == "relike" and liked:
            again = choose.choice(liked)
            self.taken["liked"].add(again)
            library.unlike(again)
            library.like(again)
        elif action == "save":
            library.save_album(library.new_album(tracks=choose.randint(1, 60)))
        elif action == "unsave" and len(albums) > 30:
            gone = choose.choice(albums)
            self.taken["saved"].add(gone)
            library.unsave_album(gone)
        elif action == "follow":
            library.follow(library.new_artist())
        elif action == "unfollow" and len(library.followed) > 20:
            gone = choose.choice(sorted(library.followed))
            self.taken["followed"].add(gone)
            library.unfollow(gone)
        elif action == "playlist":
            mine = choose.choice([p for p in library.user_playlists if p and library.may_read_items(p)])
            library.playlist_add(mine, [f"spotify:track:{choose.choice(list(library.tracks))}"])


@pytest.mark.parametrize(("mode", "seed"), [("development", 1), ("extended", 2), ("development", 3)])
def test_hundreds_of_edits(make_world, mode, seed):
    world = make_world(mode=mode, liked=400, albums=120, followed=110, playlists=10, odd=seed == 1)
    for script in SCRIPTS:
        assert world.run(script).status == "done"
    editor = Editor(world, seed)
    world.sim.on_request = editor
    rounds = 0
    while editor.edits < EDITS:
        rounds += 1
        for script in SCRIPTS:
            assert world.run(script).status == "done"
        for table, column, kind in (
            ("liked_tracks", "track_id", "liked"),
            ("saved_albums", "album_id", "saved"),
            ("followed_artists", "artist_id", "followed"),
        ):
            removed = {
                row[0] for row in world.rows(f"SELECT {column} FROM {table} WHERE removed_at IS NOT NULL")
            }
            assert removed <= editor.taken[kind], "falsely taken for removed"
        assert rounds < 60
    world.sim.on_request = None
    for script in SCRIPTS:
        assert world.run(script).status == "done"
    world.assert_library_equal()
    with world.sim.edit() as library:
        followed = set(library.followed)
        lists = {p: library.playlists[p] for p in library.user_playlists if p and library.may_read_items(p)}
    assert {
        r[0] for r in world.rows("SELECT artist_id FROM followed_artists WHERE removed_at IS NULL")
    } == followed
    for playlist_id, playlist in lists.items():
        stored = world.rows(
            "SELECT item_uri FROM playlist_items WHERE playlist_id = %s ORDER BY position", playlist_id
        )
        assert [row[0] for row in stored] == [item.uri for item in playlist.items]
