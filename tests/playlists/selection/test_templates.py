"""Slugs of the lists of a template: short where a name is plain, never the same for two names."""

import pytest

from playlists.selection.templates import slug_part


@pytest.mark.parametrize(
    ("name", "slug"),
    [("1990s", "1990s"), ("post-punk", "post_punk"), ("R&B / Soul", "r_b_soul"), ("Björk", "bjork")],
)
def test_plain_names(name, slug):
    assert slug_part(name) == slug


def test_names_that_slugs_cannot_spell_stay_apart():
    names = ["日本", "Кино", "Ария", "!!!", "???", "", "日本 2", "中国 2"]
    slugs = {slug_part(name) for name in names}
    assert len(slugs) == len(names)
    assert all(slug.replace("_", "").isalnum() and slug.isascii() for slug in slugs)
