"""Which moments of the API and rows of an export are the same play. Times are of one evening, as `hour:minute:second`."""

from datetime import UTC, datetime, timedelta

import pytest

from utils.plays.pairing import Moment, Span, pair
from utils.plays.recording import names_of


def at(text, day=1):
    parts = [float(part) for part in text.split(":")]
    hours, minutes, seconds = parts
    return datetime(2026, 10, day, tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def row(end, heard_s, uri="a", *, began=None, stamped=None, names=()):
    """A row of an export that ended then."""
    ended = at(end)
    begin = at(began) if began else ended - timedelta(seconds=heard_s)
    return Span(
        uri, frozenset(names), begin, ended, at(stamped) if stamped else ended, begin, round(1000 * heard_s)
    )


def told(moment, uri="a", names=()):
    """A moment of the API."""
    return Moment(uri, frozenset(names), at(moment))


def found(rows, moments, **more):
    """For each moment the row that it belongs to, or None."""
    pairs = pair(rows, moments, **more)
    return [pairs.get(place) for place in range(len(moments))]


@pytest.mark.parametrize("moment", ["22:00:00", "22:03:20.4", "22:03:21.999", "22:05:00", "21:58:00"])
def test_a_moment_is_of_the_row_that_it_lies_in_or_near(moment):
    assert found([row("22:03:20", 200)], [told(moment)]) == [0]


@pytest.mark.parametrize("moment", ["21:57:20", "22:36:00"])
def test_a_moment_far_from_a_row_is_another_play(moment):
    assert found([row("22:03:20", 200)], [told(moment)]) == [None]


def test_a_pause_may_lie_within_and_behind():
    assert found([row("22:20:00", 180, began="22:00:00")], [told("22:00:00.5")]) == [0], (
        "the start, paused for long"
    )
    assert found([row("22:03:00", 180)], [told("22:25:00")]) == [0], "the start of the next song"


def test_what_was_skipped_at_once_is_not_what_was_heard_for_long_a_while_later():
    assert found([row("18:35:23", 0.4)], [told("18:55:23")]) == [None]


def test_heard_live_for_182_seconds_and_told_18_seconds_before_the_end():
    """multi-scrobbler#709."""
    assert found([row("13:22:21.863", 182, began="13:18:38")], [told("13:22:39")]) == [0]


def test_a_short_song_played_twice_is_two_plays_in_both():
    rows = [row("10:00:00", 48), row("10:00:49", 48)]
    assert found(rows, [told("10:00:00"), told("10:00:49")]) == [0, 1]
    assert found(rows, [told("10:01:40"), told("10:02:29")]) == [0, 1], "with a clock that is 100 s ahead"
    assert found(rows, [told("9:59:12"), told("10:00:01")]) == [0, 1], "told by their beginnings"


def test_other_songs_close_by_do_not_matter():
    rows = [row("10:00:00", 200), row("10:00:47", 45, "b")]
    assert found(rows, [told("10:00:00"), told("10:00:47", "b")]) == [0, 1]


def test_each_side_is_used_once():
    assert found([row("10:00:00", 100)], [told("10:00:00"), told("10:00:30")]) in ([0, None], [None, 0])
    assert found([row("10:00:00", 100), row("10:01:50", 100)], [told("10:00:01")]) == [0]


def test_a_song_that_was_paused_and_resumed_is_two_rows_and_two_moments():
    rows = [row("10:02:00", 120), row("10:05:00", 95)]
    assert found(rows, [told("10:02:01"), told("10:05:01")]) == [0, 1]


def test_another_id_of_the_recording():
    names = names_of("Song", ["Artist"], "DEABC1234567")
    same_isrc = [told("10:00:01", "b", names_of("Other Title", ["X"], "deabc1234567"))]
    assert found([row("10:00:00", 100, names=names)], same_isrc) == [0]
    assert found(
        [row("10:00:00", 100, names=names)], [told("10:00:01", "b", names_of("SONG ", ["artist"], None))]
    ) == [0]
    assert found(
        [row("10:00:00", 100, names=names)],
        [told("10:00:01", "b", names_of("Song (Live)", ["Artist"], None))],
    ) == [None]


def test_of_two_ids_of_one_recording_the_equal_one_goes_first():
    names = [("artist", "song")]
    rows = [row("10:00:00", 100, "a", names=names), row("10:00:01", 100, "b", names=names)]
    assert found(rows, [told("10:00:00.5", "b", names)]) == [1]


def test_the_app_was_closed_and_seen_again_two_days_later():
    late = Span(
        "a", frozenset(), at("22:00:00"), at("22:01:30"), at("8:00:00", day=3), at("22:00:00"), 90_000
    )
    assert pair([late], [told("22:01:31")]) == {0: 0}
    assert pair([late], [Moment("a", frozenset(), at("8:00:01", day=3))]) == {0: 0}


def test_in_a_loop_the_habit_of_the_other_plays_tells_which_was_left_out():
    """Of ten plays of a song the API has left the first out; it tells beginnings, and its clock is 33 s ahead."""
    rows, moments = [], []
    for number in range(12):  # other songs around, of which there is no doubt
        rows.append(row(f"20:{4 * number}:00", 200, f"s{number}"))
        moments.append(Moment(f"s{number}", frozenset(), rows[-1].began_at + timedelta(seconds=33)))
    loop = [row(f"22:{2 * number}:00", 116) for number in range(10)]
    moments += [Moment("a", frozenset(), each.began_at + timedelta(seconds=33)) for each in loop[1:]]
    assert found(rows + loop, moments) == [*range(12), *range(13, 22)]


def test_what_is_found_does_not_depend_on_the_order():
    rows = [row(f"22:{2 * number}:00", 116) for number in range(9)]
    moments = [told(f"22:{2 * number}:07") for number in (0, 1, 3, 4, 7)]
    pairs = {
        (moment.at, rows[span].ended_at)
        for place, span in pair(rows, moments).items()
        for moment in [moments[place]]
    }
    other = pair(rows[::-1], moments[::-1])
    assert {(moments[::-1][place].at, rows[::-1][span].ended_at) for place, span in other.items()} == pairs


def test_the_tolerance_is_a_setting():
    assert found([row("10:00:00", 100)], [told("9:55:40")]) == [None]
    assert found([row("10:00:00", 100)], [told("9:55:40")], tolerance_s=170) == [0]
    assert found([row("10:00:00", 100)], [told("9:58:10")], tolerance_s=0) == [None]
