"""Faults on order, budgets, the record of requests, and edits between requests."""

import threading
import time

import pytest
import requests

from simulator import Library, Simulator


@pytest.fixture
def track(sim):
    with sim.edit() as library:
        return library.new_track()


def test_rate_limit_forms(sim, api):
    sim.faults.add("rate_limit", "/me/tracks", retry_after=7)
    answer = api.get("/me/tracks")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["error"]["message"] == "API rate limit exceeded"
    assert api.get("/me/tracks").status_code == 200
    sim.faults.add("rate_limit", "/me/tracks", retry_after=None, body="text")
    answer = api.get("/me/tracks")
    assert answer.content == b"Too many requests"
    assert "Retry-After" not in answer.headers


def test_quota(sim, api):
    sim.faults.add("quota", times=None)
    for _ in range(3):
        answer = api.get("/me")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "48925")
        assert answer.json()["error"] == {
            "status": 429,
            "message": "Too many requests",
            "reason": "QUOTA_EXCEEDED",
        }
    sim.faults.clear()
    assert api.get("/me").status_code == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504, 401, 403, 404])
def test_status(sim, api, status):
    for body in ("json", "html", "empty", "text"):
        sim.faults.add("status", "GET /me", status=status, body=body)
        answer = api.get("/me")
        assert answer.status_code == status
        if body == "json":
            assert answer.json()["error"]["status"] == status
        assert bool(answer.content) == (body != "empty")


def test_token_service_outage_and_false_invalid_grant(sim):
    form = {"grant_type": "refresh_token", "refresh_token": sim.refresh_token}

    def refresh():
        auth = (sim.client_id, sim.client_secret)
        return requests.post(f"{sim.accounts_url}/api/token", data=form, auth=auth, timeout=60)

    sim.faults.add("status", "/api/token", status=503, body="html")
    false = {"error": "invalid_grant", "error_description": "Refresh token revoked"}
    sim.faults.add("status", "/api/token", status=400, json=false)
    assert refresh().status_code == 503
    assert refresh().json() == false
    assert refresh().status_code == 200
    assert [(request.kind, request.status) for request in sim.requests] == [
        ("token", 503),
        ("token", 400),
        ("token", 200),
    ]
    assert sim.requests[0].body["grant_type"] == "refresh_token"


def test_broken_answers(sim, api, track):
    sim.faults.add("truncated", "/tracks/")
    with pytest.raises(requests.exceptions.RequestException):
        api.get(f"/tracks/{track}")
    sim.faults.add("empty", "/tracks/")
    answer = api.get(f"/tracks/{track}")
    assert (answer.status_code, answer.content) == (200, b"")
    sim.faults.add("invalid_json", "/tracks/")
    answer = api.get(f"/tracks/{track}")
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert api.json(f"/tracks/{track}")["id"] == track


def test_reset_and_lost_answer(sim, api, track):
    with sim.edit() as library:
        playlist_id = library.new_playlist()
    path, body = f"/playlists/{playlist_id}/items", [f"spotify:track:{track}"]
    sim.faults.add("reset", "POST /playlists")
    sim.faults.add("lost_answer", "POST /playlists")
    for added in (0, 1):
        with pytest.raises(requests.exceptions.ConnectionError):
            api("POST", path, json=body)
        assert len(sim.library.playlists[playlist_id].items) == added
        assert sim.requests[-1].status is None
    assert api("POST", path, json=body).status_code == 201


def test_slow_combines_with_another_fault(sim, api):
    sim.faults.add("slow", "/me", seconds=0.15)
    sim.faults.add("status", "/me", status=500)
    started = time.monotonic()
    assert api.get("/me").status_code == 500
    assert time.monotonic() - started >= 0.15


def test_match_times_and_after(sim, api):
    sim.faults.add("status", r"GET /me/tracks\?.*offset=(20|40)", times=2, after=1, status=502)
    paths = ["/me/tracks?offset=0", "/me/tracks?offset=20", "/me/tracks?offset=40", "/me/albums?offset=20"]
    assert [api.get(path).status_code for path in paths] == [200, 200, 502, 200]
    assert len(sim.faults) == 1
    assert [api.get(path).status_code for path in paths] == [200, 502, 200, 200]
    assert len(sim.faults) == 0
    sim.faults.add("status", "GET /v1/me/tracks?offset=0")
    assert api.get("/me/tracks?offset=0").status_code == 500


def test_unknown_faults_are_refused(sim):
    with pytest.raises(ValueError, match="unknown kind"):
        sim.faults.add("explosion")
    with pytest.raises(ValueError, match="no option"):
        sim.faults.add("rate_limit", seconds=3)


def test_rate_window(sim, api, clock):
    sim.rate_window(limit=3, seconds=30)
    assert [api.get("/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    clock.pass_time(seconds=10)
    answer = api.get("/me")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "20")
    clock.pass_time(seconds=20)
    assert api.get("/me").status_code == 200
    sim.rate_window(None)
    assert {api.get("/me").status_code for _ in range(5)} == {200}


def test_daily_quota(sim, api, clock, client):
    sim.daily_quota(calls=2)
    assert api.get("/me").status_code == 200
    clock.pass_time(minutes=30)
    assert [api.get("/me").status_code for _ in range(2)] == [200, 429]
    assert api.get("/me/tracks").status_code == 200  # a bucket of its own
    # The refused call counts too: room comes when all but one of the three have left.
    answer = api.get("/me")
    assert answer.json()["error"]["reason"] == "QUOTA_EXCEEDED"
    assert answer.headers["Retry-After"] == str(24 * 3600)
    clock.pass_time(hours=23, minutes=59)
    assert client(sim).get("/me").status_code == 429
    clock.pass_time(minutes=1)
    assert client(sim).get("/me").status_code == 200
    assert client(sim).get("/me").status_code == 429
    sim.daily_quota(None)
    assert client(sim).get("/me").status_code == 200


def test_daily_quota_by_group(sim, api):
    sim.daily_quota(calls=2, group=lambda request: "reads" if request.template.startswith("/me/") else None)
    assert [api.get(path).status_code for path in ("/me/tracks", "/me/albums", "/me/playlists")] == [
        200,
        200,
        429,
    ]
    assert api.get("/me").status_code == 200


def test_record_of_requests(sim, api):
    api.get("/me/tracks?limit=5&market=NL")
    api("POST", "/me/playlists", json={"name": "x"})
    first, second = sim.requests
    assert (first.n, first.method, first.path, first.status, first.kind) == (
        1,
        "GET",
        "/me/tracks",
        200,
        "api",
    )
    assert first.query == {"limit": "5", "market": "NL"}
    assert first.at == sim.now()
    assert (second.body, second.status, second.template) == ({"name": "x"}, 201, "/me/playlists")
    api.get("/albums/" + "0" * 22)
    assert sim.requests[-1].template == "/albums/{id}"
    assert (first.in_flight, sim.max_concurrent) == (1, 1)
    sim.clear_requests()
    assert sim.requests == []


def test_four_requests_at_once(sim, client):
    together = threading.Barrier(4)
    sim.on_request = lambda _: together.wait(60)
    api = client(sim)
    threads = [
        threading.Thread(
            target=lambda: requests.get(f"{sim.api_url}/me", headers=api.session.headers, timeout=60)
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sim.max_concurrent == 4
    assert [request.status for request in sim.requests] == [200] * 4


def test_on_request_may_edit_between_two_requests(sim, api, track):
    seen = []

    def at_second(request):
        seen.append((request.n, request.status))
        if request.n == 2:
            with sim.edit() as library:
                library.like(track)

    sim.on_request = at_second
    assert [api.json("/me/tracks")["total"] for _ in range(3)] == [0, 1, 1]
    assert seen == [(1, None), (2, None), (3, None)]


def test_an_edit_is_atomic(sim, client, track):
    api = client(sim)
    answers = []
    with sim.edit() as library:
        thread = threading.Thread(target=lambda: answers.append(api.json("/me/tracks")["total"]))
        thread.start()
        library.like(track)
        thread.join(0.1)
        assert answers == []
        library.unlike(track)
    thread.join()
    assert answers == [0]


def test_edited_names_reach_the_next_answer(sim, api, track):
    assert api.json(f"/tracks/{track}")["name"] == "New Track"
    with sim.edit() as library:
        library.tracks[track].name = "Renamed"
    assert api.json(f"/tracks/{track}")["name"] == "Renamed"


def test_stopped_and_started_again_on_the_same_port(sim, api):
    address = sim.api_url
    assert api.get("/me").status_code == 200
    sim.stop()
    with pytest.raises(requests.exceptions.ConnectionError):
        api.get("/me")
    sim.start()
    assert sim.api_url == address
    assert api.get("/me").status_code == 200


def test_stopped_from_within_a_request(sim, api):
    sim.on_request = lambda request: sim.stop() if request.n == 2 else None
    assert api.get("/me").status_code == 200
    with pytest.raises(requests.exceptions.ConnectionError):  # and not a ReadTimeout
        api.get("/me")


def test_a_failing_callback_is_a_visible_500(sim, api):
    sim.on_request = lambda request: request.no_such_attribute
    assert api.get("/me").status_code == 500
    assert "no_such_attribute" in sim.errors.pop()


def test_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="unknown mode"):
        Simulator(Library.empty(), mode="fast")


def test_bug_in_the_simulator_is_a_visible_500(sim, api):
    with sim.edit() as library:
        library.followed.append("nobody")
    assert api.get("/me/following?type=artist").status_code == 500
    assert "KeyError" in sim.errors.pop()
