"""Ids that Spotify does not know (404): a refusal is asked again by the next run, and only a repeated one counts for long.

A burst of 404 is Spotify's trouble, and nothing tells it from ids that are gone, except that it ends.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.job.run import Run

UNREADABLE = "is unknown to Spotify, or cannot all be read"  # of what is asked for again for that, too
ASK_AGAIN = timedelta(days=30)  # after a refusal that counts for long
REPEATED_AFTER = timedelta(days=1)  # since the first one
REPEATED_TIMES = 3  # in a row, however soon


class Refusals:
    """Those of one kind of question, such as `artist` (GET /artists/{id}).

    The kind is of the job that asks, so that the runs in a row are that job's.
    """

    def __init__(self, run: Run, kind: str, problem: str = "is unknown to Spotify") -> None:
        self._run = run
        self._kind = kind
        self._problem = problem  # as it is said

    def lasting(self) -> set[str]:
        """The ids that need not be asked for now."""
        now = self._run.clock.now()
        with self._run.transaction() as cursor:
            cursor.execute(statement("refusals.lasting"), {**self._limits(now), "since": now - ASK_AGAIN})
            return {item_id for (item_id,) in cursor}

    def note(self, cursor: Cursor, refused: Iterable[str], known: Iterable[str] = ()) -> set[str]:
        """Say and store that Spotify does not know the `refused` ids, and does know the others.

        Returns those whose refusal counts for long from now on.
        """
        ids, limits = sorted(refused), self._limits(self._run.clock.now())
        cursor.execute(statement("refusals.forget"), {"kind": self._kind, "ids": list(known)})
        if not ids:
            return set()
        cursor.execute(statement("refusals.note"), {**limits, "ids": ids})
        lasting = {item_id for item_id, is_lasting in cursor if is_lasting}
        for item_id in ids:
            self._run.log.warning(
                "%s %s %s%s; it is asked for again %s",
                self._kind.partition("_")[0],
                item_id,
                self._problem,
                ", repeatedly" if item_id in lasting else "",
                f"after {ASK_AGAIN.days} days" if item_id in lasting else "by the next run",
            )
        return lasting

    def _limits(self, now: datetime) -> dict[str, object]:
        return {"kind": self._kind, "now": now, "span": REPEATED_AFTER, "times": REPEATED_TIMES}
