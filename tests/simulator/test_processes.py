"""The command line, the state file, and control over HTTP from another process."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest
import requests

from simulator import Library, Simulator, generate
from simulator.server import state
from utils import ROOT


@pytest.fixture
def run():
    """Start `python -m simulator` and return (process, base address, environment)."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "--port", "0", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        first = process.stdout.readline()
        found = re.fullmatch(r"simulator listening on (http://127\.0\.0\.1:\d+)\n", first)
        assert found, first + process.stderr.read()
        lines = [process.stdout.readline().strip() for _ in range(5)]
        assert all(line.startswith("export SPOTIFY_") for line in lines)
        return process, found[1], dict(line.removeprefix("export ").split("=", 1) for line in lines)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def bearer(environment):
    form = {"grant_type": "refresh_token", "refresh_token": environment["SPOTIFY_REFRESH_TOKEN"]}
    auth = (environment["SPOTIFY_CLIENT_ID"], environment["SPOTIFY_CLIENT_SECRET"])
    answer = requests.post(
        f"{environment['SPOTIFY_ACCOUNTS_URL']}/api/token", data=form, auth=auth, timeout=60
    )
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def end(process, number=signal.SIGTERM):
    process.send_signal(number)
    assert process.wait(10) == 0
    assert process.stderr.read() == ""


def test_state_file_survives_a_restart(run, tmp_path):
    file = tmp_path / "account.json"
    sizes = ("--liked", 30, "--albums", 3, "--plays", 20)
    process, _, environment = run("--state", file, *sizes)
    headers = bearer(environment)
    api = environment["SPOTIFY_API_URL"]
    created = requests.post(f"{api}/me/playlists", headers=headers, json={"name": "Kept"}, timeout=60).json()
    assert created["name"] in file.read_text()
    before = requests.get(f"{api}/me/tracks?limit=50", headers=headers, timeout=60).json()["items"]
    end(process)
    process, _, again = run("--state", file, "--seed", 5)
    assert again["SPOTIFY_REFRESH_TOKEN"] == environment["SPOTIFY_REFRESH_TOKEN"]
    api = again["SPOTIFY_API_URL"]
    after = requests.get(f"{api}/me/tracks?limit=50", headers=headers, timeout=60).json()["items"]
    ids = [[entry["track"] and entry["track"]["id"] for entry in entries] for entries in (before, after)]
    assert ids[0] == ids[1]
    found = requests.get(f"{api}/playlists/{created['id']}", headers=headers, timeout=60).json()
    assert (found["name"], found["snapshot_id"]) == ("Kept", created["snapshot_id"])
    end(process, signal.SIGINT)
    assert os.listdir(tmp_path) == ["account.json"]  # noqa: PTH208 - names only


def test_empty_account_in_extended_mode(run):
    process, address, environment = run("--empty", "--mode", "extended", "--latency-ms", 1)
    answer = requests.get(f"{address}/v1/me", headers=bearer(environment), timeout=60).json()
    assert "country" in answer
    tracks = requests.get(f"{address}/v1/me/tracks", headers=bearer(environment), timeout=60).json()
    assert tracks["total"] == 0
    end(process)


def test_a_broken_state_file_is_named(tmp_path):
    file = tmp_path / "broken.json"
    file.write_text("{}")
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "--port", "0", "--state", str(file)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("cannot start:")
    assert file.read_text() == "{}"


def test_state_keeps_everything(tmp_path, make_library):
    file = tmp_path / "account.json"
    library = make_library()
    simulator = Simulator(library, state_file=file)
    library.playlists[library.user_playlists[0]].image = b"\xff\xd8\xff"
    library.dead_ids.add("x")
    library.unlisted.add("y")
    library.replaced_ids["old"] = "new"
    simulator.save()
    loaded, data = state.load(file)
    again = Simulator(loaded)
    state.restore_accounts(again.accounts, data)
    assert again.refresh_token == simulator.refresh_token
    assert state.catalogue_text(loaded) == state.catalogue_text(library)
    for name in (
        "user",
        "liked",
        "saved_albums",
        "plays",
        "followed",
        "user_playlists",
        "top_tracks",
        "dead_ids",
        "unlisted",
        "replaced_ids",
    ):
        assert getattr(loaded, name) == getattr(library, name)
    for playlist_id, playlist in library.playlists.items():
        other = loaded.playlists[playlist_id]
        assert other.uris() == playlist.uris()
        assert [i.added_at for i in other.items] == [i.added_at for i in playlist.items]
        assert (other.snapshot_id, other.image) == (playlist.snapshot_id, playlist.image)


def test_control(sim, api):
    base = f"{sim.accounts_url}/_simulator"

    def control(method, name, body=None):
        answer = requests.request(method, f"{base}/{name}", json=body, timeout=60)
        return answer.status_code, answer.json()

    _, made = control("POST", "edit", {"method": "new_track", "args": {"name": "Far away"}})
    like = {"method": "like", "args": {"track_id": made["result"], "at": "2026-03-01T10:00:00+00:00"}}
    assert control("POST", "edit", like)[0] == 200
    assert api.json("/me/tracks")["items"][0]["added_at"] == "2026-03-01T10:00:00Z"
    assert control("GET", "library")[1]["liked"] == {made["result"]: "2026-03-01T10:00:00+00:00"}
    control("POST", "faults", {"kind": "status", "match": "/me", "status": 503, "times": None})
    assert api.get("/me").status_code == 503
    control("DELETE", "faults")
    assert api.get("/me").status_code == 200
    status, counts = control("GET", "requests")
    assert (status, counts["total"]) == (200, 3)
    assert counts["by_endpoint"] == {"GET /me/tracks": 1, "GET /me": 2}
    assert counts["by_status"] == {"200": 2, "503": 1}
    control("POST", "reset_requests")
    assert control("GET", "requests")[1]["total"] == 0
    assert control("POST", "mode", {"mode": "extended"}) == (200, {"mode": "extended"})
    assert sim.mode == "extended"
    control("POST", "account", {"set": {"premium_lapsed": True}})
    assert api.get("/me").status_code == 403
    control("POST", "account", {"set": {"premium_lapsed": False}, "action": "expire_access_tokens"})
    assert api.get("/me").status_code == 401
    control("POST", "rate_window", {"limit": 5, "seconds": 30})
    control("POST", "daily_quota", {"calls": 5})


def test_control_of_another_account(sim, client):
    base = f"{sim.accounts_url}/_simulator"

    def control(method, name, body=None):
        answer = requests.request(method, f"{base}/{name}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    made = control("POST", "accounts", {"name": "anna", "liked": 2})
    anna = sim.account("anna")
    assert made == {
        "name": "anna",
        "account_id": anna.account_id,
        "refresh_token": anna.refresh_token,
    }
    track_id = control("POST", "edit", {"method": "new_track"})["result"]
    control("POST", "edit", {"account": "anna", "method": "like", "args": {"track_id": track_id}})
    assert len(control("GET", "library", {"account": "anna"})["liked"]) == 3
    assert control("GET", "library")["liked"] == {}
    api = client(sim, account="anna")
    for action, status in (
        ("disallow", 403),
        ("allow", 200),
        ("expire_access_tokens", 401),
        ("revoke_consent", 401),
    ):
        control("POST", "account", {"account": "anna", "action": action})
        assert api.get("/me").status_code == status
    assert control("GET", "requests")["by_account"] == {"listener": 0, "anna": 4}
    control("POST", "account", {"account": "anna", "action": "sign_in"})
    assert sim.accounts.signed_in is anna
    assert (
        control("POST", "account", {"account": "anna", "action": "new_consent"})["result"]
        == anna.refresh_token
    )


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("edit", {"method": "touch_playlist"}),
        ("edit", {"method": "like", "args": {"track_id": "unknown"}}),
        ("edit", {"method": "like", "args": {"no_such": 1}}),
        ("edit", {"method": "_items", "args": {}}),
        ("faults", {"kind": "explosion"}),
        ("mode", {"mode": "fast"}),
        ("account", {"action": "stop"}),
        ("account", {"set": {"clock": 5}}),
        ("account", {"account": "nobody", "action": "revoke_consent"}),
        ("edit", {"account": "nobody", "method": "clear_liked"}),
        ("accounts", {"name": "listener"}),
        ("accounts", {"name": "anna", "no_such": 1}),
        ("mode", [1]),
    ],
)
def test_control_refuses(sim, name, body):
    answer = requests.post(f"{sim.accounts_url}/_simulator/{name}", data=json.dumps(body), timeout=60)
    assert answer.status_code == 400


def test_control_is_for_loopback_names_only(sim):
    address = f"{sim.accounts_url}/_simulator/requests"
    assert requests.get(address, headers={"Host": "evil.example"}, timeout=60).status_code == 403


def test_a_simulator_without_context_manager():
    sim = Simulator(Library.empty()).start()
    assert sim.start() is sim
    assert requests.get(sim.accounts_url + "/_simulator/nothing", timeout=60).status_code == 404
    sim.stop()
    sim.stop()
    assert len(generate(liked=5, albums=0, plays=0).liked_rows()) == 5
