"""A listener's years, by chance, and what the plays alone say of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from api_syncs.deriving import heard
from api_syncs.track_plays import Play
from tests.clock import FakeClock
from tests.rows import Rows
from utils.database.rows import upsert
from utils.database.statements import statement
from utils.database.views import drop_views, load_views
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

    def latest_plays(self):
        """Later than all that there are: time has gone on by more than this."""
        self.play(self.luck.randrange(1, 8), self.clock.now() - timedelta(minutes=50))

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
        latest_plays,
        latest_plays,
        latest_plays,
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
