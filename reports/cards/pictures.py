"""Covers on cards: the stored picture, or the initial of a name on one of the heat colours, as on the site's pages."""

from pathlib import Path

from PIL import Image, ImageDraw

from reports.cards.faces import CHINESE, face_of
from reports.cards.text import Style, Text
from reports.cards.theme import Theme
from reports.dashboard.words import initial, tint

ROUNDED = 0.04  # of the side: corners of an album
_FINER = 4  # times as fine as the picture is what its edge is cut with
_HIGH_FROM = 4  # from this heat colour on the other ink is read better, in both themes


def put_cover(
    card: Image.Image,
    theme: Theme,
    place: tuple[int, int, int],
    path: Path | None,
    name: str,
    *,
    is_round: bool,
) -> None:
    """Draw it at `place`: left, top, side. Artists are round, so that the form tells the kind."""
    left, top, side = place
    picture = _stored(path, side) if path else None
    card.paste(picture or _initial(name, side, theme), (left, top), _mask(side, is_round=is_round))


def _stored(path: Path, side: int) -> Image.Image | None:
    try:
        with Image.open(path) as stored:
            found = stored.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None  # a cover that cannot be read is none
    shorter = min(found.size)
    left, top = (found.width - shorter) // 2, (found.height - shorter) // 2
    return found.crop((left, top, left + shorter, top + shorter)).resize(
        (side, side), Image.Resampling.LANCZOS
    )


def _initial(name: str, side: int, theme: Theme) -> Image.Image:
    heat = tint(name)
    picture = Image.new("RGB", (side, side), theme.heat[heat - 1])
    colour = theme.on_low if heat < _HIGH_FROM else theme.on_high
    style = Style(round(side * 0.48), 600, colour)
    letter = initial(name)
    Text(letter if face_of(letter, CHINESE) else initial(None), style).draw(
        picture, side / 2, side * 0.665, "middle"
    )
    return picture


def _mask(side: int, *, is_round: bool) -> Image.Image:
    large = Image.new("L", (side * _FINER, side * _FINER), 0)
    box = (0, 0, side * _FINER - 1, side * _FINER - 1)
    draw = ImageDraw.Draw(large)
    if is_round:
        draw.ellipse(box, 255)
    else:
        draw.rounded_rectangle(box, round(side * _FINER * ROUNDED), 255)
    return large.resize((side, side), Image.Resampling.LANCZOS)
