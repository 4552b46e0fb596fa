"""Copy the plays that Spotify remembers, which are the last fifty.

All fifty are read again every time: plays of offline devices arrive late, and a high-water mark would hide them.
Where the oldest of a full page is newer than the last play known, plays may have been lost: that is recorded in
play_gaps, for an import of the privacy export to fill.
"""

import sys

from utils.database.statements import statement
from utils.database.tables import PLAYS
from utils.database.upsert import upsert
from utils.errors import PayloadError
from utils.job.lifecycle import main
from utils.job.run import Job, Run
from utils.mirror.catalogue import save_catalogue
from utils.spotify.client import PAGE, Payload
from utils.spotify.payloads import BadItemError, Play, parse_play


def work(run: Run) -> None:
    """One request, one transaction."""
    payload = run.spotify.recently_played()
    plays, is_full = read_plays(run, payload)
    user_id = run.user.user_id
    with run.batch() as cursor:
        cursor.execute(statement("plays.newest"), {"user_id": user_id})
        row = cursor.fetchone()
        newest = row[0] if row else None
        save_catalogue(cursor, [play.payload for play in plays], [], run.clock.now())
        rows = [
            (user_id, play.played_at, play.item_key, play.payload.track.track_id, "api", play.context_uri)
            for play in plays
        ]
        run.tally.add(upsert(cursor, PLAYS, rows), len(plays))
        oldest = min((play.played_at for play in plays), default=None)
        if is_full and newest is not None and oldest is not None and oldest > newest:
            gap = {"user_id": user_id, "gap_start": newest, "gap_end": oldest, "reason": "more than 50 plays"}
            cursor.execute(statement("plays.add_gap"), gap)
            run.log.warning(
                "plays between %s and %s may be lost: Spotify remembers only the last 50. Run this more often, "
                "or import your privacy export.",
                f"{newest:%Y-%m-%d %H:%M} UTC",
                f"{oldest:%Y-%m-%d %H:%M} UTC",
            )
    run.check_items()


def read_plays(run: Run, payload: Payload) -> tuple[list[Play], bool]:
    """(the readable plays, whether the page was full)."""
    items = payload.get("items")
    if not isinstance(items, list):
        raise PayloadError("/me/player/recently-played answered without items.")
    plays = []
    for item in items:
        try:
            play = parse_play(item) if isinstance(item, dict) else None
        except BadItemError as error:
            run.bad_item(error)
        else:
            if play is not None:
                plays.append(play)
    return plays, len(items) >= PAGE


JOB = Job(
    name="track_plays",
    work=work,
    about=__doc__,
    reads="GET /me/player/recently-played (scope user-read-recently-played)",
    writes="plays, play_gaps, tracks, albums, artists",
    groups=("plays",),
)

if __name__ == "__main__":
    sys.exit(main(JOB))
