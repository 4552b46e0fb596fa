"""What a refresh keeps of the months that are over, against what the plays alone say, after histories by chance."""

import re
from datetime import timedelta

import psycopg2
import pytest

from api_syncs.deriving import heard
from api_syncs.track_plays import Play
from tests.api_syncs.deriving.years import BEGIN, SCRIPT, TRACKS
from tests.conftest import run_module
from utils.database.statements import statement, statement_names
from utils.job.run import Run


@pytest.mark.slow(10)
@pytest.mark.search("part", range(1), range(100))
def test_after_any_history_all_is_as_the_plays_alone_say(listening, part, seed, record_property):
    years = listening(f"{seed} {part}")
    years.play(150, BEGIN)
    years.refresh()
    seen = []
    for _ in range(25):
        seen.append(years.step())
        try:
            years.compare()
        except AssertionError as error:
            error.add_note(f"the last steps of {len(seen)}: {seen[-3:]}")
            raise
    record_property("tried", f"histories: {len(seen)} steps, each equal")


def test_who_writes_plays_notes_from_when_on_they_have_changed():
    """What is kept of months that are over would else stay what it was."""
    writes = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) plays\b")
    writing = {name: statement(name) for name in statement_names() if writes.search(statement(name))}
    assert len(writing) > 8
    assert [name for name, sql in writing.items() if "INSERT INTO changed_plays" not in sql] == []
    assert "INSERT INTO changed_plays" in Play.table.upsert_sql(1)


def test_a_day_of_plays_is_all_that_is_read_and_nothing_new_nothing(listening):
    years = listening("a day")
    years.play(400, BEGIN)
    years.refresh()
    years.clock.pass_time(hours=24)
    years.play(5, years.clock.now() - timedelta(hours=9))
    [(of_this_month,)] = years.rows.do(
        "SELECT count(*) FROM plays WHERE played_at > %s", years.clock.now() - timedelta(days=24)
    )
    assert of_this_month < 100
    assert plays_read(years) <= of_this_month + 3, "once, and what came before is looked up"
    years.compare()
    years.refresh()  # the notes are gone
    assert (plays_read(years), years.refresh().tally.updated_items) == (0, 0)


def test_a_day_of_plays_is_all_that_is_written(listening):
    """Rows of the open month that say what they said stay: a refresh an hour would else write the month anew each time."""
    years = listening("a day written")
    years.play(300, BEGIN)
    years.refresh()
    years.clock.pass_time(hours=1)
    years.play(1, years.clock.now() - timedelta(minutes=20), tracks=["a0"])
    rows = "SELECT track_id, month, xmin::text FROM heard_since"
    before = set(years.rows.do(rows))
    years.refresh()
    after = set(years.rows.do(rows))
    # What was inferred of the play before and of the one after it may say something else, too.
    assert 1 <= len({(track, month) for track, month, _ in after - before}) <= 3 < len(after)
    years.compare()


def test_of_plays_that_are_later_than_all_others_the_month_before_them_is_not_read(listening):
    """They are added to what is counted, also of a track and a day that has plays already; anything else counts the month anew."""
    years = listening("later")
    years.play(50, BEGIN)
    years.refresh()
    years.clock.pass_time(hours=24 * 20)
    years.play(300, years.clock.now() - timedelta(days=20), tracks=TRACKS[:4])
    years.refresh()
    sql = "SELECT count(*) FROM plays WHERE played_at > %s"
    [(of_the_month,)] = years.rows.do(sql, years.clock.now() - timedelta(days=20))
    for _ in range(3):
        years.clock.pass_time(hours=2)
        years.play(4, years.clock.now() - timedelta(hours=1), tracks=TRACKS[:6])
        [(of_these_days,)] = years.rows.do(sql, years.clock.now() - timedelta(days=5))
        assert plays_read(years) <= of_these_days + 4 < of_the_month / 2
        years.compare()
    years.play(1, years.clock.now() - timedelta(days=9))
    assert plays_read(years) >= of_the_month
    years.compare()


def test_from_nothing_all_plays_are_read_once(listening):
    years = listening("once")
    years.drop_views()
    years.play(400, BEGIN)
    years.clock.pass_time(hours=24 * 90)  # so that no month is open with plays in it
    [(plays,)] = years.rows.do("SELECT count(*) FROM plays")
    assert plays_read(years) <= plays + 10, "and one or the other is looked up"
    years.compare()


def test_what_another_run_drops_while_more_is_added_to_it_is_counted_anew(listening, monkeypatch):
    years = listening("dropped")
    years.play(200, BEGIN)
    years.clock.pass_time(hours=24 * 90)
    years.refresh()
    close = heard.close

    def close_later(*arguments):
        with psycopg2.connect(years.world.dsn) as other, other.cursor() as cursor:
            cursor.execute("UPDATE tracks SET popularity = 77")
            heard.drop_invalid(cursor, "u", {}, years.clock.now())
        other.close()
        return close(*arguments)

    years.new_plays()
    monkeypatch.setattr(heard, "close", close_later)
    years.refresh()
    monkeypatch.undo()
    years.refresh()
    years.compare()


def test_what_becomes_known_of_a_recording_is_followed_where_another_release_was_played(listening):
    years = listening("a release")
    years.rows.add("liked_tracks", user_id="u", track_id="a0", liked_at=BEGIN)
    years.rows.do("UPDATE tracks SET popularity = 10")
    years.play(400, BEGIN, tracks=["b4"])  # the same recording
    years.clock.pass_time(hours=24 * 90)
    years.refresh()
    before = years.rows.do("SELECT month, uniqueness FROM personalities ORDER BY month")
    years.rows.do("UPDATE tracks SET popularity = 90 WHERE track_id = 'a0'")
    years.refresh()
    assert years.rows.do("SELECT month, uniqueness FROM personalities ORDER BY month") != before
    years.compare()


def plays_read(years):
    """How many plays a refresh reads, as PostgreSQL counts them."""
    sql = "SELECT seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'plays'"
    [(before,)] = years.world.rows(sql)
    years.refresh()
    [(after,)] = years.world.rows(sql)
    return after - before


def test_a_correction_of_last_year_is_followed_and_costs_once(listening):
    years = listening("a correction")
    years.play(200, BEGIN)
    years.refresh()
    years.clock.pass_time(hours=24 * 90)
    years.refresh()
    years.deleted()
    years.refresh()
    years.compare()


def test_views_are_there_with_all_that_is_in_them_or_not_at_all(listening, monkeypatch):
    """Also what was taken up of the plays is so only with them."""
    years = listening("broken off")
    years.drop_views()
    years.play(200, BEGIN)
    noted = years.rows.do("SELECT * FROM changed_plays")
    monkeypatch.setattr(heard, "close", lambda *_: 1 / 0)
    assert years.world.run(SCRIPT, clock=years.clock).status == "failed"
    assert years.rows.do("SELECT count(*) FROM pg_class WHERE relkind = 'm'") == [(0,)]
    assert years.rows.do("SELECT * FROM changed_plays") == noted != []
    monkeypatch.undo()
    years.refresh()
    years.compare()
    years.rows.do("COMMENT ON VIEW play_facts IS 'an older text'")
    monkeypatch.setattr(heard, "to_take_up", lambda *_: 1 / 0)
    assert years.world.run(SCRIPT, clock=years.clock).status == "failed"
    monkeypatch.undo()
    years.compare()


def test_from_nothing_each_listener_has_their_own(listening, monkeypatch):
    """All of them are counted in one transaction, and the plays of whom another run counts are read by the views."""
    years = listening("two")
    for user_id in ("another", "zora"):
        years.rows.do(
            "INSERT INTO users (user_id, spotify_id, time_zone) VALUES (%s, %s, 'Asia/Tokyo')",
            user_id,
            user_id,
        )
    years.play(150, BEGIN)
    for hours, user_id in ((3, "another"), (70, "zora")):
        years.rows.do(
            "INSERT INTO plays (user_id, played_at, item_key, source) "
            "SELECT %s, played_at - %s * interval '1 h', item_key, source FROM plays WHERE user_id = 'u'",
            user_id,
            hours,
        )
        years.rows.do(
            "INSERT INTO played_tracks SELECT %s, track_id FROM played_tracks WHERE user_id = 'u'", user_id
        )
    years.drop_views()
    monkeypatch.setattr(Run, "listeners", lambda _: ["another", "u"])
    years.refresh()
    years.compare()
    plays = "SELECT user_id, count(*) FROM plays GROUP BY user_id ORDER BY user_id"
    heard_of = "SELECT user_id, sum(heard_count) FROM track_plays GROUP BY user_id ORDER BY user_id"
    assert years.rows.do(heard_of) == years.rows.do(plays)
    assert years.rows.do("SELECT user_id FROM heard_until") == [("another",), ("u",)]


def test_from_nothing_on_request(listening):
    """Whoever has changed plays with a program of another hand."""
    years = listening("by hand")
    years.play(200, BEGIN)
    years.refresh()
    years.rows.do("DELETE FROM plays WHERE played_at < '2024-03-01'")
    years.refresh()
    with pytest.raises(AssertionError):
        years.compare()
    with years.world.settings():
        done = run_module(SCRIPT, "--rebuild")
    assert (done.returncode, done.stderr) == (0, "")
    years.compare()
