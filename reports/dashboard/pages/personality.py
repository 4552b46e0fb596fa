"""Personality: how somebody listens, on four axes, with what each rests on; how that has changed; and a few traits beside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link, step
from reports.dashboard.page import Page
from reports.dashboard.pages.insights_ways import ALBUMS, FEWEST_IN_ORDER, IN_ORDER, WHOLE_FROM
from reports.dashboard.pages.personality_types import NAMES, PATHS, name_of, sentence_of
from reports.dashboard.ranges import address_of, key_of_days, plus_months
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import average_text, counted, number, share
from utils.plays.personality import (
    AXES,
    FEWEST_IN_MONTH,
    FEWEST_OF_AXIS,
    FEWEST_OF_TYPE,
    HALF_DAYS,
    HALF_PLAYS,
    METHOD,
    MONTHS,
    UNSETTLED,
    Axis,
)

NIGHT, MORNING, A_QUARTER = (22, 23, 0, 1, 2, 3), (5, 6, 7, 8, 9, 10), 0.25  # hours; six of twenty-four
FEWEST_BEGUN = 5  # albums, before it is said how many are finished
MIDDLE = 0.5  # from here on, the type has the letter of the high pole
CLOSE = 5  # of a hundred: nearer to the middle than that is hardly one pole
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """An axis as the page shows it. `value`: from 0 to 100; None: why is `evidence`."""

    axis: Axis
    value: int | None
    of: int
    evidence: Markup
    history: Chart
    is_high: bool = False  # beyond the middle, as the letter of the type says it

    @property
    def pole(self) -> str:
        """The nearer one."""
        return self.axis.high if self.is_high else self.axis.low

    @property
    def other_pole(self) -> str:
        """The farther one."""
        return self.axis.low if self.is_high else self.axis.high

    @property
    def is_close(self) -> bool:
        """To the middle."""
        return self.value is not None and abs(self.value - 50) < CLOSE


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope = source.scope
    found = source.rows("site_personality.history", method=METHOD)
    last = found[-1] if found else None
    since = plus_months(last["month"], 1 - MONTHS) if last else scope.first_day
    axes = [_shown(scope, axis, last, found) for axis in AXES] if last else []
    foremost = source.rows("site_personality.foremost", since=since) if last else []
    kind = last["type"] if last else None
    return {
        "last": last,
        "axes": axes,
        "kind": kind,
        "name": name_of(kind) if kind else None,
        "sentence": sentence_of(kind) if kind else None,
        "paths": PATHS if kind and kind[3] == "-" else None,
        "types": NAMES,
        "foremost": foremost[0] if foremost else None,
        "since": max(since, scope.first_day),
        "drawn_from": plus_months(_first_whole(scope), MONTHS + 4),
        "behind": address_of(_key(last["month"], scope)) if last else None,
        "changes": _changes(_of_whole_months(scope, found)),
        "traits": traits(source) if last else [],
        "traits_to_come": list(traits_to_come(source)) if last else [],
        "fewest": FEWEST_OF_TYPE,
        "covers": source.covers,
    }


def _first_whole(scope: Scope) -> date:
    """The first month of which the record has every day."""
    first = scope.first_day
    return first if first.day == 1 else plus_months(first.replace(day=1), 1)


def _of_whole_months(scope: Scope, found: Sequence[Row]) -> list[Row]:
    """Those that tell of twelve whole months each: none before the record has them, none of the running month."""
    return [
        row
        for row in found
        if plus_months(row["month"], 1 - MONTHS) >= _first_whole(scope)
        and plus_months(row["month"], 1) <= scope.today
    ]


def _key(month: date, scope: Scope) -> str:
    """The twelve months that a row tells of, as far as the record has them."""
    first = max(plus_months(month, 1 - MONTHS), scope.first_day)
    return key_of_days(first, min(plus_months(month, 1) - timedelta(days=1), scope.today))


def _shown(scope: Scope, axis: Axis, last: Row, found: Sequence[Row]) -> Shown:
    of, value = last[f"{axis.key}_of"], last[axis.key]
    missing = _missing(axis, last)
    rows: list[tuple[Any, ...]] = []
    table: list[tuple[Any, ...]] = []
    for row in _of_whole_months(scope, found):
        span, said = step(row["month"], by_month=True)
        known = not _missing(axis, row)
        percent, key = round(100 * row[axis.key]) if known else None, _key(row["month"], scope)
        rows.append(
            (
                row["month"].isoformat(),
                percent,
                span,
                row[f"{axis.key}_of"],
                row["type"] or "",
                key if known else "",
            )
        )
        if known:
            table.append(
                (Link(said, address_of(key)), str(percent), number(row[f"{axis.key}_of"]), row["type"] or "")
            )
    evidence = missing or _evidence(axis, float(value))
    chart = Chart(
        "axis_history", Markup("{} to {}, month by month: at each the twelve months that end with it.").format(axis.low, axis.high),
        ("month", "value", "span", "plays", "type", "range"), rows if len(table) >= 5 else [],
        ("Twelve months to", f"{axis.high}, of 100", "Plays", "Type"), table[::-1], parameters={"low": axis.low, "high": axis.high}, written={"span": "month"},
    )  # fmt: skip
    return Shown(
        axis, None if missing else round(100 * value), of, evidence, chart, not missing and value >= MIDDLE
    )


def _missing(axis: Axis, row: Row) -> Markup | None:
    """Why the axis has no number; None where it has one."""
    of = row[f"{axis.key}_of"]
    if axis.key == "uniqueness" and 2 * of < row["plays"]:
        return Markup(
            "Needs the popularity of the tracks, which Spotify gives to no new app: known for {}."
        ).format(counted(of, "play") if of else "no play")
    if of >= FEWEST_OF_AXIS:
        return None
    when = {
        "exploration": f"after the first {UNSETTLED} months of the record, in which every artist seems new",
        "newness": "of tracks whose release date is known",
        "variety": f"in months with {FEWEST_IN_MONTH} and more",
    }.get(axis.key, "")
    there = counted(of, "is", "are") if of else "none is"
    return Markup("Needs {} {}; {} there yet.").format(counted(FEWEST_OF_AXIS, "play"), when, there)


def _evidence(axis: Axis, value: float) -> Markup:
    """What the number says, turned back into what one can picture."""
    if axis.key == "variety":
        return Markup("Of ten plays of a month, {} are of different songs.").format(average_text(10 * value))
    if axis.key == "uniqueness":
        return Markup("What you hear has on average a popularity of {} of 100, as Spotify says it.").format(
            number(round(100 - 100 * value))
        )
    if axis.key == "newness":
        years = HALF_DAYS * (1 / value - 1) / 365.2425 if value else 0
        return Markup("As if each song were {} old when you hear it.").format(
            f"{average_text(years)} years" if years >= 1 else counted(round(365.2425 * years), "day")
        )
    times = HALF_PLAYS * (1 / value - 1) if value else 0
    return Markup("As if you heard each artist {} a year.").format(counted(round(times) + 1, "time"))


def _changes(found: Sequence[Row]) -> list[tuple[date, str, str]]:
    """The months in which the type became another one, newest first: since when, its letters and its name."""
    changes: list[tuple[date, str, str]] = []
    for row in found:
        kind = row["type"]
        if kind and (not changes or changes[-1][1] != kind):
            changes.append((row["month"], kind, name_of(kind)))
    return changes[::-1]


def traits(source: Source) -> list[tuple[str, Markup]]:
    """What else there is to say: a name and the numbers for it."""
    scope, found = source.scope, []
    if scope.plays >= FEWEST_IN_ORDER:
        by_hour = [0] * 24
        for row in source.kept("site_history.hours"):
            by_hour[row["hour"]] += int(row["plays"])
        night, morning = (sum(by_hour[hour] for hour in hours) / scope.plays for hours in (NIGHT, MORNING))
        name = "Neither owl nor lark"
        if max(night, morning) > A_QUARTER:
            name = "Owl" if night > morning else "Lark"
        said = Markup(
            "{} of the plays end between 22:00 and 4:00, {} between 5:00 and 11:00; each is a quarter of the day."
        )
        found.append((name, said.format(share(night, 1), share(morning, 1))))
        orders = source.kept("site_insights.orders", fewest=IN_ORDER)[0]
        known = orders["shuffled"] + orders["straight"]
        if known >= FEWEST_IN_ORDER:
            name = "Album listener" if orders["in_order"] > orders["shuffled"] else "Shuffler"
            said = Markup(
                "{} of the plays are in the order of an album. {} are with shuffle, of {} for which it is known whether it was on."
            )
            found.append(
                (
                    name,
                    said.format(
                        share(orders["in_order"], scope.plays),
                        share(orders["shuffled"], known),
                        counted(known, "play"),
                    ),
                )
            )
    albums = source.kept("site_personality.finished")[0]
    if albums["begun"] >= FEWEST_BEGUN:
        name = "Completionist" if 2 * albums["finished"] >= albums["begun"] else "Sampler"
        whole = source.kept("site_insights.whole_albums", tracks=WHOLE_FROM, limit=ALBUMS)
        said = Markup(
            "Of {} of five tracks and more of which any was heard, {} heard to the last track; {} heard as a whole in one go, saved or not."
        )
        found.append(
            (
                name,
                said.format(
                    counted(albums["begun"], "saved album"),
                    counted(albums["finished"], "was", "were") if albums["finished"] else "none was",
                    counted(whole[0]["total"], "album was", "albums were") if whole else "no album was",
                ),
            )
        )
    return found


def traits_to_come(source: Source) -> Iterator[tuple[str, str]]:
    """Those that cannot be told yet: the names they may have, and what it takes."""
    has_enough = source.scope.plays >= FEWEST_IN_ORDER
    orders = (
        source.kept("site_insights.orders", fewest=IN_ORDER)[0]
        if has_enough
        else {"shuffled": 0, "straight": 0}
    )
    if not has_enough:
        yield "Owl or lark", f"from {FEWEST_IN_ORDER} plays on"
    if orders["shuffled"] + orders["straight"] < FEWEST_IN_ORDER:
        yield (
            "Album listener or shuffler",
            f"from {FEWEST_IN_ORDER} plays on of which it is known whether shuffle was on",
        )
    if source.kept("site_personality.finished")[0]["begun"] < FEWEST_BEGUN:
        yield "Completionist or sampler", f"from {FEWEST_BEGUN} saved albums on that were begun"


PAGE = Page("personality", "Personality", "Personality", read, under="insights")
