"""Asks the person who takes a list over whether that is meant, where most of what it holds would go."""

import sys
from collections.abc import Sequence

from playlists.writing.adoption import Adoption
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.job.spotify_run import SpotifyRun
from utils.terminal import one_printable_line, say

SHOWN = 20  # titles that come, and as many that go


def ask_about(run: SpotifyRun, adoption: Adoption, *, is_sure: bool, dry_run: bool) -> None:
    """Say what would come and go; on a terminal also by title, which no log may hold.

    Raises SettingsError where the list would lose more than it keeps, and nobody has agreed to that.
    """
    run.log.info("%s: %s", adoption.slug, adoption)
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if is_terminal:
        say(titles_that_change(run, adoption.held, adoption.wanted))
    if dry_run or is_sure or not adoption.loses_more_than_it_keeps:
        return
    if is_terminal and _agrees("Take it over all the same? [y/N] "):
        return
    raise SettingsError(
        f"{adoption.slug}: the list would lose more than it keeps, so nothing was changed.",
        f"If that is meant: ./run generate_playlist {adoption.slug} --playlist {adoption.playlist_id} --yes",
    )


def _agrees(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def titles_that_change(run: SpotifyRun, before: Sequence[str], after: Sequence[str]) -> str:
    """A line for each of the first items that go and come, by its title where that is known."""
    held, wanted = dict.fromkeys(before), dict.fromkeys(after)
    going = [uri for uri in held if uri not in wanted]
    coming = [uri for uri in wanted if uri not in held]
    with run.transaction() as cursor:
        cursor.execute(
            statement("smart_playlists.titles"), {"track_ids": [_id(uri) for uri in going + coming]}
        )
        titles = dict(cursor.fetchall())
    lines = []
    for sign, uris in (("-", going), ("+", coming)):
        lines += [f"{sign} {one_printable_line(titles.get(_id(uri)) or uri)}" for uri in uris[:SHOWN]]
        lines += [f"{sign} … {len(uris) - SHOWN:,} more"] if len(uris) > SHOWN else []
    return "\n".join(lines) or "nothing comes or goes"


def _id(uri: str) -> str:
    return uri.rpartition(":")[2]
