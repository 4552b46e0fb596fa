"""Which font has a character: Noto Sans, from packages, so that a card needs nothing of the machine."""

import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont, features

from utils.errors import SettingsError


class Face(NamedTuple):
    """A font file, and which font of it."""

    package: str
    file: str
    place: int = 0


_NOTO, _CJK = "manimgx_fonts", "manimgx_fonts_cjk"
PACKAGES = {_NOTO: "manimgx-fonts", _CJK: "manimgx-fonts-cjk"}
LATIN = Face(_NOTO, "NotoSans[wght].ttf")  # Cyrillic and Greek as well
_SCRIPTS = (
    *("Arabic", "Hebrew", "Devanagari", "Thai", "Armenian", "Bengali", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Kannada"),
    *("Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu"),
)  # fmt: skip
_APART = ("Hebrew", "Armenian", "Ethiopic", "Georgian")  # letters that nothing joins
JOINED = frozenset(Face(_NOTO, f"NotoSans{script}[wght].ttf") for script in _SCRIPTS if script not in _APART)
JAPANESE, KOREAN, CHINESE, TRADITIONAL = (Face(_CJK, "NotoSansCJK-VF.otf.ttc", each) for each in range(4))
EMOJI = Face(_NOTO, "NotoEmoji[wght].ttf")
FACES = (
    LATIN,
    *(Face(_NOTO, f"NotoSans{script}[wght].ttf") for script in _SCRIPTS),
    CHINESE,
    Face(_NOTO, "NotoSansSymbols[wght].ttf"),
    EMOJI,
)
_NOWHERE = "\U0010ffff"  # no font has it: what is drawn for it is drawn for whatever is missing
_PROBE = 40  # pixels
# What a person has to be told: scripts of which no font is at hand, and those whose letters stand apart.
missing: set[str] = set()
unjoined: set[str] = set()


@cache
def is_shaped() -> bool:
    """Whether this machine joins and orders letters: Pillow needs libfribidi for it, which is not in its package."""
    return bool(features.check("raqm"))


@cache
def font(face: Face, size: int, weight: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels; `weight` as near as it has it. Raises SettingsError."""
    layout = ImageFont.Layout.RAQM if is_shaped() else ImageFont.Layout.BASIC
    try:
        found = ImageFont.truetype(_folder(face.package) / face.file, size, face.place, layout_engine=layout)
    except OSError:
        raise SettingsError(
            f"{face.file} of the package {PACKAGES[face.package]} cannot be read.",
            "Install it anew: python -m pip install --force-reinstall -r requirements-share.txt",
        ) from None
    (axis,) = found.get_variation_axes()
    found.set_variation_by_axes([min(max(weight, axis["minimum"] or 0), axis["maximum"] or weight)])
    return found


@cache
def _folder(package: str) -> Path:
    found = find_spec(package)
    assert found is not None, "check_packages has looked"
    assert found.origin is not None
    return Path(found.origin).parent


@cache
def _probe(face: Face) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        _folder(face.package) / face.file, _PROBE, face.place, layout_engine=ImageFont.Layout.BASIC
    )


def _shape(face: Face, character: str) -> tuple[object, bytes]:
    probe = _probe(face)
    return probe.getbbox(character), bytes(probe.getmask(character))


@cache
def _shape_of_nothing(face: Face) -> tuple[object, bytes]:
    return _shape(face, _NOWHERE)


@cache
def has(face: Face, character: str) -> bool:
    """Whether a font has a character, and not only its sign for what is missing."""
    return _shape(face, character) != _shape_of_nothing(face)


@cache
def cjk_of(text: str) -> Face:
    """Han letters look different in Japanese, Korean and Chinese: the letters beside them say which it is."""
    names = {unicodedata.name(each, "").partition(" ")[0] for each in text}
    if names & {"HIRAGANA", "KATAKANA"}:
        return JAPANESE
    return KOREAN if "HANGUL" in names else TRADITIONAL if "BOPOMOFO" in names else CHINESE


@cache
def face_of(cluster: str, cjk: Face) -> Face | None:
    """The font for a letter with its marks; None where none at hand has it."""
    faces = tuple(cjk if each is CHINESE else each for each in FACES)
    if "\ufe0f" in cluster and len(cluster) > 1:
        faces = (EMOJI, *faces)
    return next((each for each in faces if has(each, cluster[0])), None)


def script_of(character: str) -> str:
    """What a script is called, by the name of a character: `Tibetan`."""
    return unicodedata.name(character, "unknown").partition(" ")[0].title()
