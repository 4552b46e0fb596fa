"""A playable release in place of what the listener's market cannot play."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg2
import pytest

from playlists.arrangement.track import Track
from playlists.selection.twins import substitute_twins

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Catalogue:
    """Rows by hand, and the twins that come of them for the user u in NL."""

    def __init__(self, cursor: psycopg2.extensions.cursor) -> None:
        self.cursor = cursor
        for user in ("u", "v"):
            self.add("users", user_id=user, spotify_id=user, market="NL")

    def add(self, table: str, **columns: object) -> None:
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        self.cursor.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", list(columns.values())
        )

    def track(self, track_id: str, isrc: str | None = None, **playable: bool | None) -> None:
        """A track, and what is known of it in markets: `NL=False`."""
        self.add("tracks", track_id=track_id, isrc=isrc)
        for market, is_playable in playable.items():
            self.add(
                "track_availability",
                market=market,
                track_id=track_id,
                is_playable=is_playable,
                checked_at=NOW,
            )

    def replacement(self, track_id: str, replacement_id: str | None, market: str = "NL") -> None:
        self.add(
            "track_replacements",
            market=market,
            track_id=track_id,
            replacement_id=replacement_id,
            found_by="search",
            checked_at=NOW,
        )

    def exclude(self, user_id: str, track_id: str) -> None:
        self.add("excluded_tracks", user_id=user_id, track_id=track_id, excluded_at=NOW)

    def twins(self, ids: str, user_id: str = "u", market: str | None = "NL") -> str:
        tracks = [Track(track_id) for track_id in ids]
        return "".join(track.track_id for track in substitute_twins(self.cursor, tracks, user_id, market))


@pytest.fixture
def catalogue(connection: psycopg2.extensions.connection) -> Iterator[Catalogue]:
    """An empty catalogue, in a transaction that nobody commits."""
    with connection.cursor() as cursor:
        yield Catalogue(cursor)


def test_a_stored_replacement_takes_the_place(catalogue):
    catalogue.track("a")
    catalogue.track("b", NL=False)
    catalogue.track("c", NL=True)
    catalogue.track("x")  # nothing is known of it: that counts as playable
    catalogue.replacement("b", "x")
    assert catalogue.twins("abc") == "axc"


def test_else_a_known_track_of_the_same_isrc(catalogue):
    catalogue.track("a", "I1", NL=False)
    catalogue.track("y", "I1", NL=True)
    catalogue.track("x", "I1", NL=True)
    catalogue.track("b", "I1")  # not known to be playable
    catalogue.track("c", "I1", NL=False)
    catalogue.track("d", "I2", NL=True)
    assert catalogue.twins("a") == "x"
    catalogue.replacement("a", "y")
    assert catalogue.twins("a") == "y"


def test_without_both_codes_title_artist_and_duration_tell_a_twin(catalogue):
    """The same recording, as plays are counted; one with the same ISRC comes first."""
    catalogue.track("a", "I1", NL=False)
    catalogue.track("x", None, NL=True)
    catalogue.track("y", "I2", NL=True)
    catalogue.add("artists", artist_id="one")
    for track_id in "axy":
        catalogue.add("track_artists", track_id=track_id, position=0, artist_id="one")
    catalogue.cursor.execute("UPDATE tracks SET name = 'Song', duration_ms = 180000")
    assert catalogue.twins("a") == "x"
    catalogue.track("z", "I1", NL=True)
    assert catalogue.twins("a") == "z"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda catalogue: catalogue.track("z", "I2", NL=True),
        lambda catalogue: catalogue.replacement("a", None),
        lambda catalogue: catalogue.replacement("a", "x", market="DE"),
        lambda catalogue: (catalogue.track("z", NL=False), catalogue.replacement("a", "z")),
        lambda catalogue: catalogue.track("z", "I1", DE=True, NL=None),
    ],
    ids=[
        "another recording",
        "none was found",
        "one of another market",
        "one that is unplayable as well",
        "the same ISRC, not known",
    ],
)
def test_without_a_twin_it_is_left_out(catalogue, spoil: Callable[[Catalogue], object]):
    catalogue.track("a", "I1", NL=False)
    catalogue.track("x")
    spoil(catalogue)
    assert catalogue.twins("a") == ""
    assert catalogue.twins("bac") == "bc"


def test_no_isrc_is_not_the_same_isrc(catalogue):
    catalogue.track("a", None, NL=False)
    catalogue.track("x", None, NL=True)
    assert catalogue.twins("a") == ""


def test_an_excluded_track_is_nobodys_twin(catalogue):
    catalogue.track("a", "I1", NL=False)
    catalogue.track("x", "I1", NL=True)
    catalogue.track("y", "I1", NL=True)
    catalogue.replacement("a", "x")
    catalogue.exclude("u", "x")
    assert catalogue.twins("a") == "y"
    assert catalogue.twins("a", user_id="v") == "x"
    catalogue.exclude("u", "y")
    assert catalogue.twins("a") == ""


def test_never_twice_the_same_track(catalogue):
    for track_id in "abc":
        catalogue.track(track_id, "I1", NL=False)
    catalogue.track("x", "I1", NL=True)
    catalogue.track("d")
    assert catalogue.twins("adbc") == "xd"
    assert catalogue.twins("adxb") == "dx"  # selected itself, so it keeps its place
    assert catalogue.twins("ddad") == "dx"


def test_what_is_playable_or_not_known_stays(catalogue):
    catalogue.track("a", "I1", NL=True)
    catalogue.track("b", "I1", NL=None)
    catalogue.track("c", "I1")
    catalogue.track("d", "I1", DE=False)
    catalogue.replacement("a", "d")
    assert catalogue.twins("cdbaz") == "cdbaz"


def test_markets_are_apart(catalogue):
    catalogue.track("a", "I1", NL=True, DE=False)
    catalogue.track("x", "I1", NL=False, DE=True)
    assert catalogue.twins("a", market="DE") == "x"
    assert catalogue.twins("a", market="NL") == "a"
    assert catalogue.twins("aa", market=None) == "a"
    assert catalogue.twins("", market="NL") == ""


def test_a_twin_comes_in_the_role_of_the_track(catalogue):
    catalogue.track("a", "I1", NL=False)
    catalogue.add("albums", album_id="m", name="Anthology", release_date="2011-05")
    catalogue.add("tracks", track_id="x", name="Song", album_id="m", duration_ms=180_500, isrc="I1")
    catalogue.add("track_availability", market="NL", track_id="x", is_playable=True, checked_at=NOW)
    for position, artist in enumerate(("q", "p")):
        catalogue.add("artists", artist_id=artist, name=artist.upper() if artist == "q" else None)
        catalogue.add("track_artists", track_id="x", position=position, artist_id=artist)
    lost = Track(
        "a",
        name="song",
        artist_ids=("z",),
        genres=("soul",),
        is_playable=False,
        added_at=NOW,
        play_count=4,
        values={"play_count": 4},
    )
    assert substitute_twins(catalogue.cursor, [lost], "u", "NL") == [
        Track(
            "x",
            name="Song",
            artist_ids=["q", "p"],
            artists=["Q", ""],
            album_id="m",
            album_name="Anthology",
            release_date="2011-05",
            genres=("soul",),
            duration_ms=180_500,
            isrc="I1",
            is_playable=True,
            added_at=NOW,
            play_count=4,
            values={"play_count": 4},
        )
    ]


def test_two_statements_however_many_tracks(connection):
    class Counting(psycopg2.extensions.cursor):
        statements = 0

        def execute(self, *arguments):
            Counting.statements += 1
            return super().execute(*arguments)

    with connection.cursor(cursor_factory=Counting) as cursor:
        catalogue = Catalogue(cursor)
        cursor.execute(
            "INSERT INTO tracks (track_id, isrc) SELECT 't' || i, 'I' || i % 500 FROM generate_series(1, 1000) AS i"
        )
        cursor.execute(
            "INSERT INTO track_availability (market, track_id, is_playable, checked_at) "
            "SELECT 'NL', 't' || i, i > 500, now() FROM generate_series(1, 1000) AS i"
        )
        before = Counting.statements
        tracks = [Track(f"t{number}") for number in range(1, 501)]
        found = substitute_twins(catalogue.cursor, tracks, "u", "NL")
        assert Counting.statements == before + 2
    assert [track.track_id for track in found] == [f"t{number}" for number in range(501, 1001)]
