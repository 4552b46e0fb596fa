"""Checkpoints: how far the copying of one kind of thing has come (`sync_state`), saved with the rows themselves."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement


@dataclass
class Checkpoint:
    """One row of `sync_state`. `cursor` is what the script needs to go on beside the offset."""

    user_id: str
    entity_type: str
    phase: str  # 'initial' until everything has been read once, then 'incremental'
    started_at: datetime
    offset: int = 0
    cursor: dict[str, object] = field(default_factory=dict)
    total: int | None = None
    items_processed: int = 0
    is_complete: bool = False

    def save(self, db: Cursor, now: datetime) -> None:
        """Write it in the caller's transaction."""
        db.execute(
            statement("sync_state.save"),
            {
                "user_id": self.user_id,
                "entity_type": self.entity_type,
                "phase": self.phase,
                "offset": self.offset,
                "cursor": json.dumps(self.cursor),
                "total": self.total,
                "items_processed": self.items_processed,
                "status": "complete" if self.is_complete else "running",
                "is_complete": self.is_complete,
                "started_at": self.started_at,
                "now": now,
                "completed_at": now if self.is_complete else None,
            },
        )

    def restart(self, now: datetime) -> None:
        """Begin anew, keeping `cursor`; everything has been read once, so the phase is incremental."""
        self.phase = "incremental"
        self.started_at = now
        self.offset = self.items_processed = 0
        self.is_complete = False


def load_checkpoint(connection: Connection, user_id: str, entity_type: str, now: datetime) -> Checkpoint:
    """The latest checkpoint, or a new one of phase 'initial' where there is none."""
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("sync_state.load"), {"user_id": user_id, "entity_type": entity_type})
        rows = {row[0]: row for row in cursor}
    row = rows.get("incremental") or rows.get("initial")
    if row is None:
        return Checkpoint(user_id, entity_type, "initial", now)
    phase, offset, stored, total, items_processed, is_complete, started_at = row
    return Checkpoint(
        user_id, entity_type, phase, started_at, offset, stored, total, items_processed, is_complete
    )
