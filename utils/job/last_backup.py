"""The last backup that was made on this machine: noted in a file beside that of the run under way, because a backup writes nothing to the database."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from utils.errors import JobError
from utils.job.status_file import status_file
from utils.whole_file import whole_file

NAME = "last-backup.json"


@dataclass(frozen=True)
class LastBackup:
    """Where it was written, and when (aware)."""

    path: Path
    made_at: datetime

    @property
    def is_there(self) -> bool:
        """Whether a file still stands there."""
        try:
            return self.path.is_file()
        except OSError:
            return False


def note_backup(environ: Mapping[str, str], path: Path, now: datetime) -> None:
    """Note it; a note that cannot be written changes nothing."""
    file = status_file(environ)
    if file is not None:
        said = json.dumps({"path": str(path.absolute()), "made_at": now.isoformat()})
        with suppress(OSError, JobError), whole_file(file.with_name(NAME), may_replace=True) as out:
            out.write(said.encode())


def read_last_backup(environ: Mapping[str, str]) -> LastBackup | None:
    """What was noted; None where nothing was, or it cannot be read."""
    file = status_file(environ)
    with suppress(OSError, ValueError, KeyError, TypeError):
        if file is not None:
            said = json.loads(file.with_name(NAME).read_text(encoding="utf-8"))
            moment = datetime.fromisoformat(said["made_at"])
            return LastBackup(Path(said["path"]), moment) if moment.tzinfo else None
    return None
