"""How many requests a job may still make today: Spotify gives each group of endpoints some 600 in 24 hours.

A job says up to which share of that the group's calls may come. Whatever can wait has a share below 1, so that
everything else always finds room. The calls are those of `api_calls`: a row holds those of one hour, and counts until
the last of them is 24 hours old, so what is left is never too much, and all of it is back at the same time next day.
"""

from datetime import timedelta
from typing import NamedTuple

from utils.errors import Stopped
from utils.job.spotify_run import SpotifyRun


class Share(NamedTuple):
    """Of a group's daily requests."""

    most: float  # up to which the group's calls may come
    own: float = 0.0  # what a listener's runs of the job get whatever other queues have used
    limit: float = 0.0  # up to which the group's calls may come through that


AVAILABILITY = Share(0.5)  # single tracks and searches: first in the chain, so it leaves room for the details
# Tracks of an imported history: before the details of artists and albums, which get as much, and some of it even on a day
# on which availability has asked for most of both.
TRACKS = Share(0.4, own=0.1, limit=0.6)
ENRICHMENT = Share(0.8)  # details of artists and albums: a queue that comes to an end
# Albums of followed artists: never done, so it leaves room for the queue that is, which would else starve it for weeks.
ARTIST_ALBUMS = Share(0.6, own=0.1, limit=0.9)
LIBRARY_PAGES = Share(
    0.7
)  # the library read once more for availability: likes and albums themselves come first
LIBRARY_RESTORE = Share(
    0.8
)  # likes and albums put back one by one: the copying of the library goes on beside it
PLAYLIST_ITEMS = Share(0.7)  # the rest is for writing
DAY = timedelta(hours=24)


class Budget:
    """The requests of one endpoint group that a run may make. Not to be asked within a batch."""

    def __init__(self, run: SpotifyRun, group: str, share: Share) -> None:
        self._run = run
        self._group = group
        daily = run.app_settings.number("sync.daily_requests_per_group")
        self._most, self._own, self._limit = (int(daily * part) for part in share)

    def left(self) -> int:
        """Requests that may be made now, by this run; at least 0."""
        used, own = self._used()
        room, share = self._room(used, own), self._run.options.fair_share
        if share is None:
            return room
        return min(room, share.left(self._group, self._run.spotify.transport.made[self._group]))

    def require(self) -> None:
        """Raise Stopped where nothing is left: for work whose checkpoint is saved page by page."""
        if not self.left():
            raise Stopped("the day's budget of requests is used up: the rest is left for the next runs")

    @property
    def per_day(self) -> int:
        """Requests that this job gets in 24 hours, when the others go on as in the last 24; at least 0."""
        used, own = self._used()
        return self._room(max(used - own, 0), 0)

    def days_for(self, requests: float) -> float:
        """How long a queue that needs so many requests will take; infinite while others use up the budget."""
        missing = requests - self.left()
        if missing <= 0:
            return 0.0
        per_day = self.per_day
        return missing / per_day if per_day else float("inf")

    def when_done(self, requests: float) -> str:
        """How long a queue that needs so many requests will take, in words."""
        days = self.days_for(requests)
        if days == float("inf"):
            return "once other jobs leave room in the day's budget"
        return f"in about {days:.1f} days, at {self.per_day:,} requests a day"

    def _room(self, used: int, own: int) -> int:
        return max(self._most - used, min(self._own - own, self._limit - used), 0)

    def _used(self) -> tuple[int, int]:
        """(requests of the group, this listener's ones of this job) in the last 24 hours, with those just made."""
        run, now = self._run, self._run.clock.now()
        run.store_calls()
        which = {
            "client_id": run.client_id,
            "group": self._group,
            "now": now,
            "since": now - DAY,
            "user_id": run.user.user_id,
            "job": run.job,
            "run_id": run.run_id,
        }
        ((used, own),) = run.journal.run(("budget.used", which))
        return int(used), int(own) + run.requests_made
