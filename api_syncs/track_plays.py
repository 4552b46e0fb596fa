"""Copy the plays that Spotify remembers, which are the last fifty.

All fifty are read again every time: plays of offline devices arrive late, and a high-water mark would hide them.
Where the oldest of them is newer than the last play known, plays may have been lost: that is recorded in play_gaps, for an
import of the privacy export to fill.

Where the setting sync.after_activity is on (by default it is off), what has changed in the library is copied behind it, when it has
found a play of something new, or when that was not done for six hours.

./run track_plays --poll-minutes 300    looks every ten minutes for five hours, where no schedule can be relied on
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

from utils.clock import Clock, cannot_be
from utils.config import environment, load_settings
from utils.database.rows import Counts, Row, upsert
from utils.database.statements import statement
from utils.errors import PayloadError, Status
from utils.job.declaration import Job, Options
from utils.job.lifecycle import leave, main, run_job
from utils.job.outcome import Outcome
from utils.job.polling import LONGEST_MIN, minutes, poll
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.reading import Reader
from utils.plays.sources import API
from utils.plays.writing import MARGIN, lock, note_seen_by_api, told_by_api
from utils.spotify.fields import Payload, moment_of
from utils.spotify.payloads import PAGE, BadItemError, TrackPayload, instant, parse_track, uri_of
from utils.spotify.tokens import AccessTokens

POLL_EVERY_MIN = 10  # the last fifty plays last for two to three hours
FIRST_PLAY = datetime(2006, 1, 1, tzinfo=UTC)  # Spotify was founded in that year


class Play(
    Row,
    table="plays",
    key=("user_id", "played_at", "item_key", "part"),
    unique="user_id, played_at, hashtextextended(item_key, part)",
    # A stored play stays as it is: the feed only repeats it.
    set_by={"source": "t.source", "context_uri": "COALESCE(t.context_uri, EXCLUDED.context_uri)"},
    along=(statement("plays.note_tracks"), statement("heard.note_changed")),
):
    """A play. `played_at` lies near its end; `item_key` is the URI of what was played. Its track is noted in played_tracks."""

    user_id: str
    played_at: datetime
    item_key: str
    part: int
    source: str
    context_uri: str | None


@dataclass
class Activity:
    """What a look has found out beside the plays: that the library is to be looked at."""

    is_seen: bool = False


class PlayEntry(NamedTuple):
    """An entry of /me/player/recently-played."""

    played_at: datetime
    context_uri: str | None
    payload: TrackPayload

    def row(self, user_id: str) -> Play:
        """The listener's play."""
        item_key = f"spotify:track:{self.payload.track.track_id}"
        return Play(user_id, self.played_at, item_key, -1, API, self.context_uri)


def work(run: SpotifyRun, activity: Activity | None = None) -> None:
    """One request, one transaction. `activity`, where somebody wants to know it: whether there is more to copy."""
    payload = run.spotify.get("me/player/recently-played", limit=PAGE)
    items = payload.get("items")
    if not isinstance(items, list):
        raise PayloadError("/me/player/recently-played answered without items.")
    reader, now = Reader(run), run.clock.now()
    found = reader.read(items, partial(read_play, now=now))
    plays = [entry.row(run.user.user_id) for entry in found.entries]

    def store(cursor: Cursor) -> Counts:
        newest, has_news = look_up(cursor, run.user.user_id, plays, now)
        if activity is not None and run.app_settings.is_on("sync.after_activity"):
            activity.is_seen = is_active(run, cursor, found.entries)
        counts = Counts(unchanged=len({(play.played_at, play.item_key) for play in plays}))
        if has_news:
            from utils.mirror.catalogue import save_catalogue  # a look that finds nothing new does without

            save_catalogue(cursor, [entry.payload for entry in found.entries], [], now)
            counts = write(run, cursor, plays)
        oldest = oldest_moment(items, now)
        if newest is not None and oldest is not None and oldest > newest:
            record_gap(run, cursor, newest, oldest)
        return counts

    run.tally.add(run.write(store))
    reader.check_readable()


def look_up(
    cursor: Cursor, user_id: str, plays: Sequence[Play], now: datetime
) -> tuple[datetime | None, bool]:
    """The last play known, and whether one of these says anything that is not known."""
    moments = [play.played_at for play in plays]
    values = {
        "moments": moments,
        "item_keys": [play.item_key for play in plays],
        "contexts": [play.context_uri for play in plays],
        "begin": min(moments, default=now) - MARGIN,
        "end": max(moments, default=now) + MARGIN,
    }
    cursor.execute(statement("plays.look"), {"user_id": user_id, "now": now, **values})
    ((newest, has_news),) = cursor.fetchall()
    return newest, bool(has_news)


def is_active(run: SpotifyRun, cursor: Cursor, entries: Sequence[PlayEntry]) -> bool:
    """Whether these plays, before they are stored, or the time say that the library is to be looked at."""
    now = run.clock.now()
    every = timedelta(hours=run.app_settings.number("sync.incremental_interval_hours"))
    plays = [entry.row(run.user.user_id) for entry in entries]
    values = {
        "user_id": run.user.user_id,
        "moments": [play.played_at for play in plays],
        "item_keys": [play.item_key for play in plays],
        "track_ids": [entry.payload.track.track_id for entry in entries],
        "contexts": [play.context_uri for play in plays],
        "now": now,
        "before": now - every,
    }
    cursor.execute(statement("plays.activity"), values)
    ((found,),) = cursor.fetchall()
    return bool(found)


def write(run: SpotifyRun, cursor: Cursor, plays: Sequence[Play]) -> Counts:
    """Store the plays; what an import has told of is one play with them (updated), also from then on (unchanged)."""
    user_id = run.user.user_id
    lock(cursor, user_id)
    told = told_by_api(cursor, user_id, [play.played_at for play in plays])
    own = [play for play in plays if (play.played_at, play.item_key) not in told]
    note_seen_by_api(cursor, user_id, [(play.played_at, play.item_key, play.part) for play in own])
    counts = upsert(cursor, own) + Counts(
        unchanged=len({(play.played_at, play.item_key) for play in plays} & told)
    )
    if not counts.inserted:
        return counts
    from utils.plays.merging import settle  # a look that finds nothing new does not load it

    moments = [play.played_at for play in own]
    tolerance_s = run.app_settings.number("plays.match_tolerance_seconds")
    found = settle(cursor, user_id, moments, tolerance_s, run.clock.now())
    merged, known = found.merged[API], found.known[API]
    return Counts(counts.inserted - merged - known, counts.updated + merged, counts.unchanged + known)


def oldest_moment(items: Sequence[object], now: datetime) -> datetime | None:
    """When the oldest play of an answer was, be its track readable or not; None where that is not known of each."""
    plays = [item for item in items if item is not None]
    moments = [moment_of(item.get("played_at")) for item in plays if isinstance(item, dict)]
    known = [moment for moment in moments if moment is not None and is_possible(moment, now)]
    return min(known) if known and len(known) == len(plays) else None


def is_possible(moment: datetime, now: datetime) -> bool:
    """Whether a play can be of that moment: not of the future, nor from before there was Spotify."""
    return moment >= FIRST_PLAY and not cannot_be(moment, now)


def read_play(entry: Payload, now: datetime) -> PlayEntry | None:
    """As `parse_play`. Raises BadItemError also for a play of the future, or from before there was Spotify."""
    play = parse_play(entry)
    if play is not None and not is_possible(play.played_at, now):
        raise BadItemError(
            f"{play.payload.track.track_id}: played_at {play.played_at:%Y-%m-%d %H:%M} UTC cannot be, "
            f"where now is {now:%Y-%m-%d %H:%M}"
        )
    return play


def parse_play(entry: Payload) -> PlayEntry | None:
    """An entry of /me/player/recently-played; None where Spotify gives the track as null. Raises BadItemError."""
    if "track" in entry and entry["track"] is None:
        return None
    payload = parse_track(entry.get("track"))
    context = entry.get("context")
    return PlayEntry(
        instant(entry.get("played_at"), "played_at", payload.track.track_id),
        uri_of(context) if isinstance(context, dict) else None,
        payload,
    )


def record_gap(run: SpotifyRun, cursor: Cursor, newest: datetime, oldest: datetime) -> None:
    """Plays after the newest known one and before the oldest that Spotify remembers may be lost."""
    reason = why_unobserved(run, cursor, newest, oldest)
    gap = {"gap_start": newest, "gap_end": oldest, "reason": reason}
    cursor.execute(statement("plays.add_gap"), {"user_id": run.user.user_id, **gap})
    run.log.warning(
        "plays between %s and %s may be lost (%s): Spotify remembers at most the last 50. Run this more often, "
        "or import your privacy export.",
        f"{newest:%Y-%m-%d %H:%M} UTC",
        f"{oldest:%Y-%m-%d %H:%M} UTC",
        reason,
    )


def why_unobserved(run: SpotifyRun, cursor: Cursor, begin: datetime, end: datetime) -> str:
    """Why nobody has seen what was played between two moments, in words that everybody may read."""
    values = {"user_id": run.user.user_id, "job": JOB.name, "begin": begin, "end": end}
    cursor.execute(statement("plays.runs_between"), values)
    ((done, paused, failed, is_new_consent),) = cursor.fetchall()
    if done:
        return "more was played than Spotify remembers"
    if failed:
        return "the consent had ended" if is_new_consent else "no look went well"
    return "looking was paused" if paused else "nobody looked"


def arguments(parser: ArgumentParser) -> None:
    """Add --poll-minutes."""
    parser.add_argument(
        "--poll-minutes",
        type=minutes,
        metavar="N",
        help=f"go on for N minutes, and look every {POLL_EVERY_MIN} minutes; how the last look ended counts",
    )


def look(job: Job[SpotifyRun], options: Options, clock: Clock | None = None) -> Outcome:
    """One look, and behind it what has changed in the library, where that is wanted; the outcome of the first that failed, else of the look."""
    clock, activity, options = clock or Clock(), Activity(), options._replace(tokens=AccessTokens())
    outcome = run_job(replace(job, work=partial(work, activity=activity)), options, clock)
    if outcome.status is not Status.DONE or not activity.is_seen:
        return outcome
    from api_syncs.chain import INCREMENTAL

    end = clock.now() + timedelta(
        minutes=load_settings(environment(), needs_spotify=False).time_budget_min or LONGEST_MIN
    )
    for module in INCREMENTAL:
        if clock.is_interrupted or clock.now() >= end:
            break
        step = run_job(import_module(module).JOB, options._replace(force=False, arguments=Namespace()), clock)
        if step.exit_code or step.is_interrupted:
            return step
        if step.cancels_all:
            break
    return outcome


def run_or_poll(job: Job[SpotifyRun], options: Options) -> Outcome:
    """One look, or as many as --poll-minutes asks for."""
    for_minutes = options.arguments.poll_minutes
    return poll(job, options, for_minutes, POLL_EVERY_MIN, run=look) if for_minutes else look(job, options)


JOB = SpotifyJob(
    name="track_plays",
    work=work,
    about=__doc__,
    reads="GET /me/player/recently-played (scope user-read-recently-played)",
    writes="plays, played_tracks, play_gaps, tracks, albums, artists and their credits",
    counts="plays",
    groups=("plays",),
    arguments=arguments,
)

if __name__ == "__main__":
    leave(main(JOB, run_or_poll))
