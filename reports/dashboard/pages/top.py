"""Top: tracks, artists, albums and genres by plays and by minutes, of any stretch of days; the ranks over time; Spotify's own rankings."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from reports.dashboard.heat_map import lost_stretches
from reports.dashboard.listening import read_years
from reports.dashboard.own_pages import albums_of_note, artists_of_note
from reports.dashboard.page import Page, Told
from reports.dashboard.pages import top_record, top_twin
from reports.dashboard.pages.top_ranks import drawn_from, periods, ranks_over_time
from reports.dashboard.ranges import (
    Range,
    compared,
    is_comparable,
    known_days,
    last_day,
    offered_ranges,
    same_days,
)
from reports.dashboard.scope import Scope, Source
from utils.database.statements import statement

KINDS = ("tracks", "artists", "albums", "genres")
RANKED, NEAR = 100, 10  # rows of a ranking; of them with covers
WITHOUT_LIMIT = 2**31 - 1
A_YEAR = 365  # days: a shorter record is shown as a whole
Row = Mapping[str, Any]


def read(source: Source) -> Told | Callable[[], Told]:
    """What the template shows; the files of the years are made with the page."""
    spotify = read_spotifys(source)
    if not source.scope.plays:
        return {"kinds": (), "spotify": as_columns(spotify), "covers": source.covers, "ranks": None}
    ranges, days = source.once(ranked), source.heard
    shown = default_range(source.scope, ranges, days)
    whole = read_rankings(source, "all", WITHOUT_LIMIT)
    of_all = first_of(whole)
    rankings = of_all if shown.unit == "all" else read_rankings(source, shown.key, RANKED)
    lost = lost_stretches(source)
    told: dict[str, Any] = {
        "range": shown,
        "said": said(source.scope, shown, days, lost),
        "months": top_record.artists_of_months(source, days, lost),
        "spotify": spotify,
    }
    stretches = {
        "shown": (shown, told["said"], rankings),
        "all_time": (ranges[-1], said(source.scope, ranges[-1], days, lost), of_all),
    }
    top_twin.put_twin(source, stretches, told)
    told |= {
        "spotify": as_columns(spotify),
        "kinds": ("artists", "tracks", "albums", "genres") if source.scope.has_few else KINDS,
        "ranges": ranges,
        "rankings": {kind: shaped(rows) for kind, rows in rankings.items()},
        "last_day": last_day(source.scope),
        "ranks": ranks_over_time(source, of_all["artists"][:NEAR]),
        "ranks_from": drawn_from(source.scope),
        "most_months_of": top_record.most_months,
        "number_ones": top_record.number_ones(source, lost),
        "number_ones_from": source.scope.first_day + timedelta(days=top_record.A_YEAR),
        "credited": top_record.credited(source),
        "labels": top_record.labels(source),
        "carried": carried(source, ranges, shown, days, lost, of_all),
        "covers": source.covers,
    }
    put_years = read_years(source)
    return lambda: {
        **told,
        "files": {kind: put_csv(source, kind, rows) for kind, rows in whole.items()},
        "carried": {**told["carried"], "years": put_years()},
    }


def ranked(source: Source) -> list[Range]:
    """Count and rank what was heard; the stretches that have rankings."""
    count(source)
    ranges = offered_ranges(source.scope)
    rank(source, ranges, [*periods(source.scope), *same_days(source.scope.today)])
    return ranges


def count(source: Source) -> None:
    """Gather once what all rankings are made of: numbers for albums and genres, as tracks and artists have them."""
    for name in (
        "site_top.index_albums",
        "site_top.index_genres",
        "site_top.analyze_index",
    ):
        source.cursor.execute(statement(name))


def rank(
    source: Source, ranges: Sequence[Range], summed_too: Sequence[Range] = (), most: int = RANKED
) -> None:
    """Rank within each stretch, so many of each kind; of the record as a whole, everything. `summed_too`: stretches that are only summed up."""
    last = last_day(source.scope)
    limits = {each.key: WITHOUT_LIMIT if each.unit == "all" else most for each in ranges}
    summed = {each.key: each for each in (*ranges, *summed_too)}.values()
    stretches = {
        "keys": [each.key for each in summed],
        "units": [each.unit for each in summed],
        "firsts": [each.first for each in summed],
        "lasts": [min(each.last, last) for each in summed],
        "limits": [limits.get(each.key) for each in summed],
    }
    source.cursor.execute(statement("site_top.stretches"), stretches)
    for name in ("sum_up", "analyze_sums", "rank", "name_ranked", "index_ranked", "analyze_ranked"):
        source.cursor.execute(statement(f"site_top.{name}"))


def default_range(scope: Scope, ranges: Sequence[Range], days: Mapping[date, Row]) -> Range:
    """This year; of a short record, or while this year has no play, all of it."""
    by_key = {each.key: each for each in ranges}
    year = by_key["year"]
    is_short = scope.has_few or (scope.today - scope.first_day).days < top_record.A_YEAR
    return by_key["all"] if is_short or not any(year.first <= day <= year.last for day in days) else year


def read_ranking(source: Source, kind: str, key: str, by: str, most: int = RANKED) -> list[Row]:
    """The first ones of a stretch: `by` is plays or minutes."""
    return source.rows("site_top.ranking", kind=kind, key=key, by=by, most=most)


def read_rankings(source: Source, key: str, most: int) -> dict[str, list[Row]]:
    """Those of each kind by plays."""
    return {kind: read_ranking(source, kind, key, "plays", most) for kind in KINDS}


def first_of(rankings: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """As many rows of each as a page ranks."""
    return {kind: rows[:RANKED] for kind, rows in rankings.items()}


def shaped(rows: Sequence[Row]) -> dict[str, Any]:
    """A ranking by plays as it is shown: the first ten, less those with one play only, and the others folded."""
    near = [row for row in rows[:NEAR] if row["plays"] > 1]
    rest = rows[len(near) :]
    return {
        "near": near,
        "rest": rest,
        "items": rows[0]["items"] if rows else 0,
        "singles": rows[0]["singles"] if rows else 0,
        "only_singles": bool(rest) and rest[0]["plays"] == 1 and rows[0]["singles"] == len(rest),
        "leader": near[0] if near and (len(near) == 1 or near[1]["rank"] > 1) else None,
    }


def said(
    scope: Scope, shown: Range, days: Mapping[date, Row], lost: Sequence[tuple[date, date]]
) -> dict[str, Any]:
    """What is said of a stretch: its sums, how much of it is known, and how it compares with the one before."""
    last = min(shown.last, last_day(scope))
    found = {
        **_sums(shown.first, last, days),
        "first": shown.first,
        "last": last,
        "is_running": shown.unit != "all" and shown.last >= scope.today,
        "days": (last - shown.first).days + 1,
        "known": known_days(scope, shown.first, last, lost),
        "comparison": None,
    }
    pair = compared(shown, scope.today)
    if pair is None:
        return found
    if not all(is_comparable(scope, each, lost) for each in pair):
        return {**found, "comparison": "none"}
    whole, before = pair
    return {
        **found,
        "comparison": "given",
        "whole": {**_sums(whole.first, whole.last, days), "last": whole.last},
        "before": {**_sums(before.first, before.last, days), "first": before.first, "last": before.last},
    }


def _sums(first: date, last: date, days: Mapping[date, Row]) -> dict[str, int]:
    within = [row for day, row in days.items() if first <= day <= last]
    return {name: sum(row[name] for row in within) for name in ("plays", "heard_ms", "without")}


def carried(
    source: Source,
    ranges: Sequence[Range],
    shown: Range,
    days: Mapping[date, Row],
    lost: Sequence[tuple[date, date]],
    of_all: Mapping[str, Sequence[Row]],
) -> dict[str, Any]:
    """What the page has for its script: the sums of each day, the rankings of the whole record, and covers."""
    scope = source.scope
    first, last = scope.first_day, last_day(scope)
    every_day = [days.get(first + timedelta(days=each)) for each in range((last - first).days + 1)]
    return {
        "today": scope.today.isoformat(),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "shown": shown.key,
        "titles": {each.key: each.title for each in ranges},
        "lost": [(begin.isoformat(), end.isoformat()) for begin, end in lost],
        "days": [[row[name] if row else 0 for row in every_day] for name in ("plays", "heard_ms", "without")],
        "all": {
            kind: {
                "plays": _carried_ranking(of_all[kind]),
                "minutes": _carried_ranking(read_ranking(source, kind, "all", "minutes")),
            }
            for kind in KINDS
        },
        "covers": covers_of(source),
        "pages": {
            "artist": [row["item_id"] for row in artists_of_note(source)],
            "album": [row["item_id"] for row in albums_of_note(source)],
        },
    }


def _carried_ranking(rows: Sequence[Row]) -> dict[str, Any]:
    columns = ("item", "rank", "plays", "heard_ms", "name", "artists", "link", "cover")
    return {
        "items": rows[0]["items"] if rows else 0,
        "singles": rows[0]["singles"] if rows else 0,
        "rows": [[row[name] for name in columns] for row in rows],
    }


def covers_of(source: Source) -> dict[str, dict[int, list[str]]]:
    """Addresses of the covers of whatever is in the first ten of an offered stretch: small, and of a first one large as well."""
    found: dict[str, dict[int, list[str]]] = {"albums": {}, "artists": {}}
    for row in source.rows("site_top.covered"):
        small = source.covers.small(row["kind"], row["cover_id"])
        large = source.covers.large(row["kind"], row["cover_id"]) if row["is_first"] else None
        if small:
            found[row["kind"]][row["item"]] = [small, large] if large else [small]
    return found


def put_csv(source: Source, kind: str, rows: Sequence[Row]) -> str:
    """Let the site have a ranking of the whole record as a table; its address, empty where there is nothing."""
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("rank", "name", "artists", "plays", "minutes", "spotify_id"))
    for row in rows:
        artists = ", ".join(named or "" for named, _ in row["artists"])
        minutes = f"{row['heard_ms'] / 60_000:.1f}"
        writer.writerow((row["rank"], row["name"], artists, row["plays"], minutes, row["link"] or ""))
    name = f"data/top-{kind}.csv"
    source.covers.site.put(name, text.getvalue().encode())
    return name


def read_spotifys(source: Source) -> list[dict[str, Any]]:
    """Spotify's rankings, each with the rows of its newest snapshot; `move`: how many places up since the one before, None where new."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in source.rows("site_top.spotifys"):
        key = row["item_type"], row["time_range"]
        ranking = found.setdefault(
            key,
            {
                "kind": key[0],
                "range": key[1],
                "on": row["captured_on"],
                "before": row["before_on"],
                "rows": [],
            },
        )
        move = None if row["before_rank"] is None else row["before_rank"] - row["rank"]
        ranking["rows"].append({**row, "move": move})
    return list(found.values())


def as_columns(rankings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the page shows of them: those that follow each other and say the same are one, of several `ranges`."""
    columns: list[dict[str, Any]] = []
    for each in rankings:
        said = each["kind"], each["before"], [(row["rank"], row["link"], row["move"]) for row in each["rows"]]
        if columns and columns[-1]["said"] == said:
            columns[-1]["ranges"].append(each["range"])
        else:
            columns.append({**each, "ranges": [each["range"]], "said": said})
    return columns


PAGE = Page("top", "Top", "Top", read, tells_time=True)
