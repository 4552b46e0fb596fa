"""A month as it is: GitHub's scheduler, used-up quotas, a consent that ends, and a listener who goes on listening.

Only plays are lost, and of these only what Spotify no longer had when it was asked; each loss stands in a gap.
"""

import random
from datetime import timedelta

import pytest

from benchmarks.github_month import FIRST_DAY, SetClock, as_reported, listening
from utils.errors import ExitCode, Status
from utils.github.schedules import schedules, slots
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.scripts import chain_jobs, jobs

pytestmark = [pytest.mark.slow(20), pytest.mark.once]
REMEMBERED = 50  # plays, by Spotify
# What only derives takes most of the time; the short form leaves it to the end.
DERIVED = {
    "materialized_views",
    "update_dynamic_playlists",
    "clean",
    "sync_images",
    "build_dashboard",
    "check_schedules",
}
LAST_DAY = [name for name in chain_jobs() if name not in ("sync_images", "build_dashboard")]
LIMITED = ("/me/player", "/me/tracks", "/me/albums", "/me/following", "GET /playlists", "/artists", "/albums")


def starts_of(days, chance, left_out):
    """(moment, names of scripts) of all runs that GitHub starts."""
    end = FIRST_DAY + timedelta(days=days)
    found = []
    for schedule in schedules():
        cron = schedule.chosen({})
        names = [name for name in schedule.scripts if name in jobs() and name not in left_out]
        if cron and names:
            found += [
                (moment, names) for moment in as_reported(schedule, slots(cron, FIRST_DAY, end), chance)
            ]
    return sorted(start for start in found if start[0] < end)


def run(world, name, clock):
    """The script, as a schedule starts it."""
    with world.settings():
        return run_job(jobs()[name], Options(), clock)


def edit(library, chance, moment):
    """What a listener does now and then."""
    liked, saved = list(library.liked_rows()), list(library.saved_album_rows())
    for _ in range(chance.randint(0, 2)):
        match chance.randrange(8):
            case 0:
                library.like(library.new_track(), at=moment)
            case 1 if liked:
                library.unlike(chance.choice(liked))
            case 2:
                library.save_album(library.new_album(tracks=chance.randint(1, 60)), at=moment)
            case 3 if saved:
                library.unsave_album(chance.choice(saved))
            case 4:
                library.follow(library.new_artist("somebody"))
            case 5 if library.followed:
                library.unfollow(chance.choice(list(library.followed)))
            case 6:
                own = [p for p in library.user_playlists if p and library.may_read_items(p)]
                library.playlist_add(chance.choice(own), [f"spotify:track:{chance.choice(liked)}"])
            case 7:
                library.new_playlist(f"list {moment:%d %H}")


def derived_equal(world, plays):
    """What is made of all that: the figures of the days, the smart playlist, the pages."""
    assert world.rows("SELECT sum(play_count) FROM daily_metrics") == [(plays,)]
    assert world.rows("SELECT sum(play_count) FROM daily_listening") == [(plays,)]
    unplayed = {
        f"spotify:track:{track_id}"
        for (track_id,) in world.rows(
            "SELECT track_id FROM unified_tracks WHERE play_count = 0 AND is_playable IS NOT FALSE AND NOT excluded"
        )
    }
    with world.sim.edit() as library:
        (smart,) = [playlist for playlist in library.playlists.values() if playlist.name == "Never played"]
    uris = [item.uri for item in smart.items]
    assert len(uris) == len(set(uris)) == min(len(unplayed), 100)
    assert set(uris) <= unplayed
    page = (world.folder / "site" / "index.html").read_text()
    assert f"{plays:,}" in page


@pytest.mark.search("days", [5], [30])
@pytest.mark.search("month", range(1), range(20))
def test_a_month(make_world, seed, days, month, record_property, pytestconfig):
    chance = random.Random(f"{seed} {month}")
    clock = SetClock()
    world = make_world(liked=60, albums=5, playlists=4, followed=3, clock=clock.now, odd=False)
    plays = list(listening(days, chance))
    ends = FIRST_DAY + timedelta(days=days * chance.uniform(0.2, 0.6))
    comes_back = ends + timedelta(hours=chance.uniform(10, 70))
    with world.sim.edit() as library:
        tracks = list(library.liked_rows())
    heard, shown, has_ended, has_come_back, paused, runs = 0, set(), False, False, 0, 0
    for moment, names in starts_of(days, chance, () if pytestconfig.getoption("--long") else DERIVED):
        clock.moment = moment
        with world.sim.edit() as library:
            while heard < len(plays) and plays[heard] <= moment:
                library.play(tracks[heard % len(tracks)], at=plays[heard])
                heard += 1
            edit(library, chance, moment)
        if not has_ended and moment >= ends:
            has_ended = True
            world.sim.expire_consent()
        if has_ended and not has_come_back and moment >= comes_back:
            has_come_back = True
            world.sim.new_consent()
        if chance.random() < 0.04:
            world.sim.faults.add(
                "quota", match=chance.choice(LIMITED), retry_after=chance.randint(1800, 80_000)
            )
        for name in names:
            outcome = run(world, name, clock)
            runs += 1
            is_out = has_ended and not has_come_back
            assert outcome.exit_code in ((ExitCode.CONSENT, ExitCode.OK) if is_out else (ExitCode.OK,)), (
                outcome
            )
            paused += outcome.status is Status.PAUSED
            if name == "track_plays" and outcome.status is Status.DONE:
                shown |= set(plays[max(heard - REMEMBERED, 0) : heard])
    world.sim.faults.clear()
    world.sim.new_consent()
    for names in (LAST_DAY, [*LAST_DAY, "build_dashboard"]):  # the second copies what the first has written
        clock.moment += timedelta(days=2)
        for name in names:
            assert run(world, name, clock).status in (Status.DONE, Status.SKIPPED), name
    shown |= set(plays[max(heard - REMEMBERED, 0) : heard])
    stored = {moment for (moment,) in world.rows("SELECT played_at FROM plays")}
    gaps = world.rows("SELECT gap_start, gap_end FROM play_gaps")
    lost = [moment for moment in plays[:heard] if moment not in stored]
    assert stored == shown, "only what Spotify no longer had is lost"
    assert [moment for moment in lost if not any(start < moment < end for start, end in gaps)] == []
    world.assert_library_equal()
    with world.sim.edit() as library:
        followed = set(library.followed)
        lists = {p: library.playlists[p] for p in library.user_playlists if p and library.may_read_items(p)}
    assert {
        row[0] for row in world.rows("SELECT artist_id FROM followed_artists WHERE removed_at IS NULL")
    } == followed
    for playlist_id, playlist in lists.items():
        uris = world.rows(
            "SELECT item_uri FROM playlist_items WHERE playlist_id = %s ORDER BY position", playlist_id
        )
        assert [uri for (uri,) in uris] == [item.uri for item in playlist.items]
    derived_equal(world, len(stored))
    record_property(
        "tried",
        f"month {month}: {days} days, {runs} runs, {paused} paused, {heard} plays, {len(lost)} lost in {len(gaps)} gaps",
    )
