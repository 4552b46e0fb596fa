"""What stands beside the rules of jellyfin-smartlists: order, amount, and the times at which a list is made."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from playlists.importing.draft import Draft, Lost, Member
from playlists.importing.order import set_count, set_order

_ORDER_FIELDS = {
    **{
        "Name": "title",
        "Name (Ignore Articles)": "title",
        "ProductionYear": "year",
        "ReleaseDate": "release_date",
    },
    **{"DateCreated": "added_at", "PlayCount (owner)": "play_count", "LastPlayed (owner)": "last_played"},
    **{"Runtime": "duration", "AlbumName": "album", "Artist": "main_artist", "Random": "random"},
}
_GROUPINGS = {
    **{
        "Artists": "artist",
        "Artist": "artist",
        "AlbumArtists": "artist",
        "Album": "album",
        "AlbumName": "album",
    },
    **{"Genres": "genre", "Genre": "genre"},
}
BLOCK_ORDER, _ROUND_ROBIN = "Rule Block Order", ("Round Robin", "Random Round Robin", "Shuffled Round Robin")
DAYS_OF_WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def sort_keys(document: Mapping[str, object]) -> list[tuple[str, str, bool]]:
    """(what is sorted by, its grouping, whether it is descending) of each key; of the older form with one name, too."""
    order = document.get("Order")
    options = order.get("SortOptions") if isinstance(order, Mapping) else None
    if isinstance(options, list):
        keys = [one for one in options if isinstance(one, Mapping)]
        return [
            (str(one.get("SortBy")), str(one.get("GroupByField") or ""), one.get("SortOrder") in ("Descending", 1)) for one in keys
        ]  # fmt: skip
    name = str(order.get("Name") or "") if isinstance(order, Mapping) else ""
    word = re.sub(r" (?:As|Des)cending$", "", name)
    return [(word, "", name.endswith(" Descending"))] if word and word != "NoOrder" else []


def read_order(keys: Sequence[tuple[str, str, bool]], draft: Draft, *, decides: bool) -> None:
    wanted: list[tuple[str, str | None, bool]] = []
    for word, grouping, is_down in keys:
        if word in _ROUND_ROBIN:
            _read_round_robin(word, grouping, draft)
            if word == "Round Robin":
                natural = ("main_artist", "album", "disc_number", "track_number")
                wanted += [(word, field, False) for field in natural]
        elif word == "TrackNumber":
            wanted += [(word, field, is_down) for field in ("album", "disc_number", "track_number")]
        elif word != BLOCK_ORDER:
            wanted.append((word, _ORDER_FIELDS.get(word), is_down))
    set_order(draft, wanted, decides=decides)


def _read_round_robin(word: str, grouping: str, draft: Draft) -> None:
    if grouping not in _GROUPINGS:
        draft.notes.append(f"{word} by {grouping}: it is by artist, album or genre here.")
        return
    draft.options["round_robin"] = _GROUPINGS[grouping]
    if word != "Round Robin":
        draft.options["shuffle"] = "run"


def read_amount(document: Mapping[str, object], draft: Draft) -> None:
    count, minutes = document.get("MaxItems"), document.get("MaxPlayTimeMinutes")
    if isinstance(count, int) and count > 0:
        set_count(draft, count)
    if isinstance(minutes, int) and minutes > 0 and "limit" in draft.options:
        draft.lost.append(
            Lost(f"MaxPlayTimeMinutes {minutes}", "a limit is a number or a time here, not both")
        )
    elif isinstance(minutes, int) and minutes > 0:
        draft.options["limit"] = {"minutes": minutes}
    group = document.get("RandomGroupSelection")
    if isinstance(group, Mapping) and group.get("Enabled"):
        by = _GROUPINGS.get(str(group.get("GroupBy")))
        if by is None:
            draft.lost.append(
                Lost(
                    f"one random group of {group.get('GroupBy')}", "groups are by artist, album or genre here"
                )
            )
        else:
            least = group.get("MinimumItems")
            is_given = isinstance(least, int) and least > 1
            draft.options["random_group"] = {"by": by, **({"min_tracks": least} if is_given else {})}


def set_blocks(
    draft: Draft, filters: Sequence[Member], amounts: Sequence[object], *, is_in_blocks: bool
) -> None:
    """Groups with a limit of their own, or one after another, are blocks; the order goes into each of them.

    `is_in_blocks`: they stay one after another; else the whole is in that order again.
    """
    order: dict[str, object] = {
        name: draft.options.pop(name) for name in ("sort", "shuffle", "round_robin") if name in draft.options
    }
    for match, amount in zip(filters, amounts, strict=True):
        limit: dict[str, object] = {"limit": amount} if isinstance(amount, int) and amount > 0 else {}
        draft.blocks.append({"match": match, **order, **limit})
    if not is_in_blocks:
        draft.options |= order


def read_schedules(document: Mapping[str, object], draft: Draft) -> None:
    schedules = document.get("Schedules")
    found = [one for one in schedules if isinstance(one, Mapping)] if isinstance(schedules, list) else []
    triggers = [str(one.get("Trigger")) for one in found]
    days = [one.get("DayOfWeek") for one in found if one.get("Trigger") == "Weekly"]
    if triggers and set(triggers) == {"Weekly"}:
        draft.options["weekdays"] = [DAYS_OF_WEEK[day % 7] for day in days if isinstance(day, int)]
    elif triggers in (["Daily"], ["Monthly"]):
        draft.options["refresh"] = triggers[0].lower()
    elif triggers:
        draft.notes.append(f"Schedules {', '.join(triggers)}: lists are made anew with the daily update.")
    _read_seasons(document.get("VisibilitySchedules"), draft)


def _read_seasons(schedules: object, draft: Draft) -> None:
    """From a day of the year on it is shown, from another on it is hidden: where that is at midnight, after the day before."""
    days: dict[str, str] = {}
    found = schedules if isinstance(schedules, list) else []
    for one in (one for one in found if isinstance(one, Mapping)):
        month, day = one.get("Month"), one.get("DayOfMonth")
        if one.get("Trigger") == "Yearly" and isinstance(month, int) and isinstance(day, int):
            is_over = one.get("Action") == "Disable" and str(one.get("Time") or "00:00").startswith("00:00")
            days[str(one.get("Action"))] = _day_of_year(month, day, is_day_before=is_over)
    if set(days) == {"Enable", "Disable"} and all(days.values()):
        draft.options["active"] = [{"from": days["Enable"], "to": days["Disable"]}]
        draft.options["out_of_season"] = "hide"
    elif schedules:
        draft.notes.append("VisibilitySchedules: active gives a list a time of the year, and no other.")


def _day_of_year(month: int, day: int, *, is_day_before: bool) -> str:
    """`12-01`; empty where there is no such day."""
    try:
        one = date(2024, month, day) - timedelta(days=is_day_before)  # a leap year
    except ValueError:
        return ""
    return f"{one.month:02}-{one.day:02}"
