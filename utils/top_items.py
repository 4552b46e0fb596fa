"""The listener's top lists: which there are, and how one of a day is stored."""

from datetime import date

from utils.database.statements import statement
from utils.database.tables import ENRICHED_ARTISTS, TOP_ITEMS
from utils.database.upsert import upsert
from utils.job.checkpoint import Checkpoint
from utils.job.run import Run
from utils.mirror.catalogue import save_catalogue
from utils.spotify.client import Payload
from utils.spotify.payloads import Artist, BadItemError, TrackPayload, page, parse_artist, parse_track

LISTS = tuple(
    (kind, span) for kind in ("artist", "track") for span in ("short_term", "medium_term", "long_term")
)


def save_list(
    run: Run, state: Checkpoint, item_type: str, time_range: str, today: date, payload: Payload
) -> None:
    """Store one list, in place of one that an earlier run of the day has stored, with the checkpoint behind it."""
    ranks: dict[int, str] = {}
    artists: list[Artist] = []
    tracks: list[TrackPayload] = []
    for rank, item in enumerate(page(payload).items, start=1):
        try:
            if item is not None and item_type == "artist":
                artists.append(parse_artist(item))
                ranks[rank] = artists[-1].artist_id
            elif item is not None:
                tracks.append(parse_track(item))
                ranks[rank] = tracks[-1].track.track_id
        except BadItemError as error:
            run.bad_item(error)
    of_list = {
        "user_id": run.user.user_id,
        "item_type": item_type,
        "time_range": time_range,
        "captured_on": today,
    }
    now = run.clock.now()
    with run.batch() as cursor:
        upsert(cursor, ENRICHED_ARTISTS, [(*artist, now) for artist in artists])
        if tracks:
            save_catalogue(cursor, tracks, [], now)
        counts = upsert(
            cursor, TOP_ITEMS, [(*of_list.values(), rank, item_id) for rank, item_id in ranks.items()]
        )
        cursor.execute(statement("top_items.remove_others"), {**of_list, "ranks": list(ranks)})
        run.tally.removed_items += cursor.rowcount
        state.offset += 1
        state.items_processed += len(ranks)
        state.is_complete = state.offset == len(LISTS)
        state.save(cursor, now)
    run.tally.add(counts, len(ranks))
    run.tally.checkpoint_offset = state.offset
    run.progress(state.offset, len(LISTS))
