"""Finds, creates or takes over the playlist on Spotify of a slug.

A list that an earlier run may have created (`made_once.py`) is empty, since a playlist is filled only once its id is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from playlists.writing.adoption import Consent, adoption_of, consent_to_all, is_mostly_selected
from playlists.writing.contents import Contents, read_contents
from playlists.writing.mapping_store import before_adoption, intended
from playlists.writing.seasons import is_hidden, listed_or_shown
from playlists.writing.target import Details, ListError, Status, Target
from utils.job.spotify_run import SpotifyRun
from utils.mirror.exclusions import EXCLUSIONS
from utils.mirror.made_once import (
    create_once,
    intend_list,
    is_described,
    map_list,
    own_lists_called,
    take_list,
)
from utils.mirror.own_playlists import OwnList, OwnLists, is_gone, why_in_doubt
from utils.mirror.playlist_mappings import (
    OtherRow,
    PlaylistMapping,
    find_mapping,
    load_other_rows,
    slug_of_same_name,
    ways_to_let_go,
)
from utils.spotify.links import playlist_id_in


class NotCreated(Exception):
    """The guard objects to the contents that a new list would have."""


@dataclass(frozen=True)
class ListOnSpotify:
    """A playlist with its row, as Spotify lists it or as it was just created; with `dry_run`, as it would be created.

    `doubt`: what is not certain, where it was created all the same; may be empty.
    """

    mapping: PlaylistMapping
    listed: OwnList
    status: Status
    doubt: str = ""


def parse_playlist_id(given: str) -> str:
    """Parse an id, a link (with or without `?si=…` and `intl-de/`) or a URI of a playlist; the id. Raises ListError."""
    playlist_id = playlist_id_in(given)
    if playlist_id is None:
        raise ListError(
            f"{given!r} is not a playlist.",
            "Give its link (in the app: Share → Copy link to playlist), its URI, or its id of 22 letters and digits.",
        )
    return playlist_id


def create_list(
    run: SpotifyRun,
    target: Target,
    lists: OwnLists,
    playlist: str | None,
    *,
    on_request: bool,
    dry_run: bool = False,
    consent: Consent = consent_to_all,
) -> ListOnSpotify:
    """The playlist of a slug: `playlist`, or the one in its row, or one left by a killed run, or a new one.

    `on_request`: somebody asks for this list, so it is created also where it may be there already; the result says so.
    Raises ListError, before anything is created, where slug, name or playlist belong to another list, or where that is
    not certain and nobody asks; NotCreated where the guard objects; what `consent` raises where a list is not to be taken over.
    """
    doubt = ""
    mapping = find_mapping(run, target.slug)
    other_rows = load_other_rows(run, target.slug)
    playlist_id = None if playlist is None else parse_playlist_id(playlist)
    is_own_hidden_one = mapping is not None and mapping.playlist_id == playlist_id and is_hidden(mapping)
    if playlist_id is not None and not is_own_hidden_one:
        return _adopt(run, target, lists, playlist_id, mapping, other_rows, consent, dry_run=dry_run)
    if mapping is not None and mapping.playlist_id is not None:
        listed = listed_or_shown(run, target.slug, lists, mapping, mapping.playlist_id, dry_run=dry_run)
        if listed is not None:
            return ListOnSpotify(mapping, listed, "shown" if is_hidden(mapping) else "updated")
        doubt = _doubt_about(run, lists, mapping.playlist_id)
    other = slug_of_same_name(target.slug, str(target.details["name"]), other_rows)
    if other:
        raise ListError(
            f"The list {other} has the same name already.",
            "Give one of them another name. Nothing was created.",
        )
    taken_ids = {row.playlist_id for row in other_rows if row.playlist_id}
    return _find_left_over_or_create(
        run, target, lists, mapping, taken_ids, doubt, on_request=on_request, dry_run=dry_run
    )


def _adopt(
    run: SpotifyRun,
    target: Target,
    lists: OwnLists,
    playlist_id: str,
    mapping: PlaylistMapping | None,
    other_rows: list[OtherRow],
    consent: Consent,
    *,
    dry_run: bool,
) -> ListOnSpotify:
    """Take over the playlist that the listener names. Raises ListError where it cannot be, and what `consent` raises."""
    for row in other_rows:
        if row.playlist_id == playlist_id:
            forgetting = (
                f", or first ./run playlists forget {row.slug} --yes" if row.slug != EXCLUSIONS else ""
            )
            raise ListError(
                f"Playlist {playlist_id} is the list {row.slug} already.", f"Name another one{forgetting}."
            )
    listed = lists.by_id.get(playlist_id)
    if listed is None or not listed.is_own:
        whose = "belongs to somebody else" if listed else "is not among your playlists, as Spotify lists them"
        raise ListError(
            f"Playlist {playlist_id} {whose}.",
            "Only a list of your own can be taken over.",
        )
    if mapping is not None and mapping.playlist_id == playlist_id:
        return ListOnSpotify(mapping, listed, "adopted" if mapping.status == "creating" else "updated")
    doubt = ""
    if mapping is not None and mapping.playlist_id is not None:
        if mapping.playlist_id in lists.by_id or is_hidden(mapping):
            raise ListError(
                f"{target.slug} has another list already: https://open.spotify.com/playlist/{mapping.playlist_id}",
                f"{ways_to_let_go(target.slug, was_adopted=mapping.before_adoption is not None)} Then run this again.",
            )
        doubt = _doubt_about(run, lists, mapping.playlist_id)
    contents = read_contents(run, playlist_id)
    consent(adoption_of(target, playlist_id, contents.uris))
    before = before_adoption(listed, contents.uris)
    if not dry_run:
        take_list(run, intended(target), playlist_id, before)
    mapping = _mapping_to_store(target, playlist_id, contents, before=before)
    return ListOnSpotify(mapping, listed, "adopted", doubt)


def _doubt_about(run: SpotifyRun, lists: OwnLists, playlist_id: str) -> str:
    """What is not certain about the list that a slug has had so far and that is not listed; empty where it is gone."""
    if is_gone(run, lists, playlist_id):
        return ""
    return f"playlist {playlist_id} may still be there: {why_in_doubt(lists)}"


def _find_left_over_or_create(
    run: SpotifyRun,
    target: Target,
    lists: OwnLists,
    mapping: PlaylistMapping | None,
    taken_ids: set[str],
    doubt: str,
    *,
    on_request: bool,
    dry_run: bool,
) -> ListOnSpotify:
    is_intended = mapping is not None and mapping.status == "creating"
    intended_details = mapping.details if mapping is not None and is_intended else None
    left_over = _find_left_over(lists, intended_details or target.details, taken_ids, is_intended=is_intended)
    contents = read_contents(run, left_over.playlist_id) if left_over and left_over.item_count != 0 else None
    held = contents.uris if contents else []
    if left_over is not None and is_mostly_selected(target, held):
        # An empty one that a stopped run has begun to make is ours, and was nothing before.
        before = before_adoption(left_over, held) if held or intended_details is None else None
        if not dry_run:
            if not is_intended:
                intend_list(run, intended(target))
            map_list(run, target.slug, left_over.playlist_id, intended_details, before)
        return ListOnSpotify(
            _mapping_to_store(target, left_over.playlist_id, contents, intended_details, before),
            left_over,
            "adopted" if intended_details is None else "created",
            doubt,
        )
    if left_over is not None:
        doubt = _doubt_about_contents(target, left_over, on_request=on_request)
    if intended_details is not None and not lists.shows_all:
        # What an earlier run may have created has no id that could be asked for.
        doubt = "an earlier run may have created this list, and your lists could not all be read"
        if not on_request:
            raise ListError(
                f"{doubt}.",
                f"Run again. If it stays so: ./run generate_playlist {target.slug} creates one in any case; "
                "`./run login` gives consent with all scopes.",
            )
    objection = target.guard(0, 0, len(target.wanted(())))
    if objection is not None:
        raise NotCreated(objection)
    details = target.details
    if dry_run:
        return ListOnSpotify(
            _mapping_to_store(target, "", Contents([], ""), details),
            _as_it_would_be(target),
            "created",
            doubt,
        )
    listed = create_once(
        run,
        lists,
        intended(target),
        str(details["description"]),
        is_public=target.is_public,
        is_collaborative=target.is_collaborative,
    )
    made = Contents([], listed.snapshot_id or "")
    mapping = _mapping_to_store(target, listed.playlist_id, made, details)
    return ListOnSpotify(mapping, listed, "created", doubt)


def _find_left_over(
    lists: OwnLists, details: Details, taken_ids: set[str], *, is_intended: bool
) -> OwnList | None:
    """An own playlist of that name and description that belongs to no other slug.

    `is_intended`: a row says that an earlier run was about to create it; then it may have no description, if it is empty.
    Otherwise, as in a new database, the description has to be there and the same: a playlist that only happens to have
    the name is the listener's own, and must not be written.
    """
    name, description = str(details["name"]), str(details["description"])
    for listed in own_lists_called(lists, name, taken_ids):
        may_be_ours = listed.description or (is_intended and listed.item_count == 0)
        if is_described(listed, description) and may_be_ours:
            return listed
    return None


def _doubt_about_contents(target: Target, listed: OwnList, *, on_request: bool) -> str:
    """What is not certain about a list of the same texts that holds something else. Raises ListError where nobody asks for another."""
    doubt = (
        f"your playlist {listed.playlist_id} has the name and the description of this list, "
        "but most of what it holds is not what the rules select"
    )
    if on_request:
        return doubt
    make = f"./run generate_playlist {target.slug}"
    raise ListError(
        f"{doubt[0].upper()}{doubt[1:]}. Nothing was written.",
        f"{make} --playlist {listed.playlist_id} takes it over, and shows what would go; {make} makes a list beside it.",
    )


def _mapping_to_store(
    target: Target,
    playlist_id: str,
    contents: Contents | None,
    details: Details | None = None,
    before: Mapping[str, object] | None = None,
) -> PlaylistMapping:
    """The row of a playlist that was just mapped. `contents`: what it holds, as was just read; a new one holds nothing."""
    return PlaylistMapping(
        playlist_id,
        "active",
        rules_source=target.rules_source,
        is_dynamic=target.is_dynamic,
        snapshot_id=contents.snapshot_id if contents else None,
        details=details,
        contents=contents.uris if contents else None,
        before_adoption=before,
    )


def _as_it_would_be(target: Target) -> OwnList:
    """The playlist that a dry run does not create, as Spotify would list it."""
    details = target.details
    return OwnList(
        "",
        str(details["name"]),
        str(details["description"]),
        "",
        target.is_public,
        target.is_collaborative,
        is_own=True,
        item_count=0,
    )
