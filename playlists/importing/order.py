"""The order of a list, from fields of other tools."""

from collections.abc import Sequence

from playlists.importing.conditions import why_not
from playlists.importing.draft import Draft, Lost
from playlists.language.fields import FIELDS
from playlists.language.foreign_orders import RANDOM, SORTABLE
from playlists.language.kinds import Kind
from playlists.language.values import MOST_TRACKS

# What is wanted: the other tool's word, our field if there is one, and whether it is descending.
Wanted = tuple[str, str | None, bool]


def set_order(draft: Draft, wanted: Sequence[Wanted], *, decides: bool) -> None:
    """Give a draft its order. `decides`: it decides which tracks are in, as with a limit; else a lost key is a note."""
    keys = []
    for word, ours, is_down in wanted:
        if ours is None or ours not in SORTABLE:
            lost = Lost(f"order by {word}", why_not(word))
            if decides:
                draft.lost.append(lost)
            else:
                draft.notes.append(f"{lost}.")
        else:
            keys.append(key(ours, is_down=is_down))
    if keys == [RANDOM]:
        draft.options["shuffle"] = "run"
    elif keys:
        draft.options["sort"] = keys[0] if len(keys) == 1 else keys


def set_count(draft: Draft, count: int) -> None:
    """Limit a draft to a number of tracks, or to as many as a playlist takes."""
    draft.options["limit"] = min(count, MOST_TRACKS)
    if count > MOST_TRACKS:
        draft.notes.append(f"A playlist of Spotify takes {MOST_TRACKS:,} tracks, not {count:,}.")


def key(field: str, *, is_down: bool) -> object:
    """`year desc`, `title`, `random`. What never was comes first where times go up: so do all of these tools."""
    if is_down and field != RANDOM:
        return f"{field} desc"
    if field in FIELDS and FIELDS[field].kind in (Kind.DAY, Kind.MOMENT):
        return {"by": field, "dir": "asc", "nulls": "first"}
    return field
