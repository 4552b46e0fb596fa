"""Reads filters from the nodes of a document: groups, conditions, what stands behind a field."""

from collections.abc import Iterator
from dataclasses import replace

from playlists.language.document import (
    ListNode,
    MappingNode,
    Mistake,
    Node,
    Problems,
    RuleError,
    ScalarNode,
    is_left_out,
    quoted,
    read_document,
    read_list,
    read_mapping,
)
from playlists.language.expressions import lists_of_expression, option_texts, read_options
from playlists.language.fields import FIELDS, OF_USERS
from playlists.language.foreign_counts import count_in_window
from playlists.language.foreign_forms import (
    condition_in_parts,
    condition_in_text,
    condition_with_option,
    conditions_meant,
    operator_in_text,
)
from playlists.language.foreign_operators import NUMBERS_TAKEN
from playlists.language.foreign_values import condition_meant
from playlists.language.kinds import OF_LISTS, Field, Kind, Operator
from playlists.language.model import (
    EVERYTHING,
    GROUPS,
    Condition,
    Expression,
    Filter,
    Group,
    conditions_of,
)
from playlists.language.operators import FOR_ONE, FOR_SEVERAL, OPERATORS
from playlists.language.possible import contradictions, why_impossible
from playlists.language.spelling import group_of, with_our_operators
from playlists.language.synonyms import Words, word_meant
from playlists.language.texts import user_of
from playlists.language.values import format_value, read_decade, read_value
from playlists.language.why_unread import (
    conditions_that_can_be_read,
    meant_by_node,
    why_no_field,
    why_no_match,
    why_no_operator,
)

MAX_DEPTH = 20  # of groups in one another
MAX_CONDITIONS = 500
_MATCH_HAS_TO_BE = "has to be `everything`, or one group: all, any or none, with a list of conditions"


def read_match(node: Node, problems: Problems) -> Filter:
    """Read a whole filter. Mistakes go to `problems`; if there are any, the result must not be used."""
    if isinstance(node, ScalarNode) and node.text == "everything":
        return EVERYTHING
    match: Filter = EVERYTHING
    if not isinstance(node, ScalarNode | ListNode) and len(node.entries) == 1 and _is_group(node):
        match = _read_group(node, 1, problems) or EVERYTHING
    elif is_left_out(node):
        problems.add(node.place, f"nothing stands behind match; it {_MATCH_HAS_TO_BE}")
    else:
        problems.add(node.place, f"match {_MATCH_HAS_TO_BE}; {why_no_match(node, _condition_can_be_read)}")
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


def _read_conditions_as_meant(node: Node, depth: int, problems: Problems) -> None:
    """Look into fields that stand where a list of conditions belongs, so that all that is wrong in them is told at once."""
    if isinstance(node, MappingNode) and conditions_meant(node) and not problems.is_trial:
        for entry in node.entries:
            _read_member(MappingNode(node.place, (entry,)), depth, problems)


def read_misplaced(key: ScalarNode, value: Node, problems: Problems) -> None:
    """Look into a group, or a condition, that stands among the options; where it stands is told by others."""
    if key.text in FIELDS:
        _read_member(MappingNode(key.place, ((key, value),)), 1, problems)
    elif group_of(key.text) and isinstance(value, ListNode | MappingNode):
        _read_group(MappingNode(key.place, ((key, value),)), 1, problems)
    else:
        _read_as_meant(key, value, 1, problems)


def _is_group(node: Node) -> bool:
    return not isinstance(node, ScalarNode | ListNode) and any(group_of(key.text) for key, _ in node.entries)


def _read_group(node: Node, depth: int, problems: Problems) -> Group | None:
    if depth > MAX_DEPTH:
        problems.add(node.place, f"groups are nested more than {MAX_DEPTH} deep")
        return None
    ((key, value),) = read_mapping(node, "a group").entries
    try:
        items = read_list(value, key.text)
    except Mistake as mistake:
        meant = "" if problems.is_trial else conditions_that_can_be_read(value, _condition_can_be_read)
        shown = f" (write {key.text}: {meant})" if meant else ""
        problems.add(
            mistake.problem.place, f"{mistake.problem.text}; each condition begins with a dash{shown}"
        )
        _read_conditions_as_meant(value, depth + 1, problems)
        return None
    members = [_read_member(item, depth, problems) for item in items]
    kind = next(name for name in GROUPS if name == group_of(key.text))
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
    if group_of(key.text):
        return _read_group(node, depth + 1, problems)
    field = FIELDS.get(key.text)
    if field is None:
        text = why_no_field(key.text, value, problems, _condition_can_be_read)
        problems.add(key.place, text)
        _read_as_meant(key, value, depth + 1, problems)
        named = FIELDS.get(word_meant(Words.FIELD, key.text, [*FIELDS]))
        if named and not problems.is_trial and f"(did you mean {named.name}?)" in text:
            _read_field_conditions(named, replace(key, text=named.name), value, problems)
        return None
    return _read_field_conditions(field, key, value, problems)


def _read_field_conditions(field: Field, key: ScalarNode, value: Node, problems: Problems) -> Filter | None:
    """Read what stands behind a field: one condition, or several that all have to hold."""
    operators = OPERATORS[field.kind]
    if is_left_out(value):
        problems.add(value.place, f"nothing stands behind {field.name}")
        return None
    if isinstance(value, ScalarNode | ListNode):
        node_by_operator = _value_alone(field, value, problems)
    else:
        node_by_operator = _operators_with_values(field, value, problems)
    if node_by_operator is None:
        return None
    expression = Expression(field.name, read_options(field, node_by_operator, value, problems))
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
    if field.needs_option:
        names = ", ".join(name for name, _ in field.options)
        which = "its option" if len(field.options) == 1 else "at least one of its options:"
        text = f"{field.name} needs an operator, and {which} {names}"
        problems.add(value.place, f"{text} (write {field.name}: {condition_with_option(field, value)})")
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
    known = [*operators, *(name for name, _ in field.options)]
    value = with_our_operators(value, known, problems)
    node_by_name = {name.text: node for name, node in value.entries}
    counted = "" if problems.is_trial else count_in_window(field.name, node_by_name)
    if counted and _condition_can_be_read(counted):
        text = f"{field.name}: plays and skips of a length of time are counted otherwise (write {counted})"
        problems.add(value.place, text)
        return None
    unknown_keys = [key for key, _ in value.entries if key.text not in known]
    for key in unknown_keys:
        text = why_no_operator(field, key.text, node_by_name, known, problems, _condition_can_be_read)
        problems.add(key.place, f"{field.name}: {text}")
        meant = operators.get(word_meant(Words.OPERATOR, key.text, known))
        node = node_by_name[key.text]
        if (
            meant
            and not problems.is_trial
            and not is_left_out(node)
            and f"(did you mean {meant.name}?)" in text
        ):
            _read_condition(Expression(field.name), meant, node, key, problems)
    if not unknown_keys and not any(name in operators for name in node_by_name):
        problems.add(value.place, f"{field.name} has no operator; known: {', '.join(operators)}")
        return None
    return node_by_name


def _read_condition(
    expression: Expression, operator: Operator, node: Node, key: ScalarNode, problems: Problems
) -> Condition | None:
    field = FIELDS[expression.field]
    if is_left_out(node):
        problems.add(node.place, f"{field.name}: nothing stands behind {operator.name}")
        return None
    try:
        is_decade = field.is_decade and operator.takes in NUMBERS_TAKEN
        value = read_value(operator.takes, _with_decades(field, node) if is_decade else node)
        if field.name in OF_USERS and isinstance(value, tuple):
            value = tuple(dict.fromkeys(user_of(str(one)) for one in value))
    except Mistake as mistake:
        meant = (
            ""
            if problems.is_trial
            else meant_by_node(field, operator, node, problems, _condition_can_be_read)
        )
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
    parts = [*option_texts(expression), f"{operator.name}: {shown}"]
    return f"{field.name}: {{{', '.join(parts)}}}"


def lists_named(match: Filter) -> Iterator[tuple[str, Condition]]:
    """Each list that a condition of the filter names, with that condition, in the order of the document."""
    for condition in conditions_of(match):
        for name in lists_of_expression(condition.expression):
            yield name, condition
        if FIELDS[condition.expression.field].kind in OF_LISTS and isinstance(condition.value, tuple):
            for name in condition.value:
                yield str(name), condition
