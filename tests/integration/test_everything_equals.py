"""After one daily chain every copied table equals the library.

The second one copies the lists that the first has made, and nothing else; from then on a chain asks little and writes
nothing.
"""

from collections import Counter
from importlib import import_module
from math import ceil

import pytest

from api_syncs.chain import CHAIN
from api_syncs.run_all import run_chain
from utils.job.declaration import Options

pytestmark = pytest.mark.slow(4)

# What the jobs keep for themselves; everything else is a copy, or derived from one.
BOOKKEEPING = (
    "api_calls",
    "api_capabilities",
    "job_controls",
    "logs",
    "playlist_mappings",
    "schema_migrations",
    "sync_history",
    "sync_pauses",
    "sync_seen",
    "sync_state",
    "users",
)


@pytest.fixture
def world(make_world, mode):
    world = make_world(mode=mode, liked=260, albums=60, plays=80, playlists=12, followed=70)
    world.extra["SPOTIFY_MARKET"] = "DE"
    return world


def chain(world):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in world.environment().items():
            patch.setenv(name, value)
        outcomes = run_chain(Options(force=True))
    assert [(o.job, o.message) for o in outcomes if o.exit_code] == []
    return {outcome.job: outcome for outcome in outcomes}


def clean(name):
    """A text as PostgreSQL can hold it; empty counts as unknown."""
    return (name or "").replace("\x00", "") or None


def test_every_table_equals_the_library(world, mode):
    chain(world)
    world.assert_library_equal()
    made = made_lists(world)
    with world.sim.edit() as library:
        own = [p for p in library.user_playlists if p and library.may_read_items(p)]
        lists = {p: library.playlists[p] for p in own}
        plays, followed = library.play_rows(), set(library.followed)
        artists, albums, tracks = dict(library.artists), dict(library.albums), dict(library.tracks)
        tops = {("artist", r): ids[:50] for r, ids in library.top_artists.items()}
        tops |= {("track", r): ids[:50] for r, ids in library.top_tracks.items()}

    assert set(world.rows("SELECT played_at, track_of(item_key) FROM plays")) == plays
    assert {
        r[0] for r in world.rows("SELECT artist_id FROM followed_artists WHERE removed_at IS NULL")
    } == followed
    for (item_type, time_range), ids in tops.items():
        stored = world.rows(
            "SELECT item_id FROM top_items WHERE item_type = %s AND time_range = %s ORDER BY rank",
            item_type,
            time_range,
        )
        assert [row[0] for row in stored] == ids
    for playlist_id, playlist in lists.items():
        if playlist_id in made:
            continue  # by the chain itself, after the lists were copied
        stored = world.rows(
            "SELECT item_uri FROM playlist_items WHERE playlist_id = %s ORDER BY position", playlist_id
        )
        assert [row[0] for row in stored] == [item.uri for item in playlist.items], playlist_id

    for artist_id, name in world.rows("SELECT artist_id, name FROM artists"):
        assert name == clean(artists[artist_id].name)
    for album_id, name, date, total in world.rows(
        "SELECT album_id, name, release_date, total_tracks FROM albums"
    ):
        album = albums[album_id]
        assert (name, date, total) == (clean(album.name), album.release_date or None, len(album.track_ids))
    rows = world.rows(
        "SELECT track_id, name, album_id, duration_ms, explicit, disc_number, track_number FROM tracks"
    )
    for track_id, *stored in rows:
        track = tracks[track_id]
        assert stored == [
            clean(track.name),
            track.album_id,
            track.duration_ms,
            track.explicit,
            track.disc_number,
            track.track_number,
        ]
    for track_id, credited in world.rows(
        "SELECT track_id, array_agg(artist_id ORDER BY position) FROM track_artists GROUP BY track_id"
    ):
        assert credited == tracks[track_id].artist_ids
    isrcs = dict(
        world.rows("SELECT track_id, isrc FROM tracks WHERE track_id IN (SELECT track_id FROM liked_tracks)")
    )
    assert isrcs == {track_id: tracks[track_id].isrc for track_id in isrcs}
    if mode == "extended":
        labels = dict(
            world.rows(
                "SELECT album_id, label FROM albums WHERE album_id IN (SELECT album_id FROM saved_albums)"
            )
        )
        assert labels == {album_id: clean(albums[album_id].label) for album_id in labels}
        popular = dict(
            world.rows("SELECT artist_id, popularity FROM artists JOIN followed_artists USING (artist_id)")
        )
        assert popular == {artist_id: artists[artist_id].popularity for artist_id in popular}
    else:
        assert world.rows("SELECT count(popularity), count(follower_count) FROM artists") == [(0, 0)]


def made_lists(world):
    """The lists that the chain itself has made on Spotify, exclusions and smart playlists: id → URIs."""
    ids = [
        row[0]
        for row in world.rows("SELECT playlist_id FROM playlist_mappings WHERE playlist_id IS NOT NULL")
    ]
    with world.sim.edit() as library:
        return {
            playlist_id: [item.uri for item in library.playlists[playlist_id].items] for playlist_id in ids
        }


def measured_chain(world):
    """Run the chain: table → rows (inserted, updated, deleted), where there are any; requests; outcomes."""
    sql = (
        "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables "
        "WHERE relname <> ALL(%s) AND relname NOT IN (SELECT matviewname FROM pg_matviews)"
    )
    before = {name: counts for name, *counts in world.rows(sql, list(BOOKKEEPING))}
    world.sim.clear_requests()
    outcomes = chain(world)
    after = {name: counts for name, *counts in world.rows(sql, list(BOOKKEEPING))}
    written = {
        name: tuple(new - old for new, old in zip(after[name], before[name], strict=True)) for name in after
    }
    return {name: counts for name, counts in written.items() if any(counts)}, Counter(world.asked()), outcomes


def test_the_second_chain_copies_the_lists_of_the_first_and_the_third_nothing(world):
    chain(world)
    assert (
        world.run("api_syncs.sync_artists").status == "done"
    )  # details of what the discographies have found
    made = made_lists(world)
    sql = "SELECT track_id, t::text FROM tracks AS t"
    before = dict(world.rows(sql))
    with world.sim.edit() as library:
        listed, followed = [p for p in library.user_playlists if p], len(library.followed)
        pages = ceil(len(library.user_playlists) / 50)
    unchanged = {
        "GET /me/player/recently-played": 1,
        "GET /me/tracks": 1,
        "GET /me/albums": 1,
        "GET /me/following": ceil(followed / 50),
        "GET /me/playlists": 2 * pages,  # sync_playlists, and the smart playlists with one reading for all
        f"GET /playlists/{mapped(world, 'exclusions')}": 1,
    }
    assert {playlist_id for playlist_id in made if playlist_id in listed} == set(made)

    written, asked, outcomes = measured_chain(world)
    copying = Counter()
    for playlist_id, uris in made.items():
        copying[f"GET /playlists/{playlist_id}/items"] = max(ceil(len(uris) / 50), 1)
        copying[f"GET /playlists/{playlist_id}"] = int(len(uris) > 50)  # was it edited while it was read?
    assert asked == Counter(unchanged) + copying
    told = {track_id for track_id, row in world.rows(sql) if row != before.get(track_id)}
    assert told <= {uri.rpartition(":")[2] for uris in made.values() for uri in uris}
    items = sum(len(uris) for uris in made.values())
    expected = {
        "playlists": (len(made), len(listed) + len(made), 0),  # the others move down; readable, then read
        "library_events": (len(made), 0, 0),
        "playlist_items": (items, 0, 0),
        "playlist_items_staged": (items, 0, items),
        "playlist_item_history": (sum(len(set(uris)) for uris in made.values()), 0, 0),
        "tracks": (0, len(told), 0),  # known from album pages, which say less
    }
    derived = {"derived_from", "heard_since", "heard_until"}  # made from what has changed
    assert {name: counts for name, counts in written.items() if name not in derived} == {
        name: counts for name, counts in expected.items() if any(counts)
    }
    assert outcomes["sync_images"].tally.new_items == 0
    assert made_lists(world) == made

    written, asked, outcomes = measured_chain(world)
    assert (written, asked) == ({}, unchanged)
    assert outcomes["sync_images"].tally.new_items == 0
    assert [r for r in world.sim.requests if r.kind == "image"] == []


def mapped(world, slug):
    return world.rows("SELECT playlist_id FROM playlist_mappings WHERE slug = %s", slug)[0][0]


def test_the_chain_names_every_script_that_copies():
    names = {import_module(step.module).JOB.name for step in CHAIN}
    assert {
        "sync_followed_artists",
        "sync_playlists",
        "sync_images",
        "clean",
        "check_track_availability",
    } <= names
    assert len(names) == len(CHAIN)
