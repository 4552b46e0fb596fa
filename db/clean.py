"""Clean up: tracks, albums and artists that nothing points to any more, and old notes about runs.

What is liked, saved, followed or in a playlist, or was so within the last 90 days, and what is excluded, was played or was
in a top list, stays, with its album and artists. The entries of a playlist go 90 days after it was removed; what was in a
list, and when, is kept by name. Log lines go after 90 days, runs that were skipped after 30.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from datetime import datetime, timedelta

from utils.database.statements import statement
from utils.job.lifecycle import leave, main
from utils.job.run import DatabaseJob, Run

REMOVED_KEPT = timedelta(days=90)  # what left the library may come back
LOGS_KEPT = timedelta(days=90)
SKIPPED_RUNS_KEPT = timedelta(days=30)
WRONG_CLOCK = timedelta(days=1)  # by which no machine's clock is ahead


def work(run: Run) -> None:
    """Each table in a transaction of its own; what points to others first."""
    now = run.clock.now()
    removed_before = now - REMOVED_KEPT
    clean(run, "entries of removed playlists", statement("clean.lists"), removed_before=removed_before)
    clean_catalogue(
        run, "tracks", statement("clean.orphan_tracks"), statement("clean.tracks"), removed_before
    )
    clean_catalogue(
        run, "albums", statement("clean.orphan_albums"), statement("clean.albums"), removed_before
    )
    clean_catalogue(
        run, "artists", statement("clean.orphan_artists"), statement("clean.artists"), removed_before
    )
    clean(run, "log lines", statement("clean.logs"), before=now - LOGS_KEPT)
    clean(run, "requests counted in the future", statement("clean.future_calls"), after=now + WRONG_CLOCK)
    clean(run, "skipped runs", statement("clean.skipped_runs"), before=now - SKIPPED_RUNS_KEPT)


def clean_catalogue(run: Run, what: str, find: str, delete: str, removed_before: datetime) -> None:
    """Find the orphans of a table, and delete them with what still names them, while nobody else writes there."""
    run.check_stop()
    with run.transaction() as cursor:
        cursor.execute(find, {"removed_before": removed_before})
        ids = [orphan_id for (orphan_id,) in cursor]
        if ids:
            cursor.execute(delete, {"ids": ids})
    count_removed(run, what, len(ids))


def clean(run: Run, what: str, sql: str, **values: object) -> None:
    """One statement, and how many rows it has removed."""
    run.check_stop()
    with run.transaction() as cursor:
        cursor.execute(sql, values)
        removed = cursor.rowcount
    count_removed(run, what, removed)


def count_removed(run: Run, what: str, removed: int) -> None:
    """Count and say it."""
    run.tally.removed_items += removed
    if removed:
        run.log.info("%s removed: %s", what, f"{removed:,}")


JOB = DatabaseJob(
    name="clean",
    work=work,
    about=__doc__,
    reads="the library, plays, lists and top lists",
    writes="playlists, playlist_items, playlist_item_history, album_tracks, tracks, albums, artists and their credits, what else pointed to "
    "them, logs, sync_history, api_calls",
    counts="rows",
)

if __name__ == "__main__":
    leave(main(JOB))
