"""Copy the listener's top 50 artists and tracks of four weeks, six months and about a year, once a day.

Spotify only tells the lists of today, so each day's are kept. A second run of the same day asks nothing; with --force
it replaces that day's lists.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from utils.database.rows import Row
from utils.database.statements import statement
from utils.database.tables import Artist, EnrichedArtist
from utils.errors import Skipped
from utils.job.declaration import Entity
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.catalogue import save_catalogue, save_full_artists
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.reading import Reading, is_too_much
from utils.spotify.fields import Payload
from utils.spotify.payloads import PAGE, TrackPayload, page, parse_artist, parse_track

TOP_ITEMS = Entity("top_items")


class TopList(NamedTuple):
    """One of the lists that Spotify makes."""

    item_type: str
    time_range: str

    def __str__(self) -> str:
        return f"{self.item_type}s/{self.time_range}"


LISTS = tuple(
    TopList(item_type, time_range)
    for item_type in ("artist", "track")
    for time_range in ("short_term", "medium_term", "long_term")
)


class TopItem(Row, table="top_items", key=("user_id", "item_type", "time_range", "captured_on", "rank")):
    """A place in one of the lists of a day."""

    user_id: str
    item_type: str
    time_range: str
    captured_on: date
    rank: int
    item_id: str


@dataclass
class TopState(PassState):
    """The day whose lists are being read, and the names of those that are stored."""

    captured_on: date | None = None
    stored: list[str] = field(default_factory=list)


def work(run: SpotifyRun) -> None:
    """The lists of today (in the listener's time zone) that are not stored yet, one batch each."""
    reading = Pass(run, TOP_ITEMS.name, TopState)
    today = run.started_at.astimezone(ZoneInfo(run.user.time_zone)).date()
    forget_future(run, today)
    is_of_today = reading.state.captured_on == today
    if reading.is_complete and is_of_today and not run.options.force:
        raise Skipped("today's top lists are stored; again tomorrow (or --force)")
    if reading.is_complete or run.options.force or not is_of_today:
        reading.begin(TopState(captured_on=today))
    reading.total = len(LISTS)

    def fetch(wanted: TopList) -> Payload:
        path = f"me/top/{wanted.item_type}s"
        return run.spotify.get(path, time_range=wanted.time_range, limit=PAGE, offset=0)

    for wanted, payload in run.in_order(
        fetch, [each for each in LISTS if str(each) not in reading.state.stored]
    ):
        save_list(reading, wanted, today, payload)
        run.progress(reading.offset, len(LISTS))
    if not reading.is_complete:
        reading.store()
        raise reading.unreadable()


def forget_future(run: SpotifyRun, today: date) -> None:
    """Lists of days that have not come, even where the day begins earlier: a clock was wrong when they were stored."""
    values = {"user_id": run.user.user_id, "latest": today + timedelta(days=1)}
    with run.transaction() as cursor:
        cursor.execute(statement("top_items.forget_future"), values)
        if cursor.rowcount:
            run.log.warning("top lists of a day that has not come are forgotten: a clock was wrong")


def save_list(reading: Pass[TopState], wanted: TopList, today: date, payload: Payload) -> None:
    """Store one list, in place of one that an earlier run of the day has stored.

    One of which too much cannot be read, or that came emptied, leaves what is stored as it is, and is asked for again by
    the next run. A single place that cannot be read keeps what the day's earlier list had there.
    """
    run, now = reading.run, reading.run.clock.now()
    parse: Callable[[Payload], Artist | TrackPayload] = (
        parse_artist if wanted.item_type == "artist" else parse_track
    )
    content = page(payload)
    if content.total and not content.items:
        run.log.warning("%s: Spotify says that there are %s, and gives none", wanted, content.total)
        return
    found: Reading[Artist | TrackPayload] = reading.read(content.items, parse)
    if found.is_lost or is_too_much(found.bad, len(found.numbered)):
        return
    artists = [entry for entry in found.entries if isinstance(entry, Artist)]
    tracks = [entry for entry in found.entries if isinstance(entry, TrackPayload)]
    which = {"user_id": run.user.user_id, **wanted._asdict(), "captured_on": today}
    rows = [
        TopItem(
            run.user.user_id,
            *wanted,
            today,
            place + 1,
            entry.artist_id if isinstance(entry, Artist) else entry.track.track_id,
        )
        for place, entry in found.numbered
    ]

    def write(batch: Batch) -> None:
        save_full_artists(batch.cursor, [EnrichedArtist.of(artist, now) for artist in artists])
        if tracks:
            save_catalogue(batch.cursor, tracks, [], now)
        batch.upsert(rows)
        batch.removed += batch.execute(
            "top_items.remove_others",
            {
                **which,
                "length": len(content.items),
                "ranks": [row.rank for row in rows],
                "item_ids": [row.item_id for row in rows],
            },
        )
        reading.state.stored.append(str(wanted))
        reading.offset = len(reading.state.stored)
        reading.is_complete = reading.offset == len(LISTS)

    reading.write(write)


JOB = SpotifyJob(
    name="sync_top_items",
    work=work,
    about=__doc__,
    reads="GET /me/top/artists, GET /me/top/tracks (scope user-top-read)",
    writes="top_items, tracks, albums, artists and their credits",
    counts="places in top lists",
    groups=("library",),
    entities=(TOP_ITEMS,),
)

if __name__ == "__main__":
    leave(main(JOB))
