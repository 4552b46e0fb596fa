"""Programs of Smarter Playlists: components that hand tracks on, from sources through filters to the one called main."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from playlists.importing.conditions import NOT_GIVEN, negated
from playlists.importing.draft import (
    Draft,
    Lost,
    Member,
    Unreadable,
    group_of,
    together,
    without_placeholders,
)
from playlists.importing.smarter_parts import CONDITIONS, OPTIONS
from playlists.importing.smarter_sources import SOURCES, Component
from playlists.importing.smarter_streams import Stream
from playlists.language.times import WEEKDAYS
from playlists.language.variants import MOST_VARIANTS

TOOL = "Smarter Playlists"
_DEEPEST = 60
_NO_OUTPUT = ("PlaylistSave", "PlaylistSaveToNew")
_MOODS = ("Danceable", "Energy", "Live", "Tempo", "Slow", "Speechiness", "Acousticness", "EchoNestGenreRadio")
_WHOLE_LISTS = "artists are compared with those of whole lists here"
_WEEKDAYS = "only a whole list can have other rules on some days here, not a part of it"
_OTHER_STEPS = "the list of the other days has steps that this one has not"


def read(document: Mapping[str, object], stem: str) -> list[Draft]:
    """The list that a program makes. Raises Unreadable where it is none."""
    components, main = document.get("components"), document.get("main")
    if not isinstance(components, Mapping) or not isinstance(main, str):
        raise Unreadable("it has no components, or none of them is main")
    draft = Draft(without_placeholders(document.get("name") or stem), TOOL)
    component = _component(components, main)
    if component.kind in _NO_OUTPUT:
        _read_output(component, draft)
        main = component.text("source")
    program = _Program(components)
    days, main = _sources_of_days(components, main)
    whole = program.stream(main)
    _fill(draft, whole)
    variants = [_variant(draft, weekdays, program.stream(name), whole) for weekdays, name in days]
    if any(variants):
        draft.options["variants"] = [one for one in variants if one]
    return [draft]


def _sources_of_days(components: Mapping[str, object], main: str) -> tuple[list[tuple[list[str], str]], str]:
    """What a program takes on some weekdays, each with its days, and what it takes on all others."""
    days: list[tuple[list[str], str]] = []
    while len(days) < MOST_VARIANTS:
        component = _component(components, main)
        weekdays = ["sat", "sun"] if component.kind == "IsWeekend" else _day_of(component)
        if not weekdays:
            break
        days.append((weekdays, component.text("true_source")))
        main = component.text("false_source")
    return days, main


def _day_of(component: Component) -> list[str]:
    number = component.number("day", -1)
    is_day = component.kind == "IsDayOfWeek" and 0 <= number < len(WEEKDAYS)
    return [WEEKDAYS[number][:3]] if is_day else []


def _variant(draft: Draft, weekdays: list[str], stream: Stream, whole: Stream) -> dict[str, object]:
    """The variant of some days; none where it would inherit a step of the whole, or where something of it is lost."""
    days = f"on {', '.join(weekdays)}"
    part = Draft(draft.name, draft.tool)
    _fill(part, stream)
    inherited = set(whole.options) - set(stream.options)
    if {"sort", "shuffle"} & set(stream.options):
        inherited -= {"sort", "shuffle"}
    lost = part.all_lost() + ([Lost(", ".join(sorted(inherited)), _OTHER_STEPS)] if inherited else [])
    draft.lost += [Lost(f"{days}: {one.what}", one.why) for one in lost]
    draft.notes += [note for note in part.notes if note not in draft.notes]
    if lost:
        return {}
    options = {"from": "library", **part.options} if "from" in draft.options else part.options
    if part.blocks:
        return {
            "weekdays": weekdays,
            **options,
            "mix": stream.mix,
            "blocks": list(map(_grouped, part.blocks)),
        }
    return {"weekdays": weekdays, **options, **_grouped({"match": part.match})}


def _grouped(block: Mapping[str, object]) -> dict[str, object]:
    """With a filter that is a group, as `match` has it."""
    match = block["match"]
    return {**block, "match": match if isinstance(match, str) or group_of(match) else {"all": [match]}}


def _component(components: Mapping[str, object], name: str) -> Component:
    """A component by its name, in any of the forms in which programs were kept. Raises Unreadable."""
    given = components.get(name)
    if not isinstance(given, Mapping):
        raise Unreadable(f"there is no component {name!r}")
    values: dict[str, object] = {}
    for part in (given, given.get("params"), given.get("sources")):
        values.update(part if isinstance(part, Mapping) else {})
    if isinstance(given.get("params"), Mapping):
        values["name"] = given["params"].get("name")  # beside it stands the name of the component
    return Component(str(given.get("type") or given.get("_type") or ""), values)


def _read_output(component: Component, draft: Draft) -> None:
    name = component.text("playlist_name")
    draft.name = without_placeholders(name or draft.name)
    if component.kind == "PlaylistSaveToNew":
        draft.name += " {date}"
        draft.options["mode"] = "archive"
    elif component.is_set("append"):
        draft.options["mode"] = "append"


def _fill(draft: Draft, stream: Stream) -> None:
    if stream.is_all_known or any(block.is_all_known for block in stream.blocks):
        draft.options = {"from": "known", **draft.options}
    draft.match = stream.match
    if (
        not stream.blocks
        and not isinstance(stream.match, Lost)
        and not {"sort", "shuffle"} & set(stream.options)
    ):
        draft.notes.append("The order of the list that the tracks come from is not kept.")
    for number, block in enumerate(stream.blocks):
        take = {"take": stream.takes[number]} if stream.takes and stream.mix == "alternate" else {}
        draft.blocks.append({"match": block.match, **block.options, **take})
    if stream.blocks and stream.mix != "in_turn":
        draft.options["mix"] = stream.mix
    draft.options |= stream.options
    draft.lost += [one for part in (*stream.blocks, stream) for one in part.lost]
    draft.notes += [one for part in (*stream.blocks, stream) for one in part.notes]


class _Program:
    """Follows the components of a program from the last one back to its sources."""

    def __init__(self, components: Mapping[str, object]) -> None:
        self._components = components
        self._made: dict[str, Stream] = {}
        self._depth = 0

    def stream(self, name: str) -> Stream:
        """What a component hands on. Raises Unreadable where the program goes in a circle, or a part is missing."""
        if name not in self._made:
            self._depth += 1
            if self._depth > _DEEPEST:
                raise Unreadable("its components follow one another without end")
            self._made[name] = self._stream_of(_component(self._components, name))
            self._depth -= 1
        return self._made[name]

    def _stream_of(self, component: Component) -> Stream:
        read = self._combinations().get(component.kind) or SOURCES.get(component.kind)
        if read:
            return read(component)
        if component.kind in CONDITIONS:
            return self.stream(component.text("source")).with_condition(CONDITIONS[component.kind](component))
        if component.kind in OPTIONS:
            return OPTIONS[component.kind](component, self.stream(component.text("source")))
        return self._unknown(component)

    def _unknown(self, component: Component) -> Stream:
        why = NOT_GIVEN if component.kind in _MOODS else "there is nothing like it here"
        if component.text("source"):
            return self.stream(component.text("source")).with_condition(Lost(component.said, why))
        return Stream(Lost(component.said, why))

    def _combinations(self) -> Mapping[str, Callable[[Component], Stream]]:
        return {
            "Concatenate": lambda one: self._blocks(one, "in_turn"),
            "Alternate": lambda one: self._blocks(one, "alternate"),
            "MixIn": self._mix_in,
            "Mixer": self._mixer,
            "RandomSelector": self._random,
            "RandomStreamSelector": lambda one: Stream(
                Lost(one.said, "a list has the same rules each time here")
            ),
            "TrackFilter": self._without_tracks,
            "ArtistFilter": self._without_artists,
            "YesNo": lambda one: self.stream(
                one.text("true_source" if one.is_set("yes") else "false_source")
            ),
            "IsWeekend": lambda one: Stream(Lost(one.said, _WEEKDAYS)),
            "IsDayOfWeek": lambda one: Stream(Lost(one.said, _WEEKDAYS)),
            "Annotator": lambda one: self.stream(one.text("source")),
            "comment": lambda one: self.stream(one.text("source")),
        }

    def _blocks(self, component: Component, mix: str) -> Stream:
        """Several streams, one after another or in turn. Of one that is made of blocks itself, its blocks."""
        streams = [self.stream(name) for name in component.texts("source_list")]
        if not streams:
            raise Unreadable(f"{component.kind} has no source")
        if len(streams) == 1:
            return streams[0]
        blocks: list[Stream] = []
        for stream in streams:
            is_flat = not stream.blocks or (mix == stream.mix == "in_turn" and not stream.options)
            blocks += stream.blocks or [stream]
            if not is_flat:
                return Stream(Lost(component.said, "blocks hold no blocks here"))
        fails = mix == "alternate" and component.is_set("fail_fast", default=True)
        combined = Stream(
            None, blocks=tuple(blocks), mix=mix, takes=tuple(1 for _ in blocks) if mix == "alternate" else ()
        )
        return (
            combined.without(f"{component.said}, fail fast", "blocks go on until all are empty here")
            if fails
            else combined
        )

    def _mix_in(self, component: Component) -> Stream:
        """So many of the first stream, then so many of the other one."""
        first, other = (self.stream(component.text(name)) for name in ("true_source", "false_source"))
        if first.blocks or other.blocks:
            return Stream(Lost(component.said, "blocks hold no blocks here"))
        takes = (component.number("nskips", 1), component.number("ntracks", 1))
        combined = Stream(None, blocks=(first, other), mix="alternate", takes=takes)
        if component.number("initial_skip", 1) != takes[0]:
            combined = combined.noted("The first block begins with as many tracks as in each turn.")
        if component.is_set("fail_fast", default=True):
            return combined.without(f"{component.said}, fail fast", "blocks go on until all are empty here")
        return combined

    def _mixer(self, component: Component) -> Stream:
        """Streams in turn without some tracks and artists, each artist some tracks apart, up to a number of tracks."""
        stream = self._blocks(component, "alternate")
        for name in component.texts("bad_track_source_list"):
            bad = _filter_of(component, self.stream(name))
            stream = stream.with_condition(negated(component.said, bad))
        artists = [self.stream(name) for name in component.texts("bad_artist_source_list")]
        names = [name for one in artists for name in _lists_of(one)]
        if artists:
            is_known = all(map(_lists_of, artists))
            stream = stream.with_condition(
                {"artist_in": {"not_in": names}} if is_known else Lost(component.said, _WHOLE_LISTS)
            )
        apart = {"distance": component.number("min_artist_separation", 4), "otherwise": "drop"}
        stream = stream.with_option(component.said, "artist_separation", apart)
        return stream.with_option(component.said, "limit", component.number("max_tracks", 50))

    def _random(self, component: Component) -> Stream:
        """Streams of which the next track comes by chance: all of their tracks, shuffled, where they are mere filters."""
        streams = [self.stream(name) for name in component.texts("source_list")]
        if not streams or not all(stream.is_plain for stream in streams):
            return Stream(Lost(component.said, "blocks take turns here, and not by chance"))
        match = together("any", [stream.match for stream in streams if stream.match is not None])
        lost = tuple(one for stream in streams for one in stream.lost)
        notes = tuple(one for stream in streams for one in stream.notes)
        is_all_known = any(stream.is_all_known for stream in streams)
        return Stream(match, {"shuffle": "run"}, is_all_known=is_all_known, lost=lost, notes=notes)

    def _without_tracks(self, component: Component) -> Stream:
        """The tracks of one stream that are not in another one; with `invert`, those that are."""
        stream, other = (self.stream(component.text(name)) for name in ("true_source", "false_source"))
        member = _filter_of(component, other)
        if component.is_set("by_name"):
            member = Lost(component.said, "tracks are compared by their ids here, not by their names")
        is_inverted = component.is_set("invert")
        return stream.with_condition(member if is_inverted else negated(component.said, member))

    def _without_artists(self, component: Component) -> Stream:
        """The tracks of one stream whose artists are not in another one, which has to be made of whole lists."""
        stream, other = (self.stream(component.text(name)) for name in ("true_source", "false_source"))
        names = _lists_of(other)
        if not names:
            return stream.with_condition(Lost(component.said, _WHOLE_LISTS))
        operator = "in" if component.is_set("invert") else "not_in"
        return stream.with_condition({"artist_in": {operator: names}})


def _filter_of(component: Component, stream: Stream) -> Member:
    """The filter of a stream that is nothing else, or blocks of such. What is lost of it is lost here."""
    if stream.lost:
        return Lost(component.said, stream.lost[0].why)
    parts = [replace(part) for part in (stream.blocks or (stream,))]
    if not all(part.is_plain and not part.lost for part in parts) or (stream.blocks and stream.options):
        return Lost(component.said, "a stream with a limit is no condition here; make it a list of its own")
    return together("any", [part.match for part in parts if part.match is not None])


def _lists_of(stream: Stream) -> list[object]:
    """The names of the lists that a stream consists of; empty where it is anything else."""
    names: list[object] = []
    for part in stream.blocks or (stream,):
        match = part.match
        if set(part.options) - {"sort"} or part.lost or not isinstance(match, Mapping):
            return []
        if match == {"liked": True}:
            names.append("Liked Songs")
        elif set(match) == {"playlist"} and isinstance(match["playlist"], Mapping):
            names += match["playlist"]["in"]
        else:
            return []
    return names if not set(stream.options) - {"sort"} else []
