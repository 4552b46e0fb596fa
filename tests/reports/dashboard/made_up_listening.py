"""Listening that is made up, what a plain recomputation finds in it, and how it gets into a database."""

import random
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg2
from psycopg2.extras import execute_values

from tests.rows import Rows
from utils.database.views import load_views

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
HOSTILE = '</script><script>window.wasRun = 1</script><img src=x onerror="window.wasRun = 1">'


def an_id(number: int) -> str:
    return f"{number:022d}"


def artist_id(number: int) -> str:
    return f"artist{number:016d}"


def album_id(number: int) -> str:
    return f"album{number:017d}"


@dataclass
class Track:
    name: str | None
    artists: tuple[str, ...]
    album: str | None
    goal: str = ""  # the track that it counts for, where that is another


def counts(ms: int) -> bool:
    """Whether it was heard for long enough to be a play."""
    return ms >= 30_000


@dataclass
class Listening:
    """What was put into the database, and nothing else: all that is expected is computed from it."""

    tracks: dict[str, Track]
    artists: dict[str, tuple[str | None, tuple[str, ...]]]  # name and genres
    albums: dict[str, str]
    plays: list[tuple[datetime, str | None, int]]
    places: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first: dict[str, datetime] = {}
        for at, track, _ in sorted(self.plays, key=lambda play: play[0]):
            for each in (track, self.tracks[track].goal or track) if track else ():
                first.setdefault(each, at)
        tracks = {
            each: place for place, each in enumerate(sorted(first, key=lambda each: (first[each], each)))
        }
        artists: dict[str, tuple[int, int]] = {}
        albums: dict[str, int] = {}
        for each, place in tracks.items():
            for position, artist in enumerate(self.tracks[each].artists):
                artists[artist] = min(artists.get(artist, (place, position)), (place, position))
            if album := self.tracks[each].album:
                albums.setdefault(album, place)
        ordered = sorted(artists, key=lambda each: (artists[each], each))
        genres: dict[str, int] = {}
        for place, artist in enumerate(ordered):
            for genre in self.artists[artist][1]:
                genres.setdefault(genre, place)
        self.places = {
            "tracks": tracks,
            "artists": {each: place for place, each in enumerate(ordered)},
            "albums": {
                each: place for place, each in enumerate(sorted(albums, key=lambda a: (albums[a], a)))
            },
            "genres": {
                each: place for place, each in enumerate(sorted(genres, key=lambda g: (genres[g], g)))
            },
        }

    def items(self, kind: str, track: str) -> set[str]:
        """What a play of the track counts for."""
        played = self.tracks[track]
        found = {
            "tracks": {played.goal or track},
            "artists": set(played.artists),
            "albums": {played.album} if played.album else set(),
            "genres": {genre for artist in played.artists for genre in self.artists[artist][1]},
        }
        return found[kind]

    def name(self, kind: str, item: str) -> str:
        found = {
            "tracks": lambda: self.tracks[item].name,
            "artists": lambda: self.artists[item][0],
            "albums": lambda: self.albums[item],
            "genres": lambda: item,
        }[kind]()
        return found if found and found.strip() else "name unknown"

    def ranking(self, kind: str, first: date, last: date, by: str) -> list[tuple[int, str, int, int]]:
        """Rank, name, plays and milliseconds of the first hundred."""
        found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        for at, track, ms in self.plays:
            if track and first <= at.astimezone(ZONE).date() <= last:
                for item in self.items(kind, track):
                    found[item][0] += counts(ms)
                    found[item][1] += ms
        one, other = (0, 1) if by == "plays" else (1, 0)
        rows = [(item, sums) for item, sums in found.items() if sums[one] > 0]
        rows.sort(key=lambda row: (-row[1][one], -row[1][other], self.places[kind][row[0]]))
        values = [sums[one] for _, sums in rows]
        return [
            (values.index(sums[one]) + 1, self.name(kind, item), sums[0], sums[1])
            for item, sums in rows[:100]
        ]


def years_of_listening() -> Listening:
    """Three years, with nights of changed clocks, a leap day, New Year's eves, ties, a merged recording, plays of no track and hostile names."""
    chance = random.Random(7)
    genres = ("pop", "rock", "jazz", "indie", "soul")
    artists = {
        artist_id(number): (f"Artist {number}", tuple(chance.sample(genres, number % 3)))
        for number in range(30)
    }
    artists[artist_id(3)] = (HOSTILE, ("pop",))
    artists[artist_id(4)] = (None, ())
    artists[artist_id(5)] = ("\u202e\u05e9\u05dc\u05d5\u05dd", ("pop", "rock"))
    albums = {album_id(number): f"Album {number}" for number in range(40)}
    albums[album_id(5)] = HOSTILE
    tracks = {
        an_id(number): Track(
            f"Track {number}",
            tuple(chance.sample(sorted(artists), 1 + number % 3)),
            album_id(number % 40) if number % 7 else None,
        )
        for number in range(160)
    }
    tracks[an_id(3)].name = HOSTILE
    tracks[an_id(4)].name = " "
    tracks["odd id"] = Track("No id of Spotify's", (artist_id(1),), None)
    tracks[an_id(9)].goal = an_id(8)
    at = datetime(2023, 11, 3, 12, tzinfo=UTC)
    plays: list[tuple[datetime, str | None, int]] = []
    ids = sorted(tracks)
    while at < NOW - timedelta(hours=7):
        track = None if chance.random() < 0.01 else ids[min(int(chance.expovariate(1 / 25)), len(ids) - 1)]
        plays.append((at, track, chance.choice((0, 30_000, 61_499, 61_500, 200_000))))
        at += timedelta(minutes=chance.randrange(5, 1500), seconds=chance.randrange(60))
    for moment in (
        "2024-02-29T22:59:59", "2024-02-29T23:00:00", "2024-12-31T22:59:59", "2024-12-31T23:00:00", "2025-03-29T23:30:00",
        "2025-03-30T00:59:59", "2025-03-30T21:59:59", "2025-03-30T22:00:00", "2025-10-25T21:59:59", "2025-10-25T22:00:00",
        "2025-10-26T00:30:00", "2025-10-26T22:59:59", "2025-10-26T23:00:00", "2026-11-27T22:59:59", "2026-11-27T23:00:01",
    ):  # fmt: skip
        plays.append((datetime.fromisoformat(moment).replace(tzinfo=UTC), an_id(8), 100_000))
    return Listening(tracks, artists, albums, sorted(plays, key=lambda play: play[0]))


def store(dsn: str, heard: Listening) -> None:
    """Put it into the database, and count what is counted beforehand."""
    with closing(psycopg2.connect(dsn)) as connection:
        rows = Rows(connection)
        rows.do("UPDATE users SET time_zone = 'Europe/Berlin', display_name = 'Robin' WHERE user_id = 'u'")
        with connection, connection.cursor() as cursor:

            def put(table: str, columns: str, values: list[tuple]) -> None:
                if values:
                    execute_values(cursor, f"INSERT INTO {table} ({columns}) VALUES %s", values)

            put("artists", "artist_id, name, genres", [(key, name, list(genres)) for key, (name, genres) in heard.artists.items()])  # fmt: skip
            put("albums", "album_id, name", list(heard.albums.items()))
            put("tracks", "track_id, album_id, name, duration_ms, isrc", [
                (key, each.album, each.name, 200_000, f"ISRC{each.goal or key}"[:30]) for key, each in heard.tracks.items()])  # fmt: skip
            put("track_artists", "track_id, position, artist_id", [
                (key, position, artist) for key, each in heard.tracks.items() for position, artist in enumerate(each.artists)])  # fmt: skip
            put("plays", "user_id, played_at, item_key, source, ms_played", [
                ("u", at, f"spotify:track:{track}" if track else f"hash {number}", "api", ms)
                for number, (at, track, ms) in enumerate(heard.plays)])  # fmt: skip
            put("played_tracks", "user_id, track_id", [("u", each) for each in sorted({track for _, track, _ in heard.plays if track})])  # fmt: skip
            put("liked_tracks", "user_id, track_id, liked_at", [
                ("u", goal, NOW - timedelta(days=900)) for goal in sorted({each.goal for each in heard.tracks.values() if each.goal})])  # fmt: skip
            for view in load_views():
                if view.is_materialized:
                    cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")


def a_few(number: int = 31) -> Listening:
    """Fifty plays or fewer, each of another track."""
    tracks = {an_id(each): Track(f"Track {each}", (f"artist{each % 4}",), None) for each in range(number)}
    plays: list[tuple[datetime, str | None, int]] = [
        (NOW - timedelta(hours=9 * each + 1), an_id(each), 180_000) for each in range(number)
    ]
    return Listening(tracks, {f"artist{each}": (f"Artist {each}", ()) for each in range(4)}, {}, plays)
