"""Translated lists select the tracks that the other tool's rules mean, recomputed here in plain Python from those rules."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from playlists.importing.draft import as_yaml
from playlists.importing.reading import read_lists
from playlists.language.definition import parse_definition
from playlists.selection.lists import make_lists
from playlists.selection.smart_list import Listener
from tests.playlists.selection.conftest import library  # noqa: F401 - a fixture

FILES = Path(__file__).parent / "files"
NOW = datetime(2026, 3, 15, 13, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Song:
    """What the tests know of a track. `liked`, `came` and `plays` are days before NOW."""

    track_id: str
    title: str
    artist: str
    album: str
    released: str
    seconds: int
    genres: tuple[str, ...]
    liked: float | None = None
    came: float = 100
    plays: tuple[float, ...] = field(default=())
    explicit: bool | None = False
    album_type: str = "album"
    place: int = 1

    @property
    def year(self):
        return int(self.released[:4])

    @property
    def added(self):
        """The earliest of like and addition, in days ago."""
        return max(self.came, self.liked or 0)

    @property
    def added_on(self):
        return (NOW - timedelta(days=self.added)).date()

    @property
    def last(self):
        """The last play, in days ago; None: never."""
        return min(self.plays, default=None)

    @property
    def words(self):
        return " ".join((self.title, self.artist, self.album, *self.genres)).casefold()


SONGS = (
    Song("a1", "Feeling Good", "Nina Simone", "I Put a Spell on You", "1965-06-01", 174, ("vocal jazz",), 400, 500, (300, 250, 200)),
    Song("a2", "Sinnerman", "Nina Simone", "Pastel Blues", "1965-10-01", 620, ("vocal jazz",), 10, 12, (5, 40)),
    Song("b1", "Riders on the Storm", "The Doors", "L.A. Woman", "1971-04-19", 434, ("rock", "psychedelic rock"), None, 800),
    Song("b2", "Love Her Madly", "The Doors", "L.A. Woman", "1971-04-19", 199, ("rock", "psychedelic rock"), 900, 901, (400, 390, 200), place=2),
    Song("c1", "Hyperballad", "Björk", "Post", "1995-06-13", 321, ("art pop",), 30, 31, (100,), place=3),
    Song("c2", "Army of Me", "Björk", "Post", "1995-06-13", 234, ("art pop",), None, 2400),
    Song("d1", "Fake Plastic Trees (live)", "Radiohead", "The Bends", "1995-03-13", 387, ("alternative rock",), 700, 701, (1,)),
    Song("e1", "So What", "Miles Davis", "Kind of Blue", "1959-08-17", 545, ("Jazz", "cool jazz"), 1000, 1001, (90,)),
    Song("f1", "Hit (Club Remix)", "Somebody", "Hit", "2005-01-02", 200, ("house",), 3, 4, (2, 2.5, 3), True, "single"),
    Song("g1", "Thriller", "Michael Jackson", "Thriller", "1982-11-29", 358, ("pop",), None, 1500, (600,)),
    Song("h1", "Back in Black", "AC/DC", "Back in Black", "1980-07-25", 255, ("hard rock",), None, 250, (20,)),
    Song("i1", "Around the World", "Several", "Now 38", "1998-01-01", 180, (), 50, 60, (), None, "compilation"),
    Song("k1", "Old Flame", "Trio", "Embers", "1977-03-03", 205, ("folk",), 1200, 1201, (600, 500, 190)),
    Song("j1", "Alone", "Nobody", "Alone", "1993-05-01", 61, ("Jazz",), None, 270, ()),
)  # fmt: skip
TOP = {"f1": 1, "b1": 2, "h1": 3}
ALBUM_ORDER = ("artist", "album", "place")


def days(song, first, last):
    """Whether a song was added in these days, both included."""
    return date.fromisoformat(first) <= song.added_on <= date.fromisoformat(last)


def in_turn(first, second):
    """Two of the first, one of the second, until both are empty."""
    first, second, made = list(first), list(second), []
    while first or second:
        made += [*first[:2], *second[:1]]
        first, second = first[2:], second[1:]
    return made


def chosen(holds, *order, limit=None, offset=0):
    """The ids of the songs for which a rule holds. `order`: names of attributes, or (a function, whether it is descending)."""
    songs = [song for song in sorted(SONGS, key=lambda song: song.track_id) if holds(song)]
    for key in reversed(order):
        by, is_down = (
            key
            if isinstance(key, tuple)
            else (lambda song, name=key: str(getattr(song, name)).casefold(), False)
        )
        songs = sorted(songs, key=by, reverse=is_down)
    return [song.track_id for song in songs][offset:][:limit]


LAST = (lambda song: -(song.last if song.last is not None else 1e9), False)  # the longest ago first
LIKED = chosen(lambda song: song.liked is not None, (lambda song: -(song.liked or 0), True))
EXPECTED = {
    ("navidrome/recently_played.nsp", ""): chosen(
        lambda song: song.last is not None and song.last < 30, (lambda song: song.last, False)
    ),
    ("navidrome/favourites.nsp", ""): LIKED,
    ("navidrome/all_random.nsp", ""): {song.track_id for song in SONGS},
    ("navidrome/never_played.nsp", ""): chosen(lambda song: not song.plays and song.added > 365, "title"),
    ("navidrome/two_genres.nsp", ""): chosen(
        lambda song: ("rock" in " ".join(song.genres) and song.title.endswith("(live)"))
        or ("Jazz" in song.genres and song.seconds > 420),
        *ALBUM_ORDER,
    ),
    ("navidrome/forgotten.nsp", ""): chosen(
        lambda song: song.liked and len(song.plays) > 2 and song.last > 180 and song.artist != "Nina Simone",
        LAST, limit=50, offset=1,
    ),
    ("navidrome/tenth.nsp", ""): chosen(
        lambda song: song.added_on > date(2020, 1, 1) and "remix" not in song.title.casefold(),
        (lambda song: song.added, False), limit=3,  # a fifth of twelve, rounded up
    ),
    ("navidrome/clean_albums.nsp", ""): chosen(
        lambda song: song.album_type == "album" and song.explicit is not True and song.genres,
        (lambda song: song.year, False), "album",
    ),
    ("navidrome/with_comments.nsp", ""): chosen(
        lambda song: 1990 <= song.year <= 1999 and song.album.startswith("The ") and song.genres
    ),
    ("beets/chronological.yaml", ""): chosen(lambda song: "simone" in song.artist.casefold()),
    ("beets/universe.yaml", ""): chosen(
        lambda song: "simone" in song.artist.casefold() or any("vocal jazz" in genre for genre in song.genres), *ALBUM_ORDER
    ),
    ("beets/recently_added.yaml", "recent"): chosen(lambda song: song.added <= 28, (lambda song: song.added, False)),
    ("beets/recently_added.yaml", "last_summer"): chosen(lambda song: days(song, "2025-06-01", "2025-08-31"), *ALBUM_ORDER),
    ("beets/recently_added.yaml", "before_2020"): chosen(lambda song: days(song, "1000-01-01", "2019-12-31"), "title"),
    ("beets/recently_added.yaml", "older"): chosen(lambda song: song.added > 365, *ALBUM_ORDER),
    ("beets/without_the_eighties.yaml", ""): chosen(
        lambda song: any("rock" in genre for genre in song.genres)
        and not 1980 <= song.year <= 1989
        and not song.artist.startswith("The"),
        *ALBUM_ORDER,
    ),
    ("beets/short_or_loved.yaml", ""): chosen(lambda song: song.seconds <= 180 or "love" in song.words, *ALBUM_ORDER),
    ("beets/exact.yaml", ""): chosen(
        lambda song: (song.artist == "Nina Simone" and song.title.casefold() == "feeling good") or "Pastel" in song.album,
        *ALBUM_ORDER,
    ),
    ("beets/albums.yaml", ""): chosen(
        lambda song: ("Simone" in song.artist and song.year <= 1965) or len(song.plays) >= 2, *ALBUM_ORDER
    ),
    ("beets/everything.yaml", ""): chosen(lambda song: song.title, *ALBUM_ORDER),
    ("beets/back_to_front.yaml", "days"): chosen(lambda song: days(song, "2019-01-01", "2021-12-31"), *ALBUM_ORDER),
    ("smarter_playlists/top_but_not_saved.json", ""): chosen(
        lambda song: song.track_id in TOP and song.liked is None, (lambda song: TOP[song.track_id], False)
    ),
    ("smarter_playlists/two_and_one.json", ""): in_turn(
        [one for one in LIKED if one in chosen(lambda song: song.year < 1980)],
        [one for one in LIKED if one in chosen(lambda song: song.year >= 1980)],
    ),
    ("smarter_playlists/longest_then_shuffled.json", ""): set(
        chosen(lambda song: song.liked, (lambda song: song.seconds, True), limit=4)
    ),
    ("smarter_playlists/ranges.json", ""): [
        one for one in LIKED
        if one in chosen(
            lambda song: 120 <= song.seconds <= 240 and song.explicit is False
            and "remix" not in song.title.casefold() and "live" not in song.title.casefold()
            and song.artist not in ("The Doors", "Björk")
        )
    ],
    ("itunes/top_25.xml", ""): chosen(lambda song: song.plays, (lambda song: len(song.plays), True)),
    ("itunes/nineties.xml", ""): chosen(lambda song: 1990 <= song.year <= 1999, *ALBUM_ORDER),
    ("itunes/nested.xml", ""): chosen(
        lambda song: (any("rock" in genre for genre in song.genres) or (song.year < 1966 and song.artist == "Nina Simone"))
        and not song.title.endswith("(live)"),
        LAST,
    ),
    ("itunes/days.xml", "Of some days"): chosen(
        lambda song: song.added_on > date(2020, 12, 31)
        and not (song.plays and (NOW - timedelta(days=song.last)).year == 2025),
        *ALBUM_ORDER,
    ),
    ("jellyfin/unheard_jazz.json", ""): chosen(
        lambda song: (any("jazz" in genre.casefold() for genre in song.genres) and not song.plays)
        or (song.artist in ("Nina Simone", "Björk") and song.last is not None and song.last > 90),
        (lambda song: song.year, False), "title", limit=20,
    ),
    ("jellyfin/blocks.json", ""): [
        *chosen(lambda song: song.liked, (lambda song: len(song.plays), True), limit=2),
        *chosen(lambda song: not song.liked and song.seconds < 240, (lambda song: len(song.plays), True), limit=2),
    ],
    ("jellyfin/an_hour.json", ""): set(
        chosen(lambda song: 1990 <= song.year < 2000 and song.title[0].casefold() <= "m")
    ),
}  # fmt: skip


@pytest.fixture
def songs(library):  # noqa: F811
    """The songs in the database, all of them in a playlist of one's own."""
    user = {"user_id": "u"}
    library.add(
        "playlists", {**user, "playlist_id": "own", "owner_id": "spotify-u", "name": "Own", "position": 0}
    )
    for position, song in enumerate(SONGS):
        key = {"track_id": song.track_id}
        library.add("artists", {"artist_id": song.artist, "name": song.artist, "genres": list(song.genres)})
        album = {"name": song.album, "album_type": song.album_type, "total_tracks": 12}
        released = {"release_date": song.released, "release_date_precision": "day"}
        library.add("albums", {"album_id": song.album, **album, **released})
        library.add("album_artists", {"album_id": song.album, "position": 0, "artist_id": song.artist})
        place = {"disc_number": 1, "track_number": song.place}
        track = {
            "album_id": song.album,
            "name": song.title,
            "duration_ms": song.seconds * 1000,
            "explicit": song.explicit,
        }
        library.add("tracks", {**key, **track, **place})
        library.add("album_tracks", {"album_id": song.album, **key, **place})
        library.add("track_artists", {**key, "position": 0, "artist_id": song.artist})
        added = {"added_at": NOW - timedelta(days=song.came), "position": position, "item_type": "track"}
        library.add("playlist_items", {**user, "playlist_id": "own", **key, **added})
        if song.liked is not None:
            library.add("liked_tracks", {**user, **key, "liked_at": NOW - timedelta(days=song.liked)})
        for ago in song.plays:
            play = {
                "played_at": NOW - timedelta(days=ago),
                "item_key": f"spotify:track:{song.track_id}",
                "source": "api",
            }
            library.add("plays", {**user, **play})
            library.add("played_tracks", {**user, **key})
    for track_id, rank in TOP.items():
        row = {"item_type": "track", "time_range": "short_term", "captured_on": NOW.date(), "rank": rank}
        library.add("top_items", {**user, **row, "item_id": track_id})
    library.refresh()
    return library


def made(songs, name, title):
    [draft] = [draft for draft in read_lists(FILES / name) if title in ("", draft.name)]
    definition = parse_definition("x", as_yaml(draft), "x.yml")
    [smart_list] = make_lists(songs.cursor, [definition], Listener("u", "NL", ZoneInfo("UTC"), NOW, "run"))
    assert smart_list.error is None
    return [track.track_id for track in smart_list.tracks]


def test_there_are_enough_and_they_select_something():
    assert len({name for name, _ in EXPECTED}) >= 25
    assert [key for key, expected in EXPECTED.items() if not expected] == []


def test_each_list_holds_what_the_rules_mean(songs):
    """All at once: they share a library. A set: the order is by chance."""
    wrong = {}
    for (name, title), expected in EXPECTED.items():
        found = made(songs, name, title)
        if (set(found) if isinstance(expected, set) else found) != expected:
            wrong[name, title] = (found, expected)
    assert wrong == {}


def test_some_by_chance_are_as_many_as_were_asked_for(songs):
    found = made(songs, "smarter_playlists/fifty_of_mine.json", "")
    assert len(found) == 5
    assert set(found) <= set(LIKED)
