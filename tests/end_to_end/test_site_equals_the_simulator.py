"""Every figure of a built site is what the simulator knows: from a privacy export and the API, over HTTP and the real scripts, to the pages."""

from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import getmembers, isfunction

import pytest

from tests.end_to_end.built_site import Site
from tests.end_to_end.plain_figures import Plain
from tests.end_to_end.years_of_a_listener import Years, lived

pytestmark = [pytest.mark.slow(12, together=True), pytest.mark.once]

ZONES = (
    "Europe/Berlin",
    "Asia/Kathmandu",
)  # one with nights of changed clocks; one in which it is tomorrow already
# Modules whose functions hold a page against plain figures, each of them a test.
PAGES = (
    "pages_of_years",
    "pages_of_findings",
    "pages_of_items",
    "overview_and_history",
    "top_and_library",
)
pytest.register_assert_rewrite(*(f"tests.end_to_end.{name}" for name in ("shown", *PAGES)))
FIGURES = {
    name: figures
    for module in (import_module(f"tests.end_to_end.{name}") for name in PAGES)
    for name, figures in getmembers(module, isfunction)
    if figures.__module__ == module.__name__ and not name.startswith("_")
}
from tests.end_to_end.shown import Shown  # noqa: E402 - its asserts say what failed, too


@pytest.fixture(scope="module")
def years(server, tmp_path_factory) -> Iterator[Years]:
    with lived(server, tmp_path_factory.mktemp("years")) as found:
        yield found


@pytest.fixture(scope="module", params=ZONES)
def shown(request, years) -> Shown:
    return Shown(Plain(years.library, years.told, request.param), Site(years.site(request.param)))


@pytest.mark.parametrize("figures", FIGURES)
def test_the_site_says_what_was_heard(shown: Shown, figures: str) -> None:
    hold: Callable[[Shown], None] = FIGURES[figures]
    hold(shown)
