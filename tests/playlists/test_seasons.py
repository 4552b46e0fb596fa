"""Lists that are emptied or hidden out of their season, and come back with it: also after kills, and never taken for deleted."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.clock import FakeClock
from utils.errors import UnknownOutcomeError

pytestmark = pytest.mark.once
SYNCS = ("api_syncs.track_plays", "api_syncs.sync_liked_tracks", "api_syncs.materialized_views")
UPDATE = "playlists.update_dynamic_playlists"
WRITES = ("POST", "PUT", "DELETE")
RULES = "match: everything\nsort: title\nlimit: 30\nguard: {never_empty: yes, max_removed_percent: 10}\nrefresh: monthly\n"
TODAY = datetime.now(UTC)
SEASON = (
    f"active: {{from: {TODAY:%m-%d}, to: {TODAY + timedelta(days=2):%m-%d}}}\n"  # also two hours after AGAIN
)
BEFORE, AFTER = TODAY, TODAY + timedelta(days=10)
AGAIN = TODAY + timedelta(days=366)


@pytest.fixture
def world(make_world, tmp_path):
    world = make_world(liked=60, plays=20, odd=False, playlists=2)
    for script in SYNCS:
        assert world.run(script).status == "done"
    folder = tmp_path / "definitions"
    folder.mkdir()
    world.extra["PLAYLIST_DEFINITIONS"] = str(folder)
    world.define = lambda how, more=SEASON + RULES: (folder / "xmas.yml").write_text(
        f"name: Xmas\n{more}out_of_season: {how}\n", encoding="utf-8"
    )
    return world


def update(world, at, **more):
    """The outcome of an update at a moment, and the requests that it made."""
    world.sim.clear_requests()
    outcome = world.run(UPDATE, force=False, clock=FakeClock(at), **more)
    return outcome, world.asked()


def on_spotify(world):
    """Of the only list ever called Xmas: whether it is listed, and how many tracks it holds."""
    with world.sim.edit() as library:
        [found] = [one for one in library.playlists.values() if one.name == "Xmas"]
        return found.id in library.user_playlists, len(found.items)


def row(world):
    return world.rows("SELECT status, out_of_season, track_count FROM playlist_mappings")[0]


def test_a_list_is_emptied_out_of_season_against_its_guard_and_full_again_in_it(world):
    world.define("empty")
    assert update(world, BEFORE)[0].tally.new_items == 1
    assert on_spotify(world) == (True, 30)
    outcome, asked = update(world, AFTER)
    assert (outcome.status, outcome.tally.updated_items, on_spotify(world)) == ("done", 1, (True, 0))
    assert [line for line in asked if line.startswith(WRITES)] == [asked[-1]], "one call"
    assert row(world) == ("active", "emptied", 0)
    assert update(world, AFTER + timedelta(days=1))[1] == [], "an empty one costs no request"
    outcome, _ = update(world, AGAIN)
    assert (outcome.tally.updated_items, on_spotify(world)) == (1, (True, 30)), "whenever it was made last"
    assert row(world) == ("active", None, 30)
    said = [line for (line,) in world.rows("SELECT message FROM logs WHERE message LIKE 'xmas: %%'")]
    assert any(line.startswith("xmas: emptied: 0 added, 30 removed, 1 call") for line in said)
    assert any(line.startswith("xmas: emptied out of season until ") for line in said)


def test_a_list_is_hidden_out_of_season_and_the_same_one_comes_back(world):
    world.define("hide")
    update(world, BEFORE)
    [(playlist_id,)] = world.rows("SELECT playlist_id FROM playlist_mappings")
    _, asked = update(world, AFTER)
    assert [line for line in asked if line.startswith(WRITES)] == ["DELETE /me/library"]
    assert on_spotify(world) == (False, 30)
    assert row(world) == ("active", "hidden", 30)
    assert update(world, AFTER + timedelta(days=1))[1] == []
    world.run("api_syncs.sync_playlists")  # its copy is gone with it
    _, asked = update(world, AGAIN)
    assert [line for line in asked if line.startswith(WRITES)] == ["PUT /me/library"]
    assert on_spotify(world) == (True, 30)
    assert row(world) == ("active", None, 30)
    assert world.rows("SELECT playlist_id FROM playlist_mappings") == [(playlist_id,)]


def test_a_hidden_list_is_up_to_date_when_it_comes_back(world):
    world.define("hide")
    update(world, BEFORE)
    update(world, AFTER)
    world.define("hide", SEASON + RULES.replace("limit: 30", "limit: 28"))
    update(world, AGAIN)
    assert on_spotify(world) == (True, 28)


@pytest.mark.parametrize("answer", ["before", "after"])
@pytest.mark.parametrize("which", ["DELETE /me/library", "PUT /me/library"])
def test_a_run_that_ends_at_the_request_is_finished_by_the_next(world, monkeypatch, which, answer):
    """Before Spotify has heard of it, or after; none believes that the listener has deleted the list."""
    world.define("hide")
    update(world, BEFORE)
    if which.startswith("PUT"):
        update(world, AFTER)
    from utils.spotify.client import Spotify

    name = "remove_from_library" if which.startswith("DELETE") else "save_to_library"
    send = getattr(Spotify, name)

    def dying(self, uris):
        if answer == "after":
            send(self, uris)
        raise UnknownOutcomeError("killed here", "Run again.")

    at = AFTER if which.startswith("DELETE") else AGAIN
    with monkeypatch.context() as patch:
        patch.setattr(Spotify, name, dying)
        assert update(world, at)[0].status == "failed"
    assert row(world)[:2] == ("active", "hiding" if which.startswith("DELETE") else "hidden")
    assert update(world, at + timedelta(hours=1))[0].status == "done"
    assert on_spotify(world) == (which.startswith("PUT"), 30)
    assert row(world)[:2] == ("active", "hidden" if which.startswith("DELETE") else None)
    with world.sim.edit() as library:
        assert len([one for one in library.playlists.values() if one.name == "Xmas"]) == 1


def test_a_killed_run_whose_season_has_begun_meanwhile_shows_the_list(world, monkeypatch):
    world.define("hide")
    update(world, BEFORE)
    world.change("UPDATE playlist_mappings SET out_of_season = 'hiding'")
    assert update(world, BEFORE + timedelta(hours=1))[0].status == "done"
    assert on_spotify(world) == (True, 30)
    assert row(world) == ("active", None, 30)


def test_a_list_that_the_listener_deletes_in_season_is_deleted(world):
    world.define("hide")
    update(world, BEFORE)
    with world.sim.edit() as library:
        library.unfollow_playlist(world.rows("SELECT playlist_id FROM playlist_mappings")[0][0])
    _, asked = update(world, AFTER)
    assert row(world)[:2] == ("retired", None)
    assert not [line for line in asked if line.startswith(WRITES)]
    update(world, AGAIN)
    assert on_spotify(world)[0] is False


def test_a_hidden_list_that_spotify_knows_no_more_is_retired_and_made_anew_when_asked_for(world):
    world.define("hide")
    update(world, BEFORE)
    update(world, AFTER)
    with world.sim.edit() as library:
        del library.playlists[world.rows("SELECT playlist_id FROM playlist_mappings")[0][0]]
    update(world, AGAIN)
    assert row(world)[:2] == ("retired", None)
    assert world.call("-m", "playlists.generate_playlist", "xmas").returncode == 0
    assert on_spotify(world) == (True, 30)


def test_by_name_a_hidden_list_is_shown_whatever_the_day(world):
    world.define("hide")
    update(world, BEFORE)
    update(world, AFTER)
    monday = "weekdays: [mon]\n" if datetime.now(UTC).isoweekday() != 1 else "weekdays: [tue]\n"
    world.define("hide", monday + RULES)
    process = world.call("-m", "playlists.generate_playlist", "xmas")
    assert process.returncode == 0, process.stderr
    assert on_spotify(world) == (True, 30)
    assert row(world) == ("active", None, 30)


def test_without_the_option_a_hidden_list_comes_back_at_the_next_update_of_its_season(world):
    world.define("hide")
    update(world, BEFORE)
    update(world, AFTER)
    world.define("keep", RULES + SEASON)
    update(world, AFTER + timedelta(days=1))
    assert on_spotify(world) == (True, 30), "nothing asks for it to be hidden any more"
    world.define("empty")
    update(world, AFTER + timedelta(days=2))
    assert on_spotify(world) == (True, 0)


def test_a_hidden_list_that_is_forgotten_can_be_found_again(world):
    world.define("hide")
    update(world, BEFORE)
    update(world, AFTER)
    process = world.call("-m", "playlists", "forget", "xmas", "--yes")
    assert process.returncode == 0, process.stderr
    assert "hidden out of its season: open the link, and add it to your library" in process.stdout


def test_a_list_that_was_taken_over_is_put_back_also_while_it_is_hidden(world):
    with world.sim.edit() as library:
        mine = library.new_playlist("Mine", list(library.tracks)[:3])
    world.define("hide", f"create: on_request\n{SEASON}{RULES}")
    process = world.call("-m", "playlists.generate_playlist", "xmas", "--playlist", mine, "--yes")
    assert process.returncode == 0, process.stderr
    update(world, AFTER)
    with world.sim.edit() as library:
        assert mine not in library.user_playlists
    process = world.call("-m", "playlists", "put-back", "xmas", "--yes")
    assert process.returncode == 0, process.stderr
    with world.sim.edit() as library:
        assert mine in library.user_playlists
        assert (library.playlists[mine].name, len(library.playlists[mine].items)) == ("Mine", 3)


def test_a_list_that_is_not_made_yet_is_not_made_to_be_emptied(world):
    world.define("empty")
    outcome, asked = update(world, AFTER)
    assert (outcome.status, asked) == ("done", [])
    assert world.rows("SELECT count(*) FROM playlist_mappings") == [(0,)]


@pytest.mark.parametrize(("how", "said"), [("empty", "would be emptied"), ("hide", "would be hidden")])
def test_a_dry_run_says_it_and_does_nothing(world, how, said):
    world.define(how)
    update(world, BEFORE)
    other = "mon" if datetime.now(UTC).isoweekday() != 1 else "tue"
    world.define(how, f"weekdays: [{other}]\n{RULES}")
    process = world.call("-m", UPDATE, "--dry-run")
    assert f"xmas: {said}" in process.stdout
    assert on_spotify(world) == (True, 30)
    assert row(world)[:2] == ("active", None)


def test_what_makes_no_sense_is_said(world):
    for text, said in (
        ("match: everything\n", "out_of_season needs a season"),
        (f"{SEASON}mode: append\nmatch: everything\n", "with `mode: append` what is in the list stays"),
    ):
        world.define("empty", text)
        process = world.call("-m", "playlists", "check")
        assert process.returncode == 2
        assert said in process.stdout


def test_a_hidden_list_that_its_guard_keeps_is_shown_and_hidden_again_after_its_season(world):
    world.define("hide")
    update(world, BEFORE)
    update(world, AFTER)
    world.define("hide", SEASON + RULES.replace("match: everything", "match: {all: [{title: none of them}]}"))
    update(world, AGAIN)
    assert (on_spotify(world), row(world)[:2]) == ((True, 30), ("active", None)), "shown, and left as it was"
    update(world, AGAIN + timedelta(days=12))
    assert (on_spotify(world), row(world)[:2]) == ((False, 30), ("active", "hidden"))


def test_a_list_that_is_shown_and_kept_by_its_guard_may_be_deleted_and_else_is_made_without_waiting(world):
    nothing = SEASON + RULES.replace("match: everything", "match: {all: [{title: none of them}]}")
    world.define("hide")
    update(world, BEFORE)
    update(world, AFTER)
    world.define("hide", nothing)
    update(world, AGAIN)
    world.define("hide", SEASON + RULES.replace("limit: 30", "limit: 28"))
    update(world, AGAIN + timedelta(hours=1))
    assert on_spotify(world) == (True, 28), "its refresh is monthly"
    assert update(world, AGAIN + timedelta(hours=2))[1] == []
    update(world, AGAIN + timedelta(days=12))
    world.define("hide", nothing)
    update(world, AGAIN + timedelta(days=366))
    with world.sim.edit() as library:
        library.unfollow_playlist(world.rows("SELECT playlist_id FROM playlist_mappings")[0][0])
    update(world, AGAIN + timedelta(days=366, hours=1))
    assert (on_spotify(world)[0], row(world)[:2]) == (False, ("retired", None))


def test_a_list_that_is_shown_again_is_said_to_be(world):
    world.define("hide")
    update(world, BEFORE)
    update(world, AFTER)
    link = world.rows("SELECT playlist_id FROM playlist_mappings")[0][0]
    process = world.call("-m", "playlists.generate_playlist", "xmas", "--dry-run")
    assert "xmas: would be shown: 0 added, 0 removed, 0 calls" in process.stdout
    assert on_spotify(world)[0] is False
    outcome, _ = update(world, AGAIN)
    assert outcome.tally.updated_items == 1
    update(world, AFTER)
    process = world.call("-m", "playlists.generate_playlist", "xmas", "--playlist", link)
    assert "xmas: shown: 0 added, 0 removed, 0 calls" in process.stdout, process.stderr


@pytest.mark.parametrize("request_", ["DELETE /me/library", "PUT /me/library", "GET /playlists/"])
def test_a_pause_that_spotify_asks_for_in_the_middle_is_finished_by_the_next_run(world, request_):
    is_hiding = request_.startswith("DELETE")
    world.define("hide")
    update(world, BEFORE)
    if not is_hiding:
        update(world, AFTER)
    at = AFTER if is_hiding else AGAIN
    world.sim.faults.add("quota", match=request_, retry_after=4000)
    assert update(world, at)[0].status == "paused"
    world.change("DELETE FROM sync_pauses")
    assert update(world, at + timedelta(hours=2))[0].status == "done"
    assert on_spotify(world) == (not is_hiding, 30)
    assert row(world)[:2] == ("active", "hidden" if is_hiding else None)
