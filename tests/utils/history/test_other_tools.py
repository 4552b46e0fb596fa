"""Plays that other tools have kept: what each says, and no more."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.utils.history.conftest import NOW, TRACK, stream, written
from utils.history.found import find
from utils.history.lastfm import read_lastfm_csv
from utils.history.listenbrainz import uri_of_link
from utils.history.names import Kind
from utils.history.reading import READERS, read
from utils.history.refusals import BrokenFileError
from utils.history.rows import Listen, Precision, Reason, Stamp

HEADER = b"uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
ID = TRACK.removeprefix("spotify:track:")


def read_all(tmp_path, name, rows):
    """(the kind that the shape says, the rows)"""
    (file,) = find([written(tmp_path / name, rows)]).files
    return file.kind, list(read(file, NOW))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def start(number, moment, name, artist="A", album=None, precision=Precision.SECOND):
    """A scrobble: its start, and names."""
    return Listen(
        number, "track", moment, Stamp.START, precision, None, moment, None, None, name, artist, album
    )


# Last.fm


def test_lastfm_with_a_header(tmp_path):
    lines = b'"1779022496","17 May 2026, 12:54","A","","L","","S",""\r\n"","17 May 2026, 12:54","A","","","","S, ""T""",""\n'
    kind, found = read_all(tmp_path, "recenttracks-somebody-1.csv", HEADER + lines)
    assert kind is Kind.LASTFM_CSV
    assert found == [
        start(1, at("2026-05-17 12:54:56"), "S", album="L"),
        start(2, at("2026-05-17 12:54"), 'S, "T"', precision=Precision.MINUTE),
    ]


def test_lastfm_without_a_header_is_not_taken_for_the_other_form(tmp_path):
    lines = (
        b"\xef\xbb\xbfA,L,S,05 Apr 2010 11:59\nA,,T,\nA,L,S,05 Foo 2010 11:59\nA,L,S,31 Feb 2010 11:59\n\n"
    )
    kind, found = read_all(tmp_path, "mine.csv", lines)
    assert kind is Kind.LASTFM_CSV
    assert found[0] == start(1, at("2010-04-05 11:59"), "S", album="L", precision=Precision.MINUTE)
    assert [each.reason for each in found[1:]] == [Reason.NO_TIME] * 3 + [Reason.NOT_A_ROW]


def test_a_quote_that_is_never_closed_stops_no_file(tmp_path):
    lines = HEADER + b'"' + b"x" * 300_000 + b"\n" + b"1779022496,,A,,L,,S,\n"
    _, found = read_all(tmp_path, "scrobbles.csv", lines)
    assert found[0].reason is Reason.NOT_A_ROW


def test_another_csv_is_no_history(tmp_path):
    written(tmp_path / "scrobbles.csv", b"a,b\n1,2\n")
    written(tmp_path / "mine.csv", HEADER)
    assert find([tmp_path / "mine.csv"]).files[0].kind is Kind.LASTFM_CSV
    with pytest.raises(Exception, match="no streaming history"):
        find([tmp_path])


SCROBBLE = {
    "artist": {"#text": "A", "mbid": ""},
    "album": {"#text": ""},
    "name": "S",
    "date": {"uts": "1749776100", "#text": "13 Jun 2025, 00:55"},
}


@pytest.mark.parametrize(
    "pages",
    [
        [{"track": [SCROBBLE] * 1_000}, {"track": SCROBBLE}],
        [{"recenttracks": {"track": [SCROBBLE] * 1_001}}],
        [[SCROBBLE] * 1_000, [SCROBBLE]],
        [SCROBBLE] * 1_001,
        {"track": [SCROBBLE] * 1_001},
        {"recenttracks": {"track": [SCROBBLE] * 1_001}},
    ],
)
def test_lastfm_json_in_pages(tmp_path, pages):
    kind, found = read_all(tmp_path, "recenttracks.json", pages)
    assert kind is Kind.LASTFM_JSON
    assert found == [start(number, at("2025-06-13 00:55"), "S") for number in range(1, 1_002)]


def test_what_is_playing_now_has_no_date(tmp_path):
    now = {"artist": {"#text": "A"}, "name": "S", "@attr": {"nowplaying": "true"}}
    _, found = read_all(tmp_path, "a.json", [{"track": [now, SCROBBLE, None]}])
    assert [getattr(each, "reason", None) for each in found] == [Reason.NO_TIME, None, Reason.NOT_A_ROW]


# ListenBrainz


def listen(**info):
    return {
        "listened_at": 1748964167,
        "track_metadata": {
            "artist_name": "A",
            "track_name": "S",
            "release_name": "L",
            "additional_info": {"duration_ms": 206_760, **info},
        },
    }


def test_listenbrainz_lines_in_a_zip(make_zip):
    lines = "\n".join(json.dumps(each) for each in (listen(), 5, listen())).encode() + b"\n"
    path = make_zip(
        {"user.json": b'{"user_id": 1}', "listens/2025/6.jsonl": lines, "listens/2024/6.jsonl": lines + b" "}
    )
    found = find([path])
    assert [file.kind for file in found.files] == [Kind.LISTENBRAINZ] * 2
    assert [file.name.rpartition(": ")[2] for file in found.files] == [
        "listens/2024/6.jsonl",
        "listens/2025/6.jsonl",
    ]
    rows = list(read(found.files[1], NOW))
    assert rows[::2] == [
        start(number, at("2025-06-03 15:22:47"), "S", album="L")._replace(length_ms=206_760)
        for number in (1, 3)
    ]
    assert rows[1].reason is Reason.NOT_A_ROW


def test_listenbrainz_as_one_list_with_ends_where_it_has_polled_spotify(tmp_path):
    link = f"https://open.spotify.com/track/{ID}"
    own = {"submission_client": "listenbrainz", "music_service": "spotify.com"}
    rows = [
        listen(spotify_id=link),
        listen(**own, origin_url=link + "?si=1"),
        listen(**{**own, "submission_client": "ListenBrainz Archive Importer", "ms_played": 4_000}),
        listen(submission_client="listenbrainz-mpd"),
        listen(submission_client="ListenBrainz lastfm importer v2"),
        listen(**{**own, "submission_client": "listenbrainz-player"}, spotify_track_uri=TRACK),
        listen(submission_client="another", ms_played=4_000),
    ]
    kind, found = read_all(tmp_path, "mine.json", rows)
    assert kind is Kind.LISTENBRAINZ
    assert [each.stamp.value for each in found] == ["start", "end", "end", *["start"] * 4]
    assert [each.ms_played for each in found] == [None, None, 4_000, None, None, None, 4_000]
    assert [each.item_uri for each in found] == [TRACK, TRACK, None, None, None, TRACK, None]
    assert (found[0].ended_at, found[0].began_at) == (None, found[0].stamped_at)
    assert (found[1].ended_at, found[1].began_at) == (found[1].stamped_at, None)
    assert (found[6].ended_at, found[6].began_at) == (
        found[6].stamped_at + timedelta(seconds=4),
        found[6].stamped_at,
    )


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (f"https://open.spotify.com/track/{ID}", TRACK),
        (f"http://open.spotify.com/intl-de/track/{ID}?si=x", TRACK),
        *(
            (f"https://open.spotify.com/album/{ID}", None),
            ("https://evil.example/open.spotify.com/track/x", None),
        ),
        *(
            (None, None),
            ("", None),
            ("https://open.spotify.com/", None),
            ("https://open.spotify.com/track/../x", None),
        ),
    ],
)
def test_links(link, found):
    assert uri_of_link(link, "track") == found


# Koito, Maloja, your_spotify


def test_koito(tmp_path):
    def aliases(name):
        return {
            "is_primary": True,
            "aliases": [{"alias": "x", "is_primary": False}, {"alias": name, "is_primary": True}],
        }

    row = {
        "listened_at": "2022-01-08T22:32:08Z",
        "client": "navidrome",
        "track": {"mbid": None, "duration": 354, **aliases("S")},
        "album": aliases("L"),
        "artists": [{**aliases("B"), "is_primary": False}, aliases("A")],
    }
    rows = {
        "version": "1",
        "exported_at": "x",
        "user": "somebody",
        "listens": [row, {**row, "client": "spotify"}, {}],
    }
    kind, found = read_all(tmp_path, "koito_export.json", rows)
    assert kind is Kind.KOITO
    assert found[0] == start(1, at("2022-01-08 22:32:08"), "S", album="L")
    assert found[1].stamp is Stamp.END
    assert found[2].reason is Reason.NO_TIME
    assert "somebody" not in repr(found)


def test_maloja(tmp_path):
    row = {
        "time": 1746434410,
        "track": {"artists": ["A", "B"], "title": "S", "album": None, "length": 200},
        "duration": None,
    }
    rows = {
        "maloja": {"export_time": 1748738994},
        "scrobbles": [
            row,
            {**row, "origin": "client:navidrome", "duration": 90},
            {**row, "origin": "import:spotify"},
        ],
    }
    kind, found = read_all(tmp_path, "maloja_export_1.json", rows)
    assert kind is Kind.MALOJA
    assert [each.stamp for each in found] == [Stamp.UNKNOWN, Stamp.START, Stamp.UNKNOWN]
    assert [each.ms_played for each in found] == [None, 90_000, None]
    assert (found[0].ended_at, found[0].began_at) == (None, None)
    heard = {"ms_played": 90_000, "ended_at": at("2025-05-05 08:41:40")}
    assert found[1] == start(2, at("2025-05-05 08:40:10"), "S")._replace(**heard)


@pytest.mark.parametrize("is_lines", [False, True])
def test_your_spotify_has_ids_and_no_names(tmp_path, is_lines):
    row = {
        **{"owner": {"$oid": "one"}, "id": ID, "albumId": "b", "primaryArtistId": "c", "artistIds": ["c"]},
        **{"durationMs": 200_000, "played_at": {"$date": "2024-05-05T10:00:00.123Z"}, "blacklistedBy": None},
    }
    rows = [
        row,
        {**row, "owner": {"$oid": "two"}},
        {**row, "id": None},
        {**row, "played_at": "2024-05-05T10:00:00Z"},
    ]
    data = "\n".join(map(json.dumps, rows)).encode() if is_lines else rows
    kind, found = read_all(tmp_path, "infos.json", data)
    assert kind is Kind.YOUR_SPOTIFY
    assert found[0] == Listen(
        *(
            1,
            "track",
            at("2024-05-05 10:00:00.123"),
            Stamp.END,
            Precision.SECOND,
            at("2024-05-05 10:00:00.123"),
        ),
        *(None, None, TRACK, None, None, None),
        length_ms=200_000,
    )
    assert [each.reason for each in found[1:3]] == [Reason.NOT_THEIRS, Reason.NO_CONTENT]
    assert found[3].item_uri == TRACK


ODD = [
    None,
    5,
    "x",
    [],
    {},
    {"track": 5},
    {"track_metadata": 5, "listened_at": 1},
    {"artists": [5], "listened_at": "x"},
]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.is_history and kind is not Kind.LASTFM_CSV])
def test_whatever_a_row_is_it_becomes_one(kind):
    rows = {Kind.KOITO: {"listens": ODD}, Kind.MALOJA: {"scrobbles": ODD}}.get(kind, ODD)
    found = list(READERS[kind](stream(rows), "a", NOW, lambda _: None))
    assert len(found) == len(ODD) - (kind is Kind.LASTFM_JSON)  # there an empty page has no rows
    assert not any(isinstance(each, Listen) for each in found)


def test_a_csv_that_cannot_be_read_further():
    class Bad(io.BytesIO):
        def readline(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(BrokenFileError, match=r"cannot be read further .* at byte 0"):
        list(read_lastfm_csv(Bad(), "a.csv", NOW))


@pytest.mark.parametrize(
    "shape",
    [
        lambda rows: {"track": rows},
        lambda rows: [{"track": rows}],
        lambda rows: [{"track": rows, "@attr": {"page": "1"}}, {"track": rows[:3]}],
        lambda rows: {"recenttracks": {"track": rows, "@attr": {"page": "1"}}},
        lambda rows: [{"recenttracks": {"track": rows, "@attr": {"page": "1"}}}],
        lambda rows: [rows],
        lambda rows: rows,
    ],
)
def test_a_page_of_lastfm_may_be_longer_than_any_row(tmp_path, shape):
    rows = [
        {"artist": {"#text": "A"}, "name": f"S{number}", "date": {"uts": str(1_700_000_000 + number)}}
        for number in range(20_000)
    ]
    kind, found = read_all(tmp_path, "lastfm.json", shape(rows))
    assert kind is Kind.LASTFM_JSON
    assert [each.item_name for each in found[:20_000]] == [row["name"] for row in rows]
    assert [each.row_number for each in found] == list(range(1, len(found) + 1))
