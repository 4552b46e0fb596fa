"""Brings likes or saved albums back to what they were on a date: what is missing is saved again, what came since is taken out.

Saved again one by one, the oldest first and a second apart, so that they stand in the order in which they stood; Spotify dates
them from now. What was done is what the next run finds: it looks at the library first, and does the rest.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import NamedTuple
from zoneinfo import ZoneInfo

from api_syncs.liked_tracks import LIKED_TRACKS
from api_syncs.saved_albums import SAVED_ALBUMS
from utils.errors import ConsentError, NotFoundError, SettingsError, Stopped
from utils.job.budget import LIBRARY_RESTORE, Budget
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.collection import Collection, sync_collection
from utils.mirror.library_past import Held, first_copied, held_at
from utils.spotify.client import CONTAINS_MAX
from utils.spotify.consents import LIBRARY_SCOPES
from utils.spotify.in_order import chunks
from utils.words import counted

COLLECTIONS = {"likes": LIKED_TRACKS, "albums": SAVED_ALBUMS}
APART_S = 1.0  # Spotify dates what is saved to the second


class _Change(NamedTuple):
    """What is to be saved again, the oldest first, and the ids of what is to be taken out."""

    missing: Sequence[Held]
    surplus: Sequence[str]


def work(run: SpotifyRun) -> None:
    """Restore what is meant; without --yes, say what that would do. Raises SettingsError for what is not known, or not allowed."""
    options = run.options.arguments
    collection = COLLECTIONS[options.what]
    moment = options.on.last_moment(ZoneInfo(run.user.time_zone), run.clock.now())
    if not run.options.dry_run and not _may_change(run):
        raise _no_right()
    sync_collection(run, collection)
    with run.transaction() as cursor:
        since = first_copied(cursor, run.user.user_id, collection.events)
        if since is None or moment < since:
            known = (
                "nothing of them was copied yet"
                if since is None
                else f"copied since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            )
            raise SettingsError(
                f"What was there on {options.on} is not known: {known}.",
                f"./run library history {options.what} shows what is known.",
            )
        then = held_at(cursor, run.user.user_id, collection.events, moment)
        now = held_at(cursor, run.user.user_id, collection.events, run.clock.now())
    change = _change(then, now, add_only=options.add_only)
    if not (change.missing or change.surplus):
        run.log.info("as on %s already: nothing to do", options.on)
        return
    _tell(run, change)
    if run.options.dry_run:
        _say_costs(run, change)
    else:
        _carry_out(run, collection, change)


def _change(then: Sequence[Held], now: Sequence[Held], *, add_only: bool) -> _Change:
    was, has = {each.item_id for each in then}, {each.item_id for each in now}
    missing = [each for each in then if each.item_id not in has]
    return _Change(missing, [] if add_only else [each.item_id for each in now if each.item_id not in was])


def _tell(run: SpotifyRun, change: _Change) -> None:
    would = "would come" if run.options.dry_run else "come"
    run.log.info(
        "as on %s: %s %s back, %s",
        run.options.arguments.on,
        f"{len(change.missing):,}",
        would,
        counted(len(change.surplus), "goes", "go"),
    )


def _say_costs(run: SpotifyRun, change: _Change) -> None:
    """What a run with --yes costs, and the command."""
    options = run.options.arguments
    out = -(-len(change.surplus) // CONTAINS_MAX)
    requests = out + len(change.missing)
    together = out - (-len(change.missing) // CONTAINS_MAX)
    budget = Budget(run, "library", LIBRARY_RESTORE)
    when = "at once" if budget.days_for(requests) == 0 else budget.when_done(requests)
    run.log.info(
        "one by one, in the order of then: %s, a second each, %s", counted(requests, "request"), when
    )
    if together < requests:
        run.log.info("with --together: %s, forty in one; the order among forty is Spotify's", f"{together:,}")
    if not _may_change(run):
        run.log.warning("%s %s", _no_right(), _no_right().remedy)
    flags = "".join(
        f" --{name}" for name in ("add-only", "together") if getattr(options, name.replace("-", "_"))
    )
    run.log.info("To do it: ./run library restore %s --on %s%s --yes", options.what, options.on, flags)


def _carry_out(run: SpotifyRun, collection: Collection, change: _Change) -> None:
    options = run.options.arguments
    lost: list[str] = []
    size = CONTAINS_MAX if options.together else 1
    done, total = 0, len(change.missing) + len(change.surplus)
    run.progress(done, total)
    try:
        for some in chunks([each.item_id for each in change.missing], size):
            if run.tally.new_items:
                run.clock.sleep(APART_S)
            _step(run)
            lost += _save(run, collection, some)
            run.tally.new_items += len(some)
            done += len(some)
            run.progress(done, total)
        for some in chunks(list(change.surplus), CONTAINS_MAX):
            _step(run)
            run.spotify.remove_from_library([_uri(collection, each) for each in some])
            _note_removed(run, collection, some)
            done += len(some)
            run.progress(done, total)
    except ConsentError as error:
        if error.auth_status == "scope_missing":
            raise _no_right() from error
        raise
    except Stopped:
        run.log.info("the rest waits: the same command goes on from there")
        raise
    if lost:
        run.tally.new_items -= len(lost)
        run.log.warning(
            "Spotify does not know %s any more: %s",
            counted(len(lost), "of them", "of them"),
            ", ".join(lost[:10]) + (" …" if len(lost) > 10 else ""),
        )
    sync_collection(run, collection)


def _step(run: SpotifyRun) -> None:
    """Raise Stopped, Paused or Cancelled where the run should end here, or has used its share of the day's requests."""
    run.check_stop()
    run.check_controls()
    Budget(run, "library", LIBRARY_RESTORE).require()


def _save(run: SpotifyRun, collection: Collection, ids: Sequence[str]) -> list[str]:
    """Save these, the last one as the newest; those that Spotify does not know any more. One of them keeps Spotify from saving any."""
    try:
        # Of several in one request, the first one becomes the newest.
        run.spotify.save_to_library([_uri(collection, each) for each in reversed(ids)])
    except NotFoundError:
        if len(ids) == 1:
            return list(ids)
        half = len(ids) // 2
        return _save(run, collection, ids[:half]) + _save(run, collection, ids[half:])
    return []


def _note_removed(run: SpotifyRun, collection: Collection, ids: Sequence[str]) -> None:
    """They are gone in our copy as well."""
    values = {
        "user_id": run.user.user_id,
        "now": run.clock.now(),
        "event": collection.events.went,
        "item_type": collection.events.item_type,
        "ids": list(ids),
    }
    run.write(lambda cursor: cursor.execute(collection.sql("remove"), values))
    run.tally.removed_items += len(ids)


def _uri(collection: Collection, item_id: str) -> str:
    return f"spotify:{collection.uri_type}:{item_id}"


def _may_change(run: SpotifyRun) -> bool:
    """Whether the consent lets us change the library, as far as it is known."""
    scopes = run.user.granted_scopes
    return scopes is None or set(LIBRARY_SCOPES) <= set(scopes.split())


def _no_right() -> SettingsError:
    return SettingsError(
        f"The consent does not let your likes and albums be changed (scope {', '.join(LIBRARY_SCOPES)}): it is not asked for otherwise.",
        "./run login --library asks for it; then run this again. The next ./run login without --library gives it back.",
    )


def _job(what: str) -> SpotifyJob:
    collection = COLLECTIONS[what]
    return SpotifyJob(
        name=f"restore_{what}",
        work=work,
        about=__doc__,
        reads=f"library_events, GET /{collection.endpoint}, GET /me/library/contains (scope user-library-read)",
        writes=f"PUT and DELETE /me/library (scope user-library-modify); {collection.name}, library_events",
        counts=collection.name.replace("_", " "),
        groups=("library",),
        lock=f"sync_{collection.name}",
    )


RESTORE = {what: _job(what) for what in COLLECTIONS}
