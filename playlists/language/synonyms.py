"""Other names of operators and fields, which people write who do not know the language; used for suggestions only."""

import re
from collections.abc import Collection

NOT_GIVEN = "Spotify does not give it (any more)"
_EQUAL = ("eq", "is", "on", "any_is", "in")
_NOT_EQUAL = ("ne", "is_not", "not_on", "none_is", "not_in")
_MORE = ("gt", "after", "count_gt")
_AT_LEAST = ("gte", "after", "count_gte")
_LESS = ("lt", "before", "count_lt")
_AT_MOST = ("lte", "before", "count_lte")
_ONE_OF = ("in", "any_is")
_NONE_OF = ("not_in", "none_is")
_HOLDS = ("contains", "any_contains")
_HOLDS_NOT = ("not_contains", "none_contains")
_FITS = ("matches", "any_matches")
_ABSENT = ("is_null", "is_empty")
_PRESENT = ("is_not_null", "is_not_empty")
# Words → the operators that they may stand for; the first that the field has is suggested.
_OPERATORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("> gt greater greater_than more more_than over above longer_than", _MORE),
    (">= => ≥ gte ge at_least min minimum greater_than_or_equal", _AT_LEAST),
    ("< lt less less_than fewer_than under below shorter_than", _LESS),
    ("<= =< ≤ lte le at_most max maximum less_than_or_equal", _AT_MOST),
    ("= == === eq equals equal equal_to is on", _EQUAL),
    ("!= <> ≠ ne neq not not_equal not_equals not_equal_to is_not isnt not_is not_on", _NOT_EQUAL),
    ("older_than not_within not_last not_in_the_last", ("not_in_last",)),
    ("newer_than within last in_the_last", ("in_last",)),
    ("since after from later_than", ("after", "gte")),
    ("until till before to earlier_than", ("before", "lte")),
    ("range", ("between",)),
    ("in one_of any any_of any_is is_in", _ONE_OF),
    ("not_in none none_of none_is not_any", _NONE_OF),
    ("like includes include has contains any_contains", _HOLDS),
    ("not_like excludes exclude has_not not_contains does_not_contain none_contains", _HOLDS_NOT),
    ("regex regexp match pattern matches any_matches", _FITS),
    ("begins_with startswith", ("starts_with",)),
    ("endswith", ("ends_with",)),
    ("null none_given empty missing is_null is_empty", _ABSENT),
    ("exists is_not_null is_not_empty not_null not_empty", _PRESENT),
    ("top", ("top_percent",)),
    ("bottom", ("bottom_percent",)),
)
# Words → the fields that they may stand for; the first that is allowed in the place is suggested.
_FIELDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("plays count playcount times_played", ("play_count",)),
    ("name track track_name song", ("title",)),
    ("length time", ("duration",)),
    ("added date_added", ("added_at",)),
    ("genre genres", ("genres",)),
    ("artists", ("artist", "main_artist")),
    ("saved", ("album_saved",)),
    ("loved favourite favorite", ("liked",)),
    ("played", ("last_played",)),
    ("released", ("release_date",)),
)
_FIELDS_NOT_GIVEN = (
    *("country", "rating", "tempo", "bpm", "mood", "energy", "danceability", "key", "valence"),
    *("loudness", "acousticness", "instrumentalness", "liveness", "speechiness"),
)


def operator_meant(word: str, known: Collection[str]) -> str:
    """The known operator that a word stands for; empty where there is none."""
    return _meant(_BY_OPERATOR, word, known)


def field_meant(word: str, known: Collection[str]) -> str:
    """The known field that a word stands for; empty where there is none."""
    return _meant(_BY_FIELD, word, known)


def is_not_given(word: str) -> bool:
    """Whether a word names a property of tracks that Spotify does not give, such as tempo."""
    return _plain(word) in _FIELDS_NOT_GIVEN


def _meant(by_word: dict[str, tuple[str, ...]], word: str, known: Collection[str]) -> str:
    return next((name for name in by_word.get(_plain(word), ()) if name in known), "")


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", "_", word.strip().casefold())


def _by_word(groups: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, tuple[str, ...]]:
    return {word: names for words, names in groups for word in words.split()}


_BY_OPERATOR = _by_word(_OPERATORS)
_BY_FIELD = _by_word(_FIELDS)
