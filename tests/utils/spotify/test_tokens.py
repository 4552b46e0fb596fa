"""Access tokens, the end of a consent, and the sealed refresh token."""

import base64
import threading
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
import requests
import responses

from utils.config import SpotifySettings
from utils.errors import AppRefusedError, ConsentError, SettingsError, Stopped, TransientError
from utils.spotify.tokens import AccessTokens, TokenSource

ACCOUNTS = "http://127.0.0.1:8098"
TOKEN = f"{ACCOUNTS}/api/token"
SETTINGS = SpotifySettings("client", "client-secret", "refresh-1", accounts_url=ACCOUNTS)


@pytest.fixture
def api():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def tokens(clock):
    return TokenSource(SETTINGS, SETTINGS.refresh_token, clock)


def answer(token="access-1", **more):
    return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "a b", **more}


def form(call):
    return {name: values[0] for name, values in parse_qs(call.request.body).items()}


# Access tokens


def test_the_refresh_token_buys_an_access_token(api, tokens):
    api.post(TOKEN, json=answer())
    assert tokens.get_access_token() == "access-1"
    assert form(api.calls[0]) == {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    basic = base64.b64encode(b"client:client-secret").decode()
    assert api.calls[0].request.headers["Authorization"] == f"Basic {basic}"
    assert tokens.granted_scopes == "a b"


def test_one_token_serves_until_shortly_before_its_end(api, tokens, clock):
    api.post(TOKEN, json=answer("access-1"))
    api.post(TOKEN, json=answer("access-2"))
    assert tokens.get_access_token() == "access-1"
    clock.pass_time(minutes=58)
    assert tokens.get_access_token() == "access-1"
    clock.pass_time(minutes=1, seconds=30)  # 30 s before its end
    assert tokens.get_access_token() == "access-2"


@pytest.mark.parametrize("lifetime", [None, "3600", -5, 0, 10**30, [], 1.5])
def test_an_odd_lifetime_is_taken_for_an_hour(api, tokens, clock, lifetime):
    api.post(TOKEN, json=answer(expires_in=lifetime))
    tokens.get_access_token()
    clock.pass_time(minutes=50)
    tokens.get_access_token()
    assert len(api.calls) == 1


def test_threads_share_one_renewal(api, tokens):
    api.post(TOKEN, json=answer("access-1"))
    api.post(TOKEN, json=answer("access-2"))
    refused = tokens.get_access_token()
    barrier, got = threading.Barrier(8), []

    def renew():
        barrier.wait()
        got.append(tokens.renew(refused))

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access-2"] * 8
    assert len(api.calls) == 2


def test_threads_share_the_first_token(api, tokens):
    api.post(TOKEN, json=answer())
    barrier = threading.Barrier(8)

    def get():
        barrier.wait()
        tokens.get_access_token()

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(api.calls) == 1


def test_a_replaced_refresh_token_is_reported_and_used(api, clock):
    api.post(TOKEN, json=answer(refresh_token="refresh-2"))
    api.post(TOKEN, json=answer("access-2"))
    seen = []
    tokens = TokenSource(SETTINGS, SETTINGS.refresh_token, clock, seen.append)
    tokens.renew(tokens.get_access_token())
    assert seen == ["refresh-2"]
    assert form(api.calls[1])["refresh_token"] == "refresh-2"


@pytest.mark.parametrize("more", [{}, {"refresh_token": None}, {"refresh_token": ""}, {"refresh_token": 5}])
def test_without_a_new_refresh_token_the_old_one_stays(api, clock, more):
    api.post(TOKEN, json=answer(**more))
    api.post(TOKEN, json=answer("access-2", refresh_token="refresh-1"))
    seen = []
    tokens = TokenSource(SETTINGS, SETTINGS.refresh_token, clock, seen.append)
    tokens.renew(tokens.get_access_token())
    assert form(api.calls[1])["refresh_token"] == "refresh-1"
    assert seen == []


# Runs behind each other in one process


def source(clock, known, settings=SETTINGS, refresh_token="refresh-1", **more):
    return TokenSource(settings, refresh_token, clock, known=known, **more)


def test_a_run_takes_on_the_token_of_the_one_before_it(api, clock):
    api.post(TOKEN, json=answer())
    known, protected, scopes = AccessTokens(), [], []
    source(clock, known).get_access_token()
    behind = source(clock, known, on_access=protected.append, on_scopes=scopes.append)
    assert behind.get_access_token() == "access-1"
    assert (protected, scopes, behind.granted_scopes) == (["access-1"], ["a b"], "a b")
    assert len(api.calls) == 1


def test_it_does_not_take_on_one_that_is_about_to_end(api, clock):
    api.post(TOKEN, json=answer())
    api.post(TOKEN, json=answer("access-2"))
    known = AccessTokens()
    source(clock, known).get_access_token()
    clock.pass_time(minutes=59, seconds=30)
    assert source(clock, known).get_access_token() == "access-2"


def test_it_does_not_take_on_that_of_another_consent_or_app(api, clock):
    for number in range(3):
        api.post(TOKEN, json=answer(f"access-{number}"))
    known = AccessTokens()
    others = replace(SETTINGS, client_id="another app")
    given = [
        source(clock, known).get_access_token(),
        source(clock, known, refresh_token="another listener's").get_access_token(),
        source(clock, known, others).get_access_token(),
    ]
    assert given == ["access-0", "access-1", "access-2"]


def test_what_was_refused_is_not_taken_on(api, clock):
    api.post(TOKEN, json=answer())
    api.post(TOKEN, json={"error": "invalid_grant"}, status=400)
    api.post(TOKEN, json=answer("access-2"))
    known = AccessTokens()
    first = source(clock, known)
    with pytest.raises(ConsentError):
        first.renew(first.get_access_token())
    assert source(clock, known).get_access_token() == "access-2"


def test_with_a_replaced_refresh_token_the_run_behind_takes_on_its_access_token(api, clock):
    api.post(TOKEN, json=answer(refresh_token="refresh-2"))
    known = AccessTokens()
    source(clock, known).get_access_token()
    assert source(clock, known, refresh_token="refresh-2").get_access_token() == "access-1"


def test_what_is_known_is_never_shown(api, clock):
    api.post(TOKEN, json=answer())
    known = AccessTokens()
    source(clock, known).get_access_token()
    assert "access-1" not in repr(known)


# Refusals


@pytest.mark.parametrize(
    ("description", "auth_status", "words"),
    [
        ("Refresh token expired", "expired", "six months"),
        ("Refresh token revoked", "revoked", "withdrawn"),
        ("Invalid refresh token", "suspect", "invalid_grant"),
        (None, "suspect", "invalid_grant"),
    ],
)
def test_an_ended_consent_is_not_asked_about_again(api, tokens, clock, description, auth_status, words):
    api.post(TOKEN, status=400, json={"error": "invalid_grant", "error_description": description})
    with pytest.raises(ConsentError, match=words) as caught:
        tokens.get_access_token()
    assert caught.value.auth_status == auth_status
    assert caught.value.exit_code == 3
    assert "./run login" in caught.value.remedy
    assert len(api.calls) == 1
    assert clock.slept == []
    for again in (tokens.get_access_token, lambda: tokens.renew("")):
        with pytest.raises(ConsentError):
            again()
    assert len(api.calls) == 1, "one question per run, also from other threads"


def test_wrong_app_credentials_name_the_settings(api, tokens):
    api.post(TOKEN, status=400, json={"error": "invalid_client", "error_description": "Invalid client"})
    with pytest.raises(SettingsError, match="SPOTIFY_CLIENT_SECRET") as caught:
        tokens.get_access_token()
    assert caught.value.exit_code == 2
    assert len(api.calls) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
def test_any_other_refusal_is_not_repeated_either(api, tokens, status):
    api.post(TOKEN, status=status, json={"error": "unauthorized_client\x1b"})
    for _ in range(2):
        with pytest.raises(AppRefusedError, match=r"refuses this app \(unauthorized_client \)"):
            tokens.get_access_token()
    assert len(api.calls) == 1


TROUBLE = {
    "500": {"status": 500, "body": "oops"},
    "503": {"status": 503, "body": ""},
    "503 as JSON": {"status": 503, "json": {"error": "server_error"}},
    "429": {"status": 429, "body": "Too many requests"},
    "timeout": {"body": requests.ReadTimeout()},
    "reset": {"body": requests.ConnectionError()},
    "broken JSON": {"status": 200, "body": '{"access_token": '},
    "not an object": {"status": 200, "json": ["access_token"]},
    "no token": {"status": 200, "json": {"token_type": "Bearer"}},
    "null token": {"status": 200, "json": {"access_token": None}},
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_a_token_service_in_trouble_is_asked_again(api, tokens, clock, trouble):
    for _ in range(3):
        api.post(TOKEN, **trouble)
    api.post(TOKEN, json=answer())
    assert tokens.get_access_token() == "access-1"
    assert len(clock.slept) == 3
    assert clock.slept == sorted(clock.slept)


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_after_four_times_it_is_given_up_without_showing_secrets(api, tokens, trouble):
    api.post(TOKEN, **trouble)
    with pytest.raises(TransientError, match="4 times") as caught:
        tokens.get_access_token()
    assert len(api.calls) == 4
    assert "refresh-1" not in str(caught.value)
    assert "client-secret" not in str(caught.value)


def test_an_outage_does_not_end_the_consent(api, tokens):
    for _ in range(4):
        api.post(TOKEN, status=503)
    api.post(TOKEN, json=answer())
    with pytest.raises(TransientError):
        tokens.get_access_token()
    assert tokens.get_access_token() == "access-1"


def test_an_interrupt_ends_the_wait_for_the_token_service(api, tokens, clock):
    def answer(_request):
        clock.interrupt("a test")
        return (503, {}, "")

    api.add_callback(responses.POST, TOKEN, answer)
    with pytest.raises(Stopped):
        tokens.get_access_token()
    assert len(api.calls) == 1


def test_the_secret_does_not_follow_a_redirect(tokens):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as api:
        api.post(TOKEN, status=307, headers={"Location": "http://127.0.0.1:8097/thief"})
        thief = api.post("http://127.0.0.1:8097/thief", json=answer())
        with pytest.raises(TransientError):
            tokens.get_access_token()
        assert thief.call_count == 0
