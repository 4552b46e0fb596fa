"""The components of Smarter Playlists that stand behind a single other one: conditions, and steps of the arrangement."""

from collections.abc import Callable, Mapping

from playlists.importing.conditions import checked, condition, negated, why_not
from playlists.importing.draft import Lost, Member
from playlists.importing.smarter_sources import Component
from playlists.importing.smarter_streams import Stream

_ATTRIBUTES = {
    **{"duration": "duration", "spotify.popularity": "popularity", "spotify.track_number": "track_number"},
    **{"spotify.disc_number": "disc_number"},
}
_SORT_ATTRIBUTES = {
    **_ATTRIBUTES,
    **{"spotify.album_release_date": "release_date", "artist": "main_artist", "title": "title"},
    **{"spotify.explicit": "explicit"},
}
_ORDER_OF_LIST = "the order of the list that the tracks come from is not known here"


# Conditions


def _range(component: Component) -> Member:
    attribute = component.text("attr")
    ours = _ATTRIBUTES.get(attribute)
    if ours is None:
        return Lost(component.said, why_not(attribute))
    exact, low, high = (component.values.get(name) for name in ("match", "min_val", "max_val"))
    if exact not in (None, ""):
        return condition(component.said, ours, "is", exact)
    ends = [(meaning, end) for meaning, end in (("gte", low), ("lte", high)) if end not in (None, "")]
    if not ends:
        return Lost(component.said, "it has no lowest and no highest value")
    if len(ends) == 2:
        return condition(component.said, ours, "between", [low, high])
    return condition(component.said, ours, *ends[0])


def _release_date(component: Component) -> Member:
    low, high = (component.text(name) for name in ("min_val", "max_val"))
    return condition(component.said, "release_date", "between", [low or "1935-01-08", high or "today"])


def _title(component: Component) -> Member:
    member = condition(component.said, "title", "matches", component.text("text"))
    return negated(component.said, member) if component.is_set("invert") else member


def _artists(component: Component) -> Member:
    names = [
        name.strip() for text in component.texts("artistNames") for name in text.split(",") if name.strip()
    ]
    return (
        checked(component.said, {"artist": {"none_is": names}})
        if names
        else Lost(component.said, "it names nobody")
    )


CONDITIONS: Mapping[str, Callable[[Component], Member]] = {
    "AttributeRangeFilter": _range,
    "ReleaseDateFilter": _release_date,
    "TextFilter": _title,
    "SimpleArtistFilter": _artists,
    "Explicit": lambda component: {"explicit": component.is_set("explicit")},
}


# Steps of the arrangement


def _sorted(component: Component, stream: Stream) -> Stream:
    attribute = component.text("attr") or "title"
    ours = _SORT_ATTRIBUTES.get(attribute)
    if ours is None:
        return stream.without(f"order by {attribute}", why_not(attribute))
    return stream.with_option(component.said, "sort", f"{ours} desc" if component.is_set("reverse") else ours)


def _first(component: Component, stream: Stream) -> Stream:
    if not _has_order(stream):
        return stream.without(f"first {component.number('sample_size', 10)}", _ORDER_OF_LIST)
    return stream.with_option(component.said, "limit", component.number("sample_size", 10))


def _last(component: Component, stream: Stream) -> Stream:
    order = stream.options.get("sort")
    if not isinstance(order, str | dict):
        return stream.without(f"last {component.number('sample_size', 10)}", _ORDER_OF_LIST)
    limit = {"count": component.number("sample_size", 10), "by": _turned(order)}
    return stream.with_option(component.said, "limit", limit)


def _all_but_first(component: Component, stream: Stream) -> Stream:
    if not _has_order(stream):
        return stream.without(f"all but the first {component.number('sample_size', 10)}", _ORDER_OF_LIST)
    return stream.with_option(component.said, "offset", component.number("sample_size", 10))


def _reversed(component: Component, stream: Stream) -> Stream:
    order = stream.options.get("sort")
    keys = [order] if isinstance(order, str | dict) else order
    if not isinstance(keys, list):
        return stream.without(component.said, _ORDER_OF_LIST)
    turned = [_turned(key) for key in keys]
    return stream.with_option(component.said, "sort", turned[0] if len(turned) == 1 else turned)


def _separated(component: Component, stream: Stream) -> Stream:
    distance = component.number("min_separation", 4)
    otherwise = "reorder" if component.is_set("reorder", default=True) else "drop"
    return stream.with_option(
        component.said, "artist_separation", {"distance": distance, "otherwise": otherwise}
    )


def _weighted(component: Component, stream: Stream) -> Stream:
    """Nearly the order itself for 0, pure chance for 1. What weighs is the order before it."""
    order = stream.options.get("sort")
    if not isinstance(order, str) or not order.endswith(" desc"):
        return stream.without(
            component.said, "what weighs is the value of a field here, and more of it comes first"
        )
    strength = max(0.0, min(1.0, 1 - float(component.text("factor") or 0.1)))
    by = order.removesuffix(" desc")
    return stream.with_option(
        component.said, "shuffle", {"seed": "run", "by": by, "strength": round(strength, 6)}
    )


def _shorter(component: Component, stream: Stream) -> Stream:
    if not _has_order(stream):
        return stream.without(component.said, _ORDER_OF_LIST)
    return stream.with_option(component.said, "limit", {"minutes": _minutes(component.number("time", 900))})


def _minutes(seconds: int) -> float:
    return seconds // 60 if seconds % 60 == 0 else round(seconds / 60, 6)


def _has_order(stream: Stream) -> bool:
    return bool({"sort", "shuffle"} & set(stream.options) or stream.blocks)


def _turned(key: object) -> object:
    """The other way round: of `title desc`, or `{by: position_in, …}`."""
    if isinstance(key, dict):
        return {**key, "dir": "asc" if key.get("dir") == "desc" else "desc"}
    return str(key).removesuffix(" desc") if str(key).endswith(" desc") else f"{key} desc"


OPTIONS: Mapping[str, Callable[[Component, Stream], Stream]] = {
    "Sorter": _sorted,
    "Reverse": _reversed,
    "Shuffler": lambda component, stream: stream.with_option(component.said, "shuffle", "run"),
    "WeightedShuffler": _weighted,
    "DeDup": lambda component, stream: (
        stream.with_option(component.said, "dedupe", "title_artist")
        if component.is_set("by_name")
        else stream
    ),
    "ArtistDeDup": lambda component, stream: stream.with_option(component.said, "per_artist", 1),
    "ArtistSeparation": _separated,
    "SeparateArtists": lambda component, stream: stream.with_option(component.said, "artist_separation", 1),
    "First": _first,
    "Last": _last,
    "AllButTheFirst": _all_but_first,
    "AllButTheLast": lambda component, stream: stream.without(
        component.said, "only tracks at the beginning are left out here"
    ),
    "Sample": lambda component, stream: stream.with_option(
        component.said, "limit", {"count": component.number("sample_size", 10), "by": "random"}
    ),
    "ShorterThan": _shorter,
    "LongerThan": lambda component, stream: stream.without(
        component.said, "a limit is the most that a list has, not the least"
    ),
}
