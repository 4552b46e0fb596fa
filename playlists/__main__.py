"""Look at smart playlists without sending anything to Spotify: list, check, preview, diff, explain. And a change of mind:

rename and forget, where a definition's file has another name or is gone; put-back, what a list held before it was adopted;
import, which translates lists of other tools. And the past of any list: history, what was in it and when; restore, which brings
it back on Spotify.

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
./run playlists history "Sunday Kitchen" --on 2026-11-01
./run playlists restore "Sunday Kitchen" --on 2026-11-01 --yes
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from playlists.command_line import parser
from playlists.importing.command import import_file
from playlists.inspection import past
from playlists.inspection.check import check
from playlists.inspection.difference import difference
from playlists.inspection.explanation import explanation
from playlists.inspection.lists_table import lists_table
from playlists.inspection.preview import preview
from playlists.language.wording import definition_lines
from playlists.selection.lists import make_lists
from playlists.selection.past_lists import find_list
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
from playlists.writing import put_back, restore
from utils.clock import Clock
from utils.config import environment
from utils.database.connection import EmbeddedDatabase, database_from, open_connection
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import DatabaseUnavailableError, ExitCode, JobError, SettingsError, suggestion
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.run_id import new_run_id
from utils.job.users import Meant, find_meant
from utils.terminal import printable
from utils.verbose import is_verbose

WRITERS = {"put-back": put_back.JOB, "restore": restore.JOB}


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done · 1 a list cannot be made · 2 a definition, the arguments or the settings."""
    options = parser(__doc__ or "").parse_args(arguments)
    try:
        folder = definitions_folder(options.definitions, environment(), options.user)
        if options.command in WRITERS:
            return write_list(options)
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


def write_list(options: argparse.Namespace) -> int:
    """Run the job that puts a list back, or restores it. The exit code."""
    options.dry_run = not options.yes
    outcome = run_job(
        WRITERS[options.command],
        Options(force=options.force, verbose=is_verbose(), user=options.user, arguments=options),
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
    listener = listener_meant(cursor, now, new_run_id(), options.user)
    if options.command == "history":
        sys.stdout.write(show_past(cursor, listener, options))
        return ExitCode.OK
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


def show_past(cursor: Cursor, listener: Listener, options: argparse.Namespace) -> str:
    """What changed in a list, or what was in it."""
    meant = find_list(cursor, listener.user_id, options.list)
    if options.on is None:
        return past.shown_changes(
            cursor, listener, meant, options.limit, as_json=options.json, stream=sys.stdout
        )
    return past.shown_past(cursor, listener, meant, options.on, as_json=options.json, stream=sys.stdout)


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
