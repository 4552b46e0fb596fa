"""Libraries for the tests of filters: one generated with everything odd in it, and rows by hand."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from psycopg2.extras import execute_values

from playlists.language.kinds import Contents, Context
from utils.database.views import load_views

NOW = datetime(2026, 3, 15, 13, 30, tzinfo=UTC)
ZONE = "America/New_York"
WORDS = (
    *(
        "Don't",
        "100%",
        "under_score",
        "Café",
        "CAFE",
        "café au lait",
        "Ünder",
        "Straße",
        "ΣΊΣΥΦΟΣ",
        "Ёлка",
        "が",
        "가수",
    ),
    *(
        "'; DROP TABLE tracks; --",
        "\\",
        "a\\b",
        '"quoted"',
        "(live)",
        "x*y",
        "日本",
        "İstanbul",
        "Ørsted",
        "%",
        "_",
    ),
    *(
        "Song",
        "song (feat. Guest)",
        "Song - Remastered 2011",
        "Song - Live",
        "ﬁne",
        "e\u0301te",
        "{0}",
        "%(p0)s",
        "$1",
    ),
)
DATES = (
    *(
        "0000",
        "1981",
        "1981-12",
        "1981-12-15",
        "2026-03-15",
        "2026-03-14",
        "2025-03-15",
        "2024-02-29",
        "2023-02-29",
    ),
    *("1981-13-01", "1981-00-00", "2030-01-01", "2026", "1999-12-31", "soon", "", None),
)
GENRES = ("Rock", "indie rock", "Hip Hop", "r&b", "Chanson française", "100% pop")
LISTS = {"mine": 6, "too": 12, "empty": 0}


class Library:
    """A database that a test fills, and what it is asked for."""

    def __init__(self, connection: psycopg2.extensions.connection) -> None:
        self.connection = connection
        self.cursor = connection.cursor()
        self.lists: dict[str, tuple[Contents, ...]] = {}
        self.zone = ZoneInfo(ZONE)

    def add(self, table: str, *rows: dict[str, object]) -> None:
        """Rows with the same columns."""
        if rows:
            columns = list(rows[0])
            text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES %s ON CONFLICT DO NOTHING"
            execute_values(self.cursor, text, [[row[name] for name in columns] for row in rows])

    def refresh(self) -> None:
        """All views, as the job does it."""
        for view in load_views():
            if view.is_materialized:
                self.cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")

    def context(self, now: datetime = NOW) -> Context:
        """For the user u."""
        return Context("u", now, self.zone, self.lists)


@pytest.fixture
def library(dsn: str) -> Iterator[Library]:
    """A fresh database with the users u and v."""
    with closing(psycopg2.connect(dsn)) as connection:
        made = Library(connection)
        for user_id in ("u", "v"):
            made.add(
                "users",
                {"user_id": user_id, "spotify_id": f"spotify-{user_id}", "market": "NL", "time_zone": ZONE},
            )
        yield made


@pytest.fixture
def generated(library: Library) -> Callable[[int], Library]:
    """`generated(seed)`: some 70 tracks with everything odd that a library can have."""

    def make(seed: int) -> Library:
        fill(library, random.Random(seed))
        library.refresh()
        return library

    return make


def fill(library: Library, chance: random.Random) -> None:
    """Rows in every table that a filter looks at."""

    def some(*values: object) -> object:
        return chance.choice(values)

    def words() -> str:
        return " ".join(chance.sample(WORDS, chance.randint(1, 3)))

    def moment(days: float = 800) -> datetime:
        return NOW - timedelta(seconds=chance.randint(-86_400, int(days * 86_400)))

    artists = [f"artist{number}" for number in range(12)]
    albums = [f"album{number}" for number in range(14)]
    tracks = [f"Track{number}" for number in range(70)]
    for artist_id in artists:
        genres = some(None, [], chance.sample(GENRES, 2), chance.sample(GENRES, 1))
        library.add(
            "artists", {"artist_id": artist_id, "name": some(words(), words(), None), "genres": genres}
        )
    for album_id in albums:
        library.add(
            "albums",
            {
                "album_id": album_id,
                "name": some(words(), words(), None, ""),
                "album_type": some("album", "single", "compilation", None),
                "release_date": some(*DATES),
                "release_date_precision": some("day", "month", "year", None),
                "total_tracks": some(None, 1, 5, 12),
                "label": some(None, words()),
            },
        )
        for position, artist_id in enumerate(chance.sample(artists, chance.randint(0, 2))):
            library.add("album_artists", {"album_id": album_id, "position": position, "artist_id": artist_id})
    for track_id in tracks:
        album_id = some(None, *albums, *albums)
        library.add(
            "tracks",
            {
                "track_id": track_id,
                "album_id": album_id,
                "name": some(words(), words(), words(), None, ""),
                "disc_number": some(None, 1, 2),
                "track_number": some(None, *range(1, 13)),
                "duration_ms": some(None, 0, 60_000, 180_000, 200_500, 3_600_000, chance.randint(1, 500_000)),
                "explicit": some(None, True, False),
                "isrc": some(None, None, f"NLABC{chance.randint(1, 20):07}"),
                "popularity": some(None, chance.randint(0, 100)),
            },
        )
        # Most are in the listing of the album that they are shown with, some on another album as well.
        for listed_on in {
            album_id if chance.random() < 0.9 else None,
            some(None, None, None, *albums[:1]),
        } - {None}:
            place = {"disc_number": some(None, 1, 2), "track_number": some(None, *range(1, 13))}
            library.add("album_tracks", {"album_id": listed_on, "track_id": track_id, **place})
        for position, artist_id in enumerate(chance.sample(artists, chance.randint(0, 3))):
            library.add("track_artists", {"track_id": track_id, "position": position, "artist_id": artist_id})
        if chance.random() < 0.5:
            library.add(
                "track_availability",
                {
                    "market": some("NL", "NL", "US"),
                    "track_id": track_id,
                    "is_playable": some(None, True, False, False),
                    "restriction_reason": some(None, "market", "product"),
                    "checked_at": NOW,
                    "changed_at": some(None, moment()),
                },
            )
    for user_id in ("u", "v"):
        _fill_user(library, chance, user_id, artists, albums, tracks, moment)
    for name, size in LISTS.items():
        library.lists[name] = tuple(
            {track_id: chance.choice((None, moment())) for track_id in chance.sample(tracks, part)}
            for part in ((size,) if name == "mine" else (size, size // 2))  # of a template, several
        )


def _fill_user(
    library: Library,
    chance: random.Random,
    user_id: str,
    artists: list[str],
    albums: list[str],
    tracks: list[str],
    moment: Callable[..., datetime],
) -> None:
    user = {"user_id": user_id}
    for track_id in chance.sample(tracks, 35):
        removed = NOW if chance.random() < 0.1 else None
        library.add(
            "liked_tracks", {**user, "track_id": track_id, "liked_at": moment(), "removed_at": removed}
        )
    for album_id in chance.sample(albums, 6):
        removed = NOW if chance.random() < 0.2 else None
        library.add(
            "saved_albums", {**user, "album_id": album_id, "added_at": moment(), "removed_at": removed}
        )
    for artist_id in chance.sample(artists, 4):
        removed = NOW if chance.random() < 0.2 else None
        library.add(
            "followed_artists",
            {**user, "artist_id": artist_id, "first_seen_at": moment(), "removed_at": removed},
        )
    for track_id in chance.sample(tracks, 4):
        library.add("excluded_tracks", {**user, "track_id": track_id, "excluded_at": NOW})
    for number in range(4):
        playlist_id = f"{user_id}-list{number}"
        owner = f"spotify-{user_id}" if number else "someone"
        library.add(
            "playlists",
            {
                **user,
                "playlist_id": playlist_id,
                "owner_id": owner,
                "name": chance.choice((*WORDS, None)),
                "position": number,
            },
        )
        for position, track_id in enumerate(chance.choices(tracks, k=8)):
            added = chance.choice((None, moment()))
            entry = {
                **user,
                "playlist_id": playlist_id,
                "position": position,
                "item_type": "track",
                "track_id": track_id,
            }
            library.add("playlist_items", {**entry, "added_at": added})
    library.add(
        "playlist_mappings",
        {
            **user,
            "slug": "managed",
            "name": "Managed",
            "playlist_id": f"{user_id}-list3",
            "rules": "{}",
            "status": "active",
        },
    )
    often = chance.sample(tracks, 45)
    moments = {
        min(moment(chance.choice((5, 70, 800, 1500))), NOW) for _ in range(300)
    }  # none of the future is stored
    moments |= {
        NOW - timedelta(days=365 * years, hours=hour) for years in (1, 2, 3) for hour in range(0, 20, 4)
    }
    for played_at in sorted(moments):
        track_id = chance.choice(often)
        library.add(
            "plays",
            {
                **user,
                "played_at": played_at,
                "item_key": f"spotify:track:{track_id}",
                "ms_played": chance.choice((None, None, chance.randint(0, 400_000))),
                "source": chance.choice(("api", "api", "export")),
                "context_uri": chance.choice((None, "spotify:playlist:Abc", "spotify:album:X")),
            },
        )
        library.add("played_tracks", {**user, "track_id": track_id})
    for day in (date(2026, 3, 15), date(2026, 3, 14), date(2026, 3, 6), date(2026, 1, 1)):
        for time_range in ("short_term", "medium_term", "long_term"):
            for rank, track_id in enumerate(chance.sample(tracks, 12), start=1):
                row = {"item_type": "track", "time_range": time_range, "captured_on": day, "rank": rank}
                library.add("top_items", {**user, **row, "item_id": track_id})
