"""What operators are made of: parameters, and the handling of no value."""

from collections.abc import Callable, Sequence

from playlists.language.kinds import Context, Operator, Parameters, Takes
from playlists.language.pattern import Pattern

Resolve = Callable[[Context, object], tuple[object, ...]]
Test = Callable[..., bool]


def parameter(parameters: Parameters, value: object) -> str:
    """Put a value among the parameters; the placeholder that stands for it in SQL."""
    if isinstance(value, Pattern):
        value = value.postgres
    elif isinstance(value, frozenset):
        value = sorted(value)
    elif isinstance(value, tuple):
        value = list(value)
    name = f"p{len(parameters)}"
    parameters[name] = value
    return f"%({name})s"


def comparing(
    name: str, takes: Takes, about: str, template: str, resolve: Resolve, test: Test, *, of_null: bool = False
) -> Operator:
    """A comparison of one value with what `resolve` makes of the definition's.

    In `template`, {value} is the field and {0}, {1} are the resolved ones; `test(actual, *resolved)` says the same. Both
    are only asked about a value that is there.
    """

    def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:
        marks = [parameter(parameters, one) for one in resolve(context, value)]
        return f"COALESCE({template.format(*marks, value=value_sql)}, {str(of_null).lower()})"

    def in_python(actual: object, value: object, context: Context, others: Sequence[object]) -> bool:  # noqa: ARG001
        return of_null if actual is None else test(actual, *resolve(context, value))

    return Operator(name, takes, about, sql, in_python, of_null)


def asking(
    name: str, about: str, is_absent: str, absent: Callable[[object], bool], *, of_null: bool
) -> Operator:
    """Whether there is a value: `yes` or `no`. `is_absent` is SQL with {value}; `of_null` is what `yes` says of none."""

    def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:  # noqa: ARG001
        return f"({is_absent.format(value=value_sql)}) = {parameter(parameters, value is of_null)}"

    def test(actual: object, value: object, context: Context, others: Sequence[object]) -> bool:  # noqa: ARG001
        return absent(actual) is (value is of_null)

    return Operator(name, Takes.YES, about, sql, test, of_null)


NULL_OPERATORS = (
    asking(
        "is_null",
        "is not known, or never was",
        "{value} IS NULL",
        lambda actual: actual is None,
        of_null=True,
    ),
    asking("is_not_null", "is known", "{value} IS NULL", lambda actual: actual is None, of_null=False),
)
