"""What a page is, to the builder and to the links between pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.site.scope import Source


@dataclass(frozen=True)
class Page:
    """A page of the site. `read` gives its template (`<slug>.html`) what it shows."""

    slug: str
    title: str  # in the navigation
    heading: str
    read: Callable[[Source], Mapping[str, object]]

    @property
    def file(self) -> str:
        """Its address within the site."""
        return "index.html" if self.slug == "overview" else f"{self.slug}.html"
