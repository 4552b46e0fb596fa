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

from db.connection import open_database
from db.errors import DatabaseError
from db.migrate import migrate
from db.statements import statement
from playlists.inspection.difference import difference
from playlists.inspection.explanation import explanation
from playlists.inspection.preview import preview
from playlists.inspection.text_table import text_table
from playlists.language.parser import load_definitions
from playlists.selection.lists import make_lists
from playlists.selection.references import Known, in_dependency_order
from playlists.selection.smart_list import Listener, SmartList, the_listener
from playlists.selection.stored import Definitions, definitions_folder, load_all
from playlists.update import choose
from utils.clock import Clock
from utils.config import environment
from utils.errors import JobError, SettingsError


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit codes: 0 done · 1 a list cannot be made · 2 a definition, the arguments or the settings."""
    options = parser().parse_args(arguments)
    folder = definitions_folder(options.definitions, environment())
    try:
        if options.command == "check":
            return check(folder)
        with closing(open_database(environment()).connect()) as connection:
            migrate(connection)
            with connection, connection.cursor() as cursor:
                return show(cursor, options, folder)
    except (JobError, DatabaseError) as error:
        sys.stderr.write(f"playlists: {error} {error.remedy}\n")
        return 2 if isinstance(error, SettingsError | DatabaseError) else 1


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    found = argparse.ArgumentParser(
        description=f"{__doc__}\nreads   playlists/definitions/*.yml, playlist_mappings, the views\nwrites  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument(
        "--definitions", type=Path, metavar="DIR", help="another folder than playlists/definitions"
    )
    commands = found.add_subparsers(dest="command", required=True)
    commands.add_parser("list", parents=[every], help="all lists with their size and state")
    commands.add_parser("check", parents=[every], help="read all definitions; needs no database")
    previewing = commands.add_parser("preview", parents=[every], help="what would be in a list now")
    previewing.add_argument("slug")
    previewing.add_argument("--explain", metavar="TRACK", help="why is this track in the list, or not")
    differing = commands.add_parser("diff", parents=[every], help="what an update would change")
    differing.add_argument("slug", nargs="?")
    explaining = commands.add_parser("explain", parents=[every], help="why a track is in a list, or not")
    explaining.add_argument("slug")
    explaining.add_argument("explain", metavar="TRACK", help="an id, a link, or a part of a title")
    return found


def check(folder: Path) -> int:
    """Read every definition of a folder, and whether the lists that they name fit together."""
    loaded = load_definitions(folder)
    lists = [SmartList(definition) for definition in loaded.definitions]
    in_dependency_order(lists, Known(lists, []))
    errors = [*loaded.errors, *(smart.error for smart in lists if smart.error)]
    for error in errors:
        sys.stdout.write(f"{error}\n{error.remedy}\n")
    names = ", ".join(smart.slug for smart in lists if not smart.error)
    sys.stdout.write(f"{len(lists)} definitions can be read: {names}\n")
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
    lists = make_lists(cursor, found.definitions, listener)
    if options.command == "diff" and options.slug is None:
        for smart in lists:
            stored = found.stored.get(smart.slug)
            if stored and stored.playlist_id:
                sys.stdout.write(f"{smart.slug}:\n{_difference(cursor, smart, found)}\n")
        return 1 if any(smart.error for smart in lists) else 0
    for smart in _chosen(lists, options.slug, found):
        if smart.error:
            raise smart.error
        if options.command == "diff":
            sys.stdout.write(_difference(cursor, smart, found))
        elif options.explain:
            sys.stdout.write(explanation(cursor, smart, options.explain, listener))
        else:
            sys.stdout.write(preview(smart, listener))
    return 0


def listing(found: Definitions, listener: Listener) -> str:
    """One line per list that is defined or was once made."""
    rows = []
    by_slug = {definition.slug: definition for definition in found.definitions}
    for slug in sorted({*by_slug, *found.stored}):
        definition, stored = by_slug.get(slug), found.stored.get(slug)
        made = stored.last_synced_at if stored else None
        status = stored.status if stored else (definition.create.replace("_", " ") if definition else "")
        if definition and definition.for_each:
            status = f"one list per {definition.for_each.by}"
        link = (
            f"https://open.spotify.com/playlist/{stored.playlist_id}" if stored and stored.playlist_id else ""
        )
        rows.append(
            (
                slug,
                definition.name if definition else (stored.name if stored else ""),
                stored.track_count if stored else None,
                made.astimezone(listener.zone).strftime("%Y-%m-%d %H:%M") if made else "never",
                status,
                link.removeprefix("https://"),
            )
        )
    return text_table(("slug", "name", "tracks", "made last", "state", "on Spotify"), rows)


def _chosen(lists: list[SmartList], slug: str, found: Definitions) -> list[SmartList]:
    """A list by its slug, or all lists of a template. Raises SettingsError."""
    for error in found.errors:
        if error.slug == slug:
            raise error
    return choose(lists, found, [slug])


def _difference(cursor: Cursor, smart: SmartList, found: Definitions) -> str:
    if smart.error:
        return f"{smart.error}\n"
    stored = found.stored.get(smart.slug)
    if stored is None or stored.playlist_id is None:
        return f"not on Spotify yet; it would hold {len(smart.tracks):,} tracks\n"
    cursor.execute(statement("smart_playlists.copied_items"), {"playlist_id": stored.playlist_id})
    held = cursor.fetchall()
    return difference(smart.tracks, [uri for uri, _ in held], dict(held))


if __name__ == "__main__":
    sys.exit(main())
