"""Reads the keys of one mapping of a document, and the value of each."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from playlists.language.document import (
    Mistake,
    Node,
    Problems,
    quoted,
    read_mapping,
    unknown_word_message,
)
from playlists.language.foreign_orders import option_for_order
from playlists.language.model import Place
from playlists.language.synonyms import Words
from playlists.language.values import read_choice, read_whole

T = TypeVar("T")
L = TypeVar("L", bound=str)


class Entries:
    """The entries of a mapping, by key. A node that is no mapping, and a key that is not `known`, are problems.

    `known` is None where the caller checks the keys itself.
    """

    def __init__(self, node: Node, what: str, known: Sequence[str] | None, problems: Problems) -> None:
        self.place: Place = node.place
        self.problems = problems
        self.by_key: dict[str, Node] = {}
        self.place_of_key: dict[str, Place] = {}
        try:
            entries = read_mapping(node, what).entries
        except Mistake as mistake:
            problems.add(mistake.problem.place, mistake.problem.text)
            return
        for key, value in entries:
            self.by_key[key.text] = value
            self.place_of_key[key.text] = key.place
        if known is not None:
            self.refuse_others(what, known)

    def refuse_others(self, what: str, known: Sequence[str]) -> None:
        """Add a problem for each key that is not known."""
        for key, place in self.place_of_key.items():
            if key not in known:
                whole = option_for_order(key, self.by_key, tuple(known))
                text = f"unknown option {quoted(key)}{whole}"
                self.problems.add(
                    place, f"{what}: {text if whole else unknown_word_message(Words.OPTION, key, known)}"
                )

    def __contains__(self, key: str) -> bool:
        return key in self.by_key

    def read(self, key: str, reader: Callable[[Node], T], default: T) -> T:
        """Read the value of a key; the default where the key is missing, or where its value is wrong, which is a problem."""
        node = self.by_key.get(key)
        return default if node is None else self.problems.attempt(reader, node, default, f"{key}: ")

    def require(self, key: str, what: str) -> None:
        """Add a problem where the key is missing. `what`: what it is for."""
        if key not in self.by_key:
            self.problems.add(self.place, f"`{key}` is missing: {what}")


def whole_number(lowest: int, highest: int) -> Callable[[Node], int]:
    """A reader of a whole number from `lowest` to `highest`."""
    return lambda node: read_whole(node, lowest, highest)


def one_of(known: Sequence[L]) -> Callable[[Node], L]:
    """A reader of one of the known words."""

    def read(node: Node) -> L:
        text = read_choice(node, tuple(known))
        return next(word for word in known if word == text)

    return read
