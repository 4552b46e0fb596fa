"""Sections "Which API you get" and "Transport, errors": who may call what, and how refusals look."""

import http.client
import json

import pytest
import requests

ID = "0" * 22
GONE = (403, "Forbidden")

REMOVED = [
    *[("GET", f"/{kind}?ids={ID}") for kind in ("tracks", "albums", "artists", "episodes", "shows")],
    ("GET", f"/audiobooks?ids={ID}"),
    ("GET", f"/chapters?ids={ID}"),
    *[(method, f"/playlists/{ID}/tracks") for method in ("GET", "POST", "PUT", "DELETE")],
    *[
        (method, f"/me/{kind}?ids={ID}")
        for method in ("PUT", "DELETE")
        for kind in ("tracks", "albums", "shows", "episodes", "audiobooks", "following")
    ],
    *[
        ("GET", f"/me/{kind}/contains?ids={ID}")
        for kind in ("tracks", "albums", "shows", "episodes", "audiobooks", "following")
    ],
    ("PUT", f"/playlists/{ID}/followers"),
    ("DELETE", f"/playlists/{ID}/followers"),
    ("GET", f"/playlists/{ID}/followers/contains"),
    ("GET", "/users/someone"),
    ("GET", "/users/someone/playlists"),
    ("POST", "/users/someone/playlists"),
    ("GET", f"/artists/{ID}/top-tracks"),
    ("GET", "/browse/new-releases"),
    ("GET", "/browse/categories"),
    ("GET", "/browse/categories/rock"),
    ("GET", "/markets"),
]
GONE_EVERYWHERE = [
    f"/artists/{ID}/related-artists",
    "/recommendations",
    f"/audio-features/{ID}",
    f"/audio-features?ids={ID}",
    f"/audio-analysis/{ID}",
    "/browse/featured-playlists",
]
SCOPES = [
    ("GET", "/me/tracks", "user-library-read"),
    ("GET", "/me/albums", "user-library-read"),
    ("GET", "/me/following?type=artist", "user-follow-read"),
    ("GET", "/me/playlists", "playlist-read-private"),
    ("GET", "/me/top/artists", "user-top-read"),
    ("GET", "/me/player/recently-played", "user-read-recently-played"),
    ("GET", f"/me/library/contains?uris=spotify:track:{ID}", "user-library-read"),
    ("GET", f"/me/library/contains?uris=spotify:artist:{ID}", "user-follow-read"),
    ("GET", f"/me/library/contains?uris=spotify:playlist:{ID}", "playlist-read-private"),
    ("PUT", f"/me/library?uris=spotify:track:{ID}", "user-library-modify"),
    ("PUT", "/me/library?uris=spotify:user:someone", "user-follow-modify"),
    ("DELETE", f"/me/library?uris=spotify:playlist:{ID}", "playlist-modify-public"),
]


@pytest.mark.parametrize(("method", "path"), REMOVED)
def test_removed_endpoint_is_forbidden_in_development_only(reader, shared, method, path):
    assert reader.refusal(method, path) == GONE
    shared.mode = "extended"
    answer = reader(method, path)
    assert answer.status_code != 403 or "/users/" in path


@pytest.mark.parametrize("path", GONE_EVERYWHERE)
def test_what_went_in_2024_is_gone_in_both_modes(reader, shared, path):
    for shared.mode in ("development", "extended"):
        assert reader.refusal("GET", path) == GONE


@pytest.mark.parametrize(("method", "path", "scope"), SCOPES)
def test_missing_scope(shared, client, method, path, scope):
    without = client(shared, {"user-read-email", "playlist-modify-private"})
    assert without.refusal(method, path) == (403, "Insufficient client scope")
    assert client(shared, {scope})(method, path).status_code != 403


def test_playlist_writes_need_both_modify_scopes(shared, client):
    own = next(p for p in shared.library.playlists.values() if p.owner_id == shared.library.user.id)
    half = client(shared, {"playlist-modify-private", "playlist-read-private"})
    for method, path in (
        ("POST", "/me/playlists"),
        ("PUT", f"/playlists/{own.id}"),
        ("POST", f"/playlists/{own.id}/items"),
        ("PUT", f"/playlists/{own.id}/items"),
        ("DELETE", f"/playlists/{own.id}/items"),
    ):
        assert half.refusal(method, path, json={}) == (403, "Insufficient client scope")
    assert half.refusal("PUT", f"/playlists/{own.id}/images", data=b"x") == (401, "Unauthorized.")


def test_no_scope_needed(shared, client):
    bare = client(shared, set())
    library = shared.library
    album_id = next(iter(library.albums))
    for path in (
        "/me",
        f"/tracks/{next(iter(library.tracks))}",
        f"/albums/{album_id}",
        f"/albums/{album_id}/tracks",
        f"/artists/{next(iter(library.artists))}",
        f"/playlists/{library.user_playlists[0]}",
        f"/playlists/{library.user_playlists[0]}/images",
        "/search?q=a&type=track",
    ):
        assert bare.get(path).status_code == 200
    assert bare.refusal("GET", f"/playlists/{library.user_playlists[0]}/items")[0] == 403
    assert bare.refusal("GET", f"/albums/{album_id}?market=from_token") == (403, "Insufficient client scope")
    assert bare.refusal("GET", "/me/player") == (401, "Permissions missing")


def test_collaborative_lists_need_their_own_scope(shared, client):
    together = next(p for p in shared.library.playlists.values() if p.collaborative)
    half, full = client(shared, {"playlist-read-private"}), client(shared)
    assert half.refusal("GET", f"/playlists/{together.id}/items") == (403, "Insufficient client scope")
    assert full.get(f"/playlists/{together.id}/items").status_code == 200
    assert together.id not in [p["id"] for p in half.json("/me/playlists")["items"] if p]
    assert together.id in [p["id"] for p in full.json("/me/playlists")["items"] if p]


@pytest.mark.parametrize(
    ("header", "message", "error"),
    [
        (None, "Missing/invalid/expired access token", "missing_token"),
        ("Basic abc", "Missing/invalid/expired access token", "missing_token"),
        ("Bearer nonsense", "Invalid access token", "invalid_token"),
    ],
)
def test_unauthorized(sim, header, message, error):
    headers = {"Authorization": header} if header else {}
    for path in ("/me", "/tracks?ids=x", "/no/such/thing"):
        answer = requests.get(sim.api_url + path, headers=headers, timeout=60)
        assert answer.json() == {"error": {"status": 401, "message": message}}
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == f'Bearer realm="spotify", error="{error}"'


def test_account_refusals(sim, api):
    sim.user_not_allowlisted = True
    status, message = api.refusal("GET", "/me")
    assert (status, "the user may not be registered" in message) == (403, True)
    sim.user_not_allowlisted, sim.premium_lapsed = False, True
    status, message = api.refusal("GET", "/me")
    assert status == 403
    assert message.startswith("Active premium subscription required for the owner of the app")


def test_unknown_paths_and_methods(api):
    assert api.refusal("GET", "/no/such/thing")[0] == 404
    assert api.refusal("PATCH", "/me")[0] == 405
    assert api.get(api.sim.accounts_url + "/elsewhere").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_length_required(sim, method):
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=60)
    connection.putrequest(method, f"/v1/me/library?uris=spotify:track:{ID}")
    connection.putheader("Authorization", f"Bearer {sim.access_token()}")
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 411
    connection.close()


def test_connection_is_kept_alive_and_trailing_slashes_are_accepted(sim):
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=60)
    headers = {"Authorization": f"Bearer {sim.access_token()}", "Content-Type": "application/json"}
    sockets = set()
    for path in ("/v1/me/", "/v1/me", "/v1/me/tracks/"):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())
        sockets.add(connection.sock)
    assert len(sockets) == 1
    connection.close()
    assert [request.path for request in sim.requests] == ["/me", "/me", "/me/tracks"]
