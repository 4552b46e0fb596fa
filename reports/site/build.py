"""Builds the site: gathers the listening once, lets each page read its figures, and writes what has changed.

Everything is read as of one moment, in the one transaction of the caller, which has to be REPEATABLE READ and may make a temporary table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from psycopg2.extensions import cursor as Cursor

from reports.site.bundle import put_bundle
from reports.site.covers import Covers
from reports.site.files import SiteFolder, version_of
from reports.site.page import Page
from reports.site.pages import history, library, overview, playlists
from reports.site.scope import Scope, Source
from reports.site.words import FILTERS
from utils import ROOT
from utils.database.statements import statement
from utils.job.users import find_meant

PAGES: tuple[Page, ...] = (overview.PAGE, history.PAGE, library.PAGE, playlists.PAGE)
TEMPLATES = ROOT / "reports" / "templates"
ASSETS = ROOT / "reports" / "assets"
# Scripts and styles are files of the site; a bar has its length as a style of its own.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
_BUILT = "@built@"  # in a page's text where the moment of the build stands, so that pages can be compared without it


@dataclass(frozen=True)
class Request:
    """What a build is of. `under_way`: the run that builds, and the one that has started that, which are not shown as runs."""

    now: datetime
    folder: Path
    artwork: Path
    named: str = ""  # the listener; else the one last active
    time_zone: str = "UTC"  # where no listener is known
    under_way: Sequence[UUID] = ()


def build_site(cursor: Cursor, request: Request) -> SiteFolder:
    """Bring the folder up to what is stored. Raises SettingsError where nobody has the name, OSError where the folder cannot be written."""
    site = SiteFolder(request.folder)
    scope = read_scope(cursor, request)
    assets = {"vega.js": put_bundle(site)}
    for path in sorted(ASSETS.iterdir()):
        content = path.read_bytes()
        site.put(f"assets/{path.name}", content)
        assets[path.name] = f"assets/{path.name}?{version_of(content)}"
    site.put("assets/built.js", f'window.siteBuiltAt = "{scope.now.isoformat(timespec="seconds")}";\n'.encode())
    environment = templates(assets)
    source = Source(cursor, scope, Covers(site, request.artwork))
    for page in PAGES:
        text = environment.get_template(f"{page.slug}.html").render(
            **page.read(source), page=page, pages=PAGES, scope=scope, policy=POLICY
        )
        built = scope.now.isoformat(timespec="seconds"), scope.text_of(scope.now)
        masked = text.replace(built[0], _BUILT).replace(built[1], _BUILT)
        site.put(page.file, text.encode(), same_as=masked.encode())
    site.finish()
    return site


def read_scope(cursor: Cursor, request: Request) -> Scope:
    """Whose site it is; gathers what is counted from."""
    found = find_meant(cursor, request.now, request.named)
    if found is None:
        raise NotImplementedError
    scope = Scope(found.user_id, found.display_name, ZoneInfo(found.time_zone), request.now)
    for name in ("listening", "listening_index", "analyze_listening"):
        cursor.execute(statement(f"site.{name}"), {"user_id": scope.user_id})
    cursor.execute(statement("site.extent"))
    ((plays, first, last),) = cursor.fetchall()
    return replace(scope, plays=plays, first_played_at=first, last_played_at=last)


def templates(assets: dict[str, str]) -> Environment:
    """The templates of `reports/templates`: everything that comes from data is escaped, and a name that is not given is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals["asset"] = lambda name: assets.get(name, f"assets/{name}")
    return environment
