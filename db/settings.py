"""Look at and change the settings that every job reads at its start: list, get, set, reset.

./run settings list [--json]
./run settings get download_images
./run settings set artist_albums_per_cycle 10
./run settings reset [KEY]
"""

import argparse
import json
import sys

from psycopg2.extensions import connection as Connection

from utils.clock import Clock
from utils.config import environment
from utils.database.connection import open_connection
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import ExitCode, JobError, SettingsError
from utils.job.app_settings import (
    LISTED_FIRST,
    SETTINGS,
    known,
    load_app_settings,
    reset_app_settings,
    save_app_setting,
)

IMAGE_KINDS = ("artists", "albums", "playlists")


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done · 2 an unknown key or value, no user yet, or no database."""
    options = parser().parse_args(arguments)
    try:
        with open_connection(environment()) as connection:
            migrate(connection)
            sys.stdout.write(run(connection, options))
    except JobError as error:
        sys.stderr.write(f"settings: {error} {error.remedy}\n")
        return error.exit_code
    return ExitCode.OK


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    command_line = argparse.ArgumentParser(
        description=f"{__doc__}\nreads   app_settings, images\nwrites  app_settings",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = command_line.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="all settings with their values and what they are for")
    listing.add_argument(
        "--json", action="store_true", help="the thirteen spotify.* settings and image statistics"
    )
    commands.add_parser("get", help="one value").add_argument("key")
    setting = commands.add_parser("set", help="change one value")
    setting.add_argument("key")
    setting.add_argument("value")
    commands.add_parser("reset", help="back to the default, one or all").add_argument("key", nargs="?")
    return command_line


def run(connection: Connection, options: argparse.Namespace) -> str:
    """Carry out one command; the text to show. Raises SettingsError."""
    user_id = last_active_user(connection)
    if options.command == "set":
        setting = known(options.key)
        value = setting.parse(options.value)
        save_app_setting(connection, user_id, setting.key, value)
        return f"{setting.key} = {value_text(value)}\n"
    if options.command == "reset":
        key = known(options.key).key if options.key else None
        return f"{reset_app_settings(connection, user_id, key)} settings back to their defaults\n"
    values = load_app_settings(connection, user_id).all()
    if options.command == "get":
        return f"{value_text(values[known(options.key).key])}\n"
    if options.json:
        listed = {key.removeprefix("spotify."): values[key] for key in LISTED_FIRST}
        return json.dumps({"settings": listed, "image_stats": image_stats(connection)}, indent=2) + "\n"
    width = max(len(key) for key in SETTINGS)
    return "".join(
        f"{key.ljust(width)}  {value_text(values[key]):>6}  {'' if values[key] == setting.default else '(changed) '}{setting.about}\n"
        for key, setting in SETTINGS.items()
    )


def image_stats(connection: Connection) -> dict[str, int]:
    """Bytes and counts of the copied covers per kind, and bytes in total: the names that the checklist gives (S0-23)."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT kind, sum(bytes), count(*) FROM images WHERE path IS NOT NULL GROUP BY kind")
        rows = {kind: (int(size or 0), int(number)) for kind, size, number in cursor}
    stats = {f"{kind}_bytes": rows.get(kind, (0, 0))[0] for kind in IMAGE_KINDS}
    stats["total_bytes"] = sum(stats.values())
    return {**stats, **{f"{kind}_count": rows.get(kind, (0, 0))[1] for kind in IMAGE_KINDS}}


def last_active_user(connection: Connection) -> str:
    """The id of the listener who was last active. Raises SettingsError while there is none."""
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("users.last_active"), {"now": Clock().now()})
        row = cursor.fetchone()
    if row is None:
        raise SettingsError("There is no listener in the database yet.", "Run ./run track_plays first.")
    return str(row[0])


def value_text(value: bool | int) -> str:
    """A value as text: `true`, `false` or the number."""
    return str(value).lower()


if __name__ == "__main__":
    sys.exit(main())
