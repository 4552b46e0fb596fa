"""Killed between any two calls, answers lost, pauses: the next run makes it right, and no state is too short."""

import json
import random
import signal
from itertools import count
from pathlib import Path

import pytest

from playlists.writing.target import ListError
from tests.connections import PATIENCE_S
from tests.playlists.writing.conftest import DESCRIPTION, NAME, Killed, target
from utils.errors import RateLimited, UnknownOutcomeError

pytestmark = pytest.mark.once

SCRIPT = str(Path(__file__).with_name("writer_script.py"))


def scene(mix, kind):
    """What a list holds, and what it should hold: an edit in several calls, or a replacement in several."""
    uris = mix.tracks(700)
    before = uris[:450]
    if kind == "edits":
        return before, [
            uris[600],
            *before[3:200],
            *before[300:310],
            *before[200:300],
            *before[310:],
            *uris[500:640],
        ]
    if kind == "replacement":
        wanted = before[100:400] + uris[500:640]
        random.Random(3).shuffle(wanted)
        return before, wanted
    return [], uris[:350]  # a new list


def check_states(mix, shortest):
    assert mix.states
    assert all(len(state) >= shortest for state in mix.states)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("kind", ["edits", "replacement", "new"])
def test_killed_once_at_each_write(writing, kind, moment):
    """And after each kill, one run that lives."""
    for number in count(1):
        mix = writing()
        before, wanted = scene(mix, kind)
        if kind != "new":
            mix.made_of(before)
        mix.die_at = (number, moment)
        try:
            mix.sync(target(wanted))
        except Killed:
            mix.die_at = None
            mix.sync(target(wanted))
            lived = False
        else:
            lived = True
        assert mix.contents() == wanted
        assert len(mix.lists()) == 1
        assert mix.row("status, wanted_uris, track_count") == ("active", None, len(wanted))
        check_states(mix, min(100, len(before), len(wanted)))
        with mix.asked() as asked:
            assert mix.sync(target(wanted)).status == "unchanged"
        assert asked == ["GET /me/playlists"]
        if lived:
            break
        mix.world.change("TRUNCATE playlist_mappings")
    assert number > 3, "that many writes there are"


@pytest.mark.parametrize("kind", ["edits", "replacement", "new"])
def test_killed_again_and_again(writing, kind):
    """The n-th run dies at its second write, whatever that is, until one lives."""
    mix = writing()
    before, wanted = scene(mix, kind)
    if kind != "new":
        mix.made_of(before)
    for number in range(40):
        mix.writes, mix.die_at = 0, (1 + (number > 0), "before")
        try:
            mix.sync(target(wanted))
        except Killed:
            continue
        break
    assert number > 1
    assert mix.contents() == wanted
    assert len(mix.lists()) == 1
    check_states(mix, min(100, len(before), len(wanted)))


@pytest.mark.parametrize("kind", ["edits", "new"])
def test_killed_for_real_at_each_write(writing, kind, tmp_path):
    """SIGKILL while Spotify carries the n-th write out."""
    mix = writing()
    before, wanted = scene(mix, kind)
    if kind != "new":
        mix.made_of(before)
    file = tmp_path / "target.json"
    made = {"slug": "mix", "name": NAME, "description": DESCRIPTION, "uris": wanted}
    file.write_text(json.dumps(made), encoding="utf-8")
    sizes = []
    kills = 0
    for _ in range(30):
        child = mix.world.start(SCRIPT, str(file))
        writes = count(1)

        def hook(request, child=child, writes=writes, number=kills + 1):
            if request.kind == "api" and request.method != "GET":
                sizes.append(len(mix.contents()))
                if next(writes) == number:
                    mix.world.kill(child)

        mix.sim.on_request = hook
        out, err = child.communicate(timeout=PATIENCE_S)
        mix.sim.on_request = None
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, out + err
        kills += 1
    assert kills >= 2
    assert mix.contents() == wanted
    assert len(mix.lists()) == 1
    assert mix.row("wanted_uris") == (None,)
    assert min(sizes) >= min(100, len(before), len(wanted))


@pytest.mark.parametrize("fault", ["lost_answer", "empty", "invalid_json", "truncated"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_lost_answer_of_an_add_doubles_nothing(writing, fault, number):
    mix = writing()
    uris = mix.tracks(700)
    mix.made_of(uris[:300])
    wanted = [*uris[500:520], *uris[3:300], *uris[600:620]]
    mix.sim.faults.add(fault, match=r"POST /playlists/\w+/items", after=number)
    mix.sync(target(wanted))
    assert mix.contents() == wanted
    assert len(mix.sim.faults) == 0
    assert mix.sync(target(wanted)).status == "unchanged"


def test_an_add_that_failed_is_made_up_for(writing):
    mix = writing()
    uris = mix.tracks(350)
    mix.made_of(uris[:300])
    mix.sim.faults.add("status", match=r"POST /playlists/\w+/items", status=502)
    mix.sync(target(uris))
    assert mix.contents() == uris


def test_a_move_carried_out_twice_is_mended(writing):
    """The answer to it is lost, and a PUT is repeated."""
    mix = writing()
    uris = mix.tracks(400)
    mix.made_of(uris)
    wanted = [*uris[:10], *uris[100:150], *uris[10:100], *uris[150:]]
    mix.sim.faults.add("lost_answer", match=r"PUT /playlists/\w+/items")
    mix.sync(target(wanted))
    assert mix.contents() == wanted
    check_states(mix, 100)


def test_a_list_whose_creation_was_not_answered_is_found(writing):
    mix = writing()
    uris = mix.tracks(20)
    mix.sim.faults.add("lost_answer", match="POST /me/playlists")
    with pytest.raises(UnknownOutcomeError):
        mix.sync(target(uris, description=""))
    assert mix.row("status, playlist_id") == ("creating", None)
    assert mix.sync(target(uris, description="", name="Renamed meanwhile")).status == "created"
    assert mix.lists() == []
    assert len(mix.lists("Renamed meanwhile")) == 1
    with mix.sim.edit() as library:
        assert len(library.playlists) == 1


@pytest.mark.parametrize("fault", ["quota", "rate_limit"])
def test_a_pause_between_two_calls(writing, fault):
    mix = writing()
    before, wanted = scene(mix, "edits")
    mix.made_of(before)
    options = {"retry_after": 4000}
    mix.sim.faults.add(fault, match=r"(POST|PUT) /playlists/\w+/items", **options)
    with pytest.raises(RateLimited):
        mix.sync(target(wanted))
    assert (mix.outcome.status, mix.outcome.exit_code) == ("paused", 0)
    assert mix.row("wanted_uris IS NOT NULL") == (True,)
    mix.world.change("DELETE FROM sync_pauses")
    mix.sync(target(wanted))
    assert mix.contents() == wanted
    assert mix.row("wanted_uris") == (None,)
    check_states(mix, 100)


# Ids that Spotify refuses


def kill_ids(mix, *uris):
    with mix.sim.edit() as library:
        library.dead_ids |= {uri.rpartition(":")[2] for uri in uris}


@pytest.mark.parametrize("size", [60, 350])
@pytest.mark.parametrize("dead", [[0], [7, 59], [58, 59], [3, 4, 30]])
@pytest.mark.parametrize("before", [0, 200])
def test_dead_ids_are_left_out_and_remembered(writing, size, dead, before):
    mix = writing()
    uris = mix.tracks(700)
    if before:
        mix.made_of(uris[400 : 400 + before])
    kill_ids(mix, *(uris[n] for n in dead))
    living = [uri for n, uri in enumerate(uris[:size]) if n not in dead]
    result = mix.sync(target(uris[:size]))
    assert result.refused == tuple(uris[n] for n in dead)
    assert all(uris[n] in result.message for n in dead)
    assert mix.contents() == living
    check_states(mix, min(100, before, len(living)))
    with mix.asked() as asked:
        again = mix.sync(target(uris[:size]))
    assert asked == ["GET /me/playlists"]
    assert (again.status, again.refused, again.message) == ("unchanged", result.refused, "")
    with mix.asked() as asked:
        mix.sync(target(uris[1 : size + 1]))
    assert len([request for request in asked if not request.startswith("GET")]) <= 2, "not looked for again"


def test_a_dead_id_in_the_middle_of_an_edit(writing):
    mix = writing()
    uris = mix.tracks(700)
    mix.made_of(uris[:400])
    kill_ids(mix, uris[510])
    wanted = [*uris[:100], *uris[500:530], *uris[100:390], *uris[600:620]]
    mix.sync(target(wanted))
    assert mix.contents() == [uri for uri in wanted if uri != uris[510]]
    check_states(mix, 100)


def test_a_refused_id_is_tried_again_after_a_month(writing):
    mix = writing()
    uris = mix.tracks(5)
    kill_ids(mix, uris[2])
    mix.sync(target(uris))
    with mix.sim.edit() as library:
        library.dead_ids.clear()
    assert mix.sync(target(uris)).status == "unchanged"
    mix.world.change(
        "UPDATE playlist_mappings SET refused_uris = %s::jsonb",
        json.dumps({uris[2]: "2020-01-01T00:00:00+00:00"}),
    )
    assert mix.sync(target(uris)).status == "updated"
    assert mix.contents() == uris
    assert mix.row("refused_uris") == ({},)


def test_a_uri_that_is_none_is_left_out_without_asking(writing):
    mix = writing()
    uris = mix.tracks(5)
    result = mix.sync(target([*uris, "spotify:track:short"]))
    assert mix.contents() == uris
    assert result.refused == ("spotify:track:short",)


def test_all_refused_together_and_none_alone_is_an_error(writing):
    """A refusal without a cause: nothing is left out on a guess."""
    mix = writing()
    uris = mix.tracks(40)
    mix.made_of(uris)
    said = "Payload contains a non-existing ID"
    mix.sim.faults.add("status", match=r"PUT /playlists/\w+/items", status=400, message=said)
    with pytest.raises(ListError, match="took each of them"):
        mix.sync(target(uris[::-1]))
    assert mix.row("refused_uris") == ({},)
    mix.sync(target(uris[::-1]))
    assert mix.contents() == uris[::-1]
