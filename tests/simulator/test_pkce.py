"""Consent to an app without a secret (PKCE), and whose consent it is that `/authorize` gives."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulator.server.pkce import challenge_of

CALLBACK = "http://127.0.0.1:8888/callback"
VERIFIER = "the-verifier-of-a-client_without~a.secret-0123456789"


def authorize(sim, **changes):
    query = {
        "client_id": sim.client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "user-library-read",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    query = {name: value for name, value in query.items() if value is not None}
    return requests.get(f"{sim.accounts_url}/authorize", params=query, allow_redirects=False, timeout=60)


def token(sim, auth=None, **form):
    form = {name: value for name, value in form.items() if value is not None}
    return requests.post(f"{sim.accounts_url}/api/token", data=form, auth=auth, timeout=60)


def exchange(sim, auth=None, **changes):
    code = parse_qs(urlsplit(authorize(sim).headers["Location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    form |= {"client_id": sim.client_id, "code_verifier": VERIFIER, **changes}
    return token(sim, auth, **form)


def refresh(sim, refresh_token, auth=None, **changes):
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": sim.client_id}
    return token(sim, auth, **{**form, **changes})


def refusal(answer):
    assert answer.status_code == 400
    return answer.json()["error"], answer.json()["error_description"]


def me(sim, answer):
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return requests.get(f"{sim.api_url}/me", headers=headers, timeout=60).json()["id"]


def test_the_challenge_is_that_of_the_standard():
    """The example of RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge": challenge_of(VERIFIER) + "="},
        {"code_challenge": "short"},
    ],
)
def test_a_challenge_that_is_refused(sim, change):
    answer = authorize(sim, **change)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("verifier", "error"),
    [
        (None, ("invalid_request", "code_verifier required")),
        ("", ("invalid_request", "code_verifier required")),
        ("x" * 42, ("invalid_grant", "code_verifier was invalid")),
        ("x" * 129, ("invalid_grant", "code_verifier was invalid")),
        ("ü" * 50, ("invalid_grant", "code_verifier was invalid")),
        ("x" * 50, ("invalid_grant", "code_verifier was incorrect")),
    ],
)
def test_a_verifier_that_is_refused(sim, verifier, error):
    assert refusal(exchange(sim, code_verifier=verifier)) == error
    assert refusal(exchange(sim, (sim.client_id, sim.client_secret), code_verifier=verifier)) == error


def test_who_has_no_secret_must_name_the_app(sim):
    assert refusal(exchange(sim, client_id=None)) == ("invalid_client", "Invalid client")
    assert refusal(exchange(sim, client_id="other")) == ("invalid_client", "Invalid client")
    without_challenge = {"code_challenge": None, "code_challenge_method": None}
    code = parse_qs(urlsplit(authorize(sim, **without_challenge).headers["Location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    assert refusal(token(sim, **form, client_id=sim.client_id)) == (
        "invalid_client",
        "Invalid client secret",
    )


def test_each_refresh_replaces_the_refresh_token(sim):
    first = exchange(sim).json()["refresh_token"]
    answer = refresh(sim, first)
    second = answer.json()["refresh_token"]
    assert me(sim, answer) == "listener"
    assert refusal(refresh(sim, first)) == ("invalid_grant", "Refresh token revoked")
    third = refresh(sim, second).json()["refresh_token"]
    assert len({first, second, third}) == 3
    assert refusal(refresh(sim, second)) == ("invalid_grant", "Refresh token revoked")
    assert refresh(sim, third).status_code == 200


def test_refresh_tokens_that_stay(sim):
    """As was reported since July 2026."""
    sim.accounts.rotate_pkce_tokens = False
    kept = exchange(sim).json()["refresh_token"]
    for _ in range(2):
        answer = refresh(sim, kept)
        assert (answer.status_code, "refresh_token" in answer.json()) == (200, False)


def test_each_kind_of_refresh_token_is_taken_in_its_own_way_only(sim):
    secret, confidential = (sim.client_id, sim.client_secret), sim.refresh_token
    public = exchange(sim).json()["refresh_token"]
    assert refusal(refresh(sim, public, client_id=None)) == ("invalid_client", "Invalid client")
    assert refusal(refresh(sim, public, secret, client_id=None)) == ("invalid_request", "client_id required")
    assert refusal(refresh(sim, confidential)) == ("invalid_client", "Invalid client secret")
    assert refresh(sim, confidential, secret).status_code == 200
    assert refresh(sim, public).status_code == 200


def test_six_months_count_from_the_consent_however_often_the_token_is_replaced(sim, clock):
    refresh_token = exchange(sim).json()["refresh_token"]
    clock.pass_time(days=180)
    refresh_token = refresh(sim, refresh_token).json()["refresh_token"]
    clock.pass_time(days=2)
    assert refusal(refresh(sim, refresh_token)) == ("invalid_grant", "Refresh token expired")


def test_the_test_says_who_gives_consent(sim):
    sim.add_account("anna", gives_consent=False)
    sim.add_account("ben", is_allowed=False, gives_consent=False)
    given = {}
    for name in ("anna", "ben", "listener"):
        sim.sign_in(name)
        given[name] = exchange(sim).json()["refresh_token"]
    assert me(sim, refresh(sim, given["anna"])) == "anna"
    assert me(sim, refresh(sim, given["listener"])) == "listener"
    assert [consent.flow for consent in sim.account("ben").consents] == ["pkce"]
    sim.revoke_consent("ben")
    assert refusal(refresh(sim, given["ben"])) == ("invalid_grant", "Refresh token revoked")
    assert [request.path for request in sim.requests_of("ben")] == ["/authorize"] + ["/api/token"] * 2


def test_a_code_is_its_listeners_whoever_is_signed_in_when_it_is_exchanged(sim):
    sim.add_account("anna", gives_consent=False)
    sim.sign_in("anna")
    code = parse_qs(urlsplit(authorize(sim).headers["Location"]).query)["code"][0]
    sim.sign_in("listener")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    answer = token(sim, **form, client_id=sim.client_id, code_verifier=VERIFIER)
    assert me(sim, answer) == "anna"
