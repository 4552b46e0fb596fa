"""What each script costs in requests is what docs/spotify.md says: its table is evaluated against the simulator."""

import re
from math import ceil

import pytest

from api_syncs.chain import CHAIN
from utils import ROOT

pytestmark = pytest.mark.once

TABLE = (ROOT / "docs" / "spotify.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| ([^|]+ \| [^|]+) \|$", TABLE, re.MULTILINE))
MODULES = [step.module for step in CHAIN if step.module != "db.init_db"]


def cost(text, sizes):
    """`⌈L/50⌉ + T` with the sizes put in."""
    total = 0
    for term in text.split(" + "):
        division = re.fullmatch(r"⌈(\w)/(\d+)⌉", term)
        if division:
            assert division[1] in sizes, f"{division[1]} of docs/spotify.md is not in sizes_of"
            total += ceil(sizes[division[1]] / int(division[2]))
        else:
            assert term in sizes or term.isdigit(), f"{term} of docs/spotify.md is not in sizes_of"
            total += sizes[term] if term in sizes else int(term)
    return total


def sizes_of(world):
    """The letters of the table, from the library and, for the queues, from the database."""
    with world.sim.edit() as library:
        long = [ceil(len(library.album_track_ids(a)) / 50) - 1 for a in library.saved_album_rows()]
        readable = [library.playlists[p] for p in library.user_playlists if p and library.may_read_items(p)]
        pages = [max(ceil(len(playlist.items) / 50), 1) for playlist in readable]
        albums_of = {
            artist_id: sum(artist_id in album.artist_ids for album in library.albums.values())
            for artist_id in library.followed
        }
        sizes = {
            "L": len(library.liked),
            "A": len(library.saved_albums),
            "F": len(library.followed),
            "P": len(library.user_playlists),
            "T": sum(long),
            "I": sum(pages) + sum(count > 1 for count in pages),
            "G": sum(max(ceil(count / 10), 1) for count in albums_of.values()),
        }
    artists = world.rows("SELECT count(*) FROM artists WHERE enriched_at IS NULL")[0][0]
    albums = world.rows("SELECT count(*) FROM albums WHERE enriched_at IS NULL")[0][0]
    return {**sizes, "S": artists + albums, "K": (artists > 0) + (albums > 0)}


def test_the_table_has_a_row_for_every_script():
    assert set(ROWS) == {module.rpartition(".")[2] for module in MODULES} | {"sync_liked_tracks_full"}


@pytest.mark.slow(5)
@pytest.mark.parametrize(
    "size",
    [
        {"liked": 120, "albums": 30, "followed": 40, "playlists": 4},
        {"liked": 330, "albums": 110, "followed": 120, "playlists": 12},
    ],
    ids=["small", "larger"],
)
def test_the_costs_are_those_of_the_table(make_world, size):
    world = make_world(odd=False, plays=60, **size)
    world.extra["SPOTIFY_MARKET"] = "DE"
    world.run("api_syncs.track_plays")  # asks /me, once per consent
    world.change("DELETE FROM plays")
    world.change(  # what a day without a limit would cost
        "INSERT INTO app_settings SELECT user_id, 'sync.daily_requests_per_group', '1000000' FROM users"
    )
    measured = {}
    for column in (0, 1):
        for module in MODULES:
            name = module.rpartition(".")[2]
            sizes = sizes_of(world)
            world.sim.clear_requests()
            outcome = world.run(
                module, force=module not in ("api_syncs.sync_top_items", "api_syncs.check_track_availability")
            )
            assert outcome.exit_code == 0, outcome.message
            text = ROWS[name].split(" | ")[column]
            measured[name, column] = (len(world.asked()), cost(text, sizes))
        if column == 0:
            # The chain has made two lists of its own, and found albums: copied now, they are part of what is unchanged.
            world.run("api_syncs.sync_playlists")
            world.run("api_syncs.sync_artists")
    assert {key: pair for key, pair in measured.items() if pair[0] != pair[1]} == {}


def test_the_full_pass_costs_all_pages_each_time(make_world):
    world = make_world(liked=230, odd=False)
    first, again = ROWS["sync_liked_tracks_full"].split(" | ")
    world.run("api_syncs.track_plays")
    for text in (first, again):
        world.sim.clear_requests()
        assert world.run("api_syncs.sync_liked_tracks_full").status == "done"
        assert len(world.asked()) == cost(text, {"L": 230})
