"""A list that is let go for another one: what is refused says what helps, and it does."""

import pytest

from tests.playlists.owner import (
    FIRST,
    GENERATE,
    by_hand,
    call,
    library_of,
    on_spotify,
    owners_world,
    rows,
    updated,
)

pytestmark = pytest.mark.once
ON_REQUEST = f"{FIRST}create: on_request\n"
YEARS = 'name: "Of the {value}"\nfor_each: {by: decade, max_lists: 2}\nmatch: everything\n'


@pytest.fixture
def world(make_world, tmp_path):
    return owners_world(make_world, tmp_path)


def link(playlist_id):
    return f"https://open.spotify.com/playlist/{playlist_id}"


def playlists(world, *words, code=0):
    return call(world, "playlists", *words, code=code)


# Another list for a definition that has one


def test_a_second_list_is_taken_over_once_the_first_is_let_go(world):
    uris = library_of(world)
    second = by_hand(world, uris[:8])
    world.define("first", ON_REQUEST)
    call(world, GENERATE, "first")
    made = rows(world)["first"]
    before = on_spotify(world, made)
    said = call(world, GENERATE, "first", "--playlist", second, code=1)
    assert f"first has another list already: {link(made)}" in said
    assert "./run playlists forget first --yes" in said
    assert "put-back" not in said
    said = playlists(world, "forget", "first", "--yes")
    assert f"first is forgotten; its list stays: {link(made)}" in said
    assert "unless it says create: on_request" in said
    call(world, GENERATE, "first", "--playlist", second)
    updated(world)
    assert rows(world) == {"first": second}
    assert on_spotify(world, made) == before


def test_a_list_that_was_taken_over_can_be_put_back_for_a_second_one(world):
    uris = library_of(world)
    first, second = by_hand(world, uris[:8]), by_hand(world, uris[2:9], "Also by hand")
    before = on_spotify(world, first)
    world.define("first", ON_REQUEST)
    call(world, GENERATE, "first", "--playlist", first)
    said = call(world, GENERATE, "first", "--playlist", second, code=1)
    assert "./run playlists put-back first --yes makes it what it was before" in said
    assert "./run playlists forget first --yes leaves it to you as it is" in said
    playlists(world, "put-back", "first", "--yes")
    call(world, GENERATE, "first", "--playlist", second)
    assert rows(world) == {"first": second}
    assert on_spotify(world, first)[3] == before[3]


def test_a_playlist_that_is_another_ones_list_says_how_to_let_it_go(world):
    world.define("one", FIRST)
    world.define("two", FIRST.replace("First", "Second"))
    call(world, GENERATE, "one")
    said = call(world, GENERATE, "two", "--playlist", rows(world)["one"], code=1)
    assert "is the list one already. Name another one, or first ./run playlists forget one --yes." in said


def test_what_a_list_held_before_is_not_forgotten_unasked(world):
    playlist_id = by_hand(world, library_of(world)[:8])
    world.define("first", FIRST)
    call(world, GENERATE, "first", "--playlist", playlist_id)
    world.drop("first")
    said = playlists(world, "forget", "first", code=2)
    assert "would be forgotten as well" in said
    assert "./run playlists put-back first" in said
    assert rows(world) == {"first": playlist_id}
    playlists(world, "forget", "first", "--yes")
    assert rows(world) == {}


# Putting back


def test_an_empty_description_comes_back_where_spotify_takes_it(world):
    playlist_id = by_hand(world, library_of(world)[:8])
    world.define("first", f"{ON_REQUEST}description: Of the definition\n")
    call(world, GENERATE, "first", "--playlist", playlist_id)
    said = playlists(world, "put-back", "first", "--yes")
    assert "first: it had no description, and Spotify does not take an empty one" in said
    assert "in the app" in said
    assert on_spotify(world, playlist_id)[:2] == ("By hand", "Of the definition")
    assert rows(world) == {}, "all else is put back"


def controls(world):
    return world.rows("SELECT job, consecutive_failures, circuit_open_until IS NOT NULL FROM job_controls")


def test_looks_that_fail_are_no_failures_of_the_job(world):
    playlist_id = by_hand(world, library_of(world)[:8])
    world.define("first", ON_REQUEST)
    call(world, GENERATE, "first", "--playlist", playlist_id)
    before = controls(world)
    with world.sim.edit() as library:
        library.unfollow_playlist(playlist_id)
    for _ in range(6):
        assert "deleted" in playlists(world, "put-back", "first", code=1)
    world.define("second", FIRST.replace("First", "Second"))
    for _ in range(6):
        call(world, GENERATE, "second", "--playlist", playlist_id, "--dry-run", code=1)
    assert controls(world) == before
    assert "deleted" in playlists(world, "put-back", "first", "--yes", code=1)
    assert ("put_back", 1, False) in controls(world)


def test_putting_back_takes_the_options_of_the_others(world, tmp_path):
    playlist_id = by_hand(world, library_of(world)[:8])
    world.define("first", ON_REQUEST)
    call(world, GENERATE, "first", "--playlist", playlist_id)
    words = ("put-back", "first", "--definitions", str(tmp_path / "definitions"))
    world.change(
        "INSERT INTO job_controls (user_id, job, consecutive_failures, circuit_open_until) "
        "SELECT user_id, 'put_back', 5, now() + interval '30 minutes' FROM users"
    )
    assert "held back until" in playlists(world, *words, "--yes")
    assert "would be put back" in playlists(world, *words, "--force")
    playlists(world, *words, "--yes", "--force")
    assert rows(world) == {}


def test_rules_that_are_kept_in_the_database_stay_when_their_list_is_put_back_or_forgotten(world):
    uris = library_of(world)
    rules = '{"match": "everything", "sort": [{"by": "added_at"}], "limit": 10}'
    call(world, "playlists.update_dynamic_playlists")
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules) SELECT user_id, 'mine', 'Mine', %s FROM users",
        rules,
    )
    for command in ("put-back", "forget"):
        playlist_id = by_hand(world, uris[:8], f"For {command}")
        call(world, GENERATE, "mine", "--playlist", playlist_id)
        playlists(world, command, "mine", "--yes")
        assert rows(world) == {"mine": None}
    call(world, GENERATE, "mine", "--playlist", by_hand(world, uris[:8], "Again"))
    assert world.rows("SELECT rules ->> 'limit' FROM playlist_mappings") == [("10",)]


# The list of exclusions


def test_the_list_of_exclusions_is_no_smart_playlist(world):
    call(world, "api_syncs.sync_exclusions")
    found = rows(world)
    world.define("first", ON_REQUEST)
    for words in (
        ("forget", "exclusions"),
        ("forget", "exclusions", "--yes"),
        ("rename", "exclusions", "first"),
        ("rename", "first", "exclusions"),
        ("put-back", "exclusions"),
    ):
        said = playlists(world, *words, code=2)
        assert "exclusions is the list of what you exclude, and no smart playlist" in said
        assert "What you take out of it in the app comes back" in said
    assert rows(world) == found
    said = call(world, GENERATE, "first", "--playlist", found["exclusions"], code=1)
    assert "is the list exclusions already. Name another one." in said


# Each pair of states of `rename OLD NEW`


@pytest.fixture
def pair(world):
    """`pair(old=…, new=…)`: the states of the two, each a text of file, row and list."""

    def make(old, new):
        for slug, state in (("old", old), ("new", new)):
            text = FIRST.replace("First", slug) + ("create: on_request\n" if "list" not in state else "")
            if "file" in state or "list" in state:
                world.define(slug, text)
            if "list" in state:
                call(world, GENERATE, slug)
            if "retired" in state:
                with world.sim.edit() as library:
                    library.unfollow_playlist(rows(world)[slug])
                call(world, "playlists.playlist_sync", slug)
            if "file" not in state and "list" in state:
                world.drop(slug)
            if "broken" in state:
                world.define(slug, "name: [\n")
        return rows(world)

    return make


@pytest.mark.parametrize(
    ("old", "new", "refusal", "remedy"),
    [
        ("list", "file", "", ""),
        ("list", "file, retired list", "", ""),
        ("list", "file, list", "new has a list of its own already, new", "./run playlists forget new --yes"),
        ("list", "list", "There is no definition 'new'", "as it is called now"),
        ("list", "nothing", "There is no definition 'new'", "as it is called now"),
        ("list", "broken file", "new.yml:", "Correct these places"),
        ("retired list", "file", "", ""),
        ("file, list", "file", "The definition of old is still there", "Take it away, or rename it, first"),
        ("file", "file", "The definition of old is still there", "Take it away, or rename it, first"),
        ("broken file", "file", "The definition of old is still there", "Take it away, or rename it, first"),
        ("nothing", "file", "There is no list 'old'", "./run playlists list"),
        ("nothing", "file, list", "There is no list 'old'", "./run playlists list"),
    ],
)
def test_every_pair_of_states_is_renamed_or_refused_with_what_helps(world, pair, old, new, refusal, remedy):
    found = pair(old, new)
    code = 2 if refusal else 0
    said = playlists(world, "rename", "old", "new", code=code)
    assert refusal in said
    assert remedy in said
    assert rows(world) == (found if refusal else {"new": found["old"]})
    if "forget" in remedy:
        playlists(world, "forget", "new", "--yes")
        playlists(world, "rename", "old", "new")
        assert rows(world) == {"new": found["old"]}


def test_what_the_new_name_held_before_it_was_taken_over_is_not_lost(world):
    world.define("old", FIRST)
    call(world, GENERATE, "old")
    world.drop("old")
    world.define("new", ON_REQUEST.replace("First", "New"))
    playlist_id = by_hand(world, library_of(world)[:8])
    call(world, GENERATE, "new", "--playlist", playlist_id)
    with world.sim.edit() as library:
        library.unfollow_playlist(playlist_id)
    call(world, "playlists.playlist_sync", "new")
    said = playlists(world, "rename", "old", "new", code=2)
    assert "What the list new held before it was taken over is kept" in said
    assert len(rows(world)) == 2


def test_one_list_and_several_are_not_given_to_each_other(world):
    world.define("old", FIRST)
    world.define("years", YEARS)
    call(world, GENERATE, "old")
    call(world, GENERATE, "years")
    before = rows(world)
    decade = next(slug for slug in before if slug.startswith("years_"))
    world.drop("old")
    world.define("many", YEARS.replace("Of", "All"))
    world.define("single", ON_REQUEST.replace("First", "Single"))
    said = playlists(world, "rename", "old", "many", code=2)
    assert "old is one list, and many makes several" in said
    assert "./run playlists forget old leaves it to you" in said
    assert "still there" in playlists(world, "rename", decade, "single", code=2)
    world.drop("years")
    assert "years is several lists, and single makes one" in playlists(
        world, "rename", "years", "single", code=2
    )
    assert rows(world) == before
    playlists(world, "rename", decade, "single")
    assert rows(world)["single"] == before[decade]


def test_rules_in_the_database_are_not_lost_to_a_file_that_is_gone(world):
    world.define("old", FIRST)
    call(world, GENERATE, "old")
    world.drop("old")
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules) "
        """SELECT user_id, 'mine', 'Mine', '{"match": "everything"}' FROM users"""
    )
    said = playlists(world, "rename", "old", "mine", code=2)
    assert "The rules of mine are kept in the database" in said
    assert "./run generate_playlist mine --playlist" in said
    assert len(rows(world)) == 2
