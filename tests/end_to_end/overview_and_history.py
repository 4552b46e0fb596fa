"""Overview and History, held against plain figures."""

from collections import Counter
from datetime import date

from tests.end_to_end.plain_plays import ONE, days_between, grouped, month_of
from tests.end_to_end.shown import Shown, about, assert_heard, days, length_of, said_ms, share_text, spans_of

DAYS_OF_A_MONTH = 365.2425 / 12  # 30.4 on the page About


def overview_so_far(shown: Shown) -> None:
    plain, now = shown.plain, shown.plain.now
    monday = plain.today - plain.today.weekday() * ONE
    last_month = (plain.today.replace(day=1) - ONE).replace(day=1)
    begins = (
        (monday, monday - 7 * ONE),
        (plain.today.replace(day=1), last_month),
        (plain.today.replace(month=1, day=1), date(plain.today.year - 1, 1, 1)),
    )
    for row, (first, before) in zip(
        shown.site.section("index", "now").first("dl").all("div"), begins, strict=True
    ):
        plays = [play for play in plain.plays if play.day >= first]
        length = now.replace(tzinfo=None) - now.replace(
            year=first.year, month=first.month, day=first.day, hour=0, minute=0, tzinfo=None
        )
        if first.month == 1 and first.day == 1:
            until = now.replace(year=now.year - 1, tzinfo=None)
        else:
            until = (
                now.replace(
                    year=before.year, month=before.month, day=before.day, hour=0, minute=0, tzinfo=None
                )
                + length
            )
        then = [play for play in plain.plays if before <= play.day and play.at.replace(tzinfo=None) <= until]
        assert row.numbers[0] == len(plays)
        assert days(row)[0] == first
        assert_heard(row.text, sum(play.ms for play in plain.all if play.day >= first))
        change = abs(len(plays) - len(then))
        assert (
            f"{change:,} play{'' if change == 1 else 's'} {'more' if len(plays) > len(then) else 'fewer'}"
            in row.text
        )


def overview_of_the_year_and_the_newest(shown: Shown) -> None:
    plain = shown.plain
    section = shown.site.section("index", "year")
    (cells,) = section.charts
    assert {each["date"]: each["plays"] for each in cells} == {
        each["date"]: plain.days[date.fromisoformat(each["date"])] for each in cells
    }
    every = plain.first_day, plain.today
    longest = plain.longest(every, with_plays=True)
    assert spans_of(section.first("p", "lead"))[-1] in longest
    assert section.first("p", "lead").numbers[-1] == length_of(longest)
    rows = shown.site.section("index", "newest").all("li")
    assert [shown.item("tracks", row) for row in rows] == [
        play.recording for play in plain.all[: -len(rows) - 1 : -1]
    ]
    on_this_day = (
        [
            (row.ids[0], row.numbers[-1])
            for row in shown.site.section("index", "library").first("ol").all("li")
        ]
        if shown.site.section("index", "library").all("ol")
        else []
    )
    for track, plays in on_this_day:
        recording = plain.recordings[track]
        of_day = [
            play
            for play in plain.plays
            if (play.day.month, play.day.day) == (plain.today.month, plain.today.day)
            and play.recording == recording
        ]
        assert plays in Counter(play.day.year for play in of_day).values()


def albums_in_rotation(shown: Shown) -> None:
    plain, section = shown.plain, shown.site.section("index", "rotation")
    since = days(section.first("p", "lead"))[0]
    ranking = plain.ranking("albums", (since, plain.today))
    rows = [(row.ids[0], row.numbers[-1]) for row in section.all("li")]
    plays = {each.item: each.plays for each in ranking}
    assert all(plays[item] == said for item, said in rows)
    assert [said for _, said in rows] == [each.plays for each in ranking[: len(rows)]]


def averages_of_history(shown: Shown) -> None:
    plain, section = shown.plain, shown.site.section("history", "average")
    whole = days_between(plain.first_day, plain.today - ONE)
    plays = sum(plain.days[day] for day in whole)
    active = sum(day in plain.days for day in whole)
    ms = sum(plain.heard_on[day] for day in whole)
    day, month, share, fullest = section.first("dl").all("div")
    assert about(day.numbers[0], plays / len(whole))
    assert about(month.numbers[0], DAYS_OF_A_MONTH * plays / len(whole))
    for row, factor in ((day, 1), (month, DAYS_OF_A_MONTH)):
        said, rounded = said_ms(row.all("dd")[-1].text)
        assert abs(said - factor * ms / len(whole)) <= rounded
    assert share.first("dd").text == share_text(active, len(whole))
    assert about(share.numbers[-1], plays / active)
    best = plain.fullest((plain.first_day, plain.today))
    assert (fullest.numbers[0], days(fullest)) == (plain.days[best], [best])


def the_calendar_of_history(shown: Shown) -> None:
    plain, section = shown.plain, shown.site.section("history", "years")
    charts = section.charts
    for year, cells in zip(reversed(plain.years), charts, strict=True):
        first, last = plain.year(year)
        assert [(each["date"], each["plays"]) for each in cells] == [
            (f"{day}", plain.days[day]) for day in days_between(first, last)
        ]
        assert all(
            (each["heard"] or 0) == plain.heard_on[date.fromisoformat(each["date"])]
            for each in cells
            if each["heard"] is not None
        )
    albums = {
        int(row.first("a").text): (row.ids[0], row.numbers[-1])
        for row in shown.site.section("history", "albums").all("li")
    }
    for year, (album, plays) in albums.items():
        most = plain.ranking("albums", plain.year(year))
        assert album in {each.item for each in most if each.rank == 1}
        assert plays == most[0].plays


def months_weekdays_and_hours(shown: Shown) -> None:
    plain = shown.plain
    (over_time,) = shown.site.section("history", "over-time").charts
    months, weekdays = shown.site.section("history", "months").charts
    (hours,) = shown.site.section("history", "hours").charts
    found = {
        f"{month[0]:%Y-%m}": (len(plain.within(month)), plain.heard_ms(month)) for month in plain.every_month
    }
    assert {each["begin"][:7]: (each["plays"], each["heard"]) for each in over_time} == found
    assert {each["span"][:7]: (each["plays"], each["heard"] or 0) for each in months} == found
    for each in over_time:
        before = f"{int(each['span'][:4]) - 1}{each['span'][4:7]}"
        assert each["before"] is None or each["before"] == found[before][0]
    by_hour = grouped(plain.plays, lambda play: (play.at.isoweekday(), play.at.hour))
    told = {
        (each["weekday"], each["hour"]): each["plays"] for each in hours if each["weekday"] in range(1, 8)
    }
    assert told == {
        (day, hour): len(by_hour.get((day, hour), ())) for day in range(1, 8) for hour in range(24)
    }
    whole = days_between(plain.first_day, plain.today - ONE)
    for each in weekdays:
        own = [day for day in whole if (day.isoweekday(), day.month) == (each["weekday"], each["month"])]
        assert each["days"] == len(own)
        assert about(each["plays"], sum(plain.days[day] for day in own) / len(own))


def first_listens_and_sittings(shown: Shown) -> None:
    plain = shown.plain
    (chart,) = shown.site.section("history", "first-listens").charts
    firsts = plain.first_days("tracks")
    for each in chart:
        month = month_of(date.fromisoformat(each["begin"]))
        heard = {play.recording for play in plain.within(month)}
        new = {track for track in heard if month[0] <= firsts[track]}
        assert (each["new"], each["again"]) == (len(new), len(heard) - len(new)), month
    section = shown.site.section("history", "sittings")
    sittings = sorted(plain.sittings(), key=lambda sitting: -sum(play.ms for play in sitting))
    (lengths,) = section.charts
    assert sum(each["sessions"] for each in lengths) == len(sittings)
    for row, sitting in zip(section.first("ol").all("li"), sittings, strict=False):
        plays = [play.recording for play in sitting if play.counts]
        assert row.numbers == [len(plays), len(set(plays))]
        assert_heard(row.first(of="end").text, sum(play.ms for play in sitting))
