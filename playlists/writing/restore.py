"""Brings a list on Spotify back to what it held on a date: what it lacks comes back, what came since goes, in the order of then.

The writer does it as it does everything: no state in between is too short, and what a killed run has left undone the next one
does, as the date says the same. A list that rules make is not touched: the next update would undo it.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from playlists.consent import titles_that_change
from playlists.inspection.past import known_history
from playlists.selection.past_lists import PastList, find_list
from playlists.selection.stored import definitions_folder, load_all_definitions
from playlists.writing.apply import Writer, make_plan
from playlists.writing.contents import read_contents
from playlists.writing.plan import reachable_contents
from playlists.writing.steps import PLAYLIST_MAX, is_addressable, is_local
from playlists.writing.target import ListError
from utils.config import environment
from utils.database.statements import statement
from utils.errors import NotFoundError, SettingsError
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.list_order import moved_between
from utils.mirror.list_past import past_of
from utils.mirror.own_playlists import read_own_list, read_own_lists
from utils.mirror.playlist_mappings import ways_to_let_go
from utils.terminal import say
from utils.words import counted


def work(run: SpotifyRun) -> None:
    """Restore the list that is meant; without --yes, say what that would do."""
    options = run.options.arguments
    zone = ZoneInfo(run.user.time_zone)
    moment = options.on.last_moment(zone, run.clock.now())
    with run.transaction() as cursor:
        meant = find_list(cursor, run.user.user_id, options.list)
        _refuse(cursor, run, meant)
        known_history(cursor, run.user.user_id, meant, moment)
        past = past_of(cursor, run.user.user_id, meant.playlist_id, moment)
    is_back = _be_listed(run, meant, dry_run=run.options.dry_run)
    current = read_contents(run, meant.playlist_id)
    change = _change(current.uris, past.uris, add_only=options.add_only)
    if len(change.wanted) > PLAYLIST_MAX:
        raise ListError(
            f"{len(change.wanted):,} entries would be in it; a playlist takes {PLAYLIST_MAX:,}.",
            "Nothing was written. Without --add-only it holds what it held then, and nothing else.",
        )
    planned = make_plan(meant.playlist_id, current.uris, change.wanted)
    _tell(run, meant, moment, change, past.unplaced)
    if not planned.steps and not (is_back and run.options.dry_run):
        return
    if run.options.dry_run:
        if sys.stdout.isatty():  # no log may hold titles
            say(titles_that_change(run, current.uris, change.wanted))
        run.log.info("would be %s", planned)
        again = " --add-only" if options.add_only else ""
        run.log.info("To do it: ./run playlists restore %s --on %s%s --yes", meant.handle, options.on, again)
        return
    writer = Writer(run, meant.playlist_id, lambda _uris: None)
    writer.write(current, change.wanted)
    run.tally.updated_items += 1
    if writer.refused:
        first = ", ".join(writer.refused[:10]) + (" …" if len(writer.refused) > 10 else "")
        run.log.warning(
            "Spotify does not take %s any more: %s", counted(len(writer.refused), "entry", "entries"), first
        )
    run.log.info(
        "playlist %s is restored. The next sync of playlists copies it as it is now", meant.playlist_id
    )


def _refuse(cursor: Cursor, run: SpotifyRun, meant: PastList) -> None:
    """Raise SettingsError for a list that the next update would write again, and for one of somebody else."""
    if not (meant.is_own or meant.is_collaborative):
        raise SettingsError(
            f"Playlist {meant.playlist_id} belongs to somebody else.",
            "Only your own lists, and those that you may edit, can be restored.",
        )
    if not meant.is_smart or meant.slug is None or not meant.is_dynamic or meant.status == "retired":
        return
    folder = definitions_folder(run.options.arguments.definitions, environment(), run.user.name)
    loaded = load_all_definitions(cursor, run.user.user_id, folder)
    ruled = {one.slug for one in loaded.definitions} | {error.slug for error in loaded.errors}
    makers = tuple(f"{one.slug}_" for one in loaded.definitions if one.for_each)
    if meant.slug in ruled or (makers and meant.slug.startswith(makers)):
        raise SettingsError(
            f"{meant.slug} is made by its rules: the next update would undo what is restored.",
            f"Let go of it first: {ways_to_let_go(meant.slug, was_adopted=bool(meant.was_adopted))} Take its definition away as "
            "well, or say `create: on_request` in it, so that no other list is made for it. Then run this again, with its id: "
            f"{meant.playlist_id}",
        )


def _be_listed(run: SpotifyRun, meant: PastList, *, dry_run: bool) -> bool:
    """Let a list that was taken out of the library be listed again; whether it was out. Raises ListError where it is not there, or not the listener's."""
    listed = read_own_lists(run).by_id.get(meant.playlist_id)
    is_out = listed is None
    if listed is None:
        try:
            listed = read_own_list(run, meant.playlist_id)
        except NotFoundError as error:
            raise ListError(
                f"Playlist {meant.playlist_id} is not on Spotify any more ({error}).",
                "What was in it is kept: ./run playlists history shows it.",
            ) from None
        would = "would be" if dry_run else "is"
        run.log.info("playlist %s is not among your lists: it %s put there again", meant.playlist_id, would)
        if not dry_run:
            run.spotify.save_to_library([f"spotify:playlist:{meant.playlist_id}"])
    if not (listed.is_own or listed.is_collaborative):
        raise ListError(
            f"Playlist {meant.playlist_id} belongs to somebody else.", "Only your own lists can be restored."
        )
    return is_out


@dataclass(frozen=True)
class _Change:
    """From what a list shows to what it is to hold. `lost`: local files of then, which no call adds again."""

    current: Sequence[str]
    wanted: Sequence[str]
    lost: int

    @property
    def added(self) -> list[str]:
        """What comes back."""
        return list((Counter(self.wanted) - Counter(self.current)).elements())

    @property
    def removed(self) -> int:
        """How many go."""
        return (Counter(self.current) - Counter(self.wanted)).total()


def _change(current: Sequence[str], then: Sequence[str], *, add_only: bool) -> _Change:
    """What the list is to hold: what it held then; or, with `add_only`, what it holds, and behind it what it lacks of that."""
    if add_only:
        lacking = Counter(then) - Counter(current)
        missing = []
        for uri in then:
            if lacking[uri] > 0 and is_addressable(uri):
                missing.append(uri)
                lacking[uri] -= 1
        wanted = [*current, *missing]
    else:
        wanted = reachable_contents(current, then)
    lost = (Counter(uri for uri in then if is_local(uri)) - Counter(wanted)).total()
    return _Change(current, wanted, lost)


def _tell(run: SpotifyRun, meant: PastList, moment: datetime, change: _Change, unplaced: int) -> None:
    """Say what comes back, goes and moves, and what of it cannot be played or is excluded: no titles."""
    would = "would be restored" if run.options.dry_run else "restored"
    at = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
    if list(change.current) == list(change.wanted):
        run.log.info("playlist %s holds what it held at %s UTC: nothing to do", meant.playlist_id, at)
    else:
        run.log.info(
            "playlist %s %s to what it held at %s UTC: %s, %s, %s; %s then",
            meant.playlist_id,
            would,
            at,
            counted(len(change.added), "entry comes back", "entries come back"),
            counted(change.removed, "goes", "go"),
            counted(moved_between(change.current, change.wanted), "moves", "move"),
            counted(len(change.wanted), "entry", "entries"),
        )
    if unplaced:
        run.log.warning(
            "the order then was not kept: %s last", counted(unplaced, "entry comes", "entries come")
        )
    if change.lost:
        run.log.warning(
            "%s cannot be put back: Spotify takes local files from its app alone",
            counted(change.lost, "local file"),
        )
    with run.transaction() as cursor:
        ids = [uri.rpartition(":")[2] for uri in change.added]
        cursor.execute(
            statement("list_past.standing"),
            {"user_id": run.user.user_id, "market": run.user.market, "track_ids": ids},
        )
        ((excluded, unplayable),) = cursor.fetchall()
    if excluded:
        run.log.warning("%s of them in your playlist of exclusions", counted(excluded, "is", "are"))
    if unplayable:
        run.log.warning("%s of them not playable in your country", counted(unplayable, "is", "are"))


JOB = SpotifyJob(
    name="restore_list",
    work=work,
    about=__doc__,
    reads="playlist_items, playlist_item_history, playlist_versions, playlist_mappings, GET /me/playlists, GET /playlists/{id}, "
    "GET /playlists/{id}/items (scope playlist-read-private)",
    writes="a playlist on Spotify: POST, PUT and DELETE /playlists/{id}/items, PUT /me/library (scopes playlist-modify-private and -public)",
    counts="playlists",
    groups=("playlists", "library"),
    lock="update_dynamic_playlists",
)
