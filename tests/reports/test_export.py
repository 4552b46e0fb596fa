"""`./run export`: the plays in forms that other programs read, and that our own importer reads back."""

import csv
import io
import json
import signal
import stat
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from pyarrow import parquet

from reports.exporting.account import Account
from reports.exporting.columns import COLUMNS
from reports.exporting.plays import ROWS_AT_ONCE, Play, read_plays
from reports.exporting.texts import listen, write_csv, write_lastfm
from simulator.exports.export import write_export
from tests.conftest import World, new_database
from tests.connections import PATIENCE_S

EXPORT, IMPORT = "reports.export", "db.import_streaming_history"
AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))


def a_play(**values: object) -> Play:
    """A play of which nothing is known but what is given."""
    known = {"kind": "track", "played_at": AT, "item_key": "spotify:track:t", "part": -1, "source": "api"}
    return Play(**{**dict.fromkeys(Play._fields), **known, **values})


def scrobbles(*plays: Play) -> list[dict]:
    out = io.StringIO()
    write_lastfm(plays, out, Account())
    return [track for page in json.loads(out.getvalue()) for track in page["track"]]


def exported(world, *options: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
    done = world.call("-m", EXPORT, *options)
    assert done.returncode == code, done.stderr
    return done


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# What is said of a play


@pytest.mark.parametrize(
    ("values", "seconds_before", "is_listen"),
    [
        ({"source": "export", "ms_played": 29_999, "duration_ms": 60_000}, 29.999, False),
        ({"source": "export", "ms_played": 30_000, "duration_ms": 60_001}, 30, True),
        ({"source": "export", "ms_played": 20_000, "duration_ms": 40_000}, 20, True),
        ({"source": "export", "ms_played": 20_000}, 20, False),
        ({"source": "both", "ms_played": 60_000, "started_at": AT - timedelta(hours=1)}, 3600, True),
        ({"duration_ms": 200_000, "ms_since_previous": 300_000}, 200, True),
        ({"duration_ms": 200_000, "ms_since_previous": 9_000}, 9, False),
        ({"duration_ms": 200_000}, 200, True),
        ({}, 0, True),
        # A scrobble is stamped with its beginning.
        ({"source": "lastfm", "started_at": AT, "duration_ms": 200_000, "ms_since_previous": 5}, 0, True),
        ({"source": "maloja", "duration_ms": 200_000, "ms_since_previous": 5}, 0, True),
    ],
)
def test_when_a_play_began_and_whether_it_counts(values, seconds_before, is_listen) -> None:
    play = a_play(**values)
    assert (AT - play.listened_at).total_seconds() == seconds_before
    assert play.is_listen is is_listen


def test_a_listen_says_what_is_known_and_nothing_else() -> None:
    assert listen(a_play(name="S", given_artist="A")) == {
        "listened_at": int(AT.timestamp()),
        "track_metadata": {
            "artist_name": "A",
            "track_name": "S",
            "additional_info": {
                "submission_client": "spotify-library-mirror",
                "music_service": "spotify.com",
                "spotify_id": "https://open.spotify.com/track/t",
                "origin_url": "https://open.spotify.com/track/t",
            },
        },
    }
    of_another_tool = listen(a_play(name="S", given_artist="A", item_key="names:1", source="lastfm"))
    assert set(of_another_tool["track_metadata"]["additional_info"]) == {"submission_client"}
    credited = listen(a_play(name="S", artists=["A", None, "B"], given_artist="C", album="L", isrc="I"))
    assert credited["track_metadata"]["artist_name"] == "A, B"
    assert credited["track_metadata"]["release_name"] == "L"
    assert credited["track_metadata"]["additional_info"]["artist_names"] == ["A", "B"]


def test_a_second_scrobble_of_a_title_in_a_second_is_put_behind_the_first() -> None:
    """Last.fm would drop it, and answer that all is well."""
    same = a_play(name="S", given_artist="A")
    said = scrobbles(same, same._replace(name="s"), same._replace(name="T"), same)
    began = int(AT.timestamp())
    assert [(each["name"], int(each["date"]["uts"]) - began) for each in said] == [
        ("S", 0),
        ("s", 1),
        ("T", 0),
        ("S", 2),
    ]
    assert said[0]["date"]["#text"] == "01 May 2026, 12:00"


def test_pages_of_scrobbles_are_as_long_as_those_of_last_fm() -> None:
    out = io.StringIO()
    plays = [
        a_play(name="S", given_artist="A", played_at=AT + number * timedelta(days=1)) for number in range(401)
    ]
    write_lastfm(plays, out, Account())
    assert [len(page["track"]) for page in json.loads(out.getvalue())] == [200, 200, 1]
    assert scrobbles() == []


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", 'say "x", y\nz'])
def test_names_are_left_as_they_are_unless_a_spreadsheet_is_to_read_them(name) -> None:
    def said(*, for_spreadsheets: bool) -> str:
        out = io.StringIO()
        play = a_play(name=name, given_artist=name, album=name, reason_start=name)
        write_csv([play], out, Account(), UTC, for_spreadsheets=for_spreadsheets)
        return out.getvalue()

    (row,) = csv.DictReader(io.StringIO(said(for_spreadsheets=False), newline=""))
    assert {row[column] for column in ("name", "artist", "artists", "album", "reason_start")} == {name}
    guarded = said(for_spreadsheets=True)
    assert guarded.startswith("\ufeffkind,")
    (row,) = csv.DictReader(io.StringIO(guarded, newline=""))
    assert row["name"] == row["artists"] == (f"'{name}" if name[0] in "=+-@\t\r" else name)


# Files


class NoSimulator:
    """Spotify is not asked."""

    def environment(self) -> dict[str, str]:
        return {}


@pytest.fixture
def filled(rows, dsn, tmp_path, monkeypatch):
    """A few plays of a listener in Tokyo; the folder that one is in is empty."""
    rows.do("UPDATE users SET time_zone = 'Asia/Tokyo', last_active_at = now()")
    rows.track("credited", artists=("a1", "a2"), album="al", ms=200_000)
    rows.do("UPDATE artists SET name = CASE artist_id WHEN 'a1' THEN 'One' ELSE 'Two' END")
    rows.do("UPDATE albums SET name = 'Album'")
    rows.do("UPDATE tracks SET isrc = 'NLA123', name = 'Título', given_artist = 'not this'")
    rows.add("tracks", track_id="given", name="Given", given_artist="Somebody", given_album="Something")
    rows.play(
        "credited",
        AT,
        source="both",
        ms_played=100_000,
        part=100_000,
        also_in=["lastfm"],
        context_uri="spotify:album:al",
        reason_start="clickrow",
        reason_end="trackdone",
        skipped=False,
        shuffle=True,
        api_played_at=AT + timedelta(milliseconds=432),
        api_item_key="spotify:track:other",
    )
    rows.play("given", AT + timedelta(hours=1, milliseconds=7))
    rows.play(
        None,
        AT + timedelta(hours=4),  # the next day in Tokyo
        source="lastfm",
        started_at=AT + timedelta(hours=4),
        track_name="Named",
        artist_name="By name",
        album_name="Of name",
    )
    rows.add("tracks", track_id="unnamed")
    rows.play("unnamed", AT - timedelta(days=1), source="export", ms_played=1_000, part=1_000)
    rows.add("users", user_id="other", spotify_id="other")
    rows.play("given", AT, user_id="other")
    for number, (kind, key) in enumerate((("episode", "spotify:episode:e"), ("audiobook", "names:b"))):
        rows.add(
            "episode_plays",
            user_id="u",
            played_at=AT + timedelta(minutes=number),
            item_key=key,
            part=5,
            ms_played=5,
            kind=kind,
            name=f"one {kind}",
            collection="of many",
            source="export",
        )
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return World(NoSimulator(), dsn, tmp_path)


def the_file(folder: Path = Path()) -> Path:
    (path,) = folder.iterdir()
    return path


def test_csv_has_what_is_known_of_each_play_and_by_the_listeners_clock(filled) -> None:
    said = exported(filled).stdout
    path = the_file()
    today = datetime.now(ZoneInfo("Asia/Tokyo")).date()
    assert path.name == f"plays-{today}.csv"
    assert said == f"4 plays in {path.name}, of 2026-04-30 to 2026-05-02\n"
    unnamed, credited, given, named = table(path.read_text(encoding="utf-8"))
    assert credited == {
        "kind": "track",
        "played_at": "2026-05-01T12:00:00.000Z",
        "played_at_local": "2026-05-01T21:00:00.000+09:00",
        "started_at": "2026-05-01T11:58:20.000Z",
        "ms_played": "100000",
        "duration_ms": "200000",
        "uri": "spotify:track:credited",
        "isrc": "NLA123",
        "name": "Título",
        "artist": "One",
        "artists": "One; Two",
        "artist_ids": "a1 a2",
        "album": "Album",
        "album_id": "al",
        "sources": "export api lastfm",
        "context_uri": "spotify:album:al",
        "reason_start": "clickrow",
        "reason_end": "trackdone",
        "skipped": "false",
        "shuffle": "true",
        "offline": "",
        "incognito_mode": "",
        "stamped_at": "",
        "api_played_at": "2026-05-01T12:00:00.432Z",
        "api_uri": "spotify:track:other",
    }
    assert (given["artists"], given["album"], given["sources"]) == ("Somebody", "Something", "api")
    assert (given["started_at"], given["played_at"][-5:]) == ("", ".007Z")
    assert (named["name"], named["artists"], named["album"], named["uri"]) == (
        "Named",
        "By name",
        "Of name",
        "",
    )
    assert (unnamed["name"], unnamed["uri"]) == ("", "spotify:track:unnamed")


def test_parquet_has_the_same_columns_with_types(filled) -> None:
    exported(filled, "--form", "parquet", "--into", "typed.parquet")
    read = parquet.read_table("typed.parquet")
    assert read.column_names == [column.name for column in COLUMNS]
    assert str(read.schema.field("played_at").type) == "timestamp[us, tz=UTC]"
    assert str(read.schema.field("played_at_local").type) == "timestamp[us]"
    assert str(read.schema.field("ms_played").type) == "int32"
    assert str(read.schema.field("shuffle").type) == "bool"
    assert read.column("artists").to_pylist()[1] == ["One", "Two"]
    assert read.column("artist_ids").to_pylist() == [[], ["a1", "a2"], [], []]
    assert read.column("played_at").to_pylist()[1] == AT
    assert read.column("played_at_local").to_pylist()[1] == AT.astimezone(TOKYO).replace(tzinfo=None)
    assert read.column("skipped").to_pylist() == [None, False, None, None]


def test_what_parquet_needs_is_said_where_it_is_missing(filled, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    said = exported(filled, "--form", "parquet", code=2).stderr
    assert "pip install -r requirements-parquet.txt" in said
    assert list(Path().iterdir()) == []


def test_episodes_and_chapters_come_with_episodes_only(filled) -> None:
    exported(filled, "--into", "with.csv", "--episodes")
    rows = table(Path("with.csv").read_text(encoding="utf-8"))
    assert [row["kind"] for row in rows] == ["track", "episode", "track", "audiobook", "track", "track"]
    assert (rows[1]["name"], rows[1]["album"], rows[1]["uri"]) == (
        "one episode",
        "of many",
        "spotify:episode:e",
    )
    said = exported(filled, "--form", "listenbrainz", "--into", "with.jsonl", "--episodes").stdout
    assert said.splitlines()[0].startswith("4 plays in with.jsonl")
    assert "left out: 1 podcasts and audiobooks" in said
    assert "left out: 1 without a name" in said
    links = [
        json.loads(line)["track_metadata"]["additional_info"].get("spotify_id")
        for line in Path("with.jsonl").read_text().splitlines()
    ]
    assert links == [
        "https://open.spotify.com/episode/e",
        "https://open.spotify.com/track/credited",
        "https://open.spotify.com/track/given",
        None,
    ]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--from", "2026-05-01"), 3),
        (("--to", "2026-05-01"), 3),
        (("--from", "2026-05-01", "--to", "2026-05-01"), 2),
        (("--from", "2026-05-02"), 1),
        (("--from", "2026-05-03"), 0),
        (("--user", "other"), 1),
    ],
)
def test_days_are_the_listeners(filled, options, found) -> None:
    said = exported(filled, "--into", "-", *options)
    assert len(table(said.stdout)) == found
    assert said.stderr.startswith(f"{found} play")
    assert list(Path().iterdir()) == []


def test_the_night_in_which_a_clock_goes_back_belongs_to_its_day(filled) -> None:
    filled.change("UPDATE users SET time_zone = 'Europe/Berlin'")
    for hour in (0, 1):
        filled.change(
            "INSERT INTO plays (user_id, played_at, item_key, source) VALUES ('u', %s, 'spotify:track:given', 'api')",
            datetime(2026, 10, 25, hour, 30, tzinfo=UTC),
        )
    rows = table(exported(filled, "--into", "-", "--from", "2026-10-25", "--to", "2026-10-25").stdout)
    assert [row["played_at_local"] for row in rows] == [
        "2026-10-25T02:30:00.000+02:00",
        "2026-10-25T02:30:00.000+01:00",
    ]


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(filled) -> None:
    Path("mine.csv").write_text("mine")
    for place in ("mine.csv", "./mine.csv"):
        assert "is there already" in exported(filled, "--into", place, code=2).stderr
    assert Path("mine.csv").read_text() == "mine"
    exported(filled, "--into", "mine.csv", "--overwrite")
    assert len(table(Path("mine.csv").read_text())) == 4
    assert stat.S_IMODE(Path("mine.csv").stat().st_mode) == 0o600, "only its owner reads it"
    assert the_file().name == "mine.csv"


def test_a_folder_gets_a_file_of_the_usual_name(filled) -> None:
    Path("folder").mkdir()
    exported(filled, "--into", "folder", "--form", "lastfm")
    assert the_file(Path("folder")).match("plays-lastfm-20*.json")


@pytest.mark.parametrize("place", ["no/such/folder/x.csv", "/dev/null", "x" * 300, "nul\0"])
def test_where_no_file_can_be_is_said_before_anything_is_read(filled, place) -> None:
    said = exported(filled, "--into", place, code=2).stderr
    assert len(said.splitlines()) == 1
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"), [(OSError(28, "No space left on device"), 1), (KeyboardInterrupt(), None)]
)
def test_what_cannot_be_finished_is_not_left_behind(filled, monkeypatch, error, code) -> None:
    Path("old.csv").write_text("old")

    def counted(self, plays):
        yield next(iter(plays))
        raise error

    monkeypatch.setattr(Account, "counted", counted)
    options = ("--into", "old.csv", "--overwrite")
    if code is None:
        with pytest.raises(KeyboardInterrupt):
            filled.call("-m", EXPORT, *options)
    else:
        assert "No space left on device" in exported(filled, *options, code=code).stderr
    assert the_file().read_text() == "old"


def test_told_to_end_it_takes_its_half_away(filled, tmp_path) -> None:
    """It waits for a table that somebody holds."""
    folder = tmp_path / "here"
    with closing(psycopg2.connect(filled.dsn)) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE episode_plays IN ACCESS EXCLUSIVE MODE")
        with filled.start("-m", EXPORT, "--into", str(folder)) as process:
            while not list(folder.iterdir()):
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 143
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        "--form parquet --into -",
        "--form lastfm --episodes",
        "--form csv --all",
        "--form parquet --for-spreadsheets",
        "--from 2026-02-02 --to 2026-02-01",
        "--from yesterday",
        "--to 9999-12-31",
    ],
)
def test_what_makes_no_sense_is_refused(filled, options) -> None:
    assert "usage: ./run export" in exported(filled, *options.split(), code=2).stderr


def test_on_github_no_play_gets_into_the_log(filled) -> None:
    filled.extra["GITHUB_ACTIONS"] = "true"
    refused = exported(filled, "--into", "-", code=2)
    assert refused.stdout == ""
    assert "log" in refused.stderr
    assert exported(filled, "--into", "x.csv").stdout == "4 plays in x.csv\n"


def test_somebody_unknown_is_refused_and_no_plays_are_an_empty_file(filled) -> None:
    assert "no listener" in exported(filled, "--user", "nobody", code=2).stderr
    filled.change("DELETE FROM plays")
    assert exported(filled, "--into", "none.csv").stdout == "0 plays in none.csv\n"
    assert table(Path("none.csv").read_text()) == []


def test_an_export_is_read_little_by_little(filled, connection) -> None:
    """The server keeps the rows, and gives a page of them at a time."""
    filled.change(
        "INSERT INTO plays (user_id, played_at, item_key, source) "
        "SELECT 'u', '2020-01-01'::timestamptz + n * interval '1 minute', 'spotify:track:given', 'api' FROM generate_series(1, %s) n",
        3 * ROWS_AT_ONCE,
    )
    plays = read_plays(
        connection,
        "u",
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
        with_episodes=False,
    )
    first = next(plays)
    assert first.played_at == datetime(2020, 1, 1, 0, 1, tzinfo=UTC)
    with closing(psycopg2.connect(filled.dsn)) as other, other.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE state = 'idle in transaction'")
        assert [f"FETCH FORWARD {ROWS_AT_ONCE}" in query for (query,) in cursor] == [True]
    assert sum(1 for _ in plays) == 3 * ROWS_AT_ONCE + 3


# The way back


@pytest.fixture
def told(make_world, tmp_path):
    """A world with three years of listening, of which the API has told as well, and then of some more."""
    world = make_world(liked=130, albums=20, plays=60)
    assert world.run("api_syncs.track_plays").status == "done"
    with world.sim.edit() as library:
        written = write_export(library, tmp_path, datetime.now(UTC) - timedelta(hours=2), rows=1_500, years=3)
    assert world.call("-m", IMPORT, *map(str, written.paths)).returncode == 0
    return world


@pytest.fixture
def elsewhere(told, server, template, tmp_path):
    """Another database, in which nothing is but the listener."""
    with new_database(server, template) as dsn:
        world = World(told.sim, dsn, tmp_path)
        world.change("INSERT INTO users (user_id, spotify_id, last_active_at) VALUES ('me', 'me', now())")
        yield world


# Spotify has blanked the title, or the artist; no other tool takes that.
NAMELESS = "EXISTS (SELECT FROM tracks AS t WHERE t.track_id = track_of(item_key) AND t.name IS NULL)"
BEGAN = "date_trunc('second', COALESCE(started_at, played_at - ms_played * interval '1 millisecond'))"


def test_listenbrainzs_form_is_read_back_to_the_same_plays(told, elsewhere, tmp_path) -> None:
    file = tmp_path / "listens.jsonl"
    exported(told, "--form", "listenbrainz", "--into", str(file), "--episodes")
    told.change(f"DELETE FROM plays WHERE {NAMELESS}")
    done = elsewhere.call("-m", IMPORT, str(file))
    assert done.returncode == 0, done.stderr
    assert " set aside" not in done.stdout
    same = f"SELECT {BEGAN}, item_key, ms_played FROM plays WHERE ms_played IS NOT NULL ORDER BY 1, 2, 3"
    before = told.rows(same)
    assert len(before) > 1_000
    assert elsewhere.rows(same) == before
    # Of what only the API has told it is not known when it began.
    rest = "SELECT item_key FROM plays WHERE ms_played IS NULL ORDER BY played_at"
    assert elsewhere.rows(rest) == told.rows(rest) != []
    names = (
        "SELECT DISTINCT item_key, t.name, COALESCE((SELECT string_agg(a.name, ', ' ORDER BY position) FROM track_artists c "
        "JOIN artists a USING (artist_id) WHERE c.track_id = t.track_id), given_artist) "
        "FROM plays JOIN tracks t ON t.track_id = track_of(item_key)"
    )
    assert set(told.rows(names)) <= set(elsewhere.rows(names))
    episodes = (
        "SELECT item_key, ms_played, name, collection FROM episode_plays WHERE kind = 'episode' ORDER BY 1, 2"
    )
    assert elsewhere.rows(episodes) == told.rows(episodes)


def test_lastfms_form_is_read_back_to_the_same_names_and_seconds(told, elsewhere, tmp_path) -> None:
    file = tmp_path / "scrobbles.json"
    said = exported(told, "--form", "lastfm", "--into", str(file)).stdout
    assert "heard for less than 30 seconds" in said
    scrobbled = [track for page in json.loads(file.read_text()) for track in page["track"]]
    done = elsewhere.call("-m", IMPORT, str(file))
    assert done.returncode == 0, done.stderr
    assert f"{len(scrobbled):,} rows = {len(scrobbled):,} new plays\n" in done.stdout
    read = elsewhere.rows("SELECT date_part('epoch', played_at)::bigint, artist_name, track_name FROM plays")
    assert sorted(read) == sorted(
        (int(each["date"]["uts"]), each["artist"]["#text"], each["name"]) for each in scrobbled
    )
    everything = tmp_path / "all.json"
    exported(told, "--form", "lastfm", "--all", "--into", str(everything))
    ((plays,),) = told.rows(f"SELECT count(*) FROM plays WHERE NOT {NAMELESS}")
    assert sum(len(page["track"]) for page in json.loads(everything.read_text())) == plays > len(scrobbled)


@pytest.mark.parametrize("form", ["listenbrainz", "lastfm"])
def test_where_it_came_from_nothing_is_new(told, tmp_path, form) -> None:
    file = tmp_path / f"back.{'jsonl' if form == 'listenbrainz' else 'json'}"
    exported(told, "--form", form, "--into", str(file))
    plays = "SELECT played_at, item_key, part, source, started_at, stamped_at, api_played_at FROM plays ORDER BY 1, 2, 3"
    before = told.rows(plays)
    done = told.call("-m", IMPORT, str(file))
    assert done.returncode == 0, done.stderr
    assert told.rows(plays) == before
    assert "= 0 new plays" in done.stdout
