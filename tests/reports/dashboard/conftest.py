"""A site built from a real database, and a real browser to look at it."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from psycopg2.extensions import connection as Connection

from tests.reports.dashboard.reading import build, refresh
from tests.rows import Rows

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


@pytest.fixture
def build_now(dsn: str, tmp_path: Path, connection: Connection) -> Callable[..., Path]:
    """`build_now(now)`: count, build, and return the folder."""

    def make(now: datetime, **more: object) -> Path:
        refresh(connection)
        build(dsn, tmp_path / "site", now, **more)
        return tmp_path / "site"

    return make
