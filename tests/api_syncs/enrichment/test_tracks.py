"""Details of tracks that an imported history only names: the most played first, and album by album, within the budget."""

from collections import Counter
from datetime import timedelta
from math import ceil

import pytest

from simulator.exports.export import write_export
from simulator.exports.repertoire import know_all
from tests.imported_history import import_file, import_plays

LACKING = (
    "SELECT count(*) FROM tracks AS t WHERE album_id IS NULL OR duration_ms IS NULL "
    "OR NOT EXISTS (SELECT FROM track_artists AS a WHERE a.track_id = t.track_id)"
)


def named(timed):
    """How many tracks wait."""
    return timed.rows("SELECT count(*) FROM tracks WHERE album_id IS NULL")[0][0]


def new_albums(timed, *lengths):
    """The ids of new albums' tracks, album by album."""
    with timed.sim.edit() as library:
        made = [library.new_album(length, f"No {n}") for n, length in enumerate(lengths)]
        return [library.album_track_ids(album_id) for album_id in made]


def album_of(timed, track_id):
    return timed.sim.library.tracks[track_id].album_id


def played(timed, *albums):
    """Import plays of the tracks of these albums, of each one less than of the one before."""
    ids = [track_id for album in albums for track_id in album]
    import_plays(timed.world, {each: len(ids) - n for n, each in enumerate(ids)}, timed.clock)
    timed.asked()


def asked_for(timed):
    """What was asked for by its id, in order: that a batch is not to be had is tried first."""
    return [line.removeprefix("GET /") for line in timed.asked() if line.count("/") == 2]


def pages_too(timed):
    """Likewise, with the pages of albums."""
    return [line.removeprefix("GET /") for line in timed.asked() if line.count("/") > 1]


def test_an_album_is_asked_for_once_however_many_of_its_tracks_were_played(make_timed, mode):
    timed = make_timed(mode=mode)
    albums = new_albums(timed, *[5] * 60)
    with timed.sim.edit() as library:
        ids = [track_id for album in albums for track_id in album]
        titles = {track_id: library.tracks[track_id].name for track_id in ids}
    import_plays(timed.world, dict.fromkeys(ids, 1), timed.clock)
    timed.asked()
    assert named(timed) == 300
    tally = timed.done("sync_tracks").tally
    asked = timed.asked()
    if mode == "extended":
        assert Counter(asked) == {"GET /tracks": 2, "GET /albums": ceil(50 / 20) + ceil(10 / 20)}
    else:
        kinds = Counter(line.split("/")[1] for line in asked)
        assert kinds == {"tracks": 1 + 60, "albums": 1 + 60}, "with a try of each batch endpoint"
    assert (tally.items_processed, tally.new_items) == (300, 300)
    assert timed.rows(LACKING) == [(0,)]
    assert dict(timed.rows("SELECT track_id, name FROM tracks WHERE track_id = ANY(%s)", ids)) == titles
    timed.done("sync_tracks")
    assert timed.asked() == []


def test_the_most_played_album_comes_first_and_as_a_whole(timed):
    first, second = new_albums(timed, 3, 2)
    plays = {first[0]: 1, first[1]: 4, first[2]: 4, second[0]: 7, second[1]: 1}
    import_plays(timed.world, plays, timed.clock)
    timed.asked()
    timed.done("sync_tracks")
    tracks = [min(first[1:]), second[0]]
    assert asked_for(timed) == [
        *(f"tracks/{track_id}" for track_id in tracks),
        *(f"albums/{album_of(timed, track_id)}" for track_id in tracks),
    ]


def test_the_album_of_a_single_track_is_left_to_sync_artists(timed):
    """Which asks for it anyway."""
    albums = new_albums(timed, *[1] * 5)
    timed.change("UPDATE artists SET enriched_at = %s", timed.clock.now())
    timed.change("UPDATE albums SET enriched_at = %s", timed.clock.now())
    played(timed, *albums)
    timed.done("sync_tracks")
    assert asked_for(timed) == [f"tracks/{track_id}" for (track_id,) in albums]
    timed.done("sync_artists")
    assert sorted(line for line in asked_for(timed) if line.startswith("albums/")) == sorted(
        f"albums/{album_of(timed, track_id)}" for (track_id,) in albums
    )


def test_of_an_album_of_which_a_track_is_known_only_the_album_is_asked_for(timed):
    (tracks,) = new_albums(timed, 4)
    with timed.sim.edit() as library:
        library.play(tracks[0], timed.clock.now() - timedelta(hours=1))
    timed.done("track_plays")
    played(timed, tracks)
    timed.done("sync_tracks")
    assert asked_for(timed) == [f"albums/{album_of(timed, tracks[0])}"]
    assert named(timed) == 0


def test_an_album_that_came_before_the_import_comes_again_for_two_tracks_or_more(timed):
    """Its tracks were needed by nobody then."""
    one, more = new_albums(timed, 2, 4)
    with timed.sim.edit() as library:
        library.like(one[0])
        library.like(more[0])
    timed.done("sync_liked_tracks")
    timed.done("sync_artists")
    played(timed, more, one)
    assert named(timed) == 4
    timed.done("sync_tracks")
    assert asked_for(timed) == [f"albums/{album_of(timed, more[0])}", f"tracks/{one[1]}"]
    assert named(timed) == 0


def test_what_the_albums_listing_lacks_is_asked_for_singly(timed):
    """Other ids of a recording, and what is behind the first fifty."""
    (tracks,) = new_albums(timed, 52)
    with timed.sim.edit() as library:
        others = [library.new_relink(track_id) for track_id in tracks[:2]]
    played(timed, tracks, others)
    timed.done("sync_tracks")
    album = f"albums/{album_of(timed, tracks[0])}"
    asked = pages_too(timed)
    assert asked[:2] == [f"tracks/{tracks[0]}", album]
    assert asked[2:] == [f"{album}/tracks", *(f"tracks/{track_id}" for track_id in others)]
    assert timed.rows(LACKING) == [(0,)]


@pytest.mark.parametrize(
    ("length", "heard", "requests"),
    [
        (50, 50, {"tracks": 1, "albums": 1}),
        (61, 61, {"tracks": 1, "albums": 1, "pages": 1}),
        (120, 120, {"tracks": 1, "albums": 1, "pages": 2}),
        (120, 53, {"tracks": 1, "albums": 1, "pages": 1}),  # the last page is not needed
        (120, 52, {"tracks": 1 + 2, "albums": 1}),  # as many pages as tracks: tracks say more
        (61, 51, {"tracks": 1 + 1, "albums": 1}),
        (61, 11, {"tracks": 1, "albums": 1}),
    ],
)
def test_of_a_long_album_pages_are_asked_for_where_they_are_fewer(timed, length, heard, requests):
    (tracks,) = new_albums(timed, length)
    played(timed, tracks[:heard])
    tally = timed.done("sync_tracks").tally
    album_id = album_of(timed, tracks[0])
    kinds = Counter("pages" if line.endswith("/tracks") else line.split("/")[0] for line in pages_too(timed))
    assert kinds == requests
    assert (tally.new_items, named(timed)) == (heard, 0)
    assert timed.rows(LACKING) == [(0,)]
    listed = heard if "pages" in requests else min(heard, 50)
    assert timed.rows("SELECT count(*) FROM album_tracks WHERE album_id = %s", album_id) == [(listed,)]
    timed.done("sync_tracks")
    assert timed.asked() == []


def test_with_batch_endpoints_no_page_is_fewer_than_its_tracks(make_timed):
    timed = make_timed(mode="extended")
    played(timed, *new_albums(timed, 61, 120))
    timed.done("sync_tracks")
    assert Counter(timed.asked()) == {"GET /tracks": 1 + 2, "GET /albums": 1}
    assert named(timed) == 0


def test_pages_are_of_the_days_budget_too(timed):
    """Behind a try of each batch endpoint, a track and an album, one page is left of five requests."""
    timed.set("sync.daily_requests_per_group", 50)
    timed.use(20)
    (tracks,) = new_albums(timed, 150)
    played(timed, tracks)
    waiting = []
    for _ in range(2):
        timed.done("sync_tracks")
        waiting.append(named(timed))
        timed.pass_time(hours=24)
    assert waiting == [50, 0]


def test_a_track_of_a_page_that_nobody_needs_is_not_stored(timed):
    (tracks,) = new_albums(timed, 61)
    played(timed, tracks[:1] + tracks[52:58])
    timed.done("sync_tracks")
    assert timed.rows("SELECT count(*) FROM tracks WHERE track_id = ANY(%s)", tracks) == [(7,)]
    assert named(timed) == 0


def test_another_track_told_of_in_place_of_the_one_that_was_played_takes_its_id(timed):
    """Spotify relinks by the listener's country; in Development Mode nothing says so. That album does not have the others."""
    tracks, others = new_albums(timed, 2, 2)
    played(timed, tracks)
    for asked, told in zip(tracks, others, strict=True):
        with timed.sim.edit() as library:
            known = library.tracks[told]
            album = library.albums[known.album_id]
        payload = {
            "id": told,
            "name": "Told",
            "duration_ms": 1234,
            "artists": [{"id": known.artist_ids[0], "name": "A"}],
        }
        payload["album"] = {
            "id": album.id,
            "name": album.name,
            "artists": [{"id": known.artist_ids[0], "name": "A"}],
        }
        timed.sim.faults.add("status", status=200, json=payload, match=f"GET /tracks/{asked}", times=None)
    timed.done("sync_tracks")
    assert asked_for(timed) == [f"tracks/{track_id}" for track_id in tracks]
    which = (
        "SELECT track_id, name, duration_ms, album_id FROM tracks WHERE track_id = ANY(%s) ORDER BY track_id"
    )
    album_id = album_of(timed, others[0])
    assert timed.rows(which, [*tracks, *others]) == [
        (each, "Told", 1234, album_id) for each in sorted(tracks)
    ]


def test_an_id_that_spotify_knows_no_more_keeps_its_name_and_is_left_alone_for_a_while(make_timed, mode):
    timed = make_timed(mode=mode)
    (tracks,) = new_albums(timed, 1)
    with timed.sim.edit() as library:
        name = library.tracks[tracks[0]].name
        played_id = tracks[0]
        library.dead_ids.add(played_id)
    played(timed, tracks)
    for asked in (1, 1, 1, 0, 0):
        timed.done("sync_tracks")
        assert len([line for line in timed.asked() if line != "GET /tracks" or mode == "extended"]) == asked
    timed.pass_time(days=30)
    timed.done("sync_tracks")
    assert timed.asked()
    row = "SELECT name, given_artist, given_album, album_id, duration_ms FROM tracks WHERE track_id = %s"
    assert timed.rows(row, played_id) == [(name, "Artist of No 0", "No 0", None, None)]
    assert timed.rows("SELECT kind, item_id, times FROM refusals") == [("track_details", played_id, 4)]


def test_an_album_that_spotify_knows_no_more_costs_one_request(timed):
    (tracks,) = new_albums(timed, 3)
    with timed.sim.edit() as library:
        library.dead_ids.add(album_of(timed, tracks[0]))
    played(timed, tracks)
    timed.done("sync_tracks")
    asked = asked_for(timed)
    assert sorted(asked) == sorted(
        [*(f"tracks/{each}" for each in tracks), f"albums/{album_of(timed, tracks[0])}"]
    )
    assert named(timed) == 0


def test_an_answer_without_an_album_is_none(timed):
    (tracks,) = new_albums(timed, 1)
    played(timed, tracks)
    payload = {"id": tracks[0], "name": "Told", "artists": []}
    timed.sim.faults.add("status", status=200, json=payload, match=f"GET /tracks/{tracks[0]}", times=None)
    for number in (1, 1, 1, 0):
        timed.done("sync_tracks")
        assert len(asked_for(timed)) == number


def test_the_budget_is_shared_with_the_details_of_artists_and_albums(timed):
    """Each gets half of what both may have, and what the other one leaves; the queue goes on the next day where it was."""
    timed.set("sync.daily_requests_per_group", 100)
    timed.stub_artists(300)
    played(timed, *new_albums(timed, *[3] * 30))
    said = "SELECT message FROM logs WHERE source = 'sync_tracks' AND message LIKE '%%budget%%' ORDER BY log_id DESC LIMIT 1"
    spent = []
    while named(timed):
        for job in ("sync_tracks", "sync_artists"):
            timed.done(job)
            spent.append((job, len(timed.asked())))
        if len(spent) == 2:
            ((message,),) = timed.rows(said)
            assert "tracks wait for the next runs, done in about" in message
            assert "at 40 requests a day" in message
        timed.pass_time(hours=24)
    assert spent == [("sync_tracks", 41), ("sync_artists", 39), ("sync_tracks", 18), ("sync_artists", 62)], (
        "80, with what albums bring"
    )
    assert timed.rows(LACKING) == [(0,)]


def test_on_a_day_of_which_others_have_used_half_it_gets_a_tenth(timed):
    timed.set("sync.daily_requests_per_group", 100)
    timed.use(50)
    played(timed, *new_albums(timed, *[1] * 30))
    timed.done("sync_tracks")
    assert len(asked_for(timed)) == 10


def test_it_can_be_switched_off(timed):
    played(timed, *new_albums(timed, 2))
    timed.set("plays.sync_tracks", False)
    assert timed.run("sync_tracks").status == "skipped"
    assert timed.asked() == []


def test_how_far_it_is_can_be_seen(timed):
    timed.set("sync.daily_requests_per_group", 50)
    played(timed, *new_albums(timed, *[3] * 30))
    timed.done("sync_tracks")
    state = "SELECT last_synced_offset, total_estimated, is_complete FROM sync_state WHERE entity_type = 'track_details'"
    assert timed.rows(state) == [(90 - named(timed), 90, False)]
    assert 0 < named(timed) < 90


@pytest.mark.slow(5)
def test_of_a_whole_export_it_costs_two_requests_an_album(timed, tmp_path):
    """A ninth of the URIs are other ids of a recording, which no album's listing has."""
    with timed.sim.edit() as library:
        know_all(library)
        written = write_export(library, tmp_path, timed.clock.now(), rows=3_000, years=4)
    import_file(timed.world, *written.paths, clock=timed.clock)
    timed.asked()
    timed.set("sync.daily_requests_per_group", 100_000)
    tracks = named(timed)
    with timed.sim.edit() as library:
        listed = {track_id for album in library.albums.values() for track_id in album.track_ids}
    others = sum(
        track_id not in listed
        for (track_id,) in timed.rows("SELECT track_id FROM tracks WHERE album_id IS NULL")
    )
    ((albums,),) = timed.rows(
        "SELECT count(*) FROM (SELECT DISTINCT given_artist, given_album FROM tracks WHERE album_id IS NULL) AS a"
    )
    timed.done("sync_tracks")
    asked = Counter(line.split("/")[0] for line in asked_for(timed))
    assert timed.rows(LACKING) == [(0,)]
    assert asked["albums"] <= albums
    assert asked["tracks"] <= albums + others
    assert tracks > 3 * sum(asked.values())
