"""What a list becomes: how a new selection and what the list holds now come together."""

from collections.abc import Sequence
from fractions import Fraction

from playlists.language.model import Mode


def wanted(
    mode: Mode,
    keep_percent: float,
    selected_uris: Sequence[str],
    current_uris: Sequence[str],
    limit: int | None,
) -> list[str]:
    """The URIs that the list should hold, in order.

    replace, archive: the selection. An archive is a new list each time, so it holds nothing yet.
    append: what is there stays as it is, with anything put there by hand; what is new comes to the end.
    rotate: see `_rotated`. It needs the whole selection, before any limit; `limit` is how many of it the list holds at
    a time (None: all). In the other modes the selection is as long as it should be, and `limit` says nothing.
    """
    selected = list(dict.fromkeys(selected_uris))
    if mode == "append":
        there = set(current_uris)
        return [*current_uris, *(uri for uri in selected if uri not in there)]
    if mode == "rotate":
        size = len(selected) if limit is None else min(limit, len(selected))
        return _rotated(keep_percent, selected, current_uris, size)
    return selected


def _rotated(
    keep_percent: float, selected: Sequence[str], current_uris: Sequence[str], size: int
) -> list[str]:
    """`size` of the selection; of what the list holds, at most `keep_percent` of `size` stays.

    What has been in the list longest stands first and goes first. New ones come to the end, in the order of the
    selection, going on behind the last one of the list and from its end to its start. So each selected track gets
    its turn, as long as the selection keeps its order. Nothing goes that no waiting track replaces: where the list has
    room for all, all stay.
    """
    is_selected = set(selected)
    held = [uri for uri in dict.fromkeys(current_uris) if uri in is_selected]
    start = selected.index(held[-1]) + 1 if held else 0
    there = set(held)
    waiting = [uri for uri in (*selected[start:], *selected[:start]) if uri not in there]
    keep = int(size * Fraction(str(keep_percent)) / 100)
    keep = max(keep, size - len(waiting))
    kept = held[max(len(held) - keep, 0) :]
    return [*kept, *waiting[: size - len(kept)]]
