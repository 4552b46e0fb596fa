"""Reads a document of the rule language into nodes that know their line and column; what the words mean is read later.

YAML, of which JSON is a part, is read event by event, and no Python objects are constructed from it: a scalar is the
text that was written, so that an artist may be called No or 1984. Whatever could hide something is refused: anchors,
aliases, merge keys, tags, keys given twice, several documents, control characters.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import yaml
from yaml.reader import Reader

from playlists.language.model import Place
from playlists.language.synonyms import Words, hint
from utils.errors import SettingsError

MAX_BYTES = 100_000
MAX_DEPTH = 60  # of mappings and lists in one another; a group of conditions takes two
MAX_SHOWN = 50  # problems in a message
MAX_KNOWN_SHOWN = 12
REMEDY = "Correct these places; docs/rules.md describes the language."
TOP = Place(1, 1)
_NULLS = ("", "~", "null", "Null", "NULL")
_EXACT_IN_JSON = re.compile(r"true|false|0|-?[1-9][0-9]{0,14}|(0|-?[1-9][0-9]{0,11})\.[0-9]{1,6}")
_BREAKS_IN_YAML = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029", 0xFEFF: "\\ufeff", 0x7F: "\\u007f"}

T = TypeVar("T")


# Mistakes


@dataclass(frozen=True)
class Problem:
    """What is wrong with a document at one place."""

    place: Place
    text: str


class Mistake(Exception):
    """Raised for one problem; `Problems` collects it together with the others of the document."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(place, text)


class RuleError(SettingsError):
    """All problems of one document, a line each: `playlists/definitions/x.yml:7:5: …`.

    `slug`: the slug of the list that the document defines; empty where it defines none.
    """

    def __init__(self, origin: str, problems: Sequence[Problem], slug: str = "") -> None:
        ordered = sorted(set(problems), key=lambda problem: (problem.place.line, problem.place.column))
        lines = [f"{origin}:{at.place.line}:{at.place.column}: {at.text}" for at in ordered[:MAX_SHOWN]]
        if len(ordered) > MAX_SHOWN:
            lines.append(f"{origin}: and {len(ordered) - MAX_SHOWN:,} more")
        super().__init__("\n".join(lines), REMEDY)
        self.origin = origin
        self.slug = slug
        self.problems = tuple(ordered)


class Problems:
    """Collects the problems of a document, so that all of them are reported at once.

    `is_trial`: what is read is a hint, of which nobody sees the problems.
    """

    def __init__(self, *, is_trial: bool = False) -> None:
        self.collected: list[Problem] = []
        self.is_trial = is_trial

    def add(self, place: Place, text: str) -> None:
        """Add a problem."""
        self.collected.append(Problem(place, text))

    def attempt(self, read: "Callable[[Node], T]", node: "Node", default: T, what: str = "") -> T:
        """The result of `read`; where it raises Mistake, that is added as a problem, after `what`, and `default` is returned."""
        try:
            return read(node)
        except Mistake as mistake:
            self.add(mistake.problem.place, f"{what}{mistake.problem.text}")
            return default

    def raise_if_any(self, origin: str, slug: str = "") -> None:
        """Raise RuleError if there is any problem."""
        if self.collected:
            raise RuleError(origin, self.collected, slug)


def unknown_word_message(
    words: Words, word: str, known: Sequence[str], *, what: str = "", is_listed: bool = False
) -> str:
    """`unknown field 'playcount' (did you mean play_count?)`, followed by all known words where they are few.

    `what`: what the word would be, if not what its place is called. `is_listed`: list the known words even if many.
    """
    listed = f"; known: {', '.join(known)}" if is_listed or len(known) <= MAX_KNOWN_SHOWN else ""
    return f"unknown {what or words.value} {quoted(word)}{hint(words, word, known)}{listed}"


def quoted(text: str) -> str:
    """A text for messages: in quotes, on one line, at most 60 characters long."""
    return repr(text if len(text) <= 60 else f"{text[:59]}…")


# Nodes


@dataclass(frozen=True)
class ScalarNode:
    """A text, as it was written. `is_plain`: it was written without quotes."""

    place: Place
    text: str
    is_plain: bool = True

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or a word for nothing such as `null`."""
        return self.is_plain and self.text in _NULLS


@dataclass(frozen=True)
class ListNode:
    """A list, with its items in order."""

    place: Place
    items: "tuple[Node, ...]"


@dataclass(frozen=True)
class MappingNode:
    """Keys with their values, in the order as written; no key occurs twice."""

    place: Place
    entries: "tuple[tuple[ScalarNode, Node], ...]"


Node = ScalarNode | ListNode | MappingNode


def read_mapping(node: Node, what: str) -> MappingNode:
    """The node as a mapping with at least one key. Raises Mistake."""
    if not isinstance(node, MappingNode):
        raise Mistake(node.place, f"{what} has to be keys with values (key: value), not {described(node)}")
    if not node.entries:
        raise Mistake(node.place, f"{what} is empty")
    return node


def read_list(node: Node, what: str) -> tuple[Node, ...]:
    """The items of a list with at least one. Raises Mistake."""
    if not isinstance(node, ListNode):
        raise Mistake(node.place, f"{what} has to be a list, not {described(node)}")
    if not node.items:
        raise Mistake(node.place, f"{what} is an empty list")
    return node.items


def is_left_out(node: Node) -> bool:
    """Whether nothing stands where a value belongs; `~` and `null` do not count: they may be meant as texts."""
    return isinstance(node, ScalarNode) and node.is_null and not node.text


def described(node: Node) -> str:
    """A node in words, for messages: `'5 tracks'`, `a list`, `nothing`."""
    if isinstance(node, ScalarNode):
        if not node.is_null:
            return quoted(node.text)
        return f"nothing (as a text, {node.text} needs quotes)" if node.text else "nothing"
    return "a list" if isinstance(node, ListNode) else "keys with values"


def to_json(node: Node) -> str:
    """The document as JSON that reads as the same nodes again. Keys are in alphabetical order."""
    if isinstance(node, ListNode):
        return f"[{', '.join(map(to_json, node.items))}]"
    if isinstance(node, MappingNode):
        entries = sorted(node.entries, key=lambda entry: entry[0].text)
        return f"{{{', '.join(f'{_json_text(key.text)}: {to_json(value)}' for key, value in entries)}}}"
    # A number that JSON spells as it was written needs no quotes; 007 and 1e3 would come back as something else.
    return node.text if _EXACT_IN_JSON.fullmatch(node.text) else _json_text(node.text)


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_BREAKS_IN_YAML)


# Reading


def read_document(text: str | bytes, origin: str) -> Node:
    """The nodes of a YAML or JSON document. Raises RuleError."""
    problems = Problems()
    written = _decode(text, origin)
    loader = yaml.SafeLoader(written)
    try:
        node = _Builder(problems).build(loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add(_place(mark) if mark else TOP, f"this is not YAML: {_explained(error)}")
    except (ValueError, OverflowError):  # "\UFFFFFFFF"
        problems.add(_place(loader.get_mark()), "this is not YAML: an escape that stands for no character")
    except Mistake as mistake:
        problems.collected.append(mistake.problem)
    finally:
        loader.dispose()
    problems.raise_if_any(origin)
    return node


# The YAML parser's message for common slips → the same for somebody who does not know YAML.
_OPERATORS_ARE_WORDS = "put the text in quotes; an operator is a word, such as gt for > and gte for >="
_MISSING = "put the text in quotes (a text with ' in double quotes); or a comma or {} is missing"
_EXPLANATIONS = (
    (r"character '\\t' that cannot start any token", "a tab; indent with spaces"),
    (r"character '[>|]' that cannot start any token|scanning a block scalar", _OPERATORS_ARE_WORDS),
    (r"cannot start any token", "put the text in quotes"),
    (
        r"mapping values are not allowed here",
        "a colon too many: put a text with a colon in quotes; or a colon is missing in the line above, "
        "or this line is indented too far",
    ),
    (r"could not find expected ':'", "a colon is missing, or the blank behind it, here or in the line above"),
    (r"expected ',' or '([}\]])', but got '<stream end>'", "a {} is missing"),
    (r"expected ',' or '([}\]])'", _MISSING),
    (
        r"expected <block end>, but found '(?:<block sequence start>|<block mapping start>|-|\?)'",
        "this line is not indented as its neighbours are: give it as many spaces as the line above it has",
    ),
    (
        r"expected <block end>, but found '<scalar>'",
        "the text goes on behind its quotes or braces; put all of it in quotes (a text with ' in double quotes)",
    ),
)


def _explained(error: yaml.MarkedYAMLError) -> str:
    said = " ".join(part for part in (error.context, error.problem) if part)
    for pattern, words in _EXPLANATIONS:
        match = re.search(pattern, said)
        if match:
            return words.format(*match.groups())
    return said


def _decode(text: str | bytes, origin: str) -> str:
    size = len(text) if isinstance(text, bytes) else len(text.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise RuleError(origin, [Problem(TOP, f"the document is longer than {MAX_BYTES:,} bytes")])
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            place = _place_after(error.object[: error.start].decode())
            problem = Problem(place, "this is not text in UTF-8; save the file as UTF-8")
            raise RuleError(origin, [problem]) from None
    text = text.removeprefix("\ufeff")
    refused = Reader.NON_PRINTABLE.search(text)
    if refused:
        place = _place_after(text[: refused.start()])
        raise RuleError(origin, [Problem(place, f"a control character, {refused[0]!r}, is not allowed")])
    # JSON may be indented by tabs, and YAML may not.
    return text.replace("\t", " ") if text.lstrip().startswith("{") else text


def _place_after(text: str) -> Place:
    line = text.count("\n") + 1
    return Place(line, len(text) - text.rfind("\n"))


def _place(mark: yaml.Mark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


class _Builder:
    """Builds nodes from YAML's events, without recursion: a document of any depth can be refused with its place."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._open: list[tuple[Place, bool, list[Node]]] = []  # place, is a mapping, keys and values in turn
        self._roots: list[Node] = []

    def build(self, loader: yaml.SafeLoader) -> Node:
        """The root node. Raises Mistake where there is none, where a second document begins, or where nodes are too deep."""
        while loader.check_event():
            event = loader.get_event()  # type: ignore[no-untyped-call]
            place = _place(event.start_mark)
            if isinstance(event, yaml.AliasEvent):
                self._problems.add(place, f"an alias (*{event.anchor}) is not allowed; write it out")
                self._add(ScalarNode(place, "alias"))
            elif isinstance(event, yaml.ScalarEvent):
                self._refuse(event, place)
                # The last line feed of a block (>) is not meant as a part of the text.
                value = event.value.rstrip("\n") if event.style in ("|", ">") else event.value
                self._add(ScalarNode(place, self._checked(value, place), event.style is None))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._refuse(event, place)
                if len(self._open) >= MAX_DEPTH:
                    raise Mistake(place, "this is nested too deeply")
                self._open.append((place, isinstance(event, yaml.MappingStartEvent), []))
            elif isinstance(event, yaml.CollectionEndEvent):
                began, is_mapping, inner = self._open.pop()
                self._add(self._mapping(began, inner) if is_mapping else ListNode(began, tuple(inner)))
            elif isinstance(event, yaml.DocumentStartEvent) and self._roots:
                raise Mistake(place, "a second document begins here; a file holds one")
        if not self._roots:
            raise Mistake(TOP, "the document is empty")
        return self._roots[0]

    def _add(self, node: Node) -> None:
        (self._open[-1][2] if self._open else self._roots).append(node)

    def _refuse(self, event: yaml.NodeEvent, place: Place) -> None:
        if event.anchor is not None:
            self._problems.add(place, f"an anchor (&{event.anchor}) is not allowed; write it out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            hint = "; the operator is called ne, is_not or not_on" if tag.startswith("!=") else ""
            self._problems.add(place, f"a tag ({quoted(tag)}) is not allowed{hint}")

    def _checked(self, text: str, place: Place) -> str:
        try:  # JSON may write a character beyond U+FFFF as two escapes
            text = text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._problems.add(place, f"{quoted(text)} holds half a character")
            return "?"
        if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
            self._problems.add(place, f"{quoted(text)} has to be one line without control characters")
        return text

    def _mapping(self, place: Place, inner: list[Node]) -> MappingNode:
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in zip(inner[::2], inner[1::2], strict=True):
            if not isinstance(key, ScalarNode) or not key.text:
                self._problems.add(key.place, f"a key has to be a word, not {described(key)}")
            elif key.text == "<<":
                self._problems.add(key.place, "a merge key (<<) is not allowed; write it out")
            elif key.text in entries:
                first = entries[key.text][0].place.line
                self._problems.add(key.place, f"{quoted(key.text)} is given twice (first in line {first})")
            else:
                entries[key.text] = (key, value)
        return MappingNode(place, tuple(entries.values()))
