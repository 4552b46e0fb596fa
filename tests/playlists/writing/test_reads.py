"""What a smart playlist costs in reads and writes is what the table of docs/spotify.md says, and it is right each time."""

import re
from math import ceil, log2

import pytest

from tests.playlists.writing.conftest import target, written
from utils import ROOT

SIZE = 2_432
PAGE = (ROOT / "docs" / "spotify.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("## What a smart playlist costs")[2].partition("\n## ")[0]
ROWS = {
    row[0]: row[1:] for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE)[2:]
}


def cost(text, size):
    """What a cell says: `at most 2H + 6`, `⌈(n-100)/50⌉ + 2`, each with the size put in."""
    total = 0
    for term in text.removeprefix("at most ").split(" + "):
        division = re.fullmatch(r"⌈(?:n|\(n-(\d+)\))/(\d+)⌉", term)
        halvings = re.fullmatch(r"(\d?)H", term)
        if division:
            total += ceil((size - int(division[1] or 0)) / int(division[2]))
        elif halvings:
            total += int(halvings[1] or 1) * ceil(log2(size / 50))
        else:
            total += int(term)
    return total


def move(library, playlist_id, start, to):
    """By hand: one track to another place."""
    items = library.playlists[playlist_id].items
    items.insert(to, items.pop(start))
    library.touch_playlist(playlist_id)


def remove_and_add(library, playlist_id, uri, other):
    library.playlist_remove(playlist_id, [uri])
    library.playlist_add(playlist_id, [other])


def edit_while_it_is_written(mix, edit):
    """Right before our first write."""

    def hook(request):
        if request.kind == "api" and request.method != "GET":
            mix.sim.on_request = None
            with mix.sim.edit() as library:
                edit(library)

    mix.sim.on_request = hook


@pytest.mark.slow(12)
def test_the_costs_are_those_of_the_table(writing):
    mix = writing()
    uris = mix.tracks(SIZE + 20)
    whole, more = uris[:SIZE], uris[SIZE:]
    name = {}
    measured = {}

    def measure(what, wanted, edit=None):
        """The reads and writes of a run, after an edit by hand; the listing and /me are not of the list."""
        if edit is not None:
            with mix.sim.edit() as library:
                edit(library, mix.playlist_id)
        with mix.asked() as asked:
            mix.sync(target(wanted, **name))
        asked = [request for request in asked if request not in ("GET /me/playlists", "GET /me")]
        writes = len(written(asked))
        measured[what] = (len(asked) - writes, writes)
        assert mix.contents() == wanted, what

    measure("it is made", whole)
    measure("nothing has changed", whole)
    name["name"] = "Mix of another name"
    measure("it has another name", whole)
    measure("one track comes at the end", [*whole, more[0]])
    shorter = [*whole[:1_200], *whole[1_201:], more[0]]
    measure("one track goes, wherever it is", shorter)
    measure("one track comes in front", [more[1], *shorter])
    wanted = [*shorter, more[2]]
    measure("one goes in front, and one comes at the end", wanted)
    by_hand = {
        "one track was removed by hand": lambda library, it: library.playlist_remove(it, [whole[1_500]]),
        "one track was added by hand": lambda library, it: library.playlist_add(it, [more[5]]),
        "one was removed and one added by hand": lambda library, it: remove_and_add(
            library, it, whole[1_500], more[5]
        ),
        "one track was moved by hand, far away": lambda library, it: move(library, it, 2_000, 300),
        "one track was moved by hand, a place further": lambda library, it: move(library, it, 1_501, 1_502),
        "its cover was changed by hand": lambda library, it: library.touch_playlist(it),
    }
    for what, edit in by_hand.items():
        measure(what, wanted, edit)
    edit_while_it_is_written(mix, lambda library: move(library, mix.playlist_id, 700, 900))
    wanted = wanted[:-1]
    measure("somebody edits it while it is written", wanted)
    assert mix.row("unproven_since IS NOT NULL") == (True,)
    mix.world.change("UPDATE playlist_mappings SET unproven_since = unproven_since - interval '7 days'")
    measure("a week has gone by since parts of it were read", wanted)
    assert mix.row("unproven_since") == (None,)
    measure("nothing has changed", wanted)
    mix.sync(target(wanted[:100], **name))
    measure("it has up to 100 tracks, whatever has changed", [*more[:3], *wanted[96:0:-1]])

    assert measured.keys() == ROWS.keys()
    for what, cells in ROWS.items():
        for found, cell in zip(measured[what], cells, strict=True):
            said = cost(cell, SIZE)
            assert found <= said if cell.startswith("at most") else found == said, (what, found, cell)
