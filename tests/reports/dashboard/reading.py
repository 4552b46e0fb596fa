"""A page's figures and its text, read from a database of a test as a build reads them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection

from reports.dashboard.build import PAGES, POLICY, Request, read_scope, templates
from reports.dashboard.covers import Covers
from reports.dashboard.files import SiteFolder
from reports.dashboard.page import Page
from reports.dashboard.scope import Scope, Source

HOSTILE = '</script></title><script>alert(\'1\')</script>" onload="x" & \u202edesrever <img src=x>'
_VOID = {"meta", "link", "br", "img", "hr", "input"}


@contextmanager
def source_at(
    connection: Connection, now: datetime, folder: Path, *, under_way: Sequence[UUID] = (), named: str = ""
) -> Iterator[Source]:
    """What the pages read from, as of a moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        scope, _ = read_scope(cursor, Request(now, folder, folder, named=named, under_way=under_way))
        yield Source(cursor, scope, Covers(SiteFolder(folder), folder))
    connection.rollback()


@contextmanager
def nobody_at(connection: Connection, now: datetime, folder: Path) -> Iterator[Source]:
    """The same where no listener is stored."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(
            "CREATE TEMPORARY TABLE listening ON COMMIT DROP AS SELECT *, 0 AS plays FROM play_facts WHERE false"
        )
        yield Source(cursor, Scope("", None, ZoneInfo("UTC"), now), Covers(SiteFolder(folder), folder))
    connection.rollback()


def text_of(page: Page, source: Source) -> str:
    """The page."""
    template = templates({}).get_template(f"{page.slug}.html")
    return template.render(**page.read(source), page=page, pages=PAGES, scope=source.scope, policy=POLICY)


class Checked(HTMLParser):
    """A page whose elements are all closed, in order: its tags with their attributes, and its ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert self.open == []
        self.ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        assert len(set(self.ids)) == len(self.ids), "each once"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag
