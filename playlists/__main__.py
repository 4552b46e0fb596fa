"""Look at smart playlists without sending anything to Spotify: list, check, preview, diff, explain.

./run playlists list
./run playlists check
./run playlists preview never_played
./run playlists diff [never_played]
./run playlists explain never_played "part of a title"
"""

import argparse
import sys
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from psycopg2.extensions import cursor as Cursor

from playlists.inspection.difference import difference
from playlists.inspection.explanation import explanation
from playlists.inspection.listing import listing
from playlists.inspection.preview import preview
from playlists.inspection.text_table import printable
from playlists.language.document import suggestion
from playlists.language.parser import load_definitions, referenced_lists
from playlists.selection.lists import make_lists
from playlists.selection.references import Known, in_dependency_order, with_named
from playlists.selection.smart_list import Listener, SmartList, the_listener
from playlists.selection.stored import Definitions, definitions_folder, load_all
from playlists.update import choose
from utils.clock import Clock
from utils.config import environment
from utils.database.connection import open_database
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import DatabaseError, JobError, SettingsError


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit codes: 0 done · 1 a list cannot be made · 2 a definition, the arguments or the settings."""
    options = parser().parse_args(arguments)
    folder = definitions_folder(options.definitions, environment())
    try:
        if options.command == "check":
            return check(folder, options.slugs)
        with closing(open_database(environment()).connect()) as connection:
            migrate(connection)
            with connection, connection.cursor() as cursor:
                return show(cursor, options, folder)
    except JobError as error:
        sys.stderr.write(printable(f"playlists: {error} {error.remedy}\n"))
        return 2 if isinstance(error, SettingsError | DatabaseError) else 1


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    found = argparse.ArgumentParser(
        prog="playlists",
        description=f"{__doc__}\nreads   playlists/definitions/*.yml, playlist_mappings, the views\nwrites  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument(
        "--definitions", type=Path, metavar="DIR", help="another folder than playlists/definitions"
    )
    commands = found.add_subparsers(dest="command", required=True)
    commands.add_parser("list", parents=[every], help="all lists with their size and state")
    checking = commands.add_parser("check", parents=[every], help="read definitions; needs no database")
    checking.add_argument("slugs", nargs="*", metavar="SLUG", help="default: all")
    previewing = commands.add_parser("preview", parents=[every], help="what would be in a list now")
    previewing.add_argument("slug")
    previewing.add_argument("--explain", metavar="TRACK", help="why is this track in the list, or not")
    differing = commands.add_parser("diff", parents=[every], help="what an update would change")
    differing.add_argument("slug", nargs="?")
    explaining = commands.add_parser("explain", parents=[every], help="why a track is in a list, or not")
    explaining.add_argument("slug")
    explaining.add_argument("explain", metavar="TRACK", help="an id, a link, or a part of a title")
    return found


def check(folder: Path, slugs: list[str]) -> int:
    """Read every definition of a folder, or some, and whether the lists that they name fit together."""
    loaded = load_definitions(folder)
    lists = [SmartList(definition) for definition in loaded.definitions]
    known = Known(lists, [])
    in_dependency_order(lists, known)
    there = {smart.slug for smart in lists} | {error.slug for error in loaded.errors}
    for slug in slugs:
        if slug not in there:
            message = f"There is no definition {slug!r} in {folder}{suggestion(slug, there)}."
            raise SettingsError(message, "The slug is the file's name without its ending.")
    chosen = [smart for smart in lists if not slugs or smart.slug in slugs]
    errors = [
        *(error for error in loaded.errors if not slugs or error.slug in slugs),
        *(smart.error for smart in chosen if smart.error),
    ]
    for error in errors:
        sys.stdout.write(f"{error}\n")
    for smart in chosen:
        elsewhere = [name for name in referenced_lists(smart.definition) if not known.smart(name)]
        if elsewhere:
            names = ", ".join(map(repr, elsewhere))
            sys.stdout.write(f"{smart.slug} names lists that only preview can look for: {names}\n")
    if errors:
        sys.stdout.write(f"{errors[0].remedy}\n")
    good = [smart.slug for smart in chosen if not smart.error]
    of_them = f": {', '.join(good)}" if 0 < len(good) < 6 else ""
    sys.stdout.write(
        f"{len(good)} {'definition is' if len(good) == 1 else 'definitions are'} good{of_them}\n"
    )
    return 2 if errors else 0


def show(cursor: Cursor, options: argparse.Namespace, folder: Path) -> int:
    """Everything that needs the database."""
    listener = the_listener(cursor, Clock().now(), str(uuid4()))
    found = load_all(cursor, listener.user_id, folder)
    if options.command == "list":
        for error in found.errors:
            sys.stderr.write(f"{error}\n{error.remedy}\n")
        sys.stdout.write(listing(found, listener))
        return 2 if found.errors else 0
    named = list(found.stored) if options.slug is None else [options.slug]
    lists = make_lists(cursor, with_named(found.definitions, named), listener)
    if options.slug is None:
        chosen = [smart for smart in lists if smart.slug in found.stored]
    else:
        chosen = _chosen(lists, options.slug, found)
    is_headed = options.command != "preview" and (options.slug is None or len(chosen) > 1)
    texts = []
    for smart in chosen:
        if smart.error and options.slug is not None:
            raise smart.error
        text = _text(cursor, smart, options, found, listener)
        texts.append(f"{smart.slug}:\n{text}" if is_headed else text)
    sys.stdout.write("\n".join(texts))
    return 1 if any(smart.error for smart in chosen) else 0


def _text(
    cursor: Cursor, smart: SmartList, options: argparse.Namespace, found: Definitions, listener: Listener
) -> str:
    """What is asked about one list."""
    if options.command == "diff":
        return _difference(cursor, smart, found, listener)
    if options.explain:
        return explanation(cursor, smart, options.explain, listener)
    return preview(cursor, smart, listener)


def _chosen(lists: list[SmartList], slug: str, found: Definitions) -> list[SmartList]:
    """A list by its slug, or all lists of a template. Raises SettingsError."""
    for error in found.errors:
        if error.slug == slug:
            raise error
    return choose(lists, found, [slug])


def _difference(cursor: Cursor, smart: SmartList, found: Definitions, listener: Listener) -> str:
    if smart.error:
        return f"{smart.error}\n"
    stored = found.stored.get(smart.slug)
    if stored is None or stored.playlist_id is None:
        return f"not on Spotify yet; size would be {len(smart.tracks):,}\n"
    which = {"user_id": listener.user_id, "slug": smart.slug}
    cursor.execute(statement("smart_playlists.held_items"), which)
    held = cursor.fetchall()
    return difference(smart.tracks, [uri for uri, _ in held], dict(held))


if __name__ == "__main__":
    sys.exit(main())
