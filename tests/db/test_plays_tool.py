"""`./run plays`: what a listener corrects, and that it stays so whatever is told again."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest

from playlists.arrangement.dedupe import dedupe
from playlists.language.kinds import Context
from playlists.language.model import Group
from playlists.selection.tracks import select_tracks
from playlists.selection.twins import substitute_twins
from reports.dashboard.build import Request, read_scope
from reports.dashboard.covers import Covers
from reports.dashboard.files import SiteFolder
from reports.dashboard.pages import top
from reports.dashboard.scope import Source
from simulator.exports.export import write_export
from tests.rows import Rows
from utils.database.statements import statement
from utils.database.views import load_views, refresh_view

SCRIPT = "db.plays"
IMPORT = "db.import_streaming_history"
PLAYS = "api_syncs.track_plays"
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
ALL = "SELECT * FROM plays ORDER BY played_at, item_key, part"
NOTED = "SELECT track_id FROM played_tracks ORDER BY 1"
TRACKS_OF_PLAYS = (
    "SELECT DISTINCT track_of(item_key) FROM plays WHERE track_of(item_key) IS NOT NULL ORDER BY 1"
)


def said(world, *words, code=0):
    ended = world.call("-m", SCRIPT, *map(str, words))
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stdout if code == 0 else ended.stderr


def listed(world, *words):
    """The plays as objects."""
    return json.loads(said(world, "list", "--json", "--limit", 100_000, *words))


def assert_noted(world):
    """played_tracks says what the plays say."""
    assert world.rows(NOTED) == world.rows(TRACKS_OF_PLAYS)


# By hand


@pytest.fixture
def hand(small_world, connection):
    """A listener in Amsterdam, with some songs; the same database as `world`."""
    rows = Rows(connection)
    rows.do("UPDATE users SET time_zone = 'Europe/Amsterdam', last_active_at = now()")
    for track_id, name, artist in (
        ("a", "Hello", "Adele"),
        ("b", "Hello Goodbye", "The Beatles"),
        ("c", "Élan", "Björk"),
        ("d", "Goodbye", "Adele"),
    ):
        rows.track(track_id, artists=(artist.lower(),))
        rows.do("UPDATE tracks SET name = %s WHERE track_id = %s", name, track_id)
        rows.do("UPDATE artists SET name = %s WHERE artist_id = %s", artist, artist.lower())
    for number, track_id in enumerate("abcda"):
        rows.play(track_id, T0 + timedelta(hours=number))
    return rows


@pytest.fixture
def world(small_world):
    return small_world()


def refresh(rows):
    for view in load_views():
        if view.is_materialized:
            with rows.connection, rows.connection.cursor() as cursor:
                refresh_view(cursor, view)


def counts(rows):
    """track_id → plays."""
    refresh(rows)
    return dict(rows.do("SELECT track_id, play_count FROM track_plays WHERE user_id = 'u'"))


# List


def test_plays_are_listed_newest_first_in_the_listeners_zone(world, hand):
    text = said(world, "list")
    lines = text.splitlines()
    assert lines[0].split() == ["handle", "played", "track", "artist", "heard", "source"]
    assert "2026-05-01 18:00  Hello" in lines[1]
    assert lines[-1] == "5 plays; times are of Europe/Amsterdam"
    assert said(world) == text
    assert "2 of 5 plays" in said(world, "list", "--limit", 2)
    handles = [play["handle"] for play in listed(world)]
    assert len(set(handles)) == 5
    assert lines[1].startswith(handles[0][:10])
    assert listed(world)[0] == {
        "handle": handles[0],
        "played_at": "2026-05-01T18:00:00+02:00",
        "track": "Hello",
        "artist": "Adele",
        "item_key": "spotify:track:a",
        "ms_played": None,
        "source": "api",
        "also_in": [],
        "context_uri": None,
        "deleted_at": None,
    }


def test_how_long_was_heard_and_who_tells_of_it(world, hand):
    hand.play("a", T0 - timedelta(days=9), source="both", ms_played=187_400, part=187_400, also_in=["lastfm"])
    assert "3:07   both, lastfm" in said(world, "list", "--to", "2026-04-23")
    for source, number in (("api", 6), ("export", 1), ("both", 1), ("lastfm", 1), ("koito", 0)):
        assert len(listed(world, "--source", source)) == number


@pytest.mark.parametrize(
    ("words", "tracks"),
    [
        (("--track", "spotify:track:b"), "b"),
        (("--track", "https://open.spotify.com/track/b?si=1"), "b"),
        (("--track", "b"), "b"),
        (("--track", "hello"), "aa"),
        (("--track", "ELAN"), "c"),
        (("--track", "hello g"), "b"),
        (("--track", "beatles - hello"), "b"),
        (("--artist", "bjork"), "c"),
        (("--artist", "adel"), "ada"),
        (("--artist", "adele", "--track", "good"), "d"),
        (("--from", "2026-05-01 16:01"), "ad"),
        (("--from", "2026-05-01 15:00", "--to", "2026-05-01T16:00"), "cb"),
        (("--to", "2026-04-30"), ""),
        (("--from", "2026-05-02"), ""),
    ],
)
def test_what_is_asked_for(world, hand, words, tracks):
    found = "".join(play["item_key"][-1] for play in listed(world, *words))
    assert found == tracks


def test_what_is_ambiguous_is_listed_and_never_guessed(world, hand):
    error = said(world, "list", "--track", "goodb", code=2)
    assert "spotify:track:b  Hello Goodbye  The Beatles" in error
    assert "spotify:track:d  Goodbye        Adele" in error
    assert "may be any of 2" in error
    assert "No track that the database knows" in said(world, "list", "--track", "nothing", code=2)
    assert "is a track" in said(world, "list", "--artist", "spotify:track:a", code=2)


def test_names_of_an_import_are_found_too(world, hand):
    hand.add(
        "plays",
        user_id="u",
        played_at=T0 - timedelta(days=700),
        item_key="names:1",
        source="account_data",
        track_name="Hello",
        artist_name="Adele",
    )
    assert [play["item_key"] for play in listed(world, "--track", "hello")] == [
        *["spotify:track:a"] * 2,
        "names:1",
    ], "one title of one artist is one track"
    assert len(listed(world, "--track", "names:1")) == 1
    assert len(listed(world, "--artist", "adele")) == 4


@pytest.mark.parametrize(
    "words", [("--from", "yesterday"), ("--to", "2026-02-30"), ("--limit", "0"), ("--source", "x")]
)
def test_what_is_no_option_is_refused(world, hand, words):
    said(world, "list", *words, code=2)


def test_hostile_text_is_data(world, hand):
    for text in ("'; DROP TABLE plays; --", "%", "_", "--", "\\", "$(id)", "ሴ", "a\n##[error]b"):
        said(world, "list", f"--track={text}", code=2)
        said(world, "exclude", "--kind=artist", "--", text, code=2)
    assert len(listed(world)) == 5


# Delete and restore


def test_one_play_goes_by_its_handle_and_comes_back(world, hand):
    before = world.rows(ALL)
    play = listed(world, "--track", "élan")[0]
    text = said(world, "delete", play["handle"][:8])
    assert "Élan" in text
    assert "1 play deleted" in text
    assert "./run materialized_views" in text
    assert len(world.rows(ALL)) == 4
    assert world.rows(NOTED) == [("a",), ("b",), ("d",)]
    (gone,) = listed(world, "--deleted")
    assert (gone["handle"], gone["deleted_at"] is not None) == (play["handle"], True)
    assert "is deleted already" in said(world, "delete", play["handle"], code=2)
    assert "1 play restored" in said(world, "restore", play["handle"][:8])
    assert world.rows(ALL) == before
    assert_noted(world)
    assert listed(world, "--deleted") == []
    assert "is not deleted." in said(world, "restore", play["handle"], code=2)


def test_more_than_one_needs_a_yes(world, hand):
    words = ("delete", "--track", "hello", "--from", "2026-05-01", "--to", "2026-05-01")
    text = said(world, *words)
    assert "Nothing is deleted yet: --yes deletes these 2 plays" in text
    assert len(world.rows(ALL)) == 5
    assert "2 plays deleted" in said(world, *words, "--yes")
    assert len(world.rows(ALL)) == 3
    assert "2 plays restored" in said(world, "restore", "--all")
    assert "no plays were deleted" in said(world, "restore", "--all")
    assert_noted(world)
    handles = [play["handle"] for play in listed(world)]
    assert "Nothing is deleted yet" in said(world, "delete", *handles[:2])
    assert "2 plays deleted" in said(world, "delete", "--yes", *handles[:2])


def test_everything_is_never_meant_by_nothing(world, hand):
    assert "Which plays?" in said(world, "delete", "--yes", code=2)
    assert "Which plays?" in said(world, "restore", code=2)
    said(world, "delete", "abcd", "--track", "hello", code=2)
    assert len(world.rows(ALL)) == 5


def test_a_handle_has_to_name_one_play(world, hand):
    hand.do(
        "INSERT INTO plays (user_id, played_at, item_key, source) "
        "SELECT 'u', %s - n * interval '1 s', 'spotify:track:a', 'api' FROM generate_series(1, 2000) AS n",
        T0,
    )
    handles = [play["handle"] for play in listed(world)]
    beginnings = Counter(handle[:4] for handle in handles)
    twice = [
        handle
        for handle in handles
        if beginnings[handle[:4]] > 1 and handle[:4] == beginnings.most_common(1)[0][0]
    ]
    error = said(world, "delete", twice[0][:4], code=2)
    assert "is the beginning of" in error
    for handle in twice:
        assert handle[:10] in error
    assert len(world.rows(ALL)) == len(handles)
    for wrong in ("abc", "xyzxyz", "", "%%%%"):
        assert "cannot be the handle" in said(world, "delete", "--", wrong, code=2)
    assert "There is no play" in said(world, "delete", "0" * 12, code=2)


def test_of_another_listener_nothing_is_seen_or_deleted(world, hand):
    hand.add("users", user_id="v", spotify_id="spotify-v")
    hand.play("a", T0, user_id="v")
    (play,) = listed(world, "--user", "v")
    assert "1 play deleted" in said(world, "--user", "v", "delete", play["handle"])
    assert world.rows("SELECT user_id, count(*) FROM plays GROUP BY 1") == [("u", 5)]
    assert world.rows("SELECT user_id, track_id FROM played_tracks WHERE user_id = 'v'") == []


def test_the_catalogue_of_what_was_deleted_stays(world, hand):
    said(world, "delete", "--track", "élan")
    assert world.run("db.clean").status == "done"
    assert listed(world, "--deleted")[0]["track"] == "Élan"
    said(world, "restore", "--all")
    assert_noted(world)


# What is told again


@pytest.fixture
def told(make_world):
    """Plays that the API tells of."""
    world = make_world(liked=130, albums=20, plays=60)
    assert world.run(PLAYS).status == "done"
    return world


@pytest.fixture
def written(told, tmp_path):
    """An export of three years, which has the plays that the API tells."""
    with told.sim.edit() as library:
        return write_export(library, tmp_path, datetime.now(UTC), rows=2_000, years=3)


def imported(world, written):
    ended = world.call("-m", IMPORT, *map(str, written.paths))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def again(world):
    """As if the content of the files were another."""
    world.change("DELETE FROM import_rows_aside")
    world.change("DELETE FROM imports")


def deleted_newest(world, number, *words):
    handles = [play["handle"] for play in listed(world, *words)[:number]]
    said(world, "delete", "--yes", *handles)


def test_a_deleted_play_of_the_api_stays_deleted_when_the_api_tells_again(told):
    whole = told.rows(ALL)
    deleted_newest(told, 3)
    after = told.rows(ALL)
    outcome = told.run(PLAYS)
    assert (outcome.tally.new_items, outcome.tally.unchanged_items) == (0, 50)
    assert told.rows(ALL) == after
    assert_noted(told)
    said(told, "restore", "--all")
    assert told.rows(ALL) == whole
    assert_noted(told)


def test_that_all_are_deleted_is_no_gap(told):
    said(told, "delete", "--from", "2000-01-01", "--yes")
    told.run(PLAYS)
    assert told.rows("SELECT count(*) FROM plays") == [(0,)]
    assert told.rows("SELECT count(*) FROM play_gaps") == [(0,)]


def test_a_deleted_play_of_the_api_stays_deleted_when_an_export_tells_of_it(told, written):
    deleted_newest(told, 4)
    text = imported(told, written)
    assert "2,000 rows = " in text
    assert told.rows("SELECT source, count(*) FROM plays GROUP BY 1 ORDER BY 1") == [
        ("both", 46),
        ("export", written.truth.plays - 50),
    ]
    assert told.rows("SELECT source, count(*) FROM deleted_plays GROUP BY 1") == [("both", 4)]
    assert_noted(told)
    after = told.rows(ALL)
    told.run(PLAYS)
    again(told)
    imported(told, written)
    assert told.rows(ALL) == after
    assert_noted(told)
    said(told, "restore", "--all")
    assert told.rows("SELECT count(*) FROM plays WHERE source = 'both'") == [(50,)]
    assert told.rows("SELECT count(*) FROM plays") == [(written.truth.plays,)]
    assert_noted(told)


def test_a_deleted_play_of_an_export_stays_deleted(told, written):
    imported(told, written)
    whole = told.rows(ALL)
    deleted_newest(told, 3, "--source", "both")
    handles = [play["handle"] for play in listed(told, "--source", "export") if play["source"] == "export"]
    said(told, "delete", "--yes", *handles[-30:])
    track = max(told.rows("SELECT count(*), item_key FROM plays GROUP BY 2"))[1]
    said(told, "delete", "--yes", "--track", track, "--source", "export")
    after = told.rows(ALL)
    assert len(after) < len(whole) - 30
    assert_noted(told)
    again(told)
    imported(told, written)
    told.run(PLAYS)
    assert told.rows(ALL) == after
    assert_noted(told)
    said(told, "restore", "--all")
    assert told.rows(ALL) == whole
    assert_noted(told)


def test_what_is_deleted_first_and_told_by_the_other_later_may_merge_once_it_is_back(told, written):
    """Deleted before there was an export: the export's row is taken out with it, and both come back as one."""
    told.change("DELETE FROM plays")
    told.change("DELETE FROM played_tracks")
    imported(told, written)
    said(told, "delete", "--yes", "--from", "2000-01-01", "--source", "export")
    assert told.rows("SELECT count(*) FROM plays") == [(0,)]
    told.run(PLAYS)
    assert told.rows("SELECT count(*) FROM plays") == [(0,)], "the API tells of deleted ones"
    said(told, "restore", "--all")
    told.run(PLAYS)
    assert told.rows("SELECT source, count(*) FROM plays GROUP BY 1 ORDER BY 1") == [
        ("both", 50),
        ("export", written.truth.plays - 50),
    ]
    assert_noted(told)


# Statistics


def test_an_excluded_artist_counts_in_no_statistic_and_stays_stored(world, hand):
    hand.track("e", artists=("björk", "adele"))
    hand.play("e", T0 + timedelta(hours=9))
    everything = counts(hand)
    text = said(world, "exclude", "adele")
    assert "the artist Adele counts in no statistic: 4 plays so far" in text
    assert counts(hand) == {"b": 1, "c": 1}
    assert len(world.rows(ALL)) == 6
    assert len(listed(world)) == 6
    assert hand.do("SELECT play_count, track_count FROM daily_metrics") == [(2, 2)]
    assert hand.do("SELECT artist_id FROM artist_stats WHERE play_count > 0 ORDER BY 1") == [
        ("björk",),
        ("the beatles",),
    ]
    assert world.run("api_syncs.materialized_views").status == "done"
    assert hand.do("SELECT play_count FROM daily_listening") == [(2,)]
    assert "4 plays kept" in said(world, "excluded")
    assert "Adele counts again, with 4 plays" in said(world, "include", "adele")
    assert world.run("api_syncs.materialized_views").status == "done"
    assert counts(hand) == everything
    assert "was not excluded" in said(world, "include", "adele", code=2)
    assert said(world, "excluded") == "nothing is excluded from statistics\n"


def test_an_excluded_artist_and_track_also_in_imports(world, hand):
    """Trap 24: exclusions hold for imported rows too, of which only the names are known."""
    hand.add("tracks", track_id="stub", name="Rain", given_artist="ADELE")
    hand.play("stub", T0 - timedelta(days=900), source="export", ms_played=1, part=1)
    for number, (title, artist) in enumerate(
        [("Rain", "adele"), ("hello", "Adele"), ("Hello", "Lionel Richie")]
    ):
        hand.add(
            "plays",
            user_id="u",
            played_at=T0 - timedelta(days=800 + number),
            item_key=f"names:{number}",
            source="account_data",
            track_name=title,
            artist_name=artist,
        )
    left = "SELECT item_key FROM play_facts WHERE source <> 'api' ORDER BY played_at"
    assert len(hand.do(left)) == 4
    said(world, "exclude", "spotify:track:a")
    assert hand.do(left) == [("spotify:track:stub",), ("names:2",), ("names:0",)]
    said(world, "exclude", "adele")
    assert hand.do(left) == [("names:2",)]


def test_what_was_excluded_by_name_is_so_also_once_spotify_has_told_who_it_is(world, hand):
    hand.add("tracks", track_id="stub", name="Rain", given_artist="Nobody")
    hand.play("stub", T0 - timedelta(days=900), source="export", ms_played=1, part=1)
    named = {"user_id": "u", "item_key": "names:1", "source": "account_data"}
    hand.add("plays", **named, played_at=T0 - timedelta(days=800), track_name="Wind", artist_name="Someone")
    said(world, "exclude", "nobody")
    said(world, "exclude", "wind")
    assert hand.do("SELECT count(*) FROM play_facts") == [(5,)]
    hand.track("wind", artists=("s",))
    hand.play("wind", T0 - timedelta(days=700))
    hand.do("UPDATE tracks SET name = 'Wind' WHERE track_id = 'wind'")
    assert hand.do("SELECT count(*) FROM play_facts") == [(6,)]
    hand.add("artists", artist_id="n", name="Nobody")
    hand.add("track_artists", track_id="stub", position=0, artist_id="n")
    hand.do("UPDATE artists SET name = 'Someone' WHERE artist_id = 's'")
    hand.do("REFRESH MATERIALIZED VIEW uncounted_keys")
    assert hand.do("SELECT count(*) FROM play_facts") == [(5,)]
    assert "Nobody counts again, with 1 play" in said(world, "include", "nobody")


def test_a_track_without_a_title_is_not_its_artist(world, hand):
    hand.track("nameless", artists=("adele",))
    hand.do("UPDATE tracks SET name = NULL WHERE track_id = 'nameless'")
    hand.play("nameless", T0)
    assert "the artist Adele" in said(world, "exclude", "adele")
    assert len(listed(world, "--track", "spotify:track:nameless")) == 1


def test_an_excluded_track_with_all_ids_of_its_recording(world, hand):
    hand.do("UPDATE tracks SET isrc = 'I1' WHERE track_id IN ('a', 'b')")
    said(world, "exclude", "spotify:track:a")
    assert counts(hand) == {"c": 1, "d": 1}


def test_an_excluded_playlist_is_what_was_played_from_it(world, hand):
    hand.playlist("sleep", name="Sleep Sounds")
    hand.play("b", T0 + timedelta(days=1), context_uri="spotify:playlist:sleep")
    hand.play("b", T0 + timedelta(days=2), context_uri="spotify:album:sleep")
    text = said(world, "exclude", "sleep so")
    assert "the playlist Sleep Sounds counts in no statistic: 1 play so far" in text
    assert counts(hand)["b"] == 2
    said(world, "include", "spotify:playlist:sleep")
    assert counts(hand)["b"] == 3
    said(world, "exclude", "https://open.spotify.com/playlist/somebodyelses")
    assert "spotify:playlist:somebodyelses" in said(world, "excluded")


def test_only_on_some_days_of_the_listener(world, hand):
    hand.play("a", datetime(2026, 5, 2, 21, 59, tzinfo=UTC))  # 23:59 in Amsterdam
    hand.play("a", datetime(2026, 5, 2, 22, 1, tzinfo=UTC))  # the next day there
    assert ": 1 play so far" in said(
        world, "exclude", "spotify:track:a", "--from", "2026-05-02", "--to", "2026-05-02"
    )
    assert hand.do("SELECT day FROM play_facts WHERE track_id = 'a' ORDER BY 1") == [
        (date(2026, 5, 1),),
        (date(2026, 5, 1),),
        (date(2026, 5, 3),),
    ]
    assert "2026-05-02" in said(world, "excluded")
    said(world, "exclude", "hello", "--kind", "track", "--from", "2026-05-03")
    assert hand.do("SELECT count(*) FROM play_facts WHERE track_id = 'a'") == [(2,)]
    said(world, "include", "hello")
    assert hand.do("SELECT count(*) FROM play_facts WHERE track_id = 'a'") == [(4,)]


STRETCHES = "SELECT item_id, first_day::text, last_day::text FROM uncounted_items ORDER BY 1, 2"


def test_an_exclusion_of_all_days_covers_those_of_some(world, hand):
    track = "spotify:track:a"
    said(world, "exclude", track, "--from", "2026-05-01", "--to", "2026-05-01")
    text = said(world, "exclude", track)
    assert "counts in no statistic: 0 plays so far" in text
    assert hand.do(STRETCHES) == [("a", "-infinity", "infinity")]
    again = said(world, "exclude", track, "--from", "2026-05-03", "--to", "2026-05-04")
    assert again == (
        "the track Hello (Adele) is excluded from statistics already from 2026-05-03 to 2026-05-04: nothing has changed.\n"
    )
    assert "already: nothing has changed" in said(world, "exclude", track)
    assert hand.do(STRETCHES) == [("a", "-infinity", "infinity")]
    assert "Hello counts again, with 2 plays" in said(world, "include", track)
    assert hand.do(STRETCHES) == []
    assert said(world, "excluded") == "nothing is excluded from statistics\n"


def test_stretches_of_days_that_meet_are_one(world, hand):
    for first, last in (("03", "04"), ("08", "09"), ("05", "06")):
        text = said(world, "exclude", "élan", "--from", f"2026-05-{first}", "--to", f"2026-05-{last}")
    assert hand.do(STRETCHES) == [("c", "2026-05-03", "2026-05-06"), ("c", "2026-05-08", "2026-05-09")]
    assert "In all it does not from 2026-05-03 to 2026-05-06 and from 2026-05-08 to 2026-05-09." in text
    said(world, "exclude", "élan", "--from", "2026-05-03", "--to", "2026-05-03")  # narrows nothing
    said(world, "exclude", "élan", "--from", "2026-05-07")
    assert hand.do(STRETCHES) == [("c", "2026-05-03", "infinity")]
    said(world, "exclude", "élan", "--to", "2026-05-01")
    assert hand.do(STRETCHES) == [("c", "-infinity", "2026-05-01"), ("c", "2026-05-03", "infinity")]
    said(world, "exclude", "élan", "--from", "2026-05-02", "--to", "2026-05-02")
    assert hand.do(STRETCHES) == [("c", "-infinity", "infinity")]


def test_some_days_count_again(world, hand):
    hand.play("a", T0 + timedelta(days=1))
    said(world, "exclude", "adele")
    text = said(world, "include", "adele", "--from", "2026-05-02", "--to", "2026-05-03")
    assert "Adele counts again from 2026-05-02 to 2026-05-03, with 1 play." in text
    assert hand.do(STRETCHES) == [
        ("adele", "-infinity", "2026-05-01"),
        ("adele", "2026-05-04", "infinity"),
    ]
    assert hand.do("SELECT day FROM play_facts WHERE track_id = 'a'") == [(date(2026, 5, 2),)]
    error = said(world, "include", "adele", "--from", "2026-05-03", "--to", "2026-05-03", code=2)
    assert "'adele' was not excluded from statistics from 2026-05-03 to 2026-05-03." in error
    said(world, "include", "adele", "--from", "2026-05-03", "--to", "2026-05-02", code=2)
    said(world, "include", "adele")
    assert hand.do(STRETCHES) == []


def test_what_lies_within_another_thing_is_a_thing_of_its_own(world, hand):
    said(world, "exclude", "spotify:track:a")
    said(world, "exclude", "adele")
    assert "Hello counts again, with 0 plays" in said(world, "include", "spotify:track:a")
    assert hand.do(STRETCHES) == [("adele", "-infinity", "infinity")]


def test_an_id_that_counts_again_says_which_of_its_name_do_not(world, hand):
    named = {"user_id": "u", "item_key": "names:1", "source": "account_data"}
    hand.add("plays", **named, played_at=T0 - timedelta(days=800), track_name="Hello", artist_name="Adele")
    said(world, "exclude", "hello", "--kind", "track")
    assert [row[0] for row in hand.do(STRETCHES)] == ["a", "names:1"]
    text = said(world, "include", "spotify:track:a")
    assert "with 0 plays. Of the same name, and still excluded: names:1." in text
    assert "Hello counts again, with 3 plays." in said(world, "include", "hello")
    assert hand.do(STRETCHES) == []


def test_what_was_heard_before_is_known_although_it_does_not_count(world, hand):
    facts = "SELECT item_key, played_at, heard_ms, is_skip FROM play_facts WHERE track_id <> 'c' ORDER BY 2"
    before = hand.do(facts)
    said(world, "exclude", "björk")
    assert hand.do(facts) == before


def test_exclusions_are_one_listeners_and_the_other_list_is_another_thing(world, hand):
    hand.add("users", user_id="v", spotify_id="spotify-v")
    hand.play("a", T0, user_id="v")
    said(world, "exclude", "adele", "--user", "u")
    assert hand.do("SELECT user_id, count(*) FROM play_facts WHERE track_id = 'a' GROUP BY 1") == [("v", 1)]
    assert hand.do("SELECT count(*) FROM excluded_tracks") == [(0,)]


def test_smart_playlists_follow(world, hand):
    hand.add("liked_tracks", user_id="u", track_id="a", liked_at=T0)
    said(world, "exclude", "adele")
    refresh(hand)
    assert hand.do("SELECT play_count, excluded FROM unified_tracks WHERE track_id = 'a'") == [(0, False)]
    assert hand.do("SELECT count(*) FROM counted_plays WHERE item_key = 'spotify:track:a'") == [(0,)]


# Recordings


def test_a_merged_recording_counts_for_the_other(world, hand):
    hand.add("liked_tracks", user_id="u", track_id="a", liked_at=T0)
    hand.do("UPDATE tracks SET isrc = 'I1' WHERE track_id IN ('b', 'c')")  # the rule sees these as one
    library = "SELECT track_id, play_count FROM unified_tracks ORDER BY 1"
    refresh(hand)
    assert hand.do(library) == [("a", 2)]
    text = said(world, "merge", "spotify:track:b", "into", "hello")
    assert "the track Hello Goodbye (The Beatles) counts for the track Hello (Adele)" in text
    refresh(hand)
    assert hand.do(library) == [("a", 4)]
    pairs = hand.do("SELECT track_id, other_id FROM same_recordings WHERE user_id = 'u' ORDER BY 1, 2")
    assert pairs == sorted((other, one) for one, other in pairs)
    assert {("a", "b"), ("a", "c")} <= set(pairs)
    assert "spotify:track:b" in said(world, "merged")
    assert "counts for itself again" in said(world, "unmerge", "hello goodbye")
    refresh(hand)
    assert hand.do(library) == [("a", 2)]
    assert "was not merged" in said(world, "unmerge", "hello goodbye", code=2)
    assert said(world, "merged") == "no recordings are merged\n"


def test_of_two_in_the_library_one_counts_and_no_play_twice(world, hand):
    for track_id in "abd":
        hand.add("liked_tracks", user_id="u", track_id=track_id, liked_at=T0)
    said(world, "merge", "b", "a")
    said(world, "merge", "d", "into", "b")  # which is a by now
    refresh(hand)
    assert hand.do("SELECT track_id, play_count FROM unified_tracks ORDER BY 1") == [
        ("a", 4),
        ("b", 0),
        ("d", 0),
    ]
    assert hand.do("SELECT track_id, into_id FROM recording_merges ORDER BY 1") == [("b", "a"), ("d", "a")]


def test_what_was_merged_into_a_track_goes_with_it(world, hand):
    said(world, "merge", "b", "into", "a")
    said(world, "merge", "a", "into", "d")
    assert hand.do("SELECT track_id, into_id FROM recording_merges ORDER BY 1") == [("a", "d"), ("b", "d")]
    assert "one already" in said(world, "merge", "d", "into", "b", code=2)
    assert "That is one track" in said(world, "merge", "a", "a", code=2)
    assert hand.do("SELECT count(*) FROM recording_merges") == [(2,)]


def test_smart_playlists_take_two_that_are_merged_for_one(world, hand):
    hand.add("users", user_id="v", spotify_id="spotify-v")
    for user_id in "uv":
        for track_id in "abc":
            hand.add("liked_tracks", user_id=user_id, track_id=track_id, liked_at=T0)
    hand.add("track_availability", market="NL", track_id="b", is_playable=False, checked_at=T0)
    hand.add("track_availability", market="NL", track_id="a", is_playable=True, checked_at=T0)
    said(world, "merge", "b", "into", "a", "--user", "u")
    refresh(hand)

    def ids(tracks):
        return [track.track_id for track in tracks]

    with hand.connection, hand.connection.cursor() as cursor:
        for user_id, kept, standing_in in (("u", ["a", "c"], ["a"]), ("v", ["a", "b", "c"], [])):
            context = Context(user_id, T0, ZoneInfo("UTC"), {})
            tracks = select_tracks(cursor, Group("all", ()), context, include_unplayable=True)
            assert ids(tracks) == ["a", "b", "c"]
            assert ids(dedupe(tracks, "recording")) == kept
            assert ids(substitute_twins(cursor, tracks[1:2], user_id, "NL")) == standing_in


def test_outside_of_the_library_too(world, hand):
    said(world, "merge", "b", "into", "a")
    refresh(hand)
    known = dict(hand.do("SELECT track_id, play_count FROM known_tracks WHERE user_id = 'u'"))
    assert known == {"a": 3, "b": 1, "c": 1, "d": 1}


def recordings(rows):
    """What was played → under which track it stands where recordings are counted."""
    refresh(rows)
    return dict(rows.do("SELECT played_id, track_id FROM recording_of WHERE user_id = 'u'"))


def tops(rows):
    """The dashboard's most played tracks, and how many of the library were never played."""
    refresh(rows)
    with TemporaryDirectory() as folder, rows.connection, rows.connection.cursor() as cursor:
        request = Request(T0 + timedelta(days=1), Path(folder), Path(folder))
        scope, _ = read_scope(cursor, request)
        source = Source(cursor, scope, Covers(SiteFolder(request.folder), request.artwork))
        library = source.row("site.library")
        rankings = top.PAGE.told(source)["rankings"]["tracks"]
    found = [*rankings["near"], *rankings["rest"]]
    return [(row["name"], row["plays"]) for row in found], library["tracks"] - library["played"]


def of_the_day(rows):
    """How many different tracks a day has, and which is its top one."""
    with rows.connection, rows.connection.cursor() as cursor:
        cursor.execute(statement("daily_listening.refresh"), {"user_id": "u", "from_day": None})
    return rows.do(
        "SELECT track_count, top_track_id FROM daily_metrics JOIN daily_listening USING (user_id, day) WHERE user_id = 'u'"
    )


def test_figures_count_what_is_merged_as_one_under_the_track_that_is_kept(world, hand):
    hand.do("UPDATE users SET time_zone = 'UTC'")
    hand.play("b", T0 + timedelta(hours=6))
    hand.play("c", T0 + timedelta(hours=7))
    assert tops(hand)[0] == [("Hello", 2), ("Hello Goodbye", 2), ("Élan", 2), ("Goodbye", 1)]
    assert of_the_day(hand) == [(4, "a")]
    said(world, "merge", "c", "into", "b")
    assert tops(hand)[0] == [("Hello Goodbye", 4), ("Hello", 2), ("Goodbye", 1)]
    assert of_the_day(hand) == [(3, "b")]
    assert hand.do("SELECT play_count FROM track_plays WHERE track_id = 'b'") == [(4,)]
    said(world, "unmerge", "c")
    assert tops(hand)[0] == [("Hello", 2), ("Hello Goodbye", 2), ("Élan", 2), ("Goodbye", 1)]
    assert of_the_day(hand) == [(4, "a")]


def test_figures_count_what_the_rule_sees_as_one_recording_once(world, hand):
    """Outside of the library, and of several in it."""
    hand.do("UPDATE tracks SET isrc = 'I1' WHERE track_id IN ('b', 'c')")
    assert tops(hand) == ([("Hello", 2), ("Hello Goodbye", 2), ("Goodbye", 1)], 0)
    hand.add("liked_tracks", user_id="u", track_id="c", liked_at=T0)
    hand.track("e", artists=("adele",))
    hand.do("UPDATE tracks SET isrc = 'I1' WHERE track_id = 'e'")
    hand.add("liked_tracks", user_id="u", track_id="e", liked_at=T0 + timedelta(days=1))
    assert recordings(hand) == {"a": "a", "b": "c", "c": "c", "d": "d", "e": "c"}
    assert tops(hand) == ([("Hello", 2), ("Élan", 2), ("Goodbye", 1)], 0), "e was heard, as c"
    assert hand.do("SELECT track_id, play_count FROM unified_tracks ORDER BY 1") == [("c", 2), ("e", 0)]


def test_what_is_merged_into_is_what_is_shown_also_where_another_is_older(world, hand):
    hand.do("UPDATE tracks SET isrc = 'I1' WHERE track_id IN ('a', 'd')")
    for number, track_id in enumerate("adb"):
        hand.add("liked_tracks", user_id="u", track_id=track_id, liked_at=T0 + timedelta(days=number))
    assert recordings(hand) == {"a": "a", "b": "b", "c": "c", "d": "a"}
    said(world, "merge", "b", "into", "d")
    assert recordings(hand) == {"a": "d", "b": "d", "c": "c", "d": "d"}


def test_being_the_same_recording_is_no_chain(world, hand):
    for track_id, ms in (("a", 60_000), ("b", 61_000), ("d", 62_000)):
        hand.do("UPDATE tracks SET duration_ms = %s, name = 'Same' WHERE track_id = %s", ms, track_id)
    hand.do("UPDATE track_artists SET artist_id = 'adele' WHERE track_id = 'b'")
    assert recordings(hand) == {"a": "a", "b": "a", "c": "c", "d": "d"}


def test_no_play_is_in_two_recordings(world, hand):
    """Also where a track counts for itself and for the one that it is merged into."""
    said(world, "merge", "b", "into", "a")
    assert recordings(hand) == {"a": "a", "b": "a", "c": "c", "d": "d"}
    assert sum(plays for _, plays in tops(hand)[0]) == len(world.rows(ALL))


def test_an_excluded_recording_is_in_no_top(world, hand):
    said(world, "merge", "b", "into", "a")
    said(world, "exclude", "spotify:track:b")
    assert tops(hand)[0] == [("Élan", 1), ("Goodbye", 1)]


def test_merges_are_one_listeners(world, hand):
    hand.add("users", user_id="v", spotify_id="spotify-v")
    for user_id in "uv":
        hand.add("liked_tracks", user_id=user_id, track_id="a", liked_at=T0)
    hand.play("b", T0, user_id="v")
    said(world, "merge", "b", "into", "a", "--user", "u")
    refresh(hand)
    assert hand.do("SELECT user_id, play_count FROM unified_tracks ORDER BY 1") == [("u", 3), ("v", 0)]


def test_what_has_no_id_cannot_be_merged(world, hand):
    hand.add(
        "plays",
        user_id="u",
        played_at=T0,
        item_key="names:1",
        source="account_data",
        track_name="Nameless",
        artist_name="X",
    )
    assert "by its names alone" in said(world, "merge", "nameless", "into", "a", code=2)
    assert "Which two tracks?" in said(world, "merge", "a", code=2)
    assert "Which two tracks?" in said(world, "merge", "a", "b", "c", code=2)


# Podcasts and audiobooks


def test_podcasts_and_audiobooks_are_listed_by_themselves(world, hand):
    assert said(world, "list", "--episodes") == "no podcasts and audiobooks\n"
    for number, (kind, name, collection, author) in enumerate(
        [
            ("episode", "One", "Show", None),
            ("audiobook", "Chapter 1", "Book", "Writer"),
            ("episode", "Two", "Show", None),
        ]
    ):
        hand.do(
            "INSERT INTO episode_plays (user_id, played_at, item_key, part, ms_played, kind, name, collection, author, source) "
            "VALUES ('u', %s, %s, 1, 1800000, %s, %s, %s, %s, 'export')",
            T0 + timedelta(days=number), f"spotify:episode:{number}", kind, name, collection, author,
        )  # fmt: skip
    lines = said(world, "list", "--episodes").splitlines()
    assert lines[0].split() == ["played", "kind", "name", "show", "or", "book", "author", "heard", "source"]
    assert [line.split("  ")[0] for line in lines[1:4]] == [
        "2026-05-03 14:00",
        "2026-05-02 14:00",
        "2026-05-01 14:00",
    ]
    assert lines[-1] == "3 plays of podcasts and audiobooks; times are of Europe/Amsterdam"
    assert "1 of 3 plays" in said(world, "list", "--episodes", "--limit", 1)
    assert listed(world, "--episodes", "--from", "2026-05-02", "--to", "2026-05-02") == [
        {
            "played_at": "2026-05-02T14:00:00+02:00",
            "kind": "audiobook",
            "name": "Chapter 1",
            "collection": "Book",
            "author": "Writer",
            "item_key": "spotify:episode:1",
            "ms_played": 1_800_000,
            "source": "export",
        }
    ]
    assert len(listed(world)) == 5, "they are no plays of tracks"
    assert "alone" in said(world, "list", "--episodes", "--deleted", code=2)
