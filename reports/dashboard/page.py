"""What a page is, to the builder and to the links between pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reports.dashboard.scope import Source

Told = Mapping[str, object]  # what a page shows, by the names of its template


@dataclass(frozen=True)
class Page:
    """A page of the site. `read` gives its template (by the slug, if no other is named) what it shows, or a function that makes it of what was read then:
    that is called in another thread, where the page is written while the database counts the next one, and asks nothing of the database.

    `under` is the slug of the page it belongs to, for one that does not stand in the navigation itself.
    """

    slug: str
    title: str  # in the navigation
    heading: str
    read: Callable[[Source], Told | Callable[[], Told]]
    template: str = ""
    under: str = ""
    tells_time: bool = False  # how long was heard, of which a part may be estimated
    public: str = ""  # its name in the setting reports.public_sections, where that is not its slug

    def __post_init__(self) -> None:
        object.__setattr__(self, "template", self.template or self.slug)
        object.__setattr__(self, "public", self.public or self.slug)

    def told(self, source: Source) -> Told:
        """What it shows, read and made."""
        return made(self.read(source))

    @property
    def file(self) -> str:
        """Its address within the site."""
        return "index.html" if self.slug == "overview" else f"{self.slug}.html"


def made(told: Told | Callable[[], Told]) -> Told:
    """What a page's `read` has given, made where it is still to be made."""
    return told() if callable(told) else told


# Pages of one kind, as many as the record has: a function that reads what all of them show at once, and says them.
Family = Callable[[Source], Sequence[Page]]
