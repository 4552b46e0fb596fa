"""Details of artists and albums: the most wanted first, once, within the budget."""

from collections import Counter
from datetime import timedelta

import pytest

pytestmark = pytest.mark.once

NOWHERE = "0" * 22


def order_of(asked, kind="artists"):
    return [line.removeprefix(f"GET /{kind}/") for line in asked if line.startswith(f"GET /{kind}/")]


def waiting(timed, table="artists"):
    return timed.rows(f"SELECT count(*) FROM {table} WHERE enriched_at IS NULL")[0][0]


def no_queue(timed):
    """What the first play run has left to do is out of the way."""
    timed.change("UPDATE artists SET enriched_at = %s", timed.clock.now())
    timed.change("UPDATE albums SET enriched_at = %s", timed.clock.now())


def test_one_request_each_or_one_for_fifty(make_timed, mode):
    timed = make_timed(mode=mode)
    no_queue(timed)
    ids = timed.stub_artists(120)
    timed.done("sync_artists")
    asked = Counter(timed.asked())
    if mode == "extended":
        assert asked == {"GET /artists": 3}
    else:
        assert asked == {"GET /artists": 1, **{f"GET /artists/{artist_id}": 1 for artist_id in ids}}
    assert waiting(timed) == 0
    rows = dict(timed.rows("SELECT artist_id, name FROM artists WHERE artist_id = ANY(%s)", ids))
    assert rows == {artist_id: f"Artist {n}" for n, artist_id in enumerate(ids)}
    timed.done("sync_artists")
    assert timed.asked() == [], "nothing is asked twice, also where there are no genres"


def test_an_artist_is_asked_for_again_after_thirty_days(timed):
    no_queue(timed)
    (artist_id,) = timed.stub_artists(1)
    timed.done("sync_artists")
    timed.asked()
    timed.pass_time(days=29, hours=23)
    timed.change("UPDATE artists SET enriched_at = %s WHERE artist_id <> %s", timed.clock.now(), artist_id)
    timed.done("sync_artists")
    assert timed.asked() == []
    timed.pass_time(hours=1)
    timed.done("sync_artists")
    assert order_of(timed.asked()) == [artist_id]


def singly(timed):
    """How many artists and albums were asked for by id."""
    return sum(line.count("/") == 2 for line in timed.asked())


def test_details_are_new_once_and_later_updated_or_unchanged(timed):
    changed, _ = timed.stub_artists(2)
    with timed.sim.edit() as library:
        album = library.new_album(tracks=2)
        library.like(library.album_track_ids(album)[0])
    timed.done("sync_liked_tracks")
    timed.asked()
    first = timed.done("sync_artists").tally
    assert first.items_processed == first.new_items == singly(timed)
    timed.pass_time(days=31)
    with timed.sim.edit() as library:
        library.artists[changed].name = "Another Name"
    second = timed.done("sync_artists").tally
    assert (second.new_items, second.updated_items) == (0, 1)
    assert second.unchanged_items == singly(timed) - 1 > 0


@pytest.mark.parametrize("answered", [None, []])
def test_what_is_left_out_never_overwrites_what_is_known(make_timed, answered):
    """Case: an app in Development Mode looks at a database that an extended one has filled."""
    timed = make_timed()
    no_queue(timed)
    with timed.sim.edit() as library:
        artist_id = library.new_artist("New name", answered)
    timed.change(
        "INSERT INTO artists (artist_id, name, genres, popularity, follower_count) "
        "VALUES (%s, 'Old name', '{rock}', 50, 1000)",
        artist_id,
    )
    timed.done("sync_artists")
    assert timed.rows(
        "SELECT name, genres, popularity, follower_count, enriched_at FROM artists WHERE artist_id = %s",
        artist_id,
    ) == [("New name", ["rock"], 50, 1000, timed.clock.now())]


def test_no_genres_is_an_answer_and_others_are_stored(make_timed):
    timed = make_timed(mode="extended")
    no_queue(timed)
    without, with_pop = sorted(
        timed.stub_artists(2), key=lambda a: len(timed.sim.library.artists[a].genres or [])
    )
    timed.done("sync_artists")
    rows = dict(
        timed.rows("SELECT artist_id, genres FROM artists WHERE artist_id IN (%s, %s)", without, with_pop)
    )
    assert rows == {without: [], with_pop: ["pop"]}


def test_an_unknown_or_impossible_id_is_not_asked_for_for_ever(make_timed, mode):
    timed = make_timed(mode=mode)
    no_queue(timed)
    (known,) = timed.stub_artists(1)
    timed.change("INSERT INTO artists (artist_id, name) VALUES (%s, 'Gone'), ('odd', 'Odd')", NOWHERE)
    timed.done("sync_artists")
    assert len(timed.asked()) == (1 if mode == "extended" else 3)
    rows = timed.rows("SELECT name, enriched_at IS NULL FROM artists WHERE artist_id IN (%s, 'odd')", NOWHERE)
    assert sorted(rows) == [("Gone", True), ("Odd", True)], "that it is unknown is no detail of it"
    assert timed.rows("SELECT name FROM artists WHERE artist_id = %s", known) == [("Artist 0",)]
    again = ["GET /artists" if mode == "extended" else f"GET /artists/{NOWHERE}"]
    for asked in (again, again, [], []):
        timed.done("sync_artists")
        assert timed.asked() == asked, "until it has been refused three times in a row"
    timed.pass_time(days=29, hours=23)
    for hours, asked in ((0, 0), (1, 1), (0, 0)):
        timed.pass_time(hours=hours)
        timed.change("UPDATE artists SET enriched_at = %s WHERE artist_id <> %s", timed.clock.now(), NOWHERE)
        timed.done("sync_artists")
        assert len(timed.asked()) == asked * (2 if mode == "development" else 1), "and then for 30 days not"
    assert timed.rows("SELECT item_id, times FROM refusals") == [(NOWHERE, 4)]


def test_a_refusal_counts_for_long_when_it_is_repeated_a_day_later(timed):
    no_queue(timed)
    timed.change("INSERT INTO artists (artist_id) VALUES (%s)", NOWHERE)
    timed.done("sync_artists")
    timed.pass_time(days=1)
    timed.asked()
    for number in (1, 0):
        timed.done("sync_artists")
        assert order_of(timed.asked()) == [NOWHERE] * number


def test_an_artist_that_spotify_knows_again_is_as_if_it_had_never_been_refused(timed):
    no_queue(timed)
    (artist_id,) = timed.stub_artists(1)
    timed.sim.faults.add("status", match=f"/artists/{artist_id}", status=404, times=2)
    for left in (1, 1, 0):
        timed.done("sync_artists")
        assert waiting(timed) == left
    assert timed.rows("SELECT count(*) FROM refusals") == [(0,)]


def test_an_answer_without_an_id_is_said_and_asked_for_again(timed):
    no_queue(timed)
    ids = timed.stub_artists(1)
    timed.sim.faults.add("status", status=200, json={"name": "No id"}, match=f"/artists/{ids[0]}", times=1)
    outcome = timed.run("sync_artists")
    assert (outcome.status, outcome.tally.bad_items) == ("failed", 1)
    timed.asked()
    timed.done("sync_artists")
    assert timed.asked() == [f"GET /artists/{ids[0]}"]


def test_liked_and_played_artists_come_first_then_the_order_is_that_of_ids(make_timed):
    timed = make_timed(liked=30)
    rest = timed.stub_artists(3)
    timed.done("sync_liked_tracks")
    timed.change("UPDATE albums SET enriched_at = %s", timed.clock.now())
    wanted = {
        artist_id
        for (artist_id,) in timed.rows(
            "SELECT artist_id FROM track_artists JOIN liked_tracks USING (track_id) "
            "UNION SELECT artist_id FROM track_artists JOIN played_tracks USING (track_id)"
        )
    }
    others = {artist_id for (artist_id,) in timed.rows("SELECT artist_id FROM artists")} - wanted
    assert set(rest) <= others
    timed.asked()
    timed.done("sync_artists")
    assert order_of(timed.asked()) == sorted(wanted) + sorted(others)


def test_old_details_wait_until_no_artist_is_a_stub(timed):
    no_queue(timed)
    timed.pass_time(days=31)
    stubs = timed.stub_artists(2)
    timed.change("UPDATE albums SET enriched_at = %s", timed.clock.now())
    timed.done("sync_artists")
    assert order_of(timed.asked())[:2] == sorted(stubs)


def test_albums_of_liked_and_played_tracks_are_filled_in_and_no_track_is_stored_for_nobody(make_timed, mode):
    timed = make_timed(mode=mode)
    no_queue(timed)
    with timed.sim.edit() as library:
        liked = library.new_album(tracks=60, name="Liked")
        saved = library.new_album(tracks=3, name="Saved")
        known = library.albums[liked]
        known.label, known.upc, known.popularity = "A Label", "123456789012", 40
        for album_id in (liked, saved):
            library.like(library.albums[album_id].track_ids[0])
        library.save_album(saved)
    timed.done("sync_liked_tracks")
    timed.done("sync_saved_albums")
    timed.change("UPDATE artists SET enriched_at = %s", timed.clock.now())
    timed.change(
        "UPDATE albums SET enriched_at = %s WHERE album_id <> ALL(%s)", timed.clock.now(), [liked, saved]
    )
    timed.asked()
    timed.done("sync_artists")
    asked = timed.asked()
    if mode == "extended":
        assert asked == ["GET /albums"]
    else:
        assert order_of(asked, "albums") == [liked], "saved ones came as a whole"
    (row,) = timed.rows("SELECT label, upc, popularity, total_tracks FROM albums WHERE album_id = %s", liked)
    assert row == (
        ("A Label", "123456789012", 40, 60) if mode == "extended" else (None, "123456789012", None, 60)
    )
    assert timed.rows("SELECT count(*) FROM tracks WHERE album_id = %s", liked) == [(1,)], "the liked one"
    assert timed.rows("SELECT count(*) FROM album_tracks WHERE album_id = %s", liked) == [(1,)], "its place"
    before = timed.rows("SELECT count(*) FROM tracks")
    assert timed.world.run("db.clean", clock=timed.clock).tally.removed_items == 0
    assert timed.rows("SELECT count(*) FROM tracks") == before


def test_albums_come_in_the_order_in_which_they_are_wanted(make_timed, mode):
    """Liked, new of followed artists (then other artists), in own lists, others of followed artists, the rest.

    What is in a list of our own making belongs to the rest.
    """
    timed = make_timed(mode=mode)
    no_queue(timed)
    today = timed.clock.now()
    with timed.sim.edit() as library:
        liked = library.new_album(tracks=2, name="Liked")
        library.like(library.albums[liked].track_ids[0])
        own, others, made = (library.new_album(tracks=2) for _ in range(3))
        library.new_playlist("Mine", [library.albums[own].track_ids[0]])
        smart = library.new_playlist("Made", [library.albums[made].track_ids[0]])
        followed = library.new_artist("Followed")
        days = {
            name: today - timedelta(days=n)
            for name, n in (("new", 3), ("newer", 1), ("old", 70), ("older", 700))
        }
        dated = {
            name: library.new_album(tracks=2, artist_id=followed, release_date=f"{day:%Y-%m-%d}")
            for name, day in days.items()
        }
        vague = library.new_album(tracks=2, artist_id=followed, release_date=f"{today.year}")
    timed.done("sync_liked_tracks")
    timed.done("sync_playlists")
    timed.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, playlist_id, rules) VALUES (%s, 'made', 'Made', %s, '{}')",
        timed.user_id,
        smart,
    )
    timed.follow(followed)
    timed.done("sync_artist_albums")
    timed.change("INSERT INTO albums (album_id) VALUES (%s)", others)
    timed.change("UPDATE artists SET enriched_at = %s", timed.clock.now())
    wanted = [liked, dated["newer"], dated["new"], own, dated["old"], vague, dated["older"], made, others]
    timed.change("UPDATE albums SET enriched_at = %s WHERE album_id <> ALL(%s)", today, wanted)
    stubs = timed.stub_artists(3)
    timed.asked()
    timed.done("sync_artists")
    calls = [request.query.get("ids") or request.path.rpartition("/")[2] for request in timed.sim.requests]
    order = [item for call in calls for item in call.split(",")]
    order = list(dict.fromkeys(item for item in order if item in {*wanted, *stubs}))
    assert order == [*wanted[:3], *sorted(stubs), *wanted[3:]]
    tracks = "SELECT album_id, count(*) FROM tracks WHERE album_id = ANY(%s) GROUP BY album_id"
    whole = dict.fromkeys([*dated.values(), vague], 2)  # of a followed artist; of others what is needed
    assert dict(timed.rows(tracks, wanted)) == {liked: 1, own: 1, **{made: 1}, **whole}


def test_an_album_that_spotify_no_longer_knows_is_asked_for_a_few_times(make_timed):
    timed = make_timed()
    timed.change("UPDATE artists SET enriched_at = %s", timed.clock.now())
    album_id = timed.rows("SELECT min(album_id) FROM albums")[0][0]
    with timed.sim.edit() as library:
        library.dead_ids.add(album_id)
    name = timed.rows("SELECT name, release_date FROM albums WHERE album_id = %s", album_id)
    for number in (1, 1, 1, 0, 0):
        timed.done("sync_artists")
        assert order_of(timed.asked(), "albums").count(album_id) == number
    assert waiting(timed, "albums") == 1
    assert timed.rows("SELECT name, release_date FROM albums WHERE album_id = %s", album_id) == name


def test_a_used_up_budget_ends_the_run_and_the_next_one_goes_on(timed):
    no_queue(timed)
    timed.set("sync.daily_requests_per_group", 100)
    timed.use(30)
    ids = timed.stub_artists(70)
    timed.done("sync_artists")
    first = order_of(timed.asked())
    assert first == sorted(ids)[:50]
    assert timed.rows("SELECT message FROM logs WHERE message LIKE %s", "%budget%") == [
        (
            "the day's budget of requests is used up: 20 artists and albums wait for the next runs, done in about 0.4 days, at 50 requests a day",
        )
    ]
    timed.done("sync_artists")
    assert timed.asked() == []
    timed.pass_time(hours=25)
    timed.done("sync_artists")
    assert order_of(timed.asked()) == sorted(ids)[50:]


@pytest.mark.parametrize("how", ["stop", "end"])
def test_what_was_committed_is_not_asked_for_again(timed, how):
    no_queue(timed)
    ids = sorted(timed.stub_artists(45))

    def hook(request):
        if request.path == f"/artists/{ids[33]}" and how == "stop":
            timed.pass_time(minutes=30)

    timed.world.extra["JOB_TIME_BUDGET_MINUTES"] = "10"
    timed.sim.on_request = hook
    if how == "end":
        timed.end_at(f"/artists/{ids[33]}")
    assert timed.run("sync_artists").status == ("failed" if how == "end" else "stopped")
    timed.sim.on_request = None
    timed.sim.faults.clear()
    assert 45 - waiting(timed) == 32
    timed.asked()
    timed.done("sync_artists")
    assert order_of(timed.asked()) == ids[32:]
