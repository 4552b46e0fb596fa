"""Operators of text, and of lists of text. Values come folded from the database; what a definition says is folded here.

Texts are compared as they are: nothing in them is a wildcard.
"""

from playlists.language.folding import fold
from playlists.language.kinds import Context, Operator, Takes
from playlists.language.number_operators import number
from playlists.language.operator_parts import asking, comparing

_HOW_MANY = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _folded(text: str) -> str:
    """Of accents alone nothing is left, which every text holds; the accents themselves are in no folded text."""
    return fold(text) or text


def _text(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001 - all are called alike
    return (_folded(str(value)),)


def _texts(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001
    assert isinstance(value, tuple)
    return (frozenset(_folded(one) for one in value),)


def _pattern(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001
    return (value,)


def _count(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001
    return (number(value),)


TEXT_OPERATORS = (
    comparing("is", Takes.TEXT, "is this text", "{value} = {0}::text", _text, lambda a, text: a == text),
    comparing(
        "is_not",
        Takes.TEXT,
        "is another text",
        "{value} <> {0}::text",
        _text,
        lambda a, text: a != text,
        of_null=True,
    ),
    comparing(
        "contains",
        Takes.TEXT,
        "holds this text",
        "strpos({value}, {0}::text) > 0",
        _text,
        lambda a, text: text in a,
    ),
    comparing(
        "not_contains",
        Takes.TEXT,
        "does not hold this text",
        "strpos({value}, {0}::text) = 0",
        _text,
        lambda a, text: text not in a,
        of_null=True,
    ),
    comparing(
        "starts_with",
        Takes.TEXT,
        "begins with this text",
        "starts_with({value}, {0}::text)",
        _text,
        lambda a, text: a.startswith(text),
    ),
    comparing(
        "ends_with",
        Takes.TEXT,
        "ends with this text",
        "right({value}, length({0}::text)) = {0}::text",
        _text,
        lambda a, text: a.endswith(text),
    ),
    comparing(
        "matches",
        Takes.PATTERN,
        "the pattern fits somewhere in it",
        "{value} ~ {0}::text",
        _pattern,
        lambda a, pattern: pattern.fits(a),
    ),
    comparing(
        "in",
        Takes.TEXTS,
        "is one of these",
        "{value} = ANY({0}::text[])",
        _texts,
        lambda a, texts: a in texts,
    ),
    comparing(
        "not_in",
        Takes.TEXTS,
        "is none of these",
        "{value} <> ALL({0}::text[])",
        _texts,
        lambda a, texts: a not in texts,
        of_null=True,
    ),
    asking("is_empty", "is empty or not known", "COALESCE({value}, '') = ''", lambda a: not a, of_null=True),
    asking("is_not_empty", "there is a text", "COALESCE({value}, '') = ''", lambda a: not a, of_null=False),
)

_ANY_CONTAINS = (
    "EXISTS (SELECT FROM unnest({value}) AS item, unnest({0}::text[]) AS part WHERE strpos(item, part) > 0)"
)


def _any_contains(items: list[str], parts: frozenset[str]) -> bool:
    return any(part in item for item in items for part in parts)


def _any_is(name: str) -> Operator:
    return comparing(
        name,
        Takes.TEXTS,
        "one of them is one of these",
        "{value} && {0}::text[]",
        _texts,
        lambda items, texts: not texts.isdisjoint(items),
    )


def _none_is(name: str) -> Operator:
    return comparing(
        name,
        Takes.TEXTS,
        "none of them is one of these",
        "NOT {value} && {0}::text[]",
        _texts,
        lambda items, texts: texts.isdisjoint(items),
        of_null=True,
    )


def _counting(name: str, sign: str) -> Operator:
    tests = {
        "=": lambda items, count: len(items) == count,
        ">": lambda items, count: len(items) > count,
        ">=": lambda items, count: len(items) >= count,
        "<": lambda items, count: len(items) < count,
        "<=": lambda items, count: len(items) <= count,
    }
    about = f"there are {sign} so many of them"
    return comparing(
        f"count_{name}", Takes.NUMBER, about, f"cardinality({{value}}) {sign} {{0}}", _count, tests[sign]
    )


TEXTS_OPERATORS = (
    _any_is("any_is"),
    comparing(
        "all_are",
        Takes.TEXTS,
        "there are some, and each is one of these",
        "cardinality({value}) > 0 AND {value} <@ {0}::text[]",
        _texts,
        lambda items, texts: bool(items) and texts.issuperset(items),
    ),
    _none_is("none_is"),
    comparing(
        "any_contains",
        Takes.TEXTS,
        "one of them holds one of these texts",
        _ANY_CONTAINS,
        _texts,
        _any_contains,
    ),
    comparing(
        "none_contains",
        Takes.TEXTS,
        "none of them holds any of these texts",
        f"NOT {_ANY_CONTAINS}",
        _texts,
        lambda items, parts: not _any_contains(items, parts),
        of_null=True,
    ),
    comparing(
        "any_matches",
        Takes.PATTERN,
        "the pattern fits somewhere in one of them",
        "EXISTS (SELECT FROM unnest({value}) AS item WHERE item ~ {0}::text)",
        _pattern,
        lambda items, pattern: any(pattern.fits(item) for item in items),
    ),
    _any_is("in"),
    _none_is("not_in"),
    *(_counting(name, sign) for name, sign in _HOW_MANY.items()),
    asking("is_empty", "there are none", "cardinality({value}) = 0", lambda a: not a, of_null=True),
    asking(
        "is_not_empty", "there is one or more", "cardinality({value}) = 0", lambda a: not a, of_null=False
    ),
)
