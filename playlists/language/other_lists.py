"""Which other lists a definition names, in whatever part of it."""

from itertools import chain

from playlists.language.conditions import lists_named
from playlists.language.expressions import lists_of_expression
from playlists.language.model import Definition, conditions_of

_WHOLE_NAMES = ("any_is", "all_are", "none_is", "in", "not_in")


def referenced_lists(definition: Definition) -> tuple[str, ...]:
    """Every other list that a definition or one of its variants names, in union, minus, intersect, a condition or an order."""
    return tuple(
        dict.fromkeys(
            name for one in definition.versions for name in (*lists_of_selection(one), *lists_of_order(one))
        )
    )


def lists_of_selection(definition: Definition) -> tuple[str, ...]:
    """Those in union, minus, intersect and conditions, each as often as it is named."""
    named = chain.from_iterable(map(lists_named, definition.filters))
    return (*definition.union, *definition.minus, *definition.intersect, *(name for name, _ in named))


def lists_of_order(definition: Definition) -> list[str]:
    """Those in orders, each as often as it is named."""
    return [
        name
        for arrangement in definition.arrangements
        for expression in arrangement.expressions
        for name in lists_of_expression(expression)
    ]


def own_playlists_named(definition: Definition) -> tuple[str, ...]:
    """Every whole name of a playlist that a condition on the field `playlists` compares with: in order, each once."""
    named = (
        str(name)
        for one in definition.versions
        for condition in chain.from_iterable(map(conditions_of, one.filters))
        if condition.expression.field == "playlists"
        and condition.operator in _WHOLE_NAMES
        and isinstance(condition.value, tuple)
        for name in condition.value
    )
    return tuple(dict.fromkeys(named))
