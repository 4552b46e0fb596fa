"""What the playlists of an account-data package add to the history of the listener's own lists."""

import json
from datetime import UTC, datetime

import pytest

IMPORT = "db.import_streaming_history"
GONE = "spotify:track:4uLU6hMCjMI75M1A2tKUQC"


@pytest.fixture
def world(make_world):
    world = make_world(liked=20, albums=4, plays=0, playlists=6, odd=False)
    assert world.run("api_syncs.sync_playlists").status == "done"
    return world


@pytest.fixture
def own(world):
    """(id, name, uri of its first entry) of one of the listener's own lists."""
    return world.rows(
        "SELECT p.playlist_id, p.name, min(i.item_uri) FROM playlists AS p JOIN users AS u ON u.spotify_id = p.owner_id "
        "JOIN playlist_items AS i USING (playlist_id) WHERE (SELECT count(*) FROM playlists AS o WHERE o.name = p.name) = 1 "
        "GROUP BY 1, 2 ORDER BY 1 LIMIT 1"
    )[0]


def entry(uri, added=None):
    track = {"trackName": "Gone", "artistName": "Artist", "albumName": "Album", "trackUri": uri}
    return {"track": track, "episode": None, "localTrack": None, "audiobook": None, "addedDate": added}


def package(folder, *lists, modified="2024-03-01"):
    """`Playlist1.json` with lists of (name, entries)."""
    found = [
        {
            "name": name,
            "lastModifiedDate": modified,
            "collaborators": ["Eve"],
            "items": items,
            "description": None,
            "numberOfFollowers": 0,
        }
        for name, items in lists
    ]
    (folder / "Playlist1.json").write_text(json.dumps({"playlists": found}))
    return str(folder / "Playlist1.json")


def import_(world, path):
    ended = world.call("-m", IMPORT, path)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def history(world):
    return world.rows(
        "SELECT playlist_id, item_uri, first_seen_at, name, artists FROM playlist_item_history "
        "WHERE first_seen_at < '2025-01-01' ORDER BY first_seen_at, item_uri"
    )


def test_what_was_once_in_a_list_is_noted_and_nothing_else(world, own, tmp_path):
    playlist_id, name, still_there = own
    before = world.rows("SELECT count(*) FROM playlist_item_history")
    path = package(tmp_path, (name, [entry(GONE, "2023-07-09"), entry(still_there, "2022-01-01")]))
    said = import_(world, path)
    assert "playlists of the account data: 1 former entry of 1 list noted\n" in said
    assert history(world) == [(playlist_id, GONE, datetime(2023, 7, 9, tzinfo=UTC), "Gone", "Artist")]
    assert "0 former entries of 1 list noted" in import_(world, path), "once more adds nothing"
    assert world.rows("SELECT count(*) - 1 FROM playlist_item_history") == before
    [(removed_at, first_read_at)] = world.rows(
        f"SELECT h.removed_at, (SELECT min(first_seen_at) FROM playlist_item_history AS o WHERE o.playlist_id = h.playlist_id "
        f"AND o.first_seen_at > '2025-01-01') FROM playlist_item_history AS h WHERE item_uri = '{GONE}'"
    )
    assert removed_at == first_read_at, "it was seen to be gone when the list was read for the first time"
    assert "Eve" not in str(world.rows("SELECT h::text FROM playlist_item_history AS h"))


def test_an_entry_without_its_day_was_there_when_the_list_was_last_changed(world, own, tmp_path):
    import_(world, package(tmp_path, (own[1], [entry(GONE)])))
    assert history(world)[0][2] == datetime(2024, 3, 1, tzinfo=UTC)


def test_what_is_told_by_no_name_of_ones_own_is_left_alone(world, own, tmp_path):
    world.change(f"UPDATE playlists SET name = 'Twice' WHERE playlist_id = '{own[0]}'")
    other = world.rows(
        f"SELECT p.playlist_id FROM playlists AS p JOIN users AS u ON u.spotify_id = p.owner_id WHERE playlist_id <> '{own[0]}'"
    )
    world.change(f"UPDATE playlists SET name = 'Twice' WHERE playlist_id = '{other[0][0]}'")
    said = import_(world, package(tmp_path, ("Twice", [entry(GONE)]), ("Not Mine", [entry(GONE)])))
    assert "0 former entries of 0 lists noted" in said
    assert "; 2 lists left alone, whose name none or several of your lists have" in said
    assert history(world) == []


def test_a_list_that_was_changed_after_it_was_read_here_is_known_better(world, own, tmp_path):
    said = import_(world, package(tmp_path, (own[1], [entry(GONE)]), modified="2099-01-01"))
    assert "; 1 list not older than what is known" in said
    assert history(world) == []


def test_22_a_library_without_tracks_takes_nothing_away(world, tmp_path):
    likes = world.rows("SELECT count(*) FROM liked_tracks WHERE removed_at IS NULL")
    (tmp_path / "YourLibrary.json").write_text(json.dumps({"tracks": [], "albums": [], "artists": []}))
    import_(world, str(tmp_path / "YourLibrary.json"))
    assert world.rows("SELECT count(*) FROM liked_tracks WHERE removed_at IS NULL") == likes
