"""The pages of artists and albums, held against plain figures."""

import re
from collections import Counter

from tests.end_to_end.built_site import Element
from tests.end_to_end.plain_plays import Play
from tests.end_to_end.shown import Shown, assert_heard, days, share_text

MOST = 100  # have a page
EVERY = 3  # page is looked at


def artists_and_albums_at_a_glance(shown: Shown) -> None:
    plain = shown.plain
    for kind in ("artists", "albums"):
        ranking = plain.ranking(kind)
        pages = {each.stem.partition("-")[2] for each in shown.site.folder.glob(f"{kind[:-1]}-*.html")}
        least = ranking[:MOST][-1].plays
        assert pages <= {each.item for each in ranking if each.plays >= least}
        assert len(pages) == min(MOST, len(ranking))
        for row in [each for each in ranking if each.item in pages][::EVERY]:
            page = shown.site.page(f"{kind[:-1]}-{row.item}")
            heard, finding = plain.days_by(kind)[row.item], page.root.first("p", "finding")
            assert finding.numbers == [row.plays]
            assert days(finding) == sorted({heard[0], heard[-1]})
            rank, share, time, _ = (
                each.first("dd") for each in page.section("glance").first("dl").all("div")
            )
            assert (rank.numbers, share.text) == ([row.rank], share_text(row.plays, len(plain.plays)))
            assert f"of {len(ranking)} " in page.section("glance").text
            assert_heard(time.text, row.ms)


def items_over_time_and_in_each_year(shown: Shown) -> None:
    plain = shown.plain
    of_years = {
        kind: {
            year: {each.item: each for each in plain.ranking(kind, plain.year(year))} for year in plain.years
        }
        for kind in ("artists", "albums")
    }
    of_months = {
        kind: {f"{month[0]:%Y-%m}": plain.sums(kind, month) for month in plain.every_month}
        for kind in ("artists", "albums")
    }
    for kind, item, page in _pages(shown):
        (chart,) = page("over-time").charts
        assert {each["begin"][:7]: each["plays"] for each in chart} == {
            span: sums.get(item, (0, 0))[0] for span, sums in of_months[kind].items()
        }
        years = {
            year: (found[item].rank, found[item].plays)
            for year, found in of_years[kind].items()
            if item in found and year in plain.half_known_years
        }
        section = page("ranks")
        if section.charts:
            told = {
                int(each["year"][:4]): (each["rank"], each["plays"])
                for each in section.charts[0]
                if each["plays"]
            }
        else:
            told = {
                int(row.first("a").text): (int(row.numbers[0]), int(row.numbers[1]))
                for row in section.first("ul").all("li")
            }
        assert told == years
        said, ranks = section.first("p", "lead").text, {year: rank for year, (rank, _) in years.items()}
        best = re.search(r"Best place: (\d+) in (\d+)(, so far)?\.", said)
        assert (best is not None) == (len(ranks) > 1)  # of a single one, its row says it
        if best:
            rank, year = int(best[1]), int(best[2])
            assert rank == ranks[year] == min(ranks.values())
            is_running = year == plain.today.year
            assert is_running == (best[3] is not None)
            assert not is_running or list(ranks.values()).count(rank) == 1  # else one that is over
        assert ranks or said.startswith("No place in any year.")
        assert ("Less than half is known of 2022" in said) == (2022 not in plain.half_known_years)


def tracks_of_an_artist(shown: Shown) -> None:
    plain = shown.plain
    for kind, item, page in _pages(shown):
        if kind == "artists":
            plays = Counter(play.recording for play in plain.plays if item in play.track.artist_ids)
            ordered = sorted(plays.values(), reverse=True)
            section = page("tracks")
            assert section.first("p", "lead").numbers == ([len(plays)] if len(plays) > 1 else [])
            assert len(section.all("svg", "bar")) == (len(section.all("li")) if len(plays) > 1 else 0)
            rows = [
                (
                    int(row.first(of="rank").text),
                    plays[shown.item("tracks", row)],
                    row.first(of="value").numbers[0],
                )
                for row in section.all("li")
            ]
            assert [(rank, said) for rank, _, said in rows] == [
                (ordered.index(each) + 1, each) for each in ordered[: len(rows)]
            ]
            assert all(own == said for _, own, said in rows)


def artists_in_the_library_and_their_releases(shown: Shown) -> None:
    plain, library = shown.plain, shown.plain.library
    saved, liked = library.saved_album_rows(), library.liked_rows()
    plays = plain.sums("albums")
    for kind, item, page in _pages(shown):
        if kind == "artists":
            own = [track for track in plain.in_library if item in library.tracks[track].artist_ids]
            text = page("glance").first("dl").all("div")[-1].text
            assert re.findall(r"\d+", text) == [f"{len(own)}", f"{sum(track in liked for track in own)}"]
            assert text.endswith("followed") == (item in library.followed)
            section = page("albums")
            for row in section.all("li"):
                album = library.albums[row.ids[0]]
                assert item in album.artist_ids
                assert ("missing" in row.attributes.get("class", "")) == (album.id not in saved)
                assert _said_plays(row) == plays.get(album.id, (0, 0))[0]
            if section.all("p", "lead"):
                told, known = section.first("p", "lead").numbers
                assert told == sum(item in library.albums[album].artist_ids for album in saved)
                assert (
                    len(section.all("li"))
                    <= known
                    <= sum(item in album.artist_ids for album in library.albums.values())
                )


def _said_plays(row: Element) -> int:
    return int(row.numbers[-1]) if re.search(r" plays?$", row.text) else 0


def tracks_of_an_album(shown: Shown) -> None:
    plain, library = shown.plain, shown.plain.library
    liked, saved = library.liked_rows(), library.saved_album_rows()
    for kind, item, page in _pages(shown):
        if kind == "albums":
            album = library.albums[item]
            heard: list[Play] = [play for play in plain.plays if play.album == item]
            plays = Counter(play.recording for play in heard)
            rows = page("tracks").all("li")
            for row in rows:
                assert row.first(of="value").numbers == (
                    [plays[shown.item("tracks", row)]] if plays[shown.item("tracks", row)] else []
                ), album.name
                assert ("liked" in [each.text for each in row.all("small")]) == (row.ids[0] in liked), (
                    album.name,
                    row.text,
                )
            told, of = page("tracks").first("p", "lead").numbers
            assert told == len(plays)
            assert of == max(len(album.track_ids), len(rows))
            assert page("glance").text.endswith("; saved" if item in saved else "; not saved")


def neighbours_in_the_ranking(shown: Shown) -> None:
    plain = shown.plain
    rankings = {kind: {each.item: each for each in plain.ranking(kind)} for kind in ("artists", "albums")}
    for kind, item, page in _pages(shown):
        ranking, section = rankings[kind], page("neighbours")
        before, after = section.first("ul").all("li")
        own = list(ranking).index(item)
        for place, row in ((own - 1, before), (own + 1, after)):
            if not 0 <= place < min(MOST, len(ranking)):
                assert row.ids == []
                continue
            beside, expected = ranking[row.ids[0]], list(ranking.values())[place]
            assert (beside.plays, beside.ms) == (expected.plays, expected.ms)
            assert row.numbers == [expected.rank]


def _pages(shown: Shown):
    """Kind, item, and what gives the sections of its page."""
    for kind in ("artists", "albums"):
        for each in shown.plain.ranking(kind)[:MOST:EVERY]:
            if (shown.site.folder / f"{kind[:-1]}-{each.item}.html").is_file():
                yield kind, each.item, shown.site.page(f"{kind[:-1]}-{each.item}").section
