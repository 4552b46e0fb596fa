"""A page for each artist and each album of note: first and last listen, plays over time, its tracks, its ranks, what there is of it, its neighbours."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from functools import partial
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import FEWEST, Chart, Link
from reports.dashboard.dots import play_dots
from reports.dashboard.heat_map import lost_stretches
from reports.dashboard.over_time import begin_of, is_by_month, plays_over_time, steps_of_record
from reports.dashboard.own_pages import albums_of_note, artists_of_note
from reports.dashboard.page import Page
from reports.dashboard.pages.top_record import medal_years
from reports.dashboard.pages.year_record import read_record
from reports.dashboard.ranges import address_of as address_of_range
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import number
from utils.database.statements import statement

TRACKS, ALBUMS = 10, 12  # shown of an artist
_ROUND = [step * 10**power for power in range(9) for step in (1, 2, 5)]
Row = Mapping[str, Any]
Rows = Sequence[Row]
Grouped = Mapping[tuple[str, str], list[Row]]  # (kind, id) → rows of it


def of_note(source: Source) -> list[Page]:
    """The pages of all of them, the most played first; everything that they show is read at once."""
    artists, albums = artists_of_note(source), albums_of_note(source)
    if not artists and not albums:
        return []
    ids = {
        "artists": [row["item_id"] for row in artists],
        "albums": [row["item_id"] for row in albums],
    }
    source.cursor.execute(statement("site_own_pages.items"), ids)
    source.cursor.execute(statement("site_own_pages.analyze_items"))
    steps = _grouped(source.rows("site_own_pages.steps", by_month=is_by_month(source.scope)))
    dots = _grouped(source.rows("site_own_pages.dots") if source.scope.has_few else [])
    source.once(read_record)  # the ranks of years
    source.once(steps_of_record)
    told = {*medal_years(source.scope, lost_stretches(source)), source.scope.today.year}
    years = _grouped([row for row in source.rows("site_own_pages.years") if row["year"] in told])
    tracks = {
        "artist": _grouped(source.rows("site_own_pages.artist_tracks", limit=TRACKS), "artist"),
        "album": _grouped(source.rows("site_own_pages.album_tracks", albums=ids["albums"]), "album"),
    }
    discs = _grouped(
        source.rows("site_own_pages.artist_albums", artists=ids["artists"], limit=ALBUMS), "artist"
    )

    def page(kind: str, rows: Rows, place: int) -> Page:
        row = rows[place]
        key = kind, row["item_id"]
        own = steps.get(key, [])

        def shown(source: Source) -> dict[str, object]:
            return {
                "item": row,
                "covers": source.covers,
                "first_day": min(filter(None, (each["first_day"] for each in own)), default=None),
                "last_day": max(filter(None, (each["last_day"] for each in own)), default=None),
                "over_time": plays_over_time(source, {each["begin"]: each for each in own}, is_part=True),
                "by_month": is_by_month(source.scope),
                "dots": play_dots(source.scope, dots[key]) if key in dots else None,
                "drawn_from": _fifth_week(source.scope),
                "ranks": ranks(source.scope, years.get(key, []), told),
                "years": years.get(key, [])[::-1],
                "address_of": address_of_range,
                "tracks": tracks[kind].get(key, []),
                "albums": discs.get(key, []),
                "before": rows[place - 1] if place else None,
                "after": rows[place + 1] if place + 1 < len(rows) else None,
            }

        name = row["name"] if row["name"] and row["name"].strip() else "name unknown"
        return Page(
            f"{kind}-{row['item_id']}",
            name,
            name,
            lambda source: partial(shown, source),
            template=kind,
            under="top",
            tells_time=True,
            public=f"{kind}s",
        )

    def pages(kind: str, rows: Rows) -> Iterator[Page]:
        return (page(kind, rows, place) for place in range(len(rows)))

    return [*pages("artist", artists), *pages("album", albums)]


def _fifth_week(scope: Scope) -> date:
    """The day on which the record touches as many weeks as a chart needs."""
    return begin_of(scope.first_day, by_month=False) + timedelta(weeks=FEWEST - 1)


def ranks(scope: Scope, years: Rows, told: Set[int]) -> Chart:
    """The place among all of its kind in each year of the record; the line is broken where it was not heard, and dashed into the running year.

    `told`: the running year, and those that give medals; of the others less than half is known.
    """
    by_year = {row["year"]: row for row in years}
    rows: list[tuple[Any, ...]] = []
    table: list[tuple[Any, ...]] = []
    untold = [year for year in range(scope.first_day.year, scope.today.year) if year not in told]
    for year in range(min(told), scope.today.year + 1):
        found = by_year.get(year)
        running = year == scope.today.year
        label = f"{year}, so far" if running else str(year)
        rank, plays = (found["rank"], found["plays"]) if found else (None, 0)
        rows.append((label, rank, plays, running, year >= scope.today.year - 1))
        if found:
            said = Markup("{}, so far").format(year) if running else str(year)
            table.append(
                (Link(said, address_of_range(str(year))), number(found["rank"]), number(found["plays"]))
            )
    # Among equal places that of a year that is over, since the other may still change.
    best = min(
        years, key=lambda row: (row["rank"], row["year"] == scope.today.year, -row["year"]), default=None
    )
    finding = Markup() if best else Markup("No place in any year.")
    if best and len(years) > 1:  # of a single one, its row says it
        so_far = ", so far" if best["year"] == scope.today.year else ""
        finding = Markup("Best place: {} in {}{}.").format(number(best["rank"]), best["year"], so_far)
    if untold:
        finding += Markup(" Less than half is known of {}.").format(", ".join(map(str, untold)))
    return Chart(
        "rank_by_year",
        finding,
        ("year", "rank", "plays", "running", "is_tail"),
        rows if len(years) >= FEWEST else [],
        ("Year", "Rank", "Plays"),
        table[::-1],
        parameters={"ticks": rank_ticks(max((row["rank"] for row in years), default=1))},
    )


def rank_ticks(last: int) -> list[int]:
    """The first place, and round ones to the last: there is no place 0 that an axis of counts would begin with."""
    apart = next(step for step in _ROUND if last < 5 * step)
    return sorted({1, *range(apart, last + 1, apart)})


def _grouped(rows: Rows, kind: str = "") -> Grouped:
    """Rows by what they are of; `kind`: of all of them, where they do not say it."""
    found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[kind or row["kind"], row["item_id"]].append(row)
    return found
