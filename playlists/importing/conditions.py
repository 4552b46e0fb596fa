"""Writes conditions of our language from what other tools mean by theirs: a field of ours, a meaning, and a value."""

import re
from collections.abc import Callable, Mapping

from playlists.importing.draft import Draft, Lost, Member, as_yaml
from playlists.language.definition import parse_definition
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.kinds import Kind
from playlists.language.times import format_duration

NO_RATING = "Spotify has no ratings; liked is what is nearest"
NO_FILE = "it is about files, and Spotify gives none"
NOT_GIVEN = "Spotify does not give it"
NO_FIELD = "there is no such field here"
_WHY = {
    NO_RATING: "rating stars userrating averagerating albumrating artistrating daterated albumdaterated artistdaterated "
    "communityrating criticrating customrating rated",
    NO_FILE: "path filepath filename folderpath filetype format kind codec audiocodec bitrate audiobitrate bitdepth "
    "audiobitdepth samplerate audiosamplerate channels audiochannels size albumsize datemodified albumdatemodified mtime "
    "missing library_id libraryname hascoverart has_cover_art hasartwork encoder checked icloudstatus location",
    NOT_GIVEN: "bpm mood moods composer composers lyricist lyrics language comment comments grouping grouping key initial_key "
    "energy danceability tempo valence loudness acousticness instrumentalness liveness speechiness time_signature mode "
    "conductor conductors arranger remixer remixers producer mixer tags studios discsubtitle country media asin "
    "primary_artist_popularity primary_artist_followers album_popularity",
}
_WHY_BY_WORD = {word: why for why, words in _WHY.items() for word in words.split()}
_SPECIAL = re.compile(r"([.\\^$*+?{}\[\]|()])")


def why_not(word: str) -> str:
    """Why a field of another tool has none here."""
    small = word.casefold().rpartition(".")[2]
    return _WHY_BY_WORD.get(small, _WHY_BY_WORD.get(re.sub(r"[\W_]+", "", small), NO_FIELD))


def condition(what: str, field: str, meaning: str, value: object = None) -> Member:
    """A condition on a field of ours, or what is lost where the language cannot say it. `what`: the other tool's words.

    Meanings: is, is_not, contains, not_contains, starts_with, ends_with, matches, in, gt, gte, lt, lte, between, in_last,
    not_in_last, since (that day or later), until, missing, present, and words of ours. A duration is in seconds.
    """
    kind = FIELDS[field].kind
    if isinstance(value, Mapping) or (value is None and meaning not in ("missing", "present")):
        return Lost(what, f"{field} is not compared with that")
    if kind is Kind.DURATION and value is not None:
        try:
            written = [_duration(one) for one in (value if isinstance(value, list) else [value])]
        except ValueError:
            return Lost(what, "a duration is whole seconds here")
        value = written if isinstance(value, list) else written[0]
    special = _SPECIAL_FORMS.get((_GROUPS.get(kind, ""), meaning))
    behind = special(value) if special else _plain(kind, meaning, value)
    return checked(what, {field: behind})


def _duration(seconds: object) -> str:
    """Seconds as `3:30`. Raises ValueError where they are not whole ones."""
    number = float(str(seconds))
    if number != int(number) or number < 0:
        raise ValueError
    return format_duration(int(number) * 1000)


def negated(what: str, member: Member) -> Member:
    """The opposite of a condition; it holds where nothing is known, too."""
    return member if isinstance(member, Lost) else checked(what, {"none": [member]})


def checked(what: str, member: Member) -> Member:
    """The member where our language reads it, or what is lost, with what the language says against it."""
    if isinstance(member, Lost):
        return member
    trial = Draft("x", "x", member, options={"from": "known"})
    try:
        parse_definition("x", as_yaml(trial), "x")
    except RuleError as error:
        return Lost(what, f"it cannot be said here ({error.problems[0].text})")
    return member


def escaped(text: str) -> str:
    """A text as a pattern that fits nothing else."""
    return _SPECIAL.sub(r"\\\1", text)


_GROUPS = {
    Kind.TEXT: "text",
    Kind.TEXTS: "texts",
    Kind.NUMBER: "number",
    Kind.DURATION: "number",
    Kind.DAY: "time",
    Kind.MOMENT: "time",
    Kind.PLAYLIST: "playlist",
}
_SHORT = {
    (Kind.TEXT, "is"),
    (Kind.NUMBER, "is"),
    (Kind.YES_NO, "is"),
    (Kind.TEXTS, "is"),
    (Kind.DURATION, "is"),
}
_OURS = {
    "text": {"missing": "is_empty", "present": "is_not_empty"},
    "texts": {
        "is_not": "none_is",
        "contains": "any_contains",
        "not_contains": "none_contains",
        "matches": "any_matches",
        "missing": "is_empty",
        "present": "is_not_empty",
    },
    "number": {"is_not": "ne", "missing": "is_null", "present": "is_not_null"},
    "time": {
        "is": "on",
        "is_not": "not_on",
        "gt": "after",
        "lt": "before",
        "missing": "is_null",
        "present": "is_not_null",
    },
    "playlist": {"is": "in", "is_not": "not_in"},
}
_SPECIAL_FORMS: dict[tuple[str, str], Callable[[object], object]] = {
    ("texts", "starts_with"): lambda value: {"any_matches": f"^{escaped(str(value))}"},
    ("texts", "ends_with"): lambda value: {"any_matches": f"{escaped(str(value))}$"},
    ("time", "since"): lambda value: {"between": [value, "today"]},
    ("time", "until"): lambda value: {"between": ["1000", value]},
    ("time", "gte"): lambda value: {"between": [value, "today"]},
    ("time", "lte"): lambda value: {"between": ["1000", value]},
}


def _plain(kind: Kind, meaning: str, value: object) -> object:
    if (kind, meaning) in _SHORT:
        return value
    if meaning in ("missing", "present"):
        value = True if value is None else value
    return {_OURS.get(_GROUPS.get(kind, ""), {}).get(meaning, meaning): value}
