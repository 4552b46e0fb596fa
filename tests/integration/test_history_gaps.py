"""What an import covers of the stretches in which plays may have been lost, and what the ledger says of the others."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from db.importing.gaps import Stretch, divided, joined
from tests.imported_history import silent_world

IMPORT = "db.import_streaming_history"
TRACK = "api_syncs.track_plays"
DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)


def day(number):
    return START + number * DAY


@pytest.fixture
def world(make_world):
    return silent_world(make_world)


def import_days(world, folder, *days, name="Streaming_History_Audio_2024_0.json"):
    """An export with one play at the beginning of each of these days."""
    rows = [
        {
            "ts": f"{day(each):%Y-%m-%dT%H:%M:%SZ}",
            "ms_played": 60_000,
            "spotify_track_uri": "spotify:track:4uLU6hMCjMI75M1A2tKUQC",
        }
        for each in days
    ]
    (folder / name).write_text(json.dumps(rows))
    ended = world.call("-m", IMPORT, str(folder / name))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def gap(world, begin, end):
    world.change(
        f"INSERT INTO play_gaps (user_id, gap_start, gap_end, reason) SELECT user_id, '{day(begin)}', '{day(end)}', 'why' FROM users"
    )


def gaps(world):
    """First and last day of each, and whether it is filled."""
    rows = world.rows("SELECT gap_start, gap_end, filled_at IS NOT NULL FROM play_gaps ORDER BY 1")
    return [((begin - START) / DAY, (end - START) / DAY, is_filled) for begin, end, is_filled in rows]


@pytest.mark.parametrize(
    ("of_gap", "said", "left"),
    [
        ((2, 5), "1 closed, 0 in part", [(2, 5, True)]),
        ((0, 10), "1 closed, 0 in part", [(0, 10, True)]),
        ((8, 12), "0 closed, 1 in part", [(8, 10, True), (10, 12, False)]),
        ((-3, 2), "0 closed, 1 in part", [(-3, 0, False), (0, 2, True)]),
        ((-3, 12), "0 closed, 1 in part", [(-3, 0, False), (0, 10, True), (10, 12, False)]),
        ((20, 22), None, [(20, 22, False)]),
    ],
)
def test_an_import_closes_what_it_covers(world, tmp_path, of_gap, said, left):
    gap(world, *of_gap)
    text = import_days(world, tmp_path, *range(0, 11, 2))
    assert gaps(world) == left
    assert ("gaps of the play history" in text) == (said is not None)
    assert (said or "") in text
    import_days(world, tmp_path, 4, name="Streaming_History_Audio_2024_1.json")
    assert gaps(world) == left, "once more changes nothing"


@pytest.mark.parametrize("name", ["Streaming_History_Video_2024.json", "StreamingHistory_podcast_0.json"])
def test_videos_and_podcasts_say_nothing_of_what_was_heard_beside_them(world, tmp_path, name):
    gap(world, 2, 5)
    if "podcast" in name:
        rows = [
            {"endTime": f"{day(each):%Y-%m-%d %H:%M}", "podcastName": "P", "episodeName": "E", "msPlayed": 1}
            for each in (0, 10)
        ]
        (tmp_path / name).write_text(json.dumps(rows))
        assert world.call("-m", IMPORT, str(tmp_path / name)).returncode == 0
    else:
        import_days(world, tmp_path, *range(0, 11, 2), name=name)
    assert gaps(world) == [(2, 5, False)]


def test_years_between_two_files_were_not_observed(world, tmp_path):
    import_days(world, tmp_path, 0, 1, 2)
    import_days(world, tmp_path, 102, 103, name="Streaming_History_Audio_2024_1.json")
    status = json.loads(world.call("-m", "reports.sync_status", "--json").stdout)
    seen_days = 2 + 1
    of_days = status["coverage"]["of_seconds"] / 86_400
    assert status["coverage"]["unobserved_seconds"] / 86_400 == pytest.approx(of_days - seen_days, abs=0.01)


def test_what_lies_between_an_export_and_the_first_look_is_a_gap(world, tmp_path):
    with world.sim.edit() as library:
        library.play(next(iter(library.liked_rows())), day(30))
    assert world.run(TRACK).status == "done"
    import_days(world, tmp_path, *range(0, 11, 2))
    assert gaps(world) == [(10, 30, False)]
    import_days(world, tmp_path, *range(0, 41, 2), name="Streaming_History_Audio_2024_1.json")
    assert gaps(world) == [(10, 30, True)]


def test_files_that_nearly_touch_are_one_stretch():
    assert list(joined([(day(0), day(2)), (day(4), day(5)), (day(9), day(10)), (day(9), day(9))])) == [
        (day(0), day(5)),
        (day(9), day(10)),
    ]
    assert list(divided(day(1), day(10), [(day(0), day(5)), (day(9), day(10))])) == [
        Stretch(day(1), day(5), is_covered=True),
        Stretch(day(5), day(9), is_covered=False),
        Stretch(day(9), day(10), is_covered=True),
    ]


def lose(world, hours=100):
    """So many plays that the last known one is on no page any more."""
    with world.sim.edit() as library:
        (track, *_) = library.liked_rows()
        for number in range(51):
            library.play(track, datetime.now(UTC) - timedelta(minutes=3 * (51 - number)))


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        ((), "nobody looked"),
        (("done",), "more was played than Spotify remembers"),
        (("paused", "paused"), "looking was paused"),
        (("failed", "paused"), "no look went well"),
    ],
)
def test_a_gap_says_why_nobody_saw_it(world, meanwhile, reason):
    with world.sim.edit() as library:
        library.play(next(iter(library.liked_rows())), datetime.now(UTC) - 3 * DAY)
    assert world.run(TRACK).status == "done"
    world.change("UPDATE users SET authorized_at = now() - interval '30 days'")
    for status in meanwhile:
        world.change(
            "INSERT INTO sync_history (user_id, run_id, job, started_at, status) "
            f"SELECT user_id, gen_random_uuid(), 'track_plays', now() - interval '1 day', '{status}' FROM users"
        )
    lose(world)
    assert world.run(TRACK).status == "done"
    assert world.rows("SELECT reason FROM play_gaps") == [(reason,)]


def test_a_gap_of_an_ended_consent_says_so(world):
    with world.sim.edit() as library:
        library.play(next(iter(library.liked_rows())), datetime.now(UTC) - 3 * DAY)
    assert world.run(TRACK).status == "done"
    world.change("UPDATE users SET authorized_at = now() - interval '1 hour'")
    world.change(
        "INSERT INTO sync_history (user_id, run_id, job, started_at, status) "
        "SELECT user_id, gen_random_uuid(), 'track_plays', now() - interval '1 day', 'failed' FROM users"
    )
    lose(world)
    assert world.run(TRACK).status == "done"
    assert world.rows("SELECT reason FROM play_gaps") == [("the consent had ended",)]


def test_the_share_that_was_observed_is_said(world, tmp_path):
    with world.sim.edit() as library:
        library.play(next(iter(library.liked_rows())), day(13))
    assert world.run(TRACK).status == "done"
    import_days(world, tmp_path, 0, 1, 2, 3)
    assert gaps(world) == [(3, 13, False)]
    status = json.loads(world.call("-m", "reports.sync_status", "--json").stdout)
    assert status["coverage"]["unobserved_seconds"] == pytest.approx(10 * 86_400, abs=60)
    of_s = (datetime.now(UTC) - START).total_seconds()
    assert status["coverage"]["of_seconds"] == pytest.approx(of_s, abs=60)
    assert status["coverage"]["share"] == pytest.approx(1 - 10 * 86_400 / of_s, abs=1e-5)
    assert "of that time; in 10 days plays may have been lost" in world.call(
        "-m", "reports.sync_status"
    ).stdout.replace("\n             ", " ")
