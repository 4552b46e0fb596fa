"""Copy the albums, singles and compilations of followed artists, little by little: the artist looked at longest ago first.

Each artist is looked at once a day where the day's budget allows it, a few artists per cycle. One of whom nothing has
changed costs one request; ten albums come per request.
"""

import sys
from datetime import timedelta

from utils.database.statements import statement
from utils.discography import look_at, say_period
from utils.errors import NotFoundError
from utils.job.budget import DISCOGRAPHY, Budget
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.spotify.client import Payload, chunks, in_order

LOOK_AGAIN_AFTER = timedelta(hours=24)


def work(run: Run) -> None:
    """Cycle after cycle, until all artists have been looked at or the budget is used up."""
    state = run.checkpoint("artist_albums")
    budget = Budget(run, "catalogue", DISCOGRAPHY)
    who = {"user_id": run.user.user_id, "before": run.clock.now() - LOOK_AGAIN_AFTER}
    with run.batch() as cursor:
        cursor.execute(statement("enrichment.followed"), who)
        followed: list[tuple[str, bool]] = cursor.fetchall()
    begun = {str(state.cursor.get("artist_id")): int(str(state.cursor.get("offset", 0)))}
    queue = sorted((artist_id for artist_id, is_due in followed if is_due), key=lambda a: a not in begun)
    if state.is_complete:
        state.restart(run.clock.now())
    state.total = len(queue)

    def fetch(artist_id: str) -> Payload | None:
        try:
            return run.spotify.artist_albums(artist_id, begun.get(artist_id, 0))
        except NotFoundError:
            return None

    done = 0
    for cycle in chunks(queue, run.app_settings.number("spotify.artist_albums_per_cycle")):
        before = done
        for artist_id, payload in in_order(fetch, cycle[: budget.left()]):
            if not look_at(run, state, budget, artist_id, begun.get(artist_id, 0), payload):
                break
            done += 1
            run.progress(done, len(queue))
        run.check_items()
        if done - before < len(cycle):
            break
    if done == len(queue):
        with run.batch() as cursor:
            state.is_complete = True
            state.save(cursor, run.clock.now())
    say_period(run, budget, len(followed), done, len(queue) - done)


JOB = Job(
    name="sync_artist_albums",
    work=work,
    about=__doc__,
    reads="GET /artists/{id}/albums",
    writes="albums, artists, artists.albums_synced_at",
    groups=("catalogue",),
    setting="spotify.auto_sync_artist_albums",
    interval="spotify.artist_albums_sync_interval_minutes",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
