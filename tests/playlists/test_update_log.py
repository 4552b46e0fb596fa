"""What update_dynamic_playlists says: one line for nothing new, each thing once, in plain words, and no names."""

import pytest

pytestmark = pytest.mark.once

UPDATE = "playlists.update_dynamic_playlists"


@pytest.fixture
def world(make_world, tmp_path):
    world = make_world(liked=60, plays=20, playlists=2)
    for script in ("track_plays", "sync_liked_tracks", "sync_playlists", "materialized_views"):
        assert world.run(f"api_syncs.{script}").status == "done"
    folder = tmp_path / "definitions"
    folder.mkdir()
    world.extra["PLAYLIST_DEFINITIONS"] = str(folder)
    world.define = lambda slug, text: (folder / f"{slug}.yml").write_text(text, encoding="utf-8")
    return world


def said(world, *arguments, script=UPDATE):
    process = world.call("-m", script, *arguments)
    name = script.rpartition(".")[2]
    lines = (process.stdout + process.stderr).splitlines()
    assert all(line.startswith(f"{name}: ") for line in lines), lines
    return [line.removeprefix(f"{name}: ") for line in lines]


def define_some(world):
    world.define("first", "name: First\nmatch: everything\nlimit: 10\n")
    world.define("empty", "name: Empty\nmatch: {all: [{play_count: {gt: 100000}}]}\n")
    world.define("few", "name: Few\nmin_tracks: 50\nmatch: {all: [{play_count: {gte: 1}}]}\n")
    world.define("later", "name: Later\ncreate: on_request\nmatch: everything\n")
    world.define("weekly", "name: Weekly\nrefresh: weekly\nmatch: everything\nlimit: 5\n")


def test_a_run_that_changes_nothing_says_one_line(world):
    define_some(world)
    first = said(world)
    assert "first: created: 10 added, 0 removed, 1 call" in first
    assert "empty: not made yet: nothing would be in it" in first
    assert any(line.startswith("few: not made yet: Only ") for line in first)
    assert "1 more list is made only when you ask for it; ./run playlists list shows which" in first
    assert len(first) == 6, first
    (only,) = said(world)
    assert only.startswith("done: ")
    (only,) = said(world, "--force")
    assert only.startswith("done: ")


def test_with_verbose_each_list_is_accounted_for(world):
    define_some(world)
    said(world)
    lines = said(world, "--verbose")
    for slug in (
        "first: unchanged",
        "empty: not made yet",
        "few: not made yet",
        "weekly: left as it is: made on",
    ):
        assert [line for line in lines if line.startswith(slug)], slug


def test_what_is_asked_about_by_name_is_answered(world):
    define_some(world)
    said(world)
    lines = said(world, "first", "empty", script="playlists.playlist_sync")
    assert "first: unchanged: 0 added, 0 removed, 0 calls" in lines
    assert "empty: not made: nothing would be in it" in lines
    lines = said(world, "--dry-run", "--force")
    assert "first: would be unchanged: 0 added, 0 removed, 0 calls" in lines
    assert "empty: would not be made: nothing would be in it" in lines


def test_a_template_that_makes_no_list_says_why(world):
    text = 'name: "{value}"\n%sfor_each: {by: genre, min_tracks: %s}\nmatch: {all: [{play_count: {gt: 100000}}]}\n'
    world.define("one", text % ("create: on_request\n", 1))
    world.define("many", text % ("create: at_once\n", 30))
    world.define("first", "name: First\nmatch: everything\nlimit: 10\n")
    why = "nothing would be in it: no genre has"
    assert f"one: not made: {why} a track" in said(world, "one", script="playlists.generate_playlist")
    assert f"one: would not be made: {why} a track" in said(
        world, "one", "--dry-run", script="playlists.generate_playlist"
    )
    assert f"many: not made: {why} 30 tracks" in said(world, "many", script="playlists.playlist_sync")
    assert f"many: not made yet: {why} 30 tracks" in said(world)
    assert f"many: not made yet: {why} 30 tracks" in said(world, "--verbose")
    (only,) = said(world)
    assert only.startswith("done: ")
    process = world.call("-m", "playlists", "preview", "one")
    assert (process.returncode, process.stdout) == (0, f"one: {why} a track\n")


def test_a_list_that_its_guard_keeps_is_said_so_once(world):
    world.define("kept", "name: Kept\nmatch: everything\nlimit: 50\n")
    said(world)
    world.define("kept", "name: Kept\nmatch: everything\nguard: {max_removed_percent: 40}\nlimit: 10\n")
    lines = [line for line in said(world) if "kept" in line]
    assert lines == [
        "kept: left as it is: 40 of 50 tracks would go, more than max_removed_percent, 40, lets. Look at the preview; "
        "if it is right, raise or take out max_removed_percent for one run."
    ]


def test_errors_name_their_list_once_and_no_playlist(world):
    [(title,)] = world.rows(
        "SELECT name FROM all_playlists WHERE name ~ '^[A-Za-z ]{8,}$' AND name <> 'Liked Songs' ORDER BY name LIMIT 1"
    )
    world.define("broken", "name: Broken\nmatch:\n  all:\n    - playcount: 0\n")
    world.define("lost", f"name: Lost\nmatch: everything\nminus: ['{title[:-1]}']\n")
    world.define("same_1", "name: A private name\nmatch: everything\nlimit: 5\n")
    world.define("same_2", "name: A private name\nmatch: everything\nlimit: 5\n")
    lines = said(world)
    shown = "\n".join(lines)
    assert "same_2: The list same_1 has the same name already." in shown
    assert "3 smart playlists could not be updated: broken, lost, same_2." in shown
    for slug in ("broken", "lost", "same_2"):
        about = [line for line in lines if slug in line and "could not be updated" not in line]
        assert len(about) == 1, about
        assert about[0].count(slug) == 1, about
    assert title not in shown
    assert "A private name" not in shown


@pytest.mark.parametrize(
    ("others", "sentence"),
    [(0, ""), (1, "The other one is up to date. "), (2, "The others are up to date. ")],
)
def test_others_are_spoken_of_where_there_are_others(world, others, sentence):
    world.define("broken", "name: Broken\nmatch: {all: [{playcount: 0}]}\n")
    for number in range(others):
        world.define(f"list_{number}", f"name: List {number}\nmatch: everything\nlimit: 5\n")
    end = "1 smart playlist could not be updated: broken. %sMend what is said above, and run again."
    assert said(world)[-1] == end % sentence
    assert said(world, "--dry-run")[-1] == end % "", "nothing was written"


def test_of_one_nothing_is_said_as_of_several(world):
    world.define("one", "name: One\nmatch: everything\nlimit: 1\n")
    world.define("few", "name: Few\nmatch: everything\noffset: 59\nmin_tracks: 5\n")
    lines = said(world)
    assert "one: created: 1 added, 0 removed, 1 call" in lines
    assert any("Only 1 track is selected, and min_tracks asks for 5" in line for line in lines)
    with world.sim.edit() as library:
        held = [
            item.uri.rpartition(":")[2]
            for one in library.playlists.values()
            if one.name == "One"
            for item in one.items
        ]
        playlist_id = library.new_playlist("By hand", held)
    world.define("other", "name: Other\ncreate: on_request\nmatch: everything\nlimit: 1\n")
    lines = said(world, "other", "--playlist", playlist_id, script="playlists.generate_playlist")
    assert any("which holds 1: 1 stays, 0 go, 0 come" in line for line in lines)


def test_a_template_without_lists_takes_none_over(world):
    world.define("none", 'name: "{value}"\nfor_each: {by: genre, min_tracks: 9000}\nmatch: everything\n')
    lines = said(world, "none", "--playlist", "0" * 22, script="playlists.generate_playlist")
    assert "none makes no list at the moment, so" in lines[-1]
