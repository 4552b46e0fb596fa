"""The owner changes their mind: a list that is taken over and put back, a file with another name, a list that is let go."""

from contextlib import closing

import psycopg2
import pytest

from tests.playlists.owner import (
    FIRST,
    GENERATE,
    UPDATE,
    WRITES,
    by_hand,
    call,
    library_of,
    number_of_lists,
    on_spotify,
    owners_world,
    rows,
    updated,
)
from utils.database.statements import statement

pytestmark = pytest.mark.once

NOTHING = "name: Nothing\ncreate: on_request\nmatch: {all: [{play_count: {gt: 100000}}]}\n"


@pytest.fixture
def world(make_world, tmp_path):
    return owners_world(make_world, tmp_path)


# Taking over


def test_a_list_that_would_lose_more_than_it_keeps_is_not_taken_over_unasked(world):
    uris = library_of(world)[:100]
    playlist_id = by_hand(world, uris)
    world.define("nothing", NOTHING)
    before = on_spotify(world, playlist_id)
    said = call(world, GENERATE, "nothing", "--playlist", playlist_id, code=2)
    assert f"taking over playlist {playlist_id}, which holds 100: 0 stay, 100 go, 0 come" in said
    assert f"./run generate_playlist nothing --playlist {playlist_id} --yes" in said
    assert on_spotify(world, playlist_id) == before
    assert rows(world) == {}
    said = call(world, GENERATE, "nothing", "--playlist", playlist_id, "--dry-run")
    assert "0 stay, 100 go, 0 come" in said
    assert on_spotify(world, playlist_id) == before


def test_a_list_that_keeps_most_is_taken_over_as_it_is_asked_for(world):
    uris = library_of(world)
    playlist_id = by_hand(world, [*uris[:8], *uris[50:58]])
    world.define("first", FIRST)
    said = call(world, GENERATE, "first", "--playlist", playlist_id)
    assert "which holds 16: 8 stay, 8 go, 2 come" in said
    assert on_spotify(world, playlist_id)[3] == uris[:10]


def test_what_a_list_held_is_put_back(world):
    uris = library_of(world)
    held = [*uris[20:70], uris[20], uris[21]]
    playlist_id = by_hand(world, held, description="For the road", public=True)
    before = on_spotify(world, playlist_id)
    world.define("first", f"{FIRST}public: no\ncreate: on_request\n")
    call(world, GENERATE, "first", "--playlist", playlist_id, "--yes")
    name, _, public, items = on_spotify(world, playlist_id)
    assert (name, public, items) == ("First", False, uris[:10])
    world.define("first", f"{FIRST}public: no\ncreate: on_request\noffset: 3\n")
    updated(world)
    said = call(world, "playlists", "put-back", "first")
    assert "would be put back: 52 items come back, 10 go" in said
    assert "./run playlists put-back first --yes" in said
    assert on_spotify(world, playlist_id)[3] == uris[3:13]
    call(world, "playlists", "put-back", "first", "--yes")
    assert on_spotify(world, playlist_id) == before
    assert rows(world) == {}
    updated(world)
    assert on_spotify(world, playlist_id) == before, "nobody looks after it any more"
    assert "nothing to put back" in call(world, "playlists", "put-back", "first", "--yes", code=2)


def test_what_a_deleted_list_held_is_put_back_into_the_one_that_took_its_place(world):
    uris = library_of(world)
    held = uris[20:70]
    playlist_id = by_hand(world, held)
    world.define("first", f"{FIRST}create: on_request\n")
    call(world, GENERATE, "first", "--playlist", playlist_id, "--yes")
    with world.sim.edit() as library:
        library.unfollow_playlist(playlist_id)
    assert "deleted" in call(world, "playlists", "put-back", "first", "--yes", code=1)
    call(world, GENERATE, "first")
    ((_, made),) = rows(world).items()
    assert made != playlist_id
    assert on_spotify(world, made)[3] == uris[:10]
    call(world, "playlists", "put-back", "first", "--yes")
    assert on_spotify(world, made)[3] == held


def test_a_list_made_by_us_has_nothing_to_put_back(world):
    world.define("first", FIRST)
    updated(world)
    assert "was not taken over" in call(world, "playlists", "put-back", "first", code=2)
    assert "was not taken over" in call(world, "playlists", "put-back", "other", code=2)


# After a lost database


def lose_database(world):
    world.change("DELETE FROM playlist_mappings")


def test_after_a_lost_database_a_list_is_known_by_what_the_rules_select(world):
    """Another shuffle, of another week: few of its tracks are wanted now, but all are what the rules select."""
    text = "name: Shuffled\nmatch: everything\nshuffle: %s\nlimit: 10\n"
    world.define("shuffled", text % 1)
    updated(world)
    found = rows(world)
    lose_database(world)
    world.define("shuffled", text % 2)
    said, _ = updated(world)
    assert "shuffled: adopted" in said
    assert rows(world) == found
    assert number_of_lists(world) == 1


def test_after_a_lost_database_a_list_that_holds_something_else_is_not_taken(world):
    uris = library_of(world)
    rules = "name: Heard\nmatch: {all: [{play_count: {gte: 1}}]}\n"
    heard = [
        uri
        for (uri,) in world.rows(
            "SELECT 'spotify:track:' || track_id FROM unified_tracks WHERE play_count > 0"
        )
    ]
    others = [uri for uri in uris if uri not in heard]
    playlist_id = by_hand(world, [*heard[:3], *others[:4]], "Heard", description="Smart playlist Heard")
    world.define("heard", rules)
    before = on_spotify(world, playlist_id)
    world.sim.clear_requests()
    said = call(world, UPDATE, "--force", code=1)
    assert f"./run generate_playlist heard --playlist {playlist_id} takes it over" in said
    assert not [line for line in world.asked() if line.startswith(WRITES)]
    assert rows(world) == {}
    said = call(world, GENERATE, "heard")
    assert "most of what it holds is not what the rules select" in said
    assert number_of_lists(world) == 2
    assert on_spotify(world, playlist_id) == before


# A file with another name


def test_a_renamed_file_takes_its_list_over_by_itself(world):
    world.define("old", FIRST)
    updated(world)
    playlist_id = rows(world)["old"]
    world.rename("old", "new")
    said = call(world, UPDATE, "--force", "--dry-run")
    assert "new: would take over the list of old" in said
    assert "./run playlists forget" not in said
    assert rows(world) == {"old": playlist_id}
    said, writes = updated(world)
    assert "new: takes over the list of old, whose file is gone: name and rules are the same" in said
    assert writes == []
    assert rows(world) == {"new": playlist_id}
    said, writes = updated(world)
    assert "old" not in said
    assert writes == []


def test_a_renamed_file_on_request_takes_its_list_over_as_well(world):
    world.define("old", f"{FIRST}create: on_request\n")
    call(world, GENERATE, "old")
    playlist_id = rows(world)["old"]
    world.rename("old", "new")
    updated(world)
    assert rows(world) == {"new": playlist_id}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("Drawn", "shuffle: 7\nlimit: 20\n"),
        ("Drawn", "random_group: {by: artist, count: 3, seed: 7}\n"),
        ('"Drawn {value}"', "for_each: {by: decade, max_lists: 1}\nshuffle: 7\nlimit: 20\n"),
        ('"Drawn {date}"', "mode: archive\nrefresh: weekly\nshuffle: 7\nlimit: 20\n"),
    ],
)
def test_a_renamed_file_keeps_what_chance_has_drawn(world, name, more):
    text = f"name: {name}\ncreate: at_once\nmatch: everything\n{more}"
    world.define("old", text)
    updated(world)
    ((_, playlist_id),) = rows(world).items()
    before = on_spotify(world, playlist_id)
    shown = call(world, "playlists", "preview", "old")
    world.rename("old", "new")
    assert call(world, "playlists", "preview", "new").replace("(new", "(old") == shown
    if "archive" not in more:
        assert "nothing changes" in call(world, "playlists", "diff", "new")
    first = before[3][0].rpartition(":")[2]
    assert "it is number 1 of" in call(world, "playlists", "explain", "new", first)
    _, writes = updated(world)
    assert writes == []
    assert on_spotify(world, playlist_id) == before
    assert call(world, "playlists", "preview", "new").replace("(new", "(old") == shown
    world.rename("new", "newest")
    world.define("newest", f"{text}description: Of another kind.\n")
    call(world, "playlists", "rename", "new", "newest")
    call(world, "playlists.playlist_sync", "newest")
    assert on_spotify(world, playlist_id)[3] == before[3], "also by the command, and twice"


@pytest.mark.parametrize(
    "more", ["create: at_once\nfor_each: {by: decade, max_lists: 3}\n", "mode: archive\nrefresh: weekly\n"]
)
def test_a_renamed_file_of_several_lists_takes_all_of_them_over(world, more):
    place = "{value}" if "for_each" in more else "{date}"
    world.define("old", f'name: "All of {place}"\nmatch: everything\n{more}')
    updated(world)
    before = rows(world)
    world.rename("old", "new")
    _, writes = updated(world)
    assert writes == []
    assert rows(world) == {slug.replace("old", "new"): found for slug, found in before.items()}
    assert number_of_lists(world) == len(before) > 0


def test_a_renamed_file_with_other_rules_is_told_the_command(world):
    world.define("old", FIRST)
    updated(world)
    playlist_id = rows(world)["old"]
    world.drop("old")
    world.define("new", f"{FIRST}offset: 1\n")
    world.sim.clear_requests()
    said = call(world, UPDATE, "--force", code=1)
    assert not [line for line in world.asked() if line.startswith(WRITES)]
    assert "./run playlists rename old new" in said
    assert "is the list old already" not in call(
        world, GENERATE, "new", "--playlist", playlist_id, "--yes", code=1
    )
    assert "old is new now" in call(world, "playlists", "rename", "old", "new")
    said, _ = updated(world)
    assert rows(world) == {"new": playlist_id}
    assert on_spotify(world, playlist_id)[3] == library_of(world)[1:11]
    assert "old" not in said


def test_two_files_that_are_the_same_are_not_chosen_between(world):
    world.define("old", f"{FIRST}create: on_request\n")
    call(world, GENERATE, "old")
    world.rename("old", "new_1")
    world.define("new_2", f"{FIRST}create: on_request\n")
    said, _ = updated(world)
    assert "./run playlists rename old NEW" in said
    assert [*rows(world)] == ["old"]


def test_what_cannot_be_renamed_says_why(world):
    world.define("one", FIRST)
    world.define("two", FIRST.replace("First", "Second"))
    updated(world)
    assert "is still there" in call(world, "playlists", "rename", "one", "two", code=2)
    world.drop("one")
    assert "two has a list of its own already" in call(world, "playlists", "rename", "one", "two", code=2)
    assert "did you mean two?" in call(world, "playlists", "rename", "one", "twoo", code=2)
    assert "did you mean one?" in call(world, "playlists", "rename", "onee", "two", code=2)
    assert len(rows(world)) == 2


# A list that is let go


def test_a_list_that_is_forgotten_stays_and_is_no_longer_spoken_of(world):
    world.define("old", FIRST)
    updated(world)
    playlist_id = rows(world)["old"]
    before = on_spotify(world, playlist_id)
    assert "is still there" in call(world, "playlists", "forget", "old", code=2)
    world.drop("old")
    said, _ = updated(world)
    assert "./run playlists forget old" in said
    said = call(world, "playlists", "forget", "old")
    assert f"https://open.spotify.com/playlist/{playlist_id}" in said
    assert rows(world) == {}
    said, writes = updated(world)
    assert "old" not in said
    assert writes == []
    assert on_spotify(world, playlist_id) == before


def test_all_lists_of_a_template_are_forgotten_at_once(world):
    world.define(
        "years", 'name: "{value}"\ncreate: at_once\nfor_each: {by: decade, max_lists: 2}\nmatch: everything\n'
    )
    world.define("years_ago", FIRST)
    world.define("years_of_old", FIRST.replace("First", "Second"))
    updated(world)
    world.drop("years")
    world.drop("years_of_old")
    call(world, "playlists", "forget", "years")
    assert [*rows(world)] == ["years_ago", "years_of_old"], "no lists of the template"


def test_a_template_with_other_rules_is_given_all_its_lists_by_the_command(world):
    text = 'name: "Of the {value}"\ncreate: at_once\nfor_each: {by: year, max_lists: 3}\nmatch: everything\n'
    world.define("old", text)
    updated(world)
    before = rows(world)
    assert len(before) == 3
    world.drop("old")
    world.define("new_one", f"{text}limit: 2\n")
    said = call(world, UPDATE, "--force", code=1)
    assert "./run playlists rename old new_one" in said
    assert number_of_lists(world) == 3
    call(world, "playlists", "rename", "old", "new_one")
    updated(world)
    assert rows(world) == {slug.replace("old", "new_one"): found for slug, found in before.items()}


def test_while_lists_are_updated_nothing_is_renamed_or_forgotten(world):
    world.define("old", FIRST)
    updated(world)
    world.rename("old", "new")
    [(user_id,)] = world.rows("SELECT user_id FROM users")
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement("jobs.run_lock"), {"lock": f"update_dynamic_playlists:{user_id}"})
        for words in (("rename", "old", "new"), ("forget", "old")):
            assert "are being updated" in call(world, "playlists", *words, code=1)
    assert [*rows(world)] == ["old"]
