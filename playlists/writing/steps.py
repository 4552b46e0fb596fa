"""The calls with which Spotify lets a playlist be edited, as plain values, and the effect of each on a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

CALL_MAX = 100  # URIs per call
PLAYLIST_MAX = 10_000
_ADDRESSABLE = re.compile(r"spotify:(track|episode):[0-9A-Za-z]{22}")
T = TypeVar("T")


@dataclass(frozen=True)
class Add:
    """Insert at most 100 URIs before `position`, or at the end where that is None."""

    uris: tuple[str, ...]
    position: int | None = None


@dataclass(frozen=True)
class Remove:
    """Remove all occurrences of at most 100 URIs."""

    uris: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """Move a range before the item that is at `insert_before` now, before the move."""

    range_start: int
    insert_before: int
    range_length: int = 1


@dataclass(frozen=True)
class Replace:
    """Replace the contents of the list by at most 100 URIs."""

    uris: tuple[str, ...]


Step = Add | Remove | Move | Replace


@dataclass(frozen=True)
class Plan:
    """Calls, one after another; empty where there is nothing to do.

    `added` and `removed`: how many items the list has gained and lost at the end, whatever the calls are.
    """

    steps: tuple[Step, ...] = ()
    added: int = 0
    removed: int = 0

    @property
    def is_one_replace(self) -> bool:
        """Whether the plan is one call, after which the contents are certain whatever they were before."""
        return len(self.steps) == 1 and self.is_replacement

    @property
    def is_replacement(self) -> bool:
        """Whether what the list holds is thrown away, whatever it is."""
        return bool(self.steps) and isinstance(self.steps[0], Replace)

    def __str__(self) -> str:
        """The plan in words: `2 calls: 5 added, 3 removed, 1 move`."""
        if not self.steps:
            return "nothing to do"
        moves = sum(isinstance(step, Move) for step in self.steps)
        parts = [f"{self.added} added", f"{self.removed} removed"]
        parts += [f"{moves} move{'s'[: moves != 1]}"] if moves else []
        parts += ["replaced as a whole"] if self.is_replacement else []
        return f"{len(self.steps)} call{'s'[: len(self.steps) != 1]}: {', '.join(parts)}"


def is_local(uri: str) -> bool:
    """Whether a URI is a file of the listener's own computer, which no call can add again once it was removed."""
    return uri.startswith("spotify:local:")


def is_addressable(uri: str) -> bool:
    """Whether calls can add or remove a URI: not local files, and not entries without content ('')."""
    return _ADDRESSABLE.fullmatch(uri) is not None


def apply_step(items: Sequence[str], step: Step) -> list[str]:
    """The items of a list after a call."""
    items = list(items)
    if isinstance(step, Add):
        place = len(items) if step.position is None else step.position
        return [*items[:place], *step.uris, *items[place:]]
    if isinstance(step, Remove):
        gone = set(step.uris)
        return [uri for uri in items if uri not in gone]
    if isinstance(step, Replace):
        return list(step.uris)
    return moved(items, step)


def moved(items: list[T], step: Move) -> list[T]:
    """The items after a move."""
    end = step.range_start + step.range_length
    rest = items[: step.range_start] + items[end:]
    place = step.insert_before - (step.range_length if step.insert_before >= end else 0)
    return rest[:place] + items[step.range_start : end] + rest[place:]
