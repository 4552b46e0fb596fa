"""The two budgets of an app: a rolling 30 s window, and a rolling day per group of endpoints.

Spotify reference, "Two different 429s". Sizes are unpublished, so both are off until a test sets them.
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.api.answers import Answer
from simulator.server.faults import quota_answer, rate_limit_answer
from simulator.server.request_log import Request

DAY = timedelta(hours=24)


@dataclass
class RateWindow:
    """At most `limit` calls in any `seconds` seconds; refused calls are not counted."""

    limit: int
    seconds: float
    calls: deque[datetime] = field(default_factory=deque)

    def refusal(self, now: datetime) -> Answer | None:
        """Count a call, or return the 429 that says when the oldest one leaves the window."""
        span = timedelta(seconds=self.seconds)
        while self.calls and now - self.calls[0] >= span:
            self.calls.popleft()
        if len(self.calls) < self.limit:
            self.calls.append(now)
            return None
        return rate_limit_answer(_whole_seconds(self.calls[0] + span - now))


@dataclass
class DailyQuota:
    """At most `calls` calls per group in any 24 hours; refused calls count and lengthen the wait."""

    calls: int
    group: Callable[[Request], str | None]
    buckets: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def refusal(self, request: Request, now: datetime) -> Answer | None:
        """Count a call, or return the 429 with the time until the group has room again."""
        name = self.group(request)
        if name is None:
            return None
        bucket = [moment for moment in self.buckets[name] if now - moment < DAY]
        self.buckets[name] = bucket
        refused = len(bucket) >= self.calls
        bucket.append(now)
        if not refused:
            return None
        # The call that must leave before there is room for one more.
        leaving = bucket[len(bucket) - self.calls] if self.calls else now
        return quota_answer(_whole_seconds(leaving + DAY - now))


def endpoint_group(request: Request) -> str | None:
    """Group calls by method and endpoint, the default for the daily quota."""
    return f"{request.method} {request.template}"


def _whole_seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))
