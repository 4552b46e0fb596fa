"""Albums of followed artists: the longest unseen first, page by page, within the budget."""

from collections import Counter
from datetime import timedelta

import pytest

pytestmark = pytest.mark.once

NOWHERE = "0" * 22


def looked_at(asked):
    """Artists in the order asked, once per page."""
    return [line.split("/")[2] for line in asked if line.endswith("/albums")]


def credited(timed, artist_id):
    rows = timed.rows("SELECT album_id FROM album_artists WHERE artist_id = %s", artist_id)
    return {album_id for (album_id,) in rows}


def messages(timed):
    return [line for (line,) in timed.rows("SELECT message FROM logs ORDER BY logged_at, line_number")]


def test_all_albums_singles_and_compilations_come_ten_per_request(make_timed, mode):
    timed = make_timed(mode=mode)
    artist_id, albums = timed.new_artist_with(23, release_date="1981-12")
    with timed.sim.edit() as library:
        albums.append(library.new_album(tracks=2, artist_id=artist_id, album_type="single"))
        albums.append(library.new_album(tracks=2, artist_id=artist_id, album_type="compilation"))
    timed.follow(artist_id)
    timed.done("sync_artist_albums")
    assert timed.asked() == [f"GET /artists/{artist_id}/albums"] * 3
    assert credited(timed, artist_id) == set(albums)
    assert timed.rows(
        "SELECT name, album_type, release_date, release_date_precision, total_tracks, image_url IS NULL "
        "FROM albums WHERE album_id = %s",
        albums[0],
    ) == [("Album 0", "album", "1981-12", "month", 1, False)]
    assert timed.rows("SELECT albums_synced_at FROM artists WHERE artist_id = %s", artist_id) == [
        (timed.clock.now(),)
    ]


def test_an_artist_is_looked_at_once_a_day_and_costs_one_request_when_nothing_is_new(timed):
    artist_id, _ = timed.new_artist_with(25)
    timed.follow(artist_id)
    timed.done("sync_artist_albums")
    timed.asked()
    timed.pass_time(hours=23, minutes=59)
    timed.done("sync_artist_albums")
    assert timed.asked() == []
    timed.pass_time(minutes=1)
    timed.done("sync_artist_albums")
    assert len(timed.asked()) == 1


def test_a_new_album_is_found_wherever_it_stands(timed):
    artist_id, _ = timed.new_artist_with(25)
    timed.follow(artist_id)
    timed.done("sync_artist_albums")
    with timed.sim.edit() as library:
        single = library.new_album(artist_id=artist_id, album_type="single", release_date="1970-01-01")
    timed.pass_time(hours=24)
    timed.asked()
    timed.done("sync_artist_albums")
    assert single in credited(timed, artist_id), "the last of three pages"
    assert len(timed.asked()) == 3


def listed(timed, artist_id):
    rows = timed.rows("SELECT album_id FROM discography WHERE artist_id = %s", artist_id)
    return {album_id for (album_id,) in rows}


def test_a_release_in_place_of_one_that_is_gone_is_found_though_the_number_is_the_same(timed):
    """Within a week where it is not on the first page, at once where it is; and what is gone is listed no more."""
    artist_id, albums = timed.new_artist_with(15)
    with timed.sim.edit() as library:
        old = library.new_album(artist_id=artist_id, album_type="single")
    timed.follow(artist_id)
    timed.done("sync_artist_albums")
    assert listed(timed, artist_id) == {*albums, old}
    with timed.sim.edit() as library:
        del library.albums[old]
        new = library.new_album(artist_id=artist_id, album_type="single", release_date="2026-11-01")
    timed.asked()
    pages = []
    for _ in range(8):
        timed.pass_time(days=1)
        timed.done("sync_artist_albums")
        pages.append(len(timed.asked()))
    assert pages == [1, 1, 1, 1, 1, 1, 2, 1]
    assert listed(timed, artist_id) == {*albums, new}
    with timed.sim.edit() as library:
        del library.albums[new]
        first = library.new_album(artist_id=artist_id, release_date="2026-11-09")
    timed.pass_time(days=1)
    timed.done("sync_artist_albums")
    assert listed(timed, artist_id) == {*albums, first}


def test_an_album_that_is_gone_costs_all_pages_once(timed):
    artist_id, albums = timed.new_artist_with(35)
    timed.follow(artist_id)
    timed.done("sync_artist_albums")
    saved = "INSERT INTO saved_albums (user_id, album_id, added_at) VALUES (%s, %s, now())"
    timed.change(saved, timed.user_id, albums[1])
    with timed.sim.edit() as library:
        for album_id in albums[:2]:
            del library.albums[album_id]
    pages = []
    for _ in range(3):
        timed.pass_time(days=1)
        timed.asked()
        timed.done("sync_artist_albums")
        pages.append(len(timed.asked()))
    assert pages == [4, 1, 1]
    assert listed(timed, artist_id) == set(albums[1:]), "a saved one is still shown"
    assert timed.rows("SELECT count(*) FROM sync_seen") == [(0,)]
    with timed.sim.edit() as library:
        back = library.new_album(tracks=1, artist_id=artist_id)
        library.albums[albums[0]] = library.albums.pop(back)
        library.albums[albums[0]].id = albums[0]
    timed.pass_time(days=1)
    timed.done("sync_artist_albums")
    assert listed(timed, artist_id) == set(albums)


def test_nothing_is_taken_for_gone_after_pages_that_changed_or_could_not_be_read(timed):
    artist_id, albums = timed.new_artist_with(25)
    timed.follow(artist_id)
    timed.done("sync_artist_albums")
    read_at = "SELECT albums_read_at FROM artists WHERE artist_id = %s"
    before = timed.rows(read_at, artist_id)
    with timed.sim.edit() as library:
        gone = library.albums.pop(albums[0])

    def edit(request):
        """Between the first page and the second."""
        if request.query.get("offset") == "10":
            timed.sim.on_request = None
            with timed.sim.edit() as library:
                library.albums.pop(albums[24])

    timed.sim.on_request = edit
    timed.pass_time(days=1)
    timed.done("sync_artist_albums")
    assert listed(timed, artist_id) == set(albums)
    assert timed.rows(read_at, artist_id) == before, "they are read again tomorrow"
    with timed.sim.edit() as library:
        library.albums[albums[0]] = gone
        library.new_artist("Other")
    page = {"items": [None], "total": 24, "next": None}
    timed.sim.faults.add("status", status=200, json=page, match=f"/artists/{artist_id}/albums", times=1)
    timed.pass_time(days=1)
    timed.done("sync_artist_albums")
    assert listed(timed, artist_id) == set(albums)


def test_an_artist_that_is_unknown_for_a_while_keeps_its_albums(timed):
    artist_id, albums = timed.new_artist_with(12)
    timed.follow(artist_id)
    timed.done("sync_artist_albums")
    with timed.sim.edit() as library:
        artist = library.artists.pop(artist_id)
    timed.pass_time(days=1)
    timed.done("sync_artist_albums")
    assert listed(timed, artist_id) == set(albums)
    with timed.sim.edit() as library:
        library.artists[artist_id] = artist
    timed.asked()
    timed.pass_time(days=1)
    timed.done("sync_artist_albums")
    assert len(timed.asked()) == 1


def test_the_artist_looked_at_longest_ago_comes_first(timed):
    timed.set("spotify.artist_albums_per_cycle", 1)  # within a cycle, requests are under way together
    ids = [timed.new_artist_with(1)[0] for _ in range(6)]
    gone = timed.new_artist_with(1)[0]
    timed.follow(*ids, gone)
    timed.change("UPDATE followed_artists SET removed_at = now() WHERE artist_id = %s", gone)
    for days, artist_id in enumerate(ids[:4]):
        timed.change(
            "UPDATE artists SET albums_synced_at = %s WHERE artist_id = %s",
            timed.clock.now() - timedelta(days=days),
            artist_id,
        )
    timed.done("sync_artist_albums")
    order = looked_at(timed.asked())
    assert order == [*sorted(ids[4:]), ids[3], ids[2], ids[1]]
    stamps = timed.rows("SELECT count(*) FROM artists WHERE albums_synced_at = %s", timed.clock.now())
    assert stamps == [(6,)], "and the first, which was just looked at"


def test_what_is_left_out_or_unknown_does_no_harm(timed):
    artist_id, (album_id,) = timed.new_artist_with(1)
    timed.follow(artist_id, NOWHERE)
    timed.change(
        "INSERT INTO albums (album_id, name, label, popularity) VALUES (%s, 'Old', 'A Label', 40)", album_id
    )
    timed.done("sync_artist_albums")
    assert timed.rows("SELECT name, label, popularity FROM albums WHERE album_id = %s", album_id) == [
        ("Album 0", "A Label", 40)
    ]
    timed.asked()
    for number in (1, 1, 0):
        timed.done("sync_artist_albums")
        assert looked_at(timed.asked()) == [NOWHERE] * number, (
            "until it has been refused three times in a row"
        )
    timed.pass_time(days=29, hours=23)
    timed.done("sync_artist_albums")
    assert NOWHERE not in looked_at(timed.asked())
    timed.pass_time(hours=1)
    timed.done("sync_artist_albums")
    assert NOWHERE in looked_at(timed.asked())


def test_the_budget_ends_a_run_within_an_artist_and_the_next_one_goes_on_there(timed):
    timed.set("sync.daily_requests_per_group", 50)
    timed.set("spotify.artist_albums_per_cycle", 1)
    timed.use(25, hours_ago=5)
    artist_id, albums = timed.new_artist_with(72)
    later = [timed.new_artist_with(1)[0] for _ in range(3)]
    timed.follow(artist_id, *later)
    timed.change("UPDATE artists SET albums_synced_at = '2020-01-01' WHERE artist_id = ANY(%s)", later)
    timed.done("sync_artist_albums")
    assert looked_at(timed.asked()) == [artist_id] * 5, "60 % of 50, less 25"
    assert len(credited(timed, artist_id)) == 50
    assert "the day's budget of requests is used up: 4 artists wait for the next run" in messages(timed)
    timed.done("sync_artist_albums")
    assert timed.asked() == []
    timed.pass_time(hours=20)
    timed.done("sync_artist_albums")
    assert Counter(looked_at(timed.asked())) == {artist_id: 3, **dict.fromkeys(later, 1)}
    assert credited(timed, artist_id) == set(albums)


def test_a_cycle_is_as_large_as_set_and_a_run_says_how_often_it_comes_round(timed):
    timed.set("sync.daily_requests_per_group", 50)
    timed.set("spotify.artist_albums_per_cycle", 7)
    ids = [timed.new_artist_with(1)[0] for _ in range(90)]
    timed.follow(*ids)
    timed.done("sync_artist_albums")
    assert len(set(looked_at(timed.asked()))) == 30
    assert "at this pace every artist is looked at every 3.0 days" in messages(timed)
    for _ in range(2):
        timed.pass_time(hours=25)
        timed.done("sync_artist_albums")
    assert set(looked_at(timed.asked())) < set(ids)
    assert timed.rows("SELECT count(*) FROM artists WHERE albums_synced_at IS NOT NULL") == [(90,)]


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (480, "at this pace every artist is looked at every 1.5 days"),
        (600, "every artist is looked at once other jobs leave room in the day's budget"),
    ],
)
def test_the_period_is_said_also_when_there_was_no_room_for_one(timed, used, said):
    timed.follow(*(timed.new_artist_with(1)[0] for _ in range(90)))
    timed.use(480)
    timed.done("sync_artist_albums")  # 60 of its own
    timed.use(used - 480)
    timed.change("UPDATE artists SET albums_synced_at = NULL")
    timed.change("DELETE FROM logs")
    timed.asked()
    timed.done("sync_artist_albums")
    assert timed.asked() == []
    assert said in messages(timed)


def test_with_room_every_artist_is_looked_at_once_a_day(timed):
    timed.follow(*(timed.new_artist_with(1)[0] for _ in range(12)))
    timed.done("sync_artist_albums")
    assert "at this pace every artist is looked at every 1.0 days" in messages(timed)


@pytest.mark.parametrize("number", range(1, 8))
def test_no_committed_artist_is_lost_wherever_a_run_ends(timed, number):
    artists = dict(timed.new_artist_with(albums) for albums in (25, 3, 12, 1))
    timed.follow(*artists)

    timed.end_at("GET /", number)
    assert timed.run("sync_artist_albums").status == "failed"
    done = {a for (a,) in timed.rows("SELECT artist_id FROM artists WHERE albums_synced_at IS NOT NULL")}
    for artist_id in done:
        assert credited(timed, artist_id) == set(artists[artist_id])
    timed.asked()
    timed.done("sync_artist_albums")
    assert not done & set(looked_at(timed.asked()))
    assert {a: credited(timed, a) for a in artists} == {a: set(albums) for a, albums in artists.items()}


def test_the_interval_and_the_switch_are_settings(timed):
    timed.done("sync_artist_albums")
    assert timed.run("sync_artist_albums", force=False).status == "skipped"
    timed.pass_time(minutes=2)
    assert timed.run("sync_artist_albums", force=False).status == "done"
    timed.set("spotify.auto_sync_artist_albums", False)
    assert timed.run("sync_artist_albums").status == "skipped"
    timed.set("spotify.auto_sync_artists", False)
    assert timed.run("sync_artists").status == "skipped"
