"""Days of an app with 600 calls per 24 hours and group: long queues end, and nothing is ever refused."""

from datetime import timedelta


def test_3000_artists_are_enriched_in_days_without_a_refusal_while_plays_are_tracked(make_timed):
    timed = make_timed(liked=30)
    timed.limit(600)
    timed.stub_artists(3000)
    artists = [timed.new_artist_with(12)[0] for _ in range(20)]
    timed.follow(*artists)
    with timed.sim.edit() as library:
        tracks = list(library.liked_rows())
    begin = timed.clock.now()
    refused, per_day, statuses = 0, [], set()
    while timed.rows("SELECT count(*) FROM artists WHERE enriched_at IS NULL")[0][0]:
        assert timed.clock.now() - begin < timedelta(days=14), "the queue does not end"
        for _ in range(3):  # every two hours, with some listening in between
            with timed.sim.edit() as library:
                for minutes in (3, 30, 60):
                    library.play(tracks[minutes % 7], timed.clock.now() - timedelta(minutes=minutes))
            statuses.add(timed.run("track_plays").status)
            timed.pass_time(hours=2)
        statuses.add(timed.run("sync_artists").status)
        statuses.add(timed.run("sync_artist_albums").status)
        requests = list(timed.sim.requests)
        refused += sum(request.status == 429 for request in requests)
        per_day.append(sum(request.path.startswith("/artists") for request in requests))
        timed.sim.clear_requests()
    assert refused == 0
    assert statuses == {"done"}
    days = (timed.clock.now() - begin) / timedelta(days=1)
    assert 3000 / 600 < days < 11
    assert max(sum(per_day[n : n + 4]) for n in range(len(per_day))) <= 0.8 * 600 + 4
    assert timed.rows("SELECT count(*) FROM sync_pauses") == [(0,)]
    stored = set(timed.rows("SELECT played_at, track_id FROM plays"))
    with timed.sim.edit() as library:
        assert library.all_plays() <= stored
    assert timed.rows("SELECT count(*) FROM play_gaps") == [(0,)]
    looked_at = timed.rows(
        "SELECT min(albums_synced_at) FROM artists JOIN followed_artists USING (artist_id)"
    )
    assert timed.clock.now() - looked_at[0][0] < timedelta(days=3)


def test_without_a_budget_the_same_queue_would_be_refused(make_timed):
    """The test above can fail."""
    timed = make_timed()
    timed.limit(60)
    timed.stub_artists(100)
    assert timed.run("sync_artists").status == "paused"
    assert timed.rows("SELECT reason, endpoint_group FROM sync_pauses") == [("quota used up", "catalogue")]
    assert timed.run("track_plays").status == "done", "another group"
