"""About these numbers: how far the record reaches, what each figure means, and what cannot be known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import floor
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.charts import step as step_said
from reports.dashboard.page import Page
from reports.dashboard.ranges import last_day
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import number
from reports.stored_facts import Coverage, Gap
from utils.config import environment
from utils.job.app_settings import COUNTED_FROM, SETTINGS
from utils.plays.coverage import LONGEST_SILENCE
from utils.words import counted

GAPS_OPEN = 5
BY_DAY_UP_TO_DAYS = 62  # longer records are drawn by month
POLL, LOST = "poll", "not observed"
NOT_YET = "not looked at yet"
NOT_COVERED = "nobody looked, and no privacy export covers it"
# Sources of plays, as people know them. A play that two have told of is drawn for both.
NAMES = {
    "api": POLL,
    "export": "privacy export",
    "export_by_name": "privacy export",
    "account_data": "account data",
    "lastfm": "Last.fm",
    "listenbrainz": "ListenBrainz",
    "koito": "Koito",
    "maloja": "Maloja",
    "your_spotify": "your_spotify",
}
_OF_BOTH = ("api", "export")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Stretch:
    """Of the record: what a source tells of. Moments are aware."""

    lane: str
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Missing:
    """A stretch of the record that nobody observed. Moments are aware."""

    begin: datetime
    end: datetime
    reason: str


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope, standing = source.scope, source.standing
    by_day = (scope.today - scope.first_day).days <= BY_DAY_UP_TO_DAYS
    sources = source.kept("site_about.sources")
    lanes = stretches(sources, source.rows("site_about.files", silence=LONGEST_SILENCE), standing.looked_at)
    steps = source.rows("site_about.steps", step="day" if by_day else "month")
    unobserved = missing(standing.gaps, standing.coverage)
    gaps = [each for each in unobserved if each.reason != NOT_YET]
    return {
        "standing": standing,
        "counted_from": counted_from(standing.settings.number(COUNTED_FROM)),
        "setting": COUNTED_FROM,
        "zone_is_default": scope.zone.key == "UTC" and not environment().get("TIME_ZONE", "").strip(),
        "timeline": timeline(scope, lanes, steps, standing.coverage, unobserved, by_day=by_day),
        "share": observed_text(standing.coverage),
        "part": observed_part(standing.coverage),
        "lanes": lanes_told(sources, lanes),
        "credited": source.row("figures.credited", first=scope.first_day, last=last_day(scope))["plays"],
        "estimates": source.kept("site_about.estimates")[0],
        "aside": source.row("site_about.aside"),
        "gaps": gaps,
        "not_yet": next((each for each in unobserved if each.reason == NOT_YET), None),
        "gaps_open": GAPS_OPEN,
        "has_export": any(
            name in ("export", "both", "account_data") for name in (row["source"] for row in sources)
        ),
    }


def counted_from(seconds: int) -> str:
    """What counts as a play."""
    if not seconds:
        return "Whatever was heard, however short"
    as_there = ", as with Spotify" if seconds == SETTINGS[COUNTED_FROM].default else ""
    return (
        f"What was heard for {counted(seconds, 'second')}{as_there}, or to its end, or nobody knows how long"
    )


def missing(gaps: Sequence[Gap], coverage: Coverage | None) -> list[Missing]:
    """What was not observed of the record, the newest first: the gaps that were noticed, and what no source that can tell of all has covered."""
    if coverage is None:
        return [Missing(gap.start, gap.end, gap.reason) for gap in gaps]
    found: list[Missing] = []
    for begin, end in coverage.unobserved:
        reason = NOT_YET if end == coverage.ends_at else NOT_COVERED
        for gap in sorted(gaps, key=lambda gap: gap.start):
            if gap.start < end and gap.end > begin:
                if gap.start > begin:
                    found.append(Missing(begin, gap.start, NOT_COVERED))
                found.append(Missing(max(gap.start, begin), min(gap.end, end), gap.reason))
                begin = max(begin, gap.end)
        if begin < end:
            found.append(Missing(begin, end, reason))
    return found[::-1]


def observed_text(coverage: Coverage | None) -> Markup:
    """`99.3 %` of the time since the first known play: rounded down, so that all of it is only said where it is; empty where there is none."""
    if coverage is None:
        return Markup()
    return Markup("{} %").format(number(floor(1_000 * coverage.share) / 10))


def observed_part(coverage: Coverage | None) -> float:
    """The same as a part of 1, rounded alike: a bar that shrank with each minute since the last look would have the page written again each time."""
    return floor(1_000 * coverage.share) / 1_000 if coverage else 0


def sources_of(source: str) -> tuple[str, ...]:
    """The sources that a play's column names: two of one that both have told of."""
    return _OF_BOTH if source == "both" else (source,)


def lane_of(source: str) -> str:
    """How a source is called."""
    return NAMES.get(source, source)


def stretches(sources: Sequence[Row], files: Sequence[Row], looked_at: datetime | None) -> list[Stretch]:
    """What each source covers. Spotify's last plays: from the first one that it told of to the last look. Imports: what their files cover."""
    told = [row["first_at"] for row in sources if "api" in sources_of(row["source"])]
    seen = [row["last_at"] for row in sources if "api" in sources_of(row["source"])]
    found = [Stretch(POLL, min(told), max(max(seen), looked_at or max(seen)))] if told else []
    return found + [Stretch(lane_of(row["source"]), row["first_at"], row["last_at"]) for row in files]


def lanes_told(sources: Sequence[Row], lanes: Sequence[Stretch]) -> list[dict[str, Any]]:
    """Each source in words: plays that it has told of, from when to when it covers, and (`first_at`) the first play that counts."""
    plays: dict[str, int] = {}
    firsts: dict[str, datetime] = {}
    for row in sources:
        for source in sources_of(row["source"]):
            name = lane_of(source)
            plays[name] = plays.get(name, 0) + row["plays"]
            firsts[name] = min(firsts.get(name, row["first_at"]), row["first_at"])
    found = []
    for name, count in plays.items():
        own = [each for each in lanes if each.lane == name]
        if own:
            found.append(
                {
                    "name": name,
                    "plays": count,
                    "begin": min(each.begin for each in own),
                    "end": max(each.end for each in own),
                    "first_at": firsts[name],
                }
            )
    return sorted(found, key=lambda each: (each["name"] != POLL, each["begin"]))


def timeline(
    scope: Scope,
    lanes: Sequence[Stretch],
    steps: Sequence[Row],
    coverage: Coverage | None,
    gaps: Sequence[Missing],
    *,
    by_day: bool,
) -> Chart:
    """A bar per source and day or month, as far as the source covers it; and the stretches that none does."""
    plays: dict[tuple[str, date], int] = {}
    for row in steps:
        for source in sources_of(row["source"]):
            key = lane_of(source), row["begin"]
            plays[key] = plays.get(key, 0) + row["plays"]
    rows: list[list[Any]] = []
    table: list[tuple[Markup, Markup]] = []
    for each in lanes:
        for step, begin, end in _steps(scope, each, by_day=by_day):
            count = plays.get((each.lane, step), 0)
            span, said = step_said(step, by_month=not by_day)
            state = "plays" if count else "no play"
            rows.append([each.lane, _clock(scope, begin), _clock(scope, end), span, count, state, None])
            table.append((Markup("{}, {}").format(each.lane, said), number(count)))
    rows += [
        [
            LOST,
            _clock(scope, each.begin),
            _clock(scope, each.end),
            f"{_text(each.begin)} to {_text(each.end)}",
            0,
            "lost",
            None,
        ]
        for each in gaps
    ]
    _join(rows)
    finding = Markup("No play is known yet.")
    if coverage:
        finding = observed_text(coverage) + Markup(" of the time since the first known play was observed.")
    return Chart(
        "record",
        finding,
        ("lane", "begin", "end", "span", "plays", "state", "until"),
        rows,
        ("Source and time", "Plays"),
        table[::-1],
        written={"span": "day" if by_day else "month"},
    )


def _join(rows: Sequence[list[Any]]) -> None:
    """Say with the first of the rows of a lane that follow each other in one state where the last one ends (`until`): drawn one by one, they have seams."""
    first: list[Any] | None = None
    for row in rows:
        if first is None or (row[0], row[5], row[1]) != (first[0], first[5], first[-1]):
            first = row
        first[-1] = row[2]


def _steps(scope: Scope, stretch: Stretch, *, by_day: bool) -> Iterator[tuple[date, datetime, datetime]]:
    """The days or months (their first days) that a stretch touches, and the part of each that belongs to it."""
    step = stretch.begin.astimezone(scope.zone).date()
    step = step if by_day else step.replace(day=1)
    while scope.begin_of(step) < stretch.end:
        following = step + timedelta(days=1) if by_day else (step + timedelta(days=32)).replace(day=1)
        yield step, max(scope.begin_of(step), stretch.begin), min(scope.begin_of(following), stretch.end)
        step = following


def _clock(scope: Scope, moment: datetime) -> str:
    """What the listener's clock shows at a moment, as if it were a moment of UTC: an axis of UTC has its ticks at midnights, where days begin."""
    return f"{moment.astimezone(scope.zone).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _text(moment: datetime) -> str:
    """A moment, which the page writes as the listener's clock has it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


PAGE = Page("about", "About", "About these numbers", read)
