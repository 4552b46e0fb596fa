"""From what a playlist holds to what it should hold: the cheapest sequence of calls that Spotify has for that.

Pure. Between two calls the list can be seen, and a run can be killed there: so whatever the plan, each state holds at
least min(100, items before, items afterwards) and at most 10,000.
"""

from collections import Counter
from collections.abc import Sequence

from playlists.writing.edits import Edit
from playlists.writing.steps import (
    CALL_MAX,
    Add,
    Plan,
    Replace,
    Step,
    is_addressable,
    is_local,
)


class ImpossiblePlanError(ValueError):
    """No sequence of calls does it without losing a local file or leaving the list too short in between."""


def settle(current: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """What the list can come to hold: `wanted`, and the local files of `current` where they are now.

    Entries without content go, unless there are local files: only a replacement takes them out, and that would take
    the local files too.
    """
    fixed = [(place, uri) for place, uri in enumerate(current) if not is_addressable(uri)]
    if [uri for _, uri in fixed] == [uri for uri in wanted if not is_addressable(uri)]:
        return list(wanted)
    settled = [uri for uri in wanted if is_addressable(uri)]
    if any(is_local(uri) for _, uri in fixed):
        for place, uri in fixed:
            settled.insert(place, uri)  # at the end, where the list has become shorter than that
    return settled


def plan(current: Sequence[str], wanted: Sequence[str]) -> Plan:
    """The fewest calls that turn `current` into `wanted`, of the ways that we know.

    `wanted` holds what `settle` gives. Edits are preferred to a replacement of as many calls: they keep the dates of
    what stays. Where nothing stays, a replacement is preferred, which may be repeated. Raises ImpossiblePlanError.
    """
    current, wanted = list(current), list(wanted)
    if current == wanted:
        return Plan()
    before, after = Counter(current), Counter(wanted)
    added, removed = (after - before).total(), (before - after).total()
    fixed = [uri for uri in current if not is_addressable(uri)]
    fixed_wanted = [uri for uri in wanted if not is_addressable(uri)]
    can_replace = not fixed_wanted and not any(is_local(uri) for uri in fixed)
    keeps_something = bool(set(current) & set(wanted))
    best = None
    if fixed == fixed_wanted and (keeps_something or not can_replace):
        best = _edits(current, wanted, _replacement_calls(wanted) if can_replace else None)
    if best is None and can_replace:
        best = _replacement(wanted)
    if best is None:
        raise ImpossiblePlanError("no sequence of calls leads there without a loss in between")
    return Plan(tuple(best), added, removed)


def _replacement_calls(wanted: Sequence[str]) -> int:
    return max(1, -(-len(wanted) // CALL_MAX))


def _replacement(wanted: Sequence[str]) -> list[Step]:
    chunks = [tuple(wanted[start : start + CALL_MAX]) for start in range(0, len(wanted), CALL_MAX)]
    return [Replace(chunks[0] if chunks else ()), *(Add(chunk) for chunk in chunks[1:])]


def _edits(current: list[str], wanted: list[str], most: int | None) -> list[Step] | None:
    """The fewest edits, in at most `most` calls; None where there are none.

    What is in another order is moved, or removed and added again. What goes is removed first, or, where that
    would leave too little, after what comes has been added.
    """
    best: list[Step] | None = None
    # Spotify removes every occurrence: of what is there too often, all go and the right number comes back.
    surplus = set(Counter(current) - Counter(wanted)) & set(wanted)
    again = surplus | {wanted[token] for token in Edit(current, wanted, surplus).to_move}
    for fresh in [surplus] if again == surplus else [surplus, again]:
        for adds_first in (False, True):
            limit = most if best is None else len(best) - 1
            found = Edit(current, wanted, fresh).steps(adds_first=adds_first, most=limit)
            best = found if found is not None else best
    return best
