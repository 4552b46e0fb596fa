"""Draw a picture to show others: your year, your month, a top ten, an artist.

./run share year 2026                 share-year-2026-square-light.png, in the folder you are in
./run share month 2026-05 --format story --theme dark
./run share top 2025 --kind tracks    the first ten; artists if no kind is named
./run share artist "Björk" --range 2025
./run share month --format all --theme both --into pictures/

Formats: square (1080 by 1080), story (1080 by 1920), wide (1200 by 630). Figures are those of the site, covers those that are stored. No time of day
is on a card. What no font at hand has is named, here and on the card.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg2.extensions import connection as Connection

from reports.packages import FIGURES, check_packages
from utils.config import artwork_folder, environment
from utils.errors import SettingsError
from utils.job.command_line import Text, add_user, run_tool
from utils.terminal import say
from utils.verbose import add_verbose
from utils.whole_file import ended_in_order, place_of, whole_file

if TYPE_CHECKING:
    from reports.cards.content import Card
    from reports.dashboard.scope import Source

FORMATS, THEMES, KINDS = ("square", "story", "wide"), ("light", "dark"), ("artists", "tracks", "albums")
FONTS = {"manimgx_fonts": "manimgx-fonts", "manimgx_fonts_cjk": "manimgx-fonts-cjk"}
OF_FILES = "-r requirements-images.txt -r requirements-site.txt -r requirements-share.txt"
QUALITY = 90  # of WebP
NOTHING_YET = (
    "No play is known yet, so there is nothing to show: ./run track_plays asks Spotify for the last fifty, ./run import takes the years before "
    "from an export.\n"
)


def main(arguments: list[str] | None = None) -> int:
    """Draw it. Exit codes: 0 drawn · 1 it cannot be written · 2 nothing to draw, a file that is there, or no database."""
    options = parser().parse_args(arguments)
    return run_tool("share", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    command_line = argparse.ArgumentParser(
        prog="./run share",
        description=f"{__doc__}\nreads   what the site reads, and the covers\nwrites  the pictures, and nothing in the database",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    of_all = argparse.ArgumentParser(add_help=False)
    of_all.add_argument("--format", choices=(*FORMATS, "all"), default="square", help="default: square")
    of_all.add_argument("--theme", choices=(*THEMES, "both"), default="light", help="default: light")
    of_all.add_argument(
        "--by", choices=("plays", "minutes"), default="plays", help="what ranks; default: plays"
    )
    of_all.add_argument("--webp", action="store_true", help="WebP instead of PNG: a third of the bytes")
    of_all.add_argument(
        "--into", action=Text, default="", metavar="FILE", help="a file, or a folder for the usual names"
    )
    of_all.add_argument("--overwrite", action="store_true", help="replace files that are there")
    add_user(of_all)
    add_verbose(of_all)
    commands = command_line.add_subparsers(dest="command", required=True, metavar="COMMAND")
    year = commands.add_parser(
        "year", parents=[of_all], help="a calendar year; this one if none is named, in January the last"
    )
    year.add_argument("range", nargs="?", default="", action=Text, metavar="YEAR")
    month = commands.add_parser(
        "month", parents=[of_all], help="a month; this one if none is named, in its first week the last"
    )
    month.add_argument("range", nargs="?", default="", action=Text, metavar="MONTH")
    top = commands.add_parser("top", parents=[of_all], help="the first ten of a range")
    top.add_argument("range", nargs="?", default="", action=Text, metavar="RANGE")
    top.add_argument("--kind", choices=KINDS, default="artists", help="default: artists")
    artist = commands.add_parser("artist", parents=[of_all], help="one artist, by name, id or link")
    artist.add_argument("name", nargs="+", metavar="NAME")
    artist.add_argument("--range", default="", action=Text, help="default: all")
    return command_line


def run(connection: Connection, options: argparse.Namespace) -> str:
    """Draw and write; the text to show. Raises SettingsError, and JobError where a file cannot be written."""
    check_packages("A card", {**FIGURES, **FONTS}, "./run share", OF_FILES)
    from reports.cards.drawing import Drawing  # only this script needs these packages
    from reports.cards.text import said_of_missing
    from reports.cards.theme import FORMATS as SIZES
    from reports.cards.theme import THEMES as COLOURS
    from reports.figures.source import figures

    environ = environment()
    with figures(connection, options.user, artwork_folder(environ)) as source:
        if not source.scope.plays:
            return NOTHING_YET
        card = read_card(source, options)
    forms = FORMATS if options.format == "all" else (options.format,)
    themes = THEMES if options.theme == "both" else (options.theme,)
    places = places_of(card, [(form, theme) for form in forms for theme in themes], options)
    for (form, theme), path in places.items():
        picture = Drawing(card, SIZES[form], COLOURS[theme]).drawn()
        content = io.BytesIO()
        if options.webp:
            picture.save(content, "WEBP", quality=QUALITY, method=6)
        else:
            picture.save(content, "PNG", optimize=True)
        with ended_in_order(), whole_file(path, may_replace=options.overwrite) as out:
            out.write(content.getvalue())
    for said in said_of_missing():
        say(f"share: {said}", sys.stderr)
    return "".join(f"{path}\n" for path in places.values())


def read_card(source: "Source", options: argparse.Namespace) -> "Card":
    """What is to be drawn. Raises SettingsError."""
    from reports.cards import content

    if options.command == "year":
        if options.range and not re.fullmatch(r"[12]\d{3}", options.range):
            raise SettingsError(f"{options.range[:60]!r} is no year.", "Name one such as 2025.")
        return content.year_card(source, options.range, options.by)
    if options.command == "month":
        return content.month_card(source, options.range, options.by)
    if options.command == "top":
        return content.top_card(source, options.range, options.kind, options.by)
    return content.artist_card(source, " ".join(options.name), options.range, options.by)


def places_of(
    card: "Card", wanted: list[tuple[str, str]], options: argparse.Namespace
) -> dict[tuple[str, str], Path]:
    """Where each picture goes. Raises SettingsError where it cannot stand there."""
    if len(wanted) > 1 and options.into and not Path(options.into).expanduser().is_dir():
        raise SettingsError(
            f"{options.into[:100]!r} is no folder, and {len(wanted)} pictures are to be drawn.",
            "Name a folder that is there, or one --format and one --theme.",
        )
    ending = "webp" if options.webp else "png"
    return {
        each: place_of(
            options.into, f"share-{card.slug}-{'-'.join(each)}.{ending}", may_replace=options.overwrite
        )
        for each in wanted
    }


if __name__ == "__main__":
    sys.exit(main())
