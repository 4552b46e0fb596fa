"""Shared fixtures of the unit tests."""

import pytest

from tests.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """It is 2026-11-21 12:00 UTC until somebody sleeps."""
    return FakeClock()
