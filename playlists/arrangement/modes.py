"""Works out the new contents of a list from the new selection and from what the list holds now, by its mode."""

from collections.abc import Sequence
from fractions import Fraction

from playlists.language.model import Mode


def wanted_uris(
    mode: Mode,
    keep_percent: float,
    selected_uris: Sequence[str],
    current_uris: Sequence[str],
    limit: int | None,
) -> list[str]:
    """The URIs that the list should hold, in order.

    replace, archive: the selection. An archive is a new list each time, so it holds nothing yet.
    append: what the list holds stays, also what was added by hand; what is new comes at the end.
    rotate: see `_rotated`. It needs the whole selection, before any limit; `limit` is how many tracks of it the list holds
    at a time (None: all). The other modes get a selection that is limited already, and ignore `limit`.
    """
    selected = list(dict.fromkeys(selected_uris))
    if mode == "append":
        current = set(current_uris)
        return [*current_uris, *(uri for uri in selected if uri not in current)]
    if mode == "rotate":
        size = len(selected) if limit is None else min(limit, len(selected))
        return _rotated(keep_percent, selected, current_uris, size)
    return selected


def _rotated(
    keep_percent: float, selected: Sequence[str], current_uris: Sequence[str], size: int
) -> list[str]:
    """`size` tracks of the selection; of those that the list holds, at most `keep_percent` of `size` stay.

    The tracks that have been in the list longest stand first, and are removed first. New ones come at the end, in the
    order of the selection: from the one after the last of the list, and from the end on to the start. So each selected
    track gets its turn, as long as the selection keeps its order. A track is removed only if another one takes its place:
    where the list has room for the whole selection, all of it stays.
    """
    is_selected = set(selected)
    held = [uri for uri in dict.fromkeys(current_uris) if uri in is_selected]
    start = selected.index(held[-1]) + 1 if held else 0
    is_held = set(held)
    waiting = [uri for uri in (*selected[start:], *selected[:start]) if uri not in is_held]
    keep = int(size * Fraction(str(keep_percent)) / 100)
    keep = max(keep, size - len(waiting))
    kept = held[max(len(held) - keep, 0) :]
    return [*kept, *waiting[: size - len(kept)]]
