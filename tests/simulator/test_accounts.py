"""Section "OAuth" of the reference: consents, tokens, refusals."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

CALLBACK = "http://127.0.0.1:8888/callback"


def authorize(sim, **changes):
    query = {
        "client_id": sim.client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "user-library-read user-follow-read",
        "state": "a b&c",
        **changes,
    }
    return requests.get(f"{sim.accounts_url}/authorize", params=query, allow_redirects=False, timeout=60)


def token(sim, auth=None, **form):
    auth = auth or (sim.client_id, sim.client_secret)
    return requests.post(f"{sim.accounts_url}/api/token", data=form, auth=auth, timeout=60)


def refresh(sim, refresh_token=None):
    return token(sim, grant_type="refresh_token", refresh_token=refresh_token or sim.refresh_token)


def code_of(answer):
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def error(answer):
    assert answer.status_code == 400
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    return body["error"], body["error_description"]


def test_code_flow_gives_tokens_with_the_granted_scopes(sim, client):
    redirect = authorize(sim)
    assert redirect.status_code == 302
    assert redirect.headers["Location"].startswith(CALLBACK + "?")
    assert parse_qs(urlsplit(redirect.headers["Location"]).query)["state"] == ["a b&c"]
    form = {"grant_type": "authorization_code", "code": code_of(redirect), "redirect_uri": CALLBACK}
    answer = token(sim, **form).json()
    assert set(answer) == {"access_token", "token_type", "scope", "expires_in", "refresh_token"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    assert answer["scope"] == "user-follow-read user-library-read"
    api = client(sim)
    api.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert api.get("/me/tracks").status_code == 200
    assert api.refusal("GET", "/me/playlists") == (403, "Insufficient client scope")
    assert error(token(sim, **form)) == ("invalid_grant", "Invalid authorization code")  # used up


def test_denied_consent(sim):
    sim.deny_authorize = True
    query = parse_qs(urlsplit(authorize(sim).headers["Location"]).query)
    assert query == {"error": ["access_denied"], "state": ["a b&c"]}


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:8888/callback",
        "http://192.168.1.5:8888/callback",
        "http://example.com/callback",
        "http://127.0.0.1:8888/callback/",
        "http://127.0.0.1:8888/Callback",
        "https://example.com/callback",
        "",
    ],
)
def test_redirect_uri_refused(sim, uri):
    sim.redirect_uris += ["http://localhost:8888/callback", "http://example.com/callback"]
    answer = authorize(sim, redirect_uri=uri)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:54321/callback", "https://app.example.com/cb", "http://[::1]:9/x"]
)
def test_redirect_uri_accepted(sim, uri):
    sim.redirect_uris += ["https://app.example.com/cb", "http://[::1]/x"]
    assert authorize(sim, redirect_uri=uri).headers["Location"].startswith(uri + "?code=")


@pytest.mark.parametrize(
    "change", [{"client_id": "other"}, {"response_type": "token"}, {"scope": "no-such-scope"}]
)
def test_authorize_refused(sim, change):
    assert authorize(sim, **change).status_code == 400


def test_code_exchange_refused(sim):
    code = code_of(authorize(sim))
    wrong = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1/callback"}
    assert error(token(sim, **wrong)) == ("invalid_grant", "Invalid redirect URI")


def test_refresh_has_no_refresh_token_unless_rotation_is_on(sim):
    assert set(refresh(sim).json()) == {"access_token", "token_type", "scope", "expires_in"}
    sim.rotate_refresh_tokens = True
    old = sim.refresh_token
    answer = refresh(sim).json()
    assert answer["refresh_token"] == sim.refresh_token != old
    assert error(refresh(sim, old)) == ("invalid_grant", "Invalid refresh token")


def test_client_and_grant_refused(sim):
    good = {"grant_type": "refresh_token", "refresh_token": sim.refresh_token}
    assert error(token(sim, (sim.client_id, "wrong"), **good)) == ("invalid_client", "Invalid client")
    assert error(token(sim, ("wrong", sim.client_secret), **good)) == ("invalid_client", "Invalid client")
    assert error(refresh(sim, "unknown"))[0] == "invalid_grant"
    assert error(token(sim, grant_type="password"))[0] == "unsupported_grant_type"
    assert error(token(sim))[0] == "unsupported_grant_type"
    as_json = requests.post(
        f"{sim.accounts_url}/api/token", json=good, auth=(sim.client_id, sim.client_secret), timeout=60
    )
    assert error(as_json)[0] == "unsupported_grant_type"
    without = requests.post(f"{sim.accounts_url}/api/token", data=good, timeout=60)
    assert error(without) == ("invalid_client", "Invalid client")


def test_access_token_lives_one_hour(sim, api, clock):
    clock.pass_time(minutes=59)
    assert api.get("/me").status_code == 200
    clock.pass_time(minutes=1)
    answer = api.get("/me")
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "The access token expired")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="spotify", error="invalid_token"'


def test_consent_ends_six_months_after_authorisation_however_often_refreshed(sim, clock):
    clock.pass_time(days=180)
    assert refresh(sim).status_code == 200
    clock.pass_time(days=2)
    assert error(refresh(sim)) == ("invalid_grant", "Refresh token expired")


def test_consent_expired_and_revoked(sim, api):
    sim.expire_consent()
    assert error(refresh(sim)) == ("invalid_grant", "Refresh token expired")
    assert api.get("/me").status_code == 200
    sim.revoke_consent()
    assert error(refresh(sim)) == ("invalid_grant", "Refresh token revoked")
    assert api.get("/me").status_code == 401
    assert refresh(sim, sim.new_consent()).status_code == 200


def test_expired_access_tokens_are_replaced_by_a_refresh(sim, api):
    sim.expire_access_tokens()
    assert api.refusal("GET", "/me") == (401, "The access token expired")
    api.session.headers["Authorization"] = f"Bearer {refresh(sim).json()['access_token']}"
    assert api.get("/me").status_code == 200


def test_client_credentials_see_the_catalogue_only(sim, client):
    with sim.edit() as library:
        track_id = library.new_track()
    api = client(sim)
    answer = token(sim, grant_type="client_credentials").json()
    assert "refresh_token" not in answer
    api.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert api.get(f"/tracks/{track_id}").status_code == 200
    assert api.get("/me").status_code == 401
    assert api.get("/me/tracks").status_code == 403


def test_environment_points_at_the_simulator(sim):
    environment = sim.environment()
    assert environment["SPOTIFY_API_URL"] == sim.api_url == f"{sim.accounts_url}/v1"
    assert environment["SPOTIFY_REFRESH_TOKEN"] == sim.refresh_token
    assert set(environment) == {
        "SPOTIFY_CLIENT_ID",
        "SPOTIFY_CLIENT_SECRET",
        "SPOTIFY_REFRESH_TOKEN",
        "SPOTIFY_API_URL",
        "SPOTIFY_ACCOUNTS_URL",
    }
