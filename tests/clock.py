"""The one clock of the tests: it stands still until somebody waits on it, or a test moves it."""

from datetime import UTC, datetime, timedelta

from utils.clock import Clock

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class FakeClock(Clock):
    """For scripts a `Clock` on which no wait takes long; for the simulator, which calls it, the same moment."""

    def __init__(self, moment: datetime = START) -> None:
        super().__init__()
        self.moment = moment
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.moment

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> bool:
        """Move on by `seconds`, unless interrupted. A wait that comes again and again is a fault."""
        self.slept.append(seconds)
        assert len(self.slept) < 1000, "waits without end"
        if not self.is_interrupted:
            self.pass_time(seconds=max(seconds, 0.0))
        return self.is_interrupted

    def pass_time(self, **span: float) -> None:
        """Move on by that much: `pass_time(days=2)`."""
        self.moment += timedelta(**span)
