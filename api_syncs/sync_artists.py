"""Fill in the details of artists and albums that are known only by id and name, the most wanted first.

Where the app has no batch reads this is one request per artist or album, so it takes days, within the day's budget.
Whatever Spotify answers, an artist counts as asked for 30 days: "has no genres" is an answer.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from math import ceil

from utils.database.statements import statement
from utils.enrichment import Answer, Answers, save_albums, save_artists
from utils.job.budget import ENRICHMENT, Budget
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.spotify.client import BATCH_MAX, chunks

ENRICHED_FOR = timedelta(days=30)
NEW_FOR = timedelta(days=60)  # releases of followed artists, wanted with their tracks
COMMIT_EVERY = 10  # objects
Step = tuple[Callable[[Iterable[str]], Iterator[Answer]], Callable[[Run, Answers], None], Sequence[str]]


def work(run: Run) -> None:
    """What is wanted first, of both kinds, then the rest, until nothing is left or the budget is used up."""
    budget = Budget(run, "catalogue", ENRICHMENT)
    now = run.clock.now()
    which = {"user_id": run.user.user_id, "before": now - ENRICHED_FOR}
    which["released_since"] = f"{now - NEW_FOR:%Y-%m-%d}"
    with run.batch() as cursor:
        cursor.execute(statement("enrichment.artists"), which)
        artists: list[tuple[str, bool]] = cursor.fetchall()
        cursor.execute(statement("enrichment.albums"), which)
        albums: list[tuple[str, bool]] = cursor.fetchall()
    queue: list[Step] = []
    for first in (True, False):
        ids = [artist_id for artist_id, is_first in artists if is_first is first]
        queue += [(run.spotify.artists, save_artists, chunk) for chunk in chunks(ids, BATCH_MAX["artists"])]
        ids = [album_id for album_id, is_first in albums if is_first is first]
        queue += [(run.spotify.albums, save_albums, chunk) for chunk in chunks(ids, BATCH_MAX["albums"])]
    done, total = 0, len(artists) + len(albums)
    for fetch, save, chunk in queue:
        affordable = chunk[: budget.left()]
        answers = fetch(affordable)
        while batch := list(islice(answers, COMMIT_EVERY)):
            save(run, batch)
            done += len(batch)
            run.progress(done, total)
        run.check_items()
        if len(affordable) < len(chunk):
            break
    if done < total:
        assert run.transport is not None
        requests = ceil((total - done) * (run.transport.requests_made / done if done else 1))
        run.log.info(
            "the day's budget is used up: %s left, done %s", f"{total - done:,}", budget.when_done(requests)
        )


JOB = Job(
    name="sync_artists",
    work=work,
    about=__doc__,
    reads="GET /artists, GET /albums; one by one where the app has no batch reads",
    writes="artists, albums, tracks",
    groups=("catalogue",),
    setting="spotify.auto_sync_artists",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
