"""Order, caps and limits of a list or a block, from the nodes of a document.

Each `read_` takes one node. One thing wrong raises Mistake; of several, each goes to `problems`, and what is returned
then is of no use.
"""

from collections.abc import Callable
from typing import Literal, get_args

from playlists.language.conditions import RANDOM, read_by
from playlists.language.document import Listing, Mapping, Mistake, Node, Problems, Scalar, described, listing
from playlists.language.entries import Entries, choice, whole
from playlists.language.model import (
    Arrangement,
    ForEach,
    Grouping,
    Limit,
    RandomGroup,
    Seed,
    Separation,
    Shuffle,
    SortKey,
)
from playlists.language.values import read_number, read_percent, read_whole

MOST_TRACKS = 10_000  # Spotify's own limit of a playlist
MOST_DISTANCE = 1_000
MOST_LISTS = 100  # of one template
MOST_MINUTES = 60_000  # a thousand hours
LARGEST_SEED = 10**12
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
SEEDS: tuple[Literal["run", "day", "week", "month"], ...] = ("run", "day", "week", "month")
DEDUPE: tuple[Literal["id", "recording", "title_artist"], ...] = ("id", "recording", "title_artist")
OTHERWISE: tuple[Literal["reorder", "drop"], ...] = ("reorder", "drop")
DIRECTIONS = ("asc", "desc")
NULLS = ("first", "last")
AMOUNTS = ("count", "percent", "minutes", "hours")
ARRANGEMENT_KEYS = (
    *("sort", "shuffle", "limit", "offset", "per_artist", "per_album"),
    *("artist_separation", "round_robin", "random_group", "dedupe"),
)
_tracks = whole(1, MOST_TRACKS)


def read_arrangement(entries: Entries) -> Arrangement:
    """What the entries of a list or a block say of order, caps and limits."""
    problems = entries.problems
    if "sort" in entries and "shuffle" in entries:
        place = entries.by_key["shuffle"].place
        problems.add(place, "shuffle takes the place of sort; give one of them (shuffle may weigh: {by: …})")
    return Arrangement(
        dedupe=entries.read("dedupe", choice(DEDUPE), "id"),
        sort=entries.read("sort", lambda node: read_sort(node, problems), ()),
        shuffle=entries.read("shuffle", lambda node: read_shuffle(node, problems), None),
        random_group=entries.read("random_group", lambda node: read_random_group(node, problems), None),
        per_artist=entries.read("per_artist", _tracks, None),
        per_album=entries.read("per_album", _tracks, None),
        round_robin=entries.read("round_robin", choice(GROUPINGS), None),
        separation=entries.read("artist_separation", lambda node: read_separation(node, problems), None),
        offset=entries.read("offset", whole(0, MOST_TRACKS), 0),
        limit=entries.read("limit", lambda node: read_limit(node, problems), Limit()),
    )


def read_sort(node: Node, problems: Problems) -> tuple[SortKey, ...]:
    """One key of an order or a list of them: `play_count desc`, or `{by: play_count, dir: desc, nulls: first}`."""
    items = listing(node, "the order") if isinstance(node, Listing) else (node,)
    keys = [_sort_key(item, problems) for item in items]
    return tuple(key for key in keys if key is not None)


def _sort_key(node: Node, problems: Problems) -> SortKey | None:
    if isinstance(node, Scalar) and not node.is_null:
        name, _, direction = node.text.partition(" ")
        entries = Entries(_by(node, name), "sort", None, problems)
        if direction and direction not in DIRECTIONS:
            problems.add(node.place, f"after {name} comes asc or desc, not {direction!r}")
    else:
        entries = Entries(node, "a key of the order", None, problems)
        direction = entries.read("dir", choice(DIRECTIONS), "asc")
    expression = read_by(entries, beside=("dir", "nulls")) if entries.by_key else None
    nulls = entries.read("nulls", choice(NULLS), "last")
    return SortKey(expression, direction == "desc", nulls == "first") if expression else None


def _by(node: Scalar, name: str) -> Mapping:
    return Mapping(node.place, ((Scalar(node.place, "by"), Scalar(node.place, name)),))


def read_shuffle(node: Node, problems: Problems) -> Shuffle | None:
    """A seed, or `{seed: week, by: play_count, strength: 0.7}`."""
    if isinstance(node, Scalar):
        return Shuffle(_seed(node))
    entries = Entries(node, "shuffle", None, problems)
    beside = ("seed", "strength")
    weight = read_by(entries, beside=beside) if "by" in entries else None
    if "by" not in entries:
        entries.refuse_others("shuffle", ("seed", "by", "strength"))
        if "strength" in entries:
            problems.add(entries.place_of_key["strength"], "strength needs `by`: what weighs")
    elif weight is not None and weight.field == RANDOM:
        problems.add(entries.by_key["by"].place, "a shuffle cannot be weighed by chance; leave `by` out")
    return Shuffle(entries.read("seed", _seed, "run"), weight, entries.read("strength", _strength, 0.5))


def _strength(node: Node) -> float:
    number = read_number(node)
    if not 0 <= number <= 1:
        raise Mistake(
            node.place, f"{described(node)} is not a number from 0 (chance) to 1 (the order itself)"
        )
    return float(number)


def _seed(node: Node) -> Seed:
    if isinstance(node, Scalar) and node.text.removeprefix("-").isdecimal():
        return read_whole(node, -LARGEST_SEED, LARGEST_SEED)
    try:
        return choice(SEEDS)(node)
    except Mistake as mistake:
        raise Mistake(mistake.problem.place, f"{mistake.problem.text}, or a whole number") from None


def read_limit(node: Node, problems: Problems) -> Limit:
    """A number of tracks, or one of count, percent, minutes and hours, with the order to choose by if any."""
    if isinstance(node, Scalar):
        try:
            return Limit(count=_tracks(node))
        except Mistake as mistake:
            hint = "" if node.is_null else " (other limits: {percent: 10}, {minutes: 90}, {hours: 2})"
            raise Mistake(node.place, f"{mistake.problem.text}{hint}") from None
    entries = Entries(node, "limit", (*AMOUNTS, "by"), problems)
    given = [name for name in AMOUNTS if name in entries]
    if len(given) != 1 and entries.by_key:
        problems.add(
            node.place, f"limit: exactly one of {', '.join(AMOUNTS)}, not {', '.join(given) or 'none'}"
        )
    return Limit(
        count=entries.read("count", _tracks, None),
        percent=entries.read("percent", read_percent, None),
        duration_ms=entries.read("minutes", _minutes(1), None) or entries.read("hours", _minutes(60), None),
        by=entries.read("by", lambda one: read_sort(one, problems), ()),
    )


def _minutes(minutes: int) -> Callable[[Node], int]:
    """A reader of playing times, in units of so many minutes → milliseconds."""

    def read(node: Node) -> int:
        most = MOST_MINUTES // minutes
        try:
            number = read_number(node)
        except Mistake:
            number = 0
        if not 0 < number <= most or number * minutes < 1:
            raise Mistake(
                node.place, f"{described(node)} is not a number of minutes or hours, at most {most:,}"
            )
        return round(number * minutes * 60_000)

    return read


def read_separation(node: Node, problems: Problems) -> Separation:
    """A distance, or `{distance: 3, otherwise: drop}`."""
    distance = whole(1, MOST_DISTANCE)
    if isinstance(node, Scalar):
        return Separation(distance(node))
    entries = Entries(node, "artist_separation", ("distance", "otherwise"), problems)
    entries.require("distance", "how many tracks lie between two of an artist")
    return Separation(
        entries.read("distance", distance, 1), entries.read("otherwise", choice(OTHERWISE), "reorder")
    )


def read_random_group(node: Node, problems: Problems) -> RandomGroup:
    """What to group by, or `{by: artist, count: 1, min_tracks: 20, seed: day}`."""
    if isinstance(node, Scalar):
        return RandomGroup(choice(GROUPINGS)(node))
    entries = Entries(node, "random_group", ("by", "count", "min_tracks", "seed"), problems)
    entries.require("by", f"one of {', '.join(GROUPINGS)}")
    return RandomGroup(
        entries.read("by", choice(GROUPINGS), "artist"),
        entries.read("count", _tracks, 1),
        entries.read("min_tracks", _tracks, 1),
        entries.read("seed", _seed, "run"),
    )


def read_for_each(node: Node, problems: Problems) -> ForEach:
    """What to make one list of each for, or `{by: genre, min_tracks: 20, max_lists: 12}`."""
    if isinstance(node, Scalar):
        return ForEach(choice(GROUPINGS)(node))
    entries = Entries(node, "for_each", ("by", "min_tracks", "max_lists"), problems)
    entries.require("by", f"one of {', '.join(GROUPINGS)}")
    return ForEach(
        entries.read("by", choice(GROUPINGS), "artist"),
        entries.read("min_tracks", _tracks, 1),
        entries.read("max_lists", whole(1, MOST_LISTS), 20),
    )
