"""Bring smart playlists up to date: choose the lists of a run, skip those not due, write the others to Spotify.

A list that fails does not stop the others.
"""

from argparse import ArgumentParser
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from playlists.arrangement.guards import guard_objection
from playlists.arrangement.modes import wanted_uris
from playlists.arrangement.schedule import is_active, is_due, period_name
from playlists.language.model import Definition
from playlists.selection.lists import make_lists
from playlists.selection.references import with_referenced_definitions
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.stored import (
    IN_DATABASE,
    ListenerDefinitions,
    definitions_folder,
    load_all_definitions,
)
from playlists.writing.sync import create_or_adopt, sync_list
from playlists.writing.target import ListError, Result, Target
from utils.config import environment
from utils.errors import (
    JobError,
    PayloadError,
    RefusedError,
    SettingsError,
    UnknownOutcomeError,
    suggestion,
)
from utils.job.spotify_run import SpotifyRun
from utils.mirror.own_playlists import OwnLists, read_own_lists

READS = (
    "the views, playlists/definitions/*.yml (PLAYLIST_DEFINITIONS: another folder), playlist_mappings, "
    "GET /me/playlists, GET /playlists/{id}, GET /playlists/{id}/items, GET /me/library/contains (scope "
    "playlist-read-private)"
)
WRITES = (
    "playlist_mappings, and playlists on Spotify: POST /me/playlists, PUT /playlists/{id}, POST, PUT and DELETE "
    "/playlists/{id}/items (scopes playlist-modify-private and -public)"
)
ERRORS_OF_ONE_LIST = (ListError, PayloadError, RefusedError, UnknownOutcomeError)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of every script that writes playlists."""
    parser.add_argument(
        "--definitions", type=Path, metavar="DIR", help="another folder than playlists/definitions"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the calls, and make none that writes")


def update_lists(
    run: SpotifyRun, *, only: Collection[str] = (), create: bool = False, playlist: str | None = None
) -> None:
    """Work out the lists of all definitions, or of `only` those slugs, and make the playlists on Spotify agree.

    `create`: also create lists on request, and lists that were deleted on Spotify; `playlist` (id, link or URI) is
    then taken over as the one list of `only`. The options `--definitions` and `--dry-run` are the run's.
    Raises JobError that names the lists that failed, after all others are done.
    """
    listener = listener_of(run)
    folder = definitions_folder(getattr(run.options.arguments, "definitions", None), environment())
    with run.transaction() as cursor:
        loaded = load_all_definitions(cursor, listener.user_id, folder)
        slugs = [*only] or automatic_slugs(loaded)
        lists = make_lists(cursor, with_referenced_definitions(loaded.definitions, slugs), listener)
    # Besides the lists of the slugs, there are those that they name.
    chosen = choose_lists(lists, loaded, slugs)
    if playlist is not None and len(chosen) != 1:
        raise SettingsError(
            f"{playlist} cannot be {len(chosen)} lists at once.", "Name the slug of one list."
        )
    failed: dict[str, JobError] = {
        error.slug: error for error in loaded.errors if not only or error.slug in only
    }
    writer = ListWriter(run, listener, loaded, create=create, playlist=playlist)
    for smart_list in chosen:
        reason = "" if only or run.options.force else reason_to_skip(smart_list, loaded, listener)
        if reason:
            run.log.info("%s: left as it is: %s", smart_list.slug, reason)
            run.tally.unchanged_items += 1
            continue
        run.check_stop()
        try:
            writer.write(smart_list)
        except ERRORS_OF_ONE_LIST as error:
            failed[smart_list.slug] = error
    if not only:
        log_untouched_lists(run, lists, loaded, slugs)
    report_failures(run, failed)


class ListWriter:
    """Writes one list after another to Spotify. The listener's playlists are read once, before the first of them."""

    def __init__(
        self,
        run: SpotifyRun,
        listener: Listener,
        loaded: ListenerDefinitions,
        *,
        create: bool,
        playlist: str | None,
    ) -> None:
        self.run, self.listener, self.loaded = run, listener, loaded
        self.create, self.playlist = create, playlist
        self.dry_run = bool(getattr(run.options.arguments, "dry_run", False))
        self._own_lists: OwnLists | None = None

    def write(self, smart_list: SmartList) -> None:
        """Bring one list up to date on Spotify and report it. Raises one of ERRORS_OF_ONE_LIST."""
        if smart_list.error:
            raise ListError(str(smart_list.error), smart_list.error.remedy)
        self._own_lists = self._own_lists or read_own_lists(self.run)
        is_wanted = self.create or smart_list.slug in self.loaded.stored
        target = target_of(smart_list, self.listener, is_wanted=is_wanted)
        if self.create:
            result = create_or_adopt(self.run, target, self._own_lists, self.playlist, dry_run=self.dry_run)
        else:
            result = sync_list(self.run, target, self._own_lists, dry_run=self.dry_run)
        report(self.run, result, dry_run=self.dry_run)


def report_failures(run: SpotifyRun, failed: Mapping[str, JobError]) -> None:
    """Log every list that failed, by slug, and raise JobError that names them all; nothing where none failed."""
    for slug, problem in failed.items():
        run.log.error("%s: %s %s", slug, problem, problem.remedy)
    if failed:
        raise JobError(
            f"{len(failed)} smart playlists could not be updated: {', '.join(failed)}.",
            "The others are up to date. Mend what is said above, and run again.",
        )


def automatic_slugs(loaded: ListenerDefinitions) -> list[str]:
    """The definitions that every run updates: those created at once, and those on request that were created once."""
    defined = {definition.slug for definition in loaded.definitions}
    # Rows that no definition has the slug of: the lists of templates and of archives.
    derived = [slug for slug in loaded.stored if slug not in defined]

    def was_created(definition: Definition) -> bool:
        has_derived_lists = definition.for_each is not None or definition.mode == "archive"
        return definition.slug in loaded.stored or (
            has_derived_lists and any(slug.startswith(f"{definition.slug}_") for slug in derived)
        )

    return [
        definition.slug
        for definition in loaded.definitions
        if definition.create == "at_once" or was_created(definition)
    ]


def log_untouched_lists(
    run: SpotifyRun, lists: Sequence[SmartList], loaded: ListenerDefinitions, slugs: Collection[str]
) -> None:
    """Log which lists the run leaves alone: those on request, and those on Spotify without a definition any more.

    `slugs`: of the definitions that the run updates.
    """
    on_request = len(loaded.definitions) - len(slugs)
    if on_request:
        run.log.info(
            "made on request only: %s of the definitions; ./run playlists list shows them", on_request
        )
    known = {smart_list.slug for smart_list in lists} | {error.slug for error in loaded.errors}
    templates = tuple(f"{definition.slug}_" for definition in loaded.definitions if definition.for_each)
    for slug, stored in loaded.stored.items():
        if stored.rules_source == "file" and stored.is_dynamic and slug not in known:
            reason = "too few tracks for its template" if slug.startswith(templates) else "its file is gone"
            run.log.warning("%s: left as it is: %s; its rules are kept", slug, reason)


def choose_lists(
    lists: Sequence[SmartList], loaded: ListenerDefinitions, slugs: Collection[str]
) -> list[SmartList]:
    """The lists that have one of the slugs, or come from a template that has. Raises SettingsError for an unknown slug."""
    known = {definition.slug for definition in loaded.definitions} | {smart_list.slug for smart_list in lists}
    known |= {error.slug for error in loaded.errors}
    for slug in slugs:
        if slug not in known:
            near = suggestion(slug, known)
            raise SettingsError(f"There is no definition {slug!r}{near}.", "./run playlists list shows them.")
    return [
        smart_list for smart_list in lists if {smart_list.slug, smart_list.definition.template} & {*slugs}
    ]


def listener_of(run: SpotifyRun) -> Listener:
    """The listener whose consent the run has. A shuffle with the seed `run` takes its chance from the run's id."""
    user = run.user
    return Listener(user.user_id, user.market, ZoneInfo(user.time_zone), run.clock.now(), str(run.run_id))


def reason_to_skip(smart_list: SmartList, loaded: ListenerDefinitions, listener: Listener) -> str:
    """Why this run does not update a list: out of season, or not due; empty where it does."""
    definition, stored = smart_list.definition, loaded.stored.get(smart_list.slug)
    if not is_active(definition, listener.today):
        return "today is outside of its season or weekdays"
    if definition.mode == "archive":
        archive = loaded.stored.get(archive_slug(definition, listener))
        return "the list of this period is made" if archive and archive.last_synced_at else ""
    if stored and not is_due(definition, stored.last_synced_at, listener.now, listener.zone):
        return f"made on {stored.last_synced_at:%Y-%m-%d}, and its refresh is every {definition.refresh.days} days"
    return ""


def target_of(smart_list: SmartList, listener: Listener, *, is_wanted: bool) -> Target:
    """What the playlist on Spotify should be. A list that is empty is created only if it `is_wanted` all the same."""
    definition = smart_list.definition
    name, description = smart_list.texts(listener)
    selected = [track.uri for track in smart_list.pool]

    def contents(current: Sequence[str]) -> list[str]:
        return wanted_uris(
            definition.mode, definition.keep_percent, selected, current, len(smart_list.tracks)
        )

    def guard(old: int, removed: int, new: int) -> str | None:
        if old == new == 0 and not is_wanted:
            return "nothing would be in it yet, so it is not made"
        return guard_objection(definition, old, removed, new)

    is_archive = definition.mode == "archive"
    return Target(
        slug=archive_slug(definition, listener) if is_archive else smart_list.slug,
        name=name,
        description=description,
        wanted=contents,
        needs_current=definition.mode in ("append", "rotate"),
        is_public=definition.is_public,
        is_collaborative=definition.is_collaborative,
        guard=guard,
        rules=definition.document,
        rules_source="database" if definition.origin.startswith(IN_DATABASE) else "file",
        is_dynamic=not is_archive,
    )


def archive_slug(definition: Definition, listener: Listener) -> str:
    """The slug of the list that an archive has for the period of today: `found_2026_11_16`."""
    return f"{definition.slug}_{period_name(definition, listener.today).replace('-', '_')}"


def report(run: SpotifyRun, result: Result, *, dry_run: bool) -> None:
    """Count and log what was done to a list, without names of tracks or playlists: logs can be public."""
    if not dry_run:
        run.tally.new_items += result.status in ("created", "adopted")
        run.tally.updated_items += result.status == "updated"
    run.tally.unchanged_items += dry_run or result.status not in ("created", "adopted", "updated")
    calls = len(result.plan.steps)
    done = (
        f"{result.added:,} added, {result.removed:,} removed, {calls:,} {'call' if calls == 1 else 'calls'}"
    )
    run.log.info("%s: %s%s: %s", result.slug, "would be " if dry_run else "", result.status, done)
    if dry_run and result.plan.steps:
        run.log.info("%s: %s", result.slug, result.plan)
    if result.message:
        run.log.warning("%s: %s", result.slug, result.message)
