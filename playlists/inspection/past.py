"""What changed in a list, and what was in it on a date: `./run playlists history`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TextIO

from psycopg2.extensions import cursor as Cursor

from playlists.inspection.reasons import definition_of, reasons
from playlists.language.kinds import Context
from playlists.selection.past_lists import PastList
from playlists.selection.smart_list import Listener
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.mirror.list_past import History, history_of, past_of
from utils.past_text import Step, Thing, steps_text, things_text
from utils.when import When
from utils.words import counted

LISTED = 50  # changes, unless somebody wants more
NAMED, MOST_NAMED = 1000, 100_000  # things of each sign of a change, and of all


def known_history(cursor: Cursor, user_id: str, meant: PastList, moment: datetime | None = None) -> History:
    """The list's changes. Raises SettingsError where it was never copied, or only after the moment."""
    history = history_of(cursor, user_id, meant.playlist_id)
    if history is None:
        if meant.is_own:
            raise SettingsError(
                f"Nothing was in {meant.title} whenever it was copied.",
                "./run sync_playlists copies it as it is now.",
            )
        raise SettingsError(
            f"What is in {meant.title} was never copied: it belongs to somebody else.",
            "What is in lists of others Spotify does not always show.",
        )
    if moment is not None and moment < history.since:
        raise SettingsError(
            f"{meant.title} was first copied on {history.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC: what was in it before is not known.",
            f"./run playlists history {meant.handle} shows from when on it is.",
        )
    return history


def shown_past(
    cursor: Cursor, listener: Listener, meant: PastList, on: When, *, as_json: bool, stream: TextIO
) -> str:
    """What was in the list at the end of that day, in order as far as that is known."""
    moment = on.last_moment(listener.zone, listener.now)
    history = known_history(cursor, listener.user_id, meant, moment)
    past = past_of(cursor, listener.user_id, meant.playlist_id, moment)
    copied = max([history.since, *(each.at for each in history.changes if each.at <= moment)])
    things = [Thing(each.uri or "", each.name, each.artists) for each in past.entries]
    if as_json:
        answer = {
            "playlist_id": meant.playlist_id,
            "name": meant.name,
            "on": str(on),
            "unchanged_since": copied.astimezone(UTC).isoformat(),
            "order_not_known": past.unplaced,
            "entries": [thing.for_programs() for thing in things],
        }
        return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    lines = [
        f"{meant.title} on {on}: {counted(len(things), 'entry', 'entries')}, as copied on "
        f"{copied.astimezone(listener.zone):%Y-%m-%d %H:%M} ({listener.zone.key})"
    ]
    if past.unplaced:
        last = counted(past.unplaced, "entry stands", "entries stand")
        lines.append(f"The order then was not kept: the last {last} there because the place is not known.")
    if meant.is_own or meant.is_collaborative:
        lines.append(f"To bring it back: ./run playlists restore {meant.handle} --on {on}")
    return "".join(f"{line}\n" for line in lines) + "\n" + things_text(things, stream)


def shown_changes(
    cursor: Cursor, listener: Listener, meant: PastList, limit: int, *, as_json: bool, stream: TextIO
) -> str:
    """What came and went, the newest change first; of a smart list also why a track left, as of today."""
    history = known_history(cursor, listener.user_id, meant)
    shown, count = _steps(cursor, listener, meant, history, limit)
    if as_json:
        answer = {
            "playlist_id": meant.playlist_id,
            "name": meant.name,
            "slug": meant.slug,
            "kept_since": history.since.astimezone(UTC).isoformat(),
            "size_then": history.size,
            "was_adopted": bool(meant.was_adopted),
            "changes": [step.for_programs() for step in shown],
        }
        return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    since = f"{history.since.astimezone(listener.zone):%Y-%m-%d %H:%M} ({listener.zone.key})"
    first = f"first copied on {since}, with {counted(history.size, 'different entry', 'different entries')}"
    lines = [f"{meant.title}: {counted(count, 'change')} seen; {first}"]
    if meant.is_smart and any(step.went for step in shown):
        lines.append("Why a track left is said as of today, by the rules of today.")
    if meant.was_adopted:
        lines.append(
            f"What it held before it was taken over is kept: ./run playlists put-back {meant.slug} brings it back."
        )
    if count > limit:
        lines.append(f"The newest {limit:,} are shown; --limit N shows more.")
    lines.append(
        f"What was in it on a date: ./run playlists history {meant.handle} --on {listener.today.isoformat()}"
    )
    return "".join(f"{line}\n" for line in lines) + "\n" + steps_text(shown, listener.zone, stream)


def _steps(
    cursor: Cursor, listener: Listener, meant: PastList, history: History, limit: int
) -> tuple[list[Step], int]:
    """The newest changes, those of the order as well, the newest first, with names; and how many there are."""
    key = {"user_id": listener.user_id, "playlist_id": meant.playlist_id}
    cursor.execute(statement("list_past.reorderings"), key)
    bare = [Step(change.at, change.came, change.went, change.size) for change in history.changes]
    bare += [Step(at, 0, 0, None) for (at,) in cursor]
    shown = sorted(bare, key=lambda step: step.at, reverse=True)[:limit]
    values = {
        "user_id": listener.user_id,
        "lists": [meant.playlist_id] * len(shown),
        "moments": [step.at for step in shown],
        "names": NAMED,
        "limit": MOST_NAMED,
    }
    cursor.execute(statement("list_past.names"), values)
    columns = [column.name for column in cursor.description or ()]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor]
    why = _why(cursor, listener, meant, [row for row in rows if not row["is_new"]])
    things: dict[tuple[datetime | date, bool], list[Thing]] = {}
    for row in rows:
        artists = row["given"] or ", ".join(name for name, _ in row["artists"] or ()) or None
        note = "" if row["is_new"] else why.get(row["track_id"], "")
        thing = Thing(row["item_uri"], row["name"], artists, note)
        things.setdefault((row["changed_at"], row["is_new"]), []).append(thing)
    found = [
        replace(step, came_first=things.get((step.at, True), ()), went_first=things.get((step.at, False), ()))
        for step in shown
    ]
    return found, len(bare)


def _why(
    cursor: Cursor, listener: Listener, meant: PastList, gone: Sequence[Mapping[str, object]]
) -> Mapping[str, str]:
    """track_id → why it left a smart list, as far as its rules of today say so."""
    if not meant.is_smart or meant.slug is None:
        return {}
    definition = definition_of(meant.slug, meant.rules_name or "", meant.rules or "{}")
    went = [str(row["track_id"]) for row in gone if row["track_id"]]
    if definition is None:
        return {}
    context = Context(listener.user_id, listener.now, listener.zone, {})
    return reasons(cursor, definition, context, [], list(dict.fromkeys(went)))
