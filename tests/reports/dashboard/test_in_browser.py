"""Every page, opened in a real browser from its file and over HTTP: nothing is refused, nothing comes from elsewhere, and it fits."""

import functools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from reports.dashboard.build import PAGES
from simulator import Simulator, generate
from simulator.exports import Habits, know_all, write_export
from tests.conftest import World, new_database
from tests.imported_history import import_file
from tests.made_once import alike_covers
from tests.reports.dashboard.reading import build

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
ALL = [page.file for page in PAGES]
KINDS = ("artist", "album")  # of which there is a page each; one is looked at
LISTENERS = ("nobody", "fifty", "years")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
HOSTILE = '</script><script>window.wasRun = 1</script><img src=x onerror="window.wasRun = 1">'
# What is not there when the page has prepared itself for paper: `load` comes after the page's own scripts, so that this comes last.
PRINTED = """
addEventListener("load", () => addEventListener("beforeprint", () => {
  const count = (selector) => document.querySelectorAll(selector).length;
  window.printed = { notDrawn: count("figure.chart:not([data-drawn])"), folded: count("details:not([open]):not(.chart details)"), blank: count(".plot:not(:has(svg.marks))") };
}));
"""
pytestmark = [pytest.mark.slow(5, together=True), pytest.mark.once]


@pytest.fixture(scope="module")
def sites(server, template, tmp_path_factory) -> dict[str, Path]:
    """The sites of three listeners: one who has nothing, one with the fifty plays that Spotify remembers, one with years."""
    folders: dict[str, Path] = {}
    for name in LISTENERS:
        folder = tmp_path_factory.mktemp(name)
        folders[name] = folder / "site"
        with new_database(server, template) as dsn, alike_covers():
            library = generate(seed=3, liked=120, albums=12, plays=50)
            know_all(library)
            sim = Simulator(library)
            sim.start()
            try:
                world = World(sim, dsn, folder)
                world.extra["TIME_ZONE"] = "Europe/Berlin"
                if name != "nobody":
                    assert world.run("api_syncs.track_plays").status == "done"
                if name == "years":
                    written = write_export(library, folder, NOW, rows=8_000, years=4, habits=Habits())
                    import_file(world, *written.paths)
                if name != "nobody":
                    assert world.run("api_syncs.run_all").exit_code == 0
                    world.change(
                        "UPDATE tracks SET name = %s WHERE track_id IN (SELECT track_of(item_key) FROM plays)",
                        HOSTILE,
                    )
                if name == "years":
                    give_lists_a_past(world)
                build(dsn, folders[name], datetime.now(UTC), folder / "artwork")
            finally:
                sim.stop()
    return folders


def give_lists_a_past(world: World) -> None:
    """Each list of ten entries and more grew by one on each of six days, and what came on the first of these went on the last."""
    world.change("""
        UPDATE playlist_item_history AS h
        SET first_seen_at = first_seen_at - make_interval(days => GREATEST(7 - n.place, 0)::integer + CASE WHEN n.place > 6 THEN 7 ELSE 0 END),
            removed_at = CASE WHEN n.place = 1 THEN first_seen_at - make_interval(days => 1) END
        FROM (
            SELECT playlist_id, item_uri, row_number() OVER (PARTITION BY playlist_id ORDER BY item_uri DESC) AS place,
                count(*) OVER (PARTITION BY playlist_id) AS entries
            FROM playlist_item_history) AS n
        WHERE n.playlist_id = h.playlist_id AND n.item_uri = h.item_uri AND n.entries >= 10
    """)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP on loopback; yields the address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def reader(browser: Browser, **how: object) -> Iterator[Callable[..., tuple[Page, list[str]]]]:
    """Somebody who goes from page to page: `go(address)` is a page that has drawn all its charts, and what was wrong meanwhile.

    Messages, errors, requests that failed or went elsewhere. One is cheaper than a new one for each page: a browser
    reads the program that draws once.
    """
    context = browser.new_context(**{"timezone_id": "Europe/Berlin", "locale": "en-GB"} | how)
    page, wrong = context.new_page(), []
    home = [("", "")]

    def look(request) -> None:
        to = urlsplit(request.url)
        if (to.scheme, to.netloc) != home[-1] and to.scheme not in {"data", "blob"}:
            wrong.append(f"asked elsewhere: {request.url}")

    def failed(request) -> None:
        if request.failure != "net::ERR_ABORTED":  # by leaving the page
            wrong.append(f"failed: {request.url}")

    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", look)
    page.on("requestfailed", failed)
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error('policy', e.violatedDirective, e.blockedURI))"
    )

    def go(address: str, *, draw: bool = True) -> tuple[Page, list[str]]:
        wrong.clear()
        home.append(urlsplit(address)[:2])
        page.goto(address)
        if draw:
            draw_all(page)
        return page, wrong

    yield go
    context.close()


@contextmanager
def opened(browser: Browser, address: str, **how: object) -> Iterator[tuple[Page, list[str]]]:
    """One page, for somebody who has seen no other."""
    with reader(browser, **how) as go:
        yield go(address)


def draw_all(page: Page) -> None:
    """Open what is folded, come near each chart that is not for wider screens, and wait until it is drawn."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for figure in page.query_selector_all("figure.chart:visible"):
        figure.scroll_into_view_if_needed()
    page.wait_for_selector('figure.chart:not([data-drawn="yes"]):visible', state="hidden")


def pointed_at(page: Page, section: str, mark: str = ".role-mark path") -> dict[str, str]:
    """What the tooltip says of the last mark of the section's first chart."""
    page.locator(f"{section} figure.chart").first.locator(mark).last.hover(force=True)
    return dict(
        page.evaluate(
            "[...document.querySelectorAll('#vg-tooltip-element tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
        )
    )


def pages_of(folder: Path) -> list[str]:
    """The pages that a site has: all, or the first steps alone."""
    of_kinds = [
        min(path.name for path in folder.glob(f"{kind}-*.html"))
        for kind in KINDS
        if any(folder.glob(f"{kind}-*"))
    ]
    years = sorted(path.name for path in folder.glob("year-*.html"))  # one that is over, or the only one
    return [file for file in [*ALL, *of_kinds, *years[-2:][:1]] if (folder / file).exists()]


def test_nobody_has_the_first_steps_alone_and_the_others_have_all(sites):
    found = {name: pages_of(folder) for name, folder in sites.items()}
    assert found["nobody"] == ["index.html"]
    for name in ("fifty", "years"):
        of_kinds = [min(each.name for each in sites[name].glob(f"{kind}-*")) for kind in KINDS]
        assert found[name][:-1] == [*ALL, *of_kinds]
        assert re.fullmatch(r"year-\d{4}\.html", found[name][-1])


@pytest.mark.parametrize(
    ("listener", "width", "themes"),
    [
        *((listener, 360, ("light", "dark")) for listener in LISTENERS),
        ("years", 1280, ("dark", "light")),
    ],
)
def test_a_page_has_no_trouble_and_fits_any_screen_in_both_themes_and_axe_finds_nothing_serious(
    sites, browser, listener, width, themes
):
    """From its file; it asks nothing of elsewhere. axe looks at the second theme of each width: so at both widths and both themes once.

    What is seen first is larger than the page's heading, and on a phone the open page is in sight in the row of pages.
    """
    folder = sites[listener]
    with reader(browser, viewport={"width": width, "height": 800}) as go:
        for file in pages_of(folder):
            page, wrong = go((folder / file).as_uri(), draw=False)
            if listener == "years":
                assert_open_page_is_in_sight(page, file)
                assert_figure_is_large(page, file)
            draw_all(page)
            assert_no_trouble(page, wrong, file)
            for theme in themes:
                page.emulate_media(
                    color_scheme=theme, reduced_motion="reduce"
                )  # colours that are there, not on their way
                assert page.evaluate(SIDEWAYS) == 0, f"{file} moves sideways in the {theme} theme"
            page.evaluate(SHORTER)
            page.evaluate(SHORT_LISTS)
            page.evaluate(AXE)
            # From a file it cannot ask for stylesheets, which it would do otherwise.
            found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
            serious = [
                (each["id"], [node["html"][:160] for node in each["nodes"][:3]])
                for each in found["violations"]
                if each["impact"] in {"serious", "critical"}
            ]
            assert serious == [], file


def assert_no_trouble(page: Page, wrong: list[str], file: str) -> None:
    """It is drawn, and nothing was wrong with it."""
    assert wrong == [], file
    assert page.evaluate("window.wasRun") is None, "a name of a track is no code"
    assert page.evaluate(SIDEWAYS) == 0, f"{file} moves sideways"
    assert page.query_selector("main h1").inner_text().strip()


def assert_open_page_is_in_sight(page: Page, file: str) -> None:
    if file in ALL:  # others stand in no row
        row, link = (
            page.locator("nav:has([aria-current]), .site-head:has(> .find[aria-current])").bounding_box(),
            page.locator(".site-head [aria-current]").bounding_box(),
        )
        assert row["x"] <= link["x"], file
        assert link["x"] + link["width"] <= row["x"] + row["width"] + 1, file


FIGURES = {  # what is seen first, of pages that have one figure for all of them
    **dict.fromkeys(("index.html", "history.html", "library.html", "years.html"), ".headline"),
    "top.html": ".first .value",
}


def assert_figure_is_large(page: Page, file: str) -> None:
    """Larger than the heading, and on the first screen."""
    figure = ".headline" if file.startswith("year-") else FIGURES.get(file)
    if figure:
        size = "(each) => parseFloat(getComputedStyle(each).fontSize)"
        found = page.locator(figure).first
        assert found.evaluate(size) >= page.locator("h1").evaluate(size), file
        assert found.bounding_box()["y"] < page.viewport_size["height"], file


SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"

# Of a chart's table the rows are many and alike: three of each are enough to know.
SHORTER = (
    "document.querySelectorAll('figure.chart tbody > tr:nth-child(n + 4)').forEach((each) => each.remove())"
)

# axe looks at the first twelve of each list and table: a page of rankings has hundreds.
SHORT_LISTS = "document.querySelectorAll('main :is(ol, ul) > li:nth-child(n + 13), main tbody > tr:nth-child(n + 13)').forEach((each) => each.remove())"


def test_on_a_phone_the_row_of_pages_fades_where_it_goes_on(sites, browser):
    fade = "getComputedStyle(document.querySelector('nav')).maskImage"
    for width, fades in ((360, True), (1280, False)):
        viewport = {"width": width, "height": 700}
        with opened(browser, (sites["years"] / "index.html").as_uri(), viewport=viewport) as (page, _):
            row = page.locator("nav")
            assert (page.evaluate(fade) != "none") is fades
            assert (row.evaluate("(row) => row.scrollWidth > row.clientWidth")) is fades
            assert row.bounding_box()["height"] < 60


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("en-GB", r"\d{1,2} [A-Z][a-z]{2,3}"),
        ("en-US", r"(?!Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Z][a-z]{2,3} \d{1,2}"),
    ],
)
def test_days_on_an_axis_are_all_written_alike(sites, browser, locale, shown):
    with opened(browser, (sites["fifty"] / "history.html").as_uri(), locale=locale) as (page, _):
        days = page.evaluate(
            "[...document.querySelectorAll('#dots .role-axis-label text')].map((each) => each.textContent)"
        )
    days = [each for each in days if not each.endswith(":00")]
    assert days
    begins = r"[A-Z][a-z]{2,}"  # of a month, which stands there alone
    assert [each for each in days if not re.fullmatch(f"{shown}|{begins}", each)] == []


def test_the_days_of_a_young_record_have_their_number(sites, browser):
    with opened(browser, (sites["fifty"] / "history.html").as_uri()) as (page, _):
        numbers = page.evaluate(
            "[...document.querySelectorAll('#years .mark-text.role-mark text')].map((each) => each.textContent)"
        )
        rows = page.evaluate("document.querySelectorAll('#years tbody tr').length")
    assert len(numbers) == rows
    assert sum(map(int, numbers)) == 50


def test_on_a_phone_a_rule_stands_between_the_definitions(sites, browser):
    width = "(row) => getComputedStyle(row).borderBottomWidth"
    viewport = {"width": 360, "height": 800}
    with opened(browser, (sites["fifty"] / "about.html").as_uri(), viewport=viewport) as (page, _):
        assert page.locator("table.wide tbody tr").first.evaluate(width) == "1px"


def test_on_a_phone_no_table_of_a_year_is_moved_sideways_and_names_have_a_row_of_their_own(sites, browser):
    with reader(browser, viewport={"width": 360, "height": 700}) as go:
        for file in ("year-2025.html", "top.html"):
            page, _ = go((sites["years"] / file).as_uri(), draw=False)
            boxes = page.locator(".scroll:has(> table:is(.against, .medals)):visible").all()
            assert boxes, file
            for box in boxes:
                assert box.evaluate("(box) => box.scrollWidth <= box.clientWidth"), file
            assert page.locator("table.medals tbody th").first.bounding_box()["width"] > 300, file


LONG_LINES = """
[...document.querySelectorAll('main p, main li, main dd, main figcaption')].filter((each) => each.checkVisibility() && !each.closest('.log, .rows, svg')).flatMap((each) => {
  const lines = new Map(), walker = document.createTreeWalker(each, NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (const word of node.data.matchAll(/\\S+/g)) {
      range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
      const box = range.getBoundingClientRect(), line = Math.round((box.top + box.bottom) / 12);
      lines.set(line, [...(lines.get(line) || []), word[0]]);
    }
  return [...lines.values()].map((words) => words.join(' ')).filter((line) => line.length > 80);  // 75, and what another font adds
})
"""


def test_no_line_of_text_is_too_long_to_be_read(sites, browser):
    with reader(browser) as go:
        for name in ("about.html", "insights.html", "personality.html", "year-2026.html"):
            page, _ = go((sites["fifty"] / name).as_uri())
            assert page.evaluate(LONG_LINES) == [], name


def test_names_stay_names(sites, browser):
    with opened(browser, (sites["years"] / "index.html").as_uri()) as (page, _):
        assert HOSTILE in page.inner_text("#newest")


FOCUSABLE = """
document.querySelectorAll('details').forEach((each) => { each.open = false; });  // one row is as another
const wanted = [...document.querySelectorAll('a[href], button, input, select, summary')].filter((each) => each.checkVisibility() && !each.disabled);
window.reached = [];
window.cut = [];
document.addEventListener('focusin', ({ target }) => {
  window.reached.push(target);
  const box = target.closest('.clamp');
  const [own, its] = [target, box || target].map((each) => getComputedStyle(each));
  if (own.outlineStyle === 'none' && its.outlineStyle === 'none' || box && its.outlineStyle === 'none' && its.overflow === 'hidden') window.cut.push(target.outerHTML);
});
window.missed = () => wanted.filter((each) => !window.reached.includes(each)).map((each) => each.outerHTML);
window.unordered = () => window.reached.some((each, at) => at && !(window.reached[at - 1].compareDocumentPosition(each) & 4));
document.activeElement.blur();
wanted.length + [...document.querySelectorAll('[tabindex]')].filter((each) => each.checkVisibility()).length
"""


def test_over_http_nothing_is_wrong_either_and_the_keyboard_reaches_every_control_in_order(sites, browser):
    with served(sites["years"]) as address, reader(browser) as go:
        for file in pages_of(sites["years"]):
            page, wrong = go(f"{address}/{file}")
            assert_no_trouble(page, wrong, file)
            page.evaluate(SHORTER)
            if page.locator("#past").count():  # it is loaded when it comes into sight
                page.locator("#past").scroll_into_view_if_needed()
                page.wait_for_selector("#past-date[data-list]")
            for _ in range(page.evaluate(FOCUSABLE)):
                page.keyboard.press("Tab")
            assert page.evaluate("window.missed()") == [], file
            assert not page.evaluate("window.unordered()"), file
            assert page.evaluate("window.cut") == [], f"no ring in {file}"


def test_what_is_nearest_to_the_pointer_is_told_of(sites, browser):
    told = []
    for file, section in (("top.html", "#ranks"), ("year-2025.html", "#changes")):
        with opened(browser, (sites["years"] / file).as_uri()) as (page, wrong):
            found = page.locator(f"{section} figure.chart .plot svg").first
            found.evaluate("(svg) => svg.scrollIntoView({ block: 'center' })")
            box = found.bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2)
            page.wait_for_selector("#vg-tooltip-element.visible")
            told += page.locator("#vg-tooltip-element td.value").all_inner_texts()
            assert wrong == []
    assert len(told) > 6
    assert "undefined" not in told


def test_the_theme_is_kept_and_charts_follow_it(sites, browser):
    with opened(
        browser, (sites["years"] / "history.html").as_uri(), color_scheme="light", bypass_csp=True
    ) as (page, wrong):
        filled = "getComputedStyle(document.querySelector('.plot svg text')).fill"
        before = page.evaluate(filled)
        page.click("button.theme")
        assert page.evaluate(filled) != before
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert wrong == []


def test_a_day_leads_to_what_was_heard_on_it_by_its_mark_and_by_its_row(sites, browser):
    with opened(browser, (sites["years"] / "history.html").as_uri()) as (page, wrong):
        link = page.locator("#years figure tbody a").first
        assert link.get_attribute("href").startswith("top.html#range=")
        outside = "[...document.querySelectorAll('figure.chart table a')].filter((e) => !/^top\\.html#range=/.test(e.getAttribute('href'))).length"
        assert page.evaluate(outside) == 0
        address = page.url
        for mark in (
            "#years .mark-rect path[fill^='var(--heat']",
            "#over-time .mark-rect path",
        ):
            found = page.locator(mark).last
            found.scroll_into_view_if_needed()
            box = found.bounding_box()
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.wait_for_url("**/top.html#range=*")
            key = page.url.partition("range=")[2]
            page.wait_for_function(
                "key => document.documentElement.dataset.shown === `${key} plays`", arg=key
            )
            page.goto(address)
            draw_all(page)
        assert wrong == []


def test_numbers_and_dates_are_the_readers_own(sites, browser):
    context = browser.new_context(locale="de-DE", timezone_id="America/New_York")
    page, wrong = context.new_page(), []
    page.on("console", lambda message: wrong.append(message.text))
    page.goto((sites["years"] / "history.html").as_uri())
    plays = page.query_selector(".finding data")
    assert plays.inner_text() == f"{int(plays.get_attribute('value')):,}".replace(",", ".")
    assert "Nov" in page.inner_text("time[data-built]")
    assert page.evaluate("document.querySelector('time[data-built]').textContent").count(".") >= 1
    draw_all(page)
    rows = page.evaluate(
        "[...document.querySelectorAll('#over-time tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    pointed = pointed_at(page, "#over-time")
    assert [pointed["When"], pointed["Plays"], pointed["Time"]] in [row[:3] for row in rows]
    days = page.evaluate("[...document.querySelectorAll('#years tbody th')].map((cell) => cell.textContent)")
    assert pointed_at(page, "#years", "path[aria-label], .role-mark path:not([d=''])")["Day"] in days
    months = page.evaluate(
        "[...document.querySelectorAll('#years svg text')].map((text) => text.textContent)"
    )
    assert "Mär" in months
    assert wrong == [], "a tooltip, too, needs no style of its own"
    context.close()


def test_without_a_script_everything_but_drawings_is_there(sites, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((sites["years"] / "history.html").as_uri())
    assert page.is_visible("summary")
    assert not page.is_visible(".plot"), "no empty frame where nothing is drawn"
    page.goto((sites["years"] / "index.html").as_uri())
    bar = page.locator("#library .bar")
    assert 0 < bar.locator("rect").bounding_box()["width"] < bar.bounding_box()["width"]
    context.close()


def test_on_paper_everything_is_there_in_light_colours(sites, browser):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.add_init_script(PRINTED)
    page.goto((sites["years"] / "history.html").as_uri())
    assert page.evaluate("document.querySelectorAll('figure.chart:not([data-drawn])').length") > 0
    page.pdf()
    assert page.evaluate("window.printed") == {"notDrawn": 0, "folded": 0, "blank": 0}
    page.wait_for_function("document.querySelectorAll('details[open]').length === 0")
    page.emulate_media(media="print")
    assert not page.is_visible("nav")
    assert page.is_visible("time[data-built]")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    context.close()


def test_on_paper_the_log_is_its_newest_lines(sites, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto((sites["years"] / "status.html").as_uri())
    lines = "[...document.querySelectorAll('#log-lines > li')]"
    page.evaluate(
        f"for (let copies = 0; copies < 80; copies++) document.querySelector('#log-lines').append({lines}[0].cloneNode(true))"
    )
    page.emulate_media(media="print")
    assert page.evaluate(f"{lines}.filter((line) => line.getClientRects().length).length") == 50
    context.close()


class Targets(HTMLParser):
    """What a page has to lead to, and what it leads to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, dict[str, str | None]]] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids |= {found["id"]} if found.get("id") else set()
        address = found.get("href") or found.get("src")
        if address:
            self.links.append((address, found))


# What scripts read from the address: a stretch of days, a list.
STATES = {
    ("top.html", "range"): re.compile(
        r"range=(today|week|month|quarter|year|all|\d{4}(-Q[1-4]|-\d\d(-\d\d(\.\.\d{4}-\d\d-\d\d)?)?)?)"
    ),
    ("time-machine.html", "past"): re.compile(r"past=\w{22}"),
}


@pytest.mark.parametrize("listener", LISTENERS)
def test_every_link_leads_somewhere(sites, listener):
    folder = sites[listener]
    pages = {path.name: Targets(path) for path in sorted(folder.glob("*.html"))}
    asked = set()
    for file, page in pages.items():
        for address, link in page.links:
            to = urlsplit(address)
            if to.scheme:
                assert (to.scheme, to.netloc, link.get("rel")) == ("https", "open.spotify.com", "noreferrer")
                continue
            name = to.path or file
            assert (folder / name).is_file(), f"{file}: {address}"
            if (name, to.fragment.partition("=")[0]) in STATES:
                assert STATES[name, to.fragment.partition("=")[0]].fullmatch(to.fragment), (
                    f"{file}: {address}"
                )
                continue
            assert not to.fragment or to.fragment in pages[name].ids, f"{file}: {address}"
            asked |= {to.fragment} if name == "about.html" != file else set()
    assert listener == "nobody" or {"plays", "ranks", "growth", "sittings"} <= asked


def test_a_page_that_is_days_old_says_so(sites, browser, tmp_path):
    folder = sites["years"]
    text = (folder / "assets" / "built.js").read_text()
    try:
        (folder / "assets" / "built.js").write_text('window.siteBuiltAt = "2026-01-01T00:00:00+00:00";\n')
        with opened(browser, (folder / "index.html").as_uri()) as (page, _):
            assert page.is_visible("[data-stale]")
    finally:
        (folder / "assets" / "built.js").write_text(text)
    with opened(browser, (folder / "index.html").as_uri()) as (page, _):
        assert not page.is_visible("[data-stale]")


def test_a_list_is_stepped_through_and_lists_are_filtered_by_keyboard(sites, browser):
    address = (sites["years"] / "time-machine.html").as_uri()
    with opened(browser, address) as (page, wrong):
        assert page.locator("#past-entries > li").count(), "what was there without a script"
        stays = page.inner_text("#stays")
        page.locator("#past").scroll_into_view_if_needed()
        page.wait_for_selector("#past-date[data-list]")
        steps = page.eval_on_selector_all("#past-date option", "all => all.map((each) => each.value)")
        assert page.input_value("#past-date") == steps[1], "as it was before the last change"
        assert page.inner_text("#stays") == stays, (
            "the same days as without a script: those of the listener's zone"
        )
        said = page.inner_text("#past-said")
        page.focus("#past-before")
        page.keyboard.press("Enter")
        page.wait_for_function(
            "before => document.querySelector('#past-said').innerText !== before", arg=said
        )
        assert page.input_value("#past-date") == steps[2]
        assert page.inner_text("#past-entries .good").strip() == "+"
        assert "has gone since, and 2 have come since." in page.inner_text("#past-said")
        at = datetime.fromisoformat(page.evaluate("document.querySelector('#past-said time').dateTime"))
        minute = f"{at.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%dT%H:%M}"
        assert page.inner_text("#past-command").startswith("./run playlists restore ")
        assert page.inner_text("#past-command").endswith(f" --on {minute}"), "in the listener's zone"
        drawn = page.inner_html("#stays")
        page.select_option("#past-list", index=1)
        page.wait_for_function("before => document.querySelector('#stays').innerHTML !== before", arg=drawn)
        other = page.inner_text("#past-list option:checked").strip()
        assert page.inner_text("#stays-said").startswith(f"{other}: of ")
        page.select_option("#past-list", index=0)
        page.wait_for_function("before => document.querySelector('#stays').innerHTML === before", arg=drawn)
        page.select_option("#past-date", steps[2])
        assert wrong == []
        address, said = page.url, page.inner_text("#past-said")
    with opened(browser, (sites["years"] / "playlists.html").as_uri()) as (page, wrong):
        page.focus('[data-filter="#own-lists"]')
        page.keyboard.type("no list is called so")
        assert page.locator("#own-lists > li:visible").count() == 0
        for _ in "no list is called so":
            page.keyboard.press("Backspace")
        assert page.locator("#own-lists > li:visible").count() == page.locator("#own-lists > li").count()
        assert wrong == []
    with opened(browser, address) as (page, _):  # an address leads to a list on a day
        page.wait_for_function("said => document.querySelector('#past-said').innerText === said", arg=said)
