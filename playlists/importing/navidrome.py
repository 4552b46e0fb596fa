"""Smart playlists of Navidrome: `.nsp` files, JSON with comments."""

import re
from collections.abc import Mapping

from playlists.importing.conditions import condition, negated, why_not
from playlists.importing.draft import Draft, Lost, Member, Unreadable, without_placeholders
from playlists.importing.order import set_count, set_order

TOOL = "Navidrome"
_FIELDS = {
    **{name: name for name in ("title", "album", "year", "duration", "isrc", "artist")},
    **{"artists": "artist", "albumartist": "album_artist", "albumartists": "album_artist", "genre": "genres"},
    **{
        "originalyear": "year",
        "releaseyear": "year",
        "tracknumber": "track_number",
        "discnumber": "disc_number",
    },
    **{"date": "release_date", "originaldate": "release_date", "releasedate": "release_date"},
    **{"dateadded": "added_at", "loved": "liked", "dateloved": "liked_at", "playcount": "play_count"},
    **{"lastplayed": "last_played", "albumloved": "album_saved", "albumdateloved": "album_saved_at"},
    **{"albumplaycount": "album_play_count", "albumlastplayed": "album_last_played"},
    **{"albumsongcount": "album_total_tracks", "artistloved": "artist_followed"},
    **{"artistplaycount": "artist_play_count", "artistlastplayed": "artist_last_played"},
    **{
        "recordlabel": "label",
        "releasetype": "album_type",
        "compilation": "album_type",
        "explicitstatus": "explicit",
    },
}
_ORDER_FIELDS = {**_FIELDS, "artist": "main_artist", "albumartist": "main_artist", "random": "random"}
# Their operators in small letters → what they mean; between the field and a value.
_MEANINGS = {
    **{name: name for name in ("is", "contains", "gt", "lt", "before", "after")},
    **{
        "isnot": "is_not",
        "notcontains": "not_contains",
        "startswith": "starts_with",
        "endswith": "ends_with",
    },
    **{"intherange": "between", "inthelast": "in_last", "notinthelast": "not_in_last"},
    **{"ismissing": "missing", "ispresent": "present"},
}
_LISTS = ("inplaylist", "notinplaylist")
_DAYS = {"24h": "daily", "1d": "daily", "7d": "weekly", "1w": "weekly", "168h": "weekly"}


def read(document: Mapping[str, object], stem: str) -> list[Draft]:
    """The list that a file holds. Raises Unreadable where it is none."""
    keys = {key.casefold(): value for key, value in document.items()}
    groups = [name for name in ("all", "any") if name in keys]
    if len(groups) != 1:
        raise Unreadable("it has to have one group, all or any")
    name = without_placeholders(keys.get("name")) or stem
    draft = Draft(name, TOOL, _group(groups[0], keys[groups[0]]), without_placeholders(keys.get("comment")))
    _read_order(keys, draft)
    _read_amount(keys, draft)
    _read_refresh(str(keys.get("refreshdelay") or ""), draft)
    return [draft]


def _group(kind: str, rules: object) -> Member:
    if not isinstance(rules, list) or not rules:
        raise Unreadable(f"{kind} has to be a list of rules")
    members = []
    for rule in rules:
        if not isinstance(rule, Mapping):
            raise Unreadable(f"{rule!r} is no rule")
        members += [_member(word, behind) for word, behind in rule.items()]
    return {kind: members}


def _member(word: str, behind: object) -> Member:
    operator = word.casefold()
    if operator in ("all", "any"):
        return _group(operator, behind)
    if operator not in _MEANINGS and operator not in _LISTS:
        raise Unreadable(f"{word!r} is no operator of Navidrome")
    if not isinstance(behind, Mapping) or len(behind) != 1:
        raise Unreadable(f"behind {word} has to stand one field with a value")
    ((field, value),) = behind.items()
    what = f"{field} {word} {value}"
    if operator in _LISTS:
        return Lost(
            f"{word} {value}", "the id is Navidrome's; write playlist with the name of the list in its place"
        )
    ours = _FIELDS.get(field.casefold())
    if ours is None:
        return Lost(what, why_not(field))
    return _condition(what, field.casefold(), ours, _MEANINGS[operator], value)


def _condition(what: str, field: str, ours: str, meaning: str, value: object) -> Member:
    if field == "explicitstatus":
        return _explicit(what, meaning, value)
    if field == "compilation":
        is_wanted = _yes_or_no(value) is (meaning == "is")
        return condition(what, ours, "is" if is_wanted else "is_not", "compilation")
    if field == "releasetype" and str(value) not in ("album", "single", "compilation"):
        return Lost(what, "Spotify knows albums, singles and compilations")
    if meaning in ("in_last", "not_in_last"):
        return condition(what, ours, meaning, f"{value}d")
    if ours in ("liked", "album_saved", "artist_followed"):
        if meaning not in ("is", "is_not") or _yes_or_no(value) is None:
            return Lost(what, "it is yes or no")
        return condition(what, ours, "is", _yes_or_no(value) is (meaning == "is"))
    if meaning in ("missing", "present"):
        value = _yes_or_no(value)
    return condition(what, ours, meaning, value)


def _explicit(what: str, meaning: str, value: object) -> Member:
    if value != "e" or meaning not in ("is", "is_not"):
        return Lost(
            what, "Spotify says only of a track whether it is explicit; clean versions are not told apart"
        )
    yes = condition(what, "explicit", "is", True)
    return yes if meaning == "is" else negated(what, yes)


def _yes_or_no(value: object) -> bool | None:
    """As Navidrome reads it: true, "true", "1", 1."""
    texts = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
    return texts.get(str(value).casefold().removesuffix(".0"))


# What stands beside the rules


def _read_order(keys: Mapping[str, object], draft: Draft) -> None:
    """Their order is by title where none is given; `order: desc` turns each key of it round."""
    is_turned = str(keys.get("order") or "").casefold() == "desc"
    parts = [part.strip() for part in str(keys.get("sort") or "title").split(",") if part.strip()]
    wanted = []
    for part in parts:
        name = part.lstrip("+-").strip()
        wanted.append((name, _ORDER_FIELDS.get(name.casefold()), part.startswith("-") is not is_turned))
    has_limit = bool(keys.get("limit") or keys.get("limitpercent"))
    set_order(draft, wanted, decides=has_limit)


def _read_amount(keys: Mapping[str, object], draft: Draft) -> None:
    count, percent, offset = (keys.get(name) for name in ("limit", "limitpercent", "offset"))
    if isinstance(count, int) and count > 0:
        set_count(draft, count)
    elif isinstance(percent, int) and percent > 0:
        draft.options["limit"] = {"percent": min(percent, 100)}
        draft.notes.append("A percentage is rounded up here, and down in Navidrome.")
    if isinstance(offset, int) and offset > 0 and "limit" in draft.options:
        draft.options["offset"] = offset


def _read_refresh(delay: str, draft: Draft) -> None:
    days = re.fullmatch(r"([1-9][0-9]*)d", delay)
    if delay in _DAYS:
        draft.options["refresh"] = _DAYS[delay]
    elif days:
        draft.options["refresh"] = {"every": delay}
    elif delay:
        draft.notes.append(f"refreshDelay {delay}: lists are made anew with the daily update.")


def without_comments(text: str) -> str:
    """JSON without the comments that Navidrome allows in it, // and /* */."""
    parts = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
    return parts.sub(lambda found: found[0] if found[0].startswith('"') else " ", text)
