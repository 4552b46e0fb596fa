"""What export and API both tell: each in its way, and the truth holds."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from simulator import Library, Simulator, generate
from simulator.exports.listening import CLOSED, TRACK
from simulator.exports.mixed import END, HARDEST, HONEST, NEXT, START, Api, Verdict, mix, mixed_history
from simulator.exports.years import listenings

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


@pytest.fixture
def library():
    return generate(liked=300, albums=30, plays=0, now=NOW)


def told(library, api, **details):
    return mixed_history(library, NOW, days=60, rows_a_day=30, api=api, **details)


def ends(mixed, *, on_time=True):
    """(listening, end in the export, played_at) of each pair."""
    for number, (row, play) in enumerate(zip(mixed.row_of, mixed.play_of, strict=True)):
        heard = mixed.listenings[number]
        if row is not None and play is not None and not (on_time and heard.is_late):
            yield heard, datetime.fromisoformat(mixed.rows[row]["ts"]), mixed.plays[play].played_at


def test_honest_clocks_tell_the_same(library):
    mixed = told(library, HONEST)
    found = list(ends(mixed))
    assert len(found) > 1000
    assert all(timedelta() <= at - end < timedelta(seconds=1) or end == at for _, end, at in found)
    for row, play in mixed.pairs:
        assert mixed.rows[row]["spotify_track_uri"] == f"spotify:track:{mixed.plays[play].track_id}"


def test_the_truth_adds_up(library):
    since, until = NOW - timedelta(days=40), NOW - timedelta(days=15)
    mixed = told(library, HARDEST, api_since=since, export_until=until)
    assert [row for row in mixed.row_of if row is not None] == list(range(len(mixed.rows)))
    assert sorted(play for play in mixed.play_of if play is not None) == list(range(len(mixed.plays)))
    times = [play.played_at for play in mixed.plays]
    assert times == sorted(times)
    assert len(set(zip(times, [play.track_id for play in mixed.plays], strict=True))) == len(times)
    for row, play in mixed.pairs:
        assert mixed.rows[row]["ms_played"] >= 30_000
        assert mixed.rows[row]["spotify_track_uri"]
        track = library.tracks[mixed.plays[play].track_id]
        assert track.name == mixed.rows[row]["master_metadata_track_name"]
    tracks = sum(row["spotify_track_uri"] is not None for row in mixed.rows)
    copies = sum(
        each.is_copy for each, row in zip(mixed.listenings, mixed.row_of, strict=True) if row is not None
    )
    assert mixed.true_plays == tracks - copies + len(mixed.plays) - len(mixed.pairs)
    only_rows, only_plays = len(mixed.rows) - len(mixed.pairs), len(mixed.plays) - len(mixed.pairs)
    assert only_rows > 100
    assert only_plays > 100
    assert len(mixed.pairs) > 300
    assert mixed.true_counted < mixed.true_plays
    assert max(row["ts"] for row in mixed.rows) < f"{until:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("convention", [END, START, NEXT])
def test_what_played_at_means(library, convention):
    mixed = told(library, Api((convention,), jitter_s=0, whole_seconds=0, left_out=0))
    order = sorted(mixed.listenings, key=lambda each: each.began_ms)
    following = {id(before): after for before, after in pairwise(order)}
    exact = 0
    for heard, _, at in ends(mixed, on_time=False):
        if convention == NEXT:
            after = following.get(id(heard))
            exact += after is not None and at == after.began
            assert at == heard.ended or at == after.began
        else:
            assert at == (heard.began if convention == START else heard.ended)
    assert convention != NEXT or exact > 1000


def test_clocks_are_wrong_by_the_device_and_month(library):
    mixed = told(library, Api(skew_s=120, jitter_s=1, whole_seconds=0))
    offsets = {}
    for heard, _, at in ends(mixed, on_time=False):
        offset = (at - heard.ended).total_seconds()
        assert abs(offset) <= 121
        offsets.setdefault((heard.platform, heard.began.month), []).append(offset)
    assert all(max(found) - min(found) <= 2.01 for found in offsets.values())
    assert max(map(max, offsets.values())) - min(map(min, offsets.values())) > 60


@pytest.mark.parametrize("share", [0, 1])
def test_with_and_without_milliseconds(library, share):
    mixed = told(library, Api(whole_seconds=share))
    fractions = sum(play.played_at.microsecond > 0 for play in mixed.plays)
    assert fractions == 0 if share else fractions > 0.9 * len(mixed.plays)


def test_the_api_leaves_plays_out(library):
    most = [each for each in told(library, Api(left_out=0)).play_of if each is not None]
    some = [each for each in told(library, Api(left_out=0.5)).play_of if each is not None]
    assert 0.4 < len(some) / len(most) < 0.6


def test_other_ids_of_a_recording(library):
    mixed = told(library, Api(other_ids=0.2))
    pairs = [
        (mixed.rows[row]["spotify_track_uri"][14:], mixed.plays[play].track_id) for row, play in mixed.pairs
    ]
    other = [(one, two) for one, two in pairs if one != two]
    assert 0.15 < len(other) / len(pairs) < 0.5
    for one, two in other:
        assert library.tracks[one].isrc == library.tracks[two].isrc
    kinds = Counter((one in {each.item.known_as for each in mixed.listenings}) for one, _ in other)
    assert kinds[False] > 0


def test_what_is_hard_is_in_it(library):
    mixed = told(library, HARDEST)
    heard = mixed.listenings
    assert sum(each.is_late for each in heard) > 20
    assert {each.reason_end for each in heard if each.is_late} == set(CLOSED)
    assert sum(each.paused_ms > 10_000 for each in heard) > 200
    in_order = sorted(heard, key=lambda each: each.began_ms)
    neighbours = list(pairwise(in_order))
    assert (
        sum(
            after.ended_ms - before.ended_ms < 120_000
            for before, after in neighbours
            if after.item is before.item
        )
        > 50
    )
    assert sum(before.ended_ms - after.began_ms > 3000 for before, after in neighbours) > 300
    assert sum(each.continues for each in heard) > 20


def test_only_tracks_that_count_are_told(library):
    mixed = told(library, HARDEST)
    for heard, play in zip(mixed.listenings, mixed.play_of, strict=True):
        if play is not None:
            assert heard.item.kind == TRACK
            assert heard.ms_played >= 30_000
            assert not heard.is_video
            assert not heard.is_copy


def test_a_simulator_tells_them(library, client):
    mixed = told(library, HARDEST)
    mixed.give_plays(library)
    with Simulator(library) as sim:
        items = client(sim).json("/me/player/recently-played?limit=50")["items"]
        ids = [item["track"]["id"] for item in items]
        assert ids == [play.track_id for play in reversed(mixed.plays)][:50]
        assert [item["track"]["name"] for item in items] == [library.tracks[name].name for name in ids]
        uris = {row["spotify_track_uri"] for row in mixed.rows if row["spotify_track_uri"]}
        assert {uri.removeprefix("spotify:track:") for uri in uris} <= set(library.tracks)
    assert sim.errors == []
    mixed.give_plays(library, NOW - timedelta(days=30))
    assert 0 < len(library.plays) < len(mixed.plays)


def test_the_same_arguments_tell_the_same():
    def once():
        library = generate(liked=100, albums=10, plays=0, now=NOW)
        mixed = told(library, HARDEST)
        return mixed.rows, mixed.plays, mixed.row_of, mixed.play_of

    assert once() == once()


def test_any_listenings_can_be_told():
    library = Library.empty()
    heard = listenings(library, NOW - timedelta(days=30), NOW, rows=200)
    mixed = mix(library, heard, api=HONEST)
    assert len(mixed.rows) == 200
    assert {play.track_id for play in mixed.plays} <= set(library.tracks)
    assert mixed.true_plays <= 200


def test_what_pairs_are_worth(library):
    mixed = told(library, HARDEST)
    truth = mixed.pairs
    assert mixed.judge(truth) == Verdict(len(truth), 0, 0, 0)
    assert mixed.judge([]) == Verdict(0, 0, 0, len(truth))
    (row, play), (other_row, other_play) = truth[:2]
    assert mixed.judge([(row, other_play), (other_row, play), *truth[2:]]) == Verdict(len(truth) - 2, 2, 0, 0)
    alone = next(number for number in range(len(mixed.rows)) if number not in dict(truth))
    assert mixed.judge([*truth[1:], (alone, play)]) == Verdict(len(truth) - 1, 0, 1, 1)


def test_an_honest_api_can_be_matched_by_the_end(library):
    """What is not found ended late, and says not when it began."""
    mixed = told(library, HONEST)
    ids = {play.track_id: set() for play in mixed.plays}
    for number, play in enumerate(mixed.plays):
        ids[play.track_id].add((int(play.played_at.timestamp()), number))
    found = []
    for number, row in enumerate(mixed.rows):
        end = int(datetime.fromisoformat(row["ts"]).timestamp())
        began = row["offline_timestamp"]
        moments = {
            end,
            *({began + row["ms_played"] // 1000, began + row["ms_played"] // 1000 + 1} if began else ()),
        }
        plays = ids.get((row["spotify_track_uri"] or "")[14:], ())
        found += [(number, play) for at, play in plays if at in moments and row["ms_played"] >= 30_000][:1]
    verdict = mixed.judge(found)
    assert verdict.lost + verdict.crossed == 0
    assert verdict.doubled <= len(mixed.pairs) // 50
