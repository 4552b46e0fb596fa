"""How a card looks: where its parts stand in each of the three formats."""

from typing import NamedTuple

from PIL import Image, ImageDraw

from reports.cards.content import Card, Ranked
from reports.cards.pictures import put_cover
from reports.cards.text import Style, Text, fitted
from reports.cards.theme import Format, Theme

SMALLEST_FIGURE = 0.5  # of its size, so that it is never cut
SUPPORTING = 0.36  # of the width of a wide card, for what stands beside its rows


class Box(NamedTuple):
    """A rectangle in pixels; the right and the bottom edge do not belong to it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top


class Drawing:
    """One card in one format and theme."""

    def __init__(self, card: Card, form: Format, theme: Theme) -> None:
        self.card, self.form, self.theme = card, form, theme
        self.picture = Image.new("RGB", (form.width, form.height), theme.paper)
        self.pen = ImageDraw.Draw(self.picture)

    def drawn(self) -> Image.Image:
        """The picture."""
        form = self.form
        inside = Box(form.left, form.top, form.width - form.left, form.height - form.top)
        bottom = self._footer(inside) - form.smallest
        room = Box(inside.left, inside.top, inside.right, bottom)
        if not self.card.figure:
            self._list(room)
        elif form.key == "wide":
            middle = room.left + round(SUPPORTING * room.width)
            self._beside(Box(room.left, room.top, middle, room.bottom))
            self._rows(Box(middle + form.left // 2, room.top, room.right, room.bottom), 0)
        else:
            top = self._head(room)
            self._rows(Box(room.left, top, room.right, room.bottom), form.smallest)
        return self.picture

    def _text(
        self, text: str, style: Style, place: tuple[float, float], width: float, anchor: str = "left"
    ) -> None:
        Text(text, style).within(width).draw(self.picture, *place, anchor)

    def _footer(self, inside: Box) -> int:
        """The range, and how far it is known, over a rule; its upper edge."""
        size = self.form.smallest
        style = Style(size, 400, self.theme.muted)
        left, right = (Text(each, style) for each in self.card.footer)
        top = inside.bottom - round(1.9 * size)
        if left.width + right.width + size > inside.width:
            top -= round(1.4 * size)
            left.within(inside.width).draw(self.picture, inside.left, inside.bottom - round(1.75 * size))
            right.within(inside.width).draw(self.picture, inside.left, inside.bottom - round(0.35 * size))
        else:
            left.draw(self.picture, inside.left, inside.bottom - round(0.35 * size))
            right.draw(self.picture, inside.right, inside.bottom - round(0.35 * size), "right")
        self.pen.line((inside.left, top, inside.right - 1, top), self.theme.rule, 2)
        return top

    def _head(self, room: Box) -> int:
        """What the card is about, its figure, and the picture beside or, in a story, above; the lower edge."""
        card, form = self.card, self.form
        is_story = form.key == "story"
        if not card.hero:
            return self._words(room, 1.15 if is_story else 1.0) + form.smallest // 2
        side = round(room.width * (0.46 if is_story else 0.32))
        name, path, is_round = card.hero
        left = room.left if is_story else room.right - side
        put_cover(self.picture, self.theme, (left, room.top, side), path, name, is_round=is_round)
        if is_story:
            self._mosaic(Box(room.left + side, room.top, room.right, room.top + side))
            return self._words(Box(room.left, room.top + side + form.smallest, room.right, room.bottom), 1.15)
        words = Box(room.left, room.top, room.right - side - form.smallest, room.bottom)
        return max(self._words(words, 1.0), room.top + side) + form.smallest // 2

    def _mosaic(self, room: Box) -> None:
        """The pictures of the other rows, two by two, beside the large one."""
        gap = self.form.smallest
        side = (room.height - gap) // 2
        others = {
            row.cover: row for row in self.card.rows if not self.card.hero or row.cover != self.card.hero[1]
        }
        for place, row in enumerate(list(others.values())[:4]):
            at = (room.left + gap + place % 2 * (side + gap), room.top + place // 2 * (side + gap), side)
            put_cover(self.picture, self.theme, at, row.cover, row.name, is_round=row.is_round)

    def _beside(self, room: Box) -> None:
        """The same in a narrow column."""
        bottom = self._words(room, 0.86)
        side = min(room.bottom - bottom - self.form.smallest // 2, room.width)
        if self.card.hero and side >= 3 * self.form.smallest:
            name, path, is_round = self.card.hero
            place = (room.left, room.bottom - side, side)
            put_cover(self.picture, self.theme, place, path, name, is_round=is_round)

    def _words(self, room: Box, scale: float) -> int:
        """Kicker, title, figure and what stands under it; the lower edge."""
        card, theme, smallest = self.card, self.theme, self.form.smallest
        y = float(room.top)
        kicker = Style(max(round(36 * scale), smallest), 600, theme.accent)
        for line in Text(card.kicker, kicker).lines(room.width, 2):
            y += 1.2 * kicker.size
            line.draw(self.picture, room.left, y)
        if card.title:
            style = Style(round(64 * scale), 700, theme.ink)
            for line in fitted(card.title, style, room.width, 2):
                y += 1.25 * line.style.size
                line.draw(self.picture, room.left, y)
        # The largest thing of a card, which is never cut: beside a title it has the accent instead of the size.
        large = (
            Style(round(64 * scale), 700, theme.accent)
            if card.title
            else Style(round(112 * scale), 700, theme.ink)
        )
        (figure,) = fitted(card.figure, large, room.width, 1, SMALLEST_FIGURE)
        y += 1.15 * figure.style.size + 0.1 * smallest
        figure.draw(self.picture, room.left, y)
        under = Style(max(round(32 * scale), smallest), 400, theme.muted)
        y += 0.3 * smallest
        for text in card.under:
            for line in Text(text, under).lines(room.width, 2):
                y += 1.3 * under.size
                line.draw(self.picture, room.left, y)
        return round(y + 0.6 * under.size)

    def _rows(self, room: Box, above: int) -> None:
        """The rows with covers and bars, under their heading."""
        card, smallest = self.card, self.form.smallest
        if not card.rows:
            return
        heading = Style(smallest, 600, self.theme.muted)
        top = room.top + above
        self._text(card.of_rows, heading, (room.left, top + smallest), room.width)
        top += round(1.75 * smallest)
        height = min((room.bottom - top) // 5, round(4.6 * smallest))
        for place, row in enumerate(card.rows):
            y = top + place * height
            self._row(row, Box(room.left, y, room.right, y + height), len(str(card.rows[-1].rank)))

    def _row(self, row: Ranked, room: Box, digits: int) -> None:
        theme, smallest = self.theme, self.form.smallest
        size = min(max(round(room.height * 0.36), smallest), round(1.35 * smallest))
        left, right = self._begin(row, room, digits, 0.84)
        value = Text(row.value, Style(smallest, 400, theme.muted))
        middle = room.top + room.height / 2
        value.draw(self.picture, right, middle - 0.02 * room.height, "right")
        name = Text(row.name, Style(size, 600, theme.ink))
        name.within(right - left - value.width - smallest / 2).draw(
            self.picture, left, middle - 0.02 * room.height
        )
        self._bar(row, Box(left, round(middle + 0.16 * room.height), right, 0))

    def _begin(self, row: Ranked, room: Box, digits: int, share: float) -> tuple[int, int]:
        """Rank and cover; between what the rest of a row stands."""
        rank = Style(self.form.smallest, 400, self.theme.muted)
        figures = round(Text("0" * digits, rank).width)
        baseline = room.top + room.height / 2 + 0.36 * rank.size
        Text(str(row.rank), rank).draw(self.picture, room.left + figures, baseline, "right")
        side = round(share * room.height)
        left = room.left + figures + round(0.6 * rank.size)
        top = room.top + (room.height - side) // 2
        put_cover(self.picture, self.theme, (left, top, side), row.cover, row.name, is_round=row.is_round)
        return left + side + round(0.8 * rank.size), room.right

    def _bar(self, row: Ranked, place: Box) -> None:
        thick = max(self.form.smallest // 5, 4)
        full = (place.left, place.top, place.right - 1, place.top + thick)
        self.pen.rounded_rectangle(full, thick / 2, self.theme.rule)
        length = max(round(row.part * (place.right - place.left)), thick)
        self.pen.rounded_rectangle(
            (place.left, place.top, place.left + length - 1, place.top + thick), thick / 2, self.theme.accent
        )

    def _list(self, room: Box) -> None:
        """A top ten: short rows, in two columns where there is no height for ten."""
        card, theme, smallest = self.card, self.theme, self.form.smallest
        scale = 1.25 if self.form.key == "story" else 1.0
        kicker = Style(max(round(36 * scale), smallest), 600, theme.accent)
        title = Style(round(72 * scale), 700, theme.ink)
        y = room.top + 1.05 * kicker.size
        self._text(card.kicker, kicker, (room.left, y), room.width)
        y += 1.2 * title.size
        fitted(card.title, title, room.width, 1)[0].draw(self.picture, room.left, y)
        top = round(y + 0.45 * title.size)
        columns = 2 if self.form.key == "wide" else 1
        gap = self.form.left // 2
        width = (room.width - gap * (columns - 1)) // columns
        deep = -(-10 // columns)
        height = min((room.bottom - top) // deep, round(3.6 * smallest))
        digits = len(str(max(each.rank for each in card.rows)))
        for place, row in enumerate(card.rows):
            left = room.left + place // deep * (width + gap)
            at = top + place % deep * height
            self._short(row, Box(left, at, left + width, at + height), digits)

    def _short(self, row: Ranked, room: Box, digits: int) -> None:
        theme, smallest = self.theme, self.form.smallest
        left, right = self._begin(row, room, digits, 0.82)
        baseline = room.top + room.height / 2 + 0.36 * smallest
        said = row.short if self.form.key == "wide" else row.value  # two columns have no room for the unit
        value = Text(said, Style(smallest, 400, theme.muted))
        value.draw(self.picture, right, baseline, "right")
        size = min(round(room.height * 0.46), round(1.3 * smallest))
        room_for_name = right - left - value.width - smallest / 2
        self._text(row.name, Style(max(size, smallest), 600, theme.ink), (left, baseline), room_for_name)
