"""How far the run under way is, as a file that is written at each batch: `./run status --watch` follows it.

STATUS_FILE names it; else it is .local/status.json, where this folder has a .local. It holds counts, ids of runs and times (UTC),
and no names. A file that cannot be written keeps no run from its work.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any

from utils import ROOT
from utils.job.batch_result import BatchResult
from utils.job.outcome import Outcome, Tally

VARIABLE = "STATUS_FILE"


def status_file(environ: Mapping[str, str]) -> Path | None:
    """Where it is; None where there is none."""
    named = environ.get(VARIABLE, "").strip()
    if named:
        return Path(named)
    folder = ROOT / ".local"
    return folder / "status.json" if folder.is_dir() else None


class StatusFile:
    """What one run writes into it. `chain`: the run (id) that this one is a step of."""

    def __init__(
        self, path: Path | None, job: str, run_id: str, started_at: datetime, chain: str | None
    ) -> None:
        self._path = path
        self._said: dict[str, Any] = {
            "job": job,
            "run_id": run_id,
            "chain": chain,
            "pid": os.getpid(),
            "status": "running",
            "started_at": _text(started_at),
            "as_of": _text(started_at),
        }
        self._has_begun = False
        self._result = BatchResult()
        self._begun: dict[str, tuple[int, datetime]] = {}  # of each entity: where this run found it, and when

    def begin(self) -> None:
        """The run begins to work. What killed ones have left half-written goes."""
        self._has_begun = True
        if self._path is not None:
            with suppress(OSError):
                for draft in self._path.parent.glob(f"{self._path.name}.[0-9]*"):
                    draft.unlink()
        self._write()

    def batch(self, tally: Tally, requests: int, now: datetime) -> None:
        """A batch is committed."""
        self._count(tally, requests, now)
        self._write()

    def _count(self, tally: Tally, requests: int, now: datetime) -> None:
        self._said.update(
            as_of=_text(now),
            batches_stored=tally.batch_number,
            read=tally.items_processed,
            new=tally.new_items,
            updated=tally.updated_items,
            removed=tally.removed_items,
            requests=requests,
        )

    def passed(
        self, entity: str, phase: str, result: BatchResult, *, tally: Tally, requests: int, now: datetime
    ) -> None:
        """A batch of a pass is committed: the pass stands where the result says."""
        from utils.spotify.payloads import PAGE  # here alone: only what copies has passes

        self._result = result
        self._count(tally, requests, now)
        offset, total = result.next_offset, result.total_estimated
        from_offset, since = self._begun.setdefault(entity, (offset, now))
        eta = None
        if total and from_offset < offset < total:
            eta = now + (now - since) / (offset - from_offset) * (total - offset)
        self._said.update(
            entity=entity,
            phase=phase,
            offset=min(offset, total) if total else offset,
            total=total,
            percent=100 if not result.has_more else min(99, round(100 * offset / total)) if total else None,
            batch=ceil(offset / PAGE) if total else None,
            batches=ceil(total / PAGE) if total else None,
            eta=eta and _text(eta),
            last_batch=result.as_json(),
        )
        self._write()

    def end(self, outcome: Outcome, *, rate_limited: bool, now: datetime) -> None:
        """The run has ended. Where that was not well, so was its last batch. One that never began leaves the file to the one at work."""
        if not self._has_begun:
            return
        self._said.update(as_of=_text(now), status=outcome.status, requests=outcome.requests, eta=None)
        if rate_limited or outcome.exit_code:
            last = self._result._replace(
                items_processed=0,
                new_items_added=0,
                items_updated=0,
                rate_limited=rate_limited,
                rate_limit_reset_at=outcome.until,
                error_message=outcome.message or None,
                success=False,
            )
            self._said["last_batch"] = last.as_json()
        self._write()

    def _write(self) -> None:
        """At once: a reader sees this or what was there before."""
        if self._path is None:
            return
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            draft.write_text(json.dumps(self._said, indent=2) + "\n", encoding="utf-8")
            draft.replace(self._path)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
