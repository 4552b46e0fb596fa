"""GitHub's values, and how they are compared with, and turned into, one another.

null, booleans, numbers, strings, arrays and objects are None, bool, int and float, str, list and dict.
"""

import math
import re
from functools import cache
from typing import Any

from tests.workflows.runner.errors import ExpressionError

_DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


class CaseSensitive(dict):
    """The `env` context: the one object whose names are told apart by their case."""


def kind(value: Any) -> str:
    if value is None:
        return "Null"
    for name, types in (("Boolean", bool), ("Number", (int, float)), ("String", str), ("Array", list)):
        if isinstance(value, types):
            return name
    return "Object"


def is_primitive(value: Any) -> bool:
    return kind(value) not in ("Array", "Object")


def truthy(value: Any) -> bool:
    """False are null, false, 0, NaN and the empty string; an empty array is true."""
    if isinstance(value, list | dict):
        return True
    return bool(value) and value == value


def text(value: Any) -> str:
    """A value in a text."""
    match kind(value):
        case "Null":
            return ""
        case "Boolean":
            return "true" if value else "false"
        case "Number":
            return _number_text(value)
        case "String":
            return value
    return kind(value)


def _number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return format(value, ".15g").replace("e", "E")


def number(value: Any) -> float:
    """A value where a number is wanted: NaN where there is none in it."""
    match kind(value):
        case "Null":
            return 0.0
        case "Boolean" | "Number":
            return float(value)
        case "String":
            return parse_number(value)
    return math.nan


def parse_number(written: str) -> float:
    written = written.strip()
    if not written:
        return 0.0
    if _DECIMAL.fullmatch(written):
        return float(written)
    if re.fullmatch(r"0x[0-9a-fA-F]{1,8}|0o[0-7]{1,11}", written):
        return float(int(written, 0))
    return {"Infinity": math.inf, "-Infinity": -math.inf}.get(written, math.nan)


@cache
def fold(written: str) -> str:
    """What is compared: strings that differ by case only are equal."""
    return "".join(upper if len(upper := letter.upper()) == 1 else letter for letter in written)


def _coerced(left: Any, right: Any) -> tuple[Any, Any]:
    """Both as the kind in which they are compared."""
    kinds = kind(left), kind(right)
    if kinds[0] == kinds[1]:
        return left, right
    if kinds in (("Number", "String"), ("String", "Number")):
        return number(left), number(right)
    if kinds[0] in ("Boolean", "Null"):
        return _coerced(number(left), right)
    if kinds[1] in ("Boolean", "Null"):
        return _coerced(left, number(right))
    return left, right


def equal(left: Any, right: Any) -> bool:
    left, right = _coerced(left, right)
    if kind(left) != kind(right):
        return False
    match kind(left):
        case "Array" | "Object":
            return left is right
        case "String":
            return fold(left) == fold(right)
    return left == right


def less(left: Any, right: Any) -> bool:
    left, right = _coerced(left, right)
    if kind(left) != kind(right) or kind(left) in ("Null", "Array", "Object"):
        return False
    return fold(left) < fold(right) if isinstance(left, str) else left < right


def item(target: Any, index: Any) -> Any:
    """`target[index]`: null where there is no such thing."""
    if isinstance(target, dict) and is_primitive(index):
        name = text(index)
        if isinstance(target, CaseSensitive):
            return target.get(name)
        return next((value for key, value in target.items() if fold(str(key)) == fold(name)), None)
    if isinstance(target, list):
        place = number(index)
        if not math.isnan(place) and 0 <= place < len(target):
            return target[math.floor(place)]
    return None


def scalar_text(value: Any) -> str:
    """A value that stands where YAML wants a text: an array or object cannot."""
    if not is_primitive(value):
        raise ExpressionError(f"{kind(value)} where a text is wanted")
    return text(value)
