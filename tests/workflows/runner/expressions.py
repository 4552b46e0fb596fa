"""GitHub's expressions: read into a tree, which can be looked at and evaluated."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.workflows.runner import values
from tests.workflows.runner.errors import ExpressionError
from tests.workflows.runner.functions import FUNCTIONS, STATUS

_TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*')
      | (?P<word>[A-Za-z_][A-Za-z0-9_-]*(?=[\s()\[\],.!<>=&|]|$))
      | (?P<number>[-+0-9][^\s()\[\],!<>=&|]*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[<>!()\[\],.*])""",
    re.VERBOSE,
)
_FRACTION = re.compile(r"\.\d[^\s()\[\],!<>=&|]*")
_WORDS = {"null": None, "true": True, "false": False, "NaN": math.nan, "Infinity": math.inf}
# Loosest first; `!` binds tighter than all of these.
_BINARY = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))
MOST_LETTERS = 21_000


@dataclass(frozen=True)
class Literal:
    value: Any


@dataclass(frozen=True)
class Name:
    """A context."""

    name: str


@dataclass(frozen=True)
class Item:
    """`target.name`, `target[index]`; the index is None for `*`."""

    target: "Node"
    index: "Node | None"


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    operand: "Node"


@dataclass(frozen=True)
class Binary:
    sign: str
    left: "Node"
    right: "Node"


Node = Literal | Name | Item | Call | Not | Binary


class _Filtered(list):
    """What `*` has found: an index goes into each of its items."""


def parse(expression: str) -> Node:
    """The tree of an expression."""
    if len(expression) > MOST_LETTERS:
        raise ExpressionError(f"an expression of more than {MOST_LETTERS} letters")
    reader = _Reader(expression)
    node = reader.binary(0)
    if reader.tokens:
        reader.refuse()
    return node


def walk(node: Node) -> Iterator[Node]:
    """The node and all below."""
    yield node
    match node:
        case Item(target, index):
            below = [target] if index is None else [target, index]
        case Call(_, arguments):
            below = list(arguments)
        case Not(operand):
            below = [operand]
        case Binary(_, left, right):
            below = [left, right]
        case _:
            below = []
    for each in below:
        yield from walk(each)


def asks_status(node: Node) -> bool:
    """Whether it calls a status function: then `success()` is not asked besides."""
    return any(isinstance(each, Call) and each.name in STATUS for each in walk(node))


class _Reader:
    """Reads the tokens from left to right. A token: kind, text."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = self._cut(expression)

    def _cut(self, expression: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(expression):
            if expression[place].isspace():
                place += 1
                continue
            kind, found = "number", None
            before = tokens[-1] if tokens else ("sign", "(")
            if before[0] == "sign" and before[1] not in (")", "]", "*"):
                found = _FRACTION.match(expression, place)  # `.5`, which no property can be here
            if found is None:
                found = _TOKEN.match(expression, place)
                kind = found.lastgroup or "" if found else ""
            if found is None:
                raise ExpressionError(f"unexpected {expression[place:]!r} in {expression!r}")
            tokens.append((kind, found[0]))
            place = found.end()
        tokens.reverse()
        return tokens

    def refuse(self) -> None:
        what = repr(self.tokens[-1][1]) if self.tokens else "end"
        raise ExpressionError(f"unexpected {what} in {self.expression!r}")

    def take(self, *signs: str) -> str | None:
        """The next token if it is one of these signs."""
        if self.tokens and self.tokens[-1][0] == "sign" and self.tokens[-1][1] in signs:
            return self.tokens.pop()[1]
        return None

    def expect(self, sign: str) -> None:
        if self.take(sign) is None:
            self.refuse()

    def binary(self, level: int) -> Node:
        if level == len(_BINARY):
            return self.unary()
        left = self.binary(level + 1)
        while sign := self.take(*_BINARY[level]):
            left = Binary(sign, left, self.binary(level + 1))
        return left

    def unary(self) -> Node:
        return Not(self.unary()) if self.take("!") else self.operand()

    def operand(self) -> Node:
        if self.take("("):
            node = self.binary(0)
            self.expect(")")
            return self.items(node)
        if not self.tokens or self.tokens[-1][0] == "sign":
            self.refuse()
        kind, written = self.tokens.pop()
        if kind == "string":
            return Literal(written[1:-1].replace("''", "'"))
        if kind == "number":
            number = values.parse_number(written)
            if math.isnan(number):
                raise ExpressionError(f"unexpected {written!r} in {self.expression!r}")
            return Literal(number)
        if written in _WORDS:
            return Literal(_WORDS[written])
        if self.take("("):
            return self.items(self.call(written))
        return self.items(Name(written.lower()))

    def call(self, name: str) -> Node:
        arguments: list[Node] = []
        if not self.take(")"):
            arguments.append(self.binary(0))
            while self.take(","):
                arguments.append(self.binary(0))
            self.expect(")")
        least, most, _ = FUNCTIONS.get(name.lower(), (0, -1, None))
        if most < 0:
            raise ExpressionError(f"no function is called {name} in {self.expression!r}")
        if not least <= len(arguments) <= most or (name.lower() == "case" and len(arguments) % 2 == 0):
            raise ExpressionError(f"{name} takes another number of arguments in {self.expression!r}")
        return Call(name.lower(), tuple(arguments))

    def items(self, node: Node) -> Node:
        while sign := self.take(".", "["):
            if self.take("*"):
                node = Item(node, None)
            elif sign == "[":
                node = Item(node, self.binary(0))
            elif self.tokens and self.tokens[-1][0] == "word":
                node = Item(node, Literal(self.tokens.pop()[1]))
            else:
                self.refuse()
            if sign == "[":
                self.expect("]")
        return node


def evaluate(node: Node, contexts: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """The value. `contexts` and `functions` by lower-case names; a context that is not there is null."""

    def value(node: Node) -> Any:
        match node:
            case Literal(literal):
                return literal
            case Name(name):
                return contexts.get(name)
            case Item(target, index):
                return _item(value(target), index, value)
            case Not(operand):
                return not values.truthy(value(operand))
            case Call("case", arguments):
                return _case(arguments, value)
            case Call(name, arguments):
                function = functions.get(name) or FUNCTIONS[name][2]
                if function is None:
                    raise ExpressionError(f"{name}() cannot be called here")
                return function(*map(value, arguments))
        return _binary(node, value)

    return value(node)


def _binary(node: Binary, value: Callable[[Node], Any]) -> Any:
    left = value(node.left)
    if node.sign in ("&&", "||"):
        return value(node.right) if values.truthy(left) == (node.sign == "&&") else left
    right = value(node.right)
    if node.sign in ("==", "!="):
        return values.equal(left, right) == (node.sign == "==")
    if node.sign in (">", ">="):
        left, right = right, left
    return values.less(left, right) or ("=" in node.sign and values.equal(left, right))


def _item(target: Any, index: Node | None, value: Callable[[Node], Any]) -> Any:
    if index is None:
        collections = target if isinstance(target, _Filtered) else [target]
        found = _Filtered()
        for each in collections:
            found += each.values() if isinstance(each, dict) else each if isinstance(each, list) else []
        return found
    sought = value(index)
    if isinstance(target, _Filtered):
        found = [values.item(each, sought) for each in target]
        return _Filtered(each for each in found if each is not None)
    return values.item(target, sought)


def _case(arguments: tuple[Node, ...], value: Callable[[Node], Any]) -> Any:
    *pairs, otherwise = arguments
    for condition, result in zip(pairs[::2], pairs[1::2], strict=True):
        holds = value(condition)
        if not isinstance(holds, bool):
            raise ExpressionError("case: a condition is neither true nor false")
        if holds:
            return value(result)
    return value(otherwise)
