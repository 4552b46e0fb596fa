"""Look at smart playlists without sending anything to Spotify: list, check, preview, diff, explain.

./run playlists [list]
./run playlists check
./run playlists preview never_played
./run playlists diff [never_played]
./run playlists explain never_played "part of a title"
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys
from pathlib import Path
from uuid import uuid4

from psycopg2.extensions import cursor as Cursor

from playlists.inspection.difference import difference
from playlists.inspection.explanation import explanation
from playlists.inspection.lists_table import lists_table
from playlists.inspection.preview import preview
from playlists.inspection.text_table import printable
from playlists.language.parser import LoadedDefinitions, load_definitions, referenced_lists
from playlists.selection.lists import make_lists
from playlists.selection.references import KnownLists, in_dependency_order, with_referenced_definitions
from playlists.selection.smart_list import Listener, SmartList, listener_meant
from playlists.selection.stored import ListenerDefinitions, definitions_folder, load_all_definitions
from playlists.update import choose_lists
from utils.clock import Clock
from utils.config import environment
from utils.database.connection import open_connection
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import ExitCode, JobError, SettingsError, suggestion
from utils.job.command_line import add_user


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done · 1 a list cannot be made · 2 a definition, the arguments or the settings."""
    options = parser().parse_args(arguments)
    folder = definitions_folder(options.definitions, environment())
    try:
        if options.command == "check":
            return check(folder, options.slugs)
        with open_connection(environment()) as connection:
            migrate(connection)
            with connection, connection.cursor() as cursor:
                return show(cursor, options, folder)
    except JobError as error:
        sys.stderr.write(printable(f"playlists: {error} {error.remedy}\n"))
        return error.exit_code


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    command_line = argparse.ArgumentParser(
        prog="playlists",
        description=f"{__doc__}\nreads   playlists/definitions/*.yml, playlist_mappings, the views\nwrites  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument(
        "--definitions", type=Path, metavar="DIR", help="another folder than playlists/definitions"
    )
    add_user(command_line)
    whose = argparse.ArgumentParser(add_help=False)
    add_user(whose, default=argparse.SUPPRESS)  # behind the command as well
    command_line.set_defaults(command="list", definitions=None)
    commands = command_line.add_subparsers(dest="command")
    commands.add_parser("list", parents=[every, whose], help="all lists with their size and state")
    checking = commands.add_parser("check", parents=[every], help="read definitions; needs no database")
    checking.add_argument("slugs", nargs="*", metavar="SLUG", help="default: all")
    previewing = commands.add_parser("preview", parents=[every, whose], help="what would be in a list now")
    previewing.add_argument("slug")
    previewing.add_argument("--explain", metavar="TRACK", help="why is this track in the list, or not")
    differing = commands.add_parser("diff", parents=[every, whose], help="what an update would change")
    differing.add_argument("slug", nargs="?")
    explaining = commands.add_parser(
        "explain", parents=[every, whose], help="why a track is in a list, or not"
    )
    explaining.add_argument("slug")
    explaining.add_argument("explain", metavar="TRACK", help="an id, a link, or a part of a title")
    return command_line


def check(folder: Path, slugs: list[str]) -> int:
    """Read every definition of a folder, or those of `slugs`, and write what is wrong with them. The exit code."""
    loaded = load_definitions(folder)
    lists = [SmartList(definition) for definition in loaded.definitions]
    known = KnownLists(lists, [])
    in_dependency_order(lists, known)  # lists that name each other in a circle get an error
    refuse_unknown_slugs(slugs, lists, loaded, folder)
    checked = [smart_list for smart_list in lists if not slugs or smart_list.slug in slugs]
    errors = [
        *(error for error in loaded.errors if not slugs or error.slug in slugs),
        *(smart_list.error for smart_list in checked if smart_list.error),
    ]
    for error in errors:
        sys.stdout.write(f"{error}\n")
    write_unchecked_names(checked, known)
    if errors:
        sys.stdout.write(f"{errors[0].remedy}\n")
    write_good_slugs([smart_list.slug for smart_list in checked if not smart_list.error])
    return ExitCode.SETTINGS if errors else ExitCode.OK


def refuse_unknown_slugs(
    slugs: list[str], lists: list[SmartList], loaded: LoadedDefinitions, folder: Path
) -> None:
    """Raise SettingsError for a slug that no file of the folder has, whether it can be read or not."""
    known = {smart_list.slug for smart_list in lists} | {error.slug for error in loaded.errors}
    for slug in slugs:
        if slug not in known:
            message = f"There is no definition {slug!r} in {folder}{suggestion(slug, known)}."
            raise SettingsError(message, "The slug is the file's name without its ending.")


def write_unchecked_names(lists: list[SmartList], known: KnownLists) -> None:
    """Write which lists name playlists that no definition describes: without a database they cannot be checked."""
    for smart_list in lists:
        names = [name for name in referenced_lists(smart_list.definition) if not known.slugs_of(name)]
        if names:
            shown = ", ".join(map(repr, names))
            sys.stdout.write(f"{smart_list.slug} names lists that only preview can look for: {shown}\n")


def write_good_slugs(slugs: list[str]) -> None:
    """Write how many definitions are good, and which, where they are few."""
    listed = f": {', '.join(slugs)}" if 0 < len(slugs) < 6 else ""
    counted = "definition is" if len(slugs) == 1 else "definitions are"
    sys.stdout.write(f"{len(slugs)} {counted} good{listed}\n")


def show(cursor: Cursor, options: argparse.Namespace, folder: Path) -> int:
    """Write what one of the commands that need the database has to say. The exit code."""
    listener = listener_meant(cursor, Clock().now(), str(uuid4()), options.user)
    loaded = load_all_definitions(cursor, listener.user_id, folder)
    if options.command == "list":
        for error in loaded.errors:
            sys.stderr.write(f"{error}\n{error.remedy}\n")
        sys.stdout.write(lists_table(loaded, listener))
        return ExitCode.SETTINGS if loaded.errors else ExitCode.OK
    slugs = list(loaded.stored) if options.slug is None else [options.slug]
    lists = make_lists(cursor, with_referenced_definitions(loaded.definitions, slugs), listener)
    if options.slug is None:
        chosen = [smart_list for smart_list in lists if smart_list.slug in loaded.stored]
    else:
        chosen = choose_readable_lists(lists, loaded, options.slug)
    has_headings = options.command != "preview" and (options.slug is None or len(chosen) > 1)
    texts = []
    for smart_list in chosen:
        text = text_about(cursor, smart_list, options, loaded, listener)
        texts.append(f"{smart_list.slug}:\n{text}" if has_headings else text)
    sys.stdout.write("\n".join(texts))
    return ExitCode.FAILED if any(smart_list.error for smart_list in chosen) else ExitCode.OK


def choose_readable_lists(lists: list[SmartList], loaded: ListenerDefinitions, slug: str) -> list[SmartList]:
    """The list of a slug, or all lists of a template. Raises the error of a definition, or of a list, that has one."""
    for error in loaded.errors:
        if error.slug == slug:
            raise error
    chosen = choose_lists(lists, loaded, [slug])
    for smart_list in chosen:
        if smart_list.error:
            raise smart_list.error
    return chosen


def text_about(
    cursor: Cursor,
    smart_list: SmartList,
    options: argparse.Namespace,
    loaded: ListenerDefinitions,
    listener: Listener,
) -> str:
    """What `diff`, `explain` or `preview` says about one list."""
    if options.command == "diff":
        return difference_from_stored(cursor, smart_list, loaded, listener)
    if options.explain:
        return explanation(cursor, smart_list, options.explain, listener)
    return preview(cursor, smart_list, listener)


def difference_from_stored(
    cursor: Cursor, smart_list: SmartList, loaded: ListenerDefinitions, listener: Listener
) -> str:
    """What an update would change, compared with what the list held when it was last looked at."""
    if smart_list.error:
        return f"{smart_list.error}\n"
    stored = loaded.stored.get(smart_list.slug)
    if stored is None or stored.playlist_id is None:
        return f"not on Spotify yet; size would be {len(smart_list.tracks):,}\n"
    key = {"user_id": listener.user_id, "slug": smart_list.slug}
    cursor.execute(statement("smart_playlists.held_items"), key)
    held = cursor.fetchall()
    return difference(smart_list.tracks, [uri for uri, _ in held], dict(held))


if __name__ == "__main__":
    sys.exit(main())
