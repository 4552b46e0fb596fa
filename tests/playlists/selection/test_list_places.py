"""The order of the lists that a definition names: their first and last tracks, places in them, and when tracks were added to them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from playlists.language.definition import parse_definition
from playlists.language.document import RuleError
from playlists.language.model import Expression
from playlists.selection.lists import make_lists
from playlists.selection.smart_list import Listener
from playlists.selection.tracks import field_values

NOW = datetime(2026, 3, 15, 13, 30, tzinfo=UTC)
TRACKS = tuple("abcdefgh")
ROAD, TRIP = "dcabfe", "hgfed"  # in the order of the lists
USER = {"user_id": "u"}


@pytest.fixture
def lists(library):
    """Liked Songs, the newest like first: a to h; the lists Road and Trip, to which one more track was added each day; in Road,
    a local file stands first, and c a second time at the end, added last."""
    library.add("tracks", *({"track_id": each, "name": each.upper()} for each in TRACKS))
    library.add(
        "liked_tracks",
        *({**USER, "track_id": each, "liked_at": NOW - timedelta(days=n)} for n, each in enumerate(TRACKS)),
    )
    for place, (name, tracks) in enumerate((("Road", [None, *ROAD, "c"]), ("Trip", [*TRIP]))):
        key = {**USER, "playlist_id": name.lower()}
        library.add("playlists", {**key, "owner_id": "spotify-u", "name": name, "position": place})
        for position, track_id in enumerate(tracks):
            uri = f"spotify:track:{track_id}" if track_id else "spotify:local:x"
            entry = {"item_uri": uri, "item_type": "track", "track_id": track_id}
            added_at = NOW - timedelta(days=len(tracks) - position - 1, hours=1)
            library.add("playlist_items", {**key, "position": position, **entry, "added_at": added_at})
    library.refresh()
    return library


def made(library, **texts):
    """slug → the tracks of each definition, in order; or why it cannot be made."""
    definitions = [
        parse_definition(slug, f"name: {slug}\n{text}", f"{slug}.yml") for slug, text in texts.items()
    ]
    listener = Listener("u", "NL", ZoneInfo("UTC"), NOW, "run")
    return {
        one.slug: str(one.error) if one.error else "".join(track.track_id for track in one.tracks)
        for one in make_lists(library.cursor, definitions, listener)
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("playlist: {in: Road, first: 2}", "cd"),
        ("playlist: {in: Road, last: 2}", "ef"),
        ("playlist: {in: [Road, Trip], first: 2}", "cdgh"),  # of each
        ("playlist: {in: Road, first: 100}", "abcdef"),
        ("playlist: {in: Liked Songs, first: 3}", "abc"),  # the newest likes
        ("playlist: {in: Liked Songs, last: 1}", "h"),
        ("playlist: {not_in: Road, first: 4}", "efgh"),
        ("position_in: {playlist: Road, between: [2, 3]}", "ac"),
        ("position_in: {playlist: [Road, Trip], eq: 1}", "dh"),
        ("added_to: {playlist: Road, in_last: 49h}", "cef"),
        ("added_to: {playlist: Road, not_in_last: 49h}", "abdgh"),  # what is not in it was not added
        ("added_to: {playlist: [Road, Trip], after: 2026-03-13}", "cde"),
        ("added_to: {playlist: Liked Songs, after: 2026-03-13}", "ab"),
        ("added_to: {playlist: Trip, is_not_null: yes}", "defgh"),
    ],
)
def test_conditions_on_a_place_in_a_list(lists, condition, expected):
    assert made(lists, s=f"match: {{all: [{{{condition}}}]}}") == {"s": expected}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("sort: {by: position_in, playlist: Road}", "dcabfegh"),
        ("sort: {by: position_in, playlist: Trip, dir: desc, nulls: first}", "abcdefgh"),
        ("sort: {by: added_to, playlist: Road, dir: desc}", "cefbadgh"),
        ("sort: {by: added_to, playlist: Trip}", "hgfedabc"),
        ("shuffle: {seed: 1, by: position_in, playlist: Liked Songs, strength: 1}", "hgfedcba"),
        ("limit: {count: 2, by: {by: position_in, playlist: Road}}", "cd"),
    ],
)
def test_orders_by_a_place_in_a_list(lists, order, expected):
    assert made(lists, s=f"match: everything\n{order}") == {"s": expected}


def test_a_smart_list_has_the_order_in_which_it_is_made(lists):
    made_now = made(
        lists,
        backwards="match: {all: [{playlist: Trip}]}\nsort: title desc",
        first="match: {all: [{playlist: {in: backwards, first: 2}}]}",
        as_it_is="match: {all: [{playlist: backwards}]}\nsort: {by: position_in, playlist: backwards}",
    )
    assert made_now == {"backwards": "hgfed", "first": "gh", "as_it_is": "hgfed"}


def test_when_a_track_was_added_to_a_smart_list_is_what_the_copy_of_it_says(lists):
    """What it selects, and what was not copied with it, was added at no known time."""
    row = {"slug": "trip", "name": "T", "playlist_id": "trip", "rules": "{}", "status": "active"}
    lists.add("playlist_mappings", {**USER, **row})
    lists.refresh()
    text = "match: {all: [{added_to: {playlist: trip, in_last: 48h}}]}"
    assert made(lists, trip="match: {all: [{title: {in: [A, D, H]}}]}", s=text)["s"] == "d"


def test_the_first_of_a_template_are_those_of_each_of_its_lists(lists):
    lists.add(
        "albums", *({"album_id": year, "name": year, "release_date": year} for year in ("1990", "2001"))
    )
    for number, track_id in enumerate(TRACKS):
        lists.cursor.execute(
            "UPDATE tracks SET album_id = %s WHERE track_id = %s", (("1990", "2001")[number % 2], track_id)
        )
    lists.refresh()
    text = "match: everything\nfor_each: decade\nsort: title desc"
    template = parse_definition("decades", f'name: "Of the {{value}}"\n{text}\n', "decades.yml")
    one = parse_definition("s", "name: S\nmatch: {all: [{playlist: {in: decades, first: 1}}]}\n", "s.yml")
    listener = Listener("u", "NL", ZoneInfo("UTC"), NOW, "run")
    made_lists = {each.slug: each for each in make_lists(lists.cursor, [template, one], listener)}
    assert "".join(track.track_id for track in made_lists["s"].tracks) == "gh"


@pytest.mark.parametrize(
    "order", ["sort: {by: position_in, playlist: two}", "shuffle: {by: added_to, playlist: two}"]
)
def test_lists_that_name_each_other_by_an_order_are_a_circle(lists, order):
    found = made(lists, one=f"match: everything\n{order}", two="match: {all: [{playlist: one}]}")
    assert "in a circle" in found["one"]
    assert "in a circle" in found["two"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("match: {all: [{position_in: 3}]}", "write position_in: {playlist: NAME, lte: 3}"),
        ("match: {all: [{added_to: 30d}]}", "write added_to: {playlist: NAME, in_last: 30d}"),
        ("match: everything\nsort: position_in", "write {by: position_in, playlist: NAME}"),
        (
            "match: {all: [{playlist: {in: A, first: 0}}]}",
            "first: '0' is not a whole number from 1 to 10,000",
        ),
        ("match: {all: [{playlist: {in: A, first: 2, last: 2}}]}", "first and last exclude each other"),
        ("match: {all: [{position_in: {playlist: A, lt: 1}}]}", "nothing is less than 1"),
        ("match: everything\nsort: {by: position_in, playlist: s}", "the list names itself"),
        ("match: {all: [{added_to: {playlist: s, in_last: 30d}}]}", "the list names itself"),
    ],
)
def test_what_is_missing_or_makes_no_sense_is_said(text, said):
    with pytest.raises(RuleError) as error:
        parse_definition("s", f"name: S\n{text}\n", "s.yml")
    assert said in str(error.value)


@pytest.mark.search("seed", [3], range(3, 20))
def test_places_are_those_that_plain_python_counts(generated, seed):
    library = generated(seed)
    context = library.context()
    for names in (("mine",), ("too",), ("mine", "too"), ("too", "empty")):
        place, added = (Expression(field, (("playlist", names),)) for field in ("position_in", "added_to"))
        held = [[*contents.items()] for name in names for contents in context.lists[name]]
        found = field_values(library.cursor, [place, added], context, source="known")
        for track_id, row in found.items():
            places = [number for one in held for number, (each, _) in enumerate(one, 1) if each == track_id]
            moments = [moment for one in held for each, moment in one if each == track_id and moment]
            assert row == {place.key: min(places, default=None), added.key: max(moments, default=None)}
        assert any(row[place.key] for row in found.values())
