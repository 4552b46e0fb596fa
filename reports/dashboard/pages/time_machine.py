"""Time machine: what was in each list, the likes and the saved albums after each change, and the way back to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports.dashboard.library_past import LibraryPast, named, read_library_past
from reports.dashboard.lists_past import (
    ENTRIES,
    STEPS_CARRIED,
    Carried,
    carried,
    entries_of,
    newest_changed,
    put_entries,
)
from reports.dashboard.page import Page
from reports.dashboard.scope import Scope, Source
from utils.database.rows import Events
from utils.mirror.exclusions import EXCLUSIONS
from utils.mirror.list_past import History, histories_of

SHOWN = 30  # entries of the list with which the page begins, as many as its script shows
STAYS, SHOWN_STAYS = 50, 20  # entries whose time in the list is drawn, the newest; those that are not folded
COVERS = 6  # lists that stand on top, those that changed last
LIBRARY = {
    "likes": ("Liked songs", Events("liked", "unliked", "track")),
    "albums": ("Saved albums", Events("saved", "removed", "album")),
}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """A list that can be chosen. `command`: brings it back, but for the date; empty where `why` says what keeps it from that."""

    id: str
    name: str | None
    kind: str  # playlist, likes or albums
    command: str
    why: str = ""


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    lists = [row for row in source.rows("list_past.lists") if row["removed_at"] is None]
    mine = {row["playlist_id"]: row for row in lists if row["is_own"] or row["is_collaborative"]}
    histories = histories_of(source.rows("list_past.changes", newest=1, lists=None))
    library = {
        what: past
        for what, (_, events) in LIBRARY.items()
        if (past := read_library_past(source, what, events)) is not None
    }
    newest = newest_changed(list(mine), histories)
    steps = read_steps(source, newest, library)
    known = [
        *(histories[each] for each in mine if each in histories),
        *(each.history for each in library.values()),
    ]
    told = {
        "lists_count": len(mine.keys() & histories.keys()),
        "not_copied": _not_copied(source, mine, histories),
        "library": library,
        "since": min((each.since for each in known), default=None),
        "changes": sum(each.count for each in known),
        "left_out": sum(bool(histories[each].count) for each in mine if each in histories)
        + sum(bool(each.history.count) for each in library.values())
        - len(steps),
        "most_steps": STEPS_CARRIED,
        "foremost": foremost(source, [mine[each] for each in newest or mine if each in histories], histories),
        "covers": source.covers,
    }
    if not steps:
        return {**told, "choices": (), "begin": None, "stays": (), "address": ""}
    data = entries_of(steps, _rows(source, steps, library))
    for what in library.keys() & data["lists"].keys():
        data["lists"][what]["kind"] = "album" if what == "albums" else "track"
    return {
        **told,
        "choices": [choice_of(each.playlist_id, mine) for each in steps],
        "begin": beginning(source.scope, steps[0], data, choice_of(steps[0].playlist_id, mine)),
        "stays": stays(source.scope, steps[0], data),
        "shown_stays": SHOWN_STAYS,
        "address": put_entries(source, data),
    }


def _not_copied(source: Source, mine: Mapping[str, Row], histories: Mapping[str, History]) -> int:
    """How many own lists, those that were just made by rules among them, hold something that no sync has copied yet."""
    held = [row for row in source.kept("site_playlists.others") if row["playlist_id"] in mine]
    made = [
        row for row in source.kept("site_playlists.smart", exclusions=EXCLUSIONS) if row["status"] == "active"
    ]
    return len({row["playlist_id"] for row in (*held, *made) if row["track_count"]} - histories.keys())


def foremost(
    source: Source, lists: Sequence[Row], histories: Mapping[str, History]
) -> list[tuple[Row, str | None, History]]:
    """The first of these lists, each with the album of its first track, whose cover stands in where it has none."""
    shown = (
        *source.kept("site_playlists.others"),
        *source.kept("site_playlists.smart", exclusions=EXCLUSIONS),
    )
    albums = {row["playlist_id"]: row["album_id"] for row in shown}
    return [(row, albums.get(row["playlist_id"]), histories[row["playlist_id"]]) for row in lists[:COVERS]]


def read_steps(source: Source, newest: Sequence[str], library: Mapping[str, LibraryPast]) -> list[Carried]:
    """What the page carries, the list that changed last first, likes and albums behind the lists; these have their room first."""
    whole: dict[str, History] = {what: past.history for what, past in library.items() if past.history.changes}
    if newest:
        whole |= histories_of(source.rows("list_past.changes", newest=STEPS_CARRIED + 1, lists=list(newest)))
    first = [what for what in library if what in whole]
    found = carried([(each, whole[each]) for each in (*first, *newest)], ENTRIES)
    return sorted(found, key=lambda each: each.playlist_id in LIBRARY)


def _rows(source: Source, steps: Sequence[Carried], library: Mapping[str, LibraryPast]) -> list[Row]:
    """The entries of all that is carried, from the moment on from which it is."""
    lists = [each for each in steps if each.playlist_id not in library]
    found: list[Row] = []
    if lists:
        found += source.rows(
            "list_past.past",
            lists=[each.playlist_id for each in lists],
            moments=[each.since for each in lists],
        )
    since = {each.playlist_id: each.since for each in steps if each.playlist_id in library}
    kept = {
        what: [row for row in library[what].rows if not row["removed_at"] or row["removed_at"] > begin]
        for what, begin in since.items()
    }
    return found + named(source, kept.get("likes", []), kept.get("albums", []))


def choice_of(list_id: str, mine: Mapping[str, Row]) -> Choice:
    """As the page offers it."""
    if list_id in LIBRARY:
        return Choice(list_id, LIBRARY[list_id][0], list_id, f"./run library restore {list_id} --on ")
    row = mine[list_id]
    if row["slug"] and row["slug"] != EXCLUSIONS and row["is_dynamic"] and row["status"] != "retired":
        return Choice(
            list_id,
            row["name"],
            "playlist",
            "",
            f"Rules make it. To let go of it first: ./run playlists forget {row['slug']}",
        )
    return Choice(list_id, row["name"], "playlist", f"./run playlists restore {list_id} --on ")


def beginning(scope: Scope, first: Carried, data: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    """The list that changed last, as it was before that: what the page shows without a script, too."""
    step = len(first.changes) - 1
    at = first.since if step == 0 else first.changes[step - 1].at
    tracks, came, went = data["lists"][first.playlist_id]["entries"]
    names, credits, ids = data["tracks"]
    artists = list(zip(*data["artists"], strict=True))
    held = [
        {
            "name": names[track],
            **_makers(credits[track], artists),
            "track_id": ids[track],
            "is_gone": bool(to),
        }
        for track, from_, to in zip(tracks, came, went, strict=True)
        if from_ <= step and (not to or to > step)
    ]
    return {
        "choice": choice,
        "at": at,
        "on": command_moment(scope, at),
        "held": held[:SHOWN],
        "count": len(held),
        "gone": sum(each["is_gone"] for each in held),
        "first": first.since.astimezone(scope.zone).date(),
        "last": first.changes[-1].at.astimezone(scope.zone).date(),
        "back": sum(from_ > step and not to for from_, to in zip(came, went, strict=True)),
    }


def _makers(
    credits: tuple[int, ...] | str | None, artists: Sequence[tuple[str | None, str]]
) -> dict[str, Any]:
    """Whose a track is, as the templates take it: `artists` where they are known, else `given`, the words for them."""
    if credits is None or isinstance(credits, str):
        return {"artists": [], "given": credits}
    return {"artists": [artists[place] for place in credits], "given": None}


def command_moment(scope: Scope, at: datetime) -> str:
    """The minute of a change, as the commands take it: to its end, so with the change."""
    return f"{at.astimezone(scope.zone):%Y-%m-%dT%H:%M}"


def stays(scope: Scope, first: Carried, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries that came last, the newest first: the days on which each came and went (None: it was there before, is still there).

    `at` and `part`: where that lies, from the first copy (0) to a twelfth of its distance behind the last change (1), not to now, which moves.
    """
    moments = [first.since, *(change.at for change in first.changes)]
    whole = (moments[-1] - moments[0]) * 13 / 12
    names, credits, ids = data["tracks"]
    artists = list(zip(*data["artists"], strict=True))
    entries = zip(*data["lists"][first.playlist_id]["entries"], strict=True)
    newest = sorted(entries, key=lambda entry: (-entry[1], entry[2] or len(moments), entry[0]))[:STAYS]
    rows = []
    for track, came, went in newest:
        begin, end = moments[came], moments[went] if went else moments[0] + whole
        days = [moments[each].astimezone(scope.zone).date() if each else None for each in (came, went)]
        where = {"at": (begin - moments[0]) / whole, "part": (end - begin) / whole}
        told = {"name": names[track], "track_id": ids[track], "came": days[0], "went": days[1]}
        rows.append({**told, **where, **_makers(credits[track], artists)})
    return rows


PAGE = Page(
    "time-machine",
    "Time machine",
    "Time machine",
    read,
    template="time_machine",
    under="playlists",
    public="time-machine",
)
