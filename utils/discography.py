"""The albums and singles of one artist: page after page, until what is stored is all that Spotify has."""

from db.statements import statement
from utils.budget import Budget
from utils.catalogue import save_catalogue
from utils.checkpoint import Checkpoint
from utils.payloads import AlbumPayload, BadItemError, Page, page, parse_album
from utils.run import Run
from utils.spotify import ARTIST_ALBUMS_PAGE, Payload


def look_at(
    run: Run, state: Checkpoint, budget: Budget, artist_id: str, offset: int, payload: Payload | None
) -> bool:
    """Store an artist's pages, each with the checkpoint behind it. False when the budget ends before they do."""
    while True:
        now = run.clock.now()
        content = page(payload) if payload is not None else Page([], 0, has_next=False)
        if payload is None:
            run.log.warning("artist %s is unknown to Spotify", artist_id)
        albums = readable_albums(run, content)
        with run.batch() as cursor:
            which = {"artist_id": artist_id, "album_ids": [known.album.album_id for known in albums]}
            cursor.execute(statement("enrichment.discography"), which)
            ((stored, given),) = cursor.fetchall()
            # Pages are not sorted by date, so that known ones in front prove nothing while the numbers differ.
            is_last = not content.has_next or (given == len(content.items) and stored == content.total)
            save_catalogue(cursor, [], albums, now)
            offset += ARTIST_ALBUMS_PAGE
            state.cursor = {} if is_last else {"artist_id": artist_id, "offset": offset}
            state.offset += is_last
            state.items_processed += len(albums)
            if is_last:
                cursor.execute(
                    statement("enrichment.stamp_discography"), {"artist_id": artist_id, "now": now}
                )
            state.save(cursor, now)
        run.tally.items_processed += len(albums)
        run.tally.new_items += len(albums) - given
        run.tally.unchanged_items += given
        if is_last or not budget.left():
            return is_last
        payload = run.spotify.artist_albums(artist_id, offset)


def readable_albums(run: Run, content: Page) -> list[AlbumPayload]:
    """The readable albums of a page."""
    albums = []
    for item in content.items:
        try:
            if item is not None:
                albums.append(parse_album(item))
        except BadItemError as error:
            run.bad_item(error)
    return albums


def say_period(run: Run, budget: Budget, followed: int, done: int, left: int) -> None:
    """How often each artist is really looked at, by what this run's artists have cost."""
    assert run.transport is not None
    if left:
        run.log.info("the day's budget is used up: %s artists wait for the next run", f"{left:,}")
    if done and budget.per_day:
        days = max(followed * run.transport.requests_made / done / budget.per_day, 1.0)
        run.log.info("at this pace every artist is looked at every %s days", f"{days:.1f}")
