"""Sizes and colours of cards. The colours are those of the site (`reports/assets/site.css`); a test compares them."""

from dataclasses import dataclass

MARGIN = 0.08  # of a side; no text is smaller than 28 pixels on a card that is 1,080 wide


@dataclass(frozen=True)
class Format:
    """A size in pixels. `bleed`: at the top and the bottom, where apps lay their own things over a story, a part of the height."""

    key: str
    width: int
    height: int
    bleed: float
    smallest: int  # the size of the smallest text

    @property
    def left(self) -> int:
        """Where the content begins; at the right it ends as far from the edge."""
        return round(MARGIN * self.width)

    @property
    def top(self) -> int:
        """Where the content begins; at the bottom it ends as far from the edge."""
        return round(self.bleed * self.height)


@dataclass(frozen=True)
class Theme:
    """Colours by their role."""

    key: str
    paper: str
    ink: str
    muted: str
    rule: str
    accent: str
    heat: tuple[str, str, str, str, str]
    on_low: str  # on the first two heat colours
    on_high: str


FORMATS = {
    "square": Format("square", 1080, 1080, MARGIN, 28),
    "story": Format("story", 1080, 1920, 0.14, 32),
    "wide": Format("wide", 1200, 630, MARGIN, 32),
}
THEMES = {
    "light": Theme(
        "light", "#fbfaf8", "#1c1a19", "#5f5a56", "#e3deda", "#b0225c",
        ("#f7d2e2", "#e99dbe", "#d76096", "#ac2263", "#680833"), "#1c1a19", "#ffffff",
    ),
    "dark": Theme(
        "dark", "#131214", "#f2efed", "#aaa4a0", "#333034", "#ff7fae",
        ("#491d2e", "#80264e", "#bf397a", "#ea74a8", "#fdc5dc"), "#ffffff", "#1c1a19",
    ),
}  # fmt: skip
