"""How many requests a job may still make today: Spotify gives each group of endpoints some 600 in 24 hours.

A job declares up to which share of that the group's calls may come. Only the queues that take days have a share
below 1, so that everything else always finds room. The calls are those of `api_calls`, which counts by the hour; the
hour that is only partly within the last 24 counts as a whole, so what is left is never too much.
"""

from datetime import timedelta

from utils.run import Run

ENRICHMENT = 0.8  # details of artists and albums: a queue that comes to an end
AVAILABILITY = 0.9  # tracks that no page covers, and searches
DISCOGRAPHY = 0.6  # albums of followed artists: never done, so it has to leave room for the queue that is
DAY = timedelta(hours=24)


class Budget:
    """The requests of one endpoint group that a run may make. Not to be asked within a batch."""

    def __init__(self, run: Run, group: str, share: float) -> None:
        self._run = run
        self._group = group
        self.ceiling = int(run.app_settings.number("sync.daily_requests_per_group") * share)

    def left(self) -> int:
        """Requests that may be made now, by this run; at least 0."""
        return max(self.ceiling - self._used()[0], 0)

    @property
    def per_day(self) -> int:
        """Requests that this job gets in 24 hours, when the others go on as in the last 24; at least 0."""
        used, own = self._used()
        return max(self.ceiling - max(used - own, 0), 0)

    def days_for(self, requests: float) -> float:
        """How long a queue that needs so many requests will take; infinite while others use up the budget."""
        missing = requests - self.left()
        if missing <= 0:
            return 0.0
        per_day = self.per_day
        return missing / per_day if per_day else float("inf")

    def when_done(self, requests: float) -> str:
        """The same for people."""
        days = self.days_for(requests)
        if days == float("inf"):
            return "once other jobs leave room in the day's budget"
        return f"in about {days:.1f} days, at {self.per_day:,} requests a day"

    def _used(self) -> tuple[int, int]:
        """(requests of the group, of them this job's) in the last 24 hours, with those just made."""
        run = self._run
        assert run.settings.spotify is not None
        assert run.journal is not None
        assert run.transport is not None
        client_id, now = run.settings.spotify.client_id, run.clock.now()
        run.journal.add_calls(client_id, run.transport.take_counts(), now)
        which = {
            "client_id": client_id,
            "group": self._group,
            "since": (now - DAY).replace(minute=0, second=0, microsecond=0),
            "job": run.job.name,
            "run_id": str(run.run_id),
        }
        ((used, own),) = run.journal.run(("budget.used", which))
        return int(str(used)), int(str(own)) + run.transport.requests_made
