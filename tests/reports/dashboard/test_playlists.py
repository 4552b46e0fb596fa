"""What the page Playlists shows: rules, changes, reasons, losses and how much is heard, and that names stay texts."""

import json
import random
import re
from datetime import UTC, datetime, timedelta

import pytest

from playlists.inspection.reasons import definition_of
from playlists.language.wording import Line
from reports.dashboard.pages import playlists
from reports.dashboard.smart_rules import Words, clause, nested
from tests.reports.dashboard.reading import HOSTILE, read, render

NOW = datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
FIRST = NOW - timedelta(days=60)
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
ID = "0aB1cD2eF3gH4iJ5kL6mN7"
RULES = {
    "match": {"all": [{"play_count": {"gte": 2}}, {"any": [{"liked": True}, {"title": "<b>"}]}]},
    "limit": 40,
}


def smart(rows, slug="rainy", name="Rainy Sunday", rules=RULES, **more):
    given = {"playlist_id": f"id of {slug}", "status": "active", "track_count": 3, "last_synced_at": NOW}
    rows.add(
        "playlist_mappings",
        user_id="u",
        slug=slug,
        name=name,
        rules=json.dumps(rules) if isinstance(rules, dict) else rules,
        **(given | more),
    )


def entry(rows, playlist_id, name, came=FIRST, went=None, artists="Somebody"):
    rows.add(
        "playlist_item_history",
        user_id="u",
        playlist_id=playlist_id,
        item_uri=f"spotify:track:{name}",
        first_seen_at=came,
        removed_at=went,
        name=name,
        artists=artists,
    )


def play(rows, track_id, times, days_ago=1.0):
    for each in range(times):
        rows.play(track_id, NOW - timedelta(days=days_ago, minutes=each))


def text(page):
    """What is read: what stands in other elements than those of a sentence is apart."""
    apart = re.sub(r"<(?!/?(?:a|bdi|data|time|code)\b)[^>]+>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", apart)).replace(" ,", ",")


def section(page, anchor):
    return text(page[page.index(f'<section id="{anchor}"') :].split("</section>")[0])


# What changed


def test_changes_are_what_was_seen_after_the_first_copy(rows, connection, tmp_path):
    rows.playlist("list", name="Mine")
    week, day = NOW - timedelta(days=7), NOW - timedelta(days=1)
    for name in ("stays", "goes", "comes back"):
        entry(rows, "list", name, went={"goes": week, "comes back": week}.get(name))
    entry(rows, "list", "comes back", came=day)
    entry(rows, "list", "new", came=week)
    found = read(connection, tmp_path, NOW, playlists.PAGE)["histories"]["list"]
    assert (found.since, found.size, found.count) == (FIRST, 3, 2)
    assert [(each.at, each.came, each.went, each.size) for each in found.changes] == [
        (day, 1, 0, 3),
        (week, 1, 2, 2),
    ]
    assert [row["name"] for row in found.changes[1].names[False]] == ["comes back", "goes"]
    assert [row["name"] for row in found.changes[1].names[True]] == ["new"]


def test_a_list_that_never_changed_says_since_when_it_is_known(rows, connection, tmp_path):
    rows.playlist("list", name="Mine", track_count=1)
    rows.playlist("empty", name="Empty", track_count=0)
    rows.playlist("unread", name="Unread", track_count=5)
    entry(rows, "list", "stays")
    said = section(render(connection, tmp_path, NOW, playlists.PAGE), "own")
    assert "Mine 1 entry no change since 4 Sep 2024" in said
    assert "Empty 0 entries empty" in said
    assert "Unread 5 entries not copied yet" in said


def test_many_changes_and_names_are_counted_not_shown(rows, connection, tmp_path):
    rows.playlist("list", name="Mine")
    entry(rows, "list", "first")
    days = playlists.CHANGES + 2
    for day in range(days):
        for each in range(playlists.NAMES + 3 if day == days - 1 else 1):
            entry(rows, "list", f"d{day}n{each:02}", came=FIRST + timedelta(days=day + 1))
    found = read(connection, tmp_path, NOW, playlists.PAGE)["histories"]["list"]
    assert (found.count, len(found.changes), found.size) == (days, playlists.CHANGES, 1)
    assert len(found.changes[0].names[True]) == playlists.NAMES
    said = section(render(connection, tmp_path, NOW, playlists.PAGE), "own")
    assert f"d{days - 1}n{playlists.NAMES - 1:02} Somebody and 3 more" in said
    assert "and 2 more changes" in said


def test_of_very_many_changes_only_the_newest_have_names(rows, connection, tmp_path, monkeypatch):
    monkeypatch.setattr(playlists, "ALL_NAMES", 2)
    for place in range(3):
        rows.playlist(f"list{place}", name=f"List {place}", position=place)
        entry(rows, f"list{place}", "first")
        entry(rows, f"list{place}", "second", came=FIRST + timedelta(days=place + 1))
    histories = read(connection, tmp_path, NOW, playlists.PAGE)["histories"]
    assert [len(histories[f"list{each}"].changes[0].names[True]) for each in range(3)] == [0, 1, 1]
    said = section(render(connection, tmp_path, NOW, playlists.PAGE), "own")
    assert (said.count("+1 2 entries from then on"), said.count("+ second Somebody")) == (3, 2)


def test_the_newest_change_of_a_smart_list_says_why(rows, connection, tmp_path):
    smart(rows)
    smart(rows, "still", "Still", playlist_id="id of still")
    for slug in ("rainy", "still"):
        rows.playlist(f"id of {slug}", name=slug)
        entry(rows, f"id of {slug}", "first")
    day = NOW - timedelta(days=1)
    for name in ("came", "hardly", "left", "limited"):
        rows.track(name, artists=("a",), album="b")
        rows.add("liked_tracks", user_id="u", track_id=name, liked_at=FIRST)
    rows.track("gone", album="b")
    play(rows, "came", 5)
    play(rows, "left", 1)
    play(rows, "limited", 2)
    entry(rows, "id of rainy", "came", came=day)
    entry(rows, "id of rainy", "hardly", came=day)
    for name in ("left", "limited", "gone"):
        entry(rows, "id of rainy", name, went=day)
    shown = read(connection, tmp_path, NOW, playlists.PAGE)
    assert shown["histories"]["id of rainy"].changes[0].names == {True: [], False: []}  # nobody shows them
    diff = shown["diff"]
    assert diff["list"]["slug"] == "rainy"
    assert diff["why"] == {
        "came": "played at least 2 times (5); liked",
        "hardly": "today it would not come, as this is not so: played at least 2 times (0)",
        "left": "no longer in, as this is not so: played at least 2 times (1)",
        "limited": "the order, the caps or the limit decides",
        "gone": "not in the library any more",
    }
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    assert "Rainy Sunday changed last, on 2 Nov 2024" in text(page)
    assert "+ + - - -" in re.sub(
        r"[^+-]+", " ", section(page, "newest").replace(MINUS, "-").split("as of today.")[1]
    )


def test_reasons_of_groups(rows, connection, tmp_path):
    rules = {
        "match": {
            "all": [
                {"none": [{"liked": True}, {"title": "x"}]},
                {"any": [{"play_count": 0}, {"play_count": {"gt": 1}}]},
            ]
        }
    }
    smart(rows, rules=rules)
    rows.playlist("id of rainy", name="rainy")
    entry(rows, "id of rainy", "first")
    rows.track("came")
    rows.track("left")
    rows.playlist("own", "came", "left")
    rows.add("liked_tracks", user_id="u", track_id="left", liked_at=FIRST)
    play(rows, "came", 3)
    entry(rows, "id of rainy", "came", came=NOW)
    entry(rows, "id of rainy", "left", went=NOW)
    assert read(connection, tmp_path, NOW, playlists.PAGE)["diff"]["why"] == {
        "came": "none of: liked, whose title is \N{LEFT DOUBLE QUOTATION MARK}x\N{RIGHT DOUBLE QUOTATION MARK}; played more than once (3)",
        "left": "no longer in, as it is excluded: liked",
    }


def test_a_list_that_names_others_gives_no_reasons(rows, connection, tmp_path):
    smart(rows, rules={"match": {"all": [{"liked": True}]}, "minus": ["Mine"]})
    rows.playlist("id of rainy", name="rainy")
    rows.track("came")
    entry(rows, "id of rainy", "first")
    entry(rows, "id of rainy", "came", came=NOW)
    assert read(connection, tmp_path, NOW, playlists.PAGE)["diff"]["why"] == {}
    assert "./run playlists explain rainy" in render(connection, tmp_path, NOW, playlists.PAGE)


# What was lost


def test_lost_within_seven_days(rows, connection, tmp_path):
    edge, before = NOW - timedelta(days=7), NOW - timedelta(days=7, seconds=1)
    smart(rows)
    rows.playlist("own", name="Own")
    rows.playlist("theirs", name="Theirs", owner_id="somebody else")
    rows.playlist("id of rainy", name="Rainy")
    rows.playlist("deleted", name="Deleted", removed_at=NOW - timedelta(hours=2))
    for playlist_id in ("own", "theirs", "id of rainy", "deleted"):
        entry(rows, playlist_id, f"from {playlist_id}", went=edge)
    entry(rows, "own", "too long ago", went=before)
    entry(rows, "own", "back", went=edge)
    entry(rows, "own", "back", came=NOW - timedelta(days=2))
    entry(rows, "own", "twice", went=edge)
    entry(rows, "own", "twice", came=NOW - timedelta(days=3), went=NOW - timedelta(days=1))
    for name, went in (("unliked", edge), ("still liked", None), ("unliked long ago", before)):
        rows.track(name, artists=("a", "b"))
        rows.add("liked_tracks", user_id="u", track_id=name, liked_at=FIRST, removed_at=went)
    rows.add("albums", album_id="album", name="Album")
    rows.add(
        "saved_albums", user_id="u", album_id="album", added_at=FIRST, removed_at=NOW - timedelta(hours=3)
    )
    rows.add(
        "followed_artists",
        user_id="u",
        artist_id="a",
        first_seen_at=FIRST,
        removed_at=NOW - timedelta(hours=4),
    )
    rows.do("UPDATE artists SET name = artist_id")
    found = read(connection, tmp_path, NOW, playlists.PAGE)["lost"]
    assert [(row["kind"], row["name"], row["list"], row["artists"]) for row in found] == [
        ("playlist", "Deleted", None, []),
        ("album", "Album", None, []),
        ("artist", "a", None, []),
        ("track", "twice", "Own", []),
        ("track", "unliked", None, [["a", "a"], ["b", "b"]]),
        ("track", "from own", "Own", []),
    ]
    assert [row["given"] for row in found] == [None, None, None, "Somebody", None, "Somebody"]
    assert {row["total"] for row in found} == {6}
    said = section(render(connection, tmp_path, NOW, playlists.PAGE), "lost")
    assert "6 things left your lists, likes, albums and artists since 27 Oct 2024" in said
    for words in ("list gone", "no longer saved", "no longer followed", "no longer liked", "from Own"):
        assert words in said


def test_what_left_before_lists_were_first_copied_is_not_known(rows, connection, tmp_path):
    rows.playlist("own", name="Own")
    entry(rows, "own", "there", came=NOW - timedelta(days=2))
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    assert "followed artists. That is seen since 1 Nov 2024." in section(page, "lost")
    assert "of lists and library, seen since 1 Nov 2024" in section(page, "standing")
    assert 'href="time-machine.html"' in page, "also where nothing has changed yet"


def test_more_than_is_shown_was_lost(rows, connection, tmp_path):
    rows.playlist("own", name="Own")
    for each in range(playlists.LOST + 2):
        entry(rows, "own", f"t{each}", went=NOW)
    said = section(render(connection, tmp_path, NOW, playlists.PAGE), "lost")
    assert "42 things left" in said
    assert "and 2 more things" in said


# How much is heard


def test_health_against_a_plain_recomputation(rows, connection, tmp_path):
    choose = random.Random(5)
    tracks = [f"t{each:02}" for each in range(40)]
    plays: dict[str, list[datetime]] = {}
    for track in tracks:
        rows.track(track)
        times = [
            NOW - timedelta(days=choose.choice((1, 89, 90, 91, 300)), minutes=choose.randrange(3_000))
            for _ in range(choose.choice((0, 1, 9, 25)))
        ]
        plays[track] = sorted(set(times))
        for at in plays[track]:
            rows.play(track, at)
    held = {
        "whole": tracks,
        "doubled": [*tracks[:12], *tracks[:5]],
        "few": tracks[:10],
        "made": tracks[20:35],
    }
    for playlist_id in ("whole", "doubled", "few"):
        rows.playlist(playlist_id, *held[playlist_id], name=playlist_id)
    rows.entry("few", item_type="local", item_uri="spotify:local:x")
    rows.playlist("made", *tracks[:3], name="an old copy")
    smart(
        rows,
        "made",
        "made",
        playlist_id="made",
        contents=json.dumps([f"spotify:track:{each}" for each in held["made"]] + ["spotify:episode:x", ""]),
    )
    found = {row["playlist_id"]: row for row in read(connection, tmp_path, NOW, playlists.PAGE)["health"]}
    assert found.keys() == held.keys()
    for playlist_id, members in held.items():
        counts = sorted((len(plays[track]) for track in set(members)), reverse=True)
        stale = [
            track for track in set(members) if plays[track] and max(plays[track]) < NOW - timedelta(days=90)
        ]
        row = found[playlist_id]
        assert (row["tracks"], row["never"], row["stale"], row["plays"], row["top_plays"]) == (
            len(set(members)),
            counts.count(0),
            len(stale),
            sum(counts),
            sum(counts[:10]),
        )
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    row = found["whole"]
    assert f"top ten {100 * row['top_plays'] / row['plays']:.0f} %" in section(page, "health")
    assert "top ten all it has" in section(page, "health")


def test_too_early_to_say_what_is_heard(rows, connection, tmp_path):
    rows.track("t")
    rows.playlist("list", "t", name="Mine")
    play(rows, "t", 50)
    said = section(render(connection, tmp_path, NOW, playlists.PAGE), "health")
    assert "Too early: 50 plays known." in said
    assert "never played of" not in said


# Smart lists


@pytest.mark.parametrize(
    ("status", "is_dynamic", "said"),
    [
        ("active", True, "active"),
        ("creating", True, "being made"),
        ("missing", True, "missing: not to be seen on Spotify at the moment"),
        ("retired", True, "retired: deleted on Spotify, its rules are kept"),
        ("active", False, "archive: made once, and left as it is"),
        ("missing", False, "missing: not to be seen on Spotify at the moment, an archive"),
        ("creating", False, "being made: an archive"),
    ],
)
def test_states_are_in_words(rows, connection, tmp_path, status, is_dynamic, said):
    smart(rows, status=status, is_dynamic=is_dynamic)
    assert f"Rainy Sunday {said} updated" in section(
        render(connection, tmp_path, NOW, playlists.PAGE), "smart"
    )


def test_a_smart_list_says_its_rules_size_and_time(rows, connection, tmp_path):
    smart(rows, track_count=1234)
    smart(rows, "exclusions", "Exclusions")
    smart(rows, "a", "ahead", track_count=None, last_synced_at=None)
    said = section(render(connection, tmp_path, NOW, playlists.PAGE), "smart")
    assert "Exclusions" not in said
    assert said.index("ahead") < said.index("Rainy Sunday")
    assert f"ahead active never updated {DASH}" in said
    assert "1,234 tracks not copied yet" in said
    assert "updated 3 Nov 2024, 06:30" in said
    quoted = "whose title is \N{LEFT DOUBLE QUOTATION MARK}&lt;b&gt;\N{RIGHT DOUBLE QUOTATION MARK}"
    assert (
        f"tracks played at least 2 times, at least one of these (liked, {quoted}); at most 40 tracks" in said
    )
    assert "From your library, tracks of which all of this holds:" in said


@pytest.mark.parametrize(
    ("more", "ago", "is_up_to_date"),
    [
        ({}, timedelta(days=1, hours=20), True),
        ({}, timedelta(days=2, hours=1), False),
        ({"refresh": {"every": "7d"}}, timedelta(days=6), True),
        ({"refresh": {"every": "7d"}}, timedelta(days=9), False),
        ({"active": {"from": "12-01", "to": "01-06"}}, timedelta(days=200), None),
        ({"weekdays": ["sat"]}, timedelta(days=3), None),
    ],
)
def test_a_smart_list_is_up_to_date_until_it_is_overdue(rows, connection, tmp_path, more, ago, is_up_to_date):
    smart(rows, last_synced_at=NOW - ago, rules={"match": {"all": [{"liked": True}]}, **more})
    shown = read(connection, tmp_path, NOW, playlists.PAGE)
    assert (shown["judged"], shown["current"]) == (int(is_up_to_date is not None), int(bool(is_up_to_date)))


@pytest.mark.parametrize(
    ("state", "judged"),
    [
        ({"status": "missing"}, (1, 0)),
        ({"last_synced_at": None}, (1, 0)),
        ({"status": "retired"}, (0, 0)),
        ({"is_dynamic": False}, (0, 0)),
    ],
)
def test_what_is_not_updated_by_itself_is_not_counted_as_up_to_date(
    rows, connection, tmp_path, state, judged
):
    smart(rows, **{"last_synced_at": NOW, **state})
    shown = read(connection, tmp_path, NOW, playlists.PAGE)
    assert (shown["judged"], shown["current"]) == judged


def test_lists_that_have_changed_come_first(rows, connection, tmp_path):
    for name in ("still", "moved", "quiet"):
        rows.playlist(name, name=name)
        entry(rows, name, "first")
    entry(rows, "moved", "second", came=NOW)
    shown = read(connection, tmp_path, NOW, playlists.PAGE)
    assert [row["playlist_id"] for row in shown["others"]] == ["moved", "quiet", "still"]


@pytest.mark.parametrize("rules", ['{"match": {"all": [{"nothing": 1}]}}', "[]", '"x"', '{"match": "x"}'])
def test_rules_that_are_not_understood_say_what_shows_why(rows, connection, tmp_path, rules):
    smart(rows, rules=rules)
    said = section(render(connection, tmp_path, NOW, playlists.PAGE), "smart")
    assert "They are not rules that this version understands. ./run playlists preview rainy says why." in said


@pytest.mark.parametrize(
    "playlist_id",
    [
        None,
        ID[1:],
        f"{ID}0",
        f"{ID}\n",
        f"{ID[1:]}/",
        f"{ID[1:]}\N{ARABIC-INDIC DIGIT ONE}",
        'x" onclick="alert(1)',
    ],
)
def test_what_is_no_id_is_no_link(rows, connection, tmp_path, playlist_id):
    smart(rows, playlist_id=playlist_id)
    assert "open.spotify.com" not in render(connection, tmp_path, NOW, playlists.PAGE)


def test_a_name_leads_to_the_list_on_spotify(rows, connection, tmp_path):
    smart(rows, playlist_id=ID)
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    assert (
        f'<a href="https://open.spotify.com/playlist/{ID}" rel="noreferrer"><bdi>Rainy Sunday</bdi></a>'
        in page
    )


def test_three_hundred_lists_are_shown_and_the_rest_counted(rows, connection, tmp_path):
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO playlist_mappings (user_id, slug, name, rules, status) "
            "SELECT 'u', 's' || n, 'Smart ' || n, %s, 'active' FROM generate_series(1, 303) AS n",
            (json.dumps(RULES),),
        )
        cursor.execute(
            "INSERT INTO playlists (user_id, playlist_id, owner_id, name, position) "
            "SELECT 'u', 'p' || n, 'spotify-u', 'Own ' || n, n FROM generate_series(1, 305) AS n"
        )
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    assert "303 smart lists made by rules, and 305 lists of your own." in text(page)
    assert "and 3 more lists" in section(page, "smart")
    assert "and 5 more lists" in section(page, "own")
    assert 'data-filter="#smart-lists"' in page
    assert 'data-filter="#own-lists"' in page


def test_nothing_at_all(rows, connection, tmp_path):
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    assert "No playlist is known yet." in page
    assert "data-filter" not in page
    assert page.count("<section") == 1
    assert "./run update_dynamic_playlists" in page


def test_lists_of_others_that_spotify_does_not_show(rows, connection, tmp_path):
    rows.playlist("hidden", owner_id="spotify", name="Discover Weekly", items_readable=False)
    page = text(render(connection, tmp_path, NOW, playlists.PAGE))
    assert "1 list of others: Spotify does not show what is in it." in page
    assert "0 lists of your own" in page


def test_names_and_rules_are_text(rows, connection, tmp_path):
    smart(rows, HOSTILE, HOSTILE, {"match": {"all": [{"title": HOSTILE}]}}, playlist_id="made")
    smart(rows, "other", HOSTILE, json.dumps(HOSTILE), playlist_id=HOSTILE)
    for playlist_id in ("made", "own", "theirs"):
        rows.playlist(playlist_id, name=HOSTILE, owner_id="spotify-u" if playlist_id != "theirs" else HOSTILE)
        entry(rows, playlist_id, HOSTILE, artists=HOSTILE)
        entry(rows, playlist_id, f"{HOSTILE}2", came=NOW - timedelta(days=1), artists=HOSTILE)
        entry(rows, playlist_id, f"{HOSTILE}3", went=NOW - timedelta(days=1), artists=HOSTILE)
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert not re.search(r"<[^>]*\sonload=", page)


def test_lines_become_lists_in_lists():
    lines = [Line(0, "a"), Line(1, "b"), Line(2, "c"), Line(1, "d"), Line(0, "e")]
    assert nested(lines) == [Words("a", [Words("b", [Words("c")]), Words("d")]), Words("e")]


def test_a_long_clause_ends_where_there_is_no_more_room():
    rules = {"match": {"any": [{"title": letter * 20} for letter in "abcd"]}}
    definition = definition_of("long", "Long", json.dumps(rules))
    assert definition is not None
    said = clause(definition)
    assert said.endswith(" …")
    assert "b" * 20 in said
    assert "c" * 60 not in said
