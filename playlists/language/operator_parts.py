"""Functions that make operators: comparisons with a value, and checks whether there is one."""

from collections.abc import Callable

from playlists.language.kinds import Context, Operator, Parameters, Takes
from playlists.language.pattern import Pattern

Resolve = Callable[[Context, object], tuple[object, ...]]


def parameter(parameters: Parameters, value: object) -> str:
    """Add a value to the parameters; the placeholder for it in SQL."""
    if isinstance(value, Pattern):
        value = value.postgres
    elif isinstance(value, frozenset):
        value = sorted(value)
    elif isinstance(value, tuple):
        value = list(value)
    name = f"p{len(parameters)}"
    parameters[name] = value
    return f"%({name})s"


def comparison(
    name: str,
    takes: Takes,
    about: str,
    template: str,
    resolve: Resolve,
    *,
    holds_for_null: bool = False,
) -> Operator:
    """An operator that compares the field's value with the values that `resolve` makes of the definition's.

    In `template`, {value} is the field and {0}, {1} are the resolved values. Where the field has no value the answer is
    `holds_for_null`.
    """

    def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:
        marks = [parameter(parameters, one) for one in resolve(context, value)]
        return f"COALESCE({template.format(*marks, value=value_sql)}, {str(holds_for_null).lower()})"

    return Operator(name, takes, about, sql, holds_for_null)


def presence_check(
    name: str,
    about: str,
    is_absent_sql: str,
    *,
    holds_for_null: bool,
) -> Operator:
    """An operator that asks whether the field has a value, and takes `yes` or `no`.

    `is_absent_sql` is SQL with {value} for the field. `holds_for_null`: true where `yes` asks for no value.
    """

    def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:  # noqa: ARG001
        return f"({is_absent_sql.format(value=value_sql)}) = {parameter(parameters, value is holds_for_null)}"

    return Operator(name, Takes.YES, about, sql, holds_for_null)


NULL_OPERATORS = (
    presence_check(
        "is_null",
        "is not known, or never was",
        "{value} IS NULL",
        holds_for_null=True,
    ),
    presence_check("is_not_null", "is known", "{value} IS NULL", holds_for_null=False),
)
