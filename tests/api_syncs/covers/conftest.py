"""A world with albums, artists and playlists that have covers, and a folder for the images."""

import pytest

from simulator.routes.images import ODD

SCRIPT = "api_syncs.sync_images"


@pytest.fixture
def one_cover_for_all():
    """Here each is turned into WebP each time."""


class Gallery:
    """A world, and what its images look like from outside."""

    def __init__(self, world):
        self.world = world
        self.folder = world.folder / "artwork"
        world.extra["ARTWORK_DIR"] = str(self.folder)
        self.base = world.sim.api_url.removesuffix("/v1")
        self.clear()

    def clear(self):
        self.world.sim.clear_requests()

    def run(self):
        self.clear()
        return self.world.run(SCRIPT)

    def asked(self):
        """Paths of the images that were asked for."""
        return [request.path for request in self.world.sim.requests]

    def rows(self):
        """(kind, id) → (path, bytes, width, height) of what is stored; None where it could not be had."""
        rows = self.world.rows("SELECT kind, spotify_id, path, bytes, width, height FROM images")
        return {(kind, key): rest if rest[0] else None for kind, key, *rest in rows}

    def files(self):
        """(kind, id) → path of what lies in the folder."""
        return {(path.parent.name, path.stem): path for path in self.folder.glob("spotify/*/*.webp")}

    def agree(self):
        """Every row with a path has its file, and every file its row."""
        assert {key for key, row in self.rows().items() if row} == set(self.files())
        assert list(self.folder.rglob("*.part")) == []

    def album(self, number=0):
        """Id of one of the albums."""
        return self.world.rows("SELECT album_id FROM albums ORDER BY album_id OFFSET %s LIMIT 1", number)[0][
            0
        ]

    def set_cover(self, url, kind="album", key=None):
        """Give one album (or the artist or playlist of that id) another cover: a URL, or the name of an odd one."""
        key = key or self.album()
        url = self.base + ODD[url] if url in ODD else url
        self.world.change(f"UPDATE {kind}s SET image_url = %s WHERE {kind}_id = %s", url, key)
        return key

    def add(self, kind, key, url):
        """An artist or a listed playlist with a cover."""
        if kind == "playlist":
            self.world.change(
                "INSERT INTO playlists (user_id, playlist_id, image_url, position) "
                "SELECT user_id, %s, %s, (SELECT count(*) FROM playlists) FROM users",
                key,
                url,
            )
        else:
            self.world.change(f"INSERT INTO {kind}s ({kind}_id, image_url) VALUES (%s, %s)", key, url)

    def switch_off(self, key):
        self.world.change(
            "INSERT INTO app_settings (user_id, key, value, updated_at) "
            "SELECT user_id, %s, 'false', now() FROM users",
            key,
        )

    def warnings(self):
        rows = self.world.rows("SELECT message FROM logs WHERE level = 'WARNING' AND source = 'sync_images'")
        return [message for (message,) in rows]


@pytest.fixture
def gallery(make_world):
    """Six saved albums with covers, an artist and a playlist; nothing is downloaded yet."""
    world = make_world(albums=6, liked=0, odd=False)
    assert world.run("api_syncs.sync_saved_albums").status == "done"
    found = Gallery(world)
    covers = [url for (url,) in world.rows("SELECT image_url FROM albums ORDER BY album_id")]
    assert len(covers) == 6
    found.add("artist", "A" * 22, covers[0])
    found.add("playlist", "P" * 22, covers[1])
    return found
