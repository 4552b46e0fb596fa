"""Bring smart playlists up to date: choose the lists of a run, skip those not due, write the others to Spotify.

A list that fails does not stop the others.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.modes import guard_objection, wanted_uris
from playlists.arrangement.schedule import archive_slug, next_active_day
from playlists.consent import ask_about
from playlists.due import is_to_be_rested, reason_to_skip, rests_today
from playlists.selection.lists import make_lists, selected_uris
from playlists.selection.references import with_referenced_definitions
from playlists.selection.renamed import (
    command_for,
    in_the_way,
    renamed_rows,
    store_renamed,
)
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.stored import (
    IN_DATABASE,
    ListenerDefinitions,
    definitions_folder,
    first_slugs,
    load_all_definitions,
    was_made,
)
from playlists.selection.templates import without_lists
from playlists.update_log import (
    CHANGED,
    count,
    log_lists_not_made,
    log_templates_without_lists,
    log_untouched_lists,
    report,
    report_failures,
)
from playlists.writing.create import parse_playlist_id
from playlists.writing.sync import create_or_adopt, hide_list, sync_list
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
    "/playlists/{id}/items, PUT and DELETE /me/library (scopes playlist-modify-private and -public)"
)
ERRORS_OF_ONE_LIST = (ListError, PayloadError, RefusedError, UnknownOutcomeError)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of every script that writes playlists."""
    parser.add_argument(
        "--definitions", type=Path, metavar="DIR", help="another folder than playlists/definitions"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the calls, and make none that writes")


def update_lists(
    run: SpotifyRun,
    *,
    only: Collection[str] = (),
    create: bool = False,
    playlist: str | None = None,
    is_sure: bool = False,
) -> None:
    """Work out the lists of all definitions, or of `only` those slugs, and make the playlists on Spotify agree.

    `create`: also create lists on request, and lists that were deleted on Spotify; `playlist` (id, link or URI) is
    then taken over as the one list of `only`. The options `--definitions` and `--dry-run` are the run's.
    Raises JobError that names the lists that failed, after all others are done.
    """
    listener = listener_of(run)
    folder = definitions_folder(
        getattr(run.options.arguments, "definitions", None), environment(), run.user.name
    )
    with run.transaction() as cursor:
        loaded = load_all_definitions(cursor, listener.user_id, folder)
        renamed = take_over_renamed(run, cursor, loaded, listener)
        slugs = [*only] or automatic_slugs(loaded, may_create=run.app_settings.is_on("playlists.create"))
        needed = with_referenced_definitions(loaded.definitions, slugs)
        lists = make_lists(cursor, needed, listener, loaded.errors, first_slugs(loaded))
    # Besides the lists of the slugs, there are those that they name.
    chosen = [one for one in choose_lists(lists, loaded, slugs) if one.origin_slug not in renamed]
    templates = without_lists((one for one in loaded.definitions if one.slug in slugs), lists)
    is_readable = not any(error.slug in only for error in loaded.errors)
    if playlist is not None and not chosen and is_readable:
        raise SettingsError(
            f"{', '.join(only)} makes no list at the moment, so {playlist} cannot become it.",
            "./run playlists preview with that slug says why.",
        )
    if playlist is not None and len(chosen) > 1:
        raise SettingsError(
            f"{playlist} cannot be {len(chosen)} lists at once.", "Name the slug of one list."
        )
    failed: dict[str, JobError] = {
        error.slug: error for error in loaded.errors if not only or error.slug in only
    }
    writer = ListWriter(
        run, listener, loaded, create=create, playlist=playlist, is_asked=bool(only), is_sure=is_sure
    )
    results: list[Result] = []
    for smart_list in chosen:
        rests = not only and rests_today(smart_list.definition, listener)
        if rests and not is_to_be_rested(smart_list, loaded):
            run.log.debug("%s: out of season", smart_list.slug)
            run.tally.unchanged_items += 1
            continue
        # What somebody has taken back does not wait for the day of a list.
        is_due = rests or only or run.options.force or smart_list.left_out
        reason = "" if is_due else reason_to_skip(smart_list, loaded, listener)
        if reason:
            run.log.debug("%s: left as it is: %s", smart_list.slug, reason)
            run.tally.unchanged_items += 1
            continue
        if smart_list.error is not None and not rests:
            failed[smart_list.slug] = smart_list.error
            continue
        run.check_stop()
        try:
            results.append(writer.rest(smart_list) if rests else writer.write(smart_list))
        except ERRORS_OF_ONE_LIST as error:
            failed[smart_list.slug] = error
    log_templates_without_lists(run, templates, results, loaded, is_asked=bool(only))
    if not only:
        log_lists_not_made(run, results, len(loaded.definitions) - len(slugs))
        log_untouched_lists(run, lists, loaded)
    agree = [one for one in results if one.status in (*CHANGED, "unchanged") and not run.options.dry_run]
    report_failures(run, failed, len(agree))


def take_over_renamed(
    run: SpotifyRun, cursor: Cursor, loaded: ListenerDefinitions, listener: Listener
) -> set[str]:
    """Let files that have a new name take over what they had under the old one; the slugs of those that a dry run leaves out."""
    dry_run = run.options.dry_run
    slugs = renamed_rows(cursor, loaded, listener)
    for old, new in slugs.items():
        would = "would take" if dry_run else "takes"
        run.log.info(
            "%s: %s over the list of %s, whose file is gone: name and rules are the same", new, would, old
        )
    if not dry_run:
        store_renamed(cursor, loaded, listener.user_id, slugs)
        return set()
    for old in slugs:
        del loaded.stored[old]  # it is not one that nobody looks after
    return {
        one.slug
        for one in loaded.definitions
        if any(new == one.slug or new.startswith(f"{one.slug}_") for new in slugs.values())
    }


class ListWriter:
    """Writes one list after another to Spotify, and reports each. The listener's playlists are read once, before the first."""

    def __init__(
        self,
        run: SpotifyRun,
        listener: Listener,
        loaded: ListenerDefinitions,
        *,
        create: bool,
        playlist: str | None,
        is_asked: bool,
        is_sure: bool,
    ) -> None:
        self.run, self.listener, self.loaded = run, listener, loaded
        self.create, self.playlist, self.is_asked, self.is_sure = create, playlist, is_asked, is_sure
        self.dry_run = run.options.dry_run
        self._own_lists: OwnLists | None = None

    def write(self, smart_list: SmartList) -> Result:
        """Bring one list up to date on Spotify; what was done. Raises one of ERRORS_OF_ONE_LIST."""
        self._own_lists = self._own_lists or read_own_lists(self.run)
        self._refuse_list_of_lost_file(smart_list)
        for text in smart_list.left_out:
            self.run.log.warning("%s: %s", smart_list.slug, text)
        is_wanted = self.create or smart_list.slug in self.loaded.stored
        selects = partial(self._selected_uris, smart_list)
        target = target_of(smart_list, self.listener, selects, is_wanted=is_wanted)
        if self.create:
            consent = partial(ask_about, self.run, is_sure=self.is_sure, dry_run=self.dry_run)
            result = create_or_adopt(
                self.run, target, self._own_lists, self.playlist, dry_run=self.dry_run, consent=consent
            )
        else:
            result = sync_list(self.run, target, self._own_lists, dry_run=self.dry_run)
        count(self.run, result, dry_run=self.dry_run)
        report(self.run, result, dry_run=self.dry_run, is_asked=self.is_asked)
        return result

    def rest(self, smart_list: SmartList) -> Result:
        """Empty or hide a list whose season is over; what was done. Raises one of ERRORS_OF_ONE_LIST."""
        self._own_lists = self._own_lists or read_own_lists(self.run)
        empty = replace(smart_list, tracks=[], pool=[])
        target = replace(
            target_of(empty, self.listener, tuple, is_wanted=True),
            wanted=lambda _current: (),
            needs_current=False,
            guard=lambda _old, _removed, _new: None,
            out_of_season="emptied",
        )
        if smart_list.definition.out_of_season == "hide":
            result = hide_list(self.run, target, self._own_lists, dry_run=self.dry_run)
        else:
            result = sync_list(self.run, target, self._own_lists, dry_run=self.dry_run)
            if result.status in ("updated", "shown", "unchanged"):
                result = replace(result, status="emptied")
        count(self.run, result, dry_run=self.dry_run)
        if result.status != "hidden":
            report(self.run, result, dry_run=self.dry_run, is_asked=self.is_asked)
        if result.status in ("emptied", "hidden"):
            would = "would be " if self.dry_run else ""
            day = next_active_day(smart_list.definition, self.listener.today)
            until = f" until {day}" if day else ""
            self.run.log.info("%s: %s%s out of season%s", result.slug, would, result.status, until)
        return result

    def _refuse_list_of_lost_file(self, smart_list: SmartList) -> None:
        """Raise ListError where the list that would be made is there, and its file is gone."""
        name, _ = smart_list.texts(self.listener)
        given = parse_playlist_id(self.playlist) if self.playlist is not None else None
        stored = in_the_way(self.loaded, smart_list.slug, name, given)
        if stored is not None:
            raise ListError(
                f"The list {stored.slug}, whose file is gone, is there already.",
                f"{command_for(self.loaded, stored)} gives it to this definition; "
                f"./run playlists forget {stored.slug} leaves it to you.",
            )

    def _selected_uris(self, smart_list: SmartList) -> set[str]:
        with self.run.transaction() as cursor:
            return selected_uris(cursor, smart_list, self.listener)


def automatic_slugs(loaded: ListenerDefinitions, *, may_create: bool = True) -> list[str]:
    """The definitions that every run updates: those created at once, if it `may_create` lists, and those that were created once."""
    return [
        definition.slug
        for definition in loaded.definitions
        if (may_create and definition.create == "at_once") or was_made(loaded, definition)
    ]


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
    return Listener(user.user_id, user.market, ZoneInfo(user.time_zone), run.clock.now(), run.run_id)


def target_of(
    smart_list: SmartList, listener: Listener, selects: Callable[[], Collection[str]], *, is_wanted: bool
) -> Target:
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
            return "nothing would be in it"
        # What somebody has taken back goes, however much it is.
        return None if smart_list.left_out else guard_objection(definition, old, removed, new)

    is_archive = definition.mode == "archive"
    return Target(
        slug=archive_slug(definition, listener.today) if is_archive else smart_list.slug,
        name=name,
        description=description,
        wanted=contents,
        selects=selects,
        needs_current=definition.mode in ("append", "rotate"),
        is_public=definition.is_public,
        # A list of several listeners is not left public where it was.
        says_public=definition.says_public or bool(definition.listeners),
        is_collaborative=definition.is_collaborative,
        guard=guard,
        rules=definition.document,
        rules_source="database" if definition.origin.startswith(IN_DATABASE) else "file",
        is_dynamic=not is_archive,
    )
