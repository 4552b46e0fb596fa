"""Stops an update that looks wrong."""

from playlists.language.model import Definition


def guard_objection(definition: Definition, old_count: int, removed_count: int, new_count: int) -> str | None:
    """Why the list must not be updated, and what to do about it; None: it may be updated.

    The counts are of tracks: in the list now, those of them that would be removed, and in the list afterwards.
    """
    if definition.guard.never_empty and new_count == 0:
        return "Nothing is selected, and never_empty keeps the list as it is. Check its rules, or take never_empty out."
    if new_count < definition.min_tracks:
        return (
            f"Only {new_count:,} tracks are selected, and min_tracks asks for {definition.min_tracks:,}. "
            "Widen its rules, or lower min_tracks."
        )
    most = definition.guard.max_removed_percent
    if most is not None and removed_count * 100 > most * old_count:
        return (
            f"{removed_count:,} of {old_count:,} tracks would go, more than max_removed_percent, {most:g}, lets. "
            "Look at the preview; if it is right, raise or take out max_removed_percent for one run."
        )
    return None
