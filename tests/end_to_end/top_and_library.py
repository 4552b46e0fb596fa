"""Top and Library, held against plain figures."""

import csv
import re
from collections import Counter, defaultdict
from datetime import date

from tests.end_to_end.plain_plays import KINDS, month_of
from tests.end_to_end.shown import Shown, assert_heard, share_text


def rankings_of_top(shown: Shown) -> None:
    plain, said = shown.plain, shown.site.json("top.json")
    for of in ("shown", "all_time"):
        span = date.fromisoformat(said[of]["first_day"]), date.fromisoformat(said[of]["last_day"])
        assert said[of]["plays"] == len(plain.within(span))
        assert abs(said[of]["minutes"] - plain.heard_ms(span) / 60_000) <= 0.051
        for kind in KINDS:
            ranking = {each.item: each for each in plain.ranking(kind, span)}
            rows = said[of][f"top_{kind}"]
            found = [
                ranking[plain.recordings[row["spotify_id"]] if kind == "tracks" else row["spotify_id"]]
                for row in rows
            ]
            assert [(each.rank, each.plays, round(each.ms / 60_000, 1)) for each in found] == [
                (row["rank"], row["plays"], row["minutes"]) for row in rows
            ]
            assert [(each.plays, each.ms) for each in found] == [
                (each.plays, each.ms) for each in list(ranking.values())[:100]
            ]
    assert said["all_time"]["first_day"] == f"{plain.first_day}"
    for row in said["top_artist_by_month"]:
        month = month_of(date.fromisoformat(f"{row['month']}-01"))
        plays, first = plain.most_played("artists", month)
        assert (row["plays"], row["of_plays"], {each["spotify_id"] for each in row["artists"]}) == (
            plays,
            len(plain.within(month)),
            first,
        )


def all_of_all_time(shown: Shown) -> None:
    plain = shown.plain
    for kind in KINDS:
        with (shown.site.folder / "data" / f"top-{kind}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        sums = plain.sums(kind)
        assert len(rows) == len(sums)
        for row in rows:
            plays, ms = sums[plain.recordings[row["spotify_id"]] if kind == "tracks" else row["spotify_id"]]
            assert int(row["plays"]) == plays
            assert abs(float(row["minutes"]) - ms / 60_000) <= 0.051


def number_ones_and_credits(shown: Shown) -> None:
    plain, section = shown.plain, shown.site.section("top", "number-ones")
    weeks = plain.leads(plain.whole_weeks)
    assert f"of {len(plain.whole_weeks)} whole weeks" in section.first("p", "lead").text
    medals = {kind: plain.medals(kind) for kind in ("artists", "tracks")}
    seen = Counter[str]()
    for name, *cells in section.table:
        kind = "artists" if len(cells) == 4 else "tracks"
        item = shown.item(kind, name)
        seen[kind] += 1
        own = Counter(place for _, place in medals[kind].get(item, ()))
        expected = [own[1], own[2], own[3], *([weeks[item]] if kind == "artists" else [])]
        assert [int(cell.numbers[0]) if cell.numbers else 0 for cell in cells] == expected, name.text
    assert seen == {"artists": len({*weeks, *medals["artists"]}), "tracks": len(medals["tracks"])}
    credited = Counter(min(5, len(play.items("artists"))) for play in plain.plays)
    told = {
        int(row.text[0]): row.first(of="end").first("small").numbers[0]
        for row in shown.site.section("top", "credited").first("ul").all("li")
    }
    assert told == credited


def ranks_over_time(shown: Shown) -> None:
    plain = shown.plain
    (chart,) = shown.site.section("top", "ranks").charts
    first_ten = plain.ranking("artists")[:10]
    names = {plain.library.artists[each.item].name: each.item for each in first_ten}
    assert {int(each["period"][:4]) for each in chart} == set(plain.half_known_years)
    for year in plain.half_known_years:
        ranking = {each.item: each for each in plain.ranking("artists", plain.year(year))}
        rows = [each for each in chart if each["period"].startswith(f"{year}") and each["plays"]]
        assert {names[each["name"]]: (each["rank"], each["plays"]) for each in rows} == {
            item: (ranking[item].rank, ranking[item].plays) for item in names.values() if item in ranking
        }
        rows.sort(key=lambda each: each["place"])  # among these alone
        assert [each["place"] for each in rows] == [*range(1, len(rows) + 1)]
        assert [each["plays"] for each in rows] == sorted((each["plays"] for each in rows), reverse=True)
    text = shown.site.section("top", "ranks").first("p", "lead").text
    left_out = re.search(r"less than half of it is known: ([0-9, ]+)\.", text)
    told = left_out[1].split(", ") if left_out else []
    assert told == [f"{year}" for year in plain.years if year not in plain.half_known_years]


def what_is_in_the_library(shown: Shown) -> None:
    plain, library = shown.plain, shown.plain.library
    heard = {play.recording for play in plain.plays}
    tracks = [library.tracks[each] for each in plain.in_library]
    played = sum(plain.recordings[each.id] in heard for each in tracks)
    albums = {each.album_id for each in tracks}
    section = shown.site.section("library", "figures")
    ever, count, of_albums, artists = section.first("dl").all("div")
    assert ever.numbers[0] == played
    assert ever.first("dd").text == share_text(played, len(tracks))
    assert count.numbers[:2] == [len(tracks), len(library.liked_rows())]
    assert_heard(count.all("dd")[-1].text, sum(each.duration_ms for each in tracks))
    kinds = Counter(library.albums[each].album_type.lower() for each in albums)
    assert of_albums.numbers == [
        len(albums),
        len(library.saved_album_rows()),
        kinds["single"],
        kinds["compilation"],
    ]
    assert artists.numbers == [
        len({artist for each in tracks for artist in each.artist_ids}),
        len(library.followed),
    ]


def growth_decades_and_genres(shown: Shown) -> None:
    plain, library = shown.plain, shown.plain.library
    (chart,) = shown.site.section("library", "growth").charts
    came = Counter(f"{at.astimezone(plain.zone):%Y-%m}" for at in plain.in_library.values())
    assert {
        each["begin"][:7]: each["came"] for each in chart[:-1] if each["came"]
    } == came  # the last one ends the drawing
    assert chart[-1]["tracks"] == len(plain.in_library)
    decades = Counter(
        library.albums[library.tracks[each].album_id].release_date[:3] for each in plain.in_library
    )
    told = {
        each.first("b").text[:3]: each.first("summary").numbers[-1]
        for each in shown.site.section("library", "decades").all("details")
    }
    assert told == {decade: count for decade, count in decades.items() if decade != "000"}
    genres = Counter(
        genre
        for each in plain.in_library
        for genre in {
            genre
            for artist in library.tracks[each].artist_ids
            for genre in library.artists[artist].genres or ()
        }
    )
    rows = {row.first("b").text: row.numbers[-1] for row in shown.site.section("library", "genres").all("li")}
    assert rows.items() <= genres.items()
    assert sorted(rows.values(), reverse=True) == sorted(genres.values(), reverse=True)[: len(rows)]
    plays = plain.sums("artists")
    tracks, liked = defaultdict[str, int](int), library.liked_rows()
    for each in plain.in_library:
        for artist in set(library.tracks[each].artist_ids):
            tracks[artist] += 1
    for row in shown.site.section("library", "artists").all("li"):
        artist = row.ids[0]
        own = [each for each in liked if artist in library.tracks[each].artist_ids]
        assert row.numbers == [len(own), plays.get(artist, (0, 0))[0], tracks[artist]]


def from_release_to_first_play(shown: Shown) -> None:
    plain, library = shown.plain, shown.plain.library
    section = shown.site.section("library", "first-plays")
    (chart,) = section.charts
    first = {plain.counts_for(play): play.day for play in reversed(plain.plays)}
    waits, early = [], 0
    for track in plain.in_library:
        released = library.albums[library.tracks[track].album_id].release_date
        day = first.get(track)
        if day and len(released) == 10 and date.fromisoformat(released) >= plain.first_day:
            wait = (day - date.fromisoformat(released)).days
            early += wait < -1  # one day is the difference of two zones
            waits += [wait] if wait >= -1 else []
    bounds = [(-1, 1), (2, 7), (8, 30), (31, 90), (91, 365), (366, 9999)]
    assert [each["tracks"] for each in chart] == [
        sum(low <= wait <= high for wait in waits) for low, high in bounds
    ]
    notes = [each.numbers[0] for each in section.all("p") if "heard before the day" in each.text]
    assert notes == ([early] if early else [])


def followed_artists_album_by_album(shown: Shown) -> None:
    library = shown.plain.library
    saved = library.saved_album_rows()
    section = shown.site.section("library", "completeness")
    found = {}
    for artist in library.followed:
        editions: defaultdict[str, set[str]] = defaultdict(set)
        for album in library.albums.values():
            if artist in album.artist_ids and album.album_type.lower() == "album":
                editions[album.name.removesuffix(" (Deluxe)")].add(album.id)
        found[artist] = sum(bool(ids & set(saved)) for ids in editions.values()), len(editions)
    rows = {row.ids[0]: row for row in section.all("li")}
    assert {artist: tuple(row.numbers[-2:]) for artist, row in rows.items()} == {
        artist: found[artist] for artist in rows
    }
    known = [each for each in found.values() if each[1]]  # has an album
    complete, followed = sum(own == of for own, of in known), len(library.followed)
    assert section.first("p", "lead").numbers == [
        *([complete] if complete else []),  # else a word
        len(known),
        *([followed] if followed > len(known) else []),
    ]
    for row in rows.values():
        assert not set(row.ids[1:]) & set(saved)


def every_name_leads_to_what_it_names(shown: Shown) -> None:
    library = shown.plain.library
    kinds = {
        "track": library.tracks,
        "artist": library.artists,
        "album": library.albums,
        "playlist": library.playlists,
    }
    for page in (
        "index",
        "history",
        "top",
        "insights",
        "library",
        *(f"year-{year}" for year in shown.site.years),
    ):
        for link in shown.site.page(page).root.first("main").all("a"):
            found = re.fullmatch(
                r"(?:https://open.spotify.com/)?(track|artist|album|playlist)[/-](\w{22})(?:\.html)?",
                link.attributes.get("href", ""),
            )
            if found and (link.all("bdi") or link.all(of="unknown")):
                name = " ".join(kinds[found[1]][found[2]].name.replace("\0", "").split())
                assert link.text == (name or "name unknown"), page
