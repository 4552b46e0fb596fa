"""Make a list on Spotify agree with its target, and remember what it holds then.

What is on Spotify counts, not what was last written: an edit made by hand, and a write that a kill cut short, show as
another version (`snapshot_id`) and are put right. A list in the version that we know costs no request; one that is
known and has changed costs its writes, and for edits in several calls one reading that proves them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from playlists.writing.apply import Writer, make_plan
from playlists.writing.contents import Contents, read_contents
from playlists.writing.create import NotCreated, create_list
from playlists.writing.mapping_store import (
    agrees_with_target,
    intend_contents,
    is_refused,
    retire,
    store_agreed,
    store_details,
    store_missing,
    store_refused,
)
from playlists.writing.plan import settle
from playlists.writing.steps import PLAYLIST_MAX, Plan, is_addressable, is_local
from playlists.writing.target import (
    Details,
    ListError,
    Result,
    Status,
    Target,
    check_details,
    details_to_set,
)
from utils.errors import NotFoundError, UnavailableError
from utils.job.run import Run
from utils.mirror.own_playlists import OwnList, OwnLists
from utils.mirror.playlist_mappings import PlaylistMapping, find_mapping


def sync_list(run: Run, target: Target, lists: OwnLists, *, dry_run: bool = False) -> Result:
    """Make Spotify agree with the target. A list that there is not yet is created, one that was deleted is not.

    With `dry_run` nothing is written, here or there. Raises ListError and RefusedError for this list alone;
    UnknownOutcomeError where the next run has to find out what has happened.
    """
    check_details(target)
    mapping = find_mapping(run, target.slug)
    status: Status = "updated"
    if mapping is None or mapping.playlist_id is None:
        return create_or_adopt(run, target, lists, None, dry_run=dry_run)
    if mapping.status == "creating":  # a row by hand, which names a list
        status = "adopted"
    shown = lists.by_id.get(mapping.playlist_id)
    if shown is None:
        return _absent(run, target, mapping, lists, dry_run=dry_run)
    return _agree(run, target, mapping, shown, status, dry_run=dry_run)


def create_or_adopt(
    run: Run, target: Target, lists: OwnLists, playlist: str | None, *, dry_run: bool = False
) -> Result:
    """Create the list, or take over the listener's own list that `playlist` (id, link or URI) names, and fill it.

    A list that this slug has already is brought up to date; one that was deleted on Spotify is created again.
    Raises ListError, before anything is created, where slug, name or playlist belong to another list.
    """
    check_details(target)
    try:
        made = create_list(run, target, lists, playlist, dry_run=dry_run)
    except NotCreated as reason:
        return Result(target.slug, "guarded", None, message=str(reason))
    return _agree(run, target, made.mapping, made.shown, made.status, dry_run=dry_run)


def _absent(run: Run, target: Target, mapping: PlaylistMapping, lists: OwnLists, *, dry_run: bool) -> Result:
    """A list that the listener's lists do not show: deleted where the reading proves it, else not to be seen now."""
    playlist_id = mapping.playlist_id
    if lists.is_complete:
        if mapping.status != "retired" and not dry_run:
            retire(run, target.slug)
        message = (
            f"playlist {playlist_id} was deleted on Spotify, so it is no longer written; its rules are kept. "
            f"To create it again: generate_playlist {target.slug}"
        )
        return Result(target.slug, "retired", playlist_id, message=message)
    if mapping.status == "retired":
        return Result(target.slug, "retired", playlist_id, message="it was deleted on Spotify")
    return _missing(run, target, playlist_id, "the listener's lists could not all be read", dry_run=dry_run)


def _missing(run: Run, target: Target, playlist_id: str | None, why: str, *, dry_run: bool) -> Result:
    if not dry_run:
        store_missing(run, target.slug)
    message = f"playlist {playlist_id} is not to be seen at the moment ({why}); nothing is changed"
    return Result(target.slug, "missing", playlist_id, message=message)


def _agree(
    run: Run, target: Target, mapping: PlaylistMapping, shown: OwnList, status: Status, *, dry_run: bool
) -> Result:
    """The list is there: read it unless it is known, and write what differs."""
    if not shown.is_own:
        raise ListError(
            f"{target.slug}: playlist {shown.playlist_id} belongs to somebody else.",
            "Only your own lists can be written: map the slug to one of yours.",
        )
    try:
        return _Sync(run, target, mapping, shown, dry_run=dry_run).result(status)
    except (NotFoundError, UnavailableError) as error:
        return _missing(run, target, shown.playlist_id, str(error), dry_run=dry_run)


class _Decision(NamedTuple):
    """What should become of the contents. `objection`: the guard's reason to leave them."""

    evaluated: list[str]
    planned: Plan
    wanted: list[str]
    objection: str | None

    @property
    def leaves_alone(self) -> bool:
        """Nothing of the list is touched, its name neither."""
        return self.objection is not None and not self.planned.steps


class _Sync:
    """One list that is there."""

    def __init__(
        self, run: Run, target: Target, mapping: PlaylistMapping, shown: OwnList, *, dry_run: bool
    ) -> None:
        self.run, self.target, self.mapping, self.shown = run, target, mapping, shown
        self.dry_run = dry_run
        self.playlist_id = shown.playlist_id
        self.now = run.clock.now()
        self.found: dict[str, str] = {}  # what Spotify has refused in this run
        self.current, self.is_known = self._current()

    def result(self, status: Status) -> Result:
        """Decide, write what differs, and remember it."""
        decision = self._decide()
        details: Details = {}
        if not decision.leaves_alone:
            details = details_to_set(self.target, self.shown, self.mapping.details)
            if not self.dry_run:
                decision = self._prepare(decision, details)
                self._write(decision)
        if not decision.planned.steps and not details and status == "updated":
            status = "unchanged"
        refused = tuple(uri for uri in decision.evaluated if uri in self.found or not self._is_taken(uri))
        return Result(
            self.target.slug,
            "guarded" if decision.objection else status,
            self.playlist_id,
            decision.planned,
            details,
            refused,
            decision.objection or (_about(refused) if self.found else ""),
        )

    def _current(self) -> tuple[Contents, bool]:
        """What the list holds, and whether we knew that without reading it."""
        mapping, snapshot = self.mapping, self.shown.snapshot_id
        if mapping.contents is not None and mapping.wanted_uris is None and mapping.snapshot_id == snapshot:
            return Contents(mapping.contents, snapshot or ""), True
        return read_contents(self.run, self.playlist_id), False

    def _before(self) -> list[str]:
        """What the list held before the change that is under way, if one is."""
        is_half_written = self.mapping.wanted_uris is not None and self.mapping.contents is not None
        return list(self.mapping.contents or []) if is_half_written else self.current.uris

    def _decide(self) -> _Decision:
        """What the definition wants, as the list can come to hold it, and the calls that lead there."""
        before = self._before()
        evaluated = list(self.target.wanted(before if self.target.needs_current else self.current.uris))
        wanted = settle(self.current.uris, self._not_refused(evaluated))
        if len(wanted) > PLAYLIST_MAX:
            raise ListError(
                f"{self.target.slug}: {len(wanted):,} items are wanted; a playlist takes {PLAYLIST_MAX:,}.",
                "Give its definition a limit. Nothing was written.",
            )
        removed = (Counter(before) - Counter(wanted)).total()
        objection = self.target.guard(len(before), removed, len(wanted))
        if objection is not None:
            # A list that is half-written is finished as it was begun, under an evaluation that had no objection.
            begun = self.mapping.wanted_uris
            wanted = (
                self.current.uris if begun is None else settle(self.current.uris, self._not_refused(begun))
            )
        return _Decision(evaluated, make_plan(self.playlist_id, self.current.uris, wanted), wanted, objection)

    def _not_refused(self, uris: Sequence[str]) -> list[str]:
        return [uri for uri in uris if self._is_taken(uri)]

    def _is_taken(self, uri: str) -> bool:
        """Whether Spotify is not known to refuse it. Local files and empty entries are not ours to add."""
        if uri and not is_local(uri) and not is_addressable(uri):
            return False
        return not is_refused(self.mapping, uri, self.now)

    def _prepare(self, decision: _Decision, details: Details) -> _Decision:
        """Set the details, and make sure of the contents that edits build on; the decision that holds then.

        Details come first: writing the contents afterwards gives the version that is remembered.
        """
        if details:
            self.run.spotify.change_playlist(self.playlist_id, details)
            store_details(self.run, self.target)
        if decision.planned.is_one_replace or not (details or (self.is_known and decision.planned.steps)):
            return decision
        if not details and self.run.spotify.playlist_snapshot(self.playlist_id) == self.current.snapshot_id:
            return decision
        self.current = read_contents(self.run, self.playlist_id)
        return self._decide()

    def _write(self, decision: _Decision) -> None:
        run, contents, kept = self.run, self.current, self.mapping.refused
        if decision.planned.steps:
            if len(decision.planned.steps) > 1 or self.target.needs_current:
                intend_contents(run, self.target.slug, self._before(), decision.wanted)
            writer = Writer(run, self.playlist_id, self._refuse)
            contents = writer.write(contents.uris, decision.wanted)
        elif self._is_remembered(contents):
            return
        kept = {uri: when for uri, when in kept.items() if is_refused(self.mapping, uri, self.now)}
        store_agreed(run, self.target, contents.uris, contents.snapshot_id, kept | self.found)

    def _refuse(self, uris: list[str]) -> None:
        self.found |= store_refused(self.run, self.target.slug, uris)

    def _is_remembered(self, contents: Contents) -> bool:
        """Whether the row says all this already, so that it need not be written."""
        mapping = self.mapping
        return (
            agrees_with_target(mapping, self.target)
            and mapping.wanted_uris is None
            and (mapping.snapshot_id, mapping.contents) == (contents.snapshot_id, contents.uris)
        )


def _about(refused: Sequence[str]) -> str:
    """For people: what is left out."""
    if not refused:
        return ""
    shown = ", ".join(refused[:10]) + (" …" if len(refused) > 10 else "")
    return f"Spotify does not take {len(refused)} of the items: {shown}"
