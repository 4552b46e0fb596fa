"""Smart playlists of iTunes and Music, from an exported library or playlist (a property list, XML)."""

from collections.abc import Mapping

from playlists.importing.conditions import NO_FIELD, NO_FILE, NO_RATING, NOT_GIVEN, condition, negated
from playlists.importing.draft import Draft, Lost, Member, Unreadable, together, without_placeholders
from playlists.importing.itunes_criteria import Info, Rule, Rules, day_of, read_criteria, read_info
from playlists.importing.order import set_count, set_order
from playlists.language.definition import fitting_slug

TOOL = "iTunes"
# Their number of a field → what iTunes calls it, and our field, or why there is none.
_FIELDS = {
    0x02: ("Name", "title"),
    0x03: ("Album", "album"),
    0x04: ("Artist", "artist"),
    0x07: ("Year", "year"),
    0x08: ("Genre", "genres"),
    0x0B: ("Track Number", "track_number"),
    0x0D: ("Time", "duration"),
    0x10: ("Date Added", "added_at"),
    0x16: ("Plays", "play_count"),
    0x17: ("Last Played", "last_played"),
    0x18: ("Disc Number", "disc_number"),
    0x1F: ("Compilation", "album_type"),
    0x28: ("Playlist", "playlist"),
    0x44: ("Skips", "skip_count"),
    0x45: ("Last Skipped", "last_skipped"),
    0x47: ("Album Artist", "album_artist"),
    0x9A: ("Love", "liked"),
}
_LOST = {
    NO_RATING: {0x19: "Rating", 0x5A: "Album Rating"},
    NO_FILE: {
        **{
            0x05: "Bit Rate",
            0x06: "Sample Rate",
            0x09: "Kind",
            0x0A: "Date Modified",
            0x0C: "Size",
            0x1D: "Checked",
        },
        **{0x25: "Artwork", 0x29: "Purchased", 0x85: "Location", 0x86: "iCloud Status"},
    },
    NOT_GIVEN: {
        0x0E: "Comments",
        0x12: "Composer",
        0x23: "BPM",
        0x27: "Grouping",
        0x36: "Description",
        0x37: "Category",
    },
}
_LOST_BY_FIELD = {number: (name, why) for why, names in _LOST.items() for number, name in names.items()}
_MEDIA_KIND, _MUSIC = 0x3C, 0x1
_UNITS = {3600: "h", 86_400: "d", 604_800: "w", 2_628_000: "m", 31_536_000: "y"}
# Their number of what the tracks of a limit are chosen by → words, our field, whether the most of it comes first.
_CHOSEN_BY: dict[int, tuple[str, str | None, bool]] = {
    0x02: ("random", "random", False),
    0x05: ("name", "title", False),
    0x06: ("album", "album", False),
    0x07: ("artist", "main_artist", False),
    0x09: ("genre", None, False),
    0x01: ("rating", None, False),
    0x1C: ("rating", None, True),
    0x15: ("most recently added", "added_at", True),
    0x19: ("most often played", "play_count", True),
    0x1A: ("most recently played", "last_played", True),
}
_NATURAL_ORDER = ("main_artist", "album", "disc_number", "track_number")
# A rule that holds for all music, or for none of it.
_ALWAYS, _NEVER = "always", "never"
_Translated = Member | str


def read(document: Mapping[str, object], stem: str) -> list[Draft]:  # noqa: ARG001 - a list has a name of its own
    """The smart playlists of a library. Raises Unreadable where there are none."""
    found = document.get("Playlists")
    playlists = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    names = {str(one.get("Playlist Persistent ID")): _name_here(one) for one in playlists}
    smart = [one for one in playlists if "Smart Criteria" in one and "Distinguished Kind" not in one]
    if not smart:
        raise Unreadable("there is no smart playlist in it")
    return [_list(one, names) for one in smart]


def _name_here(playlist: Mapping[str, object]) -> str:
    """What a condition calls a playlist: a smart one by the slug of its definition."""
    name = str(playlist.get("Name"))
    return fitting_slug(name) or name if "Smart Criteria" in playlist else name


def _list(playlist: Mapping[str, object], names: Mapping[str, str]) -> Draft:
    data = [playlist.get(key) for key in ("Smart Info", "Smart Criteria")]
    if not isinstance(data[0], bytes) or not isinstance(data[1], bytes):
        raise Unreadable(f"the rules of {playlist.get('Name')!r} are missing")
    info = read_info(data[0])
    match = _group(read_criteria(data[1]), names) if info.has_rules else _ALWAYS
    draft = Draft(without_placeholders(playlist.get("Name") or "Smart playlist"), TOOL)
    if match == _NEVER:
        draft.match = Lost("Media Kind", "there is only music here")
    else:
        draft.match = "everything" if isinstance(match, str) else match
    _read_limit(info, draft)
    if info.only_checked:
        draft.lost.append(Lost("match only checked items", NO_FILE))
    if not info.is_live:
        draft.notes.append("Live updating was off; this list is kept up to date.")
    return draft


def _group(rules: Rules, names: Mapping[str, str]) -> _Translated:
    """The rules as a group. What holds for all music needs no condition."""
    members = [_group(one, names) if isinstance(one, Rules) else _rule(one, names) for one in rules.members]
    decides, needless = (_ALWAYS, _NEVER) if rules.is_any else (_NEVER, _ALWAYS)
    if decides in members:
        return decides
    kept = [one for one in members if one != needless and not isinstance(one, str)]
    return together("any" if rules.is_any else "all", kept) if kept else needless


def _rule(rule: Rule, names: Mapping[str, str]) -> _Translated:
    first, last = rule.numbers
    if rule.field == _MEDIA_KIND:
        return _ALWAYS if bool(first & _MUSIC) is not rule.is_negated else _NEVER
    if rule.field not in _FIELDS:
        name, why = _LOST_BY_FIELD.get(rule.field, (f"field {rule.field:#x}", NO_FIELD))
        return Lost(_said(name, rule), why)
    name, ours = _FIELDS[rule.field]
    what = _said(name, rule)
    if ours == "playlist":
        return _in_playlist(what, rule, names.get(f"{first:016X}"))
    if ours in ("liked", "album_type"):
        is_wanted = (first == (2 if ours == "liked" else 1)) is not rule.is_negated
        if ours == "liked":
            why = "a track is liked here, or not"
            return (
                Lost(what, why)
                if first not in (0, 2)
                else condition(what, ours, "is", is_wanted is not (first == 0))
            )
        return condition(what, ours, "is" if is_wanted else "is_not", "compilation")
    if ours in ("added_at", "last_played", "last_skipped"):
        return _time(what, ours, rule)
    if rule.text:
        return _text(what, ours, rule)
    return _number(what, ours, rule, first, last)


def _said(name: str, rule: Rule) -> str:
    value = rule.text or (rule.numbers[0] if rule.numbers[0] == rule.numbers[1] else list(rule.numbers))
    return f"{name} {'not ' if rule.is_negated else ''}{rule.meaning.replace('_', ' ')} {value}"


def _in_playlist(what: str, rule: Rule, name: str | None) -> Member:
    if name is None:
        return Lost(what, "the playlist is not in the file, so that nobody knows its name")
    return condition(what, "playlist", "not_in" if rule.is_negated else "in", name)


def _text(what: str, ours: str, rule: Rule) -> Member:
    if rule.is_negated and rule.meaning in ("is", "contains"):
        return condition(what, ours, {"is": "is_not", "contains": "not_contains"}[rule.meaning], rule.text)
    member = condition(what, ours, rule.meaning, rule.text)
    return negated(what, member) if rule.is_negated else member


def _number(what: str, ours: str, rule: Rule, first: int, last: int) -> Member:
    meaning: str = rule.meaning
    if meaning == "between" and first == last:
        meaning = "is"
    if ours == "year" and meaning == "is" and first == 0:
        return condition(what, ours, "present" if rule.is_negated else "missing")
    values: list[float] = [one / 1000 if ours == "duration" else one for one in (first, last)]
    whole = [int(one) if one == int(one) else one for one in values]
    if meaning == "between":
        return condition(what, ours, "not_between" if rule.is_negated else "between", whole)
    if rule.is_negated and meaning != "is":
        return negated(what, condition(what, ours, meaning, whole[0]))
    return condition(what, ours, "is_not" if rule.is_negated else meaning, whole[0])


def _time(what: str, ours: str, rule: Rule) -> Member:
    first, last = rule.numbers
    if rule.meaning == "in_last":
        unit = _UNITS.get(last)
        if unit is None:
            return Lost(what, "the unit of the time is unknown")
        return condition(what, ours, "not_in_last" if rule.is_negated else "in_last", f"{first}{unit}")
    try:
        days = [day_of(first), day_of(last)]
    except OverflowError:
        return Lost(what, "there is no such day")
    if rule.meaning in ("between", "is"):
        meaning, value = ("is", days[0]) if days[0] == days[1] else ("between", days)
    else:
        meaning, value = rule.meaning, days[0]
    member = condition(what, ours, meaning, value)
    return negated(what, member) if rule.is_negated else member


def _read_limit(info: Info, draft: Draft) -> None:
    if info.limit is None:
        draft.options["sort"] = list(_NATURAL_ORDER)
        return
    words, ours, is_most = _CHOSEN_BY.get(info.order, (f"order {info.order:#x}", None, False))
    is_turned = info.is_least and ours != "random"
    words = words.replace("most", "least") if is_turned else words
    _set_limit(info, draft)
    set_order(draft, [(words, ours, is_most is not is_turned)], decides=True)
    if "shuffle" in draft.options:
        draft.options["shuffle"] = "day"


def _set_limit(info: Info, draft: Draft) -> None:
    if info.unit == "items":
        set_count(draft, info.limit or 1)
    elif info.unit in ("minutes", "hours"):
        draft.options["limit"] = {info.unit: info.limit}
    else:
        draft.lost.append(Lost(f"limit to {info.limit} {info.unit}", NO_FILE))
