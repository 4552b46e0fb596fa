"""One request until it has a proper answer: repeats, pauses, token renewal, typed errors, counts, pace."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import requests
import responses

from utils.errors import (
    ConsentError,
    NotFoundError,
    RateLimited,
    RefusedError,
    Stopped,
    TransientError,
    UnavailableError,
    UnknownOutcomeError,
)
from utils.spotify.retry_after import LONGEST_PAUSE_S
from utils.spotify.transport import Transport, endpoint_group

API = "http://127.0.0.1:8099/v1"
TRACKS = f"{API}/me/tracks"
PLAYS = f"{API}/me/player/recently-played"
ITEMS = f"{API}/playlists/abc/items"
QUOTA = {"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}


class Tokens:
    """Access tokens t1, t2, …; `renewals` holds the refused ones."""

    def __init__(self):
        self.renewals = []

    def get_access_token(self):
        return f"t{len(self.renewals) + 1}"

    def renew(self, refused):
        self.renewals.append(refused)
        assert len(self.renewals) < 100, "renewed without end"
        return self.get_access_token()


@pytest.fixture
def api():
    """Answers by URL; every one that was registered has to be asked for, unless a test says otherwise."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def transport(clock):
    with Transport(API, clock) as made:
        made.auth_source = Tokens()
        yield made


def ask(transport, url=TRACKS, method="GET", **options):
    """As spotipy asks."""
    headers = {"Authorization": f"Bearer {transport.auth_source.get_access_token()}"}
    return transport.request(method, url, headers=headers, timeout=1, proxies=None, **options)


def counts(transport):
    """What would be stored now, after which it is."""
    written = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "utils.spotify.transport.add_calls", lambda _cursor, _app, found, _at: written.update(found)
        )
        transport.store_calls(None, "app")
    transport.calls_are_stored()
    return {group: (count.calls, count.errors, count.rate_limited) for group, count in written.items()}


# What is asked again

TROUBLE = {
    "500": {"status": 500},
    "502 as HTML": {"status": 502, "body": "<html>Bad gateway</html>", "content_type": "text/html"},
    "503 without a body": {"status": 503, "body": ""},
    "504 as text": {"status": 504, "body": "upstream request timeout"},
    "no connection in time": {"body": requests.ConnectTimeout()},
    "no answer in time": {"body": requests.ReadTimeout()},
    "a reset": {"body": requests.ConnectionError("reset by peer")},
    "a body cut off": {"body": requests.exceptions.ChunkedEncodingError("cut")},
    "broken JSON": {"status": 200, "body": '{"items": ['},
    "an empty 200": {"status": 200, "body": ""},
    "HTML as 200": {"status": 200, "body": "<html></html>"},
    "JSON nested beyond reason": {"status": 200, "body": "[" * 100_000},
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_a_get_in_trouble_is_asked_again(api, transport, clock, trouble):
    for _ in range(4):
        api.get(TRACKS, **trouble)
    api.get(TRACKS, json={"total": 7})
    assert ask(transport).json() == {"total": 7}
    assert len(clock.slept) == 4
    assert counts(transport) == {"library": (5, 4, 0)}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_after_five_times_it_is_given_up(api, transport, clock, trouble):
    answer = api.get(TRACKS, **trouble)
    with pytest.raises(TransientError, match=r"GET /me/tracks: .*5 times in a row"):
        ask(transport)
    assert answer.call_count == 5
    assert len(clock.slept) == 4


def test_the_waits_double_with_jitter(api, transport, clock):
    for _ in range(4):
        api.get(TRACKS, status=503)
    api.get(TRACKS, json={})
    ask(transport)
    for waited, base in zip(clock.slept, (0.5, 1, 2, 4), strict=True):
        assert base * 0.5 <= waited <= base * 1.5


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_writes_that_may_be_repeated_are(api, transport, method):
    api.add(method, ITEMS, status=502)
    api.add(method, ITEMS, json={"snapshot_id": "s"})
    assert ask(transport, ITEMS, method).json() == {"snapshot_id": "s"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_write_may_answer_without_a_body(api, transport, method, status):
    api.add(method, ITEMS, status=status, body="")
    assert ask(transport, ITEMS, method).status_code == status
    assert transport.requests_made == 1


@pytest.mark.parametrize(
    "trouble", [value for value in TROUBLE.values() if value.get("status") != 200], ids=lambda _: ""
)
def test_a_post_in_trouble_is_never_repeated(api, transport, clock, trouble):
    answer = api.post(ITEMS, **trouble)
    with pytest.raises(UnknownOutcomeError, match="POST /playlists/abc/items"):
        ask(transport, ITEMS, "POST")
    assert answer.call_count == 1
    assert clock.slept == []


def test_a_post_refused_for_the_rate_is_repeated(api, transport, clock):
    api.post(ITEMS, status=429, headers={"Retry-After": "3"})
    api.post(ITEMS, status=201, json={"snapshot_id": "s"})
    assert ask(transport, ITEMS, "POST").status_code == 201
    assert clock.slept == [3]


def test_a_post_with_an_old_token_is_repeated(api, transport):
    api.post(ITEMS, status=401)
    api.post(ITEMS, status=201, json={"snapshot_id": "s"})
    assert ask(transport, ITEMS, "POST").status_code == 201


# The token


@pytest.mark.parametrize("body", ['{"error": {"status": 401, "message": "The access token expired"}}', ""])
def test_a_refused_token_is_renewed_once_and_the_request_repeated_with_the_new_one(api, transport, body):
    api.get(TRACKS, status=401, body=body)
    api.get(
        TRACKS, json={"total": 1}, match=[responses.matchers.header_matcher({"Authorization": "Bearer t2"})]
    )
    assert ask(transport).json() == {"total": 1}
    assert transport.auth_source.renewals == ["t1"]


def test_a_fresh_token_that_is_refused_ends_the_run(api, transport):
    answer = api.get(TRACKS, status=401, json={"error": {"status": 401, "message": "Access token missing"}})
    with pytest.raises(ConsentError, match="Access token missing") as caught:
        ask(transport)
    assert answer.call_count == 2
    assert transport.auth_source.renewals == ["t1"]
    assert caught.value.auth_status == "suspect"
    assert "./run login" in caught.value.remedy


def test_no_password_from_netrc_takes_the_tokens_place(api, transport, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    api.get(TRACKS, json={}, match=[responses.matchers.header_matcher({"Authorization": "Bearer t1"})])
    ask(transport)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_does_not_follow_a_redirect(transport, status):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as api:
        api.get(TRACKS, status=status, headers={"Location": "http://127.0.0.1:8098/thief"}, body="")
        thief = api.get("http://127.0.0.1:8098/thief", json={"items": [], "total": 0})
        assert not ask(transport).content
        assert thief.call_count == 0


def test_no_cookies_are_kept(api, transport):
    api.get(TRACKS, json={}, headers={"Set-Cookie": "session=1; Path=/"})
    api.get(TRACKS, json={})
    ask(transport)
    ask(transport)
    assert "Cookie" not in api.calls[1].request.headers


# Pauses that Spotify wants


@pytest.mark.parametrize("seconds", [0, 1, 7, 60])
def test_a_short_retry_after_is_waited_out(api, transport, clock, seconds):
    api.get(TRACKS, status=429, headers={"Retry-After": str(seconds)}, json={"error": {"status": 429}})
    api.get(TRACKS, json={"total": 1})
    said = []
    transport.on_wait = said.append
    assert ask(transport).json() == {"total": 1}
    assert sum(clock.slept) == seconds
    assert said == [f"rate limit: waiting {seconds} s"]
    assert counts(transport) == {"library": (2, 0, 1)}


@pytest.mark.parametrize(
    ("url", "group"),
    [(TRACKS, "library"), (PLAYS, "plays"), (ITEMS, "playlists"), (f"{API}/albums/x", "catalogue")],
)
def test_a_long_retry_after_is_not_waited_out(api, transport, clock, url, group):
    api.get(
        url, status=429, headers={"Retry-After": "61"}, json={"error": {"message": "API rate limit exceeded"}}
    )
    with pytest.raises(RateLimited) as caught:
        ask(transport, url)
    assert caught.value.group == group
    assert caught.value.until == clock.now() + timedelta(seconds=61)
    assert "API rate limit exceeded" in caught.value.reason
    assert clock.slept == []


@pytest.mark.parametrize("retry_after", ["1", "48925"])
def test_a_used_up_quota_is_never_waited_out(api, transport, clock, retry_after):
    answer = api.get(TRACKS, status=429, headers={"Retry-After": retry_after}, json=QUOTA)
    with pytest.raises(RateLimited, match="quota") as caught:
        ask(transport)
    assert caught.value.group == "library"
    assert caught.value.until == clock.now() + timedelta(seconds=int(retry_after))
    assert answer.call_count == 1
    assert clock.slept == []


def test_a_used_up_quota_without_a_time_pauses_for_a_day(api, transport, clock):
    api.get(TRACKS, status=429, json=QUOTA)
    with pytest.raises(RateLimited) as caught:
        ask(transport)
    assert caught.value.until == clock.now() + timedelta(hours=24)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "-1"}, {"Retry-After": ""}])
def test_a_429_without_a_time_is_tried_beyond_the_window_then_paused_for_a_day(
    api, transport, clock, headers
):
    answer = api.get(TRACKS, status=429, headers=headers, body="Too many requests")
    with pytest.raises(RateLimited) as caught:
        ask(transport)
    assert 2 <= answer.call_count <= 6
    assert 30 < sum(clock.slept) <= 120
    assert caught.value.group == "library"
    assert caught.value.until == clock.now() + timedelta(hours=24)


def test_a_short_pause_again_and_again_is_stored_in_the_end(api, transport, clock):
    answer = api.get(TRACKS, status=429, headers={"Retry-After": "2"})
    with pytest.raises(RateLimited) as caught:
        ask(transport)
    assert answer.call_count == 6
    assert caught.value.group == "*"
    assert caught.value.until == clock.now() + timedelta(seconds=2)


def test_a_pause_of_a_million_years_is_not_believed(api, transport, clock):
    api.get(TRACKS, status=429, headers={"Retry-After": "9" * 30})
    with pytest.raises(RateLimited) as caught:
        ask(transport)
    assert caught.value.until == clock.now() + timedelta(seconds=LONGEST_PAUSE_S)


@pytest.mark.parametrize(
    "body",
    [
        "Too many requests",
        "<html><body>429</body></html>",
        "",
        "[]",
        "null",
        '{"error": "slow down"}',
        '{"error": {"message": null}}',
    ],
)
def test_a_429_may_have_any_body(api, transport, clock, body):
    api.get(TRACKS, status=429, headers={"Retry-After": "2"}, body=body)
    api.get(TRACKS, json={})
    ask(transport)
    assert sum(clock.slept) == 2


def test_a_429_for_html_says_no_markup(api, transport):
    api.get(TRACKS, status=429, headers={"Retry-After": "7200"}, body="<html>busy</html>")
    with pytest.raises(RateLimited) as caught:
        ask(transport)
    assert "<" not in caught.value.reason


def test_a_pause_longer_than_the_time_budget_is_not_waited_out(api, clock):
    with Transport(API, clock, seconds_left=lambda: 9.0) as transport:
        transport.auth_source = Tokens()
        api.get(TRACKS, status=429, headers={"Retry-After": "10"})
        with pytest.raises(RateLimited) as caught:
            ask(transport)
    assert clock.slept == []
    assert caught.value.group == "*", "the 30-second window holds everything back"
    assert caught.value.until == clock.now() + timedelta(seconds=10)


def test_a_pause_within_the_time_budget_is_waited_out(api, clock):
    with Transport(API, clock, seconds_left=lambda: 10.0) as transport:
        transport.auth_source = Tokens()
        api.get(TRACKS, status=429, headers={"Retry-After": "10"})
        api.get(TRACKS, json={})
        ask(transport)
    assert clock.slept == [10]


def test_nothing_of_a_paused_group_is_asked_again_but_other_groups_are(api, transport):
    library = api.get(TRACKS, status=429, json=QUOTA)
    api.get(PLAYS, json={"items": []})
    with pytest.raises(RateLimited):
        ask(transport)
    for url in (TRACKS, f"{API}/me/albums"):
        with pytest.raises(RateLimited):
            ask(transport, url)
    assert library.call_count == 1
    assert ask(transport, PLAYS).json() == {"items": []}


def test_nothing_of_a_paused_group_is_asked_by_another_thread(api, transport):
    library = api.get(TRACKS, status=429, json=QUOTA)
    with pytest.raises(RateLimited):
        ask(transport)
    caught = []

    def other():
        try:
            ask(transport)
        except RateLimited as limit:
            caught.append(limit.group)

    threads = [threading.Thread(target=other) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caught == ["library"] * 4
    assert library.call_count == 1


def test_a_window_that_outlasts_the_budget_holds_every_group_back(api, clock):
    with Transport(API, clock, seconds_left=lambda: 1.0) as transport:
        transport.auth_source = Tokens()
        api.get(TRACKS, status=429, headers={"Retry-After": "30"})
        with pytest.raises(RateLimited):
            ask(transport)
        with pytest.raises(RateLimited):
            ask(transport, PLAYS)


def test_all_requests_keep_the_wait_of_one(api, transport, clock):
    """While one request waits, a second one does not slip in between."""
    times = []

    def answer(_request):
        times.append(clock.now())
        return (429, {"Retry-After": "20"}, "") if len(times) == 1 else (200, {}, "{}")

    api.add_callback(responses.GET, TRACKS, answer)
    ask(transport)
    ask(transport)
    assert times[1] - times[0] >= timedelta(seconds=20)


@pytest.mark.parametrize(
    "answer", [{"status": 429, "headers": {"Retry-After": "30"}}, {"status": 503}, {"status": 429}]
)
def test_an_interrupt_ends_a_wait(api, transport, clock, answer):
    transport.on_wait = lambda _why: clock.interrupt("a test")
    api.get(TRACKS, **answer)
    with pytest.raises(Stopped):
        ask(transport)


def test_the_pace_slows_down_with_each_429_and_recovers(api, transport, clock):
    asked = []

    def answer(_request):
        asked.append(clock.now())
        return (429, {"Retry-After": "1"}, "") if len(asked) in (2, 4) else (200, {}, "{}")

    api.add_callback(responses.GET, TRACKS, answer)
    for _ in range(60):
        ask(transport)
    between = [(later - earlier).total_seconds() for earlier, later in pairwise(asked)]
    assert between[0] == 0, "no distance before the first 429"
    assert between[1] >= 1
    assert between[2] > 0, "a distance after it"
    assert between[4] > between[2], "a longer one after the second 429"
    assert between[-1] == 0, "none again after many successes"


def test_the_distance_between_requests_stays_bounded(api, transport, clock):
    for _ in range(20):
        for _ in range(4):
            api.get(TRACKS, status=429, headers={"Retry-After": "0"})
        api.get(TRACKS, json={})
        ask(transport)
    assert max(clock.slept) <= 2


# Refusals

FORBIDDEN = [
    ("Active premium subscription required for the owner of the app", "premium_lapsed", "Premium"),
    (
        "Check settings on developer.spotify.com/dashboard, the user may not be registered.",
        "not_allowlisted",
        "User Management",
    ),
    ("User not registered in the Developer Dashboard", "not_allowlisted", "User Management"),
    ("Insufficient client scope", "scope_missing", "./run login"),
]


@pytest.mark.parametrize(("message", "auth_status", "remedy"), FORBIDDEN)
def test_each_403_that_a_person_can_mend_says_how(api, transport, message, auth_status, remedy):
    answer = api.get(TRACKS, status=403, json={"error": {"status": 403, "message": message}})
    with pytest.raises(ConsentError) as caught:
        ask(transport)
    assert caught.value.auth_status == auth_status
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 3
    assert answer.call_count == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"status": 403, "message": "Forbidden"}}',
        "Forbidden",
        "",
        "<html>no</html>",
        '{"error": []}',
    ],
)
def test_any_other_403_means_not_available(api, transport, body):
    api.get(TRACKS, status=403, body=body)
    with pytest.raises(UnavailableError) as caught:
        ask(transport)
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("status", "error"), [(400, RefusedError), (404, NotFoundError), (405, RefusedError), (413, RefusedError)]
)
def test_a_refusal_is_not_repeated_and_names_the_request(api, transport, clock, status, error):
    answer = api.get(TRACKS, status=status, json={"error": {"status": status, "message": "Invalid limit"}})
    with pytest.raises(error, match=f"GET /me/tracks: {status} Invalid limit") as caught:
        ask(transport)
    assert type(caught.value) is error
    assert caught.value.status == status
    assert answer.call_count == 1
    assert clock.slept == []


@pytest.mark.parametrize("message", ["x" * 5000, "a\n::error::b", "a\x00b", "\ud800"])
def test_what_spotify_says_fits_one_line_that_can_be_stored(api, transport, message):
    api.get(TRACKS, status=400, json={"error": {"message": message}})
    with pytest.raises(RefusedError) as caught:
        ask(transport)
    said = str(caught.value)
    assert len(said) < 300
    assert "\n" not in said
    assert "\x00" not in said
    said.encode()


def test_no_message_holds_the_token(api, transport):
    messages = []
    for status in (400, 401, 403, 404):
        api.get(TRACKS, status=status)
        api.get(TRACKS, status=status)
        with pytest.raises((RefusedError, ConsentError)) as caught:
            ask(transport)
        messages.append(f"{caught.value} {caught.value.remedy}")
        if status != 401:
            with pytest.raises(RefusedError):
                ask(transport)
    assert "Bearer" not in " ".join(messages)


# Counts and groups


def test_every_attempt_counts_for_its_group(api, transport):
    api.get(TRACKS, status=500)
    api.get(TRACKS, status=429, headers={"Retry-After": "1"})
    api.get(TRACKS, status=401)
    api.get(TRACKS, json={})
    api.get(PLAYS, json={})
    api.get(f"{API}/me/", json={})
    api.get(f"{API}/albums/x", status=404)
    ask(transport)
    ask(transport, PLAYS)
    ask(transport, f"{API}/me/")
    with pytest.raises(NotFoundError):
        ask(transport, f"{API}/albums/x")
    assert transport.requests_made == 7
    assert counts(transport) == {
        "library": (4, 1, 1),
        "plays": (1, 0, 0),
        "account": (1, 0, 0),
        "catalogue": (1, 0, 0),
    }
    assert counts(transport) == {}, "what was taken is not counted twice"
    assert transport.requests_made == 7


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("/me", "account"),
        ("/me/", "account"),
        ("/me/tracks", "library"),
        ("/me/albums", "library"),
        ("/me/following", "library"),
        ("/me/library/contains", "library"),
        ("/me/playlists", "library"),
        ("/me/top/tracks", "library"),
        ("/me/player/recently-played", "plays"),
        ("/me/player", "plays"),
        ("/me/players", "library"),
        ("/playlists/abc", "playlists"),
        ("/playlists/abc/items", "playlists"),
        ("/users/abc/playlists", "playlists"),
        ("/albums", "catalogue"),
        ("/albums/abc/tracks", "catalogue"),
        ("/tracks/me", "catalogue"),
        ("/artists/playlists", "catalogue"),
        ("/search", "catalogue"),
        ("/", "catalogue"),
    ],
)
def test_endpoint_groups(path, group):
    assert endpoint_group(path) == group


@pytest.mark.parametrize(
    "base", ["https://api.spotify.com/v1", "http://127.0.0.1:8099", "http://127.0.0.1:8099/proxy/v1/"]
)
def test_the_group_does_not_depend_on_where_the_api_is(api, clock, base):
    with Transport(base, clock) as transport:
        transport.auth_source = Tokens()
        url = f"{base.rstrip('/')}/me/player/recently-played"
        api.get(url, json={})
        ask(transport, url)
        assert counts(transport) == {"plays": (1, 0, 0)}


def test_until_is_a_moment_in_utc(api, transport):
    api.get(TRACKS, status=429, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimited) as caught:
        ask(transport)
    assert caught.value.until == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
