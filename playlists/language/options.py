"""Reads the order, caps and limits of a list or a block from the nodes of a document.

Each `read_` function takes one node. It raises Mistake where the whole node is wrong; mistakes inside of it go to
`problems`, and then the result must not be used.
"""

from collections.abc import Callable
from typing import Literal, get_args

from playlists.language.document import (
    ListNode,
    MappingNode,
    Mistake,
    Node,
    Problems,
    ScalarNode,
    described,
    quoted,
    read_list,
)
from playlists.language.entries import Entries, one_of, whole_number
from playlists.language.expressions import read_by
from playlists.language.fields import FIELDS
from playlists.language.foreign_orders import DIRECTIONS, RANDOM, SORTABLE, order_meant
from playlists.language.kinds import DATES, OF_LISTS, Kind
from playlists.language.model import (
    Arrangement,
    Dedupe,
    ForEach,
    Grouping,
    Limit,
    RandomGroup,
    Seed,
    Separation,
    Shuffle,
    SortKey,
)
from playlists.language.spelling import sort_keys_in
from playlists.language.synonyms import Words, word_meant
from playlists.language.values import MOST_TRACKS, read_number, read_percent, read_whole
from playlists.language.why_unread import unknown_field

MOST_DISTANCE = 1_000
MOST_LISTS = 100  # of one template
MOST_MINUTES = 60_000  # a thousand hours
LARGEST_SEED = 10**12
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
# What a template can go by. Its words artist and genre stand for the main artist, and for any of the genres.
TEMPLATE_FIELDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *GROUPINGS,
            *(
                name
                for name, field in FIELDS.items()
                if not field.needs_option and field.kind not in (Kind.DURATION, *OF_LISTS)
            ),
        )
    )
)
PER: tuple[Literal["day", "month", "year"], ...] = ("day", "month", "year")
SEEDS: tuple[Literal["run", "day", "week", "month"], ...] = ("run", "day", "week", "month")
DEDUPE: tuple[Dedupe, ...] = get_args(Dedupe)
OTHERWISE: tuple[Literal["reorder", "drop"], ...] = ("reorder", "drop")
NULLS = ("first", "last")
AMOUNTS = ("count", "percent", "minutes", "hours")
ARRANGEMENT_KEYS = (
    *("sort", "shuffle", "limit", "offset", "per_artist", "per_album"),
    *("artist_separation", "round_robin", "random_group", "dedupe"),
)
_read_track_count = whole_number(1, MOST_TRACKS)


def read_arrangement(entries: Entries, same: Dedupe = "id") -> Arrangement:
    """Read the order, caps and limits among the entries of a list or a block. `same`: the dedupe where none is given."""
    problems = entries.problems
    if "sort" in entries and "shuffle" in entries:
        place = entries.by_key["shuffle"].place
        problems.add(place, "shuffle takes the place of sort; give one of them (shuffle may weigh: {by: …})")
    return Arrangement(
        dedupe=entries.read("dedupe", one_of(DEDUPE), same),
        sort=entries.read("sort", lambda node: read_sort(node, problems), ()),
        shuffle=entries.read("shuffle", lambda node: read_shuffle(node, problems), None),
        random_group=entries.read("random_group", lambda node: read_random_group(node, problems), None),
        per_artist=entries.read("per_artist", _read_track_count, None),
        per_album=entries.read("per_album", _read_track_count, None),
        round_robin=entries.read("round_robin", one_of(GROUPINGS), None),
        separation=entries.read("artist_separation", lambda node: read_separation(node, problems), None),
        offset=entries.read("offset", whole_number(0, MOST_TRACKS), 0),
        limit=entries.read("limit", lambda node: read_limit(node, problems), Limit()),
    )


def read_sort(node: Node, problems: Problems) -> tuple[SortKey, ...]:
    """Read one sort key, or a list of them: `play_count desc`, or `{by: play_count, dir: desc, nulls: first}`.

    In one text, too: `-play_count, title`.
    """
    items = read_list(node, "the order") if isinstance(node, ListNode) else (node,)
    keys = [_read_sort_key(one, problems) for item in items for one in _each_key(item)]
    return tuple(key for key in keys if key is not None)


def _each_key(node: Node) -> tuple[Node, ...]:
    """A node for each key that one text holds; the node itself where it is no such text."""
    texts = sort_keys_in(node.text) if isinstance(node, ScalarNode) else []
    return tuple(ScalarNode(node.place, text) for text in texts) or (node,)


def _read_sort_key(node: Node, problems: Problems) -> SortKey | None:
    if isinstance(node, ScalarNode) and not node.is_null:
        name, _, direction = node.text.partition(" ")
        entries = Entries(_mapping_of_by(node, name), "sort", None, problems)
        if _is_of_another_form(node, name):
            text = f"{quoted(node.text)} is no field, alone or with asc or desc{_order_meant(node)}"
            problems.add(node.place, text)
            return None
        if direction not in ("", *DIRECTIONS):
            text = f"after {name} comes asc or desc, not {direction!r}{_order_meant(node)}"
            problems.add(node.place, text)
    else:
        entries = Entries(node, "a key of the order", None, problems)
        if entries.by_key and "by" not in entries and order_meant(node):
            problems.add(node.place, f"`by` is missing: the field that it goes by{_order_meant(node)}")
            return None
        direction = entries.read("dir", one_of(DIRECTIONS), "asc")
    expression = read_by(entries, beside=("dir", "nulls"), direction=direction) if entries.by_key else None
    nulls = entries.read("nulls", one_of(NULLS), "last")
    return SortKey(expression, direction == "desc", nulls == "first") if expression else None


def _is_of_another_form(node: ScalarNode, name: str) -> bool:
    """Whether a key is more than another word for a field: `-year`, `date added`, or `newest`, which has a direction in it."""
    ours = order_meant(node)
    if name in FIELDS and FIELDS[name].needs_option:
        return False
    if not ours or node.text == name:
        return (
            bool(ours) and name not in FIELDS and (" " in ours or not word_meant(Words.FIELD, name, SORTABLE))
        )
    return ours.partition(" ")[0] != name


def _order_meant(node: Node) -> str:
    """How to write an order that was written as other tools do: `-play_count`, `play_count descending, title`."""
    ours = order_meant(node)
    if not ours:
        return ""
    return f" (several keys are a list: {ours})" if ours.startswith("[") else f" (write {ours})"


def _mapping_of_by(node: ScalarNode, name: str) -> MappingNode:
    return MappingNode(node.place, ((ScalarNode(node.place, "by"), ScalarNode(node.place, name)),))


def read_shuffle(node: Node, problems: Problems) -> Shuffle | None:
    """Read a seed, or `{seed: week, by: play_count, strength: 0.7}`."""
    if isinstance(node, ScalarNode):
        return Shuffle(_read_seed(node))
    entries = Entries(node, "shuffle", None, problems)
    beside = ("seed", "strength")
    weight = read_by(entries, beside=beside) if "by" in entries else None
    if "by" not in entries:
        entries.refuse_others("shuffle", ("seed", "by", "strength"))
        if "strength" in entries:
            problems.add(entries.place_of_key["strength"], "strength needs `by`: what weighs")
    elif weight is not None and weight.field == RANDOM:
        problems.add(entries.by_key["by"].place, "a shuffle cannot be weighed by chance; leave `by` out")
    return Shuffle(
        entries.read("seed", _read_seed, "run"), weight, entries.read("strength", _read_strength, 0.5)
    )


def _read_strength(node: Node) -> float:
    number = read_number(node)
    if not 0 <= number <= 1:
        raise Mistake(
            node.place, f"{described(node)} is not a number from 0 (chance) to 1 (the order itself)"
        )
    return float(number)


def _read_seed(node: Node) -> Seed:
    if isinstance(node, ScalarNode) and node.text.removeprefix("-").isdecimal():
        return read_whole(node, -LARGEST_SEED, LARGEST_SEED)
    try:
        return one_of(SEEDS)(node)
    except Mistake as mistake:
        raise Mistake(mistake.problem.place, f"{mistake.problem.text}, or a whole number") from None


def read_limit(node: Node, problems: Problems) -> Limit:
    """Read a number of tracks, or one of count, percent, minutes and hours, with the order to choose by if any."""
    if isinstance(node, ScalarNode):
        try:
            return Limit(count=_read_track_count(node))
        except Mistake as mistake:
            others = "" if node.is_null else "; other limits: {percent: 10}, {minutes: 90}, {hours: 2}"
            raise Mistake(node.place, f"{mistake.problem.text}{others}") from None
    entries = Entries(node, "limit", (*AMOUNTS, "by"), problems)
    given = [name for name in AMOUNTS if name in entries or name in entries.others.values()]
    if len(given) != 1 and entries.by_key:
        problems.add(
            node.place, f"limit: exactly one of {', '.join(AMOUNTS)}, not {', '.join(given) or 'none'}"
        )
    return Limit(
        count=entries.read("count", _read_track_count, None),
        percent=entries.read("percent", read_percent, None),
        duration_ms=entries.read("minutes", _reader_of_playing_time(1), None)
        or entries.read("hours", _reader_of_playing_time(60), None),
        by=entries.read("by", lambda one: read_sort(one, problems), ()),
    )


def _reader_of_playing_time(minutes: int) -> Callable[[Node], int]:
    """A reader of playing times in milliseconds; `minutes`: how many of them the written unit has."""

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
    """Read a distance, or `{distance: 3, otherwise: drop}`."""
    distance = whole_number(1, MOST_DISTANCE)
    if isinstance(node, ScalarNode):
        return Separation(distance(node))
    entries = Entries(node, "artist_separation", ("distance", "otherwise"), problems)
    entries.require("distance", "how many tracks lie between two of an artist")
    return Separation(
        entries.read("distance", distance, 1), entries.read("otherwise", one_of(OTHERWISE), "reorder")
    )


def read_random_group(node: Node, problems: Problems) -> RandomGroup:
    """Read what to group by, or `{by: artist, count: 1, min_tracks: 20, seed: day}`."""
    if isinstance(node, ScalarNode):
        return RandomGroup(one_of(GROUPINGS)(node))
    entries = Entries(node, "random_group", ("by", "count", "min_tracks", "seed"), problems)
    entries.require("by", f"one of {', '.join(GROUPINGS)}")
    return RandomGroup(
        entries.read("by", one_of(GROUPINGS), "artist"),
        entries.read("count", _read_track_count, 1),
        entries.read("min_tracks", _read_track_count, 1),
        entries.read("seed", _read_seed, "run"),
    )


def read_for_each(node: Node, problems: Problems) -> ForEach:
    """Read what a template makes its lists by, or `{by: liked_at, per: month, min_tracks: 20, max_lists: 12}`."""
    if isinstance(node, ScalarNode):
        by = _read_template_field(node)
        _refuse_wrong_grain(by, None, node)
        return ForEach(by)
    entries = Entries(node, "for_each", ("by", "per", "min_tracks", "max_lists"), problems)
    entries.require("by", f"a field, such as {', '.join(GROUPINGS)}")
    by = entries.read("by", _read_template_field, "")
    per = entries.read("per", one_of(PER), None)
    try:
        _refuse_wrong_grain(by, per or ("day" if "per" in entries else None), entries.by_key.get("per", node))
    except Mistake as mistake:
        problems.add(mistake.problem.place, f"for_each: {mistake.problem.text}")
    return ForEach(
        by,
        entries.read("min_tracks", _read_track_count, 1),
        entries.read("max_lists", whole_number(1, MOST_LISTS), 20),
        per or "",
    )


def _read_template_field(node: Node) -> str:
    text = node.text if isinstance(node, ScalarNode) and not node.is_null else ""
    if text in TEMPLATE_FIELDS:
        return text
    if not text:
        raise Mistake(node.place, f"{described(node)} is no field")
    if text in FIELDS:
        kinds = "a text, a list of texts, a number, a date, or yes or no"
        raise Mistake(node.place, f"there are no lists by {text}; a template goes by {kinds}")
    raise Mistake(node.place, unknown_field(text, TEMPLATE_FIELDS))


def _refuse_wrong_grain(by: str, per: str | None, node: Node) -> None:
    """Raise Mistake for a date without `per`, or `per` with anything else. `by` is empty where it could not be read."""
    is_date = by in FIELDS and FIELDS[by].kind in DATES
    if is_date and per is None:
        raise Mistake(
            node.place,
            f"{by} is a date: per is missing (write {{by: {by}, per: month}}); known: {', '.join(PER)}",
        )
    if by and per is not None and not is_date:
        raise Mistake(node.place, f"per goes with dates only, and {by} is none; leave it out")
