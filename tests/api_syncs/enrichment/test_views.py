"""New releases and discographies, from what is stored."""

from datetime import UTC, datetime, timedelta

import pytest

TODAY = datetime.now(UTC)


@pytest.fixture
def do(connection):
    def run(sql, *parameters):
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    for user in ("u", "v"):
        run("INSERT INTO users (user_id, spotify_id) VALUES (%s, %s)", user, user)
    for artist in ("x", "y", "z"):
        run("INSERT INTO artists (artist_id, name) VALUES (%s, %s)", artist, artist.upper())
    return run


@pytest.fixture
def album(do):
    def make(album_id, release_date=None, artists=("x",)):
        do(
            "INSERT INTO albums (album_id, name, release_date) VALUES (%s, %s, %s)",
            album_id,
            album_id,
            release_date,
        )
        for position, artist in enumerate(artists):
            do("INSERT INTO album_artists VALUES (%s, %s, %s)", album_id, position, artist)

    return make


def follow(do, artist, user="u", removed_at=None):
    do("INSERT INTO followed_artists VALUES (%s, %s, now(), %s)", user, artist, removed_at)


def ago(days):
    return f"{TODAY - timedelta(days=days):%Y-%m-%d}"


def test_nothing_is_new_while_nobody_is_followed(do, album):
    album("a", ago(1))
    assert do("SELECT * FROM new_releases") == do("SELECT * FROM discography") == []


@pytest.mark.parametrize(
    ("release_date", "is_new"),
    [
        (ago(1), True),
        (ago(88), True),
        (ago(92), False),
        (ago(-3), False),
        (ago(0)[:7], True),
        (ago(150)[:7], False),
        (ago(0)[:4], False),
        ("0000", False),
        ("1981", False),
        ("1981-12", False),
        ("2026-02-31", None),
        ("9999-99-99", False),
        ("2026-1x", False),
        ("soon", False),
        ("", False),
        (None, False),
    ],
)
def test_an_album_is_new_for_ninety_days_whatever_its_date_looks_like(do, album, release_date, is_new):
    album("a", release_date)
    follow(do, "x")
    found = do("SELECT album_id FROM new_releases")
    assert is_new is None or found == ([("a",)] if is_new else [])


def test_an_album_of_two_followed_artists_is_one_new_release_and_stands_in_both_discographies(do, album):
    album("a", ago(1), artists=("z", "y", "x", "y"))
    follow(do, "x")
    follow(do, "y")
    follow(do, "y", "v")
    follow(do, "z", "v", removed_at=TODAY)
    assert do("SELECT user_id, artist_id, artist_name FROM new_releases ORDER BY 1") == [
        ("u", "y", "Y"),
        ("v", "y", "Y"),
    ]
    assert do("SELECT user_id, artist_id FROM discography ORDER BY 1, 2") == [
        ("u", "x"),
        ("u", "y"),
        ("v", "y"),
    ]


def test_what_spotify_no_longer_lists_is_neither_new_nor_missing(do, album):
    for album_id in ("listed", "gone", "gone and saved", "never looked at"):
        album(album_id, ago(1))
    follow(do, "x")
    do(
        "INSERT INTO artist_albums VALUES ('x', 'listed', NULL), ('x', 'gone', now()), ('x', 'gone and saved', now())"
    )
    do("INSERT INTO saved_albums VALUES ('u', 'gone and saved', now(), NULL)")
    assert do("SELECT album_id FROM new_releases ORDER BY 1") == [("listed",), ("never looked at",)]
    assert do("SELECT album_id, is_saved FROM discography ORDER BY 1") == [
        ("gone and saved", True),
        ("listed", False),
        ("never looked at", False),
    ]


def test_missing_albums_of_an_artist_can_be_listed(do, album):
    for album_id in ("a", "b", "c"):
        album(album_id, ago(5))
    follow(do, "x")
    follow(do, "x", "v")
    do("INSERT INTO saved_albums VALUES ('u', 'a', now(), NULL), ('u', 'b', now(), now())")
    assert do("SELECT album_id, is_saved FROM discography WHERE user_id = 'u' ORDER BY 1") == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]
    assert do("SELECT bool_or(is_saved) FROM discography WHERE user_id = 'v'") == [(False,)]
    assert do("SELECT album_id FROM new_releases WHERE user_id = 'u' AND is_saved") == [("a",)]
