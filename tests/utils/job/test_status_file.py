"""What a run says of itself while it works, batch by batch, and how that is followed: checklist S2-38 and S3-1."""

import json
from io import StringIO
from itertools import pairwise

import pytest

from reports.status.watch import follow
from tests.connections import PATIENCE_S
from utils.job.status_file import StatusFile

pytestmark = pytest.mark.once
LIKED = "api_syncs.sync_liked_tracks"
FIELDS = {
    "items_processed", "new_items_added", "items_updated", "has_more", "next_offset", "rate_limited", "rate_limit_reset_at",
    "total_estimated", "error_message", "success",
}  # fmt: skip


def said(world):
    return json.loads((world.folder / "status.json").read_text(encoding="utf-8"))


def while_running(world, module=LIKED):
    """What the file says at each request for a page that is asked for when another one is stored: behind the first four. The run has ended then."""
    seen = []

    def look(request):
        if request.path == "/me/tracks" and int(request.query["offset"]) >= 200:
            seen.append(said(world))

    world.sim.on_request = look
    world.run(module)
    world.sim.on_request = None
    return seen


def test_the_file_says_how_far_the_run_is_while_it_works(make_world):
    world = make_world(liked=430, odd=False)
    half_written = world.folder / "status.json.4711"  # by a run that was killed
    half_written.write_text("{")
    seen = while_running(world)
    assert not half_written.exists()
    assert {each["status"] for each in seen} == {"running"}
    first = seen[0]
    assert (first["job"], first["entity"], first["phase"]) == ("sync_liked_tracks", "liked_tracks", "initial")
    assert (first["offset"], first["total"], first["percent"]) == (50, 430, 12)
    assert (first["batch"], first["batches"]) == (1, 9)
    assert set(first["last_batch"]) == FIELDS
    assert (first["last_batch"]["new_items_added"], first["last_batch"]["next_offset"]) == (50, 50)
    assert (first["read"], first["new"], first["batches_stored"]) == (50, 50, 1)
    assert all(one["offset"] <= other["offset"] for one, other in pairwise(seen))
    assert seen[-1]["offset"] > 50
    assert seen[-1]["eta"] is not None
    assert (said(world)["status"], said(world)["percent"], said(world)["offset"]) == ("done", 100, 430)
    assert said(world)["last_batch"]["has_more"] is False


def test_it_is_written_once_for_each_batch(make_world, monkeypatch):
    """And where the run begins, and ends."""
    written, write = [], StatusFile._write
    monkeypatch.setattr(StatusFile, "_write", lambda file: (written.append(1), write(file)))
    world = make_world(liked=430, odd=False)
    assert world.run(LIKED).status == "done"
    assert len(written) == said(world)["batches_stored"] + 2 > 9


def test_a_limit_is_told_as_the_last_batch(make_world):
    world = make_world(liked=430, odd=False)
    world.sim.faults.add("quota", match="/me/tracks", after=2, times=None, retry_after=48925)
    assert world.run(LIKED).status == "paused"
    last = said(world)["last_batch"]
    assert (said(world)["status"], last["rate_limited"], last["success"]) == ("paused", True, False)
    assert last["rate_limit_reset_at"].endswith("+00:00")
    assert (last["items_processed"], last["has_more"]) == (0, True)
    stored = "SELECT max(last_synced_offset) FROM sync_state"
    assert world.rows(stored) == [(last["next_offset"],)]


def test_a_failure_likewise(make_world):
    world = make_world(liked=130, odd=False)
    world.sim.faults.add("status", match="/me/tracks", status=400, after=1, times=None)
    assert world.run(LIKED).status == "failed"
    last = said(world)["last_batch"]
    assert (last["success"], last["rate_limited"]) == (False, False)
    assert last["error_message"]


def test_nothing_in_it_is_a_name_or_a_secret(make_world):
    world = make_world(liked=130, odd=False)
    while_running(world)
    text = (world.folder / "status.json").read_text(encoding="utf-8")
    [(user_id, name)] = world.rows("SELECT user_id, display_name FROM users")
    with world.sim.edit() as library:
        names = [track.name for track in library.tracks.values() if len(track.name) > 5]
    assert not [each for each in (user_id, name, world.sim.refresh_token, *names) if each in text]


def test_a_file_that_cannot_be_written_keeps_no_run_from_its_work(make_world):
    world = make_world(liked=130, odd=False)
    world.extra["STATUS_FILE"] = "/dev/null/status.json"
    assert world.run(LIKED).status == "done"
    world.assert_library_equal()


class Screen(StringIO):
    def isatty(self):
        return True


RUN = {"job": "sync_liked_tracks", "status": "running", "pid": 7, "chain": None}
PAGE = {
    "entity": "liked_tracks",
    "offset": 250,
    "total": 750,
    "percent": 33,
    "batch": 5,
    "batches": 15,
    "requests": 6,
}


def followed(tmp_path, versions, out, **options):
    """Follow a file that says each of these in its turn."""
    path, rest = tmp_path / "status.json", iter(versions)

    def turn(_seconds=0.0):
        path.write_text(json.dumps(next(rest)), encoding="utf-8")

    turn()
    follow(path, out, turn, **{"is_alive": lambda _pid: True, **options})
    assert list(rest) == []
    return out.getvalue()


def test_without_a_terminal_each_change_is_a_line(tmp_path):
    versions = [RUN, RUN, {**RUN, **PAGE}, {**RUN, "status": "done", "requests": 16}]
    assert followed(tmp_path, versions, StringIO()).splitlines() == [
        "sync_liked_tracks: running",
        "sync_liked_tracks: running, liked_tracks 250 of 750, batch 5 of 15, 6 requests",
        "sync_liked_tracks: done, 16 requests",
    ]


def test_on_a_terminal_it_is_drawn_over_what_was_there(tmp_path):
    text = followed(tmp_path, [RUN, {**RUN, **PAGE}, {**RUN, "status": "done"}], Screen())
    assert "████████░░░░░░░░░░░░░░░░ 33%\n" in text
    assert "\x1b[1F\x1b[J" in text
    assert "\x1b[4F\x1b[J" in text


def test_the_steps_of_a_chain_are_followed_until_its_end(tmp_path):
    versions = [
        {**RUN, "chain": "c"},
        {**RUN, "chain": "c", "status": "done"},
        {**RUN, "job": "clean", "chain": "c"},
        {**RUN, "job": "run_all", "status": "done"},
    ]
    assert followed(tmp_path, versions, StringIO()).splitlines()[-1] == "run_all: done"


def test_a_killed_run_is_over(tmp_path):
    assert followed(tmp_path, [RUN], StringIO(), is_alive=lambda _pid: False) == "sync_liked_tracks: killed\n"


def test_as_json_it_stands_in_lines(tmp_path):
    lines = followed(tmp_path, [RUN, {**RUN, "status": "done"}], StringIO(), as_json=True).splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["running", "done"]


def test_where_nothing_has_run(tmp_path, make_world):
    world = make_world()
    with world.start("-m", "reports.sync_status", "--watch") as process:
        assert process.communicate(timeout=PATIENCE_S)[0] == "nothing has run here yet\n"
    assert process.returncode == 0
