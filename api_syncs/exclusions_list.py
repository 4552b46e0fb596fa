"""Which of the listener's playlists is "Exclusions": the one known by its id, one that is there, or a new one."""

from collections.abc import Collection
from datetime import timedelta

from utils.database.statements import statement
from utils.job.spotify_run import SpotifyRun
from utils.mirror.exclusions import EXCLUSIONS, NAME
from utils.mirror.made_once import Intended, create_once, is_described, own_lists_called, take_list
from utils.mirror.own_playlists import OwnLists, is_in_library, read_own_lists
from utils.mirror.playlist_mappings import load_other_rows

DESCRIPTION = "What you put here stays out of your smart playlists. Read by your library mirror."
ROW = Intended(EXCLUSIONS, NAME)  # its contents are the listener's, so it has no rules
ASK_AGAIN = timedelta(days=7)  # whether the list is still the listener's: a deleted one can be read for ever


def choose_list(run: SpotifyRun, key: dict[str, object], known: str | None) -> str | None:
    """The id of the list: the one that is `known` unless it was deleted, else one that is there, else a new one.

    None where there is none, and the setting playlists.create says that none is made.
    """
    if known is not None and not is_in_doubt(run, key, known):
        return known
    if known is not None and is_in_library(run, known):
        confirm(run, key)
        return known
    lists = read_own_lists(run)
    if known is not None:
        # `is_gone`, the other way round: here the question costs less than the listing.
        if known in lists.by_id:
            confirm(run, key)
        # A list that takes its place may be hidden by an edit between two pages: then that is for the next run.
        if not lists.lacks(known) or not lists.is_steady:
            return known
        run.log.warning(
            "your playlist %s was deleted on Spotify. What it held stays excluded until the list that takes its place "
            "holds something",
            NAME,
        )
    taken_ids = {row.playlist_id for row in load_other_rows(run, EXCLUSIONS)}
    found = find_list(run, lists, taken_ids)
    if found is None and not run.app_settings.is_on("playlists.create"):
        run.log.info("there is no playlist %s, and the setting playlists.create lets none be made", NAME)
        return None
    if found is not None:
        take_list(run, ROW, found)
        return found
    made = create_once(run, lists, ROW, DESCRIPTION)
    run.log.info(
        "a private, empty playlist %s was made: what you put into it stays out of smart playlists", NAME
    )
    return made.playlist_id


def is_in_doubt(run: SpotifyRun, key: dict[str, object], known: str) -> bool:
    """Whether it is time to ask if the list is still the listener's."""
    now = run.clock.now()
    with run.transaction() as cursor:
        values = {**key, "playlist_id": known, "now": now, "asked_before": now - ASK_AGAIN}
        cursor.execute(statement("exclusions.in_doubt"), values)
        return cursor.fetchone() is not None


def confirm(run: SpotifyRun, key: dict[str, object]) -> None:
    """The list is still the listener's: that is not asked again for a while."""
    run.execute("exclusions.confirmed", {**key, "now": run.clock.now()})


def find_list(run: SpotifyRun, lists: OwnLists, taken_ids: Collection[str | None]) -> str | None:
    """The list that we made, perhaps from another database; else the only one that the listener gave this name.

    It is only read, so that a list of somebody's own making cannot be harmed.
    """
    named = own_lists_called(lists, NAME, taken_ids)
    ours = [listed for listed in named if is_described(listed, DESCRIPTION)]
    if ours or len(named) == 1:
        return (ours or named)[0].playlist_id
    if named:
        run.log.warning(
            "you have %d playlists named %s, none of them made here: another one is created", len(named), NAME
        )
    return None
