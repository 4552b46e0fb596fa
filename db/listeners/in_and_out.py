"""`./run users export`, `import` and `remove`, as a person types them: what is said, and what is asked."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from psycopg2.extensions import connection as Connection

from db.backups.keys import key_to_read
from db.backups.reading import open_backup
from db.backups.to_file import to_file
from db.listeners.exporting import rows_of
from db.listeners.importing import import_listener
from db.listeners.removing import count_rows, remove
from utils.clock import Clock
from utils.config import load_settings
from utils.database.connection import Database, open_connection
from utils.database.migrate import migrate
from utils.errors import JobError, SettingsError
from utils.job.store_consent import check_name
from utils.job.users import find_user, meant
from utils.terminal import Terminal, agrees
from utils.text_table import text_table
from utils.words import counted

Step = Callable[[Database, Mapping[str, str], argparse.Namespace, Terminal], None]


def export(connection: Connection, options: argparse.Namespace, terminal: Terminal) -> str:
    """Write all of a listener's data into a file; the text to show. Raises JobError."""
    with connection, connection.cursor() as cursor:
        listener = meant(cursor, Clock().now(), options.name)
    return to_file(connection, listener.name or "listener", options, terminal, rows_of(listener.user_id))


def take_in(
    database: Database, environ: Mapping[str, str], options: argparse.Namespace, terminal: Terminal
) -> None:
    """Import a file. Raises JobError; then nothing was changed."""
    name = check_name(options.name) if options.name else ""
    path = Path(options.file).expanduser()
    with open_backup(path, lambda: key_to_read(environ, terminal, asks=options.key)) as backup:
        terminal.say(f"{path}: {backup.manifest.told()}; checking it …")
        backup.manifest.check_schema()
        backup.check()
        import_listener(database, backup, name, terminal.say)
    terminal.say(
        "imported; all rows are equal to the file. There is no consent in it: ./run login --user NAME stores one, and "
        "./run sync --user NAME adds what is new since."
    )


def take_away(
    database: Database, environ: Mapping[str, str], options: argparse.Namespace, terminal: Terminal
) -> None:
    """Remove a listener. Raises JobError; then nothing was changed."""
    spotify = load_settings(environ, needs_spotify=False).spotify
    with open_connection(environ) as connection:
        migrate(connection)
        with connection, connection.cursor() as cursor:
            listener = meant(cursor, Clock().now(), options.name)
        of_environment = find_user(connection, spotify) if spotify is not None else None
        comes_back = of_environment is not None and of_environment.user_id == listener.user_id
        going = count_rows(connection, listener.user_id, keeps_history=options.keep_history)
    if comes_back and not options.yes:
        raise SettingsError(
            f"The consent in the environment is that of {options.name}: the next run would copy everything anew.",
            "Take SPOTIFY_REFRESH_TOKEN out of .env and of the secrets on GitHub first; or say --yes.",
        )
    terminal.say(text_table(("table", "rows"), [(table, f"{rows:,}") for table, rows in going.items()]))
    kept = "Plays, imports and corrections stay, without a consent. " if options.keep_history else ""
    terminal.say(
        f"{kept}All this goes, of {options.name} alone; it cannot be undone. ./run users export {options.name} keeps it in a file."
    )
    if not options.yes and not agrees(terminal, "Remove it?", "Say --yes, if it may."):
        raise JobError("Nothing was changed.", "")
    gone = remove(database, listener.user_id, keeps_history=options.keep_history)
    terminal.say(f"removed: {counted(sum(gone.values()), 'row')}. The views are made anew.")
    terminal.say(
        "What is not in the database stays: the site's folder, definitions of smart playlists, the lists on Spotify, backups, a login for reports (./run db reader). "
        "The consent is withdrawn at spotify.com/account/apps."
    )
    if options.keep_history:
        terminal.say(
            f"./run login --user {options.name} and ./run users resume {options.name} let the copying begin again."
        )
    if comes_back:
        terminal.say(
            "SPOTIFY_REFRESH_TOKEN is still theirs: the next run makes a listener of them again, and copies everything anew."
        )
