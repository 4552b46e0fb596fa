"""What is selected, and what never is: exclusions, availability, hostile text, groups, templates, tracks meant by a person."""

from datetime import UTC, date, datetime

import pytest

from playlists.language.fields import FIELDS
from playlists.language.kinds import Takes
from playlists.language.model import (
    EVERYTHING,
    Condition,
    DayRange,
    Expression,
    ForEach,
    Group,
    expressions_of,
)
from playlists.language.operators import OPERATORS
from playlists.language.pattern import compile_pattern
from playlists.selection.query import compile_query
from playlists.selection.template_values import template_values
from playlists.selection.tracks import field_values, find_track, select_tracks
from utils.database.views import load_views
from utils.errors import JobError, SettingsError

NOW = datetime(2026, 3, 15, 13, 30, tzinfo=UTC)
HOSTILE = (
    *(
        "Don't",
        "'; DROP TABLE tracks; --",
        "' OR '1'='1",
        '" OR 1=1 --',
        "\\",
        "\\'",
        "%",
        "_",
        "%s",
        "%(user_id)s",
    ),
    *(
        "$1",
        "{0}",
        "{value}",
        "a\nb",
        "/* x",
        "; SELECT pg_sleep(10)",
        "\U0001f600",
        "x' AND is_playable --",
        "E'\\x27",
    ),
)


def is_(field, value, operator="is"):
    return Condition(Expression(field), operator, value)


@pytest.fixture
def three(library):
    """The tracks plain, excluded, unplayable (and unknown), all liked."""
    names = ("plain", "excluded", "unplayable", "unknown")
    for track_id in names:
        library.add("tracks", {"track_id": track_id, "name": f"Song {track_id}"})
        library.add("liked_tracks", {"user_id": "u", "track_id": track_id, "liked_at": NOW})
    library.add("excluded_tracks", {"user_id": "u", "track_id": "excluded", "excluded_at": NOW})
    for track_id, is_playable in (("plain", True), ("excluded", True), ("unplayable", False)):
        row = {"market": "NL", "track_id": track_id, "is_playable": is_playable, "checked_at": NOW}
        library.add("track_availability", row)
    library.refresh()

    def select(match, **options):
        tracks = select_tracks(library.cursor, match, library.context(NOW), **options)
        return [track.track_id for track in tracks]

    return select


ALWAYS_TRUE = is_("liked", True)


@pytest.mark.parametrize(
    "match",
    [
        EVERYTHING,
        ALWAYS_TRUE,
        Group("any", (ALWAYS_TRUE, is_("title", "song", "contains"))),
        Group("any", (Group("none", (is_("title", "nothing"),)), ALWAYS_TRUE)),
        Group("none", (is_("title", "nothing"),)),
        Group("all", (Group("any", (ALWAYS_TRUE, ALWAYS_TRUE)), Group("all", ()))),
    ],
)
def test_no_group_lets_excluded_and_unplayable_tracks_in(three, match):
    """Case 28: `any` at the top selects no more than it says. Unknown availability counts as playable (case 24)."""
    assert three(match) == ["plain", "unknown"]
    assert three(match, source="known") == ["plain", "unknown"]


def test_a_filter_that_asks_about_availability_gets_its_answer(three):
    """Case 30: also where it asks within a group."""
    unplayable = is_("is_playable", False)
    assert three(unplayable) == ["unplayable"]
    assert three(Group("any", (unplayable, is_("title", "song plain")))) == ["plain", "unplayable"]
    assert three(is_("is_playable", None)) == ["unknown"]
    assert three(is_("restriction_reason", True, "is_empty")) == ["plain", "unknown", "unplayable"]
    assert three(EVERYTHING, include_unplayable=True) == ["plain", "unknown", "unplayable"]


def test_an_empty_group_says_what_its_word_says(three):
    assert three(Group("all", ())) == three(EVERYTHING)
    assert three(Group("none", ())) == three(EVERYTHING)
    assert three(Group("any", ())) == []


def test_the_library_of_another_listener_is_not_looked_at(three, library):
    library.add("tracks", {"track_id": "theirs"})
    library.add("liked_tracks", {"user_id": "v", "track_id": "theirs", "liked_at": NOW})
    library.refresh()
    assert "theirs" not in three(EVERYTHING)
    assert "theirs" in three(EVERYTHING, source="known")
    assert three(is_("in_library", False), source="known") == ["theirs"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(library, text):
    """Case 26: no text is ever part of a statement, and none is a wildcard (case 29)."""
    library.add("tracks", {"track_id": "same", "name": text}, {"track_id": "other", "name": "ab 100 x"})
    for track_id in ("same", "other"):
        library.add("liked_tracks", {"user_id": "u", "track_id": track_id, "liked_at": NOW})
    library.lists[text] = ({"same": None, text: None},)
    library.refresh()
    context = library.context(NOW)
    for operator, found in OPERATORS[FIELDS["title"].kind].items():
        if found.takes in (Takes.TEXT, Takes.TEXTS):
            value, harmless = (text, "x") if found.takes is Takes.TEXT else ((text, "else"), ("x",))
            sql = compile_query(is_("title", value, operator), context)[0]
            assert sql == compile_query(is_("title", harmless, operator), context)[0]
            selected = {
                one.track_id for one in select_tracks(library.cursor, is_("title", value, operator), context)
            }
            assert selected == ({"other"} if operator in ("is_not", "not_contains", "not_in") else {"same"})
    for field in ("artist", "playlists", "genres"):
        for operator in ("any_is", "all_are", "any_contains", "in"):
            assert select_tracks(library.cursor, is_(field, (text,), operator), context) == []
    in_list = select_tracks(library.cursor, is_("playlist", (text,), "in"), context)
    assert [track.track_id for track in in_list] == ["same"]
    quoted = compile_pattern("".join(f"\\{one}" if not one.isalnum() else one for one in text))
    matching = select_tracks(library.cursor, is_("title", quoted, "matches"), context)
    assert [track.track_id for track in matching] == ["same"]


@pytest.mark.parametrize("operator", ["is", "contains", "starts_with", "ends_with"])
def test_a_text_of_accents_alone_finds_nothing_rather_than_everything(three, operator):
    assert three(is_("title", "\u0301", operator)) == []
    assert three(is_("artist", ("\u0301",), "any_contains")) == []


def test_the_text_of_a_statement_depends_on_the_shape_of_a_filter_only(library):
    def statement(text, number, day):
        match = Group(
            "all", (is_("title", text), is_("play_count", number, "gte"), is_("liked_at", day, "on"))
        )
        return compile_query(match, library.context(NOW))[0]

    first = DayRange("2026", date(2026, 1, 1), date(2026, 12, 31))
    assert statement("a", 1, first) == statement("'; --", 10**9, DayRange("x", date.min, date.max))


def test_only_what_is_needed_is_joined(library):
    context = library.context(NOW)
    assert "JOIN" not in compile_query(is_("play_count", 1, "gte"), context)[0]
    both = Group("all", (is_("title", "x"), is_("clean_title", "x"), is_("title", "y")))
    assert compile_query(both, context)[0].count("JOIN") == 1


def test_a_track_comes_with_what_order_and_caps_look_at(library):
    for artist_id, name in (("x", "Björk"), ("y", None)):
        library.add("artists", {"artist_id": artist_id, "name": name, "genres": ["Art Pop"]})
    library.add("albums", {"album_id": "al", "name": "Début", "release_date": "1993-07"})
    library.add(
        "tracks", {"track_id": "t", "album_id": "al", "name": "Vénus", "duration_ms": 1000, "isrc": "I"}
    )
    for position, artist_id in enumerate(("x", "y")):
        library.add("track_artists", {"track_id": "t", "position": position, "artist_id": artist_id})
    library.add("liked_tracks", {"user_id": "u", "track_id": "t", "liked_at": NOW})
    library.refresh()
    expressions = [Expression("title"), Expression("plays_in", (("hours", (6, 12)),)), Expression("title")]
    [track] = select_tracks(library.cursor, EVERYTHING, library.context(NOW), expressions=expressions)
    assert (track.track_id, track.name, track.artist_ids, track.artists) == (
        "t",
        "Vénus",
        ["x", "y"],
        ["Björk", ""],
    )
    assert (track.album_id, track.album_name, track.release_date) == ("al", "Début", "1993-07")
    assert (track.genres, track.duration_ms, track.isrc) == (["Art Pop"], 1000, "I")
    assert (track.is_playable, track.added_at, track.play_count) == (None, NOW, 0)
    assert track.values == {"title": "venus", "plays_in(hours=(6, 12))": 0}


def test_field_values_are_told_of_excluded_tracks_too(three, library):
    values = field_values(library.cursor, [Expression("excluded")], library.context(NOW))
    assert {track_id for track_id, row in values.items() if row["excluded"]} == {"excluded"}
    assert len(values) == 4
    assert "excluded" not in FIELDS


def test_each_expression_is_asked_for_once():
    title, window = Expression("title"), Expression("plays_in", (("hours", (6, 12)),))
    match = Group(
        "all",
        (
            Condition(title, "is", "a"),
            Group("none", (Condition(window, "eq", 1), Condition(title, "is", "b"))),
        ),
    )
    assert expressions_of(match) == [title, window]


def test_views_that_were_never_made_are_named_with_the_remedy(library):
    first = next(view.name for view in load_views() if view.is_materialized)
    library.cursor.execute(f"DROP MATERIALIZED VIEW {first} CASCADE")
    with pytest.raises(JobError, match="unified_tracks") as caught:
        select_tracks(library.cursor, EVERYTHING, library.context(NOW))
    assert caught.value.remedy == "Run ./run materialized_views first."


# Templates


@pytest.fixture
def varied(library):
    """Six tracks of three artists, whose names are written in different ways."""
    for artist_id, name in (("a", "Björk"), ("b", "BJORK"), ("c", "Air"), ("d", None)):
        library.add(
            "artists",
            {"artist_id": artist_id, "name": name, "genres": ["Pop", "Rock"] if name == "Air" else None},
        )
    for number, (artist_id, released) in enumerate(
        [("a", "1993"), ("a", "1995-06-01"), ("b", "2001"), ("c", "1998"), ("c", "soon"), ("d", None)]
    ):
        album = {"album_id": f"al{number}", "name": f"Album {number % 2}", "release_date": released}
        library.add("albums", album)
        library.add("tracks", {"track_id": f"t{number}", "album_id": f"al{number}", "name": f"T{number}"})
        library.add("track_artists", {"track_id": f"t{number}", "position": 0, "artist_id": artist_id})
        library.add("liked_tracks", {"user_id": "u", "track_id": f"t{number}", "liked_at": NOW})
    library.refresh()
    return library


def values_of(library, match, by):
    values = template_values(library.cursor, library.context(NOW), match, "library", ForEach(by))
    return [(one.key, one.count) for one in values]


@pytest.mark.parametrize(
    ("by", "counts"),
    [
        ("artist", [("Björk", 3), ("Air", 2)]),
        ("album", [("Album 0", 3), ("Album 1", 3)]),
        ("genre", [("Pop", 2), ("Rock", 2)]),
        ("year", [("1993", 1), ("1995", 1), ("1998", 1), ("2001", 1)]),
        ("decade", [("1990", 3), ("2000", 1)]),
    ],
)
def test_the_values_of_a_template(varied, by, counts):
    assert values_of(varied, EVERYTHING, by) == counts


def test_the_values_of_a_template_are_those_of_its_filter(varied):
    match = is_("decade", 1990, "eq")
    assert values_of(varied, match, "artist") == [("Björk", 2), ("Air", 1)]


# A track that a person means


@pytest.fixture
def titled(library):
    """Tracks of the library and beyond."""
    for track_id, name, is_liked in (
        *(
            ("4uLU6hMCjMI75M1A2tKUQC", "Never Gonna Give You Up", True),
            ("t1", "Café", True),
            ("t2", "Café", False),
        ),
        *(("t3", "Café del Mar", True), ("t4", "Blue Monday", True), ("t5", "Blue Monday", True)),
        *(("t6", "Outside", False), ("t7", "100%", True)),
    ):
        library.add("tracks", {"track_id": track_id, "name": name})
        if is_liked:
            library.add("liked_tracks", {"user_id": "u", "track_id": track_id, "liked_at": NOW})
    library.refresh()
    return library


@pytest.mark.parametrize(
    ("wanted", "track_id"),
    [
        ("4uLU6hMCjMI75M1A2tKUQC", "4uLU6hMCjMI75M1A2tKUQC"),
        ("spotify:track:4uLU6hMCjMI75M1A2tKUQC", "4uLU6hMCjMI75M1A2tKUQC"),
        ("https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC?si=x", "4uLU6hMCjMI75M1A2tKUQC"),
        ("https://open.spotify.com/intl-de/track/4uLU6hMCjMI75M1A2tKUQC", "4uLU6hMCjMI75M1A2tKUQC"),
        ("gonna give", "4uLU6hMCjMI75M1A2tKUQC"),
        ("CAFE", "t1"),
        ("cafe del", "t3"),
        ("t5", "t5"),
        ("outside", "t6"),
        ("%", "t7"),
    ],
)
def test_a_track_is_found_by_what_a_person_has(titled, wanted, track_id):
    assert find_track(titled.cursor, wanted, titled.context(NOW)).track_id == track_id


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("blue mon", "(?s)t4.*t5"), ("nothing", "No track"), ("", "No track"), ("_", "No track")],
)
def test_no_track_or_several_is_an_error_that_says_which(titled, wanted, message):
    with pytest.raises(SettingsError, match=message) as caught:
        find_track(titled.cursor, wanted, titled.context(NOW))
    assert "id" in caught.value.remedy
