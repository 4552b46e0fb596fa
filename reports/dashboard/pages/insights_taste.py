"""How taste changes: variety, how long discoveries last, which of them stay, and who comes back."""

from collections.abc import Mapping
from datetime import timedelta
from statistics import median
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link
from reports.dashboard.heat_map import days_between, lost_days
from reports.dashboard.insight import Block, Fact, Later, part_known, stretch_of, years_and_months
from reports.dashboard.months_heard import effective, months_heard
from reports.dashboard.pages.insights_variety import FEWEST_PLAYS, variety
from reports.dashboard.ranges import address_of, key_of_days, key_of_month, plus_months
from reports.dashboard.scale import scale_of
from reports.dashboard.scope import Source
from reports.dashboard.words import counted, linked, month, number, share
from reports.dashboard.words import day as day_said

FEWEST_MONTHS, DRIFT = 5, 0.1  # months to draw; of the number, from which on taste has moved
SETTLED = timedelta(days=90)  # of the record: what is first heard in it may be an old acquaintance
YEAR = timedelta(days=365)
FEWEST_IN_YEAR, FEWEST_DISCOVERIES = 5, 20
HALVES = (
    (0, "the same day"),
    (7, "to a week"),
    (30, "to a month"),
    (90, "to 3 months"),
    (180, "to 6 months"),
    (364, "to a year"),
)
BY_MONTH, BY_QUARTER = (1, 12), (3, 8)  # months of a cohort, and how many of these later it is looked at
COHORTS, FEWEST_COHORTS, FEWEST_OF_COHORT = 24, 3, 10
SILENCE, BEFORE, AFTER, COMEBACKS = 365, 5, 3, 8  # days; plays; rows
Row = Mapping[str, Any]


def drift(source: Source) -> Block | Later:
    """The effective number of artists: a usual month of the last year against one of the year before."""
    scope = source.scope
    heard = months_heard(source.kept("site_history.months_heard"))
    chart = variety(heard, scope, "artists")
    if not chart.has_enough:
        return Later("Taste drift", f"after {FEWEST_MONTHS} whole months of {FEWEST_PLAYS} plays or more")
    this_month = scope.today.replace(day=1)
    kept = [
        each for each in heard if scope.first_day <= each.month < this_month and each.plays >= FEWEST_PLAYS
    ]
    now = [effective(each.artists) or 0 for each in kept if each.month >= plus_months(this_month, -12)]
    before = [
        effective(each.artists) or 0
        for each in kept
        if plus_months(this_month, -24) <= each.month < plus_months(this_month, -12)
    ]
    finding = chart.finding
    figure = counted(round(median(now or [effective(each.artists) or 0 for each in kept])), "artist")
    if len(now) >= 3 and len(before) >= 3:
        one, other = median(now), median(before)
        moved = (
            "as much as" if abs(one - other) < DRIFT * other else "more than" if one > other else "less than"
        )
        finding = Markup(
            "A usual month of the last year was as varied as {} heard equally often, {} one of the year before ({}). {}"
        ).format(counted(round(one), "artist"), moved, number(round(other)), chart.finding)
    caption = "How many {}, heard equally often, would be as varied as those of a month{}."
    breaks = f"; a break where it had fewer than {FEWEST_PLAYS} plays"
    return Block(
        "variety", "Taste drift", figure, Markup("{}").format(finding), sum(each.plays for each in kept), part_known(source),
        charts=[
            (caption.format("artists", breaks), chart, None),
            (caption.format("tracks", ""), variety(heard, scope, "tracks"), None),
        ],
    )  # fmt: skip


def half_life(source: Source) -> Block | Later:
    """After how many days half of a discovery's plays of its first year are past: the median of all discoveries."""
    scope, title = source.scope, "Half-life of a discovery"
    since, until = scope.first_day + SETTLED, scope.today - YEAR
    found = (
        source.rows("site_insights.halves", since=since, until=until, fewest=FEWEST_IN_YEAR)
        if since <= until
        else []
    )
    tracks = sum(row["tracks"] for row in found)
    if tracks < FEWEST_DISCOVERIES:
        when = (
            Markup("from {} on").format(day_said(since + YEAR))
            if since > until
            else Markup("{} so far").format(number(tracks))
        )
        return Later(
            title,
            Markup("from {} discoveries on whose first year is over, each with {} plays in it: {}").format(
                FEWEST_DISCOVERIES, FEWEST_IN_YEAR, when
            ),
        )
    halves = [row["days"] for row in found for _ in range(row["tracks"])]
    half = halves[(len(halves) - 1) // 2]
    counts = dict.fromkeys((name for _, name in HALVES), 0)
    for row in found:
        counts[next(name for days, name in HALVES if row["days"] <= days)] += row["tracks"]
    rows = [(name, count, share(count, tracks)) for name, count in counts.items()]
    finding = Markup(
        "Half of a discovery's plays in its first year come {}. {} of {} live on: their half comes after three months."
    ).format(
        Markup("within {}").format(counted(half, "day")) if half else "on its first day",
        share(counts[HALVES[4][1]] + counts[HALVES[5][1]], tracks),
        counted(tracks, "discovery", "discoveries"),
    )
    chart = Chart(
        "half_lives",
        finding,
        ("after", "tracks", "part"),
        rows,
        ("Half of the plays were past", "Discoveries"),
        [(name, number(count)) for name, count, _ in rows],
    )
    return Block(
        "half-life", title, counted(half, "day"), finding, sum(row["plays"] for row in found), part_known(source),
        behind=address_of(key_of_days(since, scope.today)),
        charts=[("Discoveries, by when half of the plays of their first year were past.", chart, None)],
    )  # fmt: skip


def retention(source: Source) -> Block | Later:
    """Of the tracks first heard in a month, or quarter, how many were heard again so many later."""
    scope, title = source.scope, "What stays of a discovery"
    settled = plus_months((scope.first_day + SETTLED).replace(day=1), 1)
    months, steps = BY_QUARTER if scope.today - scope.first_day > 4 * YEAR else BY_MONTH
    running = (12 * scope.today.year + scope.today.month - 1) // months
    first = max(-(-(12 * settled.year + settled.month - 1) // months), running - COHORTS)
    found = source.rows(
        "site_insights.retention", months=months, steps=steps, since=stretch_of(first, months)
    )
    counts = {(row["cohort"], row["later"]): row["tracks"] for row in found}
    cohorts = [each for each in range(first, running - 1) if counts.get((each, 0), 0) >= FEWEST_OF_COHORT]
    unit = "quarter" if months == BY_QUARTER[0] else "month"
    if len(cohorts) < FEWEST_COHORTS:
        return Later(
            title,
            Markup(
                "from {} whole months on, each with {} first listens, after the first three of the record"
            ).format(FEWEST_COHORTS + 1, FEWEST_OF_COHORT),
        )
    percents = {
        (each, later): 100 * counts.get((each, later), 0) / counts[each, 0]
        for each in cohorts for later in range(1, steps + 1) if each + later < running
    }  # fmt: skip
    scale = scale_of([round(percent) for percent in percents.values()])
    rows, table = [], []
    for each in cohorts:
        begin = stretch_of(each, months)
        key = key_of_month(begin) if months == 1 else f"{begin.year}-Q{(begin.month + 2) // 3}"
        said = [
            f"{percents[each, later]:.0f} %" if (each, later) in percents else ""
            for later in range(1, steps + 1)
        ]
        table.append((Link(month(begin), address_of(key)), number(counts[each, 0]), *said))
        rows += [
            (begin.isoformat(), later, scale.class_of(round(percents[each, later])), f"{begin:%Y-%m}", counts[each, 0],
             f"{later} {unit}{'s' if later > 1 else ''}", f"{percents[each, later]:.0f} %", key)
            for later in range(1, steps + 1) if (each, later) in percents
        ]  # fmt: skip
    looked = [each for each in cohorts if (each, steps // 2) in percents] or cohorts[:1]
    at = steps // 2 if (looked[0], steps // 2) in percents else 1
    part = sum(counts.get((each, at), 0) for each in looked) / sum(counts[each, 0] for each in looked)
    when = (
        f"the {unit} after"
        if at == 1
        else f"the {unit} {'a year' if at * months == 12 else 'half a year'} later"
    )
    finding = Markup("Of what is heard for the first time, {} is heard in {}.").format(
        share(part, 1) or "nothing", when
    )
    heads = ("First heard", "Tracks", *(f"{later}" for later in range(1, steps + 1)))
    chart = Chart(
        "retention", finding, ("cohort", "later", "class", "span", "tracks", "when", "part", "range"), rows, heads, table[::-1],
        parameters={"unit": f"{unit}s later"}, written={"span": "month"},
    )  # fmt: skip
    caption = f"Tracks by the {unit} in which they were first heard; each cell: how many in a hundred were heard so many {unit}s later."
    return Block(
        "retention", title, share(part, 1), finding, sum(counts[each, 0] for each in cohorts), part_known(source),
        behind=address_of(key_of_days(stretch_of(cohorts[0], months), scope.today)), charts=[(caption, chart, scale)],
    )  # fmt: skip


def comebacks(source: Source) -> Block | Later:
    """Artists who were silent for a year and more, and were heard again."""
    scope, title = source.scope, "Back after a long silence"
    if scope.today - scope.first_day < YEAR:
        return Later(
            title, Markup("from {} on: a silence has to last a year").format(day_said(scope.first_day + YEAR))
        )
    found = source.rows("site_insights.comebacks", days=SILENCE, before=BEFORE, after=AFTER, limit=COMEBACKS)
    if not found:
        return Later(title, "no artist was heard again after a year of silence so far")
    lost = lost_days(source)
    first = found[0]
    rows, table = [], []
    for row in found:
        last, again = row["last_before"], row["first_after"]
        rows.append(
            (
                row["name"] or "name unknown",
                last.isoformat(),
                again.isoformat(),
                last.isoformat(),
                again.isoformat(),
                row["before"],
                row["after"],
                again.isoformat(),
            )
        )
        table.append(
            (
                linked(row["name"], "artist", row["artist_id"]),
                Link(day_said(last), address_of(last.isoformat())),
                Link(day_said(again), address_of(again.isoformat())),
                number(row["before"]),
                number(row["after"]),
            )
        )
    silent = {day for row in found for day in days_between(row["last_before"], row["first_after"])}
    finding = Markup("{} came back after a year and more; {} after {}, on {}.").format(
        counted(first["total"], "artist"), linked(first["name"], "artist", first["artist_id"]),
        years_and_months((first["first_after"] - first["last_before"]).days), day_said(first["first_after"]),
    )  # fmt: skip
    chart = Chart(
        "comebacks", finding, ("artist", "before", "after", "last", "first", "plays_before", "plays_after", "range"), rows,
        ("Artist", "Last before", "First after", "Plays before", "Plays since"), table, written={"last": "day", "first": "day"},
    )  # fmt: skip
    fact = Fact(
        "artists",
        first["artist_id"],
        None,
        first["name"],
        Markup("back after {}").format(years_and_months((first["first_after"] - first["last_before"]).days)),
        Markup("comeback"),
    )
    return Block(
        "comebacks", title, counted(first["total"], "artist"), finding, first["all_plays"], 1 - len(silent & lost) / len(silent),
        known_of="of the silences' days", behind=address_of(first["first_after"].isoformat()),
        charts=[("The longest silences: from the last play before to the first one after.", chart, None)],
        shown={"comebacks": found} if not chart.has_enough else {}, fact=fact,
    )  # fmt: skip
