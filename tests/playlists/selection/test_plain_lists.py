"""The playlists that a definition names, beside smart ones: the listener's own copies, and nobody else's."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from playlists.language.definition import parse_definition
from playlists.selection.lists import make_lists
from playlists.selection.smart_list import Listener
from utils.database.statements import statement

NOW = datetime(2026, 3, 15, 13, 30, tzinfo=UTC)
TRACKS = ("first", "second", "third")


@pytest.fixture
def both(library):
    """A list that u and v have, of which u's copy holds one track and v's another; both like all tracks."""
    library.add("tracks", *({"track_id": track_id, "name": track_id} for track_id in TRACKS))
    for user_id, track_id in (("u", "first"), ("v", "second")):
        user = {"user_id": user_id}
        library.add("liked_tracks", *({**user, "track_id": each, "liked_at": NOW} for each in TRACKS))
        key = {**user, "playlist_id": "both"}
        library.add(
            "playlists", {**key, "owner_id": "somebody", "name": f"{user_id} calls it so", "position": 0}
        )
        entry = {"item_uri": f"spotify:track:{track_id}", "item_type": "track", "track_id": track_id}
        library.add("playlist_items", {**key, "position": 0, **entry})
    library.refresh()
    return library


def made(library, user_id, name):
    """The tracks of a list that takes those of another one; or why there is none."""
    definition = parse_definition("s", f'name: S\nmatch: everything\nintersect: ["{name}"]\n', "s.yml")
    listener = Listener(user_id, "NL", ZoneInfo("UTC"), NOW, "run")
    [smart_list] = make_lists(library.cursor, [definition], listener)
    if smart_list.error:
        return str(smart_list.error)
    return sorted(track.track_id for track in smart_list.tracks)


@pytest.mark.parametrize(("user_id", "expected"), [("u", ["first"]), ("v", ["second"])])
def test_a_list_that_two_listeners_have_is_each_ones_copy(both, user_id, expected):
    assert made(both, user_id, f"{user_id} calls it so") == expected


def test_a_list_of_somebody_else_is_none(both):
    assert "there is no list" in made(both, "u", "v calls it so")


@pytest.mark.parametrize("user_id", ["u", "v"])
def test_liked_songs_are_the_listeners_own(both, user_id):
    both.cursor.execute("DELETE FROM liked_tracks WHERE user_id = 'u' AND track_id <> 'third'")
    both.refresh()
    assert made(both, user_id, "Liked Songs") == (["third"] if user_id == "u" else sorted(TRACKS))


def test_what_a_smart_playlist_held_is_what_the_listeners_copy_of_it_holds(both):
    mapping = {"slug": "s", "name": "S", "playlist_id": "both", "rules": "{}", "status": "active"}
    both.add("playlist_mappings", {"user_id": "u", **mapping})
    both.cursor.execute(statement("smart_playlists.held_items"), {"user_id": "u", "playlist_id": "both"})
    assert both.cursor.fetchall() == [("spotify:track:first", "first")]
