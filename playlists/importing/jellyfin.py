"""Lists of the SmartLists plugin of Jellyfin: `config.json`."""

import re
from collections.abc import Mapping

from playlists.importing.conditions import condition, negated, why_not
from playlists.importing.draft import Draft, Lost, Member, Unreadable, together, without_placeholders
from playlists.importing.jellyfin_order import (
    BLOCK_ORDER,
    DAYS_OF_WEEK,
    read_amount,
    read_order,
    read_schedules,
    set_blocks,
    sort_keys,
)

TOOL = "jellyfin-smartlists"
_FIELDS = {
    **{"Name": "title", "ProductionYear": "year", "ReleaseDate": "release_date", "IsFavorite": "liked"},
    **{
        "PlayCount": "play_count",
        "LastPlayedDate": "last_played",
        "DateCreated": "added_at",
        "Genres": "genres",
    },
    **{"Album": "album", "Artists": "artist", "AlbumArtists": "album_artist", "Playlists": "playlist"},
    **{"RuntimeMinutes": "duration", "PlaybackStatus": "play_count"},
}
_MEANINGS = {
    **{
        "Equal": "is",
        "NotEqual": "is_not",
        "Contains": "contains",
        "NotContains": "not_contains",
        "IsIn": "in",
    },
    **{"IsNotIn": "not_in", "MatchRegex": "matches", "GreaterThan": "gt", "LessThan": "lt", "After": "after"},
    **{"GreaterThanOrEqual": "gte", "LessThanOrEqual": "lte", "Before": "before", "NewerThan": "in_last"},
    **{"OlderThan": "not_in_last", "Weekday": "weekday"},
}
_LISTS = ("artist", "album_artist", "genres")
_UNITS = {"hour": "h", "day": "d", "week": "w", "month": "m", "year": "y"}


def read(document: Mapping[str, object], stem: str) -> list[Draft]:
    """The list of a configuration. Raises Unreadable where it is no list of music."""
    sets, types = document.get("ExpressionSets"), document.get("MediaTypes")
    if not isinstance(sets, list):
        raise Unreadable("it has no ExpressionSets")
    if isinstance(types, list) and types and "Audio" not in types:
        raise Unreadable(f"it is a list of {', '.join(map(str, types))}, not of music (Audio)")
    draft = Draft(without_placeholders(document.get("Name") or stem), TOOL)
    draft.description = without_placeholders(document.get("Overview"))
    filters = [_filter(one) for one in sets if isinstance(one, Mapping)]
    read_amount(document, draft)
    keys = sort_keys(document)
    amounts = [one.get("MaxItems") for one in sets if isinstance(one, Mapping)]
    read_order(keys, draft, decides="limit" in draft.options or any(amounts))
    is_in_blocks = any(word == BLOCK_ORDER for word, _, _ in keys)
    if any(amounts) or is_in_blocks:
        set_blocks(draft, filters, amounts, is_in_blocks=is_in_blocks)
    else:
        draft.match = together("any", filters) if filters else "everything"
    read_schedules(document, draft)
    if document.get("Public") is True:
        draft.notes.append("It was public there; with public: yes it is on your profile here.")
    return [draft]


def _filter(rules: Mapping[str, object]) -> Member:
    expressions = rules.get("Expressions")
    if not isinstance(expressions, list) or not expressions:
        raise Unreadable("a group has no rules")
    return together("all", [_condition(one) for one in expressions if isinstance(one, Mapping)])


def _condition(rule: Mapping[str, object]) -> Member:
    field, operator, value = (str(rule.get(key) or "") for key in ("MemberName", "Operator", "TargetValue"))
    what = f"{field} {operator} {value}"
    ours, meaning = _FIELDS.get(field), _MEANINGS.get(operator)
    if ours is None or meaning is None:
        return Lost(what, why_not(field) if ours is None else "there is no such operator here")
    if field == "PlaybackStatus":
        return _played(what, value, is_wanted=meaning == "is")
    if ours == "liked":
        return condition(what, ours, "is", (value.casefold() == "true") is (meaning == "is"))
    if ours == "duration":
        return _minutes(what, meaning, value)
    if ours == "playlist" and meaning in ("contains", "not_contains", "matches"):
        return Lost(what, "a playlist has its whole name here")
    if meaning in ("in_last", "not_in_last"):
        return _ago(what, ours, meaning, value)
    return _text_or_number(what, ours, meaning, value)


def _text_or_number(what: str, ours: str, meaning: str, value: str) -> Member:
    """`is in` takes several values; each is a part of an entry of a list there. `equals` of a list is its only entry."""
    values = [one.strip() for one in value.split(";") if one.strip()]
    if meaning == "weekday" and value in tuple("0123456"):
        return condition(what, ours, meaning, DAYS_OF_WEEK[int(value)])
    if meaning in ("in", "not_in") and ours in _LISTS:
        return condition(what, ours, "in" if meaning == "in" else "not_in", values)
    if ours in _LISTS and meaning in ("is", "is_not"):
        only = condition(what, ours, "all_are", [value])
        return only if meaning == "is" else negated(what, only)
    return condition(what, ours, meaning, values if meaning in ("in", "not_in") else value)


def _played(what: str, value: str, *, is_wanted: bool) -> Member:
    if value not in ("Played", "Unplayed"):
        return Lost(what, "a track is played here, or not")
    is_played = (value == "Played") is is_wanted
    return condition(what, "play_count", "gte" if is_played else "is", 1 if is_played else 0)


def _minutes(what: str, meaning: str, value: str) -> Member:
    try:
        return condition(what, "duration", meaning, float(value) * 60)
    except ValueError:
        return Lost(what, "it is no number of minutes")


def _ago(what: str, ours: str, meaning: str, value: str) -> Member:
    """`3:months`: newer than that, or older, which what never was is not."""
    found = re.fullmatch(r"([1-9][0-9]*):(hour|day|week|month|year)s?", value.casefold())
    if not found:
        return Lost(what, "the length of time is unknown")
    member = condition(what, ours, meaning, f"{found[1]}{_UNITS[found[2]]}")
    if meaning == "not_in_last" and not isinstance(member, Lost):
        return {ours: {"not_in_last": f"{found[1]}{_UNITS[found[2]]}", "is_not_null": True}}
    return member
