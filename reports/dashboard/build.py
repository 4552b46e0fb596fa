"""Builds the site: gathers the listening once, lets each page read its figures, and writes what has changed.

Everything is read as of one moment, in the one transaction of the caller, which has to be REPEATABLE READ and may make a temporary table.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from psycopg2.extensions import cursor as Cursor

from reports.dashboard.bundle import bundle_for
from reports.dashboard.covers import Covers
from reports.dashboard.edition import Edition
from reports.dashboard.files import SiteFolder, version_of
from reports.dashboard.own_pages import KINDS, home_links
from reports.dashboard.page import Family, Page, Told, made
from reports.dashboard.pages import (
    about,
    history,
    insights,
    items,
    library,
    overview,
    personality,
    playlists,
    search,
    status,
    time_machine,
    top,
    years,
)
from reports.dashboard.scope import Scope, Source
from reports.dashboard.twins import put_twins
from reports.dashboard.words import FILTERS, share
from utils import ROOT
from utils.database.statements import statement
from utils.garbage import without_collection
from utils.job.users import find_meant
from utils.public_sections import SETTING as PUBLIC_SECTIONS
from utils.public_sections import read_public_sections

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    history.PAGE,
    top.PAGE,
    years.PAGE,
    insights.PAGE,
    personality.PAGE,
    library.PAGE,
    playlists.PAGE,
    time_machine.PAGE,
    status.PAGE,
    about.PAGE,
    search.PAGE,
)
FAMILIES: tuple[Family, ...] = (years.family, items.of_note)
TEMPLATES = ROOT / "reports" / "templates"
ASSETS = ROOT / "reports" / "assets"
# Scripts and styles are files of the site, and no element has a style of its own: bars are drawings, and Vega sets styles by properties.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
# What is counted from, in this order: what everything needs, days and rankings, and what only pages do.
SUMS = (
    "room",
    "by_hash",
    "heard_tracks",
    "heard_credits",
    "analyze_tracks",
    "heard_credits_index",
    "listening",
    "by_any_way",
    "listening_index",
    "analyze_listening",
    "heard_hours",
    "by_sorting",
    "heard_days",
    "by_hashing",
    "heard_days_index",
    "heard_years",
    "heard_totals",
    "analyze_sums",
)
GATHERING = (*SUMS, "heard_months", "heard_firsts", "heard_artists", "album_runs", "analyze_heard")
_BUILT = "@built@"  # in a page's text where the moment of the build stands, so that pages can be compared without it
_CARRIED = re.compile(r'(<span data-carried="\w+">).*?</span>')  # what assets/built.js says anew


@dataclass(frozen=True)
class Request:
    """What a build is of. `under_way`: the run that builds, and the one that has started that, which are not shown as runs."""

    now: datetime
    folder: Path
    artwork: Path
    named: str = ""  # the listener; else the one last active
    time_zone: str = "UTC"  # where no listener is known
    public_folder: Path | None = None  # of the public edition, where one is wanted
    under_way: Sequence[str] = ()


@without_collection()
def build_site(cursor: Cursor, request: Request) -> Counter[str]:
    """Bring the folder up to what is stored; how many pages are new, updated, unchanged and removed, those of a public edition with them.

    Raises SettingsError where nobody has the name, OSError where the folder cannot be written.
    """
    site = SiteFolder(request.folder)
    with bundle_for(site) as vega:
        counts, scope, edition = put_pages(cursor, request, site, put_assets(site, vega))
    site.put("assets/built.js", carried(scope))
    if edition:
        counts += edition.finish(site, scope.now, scope.zone)
    counts["removed"] += sum(name.endswith(".html") for name in site.finish())
    return counts


def carried(scope: Scope) -> bytes:
    """What the heads of all pages say, as a script: with each build other things, for which no page has to be written again."""
    said = {"siteBuiltAt": scope.now.isoformat(timespec="seconds"), "siteEstimated": scope.estimated}
    if scope.checked_at:
        said["siteCheckedAt"] = scope.checked_at.isoformat(timespec="seconds")
    return "".join(f"window.{name} = {json.dumps(value)};\n" for name, value in said.items()).encode()


def put_assets(site: SiteFolder, vega: str) -> dict[str, str]:
    """Let the site have what its pages share; the address of each within the site."""
    assets = {"vega.js": vega}
    for path in sorted(ASSETS.iterdir()):
        content = path.read_bytes()
        site.put(f"assets/{path.name}", content)
        assets[path.name] = f"assets/{path.name}?{version_of(content)}"
    return assets


def put_pages(
    cursor: Cursor, request: Request, site: SiteFolder, assets: dict[str, str]
) -> tuple[Counter[str], Scope, Edition | None]:
    """Let the site have its pages, and the files for programs; how many are what, whose they are, and the public edition where one is wanted."""
    environment = templates(assets)
    scope, is_counted = read_scope(cursor, request)
    source = Source(cursor, scope, Covers(site, request.artwork))
    estimates = source.kept("site_about.estimates")[0] if scope.plays else None
    estimated = (
        share(estimates["inferred"], estimates["plays"]) if estimates and estimates["inferred"] else ""
    )
    scope = source.scope = replace(scope, checked_at=source.standing.looked_at, estimated=estimated)
    pages = every_page(source) if is_counted and scope.has_something else beginners_pages(source, is_counted)
    edition = None
    if request.public_folder:
        shown = read_public_sections(source.standing.settings.text(PUBLIC_SECTIONS))
        kinds = [kind for kind in KINDS if f"{kind}s" in shown]
        edition = Edition(request.public_folder, shown, templates(assets), home_links(source, kinds))
    led_home = home_links(source)
    linked = [
        each for each in pages if each.slug == each.public
    ]  # what a page may lead to by itself: those of no family

    def put(page: Page, read: Told | Callable[[], Told]) -> str:
        told = made(read)
        text = environment.get_template(f"{page.template}.html").render(
            **told, page=page, pages=linked, scope=scope, policy=POLICY
        )
        text = led_home(text)
        if edition and scope.has_something:
            edition.add(page, linked, told, scope, POLICY)
        return site.put(page.file, text.encode(), same_as=without_moment(text, scope).encode())

    # What has been read is shaped and written while the database counts the next page; last come those that are read in no time, so they are read first.
    writer = ThreadPoolExecutor(1)
    try:
        written = [writer.submit(put, page, page.read(source)) for page in reversed(pages)]
        put_twins(source)
        counts = Counter(each.result() for each in written)
        source.covers.finish()
        return counts, scope, edition
    finally:
        writer.shutdown(cancel_futures=True)
        source.covers.stop()


def read_scope(cursor: Cursor, request: Request, gathering: Sequence[str] = GATHERING) -> tuple[Scope, bool]:
    """Whose site it is, and whether the views are there that count; where they are, what is counted from is gathered."""
    under_way = list(request.under_way)
    found = find_meant(cursor, request.now, request.named)
    if found is None:
        return Scope("", None, ZoneInfo(request.time_zone), request.now, under_way=under_way), True
    scope = Scope(
        found.user_id, found.display_name, ZoneInfo(found.time_zone), request.now, under_way=under_way
    )
    values = {"user_id": scope.user_id}
    cursor.execute(statement("site.is_counted"))
    if cursor.fetchone() != (True,):
        return scope, False
    gather(cursor, scope.user_id, gathering)
    cursor.execute(statement("site.extent"), values)
    ((plays, first, last, has_something),) = cursor.fetchall()
    return replace(
        scope,
        plays=plays,
        first_played_at=first,
        last_played_at=last,
        has_something=has_something,
    ), True


def gather(cursor: Cursor, user_id: str, gathering: Sequence[str] = GATHERING) -> None:
    """Make the temporary tables from which is counted."""
    for name in gathering:
        cursor.execute(statement(f"site.{name}"), {"user_id": user_id})


def without_moment(text: str, scope: Scope) -> str:
    """A page's text without the moment of the build, in each form in which a page has it, and without what else its head has from assets/built.js."""
    text = _CARRIED.sub(r"\1</span>", text)
    machine = scope.now.astimezone(UTC).isoformat(timespec="seconds")
    forms = (
        scope.now.isoformat(timespec="seconds"),
        machine,
        machine.replace("+00:00", "Z"),
        f"{scope.now.astimezone(scope.zone).replace(tzinfo=None).isoformat(timespec='seconds')}Z",  # on an axis
        scope.text_of(scope.now),
    )
    for form in forms:
        text = text.replace(form, _BUILT)
    return text


def every_page(source: Source) -> tuple[Page, ...]:
    """The pages of somebody who has something: those that there are once, and those of each family."""
    return PAGES + tuple(page for family in FAMILIES for page in family(source))


def beginners_pages(source: Source, is_counted: bool) -> tuple[Page, ...]:
    """The pages where there is nothing to show yet: what to do, and, where scripts have run, how that went."""
    steps = Page(
        "overview",
        "Overview",
        "Nothing here yet" if is_counted else "Not counted yet",
        lambda _: {"is_counted": is_counted},
        template="first_steps",
    )
    return (steps, status.PAGE) if source.standing.runs else (steps,)


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
    environment.globals["edition"] = None
    environment.globals["asset"] = lambda name: assets.get(name, f"assets/{name}")
    return environment
