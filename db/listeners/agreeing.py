"""`./run users agree` and `disagree`: a listener's word on whom they share with."""

from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.errors import SettingsError
from utils.job.agreements import Sharer, command, read_agreements
from utils.job.users import meant


def agree(cursor: Cursor, now: datetime, name: str, other: str, *, agrees: bool) -> str:
    """Store it, once or again; the text to show. Raises SettingsError for unknown listeners, and for one and the same."""
    one, two = (Sharer(meant(cursor, now, each).user_id, each) for each in (name, other))
    if one.user_id == two.user_id:
        raise SettingsError(f"{name} and {other} are the same listener.", "Name two: ./run users list.")
    word = {"user_id": one.user_id, "with_user_id": two.user_id, "now": now}
    if not agrees:
        cursor.execute(statement("listener_agreements.take_back"), word)
        return (
            f"{name} shares nothing with {other}. Nobody compares them any more; what is {name}'s leaves lists of several listeners "
            "with the next update.\n"
        )
    cursor.execute(statement("listener_agreements.agree"), word)
    if read_agreements(cursor, (one, two)).get((two.user_id, one.user_id)):
        return f"{name} and {other} share with each other: ./run together {name} {other}\n"
    return f"{name} shares with {other}. What {other} hears is shown to {name} once {other} agrees, too: {command(two, one)}\n"


def agreements_text(cursor: Cursor) -> str:
    """Who shares with whom, a line each; empty where nobody does."""
    cursor.execute(statement("listener_agreements.all"))
    lines = [f"{name} shares with {other}, since {at:%Y-%m-%d}\n" for name, other, at in cursor.fetchall()]
    return "".join(("\n", *lines)) if lines else ""
