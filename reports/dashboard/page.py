"""What a page is, to the builder and to the links between pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reports.dashboard.scope import Source


@dataclass(frozen=True)
class Page:
    """A page of the site. `read` gives its template (by the slug, if no other is named) what it shows, all of it read: the page is written in another thread.

    `under` is the slug of the page it belongs to, for one that does not stand in the navigation itself.
    """

    slug: str
    title: str  # in the navigation
    heading: str
    read: Callable[[Source], Mapping[str, object]]
    template: str = ""
    under: str = ""
    tells_time: bool = False  # how long was heard, of which a part may be estimated
    public: str = ""  # its name in the setting reports.public_sections, where that is not its slug

    def __post_init__(self) -> None:
        object.__setattr__(self, "template", self.template or self.slug)
        object.__setattr__(self, "public", self.public or self.slug)

    @property
    def file(self) -> str:
        """Its address within the site."""
        return "index.html" if self.slug == "overview" else f"{self.slug}.html"


# Pages of one kind, as many as the record has: a function that reads what all of them show at once, and says them.
Family = Callable[[Source], Sequence[Page]]
