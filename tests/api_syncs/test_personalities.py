"""The table personalities: listeners whose answer is known, and every number against plain Python; nothing is written where nothing has changed."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from psycopg2.extras import execute_values

from api_syncs.deriving import heard
from tests.reports.dashboard.reading import refresh
from tests.rows import Rows
from utils.database.statements import statement
from utils.plays.personality import FEWEST_OF_TYPE, METHOD, numbers

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
BEGIN = datetime(2024, 1, 1, 0, 10, tzinfo=UTC)  # still 2023 in New York
Play = tuple[datetime, int]  # when, and which track
SCORES = ("exploration", "newness", "variety", "uniqueness")


@pytest.fixture
def rows(connection):
    return Rows(connection)


def store(connection, plays: Sequence[Play], artist_of, released_of, popularity_of=lambda _: None) -> None:
    """Put plays, and the tracks that they are of, into the database."""
    tracks = sorted({track for _, track in plays})
    with connection, connection.cursor() as cursor:

        def put(table: str, columns: str, values: list[tuple]) -> None:
            execute_values(
                cursor, f"INSERT INTO {table} ({columns}) VALUES %s ON CONFLICT DO NOTHING", values
            )

        put("artists", "artist_id", [(f"artist{artist_of(each)}",) for each in tracks])
        put(
            "albums",
            "album_id, release_date",
            [(f"album{each}", str(released_of(each) or "0000")) for each in tracks],
        )
        put(
            "tracks",
            "track_id, album_id, name, popularity, duration_ms",
            [
                (f"track{each}", f"album{each}", f"{each}", popularity_of(each), 1000 * each + 90_000)
                for each in tracks
            ],
        )
        put(
            "track_artists",
            "track_id, position, artist_id",
            [(f"track{each}", 0, f"artist{artist_of(each)}") for each in tracks],
        )
        put(
            "plays",
            "user_id, played_at, item_key, source",
            [("u", at, f"spotify:track:track{track}", "export") for at, track in plays],
        )
        put("played_tracks", "user_id, track_id", [("u", f"track{each}") for each in tracks])
    refresh(connection)


def compute(connection, now: datetime = NOW) -> tuple[int, int, int, int]:
    with connection, connection.cursor() as cursor:
        heard.count_months(cursor, "u", None, None)
        cursor.execute(
            statement("personalities.refresh"), {**numbers(), "user_id": "u", "from_day": None, "now": now}
        )
        return cursor.fetchone()


def read(rows, columns: str = "*") -> list[tuple]:
    return rows.do(f"SELECT {columns} FROM personalities WHERE method = {METHOD} ORDER BY month")


def every(hours: float, track_of, days: int = 500) -> list[Play]:
    """A play each so many hours, each of the track of its number."""
    return [(BEGIN + timedelta(hours=hours * each), track_of(each)) for each in range(int(24 * days / hours))]


OLD, NEW = (lambda _: date(1971, 5, 1)), (lambda track: (BEGIN + timedelta(hours=8 * track)).date())
LISTENERS = {
    "an explorer, who never hears an artist or a song twice": (every(8, lambda n: n), lambda track: track, OLD, "ETV-"),
    "a loyal one, with one artist and three songs": (every(8, lambda n: n % 3), lambda _: 0, OLD, "FTL-"),
    "one who hears each song on the day of its release, and each once": (every(8, lambda n: n), lambda track: track % 4, NEW, "FNV-"),
    "one who hears old music alone, of ever other artists, each song again and again": (every(8, lambda n: n // 15), lambda track: track, OLD, "FTL-"),
    "one who finds a new artist with each new song, and hears it four times": (every(8, lambda n: n // 4), lambda track: track, lambda track: NEW(4 * track), "ENL-"),
}  # fmt: skip


@pytest.mark.parametrize("who", LISTENERS)
def test_listeners_whose_answer_is_known(who, rows, connection):
    plays, artist_of, released_of, expected = LISTENERS[who]
    store(connection, plays, artist_of, released_of)
    compute(connection)
    found = read(rows, "type, plays, exploration, newness, variety")
    assert found[-1][0] == expected, found[-1]
    assert [row[0] for row in found[:3]] == [None] * 3, (
        "of the first months nobody knows which artists are new"
    )
    if who.startswith("an explorer"):
        assert found[-1][2] == found[-1][4] == 1, "the largest exploration, and the largest variety"
    if "one artist" in who:
        assert found[-1][2] < 0.02
    if "day of its release" in who:
        assert found[-1][3] == 1


def test_what_is_popular_is_common_and_what_is_not_is_unique(rows, connection):
    plays = every(8, lambda n: n, days=450)
    store(connection, plays, lambda track: track, OLD, lambda _: 12)
    compute(connection)
    assert read(rows, "type, uniqueness")[-1] == ("ETVU", Decimal("0.8800"))
    rows.do("UPDATE tracks SET popularity = 91")
    compute(connection)
    assert read(rows, "type")[-1] == ("ETVC",)
    rows.do("UPDATE tracks SET popularity = NULL WHERE substring(track_id FROM 6)::integer %% 3 > 0")
    compute(connection)
    assert read(rows, "type")[-1] == ("ETV-",), "of a third of the plays it is known"


def plainly(
    plays: Sequence[Play], zone: ZoneInfo, artist_of, released_of, popularity_of
) -> dict[date, tuple]:
    """What stands in the row of each month: plays, the four scores, of how many each is."""
    by_month: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for at, track in plays:
        day = at.astimezone(zone).date()
        by_month[12 * day.year + day.month - 1].append((day, track))
    first, last = min(by_month), max(by_month)
    found = {}
    for end in range(first, last + 1):
        sums: dict[str, float] = defaultdict(float)
        of: Counter[str] = Counter()
        for month in range(max(first, end - 11), end + 1):
            heard = by_month.get(month, [])
            known_by = Counter(
                artist_of(track) for m in range(month - 11, month + 1) for _, track in by_month.get(m, ())
            )
            first_days = {track: day for day, track in sorted(heard, reverse=True)}
            for _, track in heard:
                of["plays"] += 1
                if month >= first + 3:
                    of["exploration"] += 1
                    sums["exploration"] += 5 / (5 + known_by[artist_of(track)] - 1)
                if released := released_of(track):
                    of["newness"] += 1
                    sums["newness"] += 730 / (730 + max((first_days[track] - released).days, 0))
                if (popularity := popularity_of(track)) is not None:
                    of["uniqueness"] += 1
                    sums["uniqueness"] += (100 - popularity) / 100
            if len(heard) >= 30:
                of["variety"] += len(heard)
                sums["variety"] += len({track for _, track in heard})
        if of["plays"]:
            scores = [pytest.approx(sums[each] / of[each], abs=6e-5) if of[each] else None for each in SCORES]
            found[date(end // 12, end % 12 + 1, 1)] = (of["plays"], *scores, *(of[each] for each in SCORES))
    return found


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
def test_every_number(zone, rows, connection):
    """Made-up plays, thick and thin months, one of none; across months at midnight, leap day and changed clocks."""
    luck = random.Random(3)
    rows.do("UPDATE users SET time_zone = %s", zone)
    moments = {BEGIN + timedelta(minutes=luck.randrange(60 * 24 * 600)) for _ in range(900)}
    moments |= {
        datetime(2024, month, 1, tzinfo=UTC) + timedelta(minutes=7 * each - 60)
        for month in (2, 3, 4, 11)
        for each in range(20)
    }
    moments = {
        at for at in moments if not datetime(2024, 6, 28, tzinfo=UTC) <= at < datetime(2024, 8, 3, tzinfo=UTC)
    }
    plays = [(at, min(int(luck.expovariate(1 / 20)), 90)) for at in sorted(moments)]

    def artist_of(track: int) -> int:
        return track % 17

    def released_of(track: int) -> date | None:
        return None if track % 6 == 0 else date(2024, 3, 1) + timedelta(days=40 * (track % 9) - 30 * track)

    def popularity_of(track: int) -> int | None:
        return None if track % 4 else track

    store(connection, plays, artist_of, released_of, popularity_of)
    assert compute(connection)[0] == len(read(rows))
    columns = f"month, plays, {', '.join(SCORES)}, {', '.join(f'{each}_of' for each in SCORES)}"
    found = {
        month: tuple(
            float(each) if index in range(1, 5) and each is not None else each
            for index, each in enumerate(told)
        )
        for month, *told in read(rows, columns)
    }
    assert found == plainly(plays, ZoneInfo(zone), artist_of, released_of, popularity_of)
    for kind, exploration, newness, variety, *of in read(
        rows, "type, exploration, newness, variety, exploration_of, newness_of, variety_of"
    ):
        letters = "".join(
            pair[score >= 0.5]
            for pair, score in zip(
                ("FE", "TN", "LV"), (exploration or 0, newness or 0, variety or 0), strict=True
            )
        )
        assert kind == (f"{letters}-" if min(of) >= FEWEST_OF_TYPE else None)


def test_only_what_has_changed_is_written_and_the_past_is_kept(rows, connection):
    plays = every(8, lambda n: n % 40, days=430)
    store(connection, plays, lambda track: track, OLD)
    new, updated, removed, count = compute(connection)
    assert (new, updated, removed) == (count, 0, 0)
    assert compute(connection, NOW + timedelta(days=1)) == (0, 0, 0, count)
    assert {at for (at,) in read(rows, "computed_at")} == {NOW}
    rows.do(
        "INSERT INTO personalities SELECT user_id, 0, month, computed_at, plays, exploration, newness, variety, uniqueness, exploration_of, newness_of, variety_of, uniqueness_of, type FROM personalities"
    )
    later = plays[-1][0] + timedelta(hours=3)
    rows.play("track1", later)
    refresh(connection)
    assert compute(connection, NOW + timedelta(days=2)) == (0, 1, 0, count), "the running month alone"
    rows.do("DELETE FROM plays WHERE played_at > %s", BEGIN + timedelta(days=200))
    refresh(connection)
    assert compute(connection)[2] > 0
    assert rows.do("SELECT count(*) FROM personalities WHERE method = 0") == [(count,)], (
        "rows of an earlier method are another history"
    )


def test_the_job_keeps_them_up_to_date(small_world, written):
    world = small_world(liked=20, plays=120)
    world.run("api_syncs.track_plays")
    assert world.run("api_syncs.materialized_views").status == "done"
    [(plays,)] = world.rows("SELECT max(plays) FROM personalities")
    [(counted,)] = world.rows("SELECT count(*) FROM play_facts WHERE is_counted AND track_id IS NOT NULL")
    assert 0 < plays <= counted
    before = written(world, ("personalities",))
    assert world.run("api_syncs.materialized_views").tally.removed_items == 0
    assert written(world, ("personalities",)) == before
