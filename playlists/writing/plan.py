"""Plans the calls that turn what a playlist holds into what it should hold, with as few calls as possible.

All functions are pure. Between two calls the list can be seen, and a run can be killed there. So in every plan, the list
holds after each call at least min(100, items before, items afterwards) items, and at most 10,000. Where no plan does that,
since local files forbid a replacement, it may lack the copies of one doubled item for one call.
"""

from collections import Counter
from collections.abc import Sequence

from playlists.writing.edits import Edit, First
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
    """Raised where every sequence of calls would lose a local file, or leave the list too short in between."""


def reachable_contents(current: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The contents that calls can give the list: `wanted`, and the local files of `current` in their places.

    Entries without content are removed, unless there are local files: only a replacement removes them, and it would
    remove the local files too.
    """
    fixed = [(place, uri) for place, uri in enumerate(current) if not is_addressable(uri)]
    if [uri for _, uri in fixed] == [uri for uri in wanted if not is_addressable(uri)]:
        return list(wanted)
    reachable = [uri for uri in wanted if is_addressable(uri)]
    if any(is_local(uri) for _, uri in fixed):
        for place, uri in fixed:
            reachable.insert(place, uri)  # at the end, if the list is shorter than that now
    return reachable


def plan(current: Sequence[str], wanted: Sequence[str]) -> Plan:
    """Plan the calls that turn `current` into `wanted`, which has to be a result of `reachable_contents`.

    Of edits and a replacement, the plan with fewer calls is taken. With as many calls, edits are preferred: they keep the
    dates of what stays. Where nothing stays, a replacement is preferred: it may be repeated. Raises ImpossiblePlanError.
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
    if best is None and fixed == fixed_wanted:
        best = _thinned_out(current, wanted)
    if best is None:
        raise ImpossiblePlanError("no sequence of calls leads there without a loss in between")
    return Plan(tuple(best), added, removed)


def _thinned_out(current: list[str], wanted: list[str]) -> list[Step] | None:
    """Edits of a list that has surplus copies and cannot be replaced, and that no others lead to: for a moment it may be
    short of the copies of one item, as when a list of 50 has one of them twice."""
    surplus, copies = _surplus(current, wanted), Counter(wanted)
    most_copies = max((copies[uri] for uri in surplus), default=0)
    ways: tuple[First, ...] = ("additions, copies", "copies")
    found = (Edit(current, wanted, surplus).steps(first=each, may_lack=most_copies) for each in ways)
    return next((steps for steps in found if steps is not None), None)


def _surplus(current: list[str], wanted: list[str]) -> set[str]:
    """What is too often in the list. Spotify removes every copy: all of them go, and the right number is added again."""
    return set(Counter(current) - Counter(wanted)) & set(wanted)


def _replacement_calls(wanted: Sequence[str]) -> int:
    return max(1, -(-len(wanted) // CALL_MAX))


def _replacement(wanted: Sequence[str]) -> list[Step]:
    chunks = [tuple(wanted[start : start + CALL_MAX]) for start in range(0, len(wanted), CALL_MAX)]
    return [Replace(chunks[0] if chunks else ()), *(Add(chunk) for chunk in chunks[1:])]


def _edits(current: list[str], wanted: list[str], most: int | None) -> list[Step] | None:
    """The fewest edits, with at most `most` calls (None: a replacement is impossible); None where they need more.

    Items in another order are moved, or removed and added again. Removals come first, or, where they would leave too few
    items, after the additions. Where the list cannot be replaced, all of it may be removed and added again, part by part.

    Each way is given up when it takes more calls than the best one before it. So those come first that take some two
    calls per hundred items, whatever has changed; of ways with as many calls the last counts, which keeps the most dates.
    """
    best: list[Step] | None = None
    surplus = _surplus(current, wanted)
    surplus_and_moved = surplus | {wanted[token] for token in Edit(current, wanted, surplus).to_move}
    ways: list[tuple[set[str], First]] = []
    if most is None:
        all_that_stays = {uri for uri in set(current) & set(wanted) if is_addressable(uri)}
        ways = [(all_that_stays, "turns"), (surplus_and_moved, "turns")]
    for readded in [surplus] if surplus_and_moved == surplus else [surplus_and_moved, surplus]:
        ways += [(readded, "additions"), (readded, "removals")]
    for readded, first in ways:
        limit = most if best is None else len(best)
        steps = Edit(current, wanted, readded).steps(first=first, most=limit)
        best = steps if steps is not None else best
    return best
