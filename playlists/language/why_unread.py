"""Why what stands in a filter is no condition, and what to write in its place, where something of another form was meant.

What is shown to write can be read: `is_condition` says so of a text, which conditions.py knows.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from playlists.language.bounds import ALWAYS_KNOWN
from playlists.language.document import (
    ListNode,
    MappingNode,
    Mistake,
    Node,
    Problems,
    ScalarNode,
    described,
    is_left_out,
    quoted,
    read_mapping,
    unknown_word_message,
)
from playlists.language.fields import FIELDS
from playlists.language.foreign_counts import count_in_window
from playlists.language.foreign_forms import (
    LIST_OPTIONS,
    blank_missing,
    conditions_meant,
    format_node,
    operator_behind_field,
    operator_first,
    several_meant,
    window_meant,
)
from playlists.language.foreign_operators import (
    DATES,
    PAIRS,
    as_percent,
    end_of_days_meant,
    is_end_of_days,
    is_share,
    like_meant,
    operators_meant,
    says_since_or_until,
    value_in_our_form,
    value_meant,
)
from playlists.language.foreign_orders import RANDOM
from playlists.language.foreign_values import condition_meant, is_length_of_time, longer_or_shorter_ago
from playlists.language.kinds import OF_LISTS, Field, Kind, Operator, Takes
from playlists.language.model import GROUPS
from playlists.language.operators import FOR_ONE, OPERATORS
from playlists.language.synonyms import (
    NOT_GIVEN,
    Words,
    hint,
    hint_for_value,
    is_not_given,
    not_a_field,
    targets_of,
    word_meant,
    yes_or_no_meant,
)
from playlists.language.texts import fold
from playlists.language.values import read_value

IsCondition = Callable[[str], bool]
_EVERYTHING = ("everything", "*", "true", "yes", "all tracks", "anything", "%")


def why_no_match(node: Node, is_condition: IsCondition) -> str:
    """Why that is no filter: `not liked (write match: {all: [liked: yes]})`."""
    keys = [] if isinstance(node, ScalarNode | ListNode) else [key.text for key, _ in node.entries]
    group = _group_meant(*_only_entry(node), is_condition) if len(keys) == 1 else ""
    if group.startswith("write "):
        return f"not {keys[0]} (write match: {{{group.removeprefix('write ')}}})"
    near = next((hint(Words.GROUP, key, GROUPS) for key in keys if key not in (*FIELDS, *GROUPS)), "")
    wrong = f"not {', '.join(keys)}{near}" if keys else f"not {described(node)}"
    if len({*keys} & {*GROUPS}) > 1:
        return f"{wrong}, of which one goes into the other: match: {{all: [liked: yes, {{any: […]}}]}}"
    if isinstance(node, ListNode):
        return f"{wrong}; put `all:` above it"
    if isinstance(node, ScalarNode) and fold(node.text) in _EVERYTHING:
        return f"{wrong} (did you mean everything?)"
    meant = "" if near else conditions_that_can_be_read(node, is_condition)
    return f"{wrong} (write match: {{all: {meant}}})" if meant else wrong


def _only_entry(node: Node) -> tuple[str, Node]:
    ((key, value),) = read_mapping(node, "a group").entries
    return key.text, value


def conditions_that_can_be_read(node: Node, is_condition: IsCondition) -> str:
    """Conditions in another form, in ours on one line; empty where they are none, or have mistakes of their own."""
    meant = conditions_meant(node)
    return meant if meant and is_condition(f"all: {meant}") else ""


def why_no_field(word: str, value: Node, problems: Problems, is_condition: IsCondition) -> str:
    """Why a word with that value behind it is neither a field nor a group."""
    missing = blank_missing(word, [*FIELDS, *GROUPS, *LIST_OPTIONS])
    if missing:
        return f"a blank is missing behind the colon of {quoted(word)}: {missing}"
    group = "" if problems.is_trial else _group_meant(word, value, is_condition)
    if group:
        return f"unknown field {quoted(word)} ({group})"
    if word == RANDOM:
        return f"{RANDOM!r} is for orders only"
    counted = _count_meant(word, value, problems, is_condition)
    if counted:
        return f"unknown field {quoted(word)} (write {counted})"
    turned = operator_first(word, value)
    if turned:
        return f"unknown field {quoted(word)}{turned}"
    if word in LIST_OPTIONS:
        return f"{quoted(word)} is an option of the list: put it beside match"
    # Only a group has a list of conditions; a field may have a list of values, too.
    may_be_group = isinstance(value, ListNode) or bool(targets_of(Words.GROUP, word))
    return unknown_field(word, [*FIELDS, *(GROUPS if may_be_group else ())])


def _count_meant(word: str, value: Node, problems: Problems, is_condition: IsCondition) -> str:
    """A count in a length of time, for one under another word; empty where it is none."""
    name = word_meant(Words.FIELD, word, [*FIELDS])
    if problems.is_trial or not isinstance(value, MappingNode):
        return ""
    counted = count_in_window(name, {key.text: node for key, node in value.entries})
    return counted if counted and is_condition(counted) else ""


def _group_meant(word: str, value: Node, is_condition: IsCondition) -> str:
    """`write none: [{liked: yes}]` for `not: {liked: yes}`; empty where a list stands there, or nothing that can be read."""
    meant = word_meant(Words.GROUP, word, GROUPS)
    conditions = (
        "" if not meant or isinstance(value, ListNode) else conditions_that_can_be_read(value, is_condition)
    )
    if not conditions:
        return ""
    if meant == "none" and isinstance(value, MappingNode) and len(value.entries) > 1:
        return f"none of them: none: {conditions}; not all of them: none: [{{all: {conditions}}}]"
    return f"write {meant}: {conditions}"


def unknown_field(word: str, known: Sequence[str]) -> str:
    """That there is no such field, where else that can be said, and which of those that are known was probably meant."""
    elsewhere = not_a_field(word)
    if elsewhere:
        return f"unknown field {quoted(word)}: {elsewhere}"
    if is_not_given(word):
        return f"unknown field {quoted(word)}: {NOT_GIVEN}"
    return unknown_word_message(Words.FIELD, word, known)


def why_no_operator(
    field: Field,
    word: str,
    beside: Mapping[str, Node],
    known: Sequence[str],
    problems: Problems,
    is_condition: IsCondition,
) -> str:
    """Why a word behind a field is no operator. `beside`: all that stands behind the field."""
    node, meant = beside[word], word_meant(Words.OPERATOR, word, known)
    shown = "" if problems.is_trial else _meant_behind_field(field, word, beside, known, is_condition)
    if shown:
        return f"unknown operator {quoted(word)}{shown}"
    if problems.is_trial or (meant and _can_stand_behind(field, meant, node)):
        return unknown_word_message(Words.OPERATOR, word, known, is_listed=True)
    if is_left_out(node) and field.kind is not Kind.YES_NO:
        if blank_missing(word, known):
            return f"a blank is missing behind the colon of {quoted(word)} (write {{{blank_missing(word, known)}}})"
        if meant:
            return f"unknown operator {quoted(word)} (did you mean {meant}?), and nothing stands behind it"
        return (
            f"nothing stands behind {quoted(word)}; a number has no comma, and a text with one needs quotes"
        )
    if is_end_of_days(field, word):
        if end_of_days_meant(node):
            return f"unknown operator {quoted(word)}: from one day to another is between, with the earlier one first"
        form = "a range, such as {between: [2026-05-01, today]}"
        return f"unknown operator {quoted(word)}: from one day to another is {form}, and {described(node)} is no day"
    return unknown_word_message(Words.OPERATOR, word, known, is_listed=True)


def _meant_behind_field(
    field: Field, word: str, beside: Mapping[str, Node], known: Sequence[str], is_condition: IsCondition
) -> str:
    """What to write where a word that is no operator has a meaning together with its value, or its neighbours; else empty."""
    node, meant = beside[word], word_meant(Words.OPERATOR, word, known)
    window = window_meant(field, word, beside)
    if window and is_condition(window):
        return f" (write {window})"
    special = _operator_of_meaning(field, word, meant, node)
    if special:
        return special
    like = like_meant(field, word, node)
    if like and _can_be_read(field, like, is_condition):
        return f" (write {like})"
    behind = operators_meant(field, beside, known, is_condition)
    if behind:
        return f" (write {behind})"
    if meant and (_can_stand_behind(field, meant, node) or is_left_out(node)):
        return ""
    whole = operator_behind_field(field, word, node, beside)
    if whole and is_condition(whole):
        return f" (write {whole})"
    if field.kind in OF_LISTS and word in ("id", "name", "uri", "link", "url", "slug"):
        return f" (write {field.name}: {format_node(node)})"
    is_no_text = isinstance(node, ScalarNode) and (field.kind not in (Kind.TEXT, Kind.TEXTS) or node.is_null)
    is_missing = is_left_out(node) and field.kind is not Kind.YES_NO
    return _none_meant(field, word, node.text) if is_no_text and not is_missing else ""  # type: ignore[union-attr]


def _operator_of_meaning(field: Field, word: str, meant: str, node: Node) -> str:
    """What to write where the word that is meant would mean something else behind this field, or with this value."""
    text = node.text.strip() if isinstance(node, ScalarNode) else ""
    is_comparison = is_end_of_days(field, word) and not says_since_or_until(word)
    is_time = is_length_of_time(text) or re.fullmatch(r"[1-9][0-9]{0,2}", text)
    if field.kind in DATES and (is_comparison or meant in ("after", "before")) and is_time:
        return longer_or_shorter_ago(text)
    if field.name.startswith("top_rank_") and meant == "top_percent" and text.isdecimal():
        return f" (write {{lte: {text}}})"
    if field.name in ALWAYS_KNOWN and meant in ("is_null", "is_not_null"):
        is_asked = not isinstance(node, ScalarNode) or yes_or_no_meant(text) != "no"
        return _none_meant(field, "eq" if (meant == "is_null") is is_asked else "ne", "null")
    return ""


def _can_stand_behind(field: Field, operator: str, node: Node) -> bool:
    """Whether a value is of the form that an operator takes."""
    known = OPERATORS[field.kind]
    try:
        return operator not in known or (
            not is_left_out(node) and read_value(known[operator].takes, node) is not None
        )
    except Mistake:
        return False


def meant_by_node(
    field: Field, operator: Operator, node: Node, problems: Problems, is_condition: IsCondition
) -> str:
    """What to write for a value that its operator does not take; empty where nothing is known to be meant."""
    if isinstance(node, ScalarNode):
        return _form_meant(field, operator, node, problems, is_condition)
    if operator.takes in PAIRS or operator.takes is Takes.SPAN:
        form = value_meant(field, operator.name, node, is_condition)
        return f" (write {form})" if form else ""
    whole = several_meant(field, operator.name, node) if isinstance(node, ListNode) else ""
    return f" (write {whole})" if whole and is_condition(whole) else ""


def _form_meant(
    field: Field, operator: Operator, node: ScalarNode, problems: Problems, is_condition: IsCondition
) -> str:
    """How to write a value that has the form of another tool, or was meant as "never" or "no value"; empty for any other."""
    if problems.is_trial:
        return ""
    value = value_in_our_form(field, operator.name, operator.takes, node.text)
    if value and _can_be_read(field, f"{{{operator.name}: {value}}}", is_condition):
        return f" (write {value})"
    ago = re.fullmatch(r"\s*([<>]=?|[≤≥])\s*(.{1,30})", node.text) if field.kind in DATES else None
    if ago and is_length_of_time(ago[2].strip()):
        return longer_or_shorter_ago(ago[2].strip())
    form = condition_meant(field, node.text, is_alone=operator.name in FOR_ONE)
    if form and is_share(field) and not _can_be_read(field, form, is_condition):
        form = re.sub(r"\d*\.\d+", lambda found: as_percent(found[0]), form)
    if form and _can_be_read(field, form, is_condition):
        return f" ({'a range: ' if form.startswith('{between') else 'write '}{form})"
    return _none_meant(field, operator.name, node.text)


def _none_meant(field: Field, operator: str, text: str) -> str:
    return hint_for_value(
        field.name,
        field.kind,
        operator,
        text,
        is_always_known=field.name in ALWAYS_KNOWN,
        has_options=field.needs_option,
    )


def _can_be_read(field: Field, form: str, is_condition: IsCondition) -> bool:
    """Whether a form that a hint would show is one of the language, behind this field."""
    options = f"{field.option}, " if field.needs_option else ""
    return is_condition(f"{field.name}: {f'{{{options}{form[1:]}' if form.startswith('{') else form}")
