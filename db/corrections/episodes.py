"""A listener's podcasts and audiobooks: kept apart from plays of tracks, and listed by themselves."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.text_table import text_table, track_length
from utils.words import counted


class EpisodePlay(NamedTuple):
    """An episode or a chapter that was listened to. Columns as `corrections.episodes` has them; the moment is aware, UTC."""

    played_at: datetime
    kind: str  # episode, audiobook
    name: str | None
    collection: str | None  # the show, or the audiobook
    author: str | None
    item_key: str
    ms_played: int | None
    source: str
    total: int  # of all that were asked for


def find_episodes(
    cursor: Cursor, user_id: str, begin: datetime | None, end: datetime | None, limit: int
) -> list[EpisodePlay]:
    """What was listened to from `begin` until before `end`, the newest first."""
    values = {"user_id": user_id, "begin": begin, "end": end, "limit": limit}
    cursor.execute(statement("corrections.episodes"), values)
    return [EpisodePlay(*row) for row in cursor]


def listing(episodes: Sequence[EpisodePlay], zone: ZoneInfo) -> str:
    """A row for each, and how many there are."""
    if not episodes:
        return "no podcasts and audiobooks\n"
    rows = [
        (
            f"{each.played_at.astimezone(zone):%Y-%m-%d %H:%M}",
            each.kind,
            each.name or each.item_key,
            each.collection,
            each.author,
            track_length(each.ms_played),
            each.source,
        )
        for each in episodes
    ]
    table = text_table(("played", "kind", "name", "show or book", "author", "heard", "source"), rows)
    total = counted(episodes[0].total, "play")
    said = f"{len(episodes):,} of {total}" if len(episodes) < episodes[0].total else total
    return f"{table}\n{said} of podcasts and audiobooks; times are of {zone.key}\n"


def as_json(episodes: Sequence[EpisodePlay], zone: ZoneInfo) -> str:
    """A list of objects; moments with the listener's offset."""
    shown = [
        {**each._asdict(), "played_at": each.played_at.astimezone(zone).isoformat()} for each in episodes
    ]
    for each in shown:
        del each["total"]
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"
