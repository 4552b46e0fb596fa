"""Operators of text, and of lists of text. The database gives folded values; the definition's are folded here.

No character of a text is a wildcard.
"""

from playlists.language.kinds import Context, Operator, Takes, comparison, presence_check, to_decimal
from playlists.language.texts import fold

_SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def folded_text(text: str) -> str:
    """The folded text. A text of accents alone, which would fold to an empty text that every text contains, stays as it is."""
    return fold(text) or text


def _resolve_text(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001 - every resolver is called with a context
    return (folded_text(str(value)),)


def _resolve_texts(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001
    assert isinstance(value, tuple)
    return (frozenset(folded_text(one) for one in value),)


def _resolve_pattern(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001
    return (value,)


def _resolve_count(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001
    return (to_decimal(value),)


TEXT_OPERATORS = (
    comparison("is", Takes.TEXT, "is this text", "{value} = {0}::text", _resolve_text),
    comparison(
        "is_not",
        Takes.TEXT,
        "is another text",
        "{value} <> {0}::text",
        _resolve_text,
        holds_for_null=True,
    ),
    comparison(
        "contains",
        Takes.TEXT,
        "holds this text",
        "strpos({value}, {0}::text) > 0",
        _resolve_text,
    ),
    comparison(
        "not_contains",
        Takes.TEXT,
        "does not hold this text",
        "strpos({value}, {0}::text) = 0",
        _resolve_text,
        holds_for_null=True,
    ),
    comparison(
        "starts_with",
        Takes.TEXT,
        "begins with this text",
        "starts_with({value}, {0}::text)",
        _resolve_text,
    ),
    comparison(
        "ends_with",
        Takes.TEXT,
        "ends with this text",
        "right({value}, length({0}::text)) = {0}::text",
        _resolve_text,
    ),
    comparison(
        "matches",
        Takes.PATTERN,
        "the pattern fits somewhere in it",
        "{value} ~ {0}::text",
        _resolve_pattern,
    ),
    comparison(
        "in",
        Takes.TEXTS,
        "is one of these",
        "{value} = ANY({0}::text[])",
        _resolve_texts,
    ),
    comparison(
        "not_in",
        Takes.TEXTS,
        "is none of these",
        "{value} <> ALL({0}::text[])",
        _resolve_texts,
        holds_for_null=True,
    ),
    presence_check(
        "is_empty",
        "is empty or not known",
        "COALESCE({value}, '') = ''",
        holds_for_null=True,
    ),
    presence_check("is_not_empty", "there is a text", "COALESCE({value}, '') = ''", holds_for_null=False),
)

_ANY_CONTAINS = (
    "EXISTS (SELECT 1 FROM unnest({value}) AS item, unnest({0}::text[]) AS part WHERE strpos(item, part) > 0)"
)


def _any_is_operator(name: str) -> Operator:
    return comparison(
        name,
        Takes.TEXTS,
        "one of them is one of these",
        "{value} && {0}::text[]",
        _resolve_texts,
    )


def _none_is_operator(name: str) -> Operator:
    return comparison(
        name,
        Takes.TEXTS,
        "none of them is one of these",
        "NOT {value} && {0}::text[]",
        _resolve_texts,
        holds_for_null=True,
    )


def _count_operator(name: str, sign: str) -> Operator:
    about = f"there are {sign} so many of them"
    return comparison(
        f"count_{name}",
        Takes.NUMBER,
        about,
        f"cardinality({{value}}) {sign} {{0}}",
        _resolve_count,
    )


TEXTS_OPERATORS = (
    _any_is_operator("any_is"),
    comparison(
        "all_are",
        Takes.TEXTS,
        "there are some, and each is one of these",
        "cardinality({value}) > 0 AND {value} <@ {0}::text[]",
        _resolve_texts,
    ),
    _none_is_operator("none_is"),
    comparison(
        "any_contains",
        Takes.TEXTS,
        "one of them holds one of these texts",
        _ANY_CONTAINS,
        _resolve_texts,
    ),
    comparison(
        "none_contains",
        Takes.TEXTS,
        "none of them holds any of these texts",
        f"NOT {_ANY_CONTAINS}",
        _resolve_texts,
        holds_for_null=True,
    ),
    comparison(
        "any_matches",
        Takes.PATTERN,
        "the pattern fits somewhere in one of them",
        "EXISTS (SELECT 1 FROM unnest({value}) AS item WHERE item ~ {0}::text)",
        _resolve_pattern,
    ),
    _any_is_operator("in"),
    _none_is_operator("not_in"),
    *(_count_operator(name, sign) for name, sign in _SIGNS.items()),
    presence_check("is_empty", "there are none", "cardinality({value}) = 0", holds_for_null=True),
    presence_check(
        "is_not_empty",
        "there is one or more",
        "cardinality({value}) = 0",
        holds_for_null=False,
    ),
)
