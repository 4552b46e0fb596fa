"""Makes a playlist on Spotify agree with its target, and stores what it holds then.

The contents on Spotify count, not what was last written: an edit made by hand, and a write that a killed run did not
finish, show as another version (`snapshot_id`) and are corrected. A playlist in the stored version costs no request, if
nothing changes; if something does, it costs the writes, and after edits the reading of the pages around them
(`parts.py`). What was not read is read at the latest a week later, and at once where anything is in doubt.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from playlists.writing.adoption import Consent, consent_to_all
from playlists.writing.apply import Writer, make_plan
from playlists.writing.contents import Contents, read_contents
from playlists.writing.create import NotCreated, create_list
from playlists.writing.mapping_store import (
    before_adoption,
    intend_contents,
    is_proof_due,
    is_refused,
    keep_before_adoption,
    replaced_to_store,
    retire,
    says_what_target_says,
    store_details,
    store_missing,
    store_refused,
    store_synced,
)
from playlists.writing.parts import edits_between, read_changed
from playlists.writing.plan import reachable_contents
from playlists.writing.replaced import Replaced
from playlists.writing.seasons import hide, is_hidden, listed_or_shown
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
from playlists.writing.visibility import note_visibility, visibility_to_restore
from utils.clock import cannot_be
from utils.errors import NotFoundError, UnavailableError
from utils.job.spotify_run import SpotifyRun
from utils.mirror.own_playlists import OwnList, OwnLists, is_gone, why_in_doubt
from utils.mirror.playlist_mappings import PlaylistMapping, find_mapping


def sync_list(run: SpotifyRun, target: Target, lists: OwnLists, *, dry_run: bool = False) -> Result:
    """Make Spotify agree with the target. A list that does not exist yet is created, one that was deleted is not.

    With `dry_run` nothing is written, here or there. Raises ListError and RefusedError for this list alone;
    UnknownOutcomeError where the next run has to find out what has happened.
    """
    check_details(target)
    mapping = find_mapping(run, target.slug)
    status: Status = "updated"
    if mapping is None or mapping.playlist_id is None:
        return create_or_adopt(run, target, lists, None, on_request=False, dry_run=dry_run)
    if mapping.status == "creating":  # somebody wrote the row by hand, with the id of a playlist
        status = "adopted"
    elif is_hidden(mapping):
        status = "shown"
    listed = listed_or_shown(run, target.slug, lists, mapping, mapping.playlist_id, dry_run=dry_run)
    if listed is None:
        return _result_of_absent(run, target, mapping, mapping.playlist_id, lists, dry_run=dry_run)
    return _make_agree(run, target, mapping, listed, status, dry_run=dry_run)


def hide_list(run: SpotifyRun, target: Target, lists: OwnLists, *, dry_run: bool = False) -> Result:
    """Take the list of a target out of the listener's library. What became of one that is not there is said as by `sync_list`."""
    mapping = find_mapping(run, target.slug)
    if mapping is None or mapping.playlist_id is None:
        return Result(target.slug, "guarded", None, message="out of its season")
    if mapping.playlist_id not in lists.by_id and mapping.out_of_season is None:
        return _result_of_absent(run, target, mapping, mapping.playlist_id, lists, dry_run=dry_run)
    if not dry_run:
        hide(run, target.slug, mapping.playlist_id, lists)
    return Result(target.slug, "hidden", mapping.playlist_id)


def create_or_adopt(
    run: SpotifyRun,
    target: Target,
    lists: OwnLists,
    playlist: str | None,
    *,
    on_request: bool = True,
    dry_run: bool = False,
    consent: Consent = consent_to_all,
) -> Result:
    """Create the list, or take over the listener's own list that `playlist` (id, link or URI) names, and fill it.

    A list that this slug has already is brought up to date; one that was deleted on Spotify is created again. So is one
    of which that is in doubt, where somebody asks for it (`on_request`); the message says what is in doubt.
    Raises ListError, before anything is created, where slug, name or playlist belong to another list; and what `consent`
    raises, which is asked before a list that `playlist` names is taken over.
    """
    check_details(target)
    try:
        on_spotify = create_list(
            run, target, lists, playlist, on_request=on_request, dry_run=dry_run, consent=consent
        )
    except NotCreated as reason:
        return Result(target.slug, "guarded", None, message=str(reason))
    result = _make_agree(
        run, target, on_spotify.mapping, on_spotify.listed, on_spotify.status, dry_run=dry_run
    )
    return replace(result, message="; ".join(filter(None, (on_spotify.doubt, result.message))))


def _result_of_absent(
    run: SpotifyRun,
    target: Target,
    mapping: PlaylistMapping,
    playlist_id: str,
    lists: OwnLists,
    *,
    dry_run: bool,
) -> Result:
    """The result for a playlist that is not listed: it was deleted if Spotify says so, asked for its id; else it is missing.

    Of one that was found to be deleted that is not asked again: it is back when it is listed.
    """
    if mapping.status != "retired" and not is_gone(run, lists, playlist_id):
        return _result_of_missing(run, target, playlist_id, why_in_doubt(lists), dry_run=dry_run)
    if mapping.status != "retired" and not dry_run:
        retire(run, target.slug)
    message = (
        f"playlist {playlist_id} was deleted on Spotify, so it is no longer written; its rules are kept. "
        f"To create it again: ./run generate_playlist {target.slug}"
    )
    return Result(target.slug, "retired", playlist_id, message=message)


def _result_of_missing(
    run: SpotifyRun, target: Target, playlist_id: str | None, why: str, *, dry_run: bool
) -> Result:
    if not dry_run:
        store_missing(run, target.slug)
    message = f"playlist {playlist_id} is not to be seen at the moment ({why}); nothing is changed"
    return Result(target.slug, "missing", playlist_id, message=message)


def _make_agree(
    run: SpotifyRun,
    target: Target,
    mapping: PlaylistMapping,
    listed: OwnList,
    status: Status,
    *,
    dry_run: bool,
) -> Result:
    """Make a playlist that exists agree with the target. Raises ListError where it is not the listener's own."""
    if not listed.is_own:
        raise ListError(
            f"Playlist {listed.playlist_id} belongs to somebody else.",
            "Only your own lists can be written: map the slug to one of yours.",
        )
    try:
        return _Sync(run, target, mapping, listed, dry_run=dry_run).result(status)
    except (NotFoundError, UnavailableError) as error:
        return _result_of_missing(run, target, listed.playlist_id, str(error), dry_run=dry_run)


class _Decision(NamedTuple):
    """The contents that the list should get, and the calls for that. All URIs are ours (`replaced.py`).

    `evaluated`: what the definition wants; `wanted`: the same as far as calls can reach it. `objection`: the reason of the
    guard to leave the list as it is; then `wanted` is what it holds, or what a change that was begun leads to.
    """

    evaluated: list[str]
    planned: Plan
    wanted: list[str]
    objection: str | None

    @property
    def leaves_alone(self) -> bool:
        """Whether nothing of the list is written, not even its name."""
        return self.objection is not None and not self.planned.steps


class _Sync:
    """The update of one playlist that exists."""

    def __init__(
        self, run: SpotifyRun, target: Target, mapping: PlaylistMapping, listed: OwnList, *, dry_run: bool
    ) -> None:
        self.run, self.target, self.mapping, self.listed = run, target, mapping, listed
        self.dry_run = dry_run
        self.playlist_id = listed.playlist_id
        self.now = run.clock.now()
        self.refused_now: dict[str, str] = {}  # URI → when Spotify refused it in this run
        self.replaced = Replaced({uri: each["uri"] for uri, each in mapping.replaced.items()})
        self.unproven_since = mapping.unproven_since
        self.current, self.is_known = self._current()

    def result(self, status: Status) -> Result:
        """Decide what to write, write it, and store it; what was done. `status`: the status if something changes."""
        decision = self._decide()
        details: Details = {}
        if not decision.leaves_alone:
            details = {
                **details_to_set(self.target, self.listed, self.mapping.details),
                **visibility_to_restore(
                    self.run, self.target, self.mapping, self.listed, dry_run=self.dry_run
                ),
            }
            if not self.dry_run:
                # One that a stopped run has made, and not filled, has `details`, and held nothing.
                if status == "adopted" and not self.mapping.details and self.mapping.before_adoption is None:
                    keep_before_adoption(
                        self.run, self.target.slug, before_adoption(self.listed, self._before())
                    )
                decision = self._prepare(decision, details)
                self._write(decision)
        if not decision.planned.steps and not details and status == "updated":
            status = "unchanged"
        refused = tuple(
            uri for uri in decision.evaluated if uri in self.refused_now or not self._may_be_added(uri)
        )
        return Result(
            self.target.slug,
            "guarded" if decision.objection else status,
            self.playlist_id,
            decision.planned,
            details,
            refused,
            decision.objection or (_message_about(refused) if self.refused_now else ""),
        )

    def _current(self) -> tuple[Contents, bool]:
        """What the list shows, and whether that was known from the row, without reading the list."""
        known, snapshot = self._known(), self.listed.snapshot_id
        if known is None:
            return self._read(None), False
        if known.snapshot_id == snapshot and not is_proof_due(self.unproven_since, self.now):
            return known, True
        return self._read(known), False

    def _known(self) -> Contents | None:
        """What the list showed in the version that the row knows; None where it knows none, or a change was not finished."""
        mapping = self.mapping
        if mapping.contents is None or mapping.wanted_uris is not None or mapping.snapshot_id is None:
            return None
        return Contents(self.replaced.shown(mapping.contents), mapping.snapshot_id)

    def _read(self, known: Contents | None) -> Contents:
        """What the list shows: read as a whole, or what has changed since a version that is `known`."""
        in_parts = None
        if known is not None and not is_proof_due(self.unproven_since, self.now):
            in_parts = read_changed(self.run, self.playlist_id, known)
        contents, is_all = in_parts or (read_contents(self.run, self.playlist_id), True)
        self.unproven_since = None if is_all else self.unproven_since or self.now
        self.replaced = self.replaced.without(contents.uris)
        return contents

    def _held(self) -> list[str]:
        """What the list holds, in our URIs."""
        return self.replaced.ours(self.current.uris, self.mapping.contents or ())

    def _before(self) -> list[str]:
        """What the list held before an unfinished change was begun; without one, what it holds now."""
        is_half_written = self.mapping.wanted_uris is not None and self.mapping.contents is not None
        return list(self.mapping.contents or []) if is_half_written else self._held()

    def _decide(self) -> _Decision:
        """Work out the wanted contents and the calls for them. Raises ListError where there are too many items."""
        before = self._before()
        evaluated = list(self.target.wanted(before if self.target.needs_current else self._held()))
        wanted = reachable_contents(self.current.uris, self._without_refused(evaluated))
        if len(wanted) > PLAYLIST_MAX:
            raise ListError(
                f"{len(wanted):,} items are wanted; a playlist takes {PLAYLIST_MAX:,}.",
                f"{self._remedy_for_too_many(evaluated)} Nothing was written.",
            )
        held = set(before)  # copies that someone has added by hand are no tracks that would go
        objection = self.target.guard(len(held), len(held.difference(wanted)), len(wanted))
        if objection is not None:
            # An unfinished change is finished: when it was begun, the guard had no objection.
            begun_uris = self.mapping.wanted_uris
            wanted = (
                self._held()
                if begun_uris is None
                else reachable_contents(self.current.uris, self._without_refused(begun_uris))
            )
        planned = make_plan(self.playlist_id, self.current.uris, self.replaced.shown(wanted))
        return _Decision(evaluated, planned, wanted, objection)

    def _remedy_for_too_many(self, evaluated: Sequence[str]) -> str:
        """What helps a list of which too many items are wanted: no limit does where it is too many only with what the list holds."""
        if len(evaluated) <= PLAYLIST_MAX or len(self.target.wanted(())) > PLAYLIST_MAX:
            return "Give its definition a limit."
        return (
            "It keeps all that it ever held (mode: append), so a limit does not help. Give its definition's file another name, and "
            "the list another `name`: then a new list is begun, and this one stays as it is. Or `mode: replace`, with a "
            "`limit`, lets it hold only what is selected now."
        )

    def _without_refused(self, uris: Sequence[str]) -> list[str]:
        return [uri for uri in uris if self._may_be_added(uri)]

    def _may_be_added(self, uri: str) -> bool:
        """Whether a wanted URI may stay in the list: it is well-formed, and Spotify has not refused it lately.

        Local files and entries without content may: `reachable_contents` decides about them.
        """
        if uri and not is_local(uri) and not is_addressable(uri):
            return False
        return not is_refused(self.mapping, uri, self.now)

    def _prepare(self, decision: _Decision, details: Details) -> _Decision:
        """Set the details, and read the contents again if edits depend on them; the decision for what they are then.

        Details come first, so that the version after the last write is the one to store.
        """
        if details:
            self.run.spotify.change_playlist(self.playlist_id, details)
            store_details(self.run, self.target)
            if "public" in details:
                note_visibility(self.run, self.target, self.mapping, self.playlist_id)
        if decision.planned.is_replacement and self.unproven_since is not None:
            # A local file that was put where nobody has looked would be lost.
            self.current = self._read(None)
            return self._decide()
        if decision.planned.is_one_replace or not (details or (self.is_known and decision.planned.steps)):
            return decision
        snapshot = self.run.spotify.playlist_snapshot(self.playlist_id)
        if edits_between(self.current.snapshot_id, snapshot) == (1 if details else 0):  # ours alone
            if details:
                self.unproven_since = self.unproven_since or self.now
            self.current = Contents(self.current.uris, snapshot)
            return decision
        self.current = self._read(self.current)
        return self._decide()

    def _write(self, decision: _Decision) -> None:
        """Write the contents, if anything differs, and store what the list holds."""
        run, shown = self.run, self.current
        if decision.planned.steps:
            if len(decision.planned.steps) > 1 or self.target.needs_current:
                intend_contents(run, self.target.slug, self._before(), decision.wanted)
            writer = Writer(run, self.playlist_id, self._remember_refused, self.replaced)
            shown = writer.write(shown, decision.wanted)
            self.replaced = writer.replaced
            self.unproven_since = None if writer.is_all_proven else self.unproven_since or self.now
        contents = Contents(self.replaced.ours(shown.uris, decision.wanted), shown.snapshot_id)
        if not decision.planned.steps and self._is_remembered(contents):
            return
        still_refused = {
            uri: when for uri, when in self.mapping.refused.items() if is_refused(self.mapping, uri, self.now)
        }
        store_synced(
            run,
            self.target,
            contents.uris,
            contents.snapshot_id,
            still_refused | self.refused_now,
            replaced_to_store(self.mapping, self.replaced, decision.evaluated, self.now),
            self.unproven_since,
        )

    def _remember_refused(self, uris: list[str]) -> None:
        self.refused_now |= store_refused(self.run, self.target.slug, uris)

    def _is_remembered(self, contents: Contents) -> bool:
        """Whether the row holds the target and these contents already, so that it need not be written."""
        mapping = self.mapping
        return (
            says_what_target_says(mapping, self.target)
            and mapping.wanted_uris is None
            and mapping.unproven_since == self.unproven_since
            and mapping.last_synced_at is not None
            and not cannot_be(mapping.last_synced_at, self.now)
            and (mapping.snapshot_id, mapping.contents) == (contents.snapshot_id, contents.uris)
        )


def _message_about(refused: Sequence[str]) -> str:
    """A message about the URIs that are left out; empty where there are none."""
    if not refused:
        return ""
    first_ones = ", ".join(refused[:10]) + (" …" if len(refused) > 10 else "")
    return f"Spotify does not take {len(refused)} of the items: {first_ones}"
