"""Ids that Spotify shows in place of those that were written: an old id of a track is replaced when a list is read.

An entry has two URIs: ours is what the definition selects and what is sent; shown is what a reading gives. Plans are made
of what is shown, since that is what calls find in the list; what is stored is ours, so that a list that only shows other ids
does not differ from its definition. Decision: docs/decisions/0004-replaced-ids.md.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from playlists.writing.steps import is_addressable


@dataclass(frozen=True)
class Replaced:
    """Which of our URIs are shown as which others. No URI that is shown is itself replaced."""

    shown_as: Mapping[str, str] = field(default_factory=dict)

    def shown(self, uris: Sequence[str]) -> list[str]:
        """URIs of ours as Spotify shows them."""
        return [self.shown_as.get(uri, uri) for uri in uris]

    def ours(self, shown: Sequence[str], known: Sequence[str]) -> list[str]:
        """What a list shows, as ours.

        `known`: what the list should hold, or held last. What is shown more often than that stands for what is replaced by
        it, each once, and else for itself: so X beside what became X is two items, and not one twice.
        """
        waiting: defaultdict[str, deque[str]] = defaultdict(deque)
        for uri in known:
            waiting[self.shown_as.get(uri, uri)].append(uri)
        for uri, other in self.shown_as.items():
            if uri not in waiting[other]:
                waiting[other].append(uri)
        return [waiting[uri].popleft() if waiting.get(uri) else uri for uri in shown]

    def sent(self, wanted: Sequence[str]) -> dict[str, str]:
        """For what is shown: what is sent to get it, where that is another URI. `wanted` are ours.

        What is wanted itself is sent as it is.
        """
        wanted_uris = set(wanted)
        sent: dict[str, str] = {}
        for uri in wanted:
            other = self.shown_as.get(uri, uri)
            if other not in wanted_uris:
                sent.setdefault(other, uri)
        return sent

    def without(self, shown: Sequence[str]) -> "Replaced":
        """Those that a reading does not contradict: what it shows is not replaced."""
        uris = set(shown)
        return Replaced({uri: other for uri, other in self.shown_as.items() if uri not in uris})

    def learning(self, found: Mapping[str, str], sent: Mapping[str, str]) -> "Replaced":
        """These and those that `find_replaced` has found; `sent` as in `sent`."""
        shown_as = {uri: found.get(other, other) for uri, other in self.shown_as.items()}
        shown_as |= {sent.get(uri, uri): other for uri, other in found.items()}
        return Replaced({uri: other for uri, other in shown_as.items() if uri not in shown_as.values()})


def find_replaced(written: Sequence[str], read: Sequence[str]) -> dict[str, str]:
    """What of a list just written is shown as another URI; empty where the lists differ in any other way.

    Each place has what was written there, or one and the same other URI instead, of the same kind; and what is replaced is
    replaced everywhere.
    """
    if len(written) != len(read):
        return {}
    found: dict[str, str] = {}
    for uri, other in zip(written, read, strict=True):
        if uri != other and found.setdefault(uri, other) != other:
            return {}
    is_shown = Counter(read)
    for uri, other in found.items():
        is_same_kind = is_addressable(uri) and is_addressable(other) and _kind(uri) == _kind(other)
        if is_shown[uri] or not is_same_kind:
            return {}
    return found


def _kind(uri: str) -> str:
    return uri.rpartition(":")[0]
