"""Tools that tell of the same plays, one by the beginning and one by the end: each play is one row, and a play that only one knows stays."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from tests.imported_history import import_text, silent_world
from utils.plays.merging import settle_detailed
from utils.plays.pairing import TOLERANCE_S

BEGIN = datetime(2024, 5, 1, 10, 0, 20, tzinfo=UTC)
LENGTH_S = 200
IDS = {f"Song {number}": f"4uLU6hMCjMI75M1A2tKU{number:02}" for number in range(60)}
CYCLE = [f"Song {number % 7}" for number in range(60)]
LOOP = ["Song 1"] * 60
MIXED = [f"Song {number * number % 5}" for number in range(60)]


@pytest.fixture
def world(make_world):
    return silent_world(make_world)


@pytest.fixture
def import_(world, tmp_path):
    """Import a text as a file of that name."""
    return lambda name, text: import_text(world, tmp_path / name, text)


def know_tracks(world):
    """As if their details had been asked for."""
    for name, track_id in IDS.items():
        world.change(
            f"INSERT INTO tracks (track_id, name, given_artist, duration_ms) "
            f"VALUES ('{track_id}', '{name}', 'Artist', {LENGTH_S * 1000})"
        )


def one_after_the_other(songs):
    """(song, beginning, end), as players tell it: 0.3 seconds lie between two."""
    length = timedelta(seconds=LENGTH_S)
    begins = [BEGIN + number * timedelta(seconds=LENGTH_S + 0.3) for number in range(len(songs))]
    return [(song, begin, begin + length) for song, begin in zip(songs, begins, strict=True)]


def lastfm(plays):
    lines = [f'{int(begin.timestamp())},"",Artist,,Album,,{song},\n' for song, begin, _ in plays]
    return "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n" + "".join(lines)


def your_spotify(plays):
    return json.dumps(
        [
            {
                "owner": "o",
                "id": IDS[song],
                "durationMs": LENGTH_S * 1000,
                "played_at": f"{end:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
            }
            for song, _, end in plays
        ]
    )


def listenbrainz(plays, *, is_end=False, **known):
    service = {"music_service": "spotify.com", "submission_client": "listenbrainz"} if is_end else {}
    return "".join(
        json.dumps(
            {
                "listened_at": int((end if is_end else begin).timestamp()),
                "track_metadata": {
                    "artist_name": "Artist",
                    "track_name": song,
                    "additional_info": {
                        "spotify_id": f"https://open.spotify.com/track/{IDS[song]}",
                        **service,
                        **known,
                    },
                },
            }
        )
        + "\n"
        for song, begin, end in plays
    )


def maloja(plays, **more):
    scrobbles = [
        {"time": int(begin.timestamp()), "track": {"artists": ["Artist"], "title": song}, **more}
        for song, begin, _ in plays
    ]
    return json.dumps({"maloja": {"export_time": 1748738994}, "scrobbles": scrobbles})


def koito(plays):
    def named(name):
        return {"aliases": [{"alias": name, "source": "Canonical", "is_primary": True}]}

    listens = [
        {
            "listened_at": f"{begin:%Y-%m-%dT%H:%M:%SZ}",
            "track": named(song),
            "album": named("Album"),
            "artists": [{"is_primary": True, **named("Artist")}],
        }
        for song, begin, _ in plays
    ]
    return json.dumps({"version": "1", "listens": listens})


def export(plays):
    return json.dumps(
        [
            {
                "ts": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "ms_played": LENGTH_S * 1000,
                "spotify_track_uri": f"spotify:track:{IDS[song]}",
                "master_metadata_track_name": song,
                "master_metadata_album_artist_name": "Artist",
            }
            for song, _, end in plays
        ]
    )


def sources(world):
    return world.rows("SELECT source, also_in, count(*)::integer FROM plays GROUP BY 1, 2 ORDER BY 1, 2")


@pytest.mark.parametrize("songs", [CYCLE, LOOP, MIXED])
@pytest.mark.parametrize("first", ["lastfm", "your_spotify"])
def test_a_tool_that_tells_the_end_and_a_scrobbler_are_one_play_each(world, import_, songs, first):
    know_tracks(world)
    plays = one_after_the_other(songs)
    files = {"lastfm.csv": lastfm(plays), "your_spotify.json": your_spotify(plays)}
    for name in sorted(files, key=lambda name: not name.startswith(first)):
        import_(name, files[name])
    assert sources(world) == [("your_spotify", ["lastfm"], 60)]


@pytest.mark.parametrize("first", ["listenbrainz", "your_spotify"])
def test_the_length_of_a_song_is_taken_from_the_files_where_nothing_better_is_known(world, import_, first):
    plays = one_after_the_other(MIXED)
    files = {"listenbrainz.jsonl": listenbrainz(plays), "your_spotify.json": your_spotify(plays)}
    for name in sorted(files, key=lambda name: not name.startswith(first)):
        import_(name, files[name])
    assert sources(world) == [("your_spotify", ["listenbrainz"], 60)]


@pytest.mark.parametrize("first", ["listenbrainz", "lastfm"])
def test_an_end_of_listenbrainz_and_a_beginning_of_lastfm_are_one_play(world, import_, first):
    plays = one_after_the_other(LOOP)
    ends = listenbrainz(plays, is_end=True, duration_ms=LENGTH_S * 1000)
    files = {"listenbrainz.jsonl": ends, "lastfm.csv": lastfm(plays)}
    for name in sorted(files, key=lambda name: not name.startswith(first)):
        import_(name, files[name])
    assert sources(world) == [("listenbrainz", ["lastfm"], 60)]


def test_where_no_length_is_known_none_is_guessed(world, import_):
    plays = one_after_the_other(CYCLE)[:7]
    import_("listenbrainz.jsonl", listenbrainz(plays, is_end=True))
    import_("lastfm.csv", lastfm(plays))
    assert sources(world) == [("lastfm", None, 7), ("listenbrainz", None, 7)]


@pytest.fixture
def heard(world):
    """Seven tracks that Spotify knows and the listener has not stored, played twice one after the other, as both tools would tell it."""
    with world.sim.edit() as library:
        ids = library.album_track_ids(library.new_album(7, "Unheard of"))
        tracks = [library.tracks[track_id] for track_id in ids] * 2
        artists = [library.artists[track.artist_ids[0]].name for track in tracks]
    ends, begins, at = [], [], BEGIN
    for track in tracks:
        begins.append(at)
        ends.append(at + timedelta(milliseconds=track.duration_ms))
        at = ends[-1] + timedelta(seconds=0.3)
    scrobbles = "".join(
        f'{int(begin.timestamp())},"","{artist}",,,,"{track.name}",\n'
        for begin, artist, track in zip(begins, artists, tracks, strict=True)
    )
    dump = [
        {"owner": "o", "id": track_id, "durationMs": None, "played_at": f"{end:%Y-%m-%dT%H:%M:%S}Z"}
        for end, track_id in zip(ends, ids * 2, strict=True)
    ]
    return {
        "lastfm.csv": "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n" + scrobbles,
        "your_spotify.json": json.dumps(dump),
    }


@pytest.mark.parametrize("first", ["lastfm", "your_spotify"])
def test_plays_that_could_not_be_compared_become_one_when_their_tracks_are_known(
    world, import_, heard, first
):
    for name in sorted(heard, key=lambda name: not name.startswith(first)):
        import_(name, heard[name])
    assert sources(world) == [("lastfm", None, 14), ("your_spotify", None, 14)]
    assert world.run("api_syncs.sync_tracks").status == "done"
    assert sources(world) == [("your_spotify", ["lastfm"], 14)]
    assert world.rows("SELECT count(*) FROM played_tracks WHERE awaits_details") == [(0,)]
    versions = world.rows("SELECT xmin::text, ctid::text FROM plays ORDER BY 2")
    assert world.run("api_syncs.sync_tracks").status == "done"
    assert world.rows("SELECT xmin::text, ctid::text FROM plays ORDER BY 2") == versions, "nothing is owed"


def test_a_length_that_any_script_has_brought_is_used_and_where_nothing_is_owed_one_statement_says_so(
    world, import_
):
    plays = one_after_the_other(CYCLE)[:7]
    import_("listenbrainz.jsonl", listenbrainz(plays, is_end=True))
    import_("lastfm.csv", lastfm(plays))
    assert sources(world) == [("lastfm", None, 7), ("listenbrainz", None, 7)]
    ((user_id,),) = world.rows("SELECT user_id FROM users")
    said = []

    class Counting(psycopg2.extensions.cursor):
        def execute(self, query, values=None):
            said.append(query)
            return super().execute(query, values)

    def settle():
        said.clear()
        with (
            closing(psycopg2.connect(world.dsn)) as connection,
            connection,
            connection.cursor(cursor_factory=Counting) as cursor,
        ):
            settle_detailed(cursor, user_id, TOLERANCE_S, datetime.now(UTC))

    settle()
    assert len(said) == 1
    world.change("UPDATE tracks SET duration_ms = %s", LENGTH_S * 1000)
    settle()
    assert sources(world) == [("listenbrainz", ["lastfm"], 7)]
    settle()
    assert len(said) == 1


def test_a_play_that_was_taken_out_stays_out_when_its_track_is_known(world, import_, heard):
    import_("lastfm.csv", heard["lastfm.csv"])
    assert world.call("-m", "db.plays", "delete", "--source", "lastfm", "--yes").returncode == 0
    import_("your_spotify.json", heard["your_spotify.json"])
    assert sources(world) == [("your_spotify", None, 14)]
    assert world.run("api_syncs.sync_tracks").status == "done"
    assert sources(world) == []


def test_two_scrobblers_of_a_loop_of_which_each_missed_a_play_know_all_three(world, import_):
    first, second, third = one_after_the_other(["Song 1"] * 3)
    import_("listenbrainz.jsonl", listenbrainz([first, third], duration_ms=LENGTH_S * 1000))
    import_("lastfm.csv", lastfm([first, second]))
    assert sources(world) == [
        ("lastfm", None, 1),
        ("listenbrainz", ["lastfm"], 1),
        ("listenbrainz", None, 1),
    ]


SCROBBLERS = {
    "lastfm.csv": lastfm,
    "listenbrainz.jsonl": listenbrainz,
    "koito_export.json": koito,
    "maloja_export.json": lambda plays: maloja(plays, origin="client:navidrome"),
    "maloja_unknown_export.json": maloja,
}
LATER_MIN = (5, 20, 29, 35)


@pytest.mark.parametrize("host", ["export", "your_spotify", "api"])
@pytest.mark.parametrize("is_host_first", [True, False])
def test_a_play_that_begins_minutes_behind_the_end_of_another_is_a_second_one(
    world, import_, host, is_host_first
):
    know_tracks(world)
    names = iter(IDS)
    length = timedelta(seconds=LENGTH_S)
    played, again = [], {}
    for file in SCROBBLERS:
        again[file] = []
        for minutes in LATER_MIN:
            song = next(names)
            played.append((song, BEGIN, BEGIN + length))
            begin = BEGIN + length + timedelta(minutes=minutes)
            again[file].append((song, begin, begin + length))

    def tell_host():
        if host == "export":
            import_("Streaming_History_Audio_2024_0.json", export(played))
        else:
            import_("your_spotify.json", your_spotify(played))
        if host == "api":
            world.change("UPDATE plays SET source = 'api' WHERE source = 'your_spotify'")

    if is_host_first:
        tell_host()
    for file, plays in again.items():
        import_(file, SCROBBLERS[file](plays))
    if not is_host_first:
        tell_host()
    each = len(LATER_MIN)
    assert sources(world) == sorted(
        [
            (host, None, 5 * each),
            ("koito", None, each),
            ("lastfm", None, each),
            ("listenbrainz", None, each),
            ("maloja", None, 2 * each),
        ]
    )


def test_the_apis_moment_that_your_spotify_keeps_may_have_a_pause_counted_in(world, import_):
    know_tracks(world)
    [(song, begin, end)] = one_after_the_other(["Song 1"])
    import_("Streaming_History_Audio_2024_0.json", export([(song, begin, end)]))
    import_("your_spotify.json", your_spotify([(song, begin, end + timedelta(minutes=20))]))
    assert sources(world) == [("export", ["your_spotify"], 1)]


@pytest.mark.parametrize("first", ["koito", "maloja"])
def test_koito_and_maloja_of_the_same_starts_and_names_are_one_row_of_koito(world, import_, first):
    plays = one_after_the_other(MIXED)
    files = {"koito_export.json": koito(plays), "maloja_export.json": maloja(plays)}
    names = sorted(files, key=lambda name: not name.startswith(first))
    import_(names[0], files[names[0]])
    assert "60 rows = 0 new plays + 60 merged" in import_(names[1], files[names[1]])
    assert sources(world) == [("koito", ["maloja"], 60)]


@pytest.mark.parametrize("over", ["nothing", "api", "your_spotify"])
@pytest.mark.parametrize("tool", ["export", "lastfm"])
def test_a_file_in_which_one_row_was_mended_adds_that_row_alone_and_its_sum_says_so(
    world, import_, over, tool
):
    """Its content is another one, so that it is read as a whole once more."""
    know_tracks(world)
    plays = one_after_the_other(MIXED)
    if over != "nothing":
        import_("your_spotify.json", your_spotify(plays[10:30]))
        world.change(f"UPDATE plays SET source = '{over}'")
    if tool == "export":
        name, text = "Streaming_History_Audio_2024_0.json", export(plays)
        broken = text.replace(f'"ts": "{plays[7][2]:%Y-%m-%dT%H:%M:%SZ}"', '"ts": "?"')
    else:
        name, text = "lastfm.csv", lastfm(plays)
        broken = text.replace(f"{int(plays[7][1].timestamp())}", "?")
    assert broken != text
    said = import_(name, broken)
    assert "1 set aside" in said
    before = world.rows("SELECT * FROM plays ORDER BY played_at, item_key, part")
    assert len(before) == 59
    said = import_(name, text)
    assert "60 rows = 1 new play + 59 already known\n" in said
    after = world.rows("SELECT * FROM plays ORDER BY played_at, item_key, part")
    assert len(after) == 60
    assert [row for row in after if row in before] == before
    assert "60 rows = 0 new plays + 60 already known\n" in import_(name, text)
