"""What a refresh keeps of the months that are over, against what the plays alone say, after histories by chance."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from api_syncs.deriving import heard
from api_syncs.deriving.freshness import Freshness
from api_syncs.track_plays import Play
from tests.clock import FakeClock
from tests.conftest import run_module
from tests.connections import BY_HAND
from tests.rows import Rows
from utils.database.rows import upsert
from utils.database.statements import statement, statement_names
from utils.database.views import create_views, drop_views, load_views
from utils.job.run import Run
from utils.plays import personality
from utils.plays.writing import columns_of, take_out

SCRIPT = "api_syncs.materialized_views"
WITNESS = (Path(__file__).parent / "plain_track_plays.sql").read_text()
MATERIALIZED = [view.name for view in load_views() if view.is_materialized]
COUNTED = {
    "daily_listening": "user_id, day, minutes, play_count, top_track_id, top_artist_id",
    "personalities": "user_id, method, month, plays, exploration, newness, variety, uniqueness, exploration_of, newness_of, variety_of, uniqueness_of, type",
}
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
TRACKS = [f"{letter}{number}" for letter in "ab" for number in range(8)]


class Listening:
    """A listener's years, in steps by chance, each followed by a refresh."""

    def __init__(self, world, connection, luck):
        self.world, self.luck, self.rows = world, luck, Rows(connection)
        self.clock = FakeClock(BEGIN + timedelta(days=200))
        self.rows.do("UPDATE users SET time_zone = 'Europe/Berlin'")
        for number, track_id in enumerate(TRACKS):
            self.rows.track(
                track_id, artists=(f"artist{number % 5}",), album=f"album{number % 4}", ms=180_000
            )
            self.rows.do(
                "UPDATE tracks SET isrc = %s, name = %s WHERE track_id = %s",
                f"isrc{number % 12}",
                f"Song {number % 12}",
                track_id,
            )
        for number in range(4):
            self.rows.do(
                "UPDATE albums SET release_date = %s WHERE album_id = %s",
                f"20{20 + number}-03-01",
                f"album{number}",
            )

    def moment(self, first, last):
        return first + timedelta(seconds=self.luck.randrange(int((last - first).total_seconds())))

    def play(self, how_many, first, tracks=TRACKS):
        """Plays between a moment and now, as the API and an export tell of them."""
        plays = [
            Play(
                "u",
                self.moment(first, self.clock.now()),
                f"spotify:track:{self.luck.choice(tracks)}",
                -1,
                self.luck.choice(["api", "export"]),
                None,
            )
            for _ in range(how_many)
        ]
        with self.rows.connection, self.rows.connection.cursor() as cursor:
            upsert(cursor, plays)

    def some(self, table):
        keys = self.rows.do(f"SELECT played_at, item_key, part FROM {table} ORDER BY 1, 2")
        return self.luck.sample(keys, min(len(keys), self.luck.randrange(1, 4)))

    def new_plays(self):
        self.play(self.luck.randrange(1, 40), self.clock.now() - timedelta(days=3))

    def late_plays(self):
        self.play(self.luck.randrange(1, 10), BEGIN)

    def deleted(self):
        keys = self.some("plays")
        with self.rows.connection, self.rows.connection.cursor() as cursor:
            take_out(cursor, "u", keys, self.clock.now())

    def restored(self):
        keys = self.some("deleted_plays")
        with self.rows.connection, self.rows.connection.cursor() as cursor:
            cursor.execute(statement("plays.restore"), {"user_id": "u", **columns_of(keys)})

    def zone(self):
        self.rows.do(
            "UPDATE users SET time_zone = %s",
            self.luck.choice(["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"]),
        )

    def counted_from(self):
        self.rows.do("DELETE FROM app_settings WHERE key = 'plays.counted_from_seconds'")
        self.rows.add(
            "app_settings",
            user_id="u",
            key="plays.counted_from_seconds",
            value=str(self.luck.choice([0, 30, 170])),
            updated_at=self.clock.now(),
        )

    def a_length(self):
        self.rows.do(
            "UPDATE tracks SET duration_ms = %s WHERE track_id = %s",
            self.luck.choice([None, 60_000, 180_000, 400_000]),
            self.luck.choice(TRACKS),
        )

    def a_credit(self):
        self.rows.do(
            "UPDATE track_artists SET artist_id = %s WHERE track_id = %s",
            f"artist{self.luck.randrange(5)}",
            self.luck.choice(TRACKS),
        )

    def a_release(self):
        self.rows.do(
            "UPDATE albums SET release_date = %s WHERE album_id = %s",
            f"20{self.luck.randrange(10, 26)}-05-01",
            f"album{self.luck.randrange(4)}",
        )

    def popularity(self):
        self.rows.do(
            "UPDATE tracks SET popularity = %s WHERE track_id = %s",
            self.luck.randrange(101),
            self.luck.choice(TRACKS),
        )

    def a_like(self):
        self.rows.add(
            "liked_tracks",
            user_id="u",
            track_id=self.luck.choice(TRACKS),
            liked_at=self.moment(BEGIN, self.clock.now()),
        )

    def no_like(self):
        self.rows.do(
            "UPDATE liked_tracks SET removed_at = %s WHERE track_id = %s",
            self.clock.now(),
            self.luck.choice(TRACKS),
        )

    def left_out(self):
        self.rows.do("DELETE FROM uncounted_items")
        kind, item_id = self.luck.choice(
            [("track", self.luck.choice(TRACKS)), ("artist", "artist1"), ("artist", "artist2")]
        )
        self.rows.add("uncounted_items", user_id="u", kind=kind, item_id=item_id, added_at=self.clock.now())

    def merged(self):
        self.rows.do("DELETE FROM recording_merges")
        one, other = self.luck.sample(TRACKS, 2)
        self.rows.add(
            "recording_merges", user_id="u", track_id=one, into_id=other, merged_at=self.clock.now()
        )

    def nothing(self):
        pass

    STEPS = (
        new_plays,
        new_plays,
        new_plays,
        late_plays,
        deleted,
        restored,
        zone,
        counted_from,
        a_length,
        a_credit,
        a_release,
        popularity,
        a_like,
        no_like,
        left_out,
        merged,
        nothing,
    )

    def step(self):
        """What came, and time goes on."""
        self.clock.pass_time(hours=self.luck.choice([1, 20, 200, 900]))
        done = [self.luck.choice(self.STEPS) for _ in range(self.luck.randrange(1, 4))]
        for change in done:
            change(self)
        self.refresh()
        return [change.__name__ for change in done]

    def refresh(self):
        outcome = self.world.run(SCRIPT, clock=self.clock)
        assert outcome.status == "done"
        return outcome

    def drop_views(self):
        """As in a database where nothing was derived yet."""
        with self.rows.connection, self.rows.connection.cursor() as cursor:
            drop_views(cursor, load_views())

    def everything(self, cursor):
        """All that is derived, as text."""
        found = {}
        for name in (*MATERIALIZED, *COUNTED):
            cursor.execute(
                f"SELECT x::text FROM (SELECT {COUNTED.get(name, '*')} FROM {name}) AS x ORDER BY 1"
            )
            found[name] = [row for (row,) in cursor]
        return found

    def compare(self):
        """What the job has left, with what a computation from the plays alone makes, in a transaction that nobody sees."""
        with self.rows.connection.cursor() as cursor:
            kept = self.everything(cursor)
            heard.forget(cursor, "u")
            for name in MATERIALIZED:
                cursor.execute(f"REFRESH MATERIALIZED VIEW {name}")
            values = {**personality.numbers(), "user_id": "u", "from_day": None, "now": self.clock.now()}
            heard.count_months(cursor, "u", None, None)
            for name in COUNTED:
                cursor.execute(statement(f"{name}.refresh"), values)
            plain = self.everything(cursor)
            cursor.execute(f"SELECT count(*) FROM (({WITNESS}) EXCEPT SELECT * FROM track_plays) AS x")
            assert cursor.fetchall() == [(0,)], "track_plays against the text that it had"
        self.rows.connection.rollback()
        differing = {name: set(kept[name]) ^ set(plain[name]) for name in kept}
        assert {name: sorted(rows) for name, rows in differing.items() if rows} == {}


@pytest.fixture
def listening(small_world):
    """`listening(seed)`."""
    connections = []

    def make(seed):
        world = small_world(liked=0, albums=0, plays=0)
        world.run("db.init_db")
        connections.append(psycopg2.connect(world.dsn, application_name=BY_HAND))
        return Listening(world, connections[-1], random.Random(seed))

    yield make
    for connection in connections:
        connection.close()


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
        create_views(cursor, load_views())
    assert years.rows.do("SELECT * FROM derived_from") == []
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


def test_what_is_written_right_after_the_views_were_made_anew_is_in_them_soon(listening, monkeypatch):
    """The look at what they are made from comes after that, and sees more than they do."""
    years = listening("between")
    years.refresh()
    years.rows.do("DROP VIEW play_facts CASCADE")
    look = Freshness.look

    def look_later(cursor):
        years.rows.add("liked_tracks", user_id="u", track_id=TRACKS[0], liked_at=BEGIN)
        return look(cursor)

    monkeypatch.setattr(Freshness, "look", look_later)
    years.refresh()
    monkeypatch.undo()
    years.refresh()
    assert years.rows.do("SELECT track_id FROM unified_tracks") == [(TRACKS[0],)]
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
