"""What the figures are read from: as for the site, gathered once, as of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg2.extensions import connection as Connection

from reports.dashboard.build import SUMS, Request, read_scope
from reports.dashboard.covers import Covers
from reports.dashboard.files import SiteFolder
from reports.dashboard.scope import Source
from utils.clock import Clock
from utils.config import environment, is_time_zone
from utils.errors import SettingsError


@contextmanager
def figures(connection: Connection, named: str, artwork: Path) -> Iterator[Source]:
    """Read the listener's figures; nothing is written, neither to the database nor to a site. Raises SettingsError."""
    zone = environment().get("TIME_ZONE", "")
    request = Request(Clock().now(), Path("no site"), artwork, named, zone if is_time_zone(zone) else "UTC")
    with connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        scope, is_counted = read_scope(cursor, request, SUMS)
        if not is_counted:
            raise SettingsError("Nothing has been counted yet.", "Run ./run materialized_views first.")
        yield Source(cursor, scope, Covers(SiteFolder(request.folder), artwork))
        connection.rollback()
