"""Look at and change the settings that every job reads at its start: list, get, set, reset.

./run settings [list [--json]]
./run settings get download_images
./run settings set artist_albums_per_cycle 10
./run settings reset [KEY]

They are those of the listener who was last active, or of the one that --user names. Before the first sync they are kept for
the first listener.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import json
import sys

from psycopg2.extensions import connection as Connection

from db.corrections.stored_plays import FOLLOWS
from utils.clock import Clock
from utils.job.app_settings import (
    COUNTED_FROM,
    SETTINGS,
    Value,
    known,
    load_app_settings,
    reset_app_settings,
    save_app_setting,
)
from utils.job.command_line import Text, add_user, run_tool
from utils.job.users import find_meant, is_anybody_known, meant
from utils.mirror.stored_counts import image_stats
from utils.verbose import add_verbose


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done · 2 an unknown key, value or listener, or no database."""
    options = parser().parse_args(arguments)
    return run_tool("settings", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    command_line = argparse.ArgumentParser(
        prog="./run settings",
        description=f"{__doc__}\nreads   app_settings, unclaimed_settings, images\nwrites  the first two",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_user(command_line)
    every = argparse.ArgumentParser(add_help=False)
    add_user(every, default=argparse.SUPPRESS)  # behind the command as well
    add_verbose(command_line)
    add_verbose(every)
    command_line.set_defaults(json=False)
    commands = command_line.add_subparsers(dest="command")
    commands.default = "list"
    listing = commands.add_parser(
        "list", parents=[every], help="all settings with their values and what they are for"
    )
    listing.add_argument(
        "--json", action="store_true", help="the thirteen spotify.* settings and image statistics"
    )
    commands.add_parser("get", parents=[every], help="one value").add_argument("key", action=Text)
    setting = commands.add_parser("set", parents=[every], help="change one value")
    setting.add_argument("key", action=Text)
    setting.add_argument("value", action=Text)
    reset = commands.add_parser("reset", parents=[every], help="back to the default, one or all")
    reset.add_argument("key", action=Text, nargs="?")
    return command_line


def run(connection: Connection, options: argparse.Namespace) -> str:
    """Carry out one command; the text to show. Raises SettingsError."""
    if getattr(options, "key", None):
        known(options.key)
    with connection, connection.cursor() as cursor:
        now = Clock().now()
        is_left = options.command in ("set", "reset") and is_anybody_known(cursor)
        listener = (meant if is_left else find_meant)(cursor, now, options.user)
    user_id = listener.user_id if listener else ""  # then it is for the first listener
    settings = load_app_settings(connection, user_id)
    if options.command in ("set", "reset"):
        said = change(connection, user_id, options)
        if options.command == "set" and not listener:
            said = f"No listener is stored yet: it is kept for the first one.\n{said}"
        after = load_app_settings(connection, user_id)
        return said + (FOLLOWS if after.number(COUNTED_FROM) != settings.number(COUNTED_FROM) else "")
    values = settings.all()
    if options.command == "get":
        return f"{value_text(values[known(options.key).key])}\n"
    if options.json:
        with connection, connection.cursor() as cursor:
            found = {"settings": settings.listed(), "image_stats": image_stats(cursor)}
        return json.dumps(found, indent=2) + "\n"
    width = max(len(key) for key in SETTINGS)
    note = (
        ""
        if listener
        else "No listener is stored yet: these are the defaults. What you set is kept for the first one.\n"
    )
    return note + "".join(
        f"{key.ljust(width)}  {value_text(values[key]):>6}  {'' if values[key] == setting.default else '(changed) '}{setting.about}\n"
        for key, setting in SETTINGS.items()
    )


def change(connection: Connection, user_id: str, options: argparse.Namespace) -> str:
    """Set or reset; what to say of it. Raises SettingsError."""
    if options.command == "set":
        setting = known(options.key)
        value = setting.parse(options.value)
        save_app_setting(connection, user_id, setting.key, value)
        return f"{setting.key} = {value_text(value)}\n"
    key = known(options.key).key if options.key else None
    return f"{reset_app_settings(connection, user_id, key)} settings back to their defaults\n"


def value_text(value: Value) -> str:
    """A value as text: `true`, `false`, the number or the text; an empty one shows as `""`."""
    return (str(value).lower() if isinstance(value, bool) else str(value)) or '""'


if __name__ == "__main__":
    sys.exit(main())
