"""Sites built from a real database, and a real browser to look at them."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import psycopg2
import pytest
from playwright.sync_api import Browser, sync_playwright
from psycopg2.extensions import connection as Connection

from reports.dashboard.build import Request, build_site
from tests.rows import Rows
from utils.database.views import load_views

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, which `.ci/run` installs; elsewhere its tests are skipped where it is missing."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None and not os.environ.get("CI"):
        pytest.skip("no Chromium: apt install chromium, or CHROMIUM=/path/to/it")
    assert program, "Chromium is missing"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def rows(connection: Connection) -> Rows:
    """Rows by hand, of the listener `u`."""
    return Rows(connection)


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


@pytest.fixture
def build_now(dsn: str, tmp_path: Path, connection: Connection) -> Callable[..., Path]:
    """`build_now(now)`: count, build, and return the folder."""

    def make(now: datetime, **more: object) -> Path:
        refresh(connection)
        build(dsn, tmp_path / "site", now, **more)
        return tmp_path / "site"

    return make
