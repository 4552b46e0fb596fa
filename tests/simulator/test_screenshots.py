"""The pictures of README.md: light on bytes, and made of sections that the dashboard has."""

from pathlib import Path

from PIL import Image

from simulator.screenshots import IMAGES, PARTS, WIDTH, without
from utils import ROOT

PAGE = (
    '<nav><a href="#a">A</a></nav><section id="a" aria-labelledby="x">\n<p>one</p>\n</section>'
    '<section id="b"><p>two</p></section>'
)


def test_a_section_is_left_out() -> None:
    assert without(PAGE, ["a"]) == '<nav><a href="#a">A</a></nav><section id="b"><p>two</p></section>'
    assert without(PAGE, ["c"]) == PAGE


def test_the_dashboard_has_the_sections_that_are_left_out() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reports").glob("*.py"))
    for left_out, _ in PARTS.values():
        for section in left_out:
            assert f'"{section}"' in sources, section


def test_each_picture_is_there_small_and_shown() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in IMAGES.iterdir()} == set(PARTS)
    for name, (_, height) in PARTS.items():
        path = Path(IMAGES / name)
        assert path.stat().st_size < 60_000
        assert f"](docs/images/{name})" in readme
        with Image.open(path) as picture:
            assert picture.size == (WIDTH, height)
