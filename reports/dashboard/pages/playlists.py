"""Playlists: what each smart list is made by, what changed in every list, what was lost, and how much of each is heard."""

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from typing import Any

from playlists.inspection.reasons import definition_of, reasons
from playlists.language.kinds import Context
from playlists.language.wording import definition_lines
from reports.dashboard.contexts import read_contexts
from reports.dashboard.lists_past import read_sizes
from reports.dashboard.page import Page
from reports.dashboard.scope import Source
from reports.dashboard.smart_rules import clause, nested
from utils.mirror.exclusions import EXCLUSIONS
from utils.mirror.list_past import History, histories_of

LISTS = 300  # of each kind that are shown
CHANGES, NAMES, ALL_NAMES = 4, 8, 1000  # per list; per change and sign; on the page
DIFF = 15  # rows of each sign in the newest one
LOST_DAYS, LOST = 7, 40
STALE_DAYS, TOP, HEALTH = 90, 10, 100
GRACE = timedelta(days=1)  # after the day on which a list is due, before it counts as not up to date
FEWEST_PLAYS = 20  # of a list: of fewer, the share of the ten most played says nothing
STATES = {  # status → its word, and sometimes an explanation
    "active": ("active", ""),
    "creating": ("being made", ""),
    "missing": ("missing", "not to be seen on Spotify at the moment"),
    "retired": ("retired", "deleted on Spotify, its rules are kept"),
}
_ARCHIVE = ("archive", "made once, and left as it is")
Row = Mapping[str, Any]


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    scope = source.scope
    smart = sorted(
        source.kept("site_playlists.smart", exclusions=EXCLUSIONS),
        key=lambda row: (row["name"].casefold(), row["slug"]),
    )
    others = source.kept("site_playlists.others")
    readable = [row for row in others if row["is_readable"]]
    histories = read_histories(source, {row["playlist_id"] for row in readable[:LISTS]})
    shown = sorted(readable[:LISTS], key=lambda row: not _has_changed(histories, row))
    lost_from = scope.now - timedelta(days=LOST_DAYS)
    stale_before = scope.now - timedelta(days=STALE_DAYS)
    health = {
        row["playlist_id"]: row
        for row in source.rows("site_playlists.health", stale_before=stale_before, top=TOP)
    }
    known = [] if scope.has_few else with_health([*smart, *readable], health)
    lists = [_shown(row) for row in smart[:LISTS]]
    judged = [is_current(row, scope.now) for row in smart]
    owned = {
        row["playlist_id"]: row for row in (*smart, *others) if row.get("is_own", True) and row["playlist_id"]
    }
    return {
        "smart": lists,
        "smart_count": len(smart),
        "judged": sum(each is not None for each in judged),
        "current": sum(each is True for each in judged),
        "tracks_of_smart": sum(row["track_count"] or 0 for row in smart),
        "entries_of_own": sum(row["track_count"] or 0 for row in others if row["is_own"]),
        "diff": newest_diff(source, smart, histories),
        "copied_smart": any(row["playlist_id"] in histories for row in smart),
        "others": shown,
        "changed_on": last_change(source, histories),
        "others_count": len(readable),
        "unreadable": len(others) - len(readable),
        "own": sum(row["is_own"] for row in others),
        "histories": histories,
        "lost": source.rows("site_playlists.lost", since=lost_from, limit=LOST),
        "lost_since": max([lost_from, *seen_since(source, histories)]).astimezone(scope.zone).date(),
        "week_ago": lost_from.astimezone(scope.zone).date(),
        "health": known[:HEALTH],
        "health_count": len(known),
        "has_tracks": bool(health),
        "names": owned,
        "sizes": read_sizes(source, list(owned), histories),
        "contexts": read_contexts(source),
        "fewest_plays": FEWEST_PLAYS,
        "covers": source.covers,
    }


def is_current(row: Row, now: datetime) -> bool | None:
    """Whether a smart list was updated when it was due; None of one that is not updated by itself, or in its season alone."""
    if not row["is_dynamic"] or row["status"] == "retired":
        return None
    definition = definition_of(row["slug"], row["name"], row["rules"])
    if definition is None or row["status"] == "missing" or row["last_synced_at"] is None:
        return False
    if definition.seasons or definition.weekdays:
        return None
    due = row["last_synced_at"] + timedelta(days=max(definition.refresh.days, 1))
    return bool(now <= due + GRACE)


def last_change(source: Source, histories: Mapping[str, History]) -> date | None:
    """The day of the newest change of any list; None where none has changed."""
    moments = [history.changes[0].at for history in histories.values() if history.changes]
    return max(moments).astimezone(source.scope.zone).date() if moments else None


def seen_since(source: Source, histories: Mapping[str, History]) -> list[datetime]:
    """Since when it is seen what leaves the lists, and what leaves the library: their first copies, as far as there are any."""
    lists = min((each.since for each in histories.values()), default=None)
    library = source.kept("site_library.changes")[0]["since"]
    return [each for each in (lists, library) if each is not None]


def _has_changed(histories: Mapping[str, History], row: Row) -> bool:
    history = histories.get(row["playlist_id"])
    return history is not None and bool(history.changes)


def read_histories(source: Source, named: Set[str]) -> dict[str, History]:
    """The past of each list, with names for the newest changes of those `named`; of very many changes, only the newest ones have them."""
    histories = histories_of(source.rows("list_past.changes", newest=CHANGES, lists=None))
    by_moment = {
        (playlist_id, change.at): change
        for playlist_id in named & histories.keys()
        for change in histories[playlist_id].changes
    }
    for row in _names(source, list(by_moment), NAMES, ALL_NAMES):
        by_moment[row["playlist_id"], row["changed_at"]].names[row["is_new"]].append(row)
    return histories


def newest_diff(
    source: Source, smart: Sequence[Row], histories: Mapping[str, History]
) -> dict[str, Any] | None:
    """The smart list that changed last, with what came and went, and why."""
    changed = [
        (histories[row["playlist_id"]].changes[0], row)
        for row in smart
        if row["playlist_id"] in histories and histories[row["playlist_id"]].changes
    ]
    if not changed:
        return None
    change, row = max(changed, key=lambda pair: (pair[0].at, pair[1]["slug"]))
    names = _names(source, [(change.playlist_id, change.at)], DIFF, 2 * DIFF)
    came = [each["track_id"] for each in names if each["is_new"] and each["track_id"]]
    went = [each["track_id"] for each in names if not each["is_new"] and each["track_id"]]
    definition = definition_of(row["slug"], row["name"], row["rules"])
    scope = source.scope
    context = Context(scope.user_id, scope.now, scope.zone, {})
    why = reasons(source.cursor, definition, context, came, went) if definition else {}
    return {"list": row, "change": change, "names": names, "why": why}


def with_health(lists: Sequence[Row], health: Mapping[str, Row]) -> list[dict[str, Any]]:
    """The lists that hold tracks, those of which most was never played first."""
    known = [{**row, **health[row["playlist_id"]]} for row in lists if row["playlist_id"] in health]
    return sorted(
        known, key=lambda row: (-row["never"] / row["tracks"], -row["stale"] / row["tracks"], -row["tracks"])
    )


def _names(
    source: Source, moments: Sequence[tuple[str, datetime]], names: int, limit: int
) -> list[Mapping[str, Any]]:
    lists, at = [each[0] for each in moments], [each[1] for each in moments]
    if not lists:
        return []
    return source.rows("list_past.names", lists=lists, moments=at, names=names, limit=limit)


def _shown(row: Row) -> dict[str, Any]:
    definition = definition_of(row["slug"], row["name"], row["rules"])
    word, about = STATES.get(row["status"], (row["status"], ""))
    kind = row["status"] if row["status"] in STATES else ""
    if not row["is_dynamic"] and row["status"] == "active":
        word, about = _ARCHIVE
    elif not row["is_dynamic"]:
        about = f"{about}, an archive" if about else "an archive"
    elif row["out_of_season"]:
        word = "empty" if row["out_of_season"] == "emptied" else "hidden"
        about = "out of its season, and back with it"
    return {
        **row,
        "state": word,
        "about": about,
        "kind": kind,
        "clause": clause(definition) if definition else None,
        "lines": nested(definition_lines(definition)) if definition else [],
    }


PAGE = Page("playlists", "Playlists", "Playlists", read)
