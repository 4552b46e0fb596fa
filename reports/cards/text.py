"""Text of any script and direction: measured, cut with an ellipsis, wrapped and drawn.

Pillow draws with one font at a time. So a text is cut into runs of one font and one direction, which stand after each other as
Unicode's bidirectional algorithm has it for two levels: that of the text, and that of what goes the other way in it. Within a run
libraqm joins and orders the letters.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from PIL import Image, ImageDraw

from reports.cards.faces import (
    EMOJI,
    JOINED,
    LATIN,
    Face,
    cjk_of,
    face_of,
    font,
    has,
    is_shaped,
    missing,
    script_of,
    unjoined,
)

ELLIPSIS = "…"
LONGEST = 300  # letters: of more, no card shows more
SHRINK = 0.65  # of its size is the smallest that a text becomes so that it fits
MOST_MARKS = 3  # on one letter
_OPENING = " ([{«\u2013\u2014-,"  # what no line ends with
_JOINERS = "\u200c\u200d"
_PAIRS = {"(": ")", "[": "]", "{": "}", "\uff08": "\uff09", "\u300c": "\u300d", "\u3010": "\u3011"}
_BRACKETS = str.maketrans("()[]{}<>«»", ")(][}{><»«")


@dataclass(frozen=True)
class Style:
    """How a text is drawn: pixels, weight (400 to 700), colour."""

    size: int
    weight: int
    colour: str


@dataclass(frozen=True)
class Run:
    """A part of one font and direction, in the order in which it is read."""

    clusters: tuple[str, ...]
    face: Face
    is_rtl: bool


class Text:
    """One line of text in a style."""

    def __init__(self, text: str | Sequence[str], style: Style) -> None:
        """`text`: or its letters, as `clusters_of` has them."""
        self.style = style
        self.clusters = clusters_of(text) if isinstance(text, str) else list(text)

    @cached_property
    def runs(self) -> Sequence[Run]:
        """From left to right."""
        return ordered(self.clusters)

    @cached_property
    def width(self) -> float:
        """In pixels."""
        return sum(_length(run, self.style) for run in self.runs)

    def within(self, width: float) -> "Text":
        """The text, or as much of it as there is room for, and an ellipsis."""
        if self.width <= width:
            return self
        return self._cut(self._fitting(width, ELLIPSIS), ELLIPSIS)

    def _fitting(self, width: float, ending: str) -> int:
        """How many letters fit, with an ending; at least one."""
        low, high = 1, len(self.clusters)  # so many fit, so many do not
        while high - low > 1:
            middle = (low + high) // 2
            if self._cut(middle, ending).width <= width:
                low = middle
            else:
                high = middle
        return low

    def _cut(self, length: int, ending: str) -> "Text":
        kept = self.clusters[:length]
        while len(kept) > 1 and kept[-1] in _OPENING:
            kept.pop()
        return Text([*kept, *ending], self.style)

    def lines(self, width: float, most: int) -> list["Text"]:
        """Several lines, broken at spaces where there are some; the last of them with an ellipsis where it is not all."""
        if most == 1 or self.width <= width:
            return [self.within(width)]
        fitting = self._fitting(width, "")
        spaces = [at for at in range(1, fitting + 1) if self.clusters[at].isspace()]
        at = spaces[-1] if spaces else fitting
        rest = Text(self.clusters[at + bool(spaces) :], self.style)
        return [self._cut(at, ""), *rest.lines(width, most - 1)]

    def draw(self, picture: Image.Image, x: float, baseline: float, anchor: str = "left") -> None:
        """Draw it; `anchor`: which end of it stands at x, left, right or middle."""
        x -= {"left": 0.0, "right": self.width, "middle": self.width / 2}[anchor]
        draw = ImageDraw.Draw(picture)
        for run in self.runs:
            used = font(run.face, self.style.size, self.style.weight)
            draw.text(
                (x, baseline), _as_drawn(run), self.style.colour, used, "ls", direction=_direction_of(run)
            )
            x += _length(run, self.style)


def fitted(text: str, style: Style, width: float, most: int, least: float = SHRINK) -> list[Text]:
    """The lines of a text, smaller where it is long, and cut where `least` of its size is still too large."""
    smallest, clusters = round(least * style.size), clusters_of(text)
    while True:
        found = Text(clusters, style).lines(width, most)
        if style.size <= smallest or ELLIPSIS not in found[-1].clusters:
            return found
        style = Style(max(round(style.size * 0.9), smallest), style.weight, style.colour)


def _direction_of(run: Run) -> str | None:
    return ("rtl" if run.is_rtl else "ltr") if is_shaped() else None


def _as_drawn(run: Run) -> str:
    """Without libraqm at least in the right order, letter by letter."""
    if is_shaped() or not run.is_rtl:
        return "".join(run.clusters)
    turned = "".join(reversed(run.clusters)).translate(_BRACKETS)
    return re.sub(r"[0-9.,]+", lambda number: number[0][::-1], turned)


def _length(run: Run, style: Style) -> float:
    return font(run.face, style.size, style.weight).getlength(_as_drawn(run), direction=_direction_of(run))


def clusters_of(text: str) -> list[str]:
    """Letters, each with its marks; spaces are one, and what controls a text is left out. Of what no font has, its script's name."""
    cleaned = "".join(
        " " if each.isspace() else each
        for each in unicodedata.normalize("NFC", text[: 8 * LONGEST])
        if each.isspace() or each in _JOINERS or unicodedata.category(each) not in ("Cc", "Cf", "Cs")
    )
    found: list[str] = []
    for each in re.sub(" +", " ", cleaned).strip():
        if found and _belongs(found[-1], each):
            marks = sum(unicodedata.category(mark) in ("Mn", "Me") for mark in found[-1])
            if unicodedata.category(each) not in ("Mn", "Me") or marks < MOST_MARKS:
                found[-1] += each
        elif each not in _JOINERS:
            found.append(each)
    return list(_with_names(found[:LONGEST]))


def _belongs(cluster: str, each: str) -> bool:
    if (
        unicodedata.category(each) in ("Mn", "Me", "Mc")
        or each in _JOINERS
        or "\U0001f3fb" <= each <= "\U0001f3ff"
    ):
        return True
    is_flag = all("\U0001f1e6" <= one <= "\U0001f1ff" for one in (cluster, each))
    return cluster.endswith("\u200d") or (is_flag and len(cluster) == 1)


def _with_names(clusters: Sequence[str]) -> Iterator[str]:
    """With `[Tibetan]` in place of what no font at hand has, which is noted in `missing`."""
    cjk = cjk_of("".join(clusters))
    for name, group in groupby(
        clusters, lambda each: "" if each == " " or face_of(each, cjk) else script_of(each[0])
    ):
        if name:
            missing.add(name)
            yield from f"[{name}]"
        else:
            yield from group


def ordered(clusters: Sequence[str]) -> list[Run]:
    """The runs of a text, from left to right."""
    directions = [_direction(each[0]) for each in clusters]
    base = next((each for each in directions if each in ("L", "R")), "L")
    levels = _resolved(clusters, directions, base)
    cjk = cjk_of("".join(clusters))
    found: list[list[Run]] = []
    for level, group in groupby(zip(levels, clusters, strict=True), lambda each: each[0]):
        runs = _by_face([cluster for _, cluster in group], cjk, is_rtl=level == "R")
        found.append(runs[::-1] if level == "R" else runs)
    return [run for runs in (found[::-1] if base == "R" else found) for run in runs]


def _direction(character: str) -> str:
    """L, R, a number (N), or empty where it goes with what is around it."""
    kind = unicodedata.bidirectional(character)
    return {"L": "L", "R": "R", "AL": "R", "EN": "N", "AN": "N"}.get(kind, "")


def _resolved(clusters: Sequence[str], directions: Sequence[str], base: str) -> list[str]:
    """Numbers go with the letters before them; what has no direction, between two of the same, with these, else with the text."""
    before, strong = base, []
    for each in directions:
        before = each if each in ("L", "R") else before
        strong.append(before if each else "")
    for opening, closing in _pairs(clusters):
        inside = set(strong[opening + 1 : closing]) - {""}
        if inside:  # both brackets go with the text where something of its direction is inside, else with what is before
            ahead = next((one for one in strong[:opening][::-1] if one), base)
            strong[opening] = strong[closing] = base if base in inside else ahead
    found = []
    for at, each in enumerate(strong):
        if each:
            found.append(each)
            continue
        behind = next((one for one in strong[at:] if one), base)
        ahead = next((one for one in strong[at::-1] if one), base)
        found.append(ahead if ahead == behind else base)
    return found


def _pairs(clusters: Sequence[str]) -> list[tuple[int, int]]:
    """Where each bracket opens and closes that does both, in the order of the first."""
    is_open: list[int] = []
    found = []
    for at, each in enumerate(clusters):
        if each in _PAIRS:
            is_open.append(at)
        elif matching := [one for one in is_open if _PAIRS[clusters[one]] == each]:
            found.append((matching[-1], at))
            del is_open[is_open.index(matching[-1]) :]
    return sorted(found)


def _by_face(clusters: Sequence[str], cjk: Face, *, is_rtl: bool) -> list[Run]:
    """What many fonts have, such as spaces and digits, stays with the font before it; a mark that a font lacks is left out."""
    runs: list[Run] = []
    for each in clusters:
        face = face_of(each, cjk) or LATIN
        is_common = not each[0].isalpha() and "\ufe0f" not in each and each != ELLIPSIS
        if runs and is_common and runs[-1].face != EMOJI and has(runs[-1].face, each[0]):
            face = runs[-1].face
        kept = each[0] + "".join(one for one in each[1:] if one in _JOINERS or has(face, one))
        if runs and runs[-1].face == face:
            runs[-1] = Run((*runs[-1].clusters, kept), face, is_rtl)
        else:
            runs.append(Run((kept,), face, is_rtl))
        if face in JOINED and each[0].isalpha() and not is_shaped():
            unjoined.add(script_of(each[0]))
    return runs


def said_of_missing() -> list[str]:
    """What could not be drawn as it is, for a person."""
    found = [f"no font at hand has {name}: it is drawn as [{name}]" for name in sorted(missing)]
    if unjoined:
        found.append(
            f"the letters of {' and '.join(sorted(unjoined))} are not joined, for this machine lacks libfribidi: "
            "apt install libfribidi0, or brew install fribidi"
        )
    return found
