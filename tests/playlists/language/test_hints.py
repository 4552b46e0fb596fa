"""What is said of a wrong condition, and that everything that it suggests can be written."""

import re

import pytest

from playlists.language.bounds import ALWAYS_KNOWN, FORMS, MAY_GROW, NUMBERS, TEXTS
from playlists.language.definition import DEFINITION_KEYS, parse_definition
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.foreign_forms import LIST_OPTIONS
from playlists.language.kinds import OF_LISTS, Kind
from playlists.language.model import GROUPS, conditions_of
from playlists.language.operators import OPERATORS
from playlists.language.synonyms import Words, hint
from playlists.language.texts import fold, link_in
from tests.playlists.language.test_foreign_forms import OPERATOR_FIRST, OPERATOR_WITHIN
from tests.playlists.language.test_synonyms import (
    FIELDS_OF_OTHERS,
    NO_VALUES,
    OF_ANOTHER_MEANING,
    OPERATORS_OF_OTHERS,
)
from utils.spotify.payloads import PAGE

ID = "6rqhFgbbKwnb9MLmUQDhG6"
LINK = f"https://open.spotify.com/{{}}/{ID}?si=1"


def problems_of(condition):
    with pytest.raises(RuleError) as caught:
        read(condition)
    return [problem.text for problem in caught.value.problems]


def read(condition):
    return parse_definition("mine", f"name: A\nmatch:\n  all:\n    - {condition}", "mine.yml")


WRONG = [
    # what the field never is
    (f"track_id: spotify:track:{ID}", f"(write {ID})"),
    (f"track_id: {{in: [{ID}, '{LINK.format('track')}']}}", f"(write {ID})"),
    (f"track_id: {{is_not: '{LINK.format('intl-de/track')}'}}", f"(write {ID})"),
    (f"track_id: spotify:album:{ID}", "an id of 22 letters and digits"),
    ("track_id: x", "it is never 'x'; it is an id of 22 letters and digits"),
    ("track_id: {contains: a-b}", "an id of 22"),
    (f"last_context: {LINK.format('playlist')}", f"(write spotify:playlist:{ID})"),
    (f"last_context: {LINK.format('album')}", f"(write spotify:album:{ID})"),
    ("last_context: Rainy Sunday", "it is a URI such as spotify:playlist:37i9dQZF1DXcBWIGoYBM5M"),
    ("last_context: never", "(write last_context: {is_empty: yes})"),
    ("isrc: x", "a code of 12 letters and digits without dashes"),
    ("isrc: US-RC1-76-07839", "(write USRC17607839)"),
    ("isrc: isrc:usrc17607839", "(write USRC17607839)"),
    ("isrc: {starts_with: US-RC1}", "without dashes"),
    ("isrc: none", "(write isrc: {is_empty: yes})"),
    ("recording_key: USRC17607839", "(write isrc USRC17607839)"),
    ("recording_key: song", "song / artist"),
    ("restriction_reason: geo", "it is never 'geo'; known: market, product, explicit"),
    ("restriction_reason: never", "(write restriction_reason: {is_empty: yes})"),
    ("album_type: none", "(write album_type: {is_empty: yes})"),
    ("play_source: never", "(write play_source: {is_empty: yes})"),
    (f"artist: spotify:artist:{ID}", "is the link of an artist, and it is compared with names; write the name"),
    (f"album: {LINK.format('album')}", "is the link of an album"),
    (f"title: {LINK.format('track')}", f"(write track_id: {ID})"),
    (f"playlists: {LINK.format('playlist')}", f"(write playlist: spotify:playlist:{ID})"),
    (f"playlist: {LINK.format('album')}", "the link of an album, and no list; a condition for its tracks is album: NAME"),
    ("top_rank_short: 51", "51 is none of what it can be: whole numbers from 1 to 50"),
    ("top_rank_long: {gt: 50}", "nothing is more than 50"),
    ("top_rank_change: {gte: 50}", "nothing is more than 50"),
    ("days_since_played: {lt: 0}", "nothing is less than 0"),
    ("days_since_played: -1", "whole numbers from 0"),
    ("sources: {count_gt: 4}", "nothing is more than 4"),
    ("peak_month: 2026-05-15", "it is the first day of a month (write 2026-05)"),
    ("peak_month: {day_of_month: 15}", "it is the first day of a month (write 1)"),
    # never, ever and no value
    *((f"{name}: never", f"(write {name}: {{is_null: yes}})") for name in (
        *("days_since_played", "skip_rate", "avg_completion", "top_rank_short", "top_rank_change", "popularity"),
        *("year", "decade", "duration", "weekend_share", "album_completion", "last_played", "release_date"),
    )),
    ("listened: never", "(write listened: 0s)"),
    ("listened: ever", "(write listened: {gt: 0s})"),
    ("play_count: {ne: never}", "(write play_count: {gte: 1})"),
    ("plays_in: {window: 30d, eq: never}", "(write {eq: 0})"),
    ("year: {ne: never}", "(write year: {is_not_null: yes})"),
    ("popularity: ever", "(write popularity: {is_not_null: yes})"),
    ("liked: {is: null}", "(write liked: no)"),
    ("liked: {is_not: null}", "(write liked: yes)"),
    ("liked: null", "(write liked: no)"),
    ("is_playable: {is_not: null}", "(write none: [{is_playable: unknown}])"),
    ("is_playable: {isNot: no}", "(write none: [{is_playable: no}])"),
    ("liked: {isTrue: yes}", "(write liked: yes)"),
    ("liked: {isTrue}", "(write liked: yes)"),
    ("liked: {isFalse}", "(write liked: no)"),
    ("explicit: {is_false: true}", "(write none: [{explicit: yes}])"),
    # numbers
    ("skip_rate: 50%", "(write 50)"),
    ("popularity: {gte: 50 percent}", "(write 50)"),
    ("play_count: 50%", "(write {top_percent: 50})"),
    ("skip_rate: .9", "(write 90)"),
    ("skip_rate: 12,5", "(write 12.5)"),
    ("release_age: {gt: .5}", "(write 0.5)"),
    ("play_count: '1,000'", "(write 1000)"),
    ("play_count: {gte: 1,000}", "a number has no comma"),
    ("play_count: five", "(write 5)"),
    ("play_count: 5 times", "(write 5)"),
    ("play_count: {gte: 005}", "(write 5)"),
    ("decade: 1990-1999", "(write 1990)"),
    ("decade: 1990-2009", "(a range: {between: [1990, 2000]})"),
    ("decade: 1990s-2000s", "(a range: {between: [1990, 2000]})"),
    ("decade: '>1990'", "(write {gt: 1990})"),
    ("year: 1990s", "(a range: {between: [1990, 1999]})"),
    ("year: 1990+", "(write {gte: 1990})"),
    ("year: '>= 1990 and < 2000'", "(write {gte: 1990, lt: 2000})"),
    ("year: since 1990", "(write {gte: 1990})"),
    ("plays_in: {window: 30d, eq: '>5'}", "(write {gt: 5})"),
    # lengths
    ("duration: 5 minutes", "(did you mean 5m?)"),
    ("duration: {gt: 3m30s}", "(did you mean 3:30?)"),
    ("duration: {gt: 3.5 min}", "(did you mean 3:30?)"),
    ("duration: {gt: 1h 30m}", "(did you mean 1:30:00?)"),
    ("duration: {gt: PT3M30S}", "(did you mean 3:30?)"),
    ("duration: {gt: 180000ms}", "(did you mean 3:00?)"),
    ("duration: {between: [3, 5]}", "(did you mean 3m or 3s?)"),
    ("duration: '> 5 minutes'", "(write {gt: 5m})"),
    ("duration: 3:00-5:00", "(a range: {between: [3:00, 5:00]})"),
    # dates
    ("added_at: {in_last: the last 30 days}", "(did you mean 30d?)"),
    ("added_at: {in_last: month}", "(did you mean 1m?)"),
    ("added_at: {in_last: -30d}", "(did you mean 30d?)"),
    ("added_at: last 30 days", "(write {in_last: 30d})"),
    ("added_at: 30d", "(write {in_last: 30d})"),
    ("added_at: {after: 30d}", "(did you mean -30d, so long before today?)"),
    ("added_at: {after: last 30 days}", "(did you mean -30d?)"),
    ("added_at: {after: 30 days ago}", "(did you mean -30d?)"),
    ("added_at: older than 30 days", "(write {not_in_last: 30d})"),
    ("added_at: {after: 1.5.2026}", "(did you mean 2026-05-01?)"),
    ("added_at: {after: 25/12/2025}", "(did you mean 2025-12-25?)"),
    ("added_at: {after: May 2026}", "(did you mean 2026-05?)"),
    ("added_at: {after: 'May 1, 2026'}", "(did you mean 2026-05-01?)"),
    ("added_at: {after: this week}", "(did you mean this_week?)"),
    ("added_at: {after: now}", "(did you mean today?)"),
    ("added_at: '> 2020'", "(write {after: 2020})"),
    ("added_at: '>= 2020'", "(a range: {between: [2020, today]})"),
    ("added_at: until 2020", "(a range: {between: [1000, 2020]})"),
    ("release_date: 90s", "(write {decade: 1990s})"),
    # operators
    ("artist: {startsWith: The}", "(write artist: {any_matches: '^The'})"),
    ("artist: {ends_with: (live)}", r"(write artist: {any_matches: '\(live\)$'})"),
    ("artist: {startsWith}", "(write artist: {any_matches: '^TEXT'})"),
    ("title: {startsWith}", "(did you mean starts_with?), and nothing stands behind it"),
    ("title: {contains: a, b}", "a text with one needs quotes"),
    ("year: {gte: 1990, and: {lt: 2000}}", "(write year: {gte: 1990, lt: 2000})"),
    ("year: {and: [{gte: 1990}, {lt: 2000}]}", "(write year: {gte: 1990, lt: 2000})"),
    ("year: {or: [1990, 1991]}", "(write year: [1990, 1991])"),
    ("year: {or: [{lt: 1990}, {gt: 2000}]}", "(write any: [{year: {lt: 1990}}, {year: {gt: 2000}}])"),
    ("year: {not: {gte: 1990}}", "(write none: [{year: {gte: 1990}}])"),
    ("{field: play_count, operator: gt, value: 5}", "(write play_count: {gt: 5})"),
    ("{property: Title, op: contains, value: love}", "(write title: {contains: love})"),
    ("[play_count, '>', 5]", "(write play_count: {gt: 5})"),
    ("not liked", "(write liked: no)"),
    ("play_count: gt 5", "(write {gt: 5})"),
    ("title: {contains: [a, b]}", "(write any: [{title: {contains: a}}, {title: {contains: b}}])"),
    ("title: {not_contains: [a, b]}", "(write none: [{title: {contains: a}}, {title: {contains: b}}])"),
    ("title: {is: [a, b]}", "(write title: [a, b])"),
    ("year: {ne: [1990, 1991]}", "(write year: {not_in: [1990, 1991]})"),
    ("artist: {count: 2}", "(did you mean count_eq?)"),
    ("playlist: {name: My list}", "(write playlist: My list)"),
    ("year: {between: [1999, 1990]}", "(write [1990, 1999])"),
    ("year: {between: {from: 1990, to: 1999}}", "(write [1990, 1999])"),
    ("added_at: {between: [today, -30d]}", '(write ["-30d", today])'),
    ("plays_in: 90d", "(write plays_in: {window: 90d, gte: 1})"),
    ("plays_in: {days: 30, gte: 3}", "(write plays_in: {window: 30d, gte: 3})"),
    ("plays_in: {window: 1d, dayparts: noon, gte: 1}", "(did you mean afternoon?)"),
    ("plays_in: {weekdays: weekend, gte: 1}", "(write [sat, sun])"),
    ("plays_in: {hours: 6am-12pm, gte: 1}", "(write 6-12)"),
    ("added_at: {month: jun-aug}", "(write [jun, jul, aug])"),
    ("decade: nineties", "write 1990"),
    ("decade: 80", "write 1980"),
    ("decade: soon", "is named by its first year, such as 1990"),
    ("sources: liked songs", "(did you mean liked?)"),
    ("year: 1990, 1991", "(write {in: [1990, 1991]})"),
    ("excluded: no", "what you exclude is in no list"),
    ("is_local: yes", "Spotify takes none"),
    ("limit: 5", "'limit' is an option of the list: put it beside match"),
    ("last_played: {gt: 30d}", "(longer ago: {not_in_last: 30d}; since then: {in_last: 30d})"),
    ("last_played: {more_than: 30 days ago}", "(longer ago: {not_in_last: 30d}; since then: {in_last: 30d})"),
    ("last_played: {in_last: {days: 30}}", "(write 30d)"),
    ("last_played: {in_last: [2, weeks]}", "(write 2w)"),
    ("play_count: {is_empty: yes}", "(write play_count: 0)"),
    ("play_count: {is_missing: no}", "(write play_count: {gte: 1})"),
    ("play_count: {exists: yes}", "(write play_count: {gte: 1})"),
    ("year: {lte: 2000s}", "(write 2009)"),
    ("year: {gte: 90s}", "(write 1990)"),
    ("year: \"'94\"", "(write 1994)"),
    ("added_at: {year: 26}", "(did you mean 2026?)"),
    ("duration: {gt: 4.30}", "(did you mean 4:30?)"),
    ("play_count: top 10%", "(write {top_percent: 10})"),
    ("top_rank_short: top 10", "(write {lte: 10})"),
    ("top_rank_long: {top: 10}", "(write {lte: 10})"),
    ("weekday: sat", "days stand behind a date, added_at: {weekday: sat}"),
    ("- liked: yes", "one dash is enough"),
    # groups, and what is refused at once
    ("not: {liked: yes}", "(write none: [{liked: yes}])"),
    ("and: {liked: yes, year: 1990}", "(write all: [{liked: yes}, {year: 1990}])"),
    ("or: {play_count: 0, skip_count: 0}", "(write any: [{play_count: 0}, {skip_count: 0}])"),
    ("not: {liked: yes, year: 1990}", "(none of them: none: [{liked: yes}, {year: 1990}]; not all of them: none: [{all: ["),
    ("not: liked", "(write none: [{liked: yes}])"),
    ("'play_count:{gte': 5", "a blank is missing behind the colon of 'play_count:{gte'"),
    ("play_count: {gte:5}", "a blank is missing behind the colon of 'gte:5' (write {gte: 5})"),
    ("last_played: '> 30d'", "(longer ago: {not_in_last: 30d}; since then: {in_last: 30d})"),
    ("last_played: '>= 30 days'", "(longer ago: {not_in_last: 30d}; since then: {in_last: 30d})"),
    ("album_type: single or album", "(write album_type: [single, album])"),
    ("album_type: {is_not: single or album}", "(write album_type: {not_in: [single, album]})"),
    ("sources: liked, album", "(write [liked, album])"),
    ("year: 1990 or 1991", "(write {in: [1990, 1991]})"),
    ("release_date: {year: '1990s'}", "(write {decade: 1990s})"),
    ("release_date: {year: 90s}", "(write {decade: 1990s})"),
    ("added_at: {newer_than: soon}", "in_last: 'soon' is not a length of time"),
    # the person's own values
    ("last_played: {since: 2020}", "(write {between: [2020, today]})"),
    ("last_played: {from: 2020-05-01}", "(write {between: [2020-05-01, today]})"),
    ("last_played: {until: May 2020}", "(write {between: [1000, 2020-05]})"),
    ("last_played: {since: 30 days ago}", "(write {between: [-30d, today]})"),
    ("last_played: {since: 90s}", "(write {between: [1990, today]})"),
    ("last_played: {until: 1990s}", "(write {between: [1000, 1999]})"),
    ("last_played: {since: soon}", "and 'soon' is no day"),
    ("last_played: {gte: 30d}", "(longer ago: {not_in_last: 30d}; since then: {in_last: 30d})"),
    ("last_played: {gt: 30}", "(longer ago: {not_in_last: 30d}; since then: {in_last: 30d})"),
    ("release_date: {gte: 1990}", "(write {between: [1990, today]})"),
    ("release_date: {lte: 1990}", "(write {between: [1000, 1990]})"),
    ("release_date: {from: 2020, to: 2021}", "'to' (write {between: [2020, 2021]})"),
    ("release_date: {gte: 1990, lt: 2000}", "(write {between: [1990, today], before: 2000})"),
    ("release_date: {min: 1990, weekday: fri}", "(write {between: [1990, today], weekday: fri})"),
    ("release_date: {from: 2021, to: 2020}", "unknown operator 'from'"),
    ("last_played: {in_the_last: 30}", "(write {in_last: 30d})"),
    ("last_played: {not within: 30 days}", "(write {not_in_last: 30d})"),
    ("last_played: {within: {weeks: 6}}", "(write {in_last: 6w})"),
    ("plays_in: {inTheLast: 30, gte: 1}", "(write {window: 30d, gte: 1})"),
    ("duration: {min: 180, max: 300}", "(write {gte: 180s, lte: 300s})"),
    ("duration: {min: 3}", "(did you mean gte?)"),
    ("play_count: {at_least: '1,000'}", "(write {gte: 1000})"),
    ("year: {range: {from: 1990, to: 1999}}", "(write {between: [1990, 1999]})"),
    ("skip_rate: {min: 0.5}", "(write {gte: 50})"),
    ("skip_rate: {between: [0.1, 0.5]}", "(write [10, 50])"),
    ("skip_rate: {between: [0, 0.5]}", "(write [0, 50])"),
    ("skip_rate: {between: [10, 0.5]}", "(write [10, 50])"),
    ("skip_rate: {between: [0.5, 0.1]}", "(write [10, 50])"),
    ("skip_rate: {between: [10%, 50%]}", "(write [10, 50])"),
    ("skip_rate: {not_between: [0.1, 1.0]}", "(write [10, 100])"),
    ("popularity: {between: [0.1, 0.5]}", "(write [10, 50])"),
    ("popularity: [0.1, 0.5]", "(write [10, 50])"),
    ("avg_completion: {gte: 1.0}", "(did you mean 100?); one of a hundred is 1"),
    ("weekend_share: {eq: 1.0}", "(did you mean 100?)"),
    ("skip_rate: '> 0.5'", "(write {gt: 50})"),
    ("skip_rate: {top_percent: 1.0}", "(did you mean 100?); one percent is 1"),
    ("days_since_played: {gt: 30d}", "(write 30)"),
    ("release_age: {lt: 30 days}", "(write 30)"),
    ("last_played: {since: 2020, until: soon}", "is between, with the earlier one first"),
    ("title: {like: '%love%'}", "(write {contains: love})"),
    ("title: {like: love%}", "(write {starts_with: love})"),
    ("artist: {ilike: '%love%'}", "(write {any_contains: love})"),
    # blanks, hyphens and underscores between the words of a field
    *((f"{name}: {{in_last: 30d}}", "(did you mean added_at?)") for name in ("date added", "Date-Added", "added-at")),
    *((f"{name}: 3", "(did you mean days_since_played?)") for name in ("days since played", "DaysSincePlayed")),
    ("last played: never", "(did you mean last_played?)"),
    ("play count > 5", "(write play_count: {gt: 5})"),
    ("last played before 2020", "(write last_played: {before: 2020})"),
    ("title: {not: {contains: live}}", "(write none: [{title: {contains: live}}])"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "said"), WRONG)
def test_what_is_said(condition, said):
    assert said in " | ".join(problems_of(condition))


SUGGESTED = re.compile(
    r"\((?:write|a range:|did you mean|longer ago:|none of them:|the field comes first:) (.+?)\??(?:, so long before today\?)?\)(?:$|[,;])"
)
WORDS = {
    *(*FIELDS, *GROUPS),
    *(name for operators in OPERATORS.values() for name in operators),
    *(name for field in FIELDS.values() for name, _ in field.options),
}
EVERY_WRONG_CONDITION = [
    *(condition for condition, _ in (*WRONG, *OPERATORS_OF_OTHERS, *NO_VALUES)),
    *(condition.replace("<=", '"<="') for condition, _ in OF_ANOTHER_MEANING),
    *(f"{word}: 1" for word, _ in FIELDS_OF_OTHERS),
    *(condition for condition, _ in OPERATOR_FIRST),
    *(f'{field}: "{text}"' for field, text, _ in OPERATOR_WITHIN),
]


def followed(condition, text):
    """What becomes of a condition where somebody does what a message says: one condition for each thing that it suggests.

    A whole condition, what stands behind the field, another word, or a value in place of the one behind the operator.
    """
    said = SUGGESTED.search(text)
    if not said or "nothing stands behind it" in text or "…" in said[1]:
        return
    unknown = re.search(r"unknown (?:field|operator) '([^']*)'", text)
    for form in re.split(r" or |; since then: |; not all of them: |; this very text: ", said[1]):
        if re.match(r"\w+: ", form):
            yield form
        elif unknown and form in WORDS:
            yield condition.replace(unknown[1], form, 1)
        else:
            field, _, operator = re.match(r"(\w+)(: (\w+))?: ", text).groups()
            options = "window: 30d, " if FIELDS[field].options and "window" not in form else ""
            if form.startswith("{"):
                yield f"{field}: {{{options}{form[1:]}"
            elif operator in dict(FIELDS[field].options):
                yield f"{field}: {{{operator}: {form}, gte: 1}}"
            elif operator in ("between", "not_between") and not form.startswith("["):
                yield f"{field}: {{{operator}: [{form}, {form}]}}"
            else:
                yield f"{field}: {{{options}{operator}: {form}}}"


@pytest.mark.parametrize("condition", EVERY_WRONG_CONDITION)
def test_who_does_what_is_suggested_is_not_refused_again(condition):
    """All that is wrong is told at once: what is suggested can be read, up to what else was said of the condition."""
    told = problems_of(condition)
    waiting = [better for text in told for better in followed(condition, text)]
    for _ in range(3):
        waiting = [
            even_better
            for better in waiting
            for text in problems_left(better, told)
            for even_better in followed(better, text)
        ]
    assert waiting == []


def problems_left(condition, told):
    """What is still wrong with a condition, which has been told before."""
    try:
        read(condition)
    except RuleError as error:
        left = [problem.text for problem in error.problems]
        assert {*left} <= {*told}, condition
        return left
    return []


@pytest.mark.parametrize(
    "word", ["nope", "foo", "number", "last", "value", "file", "style", "score", "heard"]
)
def test_nothing_is_suggested_that_is_hardly_like_it(word):
    (said,) = problems_of(f"{word}: 1")
    assert "did you mean" not in said


@pytest.mark.parametrize(
    ("word", "meant"), [("yaer", "year"), ("titel", "title"), ("artst", "artist"), ("playcnt", "play_count")]
)
def test_slips_are_still_understood(word, meant):
    assert f"(did you mean {meant}?)" in problems_of(f"{word}: x")[0]
    assert hint(Words.FIELD, word, [*FIELDS])


def test_a_group_is_suggested_where_a_group_may_stand():
    assert "(did you mean all?)" in problems_of("alll: [{liked: yes}]")[0]
    assert "(did you mean none?)" in problems_of("not: [{liked: yes}]")[0]


@pytest.mark.parametrize(
    "condition",
    [
        f"track_id: {ID}",
        f"track_id: {{starts_with: {ID[:5]}, not_contains: b}}",
        "isrc: usrc17607839",
        "isrc: {starts_with: US}",
        "isrc: {matches: '^US.*39$'}",
        "recording_key: isrc USRC17607839",
        "recording_key: 'song / artist'",
        "recording_key: {contains: song}",
        f"last_context: spotify:playlist:{ID}",
        "last_context: {starts_with: 'spotify:album:'}",
        "last_context: 'spotify:user:björk:collection'",
        "restriction_reason: {matches: ^geo}",
        "restriction_reason: {is_empty: no}",
        "top_rank_short: {lte: 100}",
        "days_since_played: 0",
        "peak_month: 2026-05",
        "peak_month: 2026-05-01",
        "peak_month: {day_of_month: [1, 15]}",
        f"playlist: {LINK.format('playlist')}",
        f"playlist: spotify:user:me:playlist:{ID}",
        "title: 'spotify:track:'",
        "title: https://example.com",
        "title: 5 minutes",
        "title: 50%",
        "artist: 1990s",
        "decade: 90s",
    ],
)
def test_what_can_hold_is_right(condition):
    read(condition)


def test_a_field_has_one_kind_of_bound():
    assert not {*TEXTS} & {*FORMS}
    assert {FIELDS[name].kind for name in FORMS} == {Kind.TEXT}
    assert {*TEXTS} > MAY_GROW
    for name, form in FORMS.items():
        given = re.findall(r"\b[A-Z]{4}[0-9]+\b|spotify:\w+:\w+|\w+ / \w+", form.about)
        assert all(re.fullmatch(form.whole, fold(text)) for text in given), name


def test_a_top_list_is_as_long_as_what_is_copied_of_it():
    assert NUMBERS["top_rank_short"].high == PAGE


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.kind not in OF_LISTS])
@pytest.mark.parametrize("word", ["never", "null", "unknown"])
def test_no_field_is_left_without_a_word_for_no_value(name, word):
    field = FIELDS[name]
    if field.kind in (Kind.TEXT, Kind.TEXTS) and word != "null" and name not in (*TEXTS, *FORMS):
        read(f"{name}: {word}")  # a text like any other
        return
    if field.kind is Kind.YES_NO and word == "unknown" and name not in ALWAYS_KNOWN:
        read(f"{name}: unknown")
        return
    value = f"{{{field.option}, eq: {word}}}" if field.needs_option else word
    said = " | ".join(problems_of(f"{name}: {value}"))
    assert "(write " in said or "yes or no for every track" in said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (LINK.format("track"), "track"),
        (f"open.spotify.com/album/{ID}", "album"),
        (f"https://open.spotify.com/intl-de/artist/{ID}", "artist"),
        (f"https://open.spotify.com/user/me/playlist/{ID}#x", "playlist"),
        (f"spotify:track:{ID}", "track"),
        (f"spotify:user:me:playlist:{ID}", "playlist"),
        ("spotify:track:short", None),
        (f"https://example.com/track/{ID}", None),
        (ID, None),
    ],
)
def test_links(text, kind):
    link = link_in(text)
    assert (link.kind if link else None) == kind
    assert link is None or link.spotify_id == ID


def test_options_are_those_of_a_definition():
    assert {*LIST_OPTIONS} < {*DEFINITION_KEYS}
    assert not {*LIST_OPTIONS} & {*FIELDS}


@pytest.mark.parametrize(
    "text", ["1", "1,", " 1", "and ", "> 1 and ", "1h ", "last ", "%", "spotify:", "mon-", "-"]
)
def test_a_long_text_is_no_slip(text):
    """Of 30,000 digits nobody meant a number, which Python would not even read."""
    long = text * 30_000
    for name in ("year", "duration", "added_at", "liked", "plays_in", "track_id", "decade", "nope"):
        assert "did you mean" not in " | ".join(problems_of(f"{name}: '{long[:90_000]}'"))
    for option in ("limit", "order", "refresh", "weekdays", "active", "guard", "sort", "from", "match"):
        with pytest.raises(RuleError):
            parse_definition("mine", f"name: A\n{option}: '{long[:90_000]}'", "mine.yml")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("skips: {in: 30d, gte: 2}", "skips_in: {window: 30d, gte: 2}"),
        ("skip_count: {in: 30d, gte: 2}", "skips_in: {window: 30d, gte: 2}"),
        ("plays: {last: 2w}", "plays_in: {window: 2w, gte: 1}"),
        ("play_count: {in_last: 30d, lt: 2}", "plays_in: {window: 30d, lt: 2}"),
        ("plays: {days: 30, gte: 2}", "plays_in: {window: 30d, gte: 2}"),
        ("artist_plays: {in: 1y, gte: 9}", "artist_plays_in: {window: 1y, gte: 9}"),
        ("skips_in: {in: 30d, gte: 2}", "skips_in: {window: 30d, gte: 2}"),
        (
            "plays_in: {in: 30d, weekdays: [sat], gte: 2}",
            "plays_in: {window: 30d, weekdays: [sat], gte: 2}",
        ),
    ],
)
def test_a_count_in_a_length_of_time_is_answered_with_the_whole_of_it(text, meant):
    [said] = problems_of(text)
    assert f"(write {meant})" in said
    read(meant)


@pytest.mark.parametrize("key", ["sort", "shuffle"])
@pytest.mark.parametrize("field", [name for name, field in FIELDS.items() if field.needs_option])
def test_an_order_without_its_option_is_answered_with_one(key, field):
    with pytest.raises(RuleError) as error:
        parse_definition("mine", f"name: A\nmatch: everything\n{key}: {{by: {field}}}\n", "mine.yml")
    meant = f"{{by: {field}, {FIELDS[field].option}}}"
    assert f"(write {meant})" in str(error.value)
    parse_definition("mine", f"name: A\nmatch: everything\n{key}: {meant}\n", "mine.yml")


@pytest.mark.parametrize("order", ["{} desc", "{{by: {}, dir: desc}}", "-{}", "[title, {} desc]"])
@pytest.mark.parametrize("field", [name for name, field in FIELDS.items() if field.needs_option])
def test_its_direction_is_kept(order, field):
    with pytest.raises(RuleError) as error:
        parse_definition("mine", f"name: A\nmatch: everything\nsort: {order.format(field)}\n", "mine.yml")
    assert f"(write {{by: {field}, {FIELDS[field].option}, dir: desc}})" in str(error.value)


@pytest.mark.parametrize(
    "link",
    [
        "spotify:user:so%20me",
        "https://open.spotify.com/user/so%20me?si=1234",
        "open.spotify.com/intl-de/user/so%20me/",
        "so me",
    ],
)
def test_an_account_may_be_given_by_its_link(link):
    for condition in (f"added_by: '{link}'", f"added_by: {{any_is: ['{link}', so me]}}"):
        [found] = conditions_of(read(condition).match)
        assert found.value == ("so me",)
        assert found.text == "added_by: so me"
    assert problems_of(f"added_by: https://open.spotify.com/playlist/{ID}")
