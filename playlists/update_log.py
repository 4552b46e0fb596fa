"""Tells and counts what an update has done to each list, without names of tracks or playlists: logs can be public."""

import logging
from collections.abc import Mapping, Sequence

from playlists.language.model import Definition
from playlists.selection.renamed import command_for
from playlists.selection.smart_list import SmartList
from playlists.selection.stored import ListenerDefinitions
from playlists.selection.templates import why_no_list
from playlists.writing.target import Result
from utils.errors import JobError, SettingsError
from utils.job.spotify_run import SpotifyRun
from utils.words import counted

CHANGED = ("created", "adopted", "updated", "shown", "emptied", "hidden")


def report(run: SpotifyRun, result: Result, *, dry_run: bool, is_asked: bool) -> None:
    """Log what was done to a list, without names of tracks or playlists: logs can be public.

    Nothing is said aloud of a list that is as it was, unless it is asked about by name, or with `--dry-run`.
    """
    if is_not_made(result) and not (dry_run or is_asked):
        return  # see log_lists_not_made
    would = "would be " if dry_run else ""
    if result.status == "guarded":
        kept = f"{would}left as it is"
        if is_not_made(result):
            kept = "would not be made" if dry_run else "not made"
        run.log.warning("%s: %s: %s", result.slug, kept, result.message)
    elif result.status in ("missing", "retired"):
        run.log.warning("%s: %s%s: %s", result.slug, would, result.status, result.message)
    else:
        calls = counted(len(result.plan.steps), "call")
        done = f"{result.added:,} added, {result.removed:,} removed, {calls}"
        is_news = dry_run or is_asked or result.status in CHANGED
        level = logging.INFO if is_news else logging.DEBUG
        run.log.log(level, "%s: %s%s: %s", result.slug, would, result.status, done)
        if result.message:
            run.log.warning("%s: %s", result.slug, result.message)
    if dry_run and result.plan.steps:
        run.log.info("%s: %s", result.slug, result.plan)


def count(run: SpotifyRun, result: Result, *, dry_run: bool) -> None:
    """Count what was done to a list."""
    if not dry_run:
        run.tally.new_items += result.status in ("created", "adopted")
        run.tally.updated_items += result.status in ("updated", "shown", "emptied", "hidden")
    run.tally.unchanged_items += dry_run or result.status not in CHANGED


def is_not_made(result: Result) -> bool:
    """Whether a list does not exist because its guard would not have it, or because nothing would be in it."""
    return result.status == "guarded" and result.playlist_id is None


def report_failures(run: SpotifyRun, failed: Mapping[str, JobError], others: int) -> None:
    """Log every list that failed, by slug, and raise JobError that names them all; nothing where none failed.

    `others`: how many lists hold now what they should.
    """
    for slug, problem in failed.items():
        # What is wrong with a definition names its file.
        named = "" if isinstance(problem, SettingsError) else f"{slug}: "
        run.log.error("%s%s %s", named, problem, problem.remedy)
    if failed:
        up_to_date = {0: "", 1: "The other one is up to date. "}.get(others, "The others are up to date. ")
        raise JobError(
            f"{counted(len(failed), 'smart playlist')} could not be updated: {', '.join(failed)}.",
            f"{up_to_date}Mend what is said above, and run again.",
        )


def log_lists_not_made(run: SpotifyRun, results: Sequence[Result], on_request: int) -> None:
    """Log which lists are not made yet, and how many only when somebody asks; aloud only in a run that has changed something."""
    has_changed = any(result.status in CHANGED for result in results)
    level = logging.INFO if has_changed else logging.DEBUG
    for result in results:
        if is_not_made(result):
            run.log.log(level, "%s: not made yet: %s", result.slug, result.message)
    if on_request:
        run.log.log(
            level,
            "%s; ./run playlists list shows which",
            counted(
                on_request,
                "more list is made only when you ask for it",
                "more lists are made only when you ask for them",
            ),
        )


def log_templates_without_lists(
    run: SpotifyRun,
    templates: Sequence[Definition],
    results: Sequence[Result],
    loaded: ListenerDefinitions,
    *,
    is_asked: bool,
) -> None:
    """Log which templates make no list: as of a list that is not made. Of one whose lists are there already, only if asked."""
    dry_run = run.options.dry_run
    has_changed = any(result.status in CHANGED for result in results)
    for template in templates:
        assert template.for_each is not None
        reason = why_no_list(template.for_each)
        if is_asked or dry_run:
            not_made = "would not be made" if dry_run else "not made"
            run.log.warning("%s: %s: %s", template.slug, not_made, reason)
        elif not any(slug.startswith(f"{template.slug}_") for slug in loaded.stored):
            level = logging.INFO if has_changed else logging.DEBUG
            run.log.log(level, "%s: not made yet: %s", template.slug, reason)


def log_untouched_lists(run: SpotifyRun, lists: Sequence[SmartList], loaded: ListenerDefinitions) -> None:
    """Log which lists on Spotify have no definition any more, and are left alone, and what can be done about each."""
    known = {smart_list.slug for smart_list in lists} | {error.slug for error in loaded.errors}
    templates = tuple(f"{definition.slug}_" for definition in loaded.definitions if definition.for_each)
    for slug, stored in loaded.stored.items():
        if stored.rules_source == "file" and stored.is_dynamic and slug not in known:
            if slug.startswith(templates):
                reason, ways = "too few tracks for its template", ""
            else:
                reason, ways = (
                    "its file is gone",
                    f"Is it called otherwise now? {command_for(loaded, stored)}. ",
                )
            run.log.warning(
                "%s: left as it is: %s; its rules are kept. %sTo hear no more of it: ./run playlists forget %s",
                slug,
                reason,
                ways,
                slug,
            )
