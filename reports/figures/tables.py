"""What the answers of `./run stats` have in common: headings, rankings as tables, plays over time as sparklines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from reports.dashboard.heat_map import days_between, lost_days
from reports.dashboard.ranges import Range, last_day
from reports.dashboard.scope import Scope
from reports.dashboard.words import duration_text, share
from reports.figures.blocks import Line, Table
from reports.figures.said import comparison_text, days_text, name_text, notes, sums_text, title_of
from reports.figures.stretches import Heard
from utils.words import counted

Row = Mapping[str, Any]
MONTHS_BELOW = 92  # days: a longer stretch is drawn by months
MONTHS_AT_MOST = 60  # in a sparkline
UNITS = {"tracks": "Track", "artists": "Artist", "albums": "Album", "genres": "Genre"}


def heading(heard: Heard, *, compared: bool = True) -> Iterator[str]:
    """What stands above the figures of a stretch."""
    said = heard.said
    yield title_of(heard.range, said)
    yield sums_text(said["plays"], said["heard_ms"]) + "."
    if compared and (text := comparison_text(said)):
        yield text
    yield from notes(said)
    if heard.uncredited:
        they = "it counts" if heard.uncredited == 1 else "they count"
        yield f"The artists of {counted(heard.uncredited, 'play')} are not known yet: {they} for none. ./run sync_tracks fetches them."
    source = heard.source
    if source.scope.has_few and all(row["source"] == "api" for row in source.kept("site_about.sources")):
        known = counted(source.scope.plays, "play")
        yield f"{known} {'is' if source.scope.plays == 1 else 'are'} known in all; ./run import takes the years before from Spotify's export."


def tables(rankings: Mapping[str, Sequence[Row]], by: str, said: Row) -> Iterator[Table | str]:
    """A table per ranking; a line where one is empty."""
    measure = measure_of(by)
    for kind, rows in rankings.items():
        name = UNITS[kind]
        if not rows:
            yield (
                f"{name}s: nothing is known of the {kind}."
                if said["plays"]
                else f"{name}s: nothing was heard."
            )
            continue
        has_artists = kind in ("tracks", "albums")
        head = ("", name, *(["Artists"] if has_artists else []), "Plays", "Time", "Share")
        yield Table(
            f"{name}s by {by}",
            head,
            [
                (
                    row["rank"],
                    name_text(row["name"]),
                    *([names_of(row)] if has_artists else []),
                    row["plays"],
                    duration_text(row["heard_ms"]),
                    share(row[measure], said[measure]),
                )
                for row in rows
            ],
            bars=[row[measure] for row in rows],
        )


def plays_line(heard: Heard) -> Line:
    """Days of a short stretch, months of a long one."""
    scope, shown = heard.source.scope, heard.range
    first, last = max(shown.first, scope.first_day), min(shown.last, last_day(scope))
    if (last - first).days < MONTHS_BELOW:
        days = list(days_between(first, last))
        lost = lost_days(heard.source)
        values = [None if day in lost and day not in heard.days else heard.of_days([day])[0] for day in days]
        return Line("Plays per day", values, *ends_of(days, by_day=True))
    return months_line(months_of(heard.days, shown, scope))


def months_line(months: Sequence[tuple[date, int, int]]) -> Line:
    """Plays of months; of many, of three together, so that it stays one line."""
    step = 1 if len(months) <= MONTHS_AT_MOST else 3
    plays = [sum(each[1] for each in months[at : at + step]) for at in range(0, len(months), step)]
    title = "Plays per month" if step == 1 else "Plays per three months"
    return Line(title, plays, *ends_of([month for month, _, _ in months]))


def months_of(days: Mapping[date, Row], shown: Range, scope: Scope) -> list[tuple[date, int, int]]:
    """The first day, the plays and the time of each calendar month of a stretch, as far as the record goes."""
    first, last = max(shown.first, scope.first_day), min(shown.last, last_day(scope))
    sums = {day.replace(day=1): [0, 0] for day in days_between(first, last)}
    for day, row in days.items():
        if first <= day <= last:
            sums[day.replace(day=1)][0] += row["plays"]
            sums[day.replace(day=1)][1] += row["heard_ms"]
    return [(month, plays, heard_ms) for month, (plays, heard_ms) in sums.items()]


def ends_of(days: Sequence[date], *, by_day: bool = False) -> tuple[str, str]:
    """How the first and the last one are called: as months, or as days."""
    said: Callable[[date], str] = (
        (lambda day: days_text(day, day)) if by_day else (lambda day: f"{day:%b} {day.year}")
    )
    return (said(days[0]), said(days[-1])) if days else ("", "")


def names_of(row: Row) -> str:
    """The artists of a row."""
    return ", ".join(name_text(name) for name, _ in row["artists"])


def measure_of(by: str) -> str:
    """The column that a ranking goes by."""
    return "heard_ms" if by == "minutes" else by
