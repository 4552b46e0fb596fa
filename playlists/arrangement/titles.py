"""Normalizes titles for comparison, and removes remaster notes and guests from them.

Words that tell one version from another are never removed: live, acoustic, remix, demo, edit, instrumental, mono.
"""

import re
import unicodedata

_YEAR = r"(?:19|20)\d\d"
_REMASTER = (
    rf"(?:{_YEAR} (?:- )?)?(?:digital(?:ly)? )?remaster(?:ed)?(?: version)?(?: (?:in )?{_YEAR})?(?: version)?"
)
_DASH = " [-\u2013\u2014] "
_GUESTS = r"(?:feat\.?|ft\.?|featuring) "
_NAMES = rf"(?P<guests>(?:(?!{_DASH})[^()\[\]])*)"
_IN_BRACKETS = re.compile(rf" ?[(\[](?:{_REMASTER}|{_GUESTS}{_NAMES})[)\]]")
_AT_THE_END = re.compile(rf"{_DASH}(?:{_REMASTER}|{_GUESTS}{_NAMES})$")
_UNMARKED_GUESTS = re.compile(rf"(?: [-\u2013\u2014])? (?:feat|ft)\. {_NAMES}$")
_VERSION = re.compile(
    r"\b(?:live|acoustic|remix|mix|demo|edit|version|instrumental|karaoke|cover|session|sessions|unplugged|rework"
    r"|dub|mono|a cappella|acapella)\b"
)
_SPACE = re.compile(r"\s+")


def normalized_title(title: str) -> str:
    """The title in Unicode NFKC and lower case, with runs of white space as one space, as `tracks.recording_title` has it."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", title).lower())


def clean_title(title: str) -> str:
    """The normalized title without remaster notes and guests: `Song (feat. X) - Remastered 2011` becomes `song`.

    Guests stay where a word beside them may name a version. A title that would become empty stays as it is.
    """
    whole = normalized_title(title).strip()
    cleaned = _IN_BRACKETS.sub(_unless_version, whole).rstrip()
    before = ""
    while cleaned != before:  # `- feat. X - Remastered` is removed from the right, part by part
        before = cleaned
        for pattern in (_AT_THE_END, _UNMARKED_GUESTS):
            cleaned = pattern.sub(_unless_version, cleaned).rstrip()
    return cleaned.strip() or whole


def _unless_version(match: re.Match[str]) -> str:
    guests = match["guests"]
    return match[0] if guests and _VERSION.search(guests) else ""
