"""The messages that the product can say, read from its source: what docs/troubleshooting.md has to know.

A message is what is given to an exception of the project's own (`JobError` and below it, `Stop`, `Mistake` …), or to a
function that is annotated to return one; to `log.warning` and `log.error`; to a refusal of the command line; what the
doctor and the watch have found; and what `./run` writes to standard error. Names are followed once: to a constant, to an
assignment of the same function, to what a function of the same module returns.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from utils import ROOT

ROOMS = ("api_syncs", "playlists", "db", "utils", "reports")
GAP = "…"  # what differs from one time to the next: a name, a number, a reason
# What nobody reads as a message: why the doctor has not looked, which is no fault; what is always caught, and said otherwise.
NO_MESSAGE = frozenset({"NotChecked", "ImpossiblePlanError"})
# What is started only by who changes the project.
OF_DEVELOPERS = ("playlists/language/reference.py", "playlists/language/json_schema.py")
# Errors of Python's own tell a developer of a mistake. The rule language's become part of a message: `Mistake` quotes them.
BUILT_IN = frozenset({"ValueError"})
BECOMES_A_MESSAGE = ("playlists/language/", "playlists/importing/")
TABLE = "dict[str, tuple[str, str]]"
LEVELS = frozenset({"warning", "error", "critical"})
FOUND = frozenset({"warning", "fault", "Finding"})  # of the doctor and of the watch
_PLACEHOLDER = re.compile(r"%(?:\.\d+)?[sdf]|\{\w*\}|%%")
_EXPANDED = re.compile(r"\$\{.*?\}|\$\(.*?\)|\$\w+")
_END = re.compile(r"(?<=[.!?])\s+|\n|\s\|\s")
_OF_A_SENTENCE = 3  # words in a row that make the first sentence the one to search for
_LEAST = 2  # in a message as a whole
_ENOUGH = 6  # words of it that the page has to quote


class Message(NamedTuple):
    """`text`: with `…` for what differs; `remedy`: what stands behind it in the source, as far as it is fixed.

    `is_alone`: nothing stands behind it.
    """

    place: str  # file:line
    kind: str
    text: str
    remedy: str
    is_alone: bool = False

    @property
    def key(self) -> str:
        """The words that somebody would search for: the first six of the longest fixed part of its first sentence.

        Of the whole message, where that sentence has fewer than three fixed words in a row; empty where there are not even two.
        """
        first = next(filter(pieces, _END.split(self.text)), "")
        for text, least in ((first, _OF_A_SENTENCE), (self.text, _LEAST)):
            words = max(pieces(text), key=len, default="").split()
            if len(words) >= least:
                return " ".join(words[:_ENOUGH])
        return ""


def normal(text: str) -> str:
    """Without marks of code and emphasis, signs at the ends of words, capitals, and more than one blank."""
    plain = re.sub(r"[`*\\\"“”]", "", text)
    return re.sub(r"\s+", " ", re.sub(r"[.,:;!?)(]+(?=\s|$)|(?<!\S)[(]+", " ", plain)).strip().casefold()


def pieces(text: str) -> list[str]:
    """Its fixed parts, normalised, divided at what differs and at the ends of sentences."""
    parts = (part for sentence in _END.split(text) for part in sentence.split(GAP))
    return [piece for piece in map(normal, parts) if any(sign.isalpha() for sign in piece)]


def _name(node: ast.AST | None) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.Constant(value=str(name)):
            return name.rpartition(".")[2]
        case ast.Subscript(value=value):
            return _name(value)
    return ""


class _Module:
    """One file: its tree, its constants, its functions, and in which function each node stands."""

    def __init__(self, path: Path) -> None:
        self.place = path.relative_to(ROOT).as_posix()
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions = {n.name: n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef)}
        self.classes = {
            n.name: {_name(base) for base in n.bases}
            for n in ast.walk(self.tree)
            if isinstance(n, ast.ClassDef)
        }

    def assigned(self, scope: ast.AST, name: str) -> Iterator[ast.expr]:
        """What that name is given, in a function, or at the top of the file."""
        for node in ast.walk(scope):
            if (isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets)) or (
                isinstance(node, ast.AnnAssign) and node.value is not None and _name(node.target) == name
            ):
                yield node.value

    def texts(self, node: ast.expr, scope: ast.AST, depth: int = 2) -> list[str]:
        """The texts that an expression can be, as far as they stand in this file; none where nothing is fixed."""
        match node:
            case ast.Constant(value=str(text)):
                return [_PLACEHOLDER.sub(GAP, text)]
            case ast.JoinedStr(values=values):
                return ["".join(v.value if isinstance(v, ast.Constant) else GAP for v in values)]
            case ast.BinOp(left=left, right=right):
                return [
                    f"{a}{b}"
                    for a in self.texts(left, scope, depth) or [GAP]
                    for b in self.texts(right, scope, depth) or [GAP]
                ]
            case ast.IfExp(body=body, orelse=orelse):
                return self.texts(body, scope, depth) + self.texts(orelse, scope, depth)
            case ast.Tuple(elts=[first, *_]):
                return self.texts(first, scope, depth)
            case ast.Dict(values=values):
                return [text for value in values for text in self.texts(value, scope, depth)]
            case ast.Subscript(value=value):
                return self.texts(value, scope, depth)
            case ast.Call(func=ast.Attribute(value=value, attr="format" | "join" | "rstrip" | "strip")):
                return self.texts(value, scope, depth)
            case ast.Name(id=name) if depth:
                found = list(self.assigned(scope, name)) or list(self.assigned(self.tree, name))
                return [text for value in found for text in self.texts(value, scope, depth - 1)]
            case ast.Call(func=function) if depth and _name(function) in self.functions:
                inner = self.functions[_name(function)]
                returned = [n.value for n in ast.walk(inner) if isinstance(n, ast.Return) and n.value]
                return [text for value in returned for text in self.texts(value, inner, depth - 1)]
        return []


@cache
def _modules() -> tuple[_Module, ...]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return tuple(_Module(path) for path in paths if path.relative_to(ROOT).as_posix() not in OF_DEVELOPERS)


def _errors() -> set[str]:
    """The project's own exceptions, and argparse's, by name."""
    known = {"Exception", "ArgumentTypeError", *BUILT_IN}
    while True:
        more = {
            name for module in _modules() for name, bases in module.classes.items() if bases & known
        } - known
        if not more:
            return known - {"Exception"} - NO_MESSAGE
        known |= more


def _factories(errors: set[str]) -> dict[str, set[str]]:
    """The functions that make an error, or never return, by name: the names of the files that have one."""
    found = defaultdict(set)
    for module in _modules():
        for function in module.functions.values():
            names = {_name(part) for part in ast.walk(function.returns)} if function.returns else set()
            if names & (errors | {"NoReturn"}):
                found[function.name].add(module.place)
    return found


def _kind(call: ast.Call, place: str, errors: set[str], factories: dict[str, set[str]]) -> str:
    name = _name(call.func)
    if name in BUILT_IN:
        return name if place.startswith(BECOMES_A_MESSAGE) else ""
    own = isinstance(call.func, ast.Name)
    near = {place.rpartition("/")[0]} & {file.rpartition("/")[0] for file in factories.get(name, ())}
    if name in errors or (name in factories and (near or own or len(factories[name]) == 1)):
        return name
    if isinstance(call.func, ast.Attribute) and name in LEVELS:
        return f"log.{name}"
    if own and name in FOUND and place.startswith("reports/"):
        return name
    return "stderr" if ast.unparse(call.func) == "sys.stderr.write" else ""


def _arguments(kind: str, call: ast.Call) -> list[ast.expr]:
    """Those that are texts: the message and its remedy. A finding of the doctor has its code before, a mistake its line."""
    given = [*call.args, *(key.value for key in call.keywords if key.arg in {"message", "remedy", "what"})]
    return given[1:] if kind in {"warning", "fault"} else given


@cache
def messages() -> tuple[Message, ...]:
    """All, in the order of the source."""
    errors = _errors()
    factories = _factories(errors)
    found = []
    for module in _modules():
        scopes = [module.tree, *module.functions.values()]
        inside = {id(node): scope for scope in scopes for node in ast.walk(scope)}
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            kind = _kind(call, module.place, errors, factories)
            if not kind:
                continue
            said = [module.texts(each, inside[id(call)]) for each in _arguments(kind, call)]
            said = [texts for texts in said if any(pieces(text) for text in texts)]
            if said:
                remedy = " ‖ ".join(said[1]) if len(said) > 1 else ""
                found += [
                    Message(
                        f"{module.place}:{call.lineno}", kind, text, remedy, len(_arguments(kind, call)) == 1
                    )
                    for text in dict.fromkeys(said[0])
                ]
    return (*found, *_of_tables(), *_of_the_shell())


def _of_tables() -> Iterator[Message]:
    """What stands in a table of (message, remedy), such as that of what a database says."""
    for module in _modules():
        for node in module.tree.body:
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == TABLE:
                assert isinstance(node.value, ast.Dict)
                for row in node.value.values:
                    assert isinstance(row, ast.Tuple)
                    said = [" ‖ ".join(module.texts(each, module.tree)) for each in row.elts]
                    yield Message(f"{module.place}:{row.lineno}", "table", said[0], said[1])


def _of_the_shell() -> list[Message]:
    """What `./run` itself says to standard error."""
    lines = (ROOT / "run").read_text(encoding="utf-8").splitlines()
    return [
        Message(f"run:{number}", "stderr", _EXPANDED.sub(GAP, said[1]), "")
        for number, line in enumerate(lines, 1)
        if (said := re.search(r'echo "((?:\$\([^)]*\)|[^"])*)".*>&2', line))
    ]


@cache
def texts() -> tuple[str, ...]:
    """Every text that stands in the source, normalised: a message that is put together may have it from anywhere."""
    found = {normal(message.text) for message in messages()}
    for module in _modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
                found.update(normal(text) for text in module.texts(node, module.tree, depth=0))
    return tuple(found)
