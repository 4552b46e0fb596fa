"""A listener's share of the requests that an app may make in a day, where it serves several.

Of what is left to the app in each endpoint group, a listener whose turn it is may use one part in as many as are still to come, so that a
large library cannot use up what the others need; what one leaves over goes to those behind.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement

DAY = timedelta(hours=24)
USED_UP = "this listener's share of the day's requests is used up: the next runs go on from there"


@dataclass
class FairShare:
    """Requests that the runs of one listener may still make. `per_group` is of those that have asked yet; `otherwise` of each other one."""

    per_group: Mapping[str, int]
    otherwise: int
    made: Counter[str] = field(default_factory=Counter)  # by the runs that are over

    def left(self, group: str, under_way: int = 0) -> int:
        """Of a group, less what the run under way has asked; at least 0."""
        return max(self.per_group.get(group, self.otherwise) - self.made[group] - under_way, 0)

    def is_spent(self, groups: Iterable[str], under_way: Mapping[str, int]) -> bool:
        """Whether nothing is left of one of these groups."""
        return any(not self.left(group, under_way.get(group, 0)) for group in groups)


def fair_share(cursor: Cursor, client_id: str, now: datetime, daily: int, listeners: int) -> FairShare:
    """The share of one of so many listeners whose turn is still to come, of `daily` requests of each group in 24 hours."""
    cursor.execute(statement("budget.by_group"), {"client_id": client_id, "now": now, "since": now - DAY})
    used = {str(group): int(calls) for group, calls in cursor}
    return FairShare(
        {group: max(daily - calls, 0) // listeners for group, calls in used.items()}, daily // listeners
    )
