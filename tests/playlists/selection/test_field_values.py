"""What each field says of a track, from a small library made by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from playlists.arrangement.dedupe import clean_title
from playlists.language.fields import FIELDS
from playlists.language.model import Condition, DayRange, Expression, Span
from playlists.language.texts import fold
from playlists.selection.tracks import field_values, select_tracks

NOW = datetime(2026, 3, 15, 13, 30, tzinfo=UTC)  # a Sunday, 9:30 in New York


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def told(library):
    """The track `full` of a small library with everything, and `bare` with next to nothing: name → value of a field."""
    user = {"user_id": "u"}
    library.add(
        "artists",
        {"artist_id": "bjork", "name": "Björk", "genres": ["Art Pop", "Électronique"]},
        {"artist_id": "guest", "name": "Guest", "genres": ["Art Pop"]},
    )
    library.add(
        "albums",
        {
            "album_id": "vesper",
            "name": "Vespertine",
            "album_type": "album",
            "release_date": "2001-08",
            "release_date_precision": "month",
            "total_tracks": 4,
            "label": "One Little Indian",
        },
    )
    library.add("album_artists", {"album_id": "vesper", "position": 0, "artist_id": "bjork"})
    full = {
        "track_id": "Full",
        "album_id": "vesper",
        "name": "Cocoön (feat. Guest) - Remastered 2011",
        "disc_number": 1,
        "track_number": 3,
        "duration_ms": 200_000,
        "explicit": False,
        "isrc": "GBX1",
        "popularity": 61,
    }
    library.add(
        "tracks",
        full,
        {**full, "track_id": "other", "name": "Aurora", "isrc": None},
        {**full, "track_id": "twin", "album_id": None, "name": "Cocoon (twin)"},
        {**dict.fromkeys(full), "track_id": "bare"},
        {**dict.fromkeys(full), "track_id": "outside", "name": "Outside"},
    )
    place = {"album_id": "vesper", "disc_number": 1, "track_number": 3}
    library.add("album_tracks", {**place, "track_id": "Full"}, {**place, "track_id": "other"})
    library.add(
        "track_artists",
        {"track_id": "Full", "position": 0, "artist_id": "bjork"},
        {"track_id": "Full", "position": 1, "artist_id": "guest"},
        {"track_id": "other", "position": 0, "artist_id": "bjork"},
    )
    library.add(
        "liked_tracks",
        {**user, "track_id": "Full", "liked_at": at("2026-02-01T10:00")},
        {**user, "track_id": "bare", "liked_at": at("2020-01-01T00:00")},
    )
    library.add("saved_albums", {**user, "album_id": "vesper", "added_at": at("2026-01-05T10:00")})
    library.add("followed_artists", {**user, "artist_id": "guest", "first_seen_at": NOW})
    library.add(
        "track_availability",
        {
            "market": "NL",
            "track_id": "Full",
            "is_playable": False,
            "restriction_reason": "market",
            "checked_at": NOW,
            "changed_at": at("2026-03-01T00:00"),
        },
    )
    for playlist_id, owner in (("mine", "spotify-u"), ("smart", "spotify-u"), ("theirs", "someone")):
        library.add(
            "playlists",
            {
                **user,
                "playlist_id": playlist_id,
                "owner_id": owner,
                "name": f"Été {playlist_id}",
                "position": 0,
            },
        )
        for position, added in enumerate(("2026-01-10T00:00", "2026-01-20T00:00")):
            entry = {
                **user,
                "playlist_id": playlist_id,
                "position": position,
                "item_type": "track",
                "track_id": "Full",
            }
            library.add(
                "playlist_items",
                {**entry, "added_at": at(added), "added_by": ("spotify-u", "Friend")[position]},
            )
    mapping = {"slug": "s", "name": "s", "playlist_id": "smart", "rules": "{}", "status": "active"}
    library.add("playlist_mappings", {**user, **mapping})
    plays = (
        ("Full", "2025-03-15T14:00", None, "api", None),  # a Saturday, 10:00 in New York; this day a year ago
        ("Full", "2026-02-20T03:00", 200_000, "export", None),  # Thursday, 22:00
        ("Full", "2026-02-21T03:00", 40_000, "export", "spotify:album:V"),  # Friday, 22:00: a skip
        (
            "twin",
            "2026-03-07T03:30",
            180_000,
            "export",
            "spotify:playlist:P",
        ),  # Friday, 22:30: counts for Full
        ("other", "2026-03-14T12:00", None, "api", None),
        ("outside", "2026-03-14T16:00", None, "api", "spotify:album:O"),
    )
    for track_id, played_at, heard, source, context_uri in plays:
        row = {"played_at": at(played_at), "item_key": f"spotify:track:{track_id}", "ms_played": heard}
        library.add("plays", {**user, **row, "source": source, "context_uri": context_uri})
        library.add("played_tracks", {**user, "track_id": track_id})
    for day, short, other in ((date(2026, 3, 15), 2, 9), (date(2026, 3, 8), 7, 1), (date(2026, 3, 1), 1, 3)):
        for time_range, rank in (
            ("short_term", short),
            ("medium_term", short + 10),
            ("long_term", short + 20),
        ):
            row = {**user, "item_type": "track", "time_range": time_range, "captured_on": day}
            # The top list names the other release.
            library.add("top_items", {**row, "rank": rank, "item_id": "twin"})
            library.add("top_items", {**row, "rank": other + 30, "item_id": "other"})
    # What has left the library, and what has come back to it.
    gone = {"first_seen_at": at("2025-01-01T00:00"), "item_uri": "spotify:track:outside"}
    for playlist_id, removed in (
        ("mine", "2025-06-01T00:00"),
        ("smart", "2025-07-01T00:00"),
        ("theirs", "2025-08-01T00:00"),
    ):
        history = {**user, **gone, "playlist_id": playlist_id, "removed_at": at(removed)}
        library.add("playlist_item_history", history, {**history, "item_uri": "spotify:track:Full"})
    left = {**user, "liked_at": at("2024-01-01T00:00"), "removed_at": at("2025-05-01T00:00")}
    library.add("liked_tracks", {**left, "track_id": "outside"}, {**left, "track_id": "twin"})
    library.refresh()

    def of(
        track_id: str, source: str = "library", counted: str = "plays_in", **options: object
    ) -> dict[str, object]:
        expressions = [Expression(name) for name, field in FIELDS.items() if not field.needs_option]
        if options:
            expressions = [Expression(counted, tuple(sorted(options.items())))]
        return field_values(library.cursor, expressions, library.context(NOW), source=source)[track_id]

    return of


FULL = {
    "title": "cocoon (feat. guest) - remastered 2011",
    "clean_title": "cocoon",
    "track_id": "full",
    "isrc": "gbx1",
    "recording_key": "isrc gbx1",
    "duration": 200_000,
    "explicit": False,
    "disc_number": 1,
    "track_number": 3,
    "is_playable": False,
    "restriction_reason": "market",
    "unavailable_since": at("2026-03-01T00:00"),
    "popularity": 61,
    "artist": ["bjork", "guest"],
    "main_artist": "bjork",
    "album_artist": ["bjork"],
    "artist_count": 2,
    "is_feature": True,
    "album": "vespertine",
    "album_type": "album",
    "release_date": date(2001, 8, 1),
    "year": 2001,
    "decade": 2000,
    "release_precision": "month",
    "release_age": (date(2026, 3, 15) - date(2001, 8, 1)).days,
    "album_total_tracks": 4,
    "label": "one little indian",
    "album_saved": True,
    "album_saved_at": at("2026-01-05T10:00"),
    "liked": True,
    "liked_at": at("2026-02-01T10:00"),
    "added_at": at("2026-01-05T10:00"),
    "removed_at": None,
    "in_library": True,
    "sources": ["album", "liked", "playlist", "history"],
    "playlists": ["ete mine"],
    "playlist_count": 1,
    "added_to_playlist_at": at("2026-01-20T00:00"),
    "added_by": ["friend", "spotify-u"],
    "artist_in": ["bjork", "guest"],
    "playlist": "Full",
    "artist_followed": True,
    "genres": ["art pop", "electronique"],
    "artist_play_count": 4,
    "artist_first_played": at("2025-03-15T14:00"),
    "artist_last_played": at("2026-03-14T12:00"),
    "artist_liked_count": 1,
    "artist_track_count": 2,
    "album_play_count": 5,
    "album_last_played": at("2026-03-14T12:00"),
    "album_completion": Decimal(50),
    "album_liked_share": Decimal(25),
    "play_count": 4,
    "first_played": at("2025-03-15T14:00"),
    "last_played": at("2026-03-07T03:30"),
    "days_since_played": 9,
    "listened": 620_000,
    "avg_completion": Decimal("77.5"),
    "skip_count": 1,
    "skip_rate": Decimal("25.0"),
    "last_skipped": at("2026-02-21T03:00"),
    "distinct_days": 4,
    "plays_on_this_day": 1,
    "last_context": "spotify:playlist:p",
    "play_source": ["api", "import"],
    "trend": 3,
    "peak_month": date(2026, 2, 1),
    "dominant_daypart": "evening",
    "weekend_share": Decimal("25.0"),
    "top_rank_short": 2,
    "top_rank_medium": 12,
    "top_rank_long": 22,
    "top_rank_change": 5,
    "weeks_in_top": 3,
}


def test_each_field_of_a_track_that_has_everything(told):
    assert set(FULL) == {name for name, field in FIELDS.items() if not field.needs_option}
    assert told("Full") == FULL
    assert told("Full", "known") == FULL


def test_each_field_of_a_track_of_which_nothing_is_known(told):
    found = told("bare")
    assert {name for name, value in found.items() if value is not None} == {
        *(
            "track_id",
            "playlist",
            "added_by",
            "artist_in",
            "artist",
            "album_artist",
            "artist_count",
            "is_feature",
            "genres",
            "playlists",
        ),
        *("album_saved", "liked", "liked_at", "added_at", "in_library", "sources", "playlist_count"),
        *(
            "artist_followed",
            "artist_play_count",
            "artist_liked_count",
            "artist_track_count",
            "album_play_count",
        ),
        *(
            "play_count",
            "listened",
            "skip_count",
            "distinct_days",
            "plays_on_this_day",
            "play_source",
            "trend",
        ),
        "weeks_in_top",
    }
    zero = ("artist_count", "playlist_count", "play_count", "listened", "skip_count", "trend", "weeks_in_top")
    assert {found[name] for name in zero} == {0}
    assert [found[name] for name in ("artist", "genres", "playlists", "play_source")] == [[], [], [], []]
    assert found["sources"] == ["liked"]
    assert [found[name] for name in ("is_feature", "album_saved", "artist_followed")] == [False] * 3


def test_what_is_known_beyond_the_library_has_its_own_plays(told):
    found = told("outside", "known")
    assert (found["in_library"], found["liked"], found["sources"]) == (False, False, ["history"])
    assert (found["play_count"], found["last_context"]) == (1, "spotify:album:o")
    assert told("twin", "known")["play_count"] == 1
    with pytest.raises(KeyError):
        told("outside")


def test_what_left_the_library_says_when(told):
    """The last of its own moments; other people's lists and smart ones were no library."""
    assert told("outside", "known")["removed_at"] == at("2025-06-01T00:00")
    assert told("twin", "known")["removed_at"] == at("2025-05-01T00:00")
    assert told("Full", "known")["removed_at"] is None


@pytest.mark.parametrize(
    ("options", "plays"),
    [
        ({"window": Span(30, "d")}, 3),
        ({"window": Span(1, "y")}, 4),
        ({"window": Span(364, "d")}, 3),
        ({"window": Span(13, "m")}, 4),
        ({"window": Span(36, "h")}, 0),
        ({"from": DayRange("2026", date(2026, 1, 1), date(2026, 12, 31))}, 3),
        ({"to": DayRange("2025", date(2025, 1, 1), date(2025, 12, 31))}, 1),
        ({"from": DayRange("2026-02-19", date(2026, 2, 19), date(2026, 2, 19))}, 3),  # 22:00 of the 19th
        ({"from": DayRange("2026-02-20", date(2026, 2, 20), date(2026, 2, 20))}, 2),
        (
            {
                "from": DayRange("2026-02-20", date(2026, 2, 20), date(2026, 2, 20)),
                "to": DayRange("-9d", None, None, Span(9, "d")),
            },
            2,
        ),
        ({"to": DayRange("-10d", None, None, Span(10, "d")), "window": Span(30, "d")}, 2),
        ({"weekdays": (5,)}, 2),
        ({"weekdays": (6, 7)}, 1),
        ({"hours": (22, 3)}, 3),
        ({"hours": (6, 12)}, 1),
        ({"hours": (23, 22)}, 1),
        ({"dayparts": ("evening",)}, 3),
        ({"dayparts": ("morning", "evening")}, 4),
        ({"sources": ("import",)}, 3),
        ({"sources": ("api", "import"), "weekdays": (5,), "window": Span(10, "d")}, 1),
    ],
)
def test_plays_in_a_window(told, options, plays):
    [found] = told("Full", **options).values()
    assert found == plays


@pytest.mark.parametrize(
    ("counted", "options", "count"),
    [
        ("plays_in", {"context": ("spotify:playlist:P",)}, 1),
        ("plays_in", {"context": ("playlist",)}, 1),
        ("plays_in", {"context": ("album", "playlist")}, 2),
        ("plays_in", {"context": ("spotify:playlist:p",)}, 0),  # ids know case
        ("plays_in", {"context": ("liked",)}, 0),
        ("skips_in", {"context": ("spotify:album:V",)}, 1),
        ("skips_in", {"window": Span(30, "d")}, 1),
        ("skips_in", {"window": Span(7, "d")}, 0),
        ("skips_in", {"hours": (22, 23)}, 1),
        ("artist_plays_in", {"window": Span(30, "d")}, 3),  # of Full twice, and of other; twin has no artist
        ("artist_plays_in", {"weekdays": (6,)}, 2),
        ("album_plays_in", {"window": Span(30, "d")}, 4),  # twin counts for Full
        ("album_plays_in", {"window": Span(36, "h")}, 1),
    ],
)
def test_other_counts_in_a_window(told, counted, options, count):
    [found] = told("Full", counted=counted, **options).values()
    assert found == count


@pytest.mark.parametrize(
    ("uri", "of"),
    [
        ("spotify:playlist:37i9dQZF1DXcBWIGoYBM5M", ("playlist", "spotify:playlist:37i9dQZF1DXcBWIGoYBM5M")),
        (
            "spotify:user:me:playlist:37i9dQZF1DXcBWIGoYBM5M",
            ("playlist", "spotify:playlist:37i9dQZF1DXcBWIGoYBM5M"),
        ),
        ("spotify:album:37i9dQZF1DXcBWIGoYBM5M", ("album", "spotify:album:37i9dQZF1DXcBWIGoYBM5M")),
        ("spotify:artist:37i9dQZF1DXcBWIGoYBM5M", ("artist", "spotify:artist:37i9dQZF1DXcBWIGoYBM5M")),
        ("spotify:user:me:collection", ("liked",)),
        ("spotify:collection", ("liked",)),
        (None, ()),
        ("", ()),
    ],
)
def test_contexts(library, uri, of):
    library.add("tracks", {"track_id": "t", "name": "t"})
    library.add("liked_tracks", {"user_id": "u", "track_id": "t", "liked_at": NOW})
    row = {
        "played_at": NOW - timedelta(days=1),
        "item_key": "spotify:track:t",
        "source": "api",
        "context_uri": uri,
    }
    library.add("plays", {"user_id": "u", **row})
    library.add("played_tracks", {"user_id": "u", "track_id": "t"})
    library.refresh()
    every = (
        "playlist",
        "album",
        "artist",
        "liked",
        *(f"spotify:{kind}:37i9dQZF1DXcBWIGoYBM5M" for kind in ("playlist", "album", "artist")),
    )
    windows = {one: Expression("plays_in", (("context", (one,)),)) for one in every}
    [found] = field_values(library.cursor, list(windows.values()), library.context(NOW)).values()
    assert {one for one, window in windows.items() if found[window.key]} == {*of}


def test_artists_of_other_lists(library):
    library.add("artists", *({"artist_id": one, "name": one} for one in "ab"))
    library.add("tracks", *({"track_id": one, "name": one} for one in ("a1", "a2", "ab", "b1", "none")))
    credited = {"a1": "a", "a2": "a", "ab": "ba", "b1": "b"}
    for track_id, artists in credited.items():
        library.add(
            "track_artists",
            *(
                {"track_id": track_id, "position": place, "artist_id": one}
                for place, one in enumerate(artists)
            ),
        )
    library.add(
        "liked_tracks", *({"user_id": "u", "track_id": one, "liked_at": NOW} for one in (*credited, "none"))
    )
    library.refresh()
    context = replace(
        library.context(NOW),
        lists={"of a": ({"a1": None},), "of nobody": ({"none": None},), "empty": ({},)},
    )

    def found(operator: str, *names: str) -> set[str]:
        condition = Condition(Expression("artist_in"), operator, names)
        return {track.track_id for track in select_tracks(library.cursor, condition, context)}

    assert found("in", "of a") == {"a1", "a2", "ab"}
    assert found("not_in", "of a") == {"b1", "none"}
    assert found("in", "of nobody", "empty") == set()
    assert found("not_in", "empty") == {*credited, "none"}


@pytest.mark.parametrize(
    ("written", "first", "year"),
    [
        ("1981-12-15", date(1981, 12, 15), 1981),
        ("1981-12", date(1981, 12, 1), 1981),
        ("1981", date(1981, 1, 1), 1981),
        ("2024-02-29", date(2024, 2, 29), 2024),
        *(
            (odd, None, None)
            for odd in ("2023-02-29", "1981-13-01", "1981-00-10", "1981-04-31", "0000", "0000-01", "soon")
        ),
        *((odd, None, None) for odd in ("", None, "19811", "1981-1-1", "١٩٨١", "1981-12-15T00:00")),
    ],
)
def test_release_dates_as_odd_as_they_come(library, written, first, year):
    library.add("albums", {"album_id": "a", "release_date": written})
    library.add("tracks", {"track_id": "t", "album_id": "a"})
    library.add("liked_tracks", {"user_id": "u", "track_id": "t", "liked_at": NOW})
    library.refresh()
    expressions = [Expression("release_date"), Expression("year")]
    found = field_values(library.cursor, expressions, library.context(NOW))
    assert found == {"t": {"release_date": first, "year": year}}


TITLES = (
    *(
        "Song",
        "Song - Live",
        "Song (Live)",
        "Song - Remastered 2011",
        "Song - 2011 Remaster",
        "Song (Remastered)",
    ),
    *(
        "Song (2009 Digital Remaster)",
        "Song [Remastered Version]",
        "Song (feat. X)",
        "Song (ft. X & Y) - Remastered",
    ),
    *(
        "Song feat. Somebody",
        "Song - feat. X - Remastered 2011",
        "Song (with X)",
        "Song (feat. X) [Remix]",
        "Song - Edit",
    ),
    *(
        "Song (feat. X Remix)",
        "Song ft. The Live Band",
        "(Remastered)",
        "Remastered",
        "  Song   two  ",
        "Défense",
        "A - B",
    ),
    *(
        "Song (Live) - Remastered 2010",
        "Song - Live - Remastered",
        "Song - featuring X",
        "feat. X",
        "Mono - Remastered",
    ),
)


def test_clean_titles_are_those_that_dedupe_compares(library):
    for number, title in enumerate(TITLES):
        library.add("tracks", {"track_id": f"t{number}", "name": title})
        library.add("liked_tracks", {"user_id": "u", "track_id": f"t{number}", "liked_at": NOW})
    library.refresh()
    found = field_values(library.cursor, [Expression("clean_title")], library.context(NOW))
    in_python = {f"t{number}": fold(clean_title(title)) for number, title in enumerate(TITLES)}
    assert {track_id: row["clean_title"] for track_id, row in found.items()} == in_python
    assert len(set(in_python.values())) > 10


def test_a_day_is_one_of_the_listeners_zone(library):
    """23:30 in New York is the next day in UTC; on the night that the clocks go forward, too."""
    moments = {"before": "2026-03-08T04:30", "after": "2026-03-09T03:30", "next": "2026-03-09T04:30"}
    for track_id, moment in moments.items():
        library.add("tracks", {"track_id": track_id})
        library.add("liked_tracks", {"user_id": "u", "track_id": track_id, "liked_at": at(moment)})
    library.refresh()
    for day, expected in ((7, {"before"}), (8, {"after"}), (9, {"next"})):
        on = DayRange(f"2026-03-0{day}", date(2026, 3, day), date(2026, 3, day))
        condition = Condition(Expression("liked_at"), "on", on)
        assert {
            track.track_id for track in select_tracks(library.cursor, condition, library.context(NOW))
        } == expected


def test_in_the_last_is_up_to_the_second(library):
    start = NOW - timedelta(days=8)
    for track_id, moment in (
        ("in", start),
        ("out", start - timedelta(seconds=1)),
        ("ahead", NOW + timedelta(days=1)),
    ):
        library.add("tracks", {"track_id": track_id})
        # The clocks went forward on 8 March: eight days of the clock are an hour less.
        library.add(
            "liked_tracks", {"user_id": "u", "track_id": track_id, "liked_at": moment + timedelta(hours=1)}
        )
    library.refresh()
    for operator, expected in (("in_last", {"in"}), ("not_in_last", {"out", "ahead"})):
        condition = Condition(Expression("liked_at"), operator, Span(8, "d"))
        assert {
            track.track_id for track in select_tracks(library.cursor, condition, library.context(NOW))
        } == expected
