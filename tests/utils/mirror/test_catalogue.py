"""What Spotify says about artists, albums and tracks: stored together, a statement per table, credits exact."""

import random
import re
from datetime import UTC, datetime, timedelta

import pytest

from utils.database.rows import Counts
from utils.mirror.catalogue import save_catalogue
from utils.spotify.payloads import parse_album, parse_track

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NASTY = ["a\x00b", "\ud800", "x" * 1000, "%s", "'\"\\", "<script>", "\u202e", "🎵", "0000", "{NULL}"]


def artist(artist_id, **more):
    return {"id": artist_id, "name": f"artist {artist_id}", **more}


def simple_album(album_id, artists=("a1",), **more):
    return {
        "id": album_id,
        "name": f"album {album_id}",
        "total_tracks": 2,
        "artists": [a if isinstance(a, dict) else artist(a) for a in artists],
        **more,
    }


def full_album(album_id, track_ids=("t1", "t2"), artists=("a1",), **more):
    tracks = [{"id": track_id, "name": track_id, "artists": [artist("a1")]} for track_id in track_ids]
    return {
        **simple_album(album_id, artists),
        "tracks": {"items": tracks, "next": None},
        "label": "L",
        **more,
    }


def track(track_id, album="b1", artists=("a1",), **more):
    return {
        "id": track_id,
        "name": f"track {track_id}",
        "duration_ms": 200_000,
        "external_ids": {"isrc": f"ISRC{track_id}"},
        "artists": [a if isinstance(a, dict) else artist(a) for a in artists],
        "album": simple_album(album) if album else None,
        **more,
    }


def save(cursor, tracks=(), albums=(), now=NOW):
    """The albums with their tracks, then the tracks as they are shown."""
    counts = save_catalogue(cursor, [], [parse_album(a) for a in albums], now) if albums else Counts()
    return counts + save_catalogue(cursor, [parse_track(t) for t in tracks], [], now) if tracks else counts


def ask(cursor, sql):
    cursor.execute(sql)
    return cursor.fetchall()


def credits_of(cursor, kind="track"):
    rows = ask(
        cursor, f"SELECT {kind}_id, array_agg(artist_id ORDER BY position) FROM {kind}_artists GROUP BY 1"
    )
    return dict(rows)


def statements(seen):
    """What each statement does, and to which table."""
    sign = re.compile(r"(LOCK|INSERT|DELETE|SELECT)\b.*?(?:TABLE|INTO|FROM|JOIN) (\w+)", re.DOTALL)
    return [" ".join(sign.search(sql).groups()) for sql in seen]


def test_a_page_is_written_with_one_statement_per_table_and_one_that_is_known_only_read(noting):
    """Credits are read before what they are credited on, which is locked where they change, and once more behind that."""
    cursor, seen = noting
    page = [track(f"t{n}", f"b{n % 7}", [f"a{n % 5}", f"a{n}"]) for n in range(50)]
    assert save(cursor, page) == Counts(50, 0, 0)
    written = ["LOCK artists", "SELECT artists", "INSERT artists"]
    for owners, their_credits in (("albums", "album_artists"), ("tracks", "track_artists")):
        written += [f"SELECT {their_credits}", f"SELECT {owners}", f"INSERT {owners}"]
        written += [f"SELECT {their_credits}", f"INSERT {their_credits}"]
    assert statements(seen) == written
    seen.clear()
    assert save(cursor, page) == Counts(0, 0, 50)
    assert statements(seen) == ["LOCK artists", *(f"SELECT {name}" for name in READ)]
    seen.clear()
    page[3] = track("t3", "b3", ["a3"])
    assert save(cursor, page) == Counts(0, 0, 50)
    changes = [each for each in statements(seen) if each[0] in "ID"]
    assert changes == ["INSERT tracks", "DELETE track_artists"], "the first one only locks t3"


READ = ("artists", "album_artists", "albums", "track_artists", "tracks")


def test_a_page_that_is_known_changes_nothing(cursor):
    page = [track(f"t{n}", f"b{n % 7}", [f"a{n % 5}", f"a{n}"]) for n in range(50)]
    save(cursor, page)
    before = ask(cursor, "SELECT ctid, xmin, * FROM track_artists") + ask(
        cursor, "SELECT ctid, xmin, * FROM albums"
    )
    assert save(cursor, page, now=NOW + timedelta(days=1)) == Counts(0, 0, 50)
    after = ask(cursor, "SELECT ctid, xmin, * FROM track_artists") + ask(
        cursor, "SELECT ctid, xmin, * FROM albums"
    )
    assert after == before


def test_credits_are_exactly_those_given(cursor):
    save(cursor, [track("t1", artists=["a1", "a2", "a3"]), track("t2", artists=["a4"])])
    save(cursor, [track("t1", artists=["a3", "a1"]), track("t2", artists=["a4", "a5"])])
    assert credits_of(cursor) == {"t1": ["a3", "a1"], "t2": ["a4", "a5"]}
    save(cursor, [track("t1", artists=[])])
    assert credits_of(cursor)["t1"] == ["a3", "a1"], "no credits at all means that Spotify did not say"


def test_an_artist_credited_twice_is_two_credits(cursor):
    save(cursor, [track("t1", artists=["a1", "a1"])])
    assert credits_of(cursor) == {"t1": ["a1", "a1"]}


def test_the_full_object_wins_over_the_simplified_one_on_the_same_page(cursor):
    simple_first = [track("t1", external_ids=None), track("t1"), track("t1", external_ids={})]
    save(cursor, simple_first, [full_album("b1")])
    assert ask(cursor, "SELECT isrc, album_id FROM tracks WHERE track_id = 't1'") == [("ISRCT1", "b1")]
    assert ask(cursor, "SELECT label FROM albums") == [("L",)]


def test_a_later_simplified_track_empties_nothing(cursor):
    save(cursor, [track("t1")])
    save(cursor, [], [full_album("b1", ["t1"])])
    assert ask(cursor, "SELECT isrc, duration_ms, name FROM tracks") == [("ISRCT1", 200_000, "t1")]


def test_an_album_with_all_its_tracks_is_stamped_and_another_is_not(cursor):
    save(cursor, [], [full_album("b1"), full_album("b2", ["t3"])])
    assert ask(cursor, "SELECT album_id, tracks_synced_at FROM albums ORDER BY 1") == [
        ("b1", NOW),
        ("b2", None),
    ]


def test_a_track_without_an_album_or_artists_is_stored(cursor):
    save(cursor, [track("t1", None, [])])
    assert ask(cursor, "SELECT track_id, album_id FROM tracks") == [("t1", None)]


def test_tracks_on_an_album_that_claim_another_album_do_no_harm(cursor):
    odd = full_album("b1")
    odd["tracks"]["items"][0]["album"] = simple_album("elsewhere")
    save(cursor, [], [odd])
    assert ask(cursor, "SELECT DISTINCT album_id FROM tracks") == [("b1",)]


@pytest.mark.parametrize("nasty", NASTY)
def test_whatever_a_payload_holds_can_be_stored(cursor, nasty):
    one = artist("a1", genres=[nasty, "ok"], images=[{"url": nasty}])
    save(
        cursor,
        [track("t1", name=nasty, external_ids={"isrc": nasty}, artists=[{**one, "name": nasty}])],
        [
            full_album(
                "b1", name=nasty, release_date=nasty, label=nasty, album_type=nasty, images=[{"url": nasty}]
            )
        ],
    )
    [(name,)] = ask(cursor, "SELECT name FROM tracks WHERE track_id = 't1'")
    assert name == nasty.replace("\x00", "").replace("\ud800", "?")


def test_numbers_out_of_range_are_unknown(cursor):
    save(
        cursor,
        [track("t1", None, duration_ms=10**12, disc_number=True)],
        [full_album("b1", total_tracks=2**40)],
    )
    assert ask(cursor, "SELECT duration_ms, disc_number FROM tracks WHERE track_id = 't1'") == [(None, None)]
    assert ask(cursor, "SELECT total_tracks FROM albums") == [(None,)]


def test_two_jobs_that_store_the_same_catalogue_do_not_deadlock(connect, together):
    """Plays and liked tracks share tracks: each in its own order, with other tracks in between."""

    def writer(number):
        connection = connect()
        chooser = random.Random(number)
        pages = [
            [track(f"t{n}", f"b{n % 9}", [f"a{n % 5}", f"a{number}"]) for n in chooser.sample(range(60), 40)]
            for _ in range(6)
        ]

        def write():
            for page in pages:
                album = full_album(f"b{chooser.randrange(9)}", [f"t{n}" for n in range(9, 0, -1)])
                with connection, connection.cursor() as cursor:
                    save(cursor, page)
                with connection, connection.cursor() as cursor:
                    save(cursor, [], [album])
            return "done"

        return write

    assert together(*(writer(number) for number in range(4))) == ["done"] * 4


def test_tracks_as_shown_and_as_listed_are_not_mixed(cursor):
    with pytest.raises(ValueError, match="transactions of their own"):
        save_catalogue(cursor, [parse_track(track("t1"))], [parse_album(full_album("b1"))], NOW)


def test_of_one_artist_the_fullest_object_of_a_page_counts(cursor):
    full = artist("a1", genres=["g"], popularity=5)
    save(cursor, [track("t1", artists=[full]), track("t2", artists=["a1"])])
    assert ask(cursor, "SELECT genres, popularity FROM artists WHERE artist_id = 'a1'") == [(["g"], 5)]
