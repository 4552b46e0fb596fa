"""The made-up account: the same for the same arguments, of realistic shape, with every odd corner."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from simulator import generate
from simulator.generation.names import AWKWARD
from simulator.server.state import catalogue_text
from simulator.world.identifiers import is_base62_id, make_id, parse_uri

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def library():
    return generate(now=NOW)


def saved(library):
    return [library.albums[name] for name in library.saved_album_rows()]


def liked(library):
    return [library.tracks[name] for name in library.liked_rows()]


def test_the_same_arguments_give_the_same_library(library):
    again = generate(now=NOW)
    assert catalogue_text(again) == catalogue_text(library)
    assert (again.liked, again.saved_albums, again.plays) == (
        library.liked,
        library.saved_albums,
        library.plays,
    )
    assert [p.uris() for p in again.playlists.values()] == [p.uris() for p in library.playlists.values()]
    assert not set(generate(seed=2, now=NOW).tracks) & set(library.tracks)


@pytest.mark.parametrize(("count", "albums"), [(0, 0), (1, 1), (2, 3), (30, 5), (300, 8), (1500, 100)])
def test_counts_are_readable_entries(count, albums):
    for odd in (True, False):
        library = generate(liked=count, albums=albums, plays=count, now=NOW, odd=odd)
        assert len(library.liked_rows()) == count
        assert len(library.saved_album_rows()) == albums
        assert len(library.plays) == count
        assert sum(entry.track_id is None for entry in library.liked) == (2 if odd and count else 0)
        assert sum(entry.album_id is None for entry in library.saved_albums) == (1 if odd and albums else 0)
        assert len([name for name in library.user_playlists if name]) == 12


def test_nothing_at_all():
    library = generate(liked=0, albums=0, plays=0, playlists=0, followed=0, now=NOW)
    assert (library.liked, library.saved_albums, library.plays, library.user_playlists) == ([], [], [], [])
    assert library.followed == []


def test_ids_and_references_are_whole(library):
    assert all(map(is_base62_id, [*library.tracks, *library.albums, *library.artists, *library.playlists]))
    shared = []
    for album in library.albums.values():
        assert album.track_ids
        tracks = {number: library.tracks[name] for number, name in enumerate(album.track_ids, start=1)}
        shared += [track.id for track in tracks.values() if track.album_id != album.id]
        assert all(
            number == track.track_number for number, track in tracks.items() if track.album_id == album.id
        )
        assert all(name in library.artists for name in album.artist_ids)
    assert len(shared) == 1, "one id on two albums"
    assert set(library.liked_rows()) <= set(library.tracks)
    assert all(play.track_id in library.tracks for play in library.plays)
    isrcs = Counter(track.isrc for track in library.tracks.values() if track.isrc)
    assert max(isrcs.values()) == 2


def test_saved_lists_are_newest_first_and_in_the_past(library):
    for entries in (library.liked, library.saved_albums):
        moments = [entry.added_at for entry in entries]
        assert moments == sorted(moments, reverse=True)
        assert max(moments) < NOW
    assert max(Counter(entry.added_at for entry in library.liked).values()) >= 3
    played = [play.played_at for play in library.plays]
    assert played == sorted(played, reverse=True)
    assert NOW - timedelta(days=91) < played[-1] < NOW - timedelta(days=60)
    assert NOW - timedelta(hours=2) < played[0] <= NOW


def test_shape(library):
    from_albums = {name for album in saved(library) for name in album.track_ids}
    share = len(from_albums & set(library.liked_rows())) / 1500
    assert 0.2 < share < 0.6
    performers = Counter(track.artist_ids[0] for track in liked(library))
    assert sum(times for _, times in performers.most_common(20)) > 1500 * 0.25
    assert sorted(len(a.track_ids) for a in saved(library))[-4:] == [51, 60, 75, 130]
    assert sorted(len(a.track_ids) for a in saved(library))[-5] <= 50
    popularity = [artist.popularity for artist in library.artists.values()]
    assert sum(value < 40 for value in popularity) > len(popularity) / 2
    contexts = {
        (play.context_uri or "none").split(":")[-2 if play.context_uri else 0] for play in library.plays
    }
    assert {"album", "playlist", "none"} <= contexts
    assert any((play.context_uri or "").endswith(":collection") for play in library.plays)


def test_every_odd_corner_is_there(library):
    names = {track.name for track in liked(library)}
    assert set(AWKWARD) <= names
    assert set(AWKWARD) <= {
        library.artists[name].name for track in liked(library) for name in track.artist_ids
    }
    assert {"", *AWKWARD} <= {album.name for album in saved(library)}
    assert "" in names
    assert {"0000", "1981", "1981-12"} <= {album.release_date for album in saved(library)}
    assert {"year", "month", "day"} == {album.release_date_precision for album in saved(library)}
    by_isrc = Counter(track.isrc for track in liked(library) if track.isrc)
    assert [times for times in by_isrc.values() if times > 1] == [2, 2]
    assert sum(track.relinked_to is not None for track in liked(library)) == 2
    rows = library.liked_rows()
    isrcs = {track.isrc for track in liked(library) if track.isrc}
    played = [library.tracks[play.track_id] for play in library.plays]
    assert any(track.id not in rows and track.isrc in isrcs for track in played)
    assert any(track.id not in rows and track.isrc not in isrcs for track in played)
    oldest_first = library.plays[::-1]
    gaps = [
        (after.played_at - before.played_at, library.tracks[after.track_id].duration_ms, after, before)
        for before, after in pairwise(oldest_first)
    ]
    assert any(gap < timedelta(milliseconds=length) for gap, length, *_ in gaps)
    assert any(after.track_id == before.track_id for *_, after, before in gaps)
    assert library.user_playlists.count(None) == 2
    owners = {p.owner_id for p in library.playlists.values()}
    assert {library.user.id, "spotify", "vriend-van-robin", "1122334455"} == owners
    kinds = {item.kind for p in library.playlists.values() for item in p.items}
    assert kinds == {"track", "episode", "local", "gone"}


def test_without_oddities():
    library = generate(liked=400, albums=40, plays=100, now=NOW, odd=False)
    assert None not in library.user_playlists
    assert {p.owner_id for p in library.playlists.values()} == {library.user.id}
    assert {item.kind for p in library.playlists.values() for item in p.items} == {"track"}
    assert all(track.isrc and track.name and not track.relinked_to for track in library.tracks.values())
    assert max(Counter(track.isrc for track in library.tracks.values()).values()) == 1
    assert all(
        len(album.track_ids) <= 50 and len(album.release_date) == 10 for album in library.albums.values()
    )
    assert all(text.isascii() for text in (track.name for track in library.tracks.values()))


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        generate(now=datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("uri", "parsed"),
    [
        ("spotify:track:abc", ("track", "abc")),
        ("spotify:user:someone:playlist:abc", ("playlist", "abc")),
        ("spotify:user:someone", ("user", "someone")),
        ("spotify:user:someone:collection", None),
        ("spotify:local:a:b:c:10", ("local", "a:b:c:10")),
        ("spotify:local::::0", ("local", ":::0")),
        ("spotify:track", None),
        ("spotify:track:", None),
        ("track:abc:def", None),
        (5, None),
    ],
)
def test_uris(uri, parsed):
    assert parse_uri(uri) == parsed


def test_ids_are_derived():
    assert make_id(1, "track", 5) == make_id(1, "track", 5) != make_id(1, "track", 6)
    assert is_base62_id(make_id("x"))
