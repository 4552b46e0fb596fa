"""What an owner does who changes their mind: files that come, go and are renamed, lists made by hand, commands."""

SYNCS = ("api_syncs.track_plays", "api_syncs.sync_liked_tracks", "api_syncs.materialized_views")
UPDATE = "playlists.update_dynamic_playlists"
GENERATE = "playlists.generate_playlist"
WRITES = ("POST", "PUT", "DELETE")
FIRST = "name: First\nmatch: everything\nsort: [{by: added_at}]\nlimit: 10\n"


def owners_world(make_world, tmp_path):
    """A small library with its views, and an empty folder of definitions: `define`, `rename` and `drop` a file there."""
    world = make_world(liked=130, plays=60, odd=False, playlists=0)
    for script in SYNCS:
        assert world.run(script).status == "done"
    folder = tmp_path / "definitions"
    folder.mkdir()
    world.extra["PLAYLIST_DEFINITIONS"] = str(folder)
    world.define = lambda slug, text: (folder / f"{slug}.yml").write_text(text, encoding="utf-8")
    world.rename = lambda old, new: (folder / f"{old}.yml").rename(folder / f"{new}.yml")
    world.drop = lambda slug: (folder / f"{slug}.yml").unlink()
    return world


def library_of(world):
    rows = world.rows("SELECT track_id FROM unified_tracks ORDER BY added_at, track_id")
    return [f"spotify:track:{track_id}" for (track_id,) in rows]


def by_hand(world, uris, name="By hand", **more):
    with world.sim.edit() as library:
        playlist_id = library.new_playlist(name, **more)
        library.playlist_replace(playlist_id, uris[:100])
        return playlist_id


def on_spotify(world, playlist_id):
    with world.sim.edit() as library:
        found = library.playlists[playlist_id]
        return found.name, found.description, found.public, [item.uri for item in found.items]


def number_of_lists(world):
    with world.sim.edit() as library:
        return len(library.playlists)


def call(world, *words, code=0):
    process = world.call("-m", *words)
    assert process.returncode == code, process.stdout + process.stderr
    return process.stdout + process.stderr


def updated(world):
    """What an update says, and the requests that write."""
    world.sim.clear_requests()
    said = call(world, UPDATE, "--force")
    return said, [line for line in world.asked() if line.startswith(WRITES)]


def rows(world):
    return dict(world.rows("SELECT slug, playlist_id FROM playlist_mappings"))
