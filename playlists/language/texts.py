# ruff: noqa: RUF001 - letters of many scripts that look alike are what this is about
"""Texts of definitions: folded for comparisons, bounded in length, and links of Spotify.

Folding removes case and accents, so that `Björk` and `BJORK` compare as equal. `fold_text` of db/migrations/0008_create_fold_text.sql is the same function in SQL; a test compares the two. The tables
are written out, so that the result does not depend on the version of Python or PostgreSQL, or on a locale.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec
from urllib.parse import unquote

# Accents of Latin, Greek, Cyrillic, Hebrew and Arabic. Marks that make another letter (Indic vowels, the dots of が)
# do not count as accents.
_ACCENTS = re.compile(
    r"[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2"
    r"\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_FROM = (
    "ÆÐÞŊŒƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƢƤƦƧƩƬƮƱƲƳƵƷƸƼǤǶǷȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩϏϘϚϜϞϠϢϤϦ"
    "ϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇ"
    "ӉӋӍӔӘӠӨӶӺӼӾԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖẞỺỼỾØøŁłĐđĦħŦŧıς‘’“”‐–—−"
)
_TO = (
    "æðþŋœɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵƣƥʀƨʃƭʈʊʋƴƶʒƹƽǥƕƿȝƞȣȥⱥȼƚⱦɂƀʉʌɇɉɋɍɏͱͳͷϳαβγδεζηθικλμνξοπρστυφχψωϗϙϛϝϟϡϣϥϧ"
    "ϩϫϭϯϸϻͻͼͽђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈ"
    "ӊӌӎӕәӡөӷӻӽӿաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆßỻỽỿoollddhhttiσ''\"\"----"
)
_TABLE = str.maketrans(_FROM + "ABCDEFGHIJKLMNOPQRSTUVWXYZ", _TO + "abcdefghijklmnopqrstuvwxyz")


def fold(text: str) -> str:
    """The text in lower case, without accents, with plain quotes and dashes. A text of accents alone becomes empty."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).translate(_TABLE)


LONGEST = 100
P = ParamSpec("P")


def of_short_texts(read: Callable[P, str]) -> Callable[P, str]:
    """Make a function that finds what was meant; of a longer text, it finds nothing."""

    @wraps(read)
    def read_short(*args: P.args, **kwargs: P.kwargs) -> str:
        return (
            "" if any(isinstance(one, str) and len(one) > LONGEST for one in args) else read(*args, **kwargs)
        )

    return read_short


# Links and URIs of Spotify, as the app copies them

LONGEST_LINK = 300
_LINK = re.compile(
    r"(?:https?://)?(?:open|play)\.spotify\.com/(?:intl-[a-z-]+/)?(?:embed/)?(?:user/[^/]+/)?(?P<kind>[a-z]+)/(?P<id>[0-9A-Za-z]{22})"
    r"(?:[/?#].*)?"
)
_URI = re.compile(r"spotify:(?:user:[^:]+:)?(?P<kind>[a-z]+):(?P<id>[0-9A-Za-z]{22})(?:[?#].*)?")


_USER = re.compile(
    r"(?:(?:https?://)?(?:open|play)\.spotify\.com/(?:intl-[a-z-]+/)?user/|spotify:user:)(?P<id>[^/:?#]+)/?(?:[?#].*)?"
)


def user_of(text: str) -> str:
    """The id of the account that a link or a URI leads to; any other text as it is."""
    match = _USER.fullmatch(text.strip()) if len(text) <= LONGEST_LINK else None
    return unquote(match["id"]) if match else text


@dataclass(frozen=True)
class SpotifyLink:
    """What a link leads to. `kind`: track, album, artist, playlist, …, as Spotify calls it."""

    kind: str
    spotify_id: str

    @property
    def uri(self) -> str:
        """`spotify:playlist:…`."""
        return f"spotify:{self.kind}:{self.spotify_id}"

    def __str__(self) -> str:
        return f"the link of {'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"


def link_in(text: str) -> SpotifyLink | None:
    """The link that a text is, or the URI; None: it is neither."""
    if len(text) > LONGEST_LINK:
        return None
    match = _LINK.fullmatch(text.strip()) or _URI.fullmatch(text.strip())
    return SpotifyLink(match["kind"], match["id"]) if match else None
