"""The answer of `./run together`: two listeners, each of whom has agreed to share with the other.

How much they have in common is, over all artists (and over all recordings), the sum of the smaller one of the two listeners' shares: 100 %
where both divide their listening in the same way, 0 % where they share nothing. Ecology knows it as the percentage similarity of Renkonen.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from reports.dashboard.pages.top_twin import minutes_of
from reports.dashboard.ranges import Range, last_day
from reports.dashboard.scope import Scope
from reports.dashboard.words import duration_text
from reports.figures.blocks import Answer, Block, Table
from reports.figures.said import days_text, name_text, sums_text
from reports.figures.stretches import named_range
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.job.agreements import Sharer, missing_pairs, read_agreements, refuse_missing
from utils.job.users import meant
from utils.words import counted

ENOUGH = 30  # plays of each: of fewer a share says nothing
MUCH = 5  # plays: what was heard less often is nothing that one hears
SIDES = ("first", "second")
UNITS = {"artists": "Artist", "tracks": "Track"}
_MEASURES = {"plays": "plays", "minutes": "ms"}

Row = Mapping[str, Any]


class Pair(NamedTuple):
    """Two listeners, as they were named, and the stretch in which they are compared. The days are each one's own."""

    sharers: tuple[Sharer, Sharer]
    scope: Scope
    range: Range


def compared(cursor: Cursor, now: datetime, named: tuple[str, str], key: str, by: str, limit: int) -> Answer:
    """The comparison. Raises SettingsError where an agreement or a listener is missing, or for what is no range.

    `by`: plays or minutes. Needs a transaction of its own, in which it makes a temporary table.
    """
    pair = _read_pair(cursor, now, named, key)
    rows = _gather(cursor, pair)
    sums = [_of_tracks(rows["tracks"], side) for side in SIDES]
    is_enough = min(plays for plays, _ in sums) >= ENOUGH
    common = {
        unit: {measure: _common(rows[unit], column) for measure, column in _MEASURES.items()}
        for unit in UNITS
    }
    both = {unit: _both(rows[unit], _MEASURES[by])[:limit] for unit in UNITS}
    others = {
        sharer.called: {unit: _strange(rows[unit], *sides, _MEASURES[by])[:limit] for unit in UNITS}
        for sharer, sides in zip(pair.sharers, (SIDES[::-1], SIDES), strict=True)
    }
    shown = [row["item"] for unit in (both, *others.values()) for row in unit["tracks"]]
    cursor.execute(statement("together.credits"), {"track_ids": shown})
    artists: Mapping[str, list[str]] = dict(cursor.fetchall())
    return Answer(
        [*_heading(pair, sums, common, is_enough=is_enough), *_tables(pair, both, others, artists, by)],
        _data(pair, sums, common if is_enough else None, both, others, artists, by),
    )


def _read_pair(cursor: Cursor, now: datetime, named: tuple[str, str], key: str) -> Pair:
    found = [meant(cursor, now, name) for name in named]
    first, second = (Sharer(one.user_id, name) for one, name in zip(found, named, strict=True))
    if first.user_id == second.user_id:
        raise SettingsError(
            f"{named[0]} and {named[1]} are the same listener.", "Name two: ./run users list."
        )
    refuse_missing(missing_pairs(read_agreements(cursor, (first, second)), (first, second), (first, second)))
    cursor.execute(statement("site.is_counted"))
    if cursor.fetchone() != (True,):
        raise SettingsError("Nothing has been counted yet.", "Run ./run materialized_views first.")
    ends: list[datetime] = []
    for sharer in (first, second):
        cursor.execute(statement("together.extent"), {"user_id": sharer.user_id})
        ends += [moment for moment in cursor.fetchone() or () if moment is not None]
    zone = ZoneInfo(found[0].time_zone)
    scope = Scope(
        first.user_id,
        None,
        zone,
        now,
        first_played_at=min(ends, default=None),
        last_played_at=max(ends, default=None),
    )
    return Pair((first, second), scope, named_range(key, scope))


def _gather(cursor: Cursor, pair: Pair) -> dict[str, list[Row]]:
    """All artists, and all recordings, that one of the two has ever begun to hear."""
    everything = pair.range.unit == "all"  # the other one's days may begin earlier, and end later
    first, last = (date.min, date.max) if everything else (pair.range.first, pair.range.last)
    one, other = sorted(
        sharer.user_id for sharer in pair.sharers
    )  # so that the order in which they are named says nothing
    cursor.execute(statement("site.room"))
    cursor.execute(statement("together.heard_table"))
    cursor.execute(statement("site.by_hash"))
    for user_id in (one, other):
        cursor.execute(statement("together.heard"), {"user_id": user_id, "first": first, "last": last})
    cursor.execute(statement("site.by_any_way"))
    cursor.execute(statement("together.analyze"))
    turned = one != pair.sharers[0].user_id
    found: dict[str, list[Row]] = {}
    for name in UNITS:
        cursor.execute(statement(f"together.{name}"), {"first": one, "second": other})
        columns = [_turned(column.name) if turned else column.name for column in cursor.description or ()]
        found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return found


def _turned(column: str) -> str:
    side, _, measure = column.partition("_")
    return f"{SIDES[1 - SIDES.index(side)]}_{measure}" if side in SIDES else column


# What is counted


def _of_tracks(tracks: Sequence[Row], side: str) -> tuple[int, int]:
    """A listener's plays and milliseconds of the stretch."""
    return sum(row[f"{side}_plays"] for row in tracks), sum(row[f"{side}_ms"] for row in tracks)


def _shares(rows: Sequence[Row], measure: str) -> list[float]:
    """Of each row the smaller one of the two listeners' shares: from 0 to 1."""
    first, second = (sum(row[f"{side}_{measure}"] for row in rows) or 1 for side in SIDES)
    return [min(row[f"first_{measure}"] / first, row[f"second_{measure}"] / second) for row in rows]


def _common(rows: Sequence[Row], measure: str) -> float:
    """How much they have in common: from 0 to 100."""
    return 100 * sum(_shares(rows, measure))


def _both(rows: Sequence[Row], measure: str) -> list[Row]:
    """What both hear, by how much it adds to what is common."""
    shared = [(share, row) for share, row in zip(_shares(rows, measure), rows, strict=True) if share > 0]
    return [row for _, row in sorted(shared, key=lambda each: (-each[0], each[1]["item"]))]


def _strange(rows: Sequence[Row], side: str, other: str, measure: str) -> list[Row]:
    """What the one hears much, and the other has never begun to hear."""
    found = [row for row in rows if row[f"{side}_plays"] >= MUCH and not row[f"{other}_begun"]]
    return sorted(found, key=lambda row: (-row[f"{side}_{measure}"], row["item"]))


# What is said


def _heading(
    pair: Pair, sums: Sequence[tuple[int, int]], common: Mapping[str, Mapping[str, float]], *, is_enough: bool
) -> Iterator[str]:
    first, second = pair.sharers
    title = f"{pair.range.title}, " if pair.range.title else ""
    yield f"{first.called} and {second.called}: {title}{days_text(pair.range.first, min(pair.range.last, last_day(pair.scope)))}"
    yield " ".join(
        f"{sharer.called}: {sums_text(*each)}." for sharer, each in zip(pair.sharers, sums, strict=True)
    )
    if is_enough:
        for unit, each in common.items():
            yield f"In common: {each['plays']:.0f} % of the {unit} by plays, {each['minutes']:.0f} % by minutes."
    else:
        yield f"That is too little to say how much they have in common: {counted(ENOUGH, 'play')} of each are needed."


def _tables(
    pair: Pair,
    both: Mapping[str, Sequence[Row]],
    others: Mapping[str, Mapping[str, Sequence[Row]]],
    artists: Mapping[str, list[str]],
    by: str,
) -> Iterator[Block]:
    first, second = (sharer.called for sharer in pair.sharers)
    for unit, rows in both.items():
        if not rows:
            yield f"There are no {unit} that both hear."
            continue
        yield Table(
            f"{unit.capitalize()} that both hear, by {by}",
            (*_head(unit), f"Plays of {first}", f"of {second}", f"Time of {first}", f"of {second}"),
            [
                (
                    *_name(unit, row, artists),
                    *(row[f"{side}_plays"] for side in SIDES),
                    *(duration_text(row[f"{side}_ms"]) for side in SIDES),
                )
                for row in rows
            ],
        )
    for called, side, whose in ((first, "second", second), (second, "first", first)):
        for unit, rows in others[called].items():
            if not rows:
                yield f"For {called}: none of the {unit} that {whose} plays {MUCH} times or more is new to {called}."
                continue
            yield Table(
                f"For {called}: {unit} of {whose}'s that {called} has never heard",
                (*_head(unit), "Plays", "Time"),
                [
                    (*_name(unit, row, artists), row[f"{side}_plays"], duration_text(row[f"{side}_ms"]))
                    for row in rows
                ],
            )


def _head(unit: str) -> tuple[str, ...]:
    return ("Track", "Artists") if unit == "tracks" else ("Artist",)


def _name(unit: str, row: Row, artists: Mapping[str, list[str]]) -> tuple[str, ...]:
    if unit == "artists":
        return (name_text(row["name"]),)
    return name_text(row["name"]), ", ".join(map(name_text, artists.get(row["item"]) or ()))


def _data(
    pair: Pair,
    sums: Sequence[tuple[int, int]],
    common: Mapping[str, Mapping[str, float]] | None,
    both: Mapping[str, Sequence[Row]],
    others: Mapping[str, Mapping[str, Sequence[Row]]],
    artists: Mapping[str, list[str]],
    by: str,
) -> dict[str, Any]:
    """The same for programs. `common`: percentages, None where there is too little."""

    def told(unit: str, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {"name": row["name"], "spotify_id": row["item"]}
        if unit == "tracks":
            found["artists"] = artists.get(row["item"]) or []
        found["plays"] = [row[f"{side}_plays"] for side in SIDES]
        found["minutes"] = [minutes_of(row[f"{side}_ms"]) for side in SIDES]
        return found

    return {
        "listeners": [
            {"name": sharer.called, "plays": plays, "minutes": minutes_of(heard_ms)}
            for sharer, (plays, heard_ms) in zip(pair.sharers, sums, strict=True)
        ],
        "range": pair.range.key,
        "first_day": pair.range.first.isoformat(),
        "last_day": min(pair.range.last, last_day(pair.scope)).isoformat(),
        "by": by,
        "common": common
        and {unit: {name: round(value, 1) for name, value in each.items()} for unit, each in common.items()},
        "both": {unit: [told(unit, row) for row in rows] for unit, rows in both.items()},
        "might_like": {
            called: {unit: [told(unit, row) for row in rows] for unit, rows in each.items()}
            for called, each in others.items()
        },
    }
