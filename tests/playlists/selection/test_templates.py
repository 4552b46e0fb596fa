"""The lists of a template: one for each value of any field; slugs that are short where a value is plain, never the same for two."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from playlists.language.definition import parse_definition
from playlists.language.fields import FIELDS
from playlists.language.kinds import DATES, Kind
from playlists.language.model import EVERYTHING, ForEach
from playlists.language.options import PER, TEMPLATE_FIELDS
from playlists.language.written import as_written
from playlists.selection.lists import make_lists
from playlists.selection.query import ABOUT_AVAILABILITY
from playlists.selection.smart_list import Listener
from playlists.selection.template_values import condition_of_value, template_values, value_text
from playlists.selection.templates import lasting_slug_part, slug_part
from playlists.selection.tracks import select_tracks

NOW = datetime(2026, 3, 15, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("1990s", "1990s"), ("post-punk", "post_punk"), ("R&B / Soul", "r_b_soul"), ("Björk", "bjork")],
)
def test_plain_names(name, slug):
    assert slug_part(name) == slug


def test_names_that_slugs_cannot_spell_stay_apart():
    names = ["日本", "Кино", "Ария", "!!!", "???", "", "日本 2", "中国 2"]
    slugs = {slug_part(name) for name in names}
    assert len(slugs) == len(names)
    assert all(slug.replace("_", "").isalnum() and slug.isascii() for slug in slugs)


def made(library, text, match="everything"):
    """slug → (name, tracks) of the lists of a template that shows all its values."""
    more = "min_tracks: 1, max_lists: 100"
    template = f'name: "The {{value}}"\nmatch: {match}\nfor_each: {{{text}, {more}}}\n'
    listener = Listener("u", "NL", ZoneInfo("America/New_York"), NOW, "run")
    lists = make_lists(library.cursor, [parse_definition("t", template, "t.yml")], listener)
    assert not [one.error for one in lists if one.error]
    return {one.slug: (one.definition.name, "".join(track.track_id for track in one.tracks)) for one in lists}


@pytest.fixture
def six(library):
    """The liked tracks a to f: of four labels, of which two are called alike; a and d liked in the night before March."""
    labels = ("Warp Records", "WARP records", "AC/DC", "AC DC", "R&S", None)
    for track_id, label in zip("abcdef", labels, strict=True):
        library.add(
            "albums", {"album_id": f"al-{track_id}", "name": "A", "label": label, "release_date": "1999"}
        )
        library.add("tracks", {"track_id": track_id, "name": track_id, "album_id": f"al-{track_id}"})
        liked_at = datetime(2026, 3, 1, 4, 30, tzinfo=UTC) if track_id in "ad" else NOW
        library.add("liked_tracks", {"user_id": "u", "track_id": track_id, "liked_at": liked_at})
    library.cursor.execute("UPDATE tracks SET explicit = track_id IN ('a', 'b') WHERE track_id <> 'f'")
    library.refresh()
    return library


def test_a_template_by_a_text_has_its_spelling_and_slugs_that_last(six):
    before = made(six, "by: label")
    assert {
        slug.rpartition("_")[0] if "records" not in slug else slug: one for slug, one in before.items()
    } == {
        "t_warp_records": ("The WARP records", "ab"),
        "t_ac": ("The AC DC", "d"),
        "t_ac_dc": ("The AC/DC", "c"),
        "t_r_s": ("The R&S", "e"),
    }
    slug_of = {name: slug for slug, (name, _) in before.items()}
    six.cursor.execute("DELETE FROM liked_tracks WHERE track_id = 'd'")
    six.refresh()
    after = {name: slug for slug, (name, _) in made(six, "by: label").items()}
    assert after == {name: slug for name, slug in slug_of.items() if name != "The AC DC"}


def test_long_values_have_lists_with_slugs_and_names_of_their_own(six):
    """Their names are cut to what Spotify takes, and would be the same; a value of accents alone is found by no condition."""
    for track_id, label in (("a", "x" * 300), ("b", "x" * 299 + "y"), ("c", "\u0301")):
        six.cursor.execute("UPDATE albums SET label = %s WHERE album_id = %s", (label, f"al-{track_id}"))
    six.refresh()
    lists = made(six, "by: label")
    assert sorted(tracks for _, tracks in lists.values()) == ["a", "b", "d", "e"]
    names = {name for name, _ in lists.values()}
    assert len(names) == 4
    assert max(map(len, names)) == 100
    assert max(map(len, lists)) < 80


def test_a_template_by_a_date_has_lists_of_days_months_or_years_of_the_listeners_zone(six):
    assert made(six, "by: liked_at, per: month") == {
        "t_2026_02": ("The February 2026", "ad"),
        "t_2026_03": ("The March 2026", "bcef"),
    }
    assert made(six, "by: liked_at, per: year") == {"t_2026": ("The 2026", "abcdef")}
    assert made(six, "by: liked_at, per: day") == {
        "t_2026_02_28": ("The 28 February 2026", "ad"),
        "t_2026_03_15": ("The 15 March 2026", "bcef"),
    }


def test_a_template_by_yes_or_no_leaves_out_what_is_not_known(six):
    assert made(six, "by: explicit") == {"t_no": ("The no", "cde"), "t_yes": ("The yes", "ab")}
    assert made(six, "by: explicit", "{all: [{label: {contains: warp}}]}") == {"t_yes": ("The yes", "ab")}


def test_a_template_by_a_number(six):
    assert made(six, "by: year") == {"t_1999": ("The 1999", "abcdef")}
    assert made(six, "by: play_count") == {"t_0": ("The 0", "abcdef")}


def has_value(value):
    return any(one not in (None, "") for one in (value if isinstance(value, list) else [value]))


@pytest.mark.search("seed", [2], range(2, 12))
def test_every_field_that_a_template_takes_puts_each_track_where_it_belongs(generated, seed):
    """A list for each value, with all that have it; slugs and names are no other's."""
    library = generated(seed)
    context = library.context()
    for by in TEMPLATE_FIELDS:
        for per in PER if by in FIELDS and FIELDS[by].kind in DATES else ("",):
            template = ForEach(by, per=per)
            values = template_values(library.cursor, context, EVERYTHING, "known", template)
            found = {}
            for one in values:
                match = condition_of_value(template, one.key)
                tracks = select_tracks(library.cursor, match, context, source="known")
                found[one.key] = [track.track_id for track in tracks]
                assert tracks, (by, one)
            expression = as_written(template.field)
            selected = select_tracks(
                library.cursor,
                EVERYTHING,
                context,
                source="known",
                include_unplayable=by in ABOUT_AVAILABILITY,
                expressions=[expression],
            )
            known = [track for track in selected if has_value(track.values[expression.key])]
            assert {track_id for ids in found.values() for track_id in ids} == {
                one.track_id for one in known
            }, by
            if FIELDS[template.field].kind is not Kind.TEXTS:
                assert (
                    sum(len(ids) for ids in found.values()) == len(known) == sum(one.count for one in values)
                )
            parts = [lasting_slug_part(key) for key in found]
            assert len(set(parts)) == len({value_text(template, key) for key in found}) == len(found), by
