"""Refuses what can be read, and makes no sense together: options without effect, conditions and names that can never fit."""

from itertools import chain

from playlists.language.conditions import lists_named
from playlists.language.entries import Entries
from playlists.language.model import EVERYTHING, Definition
from playlists.language.other_lists import lists_of_order, lists_of_selection
from playlists.language.possible import outside_of_library


def refuse_contradictions(definition: Definition, entries: Entries) -> None:
    """Add a problem for each contradiction in a definition that was read from `entries`."""
    _refuse_options(definition, entries)
    _refuse_conditions_outside_of_source(definition, entries)
    _refuse_placeholders(definition, entries)
    _refuse_self_reference(definition, entries)
    _refuse_references_of_template(definition, entries)


def _refuse_options(definition: Definition, entries: Entries) -> None:
    """Add a problem for each option that makes no sense, or has no effect, together with others."""
    entries.require("name", "what the playlist is called")
    if "blocks" not in entries:
        entries.require("match", "what is in the list; `match: everything` for no filter")
    limit = definition.arrangement.limit.count
    is_shared = bool(definition.listeners)
    is_growing = definition.mode == "append"
    for key, is_wrong, text in (
        ("blocks", "match" in entries, "blocks take the place of match; give one of them"),
        ("mix", "blocks" not in entries, "mix needs blocks"),
        ("keep_percent", definition.mode != "rotate", "keep_percent goes with `mode: rotate` only"),
        (
            "collaborative",
            definition.is_public and definition.is_collaborative,
            "a collaborative list cannot be public; give one of them",
        ),
        (
            "public",
            is_shared and definition.is_public,
            "what listeners agree to show each other is not for everybody; take public out",
        ),
        (
            "mode",
            is_shared and definition.mode in ("append", "archive"),
            "with listeners a list keeps nothing that one of them takes back; write mode: replace, or rotate",
        ),
        (
            "out_of_season",
            is_shared and definition.out_of_season == "hide",
            "with listeners a list keeps nothing that one of them takes back; write out_of_season: empty, or keep",
        ),
        ("for_each", is_shared, "a template (for_each) is of one listener; leave listeners out"),
        ("round_robin", is_shared, "with listeners the tracks of each come in turn; leave round_robin out"),
        (
            "limit",
            is_shared and bool(definition.arrangement.limit.by),
            "with listeners the tracks of each come in turn, in the order of sort; leave by out",
        ),
        (
            "out_of_season",
            not definition.seasons and not definition.weekdays,
            "out_of_season needs a season: give active or weekdays, too",
        ),
        (
            "out_of_season",
            definition.out_of_season != "keep" and definition.mode == "archive",
            "with `mode: archive` each list is of its own day; leave out_of_season out",
        ),
        (
            "out_of_season",
            definition.out_of_season == "empty" and definition.mode == "append",
            "with `mode: append` what is in the list stays; write out_of_season: hide, or keep",
        ),
        ("substitute", definition.include_unplayable, "substitute leaves no track for include_unplayable"),
        (
            "min_tracks",
            limit is not None and definition.min_tracks > limit and not is_growing,
            "min_tracks is more than limit, so the list would never be made",
        ),
    ):
        if is_wrong and key in entries:
            entries.problems.add(entries.place_of_key[key], text)


def _refuse_conditions_outside_of_source(definition: Definition, entries: Entries) -> None:
    """Add a problem for a condition that asks for other tracks than those that the list is made of."""
    if definition.source == "library":
        for condition in chain.from_iterable(map(outside_of_library, definition.filters)):
            text = f"`{condition.text}` finds nothing among the tracks of the library (write from: known)"
            entries.problems.add(condition.place or entries.place, text)


def _refuse_placeholders(definition: Definition, entries: Entries) -> None:
    """Add a problem for `{value}` outside of templates, and for a template or an archive whose lists would all have one name."""
    if not definition.name:
        return
    name, add = definition.name, entries.problems.add
    if definition.mode == "archive" and "{date}" not in name:
        add(entries.place_of_key["name"], "with `mode: archive` {date} has to be in the name")
    if definition.for_each and "{value}" not in name:
        add(entries.place_of_key["name"], "with for_each {value} has to be in the name")
    for key, text in (("name", name), ("description", definition.description)):
        if "for_each" not in entries and "{value}" in text and key in entries:
            add(entries.place_of_key[key], "{value} goes with for_each only")


def _refuse_self_reference(definition: Definition, entries: Entries) -> None:
    """Add a problem for a list that names itself: it cannot be made from itself."""
    text = f"the list names itself ({definition.slug})"
    for key in ("union", "minus", "intersect"):
        if definition.slug in getattr(definition, key):
            entries.problems.add(entries.by_key[key].place, text)
    for match in definition.filters:
        for name, condition in lists_named(match):
            if name == definition.slug:
                entries.problems.add(condition.place or entries.place, text)
    if definition.slug in lists_of_order(definition):
        key = next(name for name in ("sort", "shuffle", "limit", "blocks") if name in entries)
        entries.problems.add(entries.by_key[key].place, text)


def _refuse_references_of_template(definition: Definition, entries: Entries) -> None:
    """Add a problem for a template with a filter that names other lists: its values are found before any list is made."""
    has_filter = any(match != EVERYTHING for match in definition.filters)
    if definition.for_each and has_filter and lists_of_selection(definition):
        text = "a template (for_each) cannot name other lists; name them in lists of their own"
        entries.problems.add(entries.place_of_key["for_each"], text)
