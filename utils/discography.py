"""The albums of one artist as Spotify lists them: all pages, unless nothing has changed since they were read."""

from datetime import timedelta

from utils.database.statements import statement
from utils.database.tables import ARTIST_ALBUMS, SYNC_SEEN
from utils.database.upsert import upsert
from utils.job.budget import Budget
from utils.job.checkpoint import Checkpoint
from utils.job.run import Run
from utils.mirror.catalogue import save_catalogue
from utils.spotify.client import ARTIST_ALBUMS_PAGE, Payload
from utils.spotify.payloads import AlbumPayload, BadItemError, page, parse_album

READ_AGAIN_AFTER = timedelta(days=7)  # all pages, whatever the first one says


def look_at(
    run: Run, state: Checkpoint, budget: Budget, artist_id: str, offset: int, payload: Payload | None
) -> bool:
    """Store an artist's pages, each with the checkpoint behind it. False when the budget ends before they do."""
    if payload is None:
        run.log.warning("artist %s is unknown to Spotify", artist_id)
        stamp_unknown(run, state, artist_id)
        return True
    while not store_page(run, state, artist_id, offset, payload):
        offset += ARTIST_ALBUMS_PAGE
        if not budget.left():
            return False
        payload = run.spotify.artist_albums(artist_id, offset)
    return True


def store_page(run: Run, state: Checkpoint, artist_id: str, offset: int, payload: Payload) -> bool:
    """Store one page; True when it is the last that has to be read.

    That is the first one where all on it is known, the number is that of the last pass over all pages, and that pass
    is not old. The number alone proves nothing: pages are not sorted by date, and for one album that came another may
    have gone.
    """
    content, now = page(payload), run.clock.now()
    albums, is_readable = readable_albums(run, content.items)
    ids = [known.album.album_id for known in albums]
    which = {
        "artist_id": artist_id,
        "album_ids": ids,
        "since": now - READ_AGAIN_AFTER,
        "total": content.total,
        "user_id": run.user.user_id,
        "entity_type": state.entity_type,
        "now": now,
    }
    with run.batch() as cursor:
        cursor.execute(statement("enrichment.listed"), which)
        ((total, known),) = cursor.fetchall()
        if offset == 0:
            cursor.execute(statement("sync_state.forget_seen"), which)
            state.cursor = {"artist_id": artist_id, "total": content.total, "is_readable": True}
        state.cursor["is_readable"] = is_readable and state.cursor.get("is_readable") is True
        is_unchanged = offset == 0 and total == content.total and known == len(set(ids))
        is_last = is_unchanged or not content.has_next or not content.items
        save_catalogue(cursor, [], albums, now)
        upsert(cursor, ARTIST_ALBUMS, [(artist_id, album_id, None) for album_id in ids])
        upsert(cursor, SYNC_SEEN, [(run.user.user_id, state.entity_type, album_id) for album_id in ids])
        # One that came or went while the pages were read may have hidden another: they are read again tomorrow.
        if is_last and not is_unchanged and state.cursor.get("total") == content.total:
            if state.cursor["is_readable"]:
                cursor.execute(statement("enrichment.remove_unlisted"), which)
                run.tally.removed_items += cursor.rowcount
            cursor.execute(statement("enrichment.stamp_read"), which)
        if is_last:
            cursor.execute(statement("enrichment.stamp_looked"), which)
            cursor.execute(statement("sync_state.forget_seen"), which)
            state.cursor = {}
        else:
            state.cursor["offset"] = offset + ARTIST_ALBUMS_PAGE
        state.offset += is_last
        state.items_processed += len(albums)
        state.save(cursor, now)
    run.tally.items_processed += len(albums)
    run.tally.new_items += len(albums) - known
    run.tally.unchanged_items += known
    return is_last


def stamp_unknown(run: Run, state: Checkpoint, artist_id: str) -> None:
    """An artist that Spotify does not know was looked at; what is stored stays."""
    now = run.clock.now()
    with run.batch() as cursor:
        cursor.execute(statement("enrichment.stamp_looked"), {"artist_id": artist_id, "now": now})
        state.cursor = {}
        state.offset += 1
        state.save(cursor, now)


def readable_albums(run: Run, items: list[Payload | None]) -> tuple[list[AlbumPayload], bool]:
    """The readable albums of a page, and whether that is all of them."""
    albums = []
    for item in items:
        try:
            if item is not None:
                albums.append(parse_album(item))
        except BadItemError as error:
            run.bad_item(error)
    return albums, len(albums) == len(items)


def say_period(run: Run, budget: Budget, followed: int, done: int, left: int) -> None:
    """How often each artist is really looked at, by what this run's artists have cost: where none, one request."""
    assert run.transport is not None
    if left:
        run.log.info("the day's budget is used up: %s artists wait for the next run", f"{left:,}")
    if not done and not left:
        return  # all have been looked at within the day
    requests = followed * (run.transport.requests_made / done if done else 1)
    if budget.per_day:
        days = max(requests / budget.per_day, 1.0)
        run.log.info("at this pace every artist is looked at every %s days", f"{days:.1f}")
    else:
        run.log.info("every artist is looked at %s", budget.when_done(requests))
