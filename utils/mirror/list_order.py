"""How one version of a list leads back to the one before it: so is kept in what order a list was, and what it held twice."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from utils.increasing import longest_increasing

# (place, count, entries): these take the place of `count` entries from `place` (from 0) on. None: an entry without content.
Edit = tuple[int, int, list[str | None]]


def undo_of(before: Sequence[str | None], after: Sequence[str | None]) -> list[Edit]:
    """The edits that make `before` of `after`, by place; each as large as what has changed, however long the list is."""
    places: defaultdict[str | None, deque[int]] = defaultdict(deque)
    for place, uri in enumerate(before):
        places[uri].append(place)
    origins = [places[uri].popleft() if places[uri] else -1 for uri in after]
    stays = set(longest_increasing([origin for origin in origins if origin >= 0]))
    edits: list[Edit] = []
    now = then = 0  # behind what stayed last
    kept = [(place, origin) for place, origin in enumerate(origins) if origin in stays]
    for place, origin in (*kept, (len(after), len(before))):
        if place > now or origin > then:
            edits.append((now, place - now, list(before[then:origin])))
        now, then = place + 1, origin + 1
    return edits


def undone(entries: Iterable[str | None], edits: Iterable[Edit]) -> list[str | None]:
    """The version before."""
    found = list(entries)
    for place, count, uris in sorted(edits, key=lambda edit: -edit[0]):
        found[place : place + count] = uris
    return found


def moved_between(before: Sequence[str | None], after: Sequence[str | None]) -> int:
    """How many of the entries that are in both have to change places."""
    places: defaultdict[str | None, deque[int]] = defaultdict(deque)
    for place, uri in enumerate(before):
        places[uri].append(place)
    origins = [places[uri].popleft() for uri in after if places[uri]]
    return len(origins) - len(longest_increasing(origins))
