"""What is made again, and what is left as it is."""

from datetime import timedelta

import pytest

import api_syncs.materialized_views as script
from api_syncs.deriving.freshness import Freshness
from tests.api_syncs.deriving.years import BEGIN, TRACKS
from utils.database.views import drop_views, load_views, renew_views


def test_whatever_changes_in_a_table_is_another_version_of_it(listening):
    years = listening("versions")

    def version():
        [(text,)] = years.rows.do("SELECT row_versions('tracks')")
        return text

    seen = [version()]
    for change in (
        "UPDATE tracks SET popularity = 5 WHERE track_id = 'a0'",
        "UPDATE tracks SET popularity = 5 WHERE track_id = 'a0'",
        "INSERT INTO tracks (track_id, name) VALUES ('new', 'New')",
        "DELETE FROM tracks WHERE track_id = 'new'",
    ):
        years.rows.do(change)
        assert version() not in seen[-1:], change
        assert version() == version(), "time alone changes nothing"
        seen.append(version())
    years.rows.do("UPDATE users SET time_zone = time_zone")
    assert version() == seen[-1], "nor what others write"


def test_views_that_are_made_anew_are_taken_for_others(listening):
    """What was noted of those before them says nothing of them."""
    years = listening("made anew")
    years.play(50, BEGIN)
    years.refresh()
    years.refresh()  # the notes are gone
    assert years.refresh().tally.updated_items == 0
    with years.rows.connection, years.rows.connection.cursor() as cursor:
        drop_views(cursor, load_views())
        renew_views(cursor, load_views())
    assert years.rows.do("SELECT * FROM derived_from") == []
    years.compare()


def test_what_is_written_right_after_the_views_were_made_anew_is_in_them_soon(listening, monkeypatch):
    """The look at what they are made from comes after that, and sees more than they do."""
    years = listening("between")
    years.refresh()
    years.rows.do("DROP VIEW play_facts CASCADE")
    look = Freshness.look

    def look_later(*arguments):
        years.rows.add("liked_tracks", user_id="u", track_id=TRACKS[0], liked_at=BEGIN)
        return look(*arguments)

    monkeypatch.setattr(Freshness, "look", look_later)
    years.refresh()
    monkeypatch.undo()
    years.refresh()
    assert years.rows.do("SELECT track_id FROM unified_tracks") == [(TRACKS[0],)]
    years.compare()


def test_materialized_views_of_other_hands_are_left_alone(listening):
    """Whatever they are called, and whoever may read them."""
    years = listening("others")
    years.play(20, BEGIN)
    years.refresh()
    years.rows.do(
        'CREATE MATERIALIZED VIEW "My Top" AS SELECT track_id, count(*) FROM played_tracks GROUP BY track_id'
    )
    years.refresh()
    years.refresh()
    assert years.refresh().tally.updated_items == 0


def zone(years, name):
    years.rows.do("UPDATE users SET time_zone = %s", name)


def counted_from(years, seconds):
    years.rows.do("DELETE FROM app_settings WHERE key = 'plays.counted_from_seconds'")
    if seconds is not None:
        setting = {"user_id": "u", "key": "plays.counted_from_seconds", "value": str(seconds)}
        years.rows.add("app_settings", **setting, updated_at=years.clock.now())


def left_out(years, artist_id):
    years.rows.do("DELETE FROM uncounted_items")
    if artist_id is not None:
        excluded = {"user_id": "u", "kind": "artist", "item_id": artist_id, "name": artist_id}
        years.rows.add("uncounted_items", **excluded, added_at=years.clock.now())
    years.rows.do("REFRESH MATERIALIZED VIEW uncounted_keys")  # as ./run plays does


@pytest.mark.parametrize(
    ("change", "meanwhile", "then"),
    [
        (zone, "Pacific/Auckland", "Europe/Berlin"),
        (counted_from, 0, None),
        (left_out, "artist1", None),
    ],
    ids=["zone", "counted from", "left out"],
)
def test_what_is_changed_while_a_refresh_is_under_way_and_taken_back_is_followed(
    listening, monkeypatch, change, meanwhile, then
):
    years = listening("taken back")
    years.play(200, BEGIN)
    years.rows.do("UPDATE plays SET ms_played = 20000 WHERE source = 'export'")
    years.refresh()
    years.new_plays()
    count_plays = script.count_plays

    def in_between(*arguments):
        change(years, meanwhile)
        count_plays(*arguments)
        change(years, then)

    monkeypatch.setattr(script, "count_plays", in_between)
    years.refresh()
    monkeypatch.undo()
    years.refresh()
    years.refresh()
    years.compare()


def test_plays_that_come_while_a_refresh_is_under_way_are_left_out_by_their_names(listening, monkeypatch):
    """What counts in no statistic was looked at before, and the note of these plays is taken up with the others."""
    years = listening("by name")
    years.play(50, BEGIN)
    left_out(years, "artist1")
    for _ in range(3):
        years.refresh()
    count_plays = script.count_plays

    def play_first(*arguments):
        play = {"user_id": "u", "item_key": "names:0", "source": "export", "ms_played": 90_000}
        names = {"track_name": "Song of nobody", "artist_name": "artist1"}
        at = years.clock.now() - timedelta(hours=2)
        years.rows.add("plays", **play, **names, played_at=at)
        years.rows.add("changed_plays", user_id="u", since=at)
        count_plays(*arguments)

    monkeypatch.setattr(script, "count_plays", play_first)
    years.refresh()
    monkeypatch.undo()
    years.refresh()
    [(left_out_keys,)] = years.rows.do("SELECT count(*) FROM uncounted_keys WHERE key = 'names:0'")
    assert left_out_keys == 1
    years.refresh()
    years.compare()
