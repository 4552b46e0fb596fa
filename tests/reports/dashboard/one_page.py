"""One page of the site, read and rendered from what a test has put into the database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection

from reports.dashboard.build import PAGES, POLICY, Request, read_scope, templates
from reports.dashboard.covers import Covers
from reports.dashboard.files import SiteFolder
from reports.dashboard.page import Page
from reports.dashboard.scope import Source
from utils.database.views import load_views

HOSTILE = '</style></title><script>alert(\'1\')</script>" onload="x" & \u202edesrever <img src=x>'


def count_anew(connection: Connection) -> None:
    """Refresh what is counted beforehand."""
    with connection, connection.cursor() as cursor:
        for view in load_views():
            if view.is_materialized:
                cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")


@contextmanager
def source_of(connection: Connection, folder: Path, now: datetime) -> Iterator[Source]:
    """What a page of the listener `u` reads from, counted anew."""
    count_anew(connection)
    with connection, connection.cursor() as cursor:
        scope, _ = read_scope(cursor, Request(now, folder / "site", folder / "artwork"))
        yield Source(cursor, scope, Covers(SiteFolder(folder / "site"), folder / "artwork"))


def read(connection: Connection, folder: Path, now: datetime, page: Page) -> Mapping[str, object]:
    """What the page's template is given."""
    with source_of(connection, folder, now) as source:
        return page.read(source)


def render(connection: Connection, folder: Path, now: datetime, page: Page) -> str:
    """The page."""
    with source_of(connection, folder, now) as source:
        template = templates({}).get_template(f"{page.slug}.html")
        shown = page.read(source)
        return template.render(**shown, page=page, pages=PAGES, scope=source.scope, policy=POLICY)
