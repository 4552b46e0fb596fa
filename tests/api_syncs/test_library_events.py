"""When likes, albums, artists and lists came and went (checklist S3-15 and the listener's own history)."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from api_syncs.liked_tracks import LIKED_TRACKS, LikedTrack
from api_syncs.saved_albums import SAVED_ALBUMS, SavedAlbum
from api_syncs.sync_followed_artists import FOLLOWED, FollowedArtist
from api_syncs.sync_playlists import PLAYLISTS, Playlist
from utils.database.rows import Counts, upsert

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
T1 = datetime(2026, 6, 1, 12, tzinfo=UTC)


def listed(user_id, playlist_id, position=0):
    """A list of which only the place is told."""
    others = dict.fromkeys(set(Playlist.table.columns) - {"position", "removed_at"})
    return Playlist(user_id=user_id, playlist_id=playlist_id, position=position, **others)


def write(rows, *written):
    """What became of them."""
    with rows.connection, rows.connection.cursor() as cursor:
        return upsert(cursor, written)


def remove(rows, membership, *item_ids, user_id="u"):
    """How many were there."""
    events = membership.events
    which = {"user_id": user_id, "ids": list(item_ids), "now": T1}
    with rows.connection, rows.connection.cursor() as cursor:
        cursor.execute(
            membership.sql("remove"), {**which, "event": events.went, "item_type": events.item_type}
        )
        return cursor.rowcount


def events(rows):
    """What was seen since the last look; of one item, that it went before that it came."""
    found = rows.do("DELETE FROM library_events RETURNING user_id, event, item_type, item_id, happened_at")
    return sorted(found, key=lambda row: (row[0], row[3], row[1] in ("liked", "saved", "followed")))


@pytest.fixture
def two(rows):
    """Two tracks, with their albums, artists and lists, and another listener."""
    rows.add("users", user_id="v", spotify_id="spotify-v")
    for name in ("a", "b"):
        rows.track(name, album=name, artists=(name,))
    return rows


def test_a_like_taken_back_and_given_again_between_two_looks_is_seen(two):
    """Spotify then says another time; the copy has never seen it gone, which it had by then."""
    write(two, LikedTrack("u", "a", T0))
    assert events(two) == [("u", "liked", "track", "a", T0)]
    assert write(two, LikedTrack("u", "a", T1), LikedTrack("u", "b", T1)) == Counts(1, 1, 0)
    assert events(two) == [
        ("u", "unliked", "track", "a", T1),
        ("u", "liked", "track", "a", T1),
        ("u", "liked", "track", "b", T1),
    ]
    assert write(two, LikedTrack("u", "a", T1), LikedTrack("u", "b", T1)) == Counts(0, 0, 2)
    assert events(two) == []


@pytest.mark.parametrize(
    ("membership", "kind", "came", "went", "item_type", "happened_at"),
    [
        (LIKED_TRACKS, LikedTrack, "liked", "unliked", "track", T0),
        (SAVED_ALBUMS, SavedAlbum, "saved", "removed", "album", T0),
        (FOLLOWED, FollowedArtist, "followed", "unfollowed", "artist", None),
        (PLAYLISTS, listed, "followed", "unfollowed", "playlist", None),
    ],
    ids=["liked", "saved", "followed", "listed"],
)
def test_what_comes_goes_and_comes_back_is_said_each_time(
    two, membership, kind, came, went, item_type, happened_at
):
    value = 0 if kind is listed else T0
    mine, other = kind("u", "a", value), kind("v", "a", value)
    assert write(two, mine, other, kind("u", "b", value)) == Counts(3, 0, 0)
    assert events(two) == [
        ("u", came, item_type, "a", happened_at),
        ("u", came, item_type, "b", happened_at),
        ("v", came, item_type, "a", happened_at),
    ]
    assert remove(two, membership, "a", "never there") == 1
    assert events(two) == [("u", went, item_type, "a", None)]
    assert remove(two, membership, "a") == 0
    assert write(two, other) == Counts(0, 0, 1)
    assert events(two) == []
    assert write(two, mine, other) == Counts(0, 1, 1)
    assert events(two) == [("u", came, item_type, "a", happened_at)]


def test_what_changes_beside_that_is_no_event(two):
    write(two, listed("u", "a", 0), listed("u", "b", 1))
    write(two, FollowedArtist("u", "a", T0))
    events(two)
    assert write(two, listed("u", "a", 1), listed("u", "b", 0)) == Counts(0, 2, 0)
    two.do("UPDATE followed_artists SET first_seen_at = %s", T1)
    assert events(two) == []


class Model:
    """The likes of some listeners, and what is said when they change."""

    def __init__(self):
        self.likes = {}  # (user_id, track_id) → (liked_at, is there)

    def write(self, row):
        key = (row.user_id, row.track_id)
        before, self.likes[key] = self.likes.get(key), (row.liked_at, row.removed_at is None)
        was_there, is_there = before is not None and before[1], row.removed_at is None
        again = was_there and is_there and before[0] != row.liked_at
        if was_there and (again or not is_there):
            yield (row.user_id, "unliked", "track", row.track_id, row.liked_at if is_there else None)
        if is_there and (again or not was_there):
            yield (row.user_id, "liked", "track", row.track_id, row.liked_at)

    def remove(self, user_id, track_id):
        liked_at, is_there = self.likes.get((user_id, track_id), (None, False))
        if is_there:
            self.likes[user_id, track_id] = (liked_at, False)
            yield (user_id, "unliked", "track", track_id, None)


@pytest.mark.search("seed", range(4), range(100))
def test_likes_unlikes_and_relikes_in_any_order_are_said_as_a_plain_model_says(rows, seed):
    luck = random.Random(seed)
    tracks = [f"t{number}" for number in range(6)]
    rows.add("users", user_id="v", spotify_id="spotify-v")
    for track_id in tracks:
        rows.track(track_id)
    model = Model()
    for _ in range(40):
        some = luck.sample(tracks, luck.randint(1, len(tracks)))
        if luck.random() < 0.3:
            user_id = luck.choice("uv")
            said = [event for track_id in some for event in model.remove(user_id, track_id)]
            assert remove(rows, LIKED_TRACKS, *some, user_id=user_id) == len(said)
        else:
            page = [
                LikedTrack(
                    luck.choice("uv"),
                    track_id,
                    T0 + timedelta(days=luck.choice((0, 0, 0, 1))),
                    luck.choice((None, None, None, T1)),
                )
                for track_id in some
            ]
            said = [event for row in page for event in model.write(row)]
            write(rows, *page)
        assert events(rows) == sorted(said, key=lambda row: (row[0], row[3], row[1] == "liked"))
    stored = rows.do("SELECT user_id, track_id, liked_at, removed_at IS NULL FROM liked_tracks")
    assert {(user, track): (at, there) for user, track, at, there in stored} == model.likes
