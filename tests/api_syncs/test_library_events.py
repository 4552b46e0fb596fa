"""When likes, albums and artists came and went (checklist S3-15 and the listener's own history)."""

from datetime import UTC, datetime

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
T1 = datetime(2026, 6, 1, 12, tzinfo=UTC)


def events(rows):
    return rows.do(
        "SELECT event, item_type, item_id, happened_at FROM library_events ORDER BY seen_at, happened_at DESC"
    )


def test_a_like_taken_back_and_given_again_between_two_looks_is_seen(rows):
    """Spotify then says another time; the copy has never seen it gone."""
    rows.track("a", album="al")
    rows.add("liked_tracks", user_id="u", track_id="a", liked_at=T0)
    rows.do("UPDATE liked_tracks SET liked_at = %s", T1)
    rows.do("UPDATE liked_tracks SET liked_at = %s", T1)
    assert events(rows) == [
        ("liked", "track", "a", T0),
        ("unliked", "track", "a", None),
        ("liked", "track", "a", T1),
    ]
