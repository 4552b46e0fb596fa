"""What makes a track one of the library, and what is said about it: unified_tracks (design: own playlists count)."""

from datetime import UTC, datetime, timedelta

from utils.database.views import load_views

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)


def library(rows, columns="track_id, added_at"):
    for view in load_views():
        if view.is_materialized:
            rows.do(f"REFRESH MATERIALIZED VIEW {view.name}")
    return rows.do(f"SELECT {columns} FROM unified_tracks ORDER BY user_id, track_id")


def test_tracks_of_own_lists_are_members_with_their_earliest_moment(rows):
    for track_id in ("a", "b", "c"):
        rows.track(track_id)
    rows.playlist("one")
    rows.playlist("two")
    rows.entry("one", track_id="a", added_at=T0)
    rows.entry("one", track_id="a", added_at=None)
    rows.entry("two", track_id="a", added_at=T0 - timedelta(days=1))
    rows.entry("two", track_id="b", added_at=None)
    rows.entry("two", track_id="c", added_at=T0)
    rows.add("liked_tracks", user_id="u", track_id="c", liked_at=T0 - timedelta(days=3))
    assert library(rows, "track_id, is_liked, added_at") == [
        ("a", False, T0 - timedelta(days=1)),
        ("b", False, None),
        ("c", True, T0 - timedelta(days=3)),
    ]


def test_other_peoples_lists_removed_lists_and_other_entries_are_not(rows):
    rows.track("a")
    rows.playlist("theirs", "a", owner_id="friend")
    rows.playlist("removed", "a", removed_at=T0)
    rows.playlist("mine")
    rows.entry("mine", item_type="episode", item_uri="spotify:episode:1")
    rows.entry("mine", item_type="local", name="file")
    rows.entry("mine", item_type="unknown")
    rows.add("users", user_id="v", spotify_id="spotify-v")
    assert library(rows) == []


def test_a_list_counts_for_its_owner_only(rows):
    rows.add("users", user_id="v", spotify_id="spotify-v")
    rows.track("a")
    rows.playlist("mine", "a")
    rows.playlist("mine", "a", user_id="v")
    assert library(rows, "user_id, track_id") == [("u", "a")]


def test_a_smart_playlist_does_not_keep_its_own_tracks_in_the_library(rows):
    """Else a track that was unliked would stay in "Never played" for ever; and an excluded one is no member."""
    for track_id in ("a", "b"):
        rows.track(track_id)
    for slug, track_id in (("never_played", "a"), ("exclusions", "b")):
        rows.playlist(slug, track_id)
        mapping = {"user_id": "u", "slug": slug, "playlist_id": slug, "name": slug}
        rows.add("playlist_mappings", **mapping, rules="{}", status="active")
    assert library(rows) == []


def test_availability_is_that_of_the_users_market(rows):
    for track_id in ("no", "unchecked", "unknown", "yes"):
        rows.track(track_id)
        rows.add("liked_tracks", user_id="u", track_id=track_id, liked_at=T0)
    for track_id, is_playable in (("yes", True), ("no", False), ("unknown", None)):
        rows.add("track_availability", market="NL", track_id=track_id, is_playable=is_playable, checked_at=T0)
        rows.add("track_availability", market="DE", track_id=track_id, is_playable=False, checked_at=T0)
    expected = [("no", False), ("unchecked", None), ("unknown", None), ("yes", True)]
    assert library(rows, "track_id, is_playable") == expected
    rows.do("UPDATE users SET market = NULL")
    assert {is_playable for _, is_playable in library(rows, "track_id, is_playable")} == {None}


def test_excluded_tracks_are_the_users_own(rows):
    rows.add("users", user_id="v", spotify_id="spotify-v")
    rows.track("a")
    for user_id in ("u", "v"):
        rows.add("liked_tracks", user_id=user_id, track_id="a", liked_at=T0)
    rows.add("excluded_tracks", user_id="u", track_id="a", excluded_at=T0)
    assert library(rows, "user_id, excluded") == [("u", True), ("v", False)]


def test_a_play_of_a_look_alike_counts_for_the_one_whose_time_is_known(rows):
    for track_id in ("a", "b", "played"):
        rows.track(track_id)
        rows.do("UPDATE tracks SET isrc = 'ISRC1' WHERE track_id = %s", track_id)
    rows.playlist("mine", "a")
    rows.add("liked_tracks", user_id="u", track_id="b", liked_at=T0)
    rows.play("played", T0)
    assert library(rows, "track_id, play_count") == [("a", 0), ("b", 1)]
