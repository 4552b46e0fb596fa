"""Shared fixtures of the unit tests: a clock that nobody waits for."""

from datetime import UTC, datetime, timedelta

import pytest

from utils.clock import Clock


class FakeClock(Clock):
    """Sleeping moves the time; `slept` holds how long each wait was."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> bool:
        self.slept.append(seconds)
        assert len(self.slept) < 1000, "waits without end"
        if not self.is_interrupted:
            self.moment += timedelta(seconds=seconds)
        return self.is_interrupted


@pytest.fixture
def clock() -> FakeClock:
    """It is 2026-11-21 12:00 UTC until somebody sleeps."""
    return FakeClock()
