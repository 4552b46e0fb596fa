"""The calls that the scripts make: one request for many things where the app's mode has that, in order, typed errors."""

import json
import signal
import threading
import time
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from tests.connections import PATIENCE_S
from utils.config import SpotifySettings
from utils.errors import NotFoundError, PayloadError, UnavailableError, UnknownOutcomeError
from utils.spotify.client import CONTAINS_MAX, Spotify
from utils.spotify.in_order import chunks, in_order
from utils.spotify.payloads import PAGE
from utils.spotify.tokens import TokenSource
from utils.spotify.transport import WORKERS, Transport

API = "http://127.0.0.1:8099/v1"
ACCOUNTS = "http://127.0.0.1:8098"


class Known:
    """Capabilities in a dictionary."""

    def __init__(self, **known):
        self.known = known

    def get(self, name):
        return self.known.get(name)

    def learn(self, name, is_available):
        self.known[name] = is_available


@pytest.fixture
def api():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{ACCOUNTS}/api/token", json={"access_token": "t", "expires_in": 3600})
        yield mock


@pytest.fixture
def make(clock):
    settings = SpotifySettings("client", "secret", "refresh", api_url=API, accounts_url=ACCOUNTS)

    def make_one(**known):
        capabilities = Known(**known)
        spotify = Spotify(
            settings, TokenSource(settings, "refresh", clock), Transport(API, clock), capabilities
        )
        return spotify, capabilities

    return make_one


def album_id(number):
    return f"{number:022}"


def asked(api):
    """Paths with their parameters, without those for tokens."""
    urls = [urlsplit(call.request.url) for call in api.calls if ACCOUNTS not in call.request.url]
    return [(url.path.removeprefix("/v1"), {k: v[0] for k, v in parse_qs(url.query).items()}) for url in urls]


def test_pages_are_asked_for_in_full_and_without_a_market(api, make):
    spotify, _ = make()
    for path in ("me/tracks", "me/albums", f"albums/{album_id(1)}/tracks", "me/player/recently-played"):
        api.get(f"{API}/{path}", json={"items": [], "total": 0})
    spotify.page("me/tracks", 50)
    spotify.page("me/albums", 100)
    spotify.album_tracks(album_id(1), 50)
    spotify.get("me/player/recently-played", limit=PAGE)
    for _, parameters in asked(api):
        assert parameters["limit"] == "50"
        assert "market" not in parameters
    assert [parameters.get("offset") for _, parameters in asked(api)] == ["50", "100", "50", None]


@pytest.mark.parametrize("answer", ["[]", "null", '"x"', "5"])
def test_an_answer_that_is_no_object_is_named(api, make, answer):
    spotify, _ = make()
    api.get(f"{API}/me/tracks", body=answer)
    with pytest.raises(PayloadError, match="/me/tracks"):
        spotify.page("me/tracks", 0)


def test_albums_come_in_batches_where_the_mode_has_that(api, make):
    spotify, capabilities = make()
    ids = [album_id(number) for number in range(45)]

    def answer(request):
        wanted = parse_qs(urlsplit(request.url).query)["ids"][0].split(",")
        found = [None if item == album_id(7) else f'{{"id": "{item}"}}' for item in wanted]
        return 200, {}, f'{{"albums": [{",".join(item or "null" for item in found)}]}}'

    api.add_callback(responses.GET, f"{API}/albums", answer)
    albums = dict(spotify.albums(ids))
    assert list(albums) == ids
    assert albums[album_id(7)] is None
    assert albums[album_id(8)] == {"id": album_id(8)}
    assert len(asked(api)) == 3
    assert capabilities.known == {"batch_albums": True}


def test_a_mode_without_batches_is_learnt_once_and_albums_come_one_by_one(api, make):
    spotify, capabilities = make()
    batch = api.get(f"{API}/albums", status=403, json={"error": {"status": 403, "message": "Forbidden"}})
    for number in range(25):
        if number != 7:
            api.get(f"{API}/albums/{album_id(number)}", json={"id": album_id(number)})
    api.get(
        f"{API}/albums/{album_id(7)}",
        status=404,
        json={"error": {"status": 404, "message": "Resource not found"}},
    )
    albums = dict(spotify.albums(album_id(number) for number in range(25)))
    assert len(albums) == 25
    assert albums[album_id(7)] is None
    assert batch.call_count == 1
    assert capabilities.known == {"batch_albums": False}


def test_a_mode_known_to_lack_batches_is_not_tried(api, make):
    spotify, _ = make(batch_albums=False)
    api.get(f"{API}/albums/{album_id(1)}", json={"id": album_id(1)})
    assert dict(spotify.albums([album_id(1)])) == {album_id(1): {"id": album_id(1)}}
    assert [path for path, _ in asked(api)] == [f"/albums/{album_id(1)}"]


def test_an_id_that_is_none_spoils_no_batch(api, make):
    spotify, _ = make()
    api.get(f"{API}/albums", json={"albums": [{"id": album_id(1)}]})
    assert dict(spotify.albums(["", "../me", "short", album_id(1), f"{album_id(2)}x"])) == {
        album_id(1): {"id": album_id(1)}
    }


@pytest.mark.parametrize("answer", [{}, {"albums": None}, {"albums": []}, {"albums": [None, None]}])
def test_a_batch_of_another_length_is_not_believed(api, make, answer):
    spotify, _ = make()
    api.get(f"{API}/albums", json=answer)
    with pytest.raises(PayloadError, match="/albums"):
        list(spotify.albums([album_id(1)]))


def test_forbidden_for_one_album_is_said(api, make):
    spotify, _ = make(batch_albums=False)
    api.get(f"{API}/albums/{album_id(1)}", status=403, json={"error": {"message": "Forbidden"}})
    with pytest.raises(UnavailableError):
        list(spotify.albums([album_id(1)]))


def test_the_library_is_asked_about_forty_at_a_time(api, make):
    spotify, _ = make()

    def answer(request):
        uris = parse_qs(urlsplit(request.url).query)["uris"][0].split(",")
        return 200, {}, f"[{','.join('true' if uri.endswith('7') else 'false' for uri in uris)}]"

    api.add_callback(responses.GET, f"{API}/me/library/contains", answer)
    uris = [f"spotify:track:{number}" for number in range(95)]
    assert spotify.library_contains(uris) == [uri.endswith("7") for uri in uris]
    assert len(asked(api)) == 3
    assert CONTAINS_MAX == 40
    assert spotify.library_contains([]) == []


@pytest.mark.parametrize("answer", ["[]", "[true]", "[true, true, true]", "{}", "null"])
def test_an_answer_of_another_length_says_nothing_about_the_library(api, make, answer):
    spotify, _ = make()
    api.get(f"{API}/me/library/contains", body=answer)
    with pytest.raises(PayloadError, match="contains"):
        spotify.library_contains(["spotify:track:a", "spotify:track:b"])


def test_only_false_means_not_there(api, make):
    spotify, _ = make()
    api.get(f"{API}/me/library/contains", body="[true, false]")
    assert spotify.library_contains(["a", "b"]) == [True, False]


@pytest.mark.parametrize("odd", ["1", "0", '"true"', "null", "{}"])
def test_what_is_neither_true_nor_false_is_no_answer(api, make, odd):
    spotify, _ = make()
    api.get(f"{API}/me/library/contains", body=f"[true, {odd}]")
    with pytest.raises(PayloadError, match="each true or false"):
        spotify.library_contains(["a", "b"])


def test_a_playlist_that_is_gone_is_not_found(api, make):
    spotify, _ = make()
    api.get(
        f"{API}/playlists/abc", status=404, json={"error": {"status": 404, "message": "Resource not found"}}
    )
    with pytest.raises(NotFoundError):
        spotify.playlist_snapshot("abc")


# A few at a time, in order


def test_results_come_in_the_order_asked_for_whatever_finishes_first():
    release = [threading.Event() for _ in range(WORKERS)]

    def fetch(number):
        if number < WORKERS - 1:
            assert release[number + 1].wait(10), "the one asked for after it finishes before it"
        if number < WORKERS:
            release[number].set()
        return number * 10

    assert list(in_order(fetch, range(9))) == [(number, number * 10) for number in range(9)]


def test_no_more_is_fetched_ahead_than_a_kill_may_cost():
    begun = []

    def fetch(number):
        begun.append(number)
        return number

    results = in_order(fetch, count())
    for taken in range(20):
        assert next(results)[0] == taken
        assert len(begun) <= taken + WORKERS
    results.close()


def test_an_error_comes_where_its_result_would_have_come():
    def fetch(number):
        if number == 5:
            raise NotFoundError("gone", 404)
        return number

    results = in_order(fetch, range(100))
    assert [next(results)[0] for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(NotFoundError):
        next(results)


@pytest.mark.parametrize("length", [0, 1, 39, 40, 41, 80, 81])
def test_chunks_hold_everything_once(length):
    items = [str(number) for number in range(length)]
    parts = list(chunks(items, 40))
    assert [item for part in parts for item in part] == items
    assert all(0 < len(part) <= 40 for part in parts)


# Answers to writes pass the same readers as all others


@pytest.mark.parametrize(
    ("given", "kept"), [("a\x00b", "ab"), ("\ud800", "?"), (5, ""), (None, ""), ("", "")]
)
def test_a_snapshot_can_always_be_stored(api, make, given, kept):
    spotify, _ = make()
    api.put(f"{API}/playlists/{album_id(1)}/items", body=json.dumps({"snapshot_id": given}))
    api.get(f"{API}/playlists/{album_id(1)}", body=json.dumps({"snapshot_id": given}))
    assert spotify.replace_playlist_items(album_id(1), []) == kept
    if kept:
        assert spotify.playlist_snapshot(album_id(1)) == kept
    else:
        with pytest.raises(PayloadError, match="without a snapshot_id"):
            spotify.playlist_snapshot(album_id(1))


@pytest.mark.parametrize("odd", [None, "", 5, "a b", "../x", "a\x00", "x" * 100])
def test_a_new_list_without_an_id_is_an_error(api, make, odd):
    spotify, _ = make()
    api.post(f"{API}/me/playlists", body=json.dumps({"id": odd, "name": "n"}), status=201)
    with pytest.raises(UnknownOutcomeError, match="has not said its id"):
        spotify.create_playlist("n", "d")


def test_a_signal_that_another_thread_is_given_is_handled_while_answers_are_waited_for():
    """The kernel may give it to any thread; Python handles it in the main one, once that runs."""
    handled = threading.Event()
    before = signal.signal(signal.SIGUSR1, lambda *_: handled.set())
    try:

        def fetch(_number):
            time.sleep(0.2)  # until the main thread waits; if it does not yet, the test is only less strict
            signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
            return handled.wait(PATIENCE_S)

        assert list(in_order(fetch, [1])) == [(1, True)]
    finally:
        signal.signal(signal.SIGUSR1, before)
