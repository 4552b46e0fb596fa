"""Covers: a pattern per key, and the odd ones on order."""

import pytest

from simulator.routes.images import ODD, TOO_MANY_BYTES, pattern_png

EXPECTED = {
    "transparent": (200, b"\x89PNG"),
    "animated": (200, b"GIF89a"),
    "gone": (404, b""),
    "html": (200, b"<html>"),
    "redirect": (302, b""),
    "huge": (200, b"\x89PNG"),
    "truncated": (200, b"\x89PNG"),
    "heavy": (200, b"\x89PNG"),
    "empty": (200, b""),
}


@pytest.mark.parametrize("name", sorted(ODD))
def test_odd_covers_are_as_ordered(shared, reader, name):
    url = shared.api_url.removesuffix("/v1") + ODD[name]
    answer = reader.get(url, allow_redirects=False)
    status, start = EXPECTED[name]
    assert (answer.status_code, answer.content[: len(start)]) == (status, start)
    assert (len(answer.content) == TOO_MANY_BYTES) == (name == "heavy")


def test_a_pattern_is_the_same_for_the_same_key():
    assert pattern_png("35" * 12, 64) == pattern_png("35" * 12, 64) != pattern_png("36" * 12, 64)
    assert b"tRNS" not in pattern_png("35" * 12, 64)
    assert b"tRNS" in pattern_png("35" * 12, 64, alphas=b"\0")
