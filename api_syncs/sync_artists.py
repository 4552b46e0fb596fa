"""Fill in the details of artists and albums that are known only by id and name, the most wanted first.

Where the app has no batch reads this is one request per artist or album, so it takes days, within the day's budget.
What Spotify answers counts for 30 days: "has no genres" is an answer. One that cannot be read is none, nor is an album with
a field that cannot, and that it does not know an id has to be repeated (utils/mirror/refusals.py). Of the tracks that come with an album, those are stored that
`clean` would keep: all of a saved album or one of a followed artist, of others those that are known.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from math import ceil
from typing import NamedTuple

from api_syncs.whole_albums import (
    Answer,
    note_unknown,
    read_whole_albums,
    store_whole_albums,
    unreadable_ones,
)
from utils.database.rows import Counts
from utils.database.statements import statement
from utils.database.tables import EnrichedArtist
from utils.job.budget import ENRICHMENT, Budget
from utils.job.declaration import Entity, Renewal
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.catalogue import save_full_artists
from utils.mirror.pass_state import PassState
from utils.mirror.passes import Batch, Pass
from utils.mirror.refusals import UNREADABLE, Refusals
from utils.spotify.client import BATCH_MAX
from utils.spotify.in_order import chunks
from utils.spotify.payloads import parse_artist
from utils.words import counted

ENRICHED_FOR = timedelta(days=30)
NEW_FOR = timedelta(days=60)  # releases of followed artists, wanted with their tracks
COMMIT_EVERY = 4  # objects: a kill repeats no more requests than these
DETAILS = Entity(
    "details",
    (Renewal(statement("enrichment.artists_long_ago")), Renewal(statement("enrichment.albums_never"))),
    refusals=("artist", "album"),
)
KNOWN_ARTISTS, KNOWN_ALBUMS = statement("enrichment.known_artists"), statement("enrichment.known_albums")
Save = Callable[[Pass[PassState], Sequence[Answer]], None]


class Step(NamedTuple):
    """Some ids of one kind, that one request asks for where the app has batch reads."""

    fetch: Callable[[Iterable[str]], Iterator[Answer]]
    save: Save
    ids: Sequence[str]


def work(run: SpotifyRun) -> None:
    """What is wanted first, of both kinds, then the rest, until nothing is left or the budget is used up."""
    budget = Budget(run, "catalogue", ENRICHMENT)
    reading = Pass(run, DETAILS.name, PassState)
    if reading.is_complete:
        reading.begin(PassState())
    queue = wanted_steps(run)
    done, total = 0, sum(len(step.ids) for step in queue)
    reading.total = reading.offset + total
    for step in queue:
        affordable = step.ids[: budget.left()]
        answers = step.fetch(affordable)
        while batch := list(islice(answers, COMMIT_EVERY)):
            step.save(reading, batch)
            done += len(batch)
            run.progress(done, total)
        reading.check_readable()
        if len(affordable) < len(step.ids):
            break
    if done == total:
        with reading.last_batch():
            return
    requests = ceil((total - done) * (run.requests_made / done if done else 1))
    run.log.info(
        "the day's budget of requests is used up: %s for the next runs, done %s",
        counted(total - done, "artist or album waits", "artists and albums wait"),
        budget.when_done(requests),
    )


def wanted_steps(run: SpotifyRun) -> list[Step]:
    """The ids to ask for: what is wanted first, artists before albums, then the rest."""
    now = run.clock.now()
    which = {"user_id": run.user.user_id, "now": now, "before": now - ENRICHED_FOR}
    which["released_since"] = f"{now - NEW_FOR:%Y-%m-%d}"
    with run.transaction() as cursor:
        cursor.execute(statement("enrichment.artists"), which)
        artists: list[tuple[str, bool]] = cursor.fetchall()
        cursor.execute(statement("enrichment.albums"), which)
        albums: list[tuple[str, bool]] = cursor.fetchall()
    refused = {kind: Refusals(run, kind).lasting() for kind in ("artist", "album")}
    artists = [each for each in artists if each[0] not in refused["artist"]]
    albums = [each for each in albums if each[0] not in refused["album"]]
    queue: list[Step] = []
    for first in (True, False):
        ids = [artist_id for artist_id, is_first in artists if is_first is first]
        queue += [
            Step(run.spotify.artists, save_artists, chunk) for chunk in chunks(ids, BATCH_MAX["artists"])
        ]
        ids = [album_id for album_id, is_first in albums if is_first is first]
        queue += [Step(run.spotify.albums, save_albums, chunk) for chunk in chunks(ids, BATCH_MAX["albums"])]
    return queue


def save_artists(reading: Pass[PassState], answers: Sequence[Answer]) -> None:
    """What was said about artists."""
    now = reading.run.clock.now()
    rows = []
    for place, artist in reading.read([payload for _, payload in answers], parse_artist).numbered:
        asked_for = replace(artist, artist_id=answers[place][0])
        rows.append(EnrichedArtist.of(asked_for, now))

    def write(batch: Batch) -> None:
        with counting(batch, KNOWN_ARTISTS, [row.artist_id for row in rows]):
            save_full_artists(batch.cursor, rows)
            reading.offset += len(rows) + note_unknown(batch, Refusals(reading.run, "artist"), answers)

    reading.write(write)


def save_albums(reading: Pass[PassState], answers: Sequence[Answer]) -> None:
    """What was said about albums, with the tracks that come with them, likewise."""
    found = read_whole_albums(reading, answers)
    refusals = Refusals(reading.run, "album", UNREADABLE)

    def write(batch: Batch) -> None:
        with counting(batch, KNOWN_ALBUMS, [album_id for album_id, _ in found]):
            store_whole_albums(batch, found)
            reading.offset += len(found) + note_unknown(batch, refusals, answers, unreadable_ones(found))

    reading.write(write)


@contextmanager
def counting(batch: Batch, stored: str, ids: Sequence[str]) -> Iterator[None]:
    """Count what the body makes of the details of these: not known before they are new, and known ones may have changed.

    `stored`: the statement that selects what is known.
    """

    def known() -> dict[str, str]:
        batch.cursor.execute(stored, {"ids": list(ids)})
        return dict(batch.cursor.fetchall())

    before = known()
    yield
    after = known() if before else {}
    changed = sum(after.get(item_id) != details for item_id, details in before.items())
    batch.counts += Counts(len(set(ids)) - len(before), changed, len(before) - changed)


JOB = SpotifyJob(
    name="sync_artists",
    work=work,
    about=__doc__,
    reads="GET /artists, GET /albums; one by one where the app has no batch reads",
    writes="album_tracks, tracks, albums, artists and their credits, refusals",
    counts="details of artists and albums",
    groups=("catalogue",),
    setting="spotify.auto_sync_artists",
    entities=(DETAILS,),
)

if __name__ == "__main__":
    leave(main(JOB))
