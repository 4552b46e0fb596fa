"""Correct your plays: list, delete and restore them, exclude some from statistics, count two recordings as one.

./run plays list --from 2026-05-01 --artist adele      newest first, each with a handle
./run plays list --episodes                            podcasts and audiobooks, which are kept apart
./run plays delete 3f9c2a71                            one play, by its handle
./run plays delete --track "white noise" --from 2026-05-03 --to 2026-05-04 --yes
./run plays restore 3f9c2a71                           or --all
./run plays exclude "Kids United"                      an artist, a track or a playlist; --from and --to: only then
./run plays exclude spotify:playlist:37i9dQZF1DWZd79rJ6a7lp
./run plays include "Kids United"                      with --from and --to: only then
./run plays excluded                                   what counts in no statistic
./run plays merge TRACK into TRACK                     plays of the first count for the second
./run plays unmerge TRACK
./run plays merged                                     what counts for what

Nothing is erased. A deleted play is kept apart, and stays deleted when Spotify or an import tells of it again. What is excluded
here stays stored and counts in no statistic; that has nothing to do with your playlist "Exclusions" on Spotify, which says what
smart playlists leave out. A track, an artist or a playlist is named by its id, link or URI, or by a part of its name; what may be
several is listed, never guessed. Days are yours (--from and --to are in it). docs/corrections.md says more.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from db.corrections import counting, episodes, recordings, stored_plays
from db.corrections.named import KINDS, SeveralError, find, item_keys_of
from db.corrections.stored_plays import SOURCES, Wanted
from utils.clock import Clock
from utils.errors import SettingsError
from utils.job.app_settings import load_app_settings_in
from utils.job.command_line import Text, add_user, positive, run_tool
from utils.job.users import Meant, meant
from utils.plays.writing import lock
from utils.terminal import printable
from utils.verbose import add_verbose
from utils.when import day, when

LISTED = 50


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done · 2 an unknown or ambiguous name, wrong options, no listener yet, or no database."""
    given = sys.argv[1:] if arguments is None else arguments
    command_line = parser()
    options = command_line.parse_args(given)
    if options.command is None:
        options = command_line.parse_args([*given, "list"])
    if options.command in ("delete", "restore") and options.handles and not _is_unfiltered(options):
        command_line.error(f"{options.command}: give handles, or say which plays, not both")

    def work(connection: Connection) -> str:
        try:
            with connection, connection.cursor() as cursor:
                return printable(run(cursor, options))
        except SeveralError as error:
            sys.stderr.write(printable(error.table))
            raise

    return run_tool("plays", work)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    command_line = argparse.ArgumentParser(
        prog="./run plays",
        description=f"{__doc__}\nreads   plays, deleted_plays, episode_plays, uncounted_items, recording_merges, the catalogue, playlists\n"
        "writes  plays, deleted_plays, played_tracks, uncounted_items, recording_merges",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_user(command_line)
    add_verbose(command_line)
    whose = argparse.ArgumentParser(add_help=False)
    add_user(whose, default=argparse.SUPPRESS)  # behind the command as well
    add_verbose(whose)
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument(
        "--from", dest="first", type=when, metavar="DAY", help="2026-05-01, or '2026-05-01 22:30'"
    )
    which.add_argument(
        "--to", dest="last", type=when, metavar="DAY", help="the last day or minute, which is in it"
    )
    which.add_argument("--track", action=Text, metavar="X", help="only this track")
    which.add_argument("--artist", action=Text, metavar="X", help="only tracks with this artist's credit")
    which.add_argument(
        "--source", choices=SOURCES, help="only what that source tells of; both: the API and the export"
    )
    commands = command_line.add_subparsers(dest="command", metavar="COMMAND")

    listing = commands.add_parser(
        "list", parents=[which, whose], help="plays, newest first, with their handles"
    )
    listing.add_argument("--deleted", action="store_true", help="those that were deleted")
    listing.add_argument(
        "--episodes", action="store_true", help="podcasts and audiobooks, not plays of tracks"
    )
    listing.add_argument(
        "--limit", type=positive, default=LISTED, metavar="N", help=f"at most N (default: {LISTED})"
    )
    listing.add_argument("--json", action="store_true", help="as JSON")

    deleting = commands.add_parser(
        "delete", parents=[which, whose], help="take plays out; they are kept apart"
    )
    deleting.add_argument(
        "handles", nargs="*", metavar="HANDLE", help="as ./run plays list shows it, or its beginning"
    )
    deleting.add_argument("--yes", action="store_true", help="also where it is more than one play")

    restoring = commands.add_parser("restore", parents=[which, whose], help="bring deleted plays back")
    restoring.add_argument(
        "handles", nargs="*", metavar="HANDLE", help="as ./run plays list --deleted shows it"
    )
    restoring.add_argument("--all", action="store_true", help="all that were deleted")

    days = argparse.ArgumentParser(add_help=False)
    days.add_argument("--from", dest="first", type=day, metavar="DAY", help="only from this day on")
    days.add_argument(
        "--to", dest="last", type=day, metavar="DAY", help="only up to this day, which is in it"
    )
    excluding = commands.add_parser(
        "exclude", parents=[days, whose], help="let an artist, a track or a playlist count in no statistic"
    )
    excluding.add_argument("what", action=Text, metavar="ARTIST|TRACK|PLAYLIST")
    excluding.add_argument("--kind", choices=KINDS, help="what is meant, where a name may be several things")
    including = commands.add_parser("include", parents=[days, whose], help="let it count again")
    including.add_argument("what", action=Text, metavar="ARTIST|TRACK|PLAYLIST")
    commands.add_parser("excluded", parents=[whose], help="what counts in no statistic")

    merging = commands.add_parser(
        "merge", parents=[whose], help="TRACK into TRACK: plays of the first count for the second"
    )
    merging.add_argument("tracks", nargs="+", metavar="TRACK")
    parting = commands.add_parser("unmerge", parents=[whose], help="let a track count for itself again")
    parting.add_argument("what", action=Text, metavar="TRACK")
    commands.add_parser("merged", parents=[whose], help="what counts for what")
    return command_line


def run(cursor: Cursor, options: argparse.Namespace) -> str:
    """Carry out one command; the text to show. Raises SettingsError."""
    now = Clock().now()
    listener = meant(cursor, now, options.user)
    user_id = listener.user_id
    if options.command not in ("list", "excluded", "merged"):
        lock(cursor, user_id)
    match options.command:
        case "list":
            return show(cursor, listener, options)
        case "delete":
            return delete(cursor, listener, options, now)
        case "restore":
            return restore(cursor, listener, options, now)
        case "exclude" | "include" | "excluded":
            return change_what_counts(cursor, user_id, options, now)
        case _:
            return change_recordings(cursor, user_id, options, now)


def change_what_counts(cursor: Cursor, user_id: str, options: argparse.Namespace, now: datetime) -> str:
    """exclude, include, excluded."""
    if options.command == "excluded":
        return counting.excluded(cursor, user_id)
    if options.first and options.last and options.last < options.first:
        raise SettingsError("--to is before --from.", "Give the earlier of the two days with --from.")
    days = counting.Days(options.first, options.last)
    if options.command == "include":
        return counting.include(cursor, user_id, options.what, days, now)
    thing = find(cursor, user_id, options.what, [options.kind] if options.kind else KINDS)
    return counting.exclude(cursor, user_id, thing, days, now)


def change_recordings(cursor: Cursor, user_id: str, options: argparse.Namespace, now: datetime) -> str:
    """merge, unmerge, merged."""
    if options.command == "merged":
        return recordings.merged(cursor, user_id)
    if options.command == "unmerge":
        return recordings.unmerge(cursor, user_id, options.what)
    one, goal = two_tracks(options.tracks)
    return recordings.merge(cursor, user_id, one, goal, now)


def show(cursor: Cursor, listener: Meant, options: argparse.Namespace) -> str:
    """The plays that are asked for."""
    zone = ZoneInfo(listener.time_zone)
    wanted = which_plays(cursor, listener, options, is_deleted=options.deleted)
    if options.episodes:
        if wanted.item_keys is not None or wanted.source or wanted.is_deleted:
            raise SettingsError(
                "--episodes goes with --from, --to, --limit and --json alone.",
                "Leave out what else was given.",
            )
        found = episodes.find_episodes(cursor, listener.user_id, wanted.begin, wanted.end, options.limit)
        return episodes.as_json(found, zone) if options.json else episodes.listing(found, zone)
    plays = stored_plays.find_plays(cursor, listener.user_id, wanted, options.limit)
    return stored_plays.as_json(plays, zone) if options.json else stored_plays.listing(plays, zone)


def delete(cursor: Cursor, listener: Meant, options: argparse.Namespace, now: datetime) -> str:
    """Take plays out, by their handles or by what is said of them."""
    zone, user_id = ZoneInfo(listener.time_zone), listener.user_id
    if options.handles:
        plays = stored_plays.plays_of(cursor, user_id, options.handles, zone, is_deleted=False)
    else:
        wanted = which_plays(cursor, listener, options, is_deleted=False)
        if wanted.says_nothing:
            raise SettingsError(
                "Which plays?",
                "Give their handles (./run plays list shows them), or --track, --artist, --from, --to.",
            )
        plays = stored_plays.find_plays(cursor, user_id, wanted)
    return stored_plays.delete(cursor, user_id, plays, zone, now, is_sure=options.yes)


def restore(cursor: Cursor, listener: Meant, options: argparse.Namespace, now: datetime) -> str:
    """Bring plays back, by their handles, by what is said of them, or all."""
    zone, user_id = ZoneInfo(listener.time_zone), listener.user_id
    if options.handles:
        plays = stored_plays.plays_of(cursor, user_id, options.handles, zone, is_deleted=True)
    else:
        wanted = which_plays(cursor, listener, options, is_deleted=True)
        if wanted.says_nothing and not options.all:
            raise SettingsError(
                "Which plays?", "Give their handles (./run plays list --deleted shows them), or --all."
            )
        plays = stored_plays.find_plays(cursor, user_id, wanted)
    tolerance_s = load_app_settings_in(cursor, user_id).number("plays.match_tolerance_seconds")
    return stored_plays.bring_back(cursor, user_id, plays, tolerance_s, now)


def which_plays(cursor: Cursor, listener: Meant, options: argparse.Namespace, *, is_deleted: bool) -> Wanted:
    """What the options say of plays. Raises SettingsError where a name is unknown, or ambiguous."""
    zone, user_id = ZoneInfo(listener.time_zone), listener.user_id
    item_keys: list[str] | None = None
    if options.artist is not None:
        item_keys = item_keys_of(cursor, user_id, find(cursor, user_id, options.artist, ("artist",)))
    if options.track is not None:
        found = find(cursor, user_id, options.track, ("track",), among=item_keys)
        item_keys = item_keys_of(cursor, user_id, found)
    begin = options.first.begin(zone) if options.first else None
    end = options.last.end(zone) if options.last else None
    if begin and end and end <= begin:
        raise SettingsError("--to is before --from.", "Give the earlier of the two days with --from.")
    return Wanted(begin, end, item_keys, options.source, is_deleted)


def two_tracks(given: list[str]) -> tuple[str, str]:
    """`A into B`, or `A B`. Raises SettingsError."""
    words = [each for place, each in enumerate(given) if not (place == 1 and each.lower() == "into")]
    if len(words) != 2:
        raise SettingsError(
            "Which two tracks?",
            'Give ./run plays merge TRACK into TRACK, names of several words in "quotes".',
        )
    return words[0], words[1]


def _is_unfiltered(options: argparse.Namespace) -> bool:
    return (options.first, options.last, options.track, options.artist, options.source) == (None,) * 5


if __name__ == "__main__":
    sys.exit(main())
