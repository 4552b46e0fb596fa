"""Days of an app with 600 calls per 24 hours and group: long queues end, and nothing is ever refused."""

from datetime import timedelta
from itertools import cycle

import pytest

pytestmark = [pytest.mark.slow(4), pytest.mark.once]

# Hours between two runs of the chain. Where a run comes a little earlier than the day before, most of the budget is
# not back yet, neither ours nor Spotify's.
SCHEDULES = {
    "every six hours": ([6], 8),
    "daily": ([24], 7),
    "irregular": ([25, 9.2, 23.6, 31, 16.5, 24.3, 2.1, 22.4], 13),
    "daily, ever earlier": ([23.8], 13),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_3000_artists_are_enriched_in_days_without_a_refusal_while_plays_are_tracked(make_timed, schedule):
    """Once a day with Spotify's own numbers; the other schedules with a sixth of the artists and of the calls."""
    hours, most_days = SCHEDULES[schedule]
    scale = 1 if schedule == "daily" else 6
    timed = make_timed(liked=30)
    timed.limit(600 // scale)
    timed.set("sync.daily_requests_per_group", 600 // scale)
    timed.stub_artists(3000 // scale)
    followed = 21 // scale
    timed.follow(*(timed.new_artist_with(12)[0] for _ in range(followed)))
    with timed.sim.edit() as library:
        tracks = list(library.liked_rows())
    begin = timed.clock.now()
    asked, statuses = [], set()  # moment, requests for details, requests for discographies
    for pause in cycle(hours):
        assert timed.clock.now() - begin < timedelta(days=most_days), "the queue does not end"
        for _ in range(2):  # with some listening in between
            with timed.sim.edit() as library:
                for minutes in (3, 30, 60):
                    library.play(tracks[minutes % 7], timed.clock.now() - timedelta(minutes=minutes))
            statuses.add(timed.run("track_plays").status)
            timed.pass_time(hours=pause / 2)
        timed.sim.clear_requests()
        statuses |= {timed.run(job).status for job in ("sync_artists", "sync_artist_albums")}
        assert [request for request in timed.sim.requests if request.status == 429] == []
        paths = [request.path for request in timed.sim.requests if request.kind == "api"]
        albums = sum(path.startswith("/artists/") and path.endswith("/albums") for path in paths)
        asked.append((timed.clock.now(), len(paths) - albums, albums))
        if not timed.rows("SELECT count(*) FROM artists WHERE enriched_at IS NULL")[0][0]:
            break
    assert statuses == {"done"}
    assert timed.clock.now() - begin > timedelta(days=5)
    assert timed.rows("SELECT count(*) FROM sync_pauses") == [(0,)]
    stored = set(timed.rows("SELECT played_at, track_of(item_key) FROM plays"))
    with timed.sim.edit() as library:
        assert library.all_plays() <= stored
    assert timed.rows("SELECT count(*) FROM play_gaps") == [(0,)]
    for moment, *_ in asked[:-1]:
        within = [row for row in asked if moment <= row[0] < moment + timedelta(hours=48.5)]
        assert sum(albums for _, _, albums in within) >= followed, (
            "every artist, whatever waits in the other queue"
        )
    if schedule == "daily":
        assert [details for _, details, _ in asked[:-1]] == [480] * (len(asked) - 1)
        assert min(albums for _, _, albums in asked) >= followed


def test_the_queue_says_how_long_it_takes_with_one_run_a_day(make_timed):
    timed = make_timed()
    timed.stub_artists(1500)
    said = "SELECT message FROM logs WHERE source = 'sync_artists' AND message LIKE '%%at 480 requests a day'"
    for day in range(3):
        timed.done("sync_artists")
        timed.done("sync_artist_albums")
        assert len(timed.rows(said)) == day + 1
        timed.pass_time(hours=24)
    timed.asked()
    timed.done("sync_artists")
    assert 0 < len(timed.asked()) < 480, "it was true: three days and a bit"


def test_without_a_budget_the_same_queue_would_be_refused(make_timed):
    """The test above can fail."""
    timed = make_timed()
    timed.limit(60)
    timed.stub_artists(100)
    assert timed.run("sync_artists").status == "paused"
    assert timed.rows("SELECT reason, endpoint_group FROM sync_pauses") == [("quota used up", "catalogue")]
    assert timed.run("track_plays").status == "done", "another group"
