"""Bring smart playlists up to date: which are wanted, which are due, and one list's failure never stops another's."""

from argparse import ArgumentParser
from collections.abc import Collection, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from playlists.arrangement.guards import check
from playlists.arrangement.modes import wanted
from playlists.arrangement.schedule import is_active, is_due, period_name
from playlists.language.document import suggestion
from playlists.language.model import Definition
from playlists.selection.lists import make_lists
from playlists.selection.references import with_named
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.stored import IN_DATABASE, Definitions, definitions_folder, load_all
from playlists.writing.sync import create_or_adopt, sync_list
from playlists.writing.target import ListError, Result, Target
from utils.config import environment
from utils.errors import JobError, PayloadError, RefusedError, SettingsError, UnknownOutcomeError
from utils.job.spotify_run import SpotifyRun
from utils.mirror.own_playlists import OwnLists, read_own_lists

READS = (
    "the views, playlists/definitions/*.yml (PLAYLIST_DEFINITIONS: another folder), playlist_mappings, "
    "GET /me/playlists (scope playlist-read-private)"
)
WRITES = "playlists on Spotify (scopes playlist-modify-private and -public), playlist_mappings"
OF_ONE_LIST = (ListError, PayloadError, RefusedError, UnknownOutcomeError)


def add_arguments(parser: ArgumentParser) -> None:
    """What the scripts that write playlists take."""
    parser.add_argument(
        "--definitions", type=Path, metavar="DIR", help="another folder than playlists/definitions"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the calls, and make none that writes")


def update_lists(
    run: SpotifyRun, *, only: Collection[str] = (), make: bool = False, playlist: str | None = None
) -> None:
    """Make the lists of all definitions, or of `only` those slugs, and make Spotify agree.

    `make`: also those that are only made on request, and those that were deleted on Spotify; `playlist` (id, link or
    URI) is then taken over as the one list of `only`. The options `--definitions` and `--dry-run` are the run's.
    Raises JobError that names the lists that failed, after all others.
    """
    listener = listener_of(run)
    folder = definitions_folder(getattr(run.options.arguments, "definitions", None), environment())
    dry_run = bool(getattr(run.options.arguments, "dry_run", False))
    with run.batch() as cursor:
        found = load_all(cursor, listener.user_id, folder)
        asked = [*only] or asked_for(found)
        lists = make_lists(cursor, with_named(found.definitions, asked), listener)
    chosen = choose(lists, found, only) if only else [one for one in lists if one.origin_slug in asked]
    if playlist is not None and len(chosen) != 1:
        raise SettingsError(
            f"{playlist} cannot be {len(chosen)} lists at once.", "Name the slug of one list."
        )
    failed: dict[str, JobError] = {
        error.slug: error for error in found.errors if not only or error.slug in only
    }
    own: OwnLists | None = None
    for smart in chosen:
        reason = "" if only or run.options.force else not_now(smart, found, listener)
        if reason:
            run.log.info("%s: left as it is: %s", smart.slug, reason)
            run.tally.unchanged_items += 1
            continue
        try:
            if smart.error:
                raise ListError(str(smart.error), smart.error.remedy)
            own = own or read_own_lists(run)
            target = target_of(smart, listener, is_wanted=make or smart.slug in found.stored)
            if make:
                result = create_or_adopt(run, target, own, playlist, dry_run=dry_run)
            else:
                result = sync_list(run, target, own, dry_run=dry_run)
            report(run, result, dry_run=dry_run)
        except OF_ONE_LIST as error:
            failed[smart.slug] = error
    if not only:
        tell_of_the_rest(run, lists, found, asked)
    for slug, problem in failed.items():
        run.log.error("%s: %s %s", slug, problem, problem.remedy)
    if failed:
        raise JobError(
            f"{len(failed)} smart playlists could not be updated: {', '.join(failed)}.",
            "The others are up to date. Mend what is said above, and run again.",
        )


def asked_for(found: Definitions) -> list[str]:
    """Slugs of the definitions that are made without being named: those on request, once somebody has asked for them."""
    own = {definition.slug for definition in found.definitions}
    made = [slug for slug in found.stored if slug not in own]  # of templates and archives

    def is_known(definition: Definition) -> bool:
        several = definition.for_each is not None or definition.mode == "archive"
        return definition.slug in found.stored or (
            several and any(slug.startswith(f"{definition.slug}_") for slug in made)
        )

    return [one.slug for one in found.definitions if one.create == "at_once" or is_known(one)]


def tell_of_the_rest(
    run: SpotifyRun, lists: Sequence[SmartList], found: Definitions, asked: Collection[str]
) -> None:
    """What there is, and is not touched: lists on request, and lists on Spotify that no definition describes now."""
    waiting = len(found.definitions) - len(asked)
    if waiting:
        run.log.info("made on request only: %s of the definitions; ./run playlists list shows them", waiting)
    known = {smart.slug for smart in lists} | {error.slug for error in found.errors}
    templates = tuple(f"{one.slug}_" for one in found.definitions if one.for_each)
    for slug, stored in found.stored.items():
        if stored.rules_source == "file" and stored.is_dynamic and slug not in known:
            reason = "too few tracks for its template" if slug.startswith(templates) else "its file is gone"
            run.log.warning("%s: left as it is: %s; its rules are kept", slug, reason)


def choose(lists: Sequence[SmartList], found: Definitions, only: Collection[str]) -> list[SmartList]:
    """The lists of these slugs, and all lists of these templates. Raises SettingsError for a slug that is none."""
    known = {definition.slug for definition in found.definitions} | {smart.slug for smart in lists}
    known |= {error.slug for error in found.errors}
    for slug in only:
        if slug not in known:
            near = suggestion(slug, known)
            raise SettingsError(f"There is no definition {slug!r}{near}.", "./run playlists list shows them.")
    return [smart for smart in lists if {smart.slug, smart.definition.template} & {*only}]


def listener_of(run: SpotifyRun) -> Listener:
    """The listener of the run's consent. Chance "per run" comes from the run's id."""
    user = run.user
    return Listener(user.user_id, user.market, ZoneInfo(user.time_zone), run.clock.now(), str(run.run_id))


def not_now(smart: SmartList, found: Definitions, listener: Listener) -> str:
    """Why a list is not looked at in this run; empty: it is."""
    definition, stored = smart.definition, found.stored.get(smart.slug)
    if not is_active(definition, listener.today):
        return "today is outside of its season or weekdays"
    if definition.mode == "archive":
        made = found.stored.get(archive_slug(definition, listener))
        return "the list of this period is made" if made and made.last_synced_at else ""
    if stored and not is_due(definition, stored.last_synced_at, listener.now, listener.zone):
        return f"made on {stored.last_synced_at:%Y-%m-%d}, and its refresh is every {definition.refresh.days} days"
    return ""


def target_of(smart: SmartList, listener: Listener, *, is_wanted: bool) -> Target:
    """What Spotify should show of a list. Unless it `is_wanted` all the same, it is not made while it would be empty."""
    definition = smart.definition
    name, description = smart.texts(listener)
    selected = [track.uri for track in smart.pool]

    def contents(current: Sequence[str]) -> list[str]:
        return wanted(definition.mode, definition.keep_percent, selected, current, len(smart.tracks))

    def guard(old: int, removed: int, new: int) -> str | None:
        if old == new == 0 and not is_wanted:
            return "nothing would be in it yet, so it is not made"
        return check(definition, old, removed, new)

    is_archive = definition.mode == "archive"
    return Target(
        slug=archive_slug(definition, listener) if is_archive else smart.slug,
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
    """Of the list of this period: `found_2026_11_16`."""
    return f"{definition.slug}_{period_name(definition, listener.today).replace('-', '_')}"


def report(run: SpotifyRun, result: Result, *, dry_run: bool) -> None:
    """Count what was done, and say it without names: logs can be public."""
    if not dry_run:
        run.tally.new_items += result.status in ("created", "adopted")
        run.tally.updated_items += result.status == "updated"
    run.tally.unchanged_items += dry_run or result.status not in ("created", "adopted", "updated")
    run.tally.items_processed += 1
    calls = len(result.plan.steps)
    done = (
        f"{result.added:,} added, {result.removed:,} removed, {calls:,} {'call' if calls == 1 else 'calls'}"
    )
    run.log.info("%s: %s%s: %s", result.slug, "would be " if dry_run else "", result.status, done)
    if dry_run and result.plan.steps:
        run.log.info("%s: %s", result.slug, result.plan)
    if result.message:
        run.log.warning("%s: %s", result.slug, result.message)
