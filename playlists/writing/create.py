"""Which list on Spotify a slug is: created once, also by runs that are killed on the way, or taken over.

The intention is stored before anything is created. A run that finds one looks for the list that an earlier run may
have left; such a list is empty, since it is filled only once it is known.
"""

import re
from dataclasses import dataclass

from playlists.writing.mapping_store import (
    intend_list,
    map_list,
    other_lists,
    take_over_list,
)
from playlists.writing.target import Details, ListError, Status, Target
from utils.job.run import Run
from utils.mirror.own_playlists import OwnList, OwnLists
from utils.mirror.playlist_mappings import PlaylistMapping, find_mapping
from utils.spotify.payloads import text

_PLAYLIST = re.compile(
    r"(?:https?://open\.spotify\.com/(?:intl-[A-Za-z-]+/)?(?:user/[^/]+/)?playlist/|spotify:(?:user:[^:]+:)?playlist:)?"
    r"([0-9A-Za-z]{22})(?:[?#/].*)?"
)


class NotCreated(Exception):
    """The guard objects to the contents that a new list would have."""


@dataclass(frozen=True)
class Made:
    """A list that is there now, as listed or as it was just created; with `dry_run` perhaps one that is not."""

    mapping: PlaylistMapping
    shown: OwnList
    status: Status


def parse_playlist_id(given: str) -> str:
    """The id in an id, a link (`?si=…` and `intl-de/` do not matter) or a URI. Raises ListError."""
    match = _PLAYLIST.fullmatch(given.strip())
    if match is None:
        raise ListError(
            f"{given!r} is not a playlist.",
            "Give its link (in the app: Share → Copy link to playlist), its URI, or its id of 22 letters and digits.",
        )
    return match[1]


def create_list(
    run: Run, target: Target, lists: OwnLists, playlist: str | None, *, dry_run: bool = False
) -> Made:
    """The list of a slug: the one that it has, or `playlist`, or one left by a killed run, or a new one.

    Raises ListError, before anything is created, where slug, name or playlist belong to another list; NotCreated
    where the guard objects.
    """
    mapping = find_mapping(run, target.slug)
    others = other_lists(run, target.slug)
    if playlist is not None:
        return _adopt(run, target, lists, parse_playlist_id(playlist), mapping, others, dry_run=dry_run)
    if mapping is not None and mapping.playlist_id is not None:
        shown = lists.by_id.get(mapping.playlist_id)
        if shown is not None:
            return Made(mapping, shown, "updated")
        if mapping.status != "retired" and not lists.is_complete:
            raise ListError(
                f"{target.slug}: playlist {mapping.playlist_id} is not to be seen at the moment.",
                "Your lists could not all be read, so it may still be there. Run again later.",
            )
    for slug, _, name, status in others:
        if name == target.details["name"] and status != "retired":
            raise ListError(
                f"{target.slug}: the list {slug} has the name {name!r} already.",
                "Give one of them another name. Nothing was created.",
            )
    taken = {playlist_id for _, playlist_id, _, _ in others if playlist_id}
    return _left_over_or_new(run, target, lists, mapping, taken, dry_run=dry_run)


def _adopt(
    run: Run,
    target: Target,
    lists: OwnLists,
    playlist_id: str,
    mapping: PlaylistMapping | None,
    others: list[tuple[str, str | None, str, str]],
    *,
    dry_run: bool,
) -> Made:
    """Take over a list that the listener names."""
    for slug, mapped_id, _, _ in others:
        if mapped_id == playlist_id:
            raise ListError(
                f"{target.slug}: playlist {playlist_id} is the list {slug} already.", "Name another one."
            )
    shown = lists.by_id.get(playlist_id)
    if shown is None or not shown.is_own:
        whose = "belongs to somebody else" if shown else "is not among your playlists"
        raise ListError(
            f"{target.slug}: playlist {playlist_id} {whose}.", "Only a list of your own can be taken over."
        )
    if mapping is not None and mapping.playlist_id == playlist_id:
        return Made(mapping, shown, "adopted" if mapping.status == "creating" else "updated")
    if mapping is not None and mapping.playlist_id is not None and mapping.playlist_id in lists.by_id:
        raise ListError(
            f"{target.slug}: this slug has another list already, {mapping.playlist_id}.",
            "Delete that list on Spotify first, or give the definition another slug.",
        )
    if not dry_run:
        take_over_list(run, target, playlist_id)
    return Made(_fresh(target, playlist_id), shown, "adopted")


def _left_over_or_new(
    run: Run,
    target: Target,
    lists: OwnLists,
    mapping: PlaylistMapping | None,
    taken: set[str],
    *,
    dry_run: bool,
) -> Made:
    is_intended = mapping is not None and mapping.status == "creating"
    intended = mapping.details if mapping is not None and is_intended else None
    found = _left_over(lists, intended or target.details, taken, is_intended=is_intended)
    if found is not None:
        if not dry_run:
            if not is_intended:
                intend_list(run, target)
            map_list(run, target, found.playlist_id, intended)
        return Made(
            _fresh(target, found.playlist_id, intended), found, "adopted" if intended is None else "created"
        )
    if intended is not None and not lists.shows_all:
        raise ListError(
            f"{target.slug}: an earlier run may have created this list, and your lists could not all be read.",
            "Run again; if it stays so, `./run login` gives consent with all scopes.",
        )
    objection = target.guard(0, 0, len(target.wanted(())))
    if objection is not None:
        raise NotCreated(objection)
    details = target.details
    if dry_run:
        return Made(_fresh(target, "", details, ""), _empty(target, "", ""), "created")
    intend_list(run, target)
    answer = run.spotify.create_playlist(
        str(details["name"]),
        str(details["description"]),
        is_public=target.is_public,
        is_collaborative=target.is_collaborative,
    )
    playlist_id = text(answer, "id")
    if playlist_id is None:
        raise ListError(
            f"{target.slug}: Spotify created a list without an id.",
            "Run again: the list is looked for first.",
        )
    map_list(run, target, playlist_id, details)
    snapshot = text(answer, "snapshot_id") or ""
    shown = _empty(target, playlist_id, snapshot)
    lists.by_id[playlist_id] = shown  # so that nobody takes it for deleted
    return Made(_fresh(target, playlist_id, details, snapshot), shown, "created")


def _left_over(lists: OwnLists, details: Details, taken: set[str], *, is_intended: bool) -> OwnList | None:
    """An own list of that name and description that is no other slug's.

    One that was intended is empty still. Without an intention, as in a new database, the description has to say
    whose it is: a list of the listener's own that happens to have the name is not ours to write.
    """
    for shown in lists.by_id.values():
        texts = (shown.name, " ".join(shown.description.split()))
        if (
            shown.is_own
            and shown.playlist_id not in taken
            and texts == (details["name"], details["description"])
            and (shown.description or (is_intended and shown.item_count == 0))
        ):
            return shown
    return None


def _fresh(
    target: Target, playlist_id: str, details: Details | None = None, snapshot: str | None = None
) -> PlaylistMapping:
    """The row as it is now. With a snapshot the list is new, and so known to be empty."""
    return PlaylistMapping(
        playlist_id,
        "active",
        rules_source=target.rules_source,
        is_dynamic=target.is_dynamic,
        snapshot_id=snapshot,
        details=details,
        contents=None if snapshot is None else [],
    )


def _empty(target: Target, playlist_id: str, snapshot: str) -> OwnList:
    """A list that was just created."""
    details = target.details
    return OwnList(
        playlist_id,
        str(details["name"]),
        str(details["description"]),
        snapshot,
        target.is_public,
        target.is_collaborative,
        is_own=True,
        item_count=0,
    )
