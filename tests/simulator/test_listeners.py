"""Several listeners of one app: what is each one's own, what all share, and whom the app serves."""

import pytest
import requests

from simulator import Library, Simulator, generate
from simulator.server import state

NOT_REGISTERED = "Check settings on developer.spotify.com/dashboard, the user may not be registered."


@pytest.fixture(scope="module")
def household():
    """Three accounts that no test changes: the first of the usual kind, two furnished ones."""
    with Simulator(generate(liked=30, albums=8, plays=40, playlists=5, followed=9)) as sim:
        for name in ("anna", "ben"):
            sim.add_account(name, liked=8, albums=4, followed=4, plays=70, playlists=2)
        yield sim
    assert sim.errors == []


@pytest.fixture
def pair(sim, client):
    """The fresh simulator with Anna beside its first account, and a client of each."""
    sim.add_account("anna")
    return client(sim), client(sim, account="anna")


def test_each_token_shows_its_own_account(household, client):
    for account in household.accounts.listeners:
        api, library = client(household, account=account), account.library
        me = api.json("/me")
        assert (me["id"], me["account_id"]) == (account.user_id, account.account_id)
        liked = [entry["track"] and entry["track"]["id"] for entry in api.pages("/me/tracks?limit=50")]
        assert liked == [entry.track_id for entry in library.liked]
        albums = [entry["album"] and entry["album"]["id"] for entry in api.pages("/me/albums")]
        assert albums == [entry.album_id for entry in library.saved_albums]
        plays = api.json("/me/player/recently-played?limit=50")["items"]
        assert [play["track"]["id"] for play in plays] == [play.track_id for play in library.recent_plays()]
        followed = api.json("/me/following?type=artist&limit=50")["artists"]["items"]
        assert [artist["id"] for artist in followed] == sorted(library.followed)
        lists = [known and known["id"] for known in api.pages("/me/playlists")]
        assert lists == library.user_playlists
        top = api.pages("/me/top/tracks?limit=50&time_range=short_term")
        assert [track["id"] for track in top] == library.top_tracks["short_term"]


def test_two_furnished_accounts_have_some_in_common_and_not_all(household):
    anna, ben = household.account("anna").library, household.account("ben").library
    for mine, theirs in (
        (set(anna.liked_rows()), set(ben.liked_rows())),
        (set(anna.saved_album_rows()), set(ben.saved_album_rows())),
        (set(anna.followed), set(ben.followed)),
    ):
        assert len(mine) == len(theirs)
        assert len(mine & theirs) == len(mine) / 2
    assert len(anna.plays) == 70
    assert anna.recent_plays()[0].played_at > anna.recent_plays()[-1].played_at


def test_the_catalogue_is_one_and_the_same(household, client):
    anna = household.account("anna").library
    new = anna.liked[-1].track_id
    assert client(household).json(f"/tracks/{new}") == client(household, account="ben").json(f"/tracks/{new}")
    assert anna.tracks is household.library.tracks


def test_what_one_does_the_others_do_not_see(sim, pair, client):
    first, anna = pair
    with sim.edit() as library:
        track_id, album_id = library.new_track(), library.new_album()
    assert anna("PUT", f"/me/library?uris=spotify:track:{track_id},spotify:album:{album_id}").ok
    assert anna("POST", "/me/playlists", json={"name": "Hers"}).ok
    for path, count in (("/me/tracks", 1), ("/me/albums", 1), ("/me/playlists", 1)):
        assert anna.json(path)["total"] == count
        assert first.json(path)["total"] == 0
    contains = f"/me/library/contains?uris=spotify:track:{track_id}"
    assert (anna.json(contains), first.json(contains)) == ([True], [False])
    with sim.edit("anna") as library:
        library.play(track_id)
    assert len(anna.json("/me/player/recently-played")["items"]) == 1
    assert first.json("/me/player/recently-played")["items"] == []


def test_a_list_of_somebody_else_shows_its_head_only(sim, pair):
    first, anna = pair
    with sim.edit("anna") as library:
        track_id = library.new_track()
        hers = library.new_playlist("Quiet evenings", [track_id], public=False)
        shown = library.new_playlist("Quiet mornings", [track_id], public=True)
    for playlist_id in (hers, shown):  # private only keeps a list from being found
        head = first.json(f"/playlists/{playlist_id}")
        assert (head["owner"]["id"], head["owner"]["display_name"]) == ("anna", "Anna")
        assert "items" not in head
        assert "items" in anna.json(f"/playlists/{playlist_id}")
        assert first.refusal("GET", f"/playlists/{playlist_id}/items") == (403, "Forbidden")
        for method in ("POST", "PUT", "DELETE"):
            body = {"uris": [f"spotify:track:{track_id}"]}
            assert first.refusal(method, f"/playlists/{playlist_id}/items", json=body)[0] == 403
        assert first.refusal("PUT", f"/playlists/{playlist_id}", json={"name": "Mine"})[0] == 403
    for api in pair:
        found = api.json("/search?q=quiet&type=playlist")["playlists"]["items"]
        assert [known["id"] for known in found] == [shown]


def test_extended_quota_reads_public_lists_of_others(sim, pair):
    first, _ = pair
    sim.mode = "extended"
    with sim.edit("anna") as library:
        shown = library.new_playlist("Mornings", [library.new_track()], public=True)
        library.new_playlist("Evenings", public=False)
    assert first.json(f"/playlists/{shown}/tracks")["total"] == 1
    assert [known["id"] for known in first.json("/users/anna/playlists")["items"]] == [shown]
    assert first.json("/users/anna")["display_name"] == "Anna"


def test_a_followed_list_is_in_the_listing_without_its_entries(sim, pair):
    first, _ = pair
    with sim.edit("anna") as library:
        shown = library.new_playlist("Mornings", [library.new_track()], public=True)
    assert first("PUT", f"/me/library?uris=spotify:playlist:{shown}").ok
    (listed,) = first.json("/me/playlists")["items"]
    assert (listed["id"], listed["owner"]["display_name"], "items" in listed) == (shown, "Anna", False)


def test_who_joined_a_collaborative_list_reads_and_changes_it(sim, pair):
    first, anna = pair
    with sim.edit("anna") as library:
        track_id = library.new_track()
        ours, hers = library.new_playlist("Ours", collaborative=True), library.new_playlist("Hers")
    with sim.edit() as library:
        library.join_playlist(ours)
        with pytest.raises(ValueError, match="not collaborative"):
            library.join_playlist(hers)
    uri = f"spotify:track:{track_id}"
    assert first("POST", f"/playlists/{ours}/items", json={"uris": [uri]}).status_code == 201
    (entry,) = anna.json(f"/playlists/{ours}/items")["items"]
    assert (entry["item"]["uri"], entry["added_by"]["id"]) == (uri, "listener")
    assert first.json("/me/playlists")["items"][0]["items"]["total"] == 1
    assert first.refusal("PUT", f"/playlists/{ours}", json={"name": "Mine"})[0] == 403


def test_a_token_without_a_listener_sees_no_entries(sim, client, pair):
    with sim.edit() as library:
        track_id = library.new_track()
        mine = library.new_playlist("Mine", [track_id], public=True)
    form = {"grant_type": "client_credentials"}
    answer = requests.post(
        f"{sim.accounts_url}/api/token", data=form, auth=(sim.client_id, sim.client_secret), timeout=60
    )
    api = client(sim)
    api.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert api.get(f"/tracks/{track_id}").status_code == 200
    assert "items" not in api.json(f"/playlists/{mine}")


# Whom the app serves


def test_one_account_that_is_not_allowlisted_is_refused_everything_and_the_others_nothing(sim, client, clock):
    sim.add_account("anna", is_allowed=False)
    anna, first = client(sim, account="anna"), client(sim)
    for path in ("/me", "/me/tracks", "/me/player/recently-played", f"/albums/{'0' * 22}"):
        assert anna.refusal("GET", path) == (403, NOT_REGISTERED)
    assert first.get("/me").status_code == 200
    assert _refresh(sim, sim.account("anna").refresh_token).status_code == 200  # login itself succeeds
    sim.set_allowed("anna", is_allowed=True)
    assert anna.get("/me").status_code == 200
    sim.user_not_allowlisted = True
    assert (first.get("/me").status_code, anna.get("/me").status_code) == (403, 200)


def test_lapsed_premium_of_the_owner_stops_everybody(sim, pair):
    sim.premium_lapsed = True
    for api in pair:
        status, message = api.refusal("GET", "/me")
        assert (status, message.split(" for ")[0]) == (403, "Active premium subscription required")


def test_development_mode_has_room_for_five(sim, client):
    for name in ("anna", "ben", "cleo", "dirk"):
        sim.add_account(name)
    with pytest.raises(ValueError, match=r"cannot put eva on the allowlist: .* takes 5 accounts"):
        sim.add_account("eva")
    assert [account.name for account in sim.accounts.listeners][1:] == ["anna", "ben", "cleo", "dirk"]
    sim.add_account("eva", is_allowed=False)
    with pytest.raises(ValueError, match="eva"):
        sim.set_allowed("eva", is_allowed=True)
    sim.set_allowed("ben", is_allowed=False)
    sim.set_allowed("eva", is_allowed=True)
    codes = {name: client(sim, account=name).get("/me").status_code for name in ("anna", "ben", "eva")}
    assert codes == {"anna": 200, "ben": 403, "eva": 200}
    sim.mode = "extended"  # has no allowlist
    assert client(sim, account="ben").get("/me").status_code == 200


def test_fifty_accounts_of_extended_quota(client):
    with Simulator(Library.empty(), "extended") as sim:
        for number in range(1, 50):
            sim.add_account(f"listener-{number}", liked=3, albums=1, followed=1, plays=2, playlists=1)
        assert len(sim.accounts.listeners) == len({a.account_id for a in sim.accounts.listeners}) == 50
        assert len({a.refresh_token for a in sim.accounts.listeners}) == 50
        answers = [client(sim, account=account).json("/me")["id"] for account in sim.accounts.listeners]
        assert answers == ["listener", *(f"listener-{number}" for number in range(1, 50))]


def test_an_account_of_twenty_thousand_liked_tracks(sim, client):
    anna = sim.add_account("anna", liked=20_000)
    api = client(sim, account=anna)
    page = api.json("/me/tracks?limit=50&offset=19950")
    assert (page["total"], page["next"], len(page["items"])) == (20_000, None, 50)
    assert len({entry.track_id for entry in anna.library.liked}) == 20_000


@pytest.mark.parametrize("name", ["listener", "anna"])
def test_a_name_that_is_taken(sim, pair, name):
    with pytest.raises(ValueError, match=f"there is an account {name} already"):
        sim.add_account(name)


def test_an_unknown_account_is_named(sim, pair):
    with pytest.raises(KeyError, match="no account zoe; there are listener, anna"):
        sim.revoke_consent("zoe")


# Consents


def _refresh(sim, refresh_token):
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    auth = (sim.client_id, sim.client_secret)
    return requests.post(f"{sim.accounts_url}/api/token", data=form, auth=auth, timeout=60)


def test_one_consent_ends_and_the_others_stay(sim, pair):
    first, anna = pair
    tokens = [account.refresh_token for account in sim.accounts.listeners]
    sim.revoke_consent("anna")
    assert (anna.get("/me").status_code, first.get("/me").status_code) == (401, 200)
    assert [_refresh(sim, token).status_code for token in tokens] == [200, 400]
    assert _refresh(sim, tokens[1]).json()["error_description"] == "Refresh token revoked"
    again = _refresh(sim, sim.new_consent(account="anna")).json()
    anna.session.headers["Authorization"] = f"Bearer {again['access_token']}"
    assert anna.json("/me")["id"] == "anna"
    sim.expire_consent()
    assert _refresh(sim, tokens[0]).json()["error_description"] == "Refresh token expired"
    assert anna.get("/me").status_code == 200


def test_access_tokens_of_one_account_expire(sim, pair):
    first, anna = pair
    sim.expire_access_tokens("anna")
    assert anna.refusal("GET", "/me") == (401, "The access token expired")
    assert first.get("/me").status_code == 200


def test_environment_of_an_account(sim, pair):
    anna = sim.account("anna")
    assert sim.environment("anna") == {**sim.environment(), "SPOTIFY_REFRESH_TOKEN": anna.refresh_token}
    assert sim.environment()["SPOTIFY_REFRESH_TOKEN"] == sim.refresh_token != anna.refresh_token


# Whose requests they are


def test_the_record_says_whose_request_it_is(sim, pair, clock):
    first, anna = pair
    account = sim.account("anna")
    _refresh(sim, account.refresh_token)
    anna.get("/me")
    anna.get("/no/such/thing")
    first.get("/me")
    clock.pass_time(minutes=60)
    anna.get("/me/tracks")  # refused: its token is over
    sim.revoke_consent(account)
    anna.get("/me/albums")
    requests.get(f"{sim.api_url}/me", headers={"Authorization": "Bearer nonsense"}, timeout=60)
    requests.post(f"{sim.accounts_url}/api/token", json={"code": ["x"]}, timeout=60)
    assert [(request.path, request.status) for request in sim.requests_of("anna")] == [
        ("/api/token", 200),
        ("/me", 200),
        ("/no/such/thing", 404),
        ("/me/tracks", 401),
        ("/me/albums", 401),
    ]
    assert {request.account_id for request in sim.requests_of("anna")} == {account.account_id}
    assert sim.calls_by_account() == {"listener": 1, "anna": 4}
    assert [request.account_id for request in sim.requests[-2:]] == [None, None]
    sim.clear_requests()
    assert sim.calls_by_account() == {"listener": 0, "anna": 0}


def test_both_budgets_are_the_apps(sim, pair, clock):
    first, anna = pair
    sim.daily_quota(2, group=lambda _: "all")
    assert [api.get("/me").status_code for api in (anna, first, anna)] == [200, 200, 429]
    assert first.get("/me").json()["error"]["reason"] == "QUOTA_EXCEEDED"
    sim.daily_quota(None)
    sim.rate_window(1)
    assert [api.get("/me").status_code for api in (anna, first)] == [200, 429]
    clock.pass_time(seconds=30)
    assert first.get("/me").status_code == 200


def test_a_quota_of_one_account_only(sim, pair):
    first, anna = pair
    only = sim.account("anna").account_id
    sim.daily_quota(1, group=lambda request: "anna" if request.account_id == only else None)
    assert [anna.get("/me").status_code for _ in range(2)] == [200, 429]
    assert [first.get("/me").status_code for _ in range(2)] == [200, 200]


def test_trouble_for_one_account_only(sim, pair):
    first, anna = pair
    sim.faults.add("status", "GET /me", times=None, status=503, account_id=sim.account("anna").account_id)
    assert (first.get("/me").status_code, anna.get("/me").status_code) == (200, 503)


def test_the_state_file_keeps_every_account(tmp_path):
    file = tmp_path / "accounts.json"
    sim = Simulator(Library.empty(), state_file=file)
    sim.add_account("anna", liked=4, albums=2, followed=2, plays=3, playlists=1)
    sim.add_account("ben", is_allowed=False, gives_consent=False)
    token = sim.access_token(account="anna")
    sim.save()
    library, data = state.load(file)
    again = Simulator(library)
    state.restore_accounts(again.accounts, data)
    assert [account.name for account in again.accounts.listeners] == ["listener", "anna", "ben"]
    for mine, kept in zip(sim.accounts.listeners, again.accounts.listeners, strict=True):
        assert kept.consents == mine.consents
        assert kept.library.shared is library.shared
        for name in ("user", "liked", "saved_albums", "followed", "plays", "user_playlists", "top_artists"):
            assert getattr(kept.library, name) == getattr(mine.library, name)
    assert [account.name for account in again.app.allowlist] == ["listener", "anna"]
    assert again.accounts.access_tokens[token].account is again.account("anna")
