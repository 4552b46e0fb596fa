"""What stands on the pages of a built site, read from their files: elements, their words, numbers, days and links."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

_VOID = {"meta", "link", "br", "img", "hr", "input", "rect", "path", "circle", "line"}


@dataclass
class Element:
    """An element of a page; what it contains is text and elements, in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Element | str"] = field(default_factory=list)

    def all(self, tag: str = "", of: str = "", **attributes: str) -> list["Element"]:
        """The elements in it, however deep, in order: with this tag, class and attributes, as far as they are given."""
        return [each for each in self._each() if each._is(tag, of, attributes)]

    def first(self, tag: str = "", of: str = "", **attributes: str) -> "Element":
        """The first of `all`; raises where there is none."""
        found = self.all(tag, of, **attributes)
        assert found, f"<{self.tag} {self.attributes}> has no {tag} {of} {attributes}: {self.text[:200]}"
        return found[0]

    def rows(self, of: str = "") -> list["Element"]:
        """The entries of its lists, those of the list of a class where one is given."""
        lists = [each for each in self.all(of=of) if each.tag in ("ol", "ul")] if of else [self]
        return [row for each in lists for row in each.all("li")]

    @property
    def text(self) -> str:
        """Its words, with single spaces."""
        return " ".join("".join(self._texts()).split())

    @property
    def numbers(self) -> list[float]:
        """The numbers in it that a locale writes."""
        return [float(each.attributes["value"]) for each in self.all("data")]

    @property
    def days(self) -> list[str]:
        """Its days, months and moments, as ISO 8601 has them."""
        return [each.attributes["datetime"] for each in self.all("time")]

    @property
    def ids(self) -> list[str]:
        """Spotify's ids of what its links name, on Spotify or by a page of the site."""
        links = [each.attributes.get("href", "") for each in self.all("a")]
        named = [
            each for each in links if "open.spotify.com" in each or each.startswith(("artist-", "album-"))
        ]
        return [each.rpartition("/")[2].removesuffix(".html").rpartition("-")[2] for each in named]

    @property
    def table(self) -> list[list["Element"]]:
        """The rows of the tables in it, without their heads."""
        return [[cell for cell in row.inside if isinstance(cell, Element)] for body in self.all("tbody") for row in body.all("tr")]  # fmt: skip

    @property
    def charts(self) -> list[list[dict[str, Any]]]:
        """The rows of the charts in it."""
        payloads = [
            json.loads("".join(each._texts())) for each in self.all("script", type="application/json")
        ]
        return [
            [dict(zip(each["columns"], row, strict=True)) for row in each["rows"]] for each in payloads if "rows" in each
        ]  # fmt: skip

    def _is(self, tag: str, of: str, attributes: dict[str, str]) -> bool:
        return (
            tag in ("", self.tag)
            and (not of or of in self.attributes.get("class", "").split())
            and attributes.items() <= self.attributes.items()
        )

    def _each(self) -> Iterator["Element"]:
        for each in self.inside:
            if isinstance(each, Element):
                yield each
                yield from each._each()

    def _texts(self) -> Iterator[str]:
        for each in self.inside:
            if isinstance(each, str):
                yield each
            else:
                yield from each._texts()
                if each.tag not in ("a", "b", "bdi", "data", "time", "span", "small", "code", "i"):
                    yield " "


class Page(HTMLParser):
    """A page of the site."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]
        self.feed(text)
        self.close()

    def section(self, name: str) -> Element:
        """The section of that id."""
        return self.root.first("section", id=name)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


@dataclass
class Site:
    """A folder with the pages of a site."""

    folder: Path
    _pages: dict[str, Page] = field(default_factory=dict)

    def page(self, name: str) -> Page:
        """`index`, `year-2024`, …"""
        if name not in self._pages:
            self._pages[name] = Page((self.folder / f"{name}.html").read_text(encoding="utf-8"))
        return self._pages[name]

    def section(self, page: str, section: str) -> Element:
        """A section of a page."""
        return self.page(page).section(section)

    def json(self, name: str) -> Any:
        """A file for programs."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    @cached_property
    def years(self) -> list[int]:
        """Those with a page, oldest first."""
        return sorted(int(each.stem.removeprefix("year-")) for each in self.folder.glob("year-*.html"))
