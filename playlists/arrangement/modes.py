"""Works out the new contents of a list from the new selection and from what the list holds now, by its mode; and what a guard has against it."""

from collections.abc import Sequence
from fractions import Fraction

from playlists.language.model import Definition, Mode
from utils.words import counted


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


# Guards


def guard_objection(definition: Definition, old_count: int, removed_count: int, new_count: int) -> str | None:
    """Why the list must not be updated, and what to do about it; None: it may be updated.

    The counts are of tracks: in the list now, those of them that would be removed, and in the list afterwards.
    """
    if definition.guard.never_empty and new_count == 0:
        return "Nothing is selected, and never_empty keeps the list as it is. Check its rules, or take never_empty out."
    if new_count < definition.min_tracks:
        return (
            f"Only {counted(new_count, 'track is', 'tracks are')} selected, and min_tracks asks for {definition.min_tracks:,}. "
            "Widen its rules, or lower min_tracks."
        )
    most = definition.guard.max_removed_percent
    if most is not None and removed_count * 100 > most * old_count:
        return (
            f"{removed_count:,} of {counted(old_count, 'track')} would go, more than max_removed_percent, {most:g}, lets. "
            "Look at the preview; if it is right, raise or take out max_removed_percent for one run."
        )
    return None
