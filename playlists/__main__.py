"""Look at smart playlists without sending anything to Spotify: list, check, preview, diff, explain. And a change of mind:

rename and forget, where a definition's file has another name or is gone; put-back, what a list held before it was adopted;
import, which translates lists of other tools.

./run playlists [list]
./run playlists check
./run playlists preview never_played
./run playlists diff [never_played]
./run playlists explain never_played
./run playlists explain never_played "part of a title"
./run playlists rename old_name new_name
./run playlists forget old_name
./run playlists put-back never_played --yes
./run playlists import old_list.nsp --write
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from playlists.importing.command import import_file
from playlists.inspection.check import check
from playlists.inspection.difference import difference
from playlists.inspection.explanation import explanation
from playlists.inspection.lists_table import lists_table
from playlists.inspection.preview import preview
from playlists.language.wording import definition_lines
from playlists.selection.lists import make_lists
from playlists.selection.references import with_referenced_definitions
from playlists.selection.renamed import apply_renamed, forget, rename, renamed_rows
from playlists.selection.smart_list import Listener, SmartList, listener_meant
from playlists.selection.stored import (
    ListenerDefinitions,
    definitions_folder,
    first_slugs,
    load_all_definitions,
)
from playlists.selection.templates import why_no_list, without_lists
from playlists.update import choose_lists
from playlists.writing import put_back
from utils.clock import Clock
from utils.config import environment
from utils.database.connection import EmbeddedDatabase, database_from, open_connection
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import DatabaseUnavailableError, ExitCode, JobError, SettingsError, suggestion
from utils.job.command_line import add_user
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.users import Meant, find_meant
from utils.terminal import printable
from utils.verbose import add_verbose, is_verbose


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done · 1 a list cannot be made · 2 a definition, the arguments or the settings."""
    options = parser().parse_args(arguments)
    try:
        folder = definitions_folder(options.definitions, environment())
        if options.command == "put-back":
            return put_back_list(options)
        if options.command == "import":
            return import_file(
                options.file,
                folder,
                slug=options.slug,
                name=options.list,
                is_written=options.write,
                is_dropping=options.drop,
            )
        if options.command == "check":
            return write_check(folder, options.slugs, options.user)
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
        prog="./run playlists",
        description=f"{__doc__}\nreads   playlists/definitions/*.yml, playlist_mappings, the views\n"
        "writes  nothing; rename and forget: playlist_mappings; put-back: a playlist on Spotify, too; import --write: a definition",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument(
        "--definitions", type=Path, metavar="DIR", help="another folder than playlists/definitions"
    )
    add_user(command_line)
    whose = argparse.ArgumentParser(add_help=False)
    add_user(whose, default=argparse.SUPPRESS)  # behind the command as well
    add_verbose(command_line)
    add_verbose(whose)
    command_line.set_defaults(definitions=None)
    commands = command_line.add_subparsers(dest="command")
    commands.default = "list"
    commands.add_parser("list", parents=[every, whose], help="all lists with their size and state")
    checking = commands.add_parser(
        "check", parents=[every, whose], help="what is wrong with definitions; does without a database"
    )
    checking.add_argument("slugs", nargs="*", metavar="SLUG", help="default: all")
    previewing = commands.add_parser("preview", parents=[every, whose], help="what would be in a list now")
    previewing.add_argument("slug")
    previewing.add_argument("--explain", metavar="TRACK", help="why is this track in the list, or not")
    differing = commands.add_parser("diff", parents=[every, whose], help="what an update would change")
    differing.add_argument("slug", nargs="?")
    explaining = commands.add_parser(
        "explain", parents=[every, whose], help="a list's rules in words; or why a track is in it, or not"
    )
    explaining.add_argument("slug")
    explaining.add_argument("explain", nargs="?", metavar="TRACK", help="an id, a link, or a part of a title")
    renaming = commands.add_parser(
        "rename", parents=[every, whose], help="let a definition take over the list of a file that is gone"
    )
    renaming.add_argument("slug", metavar="OLD")
    renaming.add_argument("new", metavar="NEW")
    forgetting = commands.add_parser(
        "forget",
        parents=[every, whose],
        help="know no more of a list whose file is gone; it stays on Spotify",
    )
    forgetting.add_argument("slug")
    forgetting.add_argument(
        "--yes",
        action="store_true",
        help="also while the file is there, or what the list held before is kept",
    )
    add_import(commands, every)
    putting_back = commands.add_parser(
        "put-back", parents=[every, whose], help="what a list held before it was adopted, and leave it to you"
    )
    putting_back.add_argument("slug")
    putting_back.add_argument("--yes", action="store_true", help="do it, and not only say what would be done")
    putting_back.add_argument(
        "--force", action="store_true", help="try at once, although it has failed again and again"
    )
    return command_line


def add_import(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", every: argparse.ArgumentParser
) -> None:
    """The command that translates lists of other tools."""
    importing = commands.add_parser(
        "import",
        parents=[every],
        help="show lists of Navidrome, beets, Smarter Playlists, jellyfin-smartlists or iTunes as definitions",
    )
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--list", default="", metavar="NAME", help="only that one, of several in the file")
    importing.add_argument(
        "--as", dest="slug", default="", metavar="SLUG", help="the name of the definition's file"
    )
    importing.add_argument(
        "--write", action="store_true", help="write the definition; never over one that is there"
    )
    importing.add_argument("--drop", action="store_true", help="leave out what cannot be translated")


def put_back_list(options: argparse.Namespace) -> int:
    """Run the job that puts a list back. The exit code."""
    options.dry_run = not options.yes
    outcome = run_job(
        put_back.JOB, Options(force=options.force, verbose=is_verbose(), user=options.user, arguments=options)
    )
    return outcome.returns


def write_check(folder: Path, slugs: list[str], user: str) -> int:
    """Write what is wrong with the definitions of a folder, or those of `slugs`. The exit code."""
    text, is_good = check(folder, slugs, lambda: asked_database(environment()), user)
    sys.stdout.write(printable(text))
    return ExitCode.OK if is_good else ExitCode.SETTINGS


@contextmanager
def asked_database(environ: Mapping[str, str]) -> Iterator[Cursor]:
    """A cursor of the database that the settings name, without making or changing one. Raises DatabaseError."""
    database = database_from(environ)
    if isinstance(database, EmbeddedDatabase) and not database.is_made:
        raise DatabaseUnavailableError("There is no database yet.", "Run ./run sync first.")
    with open_connection(environ) as connection, connection, connection.cursor() as cursor:
        yield cursor


def show(cursor: Cursor, options: argparse.Namespace, folder: Path) -> int:
    """Write what one of the commands that need the database has to say. The exit code."""
    now = Clock().now()
    if options.command == "list":
        return show_list(cursor, find_meant(cursor, now, options.user), folder)
    listener = listener_meant(cursor, now, str(uuid4()), options.user)
    loaded = load_all_definitions(cursor, listener.user_id, folder)
    if options.command == "rename":
        sys.stdout.write(rename(cursor, loaded, listener.user_id, options.slug, options.new))
        return ExitCode.OK
    if options.command == "forget":
        sys.stdout.write(forget(cursor, loaded, listener.user_id, options.slug, is_sure=options.yes))
        return ExitCode.OK
    apply_renamed(loaded, renamed_rows(cursor, loaded, listener))
    if options.command == "explain" and options.explain is None:
        sys.stdout.write(printable(rules_in_words(loaded, options.slug)))
        return ExitCode.OK
    slugs = list(loaded.stored) if options.slug is None else [options.slug]
    needed = with_referenced_definitions(loaded.definitions, slugs)
    lists = make_lists(cursor, needed, listener, loaded.errors, first_slugs(loaded), is_private=True)
    if options.slug is None:
        chosen = [smart_list for smart_list in lists if smart_list.slug in loaded.stored]
    else:
        chosen = choose_readable_lists(lists, loaded, options.slug)
    if not chosen:
        asked = [one for one in loaded.definitions if one.slug == options.slug]
        texts = [
            f"{one.slug}: {why_no_list(one.for_each)}\n"
            for one in without_lists(asked, lists)
            if one.for_each
        ]
        sys.stdout.write("".join(texts))
        return ExitCode.OK
    has_headings = options.command != "preview" and (options.slug is None or len(chosen) > 1)
    texts = []
    for smart_list in chosen:
        text = text_about(cursor, smart_list, options, loaded, listener)
        texts.append(f"{smart_list.slug}:\n{text}" if has_headings else text)
    sys.stdout.write("\n".join(texts))
    return ExitCode.FAILED if any(smart_list.error for smart_list in chosen) else ExitCode.OK


def show_list(cursor: Cursor, listener: Meant | None, folder: Path) -> int:
    """Write the table of all lists, also while there is no listener. The exit code."""
    loaded = load_all_definitions(cursor, listener.user_id if listener else "", folder)
    for error in loaded.errors:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
    sys.stdout.write(lists_table(loaded, ZoneInfo(listener.time_zone if listener else "UTC")))
    if listener is None:
        sys.stdout.write(
            "No listener is stored yet: ./run sync stores the library, and makes these lists of it.\n"
        )
    return ExitCode.SETTINGS if loaded.errors else ExitCode.OK


def rules_in_words(loaded: ListenerDefinitions, slug: str) -> str:
    """The name, and all that the definition of a slug says. Raises JobError where it cannot be read, or there is none."""
    refuse_unreadable(loaded, slug)
    for definition in loaded.definitions:
        if definition.slug == slug:
            lines = [f"{'  ' * line.depth}{line.text}\n" for line in definition_lines(definition)]
            return "".join((f"{definition.name} ({slug})\n{definition.description}\n\n", *lines))
    near = suggestion(slug, [definition.slug for definition in loaded.definitions])
    raise SettingsError(f"There is no definition {slug!r}{near}.", "./run playlists list shows them.")


def refuse_unreadable(loaded: ListenerDefinitions, slug: str) -> None:
    """Raise the error of the definition of a slug, where it has one."""
    for error in loaded.errors:
        if error.slug == slug:
            raise error


def choose_readable_lists(lists: list[SmartList], loaded: ListenerDefinitions, slug: str) -> list[SmartList]:
    """The list of a slug, or all lists of a template. Raises the error of a definition, or of a list, that has one."""
    refuse_unreadable(loaded, slug)
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
    key = {"user_id": listener.user_id, "playlist_id": stored.playlist_id}
    cursor.execute(statement("smart_playlists.held_items"), key)
    held = cursor.fetchall()
    return difference(smart_list.tracks, [uri for uri, _ in held], dict(held))


if __name__ == "__main__":
    sys.exit(main())
