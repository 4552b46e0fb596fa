"""The answers of `./run stats`, each figure from where the site's pages have it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reports.dashboard.heat_map import days_between, lost_days
from reports.dashboard.pages import overview
from reports.dashboard.pages.top import KINDS, WITHOUT_LIMIT
from reports.dashboard.pages.top_twin import minutes_of, ranked, stretch_of
from reports.dashboard.periods import running_periods
from reports.dashboard.scope import Source
from reports.dashboard.words import change, duration_text, share
from reports.figures.artists import read_artist
from reports.figures.blocks import Answer, Block, Line, Table
from reports.figures.said import comparison_text, days_text, name_text, notes, plain, sums_text, title_of
from reports.figures.stretches import Heard, named_range
from reports.figures.tables import (
    ends_of,
    heading,
    measure_of,
    months_line,
    months_of,
    names_of,
    plays_line,
    tables,
)
from utils.words import counted

Row = Mapping[str, Any]
OF_ONE, OF_EACH = 10, 5  # rows of a ranking, where one or several are asked for
WEEKS = 4  # that lead to today
NEWEST = 10
_ONE = timedelta(days=1)


def top(source: Source, key: str, by: str, limit: int) -> Answer:
    """The rankings of a stretch; without a key, of that with which the page Top opens."""
    heard = Heard(source, named_range(key, source.scope) if key else None, most=limit)
    rankings = {kind: heard.ranking(kind, by, limit) for kind in KINDS}
    return Answer(
        [*heading(heard), plays_line(heard), *tables(rankings, by, heard.said)],
        {"by": by, **stretch_of(heard.range, heard.said, rankings), **_known(heard.said)},
    )


def year(source: Source, key: str, by: str, limit: int) -> Answer:
    """A calendar year: its months, days, and who was heard most."""
    scope = source.scope
    heard = Heard(source, named_range(key or str(scope.today.year), scope), most=max(limit, OF_EACH))
    rankings = {kind: heard.ranking(kind, by, limit) for kind in KINDS}
    within = [day for day in sorted(heard.days) if heard.range.first <= day <= heard.range.last]
    played = [day for day in within if heard.days[day]["plays"]]
    fullest = max(played, key=lambda day: (heard.days[day]["plays"], day), default=None)
    facts = [f"{counted(len(played), 'day')} with plays."]
    if fullest:
        facts.append(
            f"The fullest day: {days_text(fullest, fullest)}, {counted(heard.days[fullest]['plays'], 'play')}."
        )
    months = months_of(heard.days, heard.range, scope)
    return Answer(
        [*heading(heard), " ".join(facts), plays_line(heard), *tables(rankings, by, heard.said)],
        {
            "by": by,
            **stretch_of(heard.range, heard.said, rankings),
            **_known(heard.said),
            "days_with_plays": len(played),
            "fullest_day": fullest and {"day": fullest.isoformat(), "plays": heard.days[fullest]["plays"]},
            "months": [
                {"month": f"{month:%Y-%m}", "plays": plays, "minutes": minutes_of(heard_ms)}
                for month, plays, heard_ms in months
            ],
        },
    )


def artist(source: Source, name: str, key: str, by: str, limit: int) -> Answer:
    """One artist in a stretch, all time if none is named."""
    heard = Heard(source, named_range(key or "all", source.scope), most=WITHOUT_LIMIT)
    found = read_artist(heard, name, by)
    row, scope = found.row, source.scope
    shown = by if found.by_time else "plays"
    rank = row["rank"] if shown == "plays" or not found.by_time else found.by_time["rank"]
    months = months_of({each["day"]: each for each in found.days}, heard.range, scope)
    first, last = found.days[0]["day"], found.days[-1]["day"]
    tracks = found.tracks[:limit]
    blocks: list[Block] = [
        f"{name_text(row['name'])}: {title_of(heard.range, heard.said)}",
        f"{sums_text(row['plays'], row['heard_ms'])}, {share(row['plays'], heard.said['plays'])} of all plays; "
        f"number {rank:,} of {counted(row['items'], 'artist')} by {by}.",
        f"Played on {counted(len(found.days), 'day')}, first on {days_text(first, first)}, last on {days_text(last, last)}.",
        *notes(heard.said),
        months_line(months),
        Table(
            f"Tracks, {len(tracks):,} of {len(found.tracks):,}",
            ("", "Track", "Plays", "Time"),
            [
                (each["rank"], name_text(each["name"]), each["plays"], duration_text(each["heard_ms"]))
                for each in tracks
            ],
            bars=[each[measure_of(by)] for each in tracks],
        ),
    ]
    return Answer(
        blocks,
        {
            "by": by,
            "range": heard.range.key,
            "first_day": heard.range.first.isoformat(),
            "last_day": heard.said["last"].isoformat(),
            **_known(heard.said),
            **ranked("artists", row),
            "rank": rank,
            "artists": row["items"],
            "of_plays": heard.said["plays"],
            "first_played_on": first.isoformat(),
            "last_played_on": last.isoformat(),
            "days_with_plays": len(found.days),
            "months": [{"month": f"{month:%Y-%m}", "plays": plays} for month, plays, _ in months],
            "tracks": [
                {
                    "rank": each["rank"],
                    "spotify_id": each["link"],
                    "name": each["name"],
                    "plays": each["plays"],
                    "minutes": minutes_of(each["heard_ms"]),
                }
                for each in tracks
            ],
        },
    )


def today(source: Source, by: str, limit: int) -> Answer:
    """Today so far, beside the same weekday before, up to the same moment."""
    scope = source.scope
    heard = Heard(source, named_range("today", scope), most=limit)
    a_week_ago = scope.today - 7 * _ONE
    (week, *_) = running_periods(scope)
    moments = {
        "today": (scope.begin_of(scope.today), scope.now),
        "before": (scope.begin_of(a_week_ago), week.before_end),
    }
    found = {
        row["key"]: row
        for row in source.rows(
            "site_overview.periods",
            keys=list(moments),
            begins=[begin for begin, _ in moments.values()],
            ends=[end for _, end in moments.values()],
        )
    }
    now, before = found["today"], found["before"] if a_week_ago >= scope.first_day else None
    days = list(days_between(max(scope.first_day, scope.today - (7 * WEEKS - 1) * _ONE), scope.today))
    lost = lost_days(source)
    plays = [None if day in lost and day not in heard.days else heard.of_days([day])[0] for day in days]
    newest = [row for row in source.rows("site_overview.newest", limit=NEWEST)]
    rankings = {kind: heard.ranking(kind, by, limit) for kind in ("tracks", "artists")}
    against = (
        f"{scope.today - 7 * _ONE:%A} a week ago up to the same moment: {sums_text(before['plays'], before['heard_ms'])}."
        if before
        else "No record of a week ago to compare with."
    )
    zone = scope.zone
    return Answer(
        [
            f"Today, {scope.text_of(scope.now)} ({zone.key})",
            f"{sums_text(now['plays'], now['heard_ms'])}, {counted(now['tracks'], 'track')}. {against}",
            Line("Plays per day", plays, *ends_of(days, by_day=True)),
            *tables(rankings, by, heard.said),
            Table(
                "Newest plays",
                ("Played", "Track", "Artists"),
                [(scope.text_of(row["played_at"]), name_text(row["name"]), names_of(row)) for row in newest],
            ),
        ],
        {
            "by": by,
            "day": scope.today.isoformat(),
            "as_of": scope.now.isoformat(timespec="seconds"),
            **_counts(now),
            "a_week_ago": before and _counts(before),
            "days": [{"day": day.isoformat(), "plays": n} for day, n in zip(days, plays, strict=True)],
            **{f"top_{kind}": [ranked(kind, row) for row in rows] for kind, rows in rankings.items()},
            "newest": [
                {
                    "played_at": row["played_at"].isoformat(),
                    "name": row["name"],
                    "artists": [name for name, _ in row["artists"]],
                }
                for row in newest
            ],
        },
    )


def compare(source: Source, key: str) -> Answer:
    """A period against the one before, up to the same moment: week, month and year if none is named, as the page Overview has them."""
    scope = source.scope
    if key and key not in ("week", "month", "year"):
        return _compare_days(Heard(source, named_range(key, scope)))
    found = [each for each in overview.read_periods(source) if key in ("", each["period"].key)]
    rows: list[tuple[object, ...]] = []
    blocks: list[Block] = [
        f"Until {scope.text_of(scope.now)} ({scope.zone.key}), against the same part of the period before"
    ]
    data = []
    for each in found:
        period, now, before = each["period"], each["now"], each["before"]
        ends = (scope.text_of(period.begin), scope.text_of(period.end))
        of_before = (scope.text_of(period.before_begin), scope.text_of(period.before_end))
        rows.append((period.title, *ends, now["plays"], duration_text(now["heard_ms"]), now["tracks"]))
        if before:
            rows.append(
                ("before", *of_before, before["plays"], duration_text(before["heard_ms"]), before["tracks"])
            )
        data.append(
            {
                "range": period.key,
                "first_moment": period.begin.isoformat(),
                "last_moment": period.end.isoformat(),
                **_counts(now),
                "before": before
                and {
                    "first_moment": period.before_begin.isoformat(),
                    "last_moment": period.before_end.isoformat(),
                    **_counts(before),
                },
                "why_not": each["why"],
            }
        )
    blocks.append(Table("", ("", "From", "Until", "Plays", "Time", "Tracks"), rows))
    for each in found:
        if each["before"]:
            now, before = each["now"]["plays"], each["before"]["plays"]
            than = "as" if now == before else "than"
            blocks.append(
                f"{each['period'].title}: {_changed(now, before)} {than} in the {each['period'].key} before."
            )
        else:
            blocks.append(f"{each['period'].title}: {each['why']}")
        if each["known"] is not None:
            blocks.append(
                f"{each['period'].title}: known for {each['known']:,} of {counted(each['of'], 'day')}."
            )
    return Answer(blocks, {"periods": data})


def _compare_days(heard: Heard) -> Answer:
    """Whole days, as the page Top compares them."""
    said = heard.said
    given = said["comparison"] == "given"
    text = comparison_text(said) or (
        "All time is compared with nothing: name a shorter range."
        if heard.range.unit == "all"
        else "No day of it is over yet, and only whole days are compared: ./run stats compare has the running week, month and year."
    )
    pairs = (
        {
            name: {
                "first_day": (said["first"] if name == "whole_days" else each["first"]).isoformat(),
                "last_day": each["last"].isoformat(),
                "plays": each["plays"],
                "minutes": minutes_of(each["heard_ms"]),
            }
            for name, each in (("whole_days", said["whole"]), ("before", said["before"]))
        }
        if given
        else {"whole_days": None, "before": None}
    )
    return Answer(
        [*heading(heard, compared=False), text],
        {**stretch_of(heard.range, said, {}), **_known(said), **pairs},
    )


def nothing_yet() -> Answer:
    """Where no play is known."""
    text = "No play is known yet. ./run track_plays asks Spotify for the last fifty, ./run import takes the years before from an export."
    return Answer([text], {"plays": 0, "message": text})


def _counts(row: Row) -> dict[str, Any]:
    return {"plays": row["plays"], "minutes": minutes_of(row["heard_ms"]), "tracks": row["tracks"]}


def _known(said: Row) -> dict[str, int]:
    return {"days": said["days"], "known_days": said["known"]}


def _changed(now: int, before: int) -> str:
    return plain(change(now, before))
