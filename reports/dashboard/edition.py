"""The public edition of the site: the sections that the listener lets strangers see, without name, times of day, and anything that no page of it shows.

Its pages are the site's own, rendered once more by the same templates, which leave out what `shows` does not name and write moments as days. Then links that
lead nowhere in it are taken away, and the covers and data that it refers to are copied: nothing else is.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from reports.dashboard.files import SiteFolder
from reports.dashboard.page import Page
from reports.dashboard.scope import Scope
from reports.dashboard.words import day

_LINK = re.compile(r'<a (?:class="[^"]*" )?href="([^":#]*)(?:#([^"]*))?"[^>]*>(.*?)</a>', re.DOTALL)
_ANCHOR = re.compile(r'\bid="([^"]+)"')
_FILE = re.compile(r"\b(?:assets|covers|data)/[\w/.-]+")
RANGES = "range="  # in a link into Top that is no anchor


class Edition:
    """Takes the pages of a build, and writes those of the edition at the end. `sections`: what is shown of which page; `led_home`: of own_pages."""

    def __init__(
        self,
        path: Path,
        sections: Mapping[str, frozenset[str]],
        environment: Environment,
        led_home: Callable[[str], str] = str,
    ) -> None:
        self.site, self.sections, self.environment = SiteFolder(path), sections, environment
        self.led_home = led_home
        environment.filters["moment"] = day_of
        self._texts: dict[str, str] = {}

    def shows(self, page: Page, section: str) -> bool:
        """Whether a section is in it."""
        return section in self.sections.get(page.public, ())

    def has(self, page: Page) -> bool:
        """Whether anything of the page is in it."""
        return page.public in self.sections

    def add(
        self, page: Page, pages: Sequence[Page], told: Mapping[str, object], scope: Scope, policy: str
    ) -> None:
        """Take a page, where it has a part in it: `told` is what the page's own `read` has given."""
        if not self.has(page):
            return
        own = [each for each in pages if self.has(each)]
        nameless = replace(scope, name=None, checked_at=None)
        template = self.environment.get_template(f"{page.template}.html")
        text = template.render(**told, page=page, pages=own, scope=nameless, policy=policy, edition=self)
        self._texts[page.file] = self.led_home(text)

    def finish(self, whole: SiteFolder, now: datetime, zone: tzinfo) -> Counter[str]:
        """Write it, and remove what an earlier one had; how many pages are new, updated, unchanged and removed. `whole`: the site it is taken from."""
        counts: Counter[str] = Counter()
        texts = self._linked()
        if "overview" not in self.sections and texts:  # what an address without a file opens
            texts["index.html"] = self.environment.get_template("first_page.html").render(
                target=next(reversed(texts))  # they come last one first
            )
        for name, text in texts.items():
            counts[self.site.put(name, text.encode())] += 1
        self.site.put("assets/built.js", f'window.siteBuiltAt = "{now.astimezone(zone).date()}";\n'.encode())
        for name in sorted({name for text in texts.values() for name in _FILE.findall(text)}):
            path = whole.path / name
            if name != "assets/built.js" and path.is_file():
                self.site.put(name, path.read_bytes())
        counts["removed"] = sum(name.endswith(".html") for name in self.site.finish())
        return counts

    def _linked(self) -> dict[str, str]:
        """The pages, in which each link leads somewhere: what one has led to that is left out is said without it."""
        anchors = {name: set(_ANCHOR.findall(text)) for name, text in self._texts.items()}

        def kept(own: str, found: re.Match[str]) -> str:
            name, anchor, said = found.groups()
            target = name or own
            is_file = target in anchors or _FILE.match(target)
            is_there = not anchor or anchor.startswith(RANGES) or anchor in anchors.get(target, ())
            return found[0] if is_file and is_there else "" if 'class="how"' in found[0] else said

        return {
            own: _LINK.sub(lambda found, own=own: kept(own, found), text)  # type: ignore[misc]
            for own, text in self._texts.items()
        }


def day_of(value: datetime, zone: tzinfo, *, form: str = "moment") -> Markup:  # noqa: ARG001 - as words.moment has it
    """What stands in it for a moment: its day in the zone. `form` is that of `words.moment`."""
    return day(value.astimezone(zone).date())
