"""Definitions are read fail-closed: a mistake is an error that says where and what, never a wider list (case 25)."""

import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from playlists.language.definition import parse_definition
from playlists.language.document import RuleError
from playlists.language.kinds import Kind
from playlists.language.model import (
    EVERYTHING,
    Arrangement,
    Block,
    Condition,
    DayRange,
    Definition,
    Expression,
    ForEach,
    Group,
    Guard,
    Limit,
    Place,
    RandomGroup,
    Refresh,
    Season,
    Separation,
    Shuffle,
    SortKey,
    Span,
)
from playlists.language.operators import OPERATORS
from playlists.language.other_lists import referenced_lists

GOOD = (Path(__file__).parent / "good_documents.txt").read_text(encoding="utf-8").split("\n---\n")
SHORT = "name: A\nmatch: everything\n"
VALUE = "name: '{value}'\nmatch: everything\n"
PLAY_COUNT = Expression("play_count")
PLAYS = Expression("plays_in", (("window", Span(30, "d")),))


def read(text, slug="mine"):
    return parse_definition(slug, text, f"playlists/definitions/{slug}.yml")


def error_of(text, slug="mine"):
    with pytest.raises(RuleError) as caught:
        read(text, slug)
    return caught.value


def conditions(text):
    return read(f"name: A\nmatch:\n  all:\n    - {text}\n").match.members


# What is read


def test_a_definition_with_nearly_everything():
    found = read(GOOD[1])
    expected = Definition(
        slug="mine",
        name="Rediscover",
        description="What it is for",
        source="library",
        match=Group(
            "all",
            (
                Condition(PLAY_COUNT, "gte", 5, "play_count: {gte: 5}"),
                Condition(
                    Expression("last_played"), "not_in_last", Span(6, "m"), "last_played: {not_in_last: 6m}"
                ),
                Condition(Expression("liked"), "is", True, "liked: yes"),
                Condition(
                    Expression("artist"), "any_is", ("Radiohead", "Björk"), "artist: [Radiohead, Björk]"
                ),
                Condition(PLAYS, "gte", 3, "plays_in: {window: 30d, gte: 3}"),
                Group(
                    "any",
                    (
                        Condition(
                            Expression("genres"), "any_contains", ("jazz",), "genres: {any_contains: jazz}"
                        ),
                        Group("none", (Condition(Expression("explicit"), "is", True, "explicit: yes"),)),
                    ),
                ),
            ),
        ),
        arrangement=Arrangement(
            dedupe="recording",
            sort=(SortKey(PLAY_COUNT, descending=True), SortKey(PLAYS, descending=True)),
            random_group=RandomGroup("artist", 1, 20, "day"),
            per_artist=2,
            per_album=1,
            round_robin="artist",
            separation=Separation(3),
            limit=Limit(count=50),
        ),
        union=("rainy_sunday",),
        minus=("Liked Songs",),
        intersect=("a", "b"),
        substitute_twins=True,
        min_tracks=10,
        mode="rotate",
        keep_percent=70.0,
        refresh=Refresh(7),
        seasons=(Season((12, 1), (1, 2)),),
        weekdays=(6, 7),
        guard=Guard(True, 50.0),
        create="on_request",
        says_public=True,
    )
    assert found == expected
    assert found.origin == "playlists/definitions/mine.yml"


def test_what_is_left_out_has_its_default():
    found = read(SHORT)
    assert found == Definition("mine", "A", "Smart playlist A", "library", EVERYTHING, Arrangement())
    assert (found.is_public, found.is_collaborative, found.create) == (False, False, "at_once")
    assert not found.says_public
    shared = read(f"{SHORT}listeners: [anna, Ben]\n")
    assert (shared.listeners, shared.create) == (("anna", "Ben"), "on_request")
    assert shared.arrangement.dedupe == "recording"


def test_an_empty_description_stands_for_the_default():
    assert read(SHORT + "description: ''\n").description == "Smart playlist A"


@pytest.mark.parametrize("text", GOOD)
def test_the_stored_document_reads_as_the_same_definition(text):
    found = read(text)
    again = read(found.document)
    assert again == found
    assert again.document == found.document
    assert json.loads(found.document)


@pytest.mark.parametrize("text", GOOD)
def test_the_order_of_keys_does_not_matter(text):
    """PostgreSQL's jsonb keeps keys in an order of its own."""

    def shuffled(value):
        if isinstance(value, list):
            return [shuffled(one) for one in value]
        if not isinstance(value, dict):
            return value
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key]) for key in keys}

    chance = random.Random(7)
    found = read(text)
    for _ in range(5):
        assert read(json.dumps(shuffled(json.loads(found.document)))) == found


@pytest.mark.parametrize("text", GOOD)
def test_the_stored_document_survives_the_database(text, connection):
    found = read(text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", (found.document,))
        assert read(cursor.fetchone()[0]) == found


def test_a_condition_knows_where_it_stands():
    (condition,) = read("name: A\nmatch:\n  all:\n    - liked: yes\n").match.members
    assert condition.place == Place(4, 7)


def test_operators_of_one_field_have_all_to_hold():
    (group,) = conditions("year: {lt: 2000, gte: 1990}")
    assert group.kind == "all"
    assert [(one.operator, one.value) for one in group.members] == [("gte", 1990), ("lt", 2000)]


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("play_count: 0", "eq", 0),
        ("liked: No", "is", False),
        ("is_playable: unknown", "is", None),
        ("title: No", "is", "No"),
        ("title: [a, 1984]", "in", ("a", "1984")),
        ("artist: No", "any_is", ("No",)),
        ("artist: [a, b]", "any_is", ("a", "b")),
        ("year: [1994, 1999]", "in", (1994, 1999)),
        ("duration: 3:30", "eq", 210_000),
        ("release_date: 2026", "on", DayRange("2026", date(2026, 1, 1), date(2026, 12, 31))),
        ("playlist: never_played", "in", ("never_played",)),
        ("playlist: [a, b]", "in", ("a", "b")),
        ("release_date: {on: 2026-05-01}", "on", DayRange("2026-05-01", date(2026, 5, 1), date(2026, 5, 1))),
    ],
)
def test_a_value_alone_stands_for_the_plainest_operator(text, operator, value):
    (condition,) = conditions(text)
    assert (condition.operator, condition.value) == (operator, value)


@pytest.mark.parametrize(
    "text",
    [
        "play_count: 0",
        "play_count: {gte: 5}",
        "liked: yes",
        "is_playable: unknown",
        "artist: [Radiohead, Björk]",
        "artist: Radiohead",
        "artist: {none_is: Radiohead}",
        'title: {contains: "100%"}',
        "duration: {gt: 3:30}",
        "last_played: {not_in_last: 6m}",
        "plays_in: {hours: 6-12, weekdays: [sat, sun], gte: 1}",
        "playlist: {not_in: [never_played, Liked Songs]}",
    ],
)
def test_a_condition_is_shown_as_it_could_be_written(text):
    (condition,) = conditions(text)
    assert condition.text == text


def test_groups_nest():
    match = read("name: A\nmatch: {any: [{all: [{none: [{liked: yes}]}]}, {liked: no}]}").match
    assert match.kind == "any"
    assert match.members[0].members[0].kind == "none"
    assert read(SHORT).match == EVERYTHING


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("play_count", (SortKey(PLAY_COUNT),)),
        ("play_count asc", (SortKey(PLAY_COUNT),)),
        ("play_count desc", (SortKey(PLAY_COUNT, descending=True),)),
        ("{by: play_count, nulls: first}", (SortKey(PLAY_COUNT, nulls_first=True),)),
        (
            "[play_count desc, {by: random}]",
            (SortKey(PLAY_COUNT, descending=True), SortKey(Expression("random"))),
        ),
        ("{by: plays_in, window: 30d}", (SortKey(PLAYS),)),
    ],
)
def test_orders(text, keys):
    assert read(f"{SHORT}sort: {text}").arrangement.sort == keys


@pytest.mark.parametrize(
    ("text", "shuffle"),
    [
        ("day", Shuffle("day")),
        ("run", Shuffle()),
        ("-7", Shuffle(-7)),
        ("{seed: month}", Shuffle("month")),
        ("{by: play_count}", Shuffle("run", PLAY_COUNT, 0.5)),
        ("{by: plays_in, window: 30d, strength: 1, seed: 3}", Shuffle(3, PLAYS, 1.0)),
    ],
)
def test_shuffles(text, shuffle):
    assert read(f"{SHORT}shuffle: {text}").arrangement.shuffle == shuffle


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("50", Limit(count=50)),
        ("'50'", Limit(count=50)),
        ("{count: 10000}", Limit(count=10_000)),
        ("{percent: 12.5}", Limit(percent=12.5)),
        ("{minutes: 90}", Limit(duration_ms=5_400_000)),
        ("{hours: 1.5}", Limit(duration_ms=5_400_000)),
        ("{count: 5, by: play_count desc}", Limit(count=5, by=(SortKey(PLAY_COUNT, descending=True),))),
    ],
)
def test_limits(text, limit):
    assert read(f"{SHORT}limit: {text}").arrangement.limit == limit


@pytest.mark.parametrize(
    ("text", "days"),
    [("always", 0), ("daily", 1), ("weekly", 7), ("monthly", 30), ("{every: 3d}", 3), ("{every: 2w}", 14), ("{every: 2m}", 60)],
)  # fmt: skip
def test_refreshes(text, days):
    assert read(f"{SHORT}refresh: {text}").refresh == Refresh(days)


def test_blocks():
    found = read(GOOD[6])
    assert found.match == EVERYTHING
    assert found.mix == "alternate"
    assert found.blocks[0] == Block(
        Group("all", (Condition(PLAY_COUNT, "gte", 1, "play_count: {gte: 1}"),)),
        Arrangement(shuffle=Shuffle("day"), limit=Limit(count=20)),
        take=2,
    )
    assert found.blocks[1].arrangement.limit == Limit(duration_ms=3_600_000)
    assert found.arrangement == Arrangement(limit=Limit(count=100))


def test_templates():
    assert read(GOOD[7]).for_each == ForEach("decade", 20, 12)
    assert read(GOOD[8]).for_each == ForEach("genre")
    assert read(f"{VALUE}for_each: label").for_each == ForEach("label")
    assert read(f"{VALUE}for_each: {{by: liked_at, per: month}}").for_each == ForEach("liked_at", per="month")


def test_an_order_by_one_field():
    for text, expression in (
        ("play_count", PLAY_COUNT),
        ("{by: plays_in, window: 30d}", PLAYS),
        ("random", Expression("random")),
    ):
        assert read(f"{SHORT}sort: {text}").arrangement.sort == (SortKey(expression),)
    for wrong in ("playcount", "plays_in", "~", "artist"):
        assert error_of(f"{SHORT}sort: {wrong}")


def test_every_list_that_is_named_is_found_once():
    found = read(
        "name: A\nunion: b\nminus: [c, b]\nintersect: d\nblocks:\n"
        "  - match: {any: [{playlist: {in: [e, c]}}, {none: [{playlist: f}]}]}\n  - match: {all: [{playlist: {not_in: g}}]}\n"
    )
    assert referenced_lists(found) == ("b", "c", "d", "e", "f", "g")
    assert referenced_lists(read(SHORT)) == ()


# What is refused


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        # keys
        ("name: A\nmatch: everything\nsorted: x", 3, 1, "unknown option 'sorted' (did you mean sort?)"),
        ("match: everything", 1, 1, "`name` is missing"),
        ("name: A", 1, 1, "`match` is missing"),
        ("[]", 1, 1, "has to be keys with values"),
        ("{}", 1, 1, "is empty"),
        ("just a text", 1, 1, "has to be keys with values"),
        # names
        ("name: ''\nmatch: everything", 1, 7, "empty"),
        ("name:\nmatch: everything", 1, 6, "nothing"),
        (f"name: {'x' * 101}\nmatch: everything", 1, 7, "101 characters; 100 are the most"),
        ("name: '{slug} A'\nmatch: everything", 1, 7, "unknown placeholder '{slug}'"),
        ("name: '{0.__class__}'\nmatch: everything", 1, 7, "unknown placeholder"),
        ("name: [A]\nmatch: everything", 1, 7, "a list is not a text"),
        (SHORT + "description:", 3, 13, "nothing"),
        (SHORT + f"description: {'x' * 301}", 3, 14, "300 are the most"),
        # match
        ("name: A\nmatch:", 2, 7, "nothing stands behind match; it has to be `everything`, or one group"),
        ("name: A\nmatch: null", 2, 8, "not nothing (as a text, null needs quotes)"),
        ("name: A\nmatch: ''", 2, 8, "everything"),
        ("name: A\nmatch: all", 2, 8, "not 'all'"),
        ("name: A\nmatch: {}", 2, 8, "not keys"),
        ("name: A\nmatch: []", 2, 8, "not a list"),
        ("name: A\nmatch: {all: []}", 2, 14, "empty list"),
        ("name: A\nmatch: {all: }", 2, 13, "nothing"),
        ("name: A\nmatch: {all: {liked: yes}}", 2, 14, "begins with a dash"),
        ("name: A\nmatch: {al: [{liked: yes}]}", 2, 8, "did you mean all?"),
        ("name: A\nmatch: {liked: yes}", 2, 8, "not liked"),
        ("name: A\nmatch: {all: [{liked: yes}], any: [{liked: yes}]}", 2, 8, "one group"),
        ("name: A\nmatch: {all: [{any: []}]}", 2, 21, "empty list"),
        ("name: A\nmatch: {all: [everything]}", 2, 15, "a condition has to be keys"),
        ("name: A\nmatch: {all: [~]}", 2, 15, "nothing"),
        ("name: A\nmatch: {all: [{liked: yes, explicit: no}]}", 2, 15, "not liked, explicit"),
        # conditions
        (
            "name: A\nmatch: {all: [{playcount: 1}]}",
            2,
            16,
            "unknown field 'playcount' (did you mean play_count?)",
        ),
        ("name: A\nmatch: {all: [{random: 1}]}", 2, 16, "orders only"),
        (
            "name: A\nmatch: {all: [{play_count: {gtt: 1}}]}",
            2,
            29,
            "unknown operator 'gtt' (did you mean gt?)",
        ),
        ("name: A\nmatch: {all: [{play_count: {window: 1d, gt: 1}}]}", 2, 29, "unknown operator 'window'"),
        ("name: A\nmatch: {all: [{play_count: {}}]}", 2, 28, "no operator"),
        ("name: A\nmatch: {all: [{play_count: }]}", 2, 27, "nothing stands behind play_count"),
        ("name: A\nmatch: {all: [{play_count: {gt: }}]}", 2, 32, "play_count: nothing stands behind gt"),
        ("name: A\nmatch: {all: [{play_count: yes}]}", 2, 28, "play_count: eq: 'yes' is not a number"),
        (
            "name: A\nmatch: {all: [{play_count: {gt: 5 tracks}}]}",
            2,
            33,
            "play_count: gt: '5 tracks' is not a number",
        ),
        ("name: A\nmatch: {all: [{liked: [yes]}]}", 2, 23, "needs an operator for a list: is"),
        ("name: A\nmatch: {all: [{artist: []}]}", 2, 24, "artist: any_is: an empty list; it needs one value"),
        ("name: A\nmatch: {all: [{plays_in: {gte: 3}}]}", 2, 26, "at least one of its options: window"),
        ("name: A\nmatch: {all: [{plays_in: 3}]}", 2, 26, "at least one of its options"),
        ("name: A\nmatch: {all: [{plays_in: {window: 30d}}]}", 2, 26, "no operator"),
        ("name: A\nmatch: {all: [{plays_in: {window: 30, gte: 3}}]}", 2, 35, "plays_in: window: '30'"),
        ("name: A\nmatch: {all: [{plays_in: {from: 2026, to: 2025, eq: 0}}]}", 2, 43, "earlier"),
        ("name: A\nmatch: {all: [{year: {between: [2000, 1990]}}]}", 2, 32, "reversed"),
        # order
        (SHORT + "sort: []", 3, 7, "empty list"),
        (SHORT + "sort:", 3, 6, "nothing"),
        (SHORT + "sort: play_cout", 3, 7, "did you mean play_count?"),
        (SHORT + "sort: play_count down", 3, 7, "asc or desc, not 'down'"),
        (SHORT + "sort: play_count; DROP TABLE plays", 3, 7, "unknown field 'play_count;'"),
        (SHORT + "sort: {by: play_count, dir: descending}", 3, 29, "known: asc, desc"),
        (SHORT + "sort: {by: play_count, null: last}", 3, 24, "unknown option 'null' (did you mean nulls?)"),
        (SHORT + "sort: {dir: desc}", 3, 7, "`by` is missing"),
        (SHORT + "sort: {by: artist}", 3, 12, "no order by artist"),
        (SHORT + "sort: {by: play_count, window: 30d}", 3, 24, "unknown option 'window'"),
        (SHORT + "sort: {by: plays_in}", 3, 12, "at least one of its options"),
        (SHORT + "sort: [[play_count]]", 3, 8, "not a list"),
        (SHORT + "sort: play_count\nshuffle: day", 4, 10, "one of them"),
        (SHORT + "shuffle: always", 3, 10, "or a whole number"),
        (SHORT + "shuffle: 1.5", 3, 10, "or a whole number"),
        (SHORT + "shuffle: 10000000000000", 3, 10, "whole number from"),
        (SHORT + "shuffle: {strength: 0.5}", 3, 11, "strength needs `by`"),
        (SHORT + "shuffle: {by: play_count, strength: 1.5}", 3, 37, "from 0 (chance) to 1"),
        (SHORT + "shuffle: {by: random}", 3, 15, "weighed by chance"),
        (SHORT + "shuffle: {weight: play_count}", 3, 11, "unknown option 'weight'"),
        # how much
        (SHORT + "limit: 0", 3, 8, "whole number from 1 to 10,000"),
        (SHORT + "limit: 10001", 3, 8, "whole number from 1 to 10,000"),
        (SHORT + "limit: -5", 3, 8, "whole number"),
        (SHORT + "limit: 5.5", 3, 8, "whole number"),
        (SHORT + "limit: yes", 3, 8, "whole number"),
        (SHORT + "limit: no_limit", 3, 8, "'no_limit' is not a whole number"),
        (SHORT + "limit: ''", 3, 8, "whole number"),
        (SHORT + "limit:", 3, 7, "nothing"),
        (SHORT + "limit: 2h 30m", 3, 8, "{hours: 2}"),
        (SHORT + "limit: {percent: 0}", 3, 18, "from 1 to 100"),
        (SHORT + "limit: {hours: 0}", 3, 16, "not a number of minutes or hours"),
        (SHORT + "limit: {minutes: .nan}", 3, 18, "not a number of minutes or hours"),
        (SHORT + "limit: {count: 5, percent: 5}", 3, 8, "exactly one of"),
        (SHORT + "limit: {by: play_count}", 3, 8, "exactly one of"),
        (SHORT + "limit: {tracks: 5}", 3, 9, "unknown option 'tracks'"),
        (SHORT + "offset: -1", 3, 9, "whole number from 0"),
        (SHORT + "per_artist: 0", 3, 13, "whole number from 1"),
        (SHORT + "artist_separation: 0", 3, 20, "whole number from 1"),
        (SHORT + "artist_separation: {otherwise: drop}", 3, 20, "`distance` is missing"),
        (SHORT + "round_robin: artists", 3, 14, "did you mean artist?"),
        (SHORT + "random_group: {count: 2}", 3, 15, "`by` is missing"),
        (SHORT + "dedupe: name", 3, 9, "known: id, recording, title_artist"),
        # blocks
        (SHORT + "blocks: [{match: everything}]", 3, 1, "one of them"),
        (SHORT + "mix: alternate", 3, 1, "mix needs blocks"),
        ("name: A\nblocks: []", 2, 9, "empty list"),
        ("name: A\nblocks: [{limit: 5}]", 2, 10, "`match` is missing"),
        ("name: A\nblocks: [{match: everything, name: B}]", 2, 30, "unknown option 'name'"),
        ("name: A\nblocks: [{match: everything, take: 2}]", 2, 30, "take goes with `mix: alternate` only"),
        # the list
        (SHORT + "from: everything", 3, 7, "known: library, known"),
        (SHORT + "union: []", 3, 8, "empty list"),
        (SHORT + "minus: [b, mine]", 3, 8, "names itself"),
        ("name: A\nmatch: {all: [{playlist: mine}]}", 2, 16, "names itself"),
        (SHORT + "substitute: yes", 3, 13, "known: twin"),
        (SHORT + "substitute: twin\ninclude_unplayable: yes", 3, 1, "no track for include_unplayable"),
        (SHORT + "mode: swap", 3, 7, "known: replace"),
        (SHORT + "mode: archive", 1, 1, "{date} has to be in the name"),
        (SHORT + "keep_percent: 50", 3, 1, "`mode: rotate` only"),
        (SHORT + "mode: rotate\nkeep_percent: 0", 4, 15, "from 1 to 100"),
        (SHORT + "refresh: hourly", 3, 10, "or {every: 3d}"),
        (SHORT + "refresh: {every: 12h}", 3, 18, "from 1d to 366d"),
        (SHORT + "refresh: {every: 2y}", 3, 18, "from 1d to 366d"),
        (SHORT + "refresh: {}", 3, 10, "empty"),
        (SHORT + "active: []", 3, 9, "empty list"),
        (SHORT + "active: [{from: 12-01}]", 3, 10, "`to` is missing"),
        (SHORT + "active: {from: 12-01, to: 02-30}", 3, 27, "no such day"),
        (SHORT + "weekdays: [saturn]", 3, 12, "known: mon"),
        (SHORT + "guard: {}", 3, 8, "empty"),
        (SHORT + "guard: {max_removed_percent: 101}", 3, 30, "from 1 to 100"),
        (SHORT + "for_each: decade", 1, 1, "{value} has to be in the name"),
        ("name: '{value}'\nmatch: everything", 1, 1, "{value} goes with for_each only"),
        (SHORT + "description: '{value}'", 3, 1, "{value} goes with for_each only"),
        (
            "name: '{value}'\nmatch: everything\nfor_each: lable",
            3,
            11,
            "unknown field 'lable' (did you mean label?)",
        ),
        ("name: '{value}'\nmatch: everything\nfor_each: duration", 3, 11, "there are no lists by duration"),
        ("name: '{value}'\nmatch: everything\nfor_each: plays_in", 3, 11, "there are no lists by plays_in"),
        ("name: '{value}'\nmatch: everything\nfor_each: liked_at", 3, 11, "write {by: liked_at, per: month}"),
        (
            "name: '{value}'\nmatch: everything\nfor_each: {by: label, per: year}",
            3,
            28,
            "per goes with dates only",
        ),
        (
            "name: '{value}'\nmatch: everything\nfor_each: {by: liked_at, per: week}",
            3,
            31,
            "known: day, month, year",
        ),
        (SHORT + "public: yes\ncollaborative: yes", 4, 1, "cannot be public"),
        (SHORT + "listeners: []", 3, 12, "empty list"),
        (SHORT + "public: yes\nlisteners: [anna, ben]", 3, 1, "not for everybody"),
        (SHORT + "mode: append\nlisteners: [anna, ben]", 3, 1, "takes back"),
        ("name: 'A {date}'\nmatch: everything\nmode: archive\nlisteners: anna", 3, 1, "takes back"),
        (
            "name: '{value}'\nmatch: everything\nfor_each: decade\nlisteners: anna",
            3,
            1,
            "leave listeners out",
        ),
        (SHORT + "out_of_season: hide\nweekdays: mon\nlisteners: anna", 3, 1, "takes back"),
        (SHORT + "round_robin: artist\nlisteners: [anna, ben]", 3, 1, "leave round_robin out"),
        (SHORT + "limit: {count: 5, by: play_count}\nlisteners: [anna, ben]", 3, 1, "leave by out"),
        (SHORT + "public: 1", 3, 9, "not yes or no"),
        (SHORT + "min_tracks: 60\nlimit: 50", 3, 1, "more than limit"),
        (SHORT + "create: never", 3, 9, "known: at_once, on_request"),
    ],
)
def test_a_mistake_is_named_where_it_stands(text, line, column, said):
    error = error_of(text)
    found = [problem for problem in error.problems if said in problem.text]
    assert found, error
    assert found[0].place == Place(line, column)
    assert str(error).startswith("playlists/definitions/mine.yml:")
    assert error.slug == "mine"


def test_one_mistake_is_one_problem():
    """None of those above hides behind others that follow from it."""
    for text in (
        "name: A\nmatch: {all: [{playcount: 1}]}",
        SHORT + "limit: 0",
        "[]",
        "name: A\nmatch: {all: []}",
    ):
        assert len(error_of(text).problems) == 1


def test_all_mistakes_are_told_at_once():
    error = error_of(
        "name: ''\nmatch:\n  all:\n    - playcount: 1\n    - year: {gtt: 5, lt: x}\n    - any: []\nlimit: 0\nsorted: x\n"
    )
    assert [problem.place.line for problem in error.problems] == [1, 4, 5, 5, 5, 6, 7, 8, 8]


@pytest.mark.parametrize("slug", ["Mine", "my-list", "", "a" * 61, "a b", "../a", "é"])
def test_a_slug_is_a_plain_word(slug):
    error = error_of(SHORT, slug)
    assert "0-9 and _; try" in str(error)


@pytest.mark.parametrize(
    ("slug", "fitting"),
    [
        ("café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("Straße", "strasse"),
        ("Łódź-1", "lodz_1"),
        ("日本", "rainy_sunday"),
    ],
)
def test_a_slug_is_suggested_without_accents(slug, fitting):
    assert f"1 to 60 of the letters a-z, the digits 0-9 and _; try {fitting}" in str(error_of(SHORT, slug))
    parse_definition(fitting, SHORT, "mine.yml")


def test_groups_nest_only_so_deep():
    def nested(depth):
        return f"name: A\nmatch: {'{all: [' * depth}{{liked: yes}}{']}' * depth}"

    assert read(nested(20)).match.kind == "all"
    assert "more than 20 deep" in str(error_of(nested(21)))


def test_conditions_are_only_so_many():
    def many(count):
        return "name: A\nmatch: {any: [" + ", ".join(["{liked: yes}"] * count) + "]}"

    assert len(read(many(500)).match.members) == 500
    assert "more than 500 conditions" in str(error_of(many(501)))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(('play_count: {">": 1}', "gt"), ('play_count: {">=": 1}', "gte"), ('play_count: {"<": 1}', "lt")),
        *(('play_count: {"<=": 1}', "lte"), ('play_count: {"=": 1}', "eq"), ('play_count: {"!=": 1}', "ne")),
        *(("year: {greater_than: 1990}", "gt"), ("year: {More than: 1990}", "gt"), ("year: {less_than: 1}", "lt")),
        *(("year: {at-least: 1990}", "gte"), ("year: {at_most: 1990}", "lte"), ("year: {not: 1990}", "ne")),
        *(("year: {equals: 1990}", "eq"), ("year: {is: 1990}", "eq"), ("year: {range: [1, 2]}", "between")),
        *(("year: {one_of: [1, 2]}", "in"), ("artist: {one_of: [a]}", "in"), ("title: {any: [a]}", "in")),
        *(("title: {equals: x}", "is"), ("title: {'=': x}", "is"), ("title: {not: x}", "is_not")),
        *(("title: {like: x}", "contains"), ("title: {includes: x}", "contains"), ("title: {regex: x}", "matches")),
        *(("artist: {contains: x}", "any_contains"), ("artist: {is: x}", "any_is"), ("artist: {not: x}", "none_is")),
        *(("artist: {'>': 1}", "count_gt"), ("artist: {regex: x}", "any_matches"), ("liked: {eq: yes}", "is")),
        *(("last_played: {older_than: 6m}", "not_in_last"), ("last_played: {not_within: 6m}", "not_in_last")),
        *(("last_played: {newer_than: 6m}", "in_last"), ("last_played: {within: 6m}", "in_last")),
        *(("last_played: {last: 6m}", "in_last"), ("year: {since: 2026}", "gte")),
        *(("year: {until: 2026}", "lte"), ("added_at: {'>': 2026}", "after"), ("added_at: {is: 2026}", "on")),
        *(("added_at: {'==': 2026}", "on"), ("added_at: {not: 2026}", "not_on"), ("duration: {'>': 3:00}", "gt")),
        *(("playlist: {is: x}", "in"), ("playlist: {one_of: [x]}", "in"), ("playlist: {not: x}", "not_in")),
        *(("title: {is_null: yes}", "is_empty"), ("year: {is_empty: yes}", "is_null")),
        ('plays_in: {window: 1d, ">": 1}', "gt"),
    ],
)  # fmt: skip
def test_operators_that_people_write_are_understood_as_suggestions(text, meant):
    problem, *_ = error_of(f"name: A\nmatch: {{all: [{{{text}}}]}}").problems
    assert f" (did you mean {meant}?); known: " in problem.text


def test_the_operators_of_a_field_are_always_listed():
    (problem,) = error_of("name: A\nmatch: {all: [{play_count: {zzz: 1}}]}").problems
    assert problem.text == f"play_count: unknown operator 'zzz'; known: {', '.join(OPERATORS[Kind.NUMBER])}"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *(("plays", "play_count"), ("name", "title"), ("length", "duration"), ("time", "duration")),
        *(("added", "added_at"), ("genre", "genres"), ("artists", "artist"), ("saved", "album_saved")),
        *(("loved", "liked"), ("favourite", "liked"), ("Favorite", "liked"), ("played", "last_played")),
        ("released", "release_date"),
    ],
)
def test_fields_that_people_write_are_understood_as_suggestions(word, meant):
    problem, *_ = error_of(f"name: A\nmatch: {{all: [{{{word}: 1}}]}}").problems
    assert problem.text == f"unknown field '{word}' (did you mean {meant}?)"


def test_what_cannot_be_sorted_by_is_not_suggested_for_an_order():
    assert "(write play_count desc)" in str(error_of(SHORT + "sort: plays desc"))
    assert "did you mean main_artist?" in str(error_of(SHORT + "sort: artists"))
    assert "did you mean genres?" not in str(error_of(SHORT + "sort: genre"))


@pytest.mark.parametrize(
    "word", ["country", "rating", "tempo", "BPM", "mood", "energy", "danceability", "key"]
)
def test_what_spotify_does_not_give_is_said_to_be_so(word):
    (problem,) = error_of(f"name: A\nmatch: {{all: [{{{word}: 1}}]}}").problems
    assert problem.text == f"unknown field '{word}': Spotify does not give it (any more)"
    assert "does not give it" in str(error_of(f"{SHORT}sort: {word}"))


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("decade: 1990", "eq", 1990),
        ("decade: 1990s", "eq", 1990),
        ("decade: 90s", "eq", 1990),
        ("decade: 30s", "eq", 1930),
        ("decade: 00s", "eq", 2000),
        ("decade: [80s, 1990]", "in", (1980, 1990)),
        ("decade: {between: [1970s, 90s]}", "between", (1970, 1990)),
        ("decade: {gte: 1980s}", "gte", 1980),
        ("decade: {top_percent: 10}", "top_percent", 10.0),
    ],
)
def test_decades_are_written_as_people_do(text, operator, value):
    (condition,) = conditions(text)
    assert (condition.operator, condition.value) == (operator, value)
    assert conditions(condition.text) == (condition,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("year: 1990-1999", "year: eq: '1990-1999' is not a number (a range: {between: [1990, 1999]})"),
        ("year: 1990 to 1999", "(a range: {between: [1990, 1999]})"),
        ("year: {gte: 1990..1999}", "(a range: {between: [1990, 1999]})"),
        ("decade: 1980-1990", "(a range: {between: [1980, 1990]})"),
        ("year: <1990", "'<1990' is not a number (write {lt: 1990})"),
        ("play_count: '>= 5'", "'>= 5' is not a number (write {gte: 5})"),
        ("decade: '>1990'", "(write {gt: 1990})"),
        ("decade: 95s", "'95s' is not a decade such as 1990, 1990s or 90s"),
        ("decade: 90", "write 1990"),
        ("decade: nineties", "write 1990"),
        ("decade: [1990, 80]", "write 1980"),
        ("decade: {between: [1985s, 1990]}", "write 1980"),
        ("decade: 1995", "write 1990"),
        ("decade: {lt: 1985}", "write 1980"),
        ("decade: {top_percent: 90s}", "percentage"),
        ("decade: [[1990]]", "a list is not a number"),
    ],
)
def test_numbers_that_are_something_else_are_told_how_to_be_said(text, said):
    (problem,) = error_of(f"name: A\nmatch: {{all: [{{{text}}}]}}").problems
    assert said in problem.text


@pytest.mark.parametrize("text", ["year: 1999-1990", "artist: {count_gt: 2-3}", "year: 1-2-3", "year: <x"])
def test_no_range_and_no_comparison_is_made_up(text):
    (problem,) = error_of(f"name: A\nmatch: {{all: [{{{text}}}]}}").problems
    assert problem.text.endswith("is not a number")


# What others might try


@pytest.mark.parametrize(
    "value",
    ["'; DROP TABLE plays; --", "Don't", "%", "_", "100%", "%(user_id)s", "{0}", "$1", "\\", "\\'; --", "{{x}}", "a' OR '1'='1"],
)  # fmt: skip
def test_texts_stay_texts(value):
    """Case 26: what looks like SQL is a value like any other; it reaches no message and no statement as anything else."""
    (condition,) = conditions(f"title: {{contains: {json.dumps(value)}}}")
    assert condition.value == value
    (shown,) = conditions(condition.text)
    assert shown.value == value


@pytest.mark.parametrize(
    "text",
    [
        "name: !!python/object/apply:os.system ['true']\nmatch: everything",
        "name: A\nmatch: !!python/name:os.system everything",
        "a: &a [1]\nb: &b [*a, *a]\nname: A\nmatch: everything",
        "name: A\nmatch: everything\n<<: {limit: 5}",
        "name: A\nmatch: {all: [{\"liked' OR 1=1\": yes}]}",
        "name: A\nmatch: {all: [{title: {\"is'; DROP TABLE plays; --\": x}}]}",
        "name: A\nmatch: everything\nsort: {by: \"play_count; DROP TABLE plays\"}",
        "name: A\nmatch: {all: [{title: {matches: '(a+)+(?=b)'}}]}",
        "name: A\nmatch: everything\nlimit: 5\nlimit: 10000",
    ],
)  # fmt: skip
def test_nothing_gets_through(text):
    assert error_of(text).problems


def test_a_document_with_anything_changed_reads_or_is_refused():
    """Whatever is typed, the answer is a definition or a RuleError; and a definition that is read is stored faithfully."""
    chance = random.Random(2026)
    words = ["yes", "~", "''", "[]", "{}", "all:", "- ", "  ", "\n", ":", "&a ", "*a", "!!int ", "0", "-1", "1e9", "nan",
             "{value}", "play_count", "in", "{", "}", "[", "]", ",", '"', "'", "#", "\t", "9" * 40, "2026-99", "é", "\u2028"]  # fmt: skip
    read_count = refused = 0
    for _ in range(1700):
        text = chance.choice(GOOD)
        for _ in range(chance.randint(1, 2)):
            start = chance.randrange(len(text))
            end = min(len(text), start + chance.choice((0, 0, 1, 3, 12)))
            text = text[:start] + chance.choice(["", *words]) + text[end:]
        try:
            found = read(text)
        except RuleError:
            refused += 1
        else:
            read_count += 1
            assert read(found.document) == found
    assert read_count > 100
    assert refused > 500


def test_what_is_left_out_never_makes_a_filter_wider():
    """A document with one line less, if it reads at all, keeps every condition whose line is still there."""
    lines = GOOD[2].splitlines()
    whole = read(GOOD[2])
    for index, line in enumerate(lines):
        if not line.startswith("    - "):
            continue
        found = read("\n".join(lines[:index] + lines[index + 1 :]))
        assert len(found.match.members) == len(whole.match.members) - 1
        assert replace(found, match=whole.match) == whole
