"""A built site beside what it has to say, and how it says it."""

import re
from dataclasses import dataclass
from datetime import date

from tests.end_to_end.built_site import Element, Site
from tests.end_to_end.plain_figures import Plain
from tests.end_to_end.plain_plays import Span


@dataclass
class Shown:
    """A site, and what it has to say."""

    plain: Plain
    site: Site

    def item(self, kind: str, row: Element) -> str:
        """What a row is of."""
        return self.plain.recordings[row.ids[0]] if kind == "tracks" else row.ids[0]


def said_ms(text: str) -> tuple[int, int]:
    """The first time heard in a text, in milliseconds, and how much it may be rounded by."""
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    found = re.search(r"(?:([\d,]+) h)?(?: ?(\d+) min)?", text[re.search(r"[\d,]+ (h|min)", text).start() :])
    hours, minutes = int((found[1] or "0").replace(",", "")), int(found[2] or 0)
    return (60 * hours + minutes) * 60_000, 30 * 60_000 if hours >= 48 else 30_000


def assert_heard(text: str, ms: int) -> None:
    said, rounded = said_ms(text)
    assert abs(said - ms) <= rounded, (text, ms)


def days(element: Element) -> list[date]:
    return [date.fromisoformat(each) for each in element.days]


def spans_of(element: Element) -> list[Span]:
    """Its days, two by two."""
    return [*zip(*[iter(days(element))] * 2, strict=True)]


def length_of(runs: set[Span]) -> int:
    return max((last - first).days + 1 for first, last in runs)


def followed_by(element: Element, head: str, tag: str) -> list[tuple[Element, Element | None]]:
    """Each head with what follows of a tag, before the next head."""
    found: list[tuple[Element, Element | None]] = []
    for each in element.inside:
        if isinstance(each, Element) and each.tag == head:
            found.append((each, None))
        elif isinstance(each, Element) and each.tag == tag and found:
            found[-1] = found[-1][0], each
    return found


def share_text(part: float, whole: float) -> str:
    """Hundredths as a page says them: what is not nothing is at least `<1 %`, what is not all at most `99 %`."""
    percent = 100 * part / whole
    return "<1 %" if 0 < percent < 1 else "99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def about(said: float, value: float) -> bool:
    """Whether a number is said as exactly as it can be with its digits."""
    return abs(said - value) <= (0.0501 if said < 9.95 else 0.501)
