"""What a smart playlist costs in reads and writes is what the table of docs/spotify.md says, and it is right each time."""

import re
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from math import ceil, log2
from pathlib import Path

import pytest

from playlists.writing import put_back
from playlists.writing.sync import hide_list
from tests.playlists.writing.conftest import target, written
from utils import ROOT
from utils.mirror.own_playlists import read_own_lists

pytestmark = pytest.mark.once

SIZE = 2_432
FULL = 10_000
PAGE = (ROOT / "docs" / "spotify.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("## What a smart playlist costs")[2].partition("\n## ")[0]
ROWS = {
    row[0]: row[1:] for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE)[2:]
}


def cost(text, size):
    """What a cell says: `at most 2H + 6`, `⌈(n-100)/50⌉ + 2`, each with the size put in."""
    total = 0
    for term in text.removeprefix("at most ").split(" + "):
        division = re.fullmatch(r"(\d?)⌈(?:n|\(n-(\d+)\))/(\d+)⌉", term)
        halvings = re.fullmatch(r"(\d?)H", term)
        if division:
            total += int(division[1] or 1) * ceil((size - int(division[2] or 0)) / int(division[3]))
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


class Costs:
    """What runs cost for the list of a `Writing`: the reads and writes of each case, without the listing and /me."""

    def __init__(self, mix):
        self.mix = mix
        self.name = {}
        self.measured = {}

    def by_hand(self, edit):
        with self.mix.sim.edit() as library:
            edit(library, self.mix.playlist_id)

    def measure(self, what, wanted, edit=None, work=None):
        """Of a run that should make the list hold `wanted`, after an edit by hand. `work`: instead of an update."""
        if edit is not None:
            self.by_hand(edit)
        with self.mix.asked() as asked:
            work() if work else self.mix.sync(target(wanted, **self.name))
        asked = [request for request in asked if request not in ("GET /me/playlists", "GET /me")]
        writes = len(written(asked))
        self.measured[what] = (len(asked) - writes, writes)
        if wanted is not None:
            held = self.mix.contents()
            assert [uri for uri in held if not uri.startswith("spotify:local:")] == wanted, what

    def compare(self, size):
        """With the table."""
        for what, found_pair in self.measured.items():
            for found, cell in zip(found_pair, ROWS[what], strict=True):
                said = cost(cell, size)
                assert found <= said if cell.startswith("at most") else found == said, (what, found, cell)


def add_local(library, playlist_id, place=700):
    library.playlist_add_local(playlist_id, "Artist", "Album", "Title")
    items = library.playlists[playlist_id].items
    items.insert(place, items.pop())


def drop_local(library, playlist_id):
    items = library.playlists[playlist_id].items
    items[:] = [item for item in items if not item.uri.startswith("spotify:local:")]
    library.touch_playlist(playlist_id)


def put_back_now(run):
    """As `./run playlists put-back mix --yes` does."""
    run.options = run.options._replace(arguments=Namespace(slug="mix"))
    put_back.work(run)


@pytest.mark.slow(12)
def test_the_costs_of_edits_are_those_of_the_table(writing):
    mix = writing()
    costs = Costs(mix)
    measure = costs.measure
    uris = mix.tracks(SIZE + 20)
    whole, more = uris[:SIZE], uris[SIZE:]
    measure("it is made", whole)
    measure("nothing has changed", whole)
    costs.name["name"] = "Mix of another name"
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
        "a track that it holds was added once more by hand": lambda library, it: library.playlist_add(
            it, [whole[5]]
        ),
        "80 tracks that it holds were added once more by hand": lambda library, it: library.playlist_add(
            it, whole[100:180]
        ),
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
    mix.sync(target(wanted[:100], **costs.name))
    measure("it has up to 100 tracks, whatever has changed", [*more[:3], *wanted[96:0:-1]])
    costs.compare(SIZE)


@pytest.mark.slow(12)
def test_the_costs_of_a_list_with_a_local_file_and_of_changes_of_mind_are_those_of_the_table(
    writing, tmp_path
):
    mix = writing()
    costs = Costs(mix)
    measure = costs.measure
    uris = mix.tracks(SIZE + 1)
    whole, more = uris[:SIZE], uris[-1]
    mix.made_of(whole)
    measure("a local file was put into it by hand", whole, add_local)
    measure("one track comes at the end, and a local file is in it", [*whole, more])
    measure("all comes in another order, and a local file is in it", whole[::-1])
    costs.by_hand(drop_local)
    mix.sync(target(whole))
    measure("all comes in another order", whole[::-1])
    mix.sync(target(whole))

    mix.world.change("UPDATE playlist_mappings SET slug = 'old'")
    mix.world.change("UPDATE playlist_mappings SET slug = 'mix', first_slug = 'old'")
    measure("its file has another name", whole)
    assert mix.world.run("api_syncs.materialized_views").status == "done"
    later = datetime.now(UTC) + timedelta(days=60)
    season = f"{{from: {later:%m-%d}, to: {later + timedelta(days=3):%m-%d}}}"
    (tmp_path / "mix.yml").write_text(f"name: Mix\nmatch: everything\nactive: [{season}]\n", encoding="utf-8")
    mix.world.extra["PLAYLIST_DEFINITIONS"] = str(tmp_path)
    with mix.asked() as asked:
        measure(
            "it is out of season",
            whole,
            work=lambda: mix.world.call("-m", "playlists.update_dynamic_playlists"),
        )
    assert asked == []
    measure("it is emptied out of its season", [])
    mix.sync(target(whole))

    def hide(run):
        return hide_list(run, target(whole), read_own_lists(run))

    measure("it is hidden out of its season", None, work=lambda: mix.do(hide))
    measure("it is shown again in its season", whole)
    measure("nothing has changed", whole)
    mix.world.change("DELETE FROM playlist_mappings")
    measure("the database was lost, and it holds what it should", whole)
    with mix.sim.edit() as library:
        library.unfollow_playlist(mix.playlist_id)
    measure("it was deleted in the app", None)
    measure("nothing has changed", None)
    measure("it is made anew after that", whole, work=lambda: mix.create(target(whole)))

    mix.world.change("DELETE FROM playlist_mappings")
    with mix.sim.edit() as library:
        held = [uri.rpartition(":")[2] for uri in whole]
        playlist_id = library.new_playlist("By hand", held, description="For the road")
    longer = target([*whole, more])
    measure(
        "yours is taken over, has another name then, and one track more",
        None,
        work=lambda: mix.create(longer, playlist_id),
    )
    assert mix.contents(playlist_id) == [*whole, more]
    measure("it is put back after that", None, work=lambda: mix.do(put_back_now))
    assert mix.contents(playlist_id) == whole
    assert mix.world.rows("SELECT * FROM playlist_mappings") == []
    costs.compare(SIZE)


@pytest.mark.slow(20)
def test_the_costs_of_a_full_list_are_those_of_the_table(writing):
    mix = writing()
    costs = Costs(mix)
    measure = costs.measure
    whole = mix.tracks(FULL)
    measure("it is made", whole)
    measure("nothing has changed", whole)
    measure("one track goes, wherever it is", [*whole[:7_000], *whole[7_001:]])
    measure("one track comes at the end", [*whole[:7_000], *whole[7_001:], whole[7_000]])
    wanted = [*whole[:7_000], *whole[7_001:], whole[7_000]]
    measure(
        "one track was removed by hand",
        wanted,
        lambda library, it: library.playlist_remove(it, [whole[5_000]]),
    )
    mix.sync(target(wanted[1:]))
    measure("a local file was put into it by hand", wanted[1:], add_local)
    measure("all comes in another order, and a local file is in it", wanted[:0:-1])
    costs.compare(FULL)


def test_every_case_of_the_table_is_measured():
    """By the tests above: of each of its cases, the costs were compared."""
    source = Path(__file__).read_text(encoding="utf-8")
    assert [what for what in ROWS if f'"{what}"' not in source] == []
