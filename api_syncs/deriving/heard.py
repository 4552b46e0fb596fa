"""What is kept of the months that are over (`heard_before`), so that a refresh reads the plays of the others alone.

Without it (no row of `heard_until`) the views say the same from the plays alone: that is what everything is compared with, and what a listener falls back to
whose plays have changed in a month that is kept, or of whom something has changed that they are counted by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import Json

from utils.database.statements import statement
from utils.database.views import load_views
from utils.plays import personality

# What the plays of a listener are counted by, beside themselves.
HANGS_ON: Final = (
    "users",
    "app_settings",
    "tracks",
    "track_artists",
    "uncounted_keys",
    "recording_of",
    "album_catalogue",
)
# Of these, what may be again what it was: each is looked at right before it is counted by, so that what was meant in between is not taken for what is meant.
COMES_BACK: Final = ("users", "app_settings", "uncounted_keys")
# The views that say how: where their text changes, all is counted anew.
_COUNTED_BY: Final = ("heard_plays", "play_facts", "recent_months", "track_knowledge")


def method() -> str:
    """A checksum of how plays are counted."""
    texts = [view.select for view in load_views() if view.name in _COUNTED_BY]
    counting = (
        "heard.close_months",
        "heard.count_recent",
        "heard.add_recent",
        "daily_listening.refresh",
        "personalities.count_months",
        "personalities.refresh",
    )
    texts += map(statement, counting)
    texts.append(repr(personality.numbers()))
    return sha256("".join(texts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Standing:
    """How what is kept of a listener stands. `month`: up to which it reaches, None where nothing is kept.

    `changed_from`: the first day that may say something else than before, None where any may. `added_from`: where all plays that have
    changed are later than those that are counted, the first of them.
    """

    month: date | None
    changed_from: date | None
    added_from: datetime | None
    due: date  # the month that it may reach to now
    basis: str  # how it would be counted now


def to_take_up(cursor: Cursor, user_ids: list[str], made_from: Mapping[str, str], now: datetime) -> list[str]:
    """Those of these listeners for whom there is something to do."""
    values = {"user_ids": user_ids, "made_from": Json(made_from), "now": now}
    cursor.execute(statement("heard.to_take_up"), values)
    return [user_id for (user_id,) in cursor]


def take_up(cursor: Cursor, user_id: str, made_from: Mapping[str, str] | None, now: datetime) -> Standing:
    """Take up what was noted of a listener's plays: everything that follows is to be done in this transaction, in which `recent_plays` are that one's.

    What is no longer valid is forgotten. Where something will be kept (`close`, with the same `made_from`), the plays are read once, for everything up to there.
    """
    cursor.execute(statement("heard.take_up"), {"user_id": user_id})
    ((since,),) = cursor.fetchall()
    standing = _stand(cursor, user_id, since, made_from, now)
    if standing.added_from:
        values = {"user_id": user_id, "day": standing.changed_from}
        cursor.execute(statement("heard.read_from_day"), values)
    else:
        cursor.execute(statement("heard.read_from"), {"user_id": user_id})
    if standing.month is None:
        cursor.execute(statement("heard.read_all"))
    if made_from is not None:
        cursor.execute(statement("heard.read_once"), {"user_id": user_id})
        (months,) = (view.select for view in load_views() if view.name == "recent_months")
        cursor.execute(f"CREATE TEMPORARY VIEW recent_months AS {months}")  # of that recent_facts
    return standing


def drop_invalid(cursor: Cursor, user_id: str, made_from: Mapping[str, str] | None, now: datetime) -> None:
    """Forget what is no longer valid of a listener whom another run takes up; until then the views read that one's plays.

    Where that run is under way, what it is about to keep goes on from what is forgotten here: so it is noted that all has to be counted.
    """
    cursor.execute(statement("heard.changed_since"), {"user_id": user_id})
    ((since,),) = cursor.fetchall()
    if _stand(cursor, user_id, since, made_from, now).month is None:
        cursor.execute(statement("heard.note_dropped"), {"user_id": user_id})


def forget(cursor: Cursor, user_id: str) -> None:
    """Keep nothing of a listener: everything is counted from the plays alone."""
    cursor.execute(statement("heard.forget"), {"user_id": user_id})


def close(
    cursor: Cursor, user_id: str, standing: Standing, made_from: Mapping[str, str], now: datetime
) -> date:
    """Count what the months say of each track, and keep for good what those say that are over; `made_from`: what the tables of HANGS_ON are.

    The month up to which it is kept now.
    """
    month = max(standing.due, standing.month or date.min)
    values = {"user_id": user_id, "from_day": standing.month, "month": month}
    if month != standing.month:
        cursor.execute(statement("heard.close_months"), values)
    if standing.added_from:
        cursor.execute(statement("heard.read_since"), {**values, "since": standing.added_from})
        cursor.execute(statement("heard.add_recent"), values)
    else:
        cursor.execute(statement("heard.count_recent"), values)
    cursor.execute(statement("heard.last_counted"), values)
    ((counted_to,),) = cursor.fetchall()
    cursor.execute(statement("heard.read_as_usual"))
    noted = {**values, "basis": standing.basis, "made_from": Json(made_from), "now": now}
    cursor.execute(statement("heard.note_until"), {**noted, "counted_to": counted_to})
    return month


def count_months(cursor: Cursor, user_id: str, from_day: date | None, until: date | None) -> None:
    """Count what each month says of how a listener hears, from one on (None: all), behind `close`, which has said `until` (None: nothing is kept)."""
    values = {**personality.numbers(), "user_id": user_id, "from_day": from_day, "until": until}
    cursor.execute(statement("personalities.count_months"), values)
    cursor.execute(statement("heard.read_any"))


def _stand(
    cursor: Cursor, user_id: str, since: datetime | None, made_from: Mapping[str, str] | None, now: datetime
) -> Standing:
    values = {
        "user_id": user_id,
        "since": since,
        "made_from": Json(made_from),
        "method": method(),
        "now": now,
    }
    cursor.execute(statement("heard.standing"), values)
    ((month, due, basis, is_valid, changed_from, are_later),) = cursor.fetchall()
    if not is_valid:
        forget(cursor, user_id)
        return Standing(None, None, None, due, basis)
    return Standing(month, changed_from, since if are_later else None, due, basis)
