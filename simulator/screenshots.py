"""Pictures of the demo's dashboard for README.md, by a real browser: `./run demo`, then `python -m simulator.screenshots`.

Needs Chromium (`apt install chromium`, or CHROMIUM=/path/to/it), and Pillow, which `./run setup` installs.
reads: .local/demo/site · writes: docs/images
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from simulator.demo import FOLDER
from utils import ROOT

IMAGES = ROOT / "docs" / "images"
WIDTH = 1000  # pixels
# name of the file → the sections of the page that are left out, and the height that is shown, in pixels
PARTS = {
    "dashboard.png": ((), 1100),
    "smart_playlists.png": (("overview", "days", "top", "coverage"), 700),
}
COLOURS = 64  # what such a page needs: a quarter of the bytes
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Make the pictures. Exit codes: 0 done · 2 no browser, or no demo."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    page = FOLDER / "site" / "index.html"
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if browser is None or not page.exists():
        sys.stderr.write("Chromium and a demo are needed: apt install chromium; ./run demo\n")
        return 2
    IMAGES.mkdir(exist_ok=True)
    text = page.read_text(encoding="utf-8")
    for name, (left_out, height) in PARTS.items():
        with tempfile.TemporaryDirectory() as folder:
            part, shot = Path(folder) / "part.html", Path(folder) / "shot.png"
            part.write_text(without(text, left_out), encoding="utf-8")
            photograph(browser, part, shot, height)
            with Image.open(shot) as picture:
                picture.convert("RGB").quantize(COLOURS).save(IMAGES / name, optimize=True)
        sys.stdout.write(f"{IMAGES / name}: {(IMAGES / name).stat().st_size:,} bytes\n")
    return 0


def without(page: str, sections: Sequence[str]) -> str:
    """The page without some of its sections."""
    for section in sections:
        page = re.sub(rf'<section[^>]* id="{section}".*?</section>', "", page, flags=re.DOTALL)
    return page


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
        f"--user-data-dir={picture.parent / 'profile'}",
        f"--screenshot={picture}",
        page.as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - our own arguments


if __name__ == "__main__":
    sys.exit(main())
