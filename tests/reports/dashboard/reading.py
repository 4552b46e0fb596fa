"""What the tests of the site read: a page's figures and its text, as a build reads them from a test's database, or the whole site."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg2
from psycopg2.extensions import connection as Connection

from reports.dashboard.build import PAGES, POLICY, Request, build_site, gather, read_scope, templates
from reports.dashboard.covers import Covers
from reports.dashboard.files import SiteFolder
from reports.dashboard.page import Page
from reports.dashboard.scope import Scope, Source
from utils.database.views import load_views

HOSTILE = '</script></style></title><script>alert(\'1\')</script>" onload="x" & \u202edesrever <img src=x>'
_VOID = {"meta", "link", "br", "img", "hr", "input", "wbr"}


def refresh(connection: Connection) -> None:
    """Count anew what is counted beforehand."""
    with connection, connection.cursor() as cursor:
        for view in load_views():
            if view.is_materialized:
                cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")


def build(
    dsn: str, folder: Path, now: datetime, artwork: Path | None = None, **more: object
) -> dict[str, int]:
    """Build the site of what is stored; how many pages are new, updated, unchanged, removed."""
    request = Request(now=now, folder=folder, artwork=artwork or folder / "no artwork", **more)
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return dict(build_site(cursor, request))


@contextmanager
def source_at(
    connection: Connection, now: datetime, folder: Path, *, under_way: Sequence[UUID] = (), named: str = ""
) -> Iterator[Source]:
    """What the pages read from, as of a moment; the site's folder is `site`, the covers' `artwork`."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        request = Request(now, folder / "site", folder / "artwork", named=named, under_way=under_way)
        scope, _ = read_scope(cursor, request)
        yield Source(cursor, scope, Covers(SiteFolder(request.folder), request.artwork))
    connection.rollback()


@contextmanager
def nobody_at(connection: Connection, now: datetime, folder: Path) -> Iterator[Source]:
    """The same where no listener is stored."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        gather(cursor, "")
        yield Source(cursor, Scope("", None, ZoneInfo("UTC"), now), Covers(SiteFolder(folder), folder))
    connection.rollback()


def text_of(page: Page, source: Source) -> str:
    """The page."""
    template = templates({}).get_template(f"{page.template}.html")
    return template.render(**page.told(source), page=page, pages=PAGES, scope=source.scope, policy=POLICY)


def read(connection: Connection, folder: Path, now: datetime, page: Page) -> Mapping[str, object]:
    """What the page's template is given, counted anew."""
    refresh(connection)
    with source_at(connection, now, folder) as source:
        return page.told(source)


def render(connection: Connection, folder: Path, now: datetime, page: Page) -> str:
    """The page, counted anew."""
    refresh(connection)
    with source_at(connection, now, folder) as source:
        return text_of(page, source)


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
