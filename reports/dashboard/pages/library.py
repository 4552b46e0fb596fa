"""Library: what is in it, how it grew, what cannot be played any more, and what followed artists have made besides."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from markupsafe import Markup

from reports.dashboard.calendars import releases as calendar_of
from reports.dashboard.charts import Chart, step
from reports.dashboard.page import Page
from reports.dashboard.pages.library_albums import ALBUMS, swarm
from reports.dashboard.scope import Scope, Source
from reports.dashboard.twins import RELEASES as CALENDAR
from reports.dashboard.twins import WANTS_RELEASES
from reports.dashboard.words import counted, number, share
from utils.database.statements import statement

NEWEST, OF_A_DECADE, GENRES, ARTISTS, FOLLOWED, RELEASES, LOST, BACK = 6, 12, 12, 8, 15, 18, 20, 10
MISSING, MISSING_LETTERS = 6, 120  # titles named of one artist, and how long they may be together
DAYS_UP_TO = 92  # a younger library is drawn by day
FEWEST_FIRST_PLAYS = 20
# What tells an edition from the album itself, at the end of its title, without case: `(Deluxe Edition)`, `- Remastered 2011`.
EDITION = r"\s*([(\[][^()\[\]]*\y({0})\y[^()\[\]]*[)\]]|\s[-:]\s.*\y({0})\y.*)\s*$".format(
    "deluxe|edition|remaster|remastered|expanded|anniversary|bonus|reissue|version"
)
_WAITS = (
    (1, "within a day"),
    (7, "to a week"),
    (30, "to 30 days"),
    (90, "to 90 days"),
    (365, "to a year"),
)
_LONGER = "later"
Row = Mapping[str, Any]


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope = source.scope
    more = source.row("site_library.more")
    library = source.kept("site.library")[0]
    lost = source.rows("site_library.lost", limit=LOST)
    waits = source.rows("site_library.first_plays", since=scope.first_day) if scope.plays else []
    decades = source.rows("site_library.decades")
    released = source.rows("site_library.releases", limit=RELEASES)
    return {
        "library": library,
        "more": more,
        "newest": source.rows("site_library.newest", limit=NEWEST),
        "growth": growth(source.rows("site_library.growth"), scope, library["tracks"]),
        "changes": source.kept("site_library.changes")[0],
        "decades": with_albums(decades, source.rows("site_library.decade_albums", limit=OF_A_DECADE)),
        "most_of_a_decade": max((row["tracks"] for row in decades), default=0),
        "swarm": swarm(source.rows("site_library.heard_albums", limit=ALBUMS)),
        "genres": source.rows("site_library.genres", limit=GENRES),
        "artists": source.rows("site_library.artists", limit=ARTISTS),
        "lost": lost,
        "twins": twins(source, more["market"], [row["track_id"] for row in lost]),
        "back": source.rows("site_library.back", limit=BACK),
        "first_plays": first_plays([row for row in waits if row["days"] >= -1]),
        "heard_early": sum(row["tracks"] for row in waits if row["days"] < -1),
        "completeness": [
            as_many_as_fit(row)
            for row in source.rows(
                "site_library.completeness", edition=EDITION, limit=FOLLOWED, missing=MISSING
            )
        ],
        "releases": released,
        "calendar": CALENDAR
        if source.standing.settings.is_on(WANTS_RELEASES) and calendar_of(released)
        else "",
        "editions": source.rows("site_library.editions", edition=EDITION, limit=RELEASES),
        "covers": source.covers,
    }


def as_many_as_fit(row: Row) -> Row:
    """Of the titles that are missing the first, and those that have room beside it: long ones would push everybody else off the page."""
    lengths = accumulate(len(title or "") for title in row["missing"])
    return {**row, "missing": row["missing"][: max(1, sum(each <= MISSING_LETTERS for each in lengths))]}


def growth(found: Sequence[Row], scope: Scope, tracks: int) -> Chart:
    """The tracks of the library, by the month, or in a young one the day, in which they came."""
    by_month = bool(found) and scope.today - found[0]["day"] > timedelta(days=DAYS_UP_TO)
    came: dict[date, int] = {}
    for row in found:
        begin = row["day"].replace(day=1) if by_month else row["day"]
        came[begin] = came.get(begin, 0) + row["came"]
    rows, table, total = [], [], 0
    for begin in _steps(min(came, default=scope.today), scope.today, by_month=by_month):
        new = came.get(begin, 0)
        total += new
        running = _next(begin, by_month=by_month) > scope.today
        span, said = step(begin, by_month=by_month, wording="{}, so far" if running else "{}")
        rows.append((begin.isoformat(), span, new, total))
        table.append((said, number(new), number(total)))
    if not total:
        return Chart("library_growth", "When its tracks came is not known.", (), ())
    most = max(range(len(rows)), key=lambda place: rows[place][2])
    # A step has its width from what follows: the last one lasts until now.
    rows.append(((scope.today + timedelta(days=1)).isoformat(), *rows[-1][1:]))
    finding = Markup("Most came {} {}: {}.").format("in" if by_month else "on", *table[most][:2])
    if total < tracks:
        finding += Markup(" Of {} it is not known when.").format(number(tracks - total))
    heads = ("Month" if by_month else "Day", "Came", "Tracks")
    columns, written = ("begin", "span", "came", "tracks"), {"span": "month" if by_month else "day"}
    return Chart("library_growth", finding, columns, rows, heads, table[::-1], written=written)


def with_albums(decades: Sequence[Row], albums: Sequence[Row]) -> list[dict[str, Any]]:
    """Each decade with the albums that are shown of it."""
    return [{**row, "shown": [each for each in albums if each["decade"] == row["decade"]]} for row in decades]


def twins(source: Source, market: str | None, track_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The playable release of each of these tracks that has one."""
    if not market or not track_ids:
        return {}
    values = {"user_id": source.scope.user_id, "market": market, "ids": list(track_ids)}
    source.cursor.execute(statement("twins.playable"), values)
    found = {}
    for track_id, twin_id, name, _, _, album_id, album_name, *_ in source.cursor.fetchall():
        if twin_id is not None:
            found[track_id] = {"track_id": twin_id, "name": name, "album_id": album_id, "album": album_name}
    return found


def first_plays(found: Sequence[Row]) -> Chart:
    """How long after its release a track was first heard: of those released since the record begins, as others may have been heard before."""
    counts = dict.fromkeys([name for _, name in _WAITS] + [_LONGER], 0)
    for row in found:
        name = next((name for days, name in _WAITS if row["days"] <= days), _LONGER)
        counts[name] += row["tracks"]
    total = sum(counts.values())
    if total < FEWEST_FIRST_PLAYS:
        finding = Markup(
            "{} released since the record began {} been heard so far; from {} on, this says how soon."
        ).format(
            counted(total, "track") if total else "No track",
            "have" if total > 1 else "has",
            FEWEST_FIRST_PLAYS,
        )
        return Chart("first_plays", finding, (), ())
    soon = counts[_WAITS[0][1]] + counts[_WAITS[1][1]]
    finding = Markup("{} of {} were heard within a week of their release.").format(
        share(soon, total) if soon else "None", counted(total, "track")
    )
    table = [(name, number(count)) for name, count in counts.items()]
    return Chart("first_plays", finding, ("wait", "tracks"), list(counts.items()), ("After", "Tracks"), table)


def _steps(first: date, last: date, *, by_month: bool) -> list[date]:
    steps = []
    while first <= last:
        steps.append(first)
        first = _next(first, by_month=by_month)
    return steps


def _next(begin: date, *, by_month: bool) -> date:
    return (begin + timedelta(days=32)).replace(day=1) if by_month else begin + timedelta(days=1)


PAGE = Page("library", "Library", "Library", read)
