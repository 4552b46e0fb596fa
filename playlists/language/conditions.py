"""Reads filters and expressions from the nodes of a document: groups, conditions, fields with their options."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from playlists.language.bounds import ALWAYS_KNOWN
from playlists.language.document import (
    ListNode,
    MappingNode,
    Mistake,
    Node,
    Problems,
    RuleError,
    ScalarNode,
    described,
    quoted,
    read_document,
    read_list,
    read_mapping,
    unknown_word_message,
)
from playlists.language.entries import Entries
from playlists.language.fields import FIELDS
from playlists.language.folding import fold
from playlists.language.foreign_forms import (
    LIST_OPTIONS,
    blank_missing,
    condition_in_parts,
    condition_in_text,
    condition_with_window,
    conditions_meant,
    format_node,
    operator_behind_field,
    operator_first,
    operator_in_text,
    several_meant,
    window_meant,
)
from playlists.language.foreign_operators import (
    DATES,
    NUMBERS_TAKEN,
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
from playlists.language.foreign_options import words_meant
from playlists.language.foreign_orders import RANDOM
from playlists.language.foreign_values import (
    condition_meant,
    is_length_of_time,
    longer_or_shorter_ago,
)
from playlists.language.kinds import Field, Kind, Operator, Takes
from playlists.language.model import (
    EVERYTHING,
    Condition,
    DayRange,
    Expression,
    Filter,
    Group,
    conditions_of,
)
from playlists.language.operators import OPERATORS
from playlists.language.possible import contradictions, why_impossible
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
from playlists.language.times import is_reversed
from playlists.language.values import format_value, read_decade, read_value

GROUPS = ("all", "any", "none")
MAX_DEPTH = 20  # of groups in one another
MAX_CONDITIONS = 500
# What a value without an operator stands for: the first of these that the field has.
FOR_ONE = ("is", "eq", "on", "any_is", "in")
FOR_SEVERAL = ("any_is", "in")
_MATCH_HAS_TO_BE = "has to be `everything`, or one group: all, any or none, with a list of conditions"
_EVERYTHING = ("everything", "*", "true", "yes", "all tracks", "anything", "%")


def read_match(node: Node, problems: Problems) -> Filter:
    """Read a whole filter. Mistakes go to `problems`; if there are any, the result must not be used."""
    if isinstance(node, ScalarNode) and node.text == "everything":
        return EVERYTHING
    match: Filter = EVERYTHING
    if not isinstance(node, ScalarNode | ListNode) and len(node.entries) == 1 and _is_group(node):
        match = _read_group(node, 1, problems) or EVERYTHING
    elif _is_left_out(node):
        problems.add(node.place, f"nothing stands behind match; it {_MATCH_HAS_TO_BE}")
    else:
        problems.add(node.place, f"match {_MATCH_HAS_TO_BE}; {_why_no_match(node)}")
        if isinstance(node, MappingNode) and len(node.entries) == 1:
            _read_as_meant(*node.entries[0], 1, problems)
        _read_conditions_as_meant(node, 1, problems)
    if sum(1 for _ in conditions_of(match)) > MAX_CONDITIONS:
        problems.add(node.place, f"match has more than {MAX_CONDITIONS} conditions")
        return match
    for one, other in contradictions(match):
        place = other.place or node.place
        problems.add(
            place, f"`{one.text}` and `{other.text}` never hold together; no track would be in the list"
        )
    return match


def read_by(entries: Entries, *, beside: Sequence[str] = ()) -> Expression | None:
    """Read the field that `by` names, with its options, from the entries of a mapping.

    Any other key is a problem, except those in `beside`, which the caller reads.
    """
    problems = entries.problems
    entries.require("by", "the field that it goes by")
    node = entries.by_key.get("by")
    if node is None:
        return None
    if not isinstance(node, ScalarNode) or node.is_null:
        problems.add(node.place, f"by has to be a field, not {described(node)}")
        return None
    field = FIELDS.get(node.text)
    if field is None and node.text != RANDOM:
        sortable = [name for name, one in FIELDS.items() if one.can_sort]
        problems.add(node.place, _unknown_field(node.text, [*sortable, RANDOM]))
        return None
    if field is not None and not field.can_sort:
        sortable = [name for name, one in FIELDS.items() if one.can_sort]
        near = hint(Words.FIELD, field.name, sortable)
        problems.add(node.place, f"there is no order by {field.name}: a track may have several{near}")
        return None
    options = [name for name, _ in field.options] if field else []
    entries.refuse_others(f"by {node.text}", ["by", *beside, *options])
    if field is None:
        return Expression(RANDOM)
    return Expression(field.name, _read_options(field, entries.by_key, node, problems))


def _why_no_match(node: Node) -> str:
    keys = [] if isinstance(node, ScalarNode | ListNode) else [key.text for key, _ in node.entries]
    group = _group_meant(*_only_entry(node)) if len(keys) == 1 else ""
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
    meant = "" if near else _conditions_that_can_be_read(node)
    return f"{wrong} (write match: {{all: {meant}}})" if meant else wrong


def _only_entry(node: Node) -> tuple[str, Node]:
    ((key, value),) = read_mapping(node, "a group").entries
    return key.text, value


def _conditions_that_can_be_read(node: Node) -> str:
    """Conditions in another form, in ours on one line; empty where they are none, or have mistakes of their own."""
    meant = conditions_meant(node)
    return meant if meant and _condition_can_be_read(f"all: {meant}") else ""


def _read_conditions_as_meant(node: Node, depth: int, problems: Problems) -> None:
    """Look into fields that stand where a list of conditions belongs, so that all that is wrong in them is told at once."""
    if isinstance(node, MappingNode) and conditions_meant(node) and not problems.is_trial:
        for entry in node.entries:
            _read_member(MappingNode(node.place, (entry,)), depth, problems)


def read_misplaced(key: ScalarNode, value: Node, problems: Problems) -> None:
    """Look into a group, or a condition, that stands among the options; where it stands is told by others."""
    if key.text in FIELDS:
        _read_member(MappingNode(key.place, ((key, value),)), 1, problems)
    elif key.text in GROUPS and isinstance(value, ListNode | MappingNode):
        _read_group(MappingNode(key.place, ((key, value),)), 1, problems)
    else:
        _read_as_meant(key, value, 1, problems)


def _is_left_out(node: Node) -> bool:
    """Whether nothing stands where a value belongs; `~` and `null` do not count: they may be meant as texts."""
    return isinstance(node, ScalarNode) and node.is_null and not node.text


def _is_group(node: Node) -> bool:
    return not isinstance(node, ScalarNode | ListNode) and any(key.text in GROUPS for key, _ in node.entries)


def _read_group(node: Node, depth: int, problems: Problems) -> Group | None:
    if depth > MAX_DEPTH:
        problems.add(node.place, f"groups are nested more than {MAX_DEPTH} deep")
        return None
    ((key, value),) = read_mapping(node, "a group").entries
    try:
        items = read_list(value, key.text)
    except Mistake as mistake:
        meant = "" if problems.is_trial else _conditions_that_can_be_read(value)
        shown = f" (write {key.text}: {meant})" if meant else ""
        problems.add(
            mistake.problem.place, f"{mistake.problem.text}; each condition begins with a dash{shown}"
        )
        _read_conditions_as_meant(value, depth + 1, problems)
        return None
    members = [_read_member(item, depth, problems) for item in items]
    kind = next(name for name in GROUPS if name == key.text)
    return Group(kind, tuple(member for member in members if member is not None))  # type: ignore[arg-type]


def _read_as_meant(key: ScalarNode, value: Node, depth: int, problems: Problems) -> None:
    """Look into a group whose word is another language's, so that all that is wrong in it is told at once."""
    meant = word_meant(Words.GROUP, key.text, GROUPS)
    if meant and isinstance(value, ListNode):
        _read_group(MappingNode(key.place, ((replace(key, text=meant), value),)), depth, problems)
    elif meant:
        _read_conditions_as_meant(value, depth, problems)


def _read_member(node: Node, depth: int, problems: Problems) -> Filter | None:
    try:
        entries = read_mapping(node, "a condition").entries
    except Mistake as mistake:
        meant = condition_in_text(node.text) if isinstance(node, ScalarNode) else ""
        is_double = isinstance(node, ListNode) and len(node.items) == 1
        meant = condition_in_parts(node) if isinstance(node, ListNode) else meant
        shown = (
            f" (write {meant})" if meant and not problems.is_trial and _condition_can_be_read(meant) else ""
        )
        text = f"{mistake.problem.text}{'; one dash is enough' if is_double else shown}"
        problems.add(mistake.problem.place, text)
        return None
    if len(entries) > 1:
        names = ", ".join(key.text for key, _ in entries)
        meant = "" if problems.is_trial or not isinstance(node, MappingNode) else condition_in_parts(node)
        shown = f" (write {meant})" if meant and _condition_can_be_read(meant) else ""
        problems.add(
            node.place, f"one condition or group per entry, each with a dash of its own; not {names}{shown}"
        )
        return None
    key, value = entries[0]
    if key.text in GROUPS:
        return _read_group(node, depth + 1, problems)
    field = FIELDS.get(key.text)
    if field is None:
        text = _why_no_field(key.text, value, problems)
        problems.add(key.place, text)
        _read_as_meant(key, value, depth + 1, problems)
        named = FIELDS.get(word_meant(Words.FIELD, key.text, [*FIELDS]))
        if named and not problems.is_trial and f"(did you mean {named.name}?)" in text:
            _read_field_conditions(named, replace(key, text=named.name), value, problems)
        return None
    return _read_field_conditions(field, key, value, problems)


def _why_no_field(word: str, value: Node, problems: Problems) -> str:
    missing = blank_missing(word, [*FIELDS, *GROUPS, *LIST_OPTIONS])
    if missing:
        return f"a blank is missing behind the colon of {quoted(word)}: {missing}"
    group = "" if problems.is_trial else _group_meant(word, value)
    if group:
        return f"unknown field {quoted(word)} ({group})"
    if word == RANDOM:
        return f"{RANDOM!r} is for orders only"
    turned = operator_first(word, value)
    if turned:
        return f"unknown field {quoted(word)}{turned}"
    if word in LIST_OPTIONS:
        return f"{quoted(word)} is an option of the list: put it beside match"
    # Only a group has a list of conditions; a field may have a list of values, too.
    may_be_group = isinstance(value, ListNode) or bool(targets_of(Words.GROUP, word))
    return _unknown_field(word, [*FIELDS, *(GROUPS if may_be_group else ())])


def _group_meant(word: str, value: Node) -> str:
    """`write none: [{liked: yes}]` for `not: {liked: yes}`; empty where a list stands there, or nothing that can be read."""
    meant = word_meant(Words.GROUP, word, GROUPS)
    conditions = "" if not meant or isinstance(value, ListNode) else _conditions_that_can_be_read(value)
    if not conditions:
        return ""
    if meant == "none" and isinstance(value, MappingNode) and len(value.entries) > 1:
        return f"none of them: none: {conditions}; not all of them: none: [{{all: {conditions}}}]"
    return f"write {meant}: {conditions}"


def _unknown_field(word: str, known: Sequence[str]) -> str:
    elsewhere = not_a_field(word)
    if elsewhere:
        return f"unknown field {quoted(word)}: {elsewhere}"
    if is_not_given(word):
        return f"unknown field {quoted(word)}: {NOT_GIVEN}"
    return unknown_word_message(Words.FIELD, word, known)


def _read_field_conditions(field: Field, key: ScalarNode, value: Node, problems: Problems) -> Filter | None:
    """Read what stands behind a field: one condition, or several that all have to hold."""
    operators = OPERATORS[field.kind]
    if _is_left_out(value):
        problems.add(value.place, f"nothing stands behind {field.name}")
        return None
    if isinstance(value, ScalarNode | ListNode):
        node_by_operator = _value_alone(field, value, problems)
    else:
        node_by_operator = _operators_with_values(field, value, problems)
    if node_by_operator is None:
        return None
    expression = Expression(field.name, _read_options(field, node_by_operator, value, problems))
    # In the registry's order: the database does not keep the order of keys.
    read = [
        _read_condition(expression, operator, node_by_operator[name], key, problems)
        for name, operator in operators.items()
        if name in node_by_operator
    ]
    conditions = tuple(condition for condition in read if condition is not None)
    return conditions[0] if len(conditions) == 1 else Group("all", conditions)


def _value_alone(field: Field, value: ScalarNode | ListNode, problems: Problems) -> dict[str, Node] | None:
    """The operator that a value without one stands for, with the value; None and a problem where the field has none."""
    operators = OPERATORS[field.kind]
    is_one_value = isinstance(value, ScalarNode)
    name = next((name for name in (FOR_ONE if is_one_value else FOR_SEVERAL) if name in operators), None)
    if name is None:
        form = "one value" if is_one_value else "a list"
        problems.add(value.place, f"{field.name} needs an operator for {form}: {', '.join(operators)}")
        return None
    if field.options:
        names = ", ".join(name for name, _ in field.options)
        text = f"{field.name} needs an operator, and at least one of its options: {names}"
        problems.add(value.place, f"{text} (write {field.name}: {condition_with_window(value)})")
        return None
    if isinstance(value, ScalarNode) and field.kind in (Kind.TEXT, Kind.TEXTS):
        meant = operator_in_text(field, value.text)
        if meant:
            text = f"{field.name}: {quoted(value.text)} holds an operator of another language (write {meant}"
            problems.add(value.place, f"{text}; this very text: {{{name}: {quoted(value.text)}}})")
            return None
    return {name: value}


def _operators_with_values(field: Field, value: MappingNode, problems: Problems) -> dict[str, Node] | None:
    """The operators and options that are written behind a field; unknown words are problems.

    None where no operator is among them.
    """
    operators = OPERATORS[field.kind]
    node_by_name = {name.text: node for name, node in value.entries}
    known = [*operators, *(name for name, _ in field.options)]
    unknown_keys = [key for key, _ in value.entries if key.text not in known]
    for key in unknown_keys:
        text = _why_no_operator(field, key.text, node_by_name, known, problems)
        problems.add(key.place, f"{field.name}: {text}")
        meant = operators.get(word_meant(Words.OPERATOR, key.text, known))
        node = node_by_name[key.text]
        if (
            meant
            and not problems.is_trial
            and not _is_left_out(node)
            and f"(did you mean {meant.name}?)" in text
        ):
            _read_condition(Expression(field.name), meant, node, key, problems)
    if not unknown_keys and not any(name in operators for name in node_by_name):
        problems.add(value.place, f"{field.name} has no operator; known: {', '.join(operators)}")
        return None
    return node_by_name


def _why_no_operator(
    field: Field, word: str, beside: Mapping[str, Node], known: Sequence[str], problems: Problems
) -> str:
    """`beside`: all that stands behind the field."""
    node, meant = beside[word], word_meant(Words.OPERATOR, word, known)
    shown = "" if problems.is_trial else _meant_behind_field(field, word, beside, known)
    if shown:
        return f"unknown operator {quoted(word)}{shown}"
    if problems.is_trial or (meant and _can_stand_behind(field, meant, node)):
        return unknown_word_message(Words.OPERATOR, word, known, is_listed=True)
    if _is_left_out(node) and field.kind is not Kind.YES_NO:
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


def _meant_behind_field(field: Field, word: str, beside: Mapping[str, Node], known: Sequence[str]) -> str:
    """What to write where a word that is no operator has a meaning together with its value, or its neighbours; else empty."""
    node, meant = beside[word], word_meant(Words.OPERATOR, word, known)
    window = window_meant(field, word, beside)
    if window and _condition_can_be_read(window):
        return f" (write {window})"
    special = _operator_of_meaning(field, word, meant, node)
    if special:
        return special
    like = like_meant(field, word, node)
    if like and _can_be_read(field, like):
        return f" (write {like})"
    behind = operators_meant(field, beside, known, _condition_can_be_read)
    if behind:
        return f" (write {behind})"
    if meant and (_can_stand_behind(field, meant, node) or _is_left_out(node)):
        return ""
    whole = operator_behind_field(field, word, node, beside)
    if whole and _condition_can_be_read(whole):
        return f" (write {whole})"
    if field.kind is Kind.PLAYLIST and word in ("id", "name", "uri", "link", "url", "slug"):
        return f" (write {field.name}: {format_node(node)})"
    is_no_text = isinstance(node, ScalarNode) and (field.kind not in (Kind.TEXT, Kind.TEXTS) or node.is_null)
    is_left_out = _is_left_out(node) and field.kind is not Kind.YES_NO
    return _none_meant(field, word, node.text) if is_no_text and not is_left_out else ""  # type: ignore[union-attr]


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
            not _is_left_out(node) and read_value(known[operator].takes, node) is not None
        )
    except Mistake:
        return False


def _read_condition(
    expression: Expression, operator: Operator, node: Node, key: ScalarNode, problems: Problems
) -> Condition | None:
    field = FIELDS[expression.field]
    if _is_left_out(node):
        problems.add(node.place, f"{field.name}: nothing stands behind {operator.name}")
        return None
    try:
        is_decade = field.is_decade and operator.takes in NUMBERS_TAKEN
        value = read_value(operator.takes, _with_decades(field, node) if is_decade else node)
    except Mistake as mistake:
        meant = "" if problems.is_trial else _meant_by_node(field, operator, node, problems)
        said, suggestion, _ = mistake.problem.text.partition(" (did you mean ")
        # `30d` could be the day -30d, and stands for a condition where no operator is written.
        is_whole = operator.name in FOR_ONE and "{" in meant
        shown = f"{said}{meant}" if is_whole or not suggestion else mistake.problem.text
        problems.add(mistake.problem.place, f"{field.name}: {operator.name}: {shown}")
        return None
    text = condition_text(expression, operator, value)
    condition = Condition(expression, operator.name, value, text, key.place)
    reason = why_impossible(condition)
    if reason:
        problems.add(node.place, f"{field.name}: {operator.name}: {reason}")
    return condition


def _meant_by_node(field: Field, operator: Operator, node: Node, problems: Problems) -> str:
    if isinstance(node, ScalarNode):
        return _form_meant(field, operator, node, problems)
    if operator.takes in PAIRS or operator.takes is Takes.SPAN:
        form = value_meant(field, operator.name, node, _condition_can_be_read)
        return f" (write {form})" if form else ""
    whole = several_meant(field, operator.name, node) if isinstance(node, ListNode) else ""
    return f" (write {whole})" if whole and _condition_can_be_read(whole) else ""


def _form_meant(field: Field, operator: Operator, node: ScalarNode, problems: Problems) -> str:
    """How to write a value that has the form of another tool, or was meant as "never" or "no value"; empty for any other."""
    if problems.is_trial:
        return ""
    value = value_in_our_form(field, operator.name, operator.takes, node.text)
    if value and _can_be_read(field, f"{{{operator.name}: {value}}}"):
        return f" (write {value})"
    ago = re.fullmatch(r"\s*([<>]=?|[≤≥])\s*(.{1,30})", node.text) if field.kind in DATES else None
    if ago and is_length_of_time(ago[2].strip()):
        return longer_or_shorter_ago(ago[2].strip())
    form = condition_meant(field, node.text, is_alone=operator.name in FOR_ONE)
    if form and is_share(field) and not _can_be_read(field, form):
        form = re.sub(r"\d*\.\d+", lambda found: as_percent(found[0]), form)
    if form and _can_be_read(field, form):
        return f" ({'a range: ' if form.startswith('{between') else 'write '}{form})"
    return _none_meant(field, operator.name, node.text)


def _none_meant(field: Field, operator: str, text: str) -> str:
    return hint_for_value(
        field.name,
        field.kind,
        operator,
        text,
        is_always_known=field.name in ALWAYS_KNOWN,
        has_options=bool(field.options),
    )


def _can_be_read(field: Field, form: str) -> bool:
    """Whether a form that a hint would show is one of the language, behind this field."""
    options = "window: 30d, " if field.options else ""
    return _condition_can_be_read(
        f"{field.name}: {f'{{{options}{form[1:]}' if form.startswith('{') else form}"
    )


def _condition_can_be_read(text: str) -> bool:
    trial = Problems(is_trial=True)
    try:
        _read_member(read_document(text, ""), 1, trial)
    except RuleError:
        return False
    return not trial.collected


def _with_decades(field: Field, node: Node) -> Node:
    """The node with the first years of decades (`1990s`, `1990`). Raises Mistake for what is no decade."""
    if isinstance(node, ListNode):
        return ListNode(node.place, tuple(_with_decades(field, item) for item in node.items))
    if not isinstance(node, ScalarNode) or node.is_null or condition_meant(field, node.text):
        return node
    return ScalarNode(node.place, str(read_decade(node)))


def condition_text(expression: Expression, operator: Operator, value: object) -> str:
    """A condition in the shortest form that a definition could have, for people to read."""
    field = FIELDS[expression.field]
    shown = format_value(operator.takes, value)
    is_list = shown.startswith("[")
    short = next(
        (name for name in (FOR_SEVERAL if is_list else FOR_ONE) if name in OPERATORS[field.kind]), ""
    )
    if operator.name == short and not expression.options:
        return f"{field.name}: {shown}"
    takes = dict(field.options)
    parts = [f"{name}: {format_value(takes[name], option)}" for name, option in expression.options]
    return f"{field.name}: {{{', '.join([*parts, f'{operator.name}: {shown}'])}}}"


def _read_options(
    field: Field, entries: Mapping[str, Node], node: Node, problems: Problems
) -> tuple[tuple[str, object], ...]:
    """Read the options of a field from its entries, by name. A field that has options needs at least one of them."""
    values: dict[str, object] = {}
    given = [(name, takes) for name, takes in field.options if name in entries]
    if field.options and not given:
        names = ", ".join(name for name, _ in field.options)
        problems.add(node.place, f"{field.name} needs at least one of its options: {names}")
    for name, takes in given:
        try:
            values[name] = read_value(takes, entries[name])
        except Mistake as mistake:
            option = entries[name]
            meant = words_meant(takes, option.text) if isinstance(option, ScalarNode) else ""
            shown = f" (write {meant})" if meant and "(did you mean" not in mistake.problem.text else ""
            problems.add(mistake.problem.place, f"{field.name}: {name}: {mistake.problem.text}{shown}")
    first, last = values.get("from"), values.get("to")
    if isinstance(first, DayRange) and isinstance(last, DayRange) and is_reversed(first, last):
        problems.add(entries["to"].place, f"{field.name}: `to` is earlier than `from`")
    return tuple(sorted(values.items()))


def lists_named(match: Filter) -> Iterator[tuple[str, Condition]]:
    """Each list that a condition of the filter names, with that condition, in the order of the document."""
    for condition in conditions_of(match):
        if FIELDS[condition.expression.field].kind is Kind.PLAYLIST and isinstance(condition.value, tuple):
            for name in condition.value:
                yield str(name), condition
