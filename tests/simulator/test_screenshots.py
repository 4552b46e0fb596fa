"""The pictures of README.md: light on bytes, and of pages that the site has."""

from pathlib import Path

from PIL import Image

from reports.dashboard.build import PAGES
from simulator.screenshots import COLUMN, IMAGES, PICTURES, WIDTH, sheets
from utils import ROOT


def test_each_picture_is_there_small_and_shown() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in IMAGES.iterdir()} == set(PICTURES)
    for name, (page, height) in PICTURES.items():
        path = Path(IMAGES / name)
        assert page in {each.file for each in PAGES}
        assert path.stat().st_size < 100_000
        assert f"](docs/images/{name})" in readme
        with Image.open(path) as picture:
            assert picture.size == (WIDTH, height)


def test_a_long_page_is_cut_into_columns_with_nothing_lost() -> None:
    page = Image.new("RGB", (10, 5 * COLUMN + 7), "white")
    cut = list(sheets(page, 4))
    assert [sheet.height for sheet in cut] == [COLUMN, COLUMN]
    white = sum(sheet.convert("L").histogram()[255] for sheet in cut)
    assert white == page.width * page.height
