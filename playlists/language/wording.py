"""A definition in words, for people who do not know the language: on the dashboard, and by `./run playlists explain SLUG`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from playlists.language import times
from playlists.language.condition_wording import condition_words, expression_words, template_words
from playlists.language.fields import FIELDS
from playlists.language.kinds import Kind, Takes
from playlists.language.model import (
    EVERYTHING,
    Arrangement,
    Block,
    Condition,
    Definition,
    Filter,
    Limit,
    Season,
    Shuffle,
    SortKey,
)
from playlists.language.value_wording import joined, or_list, quoted
from utils.words import counted


class Line(NamedTuple):
    """A line of the description; `depth`: in how many other lines it is."""

    depth: int
    text: str


_SEEDS = {"run": "with every run", "day": "every day", "week": "every week", "month": "every month"}
_GROUPS = {"all": "all of these:", "any": "at least one of these:", "none": "none of these:"}
_DEDUPE = {"recording": "one release of each recording", "title_artist": "one track of each title and artist"}
_HOLDS = {
    _GROUPS["all"]: "tracks of which all of this holds:",
    _GROUPS["any"]: "tracks of which at least one of this holds:",
    _GROUPS["none"]: "tracks of which none of this holds:",
}


def definition_lines(definition: Definition) -> list[Line]:
    """All that a definition says, in the order in which it happens. What is as if it were not written has no line."""
    lines = list(_tracks(definition))
    lines += _arrangement(definition.arrangement, 0)
    for variant in definition.variants:
        lines.append(
            Line(
                0,
                f"{variant.definition.variant[0].upper()}{variant.definition.variant[1:]}, in place of that:",
            )
        )
        inner = [*_tracks(variant.definition), *_arrangement(variant.definition.arrangement, 0)]
        lines += [Line(line.depth + 1, line.text) for line in inner]
    lines += [Line(0, text) for text in _afterwards(definition)]
    return lines


def days_words(seasons: Sequence[Season], weekdays: tuple[int, ...]) -> str:
    """`on a Saturday or Sunday, from 1 December to 6 January`."""
    parts = [f"on a {or_list(weekdays, Takes.WEEKDAYS)}"] if weekdays else []
    parts += [f"from {', or from '.join(map(_season, seasons))}"] if seasons else []
    return ", ".join(parts) or "on all days"


def filter_lines(match: Filter, depth: int = 0) -> Iterator[Line]:
    """A filter, a line for each group and each condition."""
    if isinstance(match, Condition):
        yield Line(depth, condition_words(match))
    elif match == EVERYTHING:
        yield Line(depth, "every track")
    else:
        yield Line(depth, _GROUPS[match.kind])
        for member in match.members:
            yield from filter_lines(member, depth + 1)


# The order and the amount


def _tracks(definition: Definition) -> Iterator[Line]:
    source = "your library" if definition.source == "library" else "all tracks that are known"
    if definition.listeners:
        yield Line(0, f"Of {' and '.join(definition.listeners)} in turn, by what each of them hears")
        source = "the library" if definition.source == "library" else source
    if definition.blocks:
        how = "in turn" if definition.mix == "alternate" else "one after another"
        yield Line(0, f"From {source}, in {len(definition.blocks)} parts, {how}:")
        for number, block in enumerate(definition.blocks, start=1):
            yield from _block(number, block, is_in_turn=definition.mix == "alternate")
    elif definition.match == EVERYTHING:
        yield Line(
            0, f"Every track of {source}" if definition.source == "library" else "Every track that is known"
        )
    else:
        first, *others = filter_lines(definition.match)
        yield Line(0, f"From {source}, {_HOLDS.get(first.text, 'tracks of which this holds:')}")
        yield from others if first.text in _HOLDS else [Line(1, first.text)]
    for names, text in (
        (definition.union, "And what is in {}"),
        (definition.minus, "Without what is in {}"),
    ):
        if names:
            yield Line(0, text.format(joined([quoted(name) for name in names])))
    if definition.intersect:
        yield Line(0, f"Only what is in {' and '.join(map(quoted, definition.intersect))}")


def _block(number: int, block: Block, *, is_in_turn: bool) -> Iterator[Line]:
    take = f", {block.take} at a time" if is_in_turn else ""
    yield Line(1, f"Part {number}{take}:")
    yield from filter_lines(block.match, 2)
    yield from _arrangement(block.arrangement, 2)


def _arrangement(arrangement: Arrangement, depth: int) -> Iterator[Line]:
    texts = []
    if arrangement.dedupe in _DEDUPE:
        texts.append(f"Only {_DEDUPE[arrangement.dedupe]}")
    if arrangement.sort:
        texts.append(f"In order of {_order(arrangement.sort)}")
    if arrangement.shuffle:
        texts.append(_shuffle(arrangement.shuffle))
    group = arrangement.random_group
    if group:
        size = f" of at least {group.min_tracks} tracks" if group.min_tracks > 1 else ""
        what = f"one {group.by}" if group.count == 1 else f"{group.count} {group.by}s"
        texts.append(f"Only the tracks of {what}{size}, drawn {_seed(group.seed)}")
    for count, by in ((arrangement.per_artist, "main artist"), (arrangement.per_album, "album")):
        if count is not None:
            texts.append(f"At most {count:,} of one {by}")
    if arrangement.round_robin:
        texts.append(f"One of each {arrangement.round_robin} in turn")
    if arrangement.separation:
        distance = arrangement.separation.distance
        others = "another track" if distance == 1 else f"{distance} other tracks"
        otherwise = "" if arrangement.separation.otherwise == "reorder" else "; what does not fit is left out"
        texts.append(f"At least {others} between two of one artist{otherwise}")
    if arrangement.offset:
        texts.append(f"Without the first {arrangement.offset:,}")
    texts += _limit(arrangement.limit)
    yield from (Line(depth, text) for text in texts)


def _order(keys: Iterable[SortKey]) -> str:
    return ", then ".join(_sort_key(key) for key in keys)


def _sort_key(key: SortKey) -> str:
    if key.by.field == "random":
        return "chance"
    kind = FIELDS[key.by.field].kind
    if kind is Kind.TEXT:
        way = "from Z to A" if key.descending else "from A to Z"
    elif kind in (Kind.DAY, Kind.MOMENT):
        way = "the latest first" if key.descending else "the earliest first"
    elif kind is Kind.YES_NO:
        way = "yes before no" if key.descending else "no before yes"
    else:
        way = "the highest first" if key.descending else "the lowest first"
    nulls = ", what is not known before all others" if key.nulls_first else ""
    return f"{expression_words(key.by)} ({way}{nulls})"


def _shuffle(shuffle: Shuffle) -> str:
    text = f"Shuffled {_seed(shuffle.seed)}"
    if shuffle.weight_by is None:
        return text
    more = "later" if FIELDS[shuffle.weight_by.field].kind in (Kind.DAY, Kind.MOMENT) else "higher"
    what = expression_words(shuffle.weight_by)
    return f"{text}; a {more} {what} tends to come earlier ({shuffle.strength * 100:g} %)"


def _seed(seed: object) -> str:
    return f"anew {_SEEDS[seed]}" if isinstance(seed, str) else f"once for ever (number {seed})"


def _limit(limit: Limit) -> Iterator[str]:
    chosen = f", chosen by {_order(limit.by)}" if limit.by else ""
    if limit.count is not None:
        yield f"At most {counted(limit.count, 'track')}{chosen}"
    if limit.percent is not None:
        yield f"{limit.percent:g} % of these{chosen}"
    if limit.duration_ms is not None:
        yield f"At most {times.format_duration(limit.duration_ms)} of playing time{chosen}"


# The list


def _afterwards(definition: Definition) -> Iterator[str]:
    each, guard, days = definition.for_each, definition.guard, definition.refresh.days
    size = f" with at least {each.min_tracks} tracks" if each and each.min_tracks > 1 else ""
    seasons = ", or from ".join(map(_season, definition.seasons))
    for is_said, text in (
        (definition.include_unplayable, "Also tracks that cannot be played"),
        (definition.substitute_twins, "A playable release in place of one that cannot be played"),
        (each, f"One list for each {template_words(each)}{size}, at most {each.max_lists}" if each else ""),
        (definition.mode == "append", "What is in it stays; new tracks come at the end"),
        (definition.mode == "archive", "A new list each time"),
        (
            definition.mode == "rotate",
            f"{definition.keep_percent:g} % of what is in it stays, the rest is exchanged",
        ),
        (days, "Made anew every day" if days == 1 else f"Made anew every {days} days"),
        (seasons, f"Only from {seasons}"),
        (
            definition.weekdays,
            f"Only on a {or_list(definition.weekdays, Takes.WEEKDAYS)}" if definition.weekdays else "",
        ),
        (definition.out_of_season == "empty", "Emptied on all other days"),
        (definition.out_of_season == "hide", "Hidden from your library on all other days"),
        (definition.min_tracks, f"Left as it is with fewer than {counted(definition.min_tracks, 'track')}"),
        (guard.never_empty, "Left as it is where it would become empty"),
        (
            guard.max_removed_percent,
            f"Left as it is where more than {guard.max_removed_percent or 0:g} % would go",
        ),
        (definition.create == "on_request", "Made only when you ask for it"),
        (definition.is_public, "Public: shown on your profile"),
        (definition.is_collaborative, "Collaborative: others may change it"),
    ):
        if is_said:
            yield text


def _season(season: Season) -> str:
    (first_month, first_day), (last_month, last_day) = season.first, season.last
    first, last = times.MONTHS[first_month - 1].capitalize(), times.MONTHS[last_month - 1].capitalize()
    return f"{first_day} {first} to {last_day} {last}"
