"""Pictures of the site by a real browser: of the demo for README.md (`./run demo`, then `python -m simulator.screenshots`), or of everything.

python -m simulator.screenshots --all FOLDER makes four simulated listeners in FOLDER (of no play, fifty, 8,000 and 200,000; kept for the next
time, so that only their sites are built again) and takes each page of each as a whole, 1280 and 360 pixels wide, in light and dark, every chart
drawn and all folds as they are: FOLDER/pictures/LISTENER-PAGE-WIDTH-THEME.png, then -2, -3 … for what does not fit. On a wide picture the page
goes on below, on a narrow one in the next column to the right; the first screen is the first 800 pixels.

Needs Chromium (`apt install chromium`, or CHROMIUM=/path/to/it), and Pillow, which `./run setup` installs; `--all` the packages of
requirements-dev.txt, too.
reads: .local/demo/site · writes: docs/images, or FOLDER
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from simulator.demo import FOLDER
from utils import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = ROOT / "docs" / "images"
WIDTH = 1000  # pixels
# name of the picture → the page, and the height that is shown, in pixels
PICTURES = {
    "overview.png": ("index.html", 1150),
    "history.png": ("history.html", 1450),
    "top.png": ("top.html", 1000),
}
COLOURS = 256  # enough for the shades of the covers and of the days: half of the bytes
DRAWN_MS = 4_000  # of the page's own clock, until everything is drawn
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
LISTENERS = {"none": None, "50": 0, "8000": 8_000, "200000": 200_000}  # rows of the imported history
COLUMNS = {1280: 1, 360: 4}  # width of the page → how many columns of it a picture has
LOAD_ALL = (
    "Promise.all([...document.images].map((each) => { each.loading = 'eager'; return each.decode(); }))"
)
SCREEN, COLUMN = 800, 1600  # pixels of height: of the window, and of a column


def main() -> int:
    """Make the pictures. Exit codes: 0 done · 2 no browser, or no demo."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page for four listeners")
    parser.add_argument("--listener", choices=LISTENERS, action="append", help="of --all only this one")
    parser.add_argument("--page", action="append", metavar="FILE", help="of --all only this one: top.html")
    options = parser.parse_args()
    site = FOLDER / "site"
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if browser is None or not (options.all or (site / "index.html").exists()):
        sys.stderr.write("Chromium and a demo are needed: apt install chromium; ./run demo\n")
        return 2
    if options.all:
        take_all(browser, options.all.resolve(), options.listener or list(LISTENERS), options.page)
        return 0
    IMAGES.mkdir(exist_ok=True)
    for name, (page, height) in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            shot = Path(folder) / "shot.png"
            photograph(browser, site / page, shot, height)
            with Image.open(shot) as picture:
                picture.convert("RGB").quantize(COLOURS).save(IMAGES / name, optimize=True)
        sys.stdout.write(f"{IMAGES / name}: {(IMAGES / name).stat().st_size:,} bytes\n")
    return 0


def photograph(browser: str, page: Path, picture: Path, height: int) -> None:
    """A picture of a page of ours, as wide as WIDTH. Nothing is asked of the network."""
    command = [
        browser,
        "--headless",
        "--no-sandbox",  # only our own page is shown
        "--hide-scrollbars",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--window-size={WIDTH},{height}",
        f"--virtual-time-budget={DRAWN_MS}",
        f"--user-data-dir={picture.parent / 'profile'}",
        f"--screenshot={picture}",
        page.as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - our own arguments


def take_all(program: str, folder: Path, listeners: list[str], pages: list[str] | None) -> None:
    """Build the sites of these listeners, and take these pages of them, or all."""
    from playwright.sync_api import sync_playwright  # only for this, and not installed for everyone

    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for listener in listeners:
            build(folder / listener, LISTENERS[listener])
            for page in sorted((folder / listener / "site").glob("*.html")):
                if not pages or page.name in pages:
                    take(browser, page, folder / "pictures" / f"{listener}-{page.stem}")
        browser.close()
    sys.stdout.write(f"{folder / 'pictures'}: {len(list((folder / 'pictures').glob('*.png')))} pictures\n")


def build(folder: Path, rows: int | None) -> None:
    """The site of a listener with so many rows of history; None: of nobody. One that is stored is kept, unless it is of another schema."""
    if rows is None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DB_", "DATABASE_", "SPOTIFY_"))
        }
        own = {"EMBEDDED_POSTGRES_DIR": f"{folder / 'postgres'}", "DASHBOARD_DIR": f"{folder / 'site'}"}
        is_built = succeeds(
            "-m", "reports.build_dashboard", "--force", environment={**kept, "ENV_FILE": "", **own}
        )
    else:
        demo = ("-m", "simulator.demo", "--folder", f"{folder}")
        is_built = (folder / "site" / "index.html").exists() and succeeds(
            *demo, "--run", "reports.build_dashboard", "--", "--force"
        )
        is_built = is_built or succeeds(*demo, "--fresh", "--rows", f"{rows}")
    if not is_built:
        sys.exit(f"The site of {folder} could not be built: the messages above say why.")


def succeeds(*arguments: str, environment: dict[str, str] | None = None) -> bool:
    """Run a module of ours, in a process of its own."""
    command = [sys.executable, "-P", *arguments]
    quiet = subprocess.DEVNULL
    ended = subprocess.run(command, check=False, cwd=ROOT, env=environment, stdout=quiet)  # noqa: S603 - our own modules
    return ended.returncode == 0


def take(browser: "Browser", page: Path, name: Path) -> None:
    """A page in both widths and themes."""
    for width, columns in COLUMNS.items():
        for theme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": SCREEN},
                color_scheme=theme,
                locale="en-GB",
                timezone_id="Europe/Berlin",
                offline=True,
            )
            opened = context.new_page()
            opened.goto(page.as_uri())
            for figure in opened.query_selector_all("figure.chart:visible"):
                figure.scroll_into_view_if_needed()
            opened.wait_for_selector('figure.chart:not([data-drawn="yes"]):visible', state="hidden")
            opened.evaluate(LOAD_ALL)
            opened.evaluate("scrollTo(0, 0)")
            with Image.open(io.BytesIO(opened.screenshot(full_page=True))) as whole:
                for place, picture in enumerate(sheets(whole.convert("RGB"), columns), start=1):
                    picture.save(
                        name.with_name(f"{name.name}-{width}-{theme}{f'-{place}' if place > 1 else ''}.png")
                    )
            context.close()


def sheets(page: Image.Image, columns: int) -> Iterator[Image.Image]:
    """The page cut into columns, so many beside each other in a picture."""
    for top in range(0, page.height, COLUMN * columns):
        height = min(COLUMN, page.height - top)
        count = -(-min(COLUMN * columns, page.height - top) // COLUMN)
        sheet = Image.new("RGB", (count * (page.width + 16) - 16, height), "grey")
        for place in range(count):
            begin = top + place * COLUMN
            sheet.paste(
                page.crop((0, begin, page.width, min(begin + COLUMN, page.height))),
                (place * (page.width + 16), 0),
            )
        yield sheet


if __name__ == "__main__":
    sys.exit(main())
