"""Pictures of the demo's site for README.md, by a real browser: `./run demo`, then `python -m simulator.screenshots`.

Needs Chromium (`apt install chromium`, or CHROMIUM=/path/to/it), and Pillow, which `./run setup` installs.
reads: .local/demo/site · writes: docs/images
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from simulator.demo import FOLDER
from utils import ROOT

IMAGES = ROOT / "docs" / "images"
WIDTH = 1000  # pixels
# name of the picture → the page, and the height that is shown, in pixels
PICTURES = {
    "overview.png": ("index.html", 1150),
    "history.png": ("history.html", 1000),
    "top.png": ("top.html", 1000),
}
COLOURS = 96  # what such a page needs: a third of the bytes
DRAWN_MS = 4_000  # of the page's own clock, until everything is drawn
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Make the pictures. Exit codes: 0 done · 2 no browser, or no demo."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    site = FOLDER / "site"
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if browser is None or not (site / "index.html").exists():
        sys.stderr.write("Chromium and a demo are needed: apt install chromium; ./run demo\n")
        return 2
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


if __name__ == "__main__":
    sys.exit(main())
