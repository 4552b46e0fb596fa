"""The pages of the years, held against plain figures."""

import re
from datetime import date

from tests.end_to_end.built_site import Element
from tests.end_to_end.plain_plays import KINDS, ONE, days_between, grouped, month_of
from tests.end_to_end.shown import (
    Shown,
    assert_heard,
    days,
    followed_by,
    length_of,
    said_ms,
    share_text,
    spans_of,
)


def each_year_has_its_totals(shown: Shown) -> None:
    plain, site = shown.plain, shown.site
    assert site.years == plain.years
    for year in plain.years:
        span = plain.year(year)
        finding = site.page(f"year-{year}").root.first("p", "finding")
        assert_heard(finding.text, plain.heard_ms(span))
        assert finding.numbers[-3:] == [
            len(plain.within(span)), len(plain.sums("tracks", span)), len(plain.sums("artists", span)),
        ]  # fmt: skip
        assert days(finding) == [*span]
        (row,) = [
            each
            for each in site.section("years", "years").all("li")
            if each.attributes.get("id") == f"year-{year}"
        ]
        assert_heard(row.first(of="totals").text, plain.heard_ms(span))
        assert len(plain.within(span)) in row.first(of="totals").numbers


def months_of_a_year_and_the_artist_of_each(shown: Shown) -> None:
    plain = shown.plain
    for year in plain.years:
        section = shown.site.section(f"year-{year}", "months")
        for month, row, column in zip(
            plain.months(year), section.table, section.first(of="year-months").all("li"), strict=True
        ):
            before = month[0].replace(year=year - 1), month_of(month[0].replace(year=year - 1))[1]
            for span, cell in ((month, row[1]), (before, row[2])):
                plays = len(plain.within(span))
                is_told = (
                    plays or plain.first_day <= span[0] <= plain.today
                    if span is month
                    else plain.first_day <= span[0]
                )
                assert cell.numbers == ([plays] if is_told else []), span
            most, first = plain.most_played("artists", month)
            led = column.first(of="led")
            if most < 2:
                assert led.ids == []
            else:
                assert led.ids[0] in first
                assert led.numbers == ([len(first) - 1] if len(first) > 1 else [])


def _shelf_of(shown: Shown, kind: str, section: Element) -> list[tuple[int, str, int]]:
    """Rank, item and plays of the rows of a ranking."""
    return [
        (
            int(re.match(r"\D*?(\d+)", each.first(of="muted").text)[1]),
            shown.item(kind, each),
            int(each.numbers[-1]),
        )
        for each in section.all("li")
    ]


def tracks_artists_and_albums_of_a_year(shown: Shown) -> None:
    for year in shown.plain.years:
        for kind in KINDS:
            ranking = {each.item: each for each in shown.plain.ranking(kind, shown.plain.year(year))}
            rows = _shelf_of(shown, kind, shown.site.section(f"year-{year}", kind))
            found = [ranking[item] for _, item, _ in rows]
            assert [(each.rank, each.plays) for each in found] == [(rank, plays) for rank, _, plays in rows]
            expected = [each for each in ranking.values() if each.plays > 1][:20]
            assert [(each.plays, each.ms) for each in found] == [(each.plays, each.ms) for each in expected]
            assert len({each.item for each in found}) == len(found)


def discoveries_of_a_year(shown: Shown) -> None:
    plain = shown.plain
    for year in plain.years[1:]:
        section = shown.site.section(f"year-{year}", "discoveries")
        said = iter(section.first("p", "lead").numbers)
        for kind in KINDS:
            first, sums = plain.first_days(kind), plain.sums(kind, plain.year(year))
            new = {item: sums[item] for item in sums if first[item].year == year}
            assert (next(said), next(said)) == (len(new), len(sums))
            (column,) = [
                each
                for each in section.first(of="three").inside
                if isinstance(each, Element) and each.first("h3").text == kind.capitalize()
            ]
            rows = [(shown.item(kind, each), each.numbers[-1], days(each)) for each in column.all("li")]
            assert all(since == [first[item]] and plays == new[item][0] for item, plays, since in rows)
            best = sorted((each for each in new.values() if each[0] > 1), reverse=True)[:5]
            assert [new[item] for item, *_ in rows] == best


def the_fullest_day_of_a_year(shown: Shown) -> None:
    plain = shown.plain
    for year in plain.years:
        day, section = plain.fullest(plain.year(year)), shown.site.section(f"year-{year}", "day")
        lead = section.first("p", "lead")
        assert (days(lead), lead.numbers[0]) == ([day], plain.days[day])
        assert_heard(lead.text.partition("plays,")[2], plain.heard_on[day])
        (chart,) = section.charts
        hours = grouped(plain.within((day, day)), lambda play: play.at.hour)
        assert [each["plays"] for each in chart] == [len(hours.get(hour, ())) for hour in range(24)]


def days_and_streaks_of_a_year(shown: Shown) -> None:
    plain = shown.plain
    for year in plain.years:
        section, span = shown.site.section(f"year-{year}", "streaks"), plain.year(year)
        (cells,) = section.charts
        assert [(each["date"], each["plays"]) for each in cells] == [
            (f"{day}", plain.days[day]) for day in days_between(*span)
        ]
        assert all(
            (each["heard"] or 0) == plain.heard_on[date.fromisoformat(each["date"])]
            for each in cells
            if each["plays"]
        )
        lead = section.first("p", "lead")
        with_plays, of, *lengths = lead.numbers
        assert (with_plays, of) == (
            len({play.day for play in plain.within(span)}),
            (span[1] - span[0]).days + 1,
        )
        over = span[0], min(span[1], plain.today - ONE)  # of the running day nobody knows yet
        told = [
            run
            for run in (plain.longest(span, with_plays=True), plain.longest(over, with_plays=False))
            if length_of(run) > 1
        ]
        assert lengths == [length_of(run) for run in told]
        assert all(found in runs for found, runs in zip(spans_of(lead), told, strict=True))


def what_came_back_and_what_was_dropped(shown: Shown) -> None:
    plain = shown.plain
    for year in plain.years[1:]:
        section = shown.site.section(f"year-{year}", "changes")
        left, right = (each for each in section.first(of="columns").inside if isinstance(each, Element))
        if year - 1 > plain.years[0]:
            now, before = (plain.ranking("artists", span) for span in plain.against(year))
            (chart,) = left.charts
            told = {(each["year"][:4], each["rank"], each["plays"]) for each in chart if each["rank"]}
            assert told == {
                (f"{year - back}", each.rank, each.plays)
                for back, ranking in ((0, now), (1, before))
                for each in ranking[:10]
            }
        lists, said = (
            {each.text: found for each, found in followed_by(right, "h3", tag)} for tag in ("ol", "p")
        )
        back, gone = plain.came_back(year), plain.dropped(year)
        for title, expected in (("Came back", back), ("Dropped", gone)):
            if year - 1 == plain.years[0] and not lists.get(title):
                continue  # of the year before less than half is known
            rows = (
                {each.ids[0]: (each.numbers[-1], *days(each)) for each in lists[title].all("li")}
                if lists[title]
                else {}
            )
            assert rows.items() <= expected.items()
            assert len(rows) == min(5, len(expected))
            if expected:  # how many there are, or how many more than those listed
                assert said[title].numbers[0] == len(expected) - (5 if len(expected) > 5 else 0)
            best = sorted((each[0] for each in expected.values()), reverse=True)[: len(rows)]
            assert sorted((each[0] for each in rows.values()), reverse=True) == best


def the_soundtrack_of_each_season(shown: Shown) -> None:
    plain = shown.plain
    for year in plain.years:
        shown_seasons = [
            each
            for each in shown.site.section(f"year-{year}", "seasons").first(of="four").inside
            if isinstance(each, Element)
        ]
        spans = [
            (date(year - (month == 12), month, 1), month_of(date(year, (month + 1) % 12 + 1, 1))[1])
            for month in (12, 3, 6, 9)
        ]
        of_season = {span: plain.sums("tracks", span) for span in spans}
        named = {each.item for each in plain.ranking("tracks", plain.year(year))[:100]}
        named |= {
            each.item
            for each in plain.ranking("tracks", (date(year - 1, 1, 1), date(year - 1, 12, 31)))[:100]
        }
        for element in shown_seasons:
            first, last = (date.fromisoformat(f"{each}-01") for each in element.first("h3").days)
            span = first, month_of(last)[1]
            assert span in spans
            assert element.first("p").numbers == [len(plain.within(span))]
            for row in element.all(of="season")[0].all("li") if element.all(of="season") else ():
                plays = of_season[span][shown.item("tracks", row)][0]
                assert plays == row.numbers[-1]
                assert plays == max(
                    each.get(shown.item("tracks", row), (0, 0))[0] for each in of_season.values()
                )
                assert shown.item("tracks", row) in named


def ranks_and_medals_of_a_year(shown: Shown) -> None:
    plain = shown.plain
    of_all_time = {each.item: each.rank for each in plain.ranking("artists")}
    medals = plain.medals("artists")
    for year in plain.years:
        span = date(year, 1, 1), date(year, 12, 31)
        now, before = (
            {each.item: each.rank for each in plain.ranking("artists", each)}
            for each in (span, (date(year - 1, 1, 1), date(year - 1, 12, 31)))
        )
        months = plain.leads(month for month in plain.months(year) if month[1] < plain.today)
        weeks = plain.leads(week for week in plain.whole_weeks if (week[0] + 3 * ONE).year == year)
        rows = shown.site.section(f"year-{year}", "ranks").table
        assert len(rows) == min(10, len(now))
        for name, *cells in rows:
            artist = name.ids[0]
            found = [int(cell.numbers[0]) if cell.numbers else None for cell in cells]
            expected = [
                now[artist],
                *([before.get(artist)] if year - 1 in plain.half_known_years else []),
                of_all_time[artist],
                months[artist] or None,
                weeks[artist] or None,
            ]
            assert found == expected, (year, name.text)
            own = [(of, place) for of, place in medals.get(artist, ()) if of <= year]
            told = {
                (int(of), ("gold", "silver", "bronze").index(each.split()[0]) + 1)
                for each in name.text.partition(name.first("a").text)[2].split(";")
                for of in re.findall(r"[0-9]{4}", each)
            }
            assert told == set(own)


def a_year_against_the_one_before(shown: Shown) -> None:
    plain = shown.plain
    for year in plain.years[2:]:
        spans = plain.against(year)
        rows = {row[0].text: row[1:] for row in shown.site.section(f"year-{year}", "before").table}
        for place, span in enumerate(spans):
            heard = plain.within(span)
            expected = {
                "Plays": len(heard),
                **{kind.capitalize(): len(plain.sums(kind, span)) for kind in KINDS},
                "Days with plays": len({play.day for play in heard}),
                "Longest streak": length_of(plain.longest(span, with_plays=True)),
            }
            assert {
                name: cells[place].numbers[0] for name, cells in rows.items() if name != "Time"
            } == expected
            assert_heard(rows["Time"][place].text, plain.heard_ms(span))
        for name, (now, before, change) in rows.items():
            one, other = (
                (said_ms(each.text)[0] if name == "Time" else each.numbers[0]) for each in (now, before)
            )
            if one == other:
                assert change.text in ("as many", "as much")
                continue
            apart = said_ms(change.text)[0] if name == "Time" else change.numbers[0]
            assert apart == abs(one - other), (year, name)  # of what is shown
            assert (" more" in change.text) == (one > other)
            if name == "Time" or other >= 20:
                assert change.text.endswith(f"({share_text(apart, other)})")
