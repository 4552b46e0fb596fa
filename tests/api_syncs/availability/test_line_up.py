"""Entries of a page with a market, lined up with what is stored."""

import pytest

from api_syncs.availability import (
    find_replacement,
    line_up,
    parse_answer,
    same_isrc,
    same_name,
    same_place,
)
from utils.database.tables import Track
from utils.spotify.payloads import BadItemError

LIKED = (same_isrc, same_name)
ALBUM = (same_place, same_name)


def stored(track_id, *, name="Name", isrc=None, duration_ms=200_000, disc=1, number=1):
    return Track(track_id, None, name, disc, number, duration_ms, None, isrc, None)


def given(track_id, *, name="Name", isrc=None, duration_ms=200_000, disc=1, number=1, playable=True, **more):
    payload = {"id": track_id, "name": name, "duration_ms": duration_ms, "disc_number": disc, **more}
    payload |= {"track_number": number, "external_ids": {"isrc": isrc} if isrc else {}}
    return parse_answer(payload if playable is None else {**payload, "is_playable": playable})


def ids(found):
    return {track_id: answer.track.track_id for track_id, answer in found.items()}


def test_by_id_whatever_else_differs():
    found = line_up([stored("a"), stored("b")], [given("b", name="Other"), given("a")], *LIKED)
    assert ids(found) == {"a": "a", "b": "b"}


def test_equal_moments_are_told_apart_by_isrc():
    found = line_up(
        [stored("a", isrc="I1"), stored("b", isrc="I2")],
        [given("b2", isrc="I2"), given("a2", isrc="I1")],
        *LIKED,
    )
    assert ids(found) == {"a": "a2", "b": "b2"}


def test_the_same_isrc_twice_is_left_alone():
    tracks = [stored("a", isrc="I"), stored("b", isrc="I")]
    assert line_up(tracks, [given("c", isrc="I"), given("d", isrc="I")], *LIKED) == {}
    assert line_up(tracks, [given("c", isrc="I")], *LIKED) == {}


def test_the_same_isrc_twice_is_told_apart_by_id_and_then_by_name():
    tracks = [stored("a", isrc="I"), stored("b", isrc="I")]
    assert ids(line_up(tracks, [given("a", isrc="I"), given("b2", isrc="I")], *LIKED)) == {
        "a": "a",
        "b": "b2",
    }
    tracks = [stored("a", isrc="I", name="A"), stored("b", isrc="I", name="B")]
    answers = [given("b2", isrc="I", name="B"), given("a2", isrc="I", name="A")]
    assert ids(line_up(tracks, answers, *LIKED)) == {"a": "a2", "b": "b2"}


def test_without_an_isrc_name_and_duration_decide():
    tracks = [stored("a", name="A"), stored("b", name="B")]
    answers = [given("x", name="B", duration_ms=200_900), given("y", name="A", duration_ms=201_100)]
    assert ids(line_up(tracks, answers, *LIKED)) == {"b": "x"}


@pytest.mark.parametrize("missing", [{"name": None}, {"name": ""}, {"duration_ms": None}])
def test_what_is_missing_fits_nothing(missing):
    known = {**missing, "name": missing.get("name", "Name") or None}
    assert line_up([stored("a", **known)], [given("b", **missing)], *LIKED) == {}


def test_a_track_and_one_relinked_to_it_side_by_side():
    """Development Mode gives the same id twice."""
    tracks = [stored("a", isrc="I"), stored("b", isrc="I")]
    found = line_up(tracks, [given("a", isrc="I"), given("a", isrc="I")], *LIKED)
    assert ids(found) == {"a": "a", "b": "a"}
    answers = [given("a", isrc="I"), given("a", isrc="I", playable=False)]
    assert line_up(tracks, answers, *LIKED) == {}


def test_what_the_answer_stands_for_counts_more_than_its_id():
    tracks = [stored("a", isrc="I"), stored("b", isrc="I")]
    answers = [given("a", isrc="I", linked_from={"id": "b"}), given("a", isrc="I")]
    found = line_up(tracks, answers, *LIKED)
    assert found["b"] is answers[0]
    assert found["a"] is answers[1]


def test_an_entry_that_is_not_stored_takes_nothing():
    assert line_up([stored("a", isrc="I1")], [given("new", name="New", isrc="I9")], *LIKED) == {}
    assert line_up([], [given("new")], *LIKED) == {}


def test_a_place_on_the_album_counts_only_with_the_name():
    tracks = [stored("a", name="Same", number=1), stored("b", name="Same", number=2)]
    answers = [given("x", name="Same", number=2), given("y", name="Same", number=1)]
    assert ids(line_up(tracks, answers, *ALBUM)) == {"a": "y", "b": "x"}
    assert line_up(tracks, [given("x", name="Other", number=1)], *ALBUM) == {}
    single = [given("x", name="B", number=1)]  # relinked to a single: the number is the single's
    assert ids(
        line_up([stored("a", name="A", number=1), stored("b", name="B", number=7)], single, *ALBUM)
    ) == {"b": "x"}


def test_an_answer_says_what_it_says_and_no_more():
    no = given("a", playable=False, restrictions={"reason": "product"})
    assert (no.is_playable, no.restriction_reason) == (False, "product")
    assert (given("a", playable=False).is_playable, given("a", playable=False).restriction_reason) == (
        False,
        None,
    )
    odd = given("a", playable=None, restrictions={"reason": "market"})
    assert (odd.is_playable, odd.restriction_reason) == (None, None)
    assert given("a", playable="no").is_playable is None
    with pytest.raises(BadItemError):
        parse_answer({"name": "No id", "is_playable": False})


def test_a_replacement_is_another_playable_release_of_the_recording():
    answers = [
        given("self", isrc="I"),
        given("no", isrc="I", playable=False),
        given("unknown", isrc="I", playable=None),
        given("other", isrc="J"),
        given("back", isrc="I", linked_from={"id": "self"}),
        given("lost", isrc="I"),
        given("yes", isrc="I"),
    ]
    found = find_replacement(answers, "I", {"self", "lost"})
    assert found is not None
    assert found.track.track_id == "yes"
    assert find_replacement(answers[:-1], "I", {"self", "lost"}) is None
