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
from playlists.language.fields import FIELDS
from playlists.language.foreign_forms import blank_missing, group_of_one, is_about_tracks
from playlists.language.foreign_options import form_meant, option_meant, with_number
from playlists.language.foreign_orders import option_for_order
from playlists.language.model import Place
from playlists.language.synonyms import Words, not_an_option, word_meant
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
        self.others: dict[str, str] = {}  # key that is not known → the one that is meant, may be empty
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
        """Add a problem for each key that is not known. Its value is read as that of the key that is meant."""
        renamed: dict[str, str] = {}
        for key, place in self.place_of_key.items():
            if key not in known:
                is_misplaced = "match" in known and is_about_tracks(key)
                meant = "match" if is_misplaced else word_meant(Words.OPTION, key, known)
                self.others[key] = meant
                text = self._why_unknown(key, known)
                self.problems.add(place, f"{what}: {text}")
                if f"(did you mean {meant}?)" in text and meant not in self.by_key:
                    renamed[meant] = key
        for meant, key in renamed.items():  # so that all that is wrong behind it is told at once
            self.by_key[meant], self.place_of_key[meant] = self.by_key[key], self.place_of_key[key]

    def _why_unknown(self, key: str, known: Sequence[str]) -> str:
        node = self.by_key[key]
        whole = option_for_order(key, self.by_key, tuple(known))
        if whole:
            return f"unknown option {quoted(key)}{whole}"
        if "match" in known and key in FIELDS and is_about_tracks(key):
            return f"unknown option {quoted(key)}; it is a condition: put it into the list below match"
        group = group_of_one(key, node) if "match" in known else ""
        if group:
            return f"unknown option {quoted(key)} (write match: {{{group}}})"
        missing = blank_missing(key, (*known, *FIELDS))
        if missing:
            return f"a blank is missing behind the colon of {quoted(key)}: {missing}"
        meant = word_meant(Words.OPTION, key, known)
        form = form_meant(meant, node) if meant else ""
        if form:
            return f"unknown option {quoted(key)} (write {meant}: {form})"
        elsewhere = not_an_option(key) if "name" in known else ""
        if elsewhere:
            return f"unknown option {quoted(key)}: {elsewhere}"
        return with_number(unknown_word_message(Words.OPTION, key, known), node)

    def __contains__(self, key: str) -> bool:
        return key in self.by_key

    def read(self, key: str, reader: Callable[[Node], T], default: T) -> T:
        """Read the value of a key; the default where the key is missing, or where its value is wrong, which is a problem."""
        node = self.by_key.get(key)
        if node is None:
            return default
        try:
            return reader(node)
        except Mistake as mistake:
            place, text = mistake.problem.place, mistake.problem.text
            meant = option_meant(key, node)
            self.problems.add(place, f"{key}: {text}{'' if '(did you mean' in text else meant}")
            return default

    def require(self, key: str, what: str) -> None:
        """Add a problem where the key is missing, unless it is there under another word. `what`: what it is for."""
        if key not in self.by_key and key not in self.others.values():
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
