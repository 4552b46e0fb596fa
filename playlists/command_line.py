"""The commands of `./run playlists`, and their arguments."""

import argparse
from pathlib import Path

from playlists.inspection import past
from utils.job.command_line import Text, add_user, positive
from utils.verbose import add_verbose
from utils.when import when


def parser(about: str) -> argparse.ArgumentParser:
    """The commands and their arguments. `about`: what the program says of itself."""
    command_line = argparse.ArgumentParser(
        prog="./run playlists",
        description=f"{about}\nreads   playlists/definitions/*.yml, playlist_mappings, the views\n"
        "writes  nothing; rename and forget: playlist_mappings; put-back and restore: a playlist on Spotify; import --write: a definition",
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
    writing = argparse.ArgumentParser(add_help=False)
    writing.add_argument("--yes", action="store_true", help="do it, and not only say what would be done")
    writing.add_argument(
        "--force", action="store_true", help="try at once, although it has failed again and again"
    )
    putting_back = commands.add_parser(
        "put-back",
        parents=[every, whose, writing],
        help="what a list held before it was adopted, and leave it to you",
    )
    putting_back.add_argument("slug")
    add_past(commands, [every, whose], writing)
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


def add_past(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    every: list[argparse.ArgumentParser],
    writing: argparse.ArgumentParser,
) -> None:
    """The commands about the past of any list."""
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("list", action=Text, metavar="LIST", help="its name, slug, id or link")
    recalling = commands.add_parser(
        "history", parents=[*every, which], help="what came into a list and went, or what was in it on a date"
    )
    recalling.add_argument(
        "--on", type=when, metavar="DATE", help="what was in it then; 2026-11-01T18:30 too"
    )
    recalling.add_argument(
        "--limit", type=positive, default=past.LISTED, metavar="N", help="the newest so many changes"
    )
    recalling.add_argument("--json", action="store_true", help="for programs")
    restoring = commands.add_parser(
        "restore", parents=[*every, which, writing], help="bring a list back to what it held on a date"
    )
    restoring.add_argument(
        "--on", type=when, metavar="DATE", required=True, help="2026-11-01, or T18:30 behind it"
    )
    restoring.add_argument(
        "--add-only",
        action="store_true",
        help="bring back what it lacks, behind the rest, and take nothing out",
    )
