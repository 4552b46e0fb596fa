"""Insights and Personality, held against plain figures."""

import re
from collections import Counter
from datetime import date
from statistics import median, median_low

from tests.end_to_end import plain_findings as plainly
from tests.end_to_end.shown import Shown, days, share_text

SOURCES = {"playlist": "Playlists", "album": "Albums", "artist": "Artists", "collection": "Liked songs"}


def times_of_the_day(shown: Shown) -> None:
    plain, section = shown.plain, shown.site.section("insights", "day-parts")
    by_hour, by_weekday = section.charts
    hours, weekdays = (
        Counter(play.at.hour for play in plain.plays),
        Counter(play.day.isoweekday() for play in plain.plays),
    )
    assert {each["hour"]: each["plays"] for each in by_hour} == {hour: hours[hour] for hour in range(24)}
    assert {each["weekday"]: each["plays"] for each in by_weekday} == {
        day: weekdays[day] for day in range(1, 8)
    }
    for each in (*by_hour, *by_weekday):
        assert each["part"] == share_text(each["plays"], len(plain.plays))
    text = _finding(shown, "day-parts")
    assert share_text(weekdays[6] + weekdays[7], len(plain.plays)) in text
    best = max(sum(hours[(hour + each) % 24] for each in range(4)) for hour in range(24))
    assert text.startswith(f"{share_text(best, len(plain.plays))} of the plays end between")


def variety_of_each_month(shown: Shown) -> None:
    plain = shown.plain
    of_artists, of_tracks = shown.site.section("insights", "variety").charts
    assert of_artists == of_tracks  # each draws one of two numbers
    told = {each["span"]: each for each in of_artists}
    usual = []
    for month in plain.every_month:
        plays, each = plain.within(month), told.get(f"{month[0]:%Y-%m}")
        is_whole = month[0] >= plain.first_day and month[1] < plain.today
        if not is_whole or len(plays) < 30:
            assert each is None or (is_whole and each["plays"] is None)
            usual.append(None)
            continue
        tracks = Counter(play.recording for play in plays)
        artists = Counter(artist for play in plays for artist in play.items("artists"))
        found = (
            each["plays"],
            each["tracks"],
            each["artists"],
            each["as_tracks"],
            each["as_artists"],
            each["top"],
        )
        as_artists, as_tracks = (plainly.as_varied_as(counts.values()) for counts in (artists, tracks))
        top = sum(plays for _, plays in tracks.most_common(10))
        assert found == (
            len(plays),
            len(tracks),
            len(artists),
            round(as_tracks, 1),
            round(as_artists, 1),
            share_text(top, len(plays)),
        )
        usual.append((as_artists, len(tracks), as_tracks, 100 * top / len(plays)))
    usual = usual[:-1]  # the running one
    every, last, before = ([each for each in part if each] for part in (usual, usual[-12:], usual[-24:-12]))
    text = _finding(shown, "variety")
    said = [
        float(each)
        for each in re.findall(
            r"[0-9.]+(?= artists| different| heard equally often; | %)|(?<=\()[0-9.]+", text
        )
    ]
    expected = [
        median(each[0] for each in last),
        median(each[0] for each in before),
        *(median(each[n] for each in every) for n in (1, 2, 3)),
    ]
    assert [abs(one - other) <= 0.5 for one, other in zip(said, expected, strict=True)] == [True] * 5, (
        text,
        expected,
    )


def what_stays_of_discoveries(shown: Shown) -> None:
    (chart,) = shown.site.section("insights", "retention").charts
    found = plainly.retention(shown.plain)
    told = {(plainly.quarter_of(date.fromisoformat(each["cohort"])), each["later"]): each for each in chart}
    assert told
    for key, each in told.items():
        tracks, heard = found[key]
        assert (each["tracks"], each["part"]) == (tracks, share_text(heard, tracks))
    newest = max(cohort for cohort, _ in found)
    assert set(told) == {
        (cohort, later)
        for cohort, later in found
        if cohort > newest - 24 and later <= max(each["later"] for each in chart)
    }


def half_life_of_a_discovery(shown: Shown) -> None:
    (chart,) = shown.site.section("insights", "half-life").charts
    lives = plainly.half_lives(shown.plain)
    assert [each["tracks"] for each in chart] == [
        sum(low < each <= high for each in lives.values()) for low, high in ((-1, 0), (0, 7), (7, 30), (30, 90), (90, 180), (180, 364))
    ]  # fmt: skip
    text = _finding(shown, "half-life")
    assert f"within {median_low(lives.values())} days" in text
    assert f"of {len(lives)} discoveries" in text


def comebacks(shown: Shown) -> None:
    section = shown.site.section("insights", "comebacks")
    found = {each.artist: each for each in plainly.comebacks(shown.plain)}
    rows = section.first("ol").all("li")
    assert {row.ids[0]: (*days(row), row.numbers[-1]) for row in rows} == {
        artist: (each.last, each.first, each.since) for artist, each in found.items()
    }
    assert _finding(shown, "comebacks").startswith(f"{len(found)} artist")


def seasons(shown: Shown) -> None:
    section = shown.site.section("insights", "seasons")
    found = plainly.seasonal(shown.plain)
    artists = {each.artist for each in found}
    names = {shown.plain.library.artists[artist].name for artist in artists}
    text = _finding(shown, "seasons")
    assert text.startswith(tuple(names))
    part, of, years, _usual = (int(each) for each in re.findall(r"\d+(?= %|(?: of)? plays| years)", text))
    name = next(name for name in names if text.startswith(name))
    assert (part, of, years) in {
        (round(100 * each.plays / each.of), each.of, each.years)
        for each in found
        if shown.plain.library.artists[each.artist].name == name
    }
    others = {row.ids[0] for row in section.all("li") if row.ids}
    assert others <= artists
    assert len(others) + 1 == len(artists)


def where_listening_comes_from(shown: Shown) -> None:
    section = shown.site.section("insights", "contexts")
    started = plainly.started(shown.plain)
    kinds = Counter(
        {
            name: sum(
                len(plays)
                for uri, plays in started.items()
                if uri.split(":")[-2 if kind != "collection" else -1] == kind
            )
            for kind, name in SOURCES.items()
        }
    )
    told = {row.first("b").text: row.numbers[0] for row in section.first(of="measures").all("li")}
    assert told == {name: plays for name, plays in kinds.items() if plays}
    rows = {
        row.ids[0] if row.ids else row.first("b").text: row.numbers[-1]
        for row in section.first(of="rows").all("li")
        if row.all("b")
    }
    expected = {
        uri.split(":")[-1].replace("collection", "Liked songs"): len(plays) for uri, plays in started.items()
    }
    assert rows.items() <= expected.items()
    assert sorted(rows.values(), reverse=True) == sorted(expected.values(), reverse=True)[: len(rows)]
    known = sum(map(len, started.values()))
    assert _evidence(shown, "contexts") == [known]
    assert f"{share_text(kinds['Playlists'], known)} of the plays for which it is known" in _finding(
        shown, "contexts"
    )


def lists_that_make_favourites_and_lists_never_opened(shown: Shown) -> None:
    plain, section = shown.plain, shown.site.section("insights", "favourites")
    times, liked = (
        Counter(play.recording for play in plain.plays),
        {plain.recordings[track]: at for track, at in plain.library.liked_rows().items()},
    )
    first = {play.recording: play for play in reversed(plain.plays)}
    made = Counter[str]()
    for recording, play in first.items():
        is_favourite = times[recording] >= 10 or (recording in liked and liked[recording] > play.at)
        if is_favourite and play.context and ":playlist:" in play.context:
            made[play.context.split(":")[-1]] += 1
    rows = {row.ids[0]: row.numbers[0] for row in section.first("ol", "two").all("li")}
    assert rows == made
    opened = {uri.split(":")[-1] for uri in plainly.started(plain)}
    closed = [each.id for each in plain.own_lists if each.items and each.id not in opened]
    unopened = shown.site.section("insights", "unopened")
    assert {row.ids[0] for row in unopened.all("li")} == set(closed)


def whole_albums_and_shuffle(shown: Shown) -> None:
    plain, section = shown.plain, shown.site.section("insights", "whole-albums")
    runs, total = plainly.in_order(plain), len(plain.plays)
    ordered, shuffled = sum(map(len, runs)), sum(play.shuffle is True for play in plain.plays)
    assert [row.text for row in section.first(of="legend").all("li")] == [
        f"{share_text(ordered, total)} in the order of an album", f"{share_text(shuffled, total)} with shuffle",
        f"{share_text(total - ordered - shuffled, total)} otherwise",
    ]  # fmt: skip
    whole, unfinished = section.first(of="columns").all("ol")
    times = plainly.whole_albums(plain)
    rows = {row.ids[0]: row.numbers[-1] for row in whole.all("li")}
    assert rows.items() <= times.items()
    assert sorted(rows.values(), reverse=True) == sorted(times.values(), reverse=True)[: len(rows)]
    begun = plainly.unfinished_albums(plain)
    rows = {row.ids[0]: tuple(row.numbers) for row in unfinished.all("li")}
    assert rows.items() <= begun.items()
    more = [each.numbers[0] for each in section.all("p", "small") if "more saved album" in each.text]
    assert len(rows) + sum(more) == len(begun)


def axes_of_personality(shown: Shown) -> None:
    plain = shown.plain
    charts = shown.site.section("personality", "history").charts
    assert len(charts) >= 3
    points: list[str] = []
    for month in plain.every_month:
        found = plainly.axes(plain, month)  # the last ones, of the running month, are those of today
        if not plainly.is_of_whole_months(plain, month):
            continue
        points.append(f"{month[0]:%Y-%m}")
        kind = "".join(
            pair[axis.mean >= 0.5] for pair, axis in zip(("FE", "TN", "LV"), found.values(), strict=True)
        )
        for (name, axis), chart in zip(found.items(), charts, strict=False):
            (each,) = [each for each in chart if each["span"] == points[-1]]
            assert each["plays"] == axis.of, (name, month)
            assert (each["value"] is None) == (axis.of < 30)
            assert each["value"] is None or abs(each["value"] - 100 * axis.mean) <= 0.51, (name, month, axis)
            assert each["type"][:3] == (kind if min(other.of for other in found.values()) >= 300 else "")
    assert all([each["span"] for each in chart] == points for chart in charts)
    for axis, row in zip(
        found.values(), shown.site.section("personality", "axes").first(of="axes").all("li"), strict=False
    ):
        assert abs(int(row.first("b").text) - 100 * axis.mean) <= 0.51
        assert row.first(of="evidence").numbers == [axis.of]


def other_traits(shown: Shown) -> None:
    plain, total = shown.plain, len(shown.plain.plays)
    hours = Counter(play.at.hour for play in plain.plays)
    night, morning = (sum(hours[hour % 24] for hour in range(first, first + 6)) for first in (22, 5))
    said = {
        each.first("dt").text: each.first("dd").text
        for each in shown.site.section("personality", "traits").first("dl").all("div")
    }
    clock, albums, saved = said.values()
    assert (
        f"{share_text(night, total)} of the plays end between 22:00 and 4:00, {share_text(morning, total)} between"
        in clock
    )
    name = (
        "Owl"
        if night > max(total / 4, morning)
        else "Lark"
        if morning > max(total / 4, night)
        else "Neither owl nor lark"
    )
    assert name in said
    ordered, known = (
        sum(map(len, plainly.in_order(plain))),
        [play for play in plain.plays if play.shuffle is not None],
    )
    assert f"{share_text(ordered, total)} of the plays are in the order of an album" in albums
    assert (
        f"{share_text(sum(play.shuffle is True for play in known), len(known))} are with shuffle, of {len(known):,} plays for which it is known"
        in albums
    )
    begun = plainly.begun_albums(plain)
    whole = sum(own == of for own, of in begun.values())
    assert (
        f"Of {len(begun)} saved albums of five tracks and more of which any was heard, {whole} were heard to the last track; {len(plainly.whole_albums(plain))} albums"
        in saved
    )
    assert ("Completionist" if 2 * whole >= len(begun) else "Sampler") in said


def _finding(shown: Shown, slug: str) -> str:
    """What is said of a finding, on top of the page or of its section."""
    leads = [each for each in shown.site.section("insights", slug).all("p", "lead")]
    return leads[0].text if leads else shown.site.page("insights").root.first("p", "finding").text


def _evidence(shown: Shown, slug: str) -> list[float]:
    return shown.site.section("insights", slug).first(of="evidence").numbers
