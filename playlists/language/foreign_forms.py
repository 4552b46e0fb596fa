"""Conditions in the forms of other tools, and how they are written here: the operator before the field, or within a text.

Only for messages. `{inTheLast: {lastPlayed: 30}}` is Navidrome's, `artist: "!= Queen"` and `title: "%love%"` come from SQL.
"""

import re
from collections.abc import Collection, Mapping

from playlists.language.document import ListNode, MappingNode, Node, ScalarNode
from playlists.language.fields import FIELDS
from playlists.language.kinds import Field, Kind
from playlists.language.operators import OPERATORS
from playlists.language.synonyms import Words, field_meant, operator_of_sign, targets_of, word_meant
from playlists.language.texts import LONGEST, of_short_texts
from playlists.language.times import span_meant
from playlists.language.values import format_text

_OPPOSITES = {"not_contains": "contains", "not_on": "on", "not_between": "between", "not_in_last": "in_last"}
_PARTS = (
    ("field", "property", "name", "key", "column"),
    ("operator", "op", "comparator", "condition"),
    ("value", "values", "val"),
)
# Those of definition.py that are no field, nor another tool's word for one.
LIST_OPTIONS = (
    *(
        "from",
        "match",
        "blocks",
        "mix",
        "sort",
        "limit",
        "offset",
        "per_artist",
        "per_album",
        "artist_separation",
    ),
    *(
        "round_robin",
        "random_group",
        "dedupe",
        "union",
        "minus",
        "intersect",
        "include_unplayable",
        "substitute",
    ),
    *(
        "min_tracks",
        "mode",
        "keep_percent",
        "refresh",
        "active",
        "out_of_season",
        "variants",
        "guard",
        "for_each",
        "create",
        "public",
        "collaborative",
    ),
)
_SPANS = ("in_last", "not_in_last", "window")
_EQUAL = ("is", "eq", "on", "any_is", "in")
_SIGN = re.compile(r"(!=|<>|==|=|>=|<=|>|<|≠|≥|≤|~)\s+(\S.*)")
_WORD = re.compile(r"(contains|does not contain|starts with|begins with|ends with|is not)\s+(\S.*)")
_LIKE = re.compile(r"(?:(?:i?like|LIKE)\s+)?(?:%([^%]+)%|\*([^*]+)\*)")
_CONDITION = re.compile(
    r"([A-Za-z]\w*(?:[ -]\w+){0,3}?)(?:\s*(:|!=|<>|==|=|>=|<=|>|<|≠|≥|≤|\b(?:contains|is not|starts with|like|before|after)\b)\s*(\S.*))?"
)
_WORDS = {
    "contains": "contains",
    "does not contain": "not_contains",
    "starts with": "starts_with",
    "begins with": "starts_with",
    "ends with": "ends_with",
    "is not": "!=",
}


def operator_first(word: str, node: Node) -> str:
    """` (the field comes first: last_played: {in_last: 30d})` for an operator with a field below it; else empty."""
    if not isinstance(node, MappingNode) or len(node.entries) != 1:
        return ""
    ((inner, value),) = node.entries
    name = inner.text if inner.text in FIELDS else word_meant(Words.FIELD, inner.text, [*FIELDS])
    if not name:
        return ""
    operators = [*OPERATORS[FIELDS[name].kind]]
    operator = word if word in operators else word_meant(Words.OPERATOR, word, operators)
    if not operator:
        return ""
    shown = value.text if isinstance(value, ScalarNode) else "…"
    if operator in _SPANS and shown.isdigit():
        shown = f"{shown}d"
    if FIELDS[name].kind is Kind.YES_NO:
        shown = {"true": "yes", "false": "no"}.get(shown, shown)
    written = f"{name}: {shown}" if operator in _EQUAL else f"{name}: {{{operator}: {shown}}}"
    return f" (the field comes first: {written})"


def is_about_tracks(word: str) -> bool:
    """Whether a key among the options is a group or a condition, which belong below `match`."""
    return (word in FIELDS and not targets_of(Words.OPTION, word)) or _group(word) != ""


def _group(word: str) -> str:
    named = (word, *targets_of(Words.GROUP, word))
    return next((name for name in named if name in ("all", "any", "none")), "")


def group_of_one(word: str, node: Node) -> str:
    """`none: [{liked: yes}]` for `not: {liked: yes}`; empty for anything but a group with one condition without a dash."""
    is_one = isinstance(node, MappingNode) and len(node.entries) == 1
    conditions = conditions_meant(node) if is_one and _group(word) else ""
    return f"{_group(word)}: {conditions}" if conditions else ""


def conditions_meant(node: Node) -> str:
    """A list of conditions, on one line, for a mapping of fields or a text in their place: `[liked: yes, {year: 1990}]`.

    Empty where it is nothing of the kind. What is in it may have mistakes of its own.
    """
    if isinstance(node, MappingNode) and all(_names_field(key.text) for key, _ in node.entries):
        return format_node(_as_conditions(node))
    if isinstance(node, ScalarNode):
        if len(node.text) > 5 * LONGEST:
            return ""
        parts = re.split(r"\s+(?:and|AND)\s+|\s*&&\s*", node.text)
        found = [condition_in_text(part) for part in parts]
        return f"[{', '.join(f'{{{one}}}' for one in found)}]" if found and all(found) else ""
    return ""


def condition_with_option(field: Field, node: Node) -> str:
    """What goes behind a field that needs an option, for a length of time or a number alone: `{window: 30d, gte: 1}`."""
    text = node.text.strip() if isinstance(node, ScalarNode) else ""
    if field.kind is Kind.MOMENT:
        return f"{{{field.option}, in_last: {span_meant(text) or '30d'}}}"
    if "window" not in dict(field.options):
        return f"{{{field.option}, lte: {text if re.fullmatch('[1-9][0-9]{0,3}', text) else '20'}}}"
    if re.fullmatch(r"[1-9][0-9]{0,5}", text):
        return f"{{window: 30d, gte: {text}}}"
    span = text if re.fullmatch(r"[1-9][0-9]{0,5}[hdwmy]", text) else span_meant(text)
    return f"{{window: {span or '30d'}, gte: 1}}"


def window_meant(field: Field, word: str, beside: Mapping[str, Node]) -> str:
    """The condition of `{days: 30, gte: 3}`, with our word for the time; else empty. `beside`: all behind the field."""
    unit, node = word.casefold().rstrip("s"), beside[word]
    if (
        "window" not in dict(field.options)
        or unit not in ("hour", "day", "week", "month", "year")
        or not isinstance(node, ScalarNode)
    ):
        return ""
    if not re.fullmatch(r"[1-9][0-9]{0,4}", node.text):
        return ""
    others = [f"{name}: {format_node(value)}" for name, value in beside.items() if name != word]
    return f"{field.name}: {{{', '.join([f'window: {node.text}{unit[0]}', *(others or ['gte: 1'])])}}}"


def condition_in_parts(node: MappingNode | ListNode) -> str:
    """`play_count: {gt: 5}` for `{field: play_count, operator: gt, value: 5}`, or for a list of the three; else empty."""
    if isinstance(node, ListNode):
        parts: tuple[Node | None, ...] = node.items if len(node.items) == 3 else ()
    else:
        by_word = {key.text.casefold(): value for key, value in node.entries}
        parts = tuple(next((by_word[word] for word in words if word in by_word), None) for words in _PARTS)
    if len(parts) != 3 or not isinstance(parts[0], ScalarNode) or parts[2] is None:
        return ""
    field = FIELDS.get(parts[0].text) or FIELDS.get(word_meant(Words.FIELD, parts[0].text, [*FIELDS]))
    if field is None:
        return ""
    known = OPERATORS[field.kind]
    word = parts[1].text if isinstance(parts[1], ScalarNode) else ""
    operator = word if word in known else word_meant(Words.OPERATOR, word, known)
    if not operator and parts[1] is not None:
        return ""
    value = format_node(parts[2])
    return f"{field.name}: {value if not operator or operator in _EQUAL else f'{{{operator}: {value}}}'}"


def several_meant(field: Field, operator: str, node: ListNode) -> str:
    """What to write for a list behind an operator that takes one value: a group with one of them each; else empty."""
    known, listed = OPERATORS[field.kind], format_node(node)
    is_negated = operator in _OPPOSITES
    if operator in ("is", "eq"):
        return f"{field.name}: {listed}" if "in" in known else ""
    if operator in ("is_not", "ne"):
        return f"{field.name}: {{not_in: {listed}}}" if "not_in" in known else ""
    each = _OPPOSITES.get(operator, operator)
    if each not in known:
        return ""
    return f"{'none' if is_negated else 'any'}: [{', '.join(f'{{{field.name}: {{{each}: {format_node(item)}}}}}' for item in node.items)}]"


@of_short_texts
def condition_in_text(text: str) -> str:
    """A condition that was written as one text, `play_count > 5` or `liked`, in our form; empty where it is none."""
    match = _CONDITION.fullmatch(text.strip())
    negated = re.fullmatch(r"(?:not|!)\s*(\w+)", text.strip())
    if negated and condition_in_text(negated[1]).endswith(": yes"):
        return f"{condition_in_text(negated[1]).removesuffix('yes')}no"
    if not match:
        return ""
    word, sign, value = match.groups()
    field = FIELDS.get(word) or FIELDS.get(field_meant(word, [*FIELDS]))
    if field is None or field.needs_option:
        return ""
    if sign is None:
        return f"{field.name}: yes" if field.kind is Kind.YES_NO else ""
    value = {"true": "yes", "false": "no"}.get(value.lower(), value) if field.kind is Kind.YES_NO else value
    value = value[1:-1] if len(value) > 2 and value[0] == value[-1] and value[0] in "'\"" else value
    if sign in (":", "=", "=="):
        return f"{field.name}: {value if re.match(r'[{[]', value) else format_text(value)}"
    operator = operator_of_sign(sign, OPERATORS[field.kind]) or word_meant(
        Words.OPERATOR, sign, OPERATORS[field.kind]
    )
    return f"{field.name}: {{{operator}: {format_text(value)}}}" if operator else ""


def pair_meant(node: Node) -> str:
    """Two values in order, `[1990, 1999]`, for a pair that is reversed or has names: `{from: 1990, to: 1999}`; else empty."""
    if isinstance(node, ListNode):
        return (
            f"[{', '.join(format_node(item) for item in reversed(node.items))}]"
            if len(node.items) == 2
            else ""
        )
    if not isinstance(node, MappingNode) or len(node.entries) != 2:
        return ""
    by_word = {key.text.casefold(): format_node(value) for key, value in node.entries}
    pairs = (
        ("from", "to"),
        ("min", "max"),
        ("start", "end"),
        ("low", "high"),
        ("gte", "lte"),
        ("since", "until"),
    )
    return next(
        (f"[{by_word[low]}, {by_word[high]}]" for low, high in pairs if {low, high} == {*by_word}), ""
    )


def _names_field(word: str) -> bool:
    return word in FIELDS or word in ("all", "any", "none") or bool(word_meant(Words.FIELD, word, [*FIELDS]))


def _as_conditions(node: MappingNode | ListNode) -> ListNode:
    """Several fields of one mapping as a list, each with a dash of its own."""
    if isinstance(node, ListNode):
        return node
    return ListNode(node.place, tuple(MappingNode(node.place, (entry,)) for entry in node.entries))


def operator_behind_field(field: Field, word: str, node: Node, beside: Mapping[str, Node]) -> str:
    """What to write for a word that is no operator of the field, with the value behind it; else empty.

    It may be a group (`and`, `not`), or an operator of a single text behind a field that has several. `beside`: all that
    stands behind the field. The value may have mistakes of its own.
    """
    group = next(
        (name for name in targets_of(Words.GROUP, word) or (word,) if name in ("all", "any", "none")), ""
    )
    if group and isinstance(node, MappingNode | ListNode):
        return _group_behind_field(field, group, node, beside)
    edges = {name for name in targets_of(Words.OPERATOR, word) if name in ("starts_with", "ends_with")}
    if field.kind is Kind.TEXTS and len(edges) == 1 and isinstance(node, ScalarNode):
        text = node.text or "TEXT"
        escaped = re.sub(r"([.^$*+?{}\[\]()|\\])", r"\\\1", text).replace("'", "''")
        pattern = f"'^{escaped}'" if "starts_with" in edges else f"'{escaped}$'"
        return f"{field.name}: {{any_matches: {pattern}}}"
    return ""


def _group_behind_field(
    field: Field, group: str, node: MappingNode | ListNode, beside: Mapping[str, Node]
) -> str:
    """Operators beside each other for `and`; else a group with the field in each of its conditions."""
    parts = node.items if isinstance(node, ListNode) else (node,)
    if not all(isinstance(part, MappingNode) for part in parts):
        is_plain = group == "any" and all(isinstance(part, ScalarNode) for part in parts)
        return f"{field.name}: {format_node(node)}" if is_plain else ""
    others = {name: format_node(other) for name, other in beside.items() if other is not node}
    if group == "all":
        inner = [
            f"{name.text}: {format_node(value)}"
            for part in parts
            if isinstance(part, MappingNode)
            for name, value in part.entries
        ]
        return (
            f"{field.name}: {{{', '.join([*(f'{name}: {text}' for name, text in others.items()), *inner])}}}"
        )
    conditions = ", ".join(f"{{{field.name}: {format_node(part)}}}" for part in parts)
    return "" if others else f"{group}: [{conditions}]"


def blank_missing(word: str, known: Collection[str]) -> str:
    """`play_count: {gte` for a key `play_count:{gte`, which has a colon without a blank behind it; else empty."""
    head, colon, rest = word.partition(":")
    return f"{head}: {rest}" if colon and rest and head in known else ""


def format_node(node: Node) -> str:
    """A node on one line, as a definition could have it."""
    if isinstance(node, ScalarNode):
        return format_text(node.text)
    if isinstance(node, ListNode):
        return f"[{', '.join(map(format_node, node.items))}]"
    return f"{{{', '.join(f'{format_text(key.text)}: {format_node(value)}' for key, value in node.entries)}}}"


@of_short_texts
def operator_in_text(field: Field, text: str) -> str:
    """What to write where a text of one value begins with an operator, or has SQL's or a shell's wildcards; else empty."""
    operators = [*OPERATORS[field.kind]]
    like = _LIKE.fullmatch(text)
    if like:
        return _written(field, word_meant(Words.OPERATOR, "contains", operators), like[1] or like[2])
    found = _SIGN.fullmatch(text) or _WORD.fullmatch(text)
    if not found:
        return ""
    sign = _WORDS.get(found[1], found[1])
    return _written(field, sign if sign in operators else operator_of_sign(sign, operators), found[2])


def _written(field: Field, operator: str, text: str) -> str:
    if not operator:
        return ""
    shown = text if re.fullmatch(r"[\w ]+", text) else f'"{text}"'
    return f"{field.name}: {shown}" if operator in _EQUAL else f"{field.name}: {{{operator}: {shown}}}"
