"""Spotify's JSON is untrusted: whatever it holds becomes rows that can be stored, or one of two errors."""

import copy
import json
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_syncs.track_plays import parse_play
from simulator import Simulator, generate
from utils.errors import PayloadError
from utils.spotify.payloads import BadItemError, page, parse_album, parse_artist, parse_saved, parse_track
from utils.spotify.playlist_payloads import parse_playlist_entry, playlist_entry_uri

parse_saved_track = partial(parse_saved, kind="track", parse=parse_track)
parse_saved_album = partial(parse_saved, kind="album", parse=parse_album)
MODES = ("development", "extended")
KINDS = {
    "saved track": (parse_saved_track, "/me/tracks"),
    "saved album": (parse_saved_album, "/me/albums"),
    "play": (parse_play, "/me/player/recently-played"),
}
ODD = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    -(2**31) - 1,
    10**40,
    float("inf"),
    float("nan"),
    "",
    " ",
    "0000",
    "\x00",
    "a\x00b",
    "\ud800",
    "<b>&amp;",
    "x" * 1000,
    "x" * 5000,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30T00:00:00Z",
    [],
    {},
    [None],
    [[[[]]]],
    [{}],
    [1, "a\x00b", None, "\udfff"],
    {"id": None},
    {"id": 5},
    {"id": ""},
    {"id": "a/../b"},
    {"items": [{"id": "x" * 3000}], "total": "many"},
]


@pytest.fixture(scope="module")
def entries():
    """(mode, kind) → a valid entry as the simulator sends it."""
    found = {}
    for mode in MODES:
        with Simulator(generate(seed=1, liked=3, albums=2, plays=3, odd=False), mode=mode) as sim:
            for kind, (_, path) in KINDS.items():
                request = urllib.request.Request(
                    f"{sim.api_url}{path}?limit=1", headers={"Authorization": f"Bearer {sim.access_token()}"}
                )
                with urllib.request.urlopen(request, timeout=60) as answer:
                    found[mode, kind] = json.load(answer)["items"][0]
    return found


def both(test):
    return pytest.mark.parametrize("mode", MODES)(pytest.mark.parametrize("kind", KINDS)(test))


def paths(value, at=()):
    """Where something stands in a payload: keys and indexes, outermost first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from paths(inner, (*at, key))


def changed(payload, path, change):
    """A copy of the payload with `change(container, key)` applied at the path."""
    new = copy.deepcopy(payload)
    container = new
    for key in path[:-1]:
        container = container[key]
    change(container, path[-1])
    return new


def assert_storable(value):
    """PostgreSQL's text, integer, boolean, text[] and timestamptz can hold it."""
    if isinstance(value, str):
        value.encode()
        assert "\x00" not in value
        assert value != ""
    elif isinstance(value, datetime):
        assert value.tzinfo is UTC
    elif isinstance(value, bool) or value is None:
        pass
    elif isinstance(value, int):
        assert 0 <= value < 2**31
    elif isinstance(value, list | tuple):
        for inner in value:
            assert_storable(inner)
    else:
        for inner in vars(value).values():
            assert_storable(inner)


def read(parse, payload):
    """The rows, checked; None for a bad item, whose error has to say something."""
    message = None
    try:
        rows = parse(payload)
    except (BadItemError, PayloadError) as error:
        message, rows = str(error), None
    assert message is None or 0 < len(message) < 300
    assert_storable(rows)
    return rows


@both
def test_a_valid_entry_is_read(entries, mode, kind):
    parse, _ = KINDS[kind]
    entry = entries[mode, kind]
    rows = read(parse, entry)
    inner = entry["album" if kind == "saved album" else "track"]
    row = rows.payload.album if kind == "saved album" else rows.payload.track
    assert next(iter(vars(row).values())) == inner["id"]
    assert row.name == inner["name"]
    assert [artist.artist_id for artist in rows.payload.artists] == [
        artist["id"] for artist in inner["artists"]
    ]
    if mode == "development":
        assert row.popularity is None
    else:
        assert row.popularity == inner["popularity"]


@both
def test_each_field_in_turn_may_be_anything(entries, mode, kind):
    parse, _ = KINDS[kind]
    entry = entries[mode, kind]
    tried = 0
    for path in paths(entry):
        for odd in ODD:

            def put(container, key, odd=odd):
                container[key] = copy.deepcopy(odd)

            try:
                read(parse, changed(entry, path, put))
            except Exception as error:
                raise AssertionError(f"{path} = {odd!r}: {error!r}") from error
            tried += 1
    assert tried > 1000


@both
def test_each_field_in_turn_may_be_missing(entries, mode, kind):
    parse, _ = KINDS[kind]
    entry = entries[mode, kind]
    needed = set()
    for path in paths(entry):
        if not isinstance(path[-1], str):
            continue
        if read(parse, changed(entry, path, lambda container, key: container.pop(key))) is None:
            needed.add(path)
    item = "album" if kind == "saved album" else "track"
    moment = "played_at" if kind == "play" else "added_at"
    assert needed == {(item,), (item, "id"), (moment,)}


@both
def test_an_entry_without_an_id_is_bad_and_says_what_it_is(entries, mode, kind):
    parse, _ = KINDS[kind]
    item = "album" if kind == "saved album" else "track"
    for odd in (None, "", 5, True, [], {}, "a b", "a/b", "é", "a\x00", "x" * 3000):
        entry = changed(
            entries[mode, kind], (item, "id"), lambda container, key, odd=odd: container.update({key: odd})
        )
        with pytest.raises(BadItemError, match=f"{item} without an id.*{entry[item]['uri']}"):
            parse(entry)


@both
def test_a_bad_moment_names_the_id(entries, mode, kind):
    parse, _ = KINDS[kind]
    item = "album" if kind == "saved album" else "track"
    moment = "played_at" if kind == "play" else "added_at"
    for odd in (None, "", "yesterday", 0, 1700000000, "0001-01-01T00:00:00+14:00", "0000-00-00T00:00:00Z"):
        with pytest.raises(BadItemError, match=f"{entries[mode, kind][item]['id']}: {moment}"):
            parse({**entries[mode, kind], moment: odd})


@both
def test_a_null_item_is_spotifys_way_and_a_missing_one_is_bad(entries, mode, kind):
    parse, _ = KINDS[kind]
    item = "album" if kind == "saved album" else "track"
    entry = entries[mode, kind]
    assert parse({**entry, item: None}) is None
    with pytest.raises(BadItemError, match=item):
        parse({key: value for key, value in entry.items() if key != item})


def test_a_local_file_is_bad_and_its_names_stay_out_of_the_message():
    local = {"id": None, "uri": "spotify:local:Some+Artist:Some+Album:Some+Title:180", "is_local": True}
    with pytest.raises(BadItemError) as caught:
        parse_saved_track({"track": local, "added_at": "2026-01-01T00:00:00Z"})
    assert "local file" in str(caught.value)
    assert "Some" not in str(caught.value)


@pytest.mark.parametrize(
    "uri", ["My secret song", "spotify:track:a b c", "x\n::error::y", ["name"], {"a": 1}]
)
def test_an_odd_uri_stays_out_of_the_message(uri):
    with pytest.raises(BadItemError) as caught:
        parse_track({"uri": uri})
    assert str(uri) not in str(caught.value)
    assert "\n" not in str(caught.value)


# Fields


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123Z", datetime(2026, 1, 31, 12, 0, 0, 123000, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_moments_are_utc(text, moment):
    play = parse_play({"track": {"id": "t1"}, "played_at": text})
    assert play.played_at == moment
    assert play.played_at.tzinfo is UTC


def test_absent_fields_are_none():
    track = parse_track({"id": "t1"})
    assert set(vars(track.track).values()) == {"t1", None}
    assert track.artists == []
    assert track.album is None
    album = parse_album({"id": "a1"})
    assert set(vars(album.album).values()) == {"a1", None}
    assert (album.tracks, album.has_all_tracks) == ([], False)
    assert set(vars(parse_artist({"id": "x1"})).values()) == {"x1", None}


def test_names_lose_nul_and_stay_long():
    assert parse_track({"id": "t1", "name": "x" * 20_000}).track.name == "x" * 10_000
    assert parse_track({"id": "t1", "name": "a\x00b"}).track.name == "ab"
    assert parse_track({"id": "t1", "name": "\x00"}).track.name is None
    assert parse_track({"id": "t1", "name": ""}).track.name is None
    assert parse_track({"id": "t1", "name": "é" * 1000}).track.name == "é" * 1000
    assert parse_track({"id": "t1", "name": "<b>🎵"}).track.name == "<b>🎵"
    assert parse_artist({"id": "x1", "genres": ["a\x00b", "", "\ud800", 5, None, "c"]}).genres == [
        "ab",
        "?",
        "c",
    ]


@pytest.mark.parametrize("value", [204053, 204053.0])
def test_an_integer_may_come_as_a_float(value):
    assert parse_track({"id": "t1", "duration_ms": value}).track.duration_ms == 204053
    assert page({"items": [], "total": value}).total == 204053


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        "5",
        1.5,
        float("nan"),
        float("inf"),
        1e300,
        None,
        2**31,
        -1,
        -(2**31) - 1,
        10**300,
        [],
        {},
    ],
)
def test_what_is_no_count_is_unknown(value):
    assert parse_track({"id": "t1", "duration_ms": value}).track.duration_ms is None
    assert parse_artist({"id": "x1", "followers": {"total": value}}).follower_count is None


@pytest.mark.parametrize("value", [0, 1, "true", None, [], "yes"])
def test_explicit_is_a_boolean_or_unknown(value):
    assert parse_track({"id": "t1", "explicit": value}).track.explicit is None


@pytest.mark.parametrize("text", ["0000", "1981", "1981-12", "1981-12-15", "soon"])
def test_release_dates_stay_as_given(text):
    assert parse_album({"id": "a1", "release_date": text}).album.release_date == text


def test_codes_and_types_are_spelled_one_way():
    track = parse_track({"id": "t1", "external_ids": {"isrc": "usabc1234567"}})
    assert track.track.isrc == "USABC1234567"
    assert parse_album({"id": "a1", "album_type": "SINGLE"}).album.album_type == "single"


def test_where_an_artist_has_no_id_nobody_moves_up():
    """Of none is known where they stand; which it was is said."""
    artists = [{"id": "b1"}, {"id": None, "name": "x"}, None, "x", {"id": "a1"}]
    for parsed in (
        parse_track({"id": "t1", "artists": artists}),
        parse_album({"id": "t1", "artists": artists}),
    ):
        assert (parsed.artists, parsed.unread) == (
            [],
            ("artists[1].id", "artists[2].id", "artists[3].id"),
        )


def test_a_field_that_cannot_be_read_is_told_from_one_that_is_not_said():
    odd = {"name": 7, "duration_ms": -1, "explicit": "yes", "external_ids": {"isrc": []}, "disc_number": 1}
    not_said = {"name": "", "popularity": None, "artists": None}
    assert parse_track({"id": "t1", **odd}).unread == (
        "name",
        "duration_ms",
        "explicit",
        "external_ids.isrc",
    )
    assert parse_track({"id": "t1", **not_said}).unread == ()


@pytest.mark.parametrize(
    ("tracks", "total", "has_all"),
    [
        ({"items": [{"id": "t1"}, {"id": "t2"}], "next": None}, 2, True),
        ({"items": [{"id": "t1"}, {"id": "t2"}], "next": "http://…"}, 2, False),
        ({"items": [{"id": "t1"}], "next": None}, 2, False),
        ({"items": [{"id": "t1"}, None], "next": None}, 2, False),
        ({"items": [{"id": "t1"}, {"id": None}], "next": None}, 2, False),
        ({"items": [], "next": None}, 0, True),
        ({"items": [{"id": "t1"}]}, None, False),
        (None, 0, False),
        ([], 0, False),
    ],
)
def test_an_album_has_all_its_tracks_only_when_each_is_there(tracks, total, has_all):
    album = parse_album({"id": "a1", "total_tracks": total, "tracks": tracks})
    assert album.has_all_tracks is has_all


def test_tracks_of_an_album_that_cannot_be_read_are_counted_and_null_ones_are_not():
    items = [{"id": "t1"}, {"identifier": "t2"}, None, "t3"]
    album = parse_album({"id": "a1", "total_tracks": 4, "tracks": {"items": items, "next": None}})
    assert (len(album.tracks), album.bad_tracks) == (1, 2)
    assert parse_album({"id": "a1"}).bad_tracks == 0


def test_tracks_of_an_album_belong_to_it_whatever_they_say():
    entry = {"id": "t1", "album": {"id": "b1"}}
    [track] = parse_album({"id": "a1", "tracks": {"items": [entry]}}).tracks
    assert (track.track.album_id, track.album) == ("a1", None)
    assert parse_track(entry).track.album_id == "b1"


# Pages and playlist entries


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"items": []},
        {"total": 0},
        {"items": None, "total": 0},
        {"items": {}, "total": 0},
        {"items": [], "total": "5"},
        {"items": [], "total": True},
        {"items": [], "total": -1},
        {"items": [], "total": 10**12},
        {"items": [], "total": None},
    ],
)
def test_a_page_that_is_none_is_refused(payload):
    with pytest.raises(PayloadError):
        page(payload)


def test_a_page():
    content = page({"items": [{"a": 1}, None, "x"], "total": 3, "next": None})
    assert content == ([{"a": 1}, None, "x"], 3, False), "as they came: who reads them tells null from odd"
    assert page({"items": [], "total": 0, "next": "http://…"}).has_next


@pytest.mark.parametrize(
    ("entry", "uri"),
    [
        ({"item": {"uri": "spotify:track:a"}}, "spotify:track:a"),
        ({"track": {"uri": "spotify:track:a"}}, "spotify:track:a"),
        ({"item": None, "track": {"uri": "spotify:track:a"}}, "spotify:track:a"),
        ({"item": {"uri": "spotify:episode:e", "track": False, "episode": True}}, "spotify:episode:e"),
        ({"track": True, "item": {"uri": "spotify:track:a"}}, "spotify:track:a"),
        ({"item": None}, None),
        ({"track": None}, None),
        ({"item": None, "track": "x"}, None),
    ],
)
def test_the_uri_of_a_playlist_entry_in_both_spellings(entry, uri):
    assert playlist_entry_uri(entry) == uri


@pytest.mark.parametrize("inner", [{"uri": None}, {}, {"uri": 5}, {"resource": "spotify:track:a"}])
def test_content_without_a_uri_is_bad(inner):
    with pytest.raises(BadItemError, match="without a uri"):
        playlist_entry_uri({"item": inner})


@pytest.mark.parametrize("entry", [{}, {"content": {"uri": "spotify:track:a"}}, {"item": "x"}, {"track": []}])
def test_an_entry_whose_content_is_missing_is_bad_and_keeps_its_place(entry):
    with pytest.raises(BadItemError, match="without item"):
        playlist_entry_uri(entry)
    with pytest.raises(BadItemError, match="without item") as caught:
        parse_playlist_entry({"added_at": "2026-01-31T12:00:00Z", **entry})
    kept = caught.value.stand_in
    assert (kept.item_type, kept.item_uri) == ("unknown", None)
    assert kept.added_at == datetime(2026, 1, 31, 12, tzinfo=UTC)


# Anything at all

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        "id",
        "uri",
        "name",
        "track",
        "album",
        "item",
        "items",
        "artists",
        "tracks",
        "added_at",
        "played_at",
        "external_ids",
        "isrc",
        "upc",
        "images",
        "url",
        "genres",
        "followers",
        "total",
        "total_tracks",
        "next",
        "context",
        "duration_ms",
        "explicit",
        "album_type",
        "popularity",
        "release_date",
    ]
)
SPOTIFY_LIKE = st.recursive(
    ANYTHING | st.sampled_from(["4iV5W9uYEdYUVa79Axb7Rh", "2026-01-31T12:00:00Z", "spotify:track:a", 50]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(KEYS, SPOTIFY_LIKE, max_size=8))
def test_no_json_raises_anything_else(payload):
    for parse in (
        parse_saved_track,
        parse_saved_album,
        parse_play,
        parse_track,
        parse_album,
        parse_artist,
        parse_playlist_entry,
        playlist_entry_uri,
    ):
        read(parse, payload)
    with suppress(PayloadError):
        page(payload)
