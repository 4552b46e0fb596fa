"""Reads expressions from the nodes of a document: a field with its options, as an order or a condition has it."""

from collections.abc import Mapping, Sequence

from playlists.language.document import Mistake, Node, Problems, ScalarNode, described
from playlists.language.entries import Entries
from playlists.language.fields import FIELDS
from playlists.language.foreign_options import words_meant
from playlists.language.foreign_orders import RANDOM
from playlists.language.kinds import Field
from playlists.language.model import DayRange, Expression
from playlists.language.synonyms import Words, hint
from playlists.language.times import is_reversed
from playlists.language.values import format_value, read_value
from playlists.language.why_unread import unknown_field


def read_by(entries: Entries, *, beside: Sequence[str] = (), direction: str = "") -> Expression | None:
    """Read the field that `by` names, with its options, from the entries of a mapping.

    Any other key is a problem, except those in `beside`, which the caller reads. `direction`: that of the order, where it has one.
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
        problems.add(node.place, unknown_field(node.text, [*sortable, RANDOM]))
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
    return Expression(
        field.name, read_options(field, entries.by_key, node, problems, order=("by", direction))
    )


def read_options(
    field: Field, entries: Mapping[str, Node], node: Node, problems: Problems, *, order: Sequence[str] = ()
) -> tuple[tuple[str, object], ...]:
    """Read the options of a field from its entries, by name. A field that has options needs at least one of them.

    `order`: `by` and a direction, where it is an order that goes by the field.
    """
    values: dict[str, object] = {}
    given = [(name, takes) for name, takes in field.options if name in entries]
    if field.needs_option and not given:
        names = ", ".join(name for name, _ in field.options)
        which = "its option" if len(field.options) == 1 else "at least one of its options:"
        down = ", dir: desc" if "desc" in order else ""
        shown = f" (write {{by: {field.name}, {field.option}{down}}})" if order else ""
        problems.add(node.place, f"{field.name} needs {which} {names}{shown}")
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
    if "first" in values and "last" in values:
        problems.add(
            entries["last"].place, f"{field.name}: first and last exclude each other; give one of them"
        )
    return tuple(sorted(values.items()))


def option_texts(expression: Expression) -> list[str]:
    """The options of an expression as a definition has them: `window: 30d`."""
    takes = (
        dict(FIELDS[expression.field].options) if expression.options and expression.field in FIELDS else {}
    )
    return [
        f"{name}: {format_value(takes[name], value) if name in takes else value}"
        for name, value in expression.options
    ]


def expression_text(expression: Expression) -> str:
    """An expression as a heading for people: `play_count`, `plays_in (window: 30d)`."""
    options = ", ".join(option_texts(expression))
    return f"{expression.field} ({options})" if options else expression.field


def lists_of_expression(expression: Expression) -> tuple[str, ...]:
    """The names of the lists that an expression looks at: those of `position_in` and `added_to`."""
    names = dict(expression.options).get("playlist", ())
    assert isinstance(names, tuple)
    return names
